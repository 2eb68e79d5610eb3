//! The served folder: opens what is a plain file inside it, whatever links a name goes through, and nothing else.
use std::fs::File;
use std::io::{self, ErrorKind, Read};

use cap_std::ambient_authority;
use cap_std::fs::{Dir, OpenOptions};
use s_server_core::io::{FileReply, FileRequest, Refusal};

use crate::system;

/// The folder that `-WWW` and `-HTTP` serve.
#[derive(Debug)]
pub struct Folder(Dir);

impl Folder {
    /// The folder in which the program was started.
    pub fn current() -> io::Result<Self> {
        Dir::open_ambient_dir(".", ambient_authority()).map(Self)
    }

    /// Another folder.
    #[cfg(test)]
    pub fn at(path: &std::path::Path) -> Self {
        Self(Dir::open_ambient_dir(path, ambient_authority()).unwrap())
    }

    /// Opens a plain file and tells its length.
    fn open(&self, name: &[u8]) -> Result<(File, u64), Refusal> {
        let path = system::path(name);
        let mut options = OpenOptions::new();
        options.read(true);
        // A FIFO without a writer would block.
        system::do_not_wait(&mut options);
        let file = self.0.open_with(path, &options).map_err(|error| self.refusal(name, &error))?;
        let file = file.into_std();
        let kind = file.metadata().map_err(|_| Refusal::Failed)?;
        match kind.file_type() {
            kind if kind.is_dir() => Err(Refusal::Directory),
            kind if !kind.is_file() => Err(Refusal::NotServed),
            _ => Ok((file, kind.len())),
        }
    }

    fn refusal(&self, name: &[u8], error: &io::Error) -> Refusal {
        let is_directory = || self.0.is_dir(system::path(name));
        match error.kind() {
            _ if name.is_empty() => Refusal::NotFound,
            ErrorKind::NotFound | ErrorKind::NotADirectory | ErrorKind::InvalidFilename => Refusal::NotFound,
            _ if is_directory() => Refusal::Directory,
            ErrorKind::PermissionDenied if error.raw_os_error().is_some() => Refusal::Denied,
            _ if system::is_held(error) => Refusal::Denied,
            // cap-std refuses what lies outside with an error of its own.
            ErrorKind::PermissionDenied => Refusal::NotServed,
            _ if system::is_special_file(error) => Refusal::NotServed,
            _ => Refusal::Failed,
        }
    }
}

/// A request of a connection, kept until its call is over.
#[derive(Debug)]
pub enum Asked {
    Open(Vec<u8>),
    Read(usize),
}

impl From<FileRequest<'_>> for Asked {
    fn from(request: FileRequest<'_>) -> Self {
        match request {
            FileRequest::Open { name } => Self::Open(name.to_vec()),
            FileRequest::Read { max } => Self::Read(max),
        }
    }
}

/// The one file that a connection has open.
#[derive(Default)]
pub struct OpenFile {
    file: Option<File>,
}

