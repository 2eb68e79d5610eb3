//! An engine that follows a script, and a sink that remembers: for the tests of the machines, without TLS.
//!
//! On its wire each byte stands for itself: the engine takes `H` as the client's part of the handshake, `|` as the end
//! of the session (close_notify), `!` as a record that breaks it, `K` as a record that is not application data, `N` as
//! the end of a renegotiation, `p` as part of a record (the rest never comes), and every other run of bytes as application data. What it sends is prefixed `<`.
//! Where early data is read, it is all that comes before `H` and `!`.
use alloc::boxed::Box;
use alloc::string::String;
use alloc::sync::Arc;
use alloc::vec::Vec;
use std::sync::Mutex;

use crate::engine::*;
use crate::fact::Fact;
use crate::io::{FileRequest, Now, PeerAddress, Stream};
use crate::lent::{LentWire, Unread};
use crate::options::plan::Plan;
use crate::sink::{Effect, Sink};

/// The plan of a plain interactive run.
pub fn plan() -> Plan {
    Plan { shown_argv: alloc::vec![b"s_server".to_vec()], ..Plan::default() }
}

/// Hands out scripted engines.
#[derive(Default)]
pub struct Context;

impl TlsContext for Context {
    fn session(&self, _: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        Ok(Box::new(Engine::default()))
    }

    fn stats(&self) -> CacheStats {
        CacheStats { size: 128, ..CacheStats::default() }
    }
}

/// See the module.
#[derive(Default)]
pub struct Engine {
    failed: bool,
    established: bool,
    events: Vec<Event>,
    commands: Arc<Mutex<Vec<String>>>,
    described: Arc<Mutex<Vec<Detail>>>,
    places: Arc<Mutex<Vec<usize>>>,
    script: Script,
}

/// How an engine differs from the one that does all it is asked for.
#[derive(Default)]
pub struct Script {
    /// What it answers to the next commands; `1, 1` when there is none left.
    pub results: Vec<CommandResult>,
    /// `accept` fails before it reads.
    pub misconfigured: bool,
    /// So many calls of `accept` find the handshake incomplete, each after a byte.
    pub wants_more: usize,
    /// How many bytes one `write` takes at most; all when zero.
    pub write_limit: usize,
    /// What becomes of early data.
    pub early: EarlyData,
    /// What the first `accept` tells.
    pub events: Vec<Event>,
    /// So many calls of `write` take nothing before the others.
    pub refuses_writes: usize,
    /// When each next call for the time is due, the last first.
    pub deadlines: Vec<Now>,
    /// The peer is given up when no deadline is left.
    pub gives_up: bool,
}

fn error(text: &str) -> EngineError {
    EngineError { queue: alloc::vec![alloc::format!("queue:{text}\n").into_bytes()], ..EngineError::default() }
}

impl Engine {
    fn nothing<T>(&mut self, unread: &Unread<'_>) -> Step<T> {
        if unread.end().is_some() { self.broken("unexpected eof") } else { Step::WantRead { starved: true } }
    }

    fn broken<T>(&mut self, text: &str) -> Step<T> {
        self.failed = true;
        Step::Failed(error(text))
    }
}

fn first(unread: &mut Unread<'_>) -> Option<u8> {
    unread.peek(1).ok().map(|bytes| bytes[0])
}

