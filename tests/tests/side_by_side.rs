//! The same script played to the original and to ours, of one release, must leave the same lines.
//!
//! Without `S_SERVER_REFERENCE` the original is the distribution's `openssl`, which the system build links. With it,
//! the named program is of the release that ours links, and the scripts of all transcripts in scope are played as well;
//! with `none` there is nothing to compare.

use conformance::compare::differences::{self, Difference};
use conformance::documents::proofs::{Linked, Proofs};
use conformance::launch::program::Program;
use conformance::play::recordings;
use conformance::play::recordings::same;
use conformance::play::replay::{replay, replay_until};
use conformance::play::trials::arguments;
use conformance::scripts::sample::Sample;
use conformance::scripts::scope::{self, SAMPLES};
use conformance::scripts::script::Script;
use conformance::scripts::{datagrams, early, effects, jobs, newer, sessions, srp, stapling};
use libtest_mimic::{Failed, Trial};

fn main() {
    let differences = differences::load().expect("differences.toml can be read");
    let mut scripts = connected();
    scripts.extend(connections());
    scripts.extend(pages());
    scripts.extend(failing_starts());
    scripts.extend(conformance::scripts::identities::scripts());
    scripts.extend(sessions::all());
    scripts.extend(effects::all());
    scripts.extend(datagrams::all());
    scripts.extend(early::all());
    scripts.extend(jobs::all());
    scripts.extend(srp::all());
    scripts.extend(stapling::all());
    scripts.extend(recordings::compared());
    let newer = newer::all();
    let named: Vec<&Script> = scripts.iter().chain(&newer).collect();
    let names = names_only_scripts(&named, &differences);
    let proofs = proofs_are_scripts(&named);
    if !Program::goldens_apply() {
        scripts.extend(newer);
        scripts.extend(SAMPLES.iter().map(|name| Sample::load(name).expect("a transcript can be read").script));
        // Nothing can be preloaded into a program with a library of its own.
        scripts.retain(|script| !scope::only_in_3_0(&script.name) && script.preloaded.is_none());
    }
    if !Program::has_reference() {
        scripts.clear();
    }
    let mut trials: Vec<Trial> = scripts.into_iter().map(|script| trial(script, &differences)).collect();
    trials.push(Trial::test("every_entry_names_a_script", move || names.map_err(Failed::from)));
    trials.push(Trial::test("every_proof_names_a_script", move || proofs.map_err(Failed::from)));
    libtest_mimic::run(&arguments(), trials).exit();
}

/// An entry for a script that does not exist would never be found to be stale.
fn names_only_scripts(scripts: &[&Script], differences: &[Difference]) -> Result<(), String> {
    let exists = |name: &str| SAMPLES.contains(&name) || scripts.iter().any(|script| script.name == name);
    let unknown = differences.iter().flat_map(|entry| &entry.samples).find(|name| !exists(name));
    unknown.map_or(Ok(()), |name| Err(format!("differences.toml: there is no script {name}")))
}

/// Those of `proofs.toml` that name this file. The scripts of the system build's proofs are not all played in the other.
fn proofs_are_scripts(scripts: &[&Script]) -> Result<(), String> {
    let exists = |name: &str| scripts.iter().any(|script| script.name == name);
    let proofs = Proofs::load()?;
    let mut tests = proofs.tests(Linked::Bundled);
    if Program::goldens_apply() {
        tests.extend(proofs.tests(Linked::System));
    }
    let unknown = tests.iter().find(|(_, test)| test.binary == "side_by_side" && !exists(&test.name));
    unknown.map_or(Ok(()), |(row, test)| Err(format!("proofs.toml: -{row}: there is no script {}", test.name)))
}

fn trial(script: Script, differences: &[Difference]) -> Trial {
    let release = if Program::goldens_apply() { "3.0" } else { "4.0" };
    let differences = differences::of(&script.name, release, differences);
    Trial::test(script.name.clone(), move || both(&script, &differences))
}

fn both(script: &Script, differences: &[Difference]) -> Result<(), Failed> {
    let seen = replay(script, &Program::ours())?;
    Ok(replay_until(script, &Program::reference(), |golden| same(script, golden, &seen, differences))?)
}

/// A command, and both sides talk after it.
macro_rules! after {
    ($command:literal) => {
        concat!(
            "server standard input <- b'",
            $command,
            "\\n'
            server standard input <- b'after\\n'
            client A standard input <- b'client after\\n'
            client A gets SIGTERM"
        )
    };
}

