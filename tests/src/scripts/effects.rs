//! Scripts that observe the effect of one option, where no other script depends on it: see `proofs.toml`.

use crate::scripts::script::Script;

/// All of them, named `proof-OPTION`, or `proof-default-…` where the option is left out.
pub fn all() -> Vec<Script> {
    let mut scripts: Vec<Script> = TALKS.iter().map(|(name, server, client)| talk(name, server, client)).collect();
    for (name, [variable, value], server, client) in DEFAULTS {
        let mut script = talk(name, server, client);
        script.environment = vec![((*variable).to_owned(), (*value).to_owned())];
        scripts.push(script);
    }
    scripts.extend(STEPS.iter().map(|(name, server, steps)| {
        Script::new(&format!("proof-{name}"), &format!("-accept 4433 -naccept 1 {server}"), steps)
    }));
    scripts.push(Script::new(
        "proof-allow_no_dhe_kex",
        "-accept 4433 -naccept 2 -allow_no_dhe_kex -groups P-521",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -no_ign_eof -sess_out tmp/s.pem
        client A standard input: end of file
        start client B: openssl s_client -connect 127.0.0.1:4433 -brief -allow_no_dhe_kex -groups P-384 -sess_in tmp/s.pem
        client B standard input: end of file",
    ));
    scripts.extend(["-msg -quiet", "-msg -debug", "-trace -rev", ""].iter().map(|server| with_message_file(server)));
    scripts.push(Script {
        files: vec!["page.txt".to_owned()],
        ..Script::new(
            "proof-msgfile-is-emptied",
            "-msgfile page.txt -foo",
            "start the server with standard input from /dev/null",
        )
    });
    scripts.extend(FAILING.iter().map(|command| {
        Script::new(&format!("start {command}"), command, "start the server with standard input from /dev/null")
    }));
    scripts
}

/// A connection of which both sides tell.
fn talk(name: &str, server: &str, client: &str) -> Script {
    let address = if name == "6" { "[::1]:4433" } else { "127.0.0.1:4433" };
    let steps = format!(
        "start the server
        start client A: openssl s_client -connect {address} -brief {client}
        client A standard input <- b'from client\\n'
        client A standard input: end of file"
    );
    Script::new(&format!("proof-{name}"), &format!("-accept 4433 -naccept 1 {server}"), &steps)
}

/// A connection whose messages, if they are shown, go to a file.
fn with_message_file(server: &str) -> Script {
    let name = format!("msgfile{}", server.replace(' ', ""));
    let command = format!("-accept 4433 -naccept 1 -tls1_3 {server} -msgfile tmp/m");
    let mut script = Script::new(
        &format!("proof-{name}"),
        &command,
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        client A standard input: end of file",
    );
    script.files.push("tmp/m".to_owned());
    script
}

const CLIENT: &str = "-cert client.pem -key client.key";

/// Name, options of the server, of the client.
const TALKS: &[(&str, &str, &str)] = &[
    ("6", "-4 -6", ""),
    ("CApath", "-verify 5 -CApath verify/hashed", CLIENT),
    ("verifyCApath", "-verify 5 -verifyCApath verify/hashed", CLIENT),
    ("chainCApath", "-cert ec.pem -key ec.key -chainCApath verify/hashed -build_chain", "-CAfile root.pem"),
    ("tls1", "-tls1 -cipher DEFAULT:@SECLEVEL=0", "-cipher DEFAULT:@SECLEVEL=0"),
    ("tls1_1", "-tls1_1 -cipher DEFAULT:@SECLEVEL=0", "-cipher DEFAULT:@SECLEVEL=0"),
    ("tls1_2", "-tls1_2", ""),
    ("tls1_3", "-tls1_3", "-tls1_2"),
    ("no_tls1", "-no_tls1 -cipher DEFAULT:@SECLEVEL=0", "-tls1 -cipher DEFAULT:@SECLEVEL=0"),
    ("no_tls1_1", "-no_tls1_1 -cipher DEFAULT:@SECLEVEL=0", "-tls1_1 -cipher DEFAULT:@SECLEVEL=0"),
    ("no_tls1_2", "-no_tls1_2", "-tls1_2"),
    ("curves", "-curves P-384", "-curves P-256:P-384"),
    ("serverpref", "-serverpref -cipher AES256-SHA:AES128-SHA", "-tls1_2 -cipher AES128-SHA:AES256-SHA"),
    (
        "prioritize_chacha",
        "-serverpref -prioritize_chacha -cipher ECDHE-RSA-AES256-GCM-SHA384:ECDHE-RSA-CHACHA20-POLY1305",
        "-tls1_2 -cipher ECDHE-RSA-CHACHA20-POLY1305:ECDHE-RSA-AES256-GCM-SHA384",
    ),
    ("strict", "-strict -cipher AES128-SHA", "-tls1_2 -cipher AES128-SHA -sigalgs RSA+SHA512"),
];

