//! `-echo`, an extension: what arrives is sent back as it is.
use alloc::vec::Vec;

use super::unsent::Unsent;
use super::{Cx, Flow, Mode};
use crate::io::Interest;

#[derive(Default)]
pub(crate) struct Echo {
    unsent: Unsent,
    buffer: Vec<u8>,
}

impl Mode for Echo {
    /// While something waits in the host's buffers nothing is read: a client that does not read is not listened to.
    fn interest(&self, flushed: bool) -> Interest {
        Interest { wire: flushed, flushed: !flushed, ..Interest::default() }
    }

    fn step(&mut self, cx: &mut Cx<'_>) -> Flow {
        if !self.unsent.is_empty() {
            return self.unsent.send(cx);
        }
        match cx.receive(&mut self.buffer) {
            Ok(()) => {
                self.unsent.extend_from_slice(&self.buffer);
                Flow::More
            }
            Err(flow) => flow,
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::io::{Input, Outcome, Wait};
    use crate::options::plan::{Mode, Plan};
    use crate::scripted::{Talk, plan};

    fn echo() -> Plan {
        Plan { mode: Mode::Echo, ..plan() }
    }

    #[test]
    fn what_arrives_is_sent_back() {
        let mut talk = Talk::new(echo());
        talk.wire("H").wire("a\nb").wire("Kc|");
        assert_eq!(talk.out.wire(), "<H<a\nb<c<|");
        assert_eq!(talk.out.stdout(), "");
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
    }

    #[test]
    fn a_client_that_does_not_read_is_not_read_from() {
        let mut talk = Talk::new(echo());
        talk.wire("H").feed_only(Input::Wire(b"abc"));
        assert!(!talk.interest().wire && talk.interest().flushed);
    }

    #[test]
    fn failures_are_told_but_not_that_a_client_went_away() {
        let mut talk = Talk::new(echo());
        talk.wire("x");
        assert_eq!(talk.out.err(), "accepting\nqueue:no handshake\n");
        let mut talk = Talk::new(echo());
        talk.wire("H!");
        assert_eq!(talk.out.err(), "accepting\nqueue:bad record\n");
    }
}