/// Every connected command and every option that changes what input means, by TLS version, from a pipe and a terminal.
fn connected() -> Vec<Script> {
    let mut scripts = Vec::new();
    for version in ["tls1_2", "tls1_3"] {
        for (place, start) in [("pipe", "start the server"), ("pty", "start the server on a pseudo-terminal")] {
            for (name, server, client, talk) in TALKS {
                // A terminal ends by its own character, which one script is enough for.
                if place == "pty" && talk.contains("end of file") && *name != "eof" {
                    continue;
                }
                let talk = if place == "pty" { talk.replace(EOF, TERMINAL_EOF) } else { (*talk).to_owned() };
                let steps = format!(
                    "{start}\nstart client A: openssl s_client -connect 127.0.0.1:4433 -{version} -quiet {client}\n{talk}"
                );
                let command = format!("-accept 4433 -{version} -naccept 1 {server}");
                scripts.push(Script::new(&format!("{version}-{place}-{name}"), &command, &steps));
            }
        }
    }
    scripts
}

/// Name, options of the server, of the client, and the steps after the connection.
const TALKS: &[(&str, &str, &str, &str)] = &[
    ("q", "", "", "server standard input <- b'text\\n'\nserver standard input <- b'q\\n'"),
    ("Q", "", "", "server standard input <- b'text\\n'\nserver standard input <- b'Q\\n'"),
    ("Q-and-more", "", "", "server standard input <- b'Quit now\\n'"),
    ("r", "", "", after!("r")),
    ("R", "-no_resumption_on_reneg -CAfile root.pem", CERTIFICATE, after!("R")),
    ("R-resumed", "-CAfile root.pem", CERTIFICATE, after!("R")),
    ("P", "", "", "server standard input <- b'P\\n'"),
    ("S", "", "", "server standard input <- b'S\\n'\nclient A gets SIGTERM"),
    ("k", "", "", after!("k")),
    ("K", "", "", after!("K")),
    ("c", "-CAfile root.pem", PHA, after!("c")),
    ("c-not-offered", "", "", after!("c")),
    ("letters", "", "", LETTERS),
    ("quiet", "-quiet", "", LETTERS),
    ("quiet-eof", "-quiet", "", "server standard input <- b'text\\n'\nserver standard input: end of file"),
    ("brief", "-brief", "", LETTERS),
    ("crlf", "-crlf", "", "server standard input <- b'a\\nb\\n'\nserver standard input <- b'Q\\n'"),
    ("ign_eof", "-ign_eof", "", EOF),
    ("eof", "", "", EOF),
    ("state", "-state", "", after!("r")),
    ("nbio", "-nbio", "", TALK),
];

const CERTIFICATE: &str = "-cert client.pem -key client.key";
const PHA: &str = "-enable_pha -cert client.pem -key client.key";
const LETTERS: &str = "server standard input <- b' q\\n'
    server standard input <- b'rest\\n'
    server standard input <- b'cat\\n'
    server standard input <- b'R'
    server standard input <- b'\\n'
    client A standard input <- b'answer\\n'
    client A gets SIGTERM";
const TALK: &str = "server standard input <- b'text\\n'
    client A standard input <- b'answer\\n'
    server standard input <- b'Q\\n'";
const EOF: &str = "server standard input <- b'text\\n'
    server standard input: end of file
    client A standard input <- b'still there\\n'
    client A gets SIGTERM";
const TERMINAL_EOF: &str = "server standard input <- b'text\\n'
    server standard input <- b'\\x04'";

/// One conversation per option that changes the handshake or the report.
fn connections() -> Vec<Script> {
    let mut scripts = Vec::new();
    for version in ["tls1_2", "tls1_3"] {
        for (name, server, client) in OPTIONS {
            // A long report of the client would be cut in two by the data from the server, at a place that varies.
            let report = if client.contains("-showcerts") { "" } else { "-brief" };
            let steps = format!(
                "start the server
                start client A: openssl s_client -connect 127.0.0.1:4433 -{version} {report} {client}
                client A standard input <- b'from client\\n'
                server standard input <- b'from server\\n'
                client A standard input: end of file"
            );
            let command = format!("-accept 4433 -naccept 1 {server}");
            scripts.push(Script::new(&format!("{version}-option-{name}"), &command, &steps));
        }
    }
    scripts.push(Script::new(
        "pty-prompt",
        "-accept 4433 -cert rsa.pem -key rsa.enc.key -naccept 1",
        "start the server on a pseudo-terminal
        server standard input <- b'secret\\n'
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        client A standard input: end of file",
    ));
    scripts
}

