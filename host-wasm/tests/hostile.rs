//! Guests that are not what they should be: each ends its own connection, with one line about it, and no more.
//!
//! The guests are written by hand. Whatever begins with an `X` makes one go wrong; every other client gets `ok`.
#![cfg(unix)]

use std::fs::File;
use std::io::{PipeReader, Read, Write, pipe};
use std::net::{Shutdown, TcpStream};
use std::os::fd::OwnedFd;
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use s_server_core::Fact;
use s_server_core::io::{DeadlineReason, FileRequest, Interest, Now, Outcome, Stream, Wait};
use s_server_core::record::FrameWriter;
use s_server_core::record::VERSION;
use s_server_core::sink::{Effect, Sink};
use s_server_hosting::{Observer, OperatorInput, Output, run_with};
use s_server_wasm::cli;
use s_server_wasm::sandbox::{Limits, Sandbox};

const LIMITS: Limits = Limits { memory: 4 << 20, call: Duration::from_millis(200), output: 64 << 10 };
const PATIENCE: Duration = Duration::from_secs(20);
/// Behind everything on both streams.
const END: &[u8] = b"-- end --\n";

/// Where the guests have their input and their answers.
const INPUT: usize = 1024;
const ANSWERS: [usize; 3] = [40_000, 50_000, 60_000];

/// Frames of the guest's one connection.
fn frames(write: impl FnOnce(&mut FrameWriter<'_>)) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(&mut FrameWriter { conn: 1, at: Now::default(), facts: false, to: &mut |frame| frame.put(&mut bytes) });
    bytes
}

fn wants(interest: Interest) -> Vec<u8> {
    frames(|out| out.wait(&Wait::For(interest)))
}

const WIRE: Interest = Interest { wire: true, flushed: false, file: false, operator: None, deadline: None };

/// A guest that does `hostile`, the body of a function from the length of the input to that of the output, when the
/// first byte of a client is `X`, or in any later call. `answer` is put where the body can give it back.
fn guest(hostile: &str, answer: &[u8]) -> Vec<u8> {
    let seated = wants(WIRE);
    let good = frames(|out| {
        out.put(Effect::Transmit(b"ok"));
        out.put(Effect::Fact(&Fact::Data(b"hello".to_vec())));
        out.wait(&Wait::Closed(Outcome::Next));
    });
    let escaped = |bytes: &[u8]| bytes.iter().map(|byte| format!("\\{byte:02x}")).collect::<String>();
    let [at_seated, at_good, at_answer] = ANSWERS;
    format!(
        r#"(module
          (memory (export "memory") 2)
          (data (i32.const {at_seated}) "{}") (data (i32.const {at_good}) "{}") (data (i32.const {at_answer}) "{}")
          (global $output (mut i32) (i32.const 0))
          (global $spoiled (mut i32) (i32.const 0))
          (func (export "_initialize"))
          (func (export "s_server_abi") (result i32) i32.const {VERSION})
          (func (export "s_server_buffer") (param i32) (result i32) i32.const {INPUT})
          (func (export "s_server_output") (result i32) global.get $output)
          (func $hostile (param $length i32) (result i32) {hostile})
          (func (export "s_server_step") (param $length i32) (result i32)
            (local $kind i32)
            (if (global.get $spoiled) (then (return (call $hostile (local.get $length)))))
            (local.set $kind (i32.load8_u (i32.const {INPUT})))
            (if (i32.eq (local.get $kind) (i32.const 0x0d)) (then
              (global.set $output (i32.const {at_seated})) (return (i32.const {}))))
            (if (i32.eq (local.get $kind) (i32.const 0x04)) (then
              (if (i32.eq (i32.load8_u (i32.const {})) (i32.const 88)) (then
                (global.set $spoiled (i32.const 1))
                (global.set $output (i32.const {at_answer}))
                (return (call $hostile (local.get $length)))))
              (global.set $output (i32.const {at_good})) (return (i32.const {}))))
            i32.const 0))"#,
        escaped(&seated),
        escaped(&good),
        escaped(answer),
        seated.len(),
        INPUT + 16,
        good.len(),
    )
    .into_bytes()
}

/// The program in threads of this process, with a guest of ours.
struct Run {
    port: u16,
    stderr: PipeReader,
    thread: JoinHandle<u8>,
}

impl Run {
    fn start(guest: Vec<u8>, words: &[&str]) -> Self {
        Self::observed(guest, words, None)
    }

