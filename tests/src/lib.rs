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
//! * [`launch`] starts programs: [`launch::server`] is a server for the tests that are not scripts.
//! * [`clients`] are those that are not `openssl s_client`: [`clients::raw`] ones, and [`clients::old_client`], which
//!   speaks TLS 1.2 as before RFC 5746.
//! * [`scripts`] are what is done in a run: [`scripts::sample`] reads a transcript, [`scripts::script`] the steps in it,
//!   [`scripts::scope`] says which of them count by now.
//! * [`compare`] compares: [`compare::mask`] hides what differs between two runs of the same program,
//!   [`compare::differences`] lists the single lines in which ours differs on purpose.
//! * [`play`] does it: [`play::replay`] starts the processes, takes each step when everything is [`launch::quiet`] after
//!   the one before; [`play::recordings`] is about what is replayed without clients, sockets and cryptography.
//!
//! Each of these knows those above it alone. [`documents`] makes what stands in `docs/` from the option table, and
//! [`fuzzing`] is what the fuzz targets run.
//!
//! Linux only: [`launch::quiet`] and [`launch::listening`] read `/proc`.

pub mod clients;
pub mod compare;
pub mod documents;
pub mod fuzzing;
pub mod launch;
pub mod play;
pub mod scripts;

use std::collections::BTreeMap;
use std::path::Path;

/// What one run left behind: complete streams, and how each program ended, by the titles the transcripts use
/// (`server stdout`, `client A exit`, …).
pub type Streams = BTreeMap<String, Vec<u8>>;

/// What docs/RECORDING.md shows compiles.
#[cfg(doctest)]
#[doc = include_str!("../../docs/RECORDING.md")]
pub struct Recording;

/// The folder `tests/` of the project.
pub fn tests_folder() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}
