//! What goes into a connection and what comes out of it.
//!
//! Nothing here knows TLS, sockets or files: these are the types at the edge between the machine and its host.
use core::net::SocketAddr;

/// Microseconds since the host started its clock.
///
/// A type of ours, not `std::time::Instant`, so that it exists without an operating system and can be recorded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Now(u64);

impl Now {
    /// That many microseconds after the host's start.
    pub const fn from_micros(micros: u64) -> Self {
        Self(micros)
    }

    /// Microseconds since the host's start.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// The moment that much later; saturates at the end of time.
    pub fn after(self, by: core::time::Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(by.as_micros()).unwrap_or(u64::MAX)))
    }

    /// How long after `earlier` this is; zero when it is not later.
    pub fn since(self, earlier: Self) -> core::time::Duration {
        core::time::Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

/// Something that happened outside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input<'a> {
    /// The connection was given its place: the first call, exactly once.
    Seated(PeerAddress),
    /// Bytes of the peer's stream, in order. Never empty.
    Wire(&'a [u8]),
    /// One datagram of the peer, whole, in the order of arrival. Never empty. A connection has either these or a stream.
    Datagram(&'a [u8]),
    /// The peer's stream ended, or the peer of datagrams began another session. Comes once, after the last [`Input::Wire`]
    /// or [`Input::Datagram`].
    WireEnd(WireEnd),
    /// Less than 64 KiB of what was transmitted is still in the host's buffers.
    WireFlushed,
    /// What came of the last [`FileRequest`]. Comes once for each.
    File(FileReply<'a>),
    /// One read of the operator's input, at most [`Interest::operator`] bytes, never empty.
    Operator(&'a [u8]),
    /// The operator's input ended or cannot be read.
    OperatorEnd,
    /// Whether clients who have something to say wait for this one's seat. Comes when it changes, whatever the interest is.
    OthersWait(bool),
    /// Nothing happened but time.
    Timeout,
}

/// The largest unit of the operator's input, in bytes: the most that one read brings, and [`Interest::operator`] asks for.
pub const OPERATOR_UNIT: usize = 16_384;

/// Where a peer speaks from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum PeerAddress {
    /// The host does not know, or there is no network between them.
    #[default]
    Unknown,
    /// A socket of the internet protocols.
    Ip(SocketAddr),
    /// A socket of this machine, which has no name (`-unix`).
    Unix,
}

/// How the peer's stream ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WireEnd {
    /// The peer closed its side (FIN).
    Closed,
    /// The stream failed, with the system's error number (`ECONNRESET` …).
    Failed(i32),
    /// Another session begins with datagrams from the same address: nothing more of this one comes, or is waited for.
    Restarted,
}

/// What a connection wants of a file; it has at most one open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileRequest<'a> {
    /// Open the file with this name, relative to the served folder. Only a plain file inside that folder may be opened,
    /// whatever links the name goes through.
    Open {
        /// The name. Has no component `..`, no `:`, no NUL, and does not begin with a slash.
        name: &'a [u8],
    },
    /// The next bytes of the open file.
    Read {
        /// At most so many.
        max: usize,
    },
}

/// What the host says of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileReply<'a> {
    /// It is open.
    Opened {
        /// Its length in bytes.
        len: u64,
    },
    /// It is not opened.
    Refused(Refusal),
    /// Its next bytes, never empty.
    Data(&'a [u8]),
    /// There are no more bytes, or they cannot be read.
    End,
}

/// Why a file is not opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// There is none.
    NotFound,
    /// It is a directory.
    Directory,
    /// It lies outside the served folder, or is not a plain file.
    NotServed,
    /// The system does not allow it.
    Denied,
    /// Another failure of the system.
    Failed,
}

/// The operator's streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Texts on standard output.
    Out,
    /// Application data on standard output: never muted, never altered.
    Data,
    /// Standard error.
    Err,
}

/// What a connection wants next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// One of these.
    For(Interest),
    /// Nothing: it is over. The host half-closes the socket, reads what still comes for up to 0.5 s and closes it. A peer of
    /// datagrams it forgets at once.
    Closed(Outcome),
}

/// The inputs that a connection will take. A host feeds nothing else.
///
/// Whoever makes one leaves the rest to the default: what later versions add is off there.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Interest {
    /// Feed [`Input::Wire`] or [`Input::Datagram`], and [`Input::WireEnd`].
    pub wire: bool,
    /// Feed [`Input::WireFlushed`].
    pub flushed: bool,
    /// Feed [`Input::File`]: what comes of the last [`FileRequest`].
    pub file: bool,
    /// Feed one read of at most this many bytes, 1 to [`OPERATOR_UNIT`], as [`Input::Operator`], or [`Input::OperatorEnd`].
    pub operator: Option<usize>,
    /// Feed [`Input::Timeout`] at that time.
    pub deadline: Option<(Now, DeadlineReason)>,
}

impl Interest {
    /// Whether that input may come now: the whole rule, but that [`Input::Seated`] comes first, once.
    pub fn takes(&self, input: &Input<'_>) -> bool {
        match input {
            Input::Seated(_) => false,
            Input::Wire(bytes) | Input::Datagram(bytes) => self.wire && !bytes.is_empty(),
            Input::WireEnd(_) => self.wire,
            Input::WireFlushed => self.flushed,
            Input::File(_) => self.file,
            Input::Operator(unit) => self.operator.is_some_and(|max| (1..=max).contains(&unit.len())),
            Input::OperatorEnd => self.operator.is_some(),
            Input::OthersWait(_) => true,
            Input::Timeout => self.deadline.is_some(),
        }
    }
}

/// The reason of a deadline, for texts and logs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DeadlineReason {
    /// The first handshake takes too long.
    Handshake,
    /// A seated handshake is silent while other clients wait.
    SilentHandshake,
    /// The client does not answer a request to renegotiate or to send a certificate (`GET /reneg`, `GET /renegcert`).
    Renegotiation,
    /// The engine has something to send again, or to give up ([`TlsEngine::deadline`](crate::engine::TlsEngine::deadline)).
    Retransmission,
    /// A read of a datagram has waited for 250 ms (`-timeout`).
    Receive,
    /// A peer of datagrams is silent while other clients wait: it may be gone, which no datagram tells.
    SilentPeer,
}

/// What the accept loop does after a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Serves the next client.
    Next,
    /// Ends the server: command `Q`, or end of the operator's input.
    Quit,
    /// Ends the server: the handshake failed before a byte of the client was read, so every other would too.
    Misconfigured,
}
