//! The connection report: standard output, after the first handshake of an interactive connection.
use alloc::format;
use alloc::vec::Vec;

use super::lists;
use crate::engine::SessionInfo;
use crate::options::plan::Reference;

/// The report. Corresponds to `print_connection_info` in `apps/s_server.c`.
pub fn report(info: &SessionInfo, reference: Reference) -> Vec<u8> {
    let mut text = info.session_pem.clone();
    let mut add = |part: &[u8]| text.extend_from_slice(part);
    if let Some(peer) = &info.peer_certificate {
        add(b"Client certificate\n");
        add(&peer.pem);
        add(format!("subject={}\nissuer={}\n", peer.subject, peer.issuer).as_bytes());
    }
    if let Some(shared) = &info.shared_ciphers {
        add(format!("Shared ciphers:{}\n", shared.join(":")).as_bytes());
    }
    add(lists::signature_algorithms(info, reference).as_bytes());
    add(lists::point_formats(info).as_bytes());
    add(lists::groups(info).as_bytes());
    add(lists::ca_names(info).as_bytes());
    add(format!("CIPHER is {}\n", info.cipher).as_bytes());
    if info.reused {
        add(b"Reused session-id\n");
    }
    add(renegotiation(info, reference).as_bytes());
    if info.renegotiation_disabled {
        add(b"Renegotiation is DISABLED\n");
    }
    text
}

/// The line on renegotiation, of report and page. From 3.1 on it says what is true of TLS 1.3.
pub fn renegotiation(info: &SessionInfo, reference: Reference) -> &'static str {
    match info.secure_renegotiation {
        _ if info.protocol_number == 0x0304 && reference >= Reference::V3_1 => {
            "This TLS version forbids renegotiation.\n"
        }
        true => "Secure Renegotiation IS supported\n",
        false => "Secure Renegotiation IS NOT supported\n",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::PeerCertificate;
    use alloc::string::String;

    fn text(info: &SessionInfo, reference: Reference) -> String {
        String::from_utf8(report(info, reference)).unwrap()
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
    fn later_releases_know_that_tls_1_3_has_no_renegotiation() {
        let info = SessionInfo { protocol_number: 0x0304, secure_renegotiation: true, ..SessionInfo::default() };
        assert_eq!(text(&info, Reference::V3_0), "CIPHER is \nSecure Renegotiation IS supported\n");
        assert_eq!(text(&info, Reference::V4_0), "CIPHER is \nThis TLS version forbids renegotiation.\n");
    }
}
