//! All that is particular to Unix: sockets, the socket's path and signals (`socket_path.rs`), standard input (`stdin.rs`),
//! the terminal (`terminal.rs`), bytes of the command line.
//!
//! `windows.rs` has the same public items. Nothing else in this program asks on which system it runs.
mod socket_path;
mod stdin;
mod terminal;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;

use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use s_server_core::io::PeerAddress;
use socket2::Socket;

use crate::link::Accepted;

pub use socket_path::{SocketPath, UnixFailure, is_socket, listen_unix};
pub use stdin::Stdin;
pub use terminal::Terminal;

/// Length of the queue of connections that wait for an accept.
pub const BACKLOG: i32 = libc::SOMAXCONN;
/// A listening socket may take an address on which old connections linger.
pub const REUSE_ADDRESS: bool = true;
/// The longest path of a socket, in bytes: a NUL follows it.
pub const SOCKET_PATH_LIMIT: usize =
    size_of::<libc::sockaddr_un>() - std::mem::offset_of!(libc::sockaddr_un, sun_path) - 1;
/// `getaddrinfo`: only families that this machine has an address of.
pub const AI_ADDRCONFIG: i32 = libc::AI_ADDRCONFIG;
/// `getaddrinfo`: addresses to listen on.
pub const AI_PASSIVE: i32 = libc::AI_PASSIVE;
/// `getaddrinfo`: the host is an address, nothing is asked of a name server.
pub const AI_NUMERICHOST: i32 = libc::AI_NUMERICHOST;

/// The command line, program name first.
pub fn argv() -> Vec<Vec<u8>> {
    std::env::args_os().map(OsStringExt::into_vec).collect()
}

/// An environment variable's value.
pub fn variable(name: &str) -> Option<Vec<u8>> {
    std::env::var_os(name).map(OsStringExt::into_vec)
}

/// The path that these bytes of the command line name.
pub fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}

/// Opening a file never waits: not for the other end of a FIFO, not for a device.
pub fn do_not_wait(options: &mut cap_std::fs::OpenOptions) {
    use cap_std::fs::OpenOptionsExt;
    options.custom_flags(libc::O_NONBLOCK | libc::O_NOCTTY);
}

/// Opening failed because there is a socket, or a device that is not there.
pub fn is_special_file(error: &io::Error) -> bool {
    matches!(error.raw_os_error(), Some(libc::ENXIO | libc::ENODEV | libc::EOPNOTSUPP))
}

/// No other program keeps a file to itself here.
pub fn is_held(_: &io::Error) -> bool {
    false
}

/// A CR before the end of a text file's line is part of the line.
pub const CR_LF: bool = false;

/// How many descriptors this process may have.
pub fn descriptor_limit() -> Option<u64> {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: the structure is writable, and read only after success.
    let result = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &raw mut limit) };
    // The field's type differs between systems.
    #[allow(clippy::unnecessary_cast)]
    (result == 0).then_some(limit.rlim_cur as u64)
}

/// The limit under which that many more could be had than under `limit`, where none is left. What was handed down to this
/// process may have higher numbers than it could give itself.
pub fn descriptor_limit_for(missing: usize, limit: u64) -> u64 {
    // SAFETY: F_GETFD takes no argument and changes nothing.
    let is_free = |number: &u64| unsafe { libc::fcntl(*number as libc::c_int, libc::F_GETFD) } == -1;
    let last = (limit..).filter(is_free).take(missing).last();
    last.map_or(limit, |last| last + 1)
}

/// Opening something failed because this process has as many descriptors as it may.
pub fn is_limit_of_descriptors(error: &io::Error) -> bool {
    error.raw_os_error() == Some(libc::EMFILE)
}

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

    /// The next client.
    pub fn accept(&self) -> io::Result<Accepted<Stream>> {
        let (socket, peer) = self.0.accept()?;
        socket.set_nonblocking(true)?;
        let from = peer.as_socket().map_or(PeerAddress::Unix, PeerAddress::Ip);
        if from != PeerAddress::Unix {
            // A socket whose peer has gone refuses this; reading tells.
            let _ = socket.set_tcp_nodelay(true);
        }
        Ok(Accepted { stream: Stream(socket), from })
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

/// A read that brings less than it could has emptied a stream's socket, and the poll tells when more comes.
pub const SHORT_READ_EMPTIES: bool = true;

/// Standard output, written without a buffer.
pub fn stdout() -> io::Result<File> {
    io::stdout().as_fd().try_clone_to_owned().map(File::from)
}

/// Standard error, written without a buffer.
pub fn stderr() -> io::Result<File> {
    io::stderr().as_fd().try_clone_to_owned().map(File::from)
}

/// A file that these options make is for its owner alone.
pub fn for_owner(options: &mut std::fs::OpenOptions) {
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
}

/// The file is for its owner alone from now on.
pub fn keep_for_owner(file: &File) -> io::Result<()> {
    file.set_permissions(std::os::unix::fs::PermissionsExt::from_mode(0o600))
}

/// A descriptor as a file.
#[cfg(test)]
pub fn file(of: impl Into<std::os::fd::OwnedFd>) -> File {
    File::from(of.into())
}

/// A file descriptor that somebody else opened; it is not closed.
#[derive(Debug)]
pub struct Descriptor(pub i32);

impl Read for Descriptor {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        // SAFETY: `to` is writable for its length; a descriptor that is not open is an error.
        let got = unsafe { libc::read(self.0, to.as_mut_ptr().cast(), to.len() as _) };
        usize::try_from(got).map_err(|_| io::Error::last_os_error())
    }
}

/// Writing to `file` never waits: it lies on a disk, or is `/dev/null`.
pub fn never_waits(file: &File) -> bool {
    let Ok(about) = file.metadata() else { return false };
    let null = || std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == about.rdev());
    about.is_file() || (about.file_type().is_char_device() && null())
}

/// Writes what a pipe or a socket takes without a wait; an error where it takes nothing, or the kernel cannot tell.
#[cfg(target_os = "linux")]
pub fn write_at_once(file: &File, bytes: &[u8]) -> io::Result<usize> {
    use rustix::io::{ReadWriteFlags, pwritev2};
    Ok(pwritev2(file, &[io::IoSlice::new(bytes)], u64::MAX, ReadWriteFlags::NOWAIT)?)
}

/// Nothing is written: there is no way to write without a wait, but to change the file for everybody who has it.
#[cfg(not(target_os = "linux"))]
pub fn write_at_once(_file: &File, _bytes: &[u8]) -> io::Result<usize> {
    Err(io::ErrorKind::WouldBlock.into())
}

/// Waits until `file`, which somebody made non-blocking, takes bytes again.
pub fn wait_writable(file: &File) {
    let mut entry = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: one valid entry, and its number is 1. Whatever is returned: the next write tells.
    unsafe { libc::poll(&mut entry, 1, -1) };
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listen::{Bound, listen};
    use s_server_core::options::run::{Family, Listen};

    #[test]
    #[cfg(target_os = "linux")]
    fn a_listener_that_opens_fast_has_a_queue_for_that() {
        let queue = |listening: &Bound| {
            let mut value: libc::c_int = 0;
            let mut len = size_of_val(&value) as libc::socklen_t;
            let socket = listening.listener.0.as_raw_fd();
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