    fn observed(guest: Vec<u8>, words: &[&str], observer: Option<Box<dyn Observer>>) -> Self {
        let ((mut stdout, out), (stderr, err)) = (pipe().unwrap(), pipe().unwrap());
        let words: Vec<Vec<u8>> =
            ["s_server", "-accept", "127.0.0.1:0"].iter().chain(words).map(|&w| w.into()).collect();
        let thread = thread::spawn(move || {
            let output = Output::new(File::from(OwnedFd::from(out)), File::from(OwnedFd::from(err)));
            let program = cli::Wasm::new(|| Sandbox::new(&wat::parse_bytes(&guest)?, LIMITS, None));
            let status = run_with(program, &words, &output, OperatorInput::Nobody, observer);
            // The thread that writes keeps the pipe open.
            output.print(Stream::Err, END);
            output.print(Stream::Out, END);
            output.finish();
            status
        });
        let mut line = Vec::new();
        while !line.ends_with(b"\n") {
            let mut byte = [0];
            stdout.read_exact(&mut byte).expect("the line about listening");
            line.push(byte[0]);
        }
        let line = String::from_utf8(line).unwrap();
        let port = line.trim().strip_prefix("ACCEPT 127.0.0.1:").unwrap_or_else(|| panic!("{line}")).parse().unwrap();
        thread::spawn(move || stdout.read_to_end(&mut Vec::new()));
        Self { port, stderr, thread }
    }

    /// What comes back for these bytes.
    fn ask(&self, bytes: &[u8]) -> Vec<u8> {
        let mut client = TcpStream::connect(("127.0.0.1", self.port)).unwrap();
        client.set_read_timeout(Some(PATIENCE)).unwrap();
        client.write_all(bytes).unwrap();
        let mut answer = Vec::new();
        client.read_to_end(&mut answer).unwrap();
        answer
    }

    /// Exit status and standard error.
    fn end(mut self) -> (u8, String) {
        let (mut text, mut byte) = (Vec::new(), [0]);
        while !text.ends_with(END) {
            self.stderr.read_exact(&mut byte).unwrap();
            text.push(byte[0]);
        }
        text.truncate(text.len() - END.len());
        (self.thread.join().unwrap(), String::from_utf8(text).unwrap())
    }
}

/// One client spoils its guest, beside one that waits; then both that one and another are served.
fn survived(guest: Vec<u8>) -> String {
    let run = Run::start(guest, &["-www", "-naccept", "3"]);
    let mut beside = TcpStream::connect(("127.0.0.1", run.port)).unwrap();
    beside.set_read_timeout(Some(PATIENCE)).unwrap();
    let start = Instant::now();
    assert_eq!(run.ask(b"X"), b"");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    assert_eq!(run.ask(b"hello"), b"ok");
    beside.write_all(b"hello").unwrap();
    let mut answer = String::new();
    beside.read_to_string(&mut answer).unwrap();
    assert_eq!(answer, "ok");
    let (status, text) = run.end();
    assert_eq!(status, 0);
    text
}

fn told(what: &str) -> String {
    format!("s_server_wasm: a connection was closed because of its guest: {what}\n")
}

/// What a client is said to have said.
struct Notes(Arc<Mutex<Vec<(u64, Fact)>>>);

impl Observer for Notes {
    fn observe(&self, client: u64, _: Now, fact: &Fact) {
        self.0.lock().unwrap().push((client, fact.clone()));
    }
}

#[test]
fn facts_of_a_guest_go_to_whoever_observes_the_server_and_to_nobody_else() {
    let facts = Arc::<Mutex<Vec<_>>>::default();
    let observer = Box::new(Notes(facts.clone()));
    let run = Run::observed(guest("unreachable", b""), &["-www", "-naccept", "2"], Some(observer));
    assert_eq!(run.ask(b"hello"), b"ok");
    assert_eq!(run.ask(b"hello"), b"ok");
    assert_eq!(run.end(), (0, String::new()));
    let fact = || Fact::Data(b"hello".to_vec());
    assert_eq!(*facts.lock().unwrap(), [(1, fact()), (2, fact())]);
    // The same guest, unobserved.
    assert_eq!(
        survived(guest("unreachable", b"")),
        told("it trapped: wasm trap: wasm `unreachable` instruction executed")
    );
}

#[test]
fn a_loop_is_ended() {
    assert_eq!(survived(guest("(loop (br 0)) unreachable", b"")), told("it computed too long in one call"));
}

#[test]
fn memory_is_limited() {
    let grow = "(loop (drop (memory.grow (i32.const 16))) (br 0)) unreachable";
    assert_eq!(survived(guest(grow, b"")), told("it wanted more memory than it may have"));
}

#[test]
fn traps_are_told() {
    let deref = "(i32.load (i32.const -4))";
    let recursion = "(call $hostile (local.get $length))";
    assert_eq!(
        survived(guest("unreachable", b"")),
        told("it trapped: wasm trap: wasm `unreachable` instruction executed")
    );
    assert_eq!(survived(guest(deref, b"")), told("it trapped: wasm trap: out of bounds memory access"));
    assert_eq!(survived(guest(recursion, b"")), told("it trapped: wasm trap: call stack exhausted"));
}

