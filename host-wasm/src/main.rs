//! `s_server_wasm`: `s_server` with its TLS in a WebAssembly sandbox.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use s_server_wasm::{cli, module};

fn main() -> ExitCode {
    s_server_hosting::run(cli::Wasm::new(module::sandbox))
}
