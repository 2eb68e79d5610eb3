//! Types of handshake messages, RFC 8446 section 4, and of what stands in records, section 5.1.
use crate::options::plan::Reference;

/// The name that a release has for a HandshakeType.
pub fn name(message: u8, reference: Reference) -> Option<&'static str> {
    Some(match message {
        0 => "HelloRequest",
        1 => "ClientHello",
        2 => "ServerHello",
        3 => "HelloVerifyRequest",
        4 => "NewSessionTicket",
        5 => "EndOfEarlyData",
        8 => "EncryptedExtensions",
        11 => "Certificate",
        12 => "ServerKeyExchange",
        13 => "CertificateRequest",
        14 => "ServerHelloDone",
        15 => "CertificateVerify",
        16 => "ClientKeyExchange",
        20 => "Finished",
        21 => "CertificateUrl",
        22 => "CertificateStatus",
        23 => "SupplementalData",
        24 => "KeyUpdate",
        25 if reference >= Reference::V3_2 => "CompressedCertificate",
        67 => "NextProto",
        254 => "MessageHash",
        _ => return None,
    })
}

/// The name of a ContentType, or of one of the two that OpenSSL adds: a record's header, and the type inside of a record.
pub fn content(kind: i32) -> Option<&'static str> {
    Some(match kind {
        20 => "ChangeCipherSpec",
        21 => "Alert",
        22 => "Handshake",
        23 => "ApplicationData",
        256 => "RecordHeader",
        257 => "InnerContent",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn releases_know_other_messages() {
        assert_eq!(name(25, Reference::V3_1), None);
        assert_eq!(name(25, Reference::V3_2), Some("CompressedCertificate"));
        assert_eq!((content(22), content(24), content(257)), (Some("Handshake"), None, Some("InnerContent")));
    }
}
