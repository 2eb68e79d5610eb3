//! What is wrong with a certificate: the results of `X509_verify_cert`.

/// An error of verification, as far as the server itself looks at them or makes them. Named and numbered as OpenSSL's
/// `X509_V_ERR_…`, which RFC 5280 section 6 is behind.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum VerifyError {
    /// None of the others.
    Unspecified = 1,
    /// The chain ends with a trusted certificate whose issuer is not there.
    UnableToGetIssuerCert = 2,
    /// There is no revocation list of the issuer.
    UnableToGetCrl = 3,
    /// The issuer's key did not make the signature.
    CertSignatureFailure = 7,
    /// The issuer's key did not make the signature of its revocation list.
    CrlSignatureFailure = 8,
    /// `notBefore` lies ahead.
    CertNotYetValid = 9,
    /// `notAfter` is past.
    CertHasExpired = 10,
    /// The revocation list is past its `nextUpdate`.
    CrlHasExpired = 12,
    /// `notBefore` is no time.
    ErrorInCertNotBeforeField = 13,
    /// `notAfter` is no time.
    ErrorInCertNotAfterField = 14,
    /// The client's own certificate is its issuer's, and is not trusted.
    DepthZeroSelfSignedCert = 18,
    /// The chain ends with a certificate that is its own issuer, and is not trusted.
    SelfSignedCertInChain = 19,
    /// The chain ends with a certificate whose issuer is not there.
    UnableToGetIssuerCertLocally = 20,
    /// The chain is the client's own certificate, whose issuer is not there.
    UnableToVerifyLeafSignature = 21,
    /// The chain is longer than `-verify_depth`.
    CertChainTooLong = 22,
    /// A revocation list names it.
    CertRevoked = 23,
    /// An issuer may not issue.
    InvalidCa = 24,
    /// An issuer may not have that many below it.
    PathLengthExceeded = 25,
    /// It is not for that purpose.
    InvalidPurpose = 26,
    /// It is marked as not to be trusted.
    CertRejected = 28,
    /// It has a critical extension that nobody reads.
    UnhandledCriticalExtension = 34,
    /// A name lies outside of those that the issuer may name.
    PermittedViolation = 47,
    /// It is not for the host that `-verify_hostname` names.
    HostnameMismatch = 62,
    /// It is not for the address that `-verify_ip` names.
    IpAddressMismatch = 64,
}

/// `X509_V_OK`: nothing is wrong.
pub const OK: i32 = 0;
/// The text of [`OK`].
pub const OK_TEXT: &str = "ok";

impl VerifyError {
    /// The error with that number, if it is among these.
    pub fn of(number: i32) -> Option<Self> {
        ALL.iter().map(|row| row.0).find(|error| error.number() == number)
    }

    /// Its number.
    pub fn number(self) -> i32 {
        self as i32
    }

    /// Corresponds to `X509_verify_cert_error_string`.
    pub fn text(self) -> &'static str {
        ALL.iter().find(|row| row.0 == self).map_or("", |row| row.1)
    }
}

const ALL: &[(VerifyError, &str)] = &[
    (VerifyError::Unspecified, "unspecified certificate verification error"),
    (VerifyError::UnableToGetIssuerCert, "unable to get issuer certificate"),
    (VerifyError::UnableToGetCrl, "unable to get certificate CRL"),
    (VerifyError::CertSignatureFailure, "certificate signature failure"),
    (VerifyError::CrlSignatureFailure, "CRL signature failure"),
    (VerifyError::CertNotYetValid, "certificate is not yet valid"),
    (VerifyError::CertHasExpired, "certificate has expired"),
    (VerifyError::CrlHasExpired, "CRL has expired"),
    (VerifyError::ErrorInCertNotBeforeField, "format error in certificate's notBefore field"),
    (VerifyError::ErrorInCertNotAfterField, "format error in certificate's notAfter field"),
    (VerifyError::DepthZeroSelfSignedCert, "self-signed certificate"),
    (VerifyError::SelfSignedCertInChain, "self-signed certificate in certificate chain"),
    (VerifyError::UnableToGetIssuerCertLocally, "unable to get local issuer certificate"),
    (VerifyError::UnableToVerifyLeafSignature, "unable to verify the first certificate"),
    (VerifyError::CertChainTooLong, "certificate chain too long"),
    (VerifyError::CertRevoked, "certificate revoked"),
    (VerifyError::InvalidCa, "invalid CA certificate"),
    (VerifyError::PathLengthExceeded, "path length constraint exceeded"),
    (VerifyError::InvalidPurpose, "unsuitable certificate purpose"),
    (VerifyError::CertRejected, "certificate rejected"),
    (VerifyError::UnhandledCriticalExtension, "unhandled critical extension"),
    (VerifyError::PermittedViolation, "permitted subtree violation"),
    (VerifyError::HostnameMismatch, "hostname mismatch"),
    (VerifyError::IpAddressMismatch, "IP address mismatch"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_error_has_its_number_and_a_text() {
        assert!(ALL.windows(2).all(|pair| pair[0].0.number() < pair[1].0.number()));
        for &(error, text) in ALL {
            assert_eq!((VerifyError::of(error.number()), error.text()), (Some(error), text));
        }
        assert_eq!((VerifyError::of(OK), VerifyError::of(65)), (None, None));
        assert_eq!(VerifyError::CertHasExpired.number(), 10);
        assert_eq!(VerifyError::IpAddressMismatch.text(), "IP address mismatch");
    }
}
