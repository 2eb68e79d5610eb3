//! A recording as text for people: one line a frame.
//!
//! ```text
//!    1.204771  1  > oper          2  "K\n"
//!    1.204771  1    engine        command K
//!    1.204771  1    engine        = command 1 1
//!    1.204771  1  < out          24  "SSL_do_handshake -> 1\n"
//! ```
//!
//! Time in seconds, connection (none is the server itself), direction and kind, length where the content is bytes, and
//! the content. Control bytes and what is not ASCII are escaped, so that a line is always one line.
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::exchange::{Call, Reply, whole};
use super::field::Malformed;
use super::frame::{Broken, Frame, Frames, Kind, Side};
use super::input::In;
use super::output::Out;

use crate::endpoint::Path;
use crate::engine::*;
use crate::fact::{Alert, ByteCount, CloseReason, Closed, Fact};
use crate::io::{DeadlineReason, FileReply, FileRequest, Input, Interest, Outcome, PeerAddress, Stream, WireEnd};
use crate::render::brief;
use crate::server::Listening;

/// Bytes of the wire that are shown, and of contents of files.
const SHOWN: usize = 16;

/// All frames of a recording, up to the first that is none.
pub fn text(recording: &[u8]) -> (String, Result<(), Broken>) {
    let mut text = String::new();
    for frame in Frames::new(recording) {
        match frame {
            Ok((_, frame)) => text += &(line(&frame) + "\n"),
            Err(broken) => return (text, Err(broken)),
        }
    }
    (text, Ok(()))
}

/// One frame, without a line end.
pub fn line(frame: &Frame<'_>) -> String {
    let micros = frame.at.as_micros();
    let time = format!("{:4}.{:06}", micros / 1_000_000, micros % 1_000_000);
    let conn = if frame.conn == 0 { String::new() } else { frame.conn.to_string() };
    let (arrow, word) = match frame.kind.side() {
        Side::In => ('>', frame.kind.word()),
        Side::Out => ('<', frame.kind.word()),
        Side::Log => (' ', "engine"),
    };
    let content = content(frame).unwrap_or_else(|Malformed { at, wanted }| {
        format!("malformed: byte {at} should be {wanted}: {}", hex(frame.payload))
    });
    let line = format!("{time} {conn:>3}  {arrow} {word:11} {content}");
    line.trim_end().to_string()
}

fn content(frame: &Frame<'_>) -> Result<String, Malformed> {
    Ok(match frame.kind.side() {
        Side::In => In::read(frame)?.map(input),
        Side::Out => Out::read(frame)?.map(output).transpose()?,
        Side::Log => Some(match frame.kind {
            Kind::Call => call(whole(frame.payload)?),
            Kind::Event => event(&whole(frame.payload)?),
            _ => format!("= {}", reply(&whole(frame.payload)?)),
        }),
    }
    .unwrap_or_default())
}

fn input(input: In<'_>) -> String {
    match input {
        In::Format { version, engine } => format!("version {version}, {}", escaped(engine)),
        In::Args(args) => {
            let words: Vec<_> = args.argv.iter().map(|word| escaped(word)).collect();
            let mut text = format!("{} (texts of {}", words.join(" "), args.build.reference.name());
            if !args.prefix.is_empty() {
                text += &format!(", prefix {}", quoted(&args.prefix));
            }
            text + ")"
        }
        // Not the seeds: keys are made from them.
        In::Seed(seed) => format!("wall clock {}", seed.wall),
        In::Need { role, content: Ok(content) } => format!("{role:?} {} bytes", content.len()),
        In::Need { role, content: Err(why) } => format!("{role:?} {}", quoted(why.as_bytes())),
        In::Load | In::End | In::Log | In::WantFacts => String::new(),
        In::Listening(Listening::Tcp { at, port_chosen } | Listening::Udp { at, port_chosen }) => {
            format!("{at}{}", if port_chosen { ", port chosen" } else { "" })
        }
        In::Listening(Listening::Unix(path)) => escaped(path),
        In::Accept(Start { seed, path: None }) => format!("seed {seed:016x}"),
        In::Accept(Start { seed, path: Some(path) }) => format!("seed {seed:016x}, {}", self::path(&path)),
        In::Input(input) => connection_input(&input),
        In::Finished(outcome) => self::outcome(outcome).into(),
        In::Said(stream, text) => format!("{} {}", self::stream(stream), quoted(text)),
        In::Over(status) => format!("exit status {status}"),
        In::Counted(stats) => counters(&stats),
        In::Known { id, state } => session(id, state),
        In::Count => String::new(),
    }
}

