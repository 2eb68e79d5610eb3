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
//! * [`old_client`] speaks TLS 1.2 as before RFC 5746.
//! * [`running`] is a server for the tests that are not scripts, [`driven`] one with a whole line of options.
//! * [`compare`] compares; [`differences`] lists the single lines in which ours differs on purpose.
//! * [`recordings`] is about what is replayed without clients, sockets and cryptography.
//! * [`fuzzing`] is what the fuzz targets run.
//! * [`manual`], [`parity`] and [`completions`] make what stands in `docs/` from the option table.
//!
//! Linux only: [`quiet`] and [`listening`] read `/proc`.

pub mod compare;
pub mod completions;
pub mod differences;
pub mod documents;
pub mod driven;
pub mod facts;
pub mod folder;
pub mod fuzzing;
pub mod harness;
pub mod identities;
pub mod listening;
pub mod manual;
pub mod mask;
pub mod messages;
pub mod newer_scripts;
pub mod old_client;
pub mod pairs;
pub mod parity;
pub mod port;
pub mod process;
pub mod program;
pub mod proof_scripts;
pub mod proofs;
pub mod quiet;
pub mod raw;
pub mod recordings;
pub mod replay;
pub mod retries;
pub mod running;
pub mod sample;
pub mod scope;
pub mod script;
pub mod session;
pub mod session_scripts;
pub mod shared_ciphers;

use std::collections::BTreeMap;

/// What one run left behind: complete streams, and how each program ended, by the titles the transcripts use
/// (`server stdout`, `client A exit`, …).
pub type Streams = BTreeMap<String, Vec<u8>>;
