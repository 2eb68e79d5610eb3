//! What files hold: certificates and revocation lists, under every label that the original takes.
//!
//! An object that cannot be read is an error, wherever it stands. Blocks of other kinds are passed over: a file may hold a
//! key beside its certificate.
use std::fmt;

use rustls::pki_types::{CertificateDer, CertificateRevocationListDer};
use webpki::{CertRevocationList, Error, OwnedCertRevocationList};
use x509_cert::der::asn1::{AnyRef, ObjectIdentifier};
use x509_cert::der::{Decode, Reader, SliceReader, Tag, TagNumber, Tagged};

use crate::certificate::Read;
use crate::pem::{Block, Damage, blocks};
use crate::reason::Reason;

/// A certificate, and what its file says of the trust in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// The certificate.
    pub der: CertificateDer<'static>,
    /// Whether it is trusted for clients.
    pub word: Word,
}

/// What a TRUSTED CERTIFICATE says of TLS clients (`openssl x509 -addtrust`, `-addreject`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Word {
    /// Nothing.
    Unsaid,
    /// Chains may end at it, whoever issued it.
    Trusted,
    /// Chains through it are not good.
    Rejected,
}

const CERTIFICATES: [&str; 3] = ["CERTIFICATE", "X509 CERTIFICATE", TRUSTED];
const TRUSTED: &str = "TRUSTED CERTIFICATE";
const LIST: &str = "X509 CRL";

/// Tags, X.690 section 8.1.2.
const SEQUENCE: u8 = 0x30;
const ENUMERATED: u8 = 0x0a;

/// All certificates of a file; in DER it is one.
pub fn certificates(file: &[u8]) -> Result<Vec<Certificate>, Damage> {
    let mut all = Vec::new();
    let mut any = false;
    for block in blocks(file) {
        any = true;
        all.extend(certificate(&block?)?);
    }
    if !any && Read::from_der(file).is_some() {
        all.push(Certificate { der: file.to_vec().into(), word: Word::Unsaid });
    }
    Ok(all)
}

/// The first certificate of a file. What stands behind it is not looked at, as in the original.
pub fn first_certificate(file: &[u8]) -> Result<Option<CertificateDer<'static>>, Damage> {
    for block in blocks(file) {
        if let Some(certificate) = certificate(&block?)? {
            return Ok(Some(certificate.der));
        }
    }
    Ok(Read::from_der(file).map(|_| file.to_vec().into()))
}

/// All revocation lists of a file; in DER it is one.
pub fn lists(file: &[u8]) -> Result<Vec<CertificateRevocationListDer<'static>>, Damage> {
    let mut all = Vec::new();
    let mut any = false;
    for block in blocks(file) {
        any = true;
        let block = block?;
        if block.label == LIST {
            if !is_whole(&block.der) {
                return Err(block.damaged("it is no revocation list"));
            }
            all.push(block.der.into());
        }
    }
    if !any && is_list(file) {
        all.push(file.to_vec().into());
    }
    Ok(all)
}

/// A list, ready for use.
pub fn read_list(der: &CertificateRevocationListDer<'_>) -> Result<CertRevocationList<'static>, UnreadList> {
    OwnedCertRevocationList::from_der(der).map(CertRevocationList::Owned).map_err(|error| match error {
        Error::UnsupportedCrlVersion => UnreadList::Version1,
        Error::UnsupportedDeltaCrl => UnreadList::Delta,
        Error::UnsupportedIndirectCrl => UnreadList::Indirect,
        Error::UnsupportedCriticalExtension => UnreadList::CriticalExtension,
        _ => UnreadList::Damaged,
    })
}

/// What a revocation list is that rustls does not read, RFC 5280 section 5.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum UnreadList {
    /// It is of version 1, without extensions.
    Version1,
    /// It holds changes only (section 5.2.4).
    Delta,
    /// It covers certificates of other issuers too (section 5.2.5).
    Indirect,
    /// It has a critical extension that rustls does not know.
    CriticalExtension,
    /// It is none, or not a whole one.
    Damaged,
}

/// What it is: `a damaged revocation list`.
impl fmt::Display for UnreadList {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(match self {
            Self::Version1 => "a revocation list of version 1, and rustls reads version 2 only",
            Self::Delta => "a delta revocation list, and rustls reads complete ones only",
            Self::Indirect => "an indirect revocation list, which rustls does not read",
            Self::CriticalExtension => "a revocation list with a critical extension that rustls does not know",
            Self::Damaged => "a damaged revocation list",
        })
    }
}

