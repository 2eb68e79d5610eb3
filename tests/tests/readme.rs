//! What the README and the pages of `docs/` show is what the program does.
//!
//! A block of code holds a command and what it prints. `$ s_server` starts a server among the certificates of `pki/`, and
//! the block behind it, if it is of another program, is what talks to that server. `s_server` without the `$` is run in
//! an empty folder; with `-replay` in that of the server before it that recorded, after a client has come. `…` stands for anything: for the rest of a line, or for lines.
//!
//! The blocks of the program under test are played: those of `s_server_wasm` where `S_SERVER` is that.

use std::fs;
use std::process::Stdio;
use std::time::{Duration, Instant};

use conformance::documents;
use conformance::launch::folder::Folder;
use conformance::launch::listening;
use conformance::launch::process::{self, Process, describe};
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::{LIMIT, wait_until};
use conformance::launch::words::words;
use conformance::tests_folder;
use regex::Regex;

/// The port that the README speaks of.
const SHOWN: &str = "4433";

/// A block of code.
#[derive(Clone, Debug)]
struct Block {
    /// Lines that are typed: the first one, and those that begin like it.
    commands: Vec<String>,
    printed: Vec<String>,
}

impl Block {
    fn of(block: &documents::Block) -> Option<Self> {
        (block.language == "text").then(|| Self::parse(&block.text))
    }

    fn parse(text: &str) -> Self {
        let (mut commands, mut printed): (Vec<String>, Vec<String>) = Default::default();
        for line in text.lines() {
            let typed = commands.first().is_none_or(|first| !first.starts_with('$') && same_program(first, line));
            if typed && printed.is_empty() { commands.push(line.into()) } else { printed.push(line.into()) }
        }
        Self { commands, printed }
    }

    /// The words of a server that is started: behind `$` and the name of our program.
    fn server(&self) -> Option<&str> {
        own_words(self.commands[0].strip_prefix("$ ")?)
    }

    /// The words of a start that fails: behind the name of our program alone.
    fn failure(&self) -> Option<&str> {
        own_words(&self.commands[0])
    }

    /// The words of something that is done with a recording.
    fn replay(&self) -> Option<&str> {
        self.failure().filter(|words| words.contains("-replay"))
    }

    fn is_client(&self) -> bool {
        ["openssl s_client", "echo", "curl"].iter().any(|program| self.commands[0].starts_with(program))
    }
}

/// What follows the name of the program under test in a command of it.
fn own_words(command: &str) -> Option<&str> {
    let name = if Program::ours().is_sandboxed() { "s_server_wasm" } else { "s_server" };
    command.strip_prefix(name).filter(|words| words.is_empty() || words.starts_with(' '))
}

fn same_program(a: &str, b: &str) -> bool {
    let program = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    program(a) == program(b)
}

fn readme() -> String {
    fs::read_to_string(tests_folder().with_file_name("README.md")).unwrap()
}

/// Those of all documents, one after the other.
fn blocks() -> Vec<Block> {
    documents::all().iter().flat_map(|document| &document.blocks).filter_map(Block::of).collect()
}

#[test]
fn it_begins_with_its_two_commands() {
    let readme = readme();
    let first = readme.split("```").nth(1).expect("a block of code");
    assert!(first.contains("-www") && first.contains("-selfsigned"), "{first}");
    assert!(first.contains("tests/run"), "{first}");
}

/// The tour's servers, each with its clients.
#[test]
fn its_servers_and_clients_print_what_is_shown() {
    let blocks = blocks();
    let mut clients = 0;
    for (index, block) in blocks.iter().enumerate() {
        if let Some(line) = block.server().filter(|line| line.contains("-record ")) {
            let replays = blocks[index + 1..].iter().map_while(|next| Some((next.replay()?, next)));
            record(line, &replays.collect::<Vec<_>>());
        } else if let Some(line) = block.server() {
            let client = blocks.get(index + 1).filter(|next| next.is_client());
            clients += usize::from(client.is_some());
            serve(line, block, client);
        }
    }
    assert_eq!(clients, if Program::ours().is_sandboxed() { 1 } else { 5 });
}

/// Starts the server, has the clients talk to it, and compares what both print.
fn serve(line: &str, block: &Block, client: Option<&Block>) {
    let folder = Folder::pki().unwrap();
    fs::write(folder.path().join("notes.txt"), "hello, files\n").unwrap();
    let accept: &[&str] = if line.contains("-accept") { &[] } else { &["-accept", "PORT"] };
    let mut server = Server::line(&line.replace(SHOWN, "PORT")).words(accept).folder(folder).spawn();
    let port = server.port().to_string();
    wait_until(line, || server.status().is_some() || listening::find(server.pid()).is_some());
    if let Some(status) = server.status() {
        assert_eq!(describe(status), "0", "{line}: {}", String::from_utf8_lossy(&server.so_far("stderr")));
    }
    for client in client.into_iter().flat_map(|block| block.commands.iter().map(move |command| (command, block))) {
        let (command, block) = client;
        let mut shell = process::command("sh".as_ref(), server.folder());
        shell.args(["-c", &command.replace(SHOWN, &port)]).stdin(Stdio::null());
        let output = shell.output().unwrap();
        let streams = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_shown(command, &block.printed, &streams, &port);
    }
    // Only what the transcripts are of words every line as shown.
    if Program::goldens_apply() {
        let missing = |server: &Process| missing(&block.printed, &streams_so_far(server), &port);
        let deadline = Instant::now() + LIMIT;
        while let Some(text) = missing(&server) {
            assert!(Instant::now() < deadline, "{line}: {text:?} is not in {:#?}", streams_so_far(&server));
            std::thread::sleep(Duration::from_millis(5));
        }
    }
    server.ends_by(rustix::process::Signal::KILL);
}

