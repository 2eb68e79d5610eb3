//! The lists of what client and server can do, which report, summary and page share.
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::names;
use crate::engine::SessionInfo;
use crate::options::plan::Reference;

/// `Signature Algorithms`, `Shared Signature Algorithms`, `Peer signing digest`, `Peer signature type`.
/// Corresponds to `ssl_print_sigalgs` in `apps/lib/s_cb.c`.
pub fn signature_algorithms(info: &SessionInfo, reference: Reference) -> String {
    let mut text = schemes("Signature Algorithms", &info.signature_algorithms, reference);
    text += &schemes("Shared Signature Algorithms", &info.shared_signature_algorithms, reference);
    if let Some(digest) = &info.peer_signing_digest {
        text += &format!("Peer signing digest: {digest}\n");
    }
    if let Some(kind) = &info.peer_signature_type {
        text += &format!("Peer signature type: {kind}\n");
    }
    text
}

/// One line of signature schemes; nothing when there are none.
pub fn schemes(label: &str, schemes: &[u16], reference: Reference) -> String {
    if schemes.is_empty() {
        return String::new();
    }
    let names = schemes.iter().map(|&scheme| names::signature_scheme(scheme, reference));
    format!("{label}: {}\n", join(names))
}

/// `Supported Elliptic Curve Point Formats`. Corresponds to `ssl_print_point_formats`.
pub fn point_formats(info: &SessionInfo) -> String {
    if info.point_formats.is_empty() {
        return String::new();
    }
    let names = info.point_formats.iter().map(|&format| names::point_format(format));
    format!("Supported Elliptic Curve Point Formats: {}\n", join(names))
}

/// `Supported groups`. Corresponds to the first half of `ssl_print_groups`.
pub fn supported_groups(info: &SessionInfo) -> String {
    info.groups.as_ref().map_or_else(String::new, |groups| format!("Supported groups: {}\n", groups.join(":")))
}

/// `Supported groups` and `Shared groups`. Corresponds to `ssl_print_groups`.
pub fn groups(info: &SessionInfo) -> String {
    let supported = supported_groups(info);
    if supported.is_empty() {
        return supported;
    }
    let shared = if info.shared_groups.is_empty() { "NONE".into() } else { info.shared_groups.join(":") };
    format!("{supported}Shared groups: {shared}\n")
}

/// The CA names that the client sent. Corresponds to `print_ca_names`.
pub fn ca_names(info: &SessionInfo) -> Vec<u8> {
    if info.ca_names.is_empty() {
        return Vec::new();
    }
    let mut text = b"---\nAcceptable server certificate CA names\n".to_vec();
    for name in &info.ca_names {
        text.extend_from_slice(name);
        text.push(b'\n');
    }
    text
}

fn join<S: AsRef<str>>(names: impl Iterator<Item = S>) -> String {
    let mut text = String::new();
    for name in names {
        if !text.is_empty() {
            text.push(':');
        }
        text += name.as_ref();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_that_was_not_sent_has_no_line() {
        let info = SessionInfo::default();
        assert_eq!(signature_algorithms(&info, Reference::V3_0), "");
        assert_eq!(point_formats(&info), "");
        assert_eq!(groups(&info), "");
        assert_eq!(ca_names(&info), b"");
    }

    #[test]
    fn nothing_shared_is_said() {
        let info = SessionInfo { groups: Some(alloc::vec!["x448".into(), "ffdhe2048".into()]), ..Default::default() };
        assert_eq!(groups(&info), "Supported groups: x448:ffdhe2048\nShared groups: NONE\n");
    }

    #[test]
    fn lists_are_joined_by_colons() {
        let info = SessionInfo {
            signature_algorithms: alloc::vec![0x0403, 0x0807],
            shared_signature_algorithms: alloc::vec![0x0807],
            peer_signing_digest: Some("SHA256".into()),
            peer_signature_type: Some("ECDSA".into()),
            point_formats: alloc::vec![0, 1, 2],
            ca_names: alloc::vec![b"CN = a".to_vec(), b"CN = \xff".to_vec()],
            ..Default::default()
        };
        assert_eq!(
            signature_algorithms(&info, Reference::V3_0),
            "Signature Algorithms: ECDSA+SHA256:ed25519\nShared Signature Algorithms: ed25519\n\
             Peer signing digest: SHA256\nPeer signature type: ECDSA\n"
        );
        assert_eq!(
            point_formats(&info),
            "Supported Elliptic Curve Point Formats: uncompressed:ansiX962_compressed_prime:ansiX962_compressed_char2\n"
        );
        assert_eq!(ca_names(&info), b"---\nAcceptable server certificate CA names\nCN = a\nCN = \xff\n");
    }
}
