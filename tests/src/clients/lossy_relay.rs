//! A relay for datagrams between real programs, over a link that loses some.
//!
//! ```text
//!   client <--UDP--> Relay <--UDP, a socket for each client--> server
//!                      | LossyLink
//! ```

use std::collections::BTreeMap;
use std::net::{SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::JoinHandle;
use std::time::Duration;

use contract::lossy::{Direction, Faults, LossyLink};

/// How long the relay sleeps where nothing comes.
const LOOK: Duration = Duration::from_millis(1);

/// Runs on a thread of its own until it is dropped.
#[derive(Debug)]
pub struct Relay {
    at: SocketAddr,
    over: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Relay {
    /// Between its clients and the server at that port of this machine. Each client has a link of its own: the first one with
    /// that seed, the next with the next.
    ///
    /// # Panics
    /// When there is no socket.
    pub fn start(server: u16, seed: u64, faults: Faults) -> Relay {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_read_timeout(Some(LOOK)).expect("it takes a limit");
        let at = socket.local_addr().expect("an address");
        let over = Arc::new(AtomicBool::new(false));
        let ended = over.clone();
        let thread = std::thread::spawn(move || {
            let mut clients = BTreeMap::new();
            while !ended.load(Ordering::Relaxed) {
                carry(&socket, server, seed, faults, &mut clients);
            }
        });
        Relay { at, over, thread: Some(thread) }
    }

    /// The port at which clients find the server.
    pub fn port(&self) -> u16 {
        self.at.port()
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.over.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A relay that panicked has failed its test by now.
            let _ = thread.join();
        }
    }
}

/// Carries what is there.
fn carry(
    socket: &UdpSocket,
    server: u16,
    seed: u64,
    faults: Faults,
    clients: &mut BTreeMap<SocketAddr, (UdpSocket, LossyLink)>,
) {
    let mut buffer = [0; 65_536];
    if let Ok((length, from)) = socket.recv_from(&mut buffer) {
        let next = seed + clients.len() as u64;
        let (upstream, link) = clients.entry(from).or_insert_with(|| {
            let upstream = UdpSocket::bind("127.0.0.1:0").expect("a port");
            upstream.connect(("127.0.0.1", server)).expect("an address");
            upstream.set_nonblocking(true).expect("it need not block");
            (upstream, LossyLink::new(next, faults))
        });
        // What cannot be sent is lost, as in a net.
        link.carry(Direction::ToServer, &buffer[..length], |datagram| drop(upstream.send(datagram)));
    }
    for (client, (upstream, link)) in clients {
        while let Ok(length) = upstream.recv(&mut buffer) {
            link.carry(Direction::ToClient, &buffer[..length], |datagram| drop(socket.send_to(datagram, *client)));
        }
    }
}
