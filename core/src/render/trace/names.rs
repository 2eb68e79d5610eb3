//! What a release's `SSL_trace` calls the numbers of the protocol: its own words, where they are not the registries'.
//!
//! Compared with the function itself for every number, in 3.0 and in 4.0; a name in a release between them comes with what
//! it names.
use crate::options::plan::Reference::{self, *};
use crate::registry::{cipher_suites, extension_types, groups, handshake_types, signature_schemes, versions};

/// What a number stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// ProtocolVersion, RFC 8446 section 4.1.2.
    Version,
    /// ContentType, RFC 8446 section 5.1.
    Content,
    /// AlertLevel, RFC 8446 section 6.
    Level,
    /// AlertDescription, RFC 8446 section 6.
    Alert,
    /// HandshakeType, RFC 8446 section 4.
    Message,
    /// CipherSuite, RFC 8446 appendix B.4.
    Suite,
    /// CompressionMethod, RFC 3749.
    Compression,
    /// ExtensionType, RFC 8446 section 4.2.
    Extension,
    /// NamedGroup, RFC 8446 section 4.2.7.
    Group,
    /// ECPointFormat, RFC 8422 section 5.1.2.
    PointFormat,
    /// SignatureScheme, RFC 8446 section 4.2.3.
    Scheme,
    /// MaxFragmentLength, RFC 6066 section 4.
    FragmentLength,
    /// PskKeyExchangeMode, RFC 8446 section 4.2.9.
    PskMode,
    /// CertificateType, RFC 7250 section 3.
    CertificateType,
    /// ClientCertificateType, RFC 5246 section 7.4.4.
    ClientCertificateType,
    /// CertificateCompressionAlgorithm, RFC 8879 section 3.
    CertificateCompression,
    /// KeyUpdateRequest, RFC 8446 section 4.6.3.
    KeyUpdate,
}

/// The release's name of a number.
pub(super) fn known(code: Code, number: u16, reference: Reference) -> Option<&'static str> {
    match code {
        Code::Version => versions::spelt(i32::from(number), reference).or(match number {
            versions::DTLS1_2 => Some("DTLS 1.2"),
            _ => None,
        }),
        Code::Content => handshake_types::content(i32::from(number)).filter(|_| number < 256),
        Code::Level => match number {
            1 => Some("warning"),
            2 => Some("fatal"),
            _ => None,
        },
        Code::Alert => alert(number, reference),
        Code::Message => u8::try_from(number).ok().and_then(|number| handshake_types::name(number, reference)),
        Code::Suite => suite(number, reference),
        Code::Compression => match number {
            0 => Some("No Compression"),
            1 => Some("Zlib Compression"),
            _ => None,
        },
        Code::Extension => extension(number, reference),
        Code::Group => group(number, reference),
        Code::PointFormat => match number {
            0 => Some("uncompressed"),
            1 => Some("ansiX962_compressed_prime"),
            2 => Some("ansiX962_compressed_char2"),
            _ => None,
        },
        Code::Scheme => scheme(number, reference),
        Code::FragmentLength => match number {
            0 => Some("disabled"),
            1 => Some("max_fragment_length := 2^9 (512 bytes)"),
            2 => Some("max_fragment_length := 2^10 (1024 bytes)"),
            3 => Some("max_fragment_length := 2^11 (2048 bytes)"),
            4 => Some("max_fragment_length := 2^12 (4096 bytes)"),
            _ => None,
        },
        Code::PskMode => match number {
            0 => Some("psk_ke"),
            1 => Some("psk_dhe_ke"),
            _ => None,
        },
        Code::CertificateType => match number {
            0 => Some("x509"),
            1 => Some("pgp"),
            2 => Some("rpk"),
            3 => Some("1609dot2"),
            _ => None,
        },
        Code::ClientCertificateType => client_certificate_type(number),
        Code::CertificateCompression => match number {
            0 => Some("none"),
            1 => Some("zlib"),
            2 => Some("brotli"),
            3 => Some("zstd"),
            _ => None,
        },
        Code::KeyUpdate => match number {
            0 => Some("update_not_requested"),
            1 => Some("update_requested"),
            _ => None,
        },
    }
}

/// What `SSL_alert_desc_string_long` says.
fn alert(number: u16, reference: Reference) -> Option<&'static str> {
    Some(match number {
        0 => "close notify",
        10 if reference < V4_0 => "unexpected_message",
        10 => "unexpected message",
        20 => "bad record mac",
        21 => "decryption failed",
        22 => "record overflow",
        30 => "decompression failure",
        40 => "handshake failure",
        41 => "no certificate",
        42 => "bad certificate",
        43 => "unsupported certificate",
        44 => "certificate revoked",
        45 => "certificate expired",
        46 => "certificate unknown",
        47 => "illegal parameter",
        48 => "unknown CA",
        49 => "access denied",
        50 => "decode error",
        51 => "decrypt error",
        60 => "export restriction",
        70 => "protocol version",
        71 => "insufficient security",
        80 => "internal error",
        90 => "user canceled",
        100 => "no renegotiation",
        110 => "unsupported extension",
        111 => "certificate unobtainable",
        112 => "unrecognized name",
        113 => "bad certificate status response",
        114 => "bad certificate hash value",
        115 => "unknown PSK identity",
        120 => "no application protocol",
        121 if reference >= V4_0 => "ECH required",
        _ => return None,
    })
}

