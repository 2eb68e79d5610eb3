//! `s_server_wasm`: the program `s_server` with everything that reads a peer's bytes in a sandbox.
//!
//! ```text
//!   sockets, operator --> s-server-hosting --> bridge.rs --frames--> sandbox.rs: one guest for each connection
//!                                                 |                     wasi.rs: no clock, no files, no sockets
//!   command line, files --> cli.rs ---------------+
//! ```
//!
//! A guest computes, and that is all: sockets, files and the operator are on this side, and are reached by frames that
//! this side reads with care. `docs/SANDBOX.md` says what a guest that is not itself any more can still do.
#![forbid(unsafe_code)]

pub mod bridge;
pub mod cli;
mod hearing;
pub mod module;
mod prologue;
mod queue;
pub mod sandbox;
mod sessions;
mod speaker;
mod tap;
pub mod totals;
mod wasi;
