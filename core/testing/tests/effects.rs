//! Every option that docs/PARITY.md says is followed has its effect: what a few clients, the operator and the texts come
//! to is another with it than without it. What nothing has to be done for makes no difference, and what is the host's is
//! named with the test that plays it.
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::sync::Arc;
use std::time::Duration;

use contract::client::{self, Cryptography, ONLY_12, ONLY_13, Setup};
use contract::pki;
use rustls::CipherSuite::{self, *};
use rustls::SignatureScheme;
use rustls::client::Resumption;
use s_server_core::io::WireEnd;
use s_server_core::options::row::{Row, Set, Stage};
use s_server_core::options::table::{find, rows};
use s_server_rustls::{Clock, provider};
use s_server_testing::{InProcess, Session};

/// An option with its value, and what stands beside it in both runs. Without a certificate there, there is one of ECDSA.
const EFFECTS: &[(&str, &str)] = &[
    ("-context abc", "-www"),
    ("-CAfile root.pem", "-verify 1"),
    ("-CApath root.pem", "-verify 1"),
    ("-verify 1", ""),
    ("-Verify 1", ""),
    ("-nameopt RFC2253", "-verify 1 -CAfile root.pem"),
    ("-cert ec.pem", "-key ec.key"),
    ("-key rsa.key", "-cert rsa.pem"),
    ("-cert2 rsa.pem", "-servername client.example -key2 rsa.key"),
    ("-key2 rsa.key", "-servername client.example -cert2 rsa.pem"),
    ("-cert_chain inter.pem", ""),
    ("-build_chain", ""),
    ("-pass pass:secret", "-cert rsa.pem -key rsa.enc.key"),
    ("-dcert rsa.pem", "-dkey rsa.key"),
    ("-dkey rsa.key", "-dcert rsa.pem"),
    ("-dcert_chain inter.pem", "-dcert rsa.pem -dkey rsa.key"),
    ("-dpass pass:secret", "-dcert rsa.pem -dkey rsa.enc.key"),
    ("-servername rsa.example", "-cert2 rsa.pem -key2 rsa.key"),
    ("-servername_fatal", "-servername n.example -cert2 rsa.pem -key2 rsa.key"),
    ("-nbio_test", ""),
    ("-crlf", ""),
    ("-quiet", ""),
    ("-no_resume_ephemeral", ""),
    ("-www", ""),
    ("-WWW", ""),
    ("-HTTP", ""),
    ("-http_server_binmode", "-WWW"),
    ("-ignore_unexpected_eof", ""),
    ("-tlsextdebug", ""),
    ("-debug", ""),
    ("-keymatexport label", ""),
    ("-keymatexportlen 7", "-keymatexport label"),
    ("-CRL root.crl", "-verify 1 -CAfile root.pem -crl_check"),
    ("-chainCAfile inter.pem", ""),
    ("-chainCApath inter.pem", ""),
    ("-verifyCAfile root.pem", "-verify 1"),
    ("-verifyCApath root.pem", "-verify 1"),
    ("-no_cache", "-no_ticket"),
    ("-verify_return_error", "-verify 1"),
    ("-verify_quiet", "-verify 1 -CAfile root.pem"),
    ("-status_file ocsp.der", ""),
    ("-brief", ""),
    ("-rev", ""),
    ("-naccept 1", ""),
    ("-keylogfile keys", ""),
    ("-nbio", ""),
    ("-max_send_frag 600", "-cert rsa.pem -key rsa.key -cert_chain cas.pem"),
    ("-num_tickets 5", ""),
    ("-no_ca_names", "-verify 1 -CAfile root.pem"),
    ("-tls1_2", ""),
    ("-tls1_3", ""),
    ("-alpn h2", ""),
    ("-no_tls1_2", ""),
    ("-no_tls1_3", ""),
    ("-no_ticket", ""),
    ("-early_data", ""),
    ("-max_early_data 3", "-early_data"),
    ("-anti_replay", "-early_data -no_anti_replay"),
    ("-no_anti_replay", "-early_data"),
    ("-serverpref", ""),
    ("-no_renegotiation", ""),
    ("-legacy_server_connect", ""),
    ("-no_legacy_server_connect", ""),
    ("-prioritize_chacha", "-serverpref"),
    ("-sigalgs ECDSA+SHA384", ""),
    ("-client_sigalgs ECDSA+SHA384", "-verify 1"),
    ("-groups P-384", ""),
    ("-curves P-384", ""),
    ("-named_curve P-384", ""),
    ("-cipher ECDHE-ECDSA-AES128-GCM-SHA256", ""),
    ("-ciphersuites TLS_AES_128_GCM_SHA256", ""),
    ("-min_protocol TLSv1.3", ""),
    ("-max_protocol TLSv1.2", ""),
    ("-record_padding 64", ""),
    ("-no_middlebox", ""),
    ("-purpose any", "-verify 1"),
    ("-verify_name ssl_server", "-verify 1"),
    ("-verify_depth 0", "-verify 1 -CAfile cas.pem"),
    ("-attime 100000", "-verify 1 -CAfile root.pem"),
    ("-verify_hostname nobody.example", "-verify 1 -CAfile root.pem"),
    ("-verify_ip 192.0.2.77", "-verify 1 -CAfile root.pem"),
    ("-crl_check", "-verify 1 -CAfile root.pem -CRL root.crl"),
    ("-crl_check_all", "-verify 1 -CAfile root.pem -CRL root.crl"),
    ("-partial_chain", "-verify 1 -CAfile inter.pem"),
    ("-xcert rsa.pem", "-xkey rsa.key"),
    ("-xkey rsa.key", "-xcert rsa.pem"),
    ("-xchain inter.pem", "-xcert rsa.pem -xkey rsa.key"),
    ("-xchain_build", "-xcert ec.pem -xkey ec.key"),
    ("-echo", ""),
    ("-selfsigned", "(none)"),
    ("-selfsigned_names a.example", "-selfsigned"),
];

