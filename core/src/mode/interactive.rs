//! Operator and client talk to each other. Corresponds to `sv_body` in `apps/s_server.c`.
use alloc::format;
use alloc::vec::Vec;

use super::{Cx, Flow, Mode};
use crate::command::{self, Command};
use crate::engine::{Cause, Detail, EarlyData, EngineCommand, EngineError, Step};
use crate::fact::{CloseReason, Fact};
use crate::io::{Interest, Outcome, Stream};
use crate::options::plan;
use crate::render::{brief, report, stats};
use crate::text;

#[derive(Default)]
pub(crate) struct Interactive {
    crlf: bool,
    /// A unit that came before the handshake was complete.
    early: Option<Vec<u8>>,
    /// Early data came.
    heard_early: bool,
    /// What the engine has not taken yet of the last unit.
    unsent: Vec<u8>,
    operator_ended: bool,
    /// Close when everything that came is read: end of input under `-quiet`.
    hang_up: bool,
    buffer: Vec<u8>,
    /// What the wire brought last was good for something (`-nbio` tells when it was not).
    delivered: bool,
}

impl Interactive {
    pub fn new(crlf: bool) -> Self {
        Self { crlf, ..Self::default() }
    }
}

impl Mode for Interactive {
    fn interest(&self, flushed: bool) -> Interest {
        self.interest_in(flushed, flushed && self.unsent.is_empty())
    }

    fn interest_in_handshake(&self, flushed: bool) -> Interest {
        self.interest_in(flushed, self.early.is_none())
    }

    /// As in the original; who waits for the seat is helped by another limit.
    fn limits_handshake(&self) -> bool {
        false
    }

    fn on_seated(&mut self, cx: &mut Cx<'_>) {
        cx.tell_non_blocking();
    }

    fn on_early_data(&mut self, cx: &mut Cx<'_>, data: Vec<u8>) {
        if !self.heard_early {
            cx.say(b"Early data received:\n");
        }
        self.heard_early = true;
        cx.out.print(Stream::Data, &data);
    }

    fn on_early_end(&mut self, cx: &mut Cx<'_>, what: EarlyData) {
        cx.say(match what {
            _ if self.heard_early => b"\nEnd of early data\n",
            EarlyData::NotSent => b"No early data received\n",
            EarlyData::Rejected | EarlyData::Accepted => b"Early data was rejected\n",
        });
    }

    fn on_early_failed(&mut self, cx: &mut Cx<'_>, error: &EngineError) -> Outcome {
        text::err(cx.out, b"Error reading early data\n");
        cx.print_queue(error);
        Outcome::Next
    }

    fn on_handshake_waits(&mut self, cx: &mut Cx<'_>) {
        if cx.plan.nbio {
            cx.say(b"DELAY\n");
        }
    }

    fn on_read_timeout(&mut self, cx: &mut Cx<'_>) {
        // With `-nbio` that was told when the wait began.
        if !cx.plan.nbio {
            cx.say(b"DELAY\n");
        }
    }

    fn on_established(&mut self, cx: &mut Cx<'_>) {
        self.delivered = true;
        if cx.plan.text.brief {
            self.summarize(cx);
        }
        // The original makes the report in any case, at times for nobody; what the library decides for it is told.
        if !cx.plan.text.is_muted() || cx.plan.tls.security_debug.is_some() {
            self.report(cx);
        }
    }

    fn on_handshake_failed(&mut self, cx: &mut Cx<'_>, error: &EngineError) -> Outcome {
        text::err(cx.out, b"ERROR\n");
        if let Some(why) = &error.verify {
            text::err(cx.out, format!("verify error:{why}\n").as_bytes());
        }
        cx.print_queue(error);
        if error.cause == Cause::Configuration { Outcome::Misconfigured } else { Outcome::Next }
    }

    fn step(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let Some(unit) = self.early.take() {
            return match self.act(cx, unit) {
                Flow::Wait => Flow::More,
                flow => flow,
            };
        }
        if self.unsent.is_empty() { self.receive(cx) } else { self.send(cx) }
    }

    fn on_operator(&mut self, cx: &mut Cx<'_>, unit: &[u8]) -> Flow {
        let unit = if self.crlf { with_cr_lf(unit) } else { unit.to_vec() };
        let quits = matches!(self.command(cx, &unit), Some(Command::Quit | Command::QuitServer));
        if cx.established || quits {
            return self.act(cx, unit);
        }
        // The original would send it inside the handshake and lose its report; here it waits for the handshake.
        self.early = Some(unit);
        Flow::Wait
    }

    fn on_operator_end(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.operator_ended = true;
        if cx.plan.ign_eof {
            return Flow::Wait;
        }
        cx.observed.on_end(CloseReason::OperatorEnd);
        if !cx.plan.text.quiet {
            return quit_server(cx);
        }
        self.hang_up = true;
        if cx.established { Flow::More } else { Flow::Wait }
    }

    fn on_closing(&mut self, cx: &mut Cx<'_>) {
        cx.say(b"shutting down SSL\n");
    }

    fn on_closed(&mut self, cx: &mut Cx<'_>) {
        cx.say(b"CONNECTION CLOSED\n");
    }
}