impl std::error::Error for UnreadList {}

/// The bytes are one OCSPResponse as far as their outer form goes, RFC 6960 section 4.2.1.
pub fn is_ocsp_response(bytes: &[u8]) -> bool {
    is_whole(bytes) && content(bytes).is_some_and(|content| content.first() == Some(&ENUMERATED))
}

fn certificate(block: &Block) -> Result<Option<Certificate>, Damage> {
    if !CERTIFICATES.contains(&block.label.as_str()) {
        return Ok(None);
    }
    let read = || {
        let (own, settings) = if block.label == TRUSTED { split(&block.der)? } else { (&block.der[..], &[][..]) };
        Read::from_der(own)?;
        Some(Certificate { der: own.to_vec().into(), word: word(settings)? })
    };
    read().map(Some).ok_or_else(|| block.damaged("it is no certificate"))
}

/// The first object of two.
fn split(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut reader = SliceReader::new(bytes).ok()?;
    let first = reader.tlv_bytes().ok()?;
    Some((first, &bytes[first.len()..]))
}

/// What `X509_CERT_AUX` says; corresponds to `obj_trust` in `crypto/x509/x509_trust.c` for clients of TLS.
fn word(settings: &[u8]) -> Option<Word> {
    if settings.is_empty() {
        return Some(Word::Unsaid);
    }
    const REJECTED: Tag = Tag::ContextSpecific { constructed: true, number: TagNumber(0) };
    let mut word = Word::Unsaid;
    let parts: Vec<AnyRef<'_>> = Vec::from_der(settings).ok()?;
    for part in &parts {
        let named = |content| names_clients(content);
        match part.tag() {
            Tag::Sequence if word == Word::Unsaid => {
                word = if named(part.value())? { Word::Trusted } else { Word::Rejected };
            }
            REJECTED if named(part.value())? => word = Word::Rejected,
            _ => {}
        }
    }
    Some(word)
}

/// A list of purposes has that of clients, or any.
fn names_clients(content: &[u8]) -> Option<bool> {
    const CLIENTS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.6.1.5.5.7.3.2");
    const ANY: ObjectIdentifier = ObjectIdentifier::new_unwrap("2.5.29.37.0");
    let mut reader = SliceReader::new(content).ok()?;
    let mut named = false;
    while !reader.is_finished() {
        let purpose = ObjectIdentifier::decode(&mut reader).ok()?;
        named |= purpose == CLIENTS || purpose == ANY;
    }
    Some(named)
}

/// A SEQUENCE, and nothing behind it.
fn is_whole(bytes: &[u8]) -> bool {
    bytes.first() == Some(&SEQUENCE) && split(bytes).is_some_and(|(_, rest)| rest.is_empty())
}

/// What is in the first object.
fn content(bytes: &[u8]) -> Option<&[u8]> {
    let mut reader = SliceReader::new(bytes).ok()?;
    AnyRef::decode(&mut reader).ok().map(|any| any.value())
}

/// Lists and certificates are sequences both; the first thing in what is signed tells them apart: a list of version 2 begins
/// with its number, one of version 1 with its algorithm, a certificate with a tag of its own or a longer number.
fn is_list(file: &[u8]) -> bool {
    is_whole(file) && Read::from_der(file).is_none() && {
        let signed = content(file).and_then(content);
        signed.is_some_and(|signed| signed.starts_with(&[2, 1, 1]) || signed.first() == Some(&SEQUENCE))
    }
}

/// What to say of a PKCS#12 file: it is a sequence that begins with version 3, RFC 7292 section 4.
pub fn pkcs12(file: &[u8]) -> Option<Reason> {
    let is_pkcs12 = file.first() == Some(&0x30) && file.windows(3).take(8).any(|bytes| bytes == [2, 1, 3]);
    let cause = Reason::from("the rustls engine reads PEM and DER, not PKCS#12");
    is_pkcs12.then(|| cause.with_remedy("convert it with openssl pkcs12"))
}

#[cfg(test)]
mod tests {
    use contract::pki::{CRL, OCSP, ROOT, RSA, RSA_KEY as KEY};

    use super::*;

    fn der(pem: &str) -> Vec<u8> {
        blocks(pem.as_bytes()).next().unwrap().unwrap().der
    }

    fn pem(label: &str, der: &[u8]) -> String {
        format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", openssl::base64::encode_block(der))
    }