fn connection_input(input: &Input<'_>) -> String {
    match input {
        Input::Wire(bytes) | Input::Datagram(bytes) => run(bytes),
        Input::WireEnd(WireEnd::Restarted) => "another session begins".into(),
        Input::WireEnd(WireEnd::Closed) => "closed".into(),
        Input::WireEnd(WireEnd::Failed(number)) => format!("failed, error {number}"),
        Input::Operator(unit) => unit_text(unit),
        Input::File(FileReply::Opened { len }) => format!("opened, {len} bytes"),
        Input::File(FileReply::Refused(why)) => format!("refused: {why:?}"),
        Input::File(FileReply::Data(bytes)) => run(bytes),
        Input::File(FileReply::End) => "end".into(),
        Input::OthersWait(wait) => yes(*wait).into(),
        Input::Seated(peer) => peer_address(peer),
        Input::WireFlushed | Input::OperatorEnd | Input::Timeout => String::new(),
    }
}

fn output(out: Out<'_>) -> Result<String, Malformed> {
    Ok(match out {
        Out::Transmit(bytes) => run(bytes),
        Out::File(FileRequest::Open { name }) => format!("open {}", quoted(name)),
        Out::File(FileRequest::Read { max }) => format!("read {max}"),
        Out::Wait(interest) => self::interest(&interest),
        Out::Closed(outcome) => self::outcome(outcome).into(),
        Out::Refused => String::new(),
        Out::Exit(status) => format!("status {status}"),
        Out::Accepting(may_accept) => if may_accept { "open" } else { "shut" }.into(),
        // Secrets.
        Out::KeyLog(line) => format!("{} bytes", line.len()),
        Out::Session { id, state } => session(id, state),
        Out::Print(_, text) | Out::Messages(text) => unit_text(text),
        Out::Fact(fact) => self::fact(&fact),
        Out::Counters(stats) => counters(&stats),
        Out::Fault(why) => quoted(why),
    })
}

fn counters(stats: &CacheStats) -> String {
    let CacheStats { accepts, accepts_finished, hits, items, .. } = stats;
    format!("{accepts} accepts, {accepts_finished} finished, {hits} hits, {items} items")
}

fn fact(fact: &Fact) -> String {
    match fact {
        Fact::Accepted(peer) => format!("accepted, {}", peer_address(peer)),
        Fact::ClientHello(hello) => format!("ClientHello, {} bytes", hello.message().len()),
        Fact::Alert(alert) => self::alert(alert),
        Fact::Established(info) => format!("established {}", brief(info)),
        Fact::Renegotiated => "renegotiated".into(),
        Fact::Data(data) => format!("data {}", unit_text(data)),
        Fact::Command(command) => format!("command {}", command.letter().escape_ascii()),
        Fact::Verify(step) => format!("verify {}", verify(step)),
        Fact::Request { method, target } => format!("request {} {}", escaped(method), quoted(target)),
        Fact::Failed { error, before_established: true } => format!("handshake failed, {}", self::error(error)),
        Fact::Failed { error, before_established: false } => format!("failed, {}", self::error(error)),
        Fact::TimedOut(why) => format!("timed out: {}", self::why(*why)),
        Fact::Closed(closed) => self::closed(closed),
    }
}

fn peer_address(peer: &PeerAddress) -> String {
    match peer {
        PeerAddress::Unknown => "address unknown".into(),
        PeerAddress::Ip(at) => at.to_string(),
        PeerAddress::Unix => "a socket of this machine".into(),
    }
}

fn path(Path { peer, local }: &Path) -> String {
    match local {
        Some(local) => format!("{peer} to {local}"),
        None => peer.to_string(),
    }
}

fn alert(Alert { sent, level, description }: &Alert) -> String {
    format!("alert {}, level {level}, description {description}", if *sent { "sent" } else { "received" })
}