/// What the host does, and the test of the package conformance that plays it against the sandbox's program.
const HOST: &[(&str, &str)] = &[
    ("port", "failed_starts"),
    ("accept", "failed_starts"),
    ("unix", "signals_and_sockets"),
    ("unlink", "signals_and_sockets"),
    ("4", "signals_and_sockets"),
    ("6", "signals_and_sockets"),
    ("tfo", "signals_and_sockets"),
    ("ign_eof", "end_of_input"),
    ("no_ign_eof", "end_of_input"),
    ("jobs", "extensions"),
    ("record", "record_option"),
    ("replay", "record_option"),
    ("replay_show", "record_option"),
];

fn files() -> Vec<(String, Vec<u8>)> {
    let names =
        std::fs::read_dir(pki::folder()).unwrap().map(|entry| entry.unwrap()).filter(|entry| entry.path().is_file());
    names.map(|entry| (entry.file_name().into_string().unwrap(), std::fs::read(entry.path()).unwrap())).collect()
}

const CHACHA_FIRST: &[CipherSuite] = &[
    TLS13_CHACHA20_POLY1305_SHA256,
    TLS13_AES_256_GCM_SHA384,
    TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
];

/// What a client without elliptic curves in certificates takes.
const RSA: &[SignatureScheme] = &[SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PKCS1_SHA256];

/// The clients that come, one after the other.
fn setups() -> Vec<Setup> {
    let protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    let certified = |name, versions| Setup { certificate: Some(name), ..Setup::only(versions) };
    vec![
        Setup { protocols, name: "client.example", ..Setup::only(ONLY_13) },
        Setup::only(ONLY_12),
        certified("client", ONLY_13),
        certified("revoked", ONLY_12),
        certified("clienti", ONLY_13),
        Setup { schemes: RSA, ..Setup::default() },
    ]
}

/// What came out of a server.
struct Transcript {
    text: String,
    /// The bytes for the clients are in it. Not with `-www`, whose page shows the words, which are no effect.
    wire: bool,
}

