//! The engines, and what the one on rustls cannot do: each option that it refuses, with the sentence that says so.
//!
//! Whatever stands in no list here works with both. OpenSSL has no list: what a build of it lacks stands in the rows
//! themselves ([`Row`](super::row::Row), `needs`).

/// The library behind the engine.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Backend {
    /// OpenSSL: everything the original does.
    #[default]
    Openssl,
    /// rustls: TLS 1.2 and 1.3, in the sandbox as well.
    Rustls,
}

impl Backend {
    /// Why that option cannot work with the engine, and what to do instead; `None` when it can.
    pub fn refuses(self, option: &str) -> Option<&'static str> {
        match self {
            Self::Openssl => None,
            Self::Rustls => REFUSED.iter().find(|(names, _)| names.contains(&option)).map(|&(_, why)| why),
        }
    }

    /// Why nothing has to be done for an option that is followed; `None` when something is.
    pub fn follows_anyway(self, option: &str) -> Option<&'static str> {
        match self {
            Self::Openssl => None,
            Self::Rustls => ANYWAY.iter().find(|(names, _)| names.contains(&option)).map(|&(_, why)| why),
        }
    }

    /// What part of an option is followed; `None` when all of it is. Values beyond that are refused by name.
    pub fn follows_in_part(self, option: &str) -> Option<&'static str> {
        match self {
            Self::Openssl => None,
            Self::Rustls => IN_PART.iter().find(|(names, _)| names.contains(&option)).map(|&(_, what)| what),
        }
    }

    /// Whether the option has its effect although its row is not [`Stage::Ready`](super::row::Stage::Ready).
    pub(super) fn is_ahead(self, option: &str) -> bool {
        self == Self::Rustls && AHEAD.contains(&option)
    }
}

/// Options that have their effect with rustls only.
const AHEAD: &[&str] = &["status_file"];

/// Options of which a part is followed.
#[rustfmt::skip]
const IN_PART: &[(&[&str], &str)] = &[
    (&["cert", "cert2", "dcert", "xcert"], "PEM and DER"),
    (&["key", "key2", "dkey", "xkey"], "PEM and DER; RSA, ECDSA on P-256, P-384 and P-521, Ed25519"),
    (&["nameopt"], "`oneline` and `RFC2253`"),
    (&["purpose"], "`sslclient`, which is looked for anyway"),
    (&["verify_name"], "`default` and `ssl_client`, which are what is looked for anyway"),
    (&["cipher"], "ECDHE with AES-GCM and ChaCha20-Poly1305"),
    (&["ciphersuites"], "AES-GCM and ChaCha20-Poly1305"),
    (&["groups", "curves", "named_curve"], "X25519MLKEM768, X25519, P-256, P-384, P-521"),
    (&["sigalgs", "client_sigalgs"], "RSA, ECDSA and Ed25519 with SHA-256 and later"),
    (&["legacy_server_connect", "no_legacy_server_connect"], "refused, as the original does, for they are for clients"),
];

/// Options that ask for what rustls does anyway, or about what it has not, and why nothing has to be done for them.
#[rustfmt::skip]
const ANYWAY: &[(&[&str], &str)] = &[
    (&["no-CAfile", "no-CApath", "no-CAstore"], "the default places are never looked at"),
    (&["certform", "keyform", "dcertform", "dkeyform", "xcertform", "xkeyform", "CRLform"],
        "the format is found out by the contents"),
    (&["no_dhe"], "there is no finite-field Diffie-Hellman"),
    (&["no_ssl3", "no_tls1", "no_tls1_1"], "there are TLS 1.2 and TLS 1.3 only"),
    (&["bugs", "no_etm"], "there is no suite with CBC"),
    (&["no_comp", "no_tx_cert_comp", "no_rx_cert_comp"], "nothing is compressed"),
    (&["no_resumption_on_reneg"], "there is no renegotiation"),
    (&["anti_replay", "no_anti_replay"], "there is no early data"),
    (&["issuer_checks", "trusted_first", "no_alt_chains"], "the one chain that is built begins with what is trusted"),
];

