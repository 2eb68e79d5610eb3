//! The recordings in `recordings/`: which there are, and how each is made.
//!
//! A recording of ours agrees with ours, whatever ours does. So each is of a script that was played to the original as
//! well, and is kept only if both left the same lines. `cargo run -p conformance --no-default-features --bin record`
//! makes them anew.

use std::path::PathBuf;

use s_server_core::record::render;

use crate::compare::compare;
use crate::compare::differences::{self, Difference};
use crate::compare::{retries, shared_ciphers, traces};
use crate::launch::program::Program;
use crate::play::replay::{replay, replay_until};
use crate::scripts::sample::Sample;
use crate::scripts::script::Script;
use crate::scripts::srp;
use crate::{Streams, tests_folder};

/// Transcripts of the original whose scripts are recorded.
pub const TRANSCRIPTS: &[&str] = &[
    // The run ends before it listens, or because it cannot.
    "016-bad-cipher",
    "028-port-in-use",
    // Handshakes and resumption.
    "100-tls13-rsa",
    "102-tls12-ec-chain",
    "111-two-connections",
    "112-tls13-resumed",
    "113-tls12-resumed-ticket",
    "114-tls12-resumed-id",
    "115-ext-cache",
    // Client certificates.
    "200-verify-ok",
    "203-verify-return-error",
    "206-Verify-none-given-tls12",
    "209-verify-revoked",
    // Texts.
    "300-brief",
    "304-state-tls12",
    "308-debug",
    "309-tlsextdebug",
    "311-trace-tls12",
    "313-keymatexport",
    "323-prefix-variable",
    // Extensions.
    "400-alpn",
    "403-servername-match",
    "405-servername-mismatch-tls12",
    // Datagrams.
    "331-trace-dtls",
    "411-use-srtp-dtls",
    "471-early-data-replay",
    "491-dtls-listen",
    "492-dtls-mtu-small",
    "494-dtls-state",
    // Failures.
    "500-no-shared-cipher",
    "501-version-mismatch",
    "502-plain-http",
    "503-connect-close",
    "504-client-vanishes",
    // Connected commands, and the end of input.
    "600-q",
    "601-Q",
    "603-eof",
    "604-r-tls12",
    "605-R-tls12",
    "607-k",
    "608-K",
    "610-c",
    "612-P",
    "613-S",
    "615-quiet-letters",
    "616-crlf",
    // The other modes.
    "700-www",
    "703-www-renegcert",
    "706-www-resumed",
    "721-HTTP",
    "730-rev",
];

/// Other scripts that are played to both: name, command line, steps.
const COMPARED: &[(&str, &str, &str)] = &[
    (
        "tls1_2-WWW-paths",
        "-accept 4433 -tls1_2 -WWW -naccept 3",
        "start the server
        client C: TLS client connects and sends b'GET /page.txt HTTP/1.0\\r\\n\\r\\n', then reads to the end
        client D: TLS client connects and sends b'GET /sub HTTP/1.0\\r\\n\\r\\n', then reads to the end
        client E: TLS client connects and sends b'GET /sub/a.txt HTTP/1.0\\r\\n\\r\\n', then reads to the end",
    ),
    (
        "tls1_3-verify-then-key-updates",
        "-accept 4433 -tls1_3 -naccept 1 -Verify 2 -CAfile root.pem",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -cert client.pem -key client.key
        client A standard input <- b'from the client\\n'
        server standard input <- b'K\\n'
        server standard input <- b'from the operator\\n'
        server standard input <- b'S\\n'
        client A standard input <- b'more\\n'
        client A gets SIGTERM",
    ),
];

/// Scripts of what the original does not do: name, command line, steps.
const OURS_ALONE: &[(&str, &str, &str)] = &[
    (
        "dtls-echo-two-clients",
        "-accept 4433 -dtls -echo -naccept 2",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -dtls -quiet -no_ign_eof
        start client B: openssl s_client -connect 127.0.0.1:4433 -dtls -quiet -no_ign_eof
        client B standard input <- b'two\\n'
        client A standard input <- b'one\\n'
        client B standard input: end of file
        client A standard input <- b'one again\\n'
        client A standard input: end of file",
    ),
    (
        "echo-two-clients",
        "-accept 4433 -echo -naccept 2",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -no_ign_eof
        start client B: openssl s_client -connect 127.0.0.1:4433 -quiet -no_ign_eof -tls1_2
        client B standard input <- b'two\\n'
        client A standard input <- b'one\\n'
        client B standard input: end of file
        client A standard input <- b'one again\\n'
        client A standard input: end of file",
    ),
    (
        "www-two-clients",
        "-accept 4433 -www -naccept 2",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet
        start client B: openssl s_client -connect 127.0.0.1:4433 -quiet -tls1_2
        client B standard input <- b'GET /b HTTP/1.0\\n'
        client A standard input <- b'GET /a HTTP/1.0\\n'",
    ),
];

