//! All that is particular to Windows: sockets, standard input, text of the command line.
//!
//! `unix/` has the same public items. There are no Unix sockets and no signals here.
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::windows::io::{AsHandle, AsRawHandle, AsRawSocket, OwnedHandle, RawHandle};
use std::path::{Path, PathBuf};
use std::ptr;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use mio::event::Source;
use mio::{Interest, Registry, Token};
use s_server_core::io::PeerAddress;
use socket2::Socket;

use s_server_core::server::SocketCall;

#[link(name = "ws2_32")]
unsafe extern "system" {
    fn WSAIoctl(
        socket: usize,
        code: u32,
        value: *const u8,
        value_length: u32,
        to: *mut u8,
        to_length: u32,
        length: *mut u32,
        overlapped: *mut u8,
        done: *const u8,
    ) -> i32;
}

unsafe extern "system" {
    fn GetConsoleMode(console: RawHandle, mode: *mut u32) -> i32;
    fn SetConsoleMode(console: RawHandle, mode: u32) -> i32;
    fn GetFileType(file: RawHandle) -> u32;
    fn PeekNamedPipe(
        pipe: RawHandle,
        to: *mut u8,
        size: u32,
        read: *mut u32,
        available: *mut u32,
        left: *mut u32,
    ) -> i32;
}

/// Length of the queue of connections that wait for an accept: `SOMAXCONN`, the system's own limit.
pub const BACKLOG: i32 = i32::MAX;
/// A listening socket may take an address on which old connections linger. Here it always may; the option of that name
/// would let it take one on which another program listens.
pub const REUSE_ADDRESS: bool = false;
/// The longest path of a socket: there are none.
pub const SOCKET_PATH_LIMIT: usize = 0;
/// How many descriptors this process may have: there is no limit that a server could meet.
pub fn descriptor_limit() -> Option<u64> {
    None
}

/// The limit under which more could be had.
pub fn descriptor_limit_for(_missing: usize, limit: u64) -> u64 {
    limit
}

/// Opening something failed because of such a limit.
pub fn is_limit_of_descriptors(_error: &io::Error) -> bool {
    false
}

/// `getaddrinfo`: only families that this machine has an address of.
pub const AI_ADDRCONFIG: i32 = 0x0400;
/// `getaddrinfo`: addresses to listen on.
pub const AI_PASSIVE: i32 = 0x0001;
/// `getaddrinfo`: the host is an address, nothing is asked of a name server.
pub const AI_NUMERICHOST: i32 = 0x0004;

/// The command line, program name first, as UTF-8.
pub fn argv() -> Vec<Vec<u8>> {
    std::env::args_os().map(|word| word.to_string_lossy().into_owned().into_bytes()).collect()
}

/// An environment variable's value, as UTF-8.
pub fn variable(name: &str) -> Option<Vec<u8>> {
    std::env::var_os(name).map(|value| value.to_string_lossy().into_owned().into_bytes())
}

/// The path that these bytes of the command line name.
pub fn path(bytes: &[u8]) -> PathBuf {
    PathBuf::from(String::from_utf8_lossy(bytes).into_owned())
}

/// Opening a file never waits here as it is.
pub fn do_not_wait(_: &mut cap_std::fs::OpenOptions) {}

/// Who may read a new file is inherited from its folder here.
pub fn for_owner(_: &mut OpenOptions) {}

/// Likewise.
pub fn keep_for_owner(_: &File) -> io::Result<()> {
    Ok(())
}

/// Opening failed because there is no file of a disk.
pub fn is_special_file(_: &io::Error) -> bool {
    false
}

/// Opening failed because another program has the file for itself, which the C library calls a want of permission.
pub fn is_held(error: &io::Error) -> bool {
    const ERROR_SHARING_VIOLATION: i32 = 32;
    const ERROR_LOCK_VIOLATION: i32 = 33;
    matches!(error.raw_os_error(), Some(ERROR_SHARING_VIOLATION | ERROR_LOCK_VIOLATION))
}

