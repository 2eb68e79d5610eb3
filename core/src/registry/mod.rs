//! Code points of TLS and of certificates, and their names, each once: for texts and for engines alike.
//!
//! Numbers and names of IANA, and the words of OpenSSL where they are others or depend on the release.
pub mod alerts;
pub mod cipher_suites;
pub mod extension_types;
pub mod groups;
pub mod handshake_types;
pub mod signature_schemes;
pub mod verify_errors;
pub mod versions;

/// A value that stands for nothing, by which clients see to it that what is unknown is passed over: RFC 8701.
pub fn is_grease(code_point: u16) -> bool {
    let [high, low] = code_point.to_be_bytes();
    high == low && low & 0x0f == 0x0a
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_rfc_8701_are_told_apart() {
        assert!(is_grease(0x0a0a) && is_grease(0xfafa));
        assert!(!is_grease(0x0b0b) && !is_grease(0x1a0a));
    }
}
