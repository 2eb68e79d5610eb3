//! Alerts, RFC 8446 section 6.

/// Level of an alert that does not end the session.
pub const WARNING: u8 = 1;
/// Level of an alert that ends it.
pub const FATAL: u8 = 2;

/// The name of a level.
pub fn level(level: u8) -> Option<&'static str> {
    Some(match level {
        WARNING => "warning",
        FATAL => "fatal",
        _ => return None,
    })
}

/// The name of an AlertDescription.
pub fn name(description: u8) -> Option<&'static str> {
    Some(match description {
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
        _ => return None,
    })
}

/// IANA's name of an AlertDescription, where [`name`] has none too.
pub fn iana_name(description: u8) -> Option<&'static str> {
    Some(match description {
        41 => "no_certificate_RESERVED",
        52 => "too_many_cids_requested",
        117 => "general_error",
        120 => "no_application_protocol",
        121 => "ech_required",
        _ => return name(description),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn levels_and_descriptions_have_names() {
        assert_eq!((level(1), level(2), level(3)), (Some("warning"), Some("fatal"), None));
        assert_eq!((name(0), name(116), name(99)), (Some("close_notify"), Some("certificate_required"), None));
        assert_eq!((iana_name(0), iana_name(121), iana_name(99)), (Some("close_notify"), Some("ech_required"), None));
    }
}
