//! Scripts about options that came after 3.0. The clients are the reference's program too: the distribution's knows
//! neither raw public keys nor Encrypted Client Hello.

use crate::scripts::script::Script;
use crate::tests_folder;

/// All of them: `newer-NAME`, and starts that fail.
pub fn all() -> Vec<Script> {
    let mut scripts = raw_keys();
    scripts.extend(encrypted_hellos());
    scripts.extend(compression());
    scripts.push(resumption());
    scripts.push(talk("no_ems", "-no_ems -tls1_2", ""));
    scripts.push(talk("tfo", "-tfo", ""));
    scripts.push(talk("status_all", STATUS_OF_ALL, "-status"));
    scripts.push(talk("status_all-tls1_2", STATUS_OF_ALL, "-status -tls1_2"));
    scripts.push(talk("status_file-of-two", "-status_verbose -status_file ocsp.der -status_file ocsp.der", "-status"));
    scripts.push(talk("status_file-among-two", STATUS_OF_CHAIN, "-status"));
    scripts.extend(FAILING.iter().map(|command| {
        Script::new(&format!("start {command}"), command, "start the server with standard input from /dev/null")
    }));
    scripts.iter_mut().for_each(|script| script.newer_clients = true);
    scripts
}

const STATUS_OF_ALL: &str =
    "-status_all -status_verbose -cert ec.pem -key ec.key -cert_chain inter.pem -CAfile root.pem";
const STATUS_OF_CHAIN: &str = "-status_all -status_verbose -cert_chain root.pem -status_file ocsp.der";

/// A connection of which both sides tell everything.
fn talk(name: &str, server: &str, client: &str) -> Script {
    let steps = format!(
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 {client}
        client A standard input: end of file"
    );
    Script::new(&format!("newer-{name}"), &format!("-accept 4433 -naccept 1 {server}"), &steps)
}

/// Of records (RFC 3749), which wants security level 0 or 1, and of certificates (RFC 8879).
fn compression() -> Vec<Script> {
    const LEVEL: &str = "-cipher ECDHE-RSA-AES128-SHA:@SECLEVEL=0";
    const CERTIFICATE: &str = "-cert clientrsa.pem -key clientrsa.key";
    // Name, options of the server, of the client.
    const OPTIONS: &[(&str, &str, &str)] = &[
        ("no_comp-by-level", "-comp -tls1_2", "-tls1_2 -comp"),
        ("cert_comp", "-cert_comp -trace", ""),
        ("cert_comp-by-request", "-cert_comp -trace", "-no_rx_cert_comp"),
        ("cert_comp-quiet", "-quiet -cert_comp", ""),
        ("cert_comp-nothing", "-nocert -cert_comp -tls1_2 -cipher ALL:@SECLEVEL=0", "-cipher ALL:@SECLEVEL=0"),
        (
            "cert_comp-two",
            "-cert_comp -trace -dcert clientrsa.pem -dkey clientrsa.key -cert ed25519.pem -key ed25519.key",
            "",
        ),
        ("cert_comp-raw-key", "-cert_comp -enable_server_rpk -trace", "-enable_server_rpk"),
        ("cert_comp-tls1_2", "-cert_comp -trace -tls1_2", ""),
        ("no_tx_cert_comp", "-cert_comp -no_tx_cert_comp -trace", ""),
        ("rx_cert_comp", "-Verify 1 -CAfile root.pem -trace", CERTIFICATE),
        ("rx_cert_comp-rev", "-rev -Verify 1 -CAfile root.pem -trace", CERTIFICATE),
        ("no_rx_cert_comp", "-no_rx_cert_comp -Verify 1 -CAfile root.pem -trace", CERTIFICATE),
    ];
    let records = ["comp", "no_comp"].map(|name| {
        let server = format!("-tls1_2 -comp -{name} -state {LEVEL}");
        talk(name, &server, &format!("-tls1_2 -comp {LEVEL}"))
    });
    let certificates = OPTIONS.iter().map(|(name, server, client)| talk(name, server, client));
    records.into_iter().chain(certificates).collect()
}

fn raw_keys() -> Vec<Script> {
    const BOTH: &str = "-enable_server_rpk -enable_client_rpk -cert client.pem -key client.key";
    const CERTIFICATE: &str = "-cert client.pem -key client.key";
    // Name, options of the server, of the client.
    const OPTIONS: &[(&str, &str, &str)] = &[
        ("enable_server_rpk", "-enable_server_rpk", BOTH),
        ("enable_server_rpk-not-offered", "-enable_server_rpk", ""),
        ("enable_client_rpk", "-verify 1 -enable_client_rpk", BOTH),
        ("enable_client_rpk-not-asked-for", "-enable_client_rpk", BOTH),
        ("expected-rpks", "-verify 1 -expected-rpks client.pub", BOTH),
        ("expected-rpks-brief", "-brief -verify 1 -expected-rpks client.pub", BOTH),
        ("expected-rpks-other", "-verify 1 -expected-rpks ec.pem", BOTH),
        ("expected-rpks-other-brief", "-brief -verify 1 -expected-rpks ec.pem", BOTH),
        ("expected-rpks-other-fatal", "-verify 1 -expected-rpks ec.pem -verify_return_error", BOTH),
        ("expected-rpks-two-files", "-verify 1 -expected-rpks ec.pem -expected-rpks client.pub", BOTH),
        ("expected-rpks-quiet", "-verify 1 -verify_quiet -expected-rpks client.pub", BOTH),
        ("expected-rpks-certificate", "-brief -verify 1 -expected-rpks client.pub", CERTIFICATE),
        ("expected-rpks-other-certificate", "-verify 1 -CAfile root.pem -expected-rpks ec.pem", CERTIFICATE),
        ("expected-rpks-none-sent", "-Verify 1 -expected-rpks client.pub", ""),
    ];
    let mut scripts = Vec::new();
    for version in ["tls1_2", "tls1_3"] {
        for (name, server, client) in OPTIONS {
            scripts.push(talk(&format!("{version}-{name}"), server, &format!("-{version} {client}")));
        }
    }
    scripts
}

