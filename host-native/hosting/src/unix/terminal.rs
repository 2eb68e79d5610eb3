//! The terminal, for a question whose answer does not show.
use std::fs::File;
use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd};
use std::ptr;
use std::sync::atomic::{AtomicI32, Ordering};

/// The controlling terminal, or what stands in for it: standard input and standard error.
///
/// While it is open what is typed does not show, and signals that would end the program end the read instead; afterwards
/// everything is as it was, and such a signal comes, but for SIGINT, which ends the question alone.
///
/// Corresponds to `open_console` and `read_string_inner`.
#[derive(Debug)]
pub struct Terminal {
    from: File,
    to: File,
    shown: Option<Modes>,
    signals: Vec<Kept>,
}

/// A signal, and what was done about it before.
struct Kept(libc::c_int, libc::sigaction);

impl std::fmt::Debug for Kept {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Kept").field(&self.0).finish_non_exhaustive()
    }
}

/// Modes of a terminal.
struct Modes(libc::termios);

impl std::fmt::Debug for Modes {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Modes").field(&self.0.c_lflag).finish()
    }
}

/// The signal that came meanwhile; 0: none did.
static CAUGHT: AtomicI32 = AtomicI32::new(0);

extern "C" fn on_signal(signal: libc::c_int) {
    CAUGHT.store(signal, Ordering::Relaxed);
}

impl Terminal {
    /// Opens it.
    pub fn open() -> io::Result<Self> {
        let (from, to) = match File::options().read(true).write(true).open("/dev/tty") {
            Ok(terminal) => (terminal.try_clone()?, terminal),
            Err(_) => (
                File::from(io::stdin().as_fd().try_clone_to_owned()?),
                File::from(io::stderr().as_fd().try_clone_to_owned()?),
            ),
        };
        CAUGHT.store(0, Ordering::Relaxed);
        let signals = [libc::SIGINT, libc::SIGTERM, libc::SIGHUP, libc::SIGQUIT].into_iter().filter_map(Kept::catch);
        let signals = signals.collect();
        let shown = Modes::of(&from);
        if let Some(Modes(mut modes)) = shown {
            modes.c_lflag &= !libc::ECHO;
            Modes(modes).set(&from);
        }
        Ok(Self { from, to, shown, signals })
    }

    /// Where the question is to be written.
    pub fn screen(&self) -> &File {
        &self.to
    }
}

impl Read for Terminal {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        // One that comes between this and the read waits for the next key, as in the original.
        let caught = || CAUGHT.load(Ordering::Relaxed) != 0;
        let read = if caught() { Err(io::ErrorKind::Interrupted.into()) } else { self.from.read(to) };
        read.map_err(|why| if caught() { io::Error::other("a signal came") } else { why })
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        if let Some(modes) = &self.shown {
            modes.set(&self.from);
        }
        self.signals.iter().for_each(Kept::restore);
        let caught = CAUGHT.load(Ordering::Relaxed);
        if caught != 0 && caught != libc::SIGINT {
            // SAFETY: a number of a signal.
            unsafe { libc::raise(caught) };
        }
    }
}

impl Modes {
    /// `None`: it is no terminal.
    fn of(file: &File) -> Option<Self> {
        let mut modes = MaybeUninit::uninit();
        // SAFETY: an open descriptor, and room for the modes, which are read only after success.
        (unsafe { libc::tcgetattr(file.as_raw_fd(), modes.as_mut_ptr()) } == 0)
            // SAFETY: it succeeded.
            .then(|| Self(unsafe { modes.assume_init() }))
    }

    fn set(&self, file: &File) {
        // SAFETY: an open descriptor, and modes that the system gave. Nothing can be done about a failure.
        unsafe { libc::tcsetattr(file.as_raw_fd(), libc::TCSANOW, &self.0) };
    }
}

impl Kept {
    /// Catches a signal that is not ignored, without restarting what it interrupts.
    fn catch(signal: libc::c_int) -> Option<Self> {
        // SAFETY: zeroed sigactions are valid ones (default action, no flags, empty mask); the handler only stores a
        // number.
        unsafe {
            let mut was: libc::sigaction = std::mem::zeroed();
            if libc::sigaction(signal, ptr::null(), &mut was) != 0 || was.sa_sigaction == libc::SIG_IGN {
                return None;
            }
            let mut now: libc::sigaction = std::mem::zeroed();
            now.sa_sigaction = on_signal as *const () as libc::sighandler_t;
            (libc::sigaction(signal, &now, ptr::null_mut()) == 0).then_some(Self(signal, was))
        }
    }

    fn restore(&self) {
        // SAFETY: what the system gave for this signal.
        unsafe { libc::sigaction(self.0, &self.1, ptr::null_mut()) };
    }
}
