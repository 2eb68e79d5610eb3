//! One connection: handshake, mode, end. Everything that changes its state is in here and in its mode.
use alloc::boxed::Box;
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::fmt;
use core::time::Duration;

use crate::engine::{Cause, EarlyRead, EngineError, Step, TlsContext, TlsEngine};
use crate::fact::{CloseReason, Closed, Fact};
use crate::io::{DeadlineReason, Input, Interest, Now, Outcome, Wait, WireEnd};
use crate::lent::Inbox;
use crate::mode::{self, Cx, Flow, Mode};
use crate::observed::Observed;
use crate::options::plan::Plan;
use crate::render::trace::Trace;
use crate::sink::Sink;
use crate::text;

/// A first handshake ends within this time, outside the interactive mode.
pub const HANDSHAKE_TIME: Duration = Duration::from_secs(60);

/// A seated handshake in which nothing comes for this time ends, if others wait; with datagrams every session.
pub const SILENT_HANDSHAKE_TIME: Duration = Duration::from_secs(30);

/// With `-timeout` a read of a datagram waits for this time. Corresponds to `DGRAM_RCV_TIMEOUT`.
pub const RECEIVE_TIME: Duration = Duration::from_millis(250);

/// A connection between a client and the operator, or a client and the page.
pub struct Connection {
    plan: Arc<Plan>,
    context: Arc<dyn TlsContext>,
    engine: Box<dyn TlsEngine>,
    inbox: Inbox,
    mode: Box<dyn Mode>,
    phase: Phase,
    /// Early data that the mode has left for its first read.
    early: Vec<u8>,
    /// Nothing that was transmitted is left with the host, as far as we know.
    flushed: bool,
    /// When the wire last brought something, or the connection was seated.
    heard: Now,
    seated: Now,
    others_wait: bool,
    /// The peer's stream ended.
    ended: bool,
    /// A read that waited for [`RECEIVE_TIME`] was told since the wire last brought something.
    delayed: bool,
    /// What may come now; `None`: it is not seated.
    wants: Option<Interest>,
    /// The wire brought something in this call.
    hearing: bool,
    /// Something was transmitted in this call.
    sent: bool,
    renegotiated: bool,
    /// What the messages so far tell about later ones. `-trace`.
    trace: Trace,
    observed: Observed,
}

/// How far it is, not what it holds: sessions and unread bytes can be secret.
impl fmt::Debug for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { phase, flushed, wants, .. } = self;
        f.debug_struct("Connection")
            .field("mode", &self.plan.mode)
            .field("phase", phase)
            .field("flushed", flushed)
            .field("wants", wants)
            .finish_non_exhaustive()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// The wire has brought nothing: the engine has not been asked for anything.
    Silent,
    /// Early data is read, which comes before anything else.
    Early,
    Handshake,
    Running,
    Closed(Outcome),
}

impl Connection {
    /// A connection on a fresh session. The first input is [`Input::Seated`].
    pub fn new(plan: Arc<Plan>, context: Arc<dyn TlsContext>, engine: Box<dyn TlsEngine>) -> Self {
        let mode = mode::of(&plan);
        let inbox = if plan.datagrams.is_some() { Inbox::of_datagrams() } else { Inbox::default() };
        Self {
            plan,
            context,
            engine,
            inbox,
            mode,
            phase: Phase::Silent,
            early: Vec::new(),
            flushed: true,
            heard: Now::default(),
            seated: Now::default(),
            others_wait: false,
            ended: false,
            delayed: false,
            wants: None,
            hearing: false,
            sent: false,
            renegotiated: false,
            trace: Trace::default(),
            observed: Observed::default(),
        }
    }

