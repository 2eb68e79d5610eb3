//! `s_server`: a drop-in replacement of `openssl s_server`.
//!
//! ```text
//!   main --> hosting: argv -> Plan -> load -> listen -> serve -> exit status
//!               |                       |
//!               |                    cli.rs --> s-server-openssl: TLS
//!            s-server-hosting: sockets, threads, standard streams
//! ```
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

fn main() -> ExitCode {
    s_server_openssl::init();
    s_server_hosting::run(cli::Openssl)
}
