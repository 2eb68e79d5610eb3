//! One session, recorded with the machine in this process, gives the same bytes wherever the guest runs: embedded here,
//! under Python's wasmtime, under Node's WASI.
mod session;

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use rustls::ClientConnection;
use rustls::version::{TLS12, TLS13};
use s_server_core::engine::Start;
use s_server_core::io::{Input, Now, Outcome, PeerAddress};
use s_server_core::record::{Frames, In, Kind, Machine, Seed};
use s_server_rustls::Rustls;
use s_server_wasm::module;
use s_server_wasm::sandbox::{Instance, Limits, Sandbox, Snapshot};
use session::{CONNECTION, RSA, SEED, client, prologue};
use wasmtime::{Config, Engine, Module};

/// A machine whose inputs and outputs are written down.
struct Recorder {
    machine: Machine<Rustls>,
    recording: Vec<u8>,
    /// For the client.
    sent: Vec<u8>,
    now: u64,
}

impl Recorder {
    fn new(words: &[&str]) -> Self {
        let machine = Machine::new(Rustls::among_others());
        let mut recorder = Self { machine, recording: Vec::new(), sent: Vec::new(), now: 0 };
        recorder.feed(&prologue(RSA, words));
        recorder.give(In::Accept(Start::seeded(3)));
        recorder.give(In::Input(Input::Seated(PeerAddress::default())));
        recorder
    }

    fn give(&mut self, input: In<'_>) {
        self.now += 1_000;
        let mut frame = Vec::new();
        input.put(CONNECTION, Now::from_micros(self.now), &mut frame);
        self.feed(&frame);
    }

    fn feed(&mut self, frames: &[u8]) {
        for frame in Frames::new(frames) {
            let (_, frame) = frame.unwrap();
            frame.put(&mut self.recording);
            let Self { machine, recording, sent, .. } = self;
            let taken = machine.handle(&frame, &mut |out| {
                out.put(recording);
                if out.kind == Kind::Transmit {
                    sent.extend_from_slice(out.payload);
                }
            });
            taken.unwrap();
        }
    }

    /// Carries bytes between the two until nothing moves.
    fn exchange(&mut self, client: &mut ClientConnection) {
        loop {
            let sent = std::mem::take(&mut self.sent);
            let mut from = &sent[..];
            while !from.is_empty() {
                client.read_tls(&mut from).unwrap();
                client.process_new_packets().unwrap();
            }
            let mut wire = Vec::new();
            while client.wants_write() {
                client.write_tls(&mut wire).unwrap();
            }
            if wire.is_empty() {
                return;
            }
            self.give(In::Input(Input::Wire(&wire)));
            if !self.sent.is_empty() {
                self.give(In::Input(Input::WireFlushed));
            }
        }
    }
}

/// Both versions, the operator's side and commands.
fn recordings() -> Vec<(&'static str, Vec<u8>)> {
    let mut all = Vec::new();
    for (name, version) in [("tls12", &TLS12), ("tls13", &TLS13)] {
        let mut client = client(RSA, version);
        // A product with an overflow to look for, which LLVM before 23 builds wrong with wide arithmetic.
        let mut recorder = Recorder::new(&["-naccept", "20"]);
        recorder.exchange(&mut client);
        client.writer().write_all(b"hello\n").unwrap();
        recorder.exchange(&mut client);
        for typed in ["to the client\n", "S\n", "K\n", "q\n"] {
            recorder.give(In::Input(Input::Operator(typed.as_bytes())));
            if !recorder.sent.is_empty() && typed != "q\n" {
                recorder.give(In::Input(Input::WireFlushed));
                recorder.exchange(&mut client);
            }
        }
        recorder.give(In::Finished(Outcome::Next));
        assert!(recorder.recording.windows(6).any(|part| part == b"hello\n"));
        all.push((name, recorder.recording));
    }
    all
}

fn outputs(recording: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::new();
    for frame in Frames::new(recording).map(|frame| frame.unwrap().1).filter(|frame| frame.kind as u8 >= 0x80) {
        frame.put(&mut bytes);
    }
    bytes
}

/// Feeds what went in, frame by frame.
fn play(instance: &mut Instance, recording: &[u8]) -> Vec<u8> {
    let (mut all, mut output) = (Vec::new(), Vec::new());
    for frame in Frames::new(recording).map(|frame| frame.unwrap().1).filter(|frame| (frame.kind as u8) < 0x80) {
        let mut input = Vec::new();
        frame.put(&mut input);
        instance.step(&input, &mut output).unwrap();
        all.extend_from_slice(&output);
    }
    all
}

