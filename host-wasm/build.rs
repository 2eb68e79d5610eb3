//! Builds the guest for WASI, and says where it lies: `GUEST_WASM` is the module that is embedded, `GUEST_COMMAND` the
//! program for stock runtimes.
//!
//! Where the toolchain has the target's library (`rustup target add wasm32-wasip1`) that is plain cargo. Where rustup
//! can fetch nothing, Debian's packages cargo-web, rustc-web, rust-web-src and wasi-libc bring the sources of the library
//! and WASI's C library, and lld the linker; `GUEST_TOOLCHAIN=debian` asks for these.
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

const TARGET: &str = "wasm32-wasip1";
/// WASI's C library and start files, of Debian's package wasi-libc.
const WASI_LIBC: &str = "/usr/lib/wasm32-wasi";
/// What the guest is made of, seen from its folder.
const SOURCES: [&str; 8] = [
    "src",
    "build.rs",
    "Cargo.toml",
    "Cargo.lock",
    "../engine/src",
    "../engine/Cargo.toml",
    "../../core/src",
    "../../core/Cargo.toml",
];
/// Big numbers are made of limbs of 32 bits: WebAssembly multiplies no wider than 64, and RSA takes half the time so.
/// With SIMD P-256 takes three quarters.
const FLAGS: [&str; 2] = ["--cfg=cpubits=\"32\"", "-Ctarget-feature=+simd128"];
/// What cargo, clippy or a person set for the build of the host is not for the guest's.
const NOT_FOR_THE_GUEST: [&str; 4] = ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"];

fn main() {
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("guest");
    for source in SOURCES.iter().map(|source| guest.join(source)).filter(|source| source.exists()) {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    println!("cargo::rerun-if-env-changed=GUEST_TOOLCHAIN");
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where")).join("guest");
    let mut cargo = cargo().unwrap_or_else(|| {
        panic!(
            "there is no library for {TARGET}: run `rustup target add {TARGET}`, or on Debian \
             `apt-get install cargo-web rustc-web rust-web-src wasi-libc lld`"
        )
    });
    let not_for_it = |name: &OsString| {
        name.to_str().is_some_and(|name| NOT_FOR_THE_GUEST.contains(&name) || name.starts_with("CARGO_PROFILE_"))
    };
    for name in env::vars_os().map(|(name, _)| name).filter(not_for_it) {
        cargo.env_remove(name);
    }
    cargo.current_dir(&guest).args(["build", "--release", "--locked", "--target", TARGET, "--target-dir"]).arg(&out);
    assert!(cargo.status().expect("cargo starts").success(), "the guest does not build");
    let built = out.join(TARGET).join("release");
    println!("cargo::rustc-env=GUEST_WASM={}", built.join("guest.wasm").display());
    println!("cargo::rustc-env=GUEST_COMMAND={}", built.join("s_server_guest.wasm").display());
}

/// The cargo that can build for the target, with what it has to know. `None`: there is none.
fn cargo() -> Option<Command> {
    let debian = env::var("GUEST_TOOLCHAIN").is_ok_and(|toolchain| toolchain == "debian");
    let own = ask(&["--print", "target-libdir", "--target", TARGET])?.join("self-contained");
    if own.exists() && !debian {
        let mut cargo = Command::new(env::var_os("CARGO")?);
        cargo.env("GUEST_CRT", own).env("CARGO_ENCODED_RUSTFLAGS", FLAGS.join("\x1f"));
        return Some(cargo);
    }
    let linker = linker().filter(|_| Path::new(WASI_LIBC).exists() && Path::new("/usr/bin/cargo").exists())?;
    let library = format!("-Clink-arg=-L{WASI_LIBC}");
    let flags = [&FLAGS[..], &[&library, "-Clink-self-contained=no"]].concat();
    let mut cargo = Command::new("/usr/bin/cargo");
    cargo.arg("-Zbuild-std=std,panic_abort");
    cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
    cargo.env("CARGO_TARGET_WASM32_WASIP1_LINKER", linker).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    cargo.env("GUEST_CRT", WASI_LIBC).env("GUEST_CRT_COMMAND", "yes");
    Some(cargo)
}

fn ask(what: &[&str]) -> Option<PathBuf> {
    let output = Command::new(env::var_os("RUSTC")?).args(what).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().into())
}

/// An LLD for WebAssembly: rustup's own, else one of Debian's.
fn linker() -> Option<PathBuf> {
    let own = ask(&["--print", "sysroot"])?.join("lib/rustlib").join(env::var("HOST").ok()?).join("bin/rust-lld");
    let is_lld = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("wasm-ld"));
    if own.exists() {
        return Some(own);
    }
    fs::read_dir("/usr/bin").ok()?.filter_map(|entry| Some(entry.ok()?.path())).filter(is_lld).max()
}
