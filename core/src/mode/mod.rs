//! What a connection does once its handshake is complete, one file a mode.
mod cx;
mod echo;
mod files;
mod interactive;
mod media;
mod path;
mod rev;
mod status;
mod unsent;

pub(crate) use cx::Cx;

use crate::engine::EngineError;
use crate::io::{FileReply, Interest, Outcome};
use crate::options::plan::{Mode, Plan};
use crate::text;

/// What a mode wants after a step.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flow {
    /// Another step at once.
    More,
    /// The next input.
    Wait,
    /// The end.
    Close(Outcome),
}

/// The modes. Each has the same methods.
pub(crate) enum ModeState {
    Interactive(interactive::Interactive),
    Echo(echo::Echo),
    Rev(rev::Rev),
    Status(status::Status),
    Files(files::Files),
}

impl ModeState {
    pub fn new(plan: &Plan) -> Self {
        match plan.mode {
            Mode::Interactive { crlf } => Self::Interactive(interactive::Interactive::new(crlf)),
            Mode::Echo => Self::Echo(echo::Echo::default()),
            Mode::Rev => Self::Rev(rev::Rev::default()),
            Mode::Status => Self::Status(status::Status::default()),
            Mode::Files { heads_in_files, binary } => Self::Files(files::Files::new(heads_in_files, binary)),
        }
    }

    /// The connection has its place.
    pub fn on_seated(&mut self, cx: &mut Cx<'_>) {
        if cx.plan.nbio && !cx.plan.text.quiet && !matches!(self, Self::Rev(_) | Self::Echo(_)) {
            text::err(cx.out, b"Turned on non blocking io\n");
        }
    }

    /// The first handshake waits for more.
    pub fn on_handshake_waits(&mut self, cx: &mut Cx<'_>) {
        if cx.plan.nbio {
            match self {
                Self::Interactive(_) => cx.say(b"DELAY\n"),
                Self::Status(_) | Self::Files(_) => cx.say(b"read R BLOCK\n"),
                Self::Rev(_) | Self::Echo(_) => {}
            }
        }
    }

    /// The first handshake is complete.
    pub fn on_established(&mut self, cx: &mut Cx<'_>) {
        match self {
            Self::Interactive(mode) => mode.on_established(cx),
            Self::Rev(mode) => mode.on_established(cx),
            Self::Echo(_) | Self::Status(_) | Self::Files(_) => {}
        }
    }

    /// The first handshake failed.
    pub fn on_handshake_failed(&mut self, cx: &mut Cx<'_>, error: &EngineError) -> Outcome {
        match self {
            Self::Interactive(mode) => mode.on_handshake_failed(cx, error),
            Self::Rev(mode) => mode.on_handshake_failed(cx, error),
            Self::Echo(_) | Self::Status(_) | Self::Files(_) => {
                if !cx.plan.text.quiet {
                    cx.print_queue(error);
                }
                Outcome::Next
            }
        }
    }

    /// One step of reading and writing, after the handshake. Called again until it waits.
    pub fn step(&mut self, cx: &mut Cx<'_>) -> Flow {
        match self {
            Self::Interactive(mode) => mode.step(cx),
            Self::Echo(mode) => mode.step(cx),
            Self::Rev(mode) => mode.step(cx),
            Self::Status(mode) => mode.step(cx),
            Self::Files(mode) => mode.step(cx),
        }
    }

    /// One read of the operator's input; `established`: the first handshake is complete.
    pub fn on_operator(&mut self, cx: &mut Cx<'_>, unit: &[u8], established: bool) -> Flow {
        match self {
            Self::Interactive(mode) => mode.on_operator(cx, unit, established),
            _ => Flow::Wait,
        }
    }

    /// The operator's input ended.
    pub fn on_operator_end(&mut self, cx: &mut Cx<'_>, established: bool) -> Flow {
        match self {
            Self::Interactive(mode) => mode.on_operator_end(cx, established),
            _ => Flow::Wait,
        }
    }

    /// What the host says of a file.
    pub fn on_file(&mut self, cx: &mut Cx<'_>, reply: FileReply<'_>) -> Flow {
        match self {
            Self::Files(mode) => mode.on_file(cx, reply),
            _ => Flow::Wait,
        }
    }

    /// Time is up for what the mode waits for.
    pub fn on_timeout(&mut self, cx: &mut Cx<'_>) -> Flow {
        match self {
            Self::Status(mode) => mode.on_timeout(cx),
            _ => Flow::Wait,
        }
    }

    /// The end of the connection, before its close_notify.
    pub fn on_closing(&mut self, cx: &mut Cx<'_>) {
        if let Self::Interactive(_) = self {
            cx.say(b"shutting down SSL\n");
        }
    }

    /// The end of the connection, after its close_notify.
    pub fn on_closed(&mut self, cx: &mut Cx<'_>, established: bool) {
        match self {
            Self::Interactive(_) => cx.say(b"CONNECTION CLOSED\n"),
            Self::Rev(mode) if established => mode.on_closed(cx),
            _ => {}
        }
    }

    /// What the mode takes beside the wire. `flushed`: nothing transmitted is left with the host.
    pub fn interest(&self, flushed: bool, established: bool) -> Interest {
        match self {
            Self::Interactive(mode) => mode.interest(flushed, established),
            Self::Echo(mode) if established => mode.interest(flushed),
            Self::Rev(mode) if established => mode.interest(flushed),
            Self::Files(mode) if established => mode.interest(flushed),
            Self::Echo(_) | Self::Rev(_) | Self::Files(_) => Interest { wire: true, ..Interest::default() },
            Self::Status(mode) => mode.interest(),
        }
    }
}
