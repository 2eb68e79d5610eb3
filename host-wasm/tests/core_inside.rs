//! The core's own tests, compiled to WebAssembly and run under the embedded runtime: all that pass outside pass inside.
use std::env;
use std::path::{Path, PathBuf};
use std::process::Command;

use wasi_common::WasiCtx;
use wasi_common::pipe::WritePipe;
use wasi_common::sync::{WasiCtxBuilder, add_to_linker};
use wasmtime::{Config, Engine, Linker, Module, OptLevel, Store};

const TARGET: &str = "wasm32-wasip1";
/// Of Debian's package wasi-libc.
const WASI_LIBC: &str = "/usr/lib/wasm32-wasi";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().expect("host-wasm stands in the project").to_owned()
}

fn output(mut command: Command) -> String {
    let output = command.output().unwrap_or_else(|why| panic!("{command:?}: {why}"));
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{command:?}: {errors}");
    String::from_utf8(output.stdout).expect("cargo prints text") + &errors
}

/// A cargo for the target: with the toolchain's own library, or with the sources that Debian packages, as ../build.rs
/// chooses.
fn cargo() -> Command {
    let mut ask = Command::new("rustc");
    ask.args(["--print", "target-libdir", "--target", TARGET]);
    let debian = env::var("GUEST_TOOLCHAIN").is_ok_and(|toolchain| toolchain == "debian");
    let own = !debian && Path::new(output(ask).trim()).join("self-contained").exists();
    let mut cargo = Command::new(if own { env!("CARGO") } else { "/usr/bin/cargo" });
    for name in ["RUSTUP_TOOLCHAIN", "RUSTFLAGS", "RUSTC_WRAPPER", "RUSTC_WORKSPACE_WRAPPER", "CARGO_BUILD_TARGET"] {
        cargo.env_remove(name);
    }
    cargo.current_dir(root()).args(["test", "--no-run", "-p", "s-server-core", "--lib", "--target", TARGET]);
    cargo.args(["--target-dir", "target/sandbox"]);
    if !own {
        // That C library knows nothing of threads, which std names and no test has.
        let flags = format!(
            "-Clink-arg=-L{WASI_LIBC} -Clink-self-contained=no -Clink-arg={WASI_LIBC}/crt1-command.o \
             -Clink-arg=--unresolved-symbols=ignore-all"
        );
        cargo.env("RUSTC", "/usr/bin/rustc").env("RUSTC_BOOTSTRAP", "1").arg("-Zbuild-std=std,panic_abort,test");
        cargo.env("CARGO_TARGET_WASM32_WASIP1_LINKER", "/usr/bin/wasm-ld");
        cargo.env("CARGO_TARGET_WASM32_WASIP1_RUSTFLAGS", flags);
    }
    cargo
}

/// The program of the core's tests.
fn built() -> Vec<u8> {
    let told = output(cargo());
    let file = told.rsplit_once("unittests src/lib.rs (").and_then(|(_, rest)| rest.split_once(')'));
    let (file, _) = file.unwrap_or_else(|| panic!("{told}"));
    std::fs::read(root().join(file)).unwrap()
}

/// How many tests there are outside.
fn outside() -> usize {
    let mut cargo = Command::new(env!("CARGO"));
    cargo.current_dir(root()).args(["test", "-q", "-p", "s-server-core", "--lib", "--", "--list", "--format", "terse"]);
    output(cargo).lines().filter(|line| line.ends_with(": test")).count()
}

#[test]
fn all_tests_of_the_core_pass_inside() {
    let mut config = Config::new();
    // Compiled once and run for some seconds.
    config.cranelift_opt_level(OptLevel::None);
    let engine = Engine::new(&config).unwrap();
    let module = Module::new(&engine, built()).unwrap();
    let said = WritePipe::new_in_memory();
    let mut wasi = WasiCtxBuilder::new();
    wasi.args(&["core".into(), "--test-threads=1".into()]).unwrap();
    wasi.stdout(Box::new(said.clone()));
    let mut linker: Linker<WasiCtx> = Linker::new(&engine);
    add_to_linker(&mut linker, |wasi| wasi).unwrap();
    let mut store = Store::new(&engine, wasi.build());
    let instance = linker.instantiate(&mut store, &module).unwrap();
    let ended = instance.get_typed_func::<(), ()>(&mut store, "_start").unwrap().call(&mut store, ());
    drop(store);
    let said = said.try_into_inner().expect("the store is gone").into_inner();
    let said = String::from_utf8(said).unwrap();
    let tests = outside();
    assert!(tests > 200, "{tests}");
    let line = format!("test result: ok. {tests} passed; 0 failed; 0 ignored; 0 measured; 0 filtered out");
    assert!(said.contains(&line), "{tests} outside; {ended:?} {said}");
    println!("{tests} tests, inside as outside");
}
