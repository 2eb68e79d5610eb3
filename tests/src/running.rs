//! Our server, started for a test that talks to it directly.

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::time::{Duration, Instant};

use crate::folder::Folder;
use crate::listening;
use crate::port::{self, Port};
use crate::process::{self, Process, describe};
use crate::program::Program;
use crate::script::Input;

/// No test waits longer for anything.
pub const LIMIT: Duration = Duration::from_secs(20);

/// A listening server in a folder of its own.
#[derive(Debug)]
pub struct Running {
    process: Process,
    folder: Folder,
    port: Port,
}

impl Running {
    /// Starts ours with these words after `-accept PORT`, in a copy of `pki/`, and waits until it listens.
    ///
    /// # Panics
    /// When it does not: the test cannot go on.
    pub fn start(words: &[&str], input: Input) -> Running {
        Running::start_in(Folder::pki().expect("a folder"), words, input)
    }

    /// The same in a folder that the test has made.
    ///
    /// # Panics
    /// When it does not listen.
    pub fn start_in(folder: Folder, words: &[&str], input: Input) -> Running {
        let port = port::reserve();
        let mut command = process::command(Program::ours().path(), folder.path());
        command.args(["-accept", &port.number.to_string()]).args(words);
        let mut process = Process::start(command, input).expect("the server starts");
        wait_until("it listens", || listening::find(process.pid()).is_some() || process.status().is_some());
        assert!(process.status().is_none(), "{}", String::from_utf8_lossy(&process.so_far("stderr")));
        Running { process, folder, port }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port.number
    }

    /// Its working directory.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits for the end: exit status as the transcripts write it, stdout, stderr.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end(mut self) -> (String, String, String) {
        let status = self.process.wait(LIMIT).expect("the server ends");
        let mut streams = self.process.finish().into_iter();
        let mut next =
            || streams.next().map(|(_, bytes)| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default();
        (describe(status), next(), next())
    }
}

impl Deref for Running {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Running {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}

/// Looks again and again until `done`.
///
/// # Panics
/// After [`LIMIT`].
pub fn wait_until(what: &str, mut done: impl FnMut() -> bool) {
    let deadline = Instant::now() + LIMIT;
    while !done() {
        assert!(Instant::now() < deadline, "{what}: not within {LIMIT:?}");
        std::thread::sleep(Duration::from_millis(2));
    }
}
