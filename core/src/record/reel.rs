//! An engine without cryptography: it gives the answers that another one gave.
//!
//! It does not look at what it is asked. Whoever replays writes its log down once more with [`Logging`](super::Logging)
//! and compares that: a call that was not made before shows there first.
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::sync::atomic::{AtomicUsize, Ordering};

use super::exchange::{Call, Reply, whole};
use super::frame::{Frames, Kind, Side};
use super::machine::{Engines, Given};
use crate::engine::*;
use crate::io::Now;
use crate::lent::LentWire;
use crate::sink::Sink;
use crate::{Plan, StartError};

/// What a [`Reel`] has of a recording: all of it, or the part that is being played.
pub trait Film: Send + Sync {
    /// Its bytes now.
    fn bytes(&self) -> Arc<[u8]>;
}

/// A recording in memory.
struct Whole(Arc<[u8]>);

impl Film for Whole {
    fn bytes(&self) -> Arc<[u8]> {
        self.0.clone()
    }
}

/// A recording, wound to the answers that come next. Clones share their place.
#[derive(Clone)]
pub struct Reel(Arc<Shared>);

struct Shared {
    film: Arc<dyn Film>,
    at: AtomicUsize,
}

impl Reel {
    /// A recording at its beginning.
    pub fn new(bytes: Arc<[u8]>) -> Self {
        Self::over(Arc::new(Whole(bytes)))
    }

    /// One of which only a part is there, at the beginning of that.
    pub fn over(film: Arc<dyn Film>) -> Self {
        Self(Arc::new(Shared { film, at: AtomicUsize::new(0) }))
    }

    /// Goes to the frame with that offset in what is there: the first after an input.
    pub fn wind(&self, offset: usize) {
        self.0.at.store(offset, Ordering::Relaxed);
    }

    /// What the next log frame holds, if it is of that kind and `read` takes it; it is passed then. `None` also when the
    /// next input comes first.
    fn pass<T>(&self, kind: Kind, read: impl FnOnce(&[u8]) -> Option<T>) -> Option<T> {
        let bytes = self.0.film.bytes();
        let at = self.0.at.load(Ordering::Relaxed);
        let mut frames = Frames::new(bytes.get(at..)?);
        while let Some(Ok((_, frame))) = frames.next() {
            match frame.kind.side() {
                Side::Out => {}
                Side::In => return None,
                Side::Log => {
                    let value = read(frame.payload).filter(|_| frame.kind == kind)?;
                    self.wind(at + frames.offset());
                    return Some(value);
                }
            }
        }
        None
    }

    /// The answer to the next call, if it is one to this kind of call.
    fn reply<T>(&self, of: impl FnOnce(Reply) -> Option<T>) -> Option<T> {
        self.pass(Kind::Call, |_| Some(()))?;
        self.pass(Kind::Result, |payload| whole(payload).ok().and_then(of))
    }

    /// The same for a call that is lent the wire: what it sent meanwhile is sent again. What the peer sent was answered
    /// when this was recorded, and is passed over.
    fn sent_and_said<T>(&self, wire: &mut LentWire<'_>, of: impl FnOnce(Reply) -> Option<T>) -> Option<T> {
        wire.unread.pass(usize::MAX);
        self.pass(Kind::Call, |_| Some(()))?;
        let sent = |payload: &[u8]| if let Ok(Reply::Wire(bytes)) = whole(payload) { Some(bytes) } else { None };
        while let Some(bytes) = self.pass(Kind::Result, sent) {
            wire.peer.send(&bytes);
        }
        self.pass(Kind::Result, |payload| whole(payload).ok().and_then(of))
    }

    fn event(&self) -> Option<Event> {
        self.pass(Kind::Event, |payload| whole(payload).ok())
    }
}

/// What an engine answers that the recording has no answer for. It shows only beside the difference that led here.
fn unanswered() -> EngineError {
    EngineError { queue: [b"the recording has no answer\n".to_vec()].into(), ..EngineError::default() }
}

