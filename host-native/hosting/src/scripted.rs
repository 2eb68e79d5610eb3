//! A session without TLS, for tests of what is around it: what comes is application data, the end of the stream is the
//! end of the session.
use std::sync::Arc;

use s_server_core::engine::*;
use s_server_core::lent::{LentWire, Nothing};
use s_server_core::options::plan::{Mode, Plan};
use s_server_core::options::run::{Family, Listen, RunPlan};

/// A run on a free port of the loopback address.
pub fn plan(mode: Mode) -> RunPlan {
    let connection = Plan { mode, shown_argv: vec![b"s_server".to_vec()], ..Plan::default() };
    RunPlan {
        connection: Arc::new(connection),
        listen: Listen::Tcp { host: Some(b"127.0.0.1".to_vec()), service: None, family: Family::Any },
        ..RunPlan::default()
    }
}

/// Makes [`Plain`] sessions.
pub struct Context;

impl TlsContext for Context {
    fn session(&self, _: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        Ok(Box::new(Plain::default()))
    }

    fn stats(&self) -> CacheStats {
        CacheStats::default()
    }
}

/// A session whose handshake is complete with the first byte of the client, and never if that is a `?`.
#[derive(Default)]
struct Plain {
    never: bool,
}

/// What a call comes to that finds nothing on the wire.
fn without<T>(nothing: Nothing, closed: Step<T>) -> Step<T> {
    match nothing {
        Nothing::Dry => Step::WantRead { starved: true },
        Nothing::Ended(_) => closed,
    }
}

impl TlsEngine for Plain {
    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        while let Ok(b"?") = wire.unread.peek(1) {
            wire.unread.pass(1);
            self.never = true;
        }
        let error = EngineError { queue: vec![b"no byte\n".to_vec()], cause: Cause::Wire, ..EngineError::default() };
        match wire.unread.peek(1) {
            Ok(_) if self.never => Step::WantRead { starved: true },
            Ok(_) => Step::Done(()),
            Err(nothing) => without(nothing, Step::Failed(error)),
        }
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        match wire.unread.take(16_384) {
            Ok(bytes) => {
                out.extend_from_slice(bytes);
                Step::Done(())
            }
            Err(nothing) => without(nothing, Step::Closed),
        }
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        wire.peer.send(data);
        Step::Done(data.len())
    }

    fn command(&mut self, _: &mut LentWire<'_>, _: EngineCommand<'_>) -> CommandResult {
        CommandResult { requested: 1, handshake: 1, error: None }
    }

    fn shutdown(&mut self, _: &mut LentWire<'_>) -> Step<()> {
        Step::Done(())
    }

    fn take_events(&mut self, _: &mut dyn FnMut(Event)) {}

    fn info(&mut self, _: Detail) -> SessionInfo {
        SessionInfo::default()
    }
}
