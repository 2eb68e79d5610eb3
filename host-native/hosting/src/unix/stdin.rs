//! Standard input.
use std::fs::File;
use std::io::{self, Read};
use std::mem::MaybeUninit;
use std::os::fd::{AsFd, AsRawFd, OwnedFd, RawFd};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::Duration;
use std::{ptr, thread};

/// Standard input, which is looked at before it is read, so that what comes as the program ends is left to the shell.
///
/// A thread waits for input, and only when asked; the reading is done by whoever wants it.
#[derive(Debug)]
pub struct Stdin {
    /// `None`: there is no standard input, and so neither a byte nor an end ever comes.
    file: Option<Arc<File>>,
    watch: Arc<Watch>,
}

#[derive(Debug, Default)]
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
        let file = Arc::new(File::from(input.into()));
        let watched = file.clone();
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

    /// A wake-up was asked for, and nothing came yet.
    pub fn is_watched(&self) -> bool {
        *self.watch.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// One read of at most `max` bytes, if that need not wait; empty at the end of input.
    pub fn read(&mut self, max: usize) -> Option<io::Result<Vec<u8>>> {
        let mut file = self.file.as_deref()?;
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
