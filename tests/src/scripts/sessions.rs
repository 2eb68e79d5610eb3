//! Scripts about sessions, extensions and the library: what no transcript shows is compared with the original itself.

use crate::scripts::script::Script;

/// Resumption in every version and with every kind of store, with the counters in between; options that show in a
/// conversation; and starts that fail.
pub fn all() -> Vec<Script> {
    let mut scripts = resumptions();
    scripts.extend(conversations());
    scripts.push(Script::new(
        "tls1_2-psk-page",
        "-accept 4433 -naccept 1 -nocert -psk 0011 -psk_hint hint -www",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -tls1_2 -psk 0011 -psk_identity bob -quiet
        client A standard input <- b'GET / HTTP/1.0\\r\\n\\r\\n'",
    ));
    scripts.extend(FAILING.iter().map(|command| {
        let mut script =
            Script::new(&format!("start {command}"), command, "start the server with standard input from /dev/null");
        script.environment = configuration();
        script
    }));
    scripts
}

fn configuration() -> Vec<(String, String)> {
    vec![("OPENSSL_CONF".to_owned(), "ssl.cnf".to_owned())]
}

fn resumptions() -> Vec<Script> {
    const OLD: &str = "-cipher DEFAULT:@SECLEVEL=0";
    const STORES: &[(&str, &str)] = &[
        ("ticket", ""),
        ("id", "-no_ticket"),
        ("external", "-ext_cache"),
        ("external-id", "-ext_cache -no_ticket"),
        ("context", "-context ours -no_ticket"),
        ("prefix", "-id_prefix PREFIX -no_ticket"),
        ("ephemeral", "-no_resume_ephemeral -no_ticket"),
    ];
    let mut scripts = Vec::new();
    for (version, ciphers) in [("tls1", OLD), ("tls1_1", OLD), ("tls1_2", ""), ("tls1_3", "")] {
        for (name, server) in STORES {
            // Under TLS 1.3 ours has no session to resume: defect 36.
            if (version, *name) == ("tls1_3", "ephemeral") {
                continue;
            }
            let name = format!("{version}-resumed-{name}");
            let server = format!("-{version} {ciphers} -naccept 2 {server}");
            scripts.push(resumption(&name, &server, &format!("-{version} {ciphers}")));
        }
    }
    scripts
}

/// Two clients, the second with the session of the first, and the counters in between: options of the server and of both.
pub(super) fn resumption(name: &str, server: &str, client: &str) -> Script {
    let client = format!("openssl s_client -connect 127.0.0.1:4433 {client} -quiet -no_ign_eof");
    let steps = format!(
        "start the server
        start client A: {client} -sess_out tmp/s.pem
        client A standard input <- b'one\\n'
        client A standard input: end of file
        start client B: {client} -sess_in tmp/s.pem
        client B standard input <- b'two\\n'
        server standard input <- b'S\\n'
        client B standard input: end of file"
    );
    Script::new(name, &format!("-accept 4433 {server}"), &steps)
}

fn conversations() -> Vec<Script> {
    // Name, options of the server, of the client.
    const OPTIONS: &[(&str, &str, &str)] = &[
        ("tlsextdebug", "-tlsextdebug", "-alpn h2,http/1.1 -servername a.example -status"),
        ("tlsextdebug-quiet", "-tlsextdebug -quiet", ""),
        ("msg", "-msg", "-alpn h2 -status"),
        ("msg-quiet", "-msg -quiet", ""),
        ("msg-brief", "-msg -brief -Verify 1", "-cert clientrsa.pem -key clientrsa.key"),
        ("security_debug", "-security_debug", "-cipher ALL:@SECLEVEL=0 -sigalgs RSA+SHA1:RSA-PSS+SHA256"),
        ("alpn", "-alpn http/1.1,h2", "-alpn h2,http/1.1"),
        ("alpn-quiet", "-alpn http/1.1,h2 -quiet", "-alpn h2"),
        ("alpn-not-offered", "-alpn http/1.1,h2", ""),
        ("alpn-nothing-common", "-alpn ,h3,,h4,", "-alpn h2"),
        ("no_cache", "-ext_cache -no_cache -no_ticket", ""),
        ("keymatexport", "-keymatexport label", ""),
        ("keymatexport-quiet", "-keymatexport label -quiet", ""),
        ("keymatexportlen", "-keymatexport label -keymatexportlen 1000", ""),
        ("keylogfile", "-keylogfile tmp/k", ""),
        ("max_send_frag", "-max_send_frag 512 -split_send_frag 512", ""),
        ("read_buf", "-read_buf 32768 -max_pipelines 4", ""),
        ("provider", "-provider base -provider default", ""),
        ("propquery", "-propquery provider=default", ""),
        ("ssl_config", "-ssl_config narrow -cipher AES256-SHA", ""),
        ("brief-resumable", "-brief -alpn h2 -ext_cache", "-alpn h2"),
    ];
    let mut scripts = Vec::new();
    for version in ["tls1_2", "tls1_3"] {
        for (name, server, client) in OPTIONS {
            let steps = format!(
                "start the server
                start client A: openssl s_client -connect 127.0.0.1:4433 -{version} -brief {client}
                client A standard input <- b'from client\\n'
                server standard input <- b'from server\\n'
                client A standard input: end of file"
            );
            let command = format!("-accept 4433 -naccept 1 {server}");
            let mut script = Script::new(&format!("{version}-session-{name}"), &command, &steps);
            script.environment = configuration();
            if *name == "keylogfile" {
                script.files.push("tmp/k".to_owned());
            }
            scripts.push(script);
        }
    }
    scripts
}

const FAILING: &[&str] = &[
    "-keylogfile nosuch/file",
    "-psk_session nosuch",
    "-psk_session rsa.pem",
    "-psk zz",
    "-keylogfile sub",
    "-max_send_frag 511",
    "-max_send_frag 16385",
    "-max_send_frag 600 -split_send_frag 601",
    "-max_pipelines 33",
    "-read_buf 0",
    "-keymatexportlen 0",
    "-provider-path sub -provider nosuch -foo",
    "-propquery nosuch=yes",
    "-ssl_config nosuch",
    "-ssl_config broken",
    "-id_prefix 12345678901234567890123456789012 -max_send_frag 1",
    "-alpn ,,",
    "-nextprotoneg ''",
];
