//! The socket: datagrams with the addresses between which they go, and those that it would not take yet.
use std::collections::VecDeque;
use std::fmt;
use std::io;

use mio::{Interest, Registry};
use quinn_udp::{Transmit, UdpSockRef, UdpSocketState};
use s_server_core::endpoint::Path;
use socket2::Socket;

use super::batch::Batch;
use crate::link::sockets::LINK;
use crate::system;

/// Room for what was received and not yet read, in bytes: some thousand peers may speak at the same time.
const RECEIVE_ROOM: usize = 4 * 1024 * 1024;
/// So much waits for the socket; what is beyond is lost.
const WAITING_ROOM: usize = 256 * 1024;

/// A socket for datagrams. Never blocks.
pub struct DatagramSocket {
    socket: mio::net::UdpSocket,
    state: UdpSocketState,
    /// Where the poll is told what to tell.
    registry: Option<Registry>,
    /// What the socket would not take.
    waiting: VecDeque<(Path, Vec<u8>)>,
    waiting_bytes: usize,
}

impl fmt::Debug for DatagramSocket {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { socket, waiting_bytes, .. } = self;
        f.debug_struct("DatagramSocket").field("socket", socket).field("waiting", waiting_bytes).finish_non_exhaustive()
    }
}

impl DatagramSocket {
    /// Takes over a socket that is bound.
    pub fn new(socket: Socket) -> io::Result<Self> {
        system::receive_generously(&socket, RECEIVE_ROOM);
        system::forget_the_unreachable(&socket)?;
        let state = UdpSocketState::new(UdpSockRef::from(&socket))?;
        let socket = mio::net::UdpSocket::from_std(socket.into());
        Ok(Self { socket, state, registry: None, waiting: VecDeque::new(), waiting_bytes: 0 })
    }

    /// Has the poll tell when there are datagrams.
    pub fn register(&mut self, registry: &Registry) -> io::Result<()> {
        registry.register(&mut self.socket, LINK, Interest::READABLE)?;
        self.registry = Some(registry.try_clone()?);
        Ok(())
    }

    /// Receives what is there, as far as there is room for it.
    pub fn receive(&self, batch: &mut Batch) -> io::Result<()> {
        let Self { socket, state, .. } = self;
        batch.fill(|rooms, about| socket.try_io(|| state.recv(UdpSockRef::from(socket), rooms, about)))
    }

    /// Sends a datagram, from the address that its peer asked. What cannot be sent is lost, but what cannot be sent just now
    /// waits.
    pub fn send(&mut self, path: Path, datagram: &[u8]) {
        if !self.waiting.is_empty() || self.is_refused(path, datagram) {
            self.hold(path, datagram);
        }
    }

    /// A datagram waits, if there is room.
    pub(super) fn hold(&mut self, path: Path, datagram: &[u8]) {
        if self.waiting_bytes + datagram.len() > WAITING_ROOM {
            return;
        }
        if self.waiting.is_empty() {
            self.watch(Interest::READABLE | Interest::WRITABLE);
        }
        self.waiting.push_back((path, datagram.to_vec()));
        self.waiting_bytes += datagram.len();
    }

    /// Nothing waits.
    #[cfg(test)]
    pub fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.waiting_bytes == 0
    }

    /// The socket may take what waits.
    pub fn flush(&mut self) {
        while let Some((path, datagram)) = self.waiting.front() {
            if self.is_refused(*path, datagram) {
                return;
            }
            self.waiting_bytes -= datagram.len();
            self.waiting.pop_front();
            if self.waiting.is_empty() {
                self.watch(Interest::READABLE);
            }
        }
    }

    /// Offers the socket a datagram, and says whether it has to wait.
    fn is_refused(&self, path: Path, datagram: &[u8]) -> bool {
        let Self { socket, state, .. } = self;
        let Path { peer: destination, local: src_ip } = path;
        let transmit = Transmit { destination, ecn: None, contents: datagram, segment_size: None, src_ip };
        let sent = socket.try_io(|| state.try_send(UdpSockRef::from(socket), &transmit));
        sent.is_err_and(|why| why.kind() == io::ErrorKind::WouldBlock)
    }

    /// The poll tells of this from now on. While nothing waits, every datagram that leaves would be told as room.
    fn watch(&mut self, of: Interest) {
        if let Some(registry) = &self.registry {
            // A poll that is gone tells nobody.
            let _ = registry.reregister(&mut self.socket, LINK, of);
        }
    }
}
