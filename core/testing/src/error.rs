//! Why there is no server, or no session.
use std::fmt;

/// Why there is no server, or no session. Displayed it is the text with which the program would end, or would tell of it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The server does not start: an option, or what is in a file, cannot be followed.
    Start(String),
    /// No session could be made for a client.
    Session(String),
    /// No more clients are accepted: `-naccept` clients were there, or the operator has ended the server.
    Closed,
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Start(text) | Self::Session(text) => f.write_str(text),
            Self::Closed => f.write_str("no more clients are accepted"),
        }
    }
}

impl std::error::Error for Error {}
