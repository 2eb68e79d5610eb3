//! The facts of one session are the same under every mode, whatever is printed, and for both engines but for a list.

use std::collections::BTreeSet;
use std::fs;
use std::io::{Read, Write};

use conformance::clients::raw::{self, Profile};
use conformance::compare::facts::{self, Shown};
use conformance::launch::program::Program;
use conformance::launch::server::Server;
use conformance::launch::wait::wait_until;
use conformance::tests_folder;

/// A mode, as the command line names it.
const MODES: [&str; 6] = ["", "-echo", "-rev", "-www", "-WWW", "-HTTP"];
/// What is printed.
const LOUDNESS: [&[&str]; 4] = [&[], &["-brief"], &["-quiet"], &["-brief", "-quiet"]];
/// Every session is of a client with a name, a protocol and a certificate, which the server asks for.
const SERVER: [&str; 8] = ["-alpn", "h2", "-verify", "3", "-CAfile", "root.pem", "-keymatexport", "label"];

/// The sessions of a run, one after the other: their numbers are those of the connections.
const CLIENTS: u32 = 4;
/// A client that says nothing and closes, with TLS 1.3.
const CLOSES: u32 = 1;
/// The same with TLS 1.2.
const CLOSES_12: u32 = 2;
/// A client that asks for what is not there, and reads to the end.
const ASKS: u32 = 3;
/// A client of HTTP without TLS.
const FAILS: u32 = 4;

/// What each connection is made of by chance.
const RANDOM: [(&str, &str); 4] =
    [("Accepted", "peer"), ("Established", "session_pem"), ("Established", "id"), ("Established", "exported")];

/// The fields whose values are of the engine, each with the reason.
const OF_THE_ENGINE: [(&str, &str, &str); 12] = [
    ("Closed", "sent", "certificate requests and tickets are of other lengths"),
    ("Established", "key_exchange", "the library tells it to servers since 3.5"),
    ("Established", "own_signature_type", "the library tells it since 3.5"),
    ("Established", "peer_certificate", "names are printed as 4.0 does, and rustls has no text of a certificate"),
    ("Established", "renegotiation_disabled", "rustls never renegotiates"),
    ("Established", "shared_ciphers", "rustls names all of the version, and has neither DHE nor CBC"),
    ("Established", "shared_groups", "rustls has neither X448 nor FFDHE"),
    ("Established", "shared_signature_algorithms", "rustls has neither Ed448, RSA-PSS keys, SHA-224 nor DSA"),
    ("Established", "supported_ciphers", "rustls has the suites with ECDHE and AEAD alone"),
    ("Failed", "queue", "the words of either library"),
    ("Verify", "issuer", "names are printed as 4.0 does"),
    ("Verify", "subject", "names are printed as 4.0 does"),
];

/// Plays all sessions to a server in that mode: the facts of each, without what is random.
fn play(program: &Program, mode: &str, loudness: &[&str]) -> Vec<Vec<Shown>> {
    let count = CLIENTS.to_string();
    let mut words = vec!["-record", "r.rec", "-naccept", &count];
    words.extend(SERVER);
    words.extend(loudness);
    words.extend(Some(mode).filter(|mode| !mode.is_empty()));
    let mut server = Server::accepting(&words).program(program).start();
    let pki = tests_folder().join("pki");
    let profile = |tls12| Profile {
        tls12,
        // Its signatures are all of one length.
        certificate: Some((pki.join("clientrsa.pem"), pki.join("clientrsa.key"))),
        name: Some("rsa.example"),
        protocols: b"\x08http/1.1\x02h2",
        status: false,
    };
    let closes = |tls12| {
        let mut client = raw::handshake(raw::connect(server.port()).unwrap(), &profile(tls12)).unwrap();
        client.shutdown().unwrap();
        // Read to the end: the server is done with it, and with TLS 1.3 its tickets are taken.
        client.read_to_end(&mut Vec::new()).unwrap();
    };
    closes(false);
    closes(true);
    let mut client = raw::handshake(raw::connect(server.port()).unwrap(), &profile(false)).unwrap();
    client.write_all(b"GET /none HTTP/1.0\r\n").unwrap();
    if ["", "-echo", "-rev"].contains(&mode) {
        client.shutdown().unwrap();
    }
    client.read_to_end(&mut Vec::new()).unwrap();
    let _ = client.shutdown();
    let mut client = raw::connect(server.port()).unwrap();
    client.write_all(b"GET / HTTP/1.0\r\n\r\n").unwrap();
    let _ = client.read_to_end(&mut Vec::new());
    wait_until("the server ends", || server.status().is_some());
    let facts = facts::of(&fs::read(server.folder().join("r.rec")).unwrap());
    assert_eq!(facts.keys().copied().collect::<Vec<_>>(), (1..=CLIENTS).collect::<Vec<_>>(), "{mode} {loudness:?}");
    facts.into_values().map(|facts| facts.iter().map(without_chance).collect()).collect()
}

