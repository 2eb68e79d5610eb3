//! Bytes from the network never end the server, hang it, or grow its memory.

use std::io::{Read, Write};
use std::net::{Shutdown, TcpStream};
use std::time::Duration;

use conformance::clients::raw::{self, Profile, fetch, read_to_end};
use conformance::launch::process::Input;
use conformance::launch::server::Server;

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";
const MEMORY: u64 = 64 << 20;

fn assert_serves_a_page(server: &mut Server) {
    let (page, end) = fetch(server.port(), &Profile::default(), REQUEST).unwrap();
    assert!(page.ends_with(b"</BODY></HTML>\r\n\r\n"), "{}", page.escape_ascii());
    assert_eq!(end, "close_notify received");
    let said = String::from_utf8_lossy(&server.so_far("stderr")).into_owned();
    assert!(!said.contains("panicked"), "{said}");
}

/// Sends in the clear, ends, and waits for the server to end as well; it must do so in a second or two.
fn send(port: u16, bytes: &[u8]) {
    let mut socket = raw::connect(port).unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
    let _ = socket.write_all(bytes).and_then(|()| socket.shutdown(Shutdown::Write));
    match socket.read_to_end(&mut Vec::new()) {
        Err(e) if e.kind() == std::io::ErrorKind::WouldBlock => panic!("still open after {}", bytes.escape_ascii()),
        _ => {}
    }
}

#[test]
fn garbage_ends_only_its_connection() {
    let mut server = Server::accepting(&["-www"]).input(Input::Null).start();
    let mut state = 0x2545_f491_4f6c_dd1d_u64;
    for round in 0..200_usize {
        let random = std::iter::repeat_with(|| {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            state.to_le_bytes()[0]
        });
        send(server.port(), &random.take(round * 7 % 600).collect::<Vec<u8>>());
    }
    assert_serves_a_page(&mut server);
}

#[test]
fn a_hello_may_stop_anywhere_or_be_damaged_anywhere() {
    let mut server = Server::accepting(&["-www"]).input(Input::Null).start();
    let hello = raw::client_hello(&raw::Profile::default());
    for at in (0..hello.len()).step_by(5) {
        send(server.port(), &hello[..at]);
        let mut damaged = hello.clone();
        damaged[at] ^= 0xff;
        send(server.port(), &damaged);
    }
    assert_serves_a_page(&mut server);
}

#[test]
fn interactive_mode_takes_garbage_as_well() {
    let mut server = Server::accepting(&["-naccept", "40"]).start();
    let hello = raw::client_hello(&raw::Profile::default());
    for at in (0..40).map(|n| n * hello.len() / 40) {
        send(server.port(), &hello[..at]);
    }
    server.close_input();
    let (exit, out, err) = server.end();
    assert_eq!(exit, "0", "{out}{err}");
    assert!(!err.contains("panicked"), "{err}");
}

#[test]
fn a_request_line_without_end_is_cut() {
    let mut server = Server::accepting(&["-www"]).input(Input::Null).start();
    let mut client = server.client();
    client.write_all(b"GET /").unwrap();
    client.write_all(&[b'a'; 40_000]).unwrap();
    let (answer, _) = read_to_end(&mut client);
    assert!(answer.starts_with(b"HTTP/1.0 "), "{}", answer.escape_ascii());
    assert_serves_a_page(&mut server);
}

#[test]
fn lines_without_end_do_not_grow_the_memory() {
    let mut server = Server::accepting(&["-www"]).input(Input::Null).start();
    for line in [&b"x"[..], b"x: y\r\n", b"GET"] {
        let mut client = server.client();
        let block = line.repeat(16_384 / line.len());
        // The server may end the connection as soon as it has seen enough.
        let _ = (0..4_096).try_for_each(|_| client.write_all(&block));
        assert!(server.memory() < MEMORY, "{} bytes after lines of {line:?}", server.memory());
    }
    assert_serves_a_page(&mut server);
}

#[test]
fn a_client_that_reads_nothing_does_not_grow_the_memory() {
    let mut server = Server::accepting(&["-www"]).input(Input::Null).start();
    let clients: Vec<_> = (0..64)
        .map(|_| {
            let mut client = server.client();
            client.write_all(REQUEST).unwrap();
            client
        })
        .collect();
    assert_serves_a_page(&mut server);
    assert!(server.memory() < 2 * MEMORY, "{}", server.memory());
    drop(clients);
}

#[test]
fn a_bare_connection_does_not_disturb() {
    let mut server = Server::accepting(&["-naccept", "3"]).start();
    drop(TcpStream::connect(("127.0.0.1", server.port())).unwrap());
    drop(TcpStream::connect(("127.0.0.1", server.port())).unwrap());
    let mut client = server.client();
    client.write_all(b"third\n").unwrap();
    server.wait_for("stdout", "third\n", Duration::from_secs(10)).unwrap();
    client.shutdown().unwrap();
    assert_eq!(server.end().0, "0");
}
