//! All that is particular to Unix: sockets, the socket's path, standard input, signals, bytes of the command line.
//!
//! `windows.rs` has the same public items. Nothing else in this program asks on which system it runs.
use std::ffi::{CString, OsStr};
use std::fs::File;
use std::io::{self, Read, Write};
use std::mem::MaybeUninit;
use std::net::Shutdown;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;
use std::{fs, ptr, thread};

use mio::event::Source;
use mio::unix::SourceFd;
use mio::{Interest, Registry, Token};
use socket2::{Domain, SockAddr, Socket, Type};

use crate::listen::SocketCall;

/// Length of the queue of connections that wait for an accept.
pub const BACKLOG: i32 = libc::SOMAXCONN;
/// A listening socket may take an address on which old connections linger.
pub const REUSE_ADDRESS: bool = true;
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
    pub fn accept(&self) -> io::Result<Stream> {
        let (socket, peer) = self.0.accept()?;
        socket.set_nonblocking(true)?;
        if peer.as_socket().is_some() {
            // A socket whose peer has gone refuses this; reading tells.
            let _ = socket.set_tcp_nodelay(true);
        }
        Ok(Stream(socket))
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

/// Why a Unix socket does not listen: the call that failed, and the error.
pub type UnixFailure = (SocketCall, io::Error);

/// Listens at `path`. `unlink`: a socket that is already there is removed first; nothing else ever is.
pub fn listen_unix(path: &[u8], unlink: bool) -> Result<(Listener, SocketPath), UnixFailure> {
    let at = self::path(path);
    let address = SockAddr::unix(&at).map_err(|_| (SocketCall::Bind, io::Error::from_raw_os_error(libc::EINVAL)))?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(|e| (SocketCall::Socket, e))?;
    if unlink && is_socket(&at) {
        // If that fails, bind says why the place is not free.
        let _ = fs::remove_file(&at);
    }
    socket.bind(&address).map_err(|e| (SocketCall::Bind, e))?;
    let bound = SocketPath::of(&at);
    socket.listen(BACKLOG).map_err(|e| (SocketCall::Listen, e))?;
    let listener = Listener::new(socket).map_err(|e| (SocketCall::Listen, e))?;
    Ok((listener, bound))
}

/// What a hint may say about a path that is taken.
pub fn is_socket(path: &Path) -> bool {
    fs::symlink_metadata(path).is_ok_and(|found| found.file_type().is_socket())
}

/// The path of a socket of ours. It is removed when this is dropped, unless something else has taken its place.
#[derive(Debug)]
pub struct SocketPath(Option<Arc<Bound>>);

/// Identity of a socket in the file system.
#[derive(Debug)]
struct Bound {
    path: CString,
    device: u64,
    inode: u64,
}

/// What the signal handler removes.
static BOUND: OnceLock<Arc<Bound>> = OnceLock::new();

impl SocketPath {
    fn of(path: &Path) -> Self {
        let found = fs::symlink_metadata(path).ok();
        let name = CString::new(path.as_os_str().as_bytes()).ok();
        Self(found.zip(name).map(|(at, path)| Arc::new(Bound { path, device: at.dev(), inode: at.ino() })))
    }

    /// SIGTERM, SIGINT and SIGHUP remove the path, too, and then end the program as if they were not caught.
    ///
    /// A signal that whoever started the program chose to ignore (`nohup`) stays ignored.
    pub fn remove_on_signal(&self) {
        let Some(bound) = &self.0 else { return };
        if BOUND.set(bound.clone()).is_ok() {
            for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
                catch(signal);
            }
        }
    }
}

impl Drop for SocketPath {
    fn drop(&mut self) {
        if let Some(bound) = &self.0 {
            bound.remove();
        }
    }
}

impl Bound {
    /// Removes the path if it is still the socket that was bound. Async-signal-safe: nothing is allocated or locked.
    fn remove(&self) {
        let mut at = MaybeUninit::<libc::stat>::uninit();
        // SAFETY: the path ends with NUL and `at` has room for what lstat fills in; it is read only after success.
        let found = unsafe {
            if libc::lstat(self.path.as_ptr(), at.as_mut_ptr()) != 0 {
                return;
            }
            at.assume_init()
        };
        // The fields' types differ between systems.
        #[allow(clippy::unnecessary_cast)]
        let ours = (found.st_dev as u64, found.st_ino as u64) == (self.device, self.inode);
        if ours {
            // SAFETY: the path ends with NUL.
            unsafe { libc::unlink(self.path.as_ptr()) };
        }
    }
}

