//! Options beside the contexts in which one of them could lose its effect unnoticed: the second context of `-servername`,
//! the page, TLS 1.2 and 1.3.
//!
//! Each pair is a claim of its own: a text is there with the option, and not without it, or the other way round. So it
//! holds where the original lacks the effect too.

use crate::launch::program::Program;
use crate::play::replay::replay;
use crate::scripts::script::Script;

/// One option in one context.
#[derive(Clone, Debug)]
pub struct Pair {
    /// The option, without the dash.
    pub option: &'static str,
    /// The name of the context.
    pub context: &'static str,
    row: &'static Row,
    server: &'static str,
    client: &'static str,
}

impl Pair {
    /// The name of its test.
    pub fn name(&self) -> String {
        format!("{} {}", self.option, self.context)
    }

    /// Whether the text tells that the option has its effect here.
    pub fn holds(&self) -> Result<(), String> {
        for given in [true, false] {
            let said = self.said(given)?;
            let expected = given == self.row.with;
            if said.contains(self.row.text) != expected {
                let (how, there) =
                    (if given { "with" } else { "without" }, if expected { "not there" } else { "there" });
                return Err(format!("{how} -{}: {:?} is {there}:\n{said}", self.option, self.row.text));
            }
        }
        Ok(())
    }

    /// Everything that one side says.
    fn said(&self, given: bool) -> Result<String, String> {
        let Row { option, base, client, environment, side, .. } = *self.row;
        let option = if given { option } else { "" };
        let command = format!("-accept 4433 -naccept 1 {} {base} {option}", self.server);
        let words = command.split_whitespace().collect::<Vec<_>>().join(" ");
        let steps = format!(
            "start the server
            start client A: openssl s_client -connect 127.0.0.1:4433 {} {client}
            client A standard input <- b'GET / HTTP/1.0\\r\\n\\r\\n'
            client A standard input: end of file",
            self.client
        );
        let mut script = Script::new(&self.name(), &words, &steps);
        script.environment = environment.iter().map(|(name, value)| ((*name).into(), (*value).into())).collect();
        let streams = replay(&script, &Program::ours())?;
        let wanted = streams.iter().filter(|(title, _)| title.starts_with(side));
        Ok(wanted.map(|(_, bytes)| String::from_utf8_lossy(bytes).into_owned()).collect())
    }
}

/// All of them.
pub fn all() -> Vec<Pair> {
    let mut pairs = Vec::new();
    for row in ROWS {
        let option = row.option.trim_start_matches('-').split(' ').next().unwrap_or_default();
        for &(context, version, server, client) in CONTEXTS {
            // The page is another mode, not another context: one version will do.
            let doubled = server == PAGE && row.versions.len() > 1 && version == 2;
            if row.versions.contains(&version) && !doubled {
                pairs.push(Pair { option, context, row, server, client });
            }
        }
    }
    pairs
}

/// Name, version of TLS, options of the server, of the client.
const CONTEXTS: &[(&str, u8, &str, &str)] = &[
    ("beside -cert2, TLS 1.2", 2, SECOND, "-servername b -tls1_2"),
    ("beside -cert2, TLS 1.3", 3, SECOND, "-servername b -tls1_3"),
    ("beside -www, TLS 1.2", 2, PAGE, "-tls1_2"),
    ("beside -www, TLS 1.3", 3, PAGE, "-tls1_3"),
];
const PAGE: &str = "-www";
const SECOND: &str = "-servername b -cert2 ec.pem -key2 ec.key";

/// One option, and how its effect shows.
#[derive(Clone, Copy, Debug)]
struct Row {
    /// With its value.
    option: &'static str,
    /// Other options of the server.
    base: &'static str,
    /// Options of the client.
    client: &'static str,
    environment: &'static [(&'static str, &'static str)],
    versions: &'static [u8],
    /// The beginning of the streams' titles.
    side: &'static str,
    text: &'static str,
    /// The text is there with the option, and not without it.
    with: bool,
}

const fn row(
    option: &'static str,
    base: &'static str,
    client: &'static str,
    side: &'static str,
    text: &'static str,
) -> Row {
    Row { option, base, client, environment: &[], versions: &[2, 3], side, text, with: true }
}

impl Row {
    const fn without(self) -> Self {
        Self { with: false, ..self }
    }

    const fn in_tls1_2(self) -> Self {
        Self { versions: &[2], ..self }
    }

    const fn in_tls1_3(self) -> Self {
        Self { versions: &[3], ..self }
    }

    const fn under(self, environment: &'static [(&'static str, &'static str)]) -> Self {
        Self { environment, ..self }
    }
}

const STRICT: &str = "-Verify 3 -verify_return_error";
const TRUSTING: &str = "-verify 5 -CAfile root.pem";
const LISTED: &str = "-verify 3 -CAfile root.pem -CRL root.crl";
const CLIENT: &str = "-cert client.pem -key client.key";
const REVOKED: &str = "-cert revoked.pem -key revoked.key";
const LONGER: &str = "-cert clienti.pem -key clienti.key -cert_chain inter.pem";
const ALONE: &str = "-cert ec.pem -key ec.key -no-CAfile -no-CApath -no-CAstore";
const GOOD: &str = "verify return:1";
const BAD: &str = "verify error:";

