//! What only the engine on rustls does, or does in its own words.
use std::collections::VecDeque;
use std::io::{self, Read, Write};
use std::sync::{Arc, Mutex};

use contract::client::{ONLY_12, ONLY_13, Setup};
use contract::pair::{Pair, failed};
use contract::server::Server;
use contract::{Subject, pki, plan};
use rustls::client::{ClientSessionMemoryCache, Resumption};
use rustls::crypto::ring;
use rustls::time_provider::DefaultTimeProvider;
use s_server_core::engine::{Cause, CommandResult, Detail, EngineCommand, Event, Start, Step, TlsContext};
use s_server_core::options::needs::{Place, Role, Store};
use s_server_core::options::plan::Reference;
use s_server_core::options::row::{Set, Stage, Syntax};
use s_server_core::options::table::rows;
use s_server_core::options::{Build, Features};
use s_server_core::sink::{Effect, Sink};
use s_server_core::{Plan, StartError};
use s_server_rustls::{Context, Environment};

struct Engine;

impl Subject for Engine {
    fn build(&self) -> Build {
        Build { reference: Reference::V4_0, features: Features::NONE, refusals: &s_server_rustls::REFUSALS }
    }

    fn context(&self, plan: &Plan) -> Result<Arc<dyn TlsContext>, StartError> {
        load(plan).map(|(context, _)| Arc::new(context) as _)
    }
}

/// The context for a plan, and what was printed meanwhile.
fn load(plan: &Plan) -> Result<(Context, String), StartError> {
    let provider = Arc::new(ring::default_provider());
    let environment = Environment {
        provider,
        time: Arc::new(DefaultTimeProvider),
        ticketer: None,
        origin: None,
        lease: None,
        tells_sessions: true,
    };
    let mut printed = Printed::default();
    let context = Context::new(plan, &plan.files(&mut plan::read), environment, &mut printed);
    context.map(|context| (context, printed.0))
}

fn established(line: &str, setup: &Setup) -> Pair {
    Pair::established(&*plan::context(&Engine, line), setup)
}

fn refused(line: &str) -> String {
    plan::try_context(&Engine, line).err().unwrap_or_else(|| panic!("{line} was accepted"))
}

#[derive(Default)]
struct Printed(String);

impl Sink for Printed {
    fn put(&mut self, effect: Effect<'_>) {
        let Effect::Print(_, bytes) = effect else { panic!("{effect:?}") };
        self.0 += str::from_utf8(bytes).unwrap();
    }

    fn wants_facts(&self) -> bool {
        false
    }
}

#[test]
fn what_is_printed_at_the_start_is_what_the_original_prints() {
    let printed = |line| load(&plan::plan(&Engine, line)).unwrap().1;
    assert_eq!(printed(""), "");
    let second = "-servername ec.example -cert2 ec.pem -key2 ec.key -cert rsa.pem -key rsa.key";
    assert_eq!(printed(second), "Setting secondary ctx parameters\n");
}

#[test]
fn commands_that_rustls_cannot_follow_say_so_and_change_nothing() {
    let mut pair = established("", &Setup::only(ONLY_13));
    for (command, why) in [
        (EngineCommand::Renegotiate { request_certificate: false }, "r, R: rustls has no renegotiation"),
        (EngineCommand::Renegotiate { request_certificate: true }, "r, R: rustls has no renegotiation"),
        (EngineCommand::KeyUpdate { request_peer: false }, "k: every key update of rustls asks the peer for one too"),
        (EngineCommand::RequestCertificate, "c: rustls asks for certificates in the first handshake only"),
    ] {
        let CommandResult { requested, handshake, error } = pair.server.command(command);
        assert_eq!((requested, handshake), (-1, 1));
        let line = String::from_utf8(error.unwrap().queue.concat()).unwrap();
        assert!(line.starts_with(&format!("s_server: rustls: {why}; ")) && line.ends_with('\n'), "{line}");
    }
    let mut old = established("", &Setup::only(ONLY_12));
    for request_peer in [false, true] {
        let error = old.server.command(EngineCommand::KeyUpdate { request_peer }).error.unwrap();
        let told = "s_server: rustls: k, K: TLS 1.2 has no updates of keys; a client of TLS 1.3 has them\n";
        assert_eq!(String::from_utf8(error.queue.concat()).unwrap(), told);
    }
    assert_eq!(pair.carry_to_client(), 0);
    pair.client_write(b"x");
    assert_eq!(pair.server_read(), (Step::Done(()), b"x".to_vec()));
}

