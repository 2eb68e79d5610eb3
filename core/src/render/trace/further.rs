//! Names that no release prints in a trace: of today's registries, for lines of ours.
use super::names::{Code, known};
use crate::options::plan::Reference;
use crate::registry::{alerts, cipher_suites, extension_types, is_grease, signature_schemes};

/// The name of a number that a release does not know: RFC 8701's, IANA's, or a later release's.
pub(super) fn further(code: Code, number: u16) -> Option<&'static str> {
    let grease = match code {
        Code::Suite | Code::Extension | Code::Group | Code::Scheme | Code::Version => is_grease(number),
        Code::PskMode => number % 0x1f == 0x0b,
        _ => false,
    };
    if grease {
        return Some("GREASE");
    }
    registered(code, number).or_else(|| known(code, number, Reference::V4_0))
}

fn registered(code: Code, number: u16) -> Option<&'static str> {
    let byte = u8::try_from(number);
    match code {
        Code::Suite => cipher_suites::iana_name(number),
        Code::Extension => extension_types::iana_name(number),
        Code::Scheme => signature_schemes::iana_name(number),
        Code::Alert => alerts::iana_name(byte.ok()?),
        Code::Version => match number {
            0x0300 => Some("SSL 3.0"),
            0xfefc => Some("DTLS 1.3"),
            0x7f00..=0x7fff => Some("TLS 1.3 draft"),
            _ => None,
        },
        Code::Content => match number {
            24 => Some("heartbeat"),
            25 => Some("tls12_cid"),
            26 => Some("ACK"),
            27 => Some("return_routability_check"),
            _ => None,
        },
        Code::Message => match number {
            6 => Some("hello_retry_request"),
            9 => Some("request_connection_id"),
            10 => Some("new_connection_id"),
            17 => Some("client_certificate_request"),
            25 => Some("compressed_certificate"),
            26 => Some("ekt_key"),
            _ => None,
        },
        Code::CertificateCompression => match number {
            1 => Some("zlib"),
            2 => Some("brotli"),
            3 => Some("zstd"),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_no_release_knows_has_a_name() {
        for (code, number, name) in [
            (Code::Suite, 0x1306, Some("TLS_AEGIS_256_SHA512")),
            (Code::Suite, 0x3a3a, Some("GREASE")),
            (Code::PskMode, 0x2a, Some("GREASE")),
            (Code::PskMode, 2, None),
            (Code::PointFormat, 0x0b, None),
            (Code::Extension, 28, Some("record_size_limit")),
            (Code::Extension, 65_037, Some("encrypted_client_hello")),
            (Code::Group, 0x11ec, Some("X25519MLKEM768")),
            (Code::Group, 0x6399, Some("X25519Kyber768Draft00")),
            (Code::Scheme, 0x0420, Some("rsa_pkcs1_sha256_legacy")),
            (Code::Alert, 116, Some("certificate_required")),
            (Code::Version, 0x7f1c, Some("TLS 1.3 draft")),
            (Code::Message, 25, Some("compressed_certificate")),
            (Code::Group, 0x1234, None),
        ] {
            assert_eq!(further(code, number), name, "{code:?} {number}");
        }
    }
}