impl Engines for Reel {
    fn context(&mut self, _: &Arc<Plan>, _: &Given, out: &mut dyn Sink) -> Result<Arc<dyn TlsContext>, StartError> {
        let unanswered = || StartError::recorded(unanswered().queue.concat());
        self.pass(Kind::Call, |_| Some(())).ok_or_else(unanswered)?;
        while let Some(event) = self.event() {
            if let Event::Text(stream, text) = event {
                out.print(stream, &text);
            }
        }
        let made = self.pass(Kind::Result, |payload| match whole(payload) {
            Ok(Reply::Context(made)) => Some(made.map_err(StartError::recorded)),
            _ => None,
        });
        made.unwrap_or_else(|| Err(unanswered())).map(|()| Arc::new(self.clone()) as Arc<dyn TlsContext>)
    }
}

impl TlsContext for Reel {
    fn session(&self, _: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        let made = self.reply(|reply| if let Reply::Session(made) = reply { Some(made) } else { None });
        made.unwrap_or_else(|| Err(unanswered())).map(|()| Box::new(self.clone()) as Box<dyn TlsEngine>)
    }

    fn stats(&self) -> CacheStats {
        self.reply(|reply| if let Reply::Stats(stats) = reply { Some(stats) } else { None }).unwrap_or_default()
    }
}

impl TlsEngine for Reel {
    fn read_early(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<EarlyRead> {
        let read = |reply: Reply| if let Reply::ReadEarly(step, data) = reply { Some((step, data)) } else { None };
        let (step, data) = self.sent_and_said(wire, read).unwrap_or_else(|| (Step::Failed(unanswered()), Vec::new()));
        out.extend_from_slice(&data);
        step
    }

    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        let step = self.sent_and_said(wire, |reply| if let Reply::Accept(step) = reply { Some(step) } else { None });
        step.unwrap_or_else(|| Step::Failed(unanswered()))
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        let read = |reply: Reply| if let Reply::Read(step, data) = reply { Some((step, data)) } else { None };
        let (step, data) = self.sent_and_said(wire, read).unwrap_or_else(|| (Step::Failed(unanswered()), Vec::new()));
        out.extend_from_slice(&data);
        step
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        let step = self.sent_and_said(wire, |reply| match reply {
            // No engine takes more than it is given.
            Reply::Write(Step::Done(taken)) if taken > data.len() => None,
            Reply::Write(step) => Some(step),
            _ => None,
        });
        step.unwrap_or_else(|| Step::Failed(unanswered()))
    }

    fn command(&mut self, wire: &mut LentWire<'_>, _: EngineCommand<'_>) -> CommandResult {
        let result = self.sent_and_said(wire, |reply| if let Reply::Command(it) = reply { Some(it) } else { None });
        result.unwrap_or_else(|| CommandResult { requested: -1, handshake: -1, error: Some(unanswered()) })
    }

    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        let step = self.sent_and_said(wire, |reply| if let Reply::Shutdown(step) = reply { Some(step) } else { None });
        step.unwrap_or_else(|| Step::Failed(unanswered()))
    }

    fn deadline(&self, _: Now) -> Option<Now> {
        self.pass(Kind::Call, |payload| matches!(whole(payload), Ok(Call::Deadline(_))).then_some(()))?;
        self.pass(Kind::Result, |payload| match whole(payload) {
            Ok(Reply::Deadline(at)) => Some(at),
            _ => None,
        })
    }

    fn timeout(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        let step = self.sent_and_said(wire, |reply| if let Reply::Timeout(step) = reply { Some(step) } else { None });
        step.unwrap_or_else(|| Step::Failed(unanswered()))
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        while let Some(event) = self.event() {
            to(event);
        }
    }

    fn info(&mut self, _: Detail) -> SessionInfo {
        let info = self.reply(|reply| if let Reply::Info(info) = reply { Some(*info) } else { None });
        info.unwrap_or_default()
    }

    /// `None` also when it was the context that was asked.
    fn stats(&self) -> Option<CacheStats> {
        self.pass(Kind::Call, |payload| (whole(payload) == Ok(Call::SessionStats)).then_some(()))?;
        let stats = self.pass(Kind::Result, |payload| match whole(payload) {
            Ok(Reply::SessionStats(stats)) => Some(stats),
            _ => None,
        });
        Some(stats.unwrap_or_default())
    }
}