impl Interactive {
    /// `ready`: the operator may type.
    fn interest_in(&self, flushed: bool, ready: bool) -> Interest {
        let unit = plan::Mode::Interactive { crlf: self.crlf }.operator_unit();
        Interest {
            wire: true,
            flushed: !flushed,
            operator: unit.filter(|_| ready && !self.operator_ended && !self.hang_up),
            ..Interest::default()
        }
    }

    /// `-brief`
    fn summarize(&mut self, cx: &mut Cx<'_>) {
        let info = cx.info(Detail::Brief);
        text::err(cx.out, &brief::summary(&info, cx.plan.text.reference));
    }

    fn report(&mut self, cx: &mut Cx<'_>) {
        let (info, told) = cx.describe(Detail::Report);
        let [before, behind] = report::report(&info, cx.plan.text.reference);
        cx.say_around(told, [&before, &behind]);
        let material = info.exported.as_ref().map(|exported| &exported.material);
        if let (Some(Err(error)), false) = (material, cx.plan.text.quiet) {
            cx.print_queue(error);
        }
    }

    fn command(&self, cx: &Cx<'_>, unit: &[u8]) -> Option<Command> {
        if cx.plan.text.quiet { None } else { command::parse(unit) }
    }

    /// Does what the unit asks for, or sends it.
    fn act(&mut self, cx: &mut Cx<'_>, unit: Vec<u8>) -> Flow {
        if let Some(command) = self.command(cx, &unit) {
            cx.out.fact(|| Fact::Command(command));
            match command {
                Command::Quit => {
                    cx.observed.on_end(CloseReason::Command);
                    cx.say(b"DONE\n");
                    return Flow::Close(Outcome::Next);
                }
                Command::QuitServer => {
                    cx.observed.on_end(CloseReason::Command);
                    return quit_server(cx);
                }
                Command::Engine(command) => {
                    run(cx, command);
                    return Flow::More;
                }
                Command::EngineThenSend(command) => {
                    cx.command(command);
                }
                Command::StatsThenSend => {
                    let lines = stats::lines(&cx.stats());
                    cx.say(lines.as_bytes());
                }
            }
        }
        self.unsent = unit;
        Flow::More
    }

    /// Offers the rest of the unit to the engine.
    fn send(&mut self, cx: &mut Cx<'_>) -> Flow {
        match cx.write(&self.unsent) {
            Step::Done(taken) => {
                self.unsent.drain(..taken.min(self.unsent.len()));
                Flow::More
            }
            Step::WantRead { starved: true } => {
                if cx.plan.nbio {
                    cx.say(b"Write BLOCK\n");
                }
                Flow::Wait
            }
            Step::WantRead { starved: false } | Step::WantWrite => {
                cx.say(b"Write BLOCK\n");
                Flow::More
            }
            Step::Closed => done(cx),
            Step::Failed(error) => failed(cx, &error),
        }
    }

    fn receive(&mut self, cx: &mut Cx<'_>) -> Flow {
        self.buffer.clear();
        match cx.read(&mut self.buffer) {
            Step::Done(()) => {
                self.delivered = true;
                cx.out.print(Stream::Data, &self.buffer);
                Flow::More
            }
            Step::WantRead { starved: true } => self.on_starved(cx),
            Step::WantRead { starved: false } | Step::WantWrite => {
                self.delivered = true;
                cx.say(b"Read BLOCK\n");
                Flow::More
            }
            Step::Closed => done(cx),
            Step::Failed(error) => failed(cx, &error),
        }
    }

    /// A blocking socket sleeps here without a word; with `-nbio` the original tells that it read in vain.
    fn on_starved(&mut self, cx: &mut Cx<'_>) -> Flow {
        if self.hang_up {
            return Flow::Close(Outcome::Next);
        }
        if cx.plan.nbio && cx.heard && !self.delivered {
            cx.say(b"Read BLOCK\n");
        }
        self.delivered = false;
        Flow::Wait
    }
}

/// LF becomes CR LF. `-crlf`.
fn with_cr_lf(unit: &[u8]) -> Vec<u8> {
    let mut text = Vec::with_capacity(unit.len() * 2);
    for &byte in unit {
        if byte == b'\n' {
            text.push(b'\r');
        }
        text.push(byte);
    }
    text
}

/// Command `Q`, and the end of the operator's input.
fn quit_server(cx: &mut Cx<'_>) -> Flow {
    cx.say(b"DONE\n");
    text::err(cx.out, b"shutdown accept socket\n");
    Flow::Close(Outcome::Quit)
}

/// Commands `r R k K c`. What fails is told at once, and does not change how the connection ends.
fn run(cx: &mut Cx<'_>, command: EngineCommand<'_>) {
    let result = cx.command(command);
    let asks = command == EngineCommand::RequestCertificate;
    let refused = result.requested < 0 || (asks && result.requested == 0);
    if refused && asks {
        cx.say(b"Failed to initiate request\n");
    }
    if let Some(error) = &result.error {
        cx.print_queue(error);
    }
    if !refused {
        cx.say(format!("SSL_do_handshake -> {}\n", result.handshake).as_bytes());
    }
}

fn done(cx: &mut Cx<'_>) -> Flow {
    cx.say(b"DONE\n");
    Flow::Close(Outcome::Next)
}

fn failed(cx: &mut Cx<'_>, error: &EngineError) -> Flow {
    cx.say(b"ERROR\n");
    cx.print_queue(error);
    Flow::Close(Outcome::Next)
}

#[cfg(test)]
mod tests;
