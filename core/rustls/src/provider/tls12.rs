//! The cipher suites of TLS 1.2 and their records: ECDHE with an AEAD, RFC 5288, 5289 and 7905.
use super::aead::{Aead, Key, NONCE_LEN, TAG_LEN, Tls12Nonce};
use super::hash::{HMAC_SHA256, HMAC_SHA384, SHA256, SHA384};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, KeyBlockShape, MessageDecrypter, MessageEncrypter, Nonce,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls12AeadAlgorithm, UnsupportedOperationError,
    make_tls12_aad,
};
use rustls::crypto::hash::Hash;
use rustls::crypto::tls12::PrfUsingHmac;
use rustls::crypto::{CipherSuiteCommon, KeyExchangeAlgorithm};
use rustls::{CipherSuite, ConnectionTrafficSecrets, Error, SignatureScheme, SupportedCipherSuite, Tls12CipherSuite};
use std::marker::PhantomData;

/// In the order in which OpenSSL prefers them.
pub(super) static SUITES: [SupportedCipherSuite; 6] = [
    SupportedCipherSuite::Tls12(&ECDSA_AES_256),
    SupportedCipherSuite::Tls12(&RSA_AES_256),
    SupportedCipherSuite::Tls12(&ECDSA_CHACHA20),
    SupportedCipherSuite::Tls12(&RSA_CHACHA20),
    SupportedCipherSuite::Tls12(&ECDSA_AES_128),
    SupportedCipherSuite::Tls12(&RSA_AES_128),
];

static ECDSA_AES_256: Tls12CipherSuite = aes_256(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, ECDSA);
static RSA_AES_256: Tls12CipherSuite = aes_256(CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, RSA);
static ECDSA_CHACHA20: Tls12CipherSuite = chacha20(CipherSuite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256, ECDSA);
static RSA_CHACHA20: Tls12CipherSuite = chacha20(CipherSuite::TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256, RSA);
static ECDSA_AES_128: Tls12CipherSuite = aes_128(CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, ECDSA);
static RSA_AES_128: Tls12CipherSuite = aes_128(CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, RSA);

/// What signs where the suite's name says ECDSA (RFC 8422 section 5.10: Ed25519 too), in OpenSSL's order.
const ECDSA: &[SignatureScheme] = &[
    SignatureScheme::ECDSA_NISTP256_SHA256,
    SignatureScheme::ECDSA_NISTP384_SHA384,
    SignatureScheme::ECDSA_NISTP521_SHA512,
    SignatureScheme::ED25519,
];

/// What signs where the suite's name says RSA, in OpenSSL's order.
const RSA: &[SignatureScheme] = &[
    SignatureScheme::RSA_PSS_SHA256,
    SignatureScheme::RSA_PSS_SHA384,
    SignatureScheme::RSA_PSS_SHA512,
    SignatureScheme::RSA_PKCS1_SHA256,
    SignatureScheme::RSA_PKCS1_SHA384,
    SignatureScheme::RSA_PKCS1_SHA512,
];

static PRF_SHA256: PrfUsingHmac<'static> = PrfUsingHmac(&HMAC_SHA256);
static PRF_SHA384: PrfUsingHmac<'static> = PrfUsingHmac(&HMAC_SHA384);

const fn aes_256(suite: CipherSuite, sign: &'static [SignatureScheme]) -> Tls12CipherSuite {
    Tls12CipherSuite {
        common: common::<Aes256Gcm>(suite, &SHA384),
        kx: KeyExchangeAlgorithm::ECDHE,
        sign,
        aead_alg: &Records::<Aes256Gcm>(PhantomData),
        prf_provider: &PRF_SHA384,
    }
}

const fn chacha20(suite: CipherSuite, sign: &'static [SignatureScheme]) -> Tls12CipherSuite {
    Tls12CipherSuite {
        common: common::<ChaCha20Poly1305>(suite, &SHA256),
        kx: KeyExchangeAlgorithm::ECDHE,
        sign,
        aead_alg: &Records::<ChaCha20Poly1305>(PhantomData),
        prf_provider: &PRF_SHA256,
    }
}

const fn aes_128(suite: CipherSuite, sign: &'static [SignatureScheme]) -> Tls12CipherSuite {
    Tls12CipherSuite {
        common: common::<Aes128Gcm>(suite, &SHA256),
        kx: KeyExchangeAlgorithm::ECDHE,
        sign,
        aead_alg: &Records::<Aes128Gcm>(PhantomData),
        prf_provider: &PRF_SHA256,
    }
}

