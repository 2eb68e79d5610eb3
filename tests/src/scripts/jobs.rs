//! Scripts of `-async` with an engine that interrupts calls. Engines are of the library that the system build links.

use crate::launch::asynchronous;
use crate::launch::program::Program;
use crate::scripts::script::Script;

/// All of them, named `async-…`; none where the linked release has no engines.
pub fn all() -> Vec<Script> {
    if !Program::goldens_apply() {
        return Vec::new();
    }
    let engines = asynchronous::engines().to_string_lossy();
    let script = |(name, server, steps): &(&str, &str, &str)| Script {
        environment: vec![("OPENSSL_ENGINES".to_owned(), engines.clone().into_owned())],
        ..Script::new(&format!("async-{name}"), &format!("-accept 4433 -naccept 1 -engine dasync {server}"), steps)
    };
    SCRIPTS.iter().map(script).collect()
}

/// Both sides talk.
const TALK: &str = "start the server
    start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -no_ign_eof
    client A standard input <- b'from client\\n'
    server standard input <- b'from server\\n'
    client A standard input <- b'more\\n'
    client A standard input: end of file";

/// Name, options of the server, steps. The engine computes RSA and SHA-1, and enciphers with AES-128-CBC.
const SCRIPTS: &[(&str, &str, &str)] = &[
    ("reads-and-writes", "-async -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA -cert ec.pem -key ec.key", TALK),
    ("handshake", "-async -tls1_2 -cipher AES128-SHA -cert rsa.pem -key rsa.key", TALK),
    ("nothing-to-wait-for", "-async -tls1_3 -cert ec.pem -key ec.key", TALK),
    ("without", "-tls1_2 -cipher ECDHE-ECDSA-AES128-SHA -cert ec.pem -key ec.key", TALK),
    ("quiet", "-async -quiet -tls1_2 -cipher ECDHE-ECDSA-AES128-SHA -cert ec.pem -key ec.key", TALK),
    (
        "pipelines",
        "-async -tls1_2 -cipher AES128-SHA -cert rsa.pem -key rsa.key -max_pipelines 4 -split_send_frag 8",
        TALK,
    ),
];