fn closed(Closed { outcome, reason, count }: &Closed) -> String {
    let why = match reason {
        CloseReason::Done => "all is done",
        CloseReason::Peer => "by the peer",
        CloseReason::Command => "by a command",
        CloseReason::OperatorEnd => "by the end of input",
        CloseReason::Failed => "by a failure",
        CloseReason::TimedOut => "by a limit",
        CloseReason::Restarted => "by another session",
    };
    let ByteCount { received, sent, data_received, data_sent } = count;
    let outcome = self::outcome(*outcome);
    format!("closed {why}, {outcome}, {received} bytes received ({data_received} of data), {sent} sent ({data_sent})")
}

fn call(call: Call<'_>) -> String {
    match call {
        Call::Context => "context".into(),
        Call::Session(_) => "session".into(),
        Call::Stats => "stats".into(),
        Call::Accept => "accept".into(),
        Call::Read => "read".into(),
        Call::Write(data) => format!("write {}", unit_text(data)),
        Call::Command(command) => format!("command {}", engine_command(command)),
        Call::Shutdown => "shutdown".into(),
        Call::SessionStats => "stats of its context".into(),
        Call::Info(detail) => format!("info {detail:?}"),
        Call::Deadline(_) => "deadline".into(),
        Call::Timeout => "timeout".into(),
        Call::ReadEarly => "read early".into(),
    }
}

fn engine_command(command: EngineCommand<'_>) -> String {
    match command {
        EngineCommand::Renegotiate { request_certificate: false } => "renegotiate".into(),
        EngineCommand::Renegotiate { request_certificate: true } => "renegotiate, request certificate".into(),
        EngineCommand::KeyUpdate { request_peer: false } => "key update".into(),
        EngineCommand::KeyUpdate { request_peer: true } => "key update, request the peer's".into(),
        EngineCommand::RequestCertificate => "request certificate".into(),
        EngineCommand::ClearText(text) => format!("clear text {}", quoted(text)),
    }
}

fn reply(reply: &Reply) -> String {
    match reply {
        Reply::Context(Ok(())) | Reply::Session(Ok(())) => "made".into(),
        Reply::Context(Err(text)) => format!("failed {}", quoted(text)),
        Reply::Session(Err(error)) => self::error(error),
        Reply::Stats(stats) | Reply::SessionStats(stats) => format!(
            "{} items, {} accepts, {} renegotiated, {} finished, {} hits, {} misses, {} timeouts, {} external, {} full, \
             size {}",
            stats.items,
            stats.accepts,
            stats.accept_renegotiates,
            stats.accepts_finished,
            stats.hits,
            stats.misses,
            stats.timeouts,
            stats.callback_hits,
            stats.full,
            stats.size
        ),
        Reply::Accept(end) | Reply::Shutdown(end) | Reply::Timeout(end) => step(end, |()| "done".into()),
        Reply::Read(end, data) => step(end, |()| unit_text(data)),
        Reply::ReadEarly(end, data) => step(end, |came| match came {
            EarlyRead::Data => unit_text(data),
            EarlyRead::End(what) => format!("over, {what:?}"),
        }),
        Reply::Write(end) => step(end, |taken| format!("{taken} taken")),
        Reply::Command(result) => {
            let mut text = format!("requested {}, handshake {}", result.requested, result.handshake);
            if let Some(error) = &result.error {
                text += &format!(", {}", self::error(error));
            }
            text
        }
        Reply::Info(info) => brief(info),
        Reply::Wire(bytes) => format!("to send {}", run(bytes)),
        Reply::Deadline(at) => format!("at {}", at.as_micros()),
    }
}

fn step<T>(step: &Step<T>, done: impl FnOnce(&T) -> String) -> String {
    match step {
        Step::Done(value) => done(value),
        Step::WantRead { starved: true } => "want read, starved".into(),
        Step::WantRead { starved: false } => "want read".into(),
        Step::WantWrite => "want write".into(),
        Step::Closed => "closed by the peer".into(),
        Step::Failed(error) => self::error(error),
    }
}

