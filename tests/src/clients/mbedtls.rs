//! The client in C on mbed TLS, built where it is used.

use std::path::PathBuf;

use crate::launch::folder::Folder;
use crate::launch::process;

/// Builds the client into that folder.
///
/// # Panics
/// When the compiler or the library is missing: `tests/run` installs both.
pub fn build(folder: &Folder) -> PathBuf {
    let source = crate::tests_folder().join("src/clients/mbedtls.c");
    let program = folder.path().join("mbedtls");
    let mut cc = process::command("cc".as_ref(), folder.path());
    cc.arg("-o").arg(&program).arg(source).args(["-lmbedtls", "-lmbedx509", "-lmbedcrypto"]);
    let output = cc.output().expect("a C compiler");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    program
}