/// Scripts of `scripts::srp`.
const LOGINS: &[&str] = &["srp-login-state", "srp-unknown-user-seed"];

/// Scripts beside the transcripts that are played to the original as well.
pub fn compared() -> Vec<Script> {
    COMPARED.iter().map(|(name, command, steps)| Script::new(name, command, steps)).collect()
}

/// All names, in order.
pub fn names() -> impl Iterator<Item = &'static str> {
    let others = COMPARED.iter().chain(OURS_ALONE).map(|(name, ..)| *name);
    TRANSCRIPTS.iter().chain(LOGINS).copied().chain(others)
}

/// The file of a recording, or with `txt` that of its rendering.
pub fn path(name: &str, extension: &str) -> PathBuf {
    tests_folder().join("recordings").join(name).with_extension(extension)
}

/// Where a run is recorded to, in its folder.
const PLACE: &str = "tmp/r.rec";

/// Plays a script to the original and, recorded, to ours; compares, and writes recording and rendering.
pub fn make(name: &str) -> Result<usize, String> {
    let differences = differences::load()?;
    let script = match COMPARED.iter().chain(OURS_ALONE).find(|(other, ..)| *other == name) {
        Some((name, command, steps)) => Script::new(name, command, steps),
        None if LOGINS.contains(&name) => {
            srp::all().into_iter().find(|script| script.name == name).ok_or("it needs the distribution's release")?
        }
        None => Sample::load(name)?.script,
    };
    let (recording, streams) = recorded(&script)?;
    if OURS_ALONE.iter().all(|(ours, ..)| *ours != name) {
        let differences = differences::of(name, "3.0", &differences);
        replay_until(&script, &Program::reference(), |golden| same(&script, golden, &streams, &differences))?;
    }
    std::fs::create_dir_all(tests_folder().join("recordings")).map_err(|e| e.to_string())?;
    std::fs::write(path(name, "rec"), &recording).map_err(|e| e.to_string())?;
    if name == IN_A_CRATE.0 {
        std::fs::write(in_a_crate(), &recording).map_err(|e| e.to_string())?;
    }
    std::fs::write(path(name, "txt"), render::text(&recording).0).map_err(|e| e.to_string())?;
    Ok(recording.len())
}

/// The recording that a crate shows its users, and where.
const IN_A_CRATE: (&str, &str) = ("100-tls13-rsa", "core/testing/testdata/talk.rec");

/// The path of the recording that a crate shows its users: a copy, so that the crate is whole without this folder.
pub fn in_a_crate() -> PathBuf {
    tests_folder().with_file_name(IN_A_CRATE.1)
}

/// Plays a script to ours with `-record`: the recording, and what else the run left behind.
fn recorded(script: &Script) -> Result<(Vec<u8>, Streams), String> {
    let mut script = script.clone();
    script.arguments.extend(["-record".to_owned(), PLACE.to_owned()]);
    script.files.push(PLACE.to_owned());
    let mut streams = replay(&script, &Program::ours())?;
    let recording = streams.remove(&format!("file {PLACE}")).ok_or("nothing was recorded")?;
    // The page shows the command line.
    let words = format!(" -record {PLACE}");
    let without = regex::bytes::Regex::new(&words).map_err(|e| e.to_string())?;
    streams.values_mut().for_each(|bytes| *bytes = without.replace_all(bytes, &b""[..]).into_owned());
    Ok((recording, streams))
}

/// Whether the original and ours left the same lines.
pub fn same(script: &Script, golden: &Streams, seen: &Streams, differences: &[Difference]) -> Result<(), String> {
    let golden = &shared_ciphers::mended(golden, script);
    let seen = &traces::without_explanations(script, seen);
    if retries::vary(script) {
        compare(&retries::without(golden), &retries::without(seen), differences)
    } else {
        compare(golden, seen, differences)
    }
}
