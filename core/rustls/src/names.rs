//! OpenSSL's names of what rustls can do: cipher suites, groups, signature schemes.
use rustls::{CipherSuite, NamedGroup, SignatureScheme};
use s_server_core::registry::cipher_suites as ciphers;

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

/// The suite encrypts with ChaCha20-Poly1305, RFC 7905 and RFC 8446 section B.4.
pub fn is_chacha(suite: CipherSuite) -> bool {
    matches!(u16::from(suite), 0xcca8..=0xccae | 0x1303)
}

/// Words that stand for every suite of TLS 1.2 that rustls has.
const EVERY: &[&str] =
    &["ALL", "DEFAULT", "HIGH", "ECDHE", "kECDHE", "EECDH", "kEECDH", "TLSv1.2", "COMPLEMENTOFDEFAULT"];

/// Number in the ClientHello (RFC 8446 section 4.2.7), OpenSSL's name, other names in a `-groups` list.
#[rustfmt::skip]
const GROUPS: &[(u16, &str, &[&str])] = &[
    (0x0001, "sect163k1", &[]),
    (0x0002, "sect163r1", &[]),
    (0x0003, "sect163r2", &[]),
    (0x0004, "sect193r1", &[]),
    (0x0005, "sect193r2", &[]),
    (0x0006, "sect233k1", &[]),
    (0x0007, "sect233r1", &[]),
    (0x0008, "sect239k1", &[]),
    (0x0009, "sect283k1", &[]),
    (0x000a, "sect283r1", &[]),
    (0x000b, "sect409k1", &[]),
    (0x000c, "sect409r1", &[]),
    (0x000d, "sect571k1", &[]),
    (0x000e, "sect571r1", &[]),
    (0x000f, "secp160k1", &[]),
    (0x0010, "secp160r1", &[]),
    (0x0011, "secp160r2", &[]),
    (0x0012, "secp192k1", &[]),
    (0x0013, "secp192r1", &[]),
    (0x0014, "secp224k1", &[]),
    (0x0015, "secp224r1", &[]),
    (0x0016, "secp256k1", &[]),
    (0x0017, "secp256r1", &["P-256", "prime256v1"]),
    (0x0018, "secp384r1", &["P-384"]),
    (0x0019, "secp521r1", &["P-521"]),
    (0x001a, "brainpoolP256r1", &[]),
    (0x001b, "brainpoolP384r1", &[]),
    (0x001c, "brainpoolP512r1", &[]),
    (0x001d, "x25519", &["X25519"]),
    (0x001e, "x448", &["X448"]),
    (0x001f, "brainpoolP256r1tls13", &[]),
    (0x0020, "brainpoolP384r1tls13", &[]),
    (0x0021, "brainpoolP512r1tls13", &[]),
    (0x0022, "GC256A", &[]),
    (0x0023, "GC256B", &[]),
    (0x0024, "GC256C", &[]),
    (0x0025, "GC256D", &[]),
    (0x0026, "GC512A", &[]),
    (0x0027, "GC512B", &[]),
    (0x0028, "GC512C", &[]),
    (0x0029, "curveSM2", &[]),
    (0x0100, "ffdhe2048", &[]),
    (0x0101, "ffdhe3072", &[]),
    (0x0102, "ffdhe4096", &[]),
    (0x0103, "ffdhe6144", &[]),
    (0x0104, "ffdhe8192", &[]),
    (0x0200, "MLKEM512", &[]),
    (0x0201, "MLKEM768", &[]),
    (0x0202, "MLKEM1024", &[]),
    (0x11eb, "SecP256r1MLKEM768", &[]),
    (0x11ec, "X25519MLKEM768", &[]),
    (0x11ed, "SecP384r1MLKEM1024", &[]),
    (0x11ee, "curveSM2MLKEM768", &[]),
];