/// The lines of text files may end with CR LF, of which the C library shows LF alone.
pub const CR_LF: bool = true;

/// A listening socket. Never blocks.
#[derive(Debug)]
pub struct Listener {
    socket: Socket,
    source: mio::net::TcpListener,
}

impl Listener {
    /// Takes over a socket that listens.
    pub fn new(socket: Socket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        let source = mio::net::TcpListener::from_std(socket.try_clone()?.into());
        Ok(Self { socket, source })
    }

    /// Clients may send data with their first packet: the option is refused on this system.
    pub fn open_fast(&self) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    /// The next client, and its address.
    pub fn accept(&self) -> io::Result<(Stream, PeerAddress)> {
        let (stream, from) = self.source.accept()?;
        // A socket whose peer has gone refuses this; reading tells.
        let _ = stream.set_nodelay(true);
        Ok((Stream(stream), PeerAddress::Ip(from)))
    }

    /// Another handle of the same socket, for another worker.
    pub fn try_clone(&self) -> io::Result<Self> {
        Self::new(self.socket.try_clone()?)
    }
}

impl Source for Listener {
    fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.source.register(registry, token, interests)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.source.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.source.deregister(registry)
    }
}

/// An accepted socket. Never blocks.
#[derive(Debug)]
pub struct Stream(mio::net::TcpStream);

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

impl Source for Stream {
    fn register(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.0.register(registry, token, interests)
    }

    fn reregister(&mut self, registry: &Registry, token: Token, interests: Interest) -> io::Result<()> {
        self.0.reregister(registry, token, interests)
    }

    fn deregister(&mut self, registry: &Registry) -> io::Result<()> {
        self.0.deregister(registry)
    }
}

/// The number of the error that a peer is silent for too long: `WSAETIMEDOUT`.
pub const TIMED_OUT: i32 = 10_060;

/// Makes so much room, in bytes, for what a socket received and nobody has read, or as much as the system allows.
pub fn receive_generously(socket: &Socket, room: usize) {
    let sizes = std::iter::successors(Some(room), |room| Some(room / 2));
    sizes.take(4).find(|&room| socket.set_recv_buffer_size(room).is_ok());
}

/// Reading a socket for datagrams does not fail because a peer of it could not be reached.
pub fn forget_the_unreachable(socket: &Socket) -> io::Result<()> {
    const SIO_UDP_CONNRESET: u32 = 0x9800_000C;
    let (off, mut length) = (0u32, 0u32);
    let socket = socket.as_raw_socket() as usize;
    // SAFETY: an open socket; the value is a BOOL of four bytes, and the length has a place.
    let result = unsafe {
        let value = (&raw const off).cast();
        WSAIoctl(socket, SIO_UDP_CONNRESET, value, 4, ptr::null_mut(), 0, &mut length, ptr::null_mut(), ptr::null())
    };
    // Where it is not known (Wine), reading is tried again.
    let _ = result;
    Ok(())
}

/// There are no Unix sockets here: always the error of the kind `Unsupported`.
pub fn listen_unix(_path: &[u8], _unlink: bool) -> Result<(Listener, SocketPath), (SocketCall, io::Error)> {
    Err((SocketCall::Socket, io::ErrorKind::Unsupported.into()))
}

/// Nothing is a socket here.
pub fn is_socket(_path: &Path) -> bool {
    false
}

/// The path of a Unix socket of ours, which does not exist here.
#[derive(Debug)]
pub enum SocketPath {}

impl SocketPath {
    /// There are no signals that could remove it.
    pub fn remove_on_signal(&self) {
        match *self {}
    }
}

/// The poll tells of a socket again only after a read found nothing.
pub const SHORT_READ_EMPTIES: bool = false;

/// Standard output, written without a buffer; nowhere, if there is none.
pub fn stdout() -> io::Result<File> {
    or_nowhere(io::stdout().as_handle().try_clone_to_owned())
}

