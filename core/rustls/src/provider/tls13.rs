//! The cipher suites of TLS 1.3 and their records: RFC 8446 sections 5.2 and B.4.
use super::aead::{Aead, Key, TAG_LEN};
use super::hash::{HMAC_SHA256, HMAC_SHA384, SHA256, SHA384};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use rustls::crypto::CipherSuiteCommon;
use rustls::crypto::cipher::{
    AeadKey, InboundOpaqueMessage, InboundPlainMessage, Iv, MessageDecrypter, MessageEncrypter, Nonce,
    OutboundOpaqueMessage, OutboundPlainMessage, PrefixedPayload, Tls13AeadAlgorithm, UnsupportedOperationError,
    make_tls13_aad,
};
use rustls::crypto::tls13::HkdfUsingHmac;
use rustls::{
    CipherSuite, ConnectionTrafficSecrets, ContentType, Error, ProtocolVersion, SupportedCipherSuite, Tls13CipherSuite,
};
use std::marker::PhantomData;

/// In the order in which OpenSSL prefers them.
pub(super) static SUITES: [SupportedCipherSuite; 3] = [
    SupportedCipherSuite::Tls13(&AES_256),
    SupportedCipherSuite::Tls13(&CHACHA20),
    SupportedCipherSuite::Tls13(&AES_128),
];

static AES_256: Tls13CipherSuite = Tls13CipherSuite {
    common: CipherSuiteCommon {
        suite: CipherSuite::TLS13_AES_256_GCM_SHA384,
        hash_provider: &SHA384,
        confidentiality_limit: Aes256Gcm::CONFIDENTIALITY_LIMIT,
    },
    hkdf_provider: &HkdfUsingHmac(&HMAC_SHA384),
    aead_alg: &Records::<Aes256Gcm>(PhantomData),
    quic: None,
};

static CHACHA20: Tls13CipherSuite = Tls13CipherSuite {
    common: CipherSuiteCommon {
        suite: CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
        hash_provider: &SHA256,
        confidentiality_limit: ChaCha20Poly1305::CONFIDENTIALITY_LIMIT,
    },
    hkdf_provider: &HkdfUsingHmac(&HMAC_SHA256),
    aead_alg: &Records::<ChaCha20Poly1305>(PhantomData),
    quic: None,
};

static AES_128: Tls13CipherSuite = Tls13CipherSuite {
    common: CipherSuiteCommon {
        suite: CipherSuite::TLS13_AES_128_GCM_SHA256,
        hash_provider: &SHA256,
        confidentiality_limit: Aes128Gcm::CONFIDENTIALITY_LIMIT,
    },
    hkdf_provider: &HkdfUsingHmac(&HMAC_SHA256),
    aead_alg: &Records::<Aes128Gcm>(PhantomData),
    quic: None,
};

/// Records encrypted with `A`.
struct Records<A>(PhantomData<fn() -> A>);

impl<A: Aead> Tls13AeadAlgorithm for Records<A> {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Protection { key: Key::<A>::new(key.as_ref()), iv })
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        Box::new(Protection { key: Key::<A>::new(key.as_ref()), iv })
    }

    fn key_len(&self) -> usize {
        A::KEY_LEN
    }

    fn extract_keys(&self, key: AeadKey, iv: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        Ok(A::secrets(key, iv))
    }
}

/// One direction of a connection.
pub(super) struct Protection<A> {
    pub(super) key: Key<A>,
    pub(super) iv: Iv,
}

impl<A: Aead> MessageEncrypter for Protection<A> {
    fn encrypt(&mut self, msg: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        let len = self.encrypted_payload_len(msg.payload.len());
        let mut payload = PrefixedPayload::with_capacity(len);
        payload.extend_from_chunks(&msg.payload);
        payload.extend_from_slice(&msg.typ.to_array());
        let nonce = Nonce::new(&self.iv, seq).0;
        let tag = self.key.seal(nonce, &make_tls13_aad(len), payload.as_mut()).map_err(|_| Error::EncryptError)?;
        payload.extend_from_slice(&tag);
        // RFC 8446 section 5.2: outside, every record is application data of TLS 1.2.
        Ok(OutboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, payload))
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        // The true content type stands behind the content.
        payload_len + 1 + TAG_LEN
    }
}

impl<A: Aead> MessageDecrypter for Protection<A> {
    fn decrypt<'a>(&mut self, mut msg: InboundOpaqueMessage<'a>, seq: u64) -> Result<InboundPlainMessage<'a>, Error> {
        let aad = make_tls13_aad(msg.payload.len());
        let nonce = Nonce::new(&self.iv, seq).0;
        let len = self.key.open(nonce, &aad, &mut msg.payload).map_err(|_| Error::DecryptError)?;
        msg.payload.truncate(len);
        msg.into_tls13_unpadded_message()
    }
}
