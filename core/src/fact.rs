//! What happened on a connection, as values: for tests, recordings and whoever else observes a server.
//!
//! The same facts come from every mode and do not depend on what is printed. They are made only where a
//! [`Sink`](crate::sink::Sink) wants them. The order on a connection:
//!
//! ```text
//! Accepted ClientHello {Alert | Verify | Data}* Established {Data | Request | Command | Verify | Alert | Renegotiated}*
//!          `- or Failed, TimedOut --------------------------- Failed, TimedOut ----------------------------> Closed
//! ```
use alloc::boxed::Box;
use alloc::vec::Vec;
use core::fmt;

use crate::command::Command;
use crate::engine::{EngineError, SessionInfo, VerifyStep};
use crate::io::{DeadlineReason, Outcome, PeerAddress};
use crate::request::Request;
use crate::wire::{ClientHello, Malformed};

pub use crate::engine::Alert;

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Fact {
    /// The client has its place: the first fact.
    Accepted(PeerAddress),
    /// The first ClientHello is complete. None comes of a client that sends none, or one whose form is wrong.
    ClientHello(Hello),
    /// The first handshake is complete.
    Established(Box<SessionInfo>),
    /// Another handshake on the same connection is complete (TLS 1.2 and older), or a certificate came that was asked for
    /// after the first (TLS 1.3).
    Renegotiated,
    /// Application data of the client: what one record held. Before [`Fact::Established`] it is early data, which whoever
    /// saw it can send again (RFC 8446 section 8).
    Data(Vec<u8>),
    /// An alert was sent or came.
    Alert(Alert),
    /// One step of the verification of a client certificate.
    Verify(Box<VerifyStep>),
    /// The first line of a request was understood (`-www`, `-WWW`, `-HTTP`).
    Request {
        /// Its method.
        method: Vec<u8>,
        /// What it asks for, as it was sent; empty where the method is not answered.
        target: Vec<u8>,
    },
    /// The operator gave a command.
    Command(Command),
    /// The session broke.
    Failed {
        /// What failed.
        error: EngineError,
        /// The first handshake was not complete.
        before_established: bool,
    },
    /// A limit ended the connection.
    TimedOut(DeadlineReason),
    /// The connection is over: the last fact.
    Closed(Closed),
}

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Closed {
    /// What the accept loop does next.
    pub outcome: Outcome,
    /// What ended it.
    pub reason: CloseReason,
    /// How much went over it.
    pub count: ByteCount,
}

/// What ended a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum CloseReason {
    /// The mode has done what it is there for: the answer is sent, or a line said `CLOSE`.
    Done,
    /// The client sent close_notify.
    Peer,
    /// A command of the operator (`q`, `Q`).
    Command,
    /// The end of the operator's input.
    OperatorEnd,
    /// The session broke, which a [`Fact::Failed`] told.
    Failed,
    /// A limit, which a [`Fact::TimedOut`] told.
    TimedOut,
    /// The client began another session from the same address (datagrams).
    Restarted,
}

/// How many bytes went over a connection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ByteCount {
    /// Of the peer's stream, whether or not they were looked at.
    pub received: u64,
    /// To the peer, whether or not they have left the host.
    pub sent: u64,
    /// Application data of the peer.
    pub data_received: u64,
    /// Application data to the peer.
    pub data_sent: u64,
}

/// A ClientHello whose form is sound.
#[derive(Clone, PartialEq, Eq)]
pub struct Hello(Vec<u8>);

impl Hello {
    /// Keeps a whole handshake message, type and length included.
    ///
    /// # Errors
    /// Where it is no ClientHello, as [`ClientHello::parse`] says.
    pub fn new(message: Vec<u8>) -> Result<Self, Malformed> {
        ClientHello::parse(&message)?;
        Ok(Self(message))
    }

    /// The message as it came.
    pub fn message(&self) -> &[u8] {
        &self.0
    }

    /// Its fields.
    pub fn decoded(&self) -> ClientHello<'_> {
        ClientHello::parse(&self.0).expect("it was decoded before it was kept")
    }
}

impl fmt::Debug for Hello {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.decoded().fmt(f)
    }
}

impl From<&Request> for Fact {
    fn from(request: &Request) -> Self {
        let (method, target): (&[u8], &[u8]) = match request {
            Request::Get { target, .. } => (b"GET", target),
            Request::Head { target } => (b"HEAD", target),
            Request::Other { method } => (method, b""),
        };
        Self::Request { method: method.to_vec(), target: target.to_vec() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::wire::captured::{CURL, TLS13};
    use alloc::format;

    #[test]
    fn a_hello_is_kept_as_it_came_and_decoded_when_asked() {
        let hello = Hello::new(TLS13[5..].to_vec()).unwrap();
        assert_eq!(hello.message(), &TLS13[5..]);
        assert_eq!(hello.decoded().server_name(), Ok(Some(Some(&b"server.example"[..]))));
        assert!(format!("{hello:?}").starts_with("ClientHello { legacy_version: 771, "));
        assert_ne!(hello, Hello::new(CURL[5..].to_vec()).unwrap());
    }

    #[test]
    fn what_is_no_hello_is_not_kept() {
        assert!(Hello::new(TLS13.to_vec()).is_err(), "a record is no message");
        assert!(Hello::new(TLS13[5..60].to_vec()).is_err());
    }
}
