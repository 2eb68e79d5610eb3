//! A world for those who only want the plan of a command line: tests, and embedders without a system around them.
use alloc::vec::Vec;

use super::{ProviderParameter, World};

/// Every path is a directory, every parameter is taken, and whatever OpenSSL would be asked to load or to set is as good
/// as done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Nowhere {
    /// What was printed, in order.
    pub notes: Vec<u8>,
}

impl World for Nowhere {
    fn note(&mut self, text: &[u8]) {
        self.notes.extend_from_slice(text);
    }

    fn is_directory(&mut self, _: &[u8]) -> bool {
        true
    }

    fn load_engine(&mut self, _: &[u8]) -> Vec<u8> {
        Vec::new()
    }

    fn takes_parameter(&mut self, _: &'static str, _: &[u8]) -> bool {
        true
    }

    fn seed_random(&mut self, _: &[u8]) -> Result<(), Vec<u8>> {
        Ok(())
    }

    fn set_provider_path(&mut self, _: &[u8]) {}

    fn load_provider(&mut self, _: &[u8]) -> Result<(), Vec<u8>> {
        Ok(())
    }

    fn set_provider_parameter(&mut self, _: &ProviderParameter<'_>) -> Result<(), Vec<u8>> {
        Ok(())
    }
}
