//! Scripts about DTLS: what no transcript shows is compared with the original itself.

use crate::scripts::script::Script;
use crate::scripts::sessions::resumption;

/// Each version with each connected command, and with the options that show over datagrams.
///
/// `-mtu 1400` on both sides where messages are shown: without it the original sends datagrams of 256 bytes, and ours of
/// 1,500.
pub fn all() -> Vec<Script> {
    let mut scripts = talks();
    scripts.extend(resumptions());
    scripts.extend(STARTS.iter().map(|command| {
        Script::new(&format!("start {command}"), command, "start the server with standard input from /dev/null")
    }));
    scripts
}

/// Version, options of the server for it, options of the client.
const VERSIONS: [(&str, &str, &str); 2] = [
    ("dtls1", "-dtls1 -cipher DEFAULT:@SECLEVEL=0", "-dtls1 -cipher DEFAULT:@SECLEVEL=0"),
    ("dtls1_2", "-dtls1_2", "-dtls1_2"),
];

const AFTER: &str = "server standard input <- b'after\\n'
    client A standard input <- b'client after\\n'
    client A standard input: end of file";
const TALK: &str = "client A standard input <- b'from client\\n'
    server standard input <- b'from server\\n'
    client A standard input: end of file";
/// The original mostly closes its socket before it could tell the client.
const END: &str = "client A standard input: end of file";
const CERTIFICATE: &str = "-cert client.pem -key client.key";

/// Name, options of the server, of the client, what the operator says first, what follows.
const TALKS: &[(&str, &str, &str, &str, &str)] = &[
    ("q", "", "", "q", END),
    ("Q", "", "", "Q", END),
    ("r", "", "", "r", AFTER),
    ("R", "-no_resumption_on_reneg -CAfile root.pem", CERTIFICATE, "R", AFTER),
    ("P", "", "", "P", AFTER),
    ("S", "", "", "S", "client A standard input: end of file"),
    ("k", "", "", "k", AFTER),
    ("K", "", "", "K", AFTER),
    ("c", "-CAfile root.pem", CERTIFICATE, "c", AFTER),
    ("quiet", "-quiet", "", "Q", AFTER),
    ("brief", "-brief", "", "Q", AFTER),
    ("plain", "", "", "", TALK),
    ("listen", "-listen", "", "", TALK),
    ("listen-state", "-listen -state", "", "", TALK),
    ("listen-msg", "-listen -msg -mtu 1400", "", "", TALK),
    ("state", "-state", "", "", TALK),
    ("msg", "-msg -mtu 1400", "", "", TALK),
    ("tlsextdebug", "-tlsextdebug", "", "", TALK),
    ("timeout", "-timeout", "", "", TALK),
    ("nbio", "-nbio", "", "", TALK),
    ("mtu", "-mtu 256", "-mtu 256", "", TALK),
    ("mtu-least", "-mtu 256 -Verify 1 -CAfile root.pem", CERTIFICATE, "", TALK),
    ("Verify", "-Verify 1 -CAfile root.pem", CERTIFICATE, "", TALK),
    ("Verify-none-given", "-Verify 1 -CAfile root.pem", "", "", ""),
    (
        "use_srtp",
        "-use_srtp SRTP_AEAD_AES_256_GCM:SRTP_AES128_CM_SHA1_80",
        "-use_srtp SRTP_AES128_CM_SHA1_80",
        "",
        TALK,
    ),
    ("use_srtp-not-offered", "-use_srtp SRTP_AES128_CM_SHA1_80", "", "", TALK),
    ("no_ticket", "-no_ticket", "", "", TALK),
    ("alpn", "-alpn h2,http/1.1", "-alpn http/1.1", "", TALK),
    ("servername", "-servername other.example -cert2 ec.pem -key2 ec.key", "-servername other.example", "", TALK),
    ("keymatexport", "-keymatexport label", "", "", TALK),
    ("no-shared-cipher", "-cipher AES128-SHA:@SECLEVEL=0", "-cipher AES256-SHA:@SECLEVEL=0", "", ""),
];

fn talks() -> Vec<Script> {
    let mut scripts = Vec::new();
    for (version, server, client) in VERSIONS {
        for (name, more, of_client, command, rest) in TALKS {
            let said = match *command {
                "" => String::new(),
                command => format!("server standard input <- b'{command}\\n'"),
            };
            let steps = format!(
                "start the server
                start client A: openssl s_client -connect 127.0.0.1:4433 {client} -quiet -no_ign_eof {of_client}
                {said}
                {rest}"
            );
            let command = format!("-accept 4433 {server} -naccept 1 {more}");
            scripts.push(Script::new(&format!("{version}-{name}"), &command, &steps));
        }
    }
    scripts
}

fn resumptions() -> Vec<Script> {
    const STORES: [(&str, &str); 3] = [("ticket", ""), ("id", "-no_ticket"), ("external", "-ext_cache -no_ticket")];
    let mut scripts = Vec::new();
    for (version, server, client) in VERSIONS {
        for (name, more) in STORES {
            scripts.push(resumption(
                &format!("{version}-resumed-{name}"),
                &format!("{server} -naccept 2 {more}"),
                client,
            ));
        }
    }
    scripts
}

const STARTS: &[&str] = &[
    "-dtls -accept 4433",
    "-dtls -listen -accept 4433",
    "-dtls -use_srtp nosuch",
    "-dtls -use_srtp SRTP_AES128_CM_SHA1_80:",
    "-use_srtp nosuch",
    "-dtls -mtu 255 -accept 4433",
    "-dtls -mtu 0",
    "-dtls1 -dtls1_2",
    "-dtls -no_tls1_2",
    "-dtls -rev",
    "-dtls -HTTP",
    "-listen",
];
