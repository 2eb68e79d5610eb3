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

/// IANA's name of an extension, and those that clients send without it.
pub fn iana_name(extension_type: u16) -> Option<&'static str> {
    Some(match extension_type {
        0 => "server_name",
        1 => "max_fragment_length",
        2 => "client_certificate_url",
        3 => "trusted_ca_keys",
        4 => "truncated_hmac",
        5 => "status_request",
        6 => "user_mapping",
        7 => "client_authz",
        8 => "server_authz",
        9 => "cert_type",
        10 => "supported_groups",
        11 => "ec_point_formats",
        12 => "srp",
        13 => "signature_algorithms",
        14 => "use_srtp",
        15 => "heartbeat",
        16 => "application_layer_protocol_negotiation",
        17 => "status_request_v2",
        18 => "signed_certificate_timestamp",
        19 => "client_certificate_type",
        20 => "server_certificate_type",
        21 => "padding",
        22 => "encrypt_then_mac",
        23 => "extended_master_secret",
        24 => "token_binding",
        25 => "cached_info",
        26 => "tls_lts",
        27 => "compress_certificate",
        28 => "record_size_limit",
        29 => "pwd_protect",
        30 => "pwd_clear",
        31 => "password_salt",
        32 => "ticket_pinning",
        33 => "tls_cert_with_extern_psk",
        34 => "delegated_credential",
        35 => "session_ticket",
        36 => "TLMSP",
        37 => "TLMSP_proxying",
        38 => "TLMSP_delegate",
        39 => "supported_ekt_ciphers",
        41 => "pre_shared_key",
        42 => "early_data",
        43 => "supported_versions",
        44 => "cookie",
        45 => "psk_key_exchange_modes",
        47 => "certificate_authorities",
        48 => "oid_filters",
        49 => "post_handshake_auth",
        50 => "signature_algorithms_cert",
        51 => "key_share",
        52 => "transparency_info",
        54 => "connection_id",
        55 => "external_id_hash",
        56 => "external_session_id",
        57 => "quic_transport_parameters",
        58 => "ticket_request",
        59 => "dnssec_chain",
        60 => "sequence_number_encryption_algorithms",
        61 => "rrc",
        62 => "tls_flags",
        13_172 => "next_protocol_negotiation",
        17_513 => "application_settings",
        17_613 => "application_settings",
        30_032 => "channel_id",
        64_768 => "ech_outer_extensions",
        65_037 => "encrypted_client_hello",
        65_281 => "renegotiation_info",
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

    #[test]
    fn the_registry_has_more_than_a_release() {
        assert_eq!((iana_name(28), iana_name(65_037)), (Some("record_size_limit"), Some("encrypted_client_hello")));
        assert_eq!((iana_name(0x0a0a), iana_name(40)), (None, None));
    }
}