/// Standard error, written without a buffer; nowhere, if there is none.
pub fn stderr() -> io::Result<File> {
    or_nowhere(io::stderr().as_handle().try_clone_to_owned())
}

fn or_nowhere(handle: io::Result<OwnedHandle>) -> io::Result<File> {
    handle.map(File::from).or_else(|_| OpenOptions::new().write(true).open("NUL"))
}

/// A handle as a file.
#[cfg(test)]
pub fn file(of: impl Into<OwnedHandle>) -> File {
    File::from(of.into())
}

/// A file descriptor that somebody else opened; it is not closed.
#[derive(Debug)]
pub struct Descriptor(pub i32);

impl Read for Descriptor {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        // SAFETY: `to` is writable for its length; a descriptor that is not open is an error.
        let got = unsafe { libc::read(self.0, to.as_mut_ptr().cast(), to.len() as _) };
        // The reason is a number of the C library, which the standard library would take for one of the system.
        usize::try_from(got).map_err(|_| io::ErrorKind::Other.into())
    }
}

/// Writing to `file` never waits: it lies on a disk.
pub fn never_waits(file: &File) -> bool {
    file.metadata().is_ok_and(|about| about.is_file())
}

/// Nothing is written: only writing tells whether a file would block.
pub fn write_at_once(_file: &File, _bytes: &[u8]) -> io::Result<usize> {
    Err(io::ErrorKind::WouldBlock.into())
}

/// Waits until `file` takes bytes again. Files always block here.
pub fn wait_writable(_file: &File) {}

/// Standard input. A thread reads it, but only when asked.
///
/// What came of a read that nobody waits for any more is kept for the next who asks.
pub struct Stdin {
    mailbox: Arc<Mailbox>,
}

/// Nothing of what was read.
impl fmt::Debug for Stdin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Stdin").finish_non_exhaustive()
    }
}

#[derive(Default)]
struct Mailbox {
    state: Mutex<State>,
    changed: Condvar,
}

#[derive(Default)]
struct State {
    /// One read is wanted, of at most that many bytes.
    asked: Option<usize>,
    /// What it brought.
    answer: Option<io::Result<Vec<u8>>>,
    /// Whoever asked has left, and is to be woken by the answer.
    left: bool,
    /// The largest read that was ever wanted.
    max: usize,
}

impl Stdin {
    /// The program's standard input: a console, whose text becomes UTF-8, a pipe or a file. `wake` is called when a
    /// read that was asked for brought something.
    pub fn start(wake: impl Fn() + Send + 'static) -> io::Result<Self> {
        Self::over(io::stdin(), wake)
    }

    /// Another input in its place.
    pub fn over(
        mut input: impl Read + AsHandle + Send + 'static,
        wake: impl Fn() + Send + 'static,
    ) -> io::Result<Self> {
        let mailbox = Arc::new(Mailbox::default());
        let shared = mailbox.clone();
        thread::Builder::new().name("stdin".into()).spawn(move || {
            loop {
                let mut unit = vec![0; shared.wait_for_a_question()];
                if !has_input(input.as_handle().as_raw_handle()) {
                    shared.will_wait();
                }
                let read = loop {
                    match input.read(&mut unit) {
                        Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
                        read => break read,
                    }
                };
                let answer = read.map(|length| {
                    unit.truncate(length);
                    unit
                });
                if shared.answer(answer) {
                    wake();
                }
            }
        })?;
        Ok(Self { mailbox })
    }

    /// Asks for a wake-up when a read brought something. [`Stdin::read`] asked for the read.
    pub fn watch(&self) {}

    /// A wake-up was asked for, and nothing came yet.
    pub fn is_watched(&self) -> bool {
        let state = self.mailbox.lock();
        state.left && state.answer.is_none()
    }