fn error(error: &EngineError) -> String {
    let queue: Vec<_> = error.queue.iter().map(|line| quoted(line)).collect();
    let mut text = format!("error of {:?} [{}]", error.cause, queue.join(", "));
    if let Some(verify) = &error.verify {
        text += &format!(", verification: {}", escaped(verify.as_bytes()));
    }
    text
}

/// What is kept of a session is a secret.
fn session(id: &[u8], state: &[u8]) -> String {
    format!("{}, {} bytes", run(id), state.len())
}

fn event(event: &Event) -> String {
    match event {
        Event::State(line) => format!("event state {}", quoted(line.as_bytes())),
        Event::Handshake { renegotiation: false } => "event handshake".into(),
        Event::Handshake { renegotiation: true } => "event renegotiation".into(),
        Event::Verify(step) => format!("event verify {}", verify(step)),
        Event::Alert(alert) => format!("event {}", self::alert(alert)),
        Event::Extension { extension_type, data } => format!("event extension {extension_type} {}", run(data)),
        Event::Message(Message { sent, version, content_type, data, objects }) => {
            let way = if *sent { "sent" } else { "received" };
            let decoded = match objects.len() {
                0 => String::new(),
                count => format!(", {count} decoded by the library"),
            };
            let kind = format!("version {version:#06x}, content type {content_type}{decoded}");
            format!("event message {way}, {kind} {}", run(data))
        }
        Event::CookieSent => "cookie sent".into(),
        Event::Transfer(Transfer { sent, wanted, passed }) => {
            let what = if *sent { "write" } else { "read" };
            match passed {
                Ok(bytes) => format!("event {what}, {} of {wanted} bytes {}", bytes.len(), hex(bytes)),
                Err(result) => format!("event {what}, {result} for {wanted} bytes"),
            }
        }
        Event::KeyLog(line) => format!("event key log, {} bytes", line.len()),
        Event::Session { id, state } => format!("event session {}", session(id, state)),
        Event::Text(stream, text) => format!("event text, {} {}", self::stream(*stream), unit_text(text)),
    }
}

fn verify(step: &VerifyStep) -> String {
    let subject = step.subject.as_deref().unwrap_or(b"no certificate");
    let mut text = format!("depth {}, {}", step.depth, quoted(subject));
    match step.ok {
        true => text += ", ok",
        false => text += &format!(", error {} {}", step.error, escaped(step.error_text.as_bytes())),
    }
    if !step.accepted {
        text += ", refused";
    }
    text
}

/// The main facts of a session; the texts beside it tell the rest.
fn brief(info: &SessionInfo) -> String {
    let mut text = format!("{} {}", escaped(info.protocol.as_bytes()), escaped(info.cipher.as_bytes()));
    if let Some(exchange) = &info.key_exchange {
        text += &format!(", {}", escaped(brief::key_exchange(exchange).as_bytes()));
    }
    if let Some(peer) = &info.peer_certificate {
        text += &format!(", client {}", quoted(&peer.subject));
    }
    if info.reused {
        text += ", reused";
    }
    text
}

fn interest(interest: &Interest) -> String {
    let operator = interest.operator.map(|max| format!("operator {max}"));
    let deadline = interest.deadline.map(|(at, why)| {
        format!("until {}.{:06} {}", at.as_micros() / 1_000_000, at.as_micros() % 1_000_000, self::why(why))
    });
    let wanted = [
        interest.wire.then(|| "wire".to_string()),
        interest.flushed.then(|| "flushed".to_string()),
        interest.file.then(|| "file".to_string()),
        operator,
        deadline,
    ];
    let wanted: Vec<_> = wanted.into_iter().flatten().collect();
    wanted.join(", ")
}

fn why(why: DeadlineReason) -> &'static str {
    match why {
        DeadlineReason::Handshake => "the handshake",
        DeadlineReason::SilentHandshake => "the silent handshake",
        DeadlineReason::Renegotiation => "the renegotiation",
        DeadlineReason::Retransmission => "the retransmission",
        DeadlineReason::Receive => "the wait for a datagram",
        DeadlineReason::SilentPeer => "the silent peer",
    }
}

fn outcome(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Next => "next client",
        Outcome::Quit => "quit",
        Outcome::Misconfigured => "misconfigured",
    }
}

