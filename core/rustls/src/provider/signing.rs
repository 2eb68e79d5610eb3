//! Private keys as files hold them: PKCS #8 (RFC 5958), PKCS #1 (RFC 8017), SEC 1 (RFC 5915), each in DER.
use super::generator::Generator;
use super::key_error::unusable;
use super::{ecdsa, ed25519, rsa};
use p256::NistP256;
use p256::pkcs8::{ObjectIdentifier, PrivateKeyInfoRef};
use p384::NistP384;
use p521::NistP521;
use rustls::Error;
use rustls::crypto::KeyProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use std::sync::Arc;

const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
const RSA_PSS: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.10");
const EC: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");
const ED25519: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.101.112");
const P256: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.3.1.7");
const P384: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.34");
const P521: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.3.132.0.35");

/// Makes signing keys, which draw from the generator what they need.
#[derive(Debug)]
pub(super) struct Keys(pub(super) &'static Generator);

impl KeyProvider for Keys {
    fn load_private_key(&self, der: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        match &der {
            PrivateKeyDer::Pkcs1(key) => rsa::from_pkcs1(key.secret_pkcs1_der(), self.0),
            PrivateKeyDer::Sec1(key) => from_sec1(key.secret_sec1_der()),
            PrivateKeyDer::Pkcs8(key) => from_pkcs8(key.secret_pkcs8_der(), self.0),
            _ => Err(Error::General("private key is neither PKCS#8, PKCS#1 nor SEC1".into())),
        }
    }
}

fn from_pkcs8(der: &[u8], random: &'static Generator) -> Result<Arc<dyn SigningKey>, Error> {
    let info = PrivateKeyInfoRef::try_from(der).map_err(|_| unusable("PKCS#8"))?;
    match info.algorithm.oid {
        RSA => rsa::from_pkcs8(info, random),
        RSA_PSS => Err(unsupported("RSA-PSS (id-RSASSA-PSS)")),
        ED25519 => ed25519::from_pkcs8(info),
        EC => match info.algorithm.parameters_oid().map_err(|_| unusable("EC"))? {
            P256 => ecdsa::from_pkcs8::<NistP256>(info),
            P384 => ecdsa::from_pkcs8::<NistP384>(info),
            P521 => ecdsa::from_pkcs8::<NistP521>(info),
            curve => Err(unsupported(&format!("EC ({curve})"))),
        },
        algorithm => Err(unsupported(&format!("{algorithm}"))),
    }
}

/// RFC 5915 section 3 allows a key without the name of its curve: it belongs to the smallest curve it is not too long for.
fn from_sec1(der: &[u8]) -> Result<Arc<dyn SigningKey>, Error> {
    ecdsa::from_sec1::<NistP256>(der)
        .or_else(|_| ecdsa::from_sec1::<NistP384>(der))
        .or_else(|_| ecdsa::from_sec1::<NistP521>(der))
        .map_err(|_| Error::General("SEC1 private key is malformed, or not one of P-256, P-384 and P-521".into()))
}

fn unsupported(kind: &str) -> Error {
    Error::General(format!("private keys of kind {kind} are not supported"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::verifying;
    use openssl::ec::{EcGroup, EcKey};
    use openssl::hash::MessageDigest;
    use openssl::nid::Nid;
    use openssl::pkey::{Id, PKey, Private};
    use openssl::rsa::{Padding, Rsa};
    use openssl::sign::{RsaPssSaltlen, Signer, Verifier};
    use rustls::SignatureScheme;
    use rustls::pki_types::{PrivatePkcs1KeyDer, PrivatePkcs8KeyDer, PrivateSec1KeyDer};

    const MESSAGE: &[u8] = b"what both sign";

    #[test]
    fn openssl_verifies_what_we_sign_and_we_what_openssl_signs() {
        let keys = [rsa(2048), rsa(3072), ec(Nid::X9_62_PRIME256V1), ec(Nid::SECP384R1), ec(Nid::SECP521R1), ed25519()];
        let mut pairs = 0;
        for theirs in keys {
            let public = theirs.public_key_to_der().unwrap();
            for (structure, ours) in loaded(&theirs) {
                assert_eq!(&ours.public_key().unwrap()[..], public, "{structure} {ours:?}");
                for scheme in ALL {
                    let Some(signer) = ours.choose_scheme(&[scheme]) else { continue };
                    assert_eq!(signer.scheme(), scheme);
                    let signature = signer.sign(MESSAGE).unwrap();
                    assert!(they_verify(&theirs, scheme, MESSAGE, &signature), "{structure} {scheme:?}");
                    assert!(!they_verify(&theirs, scheme, b"something else", &signature), "{structure} {scheme:?}");
                    let signature = they_sign(&theirs, scheme);
                    assert!(we_verify(&public, scheme, MESSAGE, &signature), "{structure} {scheme:?}");
                    assert!(!we_verify(&public, scheme, b"something else", &signature), "{structure} {scheme:?}");
                    pairs += 1;
                }
            }
        }
        // Two RSA keys in two structures by six schemes, three curves in two structures by one, Ed25519.
        assert_eq!(pairs, 2 * 2 * 6 + 3 * 2 + 1);
    }

    #[test]
    fn the_examples_of_rfc_6979() {
        // Appendix A.2.5 and A.2.6, message "sample" with the hash of the scheme.
        let cases = [
            (
                Nid::X9_62_PRIME256V1,
                SignatureScheme::ECDSA_NISTP256_SHA256,
                "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721",
                "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716",
                "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8",
            ),
            (
                Nid::SECP384R1,
                SignatureScheme::ECDSA_NISTP384_SHA384,
                "6B9D3DAD2E1B8C1C05B19875B6659F4DE23C3B667BF297BA9AA47740787137D896D5724E4C70A825F872C9EA60D2EDF5",
                "94EDBB92A5ECB8AAD4736E56C691916B3F88140666CE9FA73D64C4EA95AD133C81A648152E44ACF96E36DD1E80FABE46",
                "99EF4AEB15F178CEA1FE40DB2603138F130E740A19624526203B6351D0A3A94FA329C145786E679E7B82C71A38628AC8",
            ),
        ];
        for (curve, scheme, scalar, r, s) in cases {
            let hex = |text| openssl::bn::BigNum::from_hex_str(text).unwrap();
            let group = EcGroup::from_curve_name(curve).unwrap();
            let mut point = openssl::ec::EcPoint::new(&group).unwrap();
            let mut context = openssl::bn::BigNumContext::new().unwrap();
            point.mul_generator2(&group, &hex(scalar), &mut context).unwrap();
            let key = EcKey::from_private_components(&group, &hex(scalar), &point).unwrap();
            let ours = load(PrivateSec1KeyDer::from(key.private_key_to_der().unwrap()).into()).unwrap();
            let signature = ours.choose_scheme(&[scheme]).unwrap().sign(b"sample").unwrap();
            let signature = openssl::ecdsa::EcdsaSig::from_der(&signature).unwrap();
            assert_eq!((signature.r(), signature.s()), (&*hex(r), &*hex(s)), "{scheme:?}");
        }
    }

    #[test]
    fn an_rsa_key_signs_by_the_first_scheme_of_the_peer() {
        let (_, key) = loaded(&rsa(2048)).remove(0);
        let first = |offered: &[SignatureScheme]| key.choose_scheme(offered).map(|signer| signer.scheme());
        use SignatureScheme as S;
        assert_eq!(first(&[S::ED25519, S::RSA_PSS_SHA256, S::RSA_PSS_SHA512]), Some(S::RSA_PSS_SHA256));
        assert_eq!(first(&[S::RSA_PKCS1_SHA384, S::RSA_PSS_SHA256]), Some(S::RSA_PKCS1_SHA384));
        assert_eq!(first(&[S::RSA_PKCS1_SHA1, S::ECDSA_NISTP256_SHA256]), None);
    }

    #[test]
    fn signatures_repeat_with_the_seed() {
        let der = rsa(2048).private_key_to_pkcs8().unwrap();
        let sign = |seed| {
            let random = Box::leak(Box::new(Generator::new([seed; 32])));
            let key = from_pkcs8(&der, random).unwrap();
            [0, 1].map(|_| key.choose_scheme(&[SignatureScheme::RSA_PSS_SHA256]).unwrap().sign(MESSAGE).unwrap())
        };
        assert_eq!(sign(1), sign(1));
        assert_ne!(sign(1), sign(2));
        assert_ne!(sign(1)[0], sign(1)[1], "a new salt for each signature");
    }

    #[test]
    fn a_nameless_sec1_key_is_on_the_curve_of_its_length() {
        for (nid, len) in [(Nid::X9_62_PRIME256V1, 32), (Nid::SECP384R1, 48), (Nid::SECP521R1, 66)] {
            let theirs = ec(nid);
            let scalar = theirs.ec_key().unwrap().private_key().to_vec_padded(len).unwrap();
            // ECPrivateKey with version 1 and the octets, and nothing else.
            let mut der = vec![0x30, len as u8 + 5, 2, 1, 1, 4, len as u8];
            der.extend(scalar);
            let ours = load(PrivateSec1KeyDer::from(der).into()).unwrap();
            assert_eq!(&ours.public_key().unwrap()[..], theirs.public_key_to_der().unwrap(), "{len}");
        }
    }

    #[test]
    fn keys_that_do_not_serve_are_refused_by_name() {
        let error = |der: PrivateKeyDer<'static>| load(der).unwrap_err().to_string();
        let pkcs8 = |key: &PKey<Private>| PrivatePkcs8KeyDer::from(key.private_key_to_pkcs8().unwrap());
        let small = "unexpected error: RSA keys need 2048 to 8192 bits, this one has 1024";
        assert_eq!(error(pkcs8(&rsa(1024)).into()), small);
        let pkcs1 = rsa(1024).rsa().unwrap().private_key_to_der().unwrap();
        assert_eq!(error(PrivatePkcs1KeyDer::from(pkcs1).into()), small);
        let other_curve = "unexpected error: private keys of kind EC (1.3.132.0.10) are not supported";
        assert_eq!(error(pkcs8(&ec(Nid::SECP256K1)).into()), other_curve);
        let ed448 = PKey::generate_ed448().unwrap();
        assert_eq!(error(pkcs8(&ed448).into()), "unexpected error: private keys of kind 1.3.101.113 are not supported");
        let sec1 = "unexpected error: SEC1 private key is malformed, or not one of P-256, P-384 and P-521";
        let other_curve = ec(Nid::SECP256K1).ec_key().unwrap().private_key_to_der().unwrap();
        assert_eq!(error(PrivateSec1KeyDer::from(other_curve).into()), sec1);
        assert_eq!(error(PrivateSec1KeyDer::from(vec![0x30]).into()), sec1);
        let malformed = "unexpected error: PKCS#8 private key is malformed or does not fit together";
        assert_eq!(error(PrivatePkcs8KeyDer::from(Vec::new()).into()), malformed);
        let malformed = "unexpected error: RSA private key is malformed or does not fit together";
        assert_eq!(error(PrivatePkcs1KeyDer::from(vec![0x30, 0]).into()), malformed);
    }

    #[test]
    fn any_byte_changed_gives_an_error_or_a_key_and_never_a_panic() {
        for key in [ec(Nid::X9_62_PRIME256V1), ed25519()] {
            let der = key.private_key_to_pkcs8().unwrap();
            for at in 0..der.len() {
                for value in [0, 0x7f, 0x80, 0xff, der[at] ^ 1] {
                    let mut changed = der.clone();
                    changed[at] = value;
                    drop(load(PrivatePkcs8KeyDer::from(changed).into()));
                }
                assert!(load(PrivatePkcs8KeyDer::from(der[..at].to_vec()).into()).is_err(), "{at}");
            }
        }
    }

    const ALL: [SignatureScheme; 10] = [
        SignatureScheme::ECDSA_NISTP256_SHA256,
        SignatureScheme::ECDSA_NISTP384_SHA384,
        SignatureScheme::ECDSA_NISTP521_SHA512,
        SignatureScheme::ED25519,
        SignatureScheme::RSA_PSS_SHA256,
        SignatureScheme::RSA_PSS_SHA384,
        SignatureScheme::RSA_PSS_SHA512,
        SignatureScheme::RSA_PKCS1_SHA256,
        SignatureScheme::RSA_PKCS1_SHA384,
        SignatureScheme::RSA_PKCS1_SHA512,
    ];

    fn rsa(bits: u32) -> PKey<Private> {
        PKey::from_rsa(Rsa::generate(bits).unwrap()).unwrap()
    }

    fn ec(curve: Nid) -> PKey<Private> {
        let group = EcGroup::from_curve_name(curve).unwrap();
        PKey::from_ec_key(EcKey::generate(&group).unwrap()).unwrap()
    }

    fn ed25519() -> PKey<Private> {
        PKey::generate_ed25519().unwrap()
    }

    fn load(der: PrivateKeyDer<'static>) -> Result<Arc<dyn SigningKey>, Error> {
        Keys(Box::leak(Box::new(Generator::new([9; 32])))).load_private_key(der)
    }

    /// The key from each structure that there is for its kind.
    fn loaded(key: &PKey<Private>) -> Vec<(&'static str, Arc<dyn SigningKey>)> {
        let mut ders = vec![("PKCS#8", PrivatePkcs8KeyDer::from(key.private_key_to_pkcs8().unwrap()).into())];
        match key.id() {
            Id::RSA => {
                let der = key.rsa().unwrap().private_key_to_der().unwrap();
                ders.push(("PKCS#1", PrivatePkcs1KeyDer::from(der).into()));
            }
            Id::EC => {
                let der = key.ec_key().unwrap().private_key_to_der().unwrap();
                ders.push(("SEC1", PrivateSec1KeyDer::from(der).into()));
            }
            _ => {}
        }
        ders.into_iter().map(|(structure, der)| (structure, load(der).unwrap())).collect()
    }

    fn digest(scheme: SignatureScheme) -> MessageDigest {
        match scheme {
            SignatureScheme::ECDSA_NISTP256_SHA256
            | SignatureScheme::RSA_PSS_SHA256
            | SignatureScheme::RSA_PKCS1_SHA256 => MessageDigest::sha256(),
            SignatureScheme::ECDSA_NISTP384_SHA384
            | SignatureScheme::RSA_PSS_SHA384
            | SignatureScheme::RSA_PKCS1_SHA384 => MessageDigest::sha384(),
            _ => MessageDigest::sha512(),
        }
    }

    fn is_pss(scheme: SignatureScheme) -> bool {
        [SignatureScheme::RSA_PSS_SHA256, SignatureScheme::RSA_PSS_SHA384, SignatureScheme::RSA_PSS_SHA512]
            .contains(&scheme)
    }

    fn they_verify(key: &PKey<Private>, scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        if scheme == SignatureScheme::ED25519 {
            return Verifier::new_without_digest(key).unwrap().verify_oneshot(signature, message).unwrap();
        }
        let mut verifier = Verifier::new(digest(scheme), key).unwrap();
        if is_pss(scheme) {
            verifier.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            verifier.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
        }
        verifier.verify_oneshot(signature, message).unwrap_or(false)
    }

    fn they_sign(key: &PKey<Private>, scheme: SignatureScheme) -> Vec<u8> {
        if scheme == SignatureScheme::ED25519 {
            return Signer::new_without_digest(key).unwrap().sign_oneshot_to_vec(MESSAGE).unwrap();
        }
        let mut signer = Signer::new(digest(scheme), key).unwrap();
        if is_pss(scheme) {
            signer.set_rsa_padding(Padding::PKCS1_PSS).unwrap();
            signer.set_rsa_pss_saltlen(RsaPssSaltlen::DIGEST_LENGTH).unwrap();
        }
        signer.sign_oneshot_to_vec(MESSAGE).unwrap()
    }

    /// As rustls would: by the scheme, from the subject public key info of a certificate.
    fn we_verify(spki: &[u8], scheme: SignatureScheme, message: &[u8], signature: &[u8]) -> bool {
        let info = p256::pkcs8::SubjectPublicKeyInfoRef::try_from(spki).unwrap();
        let (_, algorithms) = verifying::ALGORITHMS.mapping.iter().find(|(named, _)| *named == scheme).unwrap();
        algorithms[0].verify_signature(info.subject_public_key.raw_bytes(), message, signature).is_ok()
    }
}
