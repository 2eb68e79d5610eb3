//! `s_server_wasm`: `s_server` with its TLS in a WebAssembly sandbox.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use s_server_hosting::{Output, system, without_streams};
use s_server_wasm::{cli, module};

fn main() -> ExitCode {
    let files = system::stdout().and_then(|out| Ok((out, system::stderr()?)));
    let (out, err) = match files {
        Ok(files) => files,
        Err(why) => return without_streams(&why),
    };
    let output = Output::new(out, err);
    let status = cli::run(system::argv(), &output, None, module::sandbox);
    output.finish();
    ExitCode::from(status)
}
