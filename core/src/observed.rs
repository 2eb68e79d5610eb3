//! What passes by on a connection that only the place between wire and engine sees: the ClientHello, whether the server asked
//! for another one, how much there was, and what ended it.
use alloc::vec::Vec;

use crate::engine::{EarlyData, SessionInfo};
use crate::fact::{ByteCount, CloseReason, Fact, Hello};
use crate::registry::extension_types::EARLY_DATA;
use crate::sink::Sink;
use crate::wire::server_hello::FirstSent;
use crate::wire::{FirstMessage, dtls};

/// What was seen so far.
#[derive(Default)]
pub(crate) struct Observed {
    /// How much there was.
    pub count: ByteCount,
    /// What ends the connection, once something does; [`CloseReason::Done`] where nothing did.
    reason: Option<CloseReason>,
    hello: FirstMessage,
    told: bool,
    server_name: Option<Vec<u8>>,
    offers_early_data: bool,
    sent: FirstSent,
}

impl Observed {
    /// These bytes came.
    pub fn on_received(&mut self, bytes: &[u8], out: &mut dyn Sink) {
        self.count.received += bytes.len() as u64;
        if self.told || !out.wants_facts() {
            return;
        }
        match self.hello.take(bytes) {
            Ok(None) => return,
            // A fault is told by whoever reads it.
            Err(_) => {}
            Ok(Some(message)) => {
                if let Ok(hello) = Hello::new(message.to_vec()) {
                    self.on_hello(hello, out);
                }
            }
        }
        (self.told, self.hello) = (true, FirstMessage::default());
    }

    fn on_hello(&mut self, hello: Hello, out: &mut dyn Sink) {
        let decoded = hello.decoded();
        self.server_name = decoded.server_name().ok().flatten().flatten().map(<[u8]>::to_vec);
        self.offers_early_data = decoded.extension(EARLY_DATA).is_some();
        out.fact(|| Fact::ClientHello(hello));
    }

    /// This datagram came.
    pub fn on_datagram(&mut self, datagram: &[u8], out: &mut dyn Sink) {
        self.count.received += datagram.len() as u64;
        if self.told || !out.wants_facts() {
            return;
        }
        if let Some(hello) = dtls::client_hello(datagram).and_then(|message| Hello::new(message).ok()) {
            self.told = true;
            self.on_hello(hello, out);
        }
    }

    /// These bytes go to the peer.
    pub fn on_sent(&mut self, bytes: &[u8]) {
        self.count.sent += bytes.len() as u64;
        self.sent.take(bytes);
    }

    /// Something ends the connection; what came first is the reason.
    pub fn on_end(&mut self, reason: CloseReason) {
        self.reason.get_or_insert(reason);
    }

    /// What ended the connection.
    pub fn reason(&self) -> CloseReason {
        self.reason.unwrap_or(CloseReason::Done)
    }

