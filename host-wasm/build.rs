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
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
/// What the guest is made of, seen from its folder.
const SOURCES: [&str; 8] = [
    "src",
    "build.rs",
    "Cargo.toml",
    "Cargo.lock",
    "../../core/rustls/src",
    "../../core/rustls/Cargo.toml",
    "../../core/src",
    "../../core/Cargo.toml",
];
/// For any runtime with SIMD. Products have at most 64 bits there, and with limbs of 32 RSA takes half the time.
const PLAIN: Numbers = Numbers { name: "plain", flags: &["-Ctarget-feature=+simd128", "--cfg=cpubits=\"32\""] };
/// For runtimes with the proposal for wide arithmetic, whose products have 128 bits: wasmtime.
const WIDE: Numbers = Numbers {
    name: "wide",
    flags: &[
        "-Ctarget-feature=+simd128,+wide-arithmetic",
        "--cfg=cpubits=\"64\"",
        "--cfg=curve25519_dalek_bits=\"64\"",
    ],
};
/// The first LLVM that builds wide arithmetic right: earlier ones mix up the halves of products (llvm-project #199910).
const WIDE_SINCE: u32 = 23;
/// What cargo, clippy or a person set for the build of the host is not for the guest's.
const NOT_FOR_THE_GUEST: [&str; 4] = ["RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"];

/// What big numbers are made of.
struct Numbers {
    name: &'static str,
    flags: &'static [&'static str],
}

fn main() {
    let guest = Path::new(env!("CARGO_MANIFEST_DIR")).join("guest");
    for source in SOURCES.iter().map(|source| guest.join(source)).filter(|source| source.exists()) {
        println!("cargo::rerun-if-changed={}", source.display());
    }
    println!("cargo::rerun-if-env-changed=GUEST_TOOLCHAIN");
    say_version("RUSTLS_VERSION", "rustls", &guest.join("Cargo.lock"));
    say_version("WASMTIME_VERSION", "wasmtime", &guest.join("../../Cargo.lock"));
    let embedded = if llvm().is_some_and(|version| version >= WIDE_SINCE) { WIDE } else { PLAIN };
    let forms =
        [("GUEST_WASM", "--lib", "guest.wasm", embedded), ("GUEST_COMMAND", "--bins", "s_server_guest.wasm", PLAIN)];
    let out = PathBuf::from(env::var_os("OUT_DIR").expect("cargo says where"));
    // At the same time: linking, which is most of it, takes one processor.
    let builds = forms.map(|(variable, what, file, numbers)| {
        let folder = out.join(numbers.name);
        println!("cargo::rustc-env={variable}={}", folder.join(TARGET).join("release").join(file).display());
        build(&numbers, what, &guest, &folder).spawn().expect("cargo starts")
    });
    // All are waited for before any is judged.
    let ended = builds.map(|mut build| build.wait().expect("cargo ends"));
    assert!(ended.iter().all(|status| status.success()), "the guest does not build");
}

/// The version of a package in a lock file, for `-version`.
fn say_version(variable: &str, package: &str, lock: &Path) {
    println!("cargo::rerun-if-changed={}", lock.display());
    let lock = fs::read_to_string(lock).unwrap_or_default();
    let entry = format!("name = \"{package}\"\nversion = \"");
    let version = lock.replace("\r\n", "\n");
    let version = version.split_once(&entry).and_then(|(_, rest)| rest.split_once('"')).map(|(version, _)| version);
    println!("cargo::rustc-env={variable}={}", version.unwrap_or("(unknown)"));
}

fn build(numbers: &Numbers, what: &str, guest: &Path, to: &Path) -> Command {
    let mut cargo = cargo(numbers.flags).unwrap_or_else(|| {
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
    cargo.current_dir(guest).args(["build", what, "--release", "--locked", "--target", TARGET, "--target-dir"]).arg(to);
    cargo
}

/// The cargo that can build for the target, with what it has to know. `None`: there is none.
fn cargo(flags: &[&str]) -> Option<Command> {
    if let Some(own) = own() {
        let mut cargo = Command::new(env::var_os("CARGO")?);
        cargo.env("GUEST_CRT", own).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
        return Some(cargo);
    }
    let linker = linker().filter(|_| Path::new(WASI_LIBC).exists() && Path::new("/usr/bin/cargo").exists())?;
    let library = format!("-Clink-arg=-L{WASI_LIBC}");
    let flags = [flags, &[&library, "-Clink-self-contained=no"]].concat();
    let mut cargo = Command::new("/usr/bin/cargo");
    cargo.arg("-Zbuild-std=std,panic_abort");
    cargo.env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1").env_remove("RUSTUP_TOOLCHAIN");
    cargo.env("CARGO_TARGET_WASM32_WASIP1_LINKER", linker).env("CARGO_ENCODED_RUSTFLAGS", flags.join("\x1f"));
    cargo.env("GUEST_CRT", WASI_LIBC).env("GUEST_CRT_COMMAND", "yes");
    Some(cargo)
}

/// The start files of the toolchain's own library for the target, where it has one and Debian's is not asked for.
fn own() -> Option<PathBuf> {
    let debian = env::var("GUEST_TOOLCHAIN").is_ok_and(|toolchain| toolchain == "debian");
    let folder = PathBuf::from(ask(rustc(), &["--print", "target-libdir", "--target", TARGET])?).join("self-contained");
    (folder.exists() && !debian).then_some(folder)
}

/// Of the compiler that builds the guest.
fn llvm() -> Option<u32> {
    let rustc = if own().is_some() { rustc() } else { DEBIAN_RUSTC.into() };
    let told = ask(rustc, &["-vV"])?;
    let version = told.lines().find_map(|line| line.strip_prefix("LLVM version: "))?;
    version.split('.').next()?.parse().ok()
}

fn rustc() -> OsString {
    env::var_os("RUSTC").expect("cargo says which")
}

fn ask(rustc: OsString, what: &[&str]) -> Option<String> {
    let output = Command::new(rustc).args(what).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    output.status.success().then(|| text.trim().to_owned())
}

/// An LLD for WebAssembly: rustup's own, else one of Debian's.
fn linker() -> Option<PathBuf> {
    let sysroot = PathBuf::from(ask(rustc(), &["--print", "sysroot"])?);
    let own = sysroot.join("lib/rustlib").join(env::var("HOST").ok()?).join("bin/rust-lld");
    let is_lld = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("wasm-ld"));
    if own.exists() {
        return Some(own);
    }
    fs::read_dir("/usr/bin").ok()?.filter_map(|entry| Some(entry.ok()?.path())).filter(is_lld).max()
}
