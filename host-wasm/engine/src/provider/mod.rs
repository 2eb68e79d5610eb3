//! Cryptography for rustls that repeats byte for byte: pure Rust, every random byte from a seed.
