//! Cryptography for rustls that repeats byte for byte: pure Rust, every random byte from a seed.
mod aead;
mod ecdh;
mod generator;
mod hash;
mod tls12;
mod tls13;
#[cfg(test)]
mod vectors;
mod x25519;

pub use generator::Generator;