    /// What a read brings: at most `max` bytes, empty at the end of input. `None`: nothing is there yet.
    pub fn read(&mut self, max: usize) -> Option<io::Result<Vec<u8>>> {
        let mut state = self.mailbox.lock();
        state.max = state.max.max(max);
        if state.answer.is_none() && state.asked.is_none() {
            (state.asked, state.left) = (Some(state.max), false);
            self.mailbox.changed.notify_all();
            // What is there already comes before anything else that happens meanwhile.
            let waiting =
                self.mailbox.changed.wait_timeout_while(state, PATIENCE, |state| !state.left && state.answer.is_none());
            state = waiting.unwrap_or_else(PoisonError::into_inner).0;
        }
        state.left = state.answer.is_none();
        let mut answer = state.answer.take()?;
        if let Some(rest) = answer.as_mut().ok().filter(|unit| unit.len() > max).map(|unit| unit.split_off(max)) {
            state.answer = Some(Ok(rest));
        }
        Some(answer)
    }
}

/// The longest that a look at standard input may take. It takes no time, unless another program reads the same input.
const PATIENCE: Duration = Duration::from_millis(100);

/// Whether a read would bring something at once. Of a console nothing is known.
fn has_input(input: RawHandle) -> bool {
    const DISK: u32 = 1;
    const PIPE: u32 = 3;
    // SAFETY: takes any handle.
    match unsafe { GetFileType(input) } {
        DISK => true,
        PIPE => {
            let (mut available, none) = (0, ptr::null_mut::<u32>());
            // SAFETY: an open pipe; of what can be asked only the number of bytes is, which has a place.
            let is_open = unsafe { PeekNamedPipe(input, ptr::null_mut(), 0, none, &mut available, none) } != 0;
            !is_open || available > 0
        }
        _ => false,
    }
}

impl Mailbox {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn wait_for_a_question(&self) -> usize {
        let mut state = self.lock();
        loop {
            if let Some(max) = state.asked {
                return max;
            }
            state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// The answer will take time: nobody waits for it.
    fn will_wait(&self) {
        self.lock().left = true;
        self.changed.notify_all();
    }

    /// Gives the answer. `true`: whoever asked is to be woken.
    fn answer(&self, answer: io::Result<Vec<u8>>) -> bool {
        let mut state = self.lock();
        state.asked = None;
        state.answer = Some(answer);
        self.changed.notify_all();
        state.left
    }
}

/// The console, or what stands in for it: standard input and standard error.
///
/// While it is open what is typed does not show.
#[derive(Debug)]
pub struct Terminal {
    from: File,
    to: File,
    /// The console's mode before.
    shown: Option<u32>,
}

/// What is typed shows: `ENABLE_ECHO_INPUT`.
const ECHO: u32 = 0x0004;

impl Terminal {
    /// Opens it.
    pub fn open() -> io::Result<Self> {
        let open = |name: &str| OpenOptions::new().read(true).write(true).open(name);
        let (from, to) = match (open("CONIN$"), open("CONOUT$")) {
            (Ok(from), Ok(to)) => (from, to),
            _ => (File::from(io::stdin().as_handle().try_clone_to_owned()?), stderr()?),
        };
        let mut mode = 0;
        // SAFETY: an open handle; one that is no console is an error.
        let shown = (unsafe { GetConsoleMode(from.as_raw_handle(), &mut mode) } != 0).then_some(mode);
        let terminal = Self { from, to, shown };
        terminal.set(mode & !ECHO);
        Ok(terminal)
    }

    /// Where the question is to be written.
    pub fn screen(&self) -> &File {
        &self.to
    }

    fn set(&self, mode: u32) {
        if self.shown.is_some() {
            // SAFETY: an open console. Nothing can be done about a failure.
            unsafe { SetConsoleMode(self.from.as_raw_handle(), mode) };
        }
    }
}

impl Read for Terminal {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        loop {
            // A line ends with CR LF here.
            match self.from.read(to)? {
                1 if to[0] == b'\r' => {}
                got => return Ok(got),
            }
        }
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        self.set(self.shown.unwrap_or_default());
    }
}
