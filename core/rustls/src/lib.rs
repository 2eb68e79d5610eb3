//! The engine of `s_server` on rustls, generic over the cryptography.
//!
//! ```text
//!   plan + files --Context::new--> Context        certificates, settings, trust, tickets
//!                                     | session()
//!                                     v
//!   LentWire --unread--> [records] --> Acceptor --> ServerConnection --send--> LentWire
//!                                             |               |
//!                              server name, ALPN, lists     Log: verification, secrets
//! ```
//!
//! [`provider`] is cryptography to run it on: pure Rust, and repeatable byte for byte from a seed.
//!
//! Nothing here opens a file or a socket, reads a clock or draws a random number: the files come in as
//! [`Files`](s_server_core::options::needs::Files), time through rustls' `TimeProvider`, randomness through the
//! `CryptoProvider`.
#![doc = include_str!("../README.md")]
#![forbid(unsafe_code)]

/// The rustls whose types stand in the signatures here.
pub use rustls;

mod alerts;
mod certificate;
mod choice;
mod context;
mod engines;
mod failure;
mod hello;
mod info;
mod keys;
mod loading;
mod log;
mod missing;
mod nameopt;
mod names;
mod objects;
mod padding;
mod pem;
pub mod provider;
mod reason;
mod refusals;
mod selfsigned;
mod session;
mod sessions;
mod settings;
mod shared;
mod transfers;
mod trust;
mod verify;
mod wire;

pub use context::Context;
pub use engines::{Clock, Rustls};
pub use refusals::REFUSALS;
pub use selfsigned::{Origin, Valid};
pub use sessions::anti_replay;
pub use shared::Environment;
