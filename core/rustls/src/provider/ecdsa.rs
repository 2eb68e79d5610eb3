//! ECDSA on the curves of NIST: signatures of our keys, and those of others. FIPS 186-5, RFC 6979.
use super::key_error::{failed, unusable};
use p256::ecdsa::signature::hazmat::{PrehashSigner, PrehashVerifier};
use p256::pkcs8::PrivateKeyInfoRef;
use rustls::pki_types::{
    AlgorithmIdentifier, InvalidSignature, SignatureVerificationAlgorithm, SubjectPublicKeyInfoDer, alg_id,
};
use rustls::sign::{Signer, SigningKey, public_key_to_spki};
use rustls::{Error, SignatureAlgorithm, SignatureScheme};
use sha2::{Digest, Sha256, Sha384, Sha512};
use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

pub(super) static P256_SHA256: Verify<p256::NistP256, Sha256> = Verify(alg_id::ECDSA_SHA256, PhantomData);
pub(super) static P256_SHA384: Verify<p256::NistP256, Sha384> = Verify(alg_id::ECDSA_SHA384, PhantomData);
pub(super) static P256_SHA512: Verify<p256::NistP256, Sha512> = Verify(alg_id::ECDSA_SHA512, PhantomData);
pub(super) static P384_SHA256: Verify<p384::NistP384, Sha256> = Verify(alg_id::ECDSA_SHA256, PhantomData);
pub(super) static P384_SHA384: Verify<p384::NistP384, Sha384> = Verify(alg_id::ECDSA_SHA384, PhantomData);
pub(super) static P384_SHA512: Verify<p384::NistP384, Sha512> = Verify(alg_id::ECDSA_SHA512, PhantomData);
pub(super) static P521_SHA256: Verify<p521::NistP521, Sha256> = Verify(alg_id::ECDSA_SHA256, PhantomData);
pub(super) static P521_SHA384: Verify<p521::NistP521, Sha384> = Verify(alg_id::ECDSA_SHA384, PhantomData);
pub(super) static P521_SHA512: Verify<p521::NistP521, Sha512> = Verify(alg_id::ECDSA_SHA512, PhantomData);

/// A curve with ECDSA, and the one scheme that TLS 1.3 has for it: RFC 8446 section 4.2.3.
pub(super) trait Curve: Send + Sync + Sized + 'static {
    /// Private keys; they wipe themselves.
    type Key: Send + Sync + 'static;
    /// The hash that [`Curve::SCHEME`] names.
    type Hash: Digest;
    const SCHEME: SignatureScheme;
    /// What the subject public key info of a certificate calls the curve.
    const NAME: AlgorithmIdentifier;

    /// Takes the key out of PKCS#8, RFC 5958.
    fn from_pkcs8(info: PrivateKeyInfoRef<'_>) -> Option<Self::Key>;

    /// Takes the key out of SEC 1's structure, RFC 5915.
    fn from_sec1(der: &[u8]) -> Option<Self::Key>;

    /// The public key as an uncompressed point.
    fn public(key: &Self::Key) -> Vec<u8>;

    /// A DER signature, deterministic by RFC 6979.
    fn sign(key: &Self::Key, hash: &[u8]) -> Option<Vec<u8>>;

    /// Whether `signature`, in DER, is that of the point `public` over `hash`.
    fn verify(public: &[u8], hash: &[u8], signature: &[u8]) -> bool;
}