/// Name, options of the server, of the client.
const OPTIONS: &[(&str, &str, &str)] = &[
    ("der", "-cert rsa.der -certform DER -key rsa.key.der -keyform DER", ""),
    ("der-guessed", "-cert rsa.der -key rsa.key.der", ""),
    ("encrypted-key", "-cert rsa.pem -key rsa.enc.key -pass pass:secret", ""),
    ("pkcs12", "-cert ec.p12 -certform P12 -pass pass:secret -no_dhe", ""),
    ("cert_chain", "-cert ec.pem -key ec.key -cert_chain inter.pem", "-showcerts"),
    ("build_chain", "-cert ec.pem -key ec.key -cert_chain inter.pem -CAfile root.pem -build_chain", "-showcerts"),
    ("cipher", "-cipher ECDHE-RSA-AES128-GCM-SHA256:AES256-SHA", ""),
    ("ciphersuites", "-ciphersuites TLS_AES_128_GCM_SHA256", ""),
    ("serverpref", "-serverpref -groups P-521:X448", ""),
    ("curves", "-curves P-384:P-256", "-curves P-256:P-384"),
    ("named_curve", "-named_curve P-384", ""),
    ("sigalgs", "-sigalgs RSA-PSS+SHA384:RSA+SHA384", ""),
    ("client_sigalgs", "-verify 2 -CAfile root.pem -client_sigalgs ECDSA+SHA256", CERTIFICATE),
    ("protocols", "-min_protocol TLSv1.2 -max_protocol TLSv1.2", ""),
    ("no_tls1_3", "-no_tls1_3", ""),
    ("num_tickets", "-num_tickets 4", ""),
    ("no_ticket", "-no_ticket", ""),
    ("no_cache", "-no_cache", ""),
    ("no_dhe", "-no_dhe", ""),
    ("nocert", "-nocert", ""),
    ("record_padding", "-record_padding 64", ""),
    ("bugs", "-bugs", ""),
    ("no_renegotiation", "-no_renegotiation", ""),
    ("client_renegotiation", "-client_renegotiation", ""),
    ("rand", "-rand page.txt -writerand tmp/seed", ""),
    ("verify", "-verify 2 -CAfile root.pem", CERTIFICATE),
    ("verify-untrusted", "-verify 2", CERTIFICATE),
    ("verify-return-error", "-verify 2 -verify_return_error", CERTIFICATE),
    ("verify-quiet", "-verify 2 -verify_quiet", CERTIFICATE),
    ("verify-none", "-Verify 2 -CAfile root.pem", ""),
    ("verify-nameopt", "-verify 2 -CAfile root.pem -nameopt RFC2253", CERTIFICATE),
    ("verify-brief", "-brief -verify 2 -CAfile root.pem", CERTIFICATE),
    ("CAstore", "-verify 2 -CAstore root.pem -no-CAfile -no-CApath", CERTIFICATE),
    ("no-CA", "-verify 2 -no-CAfile -no-CApath -no-CAstore", CERTIFICATE),
    ("state-verify", "-state -verify 2 -CAfile root.pem", CERTIFICATE),
    ("nbio_test", "-nbio_test", ""),
    ("equals", "--cipher=ALL --naccept=1", ""),
];

