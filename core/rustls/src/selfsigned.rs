//! `-selfsigned`: a key and a certificate made at the start, from a seed.
//!
//! The same seed and time give the same pair, so that all instances of a sandboxed server show one certificate. It is an
//! end entity's, as with OpenSSL: browsers refuse an authority's as a server's.
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use hmac::{Hmac, KeyInit, Mac};
use p256::SecretKey;
use p256::pkcs8::{EncodePrivateKey, EncodePublicKey};
use rustls::SignatureScheme;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::CertifiedKey;
use s_server_core::StartError;
use s_server_core::options::certificate_names;
use sha2::{Digest, Sha256};
use x509_cert::der::Encode;
use x509_cert::der::asn1::{GeneralizedTime, UtcTime};

use crate::failure::ENGINE;
use crate::reason::Reason;

/// What a certificate of the server's own is made from.
#[derive(Clone, Copy)]
pub struct Origin {
    /// Key and serial number come from it.
    pub seed: [u8; 32],
    /// When it is valid.
    pub valid: Valid,
}

/// When a certificate is valid.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Valid {
    /// From a day before that time on, in seconds since 1970, for as long as browsers take.
    From(u64),
    /// Whatever the time: for a server whose clock stands, and clients whose clocks may not.
    Always,
}

/// The seed is as secret as the key.
impl std::fmt::Debug for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Origin").field("valid", &self.valid).finish_non_exhaustive()
    }
}

/// Makes the pair for localhost, 127.0.0.1, ::1 and `names`.
pub fn make(names: &[Vec<u8>], origin: Option<Origin>, provider: &CryptoProvider) -> Result<CertifiedKey, StartError> {
    let refused = |why: Reason| why.of_flag("-selfsigned").in_engine(ENGINE);
    let no_seed = || Reason::from("the host gave no seed").with_remedy("name files with -cert and -key");
    let origin = origin.ok_or_else(|| refused(no_seed()))?;
    let all = certificate_names(names)?;
    pair(&all, origin, provider).map_err(refused)
}

fn pair(names: &[String], origin: Origin, provider: &CryptoProvider) -> Result<CertifiedKey, Reason> {
    let secret = secret_key(&origin)?;
    let pkcs8 = secret.to_pkcs8_der().map_err(|error| error.to_string())?;
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(pkcs8.as_bytes().to_vec()));
    let key = provider.key_provider.load_private_key(key).map_err(|error| error.to_string())?;
    let public = secret.public_key().to_public_key_der().map_err(|error| error.to_string())?;
    let tbs = to_be_signed(names, &origin, public.as_bytes())?;
    let signer = key.choose_scheme(&[SignatureScheme::ECDSA_NISTP256_SHA256]);
    let signature = signer.ok_or("this cryptography has no ECDSA")?.sign(&tbs).map_err(|error| error.to_string())?;
    let certificate = sequence(&[&tbs, ECDSA_WITH_SHA256, &bit_string(&signature)]);
    Ok(CertifiedKey::new(vec![CertificateDer::from(certificate)], Arc::clone(&key)))
}

/// One number in 2^32 is no key of P-256; then the next is taken.
fn secret_key(origin: &Origin) -> Result<SecretKey, Reason> {
    let attempt =
        |number: u8| SecretKey::from_slice(&derive(origin, &[b"s_server self-signed key", &[number][..]])).ok();
    (0..=u8::MAX).find_map(attempt).ok_or_else(|| "the seed gives no key".into())
}

fn derive(origin: &Origin, what: &[&[u8]]) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(&origin.seed).expect("HMAC takes keys of any length");
    what.iter().for_each(|part| mac.update(part));
    mac.finalize().into_bytes().into()
}

/// TBSCertificate, RFC 5280 section 4.1.
fn to_be_signed(names: &[String], origin: &Origin, public_key: &[u8]) -> Result<Vec<u8>, Reason> {
    const VERSION_3: &[u8] = &[0xa0, 3, 2, 1, 2];
    let mut serial = derive(origin, &[b"s_server self-signed serial number"]);
    // Positive, and not shorter than it looks.
    serial[0] = serial[0] & 0x3f | 0x40;
    let name = sequence(&[&tlv(SET, &[&sequence(&[COMMON_NAME, &tlv(UTF8_STRING, &[b"localhost"])])])]);
    let day = 86_400;
    let validity = match origin.valid {
        // A day back for clocks that are behind; 397 days is the longest that browsers take.
        Valid::From(start) => [time(start.saturating_sub(day))?, time(start.saturating_add(396 * day))?],
        Valid::Always => [time(0)?, time(LAST_SECOND)?],
    };
    Ok(sequence(&[
        VERSION_3,
        &tlv(INTEGER, &[&serial[..20]]),
        ECDSA_WITH_SHA256,
        &name,
        &sequence(&[&validity[0], &validity[1]]),
        &name,
        public_key,
        &tlv(EXTENSIONS, &[&sequence(&extensions(names, public_key).iter().map(Vec::as_slice).collect::<Vec<_>>())]),
    ]))
}

