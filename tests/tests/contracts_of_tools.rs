//! What scripts and tools wait for when they drive `s_server`; `contracts.rs` is about the test suites of TLS libraries.
//!
//! Options that are refused by name still are left out of the lines until they are there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use conformance::clients::raw::{self, Profile, handshake, read_to_end};
use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input, Process, describe};
use conformance::launch::server::Server;
use conformance::launch::wait::{LIMIT, wait_until};
use rustix::process::Signal;

/// Erlang connects and closes to see whether the server is there; closing the port ends standard input.
#[test]
fn erlang() {
    let line = "-accept PORT -tls1_2 -cert rsa.pem -key rsa.key -CAfile root.pem -4 -alpn http/1.1,spdy/2";
    let mut server = Server::line(line).spawn();
    server.listens();
    for _ in 0..3 {
        drop(TcpStream::connect(("127.0.0.1", server.port())).unwrap());
    }
    let mut client = server.s_client("-quiet -alpn spdy/2");
    client.write(b"payload of the client\n").unwrap();
    server.expect("stdout", "payload of the client\n");
    server.write(b"R\n").unwrap();
    server.expect("stdout", "SSL_do_handshake -> 1\n");
    server.write(b"payload of the server\n").unwrap();
    client.wait_for("stdout", "payload of the server\n", LIMIT).unwrap();
    server.close_input();
    assert_eq!(server.ends(), "0");
}

/// Node's client test: ACCEPT with a port, `hello`, `Q` without a line end, exit status 0.
#[test]
fn node() {
    for family in ["", "-4"] {
        let mut server = Server::line(&format!("-accept 0 -cert rsa.pem -key rsa.key {family}")).spawn();
        let port = server.expect_line("stdout", r"^ACCEPT .*?:?(\d+)$").parse().unwrap();
        let mut client = handshake(raw::connect(port).unwrap(), &Profile::default()).unwrap();
        client.write_all(b"hello").unwrap();
        server.expect("stdout", "hello");
        server.write(b"Q").unwrap();
        assert_eq!(server.ends(), "0");
        assert_eq!(read_to_end(&mut client).1, "close_notify received");
    }
}

