//! The core has no operating system, no unsafe code and no dependencies to speak of, and builds for a sandbox.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use conformance::documents::root;
use conformance::documents::sources::each_source;
use regex::Regex;

const TARGET: &str = "wasm32-wasip1";

fn run(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints text")
}

#[test]
fn it_depends_on_two_crates_at_most() {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(root()).args(["tree", "-p", "s-server-core", "--edges", "normal,build", "--target", "all"]);
    tree.args(["--prefix", "none", "--format", "{lib}"]);
    let used: BTreeSet<String> = run(tree).lines().map(str::to_owned).collect();
    let allowed = BTreeSet::from(["s_server_core", "bytes", "httparse"].map(str::to_owned));
    assert!(used.contains("s_server_core"), "{used:?}");
    assert_eq!(used.difference(&allowed).collect::<Vec<_>>(), Vec::<&String>::new());
}

#[test]
fn it_has_no_unsafe_and_no_std() {
    let source = root().join("core/src");
    let lib = fs::read_to_string(source.join("lib.rs")).unwrap();
    assert!(lib.contains("\n#![no_std]\n"));
    assert!(lib.contains("\n#![forbid(unsafe_code)]\n"));
    let word = Regex::new(r"\bunsafe\b").unwrap();
    let mut files = 0;
    each_source(&source, &mut |path| {
        files += 1;
        let text = fs::read_to_string(path).unwrap();
        let code = text.lines().filter(|line| !line.trim_start().starts_with("//"));
        let found: Vec<&str> = code.filter(|line| word.is_match(line)).collect();
        assert!(found.is_empty(), "{}: {found:?}", path.display());
    });
    assert!(files > 10, "{files}");
}

#[test]
fn it_builds_for_the_sandbox() {
    build_for_the_sandbox("build", "s-server-core", "core,alloc");
}

/// The rustls engine and what tests of others are made with: the one is in the other.
#[test]
fn the_other_pure_crates_build_for_the_sandbox() {
    build_for_the_sandbox("check", "s-server-testing", "std,panic_abort");
}

/// With rustup's target, or with the sources of the library that Debian packages, of which `library` is built.
fn build_for_the_sandbox(how: &str, package: &str, library: &str) {
    let mut ask = Command::new("rustc");
    ask.args(["--print", "target-libdir", "--target", TARGET]);
    let installed = Path::new(run(ask).trim()).exists();
    let mut build = Command::new(if installed { env!("CARGO") } else { "/usr/bin/cargo" });
    build.current_dir(root()).args([how, "-p", package, "--target", TARGET, "--target-dir"]);
    // Two at once would wait for each other's folder.
    build.arg(root().join("target/sandbox").join(package));
    if !installed {
        assert!(
            Path::new("/usr/lib/rustlib/src/rust/library").exists(),
            "no library for {TARGET}: rustup target add {TARGET}, or apt-get install cargo-web rustc-web rust-web-src"
        );
        build.arg(format!("-Zbuild-std={library}")).env("RUSTC_BOOTSTRAP", "1").env("RUSTC", "/usr/bin/rustc");
    }
    // What cargo set for this test is not for that build.
    for name in ["RUSTUP_TOOLCHAIN", "RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"] {
        build.env_remove(name);
    }
    run(build);
}
