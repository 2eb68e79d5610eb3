//! A message of the protocol, or a part of one, as `-msg` prints it.
use alloc::format;
use alloc::string::String;
use core::fmt::Write;

use crate::engine::Message;
use crate::options::plan::Reference;

/// Bytes on a line.
const WIDTH: usize = 16;

/// A line about it, then its bytes. Corresponds to `msg_cb` in `apps/lib/s_cb.c`.
pub fn lines(message: &Message, reference: Reference) -> String {
    let Message { sent, version, content_type, data } = message;
    let arrows = if *sent { ">>>" } else { "<<<" };
    let length = data.len();
    let mut text = match version_name(*version, reference) {
        Some(version) => {
            let (kind, details) = names(*content_type, data, reference);
            format!("{arrows} {version}{kind} [length {length:04x}]{details}\n")
        }
        None => format!(
            "{arrows} Not TLS data or unknown version (version={version}, content_type={content_type}) [length {length:04x}]\n"
        ),
    };
    for bytes in data.chunks(WIDTH) {
        text += "   ";
        for byte in bytes {
            // A String takes everything.
            let _ = write!(text, " {byte:02x}");
        }
        text.push('\n');
    }
    text
}

fn version_name(version: i32, reference: Reference) -> Option<&'static str> {
    Some(match version {
        0x0300 if reference < Reference::V4_0 => "SSL 3.0",
        0x0301 => "TLS 1.0",
        0x0302 => "TLS 1.1",
        0x0303 => "TLS 1.2",
        0x0304 => "TLS 1.3",
        0xfeff => "DTLS 1.0",
        0xfefd if reference >= Reference::V4_0 => "DTLS 1.2",
        0x0100 => "DTLS 1.0 (bad)",
        _ => return None,
    })
}

/// The name of the content type (RFC 8446 section 5.1, and two of OpenSSL's own), and what the content is.
fn names(content_type: i32, data: &[u8], reference: Reference) -> (String, String) {
    let (name, details) = match (content_type, data) {
        (20, _) => ("ChangeCipherSpec", String::new()),
        (21, &[level, description]) => ("Alert", alert(level, description)),
        (21, _) => ("Alert", ", ???".into()),
        (22, &[message, ..]) => ("Handshake", handshake(message, reference)),
        (22, []) => ("Handshake", "???".into()),
        (23, _) => ("ApplicationData", String::new()),
        (256, _) => ("RecordHeader", String::new()),
        (257, _) => ("InnerContent", String::new()),
        _ => return (format!(", Unknown (content_type={content_type})"), String::new()),
    };
    (format!(", {name}"), details)
}

fn alert(level: u8, description: u8) -> String {
    let level = match level {
        1 => "warning",
        2 => "fatal",
        _ => "???",
    };
    format!(", {level} {}", alert_name(description))
}

fn handshake(message: u8, reference: Reference) -> String {
    handshake_name(message, reference).map_or("???".into(), |name| format!(", {name}"))
}

/// RFC 8446 section 6
fn alert_name(description: u8) -> &'static str {
    match description {
        0 => "close_notify",
        1 => "end_of_early_data",
        10 => "unexpected_message",
        20 => "bad_record_mac",
        21 => "decryption_failed",
        22 => "record_overflow",
        30 => "decompression_failure",
        40 => "handshake_failure",
        42 => "bad_certificate",
        43 => "unsupported_certificate",
        44 => "certificate_revoked",
        45 => "certificate_expired",
        46 => "certificate_unknown",
        47 => "illegal_parameter",
        48 => "unknown_ca",
        49 => "access_denied",
        50 => "decode_error",
        51 => "decrypt_error",
        60 => "export_restriction",
        70 => "protocol_version",
        71 => "insufficient_security",
        80 => "internal_error",
        86 => "inappropriate_fallback",
        90 => "user_canceled",
        100 => "no_renegotiation",
        109 => "missing_extension",
        110 => "unsupported_extension",
        111 => "certificate_unobtainable",
        112 => "unrecognized_name",
        113 => "bad_certificate_status_response",
        114 => "bad_certificate_hash_value",
        115 => "unknown_psk_identity",
        116 => "certificate_required",
        _ => "???",
    }
}