fn stream(stream: Stream) -> &'static str {
    match stream {
        Stream::Out => "out",
        Stream::Data => "data",
        Stream::Err => "err",
    }
}

fn yes(yes: bool) -> &'static str {
    if yes { "yes" } else { "no" }
}

/// Bytes with their number before them, as text.
fn unit_text(bytes: &[u8]) -> String {
    format!("{:5}  {}", bytes.len(), quoted(bytes))
}

/// Bytes with their number before them, the first of them in hex.
fn run(bytes: &[u8]) -> String {
    format!("{:5}  {}", bytes.len(), hex(bytes))
}

fn hex(bytes: &[u8]) -> String {
    let mut shown: Vec<_> = bytes.iter().take(SHOWN).map(|byte| format!("{byte:02x}")).collect();
    if bytes.len() > SHOWN {
        shown.push("..".into());
    }
    shown.join(" ")
}

fn quoted(bytes: &[u8]) -> String {
    format!("\"{}\"", bytes.escape_ascii())
}

fn escaped(bytes: &[u8]) -> String {
    bytes.escape_ascii().to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::Now;
    use crate::options::needs::{Role, Slot};
    use crate::record::{Args, Seed};

    fn at(conn: u32, kind: Kind, payload: &[u8]) -> String {
        line(&Frame { kind, conn, at: Now::from_micros(1_204_771), payload })
    }

    fn given(conn: u32, input: In<'_>) -> String {
        let mut bytes = Vec::new();
        input.put(conn, Now::from_micros(312), &mut bytes);
        text(&bytes).0
    }

    #[test]
    fn a_frame_is_a_line() {
        assert_eq!(at(1, Kind::Operator, b"K\n"), "   1.204771   1  > oper            2  \"K\\n\"");
        let wire: Vec<u8> = (0..20).collect();
        let expected = "   1.204771  12  < wire           20  00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f ..";
        assert_eq!(at(12, Kind::Transmit, &wire), expected);
        assert_eq!(at(1, Kind::Flushed, b""), "   1.204771   1  > flushed");
        assert_eq!(at(1, Kind::Call, &[3]), "   1.204771   1    engine      accept");
        assert_eq!(at(1, Kind::Result, &[3, 1, 1]), "   1.204771   1    engine      = want read, starved");
        assert_eq!(at(1, Kind::Event, &[1, 1]), "   1.204771   1    engine      event renegotiation");
    }

    #[test]
    fn control_bytes_and_foreign_letters_cannot_disturb_a_terminal() {
        let line = at(1, Kind::PrintErr, "\x1b[2J\r\n\u{fc}\"\\".as_bytes());
        assert!(line.ends_with(r#""\x1b[2J\r\n\xc3\xbc\"\\""#), "{line}");
    }

    #[test]
    fn what_is_malformed_is_shown_as_it_is() {
        let expected = "   1.204771   1  > wire end    malformed: byte 0 should be a known tag: 07 08";
        assert_eq!(at(1, Kind::WireEnd, &[7, 8]), expected);
    }

    #[test]
    fn the_command_line_is_shown_and_seeds_are_not() {
        let argv = ["s_server", "-www", "a\nb"].map(|word| word.as_bytes().to_vec()).to_vec();
        let args = given(0, In::Args(Args::new(argv, Default::default(), b"> ".to_vec())));
        assert_eq!(args, "   0.000312      > args        s_server -www a\\nb (texts of 3.0, prefix \"> \")\n");
        let seed = given(0, In::Seed(Seed { shared: [0x41; 32], own: [0x42; 32], wall: 1_700_000_000 }));
        assert_eq!(seed, "   0.000312      > seed        wall clock 1700000000\n");
        let key = given(0, In::Need { role: Role::Key(Slot::First), content: Ok(b"-----BEGIN PRIVATE KEY-----") });
        assert_eq!(key, "   0.000312      > need        Key(First) 27 bytes\n");
    }

    #[test]
    fn lines_end_where_the_frames_do() {
        let mut bytes = Vec::new();
        In::End.put(0, Now::default(), &mut bytes);
        bytes.push(0x04);
        let (text, end) = text(&bytes);
        assert_eq!(text, "   0.000000      > end\n");
        assert_eq!(end.unwrap_err().offset, 16);
    }
}
