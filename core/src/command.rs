//! The connected commands: what one read of the operator's input asks for.
//!
//! Pure, and without knowledge of the connection. Corresponds to the letters in `sv_body` of `apps/s_server.c`.
use crate::engine::EngineCommand;

/// The text that `P` sends outside TLS.
pub const CLEAR_TEXT: &[u8] = b"Lets print some clear text\n";

/// What a unit of input asks for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Command {
    /// `q`: ends the connection.
    Quit,
    /// `Q`: ends the server.
    QuitServer,
    /// `r R k K c`: asks the engine; the unit is used up.
    Engine(EngineCommand<'static>),
    /// `P`: asks the engine, and the unit is sent to the peer as well.
    EngineThenSend(EngineCommand<'static>),
    /// `S`: prints the statistics, and the unit is sent to the peer as well.
    StatsThenSend,
}

/// The command that `unit`, one read of the operator's input, stands for; `None` when it is data.
///
/// `q Q P S` act whatever follows them, `r R k K c` only when LF or CR does.
pub fn parse(unit: &[u8]) -> Option<Command> {
    let line = matches!(unit.get(1), Some(b'\n' | b'\r'));
    Some(match *unit.first()? {
        b'q' => Command::Quit,
        b'Q' => Command::QuitServer,
        b'P' => Command::EngineThenSend(EngineCommand::ClearText(CLEAR_TEXT)),
        b'S' => Command::StatsThenSend,
        b'r' if line => Command::Engine(EngineCommand::Renegotiate { request_certificate: false }),
        b'R' if line => Command::Engine(EngineCommand::Renegotiate { request_certificate: true }),
        b'k' if line => Command::Engine(EngineCommand::KeyUpdate { request_peer: false }),
        b'K' if line => Command::Engine(EngineCommand::KeyUpdate { request_peer: true }),
        b'c' if line => Command::Engine(EngineCommand::RequestCertificate),
        _ => return None,
    })
}

impl Command {
    /// The letter that the operator typed.
    pub fn letter(self) -> u8 {
        match self {
            Self::Quit => b'q',
            Self::QuitServer => b'Q',
            Self::StatsThenSend => b'S',
            Self::Engine(command) | Self::EngineThenSend(command) => match command {
                EngineCommand::Renegotiate { request_certificate: false } => b'r',
                EngineCommand::Renegotiate { request_certificate: true } => b'R',
                EngineCommand::KeyUpdate { request_peer: false } => b'k',
                EngineCommand::KeyUpdate { request_peer: true } => b'K',
                EngineCommand::RequestCertificate => b'c',
                EngineCommand::ClearText(_) => b'P',
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn four_letters_act_whatever_follows() {
        assert_eq!(parse(b"Quit now\n"), Some(Command::QuitServer));
        assert_eq!(parse(b"q"), Some(Command::Quit));
        assert_eq!(parse(b"Stats"), Some(Command::StatsThenSend));
        assert!(matches!(parse(b"P\n"), Some(Command::EngineThenSend(EngineCommand::ClearText(_)))));
    }

    #[test]
    fn each_command_keeps_its_letter() {
        for typed in [b"q\n", b"Q\n", b"r\n", b"R\n", b"P\n", b"S\n", b"k\n", b"K\n", b"c\n"] {
            assert_eq!(parse(typed).map(Command::letter), Some(typed[0]));
        }
    }

    #[test]
    fn five_letters_act_only_before_a_line_end() {
        assert_eq!(parse(b"r\n"), Some(Command::Engine(EngineCommand::Renegotiate { request_certificate: false })));
        assert_eq!(parse(b"R\r\n"), Some(Command::Engine(EngineCommand::Renegotiate { request_certificate: true })));
        assert_eq!(parse(b"k\n"), Some(Command::Engine(EngineCommand::KeyUpdate { request_peer: false })));
        assert_eq!(parse(b"K\r"), Some(Command::Engine(EngineCommand::KeyUpdate { request_peer: true })));
        assert_eq!(parse(b"c\n"), Some(Command::Engine(EngineCommand::RequestCertificate)));
        for data in [&b"r"[..], b"Red\n", b"kick\n", b"K", b"cat\n", b" q\n", b"abc\nq\n", b"\n", b""] {
            assert_eq!(parse(data), None, "{data:?}");
        }
    }
}