/// Everything that comes out of a server with these words: texts, facts, what clients read, and the bytes for them.
fn transcript(words: &str, files: &[(String, Vec<u8>)]) -> String {
    let words: Vec<_> = words.split_whitespace().collect();
    let files: Vec<_> = files.iter().map(|(name, content)| (name.as_str(), content.as_slice())).collect();
    let mut server = match InProcess::start(&words, &files) {
        Ok(server) => server,
        Err(error) => return error.to_string(),
    };
    let mut came = Transcript { text: String::new(), wire: !words.contains(&"-www") };
    let clock = Clock::default();
    clock.set_wall(1_800_000_000);
    let cryptography = Cryptography { provider: provider::seeded([1; 32]), time: Arc::new(clock) };
    client::with(cryptography, || {
        for setup in setups() {
            visit(&mut server, &setup.client(), "page.txt", &mut came);
        }
        // One that comes again, with both versions, and one whose suites are in another order.
        for versions in [ONLY_12, ONLY_13] {
            let resumption = Some(Resumption::in_memory_sessions(8));
            let client = Setup { resumption, ..Setup::only(versions) }.client().sending_early();
            (0..2).for_each(|_| visit(&mut server, &client, "nosuch", &mut came));
        }
        visit(&mut server, &chacha_first(), "page.txt", &mut came);
    });
    came.text
}

/// The client offers in the order of its cryptography.
fn chacha_first() -> client::Client {
    let clock = Clock::default();
    clock.set_wall(1_800_000_000);
    let mut provider = provider::seeded([2; 32]);
    provider.cipher_suites.sort_by_key(|suite| CHACHA_FIRST.iter().position(|first| *first == suite.suite()));
    let mut client = None;
    let again = Cryptography { provider: provider::seeded([1; 32]), time: Arc::new(clock) };
    let time = again.time.clone();
    client::with(Cryptography { provider, time }, || {
        client = Some(Setup { suites: Some(CHACHA_FIRST), ..Setup::default() }.client());
    });
    client.unwrap()
}

/// A client asks for a page, the operator writes and gives commands, and the client leaves without a word.
fn visit(server: &mut InProcess, client: &client::Client, page: &str, came: &mut Transcript) {
    let mut session = match server.connect() {
        Ok(session) => session,
        Err(error) => return came.text.push_str(&error.to_string()),
    };
    let mut client = client.connect();
    if let Some(mut early) = client.early_data() {
        // As much as the ticket allows.
        let _ = early.write(b"said early\n");
    }
    let sent = exchange(&mut session, &mut client, came);
    if sent {
        let _ = write!(client.writer(), "GET /{page} HTTP/1.0\r\n\r\n");
        exchange(&mut session, &mut client, came);
    }
    session.operator_types("to the client\n");
    exchange(&mut session, &mut client, came);
    session.operator_types("S\n");
    session.advance(Duration::from_secs(1));
    session.client_ends(WireEnd::Closed);
    session.operator_ends();
    server.advance(Duration::from_secs(1));
    let mut read = Vec::new();
    // Ends with an error: nothing more is there.
    let _ = client.reader().read_to_end(&mut read);
    let read = String::from_utf8_lossy(&read);
    let shown = session.stdout.lines().chain(read.lines()).filter(|line| !line.starts_with("s_server "));
    came.text.extend(shown.flat_map(|line| [line, "\n"]));
    let log = (&session.stderr, &session.facts, &session.data, &session.key_log, session.outcome());
    writeln!(came.text, "{log:?}").unwrap();
}

/// Like [`Session::exchange`], and notes what was sent; false when the client is not content.
fn exchange(session: &mut Session, client: &mut rustls::ClientConnection, came: &mut Transcript) -> bool {
    loop {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        session.client_sends(&wire);
        let sent = session.take_sent();
        if wire.is_empty() && sent.is_empty() {
            return true;
        }
        let mut rest = &sent[..];
        while !rest.is_empty() {
            let read = client.read_tls(&mut rest);
            if read.is_err() || client.process_new_packets().is_err() {
                return false;
            }
        }
        if came.wire {
            writeln!(came.text, "{}", sent.escape_ascii()).unwrap();
        }
    }
}

