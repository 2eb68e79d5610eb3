//! An engine around an engine, which writes down what it is asked and what it answers.
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::exchange::{Call, Reply};
use super::field::Field;
use super::frame::Kind;
use super::input::Seed;
use super::machine::{Engines, Given};
use super::tape::{Tape, Tee};
use crate::endpoint::Opening;
use crate::engine::*;
use crate::io::Now;
use crate::lent::LentWire;
use crate::options::needs::{Files, Role};
use crate::sink::{Effect, Sink};
use crate::{Plan, StartError};

/// The log of a context and of its sessions.
#[derive(Clone)]
struct Log(Arc<dyn Tape>);

impl Log {
    fn call(&self, call: &Call<'_>) {
        let mut payload = Vec::new();
        call.put(&mut payload);
        self.0.put(Kind::Call, &payload);
    }

    fn value<'a>(&self, kind: Kind, value: &impl Field<'a>) {
        let mut payload = Vec::new();
        value.put(&mut payload);
        self.0.put(kind, &payload);
    }

    fn reply(&self, reply: &Reply) {
        self.value(Kind::Result, reply);
    }
}

/// Makes the context of a run that is written down. The host prints an error.
pub fn load(
    tape: &Arc<dyn Tape>,
    out: &mut dyn Sink,
    make: impl FnOnce(&mut dyn Sink) -> Result<Arc<dyn TlsContext>, StartError>,
) -> Result<Arc<dyn TlsContext>, StartError> {
    let mut tee = Tee::new(out, &**tape);
    let made = context(tape.clone(), &mut tee, make);
    if let Err(why) = &made {
        tee.exit(&why.render(), 1);
    }
    made
}

/// Writes down the counters of the run as what its context would have answered, had it one: a replay asks for them.
pub fn log_counters(tape: Arc<dyn Tape>, counted: CacheStats) {
    let log = Log(tape);
    log.call(&Call::Stats);
    log.reply(&Reply::Stats(counted));
}

/// Makes a context, and writes down what came of it: what it prints meanwhile is an event.
fn context(
    tape: Arc<dyn Tape>,
    out: &mut dyn Sink,
    make: impl FnOnce(&mut dyn Sink) -> Result<Arc<dyn TlsContext>, StartError>,
) -> Result<Arc<dyn TlsContext>, StartError> {
    let log = Log(tape);
    log.call(&Call::Context);
    let made = make(&mut Events { log: &log, out });
    log.reply(&Reply::Context(made.as_ref().map(drop).map_err(StartError::render)));
    made.map(|inner| Arc::new(LoggedContext { inner, log }) as Arc<dyn TlsContext>)
}

/// What a context prints while it is made.
struct Events<'a> {
    log: &'a Log,
    out: &'a mut dyn Sink,
}

impl Sink for Events<'_> {
    fn put(&mut self, effect: Effect<'_>) {
        if let Effect::Print(stream, bytes) = effect {
            self.log.value(Kind::Event, &Event::Text(stream, bytes.to_vec()));
        }
        self.out.put(effect);
    }

    fn wants_facts(&self) -> bool {
        self.out.wants_facts()
    }
}

/// Contexts whose log is written, for a machine.
pub struct Logging<E> {
    engines: E,
    tape: Arc<dyn Tape>,
    always: bool,
}

impl<E> Logging<E> {
    /// Those of `engines`; the log goes to `tape`, on which whatever comes out of the machine belongs as well.
    pub fn new(engines: E, tape: Arc<dyn Tape>) -> Self {
        Self { engines, tape, always: true }
    }

    /// The same, if it is asked for with [`In::Log`](super::In::Log). Otherwise nothing stands around the engine.
    pub fn on_request(engines: E, tape: Arc<dyn Tape>) -> Self {
        Self { engines, tape, always: false }
    }
}

impl<E: Engines> Engines for Logging<E> {
    fn context(
        &mut self,
        plan: &Arc<Plan>,
        given: &Given,
        out: &mut dyn Sink,
    ) -> Result<Arc<dyn TlsContext>, StartError> {
        if !self.always && !given.log {
            return self.engines.context(plan, given, out);
        }
        context(self.tape.clone(), out, |out| self.engines.context(plan, given, out))
    }

    fn tick(&mut self, now: Now) {
        self.engines.tick(now);
    }

    fn reseeded(&mut self, seed: &Seed) {
        self.engines.reseeded(seed);
    }

