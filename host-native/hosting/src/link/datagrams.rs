//! One socket for datagrams, which all peers share.
//!
//! ```text
//!   DatagramSocket --receive--> Batch --> Endpoint: to whom? --> Queue of that peer --> Peer::read
//!         ^                                   |
//!         |                                   +--> Door: may a session begin? --> Datagrams::accept
//!         +------- Peer::send
//! ```
//!
//! What came for a peer that does not read is lost beyond a bound, as in a net. For one that reads, the batch waits. All of it
//! is used by one worker: the lock is there because clients may be on any thread, and nobody ever waits for it.
mod batch;
mod peer;
mod queue;
mod socket;
#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use s_server_core::endpoint::{Endpoint, Gone, Opening, Path, Route};
use s_server_core::io::{PeerAddress, WireEnd};

use super::sockets::Sockets;
use super::{Accepted, Door, Event, Link, Source};
use crate::system;
use batch::Batch;
use peer::Peer;
use queue::{Queue, Spare};
pub use socket::DatagramSocket;

/// Batches received in one turn; others have theirs before there are more.
const BATCHES: usize = 4;
/// Peers that were admitted and wait to be accepted.
const FRESH: usize = 64;

/// A socket for datagrams as a link.
#[derive(Debug)]
pub struct Datagrams {
    shared: Arc<Mutex<Shared>>,
    batch: Batch,
    /// The socket has not yet said that nothing is there.
    readable: bool,
}

/// What the link and its peers share.
#[derive(Debug)]
struct Shared {
    socket: DatagramSocket,
    endpoint: Endpoint,
    inlets: BTreeMap<u64, Inlet>,
    /// Who waits to be accepted, by the endpoint's number.
    fresh: VecDeque<u64>,
    /// Somebody was accepted since the batch waited for that.
    accepts: bool,
    spare: Spare,
}

/// Where datagrams come in for a peer.
#[derive(Debug, Default)]
struct Inlet {
    queue: Queue,
    /// How the poll calls it, once it does.
    name: Option<u64>,
    /// It read, or was told, since the batch waited for it.
    reads: bool,
    /// It is over, and why.
    end: Option<WireEnd>,
}

/// What became of a datagram.
enum Taken {
    Yes,
    /// There is no room, and there will be.
    NotYet,
}

impl Datagrams {
    /// The peers of this socket: nobody yet.
    pub fn new(socket: DatagramSocket) -> Self {
        Self::with(socket, Endpoint::default())
    }

    fn with(socket: DatagramSocket, endpoint: Endpoint) -> Self {
        let shared = Shared {
            socket,
            endpoint,
            inlets: BTreeMap::new(),
            fresh: VecDeque::new(),
            accepts: true,
            spare: Spare::default(),
        };
        Self { shared: Arc::new(Mutex::new(shared)), batch: Batch::default(), readable: true }
    }
}

/// Nothing panics while it has the lock.
fn lock(shared: &Mutex<Shared>) -> MutexGuard<'_, Shared> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Link for Datagrams {
    type Wire = Peer;
    type Poll = Sockets;

    fn poll(&self) -> io::Result<Sockets> {
        Sockets::new()
    }

    fn register(&mut self, poll: &Sockets) -> io::Result<()> {
        lock(&self.shared).socket.register(poll.registry())
    }

    fn accept(&self) -> io::Result<Accepted<Peer>> {
        let mut shared = lock(&self.shared);
        loop {
            let id = shared.fresh.pop_front().ok_or(io::ErrorKind::WouldBlock)?;
            shared.accepts = true;
            // Who is over meanwhile has none.
            if let Some(path) = shared.endpoint.path(id) {
                let stream = Peer::at(self.shared.clone(), id, path);
                return Ok(Accepted { stream, from: PeerAddress::Ip(path.peer), path: Some(path) });
            }
        }
    }

    /// There is one worker: where a datagram goes depends on those before it.
    fn try_clone(&self) -> io::Result<Self> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn deliver(&mut self, _: &Sockets, door: &mut dyn Door, events: &mut Vec<Event>) -> bool {
        let mut shared = lock(&self.shared);
        // What is told of the socket is not that clients may be accepted.
        events.retain(|event| {
            let is_of_socket = event.of == Source::Link;
            self.readable |= is_of_socket && (event.readable || event.failed);
            if is_of_socket && event.writable {
                shared.socket.flush();
            }
            !is_of_socket
        });
        let mut batches = 0;
        let more = loop {
            while let Some((path, datagram)) = self.batch.current() {
                if let Taken::NotYet = shared.take(path, datagram, door, events) {
                    return shared.tell_fresh(events, true);
                }
                self.batch.advance();
            }
            if !self.readable || batches == BATCHES {
                break self.readable;
            }
            batches += 1;
            match shared.socket.receive(&mut self.batch) {
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.readable = false,
                // A peer could not be reached, which is told of no datagram in particular: it concerns nobody.
                Err(_) => {}
                Ok(()) => self.readable = self.batch.is_full(),
            }
        };
        shared.tell_fresh(events, more)
    }

    fn to_nobody(&self) -> Option<Peer> {
        Some(Peer::nobody(self.shared.clone()))
    }
}

