//! WASI for the guest: a clock that stands still, a seeded random source, and a place for a last message.
//!
//! There are no files, sockets, arguments or variables in here. What a guest may import is listed, and a module that
//! imports anything else is not instantiated at all: `wasi-common` has calls that sleep, for one.
//!
//! The only file that knows `wasi-common`, so that another implementation takes a change of this file.
use std::io::{self, Write};
use std::sync::{Arc, Mutex, PoisonError};

use cap_rand::SeedableRng;
use cap_rand::rngs::StdRng;
use cap_std::time::{Duration, Instant, SystemTime};
use wasi_common::clocks::{WasiClocks, WasiMonotonicClock, WasiSystemClock};
use wasi_common::pipe::WritePipe;
use wasi_common::sync::sched::SyncSched;
use wasi_common::{Table, WasiCtx, sync};
use wasmtime::Linker;

/// All that a guest may import, from the module `wasi_snapshot_preview1`.
pub const IMPORTS: [&str; 6] =
    ["clock_time_get", "environ_get", "environ_sizes_get", "fd_write", "proc_exit", "random_get"];

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
        let clocks = WasiClocks::new().with_system(Stopped).with_monotonic(Stopped);
        let random = Box::new(StdRng::from_seed(seed));
        let context = WasiCtx::new(random, clocks, Box::new(SyncSched::new()), Table::new());
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

/// A clock that stands still. The guest is told the time with each frame; whatever reads a clock instead shows in
/// repeated runs, and cannot measure anything here.
struct Stopped;

impl WasiSystemClock for Stopped {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self, _: Duration) -> SystemTime {
        SystemTime::from_std(std::time::UNIX_EPOCH)
    }
}

impl WasiMonotonicClock for Stopped {
    fn resolution(&self) -> Duration {
        Duration::from_secs(1)
    }

    fn now(&self, _: Duration) -> Instant {
        // Only differences to the clock's creation are seen, and there are none.
        *START
    }
}

static START: std::sync::LazyLock<Instant> = std::sync::LazyLock::new(|| Instant::from_std(std::time::Instant::now()));

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
