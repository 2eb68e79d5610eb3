//! A client's stream with the bytes that it has not taken yet.
//!
//! The poll is edge-triggered: what it said is remembered here until the socket says otherwise, so that a connection
//! that wants nothing now finds later what came meanwhile.
use std::collections::VecDeque;
use std::fmt;
use std::io::{self, Read};

use s_server_core::io::{Input, WireEnd};

use super::{ClientStream, Event, Received, Wire};
use crate::system;

/// One client's stream.
pub struct BufferedStream<T> {
    stream: T,
    /// What the socket refused.
    pending: VecDeque<u8>,
    readable: bool,
    /// The poll told that the end of the peer's stream came, or an error: reading goes on until it is found.
    ending: bool,
    writable: bool,
    /// The peer's stream ended.
    ended: bool,
    /// What was read ahead.
    ahead: VecDeque<u8>,
    /// The end that was found behind it.
    ahead_end: Option<WireEnd>,
    /// Writing failed with this error; nothing is sent any more.
    broken: Option<i32>,
}

/// How far it is, not what is in it.
impl<T> fmt::Debug for BufferedStream<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { pending, ended, broken, .. } = self;
        f.debug_struct("BufferedStream")
            .field("pending", &pending.len())
            .field("ended", ended)
            .field("broken", broken)
            .finish_non_exhaustive()
    }
}

impl<T: ClientStream> BufferedStream<T> {
    /// A client that was just accepted.
    pub fn new(stream: T) -> Self {
        Self {
            stream,
            pending: VecDeque::new(),
            readable: false,
            ending: false,
            writable: true,
            ended: false,
            ahead: VecDeque::new(),
            ahead_end: None,
            broken: None,
        }
    }

    /// How much of it the socket takes now; none when it is broken.
    fn write(&mut self, bytes: &[u8]) -> usize {
        let mut sent = 0;
        while sent < bytes.len() && self.writable && self.broken.is_none() {
            match self.stream.write(&bytes[sent..]) {
                Ok(taken) => sent += taken,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => self.writable = false,
                Err(e) => {
                    // Reading tells the connection, after what the peer sent before.
                    self.broken = Some(e.raw_os_error().unwrap_or_default());
                    (self.readable, self.ending) = (true, true);
                }
            }
        }
        sent
    }

    fn receive(&mut self, to: &mut [u8]) -> Received {
        while self.readable && !self.ended {
            let end = match self.stream.read(to) {
                Ok(0) => self.broken.map_or(WireEnd::Closed, WireEnd::Failed),
                Ok(length) => {
                    self.readable = self.ending || length == to.len() || !system::SHORT_READ_EMPTIES;
                    return Received::Bytes(length);
                }
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    self.readable = false;
                    match self.broken {
                        Some(errno) => WireEnd::Failed(errno),
                        None => break,
                    }
                }
                Err(e) => WireEnd::Failed(e.raw_os_error().unwrap_or_default()),
            };
            self.ended = true;
            return Received::End(end);
        }
        Received::Nothing
    }
}

