//! Recordings of `s_server -record`, played inside a unit test.
use std::sync::{Arc, Mutex, PoisonError};

use s_server_core::io::Now;
use s_server_core::record::{Difference, Frame, Kind, Replayed, Rewind, Tape};

/// Plays a recording against the code as it is, up to its end or the first difference. No cryptography takes part: the
/// engine answers what it answered then.
///
/// # Errors
/// Where the two part: what was recorded there, and what came now. Its `Display` is several lines.
///
/// ```
/// let recording = include_bytes!("../../../tests/recordings/100-tls13-rsa.rec");
/// let replayed = s_server_testing::replay(recording).unwrap_or_else(|difference| panic!("{difference}"));
/// assert!(replayed.complete);
/// ```
pub fn replay(recording: &[u8]) -> Result<Replayed, Difference> {
    s_server_core::record::replay(&recording.into(), &Arc::new(Memory::default()))
}

/// Frames in memory.
#[derive(Default)]
struct Memory(Mutex<Vec<u8>>);

impl Tape for Memory {
    fn put(&self, kind: Kind, payload: &[u8]) {
        let frame = Frame { kind, conn: 0, at: Now::default(), payload };
        frame.put(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }
}

impl Rewind for Memory {
    fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