fn suite(number: u16, reference: Reference) -> Option<&'static str> {
    Some(match number {
        0x001d => "SSL_FORTEZZA_KEA_WITH_FORTEZZA_CBC_SHA",
        0x001e => "SSL_FORTEZZA_KEA_WITH_RC4_128_SHA",
        0x0081 => "TLS_GOSTR341001_WITH_28147_CNT_IMIT",
        0x0083 => "TLS_GOSTR341001_WITH_NULL_GOSTR3411",
        0xc100 => "GOST2012-KUZNYECHIK-KUZNYECHIKOMAC",
        0xc101 => "GOST2012-MAGMA-MAGMAOMAC",
        0xc102 => "IANA-GOST2012-GOST8912-GOST8912",
        0xfefe => "SSL_RSA_FIPS_WITH_DES_CBC_SHA",
        0xfeff => "SSL_RSA_FIPS_WITH_3DES_EDE_CBC_SHA",
        0xff85 => "LEGACY-GOST2012-GOST8912-GOST8912",
        0xff87 => "GOST2012-NULL-GOST12",
        0xc0b4 | 0xc0b5 if reference < V3_5 => return None,
        0x00c6 | 0x00c7 if reference < V4_0 => return None,
        0x1306 | 0x1307 | 0xc0b0..=0xc0b3 | 0xc103..=0xc106 | 0xd001..=0xd005 => return None,
        _ => return cipher_suites::iana_name(number),
    })
}

fn extension(number: u16, reference: Reference) -> Option<&'static str> {
    Some(match number {
        18 => "signed_certificate_timestamps",
        19 if reference >= V3_2 => "client_cert_type",
        20 if reference >= V3_2 => "server_cert_type",
        41 => "psk",
        44 => "cookie_ext",
        13_172 => "next_proto_neg",
        64_768 if reference >= V4_0 => "outer_extension",
        65_281 => "renegotiate",
        27 if reference < V3_2 => return None,
        65_037 if reference < V4_0 => return None,
        0..=14 | 16 | 21..=23 | 27 | 35 | 42 | 43 | 45 | 47 | 49..=51 | 65_037 => {
            return extension_types::iana_name(number);
        }
        _ => return None,
    })
}

fn group(number: u16, reference: Reference) -> Option<&'static str> {
    Some(match number {
        1 => "sect163k1 (K-163)",
        3 => "sect163r2 (B-163)",
        6 => "sect233k1 (K-233)",
        7 => "sect233r1 (B-233)",
        9 => "sect283k1 (K-283)",
        10 => "sect283r1 (B-283)",
        11 => "sect409k1 (K-409)",
        12 => "sect409r1 (B-409)",
        13 => "sect571k1 (K-571)",
        14 => "sect571r1 (B-571)",
        19 => "secp192r1 (P-192)",
        21 => "secp224r1 (P-224)",
        23 => "secp256r1 (P-256)",
        24 => "secp384r1 (P-384)",
        25 => "secp521r1 (P-521)",
        29 => "ecdh_x25519",
        30 => "ecdh_x448",
        31..=33 if reference < V3_2 => return None,
        0x0200..=0x0202 | 0x11eb..=0x11ed if reference < V3_5 => return None,
        41 | 0x11ee if reference < V4_0 => return None,
        0x6399 if reference >= V3_2 => "X25519Kyber768Draft00",
        0x639a if reference >= V3_2 => "SecP256r1Kyber768Draft00",
        0xff01 => "arbitrary_explicit_prime_curves",
        0xff02 => "arbitrary_explicit_char2_curves",
        _ => return groups::name(number),
    })
}

fn scheme(number: u16, reference: Reference) -> Option<&'static str> {
    Some(match number {
        0x0708 if reference < V4_0 => return None,
        0x081a..=0x081c if reference < V3_2 => return None,
        0x0904..=0x0906 if reference < V3_5 => return None,
        0x0840 if reference >= V4_0 => "gostr34102012_256",
        0x0841 if reference >= V4_0 => "gostr34102012_512",
        0x0840 | 0xeeee => "gost2012_256",
        0x0841 | 0xefef => "gost2012_512",
        0xeded => "gost2001_gost94",
        _ => return signature_schemes::name(number),
    })
}

fn client_certificate_type(number: u16) -> Option<&'static str> {
    Some(match number {
        1 => "rsa_sign",
        2 => "dss_sign",
        3 => "rsa_fixed_dh",
        4 => "dss_fixed_dh",
        5 => "rsa_ephemeral_dh",
        6 => "dss_ephemeral_dh",
        20 => "fortezza_dms",
        64 => "ecdsa_sign",
        65 => "rsa_fixed_ecdh",
        66 => "ecdsa_fixed_ecdh",
        67 => "gost_sign256",
        68 => "gost_sign512",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_have_their_own_words() {
        for (code, number, old, new) in [
            (Code::Alert, 10, Some("unexpected_message"), Some("unexpected message")),
            (Code::Group, 29, Some("ecdh_x25519"), Some("ecdh_x25519")),
            (Code::Group, 0x11ec, None, Some("X25519MLKEM768")),
            (Code::Scheme, 0x0840, Some("gost2012_256"), Some("gostr34102012_256")),
            (Code::Scheme, 0x0905, None, Some("mldsa65")),
            (Code::Suite, 0xc0b4, None, Some("TLS_SHA256_SHA256")),
            (Code::Suite, 0x1306, None, None),
            (Code::Extension, 27, None, Some("compress_certificate")),
            (Code::Message, 25, None, Some("CompressedCertificate")),
            (Code::Version, 0x0300, Some("SSL 3.0"), None),
            (Code::Version, 0xfefd, Some("DTLS 1.2"), Some("DTLS 1.2")),
            (Code::Content, 22, Some("Handshake"), Some("Handshake")),
            (Code::Content, 256, None, None),
        ] {
            assert_eq!((known(code, number, V3_0), known(code, number, V4_0)), (old, new), "{code:?} {number}");
        }
    }
}
