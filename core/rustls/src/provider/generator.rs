//! The generator every random byte of the provider comes from.
//!
//! It is ChaCha20 with its 20 rounds, keyed by the seed: the same seed gives the same bytes, on every machine. Who does
//! not know the seed cannot tell the bytes from random ones; who knows it knows every key. There is no
//! other source, so the bytes are as secret as the seed that the host hands in.
use chacha20::ChaCha20Rng;
use chacha20::rand_core::{Infallible, Rng, SeedableRng, TryCryptoRng, TryRng};
use rustls::crypto::{GetRandomFailed, SecureRandom};
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// A stream of random bytes that repeats from its seed.
///
/// Calls draw from one stream, in the order in which they come: with several threads their order, and with it who gets
/// which bytes, is the system's. What shall repeat runs on one thread.
pub struct Generator(Mutex<ChaCha20Rng>);

impl Generator {
    /// The stream of `seed`, from its beginning.
    #[must_use]
    pub fn new(seed: [u8; 32]) -> Self {
        Self(Mutex::new(ChaCha20Rng::from_seed(seed)))
    }

    /// Goes on with the stream of that seed, from its beginning: what comes from now on has nothing to do with what came
    /// before.
    pub fn reseed(&self, seed: [u8; 32]) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = ChaCha20Rng::from_seed(seed);
    }

    /// The next `N` bytes.
    pub(super) fn bytes<const N: usize>(&self) -> [u8; N] {
        let mut bytes = [0; N];
        self.draw(&mut bytes);
        bytes
    }

    fn draw(&self, bytes: &mut [u8]) {
        // A thread that panicked inside left a stream position, which is as good as any other.
        self.0.lock().unwrap_or_else(PoisonError::into_inner).fill_bytes(bytes);
    }
}

impl fmt::Debug for Generator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Generator")
    }
}

impl SecureRandom for Generator {
    fn fill(&self, buf: &mut [u8]) -> Result<(), GetRandomFailed> {
        self.draw(buf);
        Ok(())
    }
}

/// The generator as the argument that RustCrypto's functions take.
pub(super) struct Draws<'a>(pub(super) &'a Generator);

impl TryRng for Draws<'_> {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        Ok(u32::from_le_bytes(self.0.bytes()))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        Ok(u64::from_le_bytes(self.0.bytes()))
    }

    fn try_fill_bytes(&mut self, dst: &mut [u8]) -> Result<(), Infallible> {
        self.0.draw(dst);
        Ok(())
    }
}

impl TryCryptoRng for Draws<'_> {}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::vectors::hex;

    #[test]
    fn the_stream_of_the_zero_seed_is_the_key_stream_of_chacha20() {
        // RFC 8439, appendix A.1, test vectors 1 and 2: key and nonce zero, block counter 0 and then 1.
        let expected = hex("76b8e0ada0f13d90405d6ae55386bd28bdd219b8a08ded1aa836efcc8b770dc7
                            da41597c5157488d7724e03fb8d84a376a43b8f41518a11cc387b669b2ee6586
                            9f07e7be5551387a98ba977c732d080dcb0f29a048e3656912c6533e32ee7aed
                            29b721769ce64e43d57133b074d839d531ed1f28510afb45ace10a1f4b794d6f");
        assert_eq!(Generator::new([0; 32]).bytes::<128>().as_slice(), expected);
    }

    #[test]
    fn every_way_of_drawing_continues_the_same_stream() {
        let generator = Generator::new([7; 32]);
        let mut parts = vec![0; 5];
        generator.fill(&mut parts).unwrap();
        parts.extend(generator.bytes::<7>());
        let mut rest = [0; 8];
        Draws(&generator).fill_bytes(&mut rest);
        parts.extend(rest);
        parts.extend(Draws(&generator).next_u32().to_le_bytes());
        parts.extend(Draws(&generator).next_u64().to_le_bytes());

        assert_eq!(parts, words(&Generator::new([7; 32])));
        assert_ne!(parts, words(&Generator::new([8; 32])));
    }

    /// The same 32 bytes drawn in the same portions, of whole words each: ChaCha20 gives words, and drops what is left
    /// of one.
    fn words(generator: &Generator) -> Vec<u8> {
        let stream = generator.bytes::<64>();
        let starts = [(0, 5), (8, 7), (16, 8), (24, 4), (28, 8)];
        starts.into_iter().flat_map(|(start, len)| stream[start..start + len].to_vec()).collect()
    }
}