/// basicConstraints, keyUsage, extendedKeyUsage, subjectAltName and subjectKeyIdentifier, RFC 5280 section 4.2.1.
fn extensions(names: &[String], public_key: &[u8]) -> [Vec<u8>; 5] {
    const CRITICAL: &[u8] = &[1, 1, 0xff];
    const DIGITAL_SIGNATURE: &[u8] = &[3, 2, 7, 0x80];
    const SERVER_AUTH: &[u8] = &[0x30, 10, 6, 8, 0x2b, 6, 1, 5, 5, 7, 3, 1];
    let extension = |number: u8, critical: &[u8], content: &[u8]| {
        sequence(&[&[6, 3, 0x55, 0x1d, number], critical, &tlv(OCTET_STRING, &[content])])
    };
    let names: Vec<Vec<u8>> = names.iter().map(|name| general_name(name)).collect();
    let names = sequence(&names.iter().map(Vec::as_slice).collect::<Vec<_>>());
    // RFC 7093 section 2: the first 160 bits of the SHA-256 of the key, here with its header.
    let identifier = tlv(OCTET_STRING, &[&Sha256::digest(public_key)[..20]]);
    [
        extension(19, CRITICAL, &sequence(&[])),
        extension(15, CRITICAL, DIGITAL_SIGNATURE),
        extension(37, &[], SERVER_AUTH),
        extension(17, &[], &names),
        extension(14, &[], &identifier),
    ]
}

/// A dNSName or an iPAddress, RFC 5280 section 4.2.1.6.
fn general_name(name: &str) -> Vec<u8> {
    match name.parse() {
        Ok(IpAddr::V4(address)) => tlv(0x87, &[&address.octets()]),
        Ok(IpAddr::V6(address)) => tlv(0x87, &[&address.octets()]),
        Err(_) => tlv(0x82, &[name.as_bytes()]),
    }
}

/// UTCTime through 2049, GeneralizedTime from then on, RFC 5280 section 4.1.2.5.
fn time(seconds: u64) -> Result<Vec<u8>, Reason> {
    let since = Duration::from_secs(seconds);
    let encoded = match UtcTime::from_unix_duration(since) {
        Ok(time) => time.to_der(),
        Err(_) => GeneralizedTime::from_unix_duration(since).and_then(|time| time.to_der()),
    };
    encoded.map_err(|error| format!("the time: {error}").into())
}

/// 9999-12-31 23:59:59 GMT: without a known end, RFC 5280 section 4.1.2.5.
const LAST_SECOND: u64 = 253_402_300_799;

const INTEGER: u8 = 0x02;
const OCTET_STRING: u8 = 0x04;
const UTF8_STRING: u8 = 0x0c;
const SET: u8 = 0x31;
const EXTENSIONS: u8 = 0xa3;
/// AlgorithmIdentifier of ecdsa-with-SHA256, RFC 5758 section 3.2.
const ECDSA_WITH_SHA256: &[u8] = &[0x30, 10, 6, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 4, 3, 2];
const COMMON_NAME: &[u8] = &[6, 3, 0x55, 4, 3];

fn sequence(parts: &[&[u8]]) -> Vec<u8> {
    tlv(0x30, parts)
}

fn bit_string(bytes: &[u8]) -> Vec<u8> {
    tlv(0x03, &[&[0], bytes])
}

/// Tag, length, contents: X.690 section 8.1.
fn tlv(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let contents = parts.concat();
    let len = contents.len().to_be_bytes();
    let significant = &len[len.iter().take_while(|&&byte| byte == 0).count()..];
    let mut encoded = vec![tag];
    match contents.len() {
        0..=0x7f => encoded.push(contents.len() as u8),
        _ => {
            encoded.push(0x80 | significant.len() as u8);
            encoded.extend_from_slice(significant);
        }
    }
    encoded.extend(contents);
    encoded
}

