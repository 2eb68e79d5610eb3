//! The sandbox: a compiled module, and instances of it that are held to limits.
//!
//! ```text
//!   module --compile once--> Sandbox --one per connection--> Instance: bytes in, bytes out
//!                                                               |  memory: at most Limits::memory
//!                                                               |  a call: at most Limits::call
//! ```
//!
//! An instance that traps, spins, allocates without end or answers nonsense is a [`Fault`] and no more: it is never
//! called again, and no other instance has anything to do with it.
//!
//! The time of a call is counted in ticks of a thread of the sandbox's own (wasmtime's epochs), not in fuel: that costs
//! a load and a comparison at each loop and function, where fuel is counted at each block, and it ends a guest that
//! spins no less surely. Ticks, not a clock: while the machine sleeps none are counted.
use std::fmt;
use std::sync::{Arc, Weak};
use std::thread;
use std::time::Duration;

use s_server_core::record::VERSION;
use wasmtime::{Cache, Config, Engine, InstancePre, Linker, Memory, Module, ResourceLimiter, Store, Trap, TypedFunc};

use crate::wasi::{self, World};

/// What one instance may use.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes of linear memory.
    pub memory: usize,
    /// Time of one call.
    pub call: Duration,
    /// Bytes that come out of one call.
    pub output: usize,
}

impl Limits {
    /// Those of the program. A connection needs some 2 MiB, and 10 ms for its handshake; what comes out of a call is at
    /// most a few times what went in, 64 KiB.
    pub const DEFAULT: Self = Self { memory: 64 << 20, call: Duration::from_secs(5), output: 2 << 20 };

    /// Parts in which a call's time is counted, so that it ends after the limit, and at most a fifth later.
    const TICKS: u32 = 5;
}

/// Elements of all tables of an instance; the guest has some hundred.
const TABLE: usize = 100_000;

/// The version of the functions that an embedder calls.
const ABI: i32 = VERSION as i32;

/// A compiled module.
pub struct Sandbox {
    engine: Arc<Engine>,
    ready: InstancePre<Inside>,
    limits: Limits,
}

/// What a store holds beside the instance.
struct Inside {
    world: World,
    room: Room,
}

/// Limits memory, and remembers that it did.
struct Room {
    memory: usize,
    exceeded: bool,
}

impl Sandbox {
    /// Compiles a module, or finds it compiled in the cache.
    ///
    /// # Errors
    /// When it is no module, or imports what no guest may import, or lacks what a guest exports.
    pub fn new(module: &[u8], limits: Limits, cache: Option<Cache>) -> wasmtime::Result<Self> {
        let mut config = Config::new();
        config.epoch_interruption(true).wasm_backtrace(false).cache(cache);
        // The guest has it where its compiler builds it right: RSA takes a third of the time.
        config.wasm_wide_arithmetic(true);
        let engine = Engine::new(&config)?;
        let module = Module::new(&engine, module)?;
        for import in module.imports() {
            if import.module() != wasi::MODULE || !wasi::IMPORTS.contains(&import.name()) {
                let what = format!("the guest may not import {}::{}", import.module(), import.name());
                return Err(wasmtime::Error::msg(what));
            }
        }
        let mut linker = Linker::new(&engine);
        wasi::link(&mut linker, |inside: &mut Inside| &mut inside.world)?;
        let ready = linker.instantiate_pre(&module)?;
        let engine = Arc::new(engine);
        tick(Arc::downgrade(&engine), limits.call / Limits::TICKS)?;
        Ok(Self { engine, ready, limits })
    }

    /// All that the module imports, in order: module, two colons, name.
    pub fn imports(&self) -> Vec<String> {
        let mut names: Vec<_> =
            self.ready.module().imports().map(|i| format!("{}::{}", i.module(), i.name())).collect();
        names.sort();
        names
    }

    /// A fresh instance, whose imports give random bytes from this seed.
    pub fn instance(&self, seed: [u8; 32]) -> Result<Instance, Fault> {
        let room = Room { memory: self.limits.memory, exceeded: false };
        let mut store = Store::new(&self.engine, Inside { world: World::new(seed), room });
        store.limiter(|inside| &mut inside.room);
        store.set_epoch_deadline(u64::from(Limits::TICKS) + 1);
        match Instance::start(&self.ready, &mut store) {
            Ok(Exports { abi, .. }) if abi != ABI => Err(Fault::Answer("another version of the interface")),
            Ok(exports) => Ok(Instance { store, exports, most: self.limits.output }),
            Err(why) => Err(Fault::of(&why, &store)),
        }
    }
}