    /// Takes one input, puts all its effects into `out`, and says what may come next. The only door: nothing else changes
    /// a connection.
    ///
    /// An input that may not come ([`Interest::takes`]) is a fault of the host, and stops a build with debug assertions. Once
    /// the connection is over it looks at nothing any more.
    pub fn handle(&mut self, now: Now, input: Input<'_>, out: &mut dyn Sink) -> Wait {
        if matches!(self.phase, Phase::Closed(_)) {
            return self.wait(now);
        }
        debug_assert!(self.takes(&input), "{input:?} may not come, where {:?} may", self.wants);
        (self.hearing, self.sent) = (false, false);
        let fresh = if let Input::Wire(bytes) | Input::Datagram(bytes) = input { bytes } else { &[] };
        match self.take(now, input, out) {
            Flow::Close(outcome) => self.close(now, fresh, outcome, out),
            Flow::More | Flow::Wait => self.drive(now, fresh, out),
        }
        self.inbox.keep(fresh);
        self.flushed &= !self.sent;
        if let Phase::Closed(outcome) = self.phase {
            self.tell_closed(outcome, out);
        }
        self.wait(now)
    }

    /// Whether that input may come now.
    pub fn takes(&self, input: &Input<'_>) -> bool {
        self.wants.map_or(matches!(input, Input::Seated(_)), |wants| wants.takes(input))
    }

    fn take(&mut self, now: Now, input: Input<'_>, out: &mut dyn Sink) -> Flow {
        match input {
            Input::Seated(peer) => {
                (self.seated, self.heard) = (now, now);
                out.fact(|| Fact::Accepted(peer));
                let (mode, mut cx) = self.split(now, &[], out);
                mode.on_seated(&mut cx);
            }
            Input::Wire(bytes) => {
                self.observed.on_received(bytes, out);
                self.on_wire(now);
            }
            Input::Datagram(bytes) => {
                self.observed.on_datagram(bytes, out);
                self.on_wire(now);
            }
            Input::WireEnd(WireEnd::Restarted) => return self.on_restarted(out),
            Input::WireEnd(end) => {
                self.inbox.end(end);
                self.ended = true;
                self.on_wire(now);
            }
            Input::WireFlushed => self.flushed = true,
            Input::File(reply) => {
                let (mode, mut cx) = self.split(now, &[], out);
                return mode.on_file(&mut cx, reply);
            }
            Input::Operator(unit) => {
                let (mode, mut cx) = self.split(now, &[], out);
                return mode.on_operator(&mut cx, unit);
            }
            Input::OperatorEnd => {
                let (mode, mut cx) = self.split(now, &[], out);
                return mode.on_operator_end(&mut cx);
            }
            Input::OthersWait(wait) => {
                self.others_wait = wait;
                return Flow::Wait;
            }
            Input::Timeout => return self.on_timeout(now, out),
        }
        Flow::More
    }

    fn on_wire(&mut self, now: Now) {
        (self.heard, self.hearing, self.delayed) = (now, true, false);
        if self.phase == Phase::Silent {
            self.phase = if self.plan.tls.early_data.read { Phase::Early } else { Phase::Handshake };
        }
    }

    /// The peer has forgotten this session: there is nobody to be told of its end.
    fn on_restarted(&mut self, out: &mut dyn Sink) -> Flow {
        self.ended = true;
        self.tell("s_server: the client began another session\n", out);
        self.observed.on_end(CloseReason::Restarted);
        Flow::Close(Outcome::Next)
    }

    fn on_timeout(&mut self, now: Now, out: &mut dyn Sink) -> Flow {
        let due = self.wants.and_then(|wants| wants.deadline).filter(|&(at, _)| at <= now);
        let Some((_, why)) = due else { return Flow::Wait };
        let line = match why {
            DeadlineReason::Handshake => "s_server: closed a connection whose handshake took longer than 60 s\n",
            DeadlineReason::SilentHandshake | DeadlineReason::SilentPeer => {
                "s_server: closed a connection that was silent for 30 s while others wait\n"
            }
            DeadlineReason::Renegotiation => {
                let (mode, mut cx) = self.split(now, &[], out);
                return mode.on_timeout(&mut cx);
            }
            DeadlineReason::Retransmission => return self.send_again(now, out),
            DeadlineReason::Receive => {
                self.delayed = true;
                let (mode, mut cx) = self.split(now, &[], out);
                mode.on_read_timeout(&mut cx);
                return Flow::Wait;
            }
        };
        self.tell(line, out);
        self.observed.on_end(CloseReason::TimedOut);
        out.fact(|| Fact::TimedOut(why));
        Flow::Close(Outcome::Next)
    }