impl TlsEngine for Engine {
    fn read_early(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<EarlyRead> {
        match first(&mut wire.unread) {
            Some(b'H') => Step::Done(EarlyRead::End(self.script.early)),
            Some(b'!') => self.broken("too much early data"),
            Some(_) => {
                let all = wire.unread.peek(wire.unread.len()).unwrap();
                let end = all.iter().position(|b| b"H!".contains(b)).unwrap_or(all.len());
                out.extend_from_slice(&all[..end]);
                wire.unread.pass(end);
                Step::Done(EarlyRead::Data)
            }
            None => self.nothing(&wire.unread),
        }
    }

    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        if self.script.misconfigured {
            let Step::<()>::Failed(mut error) = self.broken("no protocols") else { unreachable!() };
            error.cause = Cause::Configuration;
            return Step::Failed(error);
        }
        self.events.push(Event::State("accepting".into()));
        self.events.append(&mut self.script.events);
        match first(&mut wire.unread) {
            Some(_) if self.script.wants_more > 0 => {
                self.script.wants_more -= 1;
                wire.unread.pass(1);
                Step::WantRead { starved: true }
            }
            Some(b'H') => {
                wire.unread.pass(1);
                self.established = true;
                wire.peer.send(b"<H");
                self.events.push(Event::Handshake { renegotiation: false });
                Step::Done(())
            }
            Some(_) => self.broken("no handshake"),
            None => self.nothing(&wire.unread),
        }
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        let Some(first) = first(&mut wire.unread) else { return self.nothing(&wire.unread) };
        if first == b'p' {
            wire.unread.pass(1);
            return Step::WantRead { starved: true };
        }
        if !b"|!KN".contains(&first) {
            let all = wire.unread.peek(wire.unread.len()).unwrap();
            self.places.lock().unwrap().push(all.as_ptr().addr());
            let end = all.iter().position(|b| b"|!KN".contains(b)).unwrap_or(all.len());
            out.extend_from_slice(&all[..end]);
            wire.unread.pass(end);
            return Step::Done(());
        }
        wire.unread.pass(1);
        match first {
            b'|' => Step::Closed,
            b'!' => self.broken("bad record"),
            b'N' => {
                self.events.push(Event::Handshake { renegotiation: true });
                Step::WantRead { starved: false }
            }
            _ => Step::WantRead { starved: false },
        }
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        if self.script.refuses_writes > 0 {
            self.script.refuses_writes -= 1;
            return Step::WantRead { starved: true };
        }
        let limit = if self.script.write_limit == 0 { data.len() } else { self.script.write_limit.min(data.len()) };
        self.places.lock().unwrap().push(data.as_ptr().addr());
        wire.peer.send(&[b"<", &data[..limit]].concat());
        Step::Done(limit)
    }

    fn command(&mut self, _: &mut LentWire<'_>, command: EngineCommand<'_>) -> CommandResult {
        self.commands.lock().unwrap().push(alloc::format!("{command:?}"));
        if self.script.results.is_empty() {
            return CommandResult { requested: 1, handshake: 1, error: None };
        }
        self.script.results.remove(0)
    }

    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        if self.established && !self.failed {
            wire.peer.send(b"<|");
        }
        Step::Done(())
    }

    fn deadline(&self, _: Now) -> Option<Now> {
        self.script.deadlines.last().copied()
    }

    fn timeout(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        self.script.deadlines.pop();
        if self.script.gives_up && self.script.deadlines.is_empty() {
            return self.broken("read timeout expired");
        }
        wire.peer.send(b"<again");
        Step::Done(())
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        self.events.drain(..).for_each(to);
    }

    fn info(&mut self, detail: Detail) -> SessionInfo {
        self.described.lock().unwrap().push(detail);
        SessionInfo { cipher: alloc::format!("{detail:?}"), ..SessionInfo::default() }
    }
}

/// Remembers everything, in order.
#[derive(Default)]
pub struct Recorder {
    /// Stream (or the wire) and bytes; neighbours of one stream are joined.
    pub calls: Vec<(Option<Stream>, Vec<u8>)>,
    /// What the host was asked for.
    pub files: Vec<String>,
    /// What is in the file of `-msgfile`.
    pub messages: String,
    /// What happened.
    pub facts: Vec<Fact>,
    /// Nobody asks for facts.
    pub deaf: bool,
}

impl Recorder {
    fn of(&self, stream: Option<Stream>) -> String {
        let bytes: Vec<u8> = self.calls.iter().filter(|call| call.0 == stream).flat_map(|c| c.1.clone()).collect();
        String::from_utf8(bytes).expect("the tests use ASCII")
    }

    /// Texts on standard output.
    pub fn out(&self) -> String {
        self.of(Some(Stream::Out))
    }

    /// Texts on standard error.
    pub fn err(&self) -> String {
        self.of(Some(Stream::Err))
    }

    /// Application data on standard output.
    pub fn data(&self) -> String {
        self.of(Some(Stream::Data))
    }

    /// What went to the peer.
    pub fn wire(&self) -> String {
        self.of(None)
    }

    /// Standard output as a terminal shows it: texts and data in order.
    pub fn stdout(&self) -> String {
        let shown = self.calls.iter().filter(|call| matches!(call.0, Some(Stream::Out | Stream::Data)));
        String::from_utf8(shown.flat_map(|call| call.1.clone()).collect()).expect("the tests use ASCII")
    }

    fn add(&mut self, stream: Option<Stream>, bytes: &[u8]) {
        match self.calls.last_mut() {
            Some((last, text)) if *last == stream => text.extend_from_slice(bytes),
            _ => self.calls.push((stream, bytes.to_vec())),
        }
    }
}

