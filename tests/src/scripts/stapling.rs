//! Scripts about the certificate's status: responses out of files and from a responder, and everything that keeps them away.

use crate::scripts::script::Script;

/// All of them: `VERSION-stapling-NAME`, and starts that fail.
pub fn all() -> Vec<Script> {
    let mut scripts = Vec::new();
    for version in ["tls1_2", "tls1_3", "dtls1_2"] {
        scripts.extend(FILES.iter().map(|&of| conversation(version, of, "")));
        scripts.extend(RESPONDERS.iter().map(|&of| conversation(version, of, RESPONDER)));
        scripts.extend(VARIABLES.iter().map(|&(name, variables, options)| {
            let mut script = conversation(version, (name, options, "-status"), RESPONDER);
            let variables = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned()));
            script.environment.extend(variables);
            script
        }));
    }
    for version in ["tls1_2", "tls1_3"] {
        scripts.push(conversation(version, ("msg", "-msg -status_file ocsp.der", "-status"), ""));
        scripts.push(resumption(version));
        scripts.push(page(version));
    }
    scripts.extend(FAILING.iter().map(|command| {
        let start = "start the server with standard input from /dev/null";
        Script::new(&format!("start {command}"), &format!("-accept 4433 {command}"), start)
    }));
    scripts
}

const RESPONDER: &str = "an OCSP responder listens on port 8888";

