//! A fresh copy of `pki/` with a folder `tmp/`, removed at the end of the run.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};

/// The copy.
#[derive(Debug)]
pub struct Folder(PathBuf);

impl Folder {
    /// An empty folder.
    pub fn empty() -> io::Result<Folder> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let name = format!("s_server-{}-{}", std::process::id(), NEXT.fetch_add(1, Ordering::Relaxed));
        let path = std::env::temp_dir().join(name);
        std::fs::create_dir(&path)?;
        Ok(Folder(path))
    }

    /// A copy of the test keys, certificates and pages. In `tmp/` there is what clients send as early data: the `e` of the
    /// transcripts, and `long`, which is more than one record holds.
    pub fn pki() -> io::Result<Folder> {
        let folder = Folder::empty()?;
        copy(&crate::tests_folder().join("pki"), folder.path())?;
        std::fs::create_dir(folder.path().join("tmp"))?;
        std::fs::write(folder.path().join("tmp/e"), "early bird\n")?;
        std::fs::write(folder.path().join("tmp/long"), "of 20 bytes, a line\n".repeat(1000))?;
        Ok(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

fn copy(from: &Path, to: &Path) -> io::Result<()> {
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let to = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            std::fs::create_dir(&to)?;
            copy(&entry.path(), &to)?;
        } else {
            std::fs::copy(entry.path(), &to)?;
        }
    }
    Ok(())
}
