//! Many clients at once, silent ones among them.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::Barrier;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use conformance::clients::raw::{self, Profile, fetch};
use conformance::launch::process::Input;
use conformance::launch::server::Server;

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

fn silent(server: &Server, count: usize) -> Vec<TcpStream> {
    (0..count).map(|_| raw::connect(server.port()).expect("a connection")).collect()
}

/// Fetches a whole page, or says what was wrong with it.
fn page(port: u16) -> Result<(), String> {
    let (page, end) = fetch(port, &Profile::default(), REQUEST)?;
    let whole = page.starts_with(b"HTTP/1.0 200 ok\r\n") && page.ends_with(b"</pre></BODY></HTML>\r\n\r\n");
    if whole && end == "close_notify received" { Ok(()) } else { Err(format!("{end}: {}", page.escape_ascii())) }
}

/// The best of a few attempts: the machine may be busy with something else.
#[test]
fn a_page_arrives_in_50_ms_beside_64_silent_clients() {
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    let _silent = silent(&server, 64);
    let time = |_| {
        let start = Instant::now();
        page(server.port()).map(|()| start.elapsed())
    };
    let times: Result<Vec<Duration>, String> = (0..20).map(time).collect();
    let best = times.unwrap().into_iter().min().unwrap();
    assert!(best < Duration::from_millis(50), "{best:?}");
}

#[test]
fn an_interactive_client_is_served_beside_64_silent_ones() {
    let mut server = Server::accepting(&[]).start();
    let _silent = silent(&server, 64);
    let start = Instant::now();
    let mut client = server.client();
    client.write_all(b"from the client\n").unwrap();
    server.wait_for("stdout", "from the client\n", Duration::from_secs(10)).unwrap();
    server.write(b"from the server\n").unwrap();
    let mut line = [0; 16];
    client.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"from the server\n");
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
}

/// It is seated when its first message is whole.
#[test]
fn half_a_first_message_keeps_nobody_waiting() {
    let mut server = Server::accepting(&["-naccept", "2"]).start();
    let hello = raw::client_hello(&raw::Profile::default());
    let mut slow = raw::connect(server.port()).unwrap();
    slow.write_all(&hello[..hello.len() / 2]).unwrap();
    let start = Instant::now();
    let mut client = server.client();
    client.write_all(b"from the second\n").unwrap();
    server.wait_for("stdout", "from the second\n", Duration::from_secs(10)).unwrap();
    assert!(start.elapsed() < Duration::from_secs(5), "{:?}", start.elapsed());
    client.shutdown().unwrap();
    // Tickets that were not read would turn the end of the connection into a reset.
    assert_eq!(raw::read_to_end(&mut client).1, "close_notify received");
    slow.write_all(&hello[hello.len() / 2..]).unwrap();
    let mut first = [0; 3];
    slow.read_exact(&mut first).unwrap();
    assert_eq!(first, [0x16, 3, 3], "a ServerHello");
    drop(slow);
    let (status, stdout, stderr) = server.end();
    assert_eq!((status.as_str(), stderr.matches("ERROR\n").count()), ("0", 1), "{stdout}{stderr}");
    assert_eq!((stdout.matches("DONE\n").count(), stdout.matches("ERROR\n").count()), (1, 0), "{stdout}{stderr}");
}

#[test]
fn clients_of_interactive_mode_are_served_one_after_the_other() {
    let mut server = Server::accepting(&["-naccept", "3"]).start();
    for name in ["one", "two", "three"] {
        let mut client = server.client();
        client.write_all(name.as_bytes()).unwrap();
        server.wait_for("stdout", name, Duration::from_secs(10)).unwrap();
        client.shutdown().unwrap();
        // Tickets that were not read would turn the end of the connection into a reset.
        raw::read_to_end(&mut client);
    }
    let (exit, out, err) = server.end();
    assert_eq!(exit, "0");
    assert_eq!(out.matches("DONE\nshutting down SSL\nCONNECTION CLOSED\n").count(), 3, "{out}{err}");
    assert!(out.contains("\n   3 server accepts that finished\n"), "{out}");
}

#[test]
fn two_hundred_clients_at_once_all_get_their_page() {
    let server = Server::accepting(&["-www"]).input(Input::Null).start();
    let start = Barrier::new(200);
    let failures: Vec<String> = std::thread::scope(|scope| {
        let client = || {
            start.wait();
            page(server.port())
        };
        let clients: Vec<_> = (0..200).map(|_| scope.spawn(client)).collect();
        clients.into_iter().filter_map(|client| client.join().unwrap().err()).collect()
    });
    assert_eq!(failures, Vec::<String>::new());
}

#[test]
fn naccept_is_exact_under_parallel_clients() {
    let server = Server::accepting(&["-www", "-naccept", "100"]).input(Input::Null).start();
    let served = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for _ in 0..32 {
            // After the last one the port is closed, and whoever still waited is turned away.
            scope.spawn(|| {
                while page(server.port()).is_ok() {
                    served.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(served.into_inner(), 100);
    let (exit, out, _) = server.end();
    assert_eq!(exit, "0");
    assert!(out.contains("\n 100 server accepts that finished\n"), "{out}");
}

#[test]
fn one_job_serves_silent_and_talking_clients_too() {
    let server = Server::accepting(&["-www", "-jobs", "1"]).input(Input::Null).start();
    let _silent = silent(&server, 64);
    for _ in 0..20 {
        page(server.port()).unwrap();
    }
}