    /// What the connection itself has to say, which the original has no words for.
    fn tell(&self, line: &str, out: &mut dyn Sink) {
        if !self.plan.text.quiet {
            text::err(out, line.as_bytes());
        }
    }

    /// What was lost is sent once more. The original tells only where its sockets do not block for ever.
    fn send_again(&mut self, now: Now, out: &mut dyn Sink) -> Flow {
        let told = self.plan.nbio || self.plan.datagrams.is_some_and(|datagrams| datagrams.timeouts);
        let in_handshake = self.phase != Phase::Running;
        let (mode, mut cx) = self.split(now, &[], out);
        let error = match cx.timeout() {
            Step::Done(()) => {
                if told {
                    text::err(cx.out, b"TIMEOUT occurred\n");
                }
                return Flow::Wait;
            }
            Step::WantRead { .. } | Step::WantWrite => return Flow::Wait,
            Step::Closed => EngineError { cause: Cause::Wire, ..EngineError::default() },
            Step::Failed(error) => error,
        };
        if in_handshake {
            return break_handshake(mode, &mut cx, &error);
        }
        cx.tell_failed(&error, false);
        cx.lose(&error)
    }

    /// Goes on until input is needed.
    fn drive(&mut self, now: Now, fresh: &[u8], out: &mut dyn Sink) {
        loop {
            let flow = match self.phase {
                Phase::Silent | Phase::Closed(_) => Flow::Wait,
                Phase::Early => self.read_early(now, fresh, out),
                Phase::Handshake => self.handshake(now, fresh, out),
                Phase::Running => {
                    let (mode, mut cx) = self.split(now, fresh, out);
                    mode.step(&mut cx)
                }
            };
            match flow {
                Flow::More => {}
                Flow::Wait => return,
                Flow::Close(outcome) => return self.close(now, fresh, outcome, out),
            }
        }
    }

    fn read_early(&mut self, now: Now, fresh: &[u8], out: &mut dyn Sink) -> Flow {
        let (mode, mut cx) = self.split(now, fresh, out);
        let mut data = Vec::new();
        let error = match cx.read_early(&mut data) {
            Step::Done(EarlyRead::Data) => {
                mode.on_early_data(&mut cx, data);
                return Flow::More;
            }
            Step::Done(EarlyRead::End(what)) => {
                mode.on_early_end(&mut cx, what);
                self.phase = Phase::Handshake;
                return Flow::More;
            }
            Step::WantRead { starved: true } => return Flow::Wait,
            Step::WantRead { starved: false } | Step::WantWrite => return Flow::More,
            Step::Closed => EngineError { cause: Cause::Wire, ..EngineError::default() },
            Step::Failed(error) => error,
        };
        cx.tell_failed(&error, true);
        Flow::Close(mode.on_early_failed(&mut cx, &error))
    }

    fn handshake(&mut self, now: Now, fresh: &[u8], out: &mut dyn Sink) -> Flow {
        let (mode, mut cx) = self.split(now, fresh, out);
        let error = match cx.accept() {
            Step::Done(()) => {
                cx.established = true;
                cx.tell_established();
                mode.on_established(&mut cx);
                self.phase = Phase::Running;
                return Flow::More;
            }
            Step::WantRead { starved } => {
                mode.on_handshake_waits(&mut cx);
                return if starved { Flow::Wait } else { Flow::More };
            }
            Step::WantWrite => {
                mode.on_handshake_waits(&mut cx);
                return Flow::More;
            }
            Step::Closed => EngineError { cause: Cause::Wire, ..EngineError::default() },
            Step::Failed(error) => error,
        };
        break_handshake(mode, &mut cx, &error)
    }

    fn close(&mut self, now: Now, fresh: &[u8], outcome: Outcome, out: &mut dyn Sink) {
        let silent = self.phase == Phase::Silent || self.observed.reason() == CloseReason::Restarted;
        let (mode, mut cx) = self.split(now, fresh, out);
        mode.on_closing(&mut cx);
        if !silent {
            cx.shutdown();
        }
        mode.on_closed(&mut cx);
        self.phase = Phase::Closed(outcome);
    }

