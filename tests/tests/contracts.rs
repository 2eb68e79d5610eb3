//! What the test suites of TLS libraries wait for when they drive `s_server`: one test for each of them, with its option
//! line, its strings, its signals and the exit status that it asserts.
//!
//! Options that are refused by name still are left out of the lines until they are there.

use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::Duration;

use conformance::clients::raw::{self, Profile, fetch, handshake};
use conformance::launch::process::Input;
use conformance::launch::server::Server;
use conformance::launch::wait::{LIMIT, wait_until};
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
    let line = "-max_protocol TLSv1.3 -no_comp -rev -state -ext_cache -accept [::1]:0 -cert server.pem -cert2 server.pem -naccept 2 \
        -cipher AES128-SHA -ciphersuites TLS_AES_128_GCM_SHA256";
    let mut server = Server::line(line).merged().spawn();
    let port = server.expect_line("stdout", r"^ACCEPT\s.*:(\d+)$");
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

    let mut server = Server::line(line).merged().spawn();
    server.expect_line("stdout", r"^ACCEPT\s.*:(\d+)$");
    assert_eq!(server.ends_by(Signal::QUIT), "signal 3");
}

/// A connection that fails counts as much as one that does not.
#[test]
fn tls_proxy_with_a_client_that_fails() {
    let mut server = Server::line("-accept [::1]:0 -cert rsa.pem -key rsa.key -naccept 1 -rev").merged().spawn();
    let port = server.expect_line("stdout", r"^ACCEPT\s.*:(\d+)$");
    let mut client = TcpStream::connect(("::1", port.parse::<u16>().unwrap())).unwrap();
    client.write_all(b"not TLS\n").unwrap();
    assert_eq!(server.ends(), "0");
}

