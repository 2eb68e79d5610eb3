//! `-record`: what an instance is given and what it answers, written down as it is.
//!
//! In the file the frames of an instance have the number of its connection, those before the client as well; 0 is the
//! instance that is made ready at the start, and the host itself. With the seeds in it the file is all that another run of
//! the guest needs for the same bytes.
use std::sync::Arc;

use s_server_core::io::Now;
use s_server_core::record::{Frame, Frames, In};
use s_server_hosting::Recording;

use crate::sandbox::{Fault, Instance};

/// Between an instance and its host.
pub struct Tap {
    recording: Arc<Recording>,
    /// The connection's number in the recording.
    conn: u32,
}

impl Tap {
    /// The tap of that connection.
    pub fn new(recording: Arc<Recording>, conn: u32) -> Self {
        Self { recording, conn }
    }

    /// Hands the frames of `input` over one by one, so that it is known what followed from which; all that came out is in
    /// `output` afterwards.
    pub fn step(&self, instance: &mut Instance, input: &[u8], output: &mut Vec<u8>) -> Result<(), Fault> {
        output.clear();
        let (mut recorded, mut one, mut answer) = (Vec::new(), Vec::new(), Vec::new());
        let mut end = Ok(());
        for (_, frame) in Frames::new(input).map_while(Result::ok) {
            one.clear();
            frame.put(&mut one);
            self.put(&frame, &mut recorded);
            answer.clear();
            end = instance.step(&one, &mut answer);
            if end.is_err() {
                break;
            }
            // Whatever is no frame is found by whoever reads the answer.
            Frames::new(&answer).map_while(Result::ok).for_each(|(_, frame)| self.put(&frame, &mut recorded));
            output.extend_from_slice(&answer);
        }
        self.recording.frames(&recorded);
        end
    }

    /// The instance is let go.
    pub fn over(&self, now: Now) {
        let mut recorded = Vec::new();
        In::Over(0).put(self.conn, now, &mut recorded);
        self.recording.frames(&recorded);
    }

    fn put(&self, frame: &Frame<'_>, recorded: &mut Vec<u8>) {
        Frame { conn: self.conn, ..*frame }.put(recorded);
    }
}
