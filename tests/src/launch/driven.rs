//! A server as other projects' test suites start it: with a whole option line of theirs, and nothing else.

use std::net::TcpStream;
use std::ops::{Deref, DerefMut};

use openssl::ssl::SslStream;
use regex::Regex;
use rustix::process::Signal;

use crate::clients::raw::{self, Profile, fetch, handshake};
use crate::launch::folder::Folder;
use crate::launch::listening::{self, Listening};
use crate::launch::port::{self, Port};
use crate::launch::process::{self, Process, describe};
use crate::launch::program::Program;
use crate::launch::running::{LIMIT, wait_until};
use crate::scripts::script::{Input, words};

/// A started server. Whatever does not happen within [`LIMIT`] fails the test.
#[derive(Debug)]
pub struct Harness {
    /// The running program.
    pub process: Process,
    /// Its folder, with the test certificates.
    pub folder: Folder,
    /// What `PORT` stands for.
    pub port: Port,
}

impl Harness {
    /// Starts ours with this line, in which `PORT` is a free port, in a copy of `pki/`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn start(line: &str, input: Input) -> Harness {
        Harness::through(&[], line, input)
    }

    /// Standard output and standard error are one stream, as `2>&1` makes it: `stdout`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn merged(line: &str) -> Harness {
        Harness::through(&["sh", "-c", "exec \"$@\" 2>&1", "sh"], line, Input::Pipe)
    }

    /// The same, behind other words: a shell, `env`.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn through(before: &[&str], line: &str, input: Input) -> Harness {
        let (folder, port) = (Folder::pki().unwrap(), port::reserve());
        let ours = Program::ours();
        let mut all: Vec<String> = before.iter().map(|&word| word.to_owned()).collect();
        all.push(ours.path().to_str().unwrap().to_owned());
        all.extend(words(&line.replace("PORT", &port.number.to_string())));
        let mut command = process::command(all[0].as_ref(), folder.path());
        command.args(&all[1..]);
        Harness { process: Process::start(command, input).unwrap(), folder, port }
    }

    /// Waits for a text in a stream.
    ///
    /// # Panics
    /// When it does not come.
    pub fn expect(&mut self, stream: &str, text: &str) {
        self.wait_for(stream, text, LIMIT).unwrap();
    }

    /// The first group of the pattern, in the whole lines of a stream.
    ///
    /// # Panics
    /// When there is none.
    pub fn line(&self, stream: &str, pattern: &str) -> String {
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

    /// The port on which it listens, found without a word of it.
    ///
    /// # Panics
    /// When it does not listen.
    pub fn listens(&mut self) -> u16 {
        let mut found = None;
        wait_until("it listens", || {
            assert_eq!(self.status(), None, "{}", String::from_utf8_lossy(&self.so_far("stderr")));
            found = listening::find(self.pid());
            found.is_some()
        });
        match found {
            Some(Listening::Port(port)) => port,
            other => panic!("{other:?}"),
        }
    }

    /// A TLS client after its handshake.
    ///
    /// # Panics
    /// When that fails.
    pub fn client(&self) -> SslStream<TcpStream> {
        handshake(raw::connect(self.port.number).unwrap(), &Profile::default()).unwrap()
    }

    /// `openssl s_client` with these words, connected to the server's port.
    ///
    /// # Panics
    /// When it cannot be started.
    pub fn s_client(&self, line: &str) -> Process {
        let mut command = process::command("openssl".as_ref(), self.folder.path());
        command.args(["s_client", "-connect", &format!("127.0.0.1:{}", self.port.number)]).args(words(line));
        Process::start(command, Input::Pipe).unwrap()
    }

    /// The page of `-www`.
    ///
    /// # Panics
    /// When it does not come.
    pub fn page(&self) -> String {
        let (page, end) = fetch(self.port.number, &Profile::default(), b"GET / HTTP/1.0\r\n\r\n").unwrap();
        assert_eq!(end, "close_notify received");
        String::from_utf8(page).unwrap()
    }

    /// How it ended, as the transcripts write it.
    ///
    /// # Panics
    /// When it does not end.
    pub fn ends(&mut self) -> String {
        describe(self.wait(LIMIT).unwrap())
    }

    /// How it ended after a signal.
    ///
    /// # Panics
    /// When it does not end.
    pub fn ends_by(&mut self, signal: Signal) -> String {
        self.signal(signal);
        self.ends()
    }
}

impl Deref for Harness {
    type Target = Process;

    fn deref(&self) -> &Process {
        &self.process
    }
}

impl DerefMut for Harness {
    fn deref_mut(&mut self) -> &mut Process {
        &mut self.process
    }
}
