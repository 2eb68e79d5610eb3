//! Signature schemes, RFC 8446 section 4.2.3.
use alloc::borrow::Cow;
use alloc::format;

use crate::options::plan::Reference;

/// What a release prints for a scheme; `0x08+0x07` (low byte first) where it has no name.
pub fn printed(scheme: u16, reference: Reference) -> Cow<'static, str> {
    match row(scheme) {
        Some(&(_, name, ..)) if reference >= Reference::V4_0 => name.into(),
        Some(&(_, _, older, ..)) if !older.is_empty() => older.into(),
        _ => format!("0x{:02X}+0x{:02X}", scheme & 0xff, scheme >> 8).into(),
    }
}

/// IANA's name of a scheme, which releases since 4.0 print.
pub fn name(scheme: u16) -> Option<&'static str> {
    row(scheme).map(|row| row.1)
}

/// IANA's name of a scheme, of those too that no release knows.
pub fn iana_name(scheme: u16) -> Option<&'static str> {
    Some(match scheme {
        0x0420 => "rsa_pkcs1_sha256_legacy",
        0x0520 => "rsa_pkcs1_sha384_legacy",
        0x0620 => "rsa_pkcs1_sha512_legacy",
        0x0704 => "eccsi_sha256",
        0x0705 => "iso_ibs1",
        0x0706 => "iso_ibs2",
        0x0707 => "iso_chinese_ibs",
        0x0709 => "gostr34102012_256a",
        0x070a => "gostr34102012_256b",
        0x070b => "gostr34102012_256c",
        0x070c => "gostr34102012_256d",
        0x070d => "gostr34102012_512a",
        0x070e => "gostr34102012_512b",
        0x070f => "gostr34102012_512c",
        0x0911 => "slhdsa_sha2_128s",
        0x0912 => "slhdsa_sha2_128f",
        0x0913 => "slhdsa_sha2_192s",
        0x0914 => "slhdsa_sha2_192f",
        0x0915 => "slhdsa_sha2_256s",
        0x0916 => "slhdsa_sha2_256f",
        0x0917 => "slhdsa_shake_128s",
        0x0918 => "slhdsa_shake_128f",
        0x0919 => "slhdsa_shake_192s",
        0x091a => "slhdsa_shake_192f",
        0x091b => "slhdsa_shake_256s",
        0x091c => "slhdsa_shake_256f",
        _ => return name(scheme),
    })
}

/// The scheme that a word of a list names (`-sigalgs`): any of its names.
pub fn named(word: &str) -> Option<u16> {
    let is = |row: &&Row| row.1 == word || row.2 == word || row.3.contains(&word);
    SCHEMES.iter().filter(|_| !word.is_empty()).find(is).map(|row| row.0)
}

/// The digest of a scheme, `SHA256`; `UNDEF`, as OpenSSL has it, for one that has none of its own.
pub fn digest(scheme: u16) -> Option<&'static str> {
    row(scheme).map(|row| if row.4.is_empty() { "UNDEF" } else { row.4 })
}

/// The kind of a scheme's signatures, in the words of releases up to 3.4.
pub fn kind(scheme: u16) -> Option<&'static str> {
    row(scheme).map(|row| row.5).filter(|kind| !kind.is_empty())
}

fn row(scheme: u16) -> Option<&'static Row> {
    SCHEMES.iter().find(|row| row.0 == scheme)
}

/// Number; IANA's name; what releases up to 3.6 print; further words in lists; digest; kind of the signature.
type Row = (u16, &'static str, &'static str, &'static [&'static str], &'static str, &'static str);

