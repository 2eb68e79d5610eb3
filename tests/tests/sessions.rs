//! What every one of our programs does with sessions, whatever its engine: commands, resumption, client certificates.
//!
//! Only facts that all engines share are compared; the texts of OpenSSL are those of the transcripts.

use std::path::Path;
use std::process::Stdio;

use conformance::clients::raw::{self, Profile, fetch, read_to_end};
use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input};
use conformance::launch::server::Server;
use conformance::launch::wait::{LIMIT, wait_until};
use std::io::{Read, Write};

const REQUEST: &[u8] = b"GET / HTTP/1.0\r\n\r\n";

/// What `openssl s_client` prints, with an empty standard input.
fn s_client(folder: &Path, port: u16, words: &[&str]) -> String {
    let connect = format!("127.0.0.1:{port}");
    let mut client = process::command("openssl".as_ref(), folder);
    client.args(["s_client", "-connect", &connect, "-ign_eof"]).args(words);
    let mut child =
        client.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("openssl");
    child.stdin.take().expect("a pipe").write_all(REQUEST).expect("it reads");
    let output = child.wait_with_output().expect("it ends");
    String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned()
}

#[test]
fn the_operator_and_the_client_talk_and_commands_act() {
    for versions in ["-tls1_2", "-tls1_3"] {
        let mut server = Server::accepting(&[versions, "-naccept", "2"]).start();
        let mut client = server.client();
        client.write_all(b"from the client\n").unwrap();
        server.wait_for("stdout", "from the client\n", LIMIT).unwrap();
        server.write(b"to the client\n").unwrap();
        let mut line = [0; 14];
        client.read_exact(&mut line).unwrap();
        assert_eq!(&line, b"to the client\n");
        server.write(b"S\n").unwrap();
        server.wait_for("stdout", "   1 server accepts that finished\n", LIMIT).unwrap();
        let mut command = [0; 2];
        client.read_exact(&mut command).unwrap();
        assert_eq!(&command, b"S\n", "as in the original, the line goes to the client, too");
        if versions == "-tls1_3" {
            server.write(b"K\n").unwrap();
            server.wait_for("stdout", "SSL_do_handshake -> 1\n", LIMIT).unwrap();
            server.write(b"new keys\n").unwrap();
            let mut line = [0; 9];
            client.read_exact(&mut line).unwrap();
            assert_eq!(&line, b"new keys\n");
        }
        server.write(b"q\n").unwrap();
        assert_eq!(read_to_end(&mut client), (Vec::new(), "close_notify received"));
        let mut next = server.client();
        next.write_all(b"the next\n").unwrap();
        server.wait_for("stdout", "the next\n", LIMIT).unwrap();
        server.write(b"Q\n").unwrap();
        let (status, out, _) = server.end();
        assert_eq!(status, "0");
        assert!(out.contains("   2 server accepts (SSL_accept())\n"), "{out}");
    }
}

#[test]
fn sessions_are_resumed() {
    for version in ["-tls1_2", "-tls1_3"] {
        let server = Server::accepting(&["-www"]).input(Input::Null).start();
        let folder = Folder::empty().unwrap();
        let first = s_client(folder.path(), server.port(), &[version, "-sess_out", "session"]);
        assert!(first.contains("\nNew, TLSv1."), "{first}");
        for _ in 0..2 {
            let again = s_client(folder.path(), server.port(), &[version, "-sess_in", "session"]);
            assert!(again.contains("\nReused, TLSv1."), "{again}");
        }
        let (page, _) = fetch(server.port(), &Profile::default(), REQUEST).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("   2 session cache hits\n"), "{page}");
        assert!(page.contains("   4 server accepts that finished\n"), "{page}");
    }
}

/// The server keeps them then, and clients name them by an id.
/// A first request comes early from whoever has a ticket, and once.
#[test]
fn early_data_is_read_once() {
    let mut server = Server::accepting(&["-early_data", "-naccept", "3"]).start();
    std::fs::write(server.folder().join("tmp/e"), "said early\n").unwrap();
    let mut client = |words: &str, said: &str| {
        let mut client = server.s_client(words);
        client.write(format!("{said}\n").as_bytes()).unwrap();
        server.wait_for("stdout", &format!("{said}\n"), LIMIT).unwrap();
        client.close_input();
        client.wait(LIMIT).unwrap();
        String::from_utf8(client.so_far("stdout")).unwrap()
    };
    client("-tls1_3 -quiet -no_ign_eof -sess_out tmp/s.pem", "first");
    let second = client("-sess_in tmp/s.pem -early_data tmp/e", "second");
    assert!(second.contains("\nEarly data was accepted\n"), "{second}");
    let third = client("-sess_in tmp/s.pem -early_data tmp/e", "third");
    assert!(third.contains("\nEarly data was rejected\n"), "{third}");
    let (status, out, _) = server.end();
    assert_eq!((status.as_str(), out.matches("said early\n").count()), ("0", 1), "{out}");
}

#[test]
fn sessions_without_tickets_are_resumed() {
    for version in ["-tls1_2", "-tls1_3"] {
        let server = Server::accepting(&["-www", "-no_ticket"]).input(Input::Null).start();
        let folder = Folder::empty().unwrap();
        let first = s_client(folder.path(), server.port(), &[version, "-sess_out", "session"]);
        assert!(first.contains("\nNew, TLSv1."), "{first}");
        let again = s_client(folder.path(), server.port(), &[version, "-sess_in", "session"]);
        assert!(again.contains("\nReused, TLSv1."), "{again}");
        let (page, _) = fetch(server.port(), &Profile::default(), REQUEST).unwrap();
        let page = String::from_utf8(page).unwrap();
        assert!(page.contains("   1 session cache hits\n"), "{page}");
        let other = Server::accepting(&["-www", "-no_ticket"]).input(Input::Null).start();
        let new = s_client(folder.path(), other.port(), &[version, "-sess_in", "session"]);
        assert!(new.contains("\nNew, TLSv1."), "{new}");
    }
}

#[test]
fn clients_prove_who_they_are() {
    let server = Server::accepting(&["-www", "-Verify", "2", "-CAfile", "root.pem", "-verify_return_error"])
        .input(Input::Null)
        .start();
    let at = |name: &str| server.folder().join(name).to_str().expect("UTF-8").to_owned();
    let certificate = ["-cert", &at("client.pem"), "-key", &at("client.key")];
    for version in ["-tls1_2", "-tls1_3"] {
        let known = s_client(server.folder(), server.port(), &[&[version], &certificate[..]].concat());
        assert!(known.contains("HTTP/1.0 200 ok") && known.contains("Client certificate\n"), "{known}");
        let unknown = s_client(server.folder(), server.port(), &[version]);
        assert!(!unknown.contains("HTTP/1.0 200 ok"), "{unknown}");
    }
    let known = s_client(server.folder(), server.port(), &certificate);
    assert!(known.contains("HTTP/1.0 200 ok"), "{known}");
}

#[test]
fn what_the_command_line_says_is_said_once() {
    let mut server = Server::accepting(&["-Verify", "3", "-naccept", "1"]).start();
    drop(raw::connect(server.port()).unwrap());
    wait_until("the server ends", || server.status().is_some());
    let (_, _, err) = server.end();
    assert_eq!(err.matches("verify depth is 3, must return a certificate\n").count(), 1, "{err}");
}
