//! The link alone, over loopback sockets.
use std::net::{Ipv6Addr, SocketAddr, UdpSocket};
use std::time::Duration;

use super::*;
use crate::link::{Poll, Received, Wire};

const PATIENCE: Duration = Duration::from_secs(20);

/// What begins with `H` and a letter begins a session, but that letter is `x`.
struct Open;

impl Door for Open {
    fn opening(&self, datagram: &[u8]) -> Option<Opening> {
        let &[b'H', letter, ..] = datagram else { return None };
        Some(Opening([letter; 32]))
    }

    fn admits(&mut self, _: Path, datagram: &[u8], send: &mut dyn FnMut(&[u8])) -> bool {
        let admits = datagram != b"Hx";
        if !admits {
            send(b"not you");
        }
        admits
    }
}

/// A link, its poll, and where it is.
struct Side {
    link: Datagrams,
    poll: Sockets,
    at: SocketAddr,
    next: u64,
}

impl Side {
    /// For so many peers.
    fn new(limit: usize) -> Self {
        let socket = socket2::Socket::new(socket2::Domain::IPV6, socket2::Type::DGRAM, None).unwrap();
        socket.bind(&SocketAddr::from((Ipv6Addr::LOCALHOST, 0)).into()).unwrap();
        let at = socket.local_addr().unwrap().as_socket().unwrap();
        let mut link = Datagrams::with(DatagramSocket::new(socket).unwrap(), Endpoint::new(limit));
        let poll = link.poll().unwrap();
        link.register(&poll).unwrap();
        Self { link, poll, at, next: 0 }
    }

    /// Waits for something, and brings everything that is there to its peers.
    fn turn(&mut self) {
        let mut events = Vec::new();
        self.poll.wait(&mut events, Some(PATIENCE)).unwrap();
        assert!(!events.is_empty(), "nothing came");
        while self.link.deliver(&self.poll, &mut Open, &mut events) {}
    }

    /// The next peer, under the next name.
    fn accept(&mut self) -> Peer {
        loop {
            match self.link.accept() {
                Ok(Accepted { mut stream, .. }) => {
                    stream.register(&self.poll, self.next).unwrap();
                    self.next += 1;
                    return stream;
                }
                Err(_) => self.turn(),
            }
        }
    }

    /// What the link and its peers share.
    fn shared(&self) -> MutexGuard<'_, Shared> {
        lock(&self.link.shared)
    }
}

fn client(side: &Side) -> UdpSocket {
    let socket = UdpSocket::bind((Ipv6Addr::LOCALHOST, 0)).unwrap();
    socket.connect(side.at).unwrap();
    socket.set_read_timeout(Some(PATIENCE)).unwrap();
    socket
}

/// Everything that is there for a peer now.
fn read(peer: &mut Peer) -> Vec<String> {
    let mut buffer = [0; 1_000];
    let mut texts = Vec::new();
    loop {
        match peer.read(&mut buffer) {
            Received::Bytes(length) => texts.push(String::from_utf8_lossy(&buffer[..length]).into_owned()),
            Received::End(end) => texts.push(format!("{end:?}")),
            Received::Nothing => return texts,
        }
    }
}

#[test]
fn who_is_silent_for_longest_makes_room_and_is_told() {
    let mut side = Side::new(2);
    let clients = [client(&side), client(&side), client(&side)];
    let mut peers = Vec::new();
    for client in &clients {
        client.send(b"Ha").unwrap();
        peers.push(side.accept());
    }
    let timed_out = format!("{:?}", WireEnd::Failed(system::TIMED_OUT));
    assert_eq!(read(&mut peers[0]), [timed_out], "nothing that it said before is of use");
    assert_eq!(read(&mut peers[1]), ["Ha"]);
    assert_eq!(side.shared().endpoint.len(), 2);
}

#[test]
fn who_is_not_admitted_leaves_nothing_behind() {
    let mut side = Side::new(9);
    for n in 0..200 {
        let stranger = client(&side);
        stranger.send(if n % 2 == 0 { b"nothing" } else { b"Hx" }).unwrap();
        if n % 2 == 1 {
            side.turn();
            let mut buffer = [0; 100];
            let length = stranger.recv(&mut buffer).unwrap();
            assert_eq!(&buffer[..length], b"not you");
        }
    }
    let shared = side.shared();
    assert!(
        shared.endpoint.is_empty() && shared.inlets.is_empty() && shared.fresh.is_empty() && shared.socket.is_idle()
    );
}

#[test]
fn a_peer_that_left_leaves_nothing_behind() {
    let mut side = Side::new(9);
    let client = client(&side);
    client.send(b"Ha").unwrap();
    let mut peer = side.accept();
    client.send(b"unread").unwrap();
    side.turn();
    peer.half_close();
    assert!(peer.has_ended());
    assert!(side.shared().endpoint.is_empty() && side.shared().inlets.is_empty());
    drop(peer);
    client.send(b"Ha").unwrap();
    // One that nobody accepted is forgotten when it begins anew.
    side.turn();
    client.send(b"Hb").unwrap();
    side.turn();
    let mut peer = side.accept();
    assert_eq!(read(&mut peer), ["Hb"]);
    assert_eq!(side.shared().inlets.len(), 1);
}

#[test]
fn a_batch_waits_for_a_peer_that_reads_and_passes_by_one_that_does_not() {
    let mut side = Side::new(9);
    let client = client(&side);
    client.send(b"Ha").unwrap();
    let mut peer = side.accept();
    let send = |from: usize| {
        for n in from..from + 40 {
            client.send(format!("{n}").as_bytes()).unwrap();
        }
    };
    // Until it reads for the first time, what has no room is lost.
    send(0);
    side.turn();
    assert_eq!(read(&mut peer).len(), 16);
    send(100);
    let (mut texts, mut events) = (Vec::new(), Vec::new());
    while texts.len() < 40 {
        let more = side.link.deliver(&side.poll, &mut Open, &mut events);
        let came = read(&mut peer);
        if !more && came.is_empty() {
            side.poll.wait(&mut events, Some(PATIENCE)).unwrap();
        }
        texts.extend(came);
    }
    assert_eq!(texts, (100..140).map(|n| n.to_string()).collect::<Vec<_>>());
}

#[test]
fn what_the_socket_would_not_take_waits_in_order_and_within_a_bound() {
    let mut side = Side::new(9);
    let client = client(&side);
    client.send(b"Ha").unwrap();
    let mut peer = side.accept();
    let path = side.shared().endpoint.path(0).unwrap();
    side.shared().socket.hold(path, b"first");
    peer.send(b"second");
    peer.send(&[0; 300 * 1024]);
    let mut buffer = [0; 100];
    let mut heard = |expected: &[u8]| {
        let length = client.recv(&mut buffer).unwrap();
        assert_eq!(&buffer[..length], expected);
    };
    while !side.shared().socket.is_idle() {
        side.turn();
    }
    heard(b"first");
    heard(b"second");
    // More than a datagram can be.
    peer.send(&[0; 70_000]);
    peer.send(b"third");
    heard(b"third");
}

#[test]
fn nobody_is_never_heard_and_what_is_sent_there_is_lost() {
    let side = Side::new(9);
    let mut nobody = side.link.to_nobody().unwrap();
    nobody.send(b"anybody?");
    assert_eq!(read(&mut nobody), [""; 0]);
    assert!(!nobody.has_ended() && !nobody.is_gone());
    nobody.half_close();
    assert!(nobody.has_ended());
}