const fn common<A: Aead>(suite: CipherSuite, hash_provider: &'static dyn Hash) -> CipherSuiteCommon {
    CipherSuiteCommon { suite, hash_provider, confidentiality_limit: A::CONFIDENTIALITY_LIMIT }
}

/// RFC 5246 section 6.2.1: a record holds at most so many bytes of plaintext.
const MAX_FRAGMENT_LEN: usize = 16_384;
/// RFC 5288 section 3: the part of a nonce that is secret, and the part that the record begins with.
const SALT_LEN: usize = 4;
const EXPLICIT_LEN: usize = NONCE_LEN - SALT_LEN;

/// Records encrypted with `A`.
struct Records<A>(PhantomData<fn() -> A>);

impl<A: Aead> Tls12AeadAlgorithm for Records<A> {
    fn encrypter(&self, key: AeadKey, iv: &[u8], explicit: &[u8]) -> Box<dyn MessageEncrypter> {
        Box::new(Encrypter { key: Key::<A>::new(key.as_ref()), iv: joined(iv, explicit) })
    }

    fn decrypter(&self, key: AeadKey, iv: &[u8]) -> Box<dyn MessageDecrypter> {
        let explicit = &[0; EXPLICIT_LEN][..explicit_len::<A>()];
        Box::new(Decrypter { key: Key::<A>::new(key.as_ref()), iv: joined(iv, explicit) })
    }

    fn key_block_shape(&self) -> KeyBlockShape {
        KeyBlockShape {
            enc_key_len: A::KEY_LEN,
            fixed_iv_len: NONCE_LEN - explicit_len::<A>(),
            explicit_nonce_len: explicit_len::<A>(),
        }
    }

    fn extract_keys(
        &self,
        key: AeadKey,
        iv: &[u8],
        explicit: &[u8],
    ) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Ok(A::secrets(key, joined(iv, explicit)))
    }
}

/// How many bytes of a nonce the record itself carries.
fn explicit_len<A: Aead>() -> usize {
    match A::TLS12_NONCE {
        Tls12Nonce::Explicit => EXPLICIT_LEN,
        Tls12Nonce::Implicit => 0,
    }
}

/// The two parts in one, each as long as [`Tls12AeadAlgorithm::key_block_shape`] told.
fn joined(iv: &[u8], explicit: &[u8]) -> Iv {
    let mut nonce = [0; NONCE_LEN];
    let (first, second) = nonce.split_at_mut(iv.len());
    first.copy_from_slice(iv);
    second.copy_from_slice(explicit);
    Iv::new(nonce)
}

/// The direction towards the peer.
///
/// The explicit part of a nonce is the record's number, combined with eight bytes of the key block: different for each
/// record of a key as RFC 5288 section 3 demands, without drawing from the generator.
struct Encrypter<A> {
    key: Key<A>,
    iv: Iv,
}

impl<A: Aead> MessageEncrypter for Encrypter<A> {
    fn encrypt(&mut self, msg: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        let mut payload = PrefixedPayload::with_capacity(self.encrypted_payload_len(msg.payload.len()));
        let nonce = Nonce::new(&self.iv, seq).0;
        let explicit = explicit_len::<A>();
        payload.extend_from_slice(&nonce[NONCE_LEN - explicit..]);
        payload.extend_from_chunks(&msg.payload);
        let aad = make_tls12_aad(seq, msg.typ, msg.version, msg.payload.len());
        let tag = self.key.seal(nonce, &aad, &mut payload.as_mut()[explicit..]).map_err(|_| Error::EncryptError)?;
        payload.extend_from_slice(&tag);
        Ok(OutboundOpaqueMessage::new(msg.typ, msg.version, payload))
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        explicit_len::<A>() + payload_len + TAG_LEN
    }
}

/// The direction from the peer. Where nonces are explicit, `iv` holds the secret four bytes and zeros.
struct Decrypter<A> {
    key: Key<A>,
    iv: Iv,
}