fn encrypted_hellos() -> Vec<Script> {
    // Name, options of the server, of the client; the file with its key.
    const OPTIONS: &[(&str, &str, &str, &str)] = &[
        ("ech_key", NAMED, "-servername ec.example", "ech.pem"),
        ("ech_key-quiet", "-quiet -ech_key ech.pem", "-servername ec.example", "ech.pem"),
        ("ech_key-other-name", NAMED, "-servername other.example", "ech.pem"),
        ("ech_key-fatal", FATAL, "-servername other.example", "ech.pem"),
        ("ech_key-no-name", NAMED, "-noservername", "ech.pem"),
        ("ech_key-retry", NAMED, "-servername ec.example", "ech-other.pem"),
        ("ech_key-random-id", NAMED, "-servername ec.example -ech_ignore_cid", "ech.pem"),
        ("ech_trialdecrypt", TRIED, "-servername ec.example -ech_ignore_cid", "ech.pem"),
        ("ech_dir", "-ech_dir ech", "-servername ec.example", "ech/one.pem"),
        ("ech_dir-retry", "-ech_dir ech", "-servername ec.example", "ech-other.pem"),
        ("ech_noretry_dir", "-ech_noretry_dir ech", "-servername ec.example", "ech/one.pem"),
        ("ech_noretry_dir-no-retry", "-ech_noretry_dir ech", "-servername ec.example", "ech-other.pem"),
        ("ech_key-hello-retry", RETRIED, "-servername ec.example", "ech.pem"),
    ];
    const NAMED: &str = "-ech_key ech.pem -servername ec.example -cert2 ec.pem -key2 ec.key";
    const FATAL: &str = "-ech_key ech.pem -servername ec.example -servername_fatal -cert2 ec.pem -key2 ec.key";
    const TRIED: &str = "-ech_key ech.pem -ech_trialdecrypt -servername ec.example -cert2 ec.pem -key2 ec.key";
    const RETRIED: &str = "-groups P-521 -ech_key ech.pem -servername ec.example -cert2 ec.pem -key2 ec.key";
    let mut scripts: Vec<Script> = OPTIONS
        .iter()
        .map(|(name, server, client, file)| {
            talk(name, server, &format!("{client} -ech_config_list {}", configuration(file)))
        })
        .collect();
    scripts.push(talk("ech_key-grease", NAMED, "-servername ec.example -ech_grease"));
    scripts.push(talk("ech_key-not-tried", NAMED, "-servername ec.example"));
    scripts.push(talk("ech_key-tls1_2", NAMED, "-servername ec.example -tls1_2"));
    scripts
}

/// What a client encrypts with, as the option of the client takes it.
fn configuration(file: &str) -> String {
    let path = tests_folder().join("pki").join(file);
    let pem = std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
    let lines = pem.lines().skip_while(|line| *line != "-----BEGIN ECHCONFIG-----").skip(1);
    lines.take_while(|line| !line.starts_with('-')).collect()
}

/// Without a fresh key exchange, because the server prefers that.
fn resumption() -> Script {
    Script::new(
        "newer-prefer_no_dhe_kex",
        "-accept 4433 -naccept 2 -brief -allow_no_dhe_kex -prefer_no_dhe_kex",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -no_ign_eof -sess_out tmp/s.pem
        client A standard input: end of file
        start client B: openssl s_client -connect 127.0.0.1:4433 -brief -allow_no_dhe_kex -sess_in tmp/s.pem
        client B standard input: end of file",
    )
}

/// Command lines that end before the server listens.
const FAILING: &[&str] = &[
    "-ech_key nosuch.pem",
    "-ech_key page.txt",
    "-ech_key ech-cut.pem",
    "-ech_key client.key",
    "-ech_key sub",
    "-ech_key nosuch.pem -id_prefix p -keylogfile sub",
    "-ech_key ech.pem -ech_dir nosuch",
    "-ech_dir page.txt",
    "-ech_dir ech -ech_noretry_dir nosuch",
    "-provparam x -foo",
    "-provparam default:=x",
    "-provparam nosuch:a=b -foo",
    "-provparam base:a=b -provider base",
    "-provider base -provparam base:a=b -provparam a=b -foo",
];
