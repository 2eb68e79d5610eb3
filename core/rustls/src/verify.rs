//! The verification of a client's certificate.
//!
//! webpki decides whether a chain is good; what OpenSSL would report on the way, step by step, is made here from the
//! chain, and each step is judged by the core, so that `-verify` without `-verify_return_error` goes on with a bad
//! certificate as the original does.
use std::fmt;
use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, ServerName, SignatureVerificationAlgorithm, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{CertificateError, DigitallySignedStruct, DistinguishedName, Error, OtherError, SignatureScheme};
use s_server_core::engine::VerifyStep;
use s_server_core::options::plan::ClientAuth;
use s_server_core::registry::verify_errors::{self, VerifyError};
use s_server_core::verify::judge;
use webpki::{
    EndEntityCert, ExpirationPolicy, KeyUsage, RawPublicKeyEntity, RevocationOptionsBuilder, UnknownStatusPolicy,
};

use crate::certificate::Read;
use crate::log::Log;
use crate::trust::{Trust, chain};

/// The verifier of one session.
#[derive(Debug)]
pub struct Verifier {
    /// How it verifies.
    pub trust: Arc<Trust>,
    /// Where it reports.
    pub log: Arc<Log>,
}

impl ClientCertVerifier for Verifier {
    fn client_auth_mandatory(&self) -> bool {
        self.trust.client_auth == ClientAuth::Require
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.trust.subjects
    }

    fn verify_client_cert(
        &self,
        own: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, Error> {
        let now = self.trust.time.unwrap_or(now);
        let mut walk = Walk::new(&self.trust, &self.log);
        let accepted = walk.verify(own, others, now);
        let error = walk.error;
        self.log.note(|facts| facts.verified = Some(result(error)));
        if accepted {
            return Ok(ClientCertVerified::assertion());
        }
        Err(Error::InvalidCertificate(error.map_or(CertificateError::BadEncoding, alert)))
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        // Under TLS 1.2 a scheme does not name the curve.
        self.signature(message, cert, signed, usize::MAX)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.signature(message, cert, signed, 1)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.trust.schemes.clone()
    }
}

impl Verifier {
    /// Checks a signature by the key in `cert`, with the first `most` algorithms that the scheme may mean.
    ///
    /// Not by [`rustls::crypto::verify_tls12_signature`] and its like: those refuse certificates of X.509 version 1,
    /// which `-verify` tolerates.
    fn signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
        most: usize,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.log.note(|facts| facts.client_scheme = Some(signed.scheme));
        let key = Read::from_der(cert).ok_or(CertificateError::BadEncoding)?.public_key();
        let key = RawPublicKeyEntity::try_from(&key).map_err(|_| CertificateError::BadEncoding)?;
        let mapped = self.trust.algorithms.mapping.iter().find(|(scheme, _)| *scheme == signed.scheme);
        let algorithms = mapped.map(|(_, algorithms)| *algorithms).unwrap_or_default();
        let is_good = |algorithm: &&dyn SignatureVerificationAlgorithm| {
            key.verify_signature(*algorithm, message, signed.signature()).is_ok()
        };
        if algorithms.iter().take(most).any(is_good) {
            return Ok(HandshakeSignatureValid::assertion());
        }
        Err(CertificateError::BadSignature.into())
    }
}

/// What is told of the verification: its number and text.
fn result(error: Option<VerifyError>) -> (i32, &'static str) {
    error.map_or((verify_errors::OK, verify_errors::OK_TEXT), |error| (error.number(), error.text()))
}

/// One walk along a chain, reporting as OpenSSL's verification does.
struct Walk<'a> {
    trust: &'a Trust,
    log: &'a Log,
    /// The last error; it stays set after it was tolerated.
    error: Option<VerifyError>,
}

impl<'a> Walk<'a> {
    fn new(trust: &'a Trust, log: &'a Log) -> Self {
        Self { trust, log, error: None }
    }

