//! `s_server`: a drop-in replacement of `openssl s_server`.
//!
//! ```text
//!   main --> cli: argv -> Plan -> OpensslContext -> listen -> serve -> exit status
//!                                       |              \_________/
//!                              openssl/: TLS     hosting/: sockets, threads, standard streams
//! ```
#![forbid(unsafe_code)]

mod cli;

use std::process::ExitCode;

use s_server_hosting::{Output, system, without_streams};
use s_server_openssl as openssl;

fn main() -> ExitCode {
    openssl::init();
    let files = system::stdout().and_then(|out| Ok((out, system::stderr()?)));
    let (out, err) = match files {
        Ok(files) => files,
        Err(why) => return without_streams(&why),
    };
    let output = Output::new(out, err);
    let status = cli::run(&system::argv(), &output, None);
    output.finish();
    ExitCode::from(status)
}
