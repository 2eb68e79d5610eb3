//! An engine and the wire that it is lent in each call, as a connection lends it.
use s_server_core::engine::*;
use s_server_core::io::WireEnd;
use s_server_core::lent::{Inbox, LentWire};

/// A server session, and what is on its way to it and from it.
pub struct Server {
    engine: Box<dyn TlsEngine>,
    inbox: Inbox,
    /// What came last: lent as it is. What came before was kept.
    fresh: Vec<u8>,
    sent: Vec<u8>,
}

impl Server {
    /// Nothing was said yet.
    pub fn new(engine: Box<dyn TlsEngine>) -> Self {
        Self { engine, inbox: Inbox::default(), fresh: Vec::new(), sent: Vec::new() }
    }

    /// The peer says that.
    pub fn hear(&mut self, bytes: &[u8]) {
        self.inbox.keep(&self.fresh);
        self.fresh = bytes.to_vec();
    }

    /// The peer's stream ends.
    pub fn hear_end(&mut self, end: WireEnd) {
        self.inbox.end(end);
    }

    /// What was sent since somebody looked.
    pub fn take_sent(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.sent)
    }

    fn lend<T>(&mut self, call: impl FnOnce(&mut dyn TlsEngine, &mut LentWire<'_>) -> T) -> T {
        let Self { engine, inbox, fresh, sent } = self;
        let mut send = |bytes: &[u8]| {
            assert!(!bytes.is_empty());
            sent.extend_from_slice(bytes);
        };
        call(&mut **engine, &mut inbox.lend(fresh, &mut send))
    }

    /// [`TlsEngine::read_early`]
    pub fn read_early(&mut self, out: &mut Vec<u8>) -> Step<EarlyRead> {
        self.lend(|engine, wire| engine.read_early(wire, out))
    }

    /// [`TlsEngine::accept`]
    pub fn accept(&mut self) -> Step<()> {
        self.lend(|engine, wire| engine.accept(wire))
    }

    /// [`TlsEngine::read`]
    pub fn read(&mut self, out: &mut Vec<u8>) -> Step<()> {
        self.lend(|engine, wire| engine.read(wire, out))
    }

    /// [`TlsEngine::write`]
    pub fn write(&mut self, data: &[u8]) -> Step<usize> {
        self.lend(|engine, wire| engine.write(wire, data))
    }

    /// [`TlsEngine::command`]
    pub fn command(&mut self, command: EngineCommand<'_>) -> CommandResult {
        self.lend(|engine, wire| engine.command(wire, command))
    }

    /// [`TlsEngine::shutdown`]
    pub fn shutdown(&mut self) -> Step<()> {
        self.lend(|engine, wire| engine.shutdown(wire))
    }

    /// [`TlsEngine::take_events`]
    pub fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        self.engine.take_events(to);
    }

    /// [`TlsEngine::info`]
    pub fn info(&mut self, detail: Detail) -> SessionInfo {
        self.engine.info(detail)
    }

    /// [`TlsEngine::stats`]
    pub fn stats(&self) -> Option<CacheStats> {
        self.engine.stats()
    }
}