/// Names of options, and the sentence that refuses them.
#[rustfmt::skip]
const REFUSED: &[(&[&str], &str)] = &[
    (&["ssl_config"], "the rustls engine reads no configuration file; give its settings as options"),
    (&["trace", "msgfile"], "rustls does not show its messages; use openssl s_server"),
    (&["msg"], "rustls does not show its messages; use s_server, built with OpenSSL"),
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
    (&["async"], "rustls has no asynchronous mode; use openssl s_server"),
    (&["max_pipelines", "split_send_frag"], "rustls has no pipelines; use s_server, built with OpenSSL"),
    (&["read_buf"], "rustls chooses its read buffer; use s_server, built with OpenSSL"),
    (&["psk_identity", "psk_hint", "psk", "psk_session"], "rustls has no external pre-shared keys; use openssl s_server"),
    (&["srpvfile", "srpuserseed"], "rustls has no SRP; use openssl s_server"),
    (&["stateless"], "rustls sends no cookie; use openssl s_server"),
    (&["ssl3"], "rustls has TLS 1.2 and TLS 1.3 only; use s_server, built with an OpenSSL that has SSL 3.0"),
    (&["tls1", "tls1_1"], "rustls has TLS 1.2 and TLS 1.3 only; use s_server, built with OpenSSL"),
    (&["dtls", "dtls1", "dtls1_2", "listen", "sctp", "sctp_label_bug", "use_srtp", "timeout", "mtu"],
        "rustls has no DTLS; use openssl s_server"),
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
    use alloc::collections::BTreeSet;
    use std::string::String;

    use super::*;
    use crate::options::row::{Set, Stage, Syntax};
    use crate::options::table::{find, rows};
    use crate::options::testing::{BUNDLED, TestWorld, read};
    use crate::options::{Build, Feature};

    /// A build that lacks nothing but what rustls cannot do.
    const RUSTLS: Build =
        Build { backend: Backend::Rustls, features: BUNDLED.features.with(Feature::CertComp), ..BUNDLED };

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
            "sctp" | "sctp_label_bug" | "listen" | "timeout" | "mtu" => return std::format!("-{name}{value} -dtls"),
            "sendfile" | "zerocopy_sendfile" => "-WWW ",
            _ => "",
        };
        std::format!("{before}-{name}{value}")
    }

    fn refusal(name: &str, build: &Build) -> Option<String> {
        let (options, _) = read(&line(name), build);
        let plan = options.and_then(|options| options.into_plan(build, &mut TestWorld::default(), b""));
        plan.err().map(|error| String::from_utf8(error.text).unwrap())
    }

    #[test]
    fn every_option_is_refused_with_its_sentence_or_accepted() {
        for row in rows().filter(|row| !matches!(row.set, Set::Print(_)) && row.until.is_none()) {
            let expected = match Backend::Rustls.refuses(row.name) {
                Some(why) => Some(std::format!("s_server: -{}: {why}\n", row.name)),
                None if row.stage == Stage::Ready || AHEAD.contains(&row.name) => None,
                None => Some(std::format!("s_server: -{}: not available in this build yet\n", row.name)),
            };
            // What no release has any more is refused for another reason.
            assert_eq!(refusal(row.name, &RUSTLS), expected, "-{}", row.name);
        }
    }

    #[test]
    fn openssl_refuses_nothing_for_being_what_it_is() {
        for row in rows() {
            assert_eq!(Backend::Openssl.refuses(row.name), None);
        }
    }

    #[test]
    fn the_list_names_existing_options_once_and_says_what_to_do() {
        let names: std::vec::Vec<_> = REFUSED.iter().flat_map(|(names, _)| names.iter()).collect();
        assert!(names.iter().all(|name| find(name.as_bytes()).is_some_and(|row| row.name == **name)), "{names:?}");
        assert_eq!(names.iter().collect::<BTreeSet<_>>().len(), names.len());
        assert!(AHEAD.iter().all(|name| !names.contains(&name)));
        let anyway: std::vec::Vec<_> = ANYWAY.iter().flat_map(|(names, _)| names.iter()).collect();
        assert!(anyway.iter().all(|name| find(name.as_bytes()).is_some_and(|row| row.name == **name)), "{anyway:?}");
        assert!(anyway.iter().all(|name| !names.contains(name)), "{anyway:?}");
        let in_part: std::vec::Vec<_> = IN_PART.iter().flat_map(|(names, _)| names.iter()).collect();
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
            let Some(why) = Backend::Rustls.refuses(row.name) else { continue };
            let (_, remedy) = why.rsplit_once("; ").unwrap();
            let ours = remedy.contains("s_server, built with");
            assert!(!(ours && row.stage == Stage::Later), "-{}: {why}", row.name);
            // -psk_identity counts with -psk only, which comes later.
            let later = row.stage == Stage::Later || row.name == "psk_identity";
            assert!(!remedy.contains("openssl s_server") || later, "-{}: {why}", row.name);
        }
    }
}
