//! What the texts and the building of chains need of a certificate.
use rustls::pki_types::SubjectPublicKeyInfoDer;
use s_server_core::engine::{Detail, PeerCertificate, VerifyStep};
use x509_cert::der::asn1::ObjectIdentifier;
use x509_cert::der::{Decode, Encode};
use x509_cert::ext::pkix::name::GeneralName;
use x509_cert::ext::pkix::{BasicConstraints, KeyUsage, NameConstraints, SubjectAltName};
use x509_cert::time::Time;
use x509_cert::{Certificate, Version};

use crate::nameopt::NameStyle;

/// commonName, X.520 section 6.2.2.
const COMMON_NAME: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.4.3");

/// A certificate, read.
#[derive(Clone, Debug)]
pub struct Read(Certificate);

impl Read {
    /// Reads a certificate; `None` when it is not one.
    pub fn from_der(der: &[u8]) -> Option<Self> {
        Certificate::from_der(der).ok().map(Self)
    }

    /// The subject, encoded.
    pub fn subject(&self) -> Vec<u8> {
        self.0.tbs_certificate().subject().to_der().unwrap_or_default()
    }

    /// The issuer, encoded.
    pub fn issuer(&self) -> Vec<u8> {
        self.0.tbs_certificate().issuer().to_der().unwrap_or_default()
    }

    /// It names itself as its issuer.
    pub fn is_self_issued(&self) -> bool {
        self.0.tbs_certificate().subject() == self.0.tbs_certificate().issuer()
    }

    /// The public key, as a SubjectPublicKeyInfo.
    pub fn public_key(&self) -> SubjectPublicKeyInfoDer<'static> {
        self.0.tbs_certificate().subject_public_key_info().to_der().unwrap_or_default().into()
    }

    /// It has no extensions and cannot have any: X.509 version 1 or 2.
    pub fn is_before_version_3(&self) -> bool {
        self.0.tbs_certificate().version() != Version::V3
    }

    /// It may issue certificates of any kind: `cA`, keyCertSign if there is a keyUsage, and no nameConstraints
    /// (RFC 5280 sections 4.2.1.3, 4.2.1.9 and 4.2.1.10).
    pub fn is_unrestricted_authority(&self) -> bool {
        let tbs = self.0.tbs_certificate();
        let authority = tbs.get_extension::<BasicConstraints>().ok().flatten().is_some_and(|(_, basic)| basic.ca);
        let signs = tbs.get_extension::<KeyUsage>().ok().flatten().is_none_or(|(_, usage)| usage.key_cert_sign());
        authority && signs && matches!(tbs.get_extension::<NameConstraints>(), Ok(None))
    }

    /// Common names of the subject, where no DNS name stands in the subjectAltName: OpenSSL takes them for names of hosts
    /// then (`do_x509_check` in `crypto/x509/v3_utl.c`).
    pub fn common_names(&self) -> Vec<String> {
        let tbs = self.0.tbs_certificate();
        let others = tbs.get_extension::<SubjectAltName>().ok().flatten();
        if others.is_some_and(|(_, names)| names.0.iter().any(|name| matches!(name, GeneralName::DnsName(_)))) {
            return Vec::new();
        }
        let common = tbs.subject().iter().filter(|part| part.oid == COMMON_NAME);
        common.filter_map(|part| Some(str::from_utf8(part.value.value()).ok()?.to_owned())).collect()
    }

    /// The issuer's signature: its algorithm, encoded, what is signed, and the signature.
    pub fn signed(&self) -> Option<(Vec<u8>, Vec<u8>, &[u8])> {
        let algorithm = self.0.signature_algorithm().to_der().ok()?;
        Some((algorithm, self.0.tbs_certificate().to_der().ok()?, self.0.signature().as_bytes()?))
    }

    /// The first and the last second of its validity, since 1970.
    pub fn validity(&self) -> (u64, u64) {
        let validity = self.0.tbs_certificate().validity();
        let seconds = |time: &Time| time.to_unix_duration().as_secs();
        (seconds(&validity.not_before), seconds(&validity.not_after))
    }

    /// A step of the verification that found nothing.
    pub fn step(&self, depth: i32, names: NameStyle) -> VerifyStep {
        let tbs = self.0.tbs_certificate();
        VerifyStep {
            depth,
            ok: true,
            accepted: true,
            error_text: "ok".into(),
            subject: Some(names.print(tbs.subject()).into_bytes()),
            issuer: Some(names.print(tbs.issuer()).into_bytes()),
            not_before: time(&tbs.validity().not_before),
            not_after: time(&tbs.validity().not_after),
            ..VerifyStep::default()
        }
    }
}