macro_rules! curve {
    ($module:ident :: $curve:ident, $hash:ty, $scheme:ident, $name:ident) => {
        impl Curve for $module::$curve {
            type Key = $module::ecdsa::SigningKey;
            type Hash = $hash;
            const SCHEME: SignatureScheme = SignatureScheme::$scheme;
            const NAME: AlgorithmIdentifier = alg_id::$name;

            fn from_pkcs8(info: PrivateKeyInfoRef<'_>) -> Option<Self::Key> {
                $module::SecretKey::try_from(info).ok().map(Into::into)
            }

            fn from_sec1(der: &[u8]) -> Option<Self::Key> {
                $module::SecretKey::from_sec1_der(der).ok().map(Into::into)
            }

            fn public(key: &Self::Key) -> Vec<u8> {
                key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
            }

            fn sign(key: &Self::Key, hash: &[u8]) -> Option<Vec<u8>> {
                let signature: $module::ecdsa::Signature = key.sign_prehash(hash).ok()?;
                Some(signature.to_der().as_bytes().to_vec())
            }

            fn verify(public: &[u8], hash: &[u8], signature: &[u8]) -> bool {
                let key = $module::ecdsa::VerifyingKey::from_sec1_bytes(public);
                let signature = $module::ecdsa::Signature::from_der(signature);
                matches!((key, signature), (Ok(key), Ok(signature)) if key.verify_prehash(hash, &signature).is_ok())
            }
        }
    };
}

curve!(p256::NistP256, Sha256, ECDSA_NISTP256_SHA256, ECDSA_P256);
curve!(p384::NistP384, Sha384, ECDSA_NISTP384_SHA384, ECDSA_P384);
curve!(p521::NistP521, Sha512, ECDSA_NISTP521_SHA512, ECDSA_P521);

/// Verifies signatures of keys on `C` over what `D` hashes.
pub(super) struct Verify<C, D>(AlgorithmIdentifier, PhantomData<fn() -> (C, D)>);

impl<C: Curve, D: Digest + Send + Sync> SignatureVerificationAlgorithm for Verify<C, D> {
    fn verify_signature(&self, public: &[u8], message: &[u8], signature: &[u8]) -> Result<(), InvalidSignature> {
        if C::verify(public, &D::digest(message), signature) { Ok(()) } else { Err(InvalidSignature) }
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        C::NAME
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        self.0
    }
}

impl<C: Curve, D> fmt::Debug for Verify<C, D> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Verify({:?})", C::SCHEME)
    }
}

/// The key in `info`, which must name curve `C`.
///
/// # Errors
/// The structure holds no key of this curve.
pub(super) fn from_pkcs8<C: Curve>(info: PrivateKeyInfoRef<'_>) -> Result<Arc<dyn SigningKey>, Error> {
    Ok(Arc::new(Own::<C>(Arc::new(C::from_pkcs8(info).ok_or_else(|| unusable("EC"))?))))
}

/// The key in `der`, SEC 1's structure, on curve `C`.
///
/// # Errors
/// The structure holds no key of this curve.
pub(super) fn from_sec1<C: Curve>(der: &[u8]) -> Result<Arc<dyn SigningKey>, Error> {
    Ok(Arc::new(Own::<C>(Arc::new(C::from_sec1(der).ok_or_else(|| unusable("EC"))?))))
}

/// A key that signs, by the one scheme of its curve. As a signer it shares the key.
struct Own<C: Curve>(Arc<C::Key>);

impl<C: Curve> SigningKey for Own<C> {
    fn choose_scheme(&self, offered: &[SignatureScheme]) -> Option<Box<dyn Signer>> {
        offered.contains(&C::SCHEME).then(|| Box::new(Self(Arc::clone(&self.0))) as Box<dyn Signer>)
    }

    fn public_key(&self) -> Option<SubjectPublicKeyInfoDer<'_>> {
        Some(public_key_to_spki(&C::NAME, C::public(&self.0)))
    }

    fn algorithm(&self) -> SignatureAlgorithm {
        SignatureAlgorithm::ECDSA
    }
}

impl<C: Curve> Signer for Own<C> {
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>, Error> {
        C::sign(&self.0, &C::Hash::digest(message)).ok_or_else(failed)
    }

    fn scheme(&self) -> SignatureScheme {
        C::SCHEME
    }
}

impl<C: Curve> fmt::Debug for Own<C> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Own({:?})", C::SCHEME)
    }
}