    /// The order of `verify_chain` in `crypto/x509/x509_vfy.c`: the chain's end, purpose and revocation, names, then
    /// signatures and times from the top down.
    fn verify(&mut self, own: &CertificateDer<'_>, others: &[CertificateDer<'_>], now: UnixTime) -> bool {
        let pool: Vec<_> = others.iter().chain(&self.trust.certificates).cloned().collect();
        let chain = chain(own, &pool);
        let read: Vec<_> = chain.iter().filter_map(|cert| Read::from_der(cert)).collect();
        if read.len() != chain.len() {
            return self.fail(0, None, VerifyError::Unspecified);
        }
        let end = self.chains_end(&chain, others, &read);
        let verdict = match end {
            Some(_) => None,
            None if read[0].is_before_version_3() => self.without_webpki(&read),
            None => self.webpki(own, &pool, now),
        };
        let top = read.len() - 1;
        self.tolerate(top, end, &read)
            && self.tolerate(0, verdict.filter(|error| !is_found_on_the_way_down(*error)), &read)
            && self.tolerate(0, self.wrong_name(own), &read)
            && self.walk_down(&read, now, verdict.filter(|error| *error == VerifyError::CertSignatureFailure))
    }

    /// What is wrong with where the chain ends.
    fn chains_end(
        &self,
        chain: &[&CertificateDer<'_>],
        others: &[CertificateDer<'_>],
        read: &[Read],
    ) -> Option<VerifyError> {
        let top = chain.last()?;
        let trusted = self.trust.certificates.contains(top);
        let self_issued = read.last()?.is_self_issued();
        let between = chain.len().saturating_sub(2);
        if chain.iter().any(|cert| self.trust.rejected.contains(cert)) {
            return Some(VerifyError::CertRejected);
        }
        let is_end = |subject: &[u8]| self.trust.anchors.iter().any(|anchor| whole(&anchor.subject) == subject);
        if trusted && is_end(&read.last()?.subject()) {
            return self.trust.depth.filter(|&depth| between > depth).map(|_| VerifyError::CertChainTooLong);
        }
        Some(match (self_issued, chain.len()) {
            (true, 1) => VerifyError::DepthZeroSelfSignedCert,
            (true, _) => VerifyError::SelfSignedCertInChain,
            (false, _) if trusted && !others.contains(top) => VerifyError::UnableToGetIssuerCert,
            (false, _) => VerifyError::UnableToGetIssuerCertLocally,
        })
    }

    /// webpki's verdict on a chain whose end is trusted.
    fn webpki(&self, own: &CertificateDer<'_>, pool: &[CertificateDer<'_>], now: UnixTime) -> Option<VerifyError> {
        let verify = || {
            let lists: Vec<_> = self.trust.revocation.iter().flat_map(|(lists, _)| lists).collect();
            let options = match &self.trust.revocation {
                None => None,
                Some((_, depth)) => Some(
                    RevocationOptionsBuilder::new(&lists)
                        .map_err(|_| webpki::Error::UnknownRevocationStatus)?
                        .with_depth(*depth)
                        .with_status_policy(UnknownStatusPolicy::Deny)
                        .with_expiration_policy(ExpirationPolicy::Enforce)
                        .build(),
                ),
            };
            let (algorithms, anchors) = (self.trust.algorithms.all, &self.trust.anchors);
            let usage = KeyUsage::client_auth();
            EndEntityCert::try_from(own)?
                .verify_for_usage(algorithms, anchors, pool, now, usage, options, None)
                .map(drop)
        };
        verify().err().map(|error| of_webpki(&error))
    }

    /// The verdict on a certificate of X.509 version 1, which webpki does not read: signatures, and issuers that may
    /// issue. What needs more than that, revocation lists and name constraints, is not good.
    fn without_webpki(&self, read: &[Read]) -> Option<VerifyError> {
        if self.trust.revocation.is_some() {
            return Some(VerifyError::Unspecified);
        }
        read.windows(2).find_map(|pair| match self.is_signed(&pair[0], &pair[1]) {
            _ if !pair[1].is_unrestricted_authority() => Some(VerifyError::InvalidCa),
            true => None,
            false => Some(VerifyError::CertSignatureFailure),
        })
    }

    fn is_signed(&self, cert: &Read, issuer: &Read) -> bool {
        let key = issuer.public_key();
        let (Some((algorithm, message, signature)), Ok(key)) = (cert.signed(), RawPublicKeyEntity::try_from(&key))
        else {
            return false;
        };
        self.trust.algorithms.all.iter().any(|known| {
            // The identifier is the content of the algorithm's sequence.
            algorithm.get(2..) == Some(known.signature_alg_id().as_ref())
                && key.verify_signature(*known, &message, signature).is_ok()
        })
    }

    fn wrong_name(&self, own: &CertificateDer<'_>) -> Option<VerifyError> {
        let wanted = self.trust.wanted.as_ref()?;
        let alternative = EndEntityCert::try_from(own).and_then(|cert| cert.verify_is_valid_for_subject_name(wanted));
        match wanted {
            ServerName::DnsName(name) => {
                let matched = match alternative {
                    Ok(()) => Some(name.as_ref().to_owned()),
                    Err(_) => common_name(own, name.as_ref()),
                };
                self.log.note(|facts| facts.verified_name.clone_from(&matched));
                if matched.is_none() { Some(VerifyError::HostnameMismatch) } else { None }
            }
            _ => alternative.err().map(|_| VerifyError::IpAddressMismatch),
        }
    }

    /// Corresponds to `internal_verify` in `crypto/x509/x509_vfy.c`.
    fn walk_down(&mut self, read: &[Read], now: UnixTime, bad_signature: Option<VerifyError>) -> bool {
        let top = read.len() - 1;
        let mut from = top;
        if !read[top].is_self_issued() && self.error.is_some() {
            if top == 0 && !self.fail(0, Some(&read[0]), VerifyError::UnableToVerifyLeafSignature) {
                return false;
            }
            from = top.saturating_sub(1);
        }
        (0..=from).rev().all(|depth| {
            let signed = if depth == 0 { bad_signature } else { None };
            self.tolerate(depth, signed, read)
                && self.tolerate(depth, untimely(&read[depth], now), read)
                && self.report(depth, Some(&read[depth]), true)
        })
    }

    /// Goes on when there is no error, or one that is tolerated.
    fn tolerate(&mut self, depth: usize, error: Option<VerifyError>, read: &[Read]) -> bool {
        error.is_none_or(|error| self.fail(depth, read.get(depth), error))
    }

    fn fail(&mut self, depth: usize, cert: Option<&Read>, error: VerifyError) -> bool {
        self.error = Some(error);
        self.report(depth, cert, false)
    }

    /// One call of the verification callback.
    fn report(&mut self, depth: usize, cert: Option<&Read>, ok: bool) -> bool {
        let depth = i32::try_from(depth).unwrap_or(i32::MAX);
        let accepted = judge(self.trust.tolerance, depth, ok);
        let (error, error_text) = result(self.error);
        let known = cert.map(|cert| cert.step(depth, self.trust.names)).unwrap_or_default();
        self.log.verify(VerifyStep { depth, ok, error, error_text: error_text.into(), accepted, ..known });
        accepted
    }
}

