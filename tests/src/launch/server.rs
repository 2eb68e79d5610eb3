//! A server for a test that talks to it directly: how it is started, and what can be asked of it while it runs.
//!
//! ```no_run
//! use conformance::launch::process::Input;
//! use conformance::launch::server::Server;
//!
//! let page = Server::accepting(&["-www"]).input(Input::Null).start();
//! let whole_line = Server::line("-accept PORT -cert rsa.pem -key rsa.key -naccept 1").merged().spawn();
//! ```

use std::ops::{Deref, DerefMut};
use std::path::Path;
use std::process::Stdio;

use regex::Regex;
use rustix::process::Signal;

use crate::launch::folder::Folder;
use crate::launch::listening::{self, Listening};
use crate::launch::port::{self, Port};
use crate::launch::process::{self, Input, Process, describe};
use crate::launch::program::Program;
use crate::launch::wait::{LIMIT, wait_until};
use crate::launch::words::words;

/// A started server in a folder of its own. Whatever does not happen within [`LIMIT`] fails the test.
#[derive(Debug)]
pub struct Server {
    process: Process,
    folder: Folder,
    port: Port,
}

/// How a server is started. Unless told otherwise it is ours, in a copy of `pki/`, with its three streams on pipes.
#[derive(Debug)]
pub struct Builder {
    words: Vec<String>,
    before: Vec<String>,
    program: Program,
    folder: Option<Folder>,
    input: Input,
    output: Option<Stdio>,
}

impl Builder {
    fn new(words: Vec<String>) -> Builder {
        let program = Program::ours();
        Builder { words, before: Vec::new(), program, folder: None, input: Input::Pipe, output: None }
    }

    /// More words of the command line.
    #[must_use]
    pub fn words(mut self, more: &[&str]) -> Builder {
        self.words.extend(more.iter().map(|&word| word.to_owned()));
        self
    }

    /// Another program: the original.
    #[must_use]
    pub fn program(self, program: &Program) -> Builder {
        Builder { program: program.clone(), ..self }
    }

    /// A folder that the test has made.
    #[must_use]
    pub fn folder(self, folder: Folder) -> Builder {
        Builder { folder: Some(folder), ..self }
    }

    /// Where standard input comes from.
    #[must_use]
    pub fn input(self, input: Input) -> Builder {
        Builder { input, ..self }
    }

    /// Where standard output goes, of a server that is not on a terminal. It is not read then.
    #[must_use]
    pub fn output(self, output: impl Into<Stdio>) -> Builder {
        Builder { output: Some(output.into()), ..self }
    }

    /// Behind other words: `env` and what it sets, a shell.
    #[must_use]
    pub fn through(self, before: &[&str]) -> Builder {
        Builder { before: before.iter().map(|&word| word.to_owned()).collect(), ..self }
    }

    /// By way of a shell, which arranges the streams: `script` runs the server as `exec "$@"`.
    #[must_use]
    pub fn shell(self, script: &str) -> Builder {
        self.through(&["sh", "-c", script, "sh"])
    }

    /// Standard output and standard error are one stream, as `2>&1` makes it: `stdout`.
    #[must_use]
    pub fn merged(self) -> Builder {
        self.shell("exec \"$@\" 2>&1")
    }

    /// Starts it, and does not wait for anything.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn spawn(self) -> Server {
        let folder = self.folder.unwrap_or_else(|| Folder::pki().expect("a folder"));
        let port = port::reserve();
        let mut all = self.before;
        all.push(self.program.path().to_str().expect("a path in UTF-8").to_owned());
        all.extend(self.program.words().iter().map(|&word| word.to_owned()));
        all.extend(self.words.iter().map(|word| word.replace("PORT", &port.number.to_string())));
        let mut command = process::command(all[0].as_ref(), folder.path());
        command.args(&all[1..]);
        let process = match self.output {
            Some(output) => Process::start_with_output(command, self.input, output),
            None => Process::start(command, self.input),
        };
        Server { process: process.expect("the server starts"), folder, port }
    }

    /// Starts it, and waits until it listens.
    ///
    /// # Panics
    /// When it does not: the test cannot go on.
    pub fn start(self) -> Server {
        let mut server = self.spawn();
        server.listens();
        server
    }
}

impl Server {
    /// One with `-accept PORT` and these words behind it.
    pub fn accepting(words: &[&str]) -> Builder {
        Builder::new(["-accept", "PORT"].iter().chain(words).map(|&word| word.to_owned()).collect())
    }

    /// One with this line of options and nothing else, as others write it. `PORT` stands for a free port in it.
    pub fn line(line: &str) -> Builder {
        Builder::new(words(line))
    }

    /// The port that `PORT` stands for.
    pub fn port(&self) -> u16 {
        self.port.number
    }

    /// Its working directory.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Waits until it listens: where, found without a word of it.
    ///
    /// # Panics
    /// When it does not.
    pub fn listens(&mut self) -> Listening {
        let mut found = None;
        wait_until("it listens", || {
            found = listening::find(self.pid());
            found.is_some() || self.status().is_some()
        });
        assert_eq!(self.status(), None, "{}", String::from_utf8_lossy(&self.so_far("stderr")));
        found.expect("it listens")
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

    /// Waits for a text in a stream.
    ///
    /// # Panics
    /// When it does not come.
    pub fn expect(&mut self, stream: &str, text: &str) {
        self.wait_for(stream, text, LIMIT).unwrap();
    }

    /// Waits for a whole line of a stream in which the pattern is: its first group.
    ///
    /// # Panics
    /// When none comes.
    pub fn expect_line(&self, stream: &str, pattern: &str) -> String {
        let pattern = Regex::new(&format!("(?m){pattern}")).unwrap();
        let mut found = None;
        wait_until(pattern.as_str(), || {
            let text = String::from_utf8_lossy(&self.so_far(stream)).into_owned();
            let whole = &text[..text.rfind('\n').map_or(0, |end| end + 1)];
            found = pattern.captures(whole).map(|groups| groups[1].to_owned());
            found.is_some()
        });
        found.unwrap()
    }

    /// Waits for the end: exit status as the transcripts write it.
    ///
    /// # Panics
    /// When it does not end.
    pub fn ends(&mut self) -> String {
        describe(self.wait(LIMIT).expect("the server ends"))
    }

    /// How it ended after a signal.
    ///
    /// # Panics
    /// When it does not end.
    pub fn ends_by(&mut self, signal: Signal) -> String {
        self.signal(signal);
        self.ends()
    }

    /// Waits for the end: exit status as the transcripts write it, stdout or what the terminal shows, stderr.
    ///
    /// # Panics
    /// When it does not end, or has said what is no text.
    pub fn end(mut self) -> (String, String, String) {
        let status = self.ends();
        let streams = self.process.finish();
        let stream = |names: &[&str]| {
            let stream = streams.iter().find(|(title, _)| names.contains(title));
            String::from_utf8(stream.map(|(_, bytes)| bytes.clone()).unwrap_or_default()).expect("text in UTF-8")
        };
        (status, stream(&["stdout", "output"]), stream(&["stderr"]))
    }
}

impl Deref for Server {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Server {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