/// Records a conversation, and plays what is done with the recording, in its folder.
fn record(line: &str, replays: &[(&str, &Block)]) {
    assert!(!replays.is_empty(), "{line}");
    let folder = Folder::empty().unwrap();
    let mut server = Server::line(line).words(&["-accept", "PORT"]).folder(folder).start();
    let folder = server.folder().to_owned();
    let mut client = process::command("sh".as_ref(), &folder);
    client.args(["-c", &format!("echo hello | openssl s_client -connect 127.0.0.1:{}", server.port())]);
    client.stdin(Stdio::null()).output().unwrap();
    assert_eq!(server.ends(), "0", "{line}");
    let recording = fs::read(folder.join("talk.rec")).unwrap();
    fs::write(folder.join("changed.rec"), changed(recording)).unwrap();
    for (line, block) in replays {
        let output = Program::ours().command(&folder).args(words(line)).output().unwrap();
        let status = if line.contains("changed.rec") { "1" } else { "0" };
        let streams = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_eq!(describe(output.status), status, "{line}: {streams:#?}");
        assert_shown(line, &block.printed, &streams, "");
    }
}

/// The recording with another text in it.
fn changed(mut recording: Vec<u8>) -> Vec<u8> {
    let text = b"CONNECTION CLOSED\n";
    let at = recording.windows(text.len()).rposition(|bytes| bytes == text).expect("the end of the connection");
    recording[at] = b'X';
    recording
}

/// Starts that fail, and the message.
#[test]
fn its_failures_are_real() {
    let mut failures = 0;
    for block in blocks() {
        let Some(line) = block.failure().filter(|line| !line.contains("-replay")) else { continue };
        let folder = Folder::empty().unwrap();
        let output = Program::ours().command(folder.path()).args(words(line)).output().unwrap();
        assert_eq!(describe(output.status), "1", "{line}");
        let streams = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        assert_shown(line, &block.printed, &streams, "");
        failures += 1;
    }
    assert_eq!(failures, if Program::ours().is_sandboxed() { 1 } else { 2 });
}

fn streams_so_far(process: &Process) -> [String; 2] {
    ["stdout", "stderr"].map(|stream| String::from_utf8_lossy(&process.so_far(stream)).into_owned())
}

fn assert_shown(command: &str, shown: &[String], streams: &[String; 2], port: &str) {
    if Program::goldens_apply() {
        let missing = missing(shown, streams, port);
        assert!(missing.is_none(), "{command}: {missing:?} is not in {streams:#?}");
    }
}

/// The first of the shown lines that neither stream has behind those before it.
fn missing<'a>(shown: &'a [String], streams: &[String; 2], port: &str) -> Option<&'a str> {
    let mut left: Vec<Vec<&str>> = streams.iter().map(|stream| stream.lines().collect()).collect();
    let mut anything = false;
    for line in shown {
        if line == "…" {
            anything = true;
            continue;
        }
        let pattern = pattern(line, port);
        let reach = if anything || is_random(line) { usize::MAX } else { 1 };
        let found = left.iter_mut().find_map(|lines| {
            let at = lines.iter().take(reach).position(|line| pattern.is_match(line.trim_end_matches('\r')))?;
            lines.drain(..=at);
            Some(())
        });
        if found.is_none() {
            return Some(line);
        }
        // The number of lines differs too.
        anything = is_random(line);
    }
    None
}

/// A line of PEM, which differs from run to run.
fn is_random(line: &str) -> bool {
    line.len() > 50 && line.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+/=".contains(&byte))
}

fn pattern(line: &str, port: &str) -> Regex {
    if is_random(line) {
        return Regex::new("^[A-Za-z0-9+/=]+$").unwrap();
    }
    if is_of_a_recording(line) {
        return recorded_pattern(line);
    }
    let escaped = regex::escape(&line.replace(SHOWN, port)).replace('…', ".*");
    let thread = Regex::new("^[0-9A-F]{16}:error").unwrap();
    Regex::new(&format!("^{}$", thread.replace(&escaped, "[0-9A-F]{16}:error"))).unwrap()
}

/// A frame as text, or where two parted.
fn is_of_a_recording(line: &str) -> bool {
    let frame = Regex::new(r"^(  (recorded|replayed):)? +[0-9]+\.[0-9]{6} ").unwrap();
    frame.is_match(line) || line.contains(".rec: offset ")
}

/// Times, sizes, offsets and bytes are those of one run.
fn recorded_pattern(line: &str) -> Regex {
    const BYTES: &str = "\u{1}";
    let hex = Regex::new(r"(\b[0-9a-f]{2}\b ?){4,}(\.\.)?").unwrap().replace_all(line, BYTES).into_owned();
    let escaped = regex::escape(&hex).replace('…', ".*");
    let numbers = Regex::new("[0-9]+").unwrap().replace_all(&escaped, "[0-9]+").into_owned();
    let spaces = Regex::new(" +").unwrap().replace_all(&numbers, " +").into_owned();
    Regex::new(&format!("^{}$", spaces.replace(BYTES, r"([0-9a-f]{2} ?)+(\.\.)?"))).unwrap()
}

#[test]
fn a_line_of_a_recording_is_compared_but_for_its_numbers() {
    let shown = "   0.116411   1  > wire          297  16 03 01 01 24 01 00 ..";
    let pattern = pattern(shown, "");
    assert!(pattern.is_match("  10.000001  12  > wire           31  17 03 03 da c8 01 1e .."));
    assert!(!pattern.is_match("  10.000001  12  < wire           31  17 03 03 da c8 01 1e .."));
}
