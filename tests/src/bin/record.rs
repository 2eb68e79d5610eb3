//! Makes the recordings in `recordings/` anew, all or those that are named, each after a comparison with the original.
//!
//! `cargo run -p conformance --no-default-features --bin record [NAME…]`, with the system build of `s_server`.

use std::process::ExitCode;

use conformance::play::recordings;

fn main() -> ExitCode {
    let chosen: Vec<String> = std::env::args().skip(1).collect();
    let mut failed = false;
    for name in recordings::names().filter(|name| chosen.is_empty() || chosen.iter().any(|chosen| chosen == name)) {
        match recordings::make(name) {
            Ok(length) => println!("{name}: {length} bytes"),
            Err(why) => {
                println!("{name}: {why}");
                failed = true;
            }
        }
    }
    if failed { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
