#![doc = include_str!("../README.md")]
//!
//! # Rooms
//!
//! ```text
//!   listen --> serve --> admission (serial modes) <--> driver (one per worker) <--> Served (a Service makes them)
//!                            |                              |      |
//!                         operator (stdin)             stream   output (stdout, stderr)
//! ```
//!
//! [`Service`] and [`Served`] are all that is known of what serves a connection. The programs of this project differ there
//! alone: one calls core's `Connection` on an engine of its own process, another one in a sandbox. No text is in here but
//! those about the host's own sockets and streams.
//!
//! Where the bytes and the time come from is left open too: [`link`] and [`clock`], so that tests set both.
//!
//! What differs between systems is in `unix/` and `windows.rs`.
#![deny(unsafe_code, missing_debug_implementations)]

mod admission;
pub mod clock;
pub mod descriptors;
mod driver;
mod end;
mod files;
mod here;
mod host;
mod keylog;
pub mod link;
pub mod listen;
mod messages;
pub mod needs;
mod observer;
mod operator;
mod output;
pub mod passphrase;
mod playing;
mod program;
mod recorded;
mod recording;
mod run;
#[cfg(test)]
mod scripted;
mod serve;
mod service;
#[cfg_attr(unix, path = "unix/mod.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[allow(unsafe_code, reason = "calls of the system that no crate wraps")]
pub mod system;
mod timers;
mod words;

pub use end::End;
pub use files::Folder;
pub use host::Host;
pub use keylog::KeyLog;
pub use messages::MessageFile;
pub use observer::Observer;
pub use operator::OperatorInput;
pub use output::Output;
pub use playing::{play, show};
pub use program::{Loaded, Program, Starting};
pub use recorded::Recorded;
pub use recording::Recording;
pub use run::{run, run_with};
pub use serve::{Ready, open};
pub use service::{Served, Service};
pub use words::{gai_strerror, strerror};
