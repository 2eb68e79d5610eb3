//! The summary of `-brief`: standard error, after the first handshake.
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::lists::{self, Length};
use crate::engine::{KeyExchange, SessionInfo, TlsaMatch};
use crate::options::plan::Reference;

/// The summary. Corresponds to `print_ssl_summary` in `apps/lib/s_cb.c`.
pub fn summary(info: &SessionInfo, reference: Reference) -> Vec<u8> {
    let mut text = before_peer(info, reference).into_bytes();
    text.extend(peer(info, reference));
    text.extend(lists::point_formats(info).bytes());
    text.extend(lists::supported_groups(info, Length::Whole).bytes());
    if let (Some(exchange), true) = (&info.key_exchange, reference >= Reference::V3_5) {
        text.extend(format!("{}\n", key_exchange(exchange)).bytes());
    }
    text
}

fn before_peer(info: &SessionInfo, reference: Reference) -> String {
    let mut text = format!("Protocol version: {}\n", info.protocol);
    text += &format!("Client cipher list: {}\n", info.client_ciphers.join(":"));
    text += &format!("Ciphersuite: {}\n", info.cipher);
    text += &lists::schemes("Signature Algorithms", &info.signature_algorithms, reference, Length::Whole);
    if let (Some(own), true) = (&info.own_signature_type, reference >= Reference::V3_5) {
        text += &format!("Own signature type: {own}\n");
    }
    text
}

fn peer(info: &SessionInfo, reference: Reference) -> Vec<u8> {
    let mut text = match &info.peer_certificate {
        Some(certificate) => [b"Peer certificate: ", &certificate.subject[..], b"\n"].concat(),
        None if info.raw_keys.peer.is_some() => b"Peer used raw public key\n".to_vec(),
        None => {
            let rpk = if reference >= Reference::V3_2 { " or raw public key" } else { "" };
            return format!("No peer certificate{rpk}\n").into_bytes();
        }
    };
    text.extend_from_slice(verdict(info).as_bytes());
    text
}

fn verdict(info: &SessionInfo) -> String {
    let mut text = String::new();
    if let (Some(digest), Some(_)) = (&info.peer_signing_digest, &info.peer_certificate) {
        text += &format!("Hash used: {digest}\n");
    }
    if let Some(kind) = &info.peer_signature_type {
        text += &format!("Signature type: {kind}\n");
    }
    match &info.verify_result {
        (0, _) => text += "Verification: OK\n",
        (_, why) => text += &format!("Verification error: {why}\n"),
    }
    if let ((0, _), Some(name)) = (&info.verify_result, &info.verified_name) {
        text += &format!("Verified peername: {name}\n");
    }
    if let ((0, _), Some(matched)) = (&info.verify_result, &info.raw_keys.matched) {
        text += &format!("{}\n", tlsa(matched));
    }
    text
}

/// What is said of the key exchange, without a line end. Corresponds to `ssl_print_tmp_key` in `apps/lib/s_cb.c`, which
/// servers use since 3.5.
pub fn key_exchange(exchange: &KeyExchange) -> String {
    match exchange {
        KeyExchange::Ecdh { curve, bits } => {
            format!("Peer Temp Key: ECDH, {}, {bits} bits", curve.as_deref().unwrap_or("?"))
        }
        KeyExchange::Dh { bits } => format!("Peer Temp Key: DH, {bits} bits"),
        KeyExchange::Rsa { bits } => format!("Peer Temp Key: RSA, {bits} bits"),
        KeyExchange::Key { kind, bits } => format!("Peer Temp Key: {}, {bits} bits", kind.as_deref().unwrap_or("?")),
        KeyExchange::Share { group } => format!("Peer Temp Key: {group}"),
        KeyExchange::Negotiated { group } => format!("Negotiated TLS1.3 group: {group}"),
    }
}

/// The record that the peer is trusted by, and what it matched. Corresponds to `print_verify_detail` in `apps/lib/s_cb.c`.
fn tlsa(record: &TlsaMatch) -> String {
    let hidden = record.data.len().saturating_sub(TAIL);
    let dots = if hidden > 0 { "..." } else { "" };
    let mut text = format!("DANE TLSA {} {} {} {dots}", record.usage, record.selector, record.matching);
    text.extend(record.data[hidden..].iter().map(|byte| format!("{byte:02x}")));
    match record.depth {
        None => text += " matched the peer raw public key",
        Some(depth) => text += &format!(" matched the EE certificate at depth {depth}"),
    }
    text
}

