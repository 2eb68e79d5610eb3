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

    /// Whether the option has its effect although its row is not [`Stage::Ready`](super::row::Stage::Ready).
    pub(super) fn is_ahead(self, option: &str) -> bool {
        self == Self::Rustls && AHEAD.contains(&option)
    }
}

/// Options that have their effect with rustls only.
const AHEAD: &[&str] = &["status_file"];

/// Names of options, and the sentence that refuses them.
#[rustfmt::skip]
const REFUSED: &[(&[&str], &str)] = &[
    (&["ssl_config"], "the rustls engine reads no configuration file; give its settings as options"),
    (&["trace", "msg", "msgfile"], "rustls does not show its messages; the OpenSSL engine does"),
    (&["engine"], "engines are modules of OpenSSL; use the OpenSSL engine"),
    (&["provider-path", "provider", "provparam", "propquery"], "providers are modules of OpenSSL; use the OpenSSL engine"),
    (&["CAstore", "chainCAstore", "verifyCAstore"], "the rustls engine opens no URI; name a file with -CAfile"),
    (&["nocert"], "rustls has no suite without a certificate; use the OpenSSL engine"),
    (&["serverinfo"], "rustls sends no extension but its own; use the OpenSSL engine"),
    (&["dhparam"], "rustls has no finite-field Diffie-Hellman; use the OpenSSL engine, or leave it out for ECDHE"),
    (&["id_prefix"], "rustls chooses the whole session id; use the OpenSSL engine"),
    (&["crl_download"], "the rustls engine fetches nothing; name a revocation list with -CRL"),
    (&["enable_server_rpk", "enable_client_rpk", "expected-rpks"], "the rustls engine has no raw public keys; use the OpenSSL engine"),
    (&["ext_cache"], "the rustls engine has no external cache; leave it out for the internal one"),
    (&["cert_comp"], "the rustls engine compresses no certificates; use the OpenSSL engine"),
    (&["status", "status_all", "status_verbose", "status_timeout", "status_url", "proxy", "no_proxy"],
        "the rustls engine asks no OCSP responder; name a response with -status_file"),
    (&["security_debug", "security_debug_verbose"], "rustls has no security levels; use the OpenSSL engine"),
    (&["state"], "rustls does not tell its states; use the OpenSSL engine"),
    (&["async", "max_pipelines", "split_send_frag"], "rustls has no pipelines and no asynchronous mode; use the OpenSSL engine"),
    (&["read_buf"], "rustls chooses its read buffer; use the OpenSSL engine"),
    (&["psk_identity", "psk_hint", "psk", "psk_session"], "rustls has no external pre-shared keys; use the OpenSSL engine"),
    (&["srpvfile", "srpuserseed"], "rustls has no SRP; use the OpenSSL engine"),
    (&["stateless"], "rustls sends no cookie; use the OpenSSL engine"),
    (&["ssl3", "tls1", "tls1_1"], "rustls has TLS 1.2 and TLS 1.3 only; use the OpenSSL engine"),
    (&["dtls", "dtls1", "dtls1_2", "listen", "sctp", "sctp_label_bug", "use_srtp", "timeout", "mtu"],
        "rustls has no DTLS; use the OpenSSL engine"),
    (&["nextprotoneg"], "rustls has no NPN; use -alpn, or the OpenSSL engine"),
    (&["ech_key", "ech_dir", "ech_noretry_dir", "ech_trialdecrypt", "ech_greaseretries"],
        "rustls has no Encrypted Client Hello for servers; use the OpenSSL engine"),
    (&["ktls", "sendfile", "zerocopy_sendfile"], "the rustls engine has no socket for kernel TLS; use the OpenSSL engine"),
    (&["rand", "writerand"], "the rustls engine takes its seed from the host; leave it out"),
    (&["comp"], "rustls has no compression of records; use the OpenSSL engine"),
    (&["legacy_renegotiation", "client_renegotiation"], "rustls has no renegotiation; use the OpenSSL engine"),
    (&["allow_no_dhe_kex", "prefer_no_dhe_kex"], "rustls resumes with a fresh key exchange only; use the OpenSSL engine"),
    (&["prioritize_chacha"], "rustls follows one order of suites; use -serverpref, or the OpenSSL engine"),
    (&["strict"], "the rustls engine has no second mode of checks; leave it out"),
    (&["record_padding"], "rustls does not pad records; use the OpenSSL engine"),
    (&["debug_broken_protocol"], "rustls does not violate the protocol; use the OpenSSL engine"),
    (&["no_middlebox"], "rustls always answers the middlebox mode of a client; use the OpenSSL engine"),
    (&["no_ems"], "rustls uses the extended master secret whenever the client does; use the OpenSSL engine"),
    (&["policy", "policy_check", "explicit_policy", "inhibit_any", "inhibit_map", "policy_print"],
        "the rustls engine knows no certificate policies; use the OpenSSL engine"),
    (&["auth_level", "suiteB_128_only", "suiteB_128", "suiteB_192"], "rustls has no security levels; use the OpenSSL engine"),
    (&["verify_email"], "the rustls engine compares no email address; use -verify_hostname or -verify_ip, or the OpenSSL engine"),
    (&["ignore_critical", "x509_strict", "check_ss_sig", "allow_proxy_certs", "no_check_time"],
        "the checks of the rustls engine are fixed; use the OpenSSL engine"),
    (&["extended_crl", "use_deltas"], "the rustls engine reads complete revocation lists only; use the OpenSSL engine"),
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
        for (names, why) in REFUSED {
            assert!(why.contains("; ") || why.ends_with("does"), "no remedy for {names:?}");
            assert!(!why.contains('|') && !why.ends_with('.'), "{why}");
        }
    }
}