/// Scheme, its name of RFC 8446, the words of older lists, digest, and kind of the signature up to OpenSSL 3.4.
type Scheme = (SignatureScheme, &'static str, &'static [&'static str], &'static str, &'static str);

#[rustfmt::skip]
const SCHEMES: &[Scheme] = &[
    (SignatureScheme::ECDSA_NISTP256_SHA256, "ecdsa_secp256r1_sha256", &["ECDSA+SHA256"], "SHA256", "ECDSA"),
    (SignatureScheme::ECDSA_NISTP384_SHA384, "ecdsa_secp384r1_sha384", &["ECDSA+SHA384"], "SHA384", "ECDSA"),
    (SignatureScheme::ECDSA_NISTP521_SHA512, "ecdsa_secp521r1_sha512", &["ECDSA+SHA512"], "SHA512", "ECDSA"),
    (SignatureScheme::ED25519, "ed25519", &[], "UNDEF", "ed25519"),
    (SignatureScheme::RSA_PSS_SHA256, "rsa_pss_rsae_sha256", &["RSA-PSS+SHA256", "PSS+SHA256"], "SHA256", "RSA-PSS"),
    (SignatureScheme::RSA_PSS_SHA384, "rsa_pss_rsae_sha384", &["RSA-PSS+SHA384", "PSS+SHA384"], "SHA384", "RSA-PSS"),
    (SignatureScheme::RSA_PSS_SHA512, "rsa_pss_rsae_sha512", &["RSA-PSS+SHA512", "PSS+SHA512"], "SHA512", "RSA-PSS"),
    (SignatureScheme::RSA_PKCS1_SHA256, "rsa_pkcs1_sha256", &["RSA+SHA256"], "SHA256", "RSA"),
    (SignatureScheme::RSA_PKCS1_SHA384, "rsa_pkcs1_sha384", &["RSA+SHA384"], "SHA384", "RSA"),
    (SignatureScheme::RSA_PKCS1_SHA512, "rsa_pkcs1_sha512", &["RSA+SHA512"], "SHA512", "RSA"),
];

/// OpenSSL's name of a suite.
pub fn suite(suite: CipherSuite) -> Option<&'static str> {
    ciphers::name(suite.into())
}

/// The lowest version that has the suite (`SSL_CIPHER_get_version`).
pub fn suite_version(suite: CipherSuite) -> &'static str {
    if is_tls13(suite) { "TLSv1.3" } else { "TLSv1.2" }
}

/// A suite of TLS 1.3: RFC 8446 appendix B.4 gives them the numbers 0x1301 and on.
pub fn is_tls13(suite: CipherSuite) -> bool {
    u16::from(suite) >> 8 == 0x13
}

/// Whether a word of a `-cipher` list stands for that suite.
pub fn cipher_word_means(word: &str, suite: CipherSuite) -> bool {
    let row = SUITES.iter().find(|row| row.0 == suite);
    row.is_some_and(|(_, words)| self::suite(suite) == Some(word) || words.contains(&word) || EVERY.contains(&word))
}

/// OpenSSL's name of a group; its number in the ClientHello where OpenSSL has none.
pub fn group(group: NamedGroup) -> String {
    let number = u16::from(group);
    let row = GROUPS.iter().find(|row| row.0 == number);
    row.map_or_else(|| format!("0x{number:04X}"), |row| row.1.to_owned())
}

/// The group that a word of a `-groups` list names.
pub fn group_named(word: &str) -> Option<NamedGroup> {
    let is = |name: &str| name.eq_ignore_ascii_case(word);
    GROUPS.iter().find(|(_, name, others)| is(name) || others.iter().any(|name| is(name))).map(|row| row.0.into())
}

/// The scheme that a word of a `-sigalgs` list names.
pub fn scheme_named(word: &str) -> Option<SignatureScheme> {
    SCHEMES.iter().find(|(_, name, others, ..)| *name == word || others.contains(&word)).map(|row| row.0)
}

/// The scheme's name of RFC 8446.
pub fn scheme(scheme: SignatureScheme) -> Option<&'static str> {
    SCHEMES.iter().find(|row| row.0 == scheme).map(|row| row.1)
}

/// The digest of a signature; `None` for a scheme without one.
pub fn digest(scheme: SignatureScheme) -> Option<&'static str> {
    SCHEMES.iter().find(|row| row.0 == scheme).map(|row| row.3)
}

/// The kind of a signature, as releases up to 3.4 name it.
pub fn signature_kind(scheme: SignatureScheme) -> Option<&'static str> {
    SCHEMES.iter().find(|row| row.0 == scheme).map(|row| row.4)
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
        assert_eq!((group_named("bogus"), group(NamedGroup::from(0x1234)).as_str()), (None, "0x1234"));
        assert_eq!(scheme_named("RSA-PSS+SHA384"), Some(SignatureScheme::RSA_PSS_SHA384));
        assert_eq!(scheme_named("ecdsa_secp521r1_sha512"), Some(SignatureScheme::ECDSA_NISTP521_SHA512));
        assert_eq!(scheme_named("DSA+SHA1"), None);
    }
}
