//! `s_server`: a drop-in replacement of `openssl s_server`.
//!
//! ```text
//!   main --> cli: argv -> Plan -> OpensslContext -> listen -> serve -> exit status
//!                                                              |
//!                             desk (serial modes) <--> driver (one per worker) <--> core's Connection
//!                               |                       |      |
//!                             operator (stdin)        peer   output (stdout, stderr)
//! ```
//!
//! What differs between systems is in `unix.rs` and `windows.rs`; TLS is in `openssl/`.
#![deny(unsafe_code)]

mod cli;
mod desk;
mod driver;
mod files;
mod listen;
mod openssl;
mod operator;
mod output;
mod peer;
#[cfg(test)]
mod scripted;
mod serve;
#[cfg_attr(unix, path = "unix.rs")]
#[cfg_attr(windows, path = "windows.rs")]
#[allow(unsafe_code, reason = "calls of the system that no crate wraps")]
mod system;
mod timers;

use std::process::ExitCode;

fn main() -> ExitCode {
    openssl::init();
    let output = system::stdout().and_then(|out| output::Output::start(out, system::stderr()?));
    let Ok(output) = output else { return ExitCode::FAILURE };
    let status = cli::run(&system::argv(), &output);
    output.finish();
    ExitCode::from(status)
}