#[rustfmt::skip]
const ROWS: &[Row] = &[
    row("-CAfile root.pem", STRICT, CLIENT, "server", GOOD),
    row("-CApath verify/hashed", STRICT, CLIENT, "server", GOOD),
    row("-CAstore root.pem", STRICT, CLIENT, "server", GOOD),
    row("-verifyCAfile root.pem", STRICT, CLIENT, "server", GOOD),
    row("-verifyCApath verify/hashed", STRICT, CLIENT, "server", GOOD),
    row("-verifyCAstore root.pem", STRICT, CLIENT, "server", GOOD),
    row("-no-CAfile", STRICT, CLIENT, "server", GOOD).without().under(&[("SSL_CERT_FILE", "root.pem")]),
    row("-no-CApath", "-Verify 3 -verify_return_error -no-CAstore", CLIENT, "server", GOOD)
        .without().under(&[("SSL_CERT_DIR", "verify/hashed")]),
    row("-no-CAstore", "-Verify 3 -verify_return_error -no-CApath", CLIENT, "server", GOOD)
        .without().under(&[("SSL_CERT_DIR", "verify/hashed")]),
    row("-no_ca_names", TRUSTING, CLIENT, "client", "Acceptable client certificate CA names").without(),
    row("-verify 3", "", CLIENT, "server", "depth="),
    row("-Verify 3", "", "", "server", "peer did not return a certificate"),
    row("-verify_return_error", "-verify 3", CLIENT, "server", GOOD).without(),
    row("-verify_quiet", TRUSTING, CLIENT, "server", "depth=").without(),
    row("-nameopt RFC2253", TRUSTING, CLIENT, "server", "depth=0 CN=Test Client,"),
    row("-CRL root.crl", "-verify 3 -CAfile root.pem -crl_check", REVOKED, "server", "certificate revoked"),
    row("-crl_check", LISTED, REVOKED, "server", "certificate revoked"),
    row("-crl_check_all", LISTED, REVOKED, "server", "certificate revoked"),
    row("-verify_depth 0", TRUSTING, LONGER, "server", BAD),
    row("-purpose timestampsign", TRUSTING, CLIENT, "server", BAD),
    row("-attime 1000000000", TRUSTING, CLIENT, "server", BAD),
    row("-no_check_time", TRUSTING, "-cert expired.pem -key expired.key", "server", BAD).without(),
    row("-verify_hostname other.example", TRUSTING, CLIENT, "server", BAD),
    row("-verify_email a@b.example", TRUSTING, CLIENT, "server", BAD),
    row("-verify_ip 1.2.3.4", TRUSTING, CLIENT, "server", BAD),
    row("-auth_level 5", TRUSTING, CLIENT, "server", BAD),
    row("-explicit_policy", TRUSTING, CLIENT, "server", BAD),
    row("-partial_chain", "-verify 5 -CAfile inter.pem", LONGER, "server", BAD).without(),
    row("-client_sigalgs ECDSA+SHA384", TRUSTING, CLIENT, "client", "Requested Signature Algorithms: ECDSA+SHA384\n"),
    row("-cert_chain inter.pem", ALONE, "-showcerts", "client", " 1 s:"),
    row("-chainCAfile inter.pem", ALONE, "-showcerts", "client", " 1 s:"),
    row("-chainCApath verify/hashed", "-cert client.pem -key client.key", "-showcerts", "client", " 1 s:"),
    row("-chainCAstore inter.pem", ALONE, "-showcerts", "client", " 1 s:"),
    // The file begins with the root.
    row("-build_chain", "-cert ec.pem -key ec.key -cert_chain cas.pem", "-showcerts", "client",
        " 1 s:C = XX, O = Test Org, CN = Test Intermediate CA"),
    row("-serverinfo serverinfo.pem", "", "-serverinfo 65481", "client", "SERVERINFO FOR EXTENSION").in_tls1_2(),
    row("-sigalgs ECDSA+SHA384:RSA-PSS+SHA384", "", "", "client", "Peer signing digest: SHA384").in_tls1_2(),
    row("-groups P-384", "", "", "client", "384 bits\n"),
    row("-curves P-384", "", "", "client", "384 bits\n"),
    row("-named_curve P-384", "", "", "client", "384 bits\n"),
    row("-cipher ECDHE+AES128", "", "", "client", "-AES128-GCM-SHA256\nServer public key").in_tls1_2(),
    row("-ciphersuites TLS_AES_128_GCM_SHA256", "", "", "client", "Cipher is TLS_AES_128_GCM_SHA256\n").in_tls1_3(),
    row("-serverpref", "-cipher ECDHE+AES128:ECDHE+AES256", "", "client", "-AES128-GCM-SHA256\nServer public key").in_tls1_2(),
    row("-no_tls1_2", "", "", "client", "Cipher is (NONE)").in_tls1_2(),
    row("-no_tls1_3", "", "", "client", "Cipher is (NONE)").in_tls1_3(),
    row("-no_ticket", "", "", "client", "TLS session ticket:").without().in_tls1_2(),
    row("-num_tickets 0", "", "", "client", "Post-Handshake New Session Ticket arrived").without().in_tls1_3(),
    row("-no_cache", "-no_ticket", "", "client", "Session-ID: \n").in_tls1_2(),
    row("-ext_cache", "-no_ticket", "", "server", "New session added to external cache").in_tls1_2(),
    row("-id_prefix x", "-no_ticket", "", "client", "Session-ID: 78").in_tls1_2(),
    row("-alpn h2", "", "-alpn h2", "client", "ALPN protocol: h2"),
    row("-nextprotoneg h2", "", "-nextprotoneg h2", "client", "Next protocol: (1) h2").in_tls1_2(),
    row("-state", "", "", "server", "SSL_accept:"),
    row("-msg", "", "", "server", "<<< "),
    row("-tlsextdebug", "", "", "server", "TLS client extension"),
    row("-security_debug_verbose", "", "", "server", "Security callback:"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = all().iter().map(Pair::name).collect();
        assert_eq!(names.len(), all().len());
    }
}
