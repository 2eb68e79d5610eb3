//! The connection report: standard output, after the first handshake of an interactive connection.
use alloc::format;
use alloc::vec::Vec;

use super::lists::{self, Length};
use crate::engine::{Exported, RawKeys, SessionInfo};
use crate::options::plan::Reference;
use crate::registry::versions;

/// The report. Corresponds to `print_connection_info` in `apps/s_server.c`.
///
/// In two parts: what the library tells while it is asked for the groups of both sides (`-security_debug`) stands between.
pub fn report(info: &SessionInfo, reference: Reference) -> [Vec<u8>; 2] {
    [about_the_client(info, reference), about_both(info, reference)]
}

fn about_the_client(info: &SessionInfo, reference: Reference) -> Vec<u8> {
    let mut text = info.session_pem.clone();
    let mut add = |part: &[u8]| text.extend_from_slice(part);
    if let Some(peer) = &info.peer_certificate {
        add(b"Client certificate\n");
        add(&peer.pem);
        add(&[b"subject=", &peer.subject[..], b"\nissuer=", &peer.issuer, b"\n"].concat());
    }
    add(&raw_keys(&info.raw_keys));
    if let Some(shared) = &info.shared_ciphers {
        add(format!("Shared ciphers:{}\n", shared.join(":")).as_bytes());
    }
    if !info.unknown_ciphers.is_empty() {
        add(format!("Unknown ciphers:{}\n", lists::unknown_ciphers(info, ":")).as_bytes());
    }
    add(lists::signature_algorithms(info, reference, Length::Whole).as_bytes());
    add(lists::point_formats(info).as_bytes());
    add(lists::supported_groups(info, Length::Whole).as_bytes());
    text
}

fn about_both(info: &SessionInfo, reference: Reference) -> Vec<u8> {
    let mut text = lists::shared_groups(info, Length::Whole).into_bytes();
    let mut add = |part: &[u8]| text.extend_from_slice(part);
    add(&lists::ca_names(info, Length::Whole));
    add(format!("CIPHER is {}\n", info.cipher).as_bytes());
    if let Some(protocol) = &info.next_protocol {
        add(&[b"NEXTPROTO is ", &protocol[..], b"\n"].concat());
    }
    if let Some(profile) = &info.srtp {
        add(format!("SRTP Extension negotiated, profile={profile}\n").as_bytes());
    }
    if info.reused {
        add(b"Reused session-id\n");
    }
    add(renegotiation(info, reference).as_bytes());
    if info.renegotiation_disabled {
        add(b"Renegotiation is DISABLED\n");
    }
    if let Some(exported) = &info.exported {
        add(&keying_material(exported));
    }
    text
}

/// No line where certificates prove who is who.
fn raw_keys(keys: &RawKeys) -> Vec<u8> {
    let mut text = Vec::new();
    if keys.server {
        text.extend_from_slice(b"Server-to-client raw public key negotiated\n");
    }
    if keys.client {
        text.extend_from_slice(b"Client-to-server raw public key negotiated\n");
    }
    if let Some(peer) = &keys.peer {
        text.extend_from_slice(b"Client raw public key\n");
        text.extend_from_slice(&peer.text);
    }
    text
}

/// Label, length and bytes, or `Error` instead of the bytes.
fn keying_material(exported: &Exported) -> Vec<u8> {
    let mut text = [b"Keying material exporter:\n    Label: '", &exported.label[..], b"'\n"].concat();
    text.extend(format!("    Length: {} bytes\n", exported.length).into_bytes());
    match &exported.material {
        Ok(bytes) => {
            text.extend_from_slice(b"    Keying material: ");
            text.extend(bytes.iter().flat_map(|byte| format!("{byte:02X}").into_bytes()));
            text.push(b'\n');
        }
        Err(_) => text.extend_from_slice(b"    Error\n"),
    }
    text
}

