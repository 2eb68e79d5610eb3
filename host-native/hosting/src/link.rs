//! What a worker needs of the net: somewhere to accept clients, their wires, and a poll that tells about both.
//!
//! ```text
//!   Link --accept--> Wire --read, send------+
//!    |                                      \
//!    +--poll--> Poll --wait--> Event: which of them may be tried again, or that somebody woke the poll
//! ```
//!
//! The program's links are sockets: each client has one (`sockets.rs`), or all share one for datagrams (`datagrams.rs`), and
//! then the link brings each client what is his. Tests set a link in their place (`set.rs`). Nothing here ever blocks but
//! [`Poll::wait`], and polls are edge-triggered: what they told is not told again before it was tried in vain.
mod buffered_stream;
pub(crate) mod datagrams;
#[cfg(test)]
pub(crate) mod set;
mod sockets;

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use s_server_core::endpoint::{Opening, Path};
use s_server_core::io::{Input, PeerAddress, WireEnd};

/// Where clients come from.
pub trait Link: Send + Sized {
    /// What lies between a client and its worker.
    type Wire: Wire<Poll = Self::Poll> + 'static;
    /// Tells about links and wires of this kind.
    type Poll: Poll + 'static;

    /// A poll for one worker, and what wakes it. It tells about nothing yet.
    fn poll(&self) -> io::Result<Self::Poll>;
    /// Has the poll tell when there may be clients.
    fn register(&mut self, poll: &Self::Poll) -> io::Result<()>;
    /// The next client. [`io::ErrorKind::WouldBlock`]: there is none.
    fn accept(&self) -> io::Result<Accepted<Self::Wire>>;
    /// The same link, for another worker.
    fn try_clone(&self) -> io::Result<Self>;

    /// Brings clients what came for them over the link itself, and adds to `events`, which were just told, what follows for
    /// them. Returns whether there may be more. Default: each client has a socket, and nothing comes over the link.
    fn deliver(&mut self, _poll: &Self::Poll, _door: &mut dyn Door, _events: &mut Vec<Event>) -> bool {
        false
    }

    /// A wire that leads to nobody, for what the operator wants of a server without clients. Default: there is none.
    fn to_nobody(&self) -> Option<Self::Wire> {
        None
    }
}

/// Who may begin a session on a link that all clients share.
pub trait Door {
    /// What tells a session apart that begins with that datagram, if one may.
    fn opening(&self, datagram: &[u8]) -> Option<Opening>;
    /// Whether that one may begin. What is to be answered goes to `send`, each call one datagram.
    fn admits(&mut self, path: Path, datagram: &[u8], send: &mut dyn FnMut(&[u8])) -> bool;
}

/// A client that was accepted.
#[derive(Debug)]
pub struct Accepted<T> {
    /// Its wire.
    pub stream: T,
    /// Its address.
    pub from: PeerAddress,
    /// Between which addresses its datagrams go; `None`: it has a stream.
    pub path: Option<Path>,
}

/// What lies between a client and its worker: a stream, or a peer's datagrams.
pub trait Wire: Send {
    /// Tells about it.
    type Poll: Poll + 'static;
    /// What one input has to send leaves together, or as soon as it is so many bytes; 0: each piece by itself.
    const TOGETHER: usize;

    /// Has the poll tell what happens to it; `id` is how the poll calls it.
    fn register(&mut self, poll: &Self::Poll, id: u64) -> io::Result<()>;
    /// Remembers what the poll told.
    fn on_event(&mut self, event: &Event);
    /// What one read brought, as an input.
    fn input(bytes: &[u8]) -> Input<'_>;
    /// A read may bring something.
    fn is_readable(&self) -> bool;
    /// Reads once.
    fn read(&mut self, to: &mut [u8]) -> Received;
    /// Reads once, and keeps what came for [`Wire::read`] as well.
    fn read_ahead(&mut self, to: &mut [u8]) -> Received;
    /// Sends bytes: at once if nothing waits before them, and what cannot be sent now later.
    fn send(&mut self, bytes: &[u8]);
    /// Tries what could not be sent before, and says how much was.
    fn flush(&mut self) -> usize;
    /// Bytes that could not be sent yet.
    fn pending(&self) -> usize;
    /// Ends our side.
    fn half_close(&mut self);
    /// The peer's side ended, and nothing of it is left to be read.
    fn has_ended(&self) -> bool;
    /// The client is gone: there is nobody to be served, not even what it has sent. Default: it never is.
    fn is_gone(&self) -> bool {
        false
    }
}

/// What a read brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Received {
    /// That many bytes, never 0.
    Bytes(usize),
    /// The end, for the first time.
    End(WireEnd),
    /// Nothing now.
    Nothing,
}

/// A client's stream. A read or a write that cannot be done now fails with [`io::ErrorKind::WouldBlock`].
pub trait ClientStream: Read + Write + Send {
    /// Tells about it.
    type Poll: Poll + 'static;

    /// Has the poll tell what happens to it; `id` is how the poll calls it.
    fn register(&mut self, poll: &Self::Poll, id: u64) -> io::Result<()>;
    /// Ends our side; the other side may still send.
    fn half_close(&self) -> io::Result<()>;
}

/// What a worker sleeps in.
pub trait Poll: Send {
    /// What wakes it, from any thread: one and the same, which it keeps. Whoever wakes has no more than a weak reference,
    /// so that a poll that is gone is seen to be.
    fn waker(&self) -> Arc<dyn Wake>;
    /// Waits until there is something to tell, or for that long, and replaces `events` by what happened. It may also
    /// return early with nothing.
    fn wait(&mut self, events: &mut Vec<Event>, patience: Option<Duration>) -> io::Result<()>;
}

/// Wakes a poll.
pub trait Wake: Send + Sync {
    /// The poll returns, now or as soon as it waits. A poll that is gone needs nothing.
    fn wake(&self);
}

/// What a poll tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// About what.
    pub of: Source,
    /// Reading may bring something.
    pub readable: bool,
    /// The peer's side ended.
    pub read_closed: bool,
    /// Writing may take something.
    pub writable: bool,
    /// Our side ended.
    pub write_closed: bool,
    /// The stream failed.
    pub failed: bool,
}

/// What a poll tells about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// The link: there may be clients.
    Link,
    /// Somebody woke the poll.
    Waker,
    /// The stream of that id.
    Stream(u64),
}
