//! Shared libraries of C that tests load into programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Compiles one. Under another name first: another test may be about to use it.
///
/// # Panics
/// When there is no compiler, or it finds a fault.
pub fn compile(folder: &Path, name: &str, arguments: impl FnOnce(&mut Command) -> &mut Command) -> PathBuf {
    fs::create_dir_all(folder).expect("a folder");
    let new = folder.join(format!("{name}.{}", std::process::id()));
    let mut cc = Command::new("cc");
    arguments(cc.args(["-shared", "-fPIC", "-O1", "-o"]).arg(&new));
    let output = cc.output().expect("a C compiler");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    fs::rename(new, folder.join(name)).expect("the folder is writable");
    fs::canonicalize(folder.join(name)).expect("it is there")
}