/// The status page.
fn pages() -> Vec<Script> {
    let get = |version: &str, path: &str| {
        let steps = format!(
            "start the server
            client A: TLS client connects and sends b'GET {path} HTTP/1.0\\r\\n\\r\\n', then reads to the end"
        );
        let name = format!("{version}-www{}", path.replace('/', "-"));
        Script::new(&name, &format!("-accept 4433 -{version} -www -naccept 1"), &steps)
    };
    let garbage = |name: &str, bytes: &str| {
        let steps = format!(
            "start the server
            client A: plain TCP client connects, sends b'{bytes}', shuts down its sending side, reads to the end"
        );
        Script::new(&format!("garbage-{name}"), "-accept 4433 -naccept 1", &steps)
    };
    vec![
        get("tls1_2", "/"),
        get("tls1_3", "/"),
        get("tls1_3", "/some/path"),
        garbage("text", "hello\\n"),
        garbage("zeros", "\\x00\\x00\\x00\\x00\\x00\\x00\\x00\\x00"),
        garbage("record", "\\x16\\x03\\x01\\x00\\x05\\x01\\x00\\x00\\x01\\x00"),
        garbage("long-record", "\\x16\\x03\\x01\\xff\\xff\\x01\\x00\\x00\\x01\\x00"),
        garbage("half-record", "\\x16\\x03\\x01\\x01\\x00\\x01"),
        garbage("connect", "CONNECT x:1 HTTP/1.0\\r\\n\\r\\n"),
        garbage("post", "POST / HTTP/1.0\\r\\n\\r\\n"),
    ]
}

/// Command lines that end before the server listens.
fn failing_starts() -> Vec<Script> {
    FAILING
        .iter()
        .map(|command| {
            let name = format!("start {command}");
            // Should one of them listen after all, then not on the default port.
            let command = format!("-accept 4433 {command}");
            Script::new(&name, &command, "start the server with standard input from /dev/null")
        })
        .collect()
}

const FAILING: &[&str] = &[
    "-help",
    "--help",
    "-help stray",
    "-quiet -help -foo",
    "-foo",
    "--foo",
    "-",
    "stray",
    "-accept",
    "-accept a:b:c",
    "-accept ::1:4433",
    "-accept [::1",
    "-accept [::1]x",
    "-port",
    "-port 12x",
    "-port a:b:c",
    "-accept=a:b:c",
    "-naccept",
    "-naccept 0",
    "-naccept -1",
    "-naccept x",
    "-naccept 1x",
    "-naccept 99999999999",
    "-naccept=",
    "-num_tickets x",
    "-num_tickets -1",
    "-verify",
    "-verify x",
    "-verify 3 -foo",
    "-quiet -verify 3 -foo",
    "-Verify 3 -quiet -foo",
    "-verify_depth x",
    "-www=yes",
    "-quiet=1",
    "-certform XYZ",
    "-certform P12",
    "-keyform XYZ",
    "-cert nosuch.pem",
    "-cert page.txt",
    "-cert rsa.pem",
    "-cert sub",
    "-cert rsa.pem -key nosuch.key",
    "-cert rsa.pem -key page.txt",
    "-cert rsa.pem -key ec.key",
    "-cert rsa.pem -key rsa.enc.key -pass pass:wrong",
    "-cert rsa.der -certform PEM -key rsa.key",
    "-cert rsa.pem -key rsa.key -certform DER",
    "-cert ec.p12 -pass pass:wrong",
    "-cert_chain nosuch.pem",
    "-cert_chain page.txt",
    "-pass bogus",
    "-pass se:x",
    "-pass file:nosuch",
    "-pass env:NO_SUCH_VARIABLE",
    "-pass fd:99",
    "-rand nosuch",
    "-cipher bogus",
    "-cipher ''",
    "-ciphersuites bogus",
    "-groups bogus",
    "-curves bogus",
    "-named_curve bogus",
    "-sigalgs bogus",
    "-client_sigalgs bogus",
    "-min_protocol bogus",
    "-max_protocol bogus",
    "-record_padding 99999",
    "-no_legacy_server_connect",
    "-legacy_server_connect",
    "-CApath nosuch",
    "-CApath page.txt",
    "-CAfile",
    "-nameopt bogus",
    "-tls1_2 -tls1_3",
    "-tls1_2 -dtls1_2",
    "-tls1_2 -no_tls1_3",
    "-no_tls1_3 -tls1_2",
    "-dtls -www",
    "-dtls -HTTP",
    "-listen",
    "-dtls -rev",
    "-dtls -stateless",
    "-dtls -unix tmp/s",
    "-use_srtp bogus",
    "-dtls -use_srtp SRTP_AES128_CM_SHA1_80:SRTP_AES128_CM_SHA1_80",
    "-dtls -use_srtp bogus -max_send_frag 1",
    "-dtls -use_srtp bogus -CAfile nosuch.pem",
    "-early_data -www",
    "-early_data -rev",
    "-sendfile",
    "-sendfile -www",
    "-nextprotoneg x -tls1_3",
    "-accept nosuch.invalid:4433",
    "-cert weak.pem -key weak.key",
];