fn without_chance(fact: &facts::Fact) -> Shown {
    let mut shown = Shown::from(fact);
    shown.fields.retain(|field, _| !RANDOM.contains(&(shown.name, field)));
    // The second in which it began.
    shown.fields.remove("start");
    shown
}

fn session(facts: &[Vec<Shown>], number: u32) -> &[Shown] {
    &facts[number as usize - 1]
}

/// What is in one and not in the other: fact, field and both values.
fn differing(some: &[Shown], others: &[Shown]) -> Vec<(&'static str, &'static str, String, String)> {
    assert_eq!(names(some), names(others));
    let mut differing = Vec::new();
    for (one, other) in some.iter().zip(others) {
        for (field, value) in one.fields.iter().filter(|(field, value)| other.fields.get(*field) != Some(value)) {
            let other = other.fields.get(field).cloned().unwrap_or_default();
            differing.push((one.name, *field, value.clone(), other));
        }
    }
    differing
}

fn names(facts: &[Shown]) -> Vec<&'static str> {
    facts.iter().map(|fact| fact.name).collect()
}

#[test]
fn every_mode_tells_the_same_facts_whatever_is_printed() {
    let ours = Program::ours();
    let first = play(&ours, MODES[0], LOUDNESS[0]);
    let verified = ["Verify", "Verify", "Established"];
    let begun = [&["Accepted", "ClientHello"][..], &verified].concat();
    assert_eq!(names(session(&first, CLOSES)), [&begun[..], &["Alert", "Alert", "Closed"]].concat());
    assert_eq!(names(session(&first, FAILS))[0], "Accepted");
    assert!(names(session(&first, FAILS)).contains(&"Failed"));
    for mode in MODES {
        for loudness in LOUDNESS {
            let facts = play(&ours, mode, loudness);
            for number in [CLOSES, CLOSES_12, FAILS] {
                let why = format!("session {number} of {mode} {loudness:?}");
                assert_eq!(differing(session(&facts, number), session(&first, number)), [], "{why}");
            }
            let asks = session(&facts, ASKS);
            // The request is a fact of the modes that answer it, and how it ends is up to who says close_notify first.
            let same = |facts: &[Shown]| -> Vec<Shown> {
                let told = |fact: &&Shown| !["Request", "Alert", "Closed"].contains(&fact.name);
                facts.iter().filter(told).cloned().collect()
            };
            assert_eq!(differing(&same(asks), &same(session(&first, ASKS))), [], "{mode} {loudness:?}");
            let answers = ["-www", "-WWW", "-HTTP"].contains(&mode);
            assert_eq!(names(asks).contains(&"Request"), answers, "{mode} {loudness:?}");
            let closed = asks.last().unwrap();
            assert_eq!(closed.fields["reason"], if answers { "Done" } else { "Peer" }, "{mode} {loudness:?}");
            assert_eq!(closed.fields["data_received"], "20", "{mode} {loudness:?}");
        }
    }
}

/// The program of the other engine stands beside it.
#[test]
fn both_engines_tell_the_same_but_for_a_list() {
    let sandboxed = Program::ours();
    if !sandboxed.is_sandboxed() {
        return;
    }
    let native = Program::Ours(sandboxed.path().with_file_name("s_server"));
    assert!(native.path().is_file(), "{} is missing: cargo build -p s-server", native.path().display());
    let (ours, theirs) = (play(&sandboxed, "-echo", &[]), play(&native, "-echo", &[]));
    let mut differ = BTreeSet::new();
    for number in 1..=CLIENTS {
        for (fact, field, ours, theirs) in differing(session(&ours, number), session(&theirs, number)) {
            println!("session {number}: {fact}, {field}\n  rustls:  {ours}\n  OpenSSL: {theirs}");
            differ.insert((fact, field));
        }
    }
    let listed: BTreeSet<_> = OF_THE_ENGINE.iter().map(|&(fact, field, _)| (fact, field)).collect();
    assert_eq!(differ, listed);
}
