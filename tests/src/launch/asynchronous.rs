//! OpenSSL's dummy asynchronous engine, built where it is used: it computes at once, but interrupts every call that wants
//! something of it, as an accelerator would.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use crate::launch::compiled::compile;

/// The folder of engines for `OPENSSL_ENGINES`, which holds `dasync.so`, and beside it [`PAINTED`].
///
/// # Panics
/// When the compiler, the headers of the system's library or the source of the engine are missing.
pub fn engines() -> &'static Path {
    static ENGINES: OnceLock<PathBuf> = OnceLock::new();
    ENGINES.get_or_init(build)
}

/// A library to be preloaded. When the program ends, it writes into the file that the variable of this name names, how many
/// bytes of a job's stack were used at most.
pub const PAINTED: &str = "PAINTED";

/// The library of [`PAINTED`].
pub fn painted() -> PathBuf {
    engines().join("painted.so")
}

fn build() -> PathBuf {
    let folder = crate::tests_folder().join("../target/dasync");
    // The header that the source asks the library's own folder for says nothing else.
    let headers = folder.join("include/internal");
    fs::create_dir_all(&headers).expect("a folder");
    fs::write(headers.join("deprecated.h"), "#define OPENSSL_SUPPRESS_DEPRECATED\n").expect("a file");
    let source = source().join("openssl/engines");
    compile(&folder, "dasync.so", |cc| {
        cc.arg("-I").arg(folder.join("include")).arg("-I").arg(&source).arg(source.join("e_dasync.c")).arg("-lcrypto")
    });
    compile(&folder, "painted.so", |cc| cc.arg(crate::tests_folder().join("src/launch/painted.c")).arg("-ldl"));
    fs::canonicalize(folder).expect("the folder is there")
}

/// Where the crate with OpenSSL's source lies.
fn source() -> PathBuf {
    let manifest = crate::tests_folder().join("dasync/Cargo.toml");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut metadata = Command::new(cargo);
    metadata.args(["metadata", "--quiet", "--locked", "--format-version", "1", "--manifest-path"]).arg(manifest);
    let output = metadata.output().expect("cargo");
    let text = String::from_utf8_lossy(&output.stdout);
    let mut manifests = text.split("\"manifest_path\":\"").skip(1).filter_map(|rest| rest.split('"').next());
    let found = manifests.find(|path| path.contains("/openssl-src-300"));
    let found = found.unwrap_or_else(|| panic!("no source: {}", String::from_utf8_lossy(&output.stderr)));
    Path::new(found).parent().expect("a file has a folder").to_path_buf()
}
