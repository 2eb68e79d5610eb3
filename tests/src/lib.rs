//! Runs one client script against `openssl s_server` and against ours, and compares what came out.
//!
//! ```text
//!  samples/*.txt --sample--> Script + golden streams
//!                              |              |
//!                           replay            |        differences.toml
//!                 (server, clients, steps)    |               |
//!                              v              v               v
//!                        seen streams --> mask both --> compare line by line
//! ```
//!
//! * [`sample`] reads a transcript, [`script`] the steps in it, [`scope`] says which of them count by now.
//! * [`replay`] plays a script: it starts the [`process`]es, takes each step when everything is [`quiet`] after
//!   the one before, and uses the real `openssl s_client` or a [`raw`] client.
//! * [`mask`] hides what differs between two runs of the same program, [`session`] reads the session blocks.
//! * [`running`] is a server for the tests that are not scripts.
//! * [`compare`] compares; [`differences`] lists the single lines in which ours differs on purpose.
//!
//! Linux only: [`quiet`] and [`listening`] read `/proc`.

pub mod compare;
pub mod differences;
pub mod folder;
pub mod harness;
pub mod identities;
pub mod listening;
pub mod mask;
pub mod port;
pub mod process;
pub mod program;
pub mod quiet;
pub mod raw;
pub mod replay;
pub mod running;
pub mod sample;
pub mod scope;
pub mod script;
pub mod session;

use std::collections::BTreeMap;

/// What one run left behind: complete streams, and how each program ended, by the titles the transcripts use
/// (`server stdout`, `client A exit`, …).
pub type Streams = BTreeMap<String, Vec<u8>>;