#[cfg(test)]
mod tests {
    use rustls::pki_types::{ServerName, UnixTime};
    use webpki::{EndEntityCert, KeyUsage};

    use super::*;
    use crate::provider::seeded;

    const TIME: u64 = 1_800_000_000;

    fn made(names: &[&str], seed: u8, time: u64) -> CertifiedKey {
        let names: Vec<_> = names.iter().map(|name| name.as_bytes().to_vec()).collect();
        make(&names, Some(Origin { seed: [seed; 32], valid: Valid::From(time) }), &seeded([0; 32])).unwrap()
    }

    #[test]
    fn it_verifies_for_each_of_its_names_as_its_own_anchor() {
        let pair = made(&["*.a.example", "192.0.2.1"], 1, TIME);
        let cert = EndEntityCert::try_from(&pair.cert[0]).unwrap();
        let anchor = webpki::anchor_from_trusted_cert(&pair.cert[0]).unwrap();
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
        let verified = |time| {
            let now = UnixTime::since_unix_epoch(Duration::from_secs(time));
            let anchors = [anchor.clone()];
            cert.verify_for_usage(algorithms, &anchors, &[], now, KeyUsage::server_auth(), None, None).map(drop)
        };
        assert_eq!(verified(TIME), Ok(()));
        assert!(verified(TIME - 86_401).is_err() && verified(TIME + 396 * 86_400 + 1).is_err());
        for (name, good) in [
            ("localhost", true),
            ("127.0.0.1", true),
            ("::1", true),
            ("b.a.example", true),
            ("192.0.2.1", true),
            ("192.0.2.2", false),
            ("a.example", false),
        ] {
            let name = ServerName::try_from(name).unwrap();
            assert_eq!(cert.verify_is_valid_for_subject_name(&name).is_ok(), good, "{name:?}");
        }
    }

    #[test]
    fn it_can_be_valid_whatever_the_time() {
        let pair = make(&[], Some(Origin { seed: [1; 32], valid: Valid::Always }), &seeded([0; 32])).unwrap();
        let cert = EndEntityCert::try_from(&pair.cert[0]).unwrap();
        let anchors = [webpki::anchor_from_trusted_cert(&pair.cert[0]).unwrap()];
        let algorithms = rustls::crypto::ring::default_provider().signature_verification_algorithms.all;
        for time in [0, TIME, 253_402_300_799] {
            let now = UnixTime::since_unix_epoch(Duration::from_secs(time));
            let verified = cert.verify_for_usage(algorithms, &anchors, &[], now, KeyUsage::server_auth(), None, None);
            assert_eq!(verified.map(drop), Ok(()), "{time}");
        }
        let read = openssl::x509::X509::from_der(&pair.cert[0]).unwrap();
        let times = [read.not_before(), read.not_after()].map(ToString::to_string);
        assert_eq!(times, ["Jan  1 00:00:00 1970 GMT", "Dec 31 23:59:59 9999 GMT"]);
    }

    #[test]
    fn a_strange_name_is_refused() {
        let message =
            make(&[b"a b".to_vec()], Some(Origin { seed: [1; 32], valid: Valid::From(TIME) }), &seeded([0; 32]))
                .unwrap_err();
        assert_eq!(message.render(), b"s_server: -selfsigned: not a host name or address: \"a b\"\n");
    }

    #[test]
    fn openssl_reads_it_and_finds_its_signature_good() {
        let pair = made(&[], 1, TIME);
        let cert = openssl::x509::X509::from_der(&pair.cert[0]).unwrap();
        assert!(cert.verify(&cert.public_key().unwrap()).unwrap());
        assert_eq!(format!("{:?}", cert.subject_name()), r#"[commonName = "localhost"]"#);
        assert_eq!(cert.not_after().to_string(), "Feb 15 08:00:00 2028 GMT");
    }

    #[test]
    fn the_seed_and_the_time_are_all_that_it_comes_from() {
        assert_eq!(made(&[], 1, TIME).cert, made(&[], 1, TIME).cert);
        assert_ne!(made(&[], 1, TIME).cert, made(&[], 2, TIME).cert);
        let late = made(&[], 1, 3_000_000_000);
        assert!(openssl::x509::X509::from_der(&late.cert[0]).unwrap().not_after().to_string().contains("2066"));
        let none = make(&[], None, &seeded([0; 32])).unwrap_err();
        assert_eq!(
            none.render(),
            b"s_server: rustls: -selfsigned: the host gave no seed; name files with -cert and -key\n"
        );
    }
}
