//! Options that show only in the records on the wire: ours sends the same ones as the original.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread;

use conformance::clients::old_client::{ALERT, HANDSHAKE, OldClient};
use conformance::clients::raw;
use conformance::launch::process::{self, Input, Process};
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::LIMIT;
use conformance::launch::words::words;

/// Type and length of a record.
type Record = (u8, u16);

/// With the option the original sends other records than without, and ours the same as the original.
fn shows(option: &str, server: &str, client: &str) {
    let with = format!("{option} {server}");
    let ours = records(&Program::ours(), &with, client);
    if !Program::has_reference() {
        return;
    }
    let original = Program::reference();
    assert_eq!(ours, records(&original, &with, client), "{with}");
    assert_ne!(ours, records(&original, server, client), "{option} shows nothing");
}

/// What a server sends in a handshake, and with 1,000 bytes of data behind it.
fn records(program: &Program, server: &str, client: &str) -> Vec<Record> {
    let mut server = Server::line(&format!("-accept PORT -naccept 1 {server}")).program(program).start();
    let relay = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = relay.local_addr().unwrap().to_string();
    let port = server.port();
    let recorder = thread::spawn(move || record(&relay.accept().unwrap().0, port));
    let mut command = process::command("openssl".as_ref(), server.folder());
    command.args(["s_client", "-quiet", "-connect", &at]).args(words(client));
    let mut client = Process::start(command, Input::Pipe).unwrap();
    client.write(b"from client\n").unwrap();
    server.wait_for("stdout", "from client\n", LIMIT).unwrap();
    server.write(format!("{}end\n", "x".repeat(996)).as_bytes()).unwrap();
    client.wait_for("stdout", "end\n", LIMIT).unwrap();
    client.signal(rustix::process::Signal::TERM);
    let sent = recorder.join().unwrap();
    server.wait(LIMIT).unwrap();
    parse(&sent)
}

/// Passes on what both sides say, and returns what the server said until the client was gone.
fn record(client: &TcpStream, port: u16) -> Vec<u8> {
    let server = raw::connect(port).unwrap();
    let mut sent = Vec::new();
    thread::scope(|scope| {
        scope.spawn(|| {
            let _ = std::io::copy(&mut &*client, &mut &server);
            let _ = server.shutdown(Shutdown::Both);
        });
        let mut bytes = [0; 4096];
        while let Ok(count @ 1..) = (&server).read(&mut bytes) {
            sent.extend_from_slice(&bytes[..count]);
            let _ = (&mut &*client).write_all(&bytes[..count]);
        }
    });
    sent
}

fn parse(mut bytes: &[u8]) -> Vec<Record> {
    let mut records = Vec::new();
    while let [kind, _, _, high, low, rest @ ..] = bytes {
        let length = u16::from_be_bytes([*high, *low]);
        records.push((*kind, length));
        bytes = rest.get(usize::from(length)..).unwrap_or_default();
    }
    records
}

const CBC: &str = "-cipher AES128-SHA:@SECLEVEL=0";

#[test]
fn no_etm_puts_the_code_inside() {
    shows("-no_etm", CBC, "-tls1_2 -cipher AES128-SHA");
}

#[test]
fn bugs_leaves_out_empty_fragments() {
    shows("-bugs", CBC, &format!("-tls1 {CBC}"));
}

#[test]
fn no_middlebox_leaves_out_a_record() {
    shows("-no_middlebox", "-tls1_3", "");
}

#[test]
fn record_padding_fills_blocks() {
    shows("-record_padding 64", "-tls1_3", "");
}

#[test]
fn max_send_frag_cuts_records() {
    shows("-max_send_frag 512", "-tls1_2", "");
}

/// With the option such a client gets a ServerHello, without it a warning (`no_renegotiation`, RFC 5746 section 4.4).
#[test]
fn legacy_renegotiation_serves_clients_without_rfc_5746() {
    let answer = |program: &Program, option: &[&str]| {
        let words = [&["-client_renegotiation", "-cipher", "NULL-SHA256:@SECLEVEL=0"], option].concat();
        let server = Server::accepting(&words).program(program).start();
        OldClient::connect(server.port()).unwrap().renegotiate().unwrap()
    };
    let programs = [Some(Program::ours()), Program::has_reference().then(Program::reference)];
    for program in programs.iter().flatten() {
        let (kind, content) = answer(program, &["-legacy_renegotiation"]);
        assert_eq!((kind, content[0]), (HANDSHAKE, 2), "{program:?}");
        assert_eq!(answer(program, &[]), (ALERT, vec![1, 100]), "{program:?}");
    }
}

/// The buffer shows in the memory that the connection reserves, which is not touched.
#[test]
fn read_buf_is_reserved() {
    const SIZE: u64 = 512 << 20;
    let reserved = |words: &[&str]| {
        let server = Server::accepting(words).start();
        let _client = server.client();
        let status = std::fs::read_to_string(format!("/proc/{}/status", server.pid())).unwrap();
        let peak = status.lines().find_map(|line| line.strip_prefix("VmPeak:")?.trim().strip_suffix(" kB")).unwrap();
        peak.parse::<u64>().unwrap() * 1024
    };
    let (with, without) = (reserved(&["-read_buf", &SIZE.to_string()]), reserved(&[]));
    assert!(with > without + SIZE / 2, "{with} {without}");
}
