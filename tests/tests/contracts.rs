//! What other projects' test suites wait for when they drive `s_server`: one test for each of them, with its option
//! line, its strings, its signals and the exit status that it asserts.
//!
//! Options that are refused by name still are left out of the lines until they are there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::Stdio;
use std::time::Duration;

use conformance::driven::Harness;
use conformance::folder::Folder;
use conformance::port;
use conformance::process::{self, Process, describe};
use conformance::program::Program;
use conformance::raw::{self, Profile, fetch, handshake, read_to_end};
use conformance::running::{LIMIT, wait_until};
use conformance::script::Input;
use openssl::ssl::SslStream;
use regex::Regex;
use rustix::process::Signal;

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

fn over_v6(port: &str) -> SslStream<TcpStream> {
    let socket = TcpStream::connect(("::1", port.parse::<u16>().unwrap())).unwrap();
    socket.set_read_timeout(Some(LIMIT)).unwrap();
    handshake(socket, &Profile::default()).unwrap()
}

/// OpenSSL's own recipes, by way of TLSProxy: both streams in one, the ACCEPT line with the port, exit status 0 after N
/// connections, SIGQUIT on trouble.
#[test]
fn tls_proxy() {
    let line = "-max_protocol TLSv1.3 -no_comp -rev -state -accept [::1]:0 -cert rsa.pem -key rsa.key -naccept 2 \
        -cipher AES128-SHA -ciphersuites TLS_AES_128_GCM_SHA256";
    let mut server = Harness::merged(line);
    let port = server.line("stdout", r"^ACCEPT\s.*:(\d+)$");
    for _ in 0..2 {
        let mut client = over_v6(&port);
        client.write_all(b"F").unwrap();
        client.write_all(b"\n").unwrap();
        let mut answer = [0; 2];
        client.read_exact(&mut answer).unwrap();
        assert_eq!(&answer, b"F\n");
        client.shutdown().unwrap();
    }
    assert_eq!(server.ends(), "0");

    let mut server = Harness::merged(line);
    server.line("stdout", r"^ACCEPT\s.*:(\d+)$");
    assert_eq!(server.ends_by(Signal::QUIT), "signal 3");
}

/// A connection that fails counts as much as one that does not.
#[test]
fn tls_proxy_with_a_client_that_fails() {
    let mut server = Harness::merged("-accept [::1]:0 -cert rsa.pem -key rsa.key -naccept 1 -rev");
    let port = server.line("stdout", r"^ACCEPT\s.*:(\d+)$");
    let mut client = TcpStream::connect(("::1", port.parse::<u16>().unwrap())).unwrap();
    client.write_all(b"not TLS\n").unwrap();
    assert_eq!(server.ends(), "0");
}

/// OpenSSL's 82-test_ech_client_server.t: any line before ACCEPT but a few ends the recipe.
#[test]
fn ech_recipe() {
    for (host, pattern) in [("0", r"^ACCEPT \[::\]:(\d+)$"), ("0.0.0.0:0", r"^ACCEPT 0\.0\.0\.0:(\d+)$")] {
        let mut server =
            Harness::start(&format!("-accept {host} -naccept 1 -cert rsa.pem -key rsa.key -tls1_3"), Input::Pipe);
        let port = server.line("stdout", pattern);
        for line in String::from_utf8(server.so_far("stdout")).unwrap().lines() {
            let allowed = ["Using default", "Added ECH key pair", "Loaded", "Setting secondary", "ACCEPT "];
            assert!(allowed.iter().any(|start| line.starts_with(start)), "{line}");
        }
        assert!(TcpStream::connect(("127.0.0.1", port.parse::<u16>().unwrap())).is_ok());
        // Whether it has ended by then is all the same to the recipe.
        let end = server.ends_by(Signal::HUP);
        assert!(["signal SIGHUP", "0"].contains(&end.as_str()), "{end}");
    }
}