/// The line on renegotiation, of report and page. From 3.1 on it says what is true of TLS 1.3.
pub fn renegotiation(info: &SessionInfo, reference: Reference) -> &'static str {
    match info.secure_renegotiation {
        _ if info.protocol_number == versions::TLS1_3 && reference >= Reference::V3_1 => {
            "This TLS version forbids renegotiation.\n"
        }
        true => "Secure Renegotiation IS supported\n",
        false => "Secure Renegotiation IS NOT supported\n",
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;
    use crate::engine::{EngineError, PeerCertificate, PublicKey};

    fn text(info: &SessionInfo, reference: Reference) -> String {
        String::from_utf8(report(info, reference).concat()).unwrap()
    }

    #[test]
    fn a_full_report_keeps_the_order() {
        let info = SessionInfo {
            protocol_number: 0x0303,
            cipher: "ECDHE-RSA-AES256-GCM-SHA384".into(),
            session_pem: b"<session>\n".to_vec(),
            peer_certificate: Some(PeerCertificate {
                pem: b"<certificate>\n".to_vec(),
                subject: "CN = a".into(),
                issuer: "CN = b".into(),
                text: Vec::new(),
            }),
            shared_ciphers: Some(alloc::vec!["A".into(), "B".into()]),
            signature_algorithms: alloc::vec![0x0807],
            point_formats: alloc::vec![0],
            groups: Some(alloc::vec!["x25519".into()]),
            shared_groups: alloc::vec!["x25519".into()],
            secure_renegotiation: true,
            renegotiation_disabled: true,
            reused: true,
            ..SessionInfo::default()
        };
        assert_eq!(
            text(&info, Reference::V3_0),
            "<session>\nClient certificate\n<certificate>\nsubject=CN = a\nissuer=CN = b\nShared ciphers:A:B\n\
             Signature Algorithms: ed25519\nSupported Elliptic Curve Point Formats: uncompressed\n\
             Supported groups: x25519\nShared groups: x25519\nCIPHER is ECDHE-RSA-AES256-GCM-SHA384\n\
             Reused session-id\nSecure Renegotiation IS supported\nRenegotiation is DISABLED\n"
        );
    }

    #[test]
    fn the_library_is_asked_for_shared_groups_behind_those_of_the_client() {
        let info = SessionInfo { groups: Some(alloc::vec!["x448".into()]), ..SessionInfo::default() };
        let [before, behind] = report(&info, Reference::V3_0);
        assert_eq!(before, b"Supported groups: x448\n");
        assert!(behind.starts_with(b"Shared groups: NONE\nCIPHER is \n"));
    }

    #[test]
    fn suites_that_only_the_client_knows_have_a_line_of_their_own() {
        let info = SessionInfo {
            shared_ciphers: Some(alloc::vec!["A".into()]),
            unknown_ciphers: alloc::vec![0x1a1a, 0x00c6],
            ..SessionInfo::default()
        };
        assert!(
            text(&info, Reference::V3_0)
                .starts_with("Shared ciphers:A\nUnknown ciphers:GREASE(0x1A1A):TLS_SM4_GCM_SM3(0x00C6)\nCIPHER is ")
        );
    }

    #[test]
    fn raw_public_keys_stand_behind_the_certificate() {
        let peer = PublicKey { text: b"  Public-Key:\n".to_vec(), ..PublicKey::default() };
        let raw_keys = RawKeys { server: true, client: true, peer: Some(peer), matched: None };
        let info = SessionInfo { raw_keys, shared_ciphers: Some(alloc::vec!["A".into()]), ..SessionInfo::default() };
        assert!(text(&info, Reference::V4_0).starts_with(
            "Server-to-client raw public key negotiated\nClient-to-server raw public key negotiated\n\
             Client raw public key\n  Public-Key:\nShared ciphers:A\n"
        ));
    }

    #[test]
    fn what_extensions_agreed_on_stands_behind_the_suite() {
        let (npn, srtp) = (Some(b"h2".into()), Some("SRTP_X".into()));
        let info = SessionInfo { next_protocol: npn, srtp, reused: true, ..SessionInfo::default() };
        let expected = "CIPHER is \nNEXTPROTO is h2\nSRTP Extension negotiated, profile=SRTP_X\nReused session-id\n";
        assert!(text(&info, Reference::V3_0).starts_with(expected));
    }

    #[test]
    fn keying_material_is_the_end_of_the_report() {
        let report = |material| {
            let exported = Exported { label: b"x".into(), length: 2, material };
            text(&SessionInfo { exported: Some(exported), ..SessionInfo::default() }, Reference::V3_0)
        };
        let head = "supported\nKeying material exporter:\n    Label: 'x'\n    Length: 2 bytes\n";
        let good = report(Ok(alloc::vec![0x0a, 0xff])).to_ascii_lowercase();
        assert!(good.ends_with(&(head.to_ascii_lowercase() + "    keying material: 0aff\n")), "{good}");
        assert!(report(Ok(alloc::vec![0x0a, 0xff])).ends_with("0AFF\n"));
        assert!(report(Err(EngineError::default())).ends_with("    Length: 2 bytes\n    Error\n"));
    }

    #[test]
    fn later_releases_know_that_tls_1_3_has_no_renegotiation() {
        let info = SessionInfo { protocol_number: 0x0304, secure_renegotiation: true, ..SessionInfo::default() };
        assert_eq!(text(&info, Reference::V3_0), "CIPHER is \nSecure Renegotiation IS supported\n");
        assert_eq!(text(&info, Reference::V4_0), "CIPHER is \nThis TLS version forbids renegotiation.\n");
    }
}
