//! WASI for the guest: a seeded random source, and a place for a last message.
//!
//! There are no clocks, files, sockets, arguments or variables in here. What a guest may import is listed, and a module that
//! imports anything else is not instantiated at all: `wasi-common` has calls that sleep, for one.
//!
//! The only file that knows `wasi-common`, so that another implementation takes a change of this file.
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use cap_rand::SeedableRng;
use cap_rand::rngs::StdRng;
use wasi_common::clocks::WasiClocks;
use wasi_common::pipe::WritePipe;
use wasi_common::sync::sched::SyncSched;
use wasi_common::{Table, WasiCtx, sync};
use wasmtime::Linker;

/// All that a guest may import, from the module `wasi_snapshot_preview1`.
pub const IMPORTS: [&str; 5] = ["environ_get", "environ_sizes_get", "fd_write", "proc_exit", "random_get"];

/// The name of the module that these come from.
pub const MODULE: &str = "wasi_snapshot_preview1";

/// Bytes of standard error that are kept.
const LAST_WORDS: usize = 4096;

/// What a guest sees of the world.
pub struct World {
    context: WasiCtx,
    said: Said,
}

impl World {
    /// A world whose random source begins at this seed.
    pub fn new(seed: [u8; 32]) -> Self {
        let random = Box::new(StdRng::from_seed(seed));
        let context = WasiCtx::new(random, WasiClocks::new(), Box::new(SyncSched::new()), Table::new());
        let said = Said::default();
        context.set_stderr(Box::new(WritePipe::new(said.clone())));
        Self { context, said }
    }

    /// What the guest wrote to its standard error, at most 4 KiB of it: the message of a panic.
    pub fn said(&self) -> Vec<u8> {
        self.said.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Links the imports to the world in a store's data.
pub fn link<T: Send + 'static>(linker: &mut Linker<T>, world: fn(&mut T) -> &mut World) -> wasmtime::Result<()> {
    sync::add_to_linker(linker, move |data| &mut world(data).context)
}

/// The status with which the guest exited, if that is what ended the call.
pub fn exit_status(error: &wasmtime::Error) -> Option<i32> {
    error.downcast_ref::<wasi_common::I32Exit>().map(|exit| exit.0)
}

/// A bounded standard error.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let mut said = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let room = LAST_WORDS.saturating_sub(said.len());
        said.extend_from_slice(&bytes[..bytes.len().min(room)]);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