/// Name, default place of trusted certificates, options of the server, of the client.
const DEFAULTS: &[(&str, [&str; 2], &str, &str)] = &[
    ("no-CAfile", ["SSL_CERT_FILE", "root.pem"], "-verify 5 -no-CAfile", CLIENT),
    ("no-CApath", ["SSL_CERT_DIR", "verify/hashed"], "-verify 5 -no-CApath -no-CAstore", CLIENT),
    ("default-file", ["SSL_CERT_FILE", "root.pem"], "-verify 5 -verify_return_error", CLIENT),
    ("default-path", ["SSL_CERT_DIR", "verify/hashed"], "-verify 5 -verify_return_error", CLIENT),
    ("default-chain", ["SSL_CERT_FILE", "inter.pem"], "-cert ec.pem -key ec.key", "-CAfile root.pem"),
    ("default-build", ["SSL_CERT_FILE", "inter.pem"], "-cert ec.pem -key ec.key -build_chain", "-CAfile root.pem"),
];

/// Name, options of the server, steps.
const STEPS: &[(&str, &str, &str)] = &[
    (
        "no_ign_eof",
        "-ign_eof -no_ign_eof",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -ignore_unexpected_eof
        server standard input: end of file",
    ),
    (
        "msg-renegotiation",
        "-msg -cipher AES128-SHA",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -tls1_2 -brief
        server standard input <- b'r\\n'
        client A standard input: end of file",
    ),
    (
        "msg-key-update",
        "-msg",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        server standard input <- b'K\\n'
        client A standard input: end of file",
    ),
    (
        "debug-msg-state-tls1_2",
        "-debug -msg -state -tls1_2",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        server standard input <- b'r\\n'
        server standard input <- b'from server\\n'
        client A standard input: end of file",
    ),
    (
        "debug-msg-state-tls1_3",
        "-debug -msg -state -tls1_3",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        server standard input <- b'k\\n'
        server standard input <- b'from server\\n'
        client A standard input: end of file",
    ),
    (
        "trace-tls1_2",
        "-trace -Verify 1 -CAfile root.pem -tls1_2 -cipher DHE+AES",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief -cert clientrsa.pem -key clientrsa.key
        server standard input <- b'r\\n'
        client A standard input: end of file",
    ),
    (
        "trace-tls1_3",
        "-trace -msg -trace -debug -state -tls1_3 -groups P-384",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief -alpn h2 -servername a.example
        server standard input <- b'K\\n'
        client A standard input: end of file",
    ),
    (
        "debug-quiet",
        "-debug -quiet -alpn h2 -servername a.example -cert2 rsa.pem -key2 rsa.key",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief -alpn h2 -servername b.example
        server standard input <- b'q\\n'
        client A standard input: end of file",
    ),
    (
        "debug-brief",
        "-debug -brief -Verify 1",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief -cert clientrsa.pem -key clientrsa.key
        client A standard input: end of file",
    ),
    (
        "debug-rev",
        "-debug -rev",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        client A standard input <- b'from client\\n'
        client A standard input: end of file",
    ),
    (
        "debug-nbio",
        "-debug -nbio -tls1_3",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        client A standard input: end of file",
    ),
    (
        "debug-clear-text",
        "-debug -tls1_2",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet
        server standard input <- b'P\\n'",
    ),
    (
        "debug-half-record",
        "-debug",
        "start the server
        client A: plain TCP client connects, sends b'\\x16\\x03\\x01\\x01\\x00\\x01', shuts down its sending side, reads to the end",
    ),
    (
        "security_debug_verbose-terminal",
        "-security_debug_verbose -tls1_2",
        "start the server on a pseudo-terminal
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        client A standard input: end of file",
    ),
    (
        "security_debug_verbose-brief",
        "-security_debug_verbose -tls1_2 -brief",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        client A standard input: end of file",
    ),
    (
        "security_debug_verbose-rev",
        "-security_debug_verbose -tls1_2 -rev",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        client A standard input: end of file",
    ),
    (
        "servername-statistics",
        "-tls1_2 -cert2 ec.pem -key2 ec.key -servername ec.example",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -servername ec.example
        server standard input <- b'S\\n'
        client A gets SIGTERM",
    ),
    (
        "writerand",
        "-writerand tmp/seed",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief
        client A standard input: end of file
        tmp/seed exists afterwards",
    ),
];

/// Command lines that end before the server listens.
const FAILING: &[&str] = &["-no_ssl3 -tls1_2", "-msgfile nosuch/file", "-msgfile sub", "-msgfile ''"];
