//! Providers that are lent, and come back.
//!
//! rustls wants the parts of a provider to live for ever, which a server does not. So what a server gave back is lent to
//! the next one, with another seed, and there are never more than there are servers at a time.
use std::fmt;
use std::sync::{Mutex, PoisonError};

use rustls::crypto::CryptoProvider;

use super::Generator;

/// A provider and its generator, until this is dropped: nothing may draw from them afterwards.
pub struct Lease(Parts);

#[derive(Clone)]
struct Parts {
    random: &'static Generator,
    provider: CryptoProvider,
}

/// Those that came back.
static FREE: Mutex<Vec<Parts>> = Mutex::new(Vec::new());

impl Lease {
    /// A provider whose every random byte comes from `seed`.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        let free = FREE.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let parts = free.unwrap_or_else(|| {
            let random = Box::leak(Box::new(Generator::new(seed)));
            Parts { random, provider: super::on(random) }
        });
        parts.random.reseed(seed);
        Self(parts)
    }

    /// The provider.
    pub fn provider(&self) -> CryptoProvider {
        self.0.provider.clone()
    }

    /// Goes on with the stream of that seed, as [`Generator::reseed`] does.
    pub fn reseed(&self, seed: [u8; 32]) {
        self.0.random.reseed(seed);
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        // Nobody learns from it what the seed was.
        self.0.random.reseed([0; 32]);
        FREE.lock().unwrap_or_else(PoisonError::into_inner).push(self.0.clone());
    }
}

impl fmt::Debug for Lease {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Lease")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(lease: &Lease) -> [u8; 16] {
        let mut bytes = [0; 16];
        lease.provider().secure_random.fill(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn whoever_had_a_provider_before_the_seed_says_what_it_draws() {
        let first = drawn(&Lease::new([1; 32]));
        let (again, other) = (Lease::new([1; 32]), Lease::new([2; 32]));
        assert_eq!(drawn(&again), first);
        assert_ne!(drawn(&other), first, "two at a time have nothing in common");
        again.reseed([1; 32]);
        assert_eq!(drawn(&again), first);
    }
}