/// What a client says first, and the number of the alert that `openssl s_server` 3.0 sends for it; 0: none.
#[test]
fn first_words_get_the_alerts_of_openssl() {
    const EMPTY: [u8; 5] = [22, 3, 1, 0, 0];
    let context = plan::context(&Engine, "");
    let alert = |said: &[u8]| {
        let mut session = Server::new(context.session(Start::default()).unwrap());
        session.hear(said);
        failed(session.accept());
        let sent = session.take_sent();
        match sent[..] {
            [] => 0,
            [21, 3, _, 0, 2, 2, number] => number,
            _ => panic!("{sent:?}"),
        }
    };
    assert_eq!(alert(b"GET / HTTP/1.0\r\n\r\n"), 0);
    assert_eq!(alert(b"SSH-2.0-x\r\n"), 0);
    assert_eq!(alert(&EMPTY.repeat(33)), 10);
    assert_eq!(alert(&[24, 3, 1, 0, 1, 0]), 10);
    assert_eq!(alert(&[21, 3, 1, 0, 0]), 10);
    assert_eq!(alert(&[&[22, 3, 1, 0xff, 0xff][..], &[0; 100]].concat()), 22);
    assert_eq!(alert(&[22, 3, 1, 0, 4, 1, 0xff, 0xff, 0xff]), 47);
}

#[test]
fn a_demanded_certificate_that_does_not_come_has_the_alert_of_its_version() {
    for (versions, number) in [(ONLY_12, 40), (ONLY_13, 116)] {
        let mut pair = Pair::new(&*plan::context(&Engine, "-Verify 1 -CAfile root.pem"), &Setup::only(versions));
        failed(pair.handshake());
        let received = pair.client_error.map(|error| match error {
            rustls::Error::AlertReceived(alert) => u8::from(alert),
            other => panic!("{other}"),
        });
        assert_eq!(received, Some(number));
    }
}

#[test]
fn failures_are_told_in_the_words_of_rustls() {
    let mut pair = Pair::new(&*plan::context(&Engine, "-tls1_3"), &Setup::only(ONLY_12));
    let error = failed(pair.handshake());
    let expected = b"s_server: rustls: peer is incompatible: Tls12NotOfferedOrEnabled\n".to_vec();
    assert_eq!((error.queue, error.cause), (vec![expected], Cause::Peer));
}

/// A session that another instance made allows more than this one takes.
#[test]
fn early_data_beyond_the_limit_ends_the_session() {
    let context = |line| load(&plan::plan(&Engine, line)).unwrap().0;
    let (large, small) = (context("-early_data"), context("-early_data -max_early_data 5"));
    let resumption = Some(Resumption::store(Arc::new(ClientSessionMemoryCache::new(8))));
    let client = Setup { resumption, ..Setup::only(ONLY_13) }.client().sending_early();
    let mut first = Pair::established_by(&large, client.connect());
    first.client_read();
    for event in &first.events {
        if let Event::Session { id, state } = event {
            small.know(id, state);
        }
    }
    let mut pair = Pair::of(&small, client.connect());
    pair.client.early_data().unwrap().write_all(b"too much").unwrap();
    pair.carry_to_server();
    let mut data = Vec::new();
    let error = failed(pair.server.read_early(&mut data));
    assert_eq!(data, b"");
    assert_eq!(error.to_string(), "s_server: rustls: peer misbehaved: TooMuchEarlyDataReceived");
}

