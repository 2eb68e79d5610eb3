//! Sockets of the system as links, with a poll of mio.
use std::io;
use std::sync::Arc;
use std::time::Duration;

use mio::{Events, Interest, Registry, Token, Waker};

use super::buffered_stream::BufferedStream;
use super::{Accepted, ClientStream, Event, Link, Poll, Source, Wake};
use crate::system;

pub(super) const LINK: Token = Token(0);
const WAKER: Token = Token(1);
/// Streams have the tokens from here on.
const FIRST_STREAM: usize = 2;

/// The system's poll.
#[derive(Debug)]
pub struct Sockets {
    poll: mio::Poll,
    waker: Arc<Waker>,
    events: Events,
}

impl Sockets {
    pub(super) fn new() -> io::Result<Self> {
        let poll = mio::Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        Ok(Self { poll, waker, events: Events::with_capacity(1024) })
    }

    pub(super) fn registry(&self) -> &Registry {
        self.poll.registry()
    }
}

impl Poll for Sockets {
    fn waker(&self) -> Arc<dyn Wake> {
        self.waker.clone()
    }

    fn wait(&mut self, events: &mut Vec<Event>, patience: Option<Duration>) -> io::Result<()> {
        events.clear();
        match self.poll.poll(&mut self.events, patience) {
            Err(e) if e.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(e) => Err(e),
            Ok(()) => {
                events.extend(self.events.iter().map(Event::from));
                Ok(())
            }
        }
    }
}

impl From<&mio::event::Event> for Event {
    fn from(event: &mio::event::Event) -> Self {
        Self {
            of: match event.token() {
                LINK => Source::Link,
                WAKER => Source::Waker,
                Token(stream) => Source::Stream((stream - FIRST_STREAM) as u64),
            },
            readable: event.is_readable(),
            read_closed: event.is_read_closed(),
            writable: event.is_writable(),
            write_closed: event.is_write_closed(),
            failed: event.is_error(),
        }
    }
}

impl Wake for Waker {
    fn wake(&self) {
        // A poll that cannot be woken is gone.
        let _ = Waker::wake(self);
    }
}

impl Link for system::Listener {
    type Wire = BufferedStream<system::Stream>;
    type Poll = Sockets;

    fn poll(&self) -> io::Result<Sockets> {
        Sockets::new()
    }

    fn register(&mut self, to: &Sockets) -> io::Result<()> {
        to.poll.registry().register(self, LINK, Interest::READABLE)
    }

    fn accept(&self) -> io::Result<Accepted<Self::Wire>> {
        let (stream, from) = system::Listener::accept(self)?;
        Ok(Accepted { stream: BufferedStream::new(stream), from, path: None })
    }

    fn try_clone(&self) -> io::Result<Self> {
        system::Listener::try_clone(self)
    }
}

impl ClientStream for system::Stream {
    type Poll = Sockets;

    fn register(&mut self, to: &Sockets, id: u64) -> io::Result<()> {
        let token = Token(id as usize + FIRST_STREAM);
        to.poll.registry().register(self, token, Interest::READABLE | Interest::WRITABLE)
    }

    fn half_close(&self) -> io::Result<()> {
        system::Stream::half_close(self)
    }
}
