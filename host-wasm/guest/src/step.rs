//! One step: the frames that were given go into the machine, and all that comes out is appended.
use std::sync::{Arc, Mutex, PoisonError};

use s_server_core::io::Now;
use s_server_core::record::{Frame, Frames, Kind, Logging, Machine, Tape};
use s_server_rustls::Rustls;

/// The guest's state: a machine on the rustls engine.
pub struct Guest {
    machine: Machine<Logging<Rustls>>,
    /// Once the log is asked for: what comes out goes to the same sheet as what the engine says, in one order.
    logs: bool,
    sheet: Arc<Sheet>,
}

impl Default for Guest {
    fn default() -> Self {
        let sheet = Arc::new(Sheet::default());
        let machine = Machine::new(Logging::on_request(Rustls::among_others(), sheet.clone()));
        Self { machine, logs: false, sheet }
    }
}

impl Guest {
    /// Takes frames and appends those that come out.
    ///
    /// Bytes that are no frames are passed over; a frame that is not taken comes out as a fault, and nothing is taken
    /// after it.
    pub fn step(&mut self, input: &[u8], output: &mut Vec<u8>) {
        let Self { machine, logs, sheet } = self;
        for (_, frame) in Frames::new(input).map_while(Result::ok) {
            *logs |= frame.kind == Kind::Log;
            // A fault has come out as a frame.
            let _ = if *logs {
                sheet.begin(&frame);
                let taken = machine.handle(&frame, &mut |frame| sheet.put(frame.kind, frame.payload));
                sheet.end(output);
                taken
            } else {
                machine.handle(&frame, &mut |frame| frame.put(output))
            };
        }
    }
}

/// What follows from one frame.
#[derive(Default)]
struct Sheet(Mutex<Lines>);

#[derive(Default)]
struct Lines {
    conn: u32,
    at: Now,
    frames: Vec<u8>,
}

impl Sheet {
    fn begin(&self, frame: &Frame<'_>) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (lines.conn, lines.at) = (frame.conn, frame.at);
    }

    fn end(&self, output: &mut Vec<u8>) {
        output.append(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner).frames);
    }
}

impl Tape for Sheet {
    fn put(&self, kind: Kind, payload: &[u8]) {
        let mut lines = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (conn, at) = (lines.conn, lines.at);
        Frame { kind, conn, at, payload }.put(&mut lines.frames);
    }
}
