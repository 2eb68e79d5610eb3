//! Tells `src/lib.rs` where the crates beside it have the headers of their C libraries.
fn main() {
    for (links, name) in [("Z", "ZLIB_INCLUDE"), ("ZSTD", "ZSTD_INCLUDE")] {
        let folder = std::env::var(format!("DEP_{links}_INCLUDE")).expect("a crate that says where its headers are");
        println!("cargo::rustc-env={name}={folder}");
    }
}
