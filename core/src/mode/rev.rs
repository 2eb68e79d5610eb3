//! `-rev`: every line comes back reversed. Corresponds to `rev_body` in `apps/s_server.c`.
use alloc::vec::Vec;

use super::unsent::Unsent;
use super::{Cx, Flow, Mode};
use crate::engine::{Cause, Detail, EngineError, Step};
use crate::io::{Interest, Outcome};
use crate::render::brief;
use crate::text;

/// A longer line is answered in pieces of this size, each with a line end of its own.
pub const LINE_LIMIT: usize = 16_384;

#[derive(Default)]
pub(crate) struct Rev {
    /// The part of a line that came so far.
    line: Vec<u8>,
    /// Answers that the engine has not taken yet.
    unsent: Unsent,
    /// The client is done, or said `CLOSE`.
    closing: bool,
    buffer: Vec<u8>,
}

impl Mode for Rev {
    /// While an answer waits in the host's buffers nothing is read: a client that does not read is not listened to.
    fn interest(&self, flushed: bool) -> Interest {
        Interest { wire: flushed, flushed: !flushed, ..Interest::default() }
    }

    fn on_established(&mut self, cx: &mut Cx<'_>) {
        let info = cx.info(Detail::Brief);
        let summary = brief::summary(&info, cx.plan.text.reference);
        text::err(cx.out, &[b"CONNECTION ESTABLISHED\n", &summary[..]].concat());
    }

    fn on_handshake_failed(&mut self, cx: &mut Cx<'_>, error: &EngineError) -> Outcome {
        text::err(cx.out, b"CONNECTION FAILURE\n");
        cx.print_queue(error);
        Outcome::Next
    }

    fn on_closed(&mut self, cx: &mut Cx<'_>) {
        if cx.established {
            text::err(cx.out, b"CONNECTION CLOSED\n");
        }
    }

    fn step(&mut self, cx: &mut Cx<'_>) -> Flow {
        if !self.unsent.is_empty() {
            return self.unsent.send(cx);
        }
        if self.closing {
            return Flow::Close(Outcome::Next);
        }
        self.buffer.clear();
        match cx.read(&mut self.buffer) {
            Step::Done(()) => {
                let bytes = core::mem::take(&mut self.buffer);
                self.take(&bytes, cx.plan.ign_eof);
                self.buffer = bytes;
                Flow::More
            }
            Step::WantRead { starved: true } => Flow::Wait,
            Step::WantRead { starved: false } | Step::WantWrite => Flow::More,
            Step::Closed => {
                self.end_of_line(cx.plan.ign_eof);
                self.closing = true;
                Flow::More
            }
            Step::Failed(error) => {
                if error.cause != Cause::Wire {
                    cx.print_queue(&error);
                }
                Flow::Close(Outcome::Next)
            }
        }
    }
}

impl Rev {
    fn take(&mut self, bytes: &[u8], close_is_data: bool) {
        for &byte in bytes {
            if self.closing {
                return;
            }
            self.line.push(byte);
            if byte == b'\n' || self.line.len() == LINE_LIMIT {
                self.end_of_line(close_is_data);
            }
        }
    }

    fn end_of_line(&mut self, close_is_data: bool) {
        if self.line.is_empty() {
            return;
        }
        while matches!(self.line.last(), Some(b'\r' | b'\n')) {
            self.line.pop();
        }
        if self.line == b"CLOSE" && !close_is_data {
            self.closing = true;
        } else {
            self.unsent.extend(self.line.iter().rev().copied().chain([b'\n']));
        }
        self.line.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::io::{Input, Wait, WireEnd};
    use crate::options::plan::{Mode, Plan};
    use crate::scripted::{Talk, plan};
    use alloc::string::String;

    fn rev() -> Plan {
        Plan { mode: Mode::Rev, ..plan() }
    }

    #[test]
    fn lines_come_back_reversed() {
        let mut talk = Talk::new(rev());
        talk.wire("H").wire("hello world\ntwo\r\n\na").wire("b\n").wire("|");
        assert_eq!(talk.out.wire(), "<H<dlrow olleh\nowt\n\n<ba\n<|");
        assert!(talk.out.err().contains("\nCONNECTION ESTABLISHED\nProtocol version: "));
        assert!(talk.out.err().ends_with("\nCONNECTION CLOSED\n"));
        assert_eq!(talk.out.stdout(), "");
    }

    #[test]
    fn a_failed_handshake_is_told() {
        let mut talk = Talk::new(rev());
        talk.wire("GET /");
        assert_eq!(talk.out.err(), "accepting\nCONNECTION FAILURE\nqueue:no handshake\n");
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
    }

    #[test]
    fn the_line_close_ends_the_connection_unless_ign_eof() {
        let mut talk = Talk::new(rev());
        talk.wire("H").wire("x CLOSE\nCLOSE\nlost\n");
        assert_eq!(talk.out.wire(), "<H<ESOLC x\n<|");
        let mut talk = Talk::new(Plan { ign_eof: true, ..rev() });
        talk.wire("H").wire("CLOSE\n");
        assert_eq!(talk.out.wire(), "<H<ESOLC\n");
    }

    #[test]
    fn the_last_line_needs_no_end() {
        let mut talk = Talk::new(rev());
        talk.wire("Habc").wire("|");
        assert_eq!(talk.out.wire(), "<H<cba\n<|");
    }

    #[test]
    fn a_long_line_is_answered_in_pieces() {
        let mut talk = Talk::new(rev());
        let half = String::from("a").repeat(LINE_LIMIT);
        talk.wire("H").wire(&half).wire("bc\n");
        assert_eq!(talk.out.wire(), ["<H<", &half, "\n<cb\n"].concat());
    }

    #[test]
    fn a_client_that_does_not_read_is_not_read_from() {
        let mut talk = Talk::new(rev());
        talk.wire("H").feed_only(Input::Wire(b"abc\n"));
        assert!(!talk.interest().wire && talk.interest().flushed);
        talk.feed(Input::WireFlushed);
        assert!(talk.interest().wire);
    }

    #[test]
    fn a_lost_client_is_no_news() {
        let mut talk = Talk::new(rev());
        talk.wire("Habc").feed(Input::WireEnd(WireEnd::Closed));
        assert!(talk.out.err().ends_with("CONNECTION CLOSED\n"));
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
    }
}