/// tlsfuzzer: the port is polled, odd clients come one after the other.
#[test]
fn tlsfuzzer() {
    let mut server = Server::line("-key rsa.key -cert rsa.pem -www -CAfile root.pem -verify 1 -no_ticket -accept PORT")
        .input(Input::Null)
        .spawn();
    wait_until("the port", || TcpStream::connect(("127.0.0.1", server.port())).is_ok());
    for length in 0..200 {
        let mut client = raw::connect(server.port()).unwrap();
        let record = [&[0x16, 3, 3, 0, 200][..], &vec![1; length]].concat();
        // It may have been answered before all is sent.
        let _ = client.write_all(&record).and_then(|()| client.shutdown(std::net::Shutdown::Write));
        let _ = client.read_to_end(&mut Vec::new());
    }
    assert!(server.page().starts_with("HTTP/1.0 200 ok\r\n"));
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// tlsfuzzer's script for post-handshake authentication types `c\r` on a terminal.
#[test]
fn tlsfuzzer_post_handshake_authentication() {
    let line = "-key rsa.key -cert rsa.pem -CAfile root.pem -tls1_3 -accept PORT";
    let mut server = Server::line(line).input(Input::Terminal).spawn();
    server.expect("output", "ACCEPT");
    let _client = server.s_client("-quiet -enable_pha -cert client.pem -key client.key");
    server.expect("output", "CIPHER is ");
    server.write(b"c\r").unwrap();
    server.expect("output", "verify return:1");
    server.expect("output", "Read BLOCK");
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// sslyze answers a request by hand.
#[test]
fn sslyze() {
    let mut server = Server::line(
        "-cert rsa.pem -key rsa.key -accept PORT -cipher DEFAULT -verify 1 -CAfile root.pem -serverpref -groups P-256",
    )
    .merged()
    .spawn();
    server.expect_line("stdout", "^(.*ACCEPT.*)$");
    let mut client = server.client();
    client.write_all(b"Hello\r\n").unwrap();
    server.expect("stdout", "Hello\r\n");
    server.write(b"Hey there").unwrap();
    let mut answer = [0; 9];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"Hey there");
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// sslyze's server with a second certificate: a name that is not its own is a fatal alert.
#[test]
fn sslyze_server_name() {
    let line = "-cert rsa.pem -key rsa.key -accept PORT -cipher DEFAULT -servername server.example -servername_fatal \
        -cert2 ed25519.pem -key2 ed25519.key";
    let mut server = Server::line(line).merged().spawn();
    server.expect_line("stdout", "^(ACCEPT.*)$");
    let mut stranger = server.s_client("-servername other.example");
    assert_eq!(describe(stranger.wait(LIMIT).unwrap()), "1");
    stranger.wait_for("stderr", "unrecognized name", LIMIT).unwrap();
    let mut friend = server.s_client("-servername server.example");
    friend.wait_for("stdout", "Peer signature type: ed25519\n", LIMIT).unwrap();
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// pkcs11-provider's expect script; the end must come within ten seconds.
#[test]
fn pkcs11_provider() {
    let mut server = Server::line("-accept PORT -naccept 1 -key rsa.key -cert rsa.pem").input(Input::Terminal).spawn();
    server.expect("output", "ACCEPT");
    let client = server.s_client("-quiet");
    server.expect("output", "END SSL SESSION PARAMETERS");
    server.write(b" TLS SUCCESSFUL \n").unwrap();
    wait_until("it arrives", || client.so_far("stdout") == b" TLS SUCCESSFUL \n");
    server.write(b"Q\n").unwrap();
    assert_eq!(describe(server.wait(Duration::from_secs(10)).unwrap()), "0");
}

/// oqs-provider finds the port in the process table and probes it.
#[test]
fn oqs_provider() {
    let mut server =
        Server::line("-cert rsa.pem -key rsa.key -CAfile root.pem -tls1_3 -quiet -groups X25519:P-256 -accept 0")
            .spawn();
    let port = server.listens().port();
    let mut command = process::command("openssl".as_ref(), server.folder());
    command.args(["s_client", "-connect", &format!("localhost:{port}"), "-groups", "P-256"]);
    let mut probe = Process::start(command, Input::Pipe).unwrap();
    probe.write(b"Q\n").unwrap();
    assert_eq!(describe(probe.wait(LIMIT).unwrap()), "0");
    assert!(String::from_utf8(probe.so_far("stdout")).unwrap().contains("Server Temp Key: ECDH, prime256v1, 256 bits"));
    assert_eq!(server.status(), None);
    assert_eq!(server.so_far("stdout"), b"");
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");
}

/// gost-engine starts it with a configuration of its own and waits for the word ACCEPT.
#[test]
fn gost_engine() {
    let line = "-accept PORT -cert rsa.pem -key rsa.key -www";
    let mut server = Server::line(line)
        .through(&["env", "OPENSSL_CONF=openssl.cnf", "sh", "-c", "echo >openssl.cnf; exec \"$@\" 2>&1", "sh"])
        .spawn();
    server.expect("stdout", "ACCEPT");
    assert!(server.page().contains("s_server -accept"));
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");
}

/// TLS-Anvil's images: no terminal, nothing but a port. The container is stopped by SIGTERM.
#[test]
fn tls_anvil() {
    let mut server = Server::line("-port PORT -cert rsa.pem -key rsa.key").spawn();
    assert_eq!(server.listens().port(), server.port());
    let client = server.client();
    drop(client);
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// testssl.sh's baseline, without SSL 2, which OpenSSL has no more.
#[test]
fn testssl() {
    let mut server = Server::line("-www -alpn h2 -nextprotoneg 'spdy/3, http/1.1' -cipher ALL:COMPLEMENTOFALL -cert rsa.pem -key rsa.key -accept PORT").input(Input::Null).spawn();
    server.listens();
    let mut client = server.s_client("-cipher NULL-SHA256:@SECLEVEL=0 -tls1_2");
    client.close_input();
    assert_eq!(describe(client.wait(LIMIT).unwrap()), "1", "the security level still holds");
    assert!(server.page().starts_with("HTTP/1.0 200 ok\r\n"));
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");
}

/// `echo hello | openssl s_server`: the client gets the line, and the server ends.
#[test]
fn a_line_by_a_pipe() {
    let script = "mkfifo feed; echo hello >feed & exec \"$@\" <feed";
    let line = "-accept PORT -cert rsa.pem -key rsa.key";
    let mut server = Server::line(line).shell(script).input(Input::Null).spawn();
    server.expect("stdout", "ACCEPT");
    let mut client = server.client();
    let (received, end) = read_to_end(&mut client);
    assert_eq!((received.as_slice(), end), (&b"hello\n"[..], "close_notify received"));
    assert_eq!(server.ends(), "0");
}

/// The listener for a remote shell: raw bytes both ways, ended by Ctrl-C.
#[test]
fn a_shell_over_tls() {
    let mut server = Server::line("-quiet -key rsa.key -cert rsa.pem -port PORT").input(Input::Terminal).spawn();
    server.listens();
    let mut client = server.client();
    client.write_all(b"$ ").unwrap();
    server.expect("output", "$ ");
    server.write(b"id\n").unwrap();
    let mut line = [0; 3];
    client.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"id\n");
    server.write(b"\x03").unwrap();
    assert_eq!(server.ends(), "signal SIGINT");
}

/// What is printed is there at once, however standard output is connected.
#[test]
fn output_is_not_buffered() {
    let file = Folder::empty().unwrap();
    let out = std::fs::File::create(file.path().join("out")).unwrap();
    let _server = Server::accepting(&["-www"]).input(Input::Null).output(out).spawn();
    wait_until("ACCEPT", || {
        std::fs::read_to_string(file.path().join("out")).is_ok_and(|text| text.ends_with("ACCEPT\n"))
    });
}