/// The client's certificate for the texts. A certificate that cannot be read keeps its PEM block.
pub fn describe(der: &[u8], detail: Detail, names: NameStyle) -> PeerCertificate {
    let read = Read::from_der(der);
    let print = |part: fn(&Certificate) -> &x509_cert::name::Name| {
        read.as_ref().map(|read| names.print(part(&read.0)).into_bytes()).unwrap_or_default()
    };
    PeerCertificate {
        pem: pem(der),
        subject: print(|cert| cert.tbs_certificate().subject()),
        issuer: print(|cert| cert.tbs_certificate().issuer()),
        text: if detail.has(Detail::Page) { NO_TEXT.to_vec() } else { Vec::new() },
    }
}

/// What stands on the page where OpenSSL prints the whole certificate.
const NO_TEXT: &[u8] = b"(the rustls engine prints no certificate as text)\n";

/// RFC 7468: lines of 64 characters.
fn pem(der: &[u8]) -> Vec<u8> {
    let text = base64(der);
    let lines: Vec<&str> = text.as_bytes().chunks(64).filter_map(|line| str::from_utf8(line).ok()).collect();
    format!("-----BEGIN CERTIFICATE-----\n{}\n-----END CERTIFICATE-----\n", lines.join("\n")).into_bytes()
}

/// RFC 4648 section 4.
fn base64(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::with_capacity(bytes.len().div_ceil(3) * 4);
    for group in bytes.chunks(3) {
        let word = group.iter().fold(0_u32, |word, &byte| word << 8 | u32::from(byte)) << (8 * (3 - group.len()));
        for place in 0..4 {
            let digit = ALPHABET[(word >> (18 - 6 * place) & 0x3f) as usize];
            text.push(if place <= group.len() { digit.into() } else { '=' });
        }
    }
    text
}

/// `Jan  1 00:00:00 2021 GMT`. Corresponds to `ASN1_TIME_print`.
fn time(time: &Time) -> String {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let at = time.to_date_time();
    let month = MONTHS.get(usize::from(at.month()).wrapping_sub(1)).unwrap_or(&"?");
    format!("{month} {:2} {:02}:{:02}:{:02} {} GMT", at.day(), at.hour(), at.minutes(), at.seconds(), at.year())
}

#[cfg(test)]
mod tests {
    use contract::pki::{EXPIRED, OTHER, RSA};
    use rustls::pki_types::CertificateDer;
    use rustls::pki_types::pem::PemObject;

    use super::*;

    const PEM: &[u8] = EXPIRED.as_bytes();

    fn der() -> Vec<u8> {
        CertificateDer::from_pem_slice(PEM).unwrap().to_vec()
    }

    #[test]
    fn a_certificate_is_described_as_openssl_does() {
        let described = describe(&der(), Detail::Report, NameStyle::Oneline);
        assert_eq!(described.subject, b"CN = Expired Client");
        assert_eq!(described.issuer, b"C = XX, O = Test Org, CN = Test Root CA");
        assert!(String::from_utf8_lossy(PEM).contains(std::str::from_utf8(&described.pem).unwrap()));
        assert!(described.text.is_empty());
    }

    #[test]
    fn a_step_has_names_and_times() {
        let step = Read::from_der(&der()).unwrap().step(0, NameStyle::Readable);
        assert_eq!(step.subject.as_deref(), Some(&b"CN=Expired Client"[..]));
        assert_eq!(step.not_after, "Jan  1 00:00:00 2021 GMT");
    }

    #[test]
    fn common_names_count_where_no_dns_name_stands_beside_them() {
        let names = |pem: &[u8]| {
            let der = CertificateDer::from_pem_slice(pem).unwrap();
            Read::from_der(&der).unwrap().common_names()
        };
        assert_eq!(names(OTHER.as_bytes()), ["other.example"]);
        assert!(names(RSA.as_bytes()).is_empty());
    }

    #[test]
    fn what_is_no_certificate_is_kept_as_it_came() {
        assert!(Read::from_der(b"x").is_none());
        assert_eq!(describe(b"abcd", Detail::Brief, NameStyle::Oneline).subject, b"");
        assert_eq!(base64(b"abcd"), "YWJjZA==");
        assert_eq!(base64(b"abcde"), "YWJjZGU=");
    }
}
