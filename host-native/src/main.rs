//! `s_server`: a drop-in replacement of `openssl s_server`.
//!
//! ```text
//!   main --> cli: argv -> Plan -> OpensslContext -> listen -> serve -> exit status
//!                                       |              \_________/
//!                              openssl/: TLS     hosting/: sockets, threads, standard streams
//! ```
#![deny(unsafe_code)]

mod cli;
mod openssl;

use std::process::ExitCode;

use s_server_hosting::{Output, system};

fn main() -> ExitCode {
    openssl::init();
    let (Ok(out), Ok(err)) = (system::stdout(), system::stderr()) else { return ExitCode::FAILURE };
    let output = Output::new(out, err);
    let status = cli::run(&system::argv(), &output);
    output.finish();
    ExitCode::from(status)
}
