//! A TLS engine that does what the bytes say, within what the trait allows, and minds how it is used.

use std::sync::{Arc, Mutex, PoisonError};

use s_server_core::engine::{
    CacheStats, Cause, CommandResult, Detail, EngineCommand, EngineError, Event, SessionInfo, Start, Step, TlsContext,
    TlsEngine, VerifyStep,
};
use s_server_core::io::Stream;
use s_server_core::lent::LentWire;

use super::source::Source;

/// See the module. Without more bytes it says that the wire is empty, or fails when that has ended.
#[derive(Debug)]
pub struct Engine {
    source: Source,
    phase: Phase,
    events: Vec<Event>,
    data: Arc<Mutex<Data>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    Handshake,
    Established,
    /// The client said so; it may still be written to.
    HalfClosed,
    Broken,
}

/// What went through the session.
#[derive(Debug, Default)]
pub struct Data {
    /// Bytes of the wire.
    pub wire: Vec<u8>,
    /// From the client.
    pub read: Vec<u8>,
    /// To the client.
    pub written: Vec<u8>,
}

impl Engine {
    /// An engine on these bytes, and where it keeps what went through it.
    pub fn new(source: Source) -> (Engine, Arc<Mutex<Data>>) {
        let data = Arc::<Mutex<Data>>::default();
        let engine = Engine { source, phase: Phase::Handshake, events: Vec::new(), data: data.clone() };
        (engine, data)
    }

    fn happen(&mut self) {
        self.events.push(match self.source.die(8) {
            1 => Event::State("SSL_accept:some state".into()),
            2 => Event::Text(Stream::Out, b"text\n".to_vec()),
            3 => Event::Text(Stream::Err, b"text\n".to_vec()),
            4 => Event::Handshake { renegotiation: self.phase == Phase::Established },
            5 => Event::Verify(VerifyStep { depth: 1, error: 20, accepted: true, ..VerifyStep::default() }),
            _ => return,
        });
    }

    /// What a call comes to that does not do what it was asked for.
    fn other<T>(&mut self, wire: &mut LentWire<'_>) -> Step<T> {
        match self.source.die(8) {
            1 | 2 => Step::WantRead { starved: false },
            3 => Step::WantWrite,
            4 => {
                self.phase = Phase::HalfClosed;
                Step::Closed
            }
            5 => self.fail(Cause::Peer),
            6 if self.phase == Phase::Handshake => self.fail(Cause::Configuration),
            _ => {
                self.hear(wire, usize::MAX);
                match wire.unread.end() {
                    Some(_) => self.fail(Cause::Wire),
                    None => Step::WantRead { starved: true },
                }
            }
        }
    }

    /// Reads so much of the wire, if there is as much.
    fn hear(&self, wire: &mut LentWire<'_>, mut most: usize) {
        while let (1.., Ok(bytes)) = (most, wire.unread.take(most)) {
            most -= bytes.len();
            self.data().wire.extend_from_slice(bytes);
        }
    }

    /// Reads half of the wire, and leaves the rest to the calls that follow.
    fn hear_half(&self, wire: &mut LentWire<'_>) {
        assert!(wire.unread.end().is_none() || wire.unread.is_empty());
        self.hear(wire, wire.unread.len() / 2);
    }

    fn fail<T>(&mut self, cause: Cause) -> Step<T> {
        self.phase = Phase::Broken;
        Step::Failed(EngineError { queue: vec![b"queue\n".to_vec()], cause, ..EngineError::default() })
    }

    fn data(&self) -> std::sync::MutexGuard<'_, Data> {
        self.data.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl TlsEngine for Engine {
    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        assert_eq!(self.phase, Phase::Handshake);
        self.hear_half(wire);
        self.happen();
        if self.source.die(3) == 1 {
            self.phase = Phase::Established;
            wire.peer.send(b"H");
            return Step::Done(());
        }
        self.other(wire)
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        assert_eq!(self.phase, Phase::Established);
        self.hear_half(wire);
        self.happen();
        match self.source.die(3) {
            0 => self.other(wire),
            _ => {
                let mut bytes = vec![self.source.byte().unwrap_or(b'x')];
                let more = usize::from(self.source.die(64));
                bytes.extend(self.source.bytes(more));
                out.extend_from_slice(&bytes);
                self.data().read.extend(bytes);
                Step::Done(())
            }
        }
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        assert!(matches!(self.phase, Phase::Established | Phase::HalfClosed), "{:?}", self.phase);
        assert!(!data.is_empty());
        self.happen();
        let taken = match self.source.die(4) {
            1 => return self.other(wire),
            2 => usize::from(self.source.die(16)).clamp(1, data.len()),
            _ => data.len(),
        };
        self.data().written.extend_from_slice(&data[..taken]);
        wire.peer.send(&data[..taken]);
        Step::Done(taken)
    }

    fn command(&mut self, _: &mut LentWire<'_>, _: EngineCommand<'_>) -> CommandResult {
        assert_eq!(self.phase, Phase::Established);
        self.happen();
        let (requested, handshake) = (i32::from(self.source.die(3)) - 1, i32::from(self.source.die(3)) - 1);
        let failed = requested <= 0 || handshake <= 0;
        CommandResult { requested, handshake, error: failed.then(EngineError::default) }
    }

    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        self.happen();
        wire.peer.send(b"|");
        Step::Done(())
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        self.events.drain(..).for_each(to);
    }

    fn info(&mut self, _: Detail) -> SessionInfo {
        let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
        SessionInfo {
            cipher: text(self.source.bytes(3)),
            protocol_number: if self.source.die(2) == 1 { 0x0303 } else { 0x0304 },
            point_formats: self.source.bytes(2),
            ca_names: vec![self.source.bytes(2)],
            signature_algorithms: vec![u16::from(self.source.die(255)) << 8],
            ..SessionInfo::default()
        }
    }
}

/// Hands out nothing: the connection is given its engine.
#[derive(Debug)]
pub struct Context;

impl TlsContext for Context {
    fn session(&self, _: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        Err(EngineError::default())
    }

    fn stats(&self) -> CacheStats {
        CacheStats::default()
    }
}
