//! A server that may open only a few files: it says ACCEPT and serves, or it ends and says how many it needs.

use std::io::{Read, Write};

use conformance::clients::raw::{self, Profile};
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::wait_until;
use openssl::ssl::ShutdownState;

/// What became of a start.
#[derive(Debug, PartialEq)]
enum Start {
    Served,
    /// It ended, and told this number.
    Needs(u32),
    /// It ended before it could know: the reason, without a number.
    Failed,
}

/// Starts ours under `ulimit -n` and connects a client once it says ACCEPT.
fn start(limit: u32, words: &[&str]) -> Start {
    let limited = ["sh", "-c", "ulimit -n $0 && exec \"$@\"", &limit.to_string()];
    let line = "-accept 127.0.0.1:0 -cert rsa.pem -key rsa.key";
    let mut server = Server::line(line).words(words).through(&limited).spawn();
    let accepts = |server: &Server| String::from_utf8(server.so_far("stdout")).unwrap().contains("ACCEPT 127.0.0.1:");
    wait_until("it accepts or ends", || accepts(&server) || server.status().is_some());
    if accepts(&server) {
        serves(&mut server, limit, words);
        return Start::Served;
    }
    let (status, out, err) = server.end();
    assert_eq!(status, "1", "{limit} {words:?}");
    let said = out + &err;
    assert!(!said.contains("ACCEPT"), "{limit} {words:?}: {said}");
    assert!(said.contains("Too many open files"), "{limit} {words:?}: {said}");
    let told = format!(" descriptors are needed, and {limit} allowed (ulimit -n)\n");
    let number = said.split_once(&told).and_then(|(before, _)| before.rsplit(' ').next()?.parse().ok());
    number.map_or(Start::Failed, Start::Needs)
}

/// A client is served: what it says arrives, or is answered.
fn serves(server: &mut Server, limit: u32, words: &[&str]) {
    let said = String::from_utf8(server.so_far("stdout")).unwrap();
    let port = said.lines().find_map(|line| line.strip_prefix("ACCEPT 127.0.0.1:")).unwrap().parse().unwrap();
    let mut client = raw::handshake(raw::connect(port).unwrap(), &Profile::default()).unwrap();
    client.write_all(b"GET /page.txt HTTP/1.0\r\n\r\n").unwrap();
    let is_interactive = !words.iter().any(|word| ["-www", "-WWW", "-rev", "-HTTP"].contains(word));
    if is_interactive {
        server.expect("stdout", "GET /page.txt HTTP/1.0");
        return;
    }
    let mut answer = [0; 15];
    client.read_exact(&mut answer).unwrap_or_else(|why| panic!("{limit} {words:?}: {why}"));
    if !words.contains(&"-rev") {
        assert_eq!(&answer, b"HTTP/1.0 200 ok");
    }
    client.set_shutdown(ShutdownState::RECEIVED);
}

#[test]
fn a_server_says_accept_and_serves_or_ends_and_says_how_many_files_it_needs() {
    for words in [
        &[][..],
        &["-record", "run.rec"],
        &["-keylogfile", "keys.log"],
        &["-state"],
        &["-www"],
        &["-www", "-state"],
        &["-WWW", "-jobs", "1"],
        &["-www", "-jobs", "16", "-keylogfile", "keys.log"],
        &["-rev", "-record", "run.rec"],
        &["-www", "-verify", "1", "-crl_download", "-verifyCAfile", "root.pem"],
    ] {
        if Program::ours().is_sandboxed() && words.iter().any(|word| ["-state", "-crl_download"].contains(word)) {
            // rustls has neither.
            continue;
        }
        let mut starts: Vec<(u32, Start)> = Vec::new();
        while !starts.iter().rev().take(2).all(|(_, start)| *start == Start::Served) || starts.len() < 2 {
            let limit = 4 + starts.len() as u32;
            starts.push((limit, start(limit, words)));
        }
        let (enough, _) = *starts.iter().find(|(_, start)| *start == Start::Served).expect("the last two");
        for (limit, start) in &starts {
            match start {
                Start::Served => {}
                Start::Needs(number) => assert!(*limit < enough && *number == enough, "{words:?}: {starts:?}"),
                Start::Failed => assert!(*limit < 7, "{words:?}: {starts:?}"),
            }
        }
    }
}
