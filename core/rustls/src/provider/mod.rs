//! Cryptography for rustls that repeats byte for byte: pure Rust, every random byte from a seed.
//!
//! [`seeded`] makes an ordinary [`CryptoProvider`]; [`Ticketer`] makes and opens session tickets. Two servers with the
//! same seed, the same keys, the same clock and the same input send the same bytes: a session in the sandbox can be
//! recorded and run again, and a test can compare records of ciphertext.
//!
//! | what | which |
//! | --- | --- |
//! | TLS 1.3 | AES-256-GCM, ChaCha20-Poly1305, AES-128-GCM |
//! | TLS 1.2 | the same with ECDHE-ECDSA and ECDHE-RSA |
//! | groups | X25519MLKEM768 (TLS 1.3), X25519, P-256, P-384, P-521 |
//! | own keys | RSA of 2048 to 8192 bits (PKCS #1 v1.5 and PSS), ECDSA on P-256, P-384 and P-521, Ed25519; in PKCS #8, PKCS #1 and SEC 1 |
//! | verified | signatures by those, with SHA-256, SHA-384 and SHA-512 |
//!
//! # What draws
//! Private keys of key exchanges, the randomness of encapsulation, RSA's salts and blinding, what rustls itself draws
//! (hello randoms, session identifiers, ticket ages), tickets. Nothing else does: ECDSA is deterministic (RFC 6979),
//! Ed25519 is by nature, and nonces of records count.
//!
//! # Security
//! That of the seed: who knows or guesses it knows every key of every connection. The host takes it from the system's
//! random source, anew for each run, unless the user asked for a repeatable one; a recording contains it.
//!
//! The RustCrypto and dalek crates are written to run in constant time where secrets are involved, and secrets wipe
//! themselves when they are dropped as far as those crates offer it. What a WebAssembly runtime makes of constant time
//! is not known, and the code has not been audited as a whole: this is for a test server.
mod aead;
mod ecdh;
mod ecdsa;
mod ed25519;
mod generator;
mod hash;
mod key_error;
mod lease;
#[cfg(test)]
mod rfc8448;
mod rsa;
mod signing;
mod ticketer;
mod tls12;
mod tls13;
#[cfg(test)]
mod vectors;
mod verifying;
mod x25519;

pub use generator::Generator;
pub use lease::Lease;
pub use ticketer::Ticketer;

use rustls::crypto::{CryptoProvider, SupportedKxGroup};

/// The provider whose every random byte comes from `seed`.
///
/// rustls wants the parts of a provider to live for ever, so each call leaves about 400 bytes that are never freed. Whoever
/// makes many, one after the other, takes a [`Lease`].
#[must_use]
pub fn seeded(seed: [u8; 32]) -> CryptoProvider {
    on(Box::leak(Box::new(Generator::new(seed))))
}

/// The provider whose every random byte comes from `random`.
#[must_use]
pub fn on(random: &'static Generator) -> CryptoProvider {
    CryptoProvider {
        cipher_suites: tls13::SUITES.iter().chain(&tls12::SUITES).copied().collect(),
        kx_groups: groups(random),
        signature_verification_algorithms: verifying::ALGORITHMS,
        secure_random: random,
        key_provider: Box::leak(Box::new(signing::Keys(random))),
    }
}

/// In the order in which OpenSSL 3.5 and later prefer them.
fn groups(random: &'static Generator) -> Vec<&'static dyn SupportedKxGroup> {
    vec![
        Box::leak(Box::new(x25519::X25519MlKem768(random))),
        Box::leak(Box::new(x25519::X25519(random))),
        Box::leak(Box::new(ecdh::Ecdh::p256(random))),
        Box::leak(Box::new(ecdh::Ecdh::p384(random))),
        Box::leak(Box::new(ecdh::Ecdh::p521(random))),
    ]
}
