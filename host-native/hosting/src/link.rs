//! What a worker needs of the net: somewhere to accept clients, their streams, and a poll that tells about both.
//!
//! ```text
//!   Link --accept--> Stream --read, write--+
//!    |                                      \
//!    +--poll--> Poll --wait--> Event: which of them may be tried again, or that somebody woke the poll
//! ```
//!
//! The program's links are sockets (`sockets.rs`); tests set one in their place (`set.rs`). Nothing here ever blocks but
//! [`Poll::wait`], and polls are edge-triggered: what they told is not told again before it was tried in vain.
#[cfg(test)]
pub(crate) mod set;
mod sockets;

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use s_server_core::io::PeerAddress;

/// Where clients come from.
pub trait Link: Send + Sized {
    /// A client's stream.
    type Stream: ClientStream<Poll = Self::Poll> + 'static;
    /// Tells about links and streams of this kind.
    type Poll: Poll + 'static;

    /// A poll for one worker, and what wakes it. It tells about nothing yet.
    fn poll(&self) -> io::Result<Self::Poll>;
    /// Has the poll tell when there may be clients.
    fn register(&mut self, poll: &Self::Poll) -> io::Result<()>;
    /// The next client. [`io::ErrorKind::WouldBlock`]: there is none.
    fn accept(&self) -> io::Result<Accepted<Self::Stream>>;
    /// The same link, for another worker.
    fn try_clone(&self) -> io::Result<Self>;
}

/// A client that was accepted.
#[derive(Debug)]
pub struct Accepted<T> {
    /// Its stream.
    pub stream: T,
    /// Its address.
    pub from: PeerAddress,
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