    /// The last fact, when everything is sent.
    fn tell_closed(&self, outcome: Outcome, out: &mut dyn Sink) {
        let Observed { count, .. } = self.observed;
        out.fact(|| Fact::Closed(Closed { outcome, reason: self.observed.reason(), count }));
    }

    fn wait(&mut self, now: Now) -> Wait {
        if let Phase::Closed(outcome) = self.phase {
            return Wait::Closed(outcome);
        }
        let mut interest = match self.phase {
            Phase::Running => self.mode.interest(self.flushed),
            Phase::Handshake => self.mode.interest_in_handshake(self.flushed),
            _ => self.interest_before_handshake(),
        };
        interest.wire &= !self.ended;
        interest.deadline = self.deadline(now);
        self.wants = Some(interest);
        Wait::For(interest)
    }

    /// The original looks at nobody but the client while it reads early data.
    fn interest_before_handshake(&self) -> Interest {
        let interest = self.mode.interest_in_handshake(self.flushed);
        if self.plan.tls.early_data.read { Interest { operator: None, ..interest } } else { interest }
    }

    /// The first of the limits that hold now.
    fn deadline(&self, now: Now) -> Option<(Now, DeadlineReason)> {
        let limit = self.limit();
        let Some(datagrams) = self.plan.datagrams else { return limit };
        let again = self.engine.deadline(now).map(|at| (at, DeadlineReason::Retransmission));
        let waits = datagrams.timeouts && self.phase == Phase::Handshake && !self.delayed;
        let read = waits.then(|| (self.heard.after(RECEIVE_TIME), DeadlineReason::Receive));
        [again, read, limit].into_iter().flatten().min_by_key(|&(at, _)| at)
    }

    /// What ends the connection, or the patience of its mode.
    fn limit(&self) -> Option<(Now, DeadlineReason)> {
        if self.phase == Phase::Running {
            let silent = self.others_wait && self.plan.datagrams.is_some();
            let silent = silent.then(|| (self.heard.after(SILENT_HANDSHAKE_TIME), DeadlineReason::SilentPeer));
            let limits = [self.mode.interest(self.flushed).deadline, silent];
            return limits.into_iter().flatten().min_by_key(|&(at, _)| at);
        }
        if self.others_wait {
            return Some((self.heard.after(SILENT_HANDSHAKE_TIME), DeadlineReason::SilentHandshake));
        }
        self.mode.limits_handshake().then(|| (self.seated.after(HANDSHAKE_TIME), DeadlineReason::Handshake))
    }

    fn split<'a>(&'a mut self, now: Now, fresh: &'a [u8], out: &'a mut dyn Sink) -> (&'a mut dyn Mode, Cx<'a>) {
        let cx = Cx {
            plan: &self.plan,
            context: &self.context,
            engine: &mut *self.engine,
            early: &mut self.early,
            inbox: &mut self.inbox,
            fresh,
            sent: &mut self.sent,
            out,
            now,
            heard: self.hearing,
            flushed: self.flushed,
            established: self.phase == Phase::Running,
            renegotiated: &mut self.renegotiated,
            trace: &mut self.trace,
            observed: &mut self.observed,
        };
        (&mut *self.mode, cx)
    }
}

