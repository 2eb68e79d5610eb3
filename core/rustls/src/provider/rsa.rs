//! RSA with the paddings of PKCS #1 v1.5 and PSS: signatures of our keys, and those of others. RFC 8017.
//!
//! With PSS the hash, that of MGF1 and the length of the salt are one, as RFC 8446 section 4.2.3 and RFC 4055 as used by
//! web certificates have it.
use super::generator::{Draws, Generator};
use super::key_error::{failed, unusable};
use p256::pkcs8::PrivateKeyInfoRef;
use rsa::pkcs1::{DecodeRsaPrivateKey, DecodeRsaPublicKey, EncodeRsaPublicKey};
use rsa::traits::PublicKeyParts;
use rsa::{PrivateKey, PublicKey};
use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer, alg_id,
};
use rustls::sign::{Signer, SigningKey, public_key_to_spki};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use sha2::{Sha256, Sha384, Sha512};
use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;

/// Sizes of keys in bits: below, OpenSSL's default security level refuses them; above, they cost seconds.
const BITS: RangeInclusive<u32> = 2048..=8192;

pub(super) static PKCS1_SHA256: Verify = Verify(SignatureScheme::RSA_PKCS1_SHA256, alg_id::RSA_PKCS1_SHA256);
pub(super) static PKCS1_SHA384: Verify = Verify(SignatureScheme::RSA_PKCS1_SHA384, alg_id::RSA_PKCS1_SHA384);
pub(super) static PKCS1_SHA512: Verify = Verify(SignatureScheme::RSA_PKCS1_SHA512, alg_id::RSA_PKCS1_SHA512);
pub(super) static PSS_SHA256: Verify = Verify(SignatureScheme::RSA_PSS_SHA256, alg_id::RSA_PSS_SHA256);
pub(super) static PSS_SHA384: Verify = Verify(SignatureScheme::RSA_PSS_SHA384, alg_id::RSA_PSS_SHA384);
pub(super) static PSS_SHA512: Verify = Verify(SignatureScheme::RSA_PSS_SHA512, alg_id::RSA_PSS_SHA512);

/// Verifies by one scheme, which certificates call by another name.
#[derive(Debug)]
pub(super) struct Verify(SignatureScheme, AlgorithmIdentifier);

impl SignatureVerificationAlgorithm for Verify {
    fn verify_signature(&self, public: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        let key = PublicKey::from_pkcs1_der(public).map_err(|_| InvalidSignature)?;
        if !BITS.contains(&key.n().bit_width_vartime()) {
            return Err(InvalidSignature);
        }
        let verified = match self.0 {
            SignatureScheme::RSA_PKCS1_SHA256 => key.pkcs1v15_verify::<Sha256>(message, signature),
            SignatureScheme::RSA_PKCS1_SHA384 => key.pkcs1v15_verify::<Sha384>(message, signature),
            SignatureScheme::RSA_PKCS1_SHA512 => key.pkcs1v15_verify::<Sha512>(message, signature),
            SignatureScheme::RSA_PSS_SHA256 => key.pss_verify::<Sha256>(message, signature),
            SignatureScheme::RSA_PSS_SHA384 => key.pss_verify::<Sha384>(message, signature),
            SignatureScheme::RSA_PSS_SHA512 => key.pss_verify::<Sha512>(message, signature),
            _ => return Err(InvalidSignature),
        };
        verified.map_err(|_| InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::RSA_ENCRYPTION
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.1
    }
}

/// The key in `info`, which must say `rsaEncryption`.
///
/// # Errors
/// The structure holds no such key, or one of a size that is not served.
pub(super) fn from_pkcs8(
    info: PrivateKeyInfoRef<'_>,
    random: &'static Generator,
) -> Result<Arc<dyn SigningKey>, Error> {
    own(PrivateKey::try_from(info).ok(), random)
}

/// The key in `der`, PKCS #1's structure.
///
/// # Errors
/// The structure holds no such key, or one of a size that is not served.
pub(super) fn from_pkcs1(der: &[u8], random: &'static Generator) -> Result<Arc<dyn SigningKey>, Error> {
    own(PrivateKey::from_pkcs1_der(der).ok(), random)
}

fn own(key: Option<PrivateKey>, random: &'static Generator) -> Result<Arc<dyn SigningKey>, Error> {
    let key = key.ok_or_else(|| unusable("RSA"))?;
    let bits = key.n().bit_width_vartime();
    if !BITS.contains(&bits) {
        return Err(Error::General(format!("RSA keys need 2048 to 8192 bits, this one has {bits}")));
    }
    Ok(Arc::new(Own { key: Arc::new(key), random }))
}

/// A key that signs; its drop wipes it.
struct Own {
    key: Arc<PrivateKey>,
    random: &'static Generator,
}

impl SigningKey for Own {
    /// The first that the peer offers, as OpenSSL chooses.
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        let known = |scheme: &&SignatureScheme| {
            matches!(
                **scheme,
                SignatureScheme::RSA_PKCS1_SHA256
                    | SignatureScheme::RSA_PKCS1_SHA384
                    | SignatureScheme::RSA_PKCS1_SHA512
                    | SignatureScheme::RSA_PSS_SHA256
                    | SignatureScheme::RSA_PSS_SHA384
                    | SignatureScheme::RSA_PSS_SHA512
            )
        };
        let scheme = *offered.iter().find(known)?;
        Some(Box::new(OwnSigner { key: Arc::clone(&self.key), random: self.random, scheme }))
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        let public = self.key.as_public_key().to_pkcs1_der().ok()?;
        Some(public_key_to_spki(&alg_id::RSA_ENCRYPTION, public.as_bytes()))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::RSA
    }
}

impl fmt::Debug for Own {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Own(RSA)")
    }
}

/// A key and the scheme that was agreed on. What blinds the private operation, and the salt of PSS, are drawn from the
/// generator.
struct OwnSigner {
    key: Arc<PrivateKey>,
    random: &'static Generator,
    scheme: SignatureScheme,
}

impl Signer for OwnSigner {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        let (key, random) = (&self.key, &mut Draws(self.random));
        let signature = match self.scheme {
            SignatureScheme::RSA_PKCS1_SHA256 => key.pkcs1v15_sign_with_rng::<Sha256, _>(random, message),
            SignatureScheme::RSA_PKCS1_SHA384 => key.pkcs1v15_sign_with_rng::<Sha384, _>(random, message),
            SignatureScheme::RSA_PKCS1_SHA512 => key.pkcs1v15_sign_with_rng::<Sha512, _>(random, message),
            SignatureScheme::RSA_PSS_SHA256 => key.pss_sign_with_rng::<Sha256, _>(random, message),
            SignatureScheme::RSA_PSS_SHA384 => key.pss_sign_with_rng::<Sha384, _>(random, message),
            SignatureScheme::RSA_PSS_SHA512 => key.pss_sign_with_rng::<Sha512, _>(random, message),
            _ => return Err(failed()),
        };
        signature.map_err(|_| failed())
    }

    fn scheme(&self) -> SignatureScheme {
        self.scheme
    }
}

impl fmt::Debug for OwnSigner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OwnSigner({:?})", self.scheme)
    }
}
