//! `-msgfile`: the messages that `-msg` and `-trace` show.
use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use crate::system;

/// A file that takes messages.
#[derive(Debug)]
pub struct MessageFile {
    file: File,
    path: Vec<u8>,
    /// A failure was told.
    told: AtomicBool,
}

impl MessageFile {
    /// Empties it, or makes it.
    ///
    /// # Errors
    /// Those of the system.
    pub fn create(path: &[u8]) -> io::Result<Self> {
        let file = File::create(system::path(path))?;
        Ok(Self { file, path: path.to_vec(), told: AtomicBool::new(false) })
    }

    /// Appends a text in one write. The result is what there is to tell: a failure, once.
    pub fn write(&self, text: &[u8]) -> Option<Vec<u8>> {
        let why = (&self.file).write_all(text).err()?;
        let first = !self.told.swap(true, Ordering::Relaxed);
        let why = format!(": the messages are not complete: {why}\n");
        first.then(|| [b"s_server: ", &self.path[..], why.as_bytes()].concat())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn an_old_file_is_emptied_and_texts_follow_each_other() {
        let path = std::env::temp_dir().join(format!("s_server-messages-{}", std::process::id()));
        fs::write(&path, "of another run").unwrap();
        let file = MessageFile::create(path.as_os_str().as_encoded_bytes()).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"");
        assert_eq!((file.write(b">>> one\n"), file.write(b"<<< two\n")), (None, None));
        assert_eq!(fs::read(&path).unwrap(), b">>> one\n<<< two\n");
        fs::remove_file(path).unwrap();
        assert!(MessageFile::create(b"no/such/file").is_err());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_once() {
        let file = MessageFile::create(b"/dev/full").unwrap();
        let full = "s_server: /dev/full: the messages are not complete: No space left on device (os error 28)\n";
        assert_eq!(String::from_utf8(file.write(b"x").unwrap()).unwrap(), full);
        assert_eq!(file.write(b"x"), None);
    }
}
