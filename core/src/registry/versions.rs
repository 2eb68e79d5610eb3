//! Versions of the protocol, RFC 8446 section 4.1.2 and appendix D.
use crate::options::plan::Reference;

/// TLS 1.0, RFC 2246.
pub const TLS1_0: u16 = 0x0301;
/// TLS 1.1, RFC 4346.
pub const TLS1_1: u16 = 0x0302;
/// TLS 1.2, RFC 5246.
pub const TLS1_2: u16 = 0x0303;
/// TLS 1.3, RFC 8446.
pub const TLS1_3: u16 = 0x0304;
/// DTLS 1.0, RFC 4347.
pub const DTLS1_0: u16 = 0xfeff;
/// DTLS 1.2, RFC 6347.
pub const DTLS1_2: u16 = 0xfefd;

/// `TLSv1.3`: corresponds to `SSL_get_version`.
pub fn name(version: u16) -> &'static str {
    match version {
        0x0300 => "SSLv3",
        TLS1_0 => "TLSv1",
        TLS1_1 => "TLSv1.1",
        TLS1_2 => "TLSv1.2",
        TLS1_3 => "TLSv1.3",
        0x0100 => "DTLSv0.9",
        DTLS1_0 => "DTLSv1",
        DTLS1_2 => "DTLSv1.2",
        _ => "unknown",
    }
}

/// `TLS 1.3`, as a release words it with `-msg`; `None` for what it has no words for.
pub fn spelt(version: i32, reference: Reference) -> Option<&'static str> {
    Some(match u16::try_from(version).ok()? {
        0x0300 if reference < Reference::V4_0 => "SSL 3.0",
        TLS1_0 => "TLS 1.0",
        TLS1_1 => "TLS 1.1",
        TLS1_2 => "TLS 1.2",
        TLS1_3 => "TLS 1.3",
        DTLS1_0 => "DTLS 1.0",
        DTLS1_2 if reference >= Reference::V4_0 => "DTLS 1.2",
        0x0100 => "DTLS 1.0 (bad)",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_has_a_name_and_words() {
        assert_eq!((name(TLS1_3), name(DTLS1_0), name(0x7f1c)), ("TLSv1.3", "DTLSv1", "unknown"));
        assert_eq!((spelt(0x0303, Reference::V3_0), spelt(-1, Reference::V3_0)), (Some("TLS 1.2"), None));
        assert_eq!((spelt(0x0300, Reference::V3_6), spelt(0x0300, Reference::V4_0)), (Some("SSL 3.0"), None));
    }
}
