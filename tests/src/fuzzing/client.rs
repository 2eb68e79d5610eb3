//! A connection between a host that does what the bytes say and an [`Engine`] that does too.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use s_server_core::Connection;
use s_server_core::io::{FileReply, FileRequest, Input, Interest, Now, PeerAddress, Refusal, Wait, WireEnd};
use s_server_core::options::plan::{Mode, Plan, TextPlan, TlsPlan};
use s_server_core::sink::{Effect, Sink};

use super::engine::{Context, Data, Engine};
use super::source::Source;

/// No single input may have more effects than that.
const MOST: usize = 1 << 20;
/// Inputs until an abandoned connection is over.
const ENOUGH: usize = 64;

/// A connection keeps to the rules of its edges whatever comes, never waits for nothing, says nothing after its end,
/// and ends when its client has gone. The engine reads what the client said, and what `-echo` sends back is what came.
///
/// # Panics
/// When the claim does not hold.
pub fn connection(data: &[u8]) {
    let [mode, flags, rest @ ..] = data else { return };
    let source = Source::new(rest);
    let plan = plan(*mode, *flags);
    let echo = plan.mode == Mode::Echo;
    let (engine, data) = Engine::new(source.clone());
    let connection = Connection::new(Arc::new(plan), Arc::new(Context), Box::new(engine));
    let mut host = Host {
        connection,
        source,
        now: Now::from_micros(0),
        wait: Wait::For(Interest::default()),
        operator_ended: false,
        file: None,
        effects: Effects::default(),
        said: Vec::new(),
        data,
        echo,
    };
    host.feed(Input::Seated(PeerAddress::default()));
    while let (Wait::For(wants), Some(byte)) = (host.wait, host.source.byte()) {
        host.act(wants, byte);
    }
    host.abandon();
}

fn plan(mode: u8, flags: u8) -> Plan {
    let flag = |bit: u8| flags & (1 << bit) != 0;
    Plan {
        mode: match mode % 6 {
            0 => Mode::Interactive { crlf: flag(0) },
            1 => Mode::Echo,
            2 => Mode::Rev,
            3 => Mode::Status,
            n => Mode::Files { heads_in_files: n == 5, binary: flag(0) },
        },
        text: TextPlan {
            quiet: flag(1),
            brief: flag(2),
            state: flag(3),
            prefix: if flag(4) { b"# ".to_vec() } else { Vec::new() },
            ..TextPlan::default()
        },
        tls: TlsPlan { verify_quiet: flag(5), ..TlsPlan::default() },
        nbio: flag(6),
        ign_eof: flag(7),
        shown_argv: vec![b"s_server".to_vec()],
        ..Plan::default()
    }
}

struct Host {
    connection: Connection,
    source: Source,
    now: Now,
    wait: Wait,
    /// The client has gone.
    operator_ended: bool,
    /// What was asked of a file and not answered.
    file: Option<Asked>,
    effects: Effects,
    /// What the client said.
    said: Vec<u8>,
    /// What went through the engine.
    data: Arc<Mutex<Data>>,
    /// `-echo`
    echo: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Asked {
    Open,
    Read(usize),
}

#[derive(Default)]
struct Effects {
    bytes: usize,
    asked: Option<Asked>,
}

impl Sink for Effects {
    fn put(&mut self, effect: Effect<'_>) {
        match effect {
            Effect::Transmit(bytes) | Effect::Print(_, bytes) => self.bytes += bytes.len(),
            Effect::File(request) => {
                assert_eq!(self.asked, None, "one request at a time");
                self.asked = Some(asked(&request));
            }
            Effect::KeyLog(_) | Effect::Messages(_) | Effect::Session { .. } | Effect::Fact(_) => {}
        }
    }

