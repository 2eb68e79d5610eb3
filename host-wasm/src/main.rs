//! `s_server_wasm`: `s_server` with its TLS in a WebAssembly sandbox.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use s_server_hosting::{Output, system};
use s_server_wasm::{cli, module};

fn main() -> ExitCode {
    let files = system::stdout().and_then(|out| Ok((out, system::stderr()?)));
    let Ok((out, err)) = files else { return ExitCode::FAILURE };
    let output = Output::new(out, err);
    let status = cli::run(system::argv(), &output, module::sandbox);
    output.finish();
    ExitCode::from(status)
}