/// Name, options of the server, of the client.
type Options = (&'static str, &'static str, &'static str);

/// Without a responder.
const FILES: &[Options] = &[
    ("file", "-status_file ocsp.der", "-status"),
    ("file-verbose", "-status_file ocsp.der -status_verbose", "-status"),
    ("file-brief", "-brief -status_file ocsp.der -status_verbose", "-status"),
    ("file-quiet", "-quiet -status_file ocsp.der -status_verbose", "-status"),
    ("file-state", "-state -status_file ocsp.der", "-status"),
    ("file-not-asked-for", "-status_file ocsp.der -status_verbose", ""),
    ("file-of-two", "-status_file nosuch -status_file ocsp.der", "-status"),
    ("file-missing", "-status_file nosuch", "-status"),
    ("file-missing-verbose", "-status_verbose -status_file nosuch", "-status"),
    ("file-of-something-else", "-status_file page.txt", "-status"),
    ("file-of-a-certificate", "-status_verbose -status_file rsa.der", "-status"),
    ("file-is-a-folder", "-status_file sub", "-status"),
    ("nobody-named", "-status", "-status"),
    ("nobody-named-verbose", "-status_verbose", "-status"),
    ("issuer-unknown", "-status_verbose -status_url http://127.0.0.1:9/", "-status"),
    ("refused", "-CAfile root.pem -status_url http://127.0.0.1:9/x", "-status"),
    ("refused-by-name", "-CAfile root.pem -status_url localhost:9", "-status"),
    ("refused-over-tls", "-CAfile root.pem -status_url https://127.0.0.1:9/", "-status"),
    ("no-such-host", "-CAfile root.pem -status_url http://nosuch.invalid", "-status"),
    ("proxy-refuses", "-CAfile root.pem -status_url http://127.0.0.1:9/ -proxy http://127.0.0.1:11/x", "-status"),
    ("proxy-unreadable", "-CAfile root.pem -status_url http://127.0.0.1:9/ -proxy ftp://127.0.0.1", "-status"),
];

/// With one.
const RESPONDERS: &[Options] = &[
    ("url", "-CAfile root.pem -status_url http://127.0.0.1:8888/", "-status"),
    ("url-timeout", "-CAfile root.pem -status_url 127.0.0.1:8888 -status_timeout 60", "-status"),
    ("url-verbose", "-CAfile root.pem -status_verbose -status_url http://localhost:8888/a?b", "-status"),
    ("url-not-asked-for", "-CAfile root.pem -status_verbose -status_url http://127.0.0.1:8888/", ""),
    ("url-beside-file", "-status_verbose -status_file ocsp.der -status_url http://127.0.0.1:8888/", "-status"),
    ("url-unknown", "-cert self.pem -key self.key -CAfile self.pem -status_url http://127.0.0.1:8888/", "-status"),
    ("certificate", "-cert aia.pem -key rsa.key -CAfile root.pem -status", BRIEF),
    ("certificate-verbose", "-cert aia.pem -key rsa.key -CAfile root.pem -status_verbose", BRIEF),
    ("certificate-comes-first", "-cert aia.pem -key rsa.key -CAfile root.pem -status_url 127.0.0.1:9", BRIEF),
    ("issuer-in-a-folder", "-cert aia.pem -key rsa.key -CApath verify/hashed -status_verbose", BRIEF),
    ("issuer-in-a-store", "-cert aia.pem -key rsa.key -CAstore root.pem -status_verbose", BRIEF),
    ("issuer-in-the-chain-alone", "-cert aia.pem -key rsa.key -cert_chain root.pem -status_verbose", BRIEF),
    ("issuer-for-clients-alone", "-cert aia.pem -key rsa.key -verifyCAfile root.pem -status_verbose", BRIEF),
    ("second-context", SECOND, "-status -brief -servername second.example"),
    ("extra-certificate", "-xcert aia.pem -xkey rsa.key -CAfile root.pem -status_verbose", BRIEF),
    ("tls-where-there-is-none", "-CAfile root.pem -status_url https://127.0.0.1:8888/", "-status"),
    ("proxy", "-CAfile root.pem -status_url http://nosuch.invalid/ -proxy 127.0.0.1:8888", "-status"),
    ("no_proxy", "-CAfile root.pem -status_url 127.0.0.1:8888 -proxy 127.0.0.1:9 -no_proxy a,127.0.0.1", "-status"),
    ("no_proxy-for-others", "-CAfile root.pem -status_url 127.0.0.1:8888 -proxy 127.0.0.1:9 -no_proxy a", "-status"),
];

/// The certificate is another one in each run.
const BRIEF: &str = "-status -brief";

const SECOND: &str =
    "-servername second.example -cert2 aia.pem -key2 rsa.key -CAfile root.pem -status_verbose -status_url 127.0.0.1:9";

/// Name, variables of the server, and its options.
type Variables = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const VARIABLES: &[Variables] = &[
    ("variable-proxy", &[("http_proxy", "http://127.0.0.1:9/")], "-CAfile root.pem -status_url 127.0.0.1:8888"),
    ("variable-no_proxy", &[("HTTP_PROXY", "127.0.0.1:9"), ("NO_PROXY", "127.0.0.1")], DIRECT),
    (
        "variable-and-no_proxy",
        &[("http_proxy", "127.0.0.1:9")],
        "-no_proxy 127.0.0.1 -CAfile root.pem -status_url 127.0.0.1:8888",
    ),
    (
        "variable-and-proxy",
        &[("http_proxy", "127.0.0.1:9")],
        "-proxy 127.0.0.1:8888 -CAfile root.pem -status_url a.invalid",
    ),
    ("variable-of-tls", &[("https_proxy", "127.0.0.1:9")], DIRECT),
];

const DIRECT: &str = "-CAfile root.pem -status_url 127.0.0.1:8888";

fn conversation(version: &str, (name, server, client): Options, before: &str) -> Script {
    let protocol = if version.starts_with("dtls") { format!("-{version}") } else { String::new() };
    let steps = format!(
        "{before}
        start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -{version} {client}
        client A standard input: end of file"
    );
    let command = format!("-accept 4433 -naccept 1 {protocol} {server}");
    Script::new(&format!("{version}-stapling-{name}"), &command, &steps)
}

/// The second client needs no certificate, and so no status.
fn resumption(version: &str) -> Script {
    let client = format!("openssl s_client -connect 127.0.0.1:4433 -{version} -status -quiet -no_ign_eof");
    let steps = format!(
        "start the server
        start client A: {client} -sess_out tmp/s.pem
        client A standard input: end of file
        start client B: {client} -sess_in tmp/s.pem
        client B standard input: end of file"
    );
    let command = "-accept 4433 -naccept 2 -status_verbose -status_file ocsp.der";
    Script::new(&format!("{version}-stapling-resumed"), command, &steps)
}

fn page(version: &str) -> Script {
    let steps = format!(
        "{RESPONDER}
        start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -{version} -status -quiet
        client A standard input <- b'GET / HTTP/1.0\\r\\n\\r\\n'"
    );
    let command = "-accept 4433 -naccept 1 -www -status_verbose -CAfile root.pem -status_url 127.0.0.1:8888";
    Script::new(&format!("{version}-stapling-page"), command, &steps)
}

const FAILING: &[&str] = &[
    "-status_url ftp://127.0.0.1/ -foo",
    "-status_url http://127.0.0.1:99999/",
    "-status_url http://127.0.0.1:x/",
    "-status_timeout x",
    "-status_file",
    "-proxy",
];
