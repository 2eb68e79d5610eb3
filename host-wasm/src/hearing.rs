//! Clients that have no instance yet.
//!
//! Where clients are served side by side, each would have its instance as soon as it is accepted, even if it never says a
//! word. So it is heard first, by the core's own decoder and for as many bytes as where clients wait for the seat, and
//! only one that has said enough for an answer gets an instance. To the guest it looks as if it had been there all along.
use s_server_core::connection::HANDSHAKE_TIME;
use s_server_core::io::{DeadlineReason, Input, Interest, Now, PeerAddress, Wait};
use s_server_core::seating::Said;

/// What is kept of a client until it has an instance.
pub struct Hearing {
    /// When its service began.
    pub since: Now,
    /// Where it speaks from.
    pub peer: PeerAddress,
    /// What it sent, but for what made it enough.
    pub bytes: Vec<u8>,
    said: Said,
}

impl Hearing {
    /// Of a client whose service begins.
    pub fn new(since: Now, peer: PeerAddress) -> Self {
        Self { since, peer, bytes: Vec::new(), said: Said::default() }
    }

    /// Takes what comes of it. `false`: it must have an instance now, which is given `bytes` and then this; at its end and
    /// when its time is over, too, for which the guest has the words.
    pub fn goes_on(&mut self, input: &Input<'_>) -> bool {
        let Input::Wire(bytes) = input else { return false };
        self.said.heard(bytes);
        if !self.said.is_enough() {
            self.bytes.extend_from_slice(bytes);
        }
        !self.said.is_enough()
    }

    /// What may come next.
    pub fn wait(&self) -> Wait {
        let deadline = Some((self.since.after(HANDSHAKE_TIME), DeadlineReason::Handshake));
        Wait::For(Interest { wire: true, deadline, ..Interest::default() })
    }
}

#[cfg(test)]
mod tests {
    use s_server_core::io::WireEnd;

    use super::*;

    #[test]
    fn it_goes_on_until_something_can_be_answered() {
        let mut hearing = Hearing::new(Now::default(), PeerAddress::Unknown);
        // A handshake record of four bytes: a ClientHello without content.
        assert!(hearing.goes_on(&Input::Wire(&[22, 3, 1, 0])));
        assert!(hearing.goes_on(&Input::Wire(&[4, 1, 0, 0])));
        assert!(!hearing.goes_on(&Input::Wire(&[0, 7])));
        assert_eq!(hearing.bytes, [22, 3, 1, 0, 4, 1, 0, 0]);
        for input in [Input::Wire(b"GET / HTTP/1.0\r\n"), Input::WireEnd(WireEnd::Closed), Input::Timeout] {
            assert!(!Hearing::new(Now::default(), PeerAddress::Unknown).goes_on(&input), "{input:?}");
        }
    }

    #[test]
    fn a_client_may_not_be_silent_for_longer_than_beside_others_elsewhere() {
        let Wait::For(interest) = Hearing::new(Now::from_micros(5), PeerAddress::Unknown).wait() else {
            panic!("it waits")
        };
        assert_eq!(interest.deadline, Some((Now::from_micros(60_000_005), DeadlineReason::Handshake)));
        assert!(interest.wire && !interest.flushed && interest.operator.is_none());
    }
}