#[test]
fn secrets_are_those_of_the_client() {
    #[derive(Debug, Default)]
    struct Lines(Mutex<Vec<String>>);
    impl rustls::KeyLog for Lines {
        fn log(&self, label: &str, random: &[u8], secret: &[u8]) {
            let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
            self.0.lock().unwrap().push(format!("{label} {} {}", hex(random), hex(secret)));
        }
    }
    for versions in [ONLY_12, ONLY_13] {
        let lines = Arc::new(Lines::default());
        let client = Setup::only(versions).client().logging(lines.clone()).connect();
        let pair = Pair::established_by(&*plan::context(&Engine, "-keylogfile keys"), client);
        let secret = |event: &Event| match event {
            Event::KeyLog(line) => Some(line.clone()),
            _ => None,
        };
        let mut ours: Vec<_> = pair.events.iter().filter_map(secret).collect();
        let mut theirs = std::mem::take(&mut *lines.0.lock().unwrap());
        ours.sort();
        theirs.sort();
        assert!(!ours.is_empty());
        assert_eq!(ours, theirs);
    }
}

#[test]
fn the_response_of_status_file_is_stapled_and_can_be_renewed() {
    let response = std::fs::read(pki::folder().join("ocsp.der")).unwrap();
    let (context, _) = load(&plan::plan(&Engine, "-status_file ocsp.der")).unwrap();
    let stapled = || {
        let seen = Arc::default();
        Pair::established_by(&context, Setup::default().client().stapling(Arc::clone(&seen)).connect());
        let seen: Vec<u8> = seen.lock().unwrap().clone();
        seen
    };
    assert_eq!(stapled(), response);
    context.set_staple(Some(b"another".to_vec()));
    assert_eq!(stapled(), b"another");
    context.set_staple(None);
    assert_eq!(stapled(), b"");
    assert!(
        refused("-status_file nosuch.der").starts_with("Could not open file or uri for loading OCSP response from ")
    );
}

#[test]
fn what_cannot_be_followed_is_refused_by_name() {
    for (line, text) in [
        ("-cipher AES128-SHA", "Call to SSL_CONF_cmd(-cipher, AES128-SHA) failed\n"),
        ("-groups brainpoolP256r1", "s_server: rustls: this cryptography has no group brainpoolP256r1\n"),
        ("-min_protocol TLSv1.3 -max_protocol TLSv1.2", "s_server: rustls: no protocol version is left"),
        ("-nameopt multiline", "s_server: rustls: -nameopt multiline: rustls' names are oneline or RFC2253\n"),
        ("-max_send_frag 100", "s_server: Max send fragment size 100 is out of permitted range\n"),
        ("-cert ec.p12", "/ec.p12: the rustls engine reads PEM and DER, not PKCS#12; convert it with openssl pkcs12\n"),
        ("-cert rsa.pem -key rsa.enc.key", "/rsa.enc.key: it is encrypted, and there is no pass phrase\n"),
        ("-cert rsa.pem -key dsa.key", "Could not find or decode server certificate private key from "),
        ("-verify 1 -purpose any", "s_server: rustls: -purpose any: the rustls engine cannot follow it\n"),
        ("-verify 1 -CAfile page.txt", "s_server: -CAfile page.txt: "),
        ("-verify 1 -CAfile rsa.key", "/rsa.key: it holds no certificate and no revocation list in PEM\n"),
        ("-legacy_server_connect", "Call to SSL_CONF_cmd(-legacy_server_connect, <NULL>) failed\n"),
        ("-no_legacy_server_connect", "Call to SSL_CONF_cmd(-no_legacy_server_connect, <NULL>) failed\n"),
        ("-record_padding 99999", "Call to SSL_CONF_cmd(-record_padding, 99999) failed\n"),
    ] {
        let told = refused(line);
        assert!(told.contains(text), "{line}: {told}");
    }
}