#[test]
fn output_is_taken_from_its_memory_only() {
    let outside = "(global.set $output (i32.const 131000)) (i32.const 1000)";
    assert_eq!(survived(guest(outside, b"")), told("it answered nonsense: output outside its memory"));
    let wrapped = "(global.set $output (i32.const -16)) (i32.const 32)";
    assert_eq!(survived(guest(wrapped, b"")), told("it answered nonsense: output outside its memory"));
    for much in ["(i32.const 65537)", "(i32.const -1)"] {
        assert_eq!(survived(guest(much, b"")), told("it answered nonsense: too much output"));
    }
}

#[test]
fn frames_are_read_with_care() {
    let answer = |bytes: &[u8]| survived(guest(&format!("(i32.const {})", bytes.len()), bytes));
    let nonsense = |what: &str| told(&format!("it answered nonsense: {what}"));
    assert_eq!(answer(b""), nonsense("nothing about what may come next"));
    assert_eq!(answer(&[0xff; 16]), nonsense("something that is no frame"));
    assert_eq!(answer(&wants(WIRE)[..17]), nonsense("something that is no frame"));
    let mut malformed = wants(WIRE);
    malformed[16] = 7;
    assert_eq!(answer(&malformed), nonsense("a malformed frame"));
    let mut others = wants(WIRE);
    others[1] = 2;
    assert_eq!(answer(&others), nonsense("a frame of another connection"));
    let fault = frames(|out| out.frame(s_server_core::record::Kind::Fault, b"no\nway"));
    assert_eq!(answer(&fault), told("it refused a frame: no\\nway"));
}

#[test]
fn a_guest_cannot_end_the_server() {
    for outcome in [Outcome::Quit, Outcome::Misconfigured] {
        let quit = frames(|out| out.wait(&Wait::Closed(outcome)));
        assert_eq!(survived(guest(&format!("(i32.const {})", quit.len()), &quit)), "");
    }
}

#[test]
fn nothing_is_asked_for_without_end() {
    let without_end = told("it answered nonsense: requests without end");
    let asks = |write: fn(&mut FrameWriter<'_>)| {
        let bytes = frames(write);
        survived(guest(&format!("(i32.const {})", bytes.len()), &bytes))
    };
    // Times that are past, and files of any size.
    assert_eq!(
        asks(|out| out
            .wait(&Wait::For(Interest { deadline: Some((Now::default(), DeadlineReason::Handshake)), ..WIRE }))),
        without_end
    );
    assert_eq!(
        asks(|out| {
            out.put(Effect::File(FileRequest::Read { max: usize::MAX }));
            out.wait(&Wait::For(WIRE));
        }),
        without_end
    );
}

#[test]
fn what_it_never_sent_is_never_on_its_way() {
    let mut asked = frames(|out| out.put(Effect::Transmit(b"")));
    asked.extend(wants(Interest { flushed: true, ..WIRE }));
    let closed = frames(|out| out.wait(&Wait::Closed(Outcome::Next)));
    let (at, length) = (ANSWERS[2] + asked.len(), closed.len());
    // What is empty is not sent. To hear of it nevertheless would be a trap.
    let body = format!(
        "(if (i32.eq (i32.load8_u (i32.const {INPUT})) (i32.const 0x04)) (then (return (i32.const {}))))
         (if (i32.eq (i32.load8_u (i32.const {INPUT})) (i32.const 0x05)) (then
           (global.set $output (i32.const {at})) (return (i32.const {length}))))
         (if (i32.eq (i32.load8_u (i32.const {INPUT})) (i32.const 0x06)) (then unreachable))
         i32.const 0",
        asked.len()
    );
    let run = Run::start(guest(&body, &[asked, closed].concat()), &["-www", "-naccept", "2"]);
    let mut client = TcpStream::connect(("127.0.0.1", run.port)).unwrap();
    client.write_all(b"X").unwrap();
    assert_eq!(run.ask(b"hello"), b"ok");
    client.shutdown(Shutdown::Write).unwrap();
    assert_eq!(run.end(), (0, String::new()));
}

#[test]
fn imports_are_limited() {
    let import = |module: &str, name: &str| {
        let text = format!("(module (import \"{module}\" \"{name}\" (func)))");
        Sandbox::new(&wat::parse_str(text).unwrap(), LIMITS, None).err().map(|why| why.to_string())
    };
    let refused = |what: &str| Some(format!("the guest may not import {what}"));
    assert_eq!(import("wasi_snapshot_preview1", "path_open"), refused("wasi_snapshot_preview1::path_open"));
    assert_eq!(import("wasi_snapshot_preview1", "poll_oneoff"), refused("wasi_snapshot_preview1::poll_oneoff"));
    assert_eq!(import("env", "fd_write"), refused("env::fd_write"));
}

#[test]
fn the_operators_streams_are_not_the_guests() {
    let say = frames(|out| {
        out.put(Effect::Print(Stream::Err, b"said\n"));
        out.wait(&Wait::Closed(Outcome::Next));
    });
    assert_eq!(survived(guest(&format!("(i32.const {})", say.len()), &say)), "said\n");
}
