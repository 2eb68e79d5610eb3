//! Keys behind a pass phrase that the command line does not name: the operator is asked.

use std::process::Command;

use conformance::launch::folder::Folder;
use conformance::launch::process::Input;
use conformance::launch::program::Program;
use conformance::launch::quiet::settle;
use conformance::launch::server::{Builder, Server};
use conformance::launch::wait::LIMIT;
use rustix::process::Signal;

const QUESTION: &str = "Enter pass phrase for rsa.enc.key:";
const FAILURE: &str = "server certificate private key from rsa.enc.key\r\n";

/// Ours in that folder.
fn in_folder(folder: Folder, words: &[&str]) -> Builder {
    Server::line("-accept 127.0.0.1:0").words(words).folder(folder)
}

/// A server on a terminal.
fn on_terminal(folder: Folder, words: &[&str]) -> Server {
    in_folder(folder, words).input(Input::Terminal).spawn()
}

fn openssl(folder: &Folder, words: &str) {
    let output = Command::new("openssl").args(words.split(' ')).current_dir(folder.path()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
}

/// A server on a terminal that has asked for the first pass phrase.
fn asked(words: &[&str]) -> Server {
    let mut server = on_terminal(Folder::pki().unwrap(), words);
    is_asked(&mut server, QUESTION);
    server
}

/// Waits for the question, and until the answer is awaited: the library asks first and then turns off the terminal's echo.
fn is_asked(server: &mut Server, question: &str) {
    server.expect("output", question);
    settle(&[server.party()], 1, LIMIT, || server.status().is_some()).unwrap();
}

const ONE: [&str; 4] = ["-cert", "rsa.pem", "-key", "rsa.enc.key"];

#[test]
fn the_answer_opens_the_key_and_does_not_show() {
    let mut server = asked(&ONE);
    server.write(b"secret\n").unwrap();
    server.expect("output", "ACCEPT");
    let shown = String::from_utf8(server.so_far("output")).unwrap();
    let rest = shown.strip_prefix(&format!("{QUESTION}\r\n")).unwrap_or_else(|| panic!("{shown}"));
    assert!(!rest.contains(QUESTION) && !shown.contains("secret"), "{shown}");
}

#[test]
fn the_terminal_shows_again_what_is_typed() {
    let mut server = asked(&ONE);
    server.write(b"secret\n").unwrap();
    server.expect("output", "ACCEPT");
    server.write(b"typed").unwrap();
    server.expect("output", "typed");
}

#[test]
fn each_key_has_its_own() {
    let folder = Folder::pki().unwrap();
    // As openssl req encrypts, too.
    openssl(&folder, "pkcs8 -topk8 -v2 des3 -in ec.key -passout pass:other -out ec.enc.key");
    let words = [&ONE[..], &["-dcert", "ec.pem", "-dkey", "ec.enc.key"]].concat();
    let mut server = on_terminal(folder, &words);
    is_asked(&mut server, QUESTION);
    server.write(b"secret\n").unwrap();
    is_asked(&mut server, "Enter pass phrase for ec.enc.key:");
    server.write(b"other\n").unwrap();
    server.expect("output", "ACCEPT");
}

/// The original asks for the key, and once more for the certificate.
#[test]
fn one_file_with_both_is_asked_for_once() {
    if Program::ours().is_sandboxed() {
        return;
    }
    let folder = Folder::pki().unwrap();
    let mut server = on_terminal(folder, &["-cert", "ec.p12"]);
    let question = "Enter pass phrase for PKCS12 import pass phrase:";
    is_asked(&mut server, question);
    server.write(b"secret\n").unwrap();
    server.expect("output", "ACCEPT");
    let shown = String::from_utf8(server.so_far("output")).unwrap();
    assert_eq!(shown.matches("Enter").count(), 1, "{shown}");
}

#[test]
fn a_wrong_answer_and_none_end_the_run() {
    for answer in [&b"wrong\n"[..], b"\n"] {
        let mut server = asked(&ONE);
        server.write(answer).unwrap();
        let (status, shown, _) = server.end();
        assert_eq!(status, "1", "{shown}");
        assert!(shown.contains(FAILURE), "{shown}");
    }
}

/// Keys as OpenSSL 0.9 wrote them: the original asks, the sandbox says what to do.
#[test]
fn a_key_in_the_traditional_form() {
    let folder = Folder::pki().unwrap();
    openssl(&folder, "rsa -in rsa.key -aes128 -traditional -passout pass:secret -out rsa.old.key");
    let mut server = on_terminal(folder, &["-cert", "rsa.pem", "-key", "rsa.old.key"]);
    if Program::ours().is_sandboxed() {
        let (status, shown, _) = server.end();
        let told = "Could not find or decode server certificate private key from rsa.old.key\r\n\
                    s_server: -key rsa.old.key: it is encrypted in a way that rustls does not open; convert it with \
                    openssl pkcs8 -topk8\r\n";
        assert_eq!((status.as_str(), shown.as_str()), ("1", told));
    } else {
        server.expect("output", "Enter pass phrase for rsa.old.key:");
        server.write(b"secret\n").unwrap();
        server.expect("output", "ACCEPT");
    }
}

/// As in the original: the question ends, and the run with the message of the key.
#[test]
fn an_interrupt_ends_the_question() {
    let mut server = asked(&ONE);
    let party = server.party();
    // OpenSSL 3.0 has three decoders for the file, and each asks.
    for _ in 0..3 {
        settle(&[party], 1, LIMIT, || server.status().is_some()).unwrap();
        server.signal(Signal::INT);
    }
    let (status, shown, _) = server.end();
    assert_eq!(status, "1", "{shown}");
    assert!(shown.contains(FAILURE), "{shown}");
}

/// Without a terminal the question goes to standard error, and the answer comes by standard input.
#[test]
fn without_a_terminal_the_streams_are_asked() {
    let mut server = in_folder(Folder::pki().unwrap(), &ONE).through(&["setsid", "-w"]).spawn();
    server.expect("stderr", QUESTION);
    server.write(b"secret\n").unwrap();
    server.expect("stdout", "ACCEPT");
}
