//! Scripts about what comes before a handshake of TLS 1.3: early data (RFC 8446 section 2.3) and cookies (section 4.2.2).

use crate::scripts::script::Script;

/// What becomes of it by options of both sides. On a terminal, where the original keeps text and data in order.
pub fn all() -> Vec<Script> {
    let mut scripts: Vec<Script> =
        RETURNS.iter().map(|(name, server, client, early)| returning(name, server, [client, early])).collect();
    scripts.extend(COOKIES.iter().map(|(name, server, client)| with_cookie(name, server, client)));
    scripts.extend(STARTS.iter().map(|(name, server, client)| alone(name, server, client)));
    scripts
}

/// Name, options of the server, of both clients, of the second.
const RETURNS: &[(&str, &str, &str, &str)] = &[
    ("taken", "", "", EARLY),
    ("quiet", "-quiet", "", EARLY),
    ("brief", "-brief", "", EARLY),
    ("state", "-state", "", EARLY),
    ("nbio", "-nbio", "", EARLY),
    ("none-sent", "", "", ""),
    ("too-much", "-recv_max_early_data 10", "", EARLY),
    ("more-than-a-record", "-max_early_data 40000 -recv_max_early_data 40000", "", "-early_data tmp/long"),
    ("more-than-the-limit-of-records", "-max_early_data 40000", "", "-early_data tmp/long"),
    ("not-announced", "-max_early_data 0", "", EARLY),
    ("no_anti_replay", "-no_anti_replay", "", EARLY),
    ("anti_replay", "-no_anti_replay -anti_replay", "", EARLY),
    ("no_ticket", "-no_ticket", "", EARLY),
    ("no_cache", "-no_cache", "", EARLY),
    ("ext_cache", "-ext_cache", "", EARLY),
    ("other-group", "-groups P-521", "", EARLY),
    ("other-name", "", "-servername a.example", "-early_data tmp/e -servername b.example"),
    ("other-protocol", "-alpn h2,h3", "-alpn h2", "-early_data tmp/e -alpn h3"),
    ("tls1_2", "", "-tls1_2", ""),
    ("verify", "-verify 2 -CAfile root.pem", "-cert client.pem -key client.key", EARLY),
];

const EARLY: &str = "-early_data tmp/e";

/// Two clients, the second with the session of the first, then a third with the session that was used already.
fn returning(name: &str, server: &str, [client, early]: [&str; 2]) -> Script {
    let client = format!("openssl s_client -connect 127.0.0.1:4433 {client}");
    let steps = format!(
        "start the server on a pseudo-terminal
        start client A: {client} -quiet -no_ign_eof -sess_out tmp/s.pem
        client A standard input <- b'one\\n'
        client A standard input: end of file
        start client B: {client} -brief -sess_in tmp/s.pem {early}
        client B standard input <- b'two\\n'
        client B standard input: end of file
        start client C: {client} -brief -sess_in tmp/s.pem {early}
        client C standard input <- b'three\\n'
        server standard input <- b'to C\\n'
        client C standard input: end of file"
    );
    Script::new(&format!("early-{name}"), &format!("-accept 4433 -early_data -naccept 3 {server}"), &steps)
}

/// Name, options of the server, of the only client.
const STARTS: &[(&str, &str, &str)] = &[(
    "psk_session",
    "-psk_session early-session.pem -ciphersuites TLS_AES_128_GCM_SHA256",
    "-psk_session early-session.pem -early_data tmp/e",
)];

fn alone(name: &str, server: &str, client: &str) -> Script {
    let steps = format!(
        "start the server on a pseudo-terminal
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief {client}
        client A standard input <- b'one\\n'
        client A standard input: end of file"
    );
    Script::new(&format!("early-{name}"), &format!("-accept 4433 -early_data -naccept 1 {server}"), &steps)
}

/// Name, options of the server, of the only client: the original asks no other one for a cookie.
const COOKIES: &[(&str, &str, &str)] = &[
    ("plain", "", ""),
    ("quiet", "-quiet", ""),
    ("brief", "-brief", ""),
    ("state", "-state", ""),
    ("rev", "-rev", ""),
    ("verify", "-verify 2 -CAfile root.pem", "-cert client.pem -key client.key"),
    ("servername", "-servername ec.example -cert2 ec.pem -key2 ec.key", "-servername ec.example"),
    ("other-group", "-groups P-521", ""),
    ("tls1_2", "", "-tls1_2"),
    ("nothing-common", "-ciphersuites TLS_AES_128_GCM_SHA256", "-tls1_3 -ciphersuites TLS_AES_256_GCM_SHA384"),
];

fn with_cookie(name: &str, server: &str, client: &str) -> Script {
    let steps = format!(
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -no_middlebox -brief {client}
        client A standard input <- b'one\\n'
        client A standard input: end of file"
    );
    Script::new(&format!("stateless-{name}"), &format!("-accept 4433 -stateless -naccept 1 {server}"), &steps)
}
