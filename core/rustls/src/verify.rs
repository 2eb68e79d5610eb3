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
        let fault = walk.fault;
        self.log.note(|facts| facts.verified = Some(fault.map_or(GOOD, |fault| (fault as i32, text(fault)))));
        if accepted {
            return Ok(ClientCertVerified::assertion());
        }
        Err(Error::InvalidCertificate(fault.map_or(CertificateError::BadEncoding, alert)))
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

/// `X509_V_OK` and its text.
const GOOD: (i32, &str) = (0, "ok");

/// What is wrong with a chain: OpenSSL's `X509_V_ERR_…`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Unspecified = 1,
    NoIssuer = 2,
    NoRevocationList = 3,
    BadSignature = 7,
    BadListSignature = 8,
    NotYetValid = 9,
    Expired = 10,
    ListExpired = 12,
    SelfSigned = 18,
    SelfSignedInChain = 19,
    NoLocalIssuer = 20,
    FirstUnverified = 21,
    TooLong = 22,
    Revoked = 23,
    InvalidCa = 24,
    PathLength = 25,
    WrongPurpose = 26,
    Rejected = 28,
    CriticalExtension = 34,
    NameConstraint = 47,
    WrongHost = 62,
    WrongAddress = 64,
}

/// One walk along a chain, reporting as OpenSSL's verification does.
struct Walk<'a> {
    trust: &'a Trust,
    log: &'a Log,
    /// The last fault; it stays set after it was tolerated.
    fault: Option<Fault>,
}

impl<'a> Walk<'a> {
    fn new(trust: &'a Trust, log: &'a Log) -> Self {
        Self { trust, log, fault: None }
    }