#[test]
fn a_refusal_has_option_value_cause_and_remedy_apart() {
    let pkcs12 = pki::folder().join("ec.p12").display().to_string();
    let no_pkcs12 = "the rustls engine reads PEM and DER, not PKCS#12";
    for (line, option, value, cause, remedy) in [
        ("-cert ec.p12", "-cert", Some(&*pkcs12), no_pkcs12, Some("convert it with openssl pkcs12")),
        ("-nameopt multiline", "-nameopt", Some("multiline"), "rustls' names are oneline or RFC2253", None),
        (
            "-groups brainpoolP256r1",
            "-groups",
            Some("brainpoolP256r1"),
            "this cryptography has no group brainpoolP256r1",
            None,
        ),
        ("-legacy_server_connect", "-legacy_server_connect", None, "it is for clients", None),
        ("-verify 1 -purpose any", "-purpose", Some("any"), "the rustls engine cannot follow it", None),
        ("-verify 1 -CAfile page.txt", "-CAfile", Some("page.txt"), "No such file or directory (os error 2)", None),
    ] {
        let error = load(&plan::plan(&Engine, line)).unwrap_err();
        let [told, of, helps] = [error.cause(), error.value(), error.remedy()].map(|part| part.map(str::from_utf8));
        assert_eq!(error.option(), Some(option), "{line}");
        assert_eq!((of, told, helps), (value.map(Ok), Some(Ok(cause)), remedy.map(Ok)), "{line}");
    }
}

/// A value that the option can have.
fn value(name: &str, syntax: Syntax) -> String {
    let word = match (name, syntax) {
        ("cert" | "dcert" | "xcert" | "cert2", _) => "ec.pem",
        ("key" | "dkey" | "xkey" | "key2", _) => "ec.key",
        ("cert_chain" | "dcert_chain" | "xchain" | "CAfile" | "chainCAfile" | "verifyCAfile", _) => "cas.pem",
        ("CRL", _) => "root.crl",
        ("status_file", _) => "ocsp.der",
        ("pass" | "dpass", _) => "pass:secret",
        ("nameopt", _) => "RFC2253",
        ("accept" | "port", _) => "4433",
        ("sigalgs" | "client_sigalgs", _) => "ECDSA+SHA256:RSA-PSS+SHA256",
        ("groups" | "curves" | "named_curve", _) => "P-256",
        ("cipher", _) => "HIGH",
        ("ciphersuites", _) => "TLS_AES_128_GCM_SHA256",
        ("min_protocol" | "max_protocol", _) => "TLSv1.2",
        ("max_send_frag", _) => "600",
        ("record_padding", _) => "64",
        ("purpose", _) => "sslclient",
        ("verify_name", _) => "ssl_client",
        ("attime", _) => "1800000000",
        ("verify_hostname", _) => "a.example",
        ("verify_ip", _) => "192.0.2.1",
        (
            "naccept"
            | "jobs"
            | "verify"
            | "Verify"
            | "num_tickets"
            | "verify_depth"
            | "keymatexportlen"
            | "max_early_data"
            | "recv_max_early_data",
            _,
        ) => "3",
        (_, Syntax::Flag) => "",
        (_, Syntax::PemDer | Syntax::AnyFormat) => "PEM",
        (_, Syntax::Dir) => ".",
        _ => "word",
    };
    word.to_owned()
}

