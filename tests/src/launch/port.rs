//! Hands out ports of TCP and UDP that no other run has, in this process or another one.

use std::net::{TcpListener, UdpSocket};
use std::os::linux::net::SocketAddrExt;
use std::os::unix::net::{SocketAddr, UnixListener};
use std::sync::atomic::{AtomicU16, Ordering};

/// Below the range from which the kernel takes the ports of clients.
const FIRST: u16 = 20_000;
const COUNT: u16 = 12_000;

/// A port that stays reserved, by an abstract Unix socket of its number, until this is dropped.
#[derive(Debug)]
pub struct Port {
    /// The number.
    pub number: u16,
    _claim: UnixListener,
}

/// Reserves a port on which nobody listens, of either kind.
///
/// # Panics
/// When every port is taken.
pub fn reserve() -> Port {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let start = (std::process::id() % u32::from(COUNT)) as u16;
    for _ in 0..COUNT {
        let number = FIRST + (start + NEXT.fetch_add(7, Ordering::Relaxed) % COUNT) % COUNT;
        let name = SocketAddr::from_abstract_name(format!("s_server-conformance-{number}"));
        let Ok(claim) = name.and_then(|name| UnixListener::bind_addr(&name)) else { continue };
        if TcpListener::bind(("::", number)).is_ok() && UdpSocket::bind(("::", number)).is_ok() {
            return Port { number, _claim: claim };
        }
    }
    panic!("no free port from {FIRST} on");
}

#[cfg(test)]
mod tests {
    #[test]
    fn two_reservations_differ() {
        let ports: Vec<super::Port> = (0..100).map(|_| super::reserve()).collect();
        let numbers: std::collections::BTreeSet<u16> = ports.iter().map(|port| port.number).collect();
        assert_eq!(numbers.len(), 100);
    }
}
