//! The listening socket: from [`Listen`] through the resolver to a socket that listens.
//!
//! Corresponds to `do_server` in `apps/lib/s_socket.c` and to `BIO_lookup_ex`, `BIO_bind` and `BIO_listen` beneath it.
//! What fails is a value; the line about it is made in `told.rs`.
mod lookup;
mod told;

use std::fmt;
use std::io;
use std::net::SocketAddr;

use s_server_core::options::run::{Family, Listen, RunPlan};
use s_server_core::server::Listening;
pub use s_server_core::server::SocketCall;
use socket2::{Domain, Protocol, Socket, Type};

use crate::descriptors::Shortage;
use crate::link::datagrams::DatagramSocket;
use crate::system::{self, Listener, SocketPath};
use lookup::{NO_NAME, lookup};

/// A socket that clients reach, and where.
#[derive(Debug)]
pub struct Bound {
    /// The socket.
    pub socket: Reached,
    /// Its address, for the ACCEPT line.
    pub at: At,
}

/// A socket that clients reach.
#[derive(Debug)]
pub enum Reached {
    /// It listens, and each client gets a socket of its own.
    Listens(Listener),
    /// All peers share it.
    Datagrams(DatagramSocket),
}

/// Where a socket listens.
#[derive(Debug)]
pub enum At {
    /// A TCP address.
    Tcp {
        /// The address, with the port that is in use.
        at: SocketAddr,
        /// The system chose the port.
        port_chosen: bool,
    },
    /// A UDP address.
    Udp {
        /// The address, with the port that is in use.
        at: SocketAddr,
        /// The system chose the port.
        port_chosen: bool,
    },
    /// A path in the file system.
    Unix {
        /// As it was given.
        path: Vec<u8>,
        /// Removes it.
        bound: SocketPath,
    },
}

impl At {
    /// The same in the words of the core, which tells it.
    pub fn listening(&self) -> Listening<'_> {
        match self {
            Self::Tcp { at, port_chosen } => Listening::Tcp { at: *at, port_chosen: *port_chosen },
            Self::Udp { at, port_chosen } => Listening::Udp { at: *at, port_chosen: *port_chosen },
            Self::Unix { path, .. } => Listening::Unix(path),
        }
    }

    /// Signals that end the program remove what is in the file system, too.
    pub fn remove_on_signal(&self) {
        if let Self::Unix { bound, .. } = self {
            bound.remove_on_signal();
        }
    }
}

/// The address, or the path.
impl fmt::Display for At {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp { at, .. } | Self::Udp { at, .. } => at.fmt(f),
            Self::Unix { path, .. } => f.write_str(&String::from_utf8_lossy(path)),
        }
    }
}

/// Why nothing listens.
#[derive(Debug)]
pub enum Failure {
    /// Host or service have no address: what `gai_strerror` says.
    Lookup(String),
    /// A call on the socket, or one of the resolver, failed with an error of the system.
    Socket {
        /// Which.
        call: SocketCall,
        /// Why.
        error: io::Error,
        /// A path that is taken, and what stands there.
        taken: Option<Taken>,
    },
    /// This system has no such sockets.
    NoUnixSockets,
    /// It listens, but there is too little for a client.
    Short(Shortage),
}

/// A path that is taken.
#[derive(Debug, PartialEq, Eq)]
pub struct Taken {
    /// As it was given.
    pub path: Vec<u8>,
    /// A socket stands there, not a file or a directory.
    pub is_socket: bool,
}

/// Listens as the plan says.
pub fn listen_for(plan: &RunPlan) -> Result<Bound, Failure> {
    let bound = listen(&plan.listen)?;
    if plan.fast_open { bound.open_fast() } else { Ok(bound) }
}

/// Listens at that place.
pub fn listen(listen: &Listen) -> Result<Bound, Failure> {
    match listen {
        Listen::Tcp { host, service, family } => internet(host.as_deref(), service.as_deref(), *family, Transport::Tcp),
        Listen::Udp { host, service, family } => internet(host.as_deref(), service.as_deref(), *family, Transport::Udp),
        Listen::Unix { path, unlink } => unix(path, *unlink),
    }
}

