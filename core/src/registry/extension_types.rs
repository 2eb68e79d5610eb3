//! Types of extensions, RFC 8446 section 4.2.
use crate::options::plan::Reference;

/// server_name, RFC 6066 section 3.
pub const SERVER_NAME: u16 = 0;
/// supported_groups, RFC 8446 section 4.2.7.
pub const SUPPORTED_GROUPS: u16 = 10;
/// ec_point_formats, RFC 8422 section 5.1.2.
pub const EC_POINT_FORMATS: u16 = 11;
/// signature_algorithms, RFC 8446 section 4.2.3.
pub const SIGNATURE_ALGORITHMS: u16 = 13;
/// application_layer_protocol_negotiation, RFC 7301 section 3.1.
pub const ALPN: u16 = 16;
/// extended_master_secret, RFC 7627 section 5.1.
pub const EXTENDED_MASTER_SECRET: u16 = 23;
/// early_data, RFC 8446 section 4.2.10.
pub const EARLY_DATA: u16 = 42;
/// supported_versions, RFC 8446 section 4.2.1.
pub const SUPPORTED_VERSIONS: u16 = 43;
/// psk_key_exchange_modes, RFC 8446 section 4.2.9.
pub const PSK_KEY_EXCHANGE_MODES: u16 = 45;
/// key_share, RFC 8446 section 4.2.8.
pub const KEY_SHARE: u16 = 51;
/// renegotiation_info, RFC 5746 section 3.2.
pub const RENEGOTIATION_INFO: u16 = 0xff01;

/// What a release calls an extension that the client sends (`-tlsextdebug`); `None` for those that it says nothing about.
pub fn name(extension_type: u16, reference: Reference) -> Option<&'static str> {
    Some(match extension_type {
        SERVER_NAME => "server name",
        1 => "max fragment length",
        5 => "status request",
        SUPPORTED_GROUPS => "supported_groups",
        EC_POINT_FORMATS => "EC point formats",
        12 => "SRP",
        SIGNATURE_ALGORITHMS => "signature algorithms",
        14 => "use SRTP",
        ALPN => "application layer protocol negotiation",
        18 => "signed certificate timestamps",
        19 if reference >= Reference::V3_2 => "client cert type",
        20 if reference >= Reference::V3_2 => "server cert type",
        21 => "TLS padding",
        22 => "encrypt-then-mac",
        EXTENDED_MASTER_SECRET => "extended master secret",
        27 if reference >= Reference::V3_2 => "compress certificate",
        35 => "session ticket",
        41 => "psk",
        EARLY_DATA => "early_data",
        SUPPORTED_VERSIONS => "supported versions",
        PSK_KEY_EXCHANGE_MODES => "psk kex modes",
        47 => "certificate authorities",
        49 => "post handshake auth",
        KEY_SHARE => "key share",
        13_172 => "next protocol",
        65_037 if reference >= Reference::V4_0 => "encrypted ClientHello (draft-13)",
        RENEGOTIATION_INFO => "renegotiation info",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn later_releases_know_more_names() {
        for (extension_type, old, new) in [
            (27, None, Some("compress certificate")),
            (50, None, None),
            (65_037, None, Some("encrypted ClientHello (draft-13)")),
            (RENEGOTIATION_INFO, Some("renegotiation info"), Some("renegotiation info")),
        ] {
            assert_eq!(name(extension_type, Reference::V3_0), old);
            assert_eq!(name(extension_type, Reference::V4_0), new);
        }
    }
}
