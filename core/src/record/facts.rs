//! Facts as payloads.
use alloc::vec::Vec;

use super::field::{Field, Malformed, Payload, put_bytes, structs, sums, tags};
use crate::command::{self, Command};
use crate::fact::{Alert, ByteCount, CloseReason, Closed, Fact, Hello};

tags! {
    CloseReason { 0 Done, 1 Peer, 2 Command, 3 OperatorEnd, 4 Failed, 5 TimedOut, 6 Restarted }
}

structs! {
    Alert { sent, level, description }
    ByteCount { received, sent, data_received, data_sent }
    Closed { outcome, reason, count }
}

sums! {
    <'a> Fact {
        0 Accepted(peer),
        1 ClientHello(hello),
        2 Established(info),
        3 Renegotiated,
        4 Data(data),
        5 Alert(alert),
        6 Verify(step),
        7 Request { method, target },
        8 Command(command),
        9 Failed { error, before_established },
        10 TimedOut(why),
        11 Closed(closed),
    }
}

/// The message as it came.
impl<'a> Field<'a> for Hello {
    fn put(&self, to: &mut Vec<u8>) {
        put_bytes(self.message(), to);
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        let wrong = from.wrong("a ClientHello");
        Self::new(from.take()?).map_err(|_| wrong)
    }
}

/// The letter that was typed.
impl<'a> Field<'a> for Command {
    fn put(&self, to: &mut Vec<u8>) {
        to.push(self.letter());
    }

    fn take(from: &mut Payload<'a>) -> Result<Self, Malformed> {
        let wrong = from.wrong("the letter of a command");
        command::parse(&[from.take()?, b'\n']).ok_or(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Cause, EngineError, SessionInfo, VerifyStep};
    use crate::io::{DeadlineReason, Outcome, PeerAddress};
    use crate::record::exchange::whole;
    use crate::wire::captured::TLS13;
    use alloc::vec;

    #[test]
    fn all_are_read_as_they_were_written() {
        let info = SessionInfo { protocol: "TLSv1.3".into(), reused: true, ..SessionInfo::default() };
        let step = VerifyStep { depth: 1, error: 10, accepted: true, ..VerifyStep::default() };
        let error = EngineError { queue: vec![b"40:error\n".to_vec()], cause: Cause::Wire, ..EngineError::default() };
        let count = ByteCount { received: 1, sent: 2, data_received: 3, data_sent: 4 };
        let facts = [
            Fact::Accepted(PeerAddress::Unknown),
            Fact::Accepted(PeerAddress::Unix),
            Fact::Accepted(PeerAddress::Ip("127.0.0.1:50000".parse().unwrap())),
            Fact::Accepted(PeerAddress::Ip("[fe80::1%2]:50000".parse().unwrap())),
            Fact::ClientHello(Hello::new(TLS13[5..].to_vec()).unwrap()),
            Fact::Established(info.into()),
            Fact::Renegotiated,
            Fact::Data(b"x".to_vec()),
            Fact::Alert(Alert { sent: true, level: 2, description: 40 }),
            Fact::Verify(step.into()),
            Fact::Request { method: b"GET".to_vec(), target: b"/".to_vec() },
            Fact::Command(command::parse(b"K\n").unwrap()),
            Fact::Command(Command::StatsThenSend),
            Fact::Failed { error, before_established: true },
            Fact::TimedOut(DeadlineReason::Handshake),
            Fact::Closed(Closed { outcome: Outcome::Quit, reason: CloseReason::Command, count }),
        ];
        for fact in facts {
            let mut bytes = Vec::new();
            fact.put(&mut bytes);
            assert_eq!(whole::<Fact>(&bytes).as_ref(), Ok(&fact));
            bytes.push(0);
            assert!(whole::<Fact>(&bytes).is_err(), "{fact:?}");
        }
    }

    #[test]
    fn what_is_no_hello_or_command_is_malformed() {
        assert_eq!(whole::<Fact>(&[8, b'x']), Err(Malformed { at: 1, wanted: "the letter of a command" }));
        assert_eq!(whole::<Fact>(&[1, 1, 0, 0, 0, 7]), Err(Malformed { at: 1, wanted: "a ClientHello" }));
    }
}