impl<A: Aead> MessageDecrypter for Decrypter<A> {
    fn decrypt<'a>(&mut self, mut msg: InboundOpaqueMessage<'a>, seq: u64) -> Result<InboundPlainMessage<'a>, Error> {
        let explicit = explicit_len::<A>();
        let len = msg.payload.len().checked_sub(explicit + TAG_LEN).ok_or(Error::DecryptError)?;
        let aad = make_tls12_aad(seq, msg.typ, msg.version, len);
        let mut nonce = Nonce::new(&self.iv, seq).0;
        if A::TLS12_NONCE == Tls12Nonce::Explicit {
            nonce[SALT_LEN..].copy_from_slice(&msg.payload[..explicit]);
        }
        self.key.open(nonce, &aad, &mut msg.payload[explicit..]).map_err(|_| Error::DecryptError)?;
        if len > MAX_FRAGMENT_LEN {
            return Err(Error::PeerSentOversizedRecord);
        }
        Ok(msg.into_plain_message_range(explicit..explicit + len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::crypto::cipher::OutboundChunks;
    use rustls::{ContentType, ProtocolVersion};

    const IV: [u8; NONCE_LEN] = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12];

    #[test]
    fn an_aes_record_begins_with_a_nonce_that_counts_and_a_chacha20_record_with_none() {
        for seq in [0, 1, 0x0102] {
            let record = sealed::<Aes128Gcm>(seq, b"text");
            let expected = u64::from_be_bytes([5, 6, 7, 8, 9, 10, 11, 12]) ^ seq;
            assert_eq!((record.len(), &record[..8]), (8 + 4 + 16, &expected.to_be_bytes()[..]));
            assert_eq!(sealed::<ChaCha20Poly1305>(seq, b"text").len(), 4 + 16);
        }
    }

    #[test]
    fn what_was_sealed_opens_under_its_number_and_type_alone() {
        fn check<A: Aead>() {
            let record = sealed::<A>(7, b"text");
            assert_eq!(opened::<A>(7, ContentType::ApplicationData, &record), Ok(b"text".to_vec()));
            let forged = Err(Error::DecryptError);
            assert_eq!(opened::<A>(8, ContentType::ApplicationData, &record), forged);
            assert_eq!(opened::<A>(7, ContentType::Handshake, &record), forged);
            for len in 0..record.len() {
                assert_eq!(opened::<A>(7, ContentType::ApplicationData, &record[..len]), forged, "{len} bytes");
            }
        }
        check::<Aes128Gcm>();
        check::<Aes256Gcm>();
        check::<ChaCha20Poly1305>();
    }

    #[test]
    fn a_record_holds_16384_bytes_and_not_one_more() {
        let full = sealed::<Aes256Gcm>(0, &[0; MAX_FRAGMENT_LEN]);
        assert_eq!(opened::<Aes256Gcm>(0, ContentType::ApplicationData, &full), Ok(vec![0; MAX_FRAGMENT_LEN]));
        let over = sealed::<Aes256Gcm>(0, &[0; MAX_FRAGMENT_LEN + 1]);
        let refused = opened::<Aes256Gcm>(0, ContentType::ApplicationData, &over);
        assert_eq!(refused, Err(Error::PeerSentOversizedRecord));
    }

    fn sealed<A: Aead>(seq: u64, text: &[u8]) -> Vec<u8> {
        let mut encrypter = Encrypter { key: key::<A>(), iv: Iv::new(IV) };
        let payload = OutboundChunks::Single(text);
        let (typ, version) = (ContentType::ApplicationData, ProtocolVersion::TLSv1_2);
        let record = encrypter.encrypt(OutboundPlainMessage { typ, version, payload }, seq).unwrap().encode();
        assert_eq!(record.len(), 5 + encrypter.encrypted_payload_len(text.len()));
        record[5..].to_vec()
    }

    fn opened<A: Aead>(seq: u64, typ: ContentType, record: &[u8]) -> Result<Vec<u8>, Error> {
        let mut iv = IV;
        if A::TLS12_NONCE == Tls12Nonce::Explicit {
            iv[SALT_LEN..].fill(0);
        }
        let mut decrypter = Decrypter { key: key::<A>(), iv: Iv::new(iv) };
        let mut record = record.to_vec();
        let message = InboundOpaqueMessage::new(typ, ProtocolVersion::TLSv1_2, &mut record);
        decrypter.decrypt(message, seq).map(|plain| plain.payload.to_vec())
    }

    fn key<A: Aead>() -> Key<A> {
        Key::new(&[0x42; 32][..A::KEY_LEN])
    }
}