/// The common name that stands for a host, for a certificate without a DNS name of another kind.
fn common_name(own: &CertificateDer<'_>, host: &str) -> Option<String> {
    Read::from_der(own)?.common_names().into_iter().find(|name| stands_for(name, host))
}

/// Without case; `*` as the whole first label stands for one label, if two or more follow it (RFC 6125 section 6.4.3).
fn stands_for(name: &str, host: &str) -> bool {
    let below = |name: &str, host: &str| {
        let (rest, (label, domain)) = (name.strip_prefix("*.")?, host.split_once('.')?);
        Some(!label.is_empty() && rest.contains('.') && rest.eq_ignore_ascii_case(domain))
    };
    name.eq_ignore_ascii_case(host) || below(name, host).unwrap_or_default()
}

/// An anchor's subject has lost its outer header.
fn whole(content: &[u8]) -> Vec<u8> {
    let len = content.len();
    let mut name = match len {
        0..=0x7f => vec![0x30, len as u8],
        0x80..=0xff => vec![0x30, 0x81, len as u8],
        _ => vec![0x30, 0x82, (len >> 8) as u8, len as u8],
    };
    name.extend_from_slice(content);
    name
}

fn untimely(cert: &Read, now: UnixTime) -> Option<VerifyError> {
    let (first, last) = cert.validity();
    match now.as_secs() {
        now if now < first => Some(VerifyError::CertNotYetValid),
        now if now > last => Some(VerifyError::CertHasExpired),
        _ => None,
    }
}

/// Errors that are reported where the walk finds them, not where webpki does.
fn is_found_on_the_way_down(error: VerifyError) -> bool {
    matches!(error, VerifyError::CertHasExpired | VerifyError::CertNotYetValid | VerifyError::CertSignatureFailure)
}

