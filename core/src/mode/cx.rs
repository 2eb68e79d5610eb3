//! The engine as a mode sees it: each call is followed at once by the texts of what happened inside it, so that they stand
//! before the core's own line for that call, where the original's callbacks print them.
use alloc::sync::Arc;
use alloc::vec::Vec;

use super::Flow;
use crate::engine::{
    CacheStats, Cause, CommandResult, Detail, EarlyRead, EngineCommand, EngineError, Event, SessionInfo, Step,
    TlsContext, TlsEngine,
};
use crate::fact::{CloseReason, Fact};
use crate::io::{Now, Outcome, Stream};
use crate::lent::{Inbox, LentWire};
use crate::observed::Observed;
use crate::options::plan::{Messages, Plan};
use crate::render::trace::Trace;
use crate::render::{dump, message, transfer, verify};
use crate::request::Request;
use crate::sink::Sink;
use crate::text;

/// What a mode works with during one call.
pub(crate) struct Cx<'a> {
    pub plan: &'a Plan,
    pub context: &'a Arc<dyn TlsContext>,
    pub engine: &'a mut dyn TlsEngine,
    /// Early data that the mode has left for its first read.
    pub early: &'a mut Vec<u8>,
    pub inbox: &'a mut Inbox,
    /// What the wire brought in this call.
    pub fresh: &'a [u8],
    /// Something was transmitted in this call.
    pub sent: &'a mut bool,
    pub out: &'a mut dyn Sink,
    pub now: Now,
    /// The wire brought something in this call.
    pub heard: bool,
    /// Nothing that was transmitted before this call is left with the host.
    pub flushed: bool,
    /// The first handshake is complete.
    pub established: bool,
    /// A handshake that is not the first was completed since somebody cleared this.
    pub renegotiated: &'a mut bool,
    /// What the messages so far tell about later ones. `-trace`.
    pub trace: &'a mut Trace,
    /// What passes by, for facts.
    pub observed: &'a mut Observed,
}