impl Shared {
    fn take(&mut self, path: Path, datagram: &[u8], door: &mut dyn Door, events: &mut Vec<Event>) -> Taken {
        let opening = door.opening(datagram);
        match (self.endpoint.route(path, opening), opening) {
            (Route::Peer(id), _) => return self.bring(id, datagram, events),
            (Route::Begins, Some(opening)) => {
                if self.fresh.len() >= FRESH {
                    // It is sent again.
                    return if std::mem::take(&mut self.accepts) { Taken::NotYet } else { Taken::Yes };
                }
                let socket = &mut self.socket;
                if door.admits(path, datagram, &mut |answer| socket.send(path, answer)) {
                    self.admit(path, opening, datagram, events);
                }
            }
            (Route::Begins | Route::Nothing, _) => {}
        }
        Taken::Yes
    }

    /// Puts a datagram where its peer finds it.
    fn bring(&mut self, id: u64, datagram: &[u8], events: &mut Vec<Event>) -> Taken {
        let Some(inlet) = self.inlets.get_mut(&id) else { return Taken::Yes };
        if !inlet.queue.has_room_for(datagram) {
            return if std::mem::take(&mut inlet.reads) { Taken::NotYet } else { Taken::Yes };
        }
        if inlet.queue.is_empty() {
            events.extend(inlet.name.map(readable));
        }
        inlet.queue.put(datagram, &mut self.spare);
        Taken::Yes
    }

    fn admit(&mut self, path: Path, opening: Opening, datagram: &[u8], events: &mut Vec<Event>) {
        let admitted = self.endpoint.admit(path, opening);
        match admitted.gone {
            Some(Gone::Restarted(old)) => self.end(old, WireEnd::Restarted, events),
            Some(Gone::Silent(old)) => self.end(old, WireEnd::Failed(system::TIMED_OUT), events),
            None => {}
        }
        let mut inlet = Inlet::default();
        inlet.queue.put(datagram, &mut self.spare);
        self.inlets.insert(admitted.id, inlet);
        self.fresh.push_back(admitted.id);
    }

    /// A peer is over because of another one. Who was not accepted yet is forgotten.
    fn end(&mut self, id: u64, why: WireEnd, events: &mut Vec<Event>) {
        match self.inlets.get_mut(&id) {
            Some(Inlet { name: None, .. }) => self.forget(id),
            Some(inlet) => {
                inlet.queue.clear(&mut self.spare);
                inlet.end = Some(why);
                events.extend(inlet.name.map(|name| Event { read_closed: true, ..readable(name) }));
            }
            None => {}
        }
    }

    /// A peer's place is free.
    fn forget(&mut self, id: u64) {
        self.endpoint.forget(id);
        if let Some(mut inlet) = self.inlets.remove(&id) {
            inlet.queue.clear(&mut self.spare);
        }
    }

    /// Tells whether somebody waits to be accepted, and hands on whether more may come.
    fn tell_fresh(&self, events: &mut Vec<Event>, more: bool) -> bool {
        if !self.fresh.is_empty() {
            events.push(Event { of: Source::Link, ..readable(0) });
        }
        more
    }
}

/// There is something for the peer of that name.
fn readable(name: u64) -> Event {
    Event {
        of: Source::Stream(name),
        readable: true,
        read_closed: false,
        writable: false,
        write_closed: false,
        failed: false,
    }
}