#[test]
fn every_option_that_is_not_refused_is_followed() {
    let mut followed = 0;
    for row in rows() {
        let ready = row.stage == Stage::Ready;
        let other_engine = row.until.is_some() || row.needs.is_some();
        if s_server_rustls::REFUSALS.refuses(row.name).is_some()
            || !ready
            || other_engine
            || matches!(row.set, Set::Print(_))
        {
            continue;
        }
        // Beside a certificate for what -dcert, -xkey and their like stand beside.
        let beside = match row.name {
            "cert" => "-key ec.key",
            "key" => "-cert ec.pem",
            "key2" | "cert2" => "-servername n -cert2 ec.pem -key2 ec.key",
            "dkey" | "dcert_chain" | "dcertform" | "dkeyform" => "-dcert ec.pem -dkey ec.key",
            "dcert" => "-dkey ec.key",
            "xkey" | "xchain" | "xcertform" | "xkeyform" | "xchain_build" => "-CAfile cas.pem -xcert ec.pem",
            "xcert" => "-xkey ec.key",
            "build_chain" => "-CAfile cas.pem",
            "CApath" | "chainCApath" | "verifyCApath" => continue,
            "servername" => "-cert2 ec.pem -key2 ec.key",
            "selfsigned" | "selfsigned_names" => continue,
            // As in the original.
            "legacy_server_connect" | "no_legacy_server_connect" => continue,
            _ => "-verify 1 -CAfile cas.pem",
        };
        let beside = if beside.ends_with("-xcert ec.pem") && row.name != "xkey" {
            format!("{beside} -xkey ec.key")
        } else if ["verify", "Verify", "CAfile"].contains(&row.name) {
            String::new()
        } else {
            beside.to_owned()
        };
        let line = format!("{beside} -{} {}", row.name, value(row.name, row.set.syntax()));
        if let Err(message) = plan::try_context(&Engine, &line) {
            panic!("{line}: {message}");
        }
        followed += 1;
    }
    assert!(followed > 90, "{followed}");
}

#[test]
fn a_name_that_nobody_has_is_warned_of_up_to_tls_1_2() {
    let line = "-servername ec.example -cert2 ec.pem -key2 ec.key -cert rsa.pem -key rsa.key";
    let first = |versions| established(line, &Setup::only(versions)).sent[..7].to_vec();
    assert_eq!(first(ONLY_12), [21, 3, 3, 0, 2, 1, 112]);
    assert_eq!(first(ONLY_13)[0], 22);
}

/// Types and lengths of the records that a handshake of TLS 1.3 brings from the server.
fn records(line: &str) -> Vec<(u8, usize)> {
    let sent = established(line, &Setup::only(ONLY_13)).sent;
    let (mut records, mut rest) = (Vec::new(), &sent[..]);
    while let [kind, _, _, high, low, ..] = *rest {
        let length = usize::from(u16::from_be_bytes([high, low]));
        records.push((kind, length));
        rest = &rest[5 + length..];
    }
    records
}

#[test]
fn no_middlebox_leaves_out_the_record_for_middleboxes_and_nothing_else() {
    let with: Vec<_> = records("").into_iter().filter(|(kind, _)| *kind != 20).collect();
    assert_eq!(records("").len(), with.len() + 1);
    assert_eq!(records("-no_middlebox"), with);
    // After a HelloRetryRequest as well.
    let with: Vec<_> = records("-groups P-384").into_iter().filter(|(kind, _)| *kind != 20).collect();
    assert_eq!(records("-groups P-384 -no_middlebox"), with);
}

#[test]
fn record_padding_fills_records_of_tls_1_3_up_to_whole_blocks() {
    const TAG: usize = 16;
    let lengths = |line: &str| {
        let encrypted = records(line).into_iter().filter(|(kind, _)| *kind == 23);
        encrypted.map(|(_, length)| length - TAG).collect::<Vec<_>>()
    };
    let (plain, padded) = (lengths(""), lengths("-record_padding 512"));
    let filled: Vec<_> = plain.iter().map(|length| length.next_multiple_of(512)).collect();
    assert_eq!(padded, filled);
    assert_ne!(padded, plain);
    assert_eq!(lengths("-record_padding 512,0"), plain);
}

#[test]
fn a_throttled_wire_loses_nothing() {
    let context = plan::context(&Engine, "-nbio_test");
    for seed in 0..20 {
        let mut pair = Pair::new(&*context, &Setup::default());
        pair.server = Server::new(context.session(Start::seeded(seed)).unwrap());
        let (mut refused, mut done) = (0, false);
        while !done {
            pair.carry_to_server();
            done = match pair.server.accept() {
                Step::Done(()) => true,
                Step::WantRead { starved } => {
                    refused += usize::from(!starved);
                    false
                }
                step => panic!("{step:?}"),
            };
            pair.carry_to_client();
        }
        assert!(refused > 0);
        pair.client_write(&[b'x'; 500]);
        let data = loop {
            match pair.server_read() {
                (Step::Done(()), data) => break data,
                (step, _) => assert_eq!(step, Step::WantRead { starved: false }),
            }
        };
        assert_eq!(data, [b'x'; 500]);
    }
}

