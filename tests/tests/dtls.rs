//! Datagrams: many peers on one socket, other people's clients, bad links and bad datagrams.

use std::net::{SocketAddr, UdpSocket};
use std::process::Stdio;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use conformance::clients::datagrams::DtlsClient;
use conformance::clients::lossy_relay::Relay;
use conformance::clients::mbedtls;
use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input, Process};
use conformance::launch::server::Server;
use conformance::launch::wait::LIMIT;
use conformance::launch::words::words;
use contract::lossy::Faults;

/// Sends every record back, to any number of peers.
fn echo(more: &[&str]) -> Server {
    Server::accepting(&["-dtls", "-echo", "-cert", "rsa.pem", "-key", "rsa.key"]).words(more).input(Input::Null).start()
}

/// Talks to the operator.
fn interactive(more: &[&str]) -> Server {
    Server::accepting(&["-dtls", "-cert", "rsa.pem", "-key", "rsa.key"]).words(more).start()
}

fn at(server: &Server) -> SocketAddr {
    ([127, 0, 0, 1], server.port()).into()
}

/// What a client that ends by itself has said, all of it.
fn outcome(server: &Server, program: &str, line: &str, input: &str) -> String {
    let mut command = process::command(program.as_ref(), server.folder());
    command.args(words(line)).stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap_or_else(|e| panic!("{program}: {e}; tests/run installs it"));
    std::io::Write::write_all(&mut child.stdin.take().expect("a pipe"), input.as_bytes()).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

/// What the flood drives out of the socket's buffer is lost, as it may be, and sent again.
#[test]
fn peers_echo_beside_one_that_vanished_and_one_that_floods() {
    const PEERS: usize = 62;
    let server = echo(&[]);
    let to = at(&server);
    let vanished = DtlsClient::connect(to).unwrap();
    drop(vanished);
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            let mut flooding = DtlsClient::connect(to).unwrap();
            while !over.load(Ordering::Relaxed) {
                // As much as it likes, and then as much as comes back.
                (0..500).for_each(|_| flooding.send(&[b'f'; 1000]).unwrap());
                while flooding.receives() {}
            }
        });
        let peers: Vec<_> = (0..PEERS)
            .map(|number| {
                scope.spawn(move || {
                    let mut client = DtlsClient::connect(to)?;
                    for round in 0..20 {
                        client.echo_patiently(format!("{number} {round}\n").as_bytes())?;
                    }
                    client.close();
                    Ok(())
                })
            })
            .collect();
        let ended: Vec<Result<(), String>> = peers.into_iter().map(|peer| peer.join().unwrap()).collect();
        over.store(true, Ordering::Relaxed);
        assert_eq!(ended, vec![Ok(()); PEERS]);
    });
}

#[test]
fn answers_leave_from_the_address_that_was_asked() {
    let server = echo(&[]);
    for to in ["127.0.0.1", "127.0.0.2", "127.1.2.3", "::1"] {
        // A connected socket takes nothing from another address.
        let to = SocketAddr::new(to.parse().unwrap(), server.port());
        DtlsClient::connect(to).and_then(|mut client| client.echo(b"here\n")).unwrap_or_else(|e| panic!("{to}: {e}"));
    }
}

#[test]
fn a_second_client_waits_and_does_not_disturb_the_first() {
    let mut server = interactive(&["-naccept", "2"]);
    let mut first = DtlsClient::connect(at(&server)).unwrap();
    first.send(b"from the first\n").unwrap();
    server.expect("stdout", "from the first\n");
    std::thread::scope(|scope| {
        let to = at(&server);
        let second = scope.spawn(move || {
            let mut second = DtlsClient::connect(to)?;
            second.send(b"from the second\n")?;
            second.receive()
        });
        server.write(b"to the first\n").unwrap();
        assert_eq!(first.receive(), Ok(b"to the first\n".to_vec()));
        first.send(b"again\n").unwrap();
        server.expect("stdout", "again\n");
        first.close();
        server.expect("stdout", "from the second\n");
        server.write(b"to the second\n").unwrap();
        assert_eq!(second.join().unwrap(), Ok(b"to the second\n".to_vec()));
    });
    server.close_input();
    let (status, stdout, stderr) = server.end();
    assert_eq!((status.as_str(), stderr.as_str()), ("0", "shutdown accept socket\n"), "{stdout}");
    assert_eq!(stdout.matches("DONE\n").count(), 2, "{stdout}");
}