    /// Adds what an engine need not know.
    pub fn complete(&self, info: &mut SessionInfo) {
        info.server_name.clone_from(&self.server_name);
        info.hello_retry_request = self.sent.is_hello_retry_request();
        if self.offers_early_data && info.early_data == EarlyData::NotSent {
            info.early_data = EarlyData::Rejected;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::Command;
    use crate::engine::{Detail, EngineError};
    use crate::fact::Closed;
    use crate::io::{DeadlineReason, Input, Now, Outcome, PeerAddress};
    use crate::options::plan::{Mode, Plan};
    use crate::scripted::{Recorder, Script, Talk, plan};
    use crate::wire::captured::TLS13;

    /// Under every mode, loud, with `-brief`, and with `-quiet`.
    fn under_all_modes(mut check: impl FnMut(Plan)) {
        let files = |heads_in_files| Mode::Files { heads_in_files, binary: false };
        let interactive = Mode::Interactive { crlf: false };
        for mode in [interactive, Mode::Echo, Mode::Rev, Mode::Status, files(false), files(true)] {
            for (brief, quiet) in [(false, false), (true, false), (false, true), (true, true)] {
                let mut plan = Plan { mode, ..plan() };
                (plan.text.brief, plan.text.quiet) = (brief, quiet);
                check(plan);
            }
        }
    }

    /// What a mode sends back for `x` before the end, and of that before the client has said close_notify.
    fn answers(plan: &Plan) -> (u64, u64) {
        match plan.mode {
            Mode::Echo => (1, 1),
            // The line `x` comes back at its end.
            Mode::Rev => (2, 0),
            _ => (0, 0),
        }
    }

    #[test]
    fn every_mode_tells_the_same_whatever_is_printed() {
        let established = SessionInfo { cipher: "Whole".into(), ..SessionInfo::default() };
        let begun =
            [Fact::Accepted(PeerAddress::Unix), Fact::Established(established.into()), Fact::Data(b"x".to_vec())];
        // The double puts `<` before all that it sends.
        let closed = |reason, data_sent, end: u64| {
            let sent = 2 + data_sent + u64::from(data_sent > 0) + end;
            let count = ByteCount { received: 3, sent, data_received: 1, data_sent };
            Fact::Closed(Closed { outcome: Outcome::Next, reason, count })
        };
        let error = EngineError { queue: alloc::vec![b"queue:bad record\n".to_vec()], ..EngineError::default() };
        let failed = Fact::Failed { error, before_established: false };
        under_all_modes(|plan| {
            let (all, early) = answers(&plan);
            let mut talk = Talk::at(PeerAddress::Unix, plan.clone());
            talk.wire("H").wire("x").wire("|");
            assert_eq!(talk.out.facts, [&begun[..], &[closed(CloseReason::Peer, all, 2)]].concat(), "{plan:?}");

            let mut talk = Talk::at(PeerAddress::Unix, plan.clone());
            talk.wire("H").wire("x!");
            let end = [failed.clone(), closed(CloseReason::Failed, early, 0)];
            assert_eq!(talk.out.facts, [&begun[..], &end].concat(), "{plan:?}");
        });
    }

    #[test]
    fn a_handshake_that_fails_is_told_by_every_mode() {
        under_all_modes(|plan| {
            let mut talk = Talk::new(plan.clone());
            talk.wire("GET /");
            let [Fact::Accepted(_), Fact::Failed { before_established: true, .. }, Fact::Closed(closed)] =
                &talk.out.facts[..]
            else {
                panic!("{plan:?}: {:?}", talk.out.facts)
            };
            assert_eq!((closed.reason, closed.count.received), (CloseReason::Failed, 5));
        });
    }

    #[test]
    fn what_the_operator_and_the_clock_do_is_told() {
        let mut talk = Talk::new(plan());
        talk.wire("H").operator("S\n").operator("q\n");
        let told: alloc::vec::Vec<_> = talk.out.facts[2..].to_vec();
        let [Fact::Command(Command::StatsThenSend), Fact::Command(Command::Quit), Fact::Closed(closed)] = told[..]
        else {
            panic!("{told:?}")
        };
        assert_eq!(closed.reason, CloseReason::Command);

        let mut talk = Talk::new(plan());
        talk.wire("H").feed(Input::OperatorEnd);
        assert!(matches!(
            talk.out.facts[2..],
            [Fact::Closed(Closed { outcome: Outcome::Quit, reason: CloseReason::OperatorEnd, .. })]
        ));

        let mut talk = Talk::new(Plan { mode: Mode::Status, ..plan() });
        talk.now = Now::from_micros(60_000_000);
        talk.feed(Input::Timeout);
        assert!(matches!(
            talk.out.facts[1..],
            [Fact::TimedOut(DeadlineReason::Handshake), Fact::Closed(Closed { reason: CloseReason::TimedOut, .. })]
        ));
    }

    #[test]
    fn the_hello_is_told_once_it_is_complete_whatever_the_pieces() {
        let script = Script { wants_more: 3, ..Script::default() };
        let mut talk = Talk::on(plan(), script);
        talk.feed(Input::Wire(&TLS13[..7]));
        assert!(matches!(talk.out.facts[..], [Fact::Accepted(_)]));
        talk.feed(Input::Wire(&TLS13[7..])).wire("x");
        let [_, Fact::ClientHello(hello)] = &talk.out.facts[..] else { panic!("{:?}", talk.out.facts) };
        assert_eq!(hello.message(), &TLS13[5..]);
    }

    #[test]
    fn nothing_is_made_for_nobody() {
        under_all_modes(|plan| {
            let mut talk = Talk::with(plan.clone(), Script::default(), Recorder { deaf: true, ..Recorder::default() });
            talk.wire("H").wire("x|");
            assert_eq!(talk.out.facts, [], "{plan:?}");
            assert!(!talk.described().contains(&Detail::Whole), "{plan:?}");
            let shows = matches!(plan.mode, Mode::Interactive { .. }) && (plan.text.brief || !plan.text.quiet);
            assert_eq!(talk.described().is_empty(), !shows && plan.mode != Mode::Rev, "{plan:?}");
        });
    }
}