/// GnuTLS looks for a listening socket of both families (`*:port`), or of IPv4, then stops the server with SIGTERM.
#[test]
fn gnutls() {
    for family in ["", "-4"] {
        let line = format!(
            "-quiet -www -accept PORT -keyform pem -certform pem -dhparam dh2048.pem -key rsa.key -cert rsa.pem \
             -CAfile root.pem -cipher ALL:@SECLEVEL=0 -min_protocol TLSv1.3 -ciphersuites TLS_AES_256_GCM_SHA384 \
             -groups X25519:P-256:X448:P-521:P-384 {family}"
        );
        let mut server = Harness::start(&line, Input::Null);
        let port = server.listens();
        assert!(TcpStream::connect(("127.0.0.1", port)).is_ok());
        assert_eq!(TcpStream::connect(("::1", port)).is_ok(), family.is_empty());
        assert!(server.page().contains("    Protocol  : TLSv1.3\n"));
        assert_eq!(server.so_far("stdout"), b"");
        assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
    }
}

/// GnuTLS, with a client certificate that must be there.
#[test]
fn gnutls_with_client_certificates() {
    let mut server =
        Harness::start("-quiet -www -accept PORT -key rsa.key -cert rsa.pem -CAfile root.pem -Verify 1", Input::Null);
    server.listens();
    let folder = server.folder.path();
    let certificate = Some((folder.join("client.pem"), folder.join("client.key")));
    let with = Profile { certificate, ..Profile::default() };
    let (page, _) = fetch(server.port.number, &with, REQUEST).unwrap();
    assert!(String::from_utf8(page).unwrap().contains("Client certificate\n"));
    let without = fetch(server.port.number, &Profile::default(), REQUEST);
    assert!(without.is_err() || without.is_ok_and(|(page, end)| page.is_empty() && end == "error"));
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// Mbed TLS: greps the help, repeats options, feeds standard input for ever.
#[test]
fn mbed_tls() {
    let Harness { process: mut help, .. } = Harness::merged("-help");
    assert_eq!(describe(help.wait(LIMIT).unwrap()), "0");
    let text = String::from_utf8(help.finish().remove(0).1).unwrap();
    for name in ["dtls1_2", "client_renegotiation", "tls1_3", "www"] {
        assert!(Regex::new(&format!("(?m)^ *-{name} ")).unwrap().is_match(&text), "-{name}");
    }

    let script = "(while :; do echo bla; sleep 0.05; done) | exec \"$@\"";
    let line = "-accept PORT -cipher ALL,COMPLEMENTOFALL -tls1_2 -www -cipher AES128-SHA:@SECLEVEL=0 \
        -cipher ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0 -CAfile root.pem -cert rsa.pem -key rsa.key -num_tickets=0";
    let server = Harness::through(&["sh", "-c", script, "sh"], line, Input::Null);
    wait_until("it listens", || TcpStream::connect(("127.0.0.1", server.port.number)).is_ok());
    for _ in 0..3 {
        let page = server.page();
        assert!(page.contains("    Protocol  : TLSv1.2\n"), "{page}");
        assert!(page.contains("    Cipher    : ECDHE-RSA-AES128-GCM-SHA256\n"), "the last one counts: {page}");
    }
}

/// s2n-tls waits for the first chunk that holds ACCEPT, and for these words on standard error.
#[test]
fn s2n() {
    let mut server = Harness::start(
        "-accept PORT -naccept 2 -state -cert rsa.pem -key rsa.key -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 \
         -curves P-256 -CAfile root.pem -Verify 1",
        Input::Pipe,
    );
    server.expect("stdout", "ACCEPT");
    let mut client = server.s_client("-quiet -cert client.pem -key client.key");
    server.expect("stdout", "CIPHER is ");
    client.signal(Signal::TERM);
    server.expect("stdout", "CONNECTION CLOSED\n");
    let refused = handshake(raw::connect(server.port.number).unwrap(), &Profile::default());
    assert!(refused.is_err());
    for text in [
        "write certificate request",
        "read client certificate",
        "peer did not return a certificate",
        "SSL_accept:error in error",
    ] {
        server.expect("stderr", text);
    }
    assert_eq!(server.ends(), "0");
}

/// Go compares whole lines of `-state`, types commands, and kills the server.
#[test]
fn go() {
    let line = "-state -accept PORT -cert rsa.der -certform DER -key rsa.key";
    let mut server = Harness::start(&format!("{line} -tls1_3 -num_tickets 1"), Input::Pipe);
    server.expect("stdout", "ACCEPT\n");
    let mut client = server.s_client("-quiet");
    server.line("stderr", "^(SSL_accept:SSLv3/TLS write finished)$");
    server.write(b"K\n").unwrap();
    server.line("stderr", "^(SSL_accept:TLSv1.3 write server key update)$");
    // OpenSSL's client answers before its next data.
    client.write(b"data\n").unwrap();
    server.line("stderr", "^(SSL_accept:TLSv1.3 read client key update)$");
    server.write(b"SENTINEL\n").unwrap();
    wait_until("it arrives", || client.so_far("stdout").ends_with(b"SENTINEL\n"));
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");

    let mut server = Harness::start(&format!("{line} -tls1_2 -cipher ECDHE-RSA-AES128-SHA"), Input::Pipe);
    server.expect("stdout", "ACCEPT\n");
    let _client = server.s_client("-quiet");
    let finished = "SSL_accept:SSLv3/TLS write finished\n";
    server.expect("stderr", finished);
    server.write(b"R\n").unwrap();
    wait_until("the second handshake", || {
        String::from_utf8(server.so_far("stderr")).unwrap().matches(finished).count() > 1
    });
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");
}

/// Erlang connects and closes to see whether the server is there; closing the port ends standard input.
#[test]
fn erlang() {
    let line = "-accept PORT -tls1_2 -cert rsa.pem -key rsa.key -CAfile root.pem -4";
    let mut server = Harness::start(line, Input::Pipe);
    server.listens();
    for _ in 0..3 {
        drop(TcpStream::connect(("127.0.0.1", server.port.number)).unwrap());
    }
    let mut client = server.s_client("-quiet");
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
        let mut server = Harness::start(&format!("-accept 0 -cert rsa.pem -key rsa.key {family}"), Input::Pipe);
        let port = server.line("stdout", r"^ACCEPT .*?:?(\d+)$").parse().unwrap();
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
    let mut server = Harness::start(
        "-key rsa.key -cert rsa.pem -www -CAfile root.pem -verify 1 -no_ticket -accept PORT",
        Input::Null,
    );
    wait_until("the port", || TcpStream::connect(("127.0.0.1", server.port.number)).is_ok());
    for length in 0..200 {
        let mut client = raw::connect(server.port.number).unwrap();
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
    let mut server = Harness::start(line, Input::Terminal);
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
    let mut server = Harness::merged(
        "-cert rsa.pem -key rsa.key -accept PORT -cipher DEFAULT -verify 1 -CAfile root.pem -serverpref -groups P-256",
    );
    server.line("stdout", "^(.*ACCEPT.*)$");
    let mut client = server.client();
    client.write_all(b"Hello\r\n").unwrap();
    server.expect("stdout", "Hello\r\n");
    server.write(b"Hey there").unwrap();
    let mut answer = [0; 9];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"Hey there");
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// pkcs11-provider's expect script; the end must come within ten seconds.
#[test]
fn pkcs11_provider() {
    let mut server = Harness::start("-accept PORT -naccept 1 -key rsa.key -cert rsa.pem", Input::Terminal);
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
    let mut server = Harness::start(
        "-cert rsa.pem -key rsa.key -CAfile root.pem -tls1_3 -quiet -groups X25519:P-256 -accept 0",
        Input::Pipe,
    );
    let port = server.listens();
    let mut command = process::command("openssl".as_ref(), server.folder.path());
    command.args(["s_client", "-connect", &format!("localhost:{port}"), "-groups", "P-256"]);
    let mut probe = Process::start(command, Input::Pipe).unwrap();
    probe.write(b"Q\n").unwrap();
    assert_eq!(describe(probe.wait(LIMIT).unwrap()), "0");
    assert!(String::from_utf8(probe.so_far("stdout")).unwrap().contains("Server Temp Key: ECDH, prime256v1, 256 bits"));
    assert_eq!(server.status(), None);
    assert_eq!(server.so_far("stdout"), b"");
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");
}

/// pion writes options as `-name=value` and uses the streams as a pure pipe. Its datagrams are left out here.
#[test]
fn pion() {
    let mut server = Harness::start(
        "-tls1_2 -quiet -verify_quiet -verify_return_error -accept=PORT -cert=rsa.pem -key=rsa.key \
         -cipher=ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
        Input::Pipe,
    );
    server.listens();
    let mut client = server.client();
    client.write_all(b"Q client\n").unwrap();
    wait_until("it arrives", || server.so_far("stdout") == b"Q client\n");
    server.write(b"Q server\n").unwrap();
    let mut answer = [0; 9];
    client.read_exact(&mut answer).unwrap();
    assert_eq!(&answer, b"Q server\n");
    assert_eq!(server.so_far("stdout"), b"Q client\n");
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");
}

/// wolfSSL sees whether the process lives, then probes the port.
#[test]
fn wolfssl() {
    let mut server = Harness::start(
        "-accept PORT -cert rsa.pem -key rsa.key -quiet -CAfile root.pem -www -dhparam dh2048.pem -verify 10 \
         -verify_return_error -cipher ALL:eNULL",
        Input::Null,
    );
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(server.status(), None, "kill -0");
    server.listens();
    drop(TcpStream::connect(("127.0.0.1", server.port.number)).unwrap());
    assert!(server.page().contains("HTTP/1.0 200 ok\r\n"));
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");
}

/// LibreSSL's appstest.sh greps at the client's side.
#[test]
fn libressl() {
    let mut server = Harness::start(
        "-accept PORT -CAfile root.pem -cert rsa.pem -key rsa.enc.key -pass pass:secret -www -cipher ALL -4 -verify 3 \
         -groups X25519:P-521:P-384",
        Input::Null,
    );
    server.listens();
    let mut client = server.s_client("-CAfile root.pem -cert clientrsa.pem -key clientrsa.key -tls1_2 -quiet");
    client.write(REQUEST).unwrap();
    client.wait_for("stdout", "</BODY></HTML>", LIMIT).unwrap();
    let page = String::from_utf8(client.so_far("stdout")).unwrap();
    assert!(page.contains("    Verify return code: 0 (ok)\n"), "{page}");
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// gost-engine starts it with a configuration of its own and waits for the word ACCEPT.
#[test]
fn gost_engine() {
    let line = "-accept PORT -cert rsa.pem -key rsa.key -www";
    let mut server = Harness::through(
        &["env", "OPENSSL_CONF=openssl.cnf", "sh", "-c", "echo >openssl.cnf; exec \"$@\" 2>&1", "sh"],
        line,
        Input::Pipe,
    );
    server.expect("stdout", "ACCEPT");
    assert!(server.page().contains("s_server -accept"));
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");
}

/// TLS-Anvil's images: no terminal, nothing but a port. The container is stopped by SIGTERM.
#[test]
fn tls_anvil() {
    let mut server = Harness::start("-port PORT -cert rsa.pem -key rsa.key", Input::Pipe);
    assert_eq!(server.listens(), server.port.number);
    let client = server.client();
    drop(client);
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// testssl.sh's baseline, without SSL 2, which OpenSSL has no more.
#[test]
fn testssl() {
    let mut server =
        Harness::start("-www -cipher ALL:COMPLEMENTOFALL -cert rsa.pem -key rsa.key -accept PORT", Input::Null);
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
    let script = "echo hello | exec \"$@\"";
    let line = "-accept PORT -cert rsa.pem -key rsa.key";
    let mut server = Harness::through(&["sh", "-c", script, "sh"], line, Input::Null);
    server.expect("stdout", "ACCEPT");
    let mut client = server.client();
    let (received, end) = read_to_end(&mut client);
    assert_eq!((received.as_slice(), end), (&b"hello\n"[..], "close_notify received"));
    assert_eq!(server.ends(), "0");
}

/// The listener for a remote shell: raw bytes both ways, ended by Ctrl-C.
#[test]
fn a_shell_over_tls() {
    let mut server = Harness::start("-quiet -key rsa.key -cert rsa.pem -port PORT", Input::Terminal);
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
    let (folder, port) = (Folder::pki().unwrap(), port::reserve());
    let mut command = process::command(Program::ours().path(), folder.path());
    command.args(["-accept", &port.number.to_string(), "-www"]);
    let _server = Process::start_with_output(command, Input::Null, Stdio::from(out)).unwrap();
    wait_until("ACCEPT", || {
        std::fs::read_to_string(file.path().join("out")).is_ok_and(|text| text.ends_with("ACCEPT\n"))
    });
}