/// Installs [`on_signal`], unless the signal is ignored or caught already.
fn catch(signal: libc::c_int) {
    // SAFETY: a zeroed sigaction is a valid one (default action, no flags, empty mask); the handler only makes
    // async-signal-safe calls.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        if libc::sigaction(signal, ptr::null(), &mut now) != 0 || now.sa_sigaction != libc::SIG_DFL {
            return;
        }
        let mut then: libc::sigaction = std::mem::zeroed();
        then.sa_sigaction = on_signal as *const () as libc::sighandler_t;
        then.sa_flags = libc::SA_RESETHAND;
        libc::sigaction(signal, &then, ptr::null_mut());
    }
}

/// Removes the path. The raised signal comes when this returns, and SA_RESETHAND has put its default action back.
extern "C" fn on_signal(signal: libc::c_int) {
    if let Some(bound) = BOUND.get() {
        bound.remove();
    }
    // SAFETY: raise is async-signal-safe.
    unsafe { libc::raise(signal) };
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
    use std::os::unix::fs::{FileTypeExt, MetadataExt};
    let Ok(about) = file.metadata() else { return false };
    let null = || std::fs::metadata("/dev/null").is_ok_and(|null| null.rdev() == about.rdev());
    about.is_file() || (about.file_type().is_char_device() && null())
}

