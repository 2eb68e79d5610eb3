//! Links the module that embedders call as a reactor, and the program for stock runtimes as a command.
//!
//! `GUEST_CRT` names the folder of WASI's start files where the target's own are not to be taken: ../build.rs sets it.
use std::env;

fn main() {
    println!("cargo::rerun-if-env-changed=GUEST_CRT");
    if env::var("CARGO_CFG_TARGET_OS").is_ok_and(|os| os == "wasi") {
        let folder = env::var("GUEST_CRT").expect("GUEST_CRT: built by ../build.rs");
        // `_initialize` runs the constructors once; without it each export would run them, and the destructors, anew.
        println!("cargo::rustc-link-arg-cdylib={folder}/crt1-reactor.o");
        println!("cargo::rustc-link-arg-cdylib=--export=_initialize");
        if env::var("GUEST_CRT_COMMAND").is_ok() {
            println!("cargo::rustc-link-arg-bins={folder}/crt1-command.o");
        }
    }
}
