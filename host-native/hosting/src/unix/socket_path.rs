//! A Unix socket's path: listening there, and its end with the program, by a signal too.
use std::ffi::{CString, OsStr};
use std::mem::MaybeUninit;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::{fs, io, ptr};

use socket2::{Domain, SockAddr, Socket, Type};

use super::socket::{BACKLOG, Listener};
use s_server_core::server::SocketCall;

/// Why a Unix socket does not listen: the call that failed, and the error.
pub type UnixFailure = (SocketCall, io::Error);

/// Listens at `path`. `unlink`: a socket that is already there is removed first; nothing else ever is.
pub fn listen_unix(path: &[u8], unlink: bool) -> Result<(Listener, SocketPath), UnixFailure> {
    let at = Path::new(OsStr::from_bytes(path));
    // Without a path the system would choose a name that no client can know.
    let address = (!path.is_empty()).then(|| SockAddr::unix(at).ok()).flatten();
    let address = address.ok_or_else(|| (SocketCall::Bind, io::Error::from_raw_os_error(libc::EINVAL)))?;
    let socket = Socket::new(Domain::UNIX, Type::STREAM, None).map_err(|e| (SocketCall::Socket, e))?;
    if unlink && is_socket(at) {
        // If that fails, bind says why the place is not free.
        let _ = fs::remove_file(at);
    }
    socket.bind(&address).map_err(|e| (SocketCall::Bind, e))?;
    let bound = SocketPath::of(at);
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::ffi::OsStringExt;
    use std::path::PathBuf;
    use std::thread;

    use crate::listen::{At, Bound as Listening, Failure, Taken, listen};
    use s_server_core::options::run::Listen;
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
        assert_eq!(errno(Vec::new()), Some(libc::EINVAL));
    }

    /// What the processes of the tests below do. Which signals are ignored is not left to whoever started the tests.
    #[test]
    #[ignore = "only in a process that is to be killed"]
    fn inside_a_process_that_is_killed() {
        let ignored: libc::c_int = std::env::var("S_SERVER_TEST_IGNORED").unwrap().parse().unwrap();
        for signal in [libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            let action = if signal == ignored { libc::SIG_IGN } else { libc::SIG_DFL };
            // SAFETY: neither action is a function.
            unsafe { libc::signal(signal, action) };
        }
        let path = std::env::var_os("S_SERVER_TEST_SOCKET").unwrap().into_vec();
        let bound = listen(&Listen::Unix { path, unlink: false }).unwrap();
        let At::Unix { bound: path, .. } = &bound.at else { unreachable!("asked for a Unix socket") };
        path.remove_on_signal();
        fs::write(std::env::var_os("S_SERVER_TEST_READY").unwrap(), "").unwrap();
        loop {
            thread::park();
        }
    }

    /// Kills such a process, which ignores a signal or 0, once it listens; how it ended, and whether its path is still there.
    fn killed_by(signal: libc::c_int, name: &str, ignored: libc::c_int) -> (Option<i32>, bool) {
        let folder = Folder::new(name);
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "system::socket_path::tests::inside_a_process_that_is_killed", "--ignored"])
            .env("S_SERVER_TEST_IGNORED", ignored.to_string())
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
        if signal == ignored {
            // It does not overtake the other: signals that are pending are handled in the order of their numbers.
            kill(libc::SIGTERM);
        }
        (child.wait().unwrap().signal(), folder.socket().exists())
    }

    #[test]
    fn signals_remove_the_path_and_still_kill() {
        assert_eq!(killed_by(libc::SIGTERM, "term", 0), (Some(libc::SIGTERM), false));
        assert_eq!(killed_by(libc::SIGINT, "int", 0), (Some(libc::SIGINT), false));
        assert_eq!(killed_by(libc::SIGHUP, "hup", 0), (Some(libc::SIGHUP), false));
    }

    #[test]
    fn an_ignored_signal_stays_ignored() {
        assert_eq!(killed_by(libc::SIGHUP, "nohup", libc::SIGHUP), (Some(libc::SIGTERM), false));
    }
}
