//! One step: the frames that were given go into the machine, and all that comes out is appended.
use s_server_core::record::{Frames, Machine};
use s_server_rustls::Rustls;

/// The guest's state: a machine on the rustls engine.
pub struct Guest(Machine<Rustls>);

impl Default for Guest {
    fn default() -> Self {
        Self(Machine::new(Rustls::default()))
    }
}

impl Guest {
    /// Takes frames and appends those that come out.
    ///
    /// Bytes that are no frames are passed over; a frame that is not taken comes out as a fault, and nothing is taken
    /// after it.
    pub fn step(&mut self, input: &[u8], output: &mut Vec<u8>) {
        for (_, frame) in Frames::new(input).map_while(Result::ok) {
            // The fault has come out as a frame.
            let _ = self.0.handle(&frame, &mut |frame| frame.put(output));
        }
    }
}