#[rustfmt::skip]
const SCHEMES: &[Row] = &[
    (0x0201, "rsa_pkcs1_sha1", "RSA+SHA1", &[], "SHA1", "RSA"),
    (0x0202, "dsa_sha1", "DSA+SHA1", &[], "SHA1", "DSA"),
    (0x0203, "ecdsa_sha1", "ECDSA+SHA1", &[], "SHA1", "ECDSA"),
    (0x0301, "rsa_pkcs1_sha224", "RSA+SHA224", &[], "SHA224", "RSA"),
    (0x0302, "dsa_sha224", "DSA+SHA224", &[], "SHA224", "DSA"),
    (0x0303, "ecdsa_sha224", "ECDSA+SHA224", &[], "SHA224", "ECDSA"),
    (0x0401, "rsa_pkcs1_sha256", "RSA+SHA256", &[], "SHA256", "RSA"),
    (0x0402, "dsa_sha256", "DSA+SHA256", &[], "SHA256", "DSA"),
    (0x0403, "ecdsa_secp256r1_sha256", "ECDSA+SHA256", &[], "SHA256", "ECDSA"),
    (0x0501, "rsa_pkcs1_sha384", "RSA+SHA384", &[], "SHA384", "RSA"),
    (0x0502, "dsa_sha384", "DSA+SHA384", &[], "SHA384", "DSA"),
    (0x0503, "ecdsa_secp384r1_sha384", "ECDSA+SHA384", &[], "SHA384", "ECDSA"),
    (0x0601, "rsa_pkcs1_sha512", "RSA+SHA512", &[], "SHA512", "RSA"),
    (0x0602, "dsa_sha512", "DSA+SHA512", &[], "SHA512", "DSA"),
    (0x0603, "ecdsa_secp521r1_sha512", "ECDSA+SHA512", &[], "SHA512", "ECDSA"),
    (0x0708, "sm2sig_sm3", "", &[], "SM3", "SM2"),
    (0x0804, "rsa_pss_rsae_sha256", "RSA-PSS+SHA256", &["PSS+SHA256"], "SHA256", "RSA-PSS"),
    (0x0805, "rsa_pss_rsae_sha384", "RSA-PSS+SHA384", &["PSS+SHA384"], "SHA384", "RSA-PSS"),
    (0x0806, "rsa_pss_rsae_sha512", "RSA-PSS+SHA512", &["PSS+SHA512"], "SHA512", "RSA-PSS"),
    (0x0807, "ed25519", "ed25519", &[], "", "ed25519"),
    (0x0808, "ed448", "ed448", &[], "", "ed448"),
    (0x0809, "rsa_pss_pss_sha256", "rsa_pss_pss_sha256", &[], "SHA256", "RSA-PSS"),
    (0x080a, "rsa_pss_pss_sha384", "rsa_pss_pss_sha384", &[], "SHA384", "RSA-PSS"),
    (0x080b, "rsa_pss_pss_sha512", "rsa_pss_pss_sha512", &[], "SHA512", "RSA-PSS"),
    (0x081a, "ecdsa_brainpoolP256r1tls13_sha256", "ecdsa_brainpoolP256r1_sha256", &[], "SHA256", "ECDSA"),
    (0x081b, "ecdsa_brainpoolP384r1tls13_sha384", "ecdsa_brainpoolP384r1_sha384", &[], "SHA384", "ECDSA"),
    (0x081c, "ecdsa_brainpoolP512r1tls13_sha512", "ecdsa_brainpoolP512r1_sha512", &[], "SHA512", "ECDSA"),
    (0x0904, "mldsa44", "", &[], "", ""),
    (0x0905, "mldsa65", "", &[], "", ""),
    (0x0906, "mldsa87", "", &[], "", ""),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_print_schemes_differently() {
        for (scheme, old, new) in [
            (0x0403, "ECDSA+SHA256", "ecdsa_secp256r1_sha256"),
            (0x0804, "RSA-PSS+SHA256", "rsa_pss_rsae_sha256"),
            (0x0905, "0x05+0x09", "mldsa65"),
            (0x0708, "0x08+0x07", "sm2sig_sm3"),
            (0xfefe, "0xFE+0xFE", "0xFE+0xFE"),
        ] {
            assert_eq!(printed(scheme, Reference::V3_0), old);
            assert_eq!(printed(scheme, Reference::V4_0), new);
        }
    }

    #[test]
    fn the_registry_has_more_than_a_release() {
        for (scheme, iana) in
            [(0x0420, Some("rsa_pkcs1_sha256_legacy")), (0x0804, Some("rsa_pss_rsae_sha256")), (0, None)]
        {
            assert_eq!(iana_name(scheme), iana);
        }
    }

    #[test]
    fn any_of_its_names_means_a_scheme() {
        for word in ["rsa_pss_rsae_sha384", "RSA-PSS+SHA384", "PSS+SHA384"] {
            assert_eq!(named(word), Some(0x0805));
        }
        assert_eq!((named("ecdsa_secp521r1_sha512"), named("bogus"), named("")), (Some(0x0603), None, None));
    }

    #[test]
    fn a_scheme_has_a_digest_and_a_kind() {
        assert_eq!((digest(0x0804), kind(0x0804)), (Some("SHA256"), Some("RSA-PSS")));
        assert_eq!((digest(0x0807), kind(0x0807)), (Some("UNDEF"), Some("ed25519")));
        assert_eq!((digest(0xfefe), kind(0xfefe), name(0xfefe)), (None, None, None));
    }

    #[test]
    fn the_table_is_sorted_so_that_no_scheme_stands_twice() {
        assert!(SCHEMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }
}
