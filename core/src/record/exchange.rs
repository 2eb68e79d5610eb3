//! What machine and engine say to each other, as log frames: a call, its result, and what happened inside it.
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::field::{Field, Malformed, Payload, put_bytes, tagged};
use super::values::{command, put_command};
use crate::engine::*;

/// A call of a context or of a session. What the peer sent, and its end, are not among them: they are input frames.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call<'a> {
    /// A context is made from the plan.
    Context,
    /// [`TlsContext::session`].
    Session(Start),
    /// [`TlsContext::stats`].
    Stats,
    /// [`TlsEngine::accept`].
    Accept,
    /// [`TlsEngine::read`].
    Read,
    /// [`TlsEngine::write`].
    Write(&'a [u8]),
    /// [`TlsEngine::command`].
    Command(EngineCommand<'a>),
    /// [`TlsEngine::shutdown`].
    Shutdown,
    /// [`TlsEngine::stats`], where that has an answer.
    SessionStats,
    /// [`TlsEngine::info`].
    Info(Detail),
}

/// The answer to a [`Call`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reply {
    /// There is a context, or the text that ends the run.
    Context(Result<(), Vec<u8>>),
    /// There is a session, or none.
    Session(Result<(), EngineError>),
    /// The counters.
    Stats(CacheStats),
    /// What came of it.
    Accept(Step<()>),
    /// What came of it, and the data.
    Read(Step<()>, Vec<u8>),
    /// How much was taken.
    Write(Step<usize>),
    /// What came of it.
    Command(CommandResult),
    /// What came of it.
    Shutdown(Step<()>),
    /// The counters of the session's own context.
    SessionStats(CacheStats),
    /// The session.
    Info(Box<SessionInfo>),
    /// Bytes that are sent during a call, before the answer to it.
    Wire(Vec<u8>),
}

impl<'a> Call<'a> {
    /// Appends it.
    pub fn put(&self, to: &mut Vec<u8>) {
        match self {
            Self::Context => to.push(0),
            Self::Session(start) => {
                to.push(1);
                start.put(to);
            }
            Self::Stats => to.push(2),
            Self::Accept => to.push(3),
            Self::Read => to.push(4),
            Self::Write(data) => {
                to.push(5);
                put_bytes(data, to);
            }
            Self::Command(command) => {
                to.push(6);
                put_command(command, to);
            }
            Self::Shutdown => to.push(7),
            Self::SessionStats => to.push(8),
            Self::Info(detail) => {
                to.push(9);
                detail.put(to);
            }
        }
    }

    /// Reads it from a whole payload.
    pub fn read(payload: &'a [u8]) -> Result<Self, Malformed> {
        let mut from = Payload::new(payload);
        let call = match from.tag()? {
            0 => Self::Context,
            1 => Self::Session(from.take()?),
            2 => Self::Stats,
            3 => Self::Accept,
            4 => Self::Read,
            5 => Self::Write(from.bytes()?),
            6 => Self::Command(command(&mut from)?),
            7 => Self::Shutdown,
            8 => Self::SessionStats,
            9 => Self::Info(from.take()?),
            _ => return Err(from.wrong_tag()),
        };
        from.end().map(|()| call)
    }
}

impl Field for Reply {
    fn put(&self, to: &mut Vec<u8>) {
        match self {
            Self::Context(made) => tagged(0, made, to),
            Self::Session(made) => tagged(1, made, to),
            Self::Stats(stats) => tagged(2, stats, to),
            Self::Accept(step) => tagged(3, step, to),
            Self::Read(step, data) => {
                tagged(4, step, to);
                put_bytes(data, to);
            }
            Self::Write(step) => tagged(5, step, to),
            Self::Command(result) => tagged(6, result, to),
            Self::Shutdown(step) => tagged(7, step, to),
            Self::SessionStats(stats) => tagged(8, stats, to),
            Self::Info(info) => tagged(9, &**info, to),
            Self::Wire(bytes) => {
                to.push(10);
                put_bytes(bytes, to);
            }
        }
    }

    fn take(from: &mut Payload<'_>) -> Result<Self, Malformed> {
        Ok(match from.tag()? {
            0 => Self::Context(from.take()?),
            1 => Self::Session(from.take()?),
            2 => Self::Stats(from.take()?),
            3 => Self::Accept(from.take()?),
            4 => Self::Read(from.take()?, from.bytes()?.to_vec()),
            5 => Self::Write(from.take()?),
            6 => Self::Command(from.take()?),
            7 => Self::Shutdown(from.take()?),
            8 => Self::SessionStats(from.take()?),
            9 => Self::Info(Box::new(from.take()?)),
            10 => Self::Wire(from.bytes()?.to_vec()),
            _ => return Err(from.wrong_tag()),
        })
    }
}

/// Reads one value that is a whole payload.
pub fn whole<T: Field>(payload: &[u8]) -> Result<T, Malformed> {
    let mut from = Payload::new(payload);
    let value = from.take()?;
    from.end().map(|()| value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec;

    #[test]
    fn calls_are_read_as_they_were_written() {
        let calls = [
            Call::Context,
            Call::Session(Start { seed: 9 }),
            Call::Stats,
            Call::Accept,
            Call::Read,
            Call::Write(b"data"),
            Call::Command(EngineCommand::Renegotiate { request_certificate: true }),
            Call::Command(EngineCommand::KeyUpdate { request_peer: true }),
            Call::Command(EngineCommand::RequestCertificate),
            Call::Command(EngineCommand::ClearText(b"text")),
            Call::Shutdown,
            Call::SessionStats,
            Call::Info(Detail::Page),
        ];
        for call in calls {
            let mut bytes = Vec::new();
            call.put(&mut bytes);
            assert_eq!(Call::read(&bytes), Ok(call));
            bytes.push(0);
            assert!(Call::read(&bytes).is_err());
        }
    }

    #[test]
    fn replies_are_read_as_they_were_written() {
        let replies = [
            Reply::Context(Err(b"text\n".to_vec())),
            Reply::Session(Err(EngineError::default())),
            Reply::Stats(CacheStats { hits: 1, ..CacheStats::default() }),
            Reply::Accept(Step::WantRead { starved: true }),
            Reply::Read(Step::Done(()), b"data".to_vec()),
            Reply::Write(Step::Done(4)),
            Reply::Command(CommandResult { requested: 1, handshake: 0, error: None }),
            Reply::Shutdown(Step::Done(())),
            Reply::SessionStats(CacheStats { misses: 1, ..CacheStats::default() }),
            Reply::Info(Box::default()),
            Reply::Wire(vec![0x16, 3, 3]),
        ];
        for reply in replies {
            let mut bytes = Vec::new();
            reply.put(&mut bytes);
            assert_eq!(whole::<Reply>(&bytes).as_ref(), Ok(&reply));
            bytes.push(0);
            assert!(whole::<Reply>(&bytes).is_err(), "{reply:?}");
        }
    }
}
