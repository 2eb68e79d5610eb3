//! Facts as payloads: a [`Notice`] written, a [`Fact`] read.
use alloc::boxed::Box;
use alloc::vec::Vec;

use super::field::{Field, Malformed, Payload, put_bytes};
use crate::command::Command;
use crate::engine::{EngineCommand, EngineError, SessionInfo, VerifyStep};
use crate::io::{Notice, Outcome, Why};

/// A [`Notice`] that owns what it tells.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "the variants are those of `Notice`")]
pub enum Fact {
    Established(Box<SessionInfo>),
    Renegotiated,
    Data(Vec<u8>),
    /// The letter of the command.
    Command(u8),
    Verify(VerifyStep),
    Request(Vec<u8>),
    Failed {
        error: EngineError,
        before_established: bool,
    },
    TimedOut(Why),
    Closed(Outcome),
}

/// Appends a notice.
pub fn put_notice(notice: &Notice<'_>, to: &mut Vec<u8>) {
    match notice {
        Notice::Established(info) => {
            to.push(0);
            info.put(to);
        }
        Notice::Renegotiated => to.push(1),
        Notice::Data(bytes) => {
            to.push(2);
            put_bytes(bytes, to);
        }
        Notice::Command(command) => to.extend([3, letter(*command)]),
        Notice::Verify(step) => {
            to.push(4);
            step.put(to);
        }
        Notice::Request(path) => {
            to.push(5);
            put_bytes(path, to);
        }
        Notice::Failed { error, before_established } => {
            to.push(6);
            error.put(to);
            before_established.put(to);
        }
        Notice::TimedOut(why) => {
            to.push(7);
            why.put(to);
        }
        Notice::Closed(outcome) => {
            to.push(8);
            outcome.put(to);
        }
    }
}

/// Reads a notice.
pub fn fact(from: &mut Payload<'_>) -> Result<Fact, Malformed> {
    Ok(match from.tag()? {
        0 => Fact::Established(Box::new(from.take()?)),
        1 => Fact::Renegotiated,
        2 => Fact::Data(from.take()?),
        3 => Fact::Command(from.take()?),
        4 => Fact::Verify(from.take()?),
        5 => Fact::Request(from.take()?),
        6 => Fact::Failed { error: from.take()?, before_established: from.take()? },
        7 => Fact::TimedOut(from.take()?),
        8 => Fact::Closed(from.take()?),
        _ => return Err(from.wrong_tag()),
    })
}

/// The letter that the operator typed.
fn letter(command: Command) -> u8 {
    match command {
        Command::Quit => b'q',
        Command::QuitServer => b'Q',
        Command::StatsThenSend => b'S',
        Command::Engine(command) | Command::EngineThenSend(command) => match command {
            EngineCommand::Renegotiate { request_certificate: false } => b'r',
            EngineCommand::Renegotiate { request_certificate: true } => b'R',
            EngineCommand::KeyUpdate { request_peer: false } => b'k',
            EngineCommand::KeyUpdate { request_peer: true } => b'K',
            EngineCommand::RequestCertificate => b'c',
            EngineCommand::ClearText(_) => b'P',
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::Cause;
    use alloc::vec;

    #[test]
    fn notices_are_read_as_facts() {
        let info = SessionInfo { protocol: "TLSv1.3".into(), reused: true, ..SessionInfo::default() };
        let step = VerifyStep { depth: 1, error: 10, accepted: true, ..VerifyStep::default() };
        let error = EngineError { queue: vec![b"40:error\n".to_vec()], cause: Cause::Wire, ..EngineError::default() };
        let facts = [
            (Notice::Established(&info), Fact::Established(Box::new(info.clone()))),
            (Notice::Renegotiated, Fact::Renegotiated),
            (Notice::Data(b"x"), Fact::Data(b"x".to_vec())),
            (Notice::Command(crate::command::parse(b"K\n").unwrap()), Fact::Command(b'K')),
            (Notice::Verify(&step), Fact::Verify(step.clone())),
            (Notice::Request(b"/"), Fact::Request(b"/".to_vec())),
            (
                Notice::Failed { error: &error, before_established: true },
                Fact::Failed { error: error.clone(), before_established: true },
            ),
            (Notice::TimedOut(Why::Handshake), Fact::TimedOut(Why::Handshake)),
            (Notice::Closed(Outcome::Quit), Fact::Closed(Outcome::Quit)),
        ];
        for (notice, expected) in facts {
            let mut bytes = Vec::new();
            put_notice(&notice, &mut bytes);
            assert_eq!(fact(&mut Payload::new(&bytes)), Ok(expected));
        }
    }

    #[test]
    fn each_command_keeps_its_letter() {
        for typed in [b"q\n", b"Q\n", b"r\n", b"R\n", b"P\n", b"S\n", b"k\n", b"K\n", b"c\n"] {
            assert_eq!(letter(crate::command::parse(typed).unwrap()), typed[0]);
        }
    }
}
