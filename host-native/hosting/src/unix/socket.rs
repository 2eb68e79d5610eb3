//! Sockets that listen, and those of clients.
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::AsRawFd;

use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use s_server_core::io::PeerAddress;
use socket2::Socket;

/// Length of the queue of connections that wait for an accept.
pub const BACKLOG: i32 = libc::SOMAXCONN;

/// A listening socket, TCP or Unix. Never blocks.
#[derive(Debug)]
pub struct Listener(Socket);

impl Listener {
    /// Takes over a socket that listens.
    pub fn new(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        Ok(Self(socket))
    }

    /// Clients may send data with their first packet.
    pub fn open_fast(&self) -> io::Result<()> {
        // Linux takes the length of the queue of such clients, macOS takes 1.
        let value: libc::c_int = if cfg!(target_vendor = "apple") { 1 } else { BACKLOG };
        let (place, len) = ((&raw const value).cast(), size_of_val(&value) as libc::socklen_t);
        // SAFETY: an open socket; the value is an int and lives during the call.
        let result = unsafe { libc::setsockopt(self.0.as_raw_fd(), libc::IPPROTO_TCP, libc::TCP_FASTOPEN, place, len) };
        if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
    }

    /// The next client, and its address.
    pub fn accept(&self) -> io::Result<(Stream, PeerAddress)> {
        let (socket, peer) = self.0.accept()?;
        socket.set_nonblocking(true)?;
        let from = peer.as_socket().map_or(PeerAddress::Unix, PeerAddress::Ip);
        if from != PeerAddress::Unix {
            // A socket whose peer has gone refuses this; reading tells.
            let _ = socket.set_tcp_nodelay(true);
        }
        Ok((Stream(socket), from))
    }

    /// Another handle of the same socket, for another worker.
    pub fn try_clone(&self) -> io::Result<Self> {
        self.0.try_clone().map(Self)
    }
}

/// An accepted socket, TCP or Unix. Never blocks.
#[derive(Debug)]
pub struct Stream(Socket);

impl Stream {
    /// Ends our side of the stream; the other side may still send.
    pub fn half_close(&self) -> io::Result<()> {
        self.0.shutdown(Shutdown::Write)
    }
}

impl Read for Stream {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        self.0.read(to)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The number of the error that a peer is silent for too long.
pub const TIMED_OUT: i32 = libc::ETIMEDOUT;

/// Makes so much room, in bytes, for what a socket received and nobody has read, or as much as the system allows.
pub fn receive_generously(socket: &Socket, room: usize) {
    #[cfg(target_os = "linux")]
    {
        let value = room as libc::c_int;
        let (place, len) = ((&raw const value).cast(), size_of_val(&value) as libc::socklen_t);
        // SAFETY: an open socket; the value is an int and lives during the call.
        let result =
            unsafe { libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUFFORCE, place, len) };
        if result == 0 {
            return;
        }
    }
    // Linux gives what it may, other systems all or nothing.
    let sizes = std::iter::successors(Some(room), |room| Some(room / 2));
    sizes.take(4).find(|&room| socket.set_recv_buffer_size(room).is_ok());
}

/// A socket that is not connected does not fail here because a peer of it could not be reached.
pub fn forget_the_unreachable(_: &Socket) -> io::Result<()> {
    Ok(())
}

/// Descriptors are registered as they are.
macro_rules! source {
    ($name:ty) => {
        impl Source for $name {
            fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                SourceFd(&self.0.as_raw_fd()).register(registry, token, interests)
            }

            fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
                SourceFd(&self.0.as_raw_fd()).reregister(registry, token, interests)
            }

            fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
                SourceFd(&self.0.as_raw_fd()).deregister(registry)
            }
        }
    };
}
source!(Listener);
source!(Stream);

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listen::{Bound, Reached, listen};
    use s_server_core::options::run::{Family, Listen};

    #[test]
    #[cfg(target_os = "linux")]
    fn a_listener_that_opens_fast_has_a_queue_for_that() {
        let queue = |listening: &Bound| {
            let mut value: libc::c_int = 0;
            let mut len = size_of_val(&value) as libc::socklen_t;
            let Reached::Listens(Listener(socket)) = &listening.socket else { unreachable!("asked for TCP") };
            let socket = socket.as_raw_fd();
            let place = (&raw mut value).cast();
            // SAFETY: an open socket; the place has room for an int.
            unsafe { libc::getsockopt(socket, libc::IPPROTO_TCP, libc::TCP_FASTOPEN, place, &mut len) };
            value
        };
        let any = Listen::Tcp { host: Some(b"127.0.0.1".to_vec()), service: None, family: Family::Any };
        let listening = listen(&any).unwrap();
        assert_eq!(queue(&listening), 0);
        assert_eq!(queue(&listening.open_fast().unwrap()), BACKLOG);
    }
}
