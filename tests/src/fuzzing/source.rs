//! The bytes of a fuzz run, taken by whoever needs a decision next.

use std::sync::{Arc, Mutex, PoisonError};

/// A shared cursor; clones take from the same bytes.
#[derive(Clone, Debug)]
pub struct Source(Arc<Mutex<Vec<u8>>>);

impl Source {
    /// The bytes, first to last.
    pub fn new(bytes: &[u8]) -> Source {
        Source(Arc::new(Mutex::new(bytes.iter().rev().copied().collect())))
    }

    /// The next byte, if there is one.
    pub fn byte(&self) -> Option<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop()
    }

    /// Up to that many bytes.
    pub fn bytes(&self, count: usize) -> Vec<u8> {
        std::iter::from_fn(|| self.byte()).take(count).collect()
    }

    /// One in `sides`, 0 when there are no more bytes.
    pub fn die(&self, sides: u8) -> u8 {
        self.byte().map_or(0, |byte| byte % sides)
    }
}
