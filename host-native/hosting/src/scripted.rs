//! A session without TLS, for tests of what is around it: what comes is application data, the end of the stream is the
//! end of the session.
use s_server_core::engine::*;
use s_server_core::io::WireEnd;
use s_server_core::options::plan::{Family, Listen, Mode, Plan, TextPlan, TlsPlan};

/// A run on a free port of the loopback address.
pub fn plan(mode: Mode) -> Plan {
    Plan {
        listen: Listen::Tcp { host: Some(b"127.0.0.1".to_vec()), service: None, family: Family::Any },
        fast_open: false,
        mode,
        text: TextPlan::default(),
        tls: TlsPlan::default(),
        naccept: None,
        nbio: false,
        nbio_test: false,
        ign_eof: false,
        jobs: None,
        writerand: None,
        recording: None,
        shown_argv: vec![b"s_server".to_vec()],
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
    wire: Vec<u8>,
    end: bool,
    sent: Vec<u8>,
}

impl Plain {
    fn input<T>(&self, closed: Step<T>) -> Option<Step<T>> {
        match (self.wire.is_empty(), self.end) {
            (false, _) => None,
            (true, true) => Some(closed),
            (true, false) => Some(Step::WantRead { starved: true }),
        }
    }
}

impl TlsEngine for Plain {
    fn put_wire(&mut self, bytes: &[u8]) {
        self.wire.extend(bytes);
    }

    fn put_end(&mut self, _: WireEnd) {
        self.end = true;
    }

    fn take_wire(&mut self, to: &mut dyn FnMut(&[u8])) {
        if !self.sent.is_empty() {
            to(&std::mem::take(&mut self.sent));
        }
    }

    fn accept(&mut self) -> Step<()> {
        if self.wire.starts_with(b"?") && !self.end {
            return Step::WantRead { starved: true };
        }
        let error = EngineError { queue: vec![b"no byte\n".to_vec()], cause: Cause::Wire, ..EngineError::default() };
        self.input(Step::Failed(error)).unwrap_or(Step::Done(()))
    }

    fn read(&mut self, out: &mut Vec<u8>) -> Step<()> {
        if let Some(step) = self.input(Step::Closed) {
            return step;
        }
        let record = self.wire.len().min(16_384);
        out.extend(self.wire.drain(..record));
        Step::Done(())
    }

    fn write(&mut self, data: &[u8]) -> Step<usize> {
        self.sent.extend(data);
        Step::Done(data.len())
    }

    fn command(&mut self, _: EngineCommand<'_>) -> CommandResult {
        CommandResult { requested: 1, handshake: 1, error: None }
    }

    fn shutdown(&mut self) -> Step<()> {
        Step::Done(())
    }

    fn take_events(&mut self, _: &mut dyn FnMut(Event)) {}

    fn info(&mut self, _: Detail) -> SessionInfo {
        SessionInfo::default()
    }
}