#[test]
fn a_client_that_begins_anew_from_the_same_port_is_served() {
    let mut server = interactive(&[]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(at(&server)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    // It forgets its session without a word.
    let first = DtlsClient::over(socket.try_clone().unwrap()).unwrap();
    server.expect("stdout", "CIPHER is ");
    drop(first);
    let mut second = DtlsClient::over(socket).unwrap();
    second.send(b"from the second\n").unwrap();
    server.expect("stdout", "from the second\n");
    server.expect("stderr", "s_server: the client began another session\n");
}

#[test]
fn bad_datagrams_are_ignored() {
    let mut server = interactive(&[]);
    let stranger = UdpSocket::bind("127.0.0.1:0").unwrap();
    stranger.connect(at(&server)).unwrap();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.connect(at(&server)).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
    let rubbish: [&[u8]; 6] = [
        b"",
        b"x",
        b"GET / HTTP/1.0\r\n\r\n",
        &[22, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 1],
        &[21, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 9, 0, 2, 2, 40],
        &[23; 2000],
    ];
    let mut client = DtlsClient::over(socket.try_clone().unwrap()).unwrap();
    for datagram in rubbish {
        stranger.send(datagram).unwrap();
        socket.send(datagram).unwrap();
    }
    client.send(b"still here\n").unwrap();
    server.expect("stdout", "still here\n");
    server.write(b"here too\n").unwrap();
    assert_eq!(client.receive(), Ok(b"here too\n".to_vec()));
}

/// Each from a port of its own, which never answers.
#[test]
fn a_flood_of_first_messages_costs_no_memory_with_listen() {
    let server = echo(&["-listen"]);
    DtlsClient::connect(at(&server)).and_then(|mut client| client.echo(b"warm\n")).unwrap();
    let hello = first_datagram();
    let before = server.memory();
    for _ in 0..10_000 {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.send_to(&hello, at(&server)).unwrap();
    }
    DtlsClient::connect(at(&server)).and_then(|mut client| client.echo(b"after\n")).unwrap();
    let grown = server.memory().saturating_sub(before);
    assert!(grown < 1024 * 1024, "{grown} bytes");
}

/// The ClientHello of a real client.
fn first_datagram() -> Vec<u8> {
    let nobody = UdpSocket::bind("127.0.0.1:0").unwrap();
    let to = nobody.local_addr().unwrap();
    let client = std::thread::spawn(move || DtlsClient::connect(to).is_ok());
    let mut hello = vec![0; 2000];
    let (length, from) = nobody.recv_from(&mut hello).unwrap();
    hello.truncate(length);
    // A fatal alert, so that it does not wait.
    nobody.send_to(&[21, 0xfe, 0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 2, 40], from).unwrap();
    assert!(!client.join().unwrap(), "nobody answered it");
    hello
}

/// OpenSSL's client: certificates of the client, fragments, and a session that is resumed.
#[test]
fn s_client_shakes_hands_in_fragments_and_resumes() {
    for listen in [&[][..], &["-listen"]] {
        let more = ["-mtu", "400", "-Verify", "1", "-CAfile", "root.pem", "-naccept", "2"];
        let server = Server::accepting(&["-dtls1_2", "-cert", "rsa.pem", "-key", "rsa.key"]).words(&more).words(listen);
        let server = server.start();
        let port = server.port();
        let client = format!("s_client -connect 127.0.0.1:{port} -dtls -mtu 400 -cert client.pem -key client.key");
        let first = outcome(&server, "openssl", &format!("{client} -sess_out tmp/s.pem"), "first\n");
        assert!(first.contains("New, TLSv1.2, Cipher is"), "{first}");
        let second = outcome(&server, "openssl", &format!("{client} -sess_in tmp/s.pem"), "second\n");
        assert!(second.contains("Reused, TLSv1.2, Cipher is"), "{second}");
        let (status, stdout, stderr) = server.end();
        assert_eq!(status, "0", "{stdout}{stderr}");
        for text in ["first\n", "second\n", "Client certificate\n", "   1 session cache hits\n"] {
            assert!(stdout.contains(text), "no {text:?} in {stdout}");
        }
    }
}

#[test]
fn gnutls_shakes_hands_in_fragments_and_resumes() {
    let server = interactive(&["-mtu", "400", "-Verify", "1", "-CAfile", "root.pem", "-naccept", "2", "-ign_eof"]);
    let line = format!(
        "--udp --mtu 400 --insecure --resume --x509certfile client.pem --x509keyfile client.key --port {} 127.0.0.1",
        server.port()
    );
    let said = outcome(&server, "gnutls-cli", &line, "from GnuTLS\n");
    assert!(said.contains("*** This is a resumed session"), "{said}");
    let (status, stdout, stderr) = server.end();
    assert_eq!(status, "0", "{stdout}{stderr}");
    for text in ["from GnuTLS\n", "Client certificate\n", "   1 session cache hits\n"] {
        assert!(stdout.contains(text), "no {text:?} in {stdout}");
    }
}

#[test]
fn mbed_tls_shakes_hands_in_fragments_and_resumes() {
    let folder = Folder::empty().expect("a folder");
    let program = mbedtls::build(&folder);
    let server = echo(&["-mtu", "400", "-Verify", "1", "-CAfile", "root.pem", "-naccept", "2"]);
    let line = format!("{} 400 client.pem client.key", server.port());
    let said = outcome(&server, program.to_str().expect("UTF-8"), &line, "");
    assert!(said.starts_with("DTLSv1.2 ") && said.ends_with("done\n"), "{said}");
    let (status, stdout, stderr) = server.end();
    assert_eq!(status, "0", "{stdout}{stderr}");
    assert!(stdout.contains("   1 session cache hits\n"), "{stdout}");
}

/// Whole programs on both sides, whose first timeout is a second. The thousand are in the engine's own tests.
#[test]
fn handshakes_complete_over_a_link_that_loses_doubles_and_reorders() {
    let server = echo(&[]);
    let faults = Faults { loss: 100, doubling: 100, reordering: 100, ..Faults::default() };
    let relay = Relay::start(server.port(), 1, faults);
    let to = SocketAddr::from(([127, 0, 0, 1], relay.port()));
    std::thread::scope(|scope| {
        let clients: Vec<_> =
            (0..32).map(|_| scope.spawn(move || DtlsClient::connect(to).map(DtlsClient::close))).collect();
        let ended: Vec<_> = clients.into_iter().map(|client| client.join().unwrap()).collect();
        assert_eq!(ended, vec![Ok(()); 32]);
    });
}

/// The original ends as well, though it has no clients yet.
#[test]
fn the_operator_is_heard_before_there_is_a_client() {
    let mut server = interactive(&[]);
    server.write(b"Q\n").unwrap();
    let (status, stdout, stderr) = server.end();
    assert_eq!((status.as_str(), stderr.as_str()), ("0", "shutdown accept socket\n"));
    assert!(stdout.contains("ACCEPT\nDONE\nshutting down SSL\nCONNECTION CLOSED\n"), "{stdout}");
}

#[test]
fn input_before_the_client_reaches_it() {
    let mut server = interactive(&["-naccept", "1"]);
    server.write(b"early\n").unwrap();
    let mut client: Process = server.s_client("-dtls -quiet -no_ign_eof");
    client.wait_for("stdout", "early\n", LIMIT).unwrap();
    client.close_input();
    assert_eq!(server.ends(), "0");
}

/// As the original tells it, where its standard output is not buffered.
#[test]
fn a_client_that_is_slow_is_told_of_with_timeout() {
    let mut server = interactive(&["-timeout"]);
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.send_to(&first_datagram(), at(&server)).unwrap();
    server.expect("stdout", "ACCEPT\nDELAY\n");
}