/// Certificates of X.509 version 1 are what `openssl x509 -req` makes where nobody asks for extensions.
#[test]
fn a_certificate_without_extensions_is_verified_too() {
    let steps = |line: &str, name: &str| {
        let path = |end: &str| pki::folder().join(format!("{name}.{end}")).display().to_string();
        let client = openssl_client(&path("pem"), &path("key"));
        verified_by(&*plan::context(&Engine, line), client)
    };
    let strict = "-Verify 1 -verify_return_error -CAfile root.pem";
    assert_eq!(steps(strict, "expired"), [(1, true, 0, true), (0, false, 10, false)]);
    let tolerant = "-verify 1 -CAfile root.pem";
    assert_eq!(steps(tolerant, "expired"), [(1, true, 0, true), (0, false, 10, true), (0, true, 10, true)]);
    assert_eq!(steps(tolerant, "future"), [(1, true, 0, true), (0, false, 9, true), (0, true, 9, true)]);
    let unknown = steps("-verify 1 -CAfile self.pem", "expired");
    assert_eq!(unknown[..2], [(0, false, 20, true), (0, false, 21, true)]);
}

#[test]
fn an_authority_of_the_same_name_with_another_key_is_noticed() {
    let mut plan = plan::plan(&Engine, "-verify 1 -CAfile root.pem");
    plan.tls.no_ca_names = true;
    let mut files = plan.files(&mut plan::read);
    files.put(Role::Trust(Store::Default, Place::File), Ok(namesake()));
    let provider = Arc::new(ring::default_provider());
    let environment = Environment {
        provider,
        time: Arc::new(DefaultTimeProvider),
        ticketer: None,
        origin: None,
        lease: None,
        tells_sessions: false,
    };
    let context = Context::new(&plan, &files, environment, &mut Printed::default()).unwrap();
    for (name, faults) in [("expired", &[7, 10][..]), ("client", &[7])] {
        let path = |end: &str| pki::folder().join(format!("{name}.{end}")).display().to_string();
        let steps = verified_by(&context, openssl_client(&path("pem"), &path("key")));
        let told: Vec<i32> = steps.iter().filter(|step| !step.1).map(|step| step.2).collect();
        assert_eq!(told, faults, "{name}: {steps:?}");
    }
}

/// A root with the name of the test certificates' root, and a key of its own.
fn namesake() -> Vec<u8> {
    use openssl::{asn1::Asn1Time, ec, hash::MessageDigest, nid::Nid, pkey::PKey, x509};
    let group = ec::EcGroup::from_curve_name(Nid::X9_62_PRIME256V1).unwrap();
    let key = PKey::from_ec_key(ec::EcKey::generate(&group).unwrap()).unwrap();
    let model = x509::X509::from_pem(&std::fs::read(pki::folder().join("root.pem")).unwrap()).unwrap();
    let mut root = x509::X509::builder().unwrap();
    root.set_version(2).unwrap();
    root.set_subject_name(model.subject_name()).unwrap();
    root.set_issuer_name(model.subject_name()).unwrap();
    root.set_not_before(&Asn1Time::from_unix(0).unwrap()).unwrap();
    root.set_not_after(model.not_after()).unwrap();
    root.set_pubkey(&key).unwrap();
    root.append_extension(x509::extension::BasicConstraints::new().critical().ca().build().unwrap()).unwrap();
    root.sign(&key, MessageDigest::sha256()).unwrap();
    root.build().to_pem().unwrap()
}

/// A client of OpenSSL, which shows certificates that the one of rustls does not.
fn openssl_client(cert: &str, key: &str) -> openssl::ssl::Ssl {
    use openssl::ssl::{Ssl, SslContext, SslFiletype, SslMethod};
    let mut context = SslContext::builder(SslMethod::tls_client()).unwrap();
    context.set_certificate_file(cert, SslFiletype::PEM).unwrap();
    context.set_private_key_file(key, SslFiletype::PEM).unwrap();
    Ssl::new(&context.build()).unwrap()
}