fn of_webpki(error: &webpki::Error) -> VerifyError {
    use webpki::Error::*;
    match error {
        CertExpired { .. } => VerifyError::CertHasExpired,
        CertNotValidYet { .. } => VerifyError::CertNotYetValid,
        CertRevoked => VerifyError::CertRevoked,
        CrlExpired { .. } => VerifyError::CrlHasExpired,
        UnknownRevocationStatus => VerifyError::UnableToGetCrl,
        UnknownIssuer => VerifyError::UnableToGetIssuerCertLocally,
        InvalidSignatureForPublicKey | UnsupportedSignatureAlgorithmForPublicKeyContext(_) => {
            VerifyError::CertSignatureFailure
        }
        InvalidCrlSignatureForPublicKey | IssuerNotCrlSigner => VerifyError::CrlSignatureFailure,
        CaUsedAsEndEntity | EndEntityUsedAsCa => VerifyError::InvalidCa,
        PathLenConstraintViolated => VerifyError::PathLengthExceeded,
        MaximumPathDepthExceeded => VerifyError::CertChainTooLong,
        EmptyEkuExtension | RequiredEkuNotFoundContext(_) => VerifyError::InvalidPurpose,
        UnsupportedCriticalExtension => VerifyError::UnhandledCriticalExtension,
        NameConstraintViolation => VerifyError::PermittedViolation,
        _ => VerifyError::Unspecified,
    }
}

/// The error from which rustls chooses the alert; corresponds to `ssl_x509err2alert`.
fn alert(error: VerifyError) -> CertificateError {
    match error {
        VerifyError::CertHasExpired | VerifyError::CrlHasExpired => CertificateError::Expired,
        VerifyError::CertRevoked => CertificateError::Revoked,
        VerifyError::CertSignatureFailure | VerifyError::CrlSignatureFailure => CertificateError::BadSignature,
        VerifyError::InvalidPurpose => CertificateError::InvalidPurpose,
        VerifyError::HostnameMismatch
        | VerifyError::IpAddressMismatch
        | VerifyError::CertNotYetValid
        | VerifyError::CertRejected
        | VerifyError::Unspecified => CertificateError::BadEncoding,
        // certificate_unknown, with which OpenSSL tells of what has no alert of its own.
        VerifyError::UnhandledCriticalExtension | VerifyError::PermittedViolation => {
            CertificateError::Other(OtherError(Arc::new(Unlisted)))
        }
        _ => CertificateError::UnknownIssuer,
    }
}

/// An error without an alert of its own.
#[derive(Debug)]
struct Unlisted;

impl fmt::Display for Unlisted {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str("a fault of the certificate")
    }
}

impl std::error::Error for Unlisted {}

#[cfg(test)]
mod tests {
    use rustls::AlertDescription;

    use super::*;

    /// The numbers that `openssl s_server` 3.0 sends for the same errors.
    #[test]
    fn errors_have_the_alerts_of_openssl() {
        let number = |error| u8::from(AlertDescription::from(alert(error)));
        for (error, told) in [
            (VerifyError::UnableToGetIssuerCert, 48),
            (VerifyError::UnableToGetIssuerCertLocally, 48),
            (VerifyError::DepthZeroSelfSignedCert, 48),
            (VerifyError::SelfSignedCertInChain, 48),
            (VerifyError::UnableToGetCrl, 48),
            (VerifyError::CertChainTooLong, 48),
            (VerifyError::PathLengthExceeded, 48),
            (VerifyError::InvalidCa, 48),
            (VerifyError::CertHasExpired, 45),
            (VerifyError::CrlHasExpired, 45),
            (VerifyError::CertNotYetValid, 42),
            (VerifyError::CertRevoked, 44),
            (VerifyError::CertSignatureFailure, 51),
            (VerifyError::CrlSignatureFailure, 51),
            (VerifyError::InvalidPurpose, 43),
            (VerifyError::CertRejected, 42),
            (VerifyError::UnhandledCriticalExtension, 46),
            (VerifyError::PermittedViolation, 46),
            (VerifyError::HostnameMismatch, 42),
            (VerifyError::IpAddressMismatch, 42),
        ] {
            assert_eq!(number(error), told, "{error:?}");
        }
    }

    #[test]
    fn common_names_stand_for_hosts() {
        for (name, host) in [("guest", "guest"), ("Guest.Example", "guest.example"), ("*.a.example", "b.a.example")] {
            assert!(stands_for(name, host), "{name} {host}");
        }
        for (name, host) in
            [("guest", "guests"), ("*.example", "a.example"), ("*", "a"), ("*.a.example", "a.example"), ("", "a")]
        {
            assert!(!stands_for(name, host), "{name} {host}");
        }
    }
}