impl Sink for Recorder {
    fn put(&mut self, effect: Effect<'_>) {
        match effect {
            Effect::Transmit(bytes) => self.add(None, bytes),
            Effect::Print(stream, bytes) => self.add(Some(stream), bytes),
            Effect::File(FileRequest::Open { name }) => {
                self.files.push(alloc::format!("Open {}", String::from_utf8_lossy(name)));
            }
            Effect::File(read @ FileRequest::Read { .. }) => self.files.push(alloc::format!("{read:?}")),
            Effect::Fact(fact) => self.facts.push(fact.clone()),
            Effect::Messages(text) => self.messages += &String::from_utf8_lossy(text),
            Effect::KeyLog(_) | Effect::Session { .. } => {}
        }
    }

    fn wants_facts(&self) -> bool {
        !self.deaf
    }
}

/// A connection on a scripted engine, and what came out of it.
pub struct Talk {
    connection: crate::Connection,
    /// Everything that came out.
    pub out: Recorder,
    /// What the connection wants.
    pub wait: crate::io::Wait,
    /// The clock.
    pub now: Now,
    commands: Arc<Mutex<Vec<String>>>,
    described: Arc<Mutex<Vec<Detail>>>,
    places: Arc<Mutex<Vec<usize>>>,
}

impl Talk {
    /// Seats a connection.
    pub fn new(plan: Plan) -> Self {
        Self::on(plan, Script::default())
    }

    /// Seats a connection on an engine with that script.
    pub fn on(plan: Plan, script: Script) -> Self {
        Self::with(plan, script, Recorder::default())
    }

    /// Seats a connection with that client.
    pub fn at(peer: PeerAddress, plan: Plan) -> Self {
        let mut talk = Self::unseated(plan, Script::default(), Recorder::default());
        talk.feed(crate::io::Input::Seated(peer));
        talk
    }

    /// The same on an engine with that script, and its effects go there.
    pub fn with(plan: Plan, script: Script, out: Recorder) -> Self {
        let mut talk = Self::unseated(plan, script, out);
        talk.feed(crate::io::Input::Seated(PeerAddress::Unknown));
        talk
    }

    fn unseated(plan: Plan, script: Script, out: Recorder) -> Self {
        let engine = Engine { script, ..Engine::default() };
        let (commands, described, places) = (engine.commands.clone(), engine.described.clone(), engine.places.clone());
        let connection = crate::Connection::new(Arc::new(plan), Arc::new(Context), Box::new(engine));
        let wait = crate::io::Wait::For(crate::io::Interest::default());
        Self { connection, out, wait, now: Now::default(), commands, described, places }
    }

    /// Feeds one input, then says that everything transmitted is flushed.
    pub fn feed(&mut self, input: crate::io::Input<'_>) -> &mut Self {
        self.feed_only(input);
        if matches!(self.wait, crate::io::Wait::For(interest) if interest.flushed) {
            self.feed_only(crate::io::Input::WireFlushed);
        }
        self
    }

    /// Feeds one input and leaves what was transmitted with the host.
    pub fn feed_only(&mut self, input: crate::io::Input<'_>) -> &mut Self {
        self.wait = self.connection.handle(self.now, input, &mut self.out);
        self
    }

    /// Bytes from the client.
    pub fn wire(&mut self, bytes: &str) -> &mut Self {
        self.feed(crate::io::Input::Wire(bytes.as_bytes()))
    }

    /// One read of the operator's input.
    pub fn operator(&mut self, unit: &str) -> &mut Self {
        self.feed(crate::io::Input::Operator(unit.as_bytes()))
    }

    /// What the connection takes now.
    pub fn interest(&self) -> crate::io::Interest {
        match self.wait {
            crate::io::Wait::For(interest) => interest,
            crate::io::Wait::Closed(outcome) => panic!("closed: {outcome:?}"),
        }
    }

    /// What the engine was asked to describe.
    pub fn described(&self) -> Vec<Detail> {
        self.described.lock().unwrap().clone()
    }

    /// Commands that the engine was given.
    pub fn commands(&self) -> Vec<String> {
        self.commands.lock().unwrap().clone()
    }

    /// Addresses of the application data that the engine was lent and given, in order.
    pub fn places(&self) -> Vec<usize> {
        self.places.lock().unwrap().clone()
    }
}
