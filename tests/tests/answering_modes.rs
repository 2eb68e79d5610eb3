//! `-rev` and `-echo` with many clients, and with one that does not read.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use conformance::clients::raw::read_to_end;
use conformance::launch::process::Input;
use conformance::launch::server::Server;
use conformance::launch::wait::{LIMIT, wait_until};
use openssl::ssl::SslStream;
use std::net::TcpStream;

fn ask(client: &mut SslStream<TcpStream>, question: &[u8], length: usize) -> String {
    client.write_all(question).unwrap();
    let mut answer = vec![0; length];
    client.read_exact(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

#[test]
fn a_hundred_clients_are_reversed_at_once() {
    let server = Server::accepting(&["-rev"]).input(Input::Null).start();
    let mut clients: Vec<_> = (0..100).map(|_| server.client()).collect();
    for round in 0..3 {
        for (number, client) in clients.iter_mut().enumerate() {
            let line = format!("client {number:03} round {round}");
            let reversed: String = line.chars().rev().chain(['\n']).collect();
            assert_eq!(ask(client, format!("{line}\n").as_bytes(), reversed.len()), reversed);
        }
    }
    for client in &mut clients {
        client.write_all(b"CLOSE\n").unwrap();
        assert_eq!(read_to_end(client), (Vec::new(), "close_notify received"));
    }
    wait_until("all are told", || {
        let said = String::from_utf8(server.so_far("stderr")).unwrap();
        said.matches("CONNECTION ESTABLISHED\n").count() == 100 && said.matches("CONNECTION CLOSED\n").count() == 100
    });
}

#[test]
fn a_line_may_come_in_pieces_and_several_at_once() {
    let server = Server::accepting(&["-rev"]).input(Input::Null).start();
    let mut client = server.client();
    client.write_all(b"ab").unwrap();
    assert_eq!(ask(&mut client, b"c\r\n\nde\nf", 8), "cba\n\ned\n");
    assert_eq!(ask(&mut client, b"g\n", 3), "gf\n");
}

/// Neither does it grow the memory nor keep others waiting; what it reads in the end is right.
#[test]
fn a_client_that_does_not_read_is_not_listened_to() {
    for mode in ["-rev", "-echo"] {
        let server = Server::accepting(&[mode]).input(Input::Null).start();
        let mut deaf = server.client();
        deaf.get_ref().set_write_timeout(Some(Duration::from_millis(500))).unwrap();
        let lines = b"abcdefg\n".repeat(2_048);
        let sent = (0..4_096).take_while(|_| deaf.write_all(&lines).is_ok()).count();
        assert!(sent < 4_096, "{mode}: all was taken");
        assert!(server.memory() < 48 << 20, "{mode}: {}", server.memory());

        let start = Instant::now();
        let mut other = server.client();
        let expected = if mode == "-rev" { "olleh\n" } else { "hello\n" };
        assert_eq!(ask(&mut other, b"hello\n", 6), expected);
        assert!(start.elapsed() < Duration::from_secs(2), "{mode}: {:?}", start.elapsed());

        let mut answer = vec![0; sent * lines.len()];
        deaf.read_exact(&mut answer).unwrap();
        let line: &[u8] = if mode == "-rev" { b"gfedcba\n" } else { b"abcdefg\n" };
        assert!(answer.chunks(8).all(|chunk| chunk == line), "{mode}");
    }
}

#[test]
fn what_arrives_comes_back_as_it_is() {
    let mut server = Server::accepting(&["-echo", "-naccept", "20"]).input(Input::Null).start();
    std::thread::scope(|scope| {
        for seed in 0..20_usize {
            let mut client = server.client();
            scope.spawn(move || {
                let bytes: Vec<u8> = (0..200_000_usize).map(|n| ((n * (2 * seed + 1)) >> 3) as u8).collect();
                for piece in bytes.chunks(30_011) {
                    client.write_all(piece).unwrap();
                    let mut back = vec![0; piece.len()];
                    client.read_exact(&mut back).unwrap();
                    assert!(back == piece);
                }
                client.shutdown().unwrap();
                assert_eq!(read_to_end(&mut client), (Vec::new(), "close_notify received"));
            });
        }
    });
    assert!(server.wait(LIMIT).unwrap().success());
    let (exit, out, err) = server.end();
    assert_eq!((exit.as_str(), err.as_str()), ("0", ""));
    assert!(out.contains("\n  20 server accepts that finished\n"), "{out}");
}
