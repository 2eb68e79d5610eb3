//! The original's SRP without its defect 32: a library to be preloaded, built where it is used. Without it server and client of the
//! distribution read a place on the stack that is used otherwise by then, and mostly crash.

use std::path::PathBuf;
use std::sync::OnceLock;

use crate::launch::compiled::compile;

/// The library.
///
/// # Panics
/// When there is no compiler.
pub fn srp() -> PathBuf {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    let build = || {
        let folder = crate::tests_folder().join("../target/mended");
        let source = crate::tests_folder().join("src/launch/mended.c");
        compile(&folder, "srp.so", |cc| cc.arg(source).arg("-ldl"))
    };
    LIBRARY.get_or_init(build).clone()
}
