//! All that is particular to Unix: sockets (`socket.rs`), the socket's path and signals (`socket_path.rs`), standard input
//! (`stdin.rs`), the terminal (`terminal.rs`), files, descriptors, bytes of the command line.
//!
//! `windows.rs` has the same public items. Nothing else in this program asks on which system it runs.
mod socket;
mod socket_path;
mod stdin;
mod terminal;

use std::ffi::OsStr;
use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, AsRawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::PathBuf;

pub use socket::{BACKLOG, Listener, Stream, TIMED_OUT, forget_the_unreachable, receive_generously};
pub use socket_path::{SocketPath, UnixFailure, is_socket, listen_unix};
pub use stdin::Stdin;
pub use terminal::Terminal;

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