impl Bound {
    /// Lets clients send data with their first packet: TCP Fast Open, RFC 7413. `-tfo`.
    pub(crate) fn open_fast(self) -> Result<Self, Failure> {
        let failed = |error| Failure::Socket { call: SocketCall::FastOpen, error, taken: None };
        match &self.socket {
            Reached::Listens(listener) => listener.open_fast().map_err(failed)?,
            // There is no first packet that opens anything.
            Reached::Datagrams(_) => {}
        }
        Ok(self)
    }
}

fn unix(path: &[u8], unlink: bool) -> Result<Bound, Failure> {
    match system::listen_unix(path, unlink) {
        Ok((listener, bound)) => {
            Ok(Bound { socket: Reached::Listens(listener), at: At::Unix { path: path.to_vec(), bound } })
        }
        Err((_, error)) if error.kind() == io::ErrorKind::Unsupported => Err(Failure::NoUnixSockets),
        Err((call, error)) => {
            let taken = (error.kind() == io::ErrorKind::AddrInUse)
                .then(|| Taken { path: path.to_vec(), is_socket: system::is_socket(&system::path(path)) });
            Err(Failure::Socket { call, error, taken })
        }
    }
}

/// What goes over the internet protocols.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Transport {
    Tcp,
    Udp,
}

impl Transport {
    fn kind(self) -> (Type, Protocol) {
        match self {
            Self::Tcp => (Type::STREAM, Protocol::TCP),
            Self::Udp => (Type::DGRAM, Protocol::UDP),
        }
    }
}

fn internet(
    host: Option<&[u8]>,
    service: Option<&[u8]>,
    family: Family,
    transport: Transport,
) -> Result<Bound, Failure> {
    let places = choose(&lookup(host, service, family, transport.kind().0)?);
    let mut result = Err(Failure::Lookup(NO_NAME.into()));
    for place in places {
        result = open(place, transport);
        match &result {
            // A kernel without IPv6: the IPv4 address that was found with it is the next best.
            Err(Failure::Socket { call: SocketCall::Socket, .. }) => {}
            _ => break,
        }
    }
    result
}

/// An address to listen on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Place {
    at: SocketAddr,
    /// IPv6 without IPv4; of no meaning for IPv4.
    v6_only: bool,
}

/// Which of the addresses found is listened on: the first. If it and the second are of both families, the one of IPv6
/// takes the clients of both, and the other is the second choice.
fn choose(found: &[SocketAddr]) -> Vec<Place> {
    match found {
        [first, second, ..] if first.is_ipv4() != second.is_ipv4() => {
            let (v6, v4) = if first.is_ipv6() { (first, second) } else { (second, first) };
            vec![Place { at: *v6, v6_only: false }, Place { at: *v4, v6_only: true }]
        }
        [first, ..] => vec![Place { at: *first, v6_only: true }],
        [] => Vec::new(),
    }
}

