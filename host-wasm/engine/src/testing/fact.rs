//! What happened, as values that a test can keep.
use s_server_core::command::Command;
use s_server_core::engine::{EngineError, SessionInfo, VerifyStep};
use s_server_core::io::{Notice, Outcome, Why};

/// Something that happened: a [`Notice`] that can be kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fact {
    /// The first handshake is complete.
    Established(Box<SessionInfo>),
    /// Another handshake is complete.
    Renegotiated,
    /// Application data came.
    Data(Vec<u8>),
    /// The operator gave a command.
    Command(Command),
    /// One step of the verification of a client certificate.
    Verified(Box<VerifyStep>),
    /// The first line of a request was understood: its path.
    Request(Vec<u8>),
    /// The session failed.
    Failed {
        /// What failed.
        error: EngineError,
        /// The first handshake was not complete.
        before_established: bool,
    },
    /// A limit ended the connection.
    TimedOut(Why),
    /// The connection is over.
    Closed(Outcome),
}

impl From<&Notice<'_>> for Fact {
    fn from(notice: &Notice<'_>) -> Self {
        match *notice {
            Notice::Established(info) => Self::Established(Box::new(info.clone())),
            Notice::Renegotiated => Self::Renegotiated,
            Notice::Data(data) => Self::Data(data.to_vec()),
            Notice::Command(command) => Self::Command(command),
            Notice::Verify(step) => Self::Verified(Box::new(step.clone())),
            Notice::Request(path) => Self::Request(path.to_vec()),
            Notice::Failed { error, before_established } => Self::Failed { error: error.clone(), before_established },
            Notice::TimedOut(why) => Self::TimedOut(why),
            Notice::Closed(outcome) => Self::Closed(outcome),
        }
    }
}