/// The program of examples, with what it needs.
fn drive(program: &str, script: &str, guest: &str, recording: &Path) -> (bool, String) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("examples").join(script);
    let mut command = Command::new(program);
    // WASI is an experiment to Node.
    command.env("NODE_NO_WARNINGS", "1").arg(script).arg(guest).arg(recording);
    let output = command.output();
    let output = output.unwrap_or_else(|why| panic!("{program}: {why}; tests/run installs it"));
    let text = [output.stdout, output.stderr].concat();
    (output.status.success(), String::from_utf8(text).unwrap())
}

/// Python with the package wasmtime: `S_SERVER_PYTHON`, or what tests/run makes.
fn python() -> String {
    let made = concat!(env!("CARGO_MANIFEST_DIR"), "/../target/python/bin/python3");
    std::env::var("S_SERVER_PYTHON").unwrap_or_else(|_| made.into())
}

struct Temporary(PathBuf);

impl Temporary {
    fn new(name: &str, content: &[u8]) -> Self {
        let path = std::env::temp_dir().join(format!("s_server_wasm-{}-{name}", std::process::id()));
        fs::write(&path, content).unwrap();
        Self(path)
    }
}

impl Drop for Temporary {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

fn sandbox() -> Sandbox {
    Sandbox::new(module::MODULE, Limits::DEFAULT, module::cache()).unwrap()
}

#[test]
fn the_guest_imports_exactly_these() {
    assert_eq!(
        sandbox().imports(),
        ["environ_get", "environ_sizes_get", "fd_write", "proc_exit", "random_get"]
            .map(|name| format!("wasi_snapshot_preview1::{name}"))
    );
}

#[test]
fn the_command_needs_no_wide_arithmetic() {
    let mut without = Config::new();
    let without = Engine::new(without.wasm_wide_arithmetic(false)).unwrap();
    Module::validate(&without, &fs::read(module::COMMAND).unwrap()).unwrap();
}

#[test]
fn embedded_it_gives_the_same_bytes_whatever_its_imports_give() {
    let sandbox = sandbox();
    for (name, recording) in recordings() {
        for seed in [[0; 32], [0xff; 32]] {
            let came = play(&mut sandbox.instance(seed).unwrap(), &recording);
            assert!(came == outputs(&recording), "{name}");
        }
    }
}

/// An instance that is made by copying one that has loaded everything, as the server makes them.
#[test]
fn a_copy_gives_the_same_bytes_as_one_that_has_loaded() {
    let sandbox = sandbox();
    for (name, recording) in recordings() {
        let mut first = sandbox.instance([0; 32]).unwrap();
        let mut loading = prologue(RSA, &[]);
        // Another seed than that of the recording, which comes afterwards.
        let other = Seed { own: [0x55; 32], ..SEED };
        let (mut frames, mut output) = (Vec::new(), Vec::new());
        In::Seed(other).put(0, Now::default(), &mut frames);
        first.step(&frames, &mut output).unwrap();
        std::mem::swap(&mut loading, &mut frames);
        for frame in Frames::new(&frames).map(|frame| frame.unwrap().1).filter(|frame| frame.kind != Kind::Seed) {
            let mut input = Vec::new();
            frame.put(&mut input);
            first.step(&input, &mut output).unwrap();
        }
        let snapshot = Snapshot::between(&sandbox.instance([0; 32]).unwrap(), &first);
        assert!((4096..4 << 20).contains(&snapshot.copied()), "{}", snapshot.copied());
        let mut copy = sandbox.instance([7; 32]).unwrap();
        copy.restore(&snapshot).unwrap();
        let mut rest = Vec::new();
        In::Seed(SEED).put(0, Now::default(), &mut rest);
        let session = Frames::new(&recording).map(|frame| frame.unwrap().1).filter(|frame| frame.conn == CONNECTION);
        session.for_each(|frame| frame.put(&mut rest));
        let expected: Vec<u8> = outputs(&rest);
        assert!(play(&mut copy, &rest) == expected, "{name}");
    }
}

#[test]
fn another_seed_gives_other_bytes() {
    let (_, mut recording) = recordings().pop().unwrap();
    let offset =
        Frames::new(&recording).map(|frame| frame.unwrap()).find(|(_, frame)| frame.kind == Kind::Seed).unwrap().0;
    // The first byte of the own seed stands behind the shared one.
    recording[offset + 16 + 32] ^= 1;
    let mut output = Vec::new();
    let mut instance = sandbox().instance([0; 32]).unwrap();
    let mut wire = None;
    for frame in Frames::new(&recording).map(|frame| frame.unwrap().1) {
        if (frame.kind as u8) < 0x80 {
            let mut input = Vec::new();
            frame.put(&mut input);
            instance.step(&input, &mut output).unwrap();
        } else if frame.kind == Kind::Transmit && wire.is_none() {
            wire = Some(frame.payload.to_vec());
        }
        if wire.is_some() {
            break;
        }
    }
    let hello = Frames::new(&output).map(|frame| frame.unwrap().1).find(|frame| frame.kind == Kind::Transmit).unwrap();
    assert_ne!(hello.payload, wire.unwrap());
}

#[test]
fn node_and_python_give_the_same_bytes() {
    for (name, recording) in recordings() {
        let file = Temporary::new(name, &recording);
        let inputs = Frames::new(&recording).filter(|frame| (frame.as_ref().unwrap().1.kind as u8) < 0x80).count();
        let expected = format!("1 guests, {inputs} frames in, {} bytes out, as recorded\n", outputs(&recording).len());
        let (ok, text) = drive("node", "drive.mjs", module::COMMAND, &file.0);
        assert!(ok && text.ends_with(&expected), "{text}");
        let (ok, text) = drive(&python(), "drive.py", module::FILE, &file.0);
        assert_eq!((ok, text), (true, expected));
    }
}

#[test]
fn one_changed_byte_is_found_by_node_and_python() {
    let (_, mut recording) = recordings().remove(0);
    let last = recording.len() - 1;
    recording[last] ^= 1;
    let length = outputs(&recording).len();
    let file = Temporary::new("changed", &recording);
    let expected = format!("output of guest 0 differs at byte {} of {length}; {length} came\n", length - 1);
    for (ok, text) in
        [drive("node", "drive.mjs", module::COMMAND, &file.0), drive(&python(), "drive.py", module::FILE, &file.0)]
    {
        assert!(!ok && text.ends_with(&expected), "{text}");
    }
}

/// What the program records of a few clients side by side: one that speaks each version, and one that speaks no TLS.
fn recorded_by_the_program(file: &Path) {
    let pki = Path::new(env!("CARGO_MANIFEST_DIR")).join("../tests/pki");
    let mut command = Command::new(env!("CARGO_BIN_EXE_s_server_wasm"));
    command.current_dir(pki).stdin(Stdio::null()).stdout(Stdio::piped()).arg("-record").arg(file);
    command.args(["-www", "-naccept", "3", "-accept", "127.0.0.1:0", "-cert", "rsa.pem", "-key", "rsa.key"]);
    let mut server = command.args(["-cert_chain", "inter.pem"]).spawn().unwrap();
    let mut said = BufReader::new(server.stdout.take().unwrap());
    let mut line = String::new();
    said.read_line(&mut line).unwrap();
    let at = line.trim_end().strip_prefix("ACCEPT ").unwrap_or_else(|| panic!("{line}")).to_owned();
    let mut waiting = TcpStream::connect(&at).unwrap();
    for version in [&TLS12, &TLS13] {
        let mut stream = rustls::StreamOwned::new(client(RSA, version), TcpStream::connect(&at).unwrap());
        stream.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
        let mut page = Vec::new();
        stream.read_to_end(&mut page).unwrap();
        assert!(page.ends_with(b"</BODY></HTML>\r\n\r\n"), "{}", page.escape_ascii());
    }
    waiting.write_all(b"this is no TLS\r\n").unwrap();
    // An alert, and the end.
    let _ = waiting.read_to_end(&mut Vec::new());
    said.read_to_string(&mut line).unwrap();
    assert!(server.wait().unwrap().success(), "{line}");
}

#[test]
fn node_and_python_replay_what_the_program_records_of_several_clients() {
    let file = Temporary::new("several", b"");
    fs::remove_file(&file.0).unwrap();
    recorded_by_the_program(&file.0);
    for (ok, text) in
        [drive("node", "drive.mjs", module::COMMAND, &file.0), drive(&python(), "drive.py", module::FILE, &file.0)]
    {
        assert!(ok && text.starts_with("4 guests, ") && text.ends_with(" bytes out, as recorded\n"), "{text}");
    }
}

#[test]
fn node_and_python_tell_why_a_guest_takes_no_more() {
    let (_, recording) = recordings().remove(0);
    let kept: Vec<u8> = {
        // Without the order to load, nobody can be accepted.
        let mut kept = Vec::new();
        let frames = Frames::new(&recording).map(|frame| frame.unwrap().1);
        frames.filter(|frame| frame.kind != Kind::Load).for_each(|frame| frame.put(&mut kept));
        kept
    };
    let file = Temporary::new("unloaded", &kept);
    for (ok, text) in
        [drive("node", "drive.mjs", module::COMMAND, &file.0), drive(&python(), "drive.py", module::FILE, &file.0)]
    {
        assert!(!ok && text.contains("guest 0 does not take ") && text.contains("nothing is loaded"), "{text}");
    }
}
