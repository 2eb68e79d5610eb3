//! Which programs the tests start.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::launch::process;

/// A server to test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// An `openssl` program, started with the word `s_server`.
    Reference(PathBuf),
    /// Ours.
    Ours(PathBuf),
}

impl Program {
    /// The original: `S_SERVER_REFERENCE`, or the distribution's.
    pub fn reference() -> Program {
        Program::Reference(std::env::var_os("S_SERVER_REFERENCE").unwrap_or_else(|| "openssl".into()).into())
    }

    /// Ours: `S_SERVER`, or what `cargo build` leaves in `target/debug`.
    ///
    /// # Panics
    /// When it is not there.
    pub fn ours() -> Program {
        let built = || crate::tests_folder().with_file_name("target").join("debug").join("s_server");
        let path = std::env::var_os("S_SERVER").map_or_else(built, PathBuf::from);
        assert!(path.is_file(), "{} is missing: cargo build, or set S_SERVER", path.display());
        Program::Ours(path)
    }

    /// Whether it is the server in the sandbox, whose engine is rustls.
    pub fn is_sandboxed(&self) -> bool {
        self.path().file_stem().is_some_and(|name| name == "s_server_wasm")
    }

    /// Whether ours links OpenSSL 3.0, of which the transcripts are; otherwise `S_SERVER_REFERENCE` names the program
    /// of the release that it links, or is `none` where there is no such program to compare with.
    pub fn goldens_apply() -> bool {
        std::env::var_os("S_SERVER_REFERENCE").is_none()
    }

    /// Whether there is a program of the release that ours links.
    pub fn has_reference() -> bool {
        std::env::var_os("S_SERVER_REFERENCE").is_none_or(|path| path != "none")
    }

    /// What starts it in `folder`, with the environment of [`process::command`]: options are to follow.
    pub fn command(&self, folder: &Path) -> Command {
        let mut command = process::command(self.path(), folder);
        command.args(self.words());
        command
    }

    /// The file to execute.
    pub fn path(&self) -> &Path {
        match self {
            Program::Reference(path) | Program::Ours(path) => path,
        }
    }

    /// Its words before the options.
    pub fn words(&self) -> &'static [&'static str] {
        match self {
            Program::Reference(_) => &["s_server"],
            Program::Ours(_) => &[],
        }
    }
}