fn open(place: Place, transport: Transport) -> Result<Bound, Failure> {
    let failed = |call| move |error| Failure::Socket { call, error, taken: None };
    let domain = Domain::for_address(place.at);
    let (kind, protocol) = transport.kind();
    let socket = Socket::new(domain, kind, Some(protocol)).map_err(failed(SocketCall::Socket))?;
    // No old connection lingers at a port for datagrams: with it one server would take the datagrams of another one.
    if system::REUSE_ADDRESS && transport == Transport::Tcp {
        socket.set_reuse_address(true).map_err(failed(SocketCall::ReuseAddress))?;
    }
    if place.at.is_ipv6() {
        socket.set_only_v6(place.v6_only).map_err(failed(SocketCall::V6Only))?;
    }
    socket.bind(&place.at.into()).map_err(failed(SocketCall::Bind))?;
    let name = |socket: &Socket| {
        let at = socket.local_addr().map_err(failed(SocketCall::Name))?;
        Ok(at.as_socket().unwrap_or(place.at))
    };
    let port_chosen = place.at.port() == 0;
    match transport {
        Transport::Tcp => {
            socket.listen(system::BACKLOG).map_err(failed(SocketCall::Listen))?;
            let at = At::Tcp { at: name(&socket)?, port_chosen };
            let listener = Listener::new(socket).map_err(failed(SocketCall::Socket))?;
            Ok(Bound { socket: Reached::Listens(listener), at })
        }
        Transport::Udp => {
            let at = At::Udp { at: name(&socket)?, port_chosen };
            let socket = DatagramSocket::new(socket).map_err(failed(SocketCall::Socket))?;
            Ok(Bound { socket: Reached::Datagrams(socket), at })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, TcpListener};

    fn tcp(host: Option<&[u8]>, service: Option<&[u8]>, family: Family) -> Result<Bound, Failure> {
        internet(host, service, family, Transport::Tcp)
    }

    fn bound(host: Option<&str>, service: &str, family: Family) -> (SocketAddr, bool) {
        match tcp(host.map(str::as_bytes), Some(service.as_bytes()), family).unwrap().at {
            At::Tcp { at, port_chosen } => (at, port_chosen),
            other => unreachable!("asked for TCP: {other}"),
        }
    }

    #[test]
    fn without_a_port_the_system_chooses_one() {
        for (host, family, address) in [
            (None, Family::Any, "::"),
            (None, Family::V6, "::"),
            (None, Family::V4, "0.0.0.0"),
            (Some("127.0.0.1"), Family::Any, "127.0.0.1"),
            (Some("127.0.0.1"), Family::V4, "127.0.0.1"),
            (Some("127.1"), Family::Any, "127.0.0.1"),
            (Some("localhost"), Family::V4, "127.0.0.1"),
            (Some("::1"), Family::Any, "::1"),
            (Some("::"), Family::Any, "::"),
        ] {
            let (at, port_chosen) = bound(host, "0", family);
            assert_eq!(at.ip().to_string(), address, "{host:?} {family:?}");
            assert!(port_chosen);
            assert_ne!(at.port(), 0);
        }
    }

    #[test]
    fn a_host_alone_gets_a_port_that_the_system_chooses() {
        let bound = tcp(Some(b"127.0.0.1"), None, Family::Any).unwrap();
        assert!(matches!(bound.at, At::Tcp { port_chosen: true, .. }));
    }

    #[test]
    fn a_named_port_is_taken_as_it_is() {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        assert_eq!(bound(Some("127.0.0.1"), &port.to_string(), Family::Any), (([127, 0, 0, 1], port).into(), false));
    }

    #[test]
    fn of_both_families_ipv6_is_taken_and_serves_both() {
        let v4: SocketAddr = "127.0.0.1:1".parse().unwrap();
        let v6: SocketAddr = "[::1]:1".parse().unwrap();
        let both = [Place { at: v6, v6_only: false }, Place { at: v4, v6_only: true }];
        assert_eq!(choose(&[v4, v6]), both);
        assert_eq!(choose(&[v6, v4]), both);
        assert_eq!(choose(&[v6, v6, v4]), [Place { at: v6, v6_only: true }]);
        assert_eq!(choose(&[v4, v4]), [Place { at: v4, v6_only: true }]);
        assert_eq!(choose(&[]), []);
    }

    #[test]
    fn any_address_takes_clients_of_both_families_but_a_named_one_does_not() {
        let any = tcp(None, Some(b"0"), Family::Any).unwrap();
        let only_v6 = tcp(Some(b"::"), Some(b"0"), Family::Any).unwrap();
        let port = |bound: &Bound| match bound.at {
            At::Tcp { at, .. } => at.port(),
            ref other => unreachable!("asked for TCP: {other}"),
        };
        let connect = |host: &str, port| std::net::TcpStream::connect((host, port));
        assert!(connect("127.0.0.1", port(&any)).is_ok() && connect("::1", port(&any)).is_ok());
        assert!(connect("127.0.0.1", port(&only_v6)).is_err() && connect("::1", port(&only_v6)).is_ok());
    }

    #[test]
    fn a_port_in_use_is_refused() {
        let other = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let service = other.local_addr().unwrap().port().to_string();
        match tcp(Some(b"127.0.0.1"), Some(service.as_bytes()), Family::Any) {
            Err(Failure::Socket { call: SocketCall::Bind, error, taken: None }) => {
                assert_eq!(error.kind(), io::ErrorKind::AddrInUse);
            }
            other => panic!("{other:?}"),
        }
    }
}
