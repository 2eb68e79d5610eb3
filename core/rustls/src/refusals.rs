//! What the engine on rustls does not do of the option table: each option that it refuses, with the sentence that says so.
use s_server_core::options::Refusals;
use s_server_core::options::refusals::About;

/// TLS 1.2 and 1.3, in the sandbox as well.
pub static REFUSALS: Refusals = Refusals { refused: REFUSED, in_part: IN_PART, anyway: ANYWAY, ahead: AHEAD };

/// Options that have their effect with rustls only.
const AHEAD: &[&str] = &[];

/// Options of which a part is followed.
#[rustfmt::skip]
const IN_PART: &[About] = &[
    (&["cert", "cert2", "dcert", "xcert"], "PEM and DER"),
    (&["key", "key2", "dkey", "xkey"], "PEM and DER; RSA, ECDSA on P-256, P-384 and P-521, Ed25519"),
    (&["nameopt"], "`oneline` and `RFC2253`"),
    (&["purpose"], "`sslclient`, which is looked for anyway"),
    (&["verify_name"], "`default` and `ssl_client`, which are what is looked for anyway"),
    (&["cipher"], "ECDHE with AES-GCM and ChaCha20-Poly1305"),
    (&["ciphersuites"], "AES-GCM and ChaCha20-Poly1305"),
    (&["groups", "curves", "named_curve"], "X25519MLKEM768, X25519, P-256, P-384, P-521"),
    (&["sigalgs", "client_sigalgs"], "RSA, ECDSA and Ed25519 with SHA-256 and later"),
    (&["max_early_data"], "with -early_data; tickets allow none where nothing reads it"),
    (&["legacy_server_connect", "no_legacy_server_connect"], "refused, as the original does, for they are for clients"),
];

/// Options that ask for what rustls does anyway, or about what it has not, and why nothing has to be done for them.
#[rustfmt::skip]
const ANYWAY: &[About] = &[
    (&["no-CAfile", "no-CApath", "no-CAstore"], "the default places are never looked at"),
    (&["certform", "keyform", "dcertform", "dkeyform", "xcertform", "xkeyform", "CRLform"],
        "the format is found out by the contents"),
    (&["no_dhe"], "there is no finite-field Diffie-Hellman"),
    (&["no_ssl3", "no_tls1", "no_tls1_1"], "there are TLS 1.2 and TLS 1.3 only"),
    (&["bugs", "no_etm"], "there is no suite with CBC"),
    (&["no_comp", "no_tx_cert_comp", "no_rx_cert_comp"], "nothing is compressed"),
    (&["no_resumption_on_reneg"], "there is no renegotiation"),
    (&["issuer_checks", "trusted_first", "no_alt_chains"], "the one chain that is built begins with what is trusted"),
];

