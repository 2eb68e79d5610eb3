//! The guest that is built into this program, and where it is kept compiled.
use wasmtime::{Cache, CacheConfig};

use crate::sandbox::{Limits, Sandbox};

/// The guest, as its build script left it.
pub const MODULE: &[u8] = include_bytes!(env!("GUEST_WASM"));

/// The file of [`MODULE`], for other embedders. It may need the proposal for wide arithmetic.
pub const FILE: &str = env!("GUEST_WASM");

/// The file of the same guest as a command, for stock runtimes.
pub const COMMAND: &str = env!("GUEST_COMMAND");

/// A sandbox for the guest with the limits of the program.
pub fn sandbox() -> wasmtime::Result<Sandbox> {
    Sandbox::new(MODULE, Limits::DEFAULT, cache())
}

/// The user's cache of compiled modules (`~/.cache/wasmtime`). `None`: there is no place for one, and the guest is
/// compiled at each start.
///
/// What is in it is machine code that is run as it is. It lies where only this user can write, who could as well change
/// this program.
pub fn cache() -> Option<Cache> {
    let mut config = CacheConfig::new();
    // Otherwise the 256th start packs the file once more, better, for which it takes 180 MB of memory.
    config.with_optimized_compression_usage_counter_threshold(u64::MAX);
    Cache::new(config).ok()
}
