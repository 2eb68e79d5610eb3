//! Bytes on their way to the engine.
use alloc::vec::Vec;

use super::{Cx, Flow};
use crate::engine::Step;
use crate::io::Outcome;

/// The most that a record holds, RFC 8446 section 5.1.
const RECORD: usize = 16_384;

/// What an answering mode still has to send.
#[derive(Default)]
pub(crate) struct Unsent(Vec<u8>);

impl Unsent {
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub fn extend(&mut self, bytes: impl IntoIterator<Item = u8>) {
        self.0.extend(bytes);
    }

    pub fn extend_from_slice(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    /// Offers the rest to the engine. [`Flow::More`] when it took some of it.
    pub fn send(&mut self, cx: &mut Cx<'_>) -> Flow {
        let bytes = core::mem::take(&mut self.0);
        let (taken, flow) = offer(cx, &bytes);
        self.0 = bytes;
        self.0.drain(..taken);
        flow
    }

    /// Sends these bytes behind the rest, and keeps what the engine does not take. They are copied only as far as they
    /// leave in one record with what stands before them.
    pub fn send_with(&mut self, cx: &mut Cx<'_>, mut bytes: &[u8]) -> Flow {
        if !self.is_empty() {
            let joined = bytes.len().min(RECORD.saturating_sub(self.0.len()));
            self.extend_from_slice(&bytes[..joined]);
            bytes = &bytes[joined..];
        }
        while !self.is_empty() || !bytes.is_empty() {
            let flow = if self.is_empty() {
                let (taken, flow) = offer(cx, bytes);
                bytes = &bytes[taken..];
                flow
            } else {
                self.send(cx)
            };
            if flow != Flow::More {
                self.extend_from_slice(bytes);
                return flow;
            }
        }
        Flow::More
    }
}

/// How much of it the engine takes, and what comes next.
fn offer(cx: &mut Cx<'_>, bytes: &[u8]) -> (usize, Flow) {
    match cx.write(bytes) {
        Step::Done(taken) => (taken.min(bytes.len()), Flow::More),
        Step::WantRead { starved: true } => (0, Flow::Wait),
        Step::WantRead { starved: false } | Step::WantWrite => (0, Flow::More),
        Step::Closed => (0, Flow::Close(Outcome::Next)),
        Step::Failed(error) => (0, cx.lose(&error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{FileReply, Input};
    use crate::mode::files::PIECE;
    use crate::options::plan::{Mode, Plan};
    use crate::scripted::{Script, Talk, plan};
    use alloc::format;
    use alloc::string::String;

    /// A client that has asked for a file of this length, which is open.
    fn asked(script: Script, len: u64) -> Talk {
        let mode = Mode::Files { heads_in_files: false, binary: false };
        let mut talk = Talk::on(Plan { mode, ..plan() }, script);
        talk.wire("H").wire("GET /a.txt HTTP/1.0\r\n\r\n").feed(Input::File(FileReply::Opened { len }));
        talk
    }

    #[test]
    fn a_piece_goes_to_the_engine_where_the_host_has_it() {
        let piece = alloc::vec![b'x'; PIECE];
        let len = 2 * PIECE as u64;
        let mut talk = asked(Script::default(), len);
        let head = format!("HTTP/1.0 200 ok\r\nContent-type: text/plain\r\nContent-Length: {len}\r\n\r\n");
        let said = talk.places().len();
        talk.feed(Input::File(FileReply::Data(&piece)));
        let wire = talk.out.wire();
        let records: Vec<&str> = wire.split('<').skip(2).collect();
        let with_head = RECORD - head.len();
        assert_eq!(records[0], head + &"x".repeat(with_head), "the head leaves in one record with what follows it");
        assert_eq!(records[1].len(), PIECE - with_head);
        assert_eq!(talk.places()[said + 1..], [piece[with_head..].as_ptr().addr()]);
        talk.feed(Input::File(FileReply::Data(&piece)));
        assert_eq!(talk.places()[said + 2], piece.as_ptr().addr());
    }

    #[test]
    fn what_the_engine_does_not_take_of_a_piece_is_sent_later_in_order() {
        for (write_limit, refuses_writes) in [(0, 1), (1000, 0), (1000, 3), (16_000, 2)] {
            let script = Script { write_limit, refuses_writes, ..Script::default() };
            let mut talk = asked(script, PIECE as u64);
            let file: String = (0..PIECE).map(|n| char::from(b'a' + (n % 23) as u8)).collect();
            talk.feed(Input::File(FileReply::Data(file.as_bytes())));
            for _ in 0..refuses_writes {
                talk.wire("K");
            }
            let answer = talk.out.wire().replace('<', "");
            assert!(answer.ends_with(&format!("\r\n\r\n{file}|")), "{write_limit} {refuses_writes}");
        }
    }
}