/// Counts the time of calls, as long as the sandbox is there.
fn tick(engine: Weak<Engine>, every: Duration) -> std::io::Result<()> {
    thread::Builder::new().name("ticks".into()).spawn(move || {
        loop {
            thread::sleep(every);
            match engine.upgrade() {
                Some(engine) => engine.increment_epoch(),
                None => return,
            }
        }
    })?;
    Ok(())
}

/// A running guest.
pub struct Instance {
    store: Store<Inside>,
    exports: Exports,
    /// Bytes that may come out of one call.
    most: usize,
}

/// What is called of it.
struct Exports {
    abi: i32,
    memory: Memory,
    buffer: TypedFunc<i32, i32>,
    step: TypedFunc<i32, i32>,
    output: TypedFunc<(), i32>,
}

impl Instance {
    fn start(ready: &InstancePre<Inside>, store: &mut Store<Inside>) -> wasmtime::Result<Exports> {
        let instance = ready.instantiate(&mut *store)?;
        instance.get_typed_func::<(), ()>(&mut *store, "_initialize")?.call(&mut *store, ())?;
        let memory = instance.get_memory(&mut *store, "memory");
        Ok(Exports {
            abi: instance.get_typed_func::<(), i32>(&mut *store, "s_server_abi")?.call(&mut *store, ())?,
            memory: memory.ok_or_else(|| wasmtime::Error::msg("the guest exports no memory"))?,
            buffer: instance.get_typed_func(&mut *store, "s_server_buffer")?,
            step: instance.get_typed_func(&mut *store, "s_server_step")?,
            output: instance.get_typed_func(&mut *store, "s_server_output")?,
        })
    }

    /// Hands frames over, and takes those that come out into `output`, whose old content is dropped.
    pub fn step(&mut self, input: &[u8], output: &mut Vec<u8>) -> Result<(), Fault> {
        self.store.set_epoch_deadline(u64::from(Limits::TICKS) + 1);
        self.exchange(input, output).unwrap_or_else(|why| Err(Fault::of(&why, &self.store)))
    }

    /// The outer error is a call that did not return.
    fn exchange(&mut self, input: &[u8], output: &mut Vec<u8>) -> wasmtime::Result<Result<(), Fault>> {
        let Self { store, exports: Exports { memory, buffer, step, output: address, .. }, most } = self;
        let Ok(length) = i32::try_from(input.len()) else { return Ok(Err(Fault::Answer("no room for its input"))) };
        let to = buffer.call(&mut *store, length)? as u32 as usize;
        let room = to.checked_add(input.len()).and_then(|end| memory.data_mut(&mut *store).get_mut(to..end));
        match room {
            Some(room) if to != 0 => room.copy_from_slice(input),
            _ => return Ok(Err(Fault::Answer("no room for its input"))),
        }
        let length = step.call(&mut *store, length)? as u32 as usize;
        if length > *most {
            return Ok(Err(Fault::Answer("too much output")));
        }
        let from = address.call(&mut *store, ())? as u32 as usize;
        let bytes = from.checked_add(length).and_then(|end| memory.data(&*store).get(from..end));
        output.clear();
        Ok(bytes.map(|bytes| output.extend_from_slice(bytes)).ok_or(Fault::Answer("output outside its memory")))
    }

    /// Bytes of linear memory that it has now.
    pub fn memory(&self) -> usize {
        self.exports.memory.data_size(&self.store)
    }
}

impl ResourceLimiter for Room {
    fn memory_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        self.exceeded = desired > self.memory;
        // Not a refusal, which the guest might survive in a state that nobody has thought of.
        if self.exceeded { Err(wasmtime::Error::msg("no more memory")) } else { Ok(true) }
    }

    fn table_growing(&mut self, _: usize, desired: usize, _: Option<usize>) -> wasmtime::Result<bool> {
        Ok(desired <= TABLE)
    }

    fn instances(&self) -> usize {
        1
    }

    fn tables(&self) -> usize {
        1
    }

    fn memories(&self) -> usize {
        1
    }
}

