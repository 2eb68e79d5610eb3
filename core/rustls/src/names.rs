//! What rustls has of OpenSSL's cipher suites, groups and signature schemes, and the words that stand for them.
use std::borrow::Cow;

use rustls::{CipherSuite, NamedGroup, SignatureScheme};
use s_server_core::registry::{cipher_suites, groups, signature_schemes};

/// The suites of TLS 1.2 that rustls has, and the words of a `-cipher` list that stand for each.
#[rustfmt::skip]
const SUITES: &[(CipherSuite, &[&str])] = &[
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, &["aECDSA", "ECDSA", "AES256", "AESGCM", "AES"]),
    (CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, &["aRSA", "AES256", "AESGCM", "AES"]),
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, &["aECDSA", "ECDSA", "CHACHA20"]),
    (CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, &["aRSA", "CHACHA20"]),
    (CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, &["aECDSA", "ECDSA", "AES128", "AESGCM", "AES"]),
    (CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, &["aRSA", "AES128", "AESGCM", "AES"]),
];

/// Words that stand for every suite of TLS 1.2 that rustls has.
const EVERY: &[&str] =
    &["ALL", "DEFAULT", "HIGH", "ECDHE", "kECDHE", "EECDH", "kEECDH", "TLSv1.2", "COMPLEMENTOFDEFAULT"];

/// The schemes that rustls has.
const SCHEMES: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED25519,
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

/// OpenSSL's name of a suite.
pub fn suite(suite: CipherSuite) -> Option<&'static str> {
    cipher_suites::openssl_name(suite.into())
}

/// The lowest version that has the suite (`SSL_CIPHER_get_version`).
pub fn suite_version(suite: CipherSuite) -> &'static str {
    if is_tls13(suite) { "TLSv1.3" } else { "TLSv1.2" }
}

/// A suite of TLS 1.3.
pub fn is_tls13(suite: CipherSuite) -> bool {
    cipher_suites::is_tls13(suite.into())
}

/// The suite encrypts with ChaCha20-Poly1305.
pub fn is_chacha20(suite: CipherSuite) -> bool {
    cipher_suites::is_chacha20(suite.into())
}

/// Whether a word of a `-cipher` list stands for that suite.
pub fn cipher_word_means(word: &str, suite: CipherSuite) -> bool {
    let row = SUITES.iter().find(|row| row.0 == suite);
    row.is_some_and(|(_, words)| self::suite(suite) == Some(word) || words.contains(&word) || EVERY.contains(&word))
}

/// OpenSSL's name of a group; its number in the ClientHello where OpenSSL has none.
pub fn group(group: NamedGroup) -> Cow<'static, str> {
    let number = u16::from(group);
    groups::name(number).map_or_else(|| format!("0x{number:04X}").into(), Cow::Borrowed)
}

/// The group that a word of a `-groups` list names.
pub fn group_named(word: &str) -> Option<NamedGroup> {
    groups::named(word).map(NamedGroup::from)
}

/// The scheme that a word of a `-sigalgs` list names, of those that rustls has.
pub fn scheme_named(word: &str) -> Option<SignatureScheme> {
    signature_schemes::named(word).map(SignatureScheme::from).filter(|scheme| SCHEMES.contains(scheme))
}

/// IANA's name of a scheme that rustls has.
pub fn scheme(scheme: SignatureScheme) -> Option<&'static str> {
    SCHEMES.contains(&scheme).then(|| signature_schemes::name(scheme.into())).flatten()
}

/// The digest of a scheme that rustls has.
pub fn digest(scheme: SignatureScheme) -> Option<&'static str> {
    SCHEMES.contains(&scheme).then(|| signature_schemes::digest(scheme.into())).flatten()
}

/// The kind of a signature, as releases up to 3.4 name it, of a scheme that rustls has.
pub fn signature_kind(scheme: SignatureScheme) -> Option<&'static str> {
    SCHEMES.contains(&scheme).then(|| signature_schemes::kind(scheme.into())).flatten()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_suite_of_rustls_has_a_name() {
        for known in rustls::crypto::ring::ALL_CIPHER_SUITES {
            assert!(suite(known.suite()).is_some(), "{known:?}");
        }
        assert_eq!(suite_version(CipherSuite::TLS13_AES_128_GCM_SHA256), "TLSv1.3");
        assert_eq!(suite_version(CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256), "TLSv1.2");
    }

    #[test]
    fn every_scheme_of_rustls_has_names() {
        for &known in SCHEMES {
            assert!(scheme(known).is_some() && digest(known).is_some() && signature_kind(known).is_some(), "{known:?}");
        }
    }

    #[test]
    fn words_stand_for_suites() {
        let means = |word| {
            SUITES
                .iter()
                .filter(|row| cipher_word_means(word, row.0))
                .filter_map(|row| suite(row.0))
                .collect::<Vec<_>>()
        };
        assert_eq!(means("ECDHE-RSA-AES128-GCM-SHA256"), ["ECDHE-RSA-AES128-GCM-SHA256"]);
        assert_eq!(means("CHACHA20"), ["ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305"]);
        assert_eq!(means("HIGH").len(), 6);
        assert!(means("AES128-SHA").is_empty() && means("TLS_AES_128_GCM_SHA256").is_empty());
    }

    #[test]
    fn groups_and_schemes_have_old_and_new_names() {
        assert_eq!(group_named("P-256"), Some(NamedGroup::secp256r1));
        assert_eq!(group_named("x25519mlkem768"), Some(NamedGroup::X25519MLKEM768));
        assert_eq!((group_named("bogus"), &*group(NamedGroup::from(0x1234))), (None, "0x1234"));
        assert_eq!(scheme_named("RSA-PSS+SHA384"), Some(SignatureScheme::RSA_PSS_SHA384));
        assert_eq!(scheme_named("ecdsa_secp521r1_sha512"), Some(SignatureScheme::ECDSA_NISTP521_SHA512));
        assert_eq!((scheme_named("DSA+SHA1"), scheme_named("ed448")), (None, None));
    }
}
