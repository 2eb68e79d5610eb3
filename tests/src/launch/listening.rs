//! What `/proc` tells of sockets: whether a process listens, without a word of it and without connecting, and what it left
//! unread.

use std::net::TcpStream;
use std::path::PathBuf;

/// Where a process listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listening {
    /// A TCP port, or one of UDP.
    Port(u16),
    /// A Unix socket.
    Path(PathBuf),
}

impl Listening {
    /// The port.
    ///
    /// # Panics
    /// When it is a Unix socket.
    pub fn port(&self) -> u16 {
        match self {
            Listening::Port(port) => *port,
            Listening::Path(path) => panic!("it listens on {}", path.display()),
        }
    }
}

/// The first listening socket among the descriptors of `pid`; of UDP, which does not listen, the first.
pub fn find(pid: u32) -> Option<Listening> {
    let inodes: Vec<String> = std::fs::read_dir(format!("/proc/{pid}/fd"))
        .ok()?
        .filter_map(|entry| std::fs::read_link(entry.ok()?.path()).ok())
        .filter_map(|link| Some(link.to_str()?.strip_prefix("socket:[")?.strip_suffix(']')?.to_owned()))
        .collect();
    let port = |names: [&str; 2], states: &[&str]| {
        let tables = names.map(|name| std::fs::read_to_string(format!("/proc/{pid}/net/{name}")));
        tables.iter().flatten().flat_map(|table| table.lines()).find_map(|line| port(line, states, &inodes))
    };
    let port = port(["tcp", "tcp6"], &["0A"]).or_else(|| port(["udp", "udp6"], &["07", "01"]));
    port.map(Listening::Port).or_else(|| {
        let table = std::fs::read_to_string(format!("/proc/{pid}/net/unix")).ok()?;
        table.lines().find_map(|line| path(line, &inodes)).map(Listening::Path)
    })
}

/// `sl local_address rem_address st tx:rx tr:when retrnsmt uid timeout inode`: state 0A listens; of UDP 07 is without a peer,
/// and 01 has one.
fn port(line: &str, states: &[&str], inodes: &[String]) -> Option<u16> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (local, state, inode) = (fields.get(1)?, fields.get(3)?, fields.get(9)?);
    let (_, port) = local.rsplit_once(':')?;
    (states.contains(state) && inodes.iter().any(|i| i == inode)).then(|| u16::from_str_radix(port, 16).ok())?
}

/// Bytes that the other side of a connection on this machine has not read yet.
pub fn unread(by_the_peer_of: &TcpStream) -> Option<u64> {
    let ports = [by_the_peer_of.peer_addr().ok()?.port(), by_the_peer_of.local_addr().ok()?.port()];
    let tables = ["tcp", "tcp6"].map(|name| std::fs::read_to_string(format!("/proc/self/net/{name}")));
    tables.iter().flatten().flat_map(|table| table.lines()).find_map(|line| waiting(line, ports))
}

/// The same fields as for [`port`], of the socket with these ports: its own and its peer's.
fn waiting(line: &str, ports: [u16; 2]) -> Option<u64> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let port = |address: &str| u16::from_str_radix(address.rsplit_once(':')?.1, 16).ok();
    let (_, received) = fields.get(4)?.split_once(':')?;
    let ours = [port(fields.get(1)?)?, port(fields.get(2)?)?] == ports;
    ours.then(|| u64::from_str_radix(received, 16).ok())?
}

/// `Num RefCount Protocol Flags Type St Inode Path`, flag 0x10000
fn path(line: &str, inodes: &[String]) -> Option<PathBuf> {
    let fields: Vec<&str> = line.split_whitespace().collect();
    let (flags, inode, path) = (fields.get(3)?, fields.get(6)?, fields.get(7)?);
    (*flags == "00010000" && inodes.iter().any(|i| i == inode)).then(|| PathBuf::from(path))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::TcpListener;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_port_is_recognised_by_state_and_inode() {
        let line =
            "0: 00000000000000000000000000000000:1151 00000000000000000000000000000000:0000 0A 0:0 0:0 0 0 0 77 1";
        assert_eq!(port(line, &["0A"], &["77".to_owned()]), Some(4433));
        assert_eq!(port(line, &["0A"], &["78".to_owned()]), None);
        assert_eq!(port(&line.replace(" 0A ", " 01 "), &["0A"], &["77".to_owned()]), None);
    }

    #[test]
    fn what_is_unread_is_counted() {
        use std::io::{Read, Write};
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let mut client = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let mut server = listener.accept().unwrap().0;
        client.write_all(b"abc").unwrap();
        server.read_exact(&mut [0]).unwrap();
        assert_eq!((unread(&client), unread(&server)), (Some(2), Some(0)));
    }

    #[test]
    fn our_own_listener_is_found() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let inodes: Vec<String> = vec![inode_of(&listener)];
        let table = std::fs::read_to_string("/proc/self/net/tcp").unwrap();
        let found = table.lines().find_map(|line| port(line, &["0A"], &inodes));
        assert_eq!(found, Some(listener.local_addr().unwrap().port()));
    }

    #[test]
    fn a_socket_for_datagrams_is_found() {
        let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let table = std::fs::read_to_string("/proc/self/net/udp").unwrap();
        let found = table.lines().find_map(|line| port(line, &["07"], &[inode_of(&socket)]));
        assert_eq!(found, Some(socket.local_addr().unwrap().port()));
    }

    #[test]
    fn a_unix_listener_is_found() {
        let at = std::env::temp_dir().join(format!("listening-{}", std::process::id()));
        let _ = std::fs::remove_file(&at);
        let listener = UnixListener::bind(&at).unwrap();
        let table = std::fs::read_to_string("/proc/self/net/unix").unwrap();
        let inodes = [inode_of(&listener)];
        assert_eq!(table.lines().find_map(|line| path(line, &inodes)).as_ref(), Some(&at));
        std::fs::remove_file(&at).unwrap();
    }

    fn inode_of(socket: &impl std::os::fd::AsRawFd) -> String {
        let link = std::fs::read_link(format!("/proc/self/fd/{}", socket.as_raw_fd())).unwrap();
        link.to_str().unwrap().strip_prefix("socket:[").unwrap().strip_suffix(']').unwrap().to_owned()
    }
}