impl OpenFile {
    /// Does what the connection asks for. `buffer` takes what is read.
    pub fn answer<'a>(&mut self, folder: Option<&Folder>, asked: &Asked, buffer: &'a mut Vec<u8>) -> FileReply<'a> {
        match (asked, folder) {
            (Asked::Open(_), None) => FileReply::Refused(Refusal::NotServed),
            (Asked::Open(name), Some(folder)) => match folder.open(name) {
                Ok((file, len)) => {
                    self.file = Some(file);
                    FileReply::Opened { len }
                }
                Err(why) => FileReply::Refused(why),
            },
            (Asked::Read(max), _) => self.read(*max, buffer),
        }
    }

    fn read<'a>(&mut self, max: usize, buffer: &'a mut Vec<u8>) -> FileReply<'a> {
        let Some(file) = &mut self.file else { return FileReply::End };
        buffer.resize(max.max(buffer.len()), 0);
        loop {
            match file.read(&mut buffer[..max]) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Ok(0) | Err(_) => {
                    self.file = None;
                    return FileReply::End;
                }
                Ok(len) => return FileReply::Data(&buffer[..len]),
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;
    use std::{env, fs, process};

    /// A folder that is removed at the end.
    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str) -> Self {
            let path = env::temp_dir().join(format!("s_server-files-{}-{name}", process::id()));
            fs::create_dir_all(path.join("served/sub")).unwrap();
            fs::write(path.join("secret"), "secret").unwrap();
            fs::write(path.join("served/a.txt"), "hello").unwrap();
            Self(path)
        }

        fn served(&self) -> Folder {
            Folder::at(&self.0.join("served"))
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    fn opened(folder: &Folder, name: &str) -> Result<u64, Refusal> {
        folder.open(name.as_bytes()).map(|(_, len)| len)
    }

    #[test]
    fn plain_files_are_opened_and_read_in_pieces() {
        let folder = Temporary::new("plain");
        let served = folder.served();
        let (mut file, mut buffer) = (OpenFile::default(), Vec::new());
        assert_eq!(
            file.answer(Some(&served), &Asked::Open(b"./a.txt".to_vec()), &mut buffer),
            FileReply::Opened { len: 5 }
        );
        assert_eq!(file.answer(Some(&served), &Asked::Read(3), &mut buffer), FileReply::Data(b"hel"));
        assert_eq!(file.answer(Some(&served), &Asked::Read(3), &mut buffer), FileReply::Data(b"lo"));
        assert_eq!(file.answer(Some(&served), &Asked::Read(3), &mut buffer), FileReply::End);
        assert_eq!(file.answer(Some(&served), &Asked::Read(3), &mut buffer), FileReply::End);
    }

    #[test]
    fn what_is_no_plain_file_is_refused() {
        let folder = Temporary::new("refused");
        let served = folder.served();
        assert_eq!(opened(&served, "none"), Err(Refusal::NotFound));
        assert_eq!(opened(&served, ""), Err(Refusal::NotFound));
        assert_eq!(opened(&served, "a.txt/b"), Err(Refusal::NotFound));
        assert_eq!(opened(&served, "sub"), Err(Refusal::Directory));
        assert_eq!(opened(&served, "../secret"), Err(Refusal::NotServed));
        assert_eq!(opened(&served, folder.0.join("secret").to_str().unwrap()), Err(Refusal::NotServed));
    }

    #[cfg(windows)]
    #[test]
    fn a_file_that_another_program_holds_is_denied() {
        use std::os::windows::fs::OpenOptionsExt;
        let folder = Temporary::new("held");
        let held = fs::OpenOptions::new().write(true).share_mode(0).open(folder.0.join("served/a.txt")).unwrap();
        assert_eq!(opened(&folder.served(), "a.txt"), Err(Refusal::Denied));
        drop(held);
        assert_eq!(opened(&folder.served(), "a.txt"), Ok(5));
    }

    #[cfg(windows)]
    #[test]
    fn devices_and_streams_are_no_files() {
        let folder = Temporary::new("devices");
        for name in ["nul", "con", "sub/aux", "com1", "lpt1", "NUL.txt", "a.txt::$DATA"] {
            assert!(opened(&folder.served(), name).is_err(), "{name}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn links_are_followed_inside_only_and_special_files_are_refused_at_once() {
        use std::os::unix::fs::symlink;
        use std::os::unix::net::UnixListener;
        let folder = Temporary::new("links");
        let inside = folder.0.join("served");
        symlink("a.txt", inside.join("in")).unwrap();
        symlink("../secret", inside.join("out")).unwrap();
        symlink(folder.0.join("secret"), inside.join("absolute")).unwrap();
        symlink("..", inside.join("sub/up")).unwrap();
        symlink("../..", inside.join("sub/out")).unwrap();
        let _socket = UnixListener::bind(inside.join("socket")).unwrap();
        assert!(process::Command::new("mkfifo").arg(inside.join("fifo")).status().unwrap().success());
        let served = folder.served();
        assert_eq!(opened(&served, "in"), Ok(5));
        assert_eq!(opened(&served, "sub/up/a.txt"), Ok(5));
        for name in ["out", "absolute", "sub/out/secret", "fifo", "socket"] {
            assert_eq!(opened(&served, name), Err(Refusal::NotServed), "{name}");
        }
    }
}