    fn renewed(&mut self, role: Role, files: &Files) {
        self.engines.renewed(role, files);
    }

    fn known(&mut self, id: &[u8], state: &[u8]) {
        self.engines.known(id, state);
    }
}

/// A context whose log is written.
struct LoggedContext {
    inner: Arc<dyn TlsContext>,
    log: Log,
}

impl TlsContext for LoggedContext {
    fn session(&self, start: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        self.log.call(&Call::Session(start));
        let made = self.inner.session(start);
        self.log.reply(&Reply::Session(made.as_ref().map(drop).map_err(Clone::clone)));
        made.map(|inner| Box::new(LoggedEngine { inner, log: self.log.clone() }) as Box<dyn TlsEngine>)
    }

    fn stats(&self) -> CacheStats {
        self.log.call(&Call::Stats);
        let stats = self.inner.stats();
        self.log.reply(&Reply::Stats(stats));
        stats
    }

    fn opening(&self, datagram: &[u8]) -> Option<Opening> {
        self.inner.opening(datagram)
    }

    /// Not written down: a recording begins with sessions.
    fn gate(&self) -> Option<Box<dyn Gate>> {
        self.inner.gate()
    }
}

/// A session whose log is written.
struct LoggedEngine {
    inner: Box<dyn TlsEngine>,
    log: Log,
}

impl LoggedEngine {
    /// A call of the engine; what it sends meanwhile is written down.
    fn ask<T>(&mut self, wire: &mut LentWire<'_>, call: impl FnOnce(&mut dyn TlsEngine, &mut LentWire<'_>) -> T) -> T {
        let Self { inner, log } = self;
        wire.overheard(&mut |bytes| log.reply(&Reply::Wire(bytes.to_vec())), |wire| call(&mut **inner, wire))
    }
}

impl TlsEngine for LoggedEngine {
    fn read_early(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<EarlyRead> {
        self.log.call(&Call::ReadEarly);
        let before = out.len();
        let step = self.ask(wire, |engine, wire| engine.read_early(wire, out));
        let data = out.get(before..).unwrap_or_default().to_vec();
        self.log.reply(&Reply::ReadEarly(step.clone(), data));
        step
    }

    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        self.log.call(&Call::Accept);
        let step = self.ask(wire, |engine, wire| engine.accept(wire));
        self.log.reply(&Reply::Accept(step.clone()));
        step
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        self.log.call(&Call::Read);
        let before = out.len();
        let step = self.ask(wire, |engine, wire| engine.read(wire, out));
        let data = out.get(before..).unwrap_or_default().to_vec();
        self.log.reply(&Reply::Read(step.clone(), data));
        step
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        self.log.call(&Call::Write(data));
        let step = self.ask(wire, |engine, wire| engine.write(wire, data));
        self.log.reply(&Reply::Write(step.clone()));
        step
    }

    fn command(&mut self, wire: &mut LentWire<'_>, command: EngineCommand<'_>) -> CommandResult {
        self.log.call(&Call::Command(command));
        let result = self.ask(wire, |engine, wire| engine.command(wire, command));
        self.log.reply(&Reply::Command(result.clone()));
        result
    }

    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        self.log.call(&Call::Shutdown);
        let step = self.ask(wire, |engine, wire| engine.shutdown(wire));
        self.log.reply(&Reply::Shutdown(step.clone()));
        step
    }

    /// Written down where there is an answer.
    fn deadline(&self, now: Now) -> Option<Now> {
        let at = self.inner.deadline(now)?;
        self.log.call(&Call::Deadline(now));
        self.log.reply(&Reply::Deadline(at));
        Some(at)
    }

    fn timeout(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        self.log.call(&Call::Timeout);
        let step = self.ask(wire, |engine, wire| engine.timeout(wire));
        self.log.reply(&Reply::Timeout(step.clone()));
        step
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        let log = &self.log;
        self.inner.take_events(&mut |event| {
            log.value(Kind::Event, &event);
            to(event);
        });
    }

    fn info(&mut self, detail: Detail) -> SessionInfo {
        self.log.call(&Call::Info(detail));
        let info = self.inner.info(detail);
        self.log.reply(&Reply::Info(Box::new(info.clone())));
        info
    }

    /// Written down where there is an answer.
    fn stats(&self) -> Option<CacheStats> {
        let stats = self.inner.stats()?;
        self.log.call(&Call::SessionStats);
        self.log.reply(&Reply::SessionStats(stats));
        Some(stats)
    }
}
