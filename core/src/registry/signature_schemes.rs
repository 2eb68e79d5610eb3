//! Names of code points: signature schemes and point formats.
use alloc::borrow::Cow;
use alloc::format;

use crate::options::plan::Reference;

/// Signature scheme, its name up to 3.6, its name since 4.0.
#[rustfmt::skip]
const SCHEMES: &[(u16, &str, &str)] = &[
    (0x0201, "RSA+SHA1", "rsa_pkcs1_sha1"),
    (0x0202, "DSA+SHA1", "dsa_sha1"),
    (0x0203, "ECDSA+SHA1", "ecdsa_sha1"),
    (0x0301, "RSA+SHA224", "rsa_pkcs1_sha224"),
    (0x0302, "DSA+SHA224", "dsa_sha224"),
    (0x0303, "ECDSA+SHA224", "ecdsa_sha224"),
    (0x0401, "RSA+SHA256", "rsa_pkcs1_sha256"),
    (0x0402, "DSA+SHA256", "dsa_sha256"),
    (0x0403, "ECDSA+SHA256", "ecdsa_secp256r1_sha256"),
    (0x0501, "RSA+SHA384", "rsa_pkcs1_sha384"),
    (0x0502, "DSA+SHA384", "dsa_sha384"),
    (0x0503, "ECDSA+SHA384", "ecdsa_secp384r1_sha384"),
    (0x0601, "RSA+SHA512", "rsa_pkcs1_sha512"),
    (0x0602, "DSA+SHA512", "dsa_sha512"),
    (0x0603, "ECDSA+SHA512", "ecdsa_secp521r1_sha512"),
    (0x0708, "", "sm2sig_sm3"),
    (0x0804, "RSA-PSS+SHA256", "rsa_pss_rsae_sha256"),
    (0x0805, "RSA-PSS+SHA384", "rsa_pss_rsae_sha384"),
    (0x0806, "RSA-PSS+SHA512", "rsa_pss_rsae_sha512"),
    (0x0807, "ed25519", "ed25519"),
    (0x0808, "ed448", "ed448"),
    (0x0809, "rsa_pss_pss_sha256", "rsa_pss_pss_sha256"),
    (0x080a, "rsa_pss_pss_sha384", "rsa_pss_pss_sha384"),
    (0x080b, "rsa_pss_pss_sha512", "rsa_pss_pss_sha512"),
    (0x081a, "ecdsa_brainpoolP256r1_sha256", "ecdsa_brainpoolP256r1tls13_sha256"),
    (0x081b, "ecdsa_brainpoolP384r1_sha384", "ecdsa_brainpoolP384r1tls13_sha384"),
    (0x081c, "ecdsa_brainpoolP512r1_sha512", "ecdsa_brainpoolP512r1tls13_sha512"),
    (0x0904, "", "mldsa44"),
    (0x0905, "", "mldsa65"),
    (0x0906, "", "mldsa87"),
];

/// The name of a signature scheme; `0x08+0x07` (low byte first) for one the release has no name for.
pub fn signature_scheme(scheme: u16, reference: Reference) -> Cow<'static, str> {
    let row = SCHEMES.iter().find(|row| row.0 == scheme);
    match row {
        Some(&(_, _, new)) if reference >= Reference::V4_0 => new.into(),
        Some(&(_, old, _)) if !old.is_empty() => old.into(),
        _ => format!("0x{:02X}+0x{:02X}", scheme & 0xff, scheme >> 8).into(),
    }
}

/// The name of an ECPointFormat, RFC 8422 section 5.1.2.
pub fn point_format(format: u8) -> Cow<'static, str> {
    match format {
        0 => "uncompressed".into(),
        1 => "ansiX962_compressed_prime".into(),
        2 => "ansiX962_compressed_char2".into(),
        _ => format!("unknown({format})").into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_name_schemes_differently() {
        for (scheme, old, new) in [
            (0x0403, "ECDSA+SHA256", "ecdsa_secp256r1_sha256"),
            (0x0804, "RSA-PSS+SHA256", "rsa_pss_rsae_sha256"),
            (0x0905, "0x05+0x09", "mldsa65"),
            (0x0708, "0x08+0x07", "sm2sig_sm3"),
            (0xfefe, "0xFE+0xFE", "0xFE+0xFE"),
        ] {
            assert_eq!(signature_scheme(scheme, Reference::V3_0), old);
            assert_eq!(signature_scheme(scheme, Reference::V4_0), new);
        }
    }

    #[test]
    fn the_table_is_sorted_so_that_no_scheme_stands_twice() {
        assert!(SCHEMES.windows(2).all(|pair| pair[0].0 < pair[1].0));
    }

    #[test]
    fn unknown_point_formats_keep_their_number() {
        assert_eq!(point_format(2), "ansiX962_compressed_char2");
        assert_eq!(point_format(9), "unknown(9)");
    }
}