/// Names of options, and the sentence that refuses them.
#[rustfmt::skip]
const REFUSED: &[About] = &[
    (&["ssl_config"], "the rustls engine reads no configuration file; give its settings as options"),
    (&["msg", "trace", "msgfile"], "rustls does not show its messages; use s_server, built with OpenSSL"),
    (&["engine"], "engines are modules of OpenSSL 1.1 and 3; use s_server, built with a system's OpenSSL 3"),
    (&["provider-path", "provider", "provparam", "propquery"],
        "providers are modules of OpenSSL; use s_server, built with OpenSSL"),
    (&["CAstore"], "the rustls engine opens no URI; name a file with -CAfile"),
    (&["chainCAstore"], "the rustls engine opens no URI; name a file with -chainCAfile"),
    (&["verifyCAstore"], "the rustls engine opens no URI; name a file with -verifyCAfile"),
    (&["nocert"], "rustls has no suite without a certificate; use s_server, built with OpenSSL"),
    (&["serverinfo"], "rustls sends no extension but its own; use s_server, built with OpenSSL"),
    (&["dhparam"],
        "rustls takes no parameters but those of RFC 7919, and this engine has none of them; leave it out for ECDHE, or use \
         s_server, built with OpenSSL"),
    (&["id_prefix"], "rustls chooses the whole session id; use s_server, built with OpenSSL"),
    (&["crl_download"], "the rustls engine fetches nothing; name a revocation list with -CRL"),
    (&["enable_server_rpk", "enable_client_rpk", "expected-rpks"],
        "the rustls engine has no raw public keys; use s_server, built with OpenSSL"),
    (&["ext_cache"], "the rustls engine has no external cache; leave it out for the internal one"),
    (&["cert_comp"], "the rustls engine compresses no certificates; use s_server, built with OpenSSL"),
    (&["status", "status_all", "status_verbose", "status_timeout", "status_url", "proxy", "no_proxy"],
        "the rustls engine asks no OCSP responder; name a response with -status_file"),
    (&["security_debug", "security_debug_verbose", "auth_level", "suiteB_128_only", "suiteB_128", "suiteB_192"],
        "rustls has no security levels; use s_server, built with OpenSSL"),
    (&["state"], "rustls does not tell its states; use s_server, built with OpenSSL"),
    (&["async"], "rustls has no asynchronous mode; use s_server, built with OpenSSL"),
    (&["max_pipelines", "split_send_frag"], "rustls has no pipelines; use s_server, built with OpenSSL"),
    (&["read_buf"], "rustls chooses its read buffer; use s_server, built with OpenSSL"),
    (&["psk_identity", "psk_hint", "psk", "psk_session", "psk_list"],
        "rustls has no external pre-shared keys; use s_server, built with OpenSSL"),
    (&["srpvfile", "srpuserseed"], "rustls has no SRP; use s_server, built with an OpenSSL that has it"),
    (&["recv_max_early_data"], "rustls takes as much as its tickets allow; -max_early_data sets both"),
    (&["stateless"], "rustls sends no cookie; use s_server, built with OpenSSL"),
    (&["ssl3"], "rustls has TLS 1.2 and TLS 1.3 only; use s_server, built with an OpenSSL that has SSL 3.0"),
    (&["tls1", "tls1_1"], "rustls has TLS 1.2 and TLS 1.3 only; use s_server, built with OpenSSL"),
    (&["dtls", "dtls1", "dtls1_2", "listen", "use_srtp", "timeout", "mtu"],
        "rustls has no DTLS; use s_server, built with OpenSSL"),
    (&["sctp", "sctp_label_bug"], "rustls has no DTLS; use openssl s_server"),
    (&["nextprotoneg"], "rustls has no NPN; use -alpn, or s_server, built with OpenSSL"),
    (&["ech_key", "ech_dir", "ech_noretry_dir", "ech_trialdecrypt", "ech_greaseretries"],
        "rustls has no Encrypted Client Hello for servers; use s_server, built with OpenSSL 4"),
    (&["ktls", "sendfile", "zerocopy_sendfile"], "the rustls engine has no socket for kernel TLS; use openssl s_server"),
    (&["rand", "writerand"], "the rustls engine takes its seed from the host; leave it out"),
    (&["comp"], "rustls has no compression of records; use s_server, built with an OpenSSL that has it"),
    (&["legacy_renegotiation", "client_renegotiation"],
        "rustls has no renegotiation; use s_server, built with OpenSSL"),
    (&["allow_no_dhe_kex", "prefer_no_dhe_kex"],
        "rustls resumes with a fresh key exchange only; use s_server, built with OpenSSL"),
    (&["strict"], "the rustls engine has one mode of checks; use s_server, built with OpenSSL"),
    (&["debug_broken_protocol"],
        "rustls does not violate the protocol; use s_server, built with an OpenSSL that is built for tests of itself"),
    (&["no_ems"], "rustls uses the extended master secret whenever the client does; use s_server, built with OpenSSL"),
    (&["policy", "policy_check", "explicit_policy", "inhibit_any", "inhibit_map", "policy_print"],
        "the rustls engine knows no certificate policies; use s_server, built with OpenSSL"),
    (&["verify_email"],
        "the rustls engine compares no email address; use -verify_hostname or -verify_ip, or s_server, built with OpenSSL"),
    (&["no_check_time"], "the rustls engine always looks at the time; name one with -attime"),
    (&["ignore_critical", "x509_strict", "check_ss_sig", "allow_proxy_certs"],
        "the checks of the rustls engine are fixed; use s_server, built with OpenSSL"),
    (&["extended_crl", "use_deltas"],
        "the rustls engine reads complete revocation lists only; use s_server, built with OpenSSL"),
];

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use s_server_core::options::plan::Reference;
    use s_server_core::options::row::{Set, Stage, Syntax};
    use s_server_core::options::table::{find, rows};
    use s_server_core::options::{Build, Feature, NoLibrary, parse};

    use super::*;

    /// A build that lacks nothing but what rustls cannot do.
    fn rustls() -> Build {
        let features = [Feature::CertComp, Feature::Ech, Feature::Ktls, Feature::Sctp, Feature::Srp, Feature::SslTrace];
        let features = features.into_iter().chain([Feature::Tfo, Feature::UnixSockets, Feature::Engine]).collect();
        Build { reference: Reference::V4_0, features, refusals: &REFUSALS }
    }

    /// A command line with that option, and what else it needs to pass the checks.
    fn line(name: &str) -> String {
        let value = match (name, find(name.as_bytes()).unwrap().set.syntax()) {
            (_, Syntax::Flag) => "",
            ("accept", _) => " 4433",
            ("nameopt", _) => " oneline",
            ("psk", _) => " 00",
            ("purpose", _) => " sslclient",
            ("verify_name", _) => " default",
            (_, Syntax::Dir) => " .",
            (_, Syntax::Positive | Syntax::Int | Syntax::Long) => " 1",
            (_, Syntax::PemDer | Syntax::AnyFormat) => " PEM",
            _ => " word",
        };
        let before = match name {
            "sctp" | "sctp_label_bug" | "listen" | "timeout" | "mtu" => return format!("-{name}{value} -dtls"),
            "sendfile" | "zerocopy_sendfile" => "-WWW ",
            _ => "",
        };
        format!("{before}-{name}{value}")
    }

    fn refusal(name: &str, build: &Build) -> Option<String> {
        let (line, mut world) = (line(name), NoLibrary::default());
        let plan = parse(line.split(' ').map(str::as_bytes), build, &mut world)
            .and_then(|options| options.into_plan(build, &mut world, b""));
        plan.err().map(|error| String::from_utf8(error.text).unwrap())
    }

    #[test]
    fn every_option_is_refused_with_its_sentence_or_accepted() {
        for row in rows().filter(|row| !matches!(row.set, Set::Print(_)) && row.until.is_none()) {
            let expected = match REFUSALS.refuses(row.name) {
                Some(why) => Some(format!("s_server: -{}: {why}\n", row.name)),
                None if row.stage == Stage::Ready || AHEAD.contains(&row.name) => None,
                None => Some(format!("s_server: -{}: not available in this build yet\n", row.name)),
            };
            // What no release has any more is refused for another reason.
            assert_eq!(refusal(row.name, &rustls()), expected, "-{}", row.name);
        }
    }

    #[test]
    fn the_list_names_existing_options_once_and_says_what_to_do() {
        let names: Vec<_> = REFUSED.iter().flat_map(|(names, _)| names.iter()).collect();
        assert!(names.iter().all(|name| find(name.as_bytes()).is_some_and(|row| row.name == **name)), "{names:?}");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(AHEAD.iter().all(|name| !names.contains(&name)));
        let anyway: Vec<_> = ANYWAY.iter().flat_map(|(names, _)| names.iter()).collect();
        assert!(anyway.iter().all(|name| find(name.as_bytes()).is_some_and(|row| row.name == **name)), "{anyway:?}");
        assert!(anyway.iter().all(|name| !names.contains(name)), "{anyway:?}");
        let in_part: Vec<_> = IN_PART.iter().flat_map(|(names, _)| names.iter()).collect();
        assert!(in_part.iter().all(|name| find(name.as_bytes()).is_some()), "{in_part:?}");
        assert!(in_part.iter().all(|name| !names.contains(name) && !anyway.contains(name)), "{in_part:?}");
        for (names, why) in REFUSED {
            assert!(why.contains("; "), "no remedy for {names:?}");
            assert!(!why.contains('|') && !why.ends_with('.'), "{why}");
        }
    }

    /// `s_server` refuses what comes later, too.
    #[test]
    fn no_remedy_names_a_program_that_refuses_the_option_as_well() {
        for row in rows() {
            let Some(why) = REFUSALS.refuses(row.name) else { continue };
            let (_, remedy) = why.rsplit_once("; ").unwrap();
            let ours = remedy.contains("s_server, built with");
            assert!(!(ours && row.stage == Stage::Later), "-{}: {why}", row.name);
            assert!(!remedy.contains("openssl s_server") || row.stage == Stage::Later, "-{}: {why}", row.name);
        }
    }
}