impl Cx<'_> {
    pub fn read_early(&mut self, data: &mut Vec<u8>) -> Step<EarlyRead> {
        let step = self.lend(|engine, wire| engine.read_early(wire, data));
        self.tell_data(data);
        step
    }

    pub fn accept(&mut self) -> Step<()> {
        self.lend(|engine, wire| engine.accept(wire))
    }

    pub fn read(&mut self, buffer: &mut Vec<u8>) -> Step<()> {
        if !self.early.is_empty() {
            buffer.append(self.early);
            return Step::Done(());
        }
        let before = buffer.len();
        let step = self.lend(|engine, wire| engine.read(wire, buffer));
        self.tell_end(&step);
        self.tell_data(&buffer[before..]);
        step
    }

    /// Tells data of the client.
    fn tell_data(&mut self, data: &[u8]) {
        self.observed.count.data_received += data.len() as u64;
        if !data.is_empty() {
            self.out.fact(|| Fact::Data(data.to_vec()));
        }
    }

    /// One read of an answering mode: `Ok` when it brought data, else what the mode does next.
    pub fn receive(&mut self, buffer: &mut Vec<u8>) -> Result<(), Flow> {
        buffer.clear();
        Err(match self.read(buffer) {
            Step::Done(()) => return Ok(()),
            Step::WantRead { starved: true } => Flow::Wait,
            Step::WantRead { starved: false } | Step::WantWrite => Flow::More,
            Step::Closed => Flow::Close(Outcome::Next),
            Step::Failed(error) => self.lose(&error),
        })
    }

    /// The same in a mode that reads requests, where `-nbio` tells that a read was in vain.
    pub fn receive_request(&mut self, buffer: &mut Vec<u8>) -> Result<(), Flow> {
        let received = self.receive(buffer);
        if received == Err(Flow::Wait) && self.heard {
            self.say_read_blocks();
        }
        received
    }

    /// `-nbio`: a mode that reads requests has read in vain.
    pub fn say_read_blocks(&mut self) {
        if self.plan.nbio {
            self.say(b"read R BLOCK\n");
        }
    }

    /// `-nbio`: the connection has a socket that does not block.
    pub fn tell_non_blocking(&mut self) {
        if self.plan.nbio && !self.plan.text.quiet {
            text::err(self.out, b"Turned on non blocking io\n");
        }
    }

    /// The session of an answering mode broke. That the client just went away is no news.
    pub fn lose(&mut self, error: &EngineError) -> Flow {
        if !self.plan.text.quiet && error.cause != Cause::Wire {
            self.print_queue(error);
        }
        Flow::Close(Outcome::Next)
    }

    pub fn write(&mut self, data: &[u8]) -> Step<usize> {
        let step = self.lend(|engine, wire| engine.write(wire, data));
        self.tell_end(&step);
        if let Step::Done(taken) = step {
            self.observed.count.data_sent += taken as u64;
        }
        step
    }

    /// The time for what was lost to be sent again.
    pub fn timeout(&mut self) -> Step<()> {
        self.lend(|engine, wire| engine.timeout(wire))
    }

    pub fn command(&mut self, command: EngineCommand<'_>) -> CommandResult {
        self.lend(|engine, wire| engine.command(wire, command))
    }

    pub fn info(&mut self, detail: Detail) -> SessionInfo {
        let info = self.engine.info(detail);
        self.render_events();
        info
    }

    /// Tells that the handshake is complete. What the engine decides and tells while it describes the session for nobody
    /// but an observer belongs to no text.
    pub fn tell_established(&mut self) {
        if self.out.wants_facts() {
            let mut info = self.engine.info(Detail::Whole);
            self.engine.take_events(&mut drop);
            self.observed.complete(&mut info);
            self.out.fact(|| Fact::Established(info.into()));
        }
    }

    /// Tells what a client asks for.
    pub fn tell_request(&mut self, request: &Request) {
        self.out.fact(|| request.into());
    }

    /// A session that broke or was closed by the peer ends the connection.
    fn tell_end<T>(&mut self, step: &Step<T>) {
        match step {
            Step::Closed => self.observed.on_end(CloseReason::Peer),
            Step::Failed(error) => self.tell_failed(error, false),
            Step::Done(_) | Step::WantRead { .. } | Step::WantWrite => {}
        }
    }

    /// Tells that the session broke.
    pub fn tell_failed(&mut self, error: &EngineError, before_established: bool) {
        self.observed.on_end(CloseReason::Failed);
        self.out.fact(|| Fact::Failed { error: error.clone(), before_established });
    }

    /// The session, and what happened while it was described, for [`Cx::say_around`].
    pub fn describe(&mut self, detail: Detail) -> (SessionInfo, Vec<Event>) {
        let info = self.engine.info(detail);
        let mut told = Vec::new();
        self.engine.take_events(&mut |event| told.push(event));
        (info, told)
    }

    /// Says a text in two parts, and between them what happened, if anything did.
    pub fn say_around(&mut self, told: Vec<Event>, [before, behind]: [&[u8]; 2]) {
        if told.is_empty() {
            return self.say(&[before, behind].concat());
        }
        self.say(before);
        told.into_iter().for_each(|event| render(event, self.plan, self.out, self.renegotiated, self.trace));
        self.say(behind);
    }

    /// The counters of the session's own context.
    pub fn stats(&self) -> CacheStats {
        self.engine.stats().unwrap_or_else(|| self.context.stats())
    }

    /// Whether the peer can be told does not matter any more, so there is nothing to return.
    pub fn shutdown(&mut self) {
        let _ = self.lend(|engine, wire| engine.shutdown(wire));
    }

    /// Text on standard output, unless it is muted.
    pub fn say(&mut self, text: &[u8]) {
        text::out(&self.plan.text, self.out, text);
    }

    /// The error queue on standard error.
    pub fn print_queue(&mut self, error: &EngineError) {
        for line in &error.queue {
            text::err(self.out, line);
        }
    }

    /// A call of the engine that is lent the wire.
    fn lend<T>(&mut self, call: impl FnOnce(&mut dyn TlsEngine, &mut LentWire<'_>) -> T) -> T {
        let Self { engine, inbox, fresh, sent, out, observed, .. } = self;
        let mut send = |bytes: &[u8]| {
            **sent = true;
            observed.on_sent(bytes);
            out.transmit(bytes);
        };
        let came = call(*engine, &mut inbox.lend(fresh, &mut send));
        self.render_events();
        came
    }

    fn render_events(&mut self) {
        let Self { plan, engine, out, renegotiated, trace, .. } = self;
        engine.take_events(&mut |event| render(event, plan, *out, renegotiated, trace));
    }
}