    fn wants_facts(&self) -> bool {
        true
    }
}

/// What is asked for; no name leads out of the served folder.
fn asked(request: &FileRequest<'_>) -> Asked {
    match request {
        FileRequest::Open { name } => {
            let bad = |part: &[u8]| part == b"..";
            assert!(!name.split(|&b| b == b'/' || b == b'\\').any(bad), "{}", name.escape_ascii());
            assert!(!name.starts_with(b"/") && !name.contains(&0) && !name.contains(&b':'));
            Asked::Open
        }
        FileRequest::Read { max } => Asked::Read(*max),
    }
}

impl Host {
    fn feed(&mut self, input: Input<'_>) {
        self.effects = Effects::default();
        self.wait = self.connection.handle(self.now, input, &mut self.effects);
        assert!(self.effects.bytes < MOST, "{} bytes for one input", self.effects.bytes);
        if let Some(asked) = self.effects.asked {
            assert!(self.file.replace(asked).is_none(), "one request at a time");
        }
        match self.wait {
            Wait::For(wants) => {
                let something = wants.wire || wants.flushed || wants.operator.is_some() || wants.deadline.is_some();
                assert!(something || self.file.is_some(), "it waits for nothing");
                assert!(wants.operator != Some(0));
            }
            Wait::Closed(outcome) => {
                let mut effects = Effects::default();
                let again = self.connection.handle(self.now, Input::Timeout, &mut effects);
                assert_eq!((again, effects.bytes), (Wait::Closed(outcome), 0));
            }
        }
        let data = self.data.lock().unwrap_or_else(PoisonError::into_inner);
        assert!(self.said.starts_with(&data.wire));
        assert!(!self.echo || data.read.starts_with(&data.written));
    }

    /// One of the things that may happen now.
    fn act(&mut self, wants: Interest, byte: u8) {
        match byte % 8 {
            0 | 1 if wants.wire => {
                let mut bytes = vec![0x17];
                let more = self.source.die(16);
                bytes.extend(self.source.bytes(more.into()));
                self.said.extend_from_slice(&bytes);
                self.feed(Input::Wire(&bytes));
            }
            2 if wants.wire => self.end(byte),
            3 if wants.flushed => self.feed(Input::WireFlushed),
            4 if wants.operator.is_some() && !self.operator_ended => self.speak(wants.operator.unwrap_or(1)),
            5 if wants.operator.is_some() && !self.operator_ended && byte > 127 => {
                self.operator_ended = true;
                self.feed(Input::OperatorEnd);
            }
            6 => self.pass(wants, Duration::from_secs(byte.into())),
            7 if self.file.is_some() => self.answer(),
            7 => self.feed(Input::OthersWait(byte > 127)),
            _ => {}
        }
    }

    fn end(&mut self, byte: u8) {
        self.feed(Input::WireEnd(if byte > 127 { WireEnd::Failed(104) } else { WireEnd::Closed }));
    }

    fn speak(&mut self, most: usize) {
        let letters = b"qQrRPSkKc\nabc\r\x00\xff";
        let first = letters[usize::from(self.source.die(16))];
        let more = self.source.die(8);
        let unit = [&[first][..], &self.source.bytes(more.into())].concat();
        self.feed(Input::Operator(&unit[..unit.len().min(most)]));
    }

    fn pass(&mut self, wants: Interest, time: Duration) {
        self.now = self.now.after(time);
        if wants.deadline.is_some_and(|(at, _)| at <= self.now) {
            self.feed(Input::Timeout);
        }
    }

    fn answer(&mut self) {
        let Some(asked) = self.file.take() else { return };
        let refusals = [Refusal::NotFound, Refusal::Directory, Refusal::NotServed, Refusal::Denied, Refusal::Failed];
        match (asked, self.source.die(8)) {
            (Asked::Open, n @ 1..=5) => self.feed(Input::File(FileReply::Refused(refusals[usize::from(n) - 1]))),
            (Asked::Open, n) => self.feed(Input::File(FileReply::Opened { len: n.into() })),
            (Asked::Read(most), n @ 1..) => {
                let mut bytes = vec![b'\n'];
                bytes.extend(self.source.bytes(n.into()));
                self.feed(Input::File(FileReply::Data(&bytes[..bytes.len().min(most)])));
            }
            (Asked::Read(_), 0) => self.feed(Input::File(FileReply::End)),
        }
    }

    /// The client goes, and all that is asked for is given: then it must come to an end.
    fn abandon(&mut self) {
        for _ in 0..ENOUGH {
            let Wait::For(wants) = self.wait else { return };
            if self.file.is_some() {
                self.answer();
            } else if wants.flushed {
                self.feed(Input::WireFlushed);
            } else if wants.wire {
                self.end(0);
            } else {
                self.pass(wants, Duration::from_secs(3_600));
            }
        }
        assert!(matches!(self.wait, Wait::Closed(_)), "it never ends: {:?}", self.wait);
    }
}