/// The memory of an instance between two calls, as far as it differs from a fresh one's.
///
/// Between calls memory is all the state there is: the one mutable global of a Rust module is the stack pointer, which
/// is back where it began, and nothing writes to its table.
#[derive(Debug)]
pub struct Snapshot {
    size: usize,
    /// Where they begin, and what they hold.
    pages: Vec<(usize, Box<[u8]>)>,
}

/// What is compared and copied at a time: what the system maps at a time.
const PAGE: usize = 4096;
/// What memory grows by.
const WASM_PAGE: usize = 65_536;

impl Snapshot {
    /// What `changed` has that `fresh`, of the same sandbox, has not.
    pub fn between(fresh: &Instance, changed: &Instance) -> Self {
        let fresh = fresh.exports.memory.data(&fresh.store);
        let changed = changed.exports.memory.data(&changed.store);
        // What a fresh one has yet to grow by will be zero.
        let differs = |at: usize, page: &[u8]| match fresh.get(at..at + page.len()) {
            Some(was) => was != page,
            None => page.iter().any(|&byte| byte != 0),
        };
        let pages = changed.chunks(PAGE).enumerate().map(|(number, page)| (number * PAGE, page));
        let pages = pages.filter(|&(at, page)| differs(at, page)).map(|(at, page)| (at, page.into())).collect();
        Self { size: changed.len(), pages }
    }

    /// Bytes that are copied for each instance.
    pub fn copied(&self) -> usize {
        self.pages.len() * PAGE
    }
}

impl Instance {
    /// Makes a fresh instance the one of which `snapshot` is, for which it is of the same sandbox.
    pub fn restore(&mut self, snapshot: &Snapshot) -> Result<(), Fault> {
        let memory = self.exports.memory;
        let more = snapshot.size.saturating_sub(memory.data_size(&self.store)).div_ceil(WASM_PAGE);
        if let Err(why) = memory.grow(&mut self.store, more as u64) {
            return Err(Fault::of(&why, &self.store));
        }
        let data = memory.data_mut(&mut self.store);
        for (at, page) in &snapshot.pages {
            if let Some(to) = data.get_mut(*at..at + page.len()) {
                to.copy_from_slice(page);
            }
        }
        Ok(())
    }
}

/// Why an instance is not called any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// One call took too long.
    Time,
    /// It wanted more memory than there is for it.
    Memory,
    /// It trapped; the message of a panic, if there was one.
    Trap(Trap, Vec<u8>),
    /// It exited with this status.
    Exit(i32),
    /// It answered something that no guest answers.
    Answer(&'static str),
    /// It did not take what it was told, for this reason.
    Refused(Vec<u8>),
    /// The runtime failed with this message.
    Runtime(String),
}

impl Fault {
    fn of(why: &wasmtime::Error, store: &Store<Inside>) -> Self {
        let inside = store.data();
        match why.downcast_ref::<Trap>() {
            _ if inside.room.exceeded => Self::Memory,
            Some(Trap::Interrupt) => Self::Time,
            Some(&trap) => Self::Trap(trap, inside.world.said()),
            None => match wasi::exit_status(why) {
                Some(status) => Self::Exit(status),
                None => Self::Runtime(format!("{why:#}")),
            },
        }
    }
}

/// One line, without its end, whatever the guest said.
impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Time => write!(f, "it computed too long in one call"),
            Self::Memory => write!(f, "it wanted more memory than it may have"),
            Self::Trap(trap, said) if said.is_empty() => write!(f, "it trapped: {trap}"),
            Self::Trap(_, said) => write!(f, "it panicked: {}", said.trim_ascii().escape_ascii()),
            Self::Exit(status) => write!(f, "it exited with status {status}"),
            Self::Answer(what) => write!(f, "it answered nonsense: {what}"),
            Self::Refused(why) => write!(f, "it refused a frame: {}", why.escape_ascii()),
            Self::Runtime(why) => write!(f, "it cannot run: {}", why.escape_debug()),
        }
    }
}