impl<T: ClientStream + 'static> Wire for BufferedStream<T> {
    type Poll = T::Poll;
    const TOGETHER: usize = 64 * 1024;

    fn input(bytes: &[u8]) -> Input<'_> {
        Input::Wire(bytes)
    }

    /// Has the poll tell what happens to the socket.
    fn register(&mut self, poll: &T::Poll, id: u64) -> io::Result<()> {
        self.stream.register(poll, id)
    }

    /// Remembers what the poll told.
    fn on_event(&mut self, event: &Event) {
        self.ending |= event.read_closed || event.failed;
        self.readable |= event.readable || self.ending;
        self.writable |= event.writable || event.write_closed || event.failed;
    }

    /// The peer's stream ended, and nothing of it is left to be read.
    fn has_ended(&self) -> bool {
        self.ended && self.ahead.is_empty() && self.ahead_end.is_none()
    }

    /// Bytes that the socket has not taken yet.
    fn pending(&self) -> usize {
        self.pending.len()
    }

    /// Sends bytes: to the socket at once if nothing waits before them, and what it refuses later.
    fn send(&mut self, mut bytes: &[u8]) {
        if self.pending.is_empty() {
            bytes = &bytes[self.write(bytes)..];
        }
        if self.broken.is_none() {
            self.pending.extend(bytes);
        }
    }

    /// Offers the socket what it refused before, and says how much it took.
    fn flush(&mut self) -> usize {
        let mut sent = 0;
        while !self.pending.is_empty() {
            let bytes = std::mem::take(&mut self.pending);
            let taken = self.write(bytes.as_slices().0);
            self.pending = bytes;
            if self.broken.is_some() {
                self.pending.clear();
            } else if taken == 0 {
                break;
            } else {
                self.pending.drain(..taken);
            }
            sent += taken;
        }
        sent
    }

    /// Reads once: what was read ahead, then from the socket.
    fn is_readable(&self) -> bool {
        self.readable && !self.ended || !self.ahead.is_empty() || self.ahead_end.is_some()
    }

    fn read(&mut self, to: &mut [u8]) -> Received {
        if !self.ahead.is_empty() {
            // A VecDeque never fails to be read.
            return Received::Bytes(self.ahead.read(to).unwrap_or_default());
        }
        self.ahead_end.take().map_or_else(|| self.receive(to), Received::End)
    }

    /// Reads once from the socket, and keeps what came for [`BufferedStream::read`] as well.
    fn read_ahead(&mut self, to: &mut [u8]) -> Received {
        let received = self.receive(to);
        match received {
            Received::Bytes(length) => self.ahead.extend(&to[..length]),
            Received::End(end) => self.ahead_end = Some(end),
            Received::Nothing => {}
        }
        received
    }

    /// Ends our side of the stream.
    fn half_close(&mut self) {
        // A peer that has gone needs no end.
        let _ = self.stream.half_close();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::link::{Link, Poll, Source};
    use crate::system::{Listener, Stream};
    use s_server_core::io::PeerAddress;
    use std::io::Write;
    use std::net::{Shutdown, SocketAddr, TcpStream};
    use std::time::Duration;

    type Sockets = <Listener as Link>::Poll;

    /// A client, and the stream that the server has of it.
    fn pair() -> (TcpStream, BufferedStream<Stream>, Sockets) {
        let socket = socket2::Socket::new(socket2::Domain::IPV4, socket2::Type::STREAM, None).unwrap();
        socket.bind(&SocketAddr::from(([127, 0, 0, 1], 0)).into()).unwrap();
        socket.listen(1).unwrap();
        let at = socket.local_addr().unwrap().as_socket().unwrap();
        let client = TcpStream::connect(at).unwrap();
        let mut listener = Listener::new(socket).unwrap();
        let mut poll = listener.poll().unwrap();
        Link::register(&mut listener, &poll).unwrap();
        let mut stream = loop {
            match Link::accept(&listener) {
                Ok(accepted) => {
                    assert_eq!(accepted.from, PeerAddress::Ip(client.local_addr().unwrap()));
                    break accepted.stream;
                }
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => poll.wait(&mut Vec::new(), None).unwrap(),
                Err(e) => panic!("{e}"),
            }
        };
        stream.register(&poll, 1).unwrap();
        (client, stream, poll)
    }

    fn wait(poll: &mut Sockets, stream: &mut BufferedStream<Stream>) {
        let mut events = Vec::new();
        poll.wait(&mut events, Some(Duration::from_secs(10))).unwrap();
        events.iter().filter(|event| event.of == Source::Stream(1)).for_each(|event| stream.on_event(event));
    }

    fn receive(poll: &mut Sockets, stream: &mut BufferedStream<Stream>, to: &mut [u8]) -> Received {
        loop {
            match stream.read(to) {
                Received::Nothing => wait(poll, stream),
                received => return received,
            }
        }
    }

    #[test]
    fn bytes_come_before_the_end_and_the_end_comes_once() {
        let (mut client, mut stream, mut poll) = pair();
        client.write_all(b"hello").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut to = [0; 16];
        assert_eq!(receive(&mut poll, &mut stream, &mut to), Received::Bytes(5));
        assert_eq!(receive(&mut poll, &mut stream, &mut to), Received::End(WireEnd::Closed));
        assert!(stream.has_ended());
        assert_eq!(stream.read(&mut to), Received::Nothing);
    }

    #[test]
    fn what_was_read_ahead_is_read_again_with_its_end() {
        let (mut client, mut stream, mut poll) = pair();
        client.write_all(b"hello").unwrap();
        client.shutdown(Shutdown::Write).unwrap();
        let mut to = [0; 16];
        loop {
            match stream.read_ahead(&mut to) {
                Received::Nothing => wait(&mut poll, &mut stream),
                Received::Bytes(_) => {}
                Received::End(end) => break assert_eq!(end, WireEnd::Closed),
            }
        }
        assert!(!stream.has_ended());
        assert_eq!(stream.read(&mut to[..3]), Received::Bytes(3));
        assert_eq!(stream.read(&mut to), Received::Bytes(2));
        assert_eq!(&to[..2], b"lo");
        assert!(!stream.has_ended());
        assert_eq!(stream.read(&mut to), Received::End(WireEnd::Closed));
        assert!(stream.has_ended());
        assert_eq!(stream.read(&mut to), Received::Nothing);
    }

    #[test]
    #[cfg_attr(windows, ignore = "Wine tells of a reset as of a plain end of the stream")]
    fn a_reset_is_told_with_its_number() {
        let (client, mut stream, mut poll) = pair();
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
        drop(client);
        match receive(&mut poll, &mut stream, &mut [0; 16]) {
            Received::End(WireEnd::Failed(errno)) => {
                assert_eq!(io::Error::from_raw_os_error(errno).kind(), io::ErrorKind::ConnectionReset);
            }
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn what_the_socket_refuses_is_sent_later_in_order() {
        let (mut client, mut stream, mut poll) = pair();
        let bytes: Vec<u8> = (0..8_000_000u32).map(|n| (n / 1000) as u8).collect();
        for chunk in bytes.chunks(50_000) {
            stream.send(chunk);
        }
        assert!(stream.pending() > 0);
        let length = bytes.len();
        let reader = std::thread::spawn(move || {
            let mut got = vec![0; length];
            client.read_exact(&mut got).unwrap();
            got
        });
        while stream.pending() > 0 {
            wait(&mut poll, &mut stream);
            stream.flush();
        }
        assert!(reader.join().unwrap() == bytes);
    }

    #[test]
    fn a_peer_that_goes_while_it_is_sent_to_is_an_end_too() {
        let (client, mut stream, mut poll) = pair();
        socket2::SockRef::from(&client).set_linger(Some(Duration::ZERO)).unwrap();
        let chunk = vec![0; 1_000_000];
        while stream.pending() == 0 {
            stream.send(&chunk);
        }
        drop(client);
        while stream.pending() > 0 {
            wait(&mut poll, &mut stream);
            stream.flush();
        }
        assert!(matches!(receive(&mut poll, &mut stream, &mut [0; 16]), Received::End(WireEnd::Failed(_))));
        stream.send(b"into the void");
        assert_eq!(stream.pending(), 0);
    }
}