fn is_followed(row: &Row) -> bool {
    let rustls = &s_server_rustls::REFUSALS;
    let ready = row.stage == Stage::Ready;
    let exists = row.until.is_none() && rustls.refuses(row.name).is_none() && !matches!(row.set, Set::Print(_));
    ready && exists
}

fn name(words: &'static str) -> &'static str {
    words.split(' ').next().unwrap().trim_start_matches('-')
}

/// What stands beside the option, with a certificate.
fn beside(words: &str) -> String {
    let has = words == "(none)" || words.split(' ').any(|word| ["-cert", "-key", "-selfsigned"].contains(&word));
    if has { words.replace("(none)", "") } else { format!("-cert ec.pem -key ec.key {words}") }
}

#[test]
fn every_option_that_is_followed_is_played_here_or_is_the_hosts() {
    let played: Vec<_> =
        EFFECTS.iter().map(|(words, _)| name(words)).chain(HOST.iter().map(|(name, _)| *name)).collect();
    let rest = rows().filter(|row| is_followed(row) && s_server_rustls::REFUSALS.follows_anyway(row.name).is_none());
    let missing: Vec<_> = rest.map(|row| row.name).filter(|name| !played.contains(name)).collect();
    assert_eq!(missing, Vec::<&str>::new());
    let strange: Vec<_> = played.iter().filter(|name| !find(name.as_bytes()).is_some_and(is_followed)).collect();
    assert_eq!(strange, Vec::<&&str>::new());
}

#[test]
fn every_option_that_is_followed_has_its_effect() {
    let (files, mut without) = (files(), BTreeMap::new());
    let mut idle = Vec::new();
    for (words, others) in EFFECTS {
        let others = beside(others);
        let before = without.entry(others.clone()).or_insert_with(|| transcript(&others, &files)).clone();
        if transcript(&format!("{others} {words}"), &files) == before {
            idle.push(*words);
        }
    }
    assert_eq!(idle, Vec::<&str>::new(), "these change nothing");
}

#[test]
fn what_nothing_has_to_be_done_for_changes_nothing() {
    let files = files();
    let beside = beside("-verify 1 -CAfile root.pem");
    let before = transcript(&beside, &files);
    let mut played = 0;
    for row in rows().filter(|row| is_followed(row) && s_server_rustls::REFUSALS.follows_anyway(row.name).is_some()) {
        let value = if row.set.syntax().word().is_empty() { "" } else { "PEM" };
        let after = transcript(&format!("{beside} -{} {value}", row.name), &files);
        assert!(after == before, "-{} has an effect", row.name);
        played += 1;
    }
    assert!(played > 20, "{played}");
}

/// Two runs with the same words are the same, so that what differs is the option's.
#[test]
fn without_another_option_nothing_differs() {
    let (files, words) = (files(), beside("-verify 1 -CAfile root.pem"));
    assert_eq!(transcript(&words, &files), transcript(&words, &files));
}

/// Beyond that it is another: what it is.
#[test]
fn chacha20_is_first_for_clients_that_have_it_first() {
    let chosen = |words: &str| {
        let files = files();
        let text = transcript(&beside(words), &files);
        let names = text.lines().filter_map(|line| line.strip_prefix("CIPHER is ")).map(str::to_owned);
        names.collect::<Vec<_>>()
    };
    let (plain, first) = (chosen("-serverpref"), chosen("-serverpref -prioritize_chacha"));
    assert_eq!(plain.last().unwrap(), "TLS_AES_256_GCM_SHA384");
    assert_eq!(first.last().unwrap(), "TLS_CHACHA20_POLY1305_SHA256");
    assert_eq!(plain[..plain.len() - 1], first[..first.len() - 1]);
    // Without -serverpref the client's order counts anyway, as in the original.
    assert_eq!(chosen("-prioritize_chacha"), chosen(""));
}