/// The first handshake failed.
fn break_handshake(mode: &mut dyn Mode, cx: &mut Cx<'_>, error: &EngineError) -> Flow {
    cx.tell_failed(error, true);
    Flow::Close(mode.on_handshake_failed(cx, error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{PeerAddress, WireEnd};
    use crate::options::plan::{Datagrams, Mode};
    use crate::scripted::{Context, Engine, Script, Talk, plan};

    fn status() -> Plan {
        Plan { mode: Mode::Status, ..plan() }
    }

    fn seconds(n: u64) -> Now {
        Now::from_micros(n * 1_000_000)
    }

    #[test]
    fn the_engine_is_not_asked_before_the_client_says_something() {
        let talk = Talk::new(plan());
        assert_eq!(talk.out.err(), "");
        assert_eq!(talk.interest().deadline, None);
    }

    #[test]
    fn a_connection_shows_how_far_it_is() {
        let connection = Connection::new(Arc::new(plan()), Arc::new(Context), Box::new(Engine::default()));
        assert_eq!(
            alloc::format!("{connection:?}"),
            "Connection { mode: Interactive { crlf: false }, phase: Silent, flushed: true, wants: None, .. }"
        );
    }

    #[test]
    fn a_handshake_beside_others_has_a_minute() {
        let mut talk = Talk::new(status());
        assert_eq!(talk.interest().deadline, Some((seconds(60), DeadlineReason::Handshake)));
        talk.now = seconds(60);
        talk.feed(Input::Timeout);
        assert_eq!(talk.out.err(), "s_server: closed a connection whose handshake took longer than 60 s\n");
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
    }

    #[test]
    fn there_is_no_limit_after_the_handshake() {
        let mut talk = Talk::new(status());
        talk.wire("H");
        assert_eq!(talk.interest().deadline, None);
    }

    #[test]
    fn a_seated_handshake_ends_after_half_a_minute_of_silence_if_others_wait() {
        let mut talk = Talk::new(plan());
        talk.now = seconds(5);
        talk.feed(Input::OthersWait(true));
        assert_eq!(talk.interest().deadline, Some((seconds(30), DeadlineReason::SilentHandshake)));
        talk.now = seconds(29);
        talk.feed(Input::Timeout);
        assert!(matches!(talk.wait, Wait::For(_)), "it is not yet time");
        talk.now = seconds(30);
        talk.feed(Input::Timeout);
        assert_eq!(talk.out.err(), "s_server: closed a connection that was silent for 30 s while others wait\n");
        assert!(talk.out.stdout().ends_with("CONNECTION CLOSED\n"));
    }

    #[test]
    fn the_rule_holds_for_each_input() {
        let all = [
            Input::Seated(PeerAddress::Unknown),
            Input::Wire(b"x"),
            Input::WireEnd(WireEnd::Closed),
            Input::WireFlushed,
            Input::File(crate::io::FileReply::End),
            Input::Operator(b"xx"),
            Input::OperatorEnd,
            Input::OthersWait(true),
            Input::Timeout,
        ];
        let taken =
            |wants: Interest| all.iter().map(|input| u8::from(wants.takes(input))).collect::<alloc::vec::Vec<_>>();
        let nothing = Interest::default();
        assert_eq!(taken(nothing), [0, 0, 0, 0, 0, 0, 0, 1, 0]);
        assert_eq!(taken(Interest { wire: true, ..nothing }), [0, 1, 1, 0, 0, 0, 0, 1, 0]);
        assert_eq!(taken(Interest { flushed: true, ..nothing }), [0, 0, 0, 1, 0, 0, 0, 1, 0]);
        assert_eq!(taken(Interest { file: true, ..nothing }), [0, 0, 0, 0, 1, 0, 0, 1, 0]);
        assert_eq!(taken(Interest { operator: Some(2), ..nothing }), [0, 0, 0, 0, 0, 1, 1, 1, 0]);
        assert_eq!(taken(Interest { operator: Some(1), ..nothing }), [0, 0, 0, 0, 0, 0, 1, 1, 0]);
        assert_eq!(
            taken(Interest { deadline: Some((seconds(1), DeadlineReason::Handshake)), ..nothing }),
            [0, 0, 0, 0, 0, 0, 0, 1, 1]
        );
        assert!(!Interest { wire: true, ..nothing }.takes(&Input::Wire(b"")), "it is never empty");
    }

    #[test]
    fn the_end_of_the_wire_comes_once() {
        // The handshake takes a byte at a time, and the connection outlives the end of the wire by one.
        let mut talk = Talk::on(plan(), Script { wants_more: 2, ..Script::default() });
        talk.wire("ab");
        assert!(talk.interest().wire);
        talk.feed(Input::WireEnd(WireEnd::Closed));
        assert!(!talk.interest().wire);
    }

    #[test]
    fn nothing_comes_out_of_a_closed_connection() {
        let mut talk = Talk::new(plan());
        talk.wire("H|");
        let before = talk.out.calls.len();
        talk.wire("more").feed(Input::WireEnd(WireEnd::Closed)).feed(Input::OperatorEnd).feed(Input::Timeout);
        assert_eq!(talk.out.calls.len(), before);
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
    }

    /// A plan for peers of datagrams.
    fn of_datagrams(timeouts: bool) -> Plan {
        Plan { datagrams: Some(Datagrams { timeouts, ..Datagrams::default() }), ..plan() }
    }

    fn millis(n: u64) -> Now {
        Now::from_micros(n * 1_000)
    }

    /// A handshake of which the first datagram came, with an engine that sends again at these times.
    fn waiting(plan: Plan, deadlines: &[u64], gives_up: bool) -> Talk {
        let deadlines = deadlines.iter().rev().copied().map(seconds).collect();
        let mut talk = Talk::on(plan, Script { wants_more: 1, deadlines, gives_up, ..Script::default() });
        talk.feed(Input::Datagram(b"."));
        talk
    }

    #[test]
    fn what_is_lost_is_sent_again_and_told_only_with_timeouts() {
        for (timeouts, told) in [(false, ""), (true, "TIMEOUT occurred\n")] {
            let mut talk = waiting(of_datagrams(timeouts), &[1, 3], false);
            if timeouts {
                talk.now = millis(250);
                talk.feed(Input::Timeout);
            }
            assert_eq!(talk.interest().deadline, Some((seconds(1), DeadlineReason::Retransmission)));
            talk.now = seconds(1);
            talk.feed(Input::Timeout);
            assert_eq!(talk.out.wire(), "<again");
            assert_eq!(talk.out.err().replace("accepting\n", ""), told);
            assert_eq!(talk.interest().deadline, Some((seconds(3), DeadlineReason::Retransmission)));
        }
    }

    #[test]
    fn a_client_that_never_answers_ends_the_handshake_in_the_engines_words() {
        let mut talk = waiting(of_datagrams(false), &[1], true);
        talk.now = seconds(1);
        talk.feed(Input::Timeout);
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
        assert!(talk.out.err().ends_with("ERROR\nqueue:read timeout expired\n"), "{}", talk.out.err());
        assert!(matches!(talk.out.facts[1], Fact::Failed { before_established: true, .. }));
    }

    #[test]
    fn with_timeouts_a_wait_for_a_datagram_is_told_once() {
        let mut talk = waiting(of_datagrams(true), &[], false);
        assert_eq!(talk.interest().deadline, Some((millis(250), DeadlineReason::Receive)));
        talk.now = millis(250);
        talk.feed(Input::Timeout);
        assert_eq!((talk.out.out().as_str(), talk.interest().deadline), ("DELAY\n", None));
        talk.feed(Input::Datagram(b"H"));
        assert_eq!((talk.out.wire().as_str(), talk.interest().deadline), ("<H", None));
    }

    #[test]
    fn a_silent_peer_of_datagrams_makes_room_after_its_handshake_too() {
        let mut talk = Talk::new(of_datagrams(false));
        talk.feed(Input::Datagram(b"H"));
        assert_eq!(talk.interest().deadline, None);
        talk.now = seconds(20);
        talk.feed(Input::Datagram(b"x")).feed(Input::OthersWait(true));
        assert_eq!(talk.interest().deadline, Some((seconds(50), DeadlineReason::SilentPeer)));
        talk.now = seconds(50);
        talk.feed(Input::Timeout);
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
        assert!(talk.out.err().ends_with("closed a connection that was silent for 30 s while others wait\n"));
        assert_eq!(talk.out.wire(), "<H<|", "the peer may still be there");
    }

    #[test]
    fn a_session_that_begins_anew_ends_the_old_one_without_a_word_to_the_peer() {
        let mut talk = Talk::new(of_datagrams(false));
        talk.feed(Input::Datagram(b"H")).feed(Input::WireEnd(WireEnd::Restarted));
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
        assert_eq!(talk.out.wire(), "<H");
        assert!(talk.out.err().ends_with("s_server: the client began another session\n"));
        let Some(Fact::Closed(closed)) = talk.out.facts.last() else { panic!("{:?}", talk.out.facts) };
        assert_eq!(closed.reason, CloseReason::Restarted);
    }
}
