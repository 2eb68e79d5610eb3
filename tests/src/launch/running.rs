//! Our server, started for a test that talks to it directly.

use std::io;
use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use crate::launch::folder::Folder;
use crate::launch::listening;
use crate::launch::port::{self, Port};
use crate::launch::process::{self, Process, describe};
use crate::launch::program::Program;
use crate::scripts::script::Input;

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
        let ours = Program::ours();
        Running::start_command(folder, ours.path(), &[], words, |command| Process::start(command, input))
    }

    /// Starts that program, ours or the original, in a copy of `pki/`.
    ///
    /// # Panics
    /// When it does not listen.
    pub fn start_program(program: &Program, words: &[&str], input: Input) -> Running {
        let folder = Folder::pki().expect("a folder");
        let start = |command| Process::start(command, input);
        Running::start_command(folder, program.path(), program.words(), words, start)
    }

    /// Starts it by way of a shell, which arranges the streams: `script` runs the server as `exec "$@"`.
    ///
    /// # Panics
    /// When it does not listen.
    pub fn start_through(script: &str, words: &[&str], output: Stdio) -> Running {
        let ours = Program::ours();
        let ours = ours.path().to_str().expect("a path in UTF-8");
        let first = ["-c", script, "sh", ours];
        Running::start_command(Folder::pki().expect("a folder"), Path::new("sh"), &first, words, |command| {
            Process::start_with_output(command, Input::Pipe, output)
        })
    }

    fn start_command<F>(folder: Folder, program: &Path, first: &[&str], words: &[&str], start: F) -> Running
    where
        F: FnOnce(Command) -> io::Result<Process>,
    {
        let port = port::reserve();
        let mut command = process::command(program, folder.path());
        command.args(first).args(["-accept", &port.number.to_string()]).args(words);
        let mut process = start(command).expect("the server starts");
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

    /// Its memory in use, in bytes.
    ///
    /// # Panics
    /// When it has ended.
    pub fn memory(&self) -> u64 {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.pid())).expect("the server runs");
        let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")?.trim().strip_suffix(" kB"));
        kilobytes.and_then(|number| number.parse::<u64>().ok()).expect("the kernel tells it") * 1024
    }

    /// Waits for the end: exit status as the transcripts write it, stdout, stderr.
    ///
    /// # Panics
    /// When it does not end.
    pub fn end(mut self) -> (String, String, String) {
        let status = self.process.wait(LIMIT).expect("the server ends");
        let streams = self.process.finish();
        let stream = |name: &str| {
            let bytes = streams.iter().find(|(title, _)| *title == name).map(|(_, bytes)| bytes.as_slice());
            String::from_utf8_lossy(bytes.unwrap_or_default()).into_owned()
        };
        (describe(status), stream("stdout"), stream("stderr"))
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
