//! `-selfsigned`: a key and a certificate made at the start.
//!
//! The certificate is an end entity's, not an authority's: browsers refuse an authority's as a server's. Put into a
//! trust store (`curl --cacert`) it is its own anchor.
use std::net::IpAddr;

use openssl::asn1::{Asn1Integer, Asn1Time};
use openssl::bn::{BigNum, MsbOption};
use openssl::ec::{EcGroup, EcKey};
use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
use openssl::nid::Nid;
use openssl::pkey::{PKey, Private};
use openssl::x509::extension::{
    BasicConstraints, ExtendedKeyUsage, KeyUsage, SubjectAlternativeName, SubjectKeyIdentifier,
};
use openssl::x509::{X509, X509Name};
use s_server_core::StartError;
use s_server_core::options::certificate_names;

/// Makes the pair for localhost, 127.0.0.1, ::1 and `names`. `wall`: seconds since 1970.
pub fn make(names: &[Vec<u8>], wall: u64) -> Result<(X509, PKey<Private>), StartError> {
    let all = certificate_names(names)?;
    pair(&all, wall).map_err(|error| StartError::of_flag("-selfsigned", error.to_string()))
}

fn pair(names: &[String], wall: u64) -> Result<(X509, PKey<Private>), ErrorStack> {
    let key = PKey::from_ec_key(EcKey::generate(&*EcGroup::from_curve_name(Nid::X9_62_PRIME256V1)?)?)?;
    let mut cert = X509::builder()?;
    cert.set_version(2)?;
    let mut serial = BigNum::new()?;
    serial.rand(159, MsbOption::MAYBE_ZERO, false)?;
    cert.set_serial_number(&*Asn1Integer::from_bn(&serial)?)?;
    let mut name = X509Name::builder()?;
    name.append_entry_by_nid(Nid::COMMONNAME, "localhost")?;
    let name = name.build();
    cert.set_subject_name(&name)?;
    cert.set_issuer_name(&name)?;
    // A day back for clocks that are behind; 397 days is the longest that browsers take.
    let time = |seconds: u64| Asn1Time::from_unix(i64::try_from(seconds).unwrap_or(0) as _);
    cert.set_not_before(&*time(wall.saturating_sub(DAY))?)?;
    cert.set_not_after(&*time(wall.saturating_add(396 * DAY))?)?;
    cert.set_pubkey(&key)?;
    cert.append_extension(BasicConstraints::new().critical().build()?)?;
    cert.append_extension(KeyUsage::new().critical().digital_signature().build()?)?;
    cert.append_extension(ExtendedKeyUsage::new().server_auth().build()?)?;
    let mut alternative = SubjectAlternativeName::new();
    for name in names {
        match name.parse::<IpAddr>() {
            Ok(_) => alternative.ip(name),
            Err(_) => alternative.dns(name),
        };
    }
    let context = cert.x509v3_context(None, None);
    let (alternative, identifier) = (alternative.build(&context)?, SubjectKeyIdentifier::new().build(&context)?);
    cert.append_extension(alternative)?;
    cert.append_extension(identifier)?;
    cert.sign(&key, MessageDigest::sha256())?;
    Ok((cert.build(), key))
}

/// Seconds.
const DAY: u64 = 86_400;

#[cfg(test)]
mod tests {
    use std::time::{SystemTime, UNIX_EPOCH};

    use openssl::stack::Stack;
    use openssl::x509::store::X509StoreBuilder;
    use openssl::x509::verify::X509VerifyParam;
    use openssl::x509::{X509PurposeId, X509StoreContext, X509VerifyResult};

    use super::*;

    fn now() -> u64 {
        SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
    }

    fn verified(cert: &X509, check: impl FnOnce(&mut X509VerifyParam)) -> X509VerifyResult {
        let mut store = X509StoreBuilder::new().unwrap();
        store.add_cert(cert.clone()).unwrap();
        store.set_purpose(X509PurposeId::SSL_SERVER).unwrap();
        let mut param = X509VerifyParam::new().unwrap();
        check(&mut param);
        store.set_param(&param).unwrap();
        let chain = Stack::new().unwrap();
        let mut context = X509StoreContext::new().unwrap();
        context.init(&store.build(), cert, &chain, |c| Ok((c.verify_cert()?, c.error()).1)).unwrap()
    }

    #[test]
    fn it_is_good_for_every_name_when_trusted() {
        let (cert, key) =
            make(&[b"host.test".to_vec(), b"*.wild.test".to_vec(), b"192.0.2.7".to_vec()], now()).unwrap();
        assert!(cert.public_key().unwrap().public_eq(&key));
        for host in ["localhost", "host.test", "a.wild.test"] {
            assert_eq!(verified(&cert, |p| p.set_host(host).unwrap()), X509VerifyResult::OK, "{host}");
        }
        for ip in ["127.0.0.1", "::1", "192.0.2.7"] {
            assert_eq!(verified(&cert, |p| p.set_ip(ip.parse().unwrap()).unwrap()), X509VerifyResult::OK, "{ip}");
        }
        assert_eq!(verified(&cert, |p| p.set_host("other.test").unwrap()).error_string(), "hostname mismatch");
    }

    #[test]
    fn its_form_is_that_of_a_server() {
        let (cert, _) = make(&[], now()).unwrap();
        let text = String::from_utf8(cert.to_text().unwrap()).unwrap();
        for part in [
            "Version: 3 (0x2)",
            "CA:FALSE",
            "Digital Signature",
            "TLS Web Server Authentication",
            "DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1",
            "Subject Key Identifier",
            "ecdsa-with-SHA256",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        let days = cert.not_before().diff(cert.not_after()).unwrap().days;
        assert!((396..=397).contains(&days), "{days}");
    }

    #[test]
    fn a_strange_name_is_refused() {
        for name in [&b""[..], b"a b", b"a..b", b"DNS:x", b"x,y", b"\xff", b"1.2.3.4/8"] {
            let message = String::from_utf8(make(&[name.to_vec()], now()).unwrap_err().render()).unwrap();
            assert!(message.starts_with("s_server: -selfsigned: not a host name or address: \""), "{message}");
        }
    }
}
