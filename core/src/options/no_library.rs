//! A world for those who only want the plan of a command line: tests, and embedders without a system around them.
use alloc::vec::Vec;

use super::World;

/// Every path is a directory, every parameter is taken, and whatever OpenSSL would be asked to load or to set is as good
/// as done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoLibrary {
    /// What was printed, in order.
    pub notes: Vec<u8>,
}

impl World for NoLibrary {
    fn note(&mut self, text: &[u8]) {
        self.notes.extend_from_slice(text);
    }

    fn is_directory(&mut self, _: &[u8]) -> bool {
        true
    }
}
