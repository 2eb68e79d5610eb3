//! The lists of what client and server can do, which report, summary and page share.
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use crate::engine::SessionInfo;
use crate::options::plan::Reference;
use crate::registry::{self, cipher_suites, groups, signature_schemes};

/// How much of a list that a client can make long is shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Length {
    /// All of it: the operator's texts, as in the original.
    Whole,
    /// Its beginning, and how much is left out: what goes back to the client, and what the original has not.
    Short,
}

/// Entries of a [`Length::Short`] list.
const MOST: usize = 64;

impl Length {
    fn most(self) -> usize {
        if self == Self::Short { MOST } else { usize::MAX }
    }
}

/// `Signature Algorithms`, `Shared Signature Algorithms`, `Peer signing digest`, `Peer signature type`.
/// Corresponds to `ssl_print_sigalgs` in `apps/lib/s_cb.c`.
pub fn signature_algorithms(info: &SessionInfo, reference: Reference, length: Length) -> String {
    let mut text = schemes("Signature Algorithms", &info.signature_algorithms, reference, length);
    text += &schemes("Shared Signature Algorithms", &info.shared_signature_algorithms, reference, length);
    if let Some(digest) = &info.peer_signing_digest {
        text += &format!("Peer signing digest: {digest}\n");
    }
    if let Some(kind) = &info.peer_signature_type {
        text += &format!("Peer signature type: {kind}\n");
    }
    text
}

/// One line of signature schemes; nothing when there are none.
pub fn schemes(label: &str, schemes: &[u16], reference: Reference, length: Length) -> String {
    if schemes.is_empty() {
        return String::new();
    }
    let names = schemes.iter().map(|&scheme| signature_schemes::printed(scheme, reference));
    format!("{label}: {}\n", join(names, ":", length))
}

/// `Supported Elliptic Curve Point Formats`. Corresponds to `ssl_print_point_formats`.
pub fn point_formats(info: &SessionInfo) -> String {
    if info.point_formats.is_empty() {
        return String::new();
    }
    let names = info.point_formats.iter().map(|&format| groups::point_format(format));
    format!("Supported Elliptic Curve Point Formats: {}\n", join(names, ":", Length::Whole))
}

/// `Supported groups`. Corresponds to the first half of `ssl_print_groups`.
pub fn supported_groups(info: &SessionInfo, length: Length) -> String {
    let Some(groups) = &info.groups else { return String::new() };
    format!("Supported groups: {}\n", join(groups.iter(), ":", length))
}

/// `Shared groups`. Corresponds to the second half of `ssl_print_groups`.
pub fn shared_groups(info: &SessionInfo, length: Length) -> String {
    match &info.groups {
        None => String::new(),
        Some(_) if info.shared_groups.is_empty() => "Shared groups: NONE\n".into(),
        Some(_) => format!("Shared groups: {}\n", join(info.shared_groups.iter(), ":", length)),
    }
}

/// The CA names that the client sent. Corresponds to `print_ca_names`.
pub fn ca_names(info: &SessionInfo, length: Length) -> Vec<u8> {
    if info.ca_names.is_empty() {
        return Vec::new();
    }
    let mut text = b"---\nAcceptable server certificate CA names\n".to_vec();
    for name in info.ca_names.iter().take(length.most()) {
        text.extend_from_slice(name);
        text.push(b'\n');
    }
    if let left_out @ 1.. = info.ca_names.len().saturating_sub(length.most()) {
        text.extend(format!("and {left_out} more\n").bytes());
    }
    text
}

/// The suites that only the client knows, with `between` between them. The original has no such list.
pub fn unknown_ciphers(info: &SessionInfo, between: &str) -> String {
    join(info.unknown_ciphers.iter().map(|&suite| unknown_cipher(suite)), between, Length::Short)
}

/// A suite with its number: `TLS_SM4_GCM_SM3(0x00C6)`; `GREASE(0x0A0A)`; `0x1234` for one without a name.
fn unknown_cipher(suite: u16) -> String {
    let grease = || registry::is_grease(suite).then_some("GREASE");
    match cipher_suites::iana_name(suite).or_else(grease) {
        Some(name) => format!("{name}(0x{suite:04X})"),
        None => format!("0x{suite:04X}"),
    }
}

