//! A tape in memory.
use alloc::vec::Vec;
use std::sync::{Mutex, PoisonError};

use super::frame::{Frame, Kind};
use super::tape::Tape;
use crate::io::Now;

/// A [`Tape`] in memory, whose frames are of the server itself and of time 0.
#[derive(Debug, Default)]
pub struct Memory(Mutex<Vec<u8>>);

impl Memory {
    /// Everything since the last call, as bytes of frames.
    pub fn take(&self) -> Vec<u8> {
        core::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Tape for Memory {
    fn put(&self, kind: Kind, payload: &[u8]) {
        let mut frames = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Frame { kind, conn: 0, at: Now::default(), payload }.put(&mut frames);
    }
}
