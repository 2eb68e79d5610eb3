//! What a connection does once its handshake is complete: the trait of a mode, and one file for each.
//!
//! ```text
//!   Connection --seated, handshake--> Mode::on_seated, on_handshake_waits, on_established | on_handshake_failed
//!              --running-----------> Mode::step, as long as it says More; Mode::on_* for what the host hands in
//!              --end---------------> Mode::on_closing, close_notify, Mode::on_closed
//! ```
//!
//! To add one: a file here with a type that implements [`Mode`], its line in [`of`], and what it is asked for by in
//! [`plan::Mode`].
mod cx;
mod echo;
mod files;
mod interactive;
mod media;
mod path;
mod rev;
mod status;
mod unsent;

pub(crate) use cx::{Cx, render};

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::engine::{EarlyData, EngineError};
use crate::io::{FileReply, Interest, Outcome};
use crate::options::plan::{self, Plan};

/// The mode that the plan asks for.
pub(crate) fn of(plan: &Plan) -> Box<dyn Mode> {
    match plan.mode {
        plan::Mode::Interactive { crlf } => Box::new(interactive::Interactive::new(crlf)),
        plan::Mode::Echo => Box::new(echo::Echo::default()),
        plan::Mode::Rev => Box::new(rev::Rev::default()),
        plan::Mode::Status => Box::new(status::Status::default()),
        plan::Mode::Files { heads_in_files, binary } => Box::new(files::Files::new(heads_in_files, binary)),
    }
}

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

/// What one connection does with its session: a state machine that reads, writes and prints through [`Cx`], never sleeps,
/// and says with [`Mode::interest`] what it waits for.
///
/// The connection moves the handshakes, knows how the wire is, ends the session, and tells the facts that all modes share.
/// A mode knows its protocol, and nothing of wires, clocks and other connections. So `step` and `interest` are a whole
/// mode; the other methods default to one that says nothing, has no operator, and asks for no file. A protocol that needs
/// crates of its own (HTTP/2: frames, HPACK) can live outside of this one as soon as [`Cx`] is public.
pub(crate) trait Mode: Send {
    /// One step of reading and writing, after the handshake. Called again until it waits.
    fn step(&mut self, cx: &mut Cx<'_>) -> Flow;

    /// What the mode takes, after the handshake. `flushed`: nothing transmitted is left with the host.
    fn interest(&self, flushed: bool) -> Interest;

    /// What the mode takes before that. Default: the wire.
    fn interest_in_handshake(&self, _flushed: bool) -> Interest {
        Interest { wire: true, ..Interest::default() }
    }

    /// Whether a first handshake of more than 60 s ends the connection. Default: it does.
    fn limits_handshake(&self) -> bool {
        true
    }

    /// The connection has its place.
    fn on_seated(&mut self, _cx: &mut Cx<'_>) {}

    /// Early data came. Default: it is what the first read brings.
    fn on_early_data(&mut self, cx: &mut Cx<'_>, data: Vec<u8>) {
        cx.early.extend(data);
    }

    /// Early data is over, and this became of it.
    fn on_early_end(&mut self, _cx: &mut Cx<'_>, _what: EarlyData) {}

    /// The session broke before early data was over. Default: as in the handshake.
    fn on_early_failed(&mut self, cx: &mut Cx<'_>, error: &EngineError) -> Outcome {
        self.on_handshake_failed(cx, error)
    }

    /// The first handshake waits for more.
    fn on_handshake_waits(&mut self, _cx: &mut Cx<'_>) {}

    /// The first handshake has waited for a datagram for 250 ms, with `-timeout`.
    fn on_read_timeout(&mut self, _cx: &mut Cx<'_>) {}

    /// The first handshake is complete.
    fn on_established(&mut self, _cx: &mut Cx<'_>) {}

    /// The first handshake failed. Default: the error queue is printed unless `-quiet`, and the next client is served.
    fn on_handshake_failed(&mut self, cx: &mut Cx<'_>, error: &EngineError) -> Outcome {
        if !cx.plan.text.quiet {
            cx.print_queue(error);
        }
        Outcome::Next
    }

    /// One read of the operator's input. Comes where the interest has [`Interest::operator`].
    fn on_operator(&mut self, _cx: &mut Cx<'_>, _unit: &[u8]) -> Flow {
        Flow::Wait
    }

    /// The operator's input ended. Comes where the interest has [`Interest::operator`].
    fn on_operator_end(&mut self, _cx: &mut Cx<'_>) -> Flow {
        Flow::Wait
    }

    /// What the host says of a file. Comes where the interest has [`Interest::file`].
    fn on_file(&mut self, _cx: &mut Cx<'_>, _reply: FileReply<'_>) -> Flow {
        Flow::Wait
    }

    /// The deadline of [`Interest::deadline`] is reached.
    fn on_timeout(&mut self, _cx: &mut Cx<'_>) -> Flow {
        Flow::Wait
    }

    /// The end of the connection, before its close_notify.
    fn on_closing(&mut self, _cx: &mut Cx<'_>) {}

    /// The end of the connection, after its close_notify.
    fn on_closed(&mut self, _cx: &mut Cx<'_>) {}
}