    /// The order of `verify_chain` in `crypto/x509/x509_vfy.c`: the chain's end, purpose and revocation, names, then
    /// signatures and times from the top down.
    fn verify(&mut self, own: &CertificateDer<'_>, others: &[CertificateDer<'_>], now: UnixTime) -> bool {
        let pool: Vec<_> = others.iter().chain(&self.trust.certificates).cloned().collect();
        let chain = chain(own, &pool);
        let read: Vec<_> = chain.iter().filter_map(|cert| Read::from_der(cert)).collect();
        if read.len() != chain.len() {
            return self.fail(0, None, Fault::Unspecified);
        }
        let end = self.chains_end(&chain, others, &read);
        let verdict = match end {
            Some(_) => None,
            None if read[0].is_before_version_3() => self.without_webpki(&read),
            None => self.webpki(own, &pool, now),
        };
        let top = read.len() - 1;
        self.tolerate(top, end, &read)
            && self.tolerate(0, verdict.filter(|fault| !is_found_on_the_way_down(*fault)), &read)
            && self.tolerate(0, self.wrong_name(own), &read)
            && self.walk_down(&read, now, verdict.filter(|fault| *fault == Fault::BadSignature))
    }

    /// What is wrong with where the chain ends.
    fn chains_end(&self, chain: &[&CertificateDer<'_>], others: &[CertificateDer<'_>], read: &[Read]) -> Option<Fault> {
        let top = chain.last()?;
        let trusted = self.trust.certificates.contains(top);
        let self_issued = read.last()?.is_self_issued();
        let between = chain.len().saturating_sub(2);
        if chain.iter().any(|cert| self.trust.rejected.contains(cert)) {
            return Some(Fault::Rejected);
        }
        let is_end = |subject: &[u8]| self.trust.anchors.iter().any(|anchor| whole(&anchor.subject) == subject);
        if trusted && is_end(&read.last()?.subject()) {
            return self.trust.depth.filter(|&depth| between > depth).map(|_| Fault::TooLong);
        }
        Some(match (self_issued, chain.len()) {
            (true, 1) => Fault::SelfSigned,
            (true, _) => Fault::SelfSignedInChain,
            (false, _) if trusted && !others.contains(top) => Fault::NoIssuer,
            (false, _) => Fault::NoLocalIssuer,
        })
    }

    /// webpki's verdict on a chain whose end is trusted.
    fn webpki(&self, own: &CertificateDer<'_>, pool: &[CertificateDer<'_>], now: UnixTime) -> Option<Fault> {
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
        verify().err().map(|error| fault(&error))
    }

    /// The verdict on a certificate of X.509 version 1, which webpki does not read: signatures, and issuers that may
    /// issue. What needs more than that, revocation lists and name constraints, is not good.
    fn without_webpki(&self, read: &[Read]) -> Option<Fault> {
        if self.trust.revocation.is_some() {
            return Some(Fault::Unspecified);
        }
        read.windows(2).find_map(|pair| match self.is_signed(&pair[0], &pair[1]) {
            _ if !pair[1].is_unrestricted_authority() => Some(Fault::InvalidCa),
            true => None,
            false => Some(Fault::BadSignature),
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

    fn wrong_name(&self, own: &CertificateDer<'_>) -> Option<Fault> {
        let wanted = self.trust.wanted.as_ref()?;
        let alternative = EndEntityCert::try_from(own).and_then(|cert| cert.verify_is_valid_for_subject_name(wanted));
        match wanted {
            ServerName::DnsName(name) => {
                let matched = match alternative {
                    Ok(()) => Some(name.as_ref().to_owned()),
                    Err(_) => common_name(own, name.as_ref()),
                };
                self.log.note(|facts| facts.verified_name.clone_from(&matched));
                if matched.is_none() { Some(Fault::WrongHost) } else { None }
            }
            _ => alternative.err().map(|_| Fault::WrongAddress),
        }
    }

    /// Corresponds to `internal_verify` in `crypto/x509/x509_vfy.c`.
    fn walk_down(&mut self, read: &[Read], now: UnixTime, bad_signature: Option<Fault>) -> bool {
        let top = read.len() - 1;
        let mut from = top;
        if !read[top].is_self_issued() && self.fault.is_some() {
            if top == 0 && !self.fail(0, Some(&read[0]), Fault::FirstUnverified) {
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

    /// Goes on when there is no fault, or one that is tolerated.
    fn tolerate(&mut self, depth: usize, fault: Option<Fault>, read: &[Read]) -> bool {
        fault.is_none_or(|fault| self.fail(depth, read.get(depth), fault))
    }

    fn fail(&mut self, depth: usize, cert: Option<&Read>, fault: Fault) -> bool {
        self.fault = Some(fault);
        self.report(depth, cert, false)
    }

    /// One call of the verification callback.
    fn report(&mut self, depth: usize, cert: Option<&Read>, ok: bool) -> bool {
        let depth = i32::try_from(depth).unwrap_or(i32::MAX);
        let accepted = judge(self.trust.tolerance, depth, ok);
        let (error, error_text) = self.fault.map_or(GOOD, |fault| (fault as i32, text(fault)));
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

fn untimely(cert: &Read, now: UnixTime) -> Option<Fault> {
    let (first, last) = cert.validity();
    match now.as_secs() {
        now if now < first => Some(Fault::NotYetValid),
        now if now > last => Some(Fault::Expired),
        _ => None,
    }
}

/// Faults that are reported where the walk finds them, not where webpki does.
fn is_found_on_the_way_down(fault: Fault) -> bool {
    matches!(fault, Fault::Expired | Fault::NotYetValid | Fault::BadSignature)
}

fn fault(error: &webpki::Error) -> Fault {
    use webpki::Error::*;
    match error {
        CertExpired { .. } => Fault::Expired,
        CertNotValidYet { .. } => Fault::NotYetValid,
        CertRevoked => Fault::Revoked,
        CrlExpired { .. } => Fault::ListExpired,
        UnknownRevocationStatus => Fault::NoRevocationList,
        UnknownIssuer => Fault::NoLocalIssuer,
        InvalidSignatureForPublicKey | UnsupportedSignatureAlgorithmForPublicKeyContext(_) => Fault::BadSignature,
        InvalidCrlSignatureForPublicKey | IssuerNotCrlSigner => Fault::BadListSignature,
        CaUsedAsEndEntity | EndEntityUsedAsCa => Fault::InvalidCa,
        PathLenConstraintViolated => Fault::PathLength,
        MaximumPathDepthExceeded => Fault::TooLong,
        EmptyEkuExtension | RequiredEkuNotFoundContext(_) => Fault::WrongPurpose,
        UnsupportedCriticalExtension => Fault::CriticalExtension,
        NameConstraintViolation => Fault::NameConstraint,
        _ => Fault::Unspecified,
    }
}

/// Corresponds to `X509_verify_cert_error_string`.
fn text(fault: Fault) -> &'static str {
    match fault {
        Fault::Unspecified => "unspecified certificate verification error",
        Fault::NoIssuer => "unable to get issuer certificate",
        Fault::NoRevocationList => "unable to get certificate CRL",
        Fault::BadSignature => "certificate signature failure",
        Fault::BadListSignature => "CRL signature failure",
        Fault::NotYetValid => "certificate is not yet valid",
        Fault::Expired => "certificate has expired",
        Fault::ListExpired => "CRL has expired",
        Fault::SelfSigned => "self-signed certificate",
        Fault::SelfSignedInChain => "self-signed certificate in certificate chain",
        Fault::NoLocalIssuer => "unable to get local issuer certificate",
        Fault::FirstUnverified => "unable to verify the first certificate",
        Fault::TooLong => "certificate chain too long",
        Fault::Revoked => "certificate revoked",
        Fault::InvalidCa => "invalid CA certificate",
        Fault::PathLength => "path length constraint exceeded",
        Fault::WrongPurpose => "unsuitable certificate purpose",
        Fault::Rejected => "certificate rejected",
        Fault::CriticalExtension => "unhandled critical extension",
        Fault::NameConstraint => "permitted subtree violation",
        Fault::WrongHost => "hostname mismatch",
        Fault::WrongAddress => "IP address mismatch",
    }
}

/// The error from which rustls chooses the alert; corresponds to `ssl_x509err2alert`.
fn alert(fault: Fault) -> CertificateError {
    match fault {
        Fault::Expired | Fault::ListExpired => CertificateError::Expired,
        Fault::Revoked => CertificateError::Revoked,
        Fault::BadSignature | Fault::BadListSignature => CertificateError::BadSignature,
        Fault::WrongPurpose => CertificateError::InvalidPurpose,
        Fault::WrongHost | Fault::WrongAddress | Fault::NotYetValid | Fault::Rejected | Fault::Unspecified => {
            CertificateError::BadEncoding
        }
        // certificate_unknown, with which OpenSSL tells of what has no alert of its own.
        Fault::CriticalExtension | Fault::NameConstraint => CertificateError::Other(OtherError(Arc::new(Unlisted))),
        _ => CertificateError::UnknownIssuer,
    }
}

/// A fault without an alert of its own.
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

    /// The numbers that `openssl s_server` 3.0 sends for the same faults.
    #[test]
    fn faults_have_the_alerts_of_openssl() {
        let number = |fault| u8::from(AlertDescription::from(alert(fault)));
        for (fault, told) in [
            (Fault::NoIssuer, 48),
            (Fault::NoLocalIssuer, 48),
            (Fault::SelfSigned, 48),
            (Fault::SelfSignedInChain, 48),
            (Fault::NoRevocationList, 48),
            (Fault::TooLong, 48),
            (Fault::PathLength, 48),
            (Fault::InvalidCa, 48),
            (Fault::Expired, 45),
            (Fault::ListExpired, 45),
            (Fault::NotYetValid, 42),
            (Fault::Revoked, 44),
            (Fault::BadSignature, 51),
            (Fault::BadListSignature, 51),
            (Fault::WrongPurpose, 43),
            (Fault::Rejected, 42),
            (Fault::CriticalExtension, 46),
            (Fault::NameConstraint, 46),
            (Fault::WrongHost, 42),
            (Fault::WrongAddress, 42),
        ] {
            assert_eq!(number(fault), told, "{fault:?}");
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
