//! What machine and engine say to each other, as log frames: a call, its result, and what happened inside it.
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::field::{Field, Malformed, Payload, sums};
use crate::engine::*;
use crate::io::Now;

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
    /// [`TlsEngine::deadline`], where there is one.
    Deadline(Now),
    /// [`TlsEngine::timeout`].
    Timeout,
    /// [`TlsEngine::read_early`].
    ReadEarly,
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
    /// When the session wants to be called.
    Deadline(Now),
    /// What came of it.
    Timeout(Step<()>),
    /// What came of it, and the data.
    ReadEarly(Step<EarlyRead>, Vec<u8>),
}

sums! {
    <'a> Call<'a> {
        0 Context,
        1 Session(start),
        2 Stats,
        3 Accept,
        4 Read,
        5 Write(data),
        6 Command(command),
        7 Shutdown,
        8 SessionStats,
        9 Info(detail),
        10 Deadline(now),
        11 Timeout,
        12 ReadEarly,
    }
    <'a> Reply {
        0 Context(made),
        1 Session(made),
        2 Stats(stats),
        3 Accept(step),
        4 Read(step, data),
        5 Write(step),
        6 Command(result),
        7 Shutdown(step),
        8 SessionStats(stats),
        9 Info(info),
        10 Wire(bytes),
        11 Deadline(at),
        12 Timeout(step),
        13 ReadEarly(step, data),
    }
}

/// Reads one value that is a whole payload.
pub fn whole<'a, T: Field<'a>>(payload: &'a [u8]) -> Result<T, Malformed> {
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
            Call::Session(Start::seeded(9)),
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
            Call::Deadline(Now::from_micros(7)),
            Call::Timeout,
            Call::ReadEarly,
        ];
        for call in calls {
            let mut bytes = Vec::new();
            call.put(&mut bytes);
            assert_eq!(whole::<Call<'_>>(&bytes), Ok(call));
            bytes.push(0);
            assert!(whole::<Call<'_>>(&bytes).is_err());
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
            Reply::Deadline(Now::from_micros(8)),
            Reply::Timeout(Step::Done(())),
            Reply::ReadEarly(Step::Done(EarlyRead::Data), b"early".to_vec()),
            Reply::ReadEarly(Step::Done(EarlyRead::End(EarlyData::Accepted)), vec![]),
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