/// Runs a handshake, and returns the steps of the verification.
fn verified_by(context: &dyn TlsContext, client: openssl::ssl::Ssl) -> Vec<(i32, bool, i32, bool)> {
    let mut server = Server::new(context.session(Start::default()).unwrap());
    let mut client = openssl::ssl::SslStream::new(client, Pipe::default()).unwrap();
    let (mut steps, mut step) = (Vec::new(), Step::WantRead { starved: true });
    while matches!(step, Step::WantRead { .. }) {
        // Waits for the server, mostly.
        let _ = client.connect();
        server.hear(&std::mem::take(&mut client.get_mut().output));
        step = server.accept();
        client.get_mut().input.extend(server.take_sent());
    }
    server.take_events(&mut |event| {
        if let Event::Verify(step) = event {
            steps.push((step.depth, step.ok, step.error, step.accepted));
        }
    });
    steps
}

#[derive(Default)]
struct Pipe {
    input: VecDeque<u8>,
    output: Vec<u8>,
}

impl Read for Pipe {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        match self.input.read(to)? {
            0 => Err(io::ErrorKind::WouldBlock.into()),
            got => Ok(got),
        }
    }
}

impl Write for Pipe {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        self.output.write(from)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[test]
fn names_that_a_certificate_must_have_are_looked_for() {
    let line = "-verify 1 -CAfile root.pem -verify_hostname nobody.example";
    let mut pair = established(line, &Setup { certificate: Some("client"), ..Setup::default() });
    assert_eq!(pair.verification(), [(0, false, 62, true), (1, true, 62, true), (0, true, 62, true)]);
    let info = pair.server.info(Detail::Brief);
    assert_eq!((info.verify_result, info.verified_name), ((62, "hostname mismatch".into()), None));
}

#[test]
fn whatever_comes_instead_of_a_hello_ends_in_a_failure() {
    let context = plan::context(&Engine, "");
    let hello = Setup::default().connect();
    let mut pair = Pair::of(&*context, hello);
    let hello = pair.take_client_output();
    for at in 0..hello.len() {
        for change in [0x01, 0x80, 0xff] {
            let mut broken = hello.clone();
            broken[at] ^= change;
            let mut server = Server::new(context.session(Start::default()).unwrap());
            server.hear(&broken);
            server.hear_end(s_server_core::io::WireEnd::Closed);
            let step = server.accept();
            assert!(matches!(step, Step::Failed(_)), "{at} {change}: {step:?}");
            server.shutdown();
        }
    }
}

/// Under TLS 1.2 the client's certificate comes in the clear, so each byte of it can be anything.
#[test]
fn whatever_comes_instead_of_a_certificate_is_judged_or_refused() {
    let context = plan::context(&Engine, "-verify 1 -CAfile root.pem -nameopt RFC2253");
    let client = Setup { certificate: Some("client"), ..Setup::only(ONLY_12) }.client();
    let (mut at, mut failures) = (0, 0);
    loop {
        let mut pair = Pair::of(&*context, client.connect());
        pair.carry_to_server();
        pair.server.accept();
        pair.carry_to_client();
        let mut flight = pair.take_client_output();
        let Some(byte) = flight.get_mut(at) else { break };
        *byte ^= [0x01, 0x20, 0x80, 0xff][at % 4];
        pair.server.hear(&flight);
        pair.server.hear_end(s_server_core::io::WireEnd::Closed);
        failures += usize::from(matches!(pair.server.accept(), Step::Failed(_)));
        for detail in [Detail::Report, Detail::Brief, Detail::Page] {
            pair.server.info(detail);
        }
        at += 1;
    }
    // Versions of records up to TLS 1.2 are not looked at twice.
    assert!(at > 700 && failures + 8 >= at, "{failures} of {at}");
}