/// The texts of one thing that happened.
pub(crate) fn render(event: Event, plan: &Plan, out: &mut dyn Sink, renegotiated: &mut bool, trace: &mut Trace) {
    match event {
        Event::State(line) => out.print(Stream::Err, alloc::format!("{line}\n").as_bytes()),
        Event::Handshake { renegotiation } => {
            *renegotiated |= renegotiation;
            if renegotiation {
                out.fact(|| Fact::Renegotiated);
            }
        }
        Event::Verify(step) => {
            text::err(out, &verify::lines(&step, plan.tls.verify_quiet));
            out.fact(|| Fact::Verify(step.into()));
        }
        Event::Alert(alert) => out.fact(|| Fact::Alert(alert)),
        Event::Extension { extension_type, data } => {
            let lines = dump::extension(extension_type, &data, plan.text.reference);
            text::out(&plan.text, out, lines.as_bytes());
        }
        Event::Message(message) => {
            let lines = match plan.text.messages {
                Some(Messages::Decoded) => trace.lines(&message, plan.text.reference),
                Some(Messages::Hex) | None => message::lines(&message, plan.text.reference).into_bytes(),
            };
            text::messages(&plan.text, out, &lines);
        }
        Event::Transfer(transfer) => text::out(&plan.text, out, transfer::lines(&transfer).as_bytes()),
        // With `-nbio` the wait for the client says so.
        Event::CookieSent if plan.nbio => {}
        Event::CookieSent => text::out(&plan.text, out, b"DELAY\n"),
        Event::KeyLog(line) => out.key_log(line.as_bytes()),
        Event::Session { id, state } => out.session(&id, &state),
        Event::Text(Stream::Out, line) => text::out(&plan.text, out, &line),
        Event::Text(stream, line) => out.print(stream, &line),
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;
    use alloc::vec;

    use super::*;
    use crate::engine::{Message, Transfer};
    use crate::scripted::{Script, Talk, plan};

    /// What a handshake with a message and a read in it leaves on standard output, up to the report, and in the file of
    /// messages.
    fn told(change: impl FnOnce(&mut Plan)) -> (String, String) {
        let message = Message { version: 0x0303, content_type: 20, data: vec![1], ..Message::default() };
        let transfer = Transfer { sent: false, wanted: 5, passed: Err(0) };
        let events = vec![Event::Message(message), Event::Transfer(transfer)];
        let mut plan = plan();
        plan.text.messages = Some(Messages::Hex);
        change(&mut plan);
        let mut talk = Talk::on(plan, Script { events, ..Script::default() });
        talk.wire("H");
        let out = talk.out.out();
        (out.split("CIPHER").next().unwrap_or_default().into(), talk.out.messages)
    }

    const MESSAGE: &str = "<<< TLS 1.2, ChangeCipherSpec [length 0001]\n    01\n";
    const TRANSFER: &str = "read from 0x1 [0x2] (5 bytes => 0)\n";

    #[test]
    fn messages_and_transfers_keep_their_order_on_standard_output() {
        assert_eq!(told(|plan| plan.text.debug = true), ([MESSAGE, TRANSFER].concat(), String::new()));
    }

    #[test]
    fn what_is_muted_is_not_the_messages() {
        assert_eq!(told(|plan| plan.text.quiet = true).0, MESSAGE);
        let prefixed = told(|plan| (plan.text.quiet, plan.text.prefix) = (true, b"> ".to_vec())).0;
        assert_eq!(prefixed, MESSAGE.replace("<<<", "> <<<").replace("    01", ">     01"));
    }

    #[test]
    fn messages_go_to_their_file_as_they_are_and_nothing_else_does() {
        let (out, file) = told(|plan| {
            (plan.text.debug, plan.text.prefix) = (true, b"> ".to_vec());
            plan.text.message_file = Some(b"m".to_vec());
        });
        assert_eq!((out, &*file), (["> ", TRANSFER, "> "].concat(), MESSAGE));
    }
}
