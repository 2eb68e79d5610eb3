//! Standard streams that are closed, broken or unread.

use std::io::{Read, Write, pipe};
use std::time::Duration;

use conformance::clients::raw::{Profile, fetch};
use conformance::launch::process::Input;
use conformance::launch::quiet::settle;
use conformance::launch::server::Server;
use conformance::launch::wait::{LIMIT, wait_until};
use rustix::process::Signal;

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

fn assert_serves_a_page(server: &Server) {
    let (page, end) = fetch(server.port(), &Profile::default(), REQUEST).unwrap();
    assert!(page.ends_with(b"</BODY></HTML>\r\n\r\n"), "{}", page.escape_ascii());
    assert_eq!(end, "close_notify received");
}

#[test]
fn standard_input_may_be_closed() {
    let server = Server::accepting(&["-www", "-naccept", "1"]).shell("exec \"$@\" <&-").start();
    assert_serves_a_page(&server);
    let (exit, _, err) = server.end();
    assert_eq!((exit.as_str(), err.as_str()), ("0", ""));
}

#[test]
fn standard_output_may_be_closed() {
    let server = Server::accepting(&["-www", "-naccept", "1"]).shell("exec \"$@\" >&-").start();
    assert_serves_a_page(&server);
    assert_eq!(server.end().0, "0");
}

#[test]
fn all_three_may_be_closed() {
    let server = Server::accepting(&["-www", "-naccept", "1"]).shell("exec \"$@\" <&- >&- 2>&-").start();
    assert_serves_a_page(&server);
    assert_eq!(server.end().0, "0");
}

/// Told once, whatever is printed after it; clients are served as before.
#[test]
fn the_disk_may_be_full() {
    let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
    let server = Server::accepting(&["-www", "-naccept", "2"]).shell("exec \"$@\"").output(full).start();
    assert_serves_a_page(&server);
    assert_serves_a_page(&server);
    let (exit, _, err) = server.end();
    assert_eq!(exit, "0");
    assert_eq!(err, "s_server: standard output cannot be written: No space left on device (os error 28)\n");
}

#[test]
fn a_reader_of_the_output_may_leave() {
    let (reader, writer) = pipe().unwrap();
    let server = Server::accepting(&["-naccept", "1"]).shell("exec \"$@\"").output(writer).start();
    drop(reader);
    let mut client = server.client();
    client.write_all(b"nobody reads this\n").unwrap();
    client.shutdown().unwrap();
    assert_eq!(server.end().0, "0");
}

#[test]
fn an_output_that_nobody_reads_stops_neither_signals_nor_memory() {
    let (mut reader, writer) = pipe().unwrap();
    let mut server = Server::accepting(&["-quiet"]).shell("exec \"$@\"").output(writer).start();
    let mut client = server.client();
    client.get_ref().set_write_timeout(Some(Duration::from_secs(1))).unwrap();
    let block = [b'x'; 16_384];
    let mut sent = 0;
    while sent < 64 << 20 && client.write_all(&block).is_ok() {
        sent += block.len();
    }
    assert!(server.memory() < 64 << 20, "{} bytes of memory after {sent} sent", server.memory());
    // What was taken is delivered as soon as somebody reads.
    let mut first = vec![0; 1 << 20];
    reader.read_exact(&mut first).unwrap();
    assert!(first.iter().all(|&byte| byte == b'x'));
    server.signal(Signal::TERM);
    assert_eq!(server.end().0, "signal SIGTERM");
}

#[test]
fn a_broken_pipe_signal_is_ignored() {
    let mut server = Server::accepting(&["-www", "-naccept", "1"]).input(Input::Null).start();
    server.signal(Signal::PIPE);
    settle(&[server.party()], server.port(), LIMIT, || false).unwrap();
    assert_serves_a_page(&server);
    assert_eq!(server.end().0, "0");
}

#[test]
fn a_feeder_that_never_stops_is_harmless() {
    let script = "mkfifo feed; yes >feed & exec \"$@\" <feed";
    let server = Server::accepting(&["-www", "-naccept", "1"]).shell(script).start();
    assert_serves_a_page(&server);
    assert_eq!(server.end().0, "0");
}

#[test]
fn a_write_of_any_size_arrives_as_it_was_typed() {
    let mut server = Server::accepting(&["-quiet"]).start();
    let mut client = server.client();
    let text: Vec<u8> = (0..1_000_000_u32).flat_map(|n| [b'Q', (n % 251) as u8]).collect();
    let copy = text.clone();
    let received = std::thread::spawn(move || {
        let mut received = vec![0; copy.len()];
        client.read_exact(&mut received).map(|()| received == copy)
    });
    server.write(&text).unwrap();
    assert!(received.join().unwrap().unwrap());
}

#[test]
fn data_of_any_size_is_printed_as_it_came() {
    let server = Server::accepting(&["-quiet"]).start();
    let mut client = server.client();
    let text: Vec<u8> = (0..1_000_000_u32).map(|n| (n % 253) as u8).collect();
    client.write_all(&text).unwrap();
    wait_until("all is printed", || server.so_far("stdout").len() >= text.len());
    assert!(server.so_far("stdout") == text);
}
