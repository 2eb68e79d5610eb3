//! An engine under test that says everything twice: once itself, and once by way of its log.
//!
//! ```text
//!   claim --call--> Logged(engine) --frames--> tape --> Reel --answer--> claim
//! ```
//!
//! What the claims see are the answers of the replay, so the suite holds for it if it holds for the engine, and if
//! nothing is lost in the frames.
use std::sync::{Arc, Mutex, PoisonError};

use s_server_core::Plan;
use s_server_core::engine::*;
use s_server_core::io::{Nobody, Now, Sink, WireEnd};
use s_server_core::record::{Frame, Kind, Reel, Tape, logged};

use crate::Subject;

/// The subject, replayed.
pub struct Replayed<S>(pub S);

impl<S: Subject> Subject for Replayed<S> {
    fn build(&self) -> s_server_core::options::Build {
        self.0.build()
    }

    fn context(&self, plan: &Plan) -> Result<Arc<dyn TlsContext>, String> {
        let memory = Arc::new(Memory::default());
        let tape: Arc<dyn Tape> = memory.clone();
        let make = |_: &mut dyn Sink| self.0.context(plan).map_err(String::into_bytes);
        let made = logged::load(&tape, &mut Nobody, make).map_err(|text| String::from_utf8(text).expect("a message"));
        memory.rewind();
        made.map(|inner| Arc::new(Twice { inner, memory }) as _)
    }
}

/// What the engine said since somebody looked.
#[derive(Default)]
pub struct Memory(Mutex<Vec<u8>>);

impl Tape for Memory {
    fn put(&self, kind: Kind, payload: &[u8]) {
        let mut frames = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Frame { kind, conn: 1, at: Now::default(), payload }.put(&mut frames);
    }
}

impl Memory {
    /// Hands over its frames, and forgets them.
    pub fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn rewind(&self) -> Reel {
        Reel::new(self.take().into())
    }
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
        self.memory.rewind().session(start)?;
        inner.map(|inner| Box::new(Twice { inner, memory: self.memory.clone() }) as _)
    }

    fn stats(&self) -> CacheStats {
        self.inner.stats();
        TlsContext::stats(&self.memory.rewind())
    }
}

impl TlsEngine for Twice<Box<dyn TlsEngine>> {
    fn put_wire(&mut self, bytes: &[u8]) {
        self.inner.put_wire(bytes);
    }

    fn put_end(&mut self, end: WireEnd) {
        self.inner.put_end(end);
    }

    fn take_wire(&mut self, to: &mut dyn FnMut(&[u8])) {
        self.inner.take_wire(&mut |_| {});
        self.memory.rewind().take_wire(to);
    }

    fn accept(&mut self) -> Step<()> {
        let _ = self.inner.accept();
        self.memory.rewind().accept()
    }

    fn read(&mut self, out: &mut Vec<u8>) -> Step<()> {
        let _ = self.inner.read(&mut Vec::new());
        self.memory.rewind().read(out)
    }

    fn write(&mut self, data: &[u8]) -> Step<usize> {
        let _ = self.inner.write(data);
        self.memory.rewind().write(data)
    }

    fn command(&mut self, command: EngineCommand<'_>) -> CommandResult {
        self.inner.command(command);
        self.memory.rewind().command(command)
    }

    fn shutdown(&mut self) -> Step<()> {
        let _ = self.inner.shutdown();
        self.memory.rewind().shutdown()
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        self.inner.take_events(&mut |_| {});
        self.memory.rewind().take_events(to);
    }

    fn info(&mut self, detail: Detail) -> SessionInfo {
        self.inner.info(detail);
        self.memory.rewind().info(detail)
    }

    fn stats(&self) -> Option<CacheStats> {
        self.inner.stats();
        TlsEngine::stats(&self.memory.rewind())
    }
}