/// The names; where some are left out, their number stands at the end.
fn join<S: AsRef<str>>(names: impl ExactSizeIterator<Item = S>, between: &str, length: Length) -> String {
    let left_out = names.len().saturating_sub(length.most());
    let mut text = String::new();
    for name in names.take(length.most()) {
        if !text.is_empty() {
            text += between;
        }
        text += name.as_ref();
    }
    if left_out > 0 {
        text += &format!("{between}and {left_out} more");
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn suites_have_a_name_where_one_is_registered_and_always_a_number() {
        for (suite, text) in [
            (0x0003, "TLS_RSA_EXPORT_WITH_RC4_40_MD5(0x0003)"),
            (0x00c6, "TLS_SM4_GCM_SM3(0x00C6)"),
            (0x1307, "TLS_AEGIS_128L_SHA256(0x1307)"),
            (0xd001, "TLS_ECDHE_PSK_WITH_AES_128_GCM_SHA256(0xD001)"),
            (0x0a0a, "GREASE(0x0A0A)"),
            (0xfafa, "GREASE(0xFAFA)"),
            (0x0b0b, "0x0B0B"),
            (0x1a0a, "0x1A0A"),
            (0xfe01, "0xFE01"),
        ] {
            assert_eq!(unknown_cipher(suite), text);
        }
    }

    #[test]
    fn a_list_that_was_not_sent_has_no_line() {
        let info = SessionInfo::default();
        assert_eq!(signature_algorithms(&info, Reference::V3_0, Length::Whole), "");
        assert_eq!(point_formats(&info), "");
        assert_eq!(supported_groups(&info, Length::Whole) + &shared_groups(&info, Length::Whole), "");
        assert_eq!(ca_names(&info, Length::Whole), b"");
    }

    #[test]
    fn nothing_shared_is_said() {
        let info = SessionInfo { groups: Some(alloc::vec!["x448".into(), "ffdhe2048".into()]), ..Default::default() };
        assert_eq!(supported_groups(&info, Length::Whole), "Supported groups: x448:ffdhe2048\n");
        assert_eq!(shared_groups(&info, Length::Whole), "Shared groups: NONE\n");
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
            signature_algorithms(&info, Reference::V3_0, Length::Whole),
            "Signature Algorithms: ECDSA+SHA256:ed25519\nShared Signature Algorithms: ed25519\n\
             Peer signing digest: SHA256\nPeer signature type: ECDSA\n"
        );
        assert_eq!(
            point_formats(&info),
            "Supported Elliptic Curve Point Formats: uncompressed:ansiX962_compressed_prime:ansiX962_compressed_char2\n"
        );
        let names = ca_names(&info, Length::Whole);
        assert_eq!(names, b"---\nAcceptable server certificate CA names\nCN = a\nCN = \xff\n");
    }

    #[test]
    fn a_short_list_ends_with_the_number_of_what_is_left_out() {
        let info = |count: usize| SessionInfo {
            unknown_ciphers: alloc::vec![0x1234; count],
            signature_algorithms: alloc::vec![0x0807; count],
            groups: Some(alloc::vec!["x448".into(); count]),
            ca_names: alloc::vec!["CN = a".into(); count],
            ..Default::default()
        };
        let short = |count| {
            let info = info(count);
            [
                unknown_ciphers(&info, "\n"),
                signature_algorithms(&info, Reference::V3_0, Length::Short),
                supported_groups(&info, Length::Short),
                String::from_utf8(ca_names(&info, Length::Short)).unwrap(),
            ]
        };
        assert!(short(64).iter().all(|list| !list.contains("more")));
        for (list, end) in short(10_000).iter().zip([
            "0x1234\nand 9936 more",
            "ed25519:and 9936 more\n",
            ":and 9936 more\n",
            "CN = a\nand 9936 more\n",
        ]) {
            assert!(list.ends_with(end) && list.len() < 1_000, "{list}");
        }
        let whole = supported_groups(&info(100), Length::Whole);
        assert_eq!(whole.matches("x448").count(), 100);
    }
}