/// Waits until `file`, which somebody made non-blocking, takes bytes again.
pub fn wait_writable(file: &File) {
    let mut entry = libc::pollfd { fd: file.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: one valid entry, and its number is 1. Whatever is returned: the next write tells.
    unsafe { libc::poll(&mut entry, 1, -1) };
}

/// Standard input, which is looked at before it is read, so that what comes as the program ends is left to the shell.
///
/// A thread waits for input, and only when asked; the reading is done by whoever wants it.
pub struct Stdin {
    /// `None`: there is no standard input, and so neither a byte nor an end ever comes.
    file: Option<File>,
    watch: Arc<Watch>,
}

#[derive(Default)]
struct Watch {
    asked: Mutex<bool>,
    changed: Condvar,
}

impl Stdin {
    /// The program's standard input. `wake` is called when input is there, once per [`Stdin::watch`].
    pub fn start(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        if STDIN_WAS_CLOSED.load(Ordering::Relaxed) {
            return Ok(Self { file: None, watch: Arc::default() });
        }
        Self::over(io::stdin().as_fd().try_clone_to_owned()?, wake)
    }

    /// Another descriptor in its place.
    pub fn over(input: impl Into<OwnedFd>, wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        let file = File::from(input.into());
        let watched = file.try_clone()?;
        let watch = Arc::new(Watch::default());
        let shared = watch.clone();
        thread::Builder::new().name("stdin".into()).spawn(move || {
            loop {
                shared.wait_for_a_question();
                has_input(watched.as_raw_fd(), None);
                *shared.asked.lock().unwrap_or_else(PoisonError::into_inner) = false;
                wake();
            }
        })?;
        Ok(Self { file: Some(file), watch })
    }

    /// Asks for a wake-up when there is something to read.
    pub fn watch(&self) {
        // Somebody who was asked already is still waiting: no call of the system for each read of the wire.
        if !std::mem::replace(&mut *self.watch.asked.lock().unwrap_or_else(PoisonError::into_inner), true) {
            self.watch.changed.notify_one();
        }
    }

    /// One read of at most `max` bytes, if that need not wait; empty at the end of input.
    pub fn read(&mut self, max: usize) -> Option<io::Result<Vec<u8>>> {
        let file = self.file.as_mut()?;
        if !has_input(file.as_raw_fd(), Some(Duration::ZERO)) {
            return None;
        }
        let mut unit = vec![0; max];
        let read = loop {
            match file.read(&mut unit) {
                Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => return None,
                read => break read,
            }
        };
        Some(read.map(|length| {
            unit.truncate(length);
            unit
        }))
    }
}

impl Watch {
    fn wait_for_a_question(&self) {
        let mut asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
        while !*asked {
            asked = self.changed.wait(asked).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Waits until a read of `fd` would not block, at most for `time`. With `select`, because the `poll` of macOS does not
/// know terminals.
fn has_input(fd: RawFd, time: Option<Duration>) -> bool {
    if fd as usize >= libc::FD_SETSIZE {
        return true;
    }
    loop {
        let mut limit = time.map(|time| libc::timeval {
            tv_sec: time.as_secs() as libc::time_t,
            tv_usec: time.subsec_micros() as libc::suseconds_t,
        });
        let limit = limit.as_mut().map_or(ptr::null_mut(), ptr::from_mut);
        // SAFETY: `fd` is below FD_SETSIZE, the set is initialised by FD_ZERO, `limit` is null or valid.
        let found = unsafe {
            let mut set = MaybeUninit::<libc::fd_set>::uninit();
            libc::FD_ZERO(set.as_mut_ptr());
            libc::FD_SET(fd, set.as_mut_ptr());
            libc::select(fd + 1, set.as_mut_ptr(), ptr::null_mut(), ptr::null_mut(), limit)
        };
        if found >= 0 || io::Error::last_os_error().kind() != io::ErrorKind::Interrupted {
            return found != 0;
        }
    }
}

/// There was no descriptor 0 when the program started. By the time `main` runs, Rust has put `/dev/null` there, whose
/// end of input would end the server at its first client.
static STDIN_WAS_CLOSED: AtomicBool = AtomicBool::new(false);

extern "C" fn look_for_stdin() {
    // SAFETY: F_GETFD takes no argument and changes nothing.
    let closed = unsafe { libc::fcntl(0, libc::F_GETFD) } == -1;
    STDIN_WAS_CLOSED.store(closed, Ordering::Relaxed);
}

// SAFETY: the section holds pointers to functions without arguments that run before `main`; this one needs nothing of
// the Rust runtime.
#[used]
#[cfg_attr(target_vendor = "apple", unsafe(link_section = "__DATA,__mod_init_func"))]
#[cfg_attr(not(target_vendor = "apple"), unsafe(link_section = ".init_array"))]
static BEFORE_MAIN: extern "C" fn() = look_for_stdin;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::listen::{At, Bound as Listening, Failure, Taken, listen};
    use s_server_core::options::plan::{Family, Listen};
    use std::os::unix::net::UnixStream;
    use std::os::unix::process::ExitStatusExt;
    use std::process::{Command, Stdio};

    /// An empty folder of its own, removed at the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("s_server-{}-{name}", std::process::id()));
            fs::create_dir(&path).unwrap();
            Self(path)
        }

        fn socket(&self) -> PathBuf {
            self.0.join("s")
        }

        fn listen(&self, unlink: bool) -> Result<Listening, Failure> {
            listen(&Listen::Unix { path: self.socket().into_os_string().into_vec(), unlink })
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            fs::remove_dir_all(&self.0).unwrap();
        }
    }

    fn refusal(result: Result<Listening, Failure>) -> (io::ErrorKind, bool) {
        match result {
            Err(Failure::Socket { error, taken: Some(Taken { is_socket, .. }), .. }) => (error.kind(), is_socket),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    #[cfg(target_os = "linux")]
    fn a_listener_that_opens_fast_has_a_queue_for_that() {
        let queue = |listening: &Listening| {
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

    #[test]
    fn the_path_exists_as_long_as_the_socket() {
        let folder = Folder::new("lifetime");
        let bound = folder.listen(false).unwrap();
        assert!(matches!(&bound.at, At::Unix { path, .. } if *path == folder.socket().as_os_str().as_bytes()));
        UnixStream::connect(folder.socket()).unwrap();
        drop(bound);
        assert!(!folder.socket().exists());
    }

    #[test]
    fn another_servers_socket_is_refused_and_stays() {
        let folder = Folder::new("taken");
        let _other = folder.listen(false).unwrap();
        assert_eq!(refusal(folder.listen(false)), (io::ErrorKind::AddrInUse, true));
        UnixStream::connect(folder.socket()).unwrap();
    }

    #[test]
    fn unlink_takes_the_place_of_a_socket_whose_server_then_removes_nothing() {
        let folder = Folder::new("replaced");
        let first = folder.listen(false).unwrap();
        let _second = folder.listen(true).unwrap();
        drop(first);
        UnixStream::connect(folder.socket()).unwrap();
    }

    #[test]
    fn unlink_without_anything_there_is_no_error() {
        let folder = Folder::new("nothing");
        folder.listen(true).unwrap();
    }

    #[test]
    fn what_is_not_a_socket_is_never_removed() {
        let folder = Folder::new("file");
        fs::write(folder.socket(), "precious").unwrap();
        for unlink in [false, true] {
            assert_eq!(refusal(folder.listen(unlink)), (io::ErrorKind::AddrInUse, false));
            assert_eq!(fs::read_to_string(folder.socket()).unwrap(), "precious");
        }
        fs::rename(folder.socket(), folder.0.join("file")).unwrap();
        std::os::unix::fs::symlink("file", folder.socket()).unwrap();
        assert_eq!(refusal(folder.listen(true)), (io::ErrorKind::AddrInUse, false));
        assert!(folder.socket().is_symlink());
    }

    #[test]
    fn a_path_that_cannot_be_bound_is_refused_with_its_number() {
        let errno = |path: Vec<u8>| match listen(&Listen::Unix { path, unlink: false }) {
            Err(Failure::Socket { error, taken: None, .. }) => error.raw_os_error(),
            other => panic!("{other:?}"),
        };
        assert_eq!(errno(b"/no/such/folder/s".into()), Some(libc::ENOENT));
        assert_eq!(errno(vec![b'x'; 200]), Some(libc::EINVAL));
    }

    /// What the processes of the tests below do.
    #[test]
    #[ignore = "only in a process that is to be killed"]
    fn inside_a_process_that_is_killed() {
        let path = std::env::var_os("S_SERVER_TEST_SOCKET").unwrap().into_vec();
        let bound = listen(&Listen::Unix { path, unlink: false }).unwrap();
        let At::Unix { bound: path, .. } = &bound.at else { unreachable!("asked for a Unix socket") };
        path.remove_on_signal();
        fs::write(std::env::var_os("S_SERVER_TEST_READY").unwrap(), "").unwrap();
        loop {
            thread::park();
        }
    }

    /// Kills such a process once it listens; how it ended, and whether its path is still there.
    fn killed_by(signal: libc::c_int, name: &str, shell: &str) -> (Option<i32>, bool) {
        let folder = Folder::new(name);
        let mut child = Command::new("sh")
            .args(["-c", shell])
            .arg(std::env::current_exe().unwrap())
            .args(["--exact", "system::tests::inside_a_process_that_is_killed", "--ignored"])
            .env("S_SERVER_TEST_SOCKET", folder.socket())
            .env("S_SERVER_TEST_READY", folder.0.join("ready"))
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let pid = child.id() as libc::pid_t;
        // SAFETY: the process is ours and not yet waited for.
        let kill = |signal| assert_eq!(unsafe { libc::kill(pid, signal) }, 0);
        while !folder.0.join("ready").exists() {
            assert!(child.try_wait().unwrap().is_none());
            thread::yield_now();
        }
        kill(signal);
        if shell.starts_with("trap") {
            // It does not overtake the other: signals that are pending are handled in the order of their numbers.
            kill(libc::SIGTERM);
        }
        (child.wait().unwrap().signal(), folder.socket().exists())
    }

    #[test]
    fn signals_remove_the_path_and_still_kill() {
        let plain = "exec \"$0\" \"$@\"";
        assert_eq!(killed_by(libc::SIGTERM, "term", plain), (Some(libc::SIGTERM), false));
        assert_eq!(killed_by(libc::SIGINT, "int", plain), (Some(libc::SIGINT), false));
        assert_eq!(killed_by(libc::SIGHUP, "hup", plain), (Some(libc::SIGHUP), false));
    }

    #[test]
    fn an_ignored_signal_stays_ignored() {
        let nohup = "trap '' HUP; exec \"$0\" \"$@\"";
        assert_eq!(killed_by(libc::SIGHUP, "nohup", nohup), (Some(libc::SIGTERM), false));
    }
}
