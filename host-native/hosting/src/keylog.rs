//! `-keylogfile`: the secrets of sessions in the format of NSS, for programs that look into recorded connections.
use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use s_server_core::StartError;
use s_server_core::io::Stream;
use s_server_core::sink::Sink;

use crate::system;

/// A file that takes the secrets of sessions.
#[derive(Debug)]
pub struct KeyLog {
    file: File,
    path: Vec<u8>,
    /// A failure was told.
    told: AtomicBool,
}

impl KeyLog {
    /// Opens it to append, and writes the line `header` into an empty one; a file that takes nothing is told to `out` and does
    /// not end the run, but one that cannot be opened does. Corresponds to `set_keylog_file` in `apps/lib/s_cb.c`.
    pub fn start(path: &[u8], header: &str, out: &mut dyn Sink) -> Result<Self, StartError> {
        let file =
            open(path).map_err(|_| StartError::original([b"Error writing keylog file ", path, b"\n"].concat()))?;
        let empty = file.metadata().is_ok_and(|data| data.len() == 0);
        let log = Self { file, path: path.to_vec(), told: AtomicBool::new(false) };
        if let Some(failure) = empty.then(|| log.write(header.as_bytes())).flatten() {
            out.print(Stream::Err, &failure);
        }
        Ok(log)
    }

    /// Appends a line, given without its end, in one write. The result is what there is to tell: a failure, once.
    pub fn write(&self, line: &[u8]) -> Option<Vec<u8>> {
        let why = (&self.file).write_all(&[line, b"\n"].concat()).err()?;
        let first = !self.told.swap(true, Ordering::Relaxed);
        let why = format!(": the key log is not complete: {why}\n");
        first.then(|| [b"s_server: ", &self.path[..], why.as_bytes()].concat())
    }
}

/// A new file is for its owner alone: who reads it reads the connections.
fn open(path: &[u8]) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.append(true).create(true);
    system::for_owner(&mut options);
    options.open(system::path(path))
}

#[cfg(all(test, unix))]
mod tests {
    use std::fs;

    use s_server_core::sink::Effect;

    use super::*;

    struct Temporary(std::path::PathBuf);

    #[derive(Default)]
    struct Printed(Vec<u8>);

    impl Sink for Printed {
        fn put(&mut self, effect: Effect<'_>) {
            let Effect::Print(_, bytes) = effect else { panic!("{effect:?}") };
            self.0.extend_from_slice(bytes);
        }

        fn wants_facts(&self) -> bool {
            false
        }
    }

    impl Temporary {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("s_server-keylog-{name}-{}", std::process::id())))
        }

        fn bytes(&self) -> Vec<u8> {
            self.0.as_os_str().as_encoded_bytes().to_vec()
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_once() {
        let mut printed = Printed::default();
        let log = KeyLog::start(b"/dev/full", "# header", &mut printed).unwrap();
        let full = "s_server: /dev/full: the key log is not complete: No space left on device (os error 28)\n";
        assert_eq!(String::from_utf8(printed.0).unwrap(), full);
        assert_eq!(log.write(b"CLIENT_RANDOM 0 1"), None);
    }

    #[test]
    fn a_file_that_cannot_be_opened_ends_the_start() {
        let failure = KeyLog::start(b"no/such/file", "# header", &mut Printed::default()).err().unwrap();
        assert_eq!(failure.render(), b"Error writing keylog file no/such/file\n");
    }

    #[test]
    fn a_new_file_is_its_owners_and_an_old_one_stays_as_it_is() {
        use std::os::unix::fs::PermissionsExt;

        let mode = |file: &Temporary| fs::metadata(&file.0).unwrap().permissions().mode() & 0o777;
        let file = Temporary::new("mode");
        let start = || {
            let mut printed = Printed::default();
            KeyLog::start(&file.bytes(), "# header", &mut printed).unwrap();
            printed.0
        };
        assert_eq!((start(), mode(&file)), (Vec::new(), 0o600));
        fs::set_permissions(&file.0, fs::Permissions::from_mode(0o640)).unwrap();
        assert_eq!(start(), []);
        assert_eq!((fs::read_to_string(&file.0).unwrap(), mode(&file)), ("# header\n".into(), 0o640));
    }
}