/// Bytes of a record that are shown. Corresponds to `TLSA_TAIL_SIZE`.
const TAIL: usize = 12;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{PeerCertificate, PublicKey};

    fn summary(info: &SessionInfo, reference: Reference) -> String {
        String::from_utf8(super::summary(info, reference)).unwrap()
    }

    fn peer(info: &SessionInfo, reference: Reference) -> String {
        String::from_utf8(super::peer(info, reference)).unwrap()
    }

    fn info() -> SessionInfo {
        SessionInfo {
            protocol: "TLSv1.2".into(),
            cipher: "ECDHE-RSA-AES256-GCM-SHA384".into(),
            client_ciphers: alloc::vec!["TLS_AES_256_GCM_SHA384".into(), "0x1234".into()],
            signature_algorithms: alloc::vec![0x0403],
            own_signature_type: Some("rsa_pss_rsae_sha256".into()),
            groups: Some(alloc::vec!["x25519".into()]),
            point_formats: alloc::vec![0],
            key_exchange: Some(KeyExchange::Key { kind: Some("X25519".into()), bits: 253 }),
            ..SessionInfo::default()
        }
    }

    #[test]
    fn without_a_certificate() {
        assert_eq!(
            summary(&info(), Reference::V3_0),
            "Protocol version: TLSv1.2\nClient cipher list: TLS_AES_256_GCM_SHA384:0x1234\n\
             Ciphersuite: ECDHE-RSA-AES256-GCM-SHA384\nSignature Algorithms: ECDSA+SHA256\nNo peer certificate\n\
             Supported Elliptic Curve Point Formats: uncompressed\nSupported groups: x25519\n"
        );
    }

    #[test]
    fn later_releases_say_more() {
        assert_eq!(
            summary(&info(), Reference::V4_0),
            "Protocol version: TLSv1.2\nClient cipher list: TLS_AES_256_GCM_SHA384:0x1234\n\
             Ciphersuite: ECDHE-RSA-AES256-GCM-SHA384\nSignature Algorithms: ecdsa_secp256r1_sha256\n\
             Own signature type: rsa_pss_rsae_sha256\nNo peer certificate or raw public key\n\
             Supported Elliptic Curve Point Formats: uncompressed\nSupported groups: x25519\n\
             Peer Temp Key: X25519, 253 bits\n"
        );
    }

    #[test]
    fn a_raw_public_key_has_no_digest_of_its_own() {
        let mut info = info();
        info.raw_keys.peer = Some(PublicKey::default());
        info.peer_signing_digest = Some("SHA256".into());
        info.peer_signature_type = Some("ecdsa_secp256r1_sha256".into());
        let record = TlsaMatch { usage: 3, selector: 1, matching: 0, data: alloc::vec![0xab; 13], depth: None };
        info.raw_keys.matched = Some(record);
        assert_eq!(
            peer(&info, Reference::V4_0),
            "Peer used raw public key\nSignature type: ecdsa_secp256r1_sha256\nVerification: OK\n\
             DANE TLSA 3 1 0 ...abababababababababababab matched the peer raw public key\n"
        );
        info.verify_result = (65, "no matching DANE TLSA records".into());
        assert!(peer(&info, Reference::V4_0).ends_with("\nVerification error: no matching DANE TLSA records\n"));
    }

    #[test]
    fn a_record_tells_what_it_matched() {
        let record = TlsaMatch { usage: 3, selector: 0, matching: 1, data: alloc::vec![1, 0xfe], depth: Some(2) };
        assert_eq!(tlsa(&record), "DANE TLSA 3 0 1 01fe matched the EE certificate at depth 2");
    }

    #[test]
    fn every_key_exchange_has_its_words() {
        for (exchange, words) in [
            (
                KeyExchange::Ecdh { curve: Some("prime256v1".into()), bits: 256 },
                "Peer Temp Key: ECDH, prime256v1, 256 bits",
            ),
            (KeyExchange::Ecdh { curve: None, bits: 239 }, "Peer Temp Key: ECDH, ?, 239 bits"),
            (KeyExchange::Dh { bits: 2048 }, "Peer Temp Key: DH, 2048 bits"),
            (KeyExchange::Rsa { bits: 512 }, "Peer Temp Key: RSA, 512 bits"),
            (KeyExchange::Key { kind: Some("X448".into()), bits: 448 }, "Peer Temp Key: X448, 448 bits"),
            (KeyExchange::Share { group: "X25519MLKEM768".into() }, "Peer Temp Key: X25519MLKEM768"),
            (KeyExchange::Negotiated { group: "MLKEM768".into() }, "Negotiated TLS1.3 group: MLKEM768"),
        ] {
            assert_eq!(key_exchange(&exchange), words);
        }
    }

    #[test]
    fn the_verdict_on_the_certificate_is_told() {
        let mut info = info();
        info.peer_certificate = Some(PeerCertificate { subject: "CN = a".into(), ..PeerCertificate::default() });
        info.peer_signing_digest = Some("SHA256".into());
        info.peer_signature_type = Some("ECDSA".into());
        assert_eq!(
            peer(&info, Reference::V3_0),
            "Peer certificate: CN = a\nHash used: SHA256\nSignature type: ECDSA\nVerification: OK\n"
        );
        info.verified_name = Some("a.example".into());
        assert!(peer(&info, Reference::V3_0).ends_with("Verification: OK\nVerified peername: a.example\n"));
        info.verify_result = (21, "unable to verify the first certificate".into());
        assert!(peer(&info, Reference::V3_0).ends_with("Verification error: unable to verify the first certificate\n"));
    }
}