    fn damage(read: Result<Vec<Certificate>, Damage>) -> String {
        read.unwrap_err().to_string()
    }

    #[test]
    fn certificates_count_under_each_of_their_labels_and_other_blocks_are_passed_over() {
        let x509 = RSA.replace(" CERTIFICATE", " X509 CERTIFICATE");
        let file = format!("{RSA}{KEY}{x509}{CRL}{}", pem("TRUSTED CERTIFICATE", &der(ROOT)));
        let found: Vec<_> = certificates(file.as_bytes()).unwrap().iter().map(|cert| cert.der.to_vec()).collect();
        assert_eq!(found, [der(RSA), der(RSA), der(ROOT)]);
        assert_eq!(certificates(&der(RSA)).unwrap().len(), 1);
        assert_eq!((certificates(KEY.as_bytes()), certificates(b"")), (Ok(vec![]), Ok(vec![])));
    }

    #[test]
    fn a_damaged_certificate_is_told_with_its_place() {
        let short = pem("CERTIFICATE", &der(ROOT)[..100]);
        assert_eq!(damage(certificates(format!("{RSA}{short}").as_bytes())), "block 2 (line 22): it is no certificate");
        let longer = pem("CERTIFICATE", &[&der(ROOT)[..], &[0]].concat());
        assert_eq!(damage(certificates(longer.as_bytes())), "block 1 (line 1): it is no certificate");
        assert_eq!(first_certificate(format!("{RSA}{short}").as_bytes()).unwrap().unwrap().to_vec(), der(RSA));
        assert!(first_certificate(format!("{short}{RSA}").as_bytes()).is_err());
    }

    #[test]
    fn settings_of_trust_are_those_for_clients() {
        const CLIENTS: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 2];
        const SERVERS: &[u8] = &[6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
        const ANY: &[u8] = &[6, 4, 0x55, 0x1d, 0x25, 0];
        let some = |tag: u8, purposes: &[u8]| [&[tag, purposes.len() as u8], purposes].concat();
        let named = |parts: &[Vec<u8>]| {
            let file = pem("TRUSTED CERTIFICATE", &[der(ROOT), some(0x30, &parts.concat())].concat());
            certificates(file.as_bytes()).unwrap()[0].word
        };
        assert_eq!(named(&[]), Word::Unsaid);
        assert_eq!(named(&[some(0x30, CLIENTS)]), Word::Trusted);
        assert_eq!(named(&[some(0x30, ANY)]), Word::Trusted);
        assert_eq!(named(&[some(0x30, &[SERVERS, CLIENTS].concat())]), Word::Trusted);
        assert_eq!(named(&[some(0x30, SERVERS)]), Word::Rejected);
        assert_eq!(named(&[some(0xa0, CLIENTS)]), Word::Rejected);
        assert_eq!(named(&[some(0x30, CLIENTS), some(0xa0, ANY)]), Word::Rejected);
        assert_eq!(named(&[some(0xa0, SERVERS), some(0x0c, b"alias")]), Word::Unsaid);
        let torn = pem("TRUSTED CERTIFICATE", &[der(ROOT), vec![0x30, 9]].concat());
        assert_eq!(damage(certificates(torn.as_bytes())), "block 1 (line 1): it is no certificate");
    }

    #[test]
    fn all_lists_count_and_a_certificate_is_none() {
        assert_eq!(lists(format!("{CRL}{ROOT}{CRL}").as_bytes()).unwrap().len(), 2);
        assert_eq!((lists(&der(CRL)).unwrap().len(), lists(&der(ROOT)).unwrap().len()), (1, 0));
        assert_eq!(lists(b"page").unwrap().len(), 0);
        let cut = pem("X509 CRL", &der(CRL)[..80]);
        let told = lists(format!("{CRL}{cut}").as_bytes()).unwrap_err().to_string();
        assert!(told.starts_with("block 2 (line ") && told.ends_with("): it is no revocation list"), "{told}");
        assert!(read_list(&der(CRL).into()).is_ok());
        assert_eq!(read_list(&vec![0x30, 0].into()).unwrap_err().to_string(), "a damaged revocation list");
    }

    #[test]
    fn responses_of_ocsp_have_a_form() {
        assert!(is_ocsp_response(OCSP));
        assert!(!is_ocsp_response(&der(RSA)) && !is_ocsp_response(b"") && !is_ocsp_response(b"\x30\x03\x0a\x01\x00x"));
    }
}
