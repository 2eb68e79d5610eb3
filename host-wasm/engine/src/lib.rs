//! The TLS engine on rustls: what the sandboxed server runs on, and what unit tests of other programs can run on.
//!
//! [`provider`] is the cryptography: pure Rust, and repeatable byte for byte from a seed.
#![forbid(unsafe_code)]

pub mod provider;
