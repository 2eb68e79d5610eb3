//! An engine under test that says everything twice: once itself, and once by way of its log.
//!
//! ```text
//!   claim --call--> Logged(engine) --frames--> tape --> Reel --answer--> claim
//! ```
//!
//! What the claims see are the answers of the replay, so the suite holds for it if it holds for the engine, and if
//! nothing is lost in the frames.
use std::sync::Arc;

use s_server_core::engine::*;
use s_server_core::lent::{Inbox, LentWire};
use s_server_core::record::{Memory, Reel, Tape, load};
use s_server_core::sink::{Discard, Sink};
use s_server_core::{Plan, StartError};

use crate::Subject;

/// The subject, replayed.
pub struct Replayed<S>(pub S);

impl<S: Subject> Subject for Replayed<S> {
    fn build(&self) -> s_server_core::options::Build {
        self.0.build()
    }

    fn context(&self, plan: &Plan) -> Result<Arc<dyn TlsContext>, StartError> {
        let memory = Arc::new(Memory::default());
        let tape: Arc<dyn Tape> = memory.clone();
        let make = |_: &mut dyn Sink| self.0.context(plan);
        let made = load(&tape, &mut Discard, make);
        rewind(&memory);
        made.map(|inner| Arc::new(Twice { inner, memory }) as _)
    }
}

/// An engine that says what the subject said since somebody looked.
fn rewind(memory: &Memory) -> Reel {
    Reel::new(memory.take().into())
}

/// A logged context or session, and its log.
struct Twice<E> {
    inner: E,
    memory: Arc<Memory>,
}

impl TlsContext for Twice<Arc<dyn TlsContext>> {
    fn session(&self, start: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        // The first answer may not be heard: the second one is the same or the test fails.
        let inner = self.inner.session(start);
        rewind(&self.memory).session(start)?;
        inner.map(|inner| Box::new(Twice { inner, memory: self.memory.clone() }) as _)
    }

    fn stats(&self) -> CacheStats {
        self.inner.stats();
        TlsContext::stats(&rewind(&self.memory))
    }
}

/// A call that reads the wire, and whose answer goes nowhere.
fn unheard<T>(wire: &mut LentWire<'_>, call: impl FnOnce(&mut LentWire<'_>) -> T) -> T {
    wire.redirected(&mut |_| {}, call)
}

/// A call that answers, and reads nothing: what is unread is for the engine.
fn replay<T>(wire: &mut LentWire<'_>, call: impl FnOnce(&mut LentWire<'_>) -> T) -> T {
    call(&mut Inbox::default().lend(&[], &mut |bytes| wire.peer.send(bytes)))
}

impl TlsEngine for Twice<Box<dyn TlsEngine>> {
    fn read_early(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<EarlyRead> {
        let _ = unheard(wire, |wire| self.inner.read_early(wire, &mut Vec::new()));
        replay(wire, |wire| rewind(&self.memory).read_early(wire, out))
    }

    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        let _ = unheard(wire, |wire| self.inner.accept(wire));
        replay(wire, |wire| rewind(&self.memory).accept(wire))
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        let _ = unheard(wire, |wire| self.inner.read(wire, &mut Vec::new()));
        replay(wire, |wire| rewind(&self.memory).read(wire, out))
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        let _ = unheard(wire, |wire| self.inner.write(wire, data));
        replay(wire, |wire| rewind(&self.memory).write(wire, data))
    }

    fn command(&mut self, wire: &mut LentWire<'_>, command: EngineCommand<'_>) -> CommandResult {
        unheard(wire, |wire| self.inner.command(wire, command));
        replay(wire, |wire| rewind(&self.memory).command(wire, command))
    }

    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        let _ = unheard(wire, |wire| self.inner.shutdown(wire));
        replay(wire, |wire| rewind(&self.memory).shutdown(wire))
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        self.inner.take_events(&mut |_| {});
        rewind(&self.memory).take_events(to);
    }

    fn info(&mut self, detail: Detail) -> SessionInfo {
        self.inner.info(detail);
        rewind(&self.memory).info(detail)
    }

    fn stats(&self) -> Option<CacheStats> {
        self.inner.stats();
        TlsEngine::stats(&rewind(&self.memory))
    }
}