/// RFC 8446 section 4
fn handshake_name(message: u8, reference: Reference) -> Option<&'static str> {
    Some(match message {
        0 => "HelloRequest",
        1 => "ClientHello",
        2 => "ServerHello",
        3 => "HelloVerifyRequest",
        4 => "NewSessionTicket",
        5 => "EndOfEarlyData",
        8 => "EncryptedExtensions",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        21 => "CertificateUrl",
        22 => "CertificateStatus",
        23 => "SupplementalData",
        24 => "KeyUpdate",
        25 if reference >= Reference::V3_2 => "CompressedCertificate",
        67 => "NextProto",
        254 => "MessageHash",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(version: i32, content_type: i32, data: &[u8]) -> String {
        lines(&Message { sent: true, version, content_type, data: data.to_vec() }, Reference::V3_0)
    }

    #[test]
    fn messages_look_as_in_sample_405() {
        let header = Message { sent: false, version: 0x0301, content_type: 256, data: alloc::vec![22, 3, 1, 1, 0x3a] };
        assert_eq!(lines(&header, Reference::V3_0), "<<< TLS 1.0, RecordHeader [length 0005]\n    16 03 01 01 3a\n");
        let alert = ">>> TLS 1.2, Alert [length 0002], warning unrecognized_name\n    01 70\n";
        assert_eq!(shown(0x0303, 21, &[1, 112]), alert);
        assert_eq!(
            shown(0x0303, 22, &[20, 0, 0, 12, 0x9b, 0x45, 0x7a, 0x1f, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
            ">>> TLS 1.2, Handshake [length 0011], Finished\n    14 00 00 0c 9b 45 7a 1f 01 02 03 04 05 06 07 08\n    09\n"
        );
        assert_eq!(shown(0x0303, 20, &[1]), ">>> TLS 1.2, ChangeCipherSpec [length 0001]\n    01\n");
    }

    #[test]
    fn what_has_no_name_is_told_by_its_number() {
        let first = |version, kind, data: &[u8]| shown(version, kind, data).lines().next().map(String::from).unwrap();
        assert_eq!(
            first(0xfefd, 22, &[1]),
            ">>> Not TLS data or unknown version (version=65277, content_type=22) [length 0001]"
        );
        assert_eq!(first(0x0304, 24, &[1]), ">>> TLS 1.3, Unknown (content_type=24) [length 0001]");
        assert_eq!(first(0x0304, 21, &[3, 99]), ">>> TLS 1.3, Alert [length 0002], ??? ???");
        assert_eq!(first(0x0304, 21, &[3]), ">>> TLS 1.3, Alert [length 0001], ???");
        assert_eq!(first(0x0304, 22, &[25]), ">>> TLS 1.3, Handshake [length 0001]???");
        assert_eq!(shown(0x0304, 22, &[]), ">>> TLS 1.3, Handshake [length 0000]???\n");
    }

    #[test]
    fn releases_know_other_versions_and_messages() {
        let start = |version, data: &[u8], reference| {
            let message = Message { sent: false, version, content_type: 22, data: data.to_vec() };
            String::from(lines(&message, reference).lines().next().unwrap())
        };
        assert_eq!(start(0xfefd, &[1], Reference::V4_0), "<<< DTLS 1.2, Handshake [length 0001], ClientHello");
        assert_eq!(start(0x0300, &[1], Reference::V3_6), "<<< SSL 3.0, Handshake [length 0001], ClientHello");
        assert!(start(0x0300, &[1], Reference::V4_0).starts_with("<<< Not TLS data or unknown version (version=768"));
        let compressed = "<<< TLS 1.3, Handshake [length 0001], CompressedCertificate";
        assert_eq!(start(0x0304, &[25], Reference::V3_2), compressed);
    }
}