/// OpenSSL's 82-test_ech_client_server.t: any line before ACCEPT but a few ends the recipe.
#[test]
fn ech_recipe() {
    for (host, pattern) in [("0", r"^ACCEPT \[::\]:(\d+)$"), ("0.0.0.0:0", r"^ACCEPT 0\.0\.0\.0:(\d+)$")] {
        let line = format!(
            "-accept {host} -naccept 1 -cert rsa.pem -key rsa.key -cert2 ec.pem -key2 ec.key -servername ec.example \
             -tls1_3"
        );
        let mut server = Server::line(&line).spawn();
        let port = server.expect_line("stdout", pattern);
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
             -groups X25519:P-256:X448:P-521:P-384 -attime 1800000000 {family}"
        );
        let mut server = Server::line(&line).input(Input::Null).spawn();
        let port = server.listens().port();
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
    let mut server = Server::line("-quiet -www -accept PORT -key rsa.key -cert rsa.pem -CAfile root.pem -Verify 1")
        .input(Input::Null)
        .spawn();
    server.listens();
    let folder = server.folder();
    let certificate = Some((folder.join("client.pem"), folder.join("client.key")));
    let with = Profile { certificate, ..Profile::default() };
    let (page, _) = fetch(server.port(), &with, REQUEST).unwrap();
    assert!(String::from_utf8(page).unwrap().contains("Client certificate\n"));
    let without = fetch(server.port(), &Profile::default(), REQUEST);
    assert!(without.is_err() || without.is_ok_and(|(page, end)| page.is_empty() && end == "error"));
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// GnuTLS compares keying material with what its own client exports.
#[test]
fn gnutls_keying_material() {
    let line = "-accept PORT -key rsa.key -cert rsa.pem -keymatexport label -keymatexportlen 20 -tls1_3";
    let mut server = Server::line(line).spawn();
    server.listens();
    let client = server.s_client("-keymatexport label -keymatexportlen 20");
    let ours = server.expect_line("stdout", "^    Keying material: ([0-9A-F]{40})$");
    let theirs = format!("    Keying material: {ours}\n");
    wait_until("the client tells the same", || String::from_utf8_lossy(&client.so_far("stdout")).contains(&theirs));
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// Mbed TLS, its TLS 1.3 cases and its exporter: `-alpn`, fragments, sixty bytes of keying material.
#[test]
fn mbed_tls_extensions() {
    let mut server = Server::line(
        "-accept PORT -cert rsa.pem -key rsa.key -no_cache -no_resume_ephemeral -num_tickets 0 -split_send_frag 512 \
         -max_send_frag 512 -alpn abc,1234 -keymatexport test-label -keymatexportlen 60 -verify 0 -CAfile root.pem",
    )
    .spawn();
    server.listens();
    let client = server.s_client("-alpn 1234");
    server.expect_line("stdout", "^    Keying material: ([0-9A-F]{120})$");
    server.expect_line("stdout", "^(ALPN protocols advertised by the client: 1234)$");
    server.expect_line("stdout", "^(ALPN protocols selected: 1234)$");
    wait_until("the client is told", || {
        String::from_utf8_lossy(&client.so_far("stdout")).contains("ALPN protocol: 1234\n")
    });
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}

/// Mbed TLS: greps the help, repeats options, feeds standard input for ever.
#[test]
fn mbed_tls() {
    let (status, text, _) = Server::line("-help").merged().spawn().end();
    assert_eq!(status, "0");
    for name in ["dtls1_2", "client_renegotiation", "tls1_3", "www"] {
        assert!(Regex::new(&format!("(?m)^ *-{name} ")).unwrap().is_match(&text), "-{name}");
    }

    let script = "mkfifo feed; (while echo bla; do sleep 0.05; done) >feed & exec \"$@\" <feed";
    let line = "-accept PORT -cipher ALL,COMPLEMENTOFALL -tls1_2 -www -cipher AES128-SHA:@SECLEVEL=0 \
        -cipher ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0 -CAfile root.pem -cert rsa.pem -key rsa.key -num_tickets=0";
    let server = Server::line(line).shell(script).input(Input::Null).spawn();
    wait_until("it listens", || TcpStream::connect(("127.0.0.1", server.port())).is_ok());
    for _ in 0..3 {
        let page = server.page();
        assert!(page.contains("    Protocol  : TLSv1.2\n"), "{page}");
        assert!(page.contains("    Cipher    : ECDHE-RSA-AES128-GCM-SHA256\n"), "the last one counts: {page}");
    }
}

/// s2n-tls waits for the first chunk that holds ACCEPT, and for these words on standard error.
#[test]
fn s2n() {
    let mut server = Server::line(
        "-accept PORT -naccept 2 -state -cert rsa.pem -key rsa.key -tls1_2 -cipher ECDHE-RSA-AES128-GCM-SHA256 \
         -curves P-256 -CAfile root.pem -Verify 1",
    )
    .spawn();
    server.expect("stdout", "ACCEPT");
    let mut client = server.s_client("-quiet -cert client.pem -key client.key");
    server.expect("stdout", "CIPHER is ");
    client.signal(Signal::TERM);
    server.expect("stdout", "CONNECTION CLOSED\n");
    let refused = handshake(raw::connect(server.port()).unwrap(), &Profile::default());
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

/// s2n-tls looks for the extensions of the ClientHello on standard output.
#[test]
fn s2n_extensions() {
    let mut server = Server::line(
        "-accept PORT -naccept 1 -tlsextdebug -state -cert rsa.pem -key rsa.key -tls1_2 -nextprotoneg http/1.1,spdy/1",
    )
    .spawn();
    server.expect("stdout", "ACCEPT");
    let mut client = server.s_client("-nextprotoneg http/1.1 -servername localhost");
    server.expect_line("stdout", r#"^(TLS client extension "server name" \(id=0\), len=14)$"#);
    server.expect_line("stdout", r#"^(TLS client extension "next protocol" \(id=13172\), len=0)$"#);
    server.expect_line("stdout", "^(NEXTPROTO is http/1.1)$");
    client.close_input();
    assert_eq!(server.ends(), "0");
}

/// Go compares whole lines of `-state`, types commands, and kills the server.
#[test]
fn go() {
    let line = "-state -accept PORT -cert rsa.der -certform DER -key rsa.key";
    let mut server = Server::line(&format!("{line} -tls1_3 -num_tickets 1")).spawn();
    server.expect("stdout", "ACCEPT\n");
    let mut client = server.s_client("-quiet");
    server.expect_line("stderr", "^(SSL_accept:SSLv3/TLS write finished)$");
    server.write(b"K\n").unwrap();
    server.expect_line("stderr", "^(SSL_accept:TLSv1.3 write server key update)$");
    // OpenSSL's client answers before its next data.
    client.write(b"data\n").unwrap();
    server.expect_line("stderr", "^(SSL_accept:TLSv1.3 read client key update)$");
    server.write(b"SENTINEL\n").unwrap();
    wait_until("it arrives", || client.so_far("stdout").ends_with(b"SENTINEL\n"));
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");

    let mut server = Server::line(&format!("{line} -tls1_2 -cipher ECDHE-RSA-AES128-SHA")).spawn();
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

/// pion writes options as `-name=value` and uses the streams as a pure pipe. Its datagrams are left out here.
#[test]
fn pion() {
    let mut server = Server::line(
        "-tls1_2 -quiet -verify_quiet -verify_return_error -accept=PORT -cert=rsa.pem -key=rsa.key \
         -cipher=ECDHE-RSA-AES128-GCM-SHA256:@SECLEVEL=0",
    )
    .spawn();
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
    let mut server = Server::line(
        "-accept PORT -cert rsa.pem -key rsa.key -quiet -CAfile root.pem -www -dhparam dh2048.pem -verify 10 \
         -verify_return_error -cipher ALL:eNULL -dcert ec.pem -dkey ec.key",
    )
    .input(Input::Null)
    .spawn();
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(server.status(), None, "kill -0");
    server.listens();
    drop(TcpStream::connect(("127.0.0.1", server.port())).unwrap());
    assert!(server.page().contains("HTTP/1.0 200 ok\r\n"));
    assert_eq!(server.ends_by(Signal::KILL), "signal SIGKILL");
}

/// LibreSSL's appstest.sh greps at the client's side.
#[test]
fn libressl() {
    let mut server = Server::line("-accept PORT -CAfile root.pem -cert rsa.pem -key rsa.enc.key -pass pass:secret -www -cipher ALL -4 -verify 3 \
         -servername xyz -cert2 ed25519.pem -key2 ed25519.key -crl_check -CRL root.crl -context appstest.sh -id_prefix APPSTEST.SH -alpn http/1.1,spdy/3 -tlsextdebug \
         -groups X25519:P-521:P-384").input(Input::Null).spawn();
    server.listens();
    let mut client =
        server.s_client("-CAfile root.pem -cert clientrsa.pem -key clientrsa.key -alpn spdy/3 -tls1_2 -quiet");
    client.write(REQUEST).unwrap();
    client.wait_for("stdout", "</BODY></HTML>", LIMIT).unwrap();
    let page = String::from_utf8(client.so_far("stdout")).unwrap();
    assert!(page.contains("    Verify return code: 0 (ok)\n"), "{page}");
    assert_eq!(server.ends_by(Signal::TERM), "signal SIGTERM");
}
