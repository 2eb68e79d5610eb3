//! `-record_padding`: records of TLS 1.3 filled up to whole blocks, RFC 8446 section 5.4.
//!
//! rustls leaves padding to the cryptography, which does not do it. A record is content, its type, and zeros: so the one
//! that encrypts is given content, type and all zeros but one as its content, and zero as the type.
use rustls::crypto::cipher::{
    AeadKey, Iv, MessageDecrypter, MessageEncrypter, OutboundChunks, OutboundOpaqueMessage, OutboundPlainMessage,
    Tls13AeadAlgorithm, UnsupportedOperationError,
};
use rustls::crypto::{CipherSuiteCommon, tls13::Hkdf};
use rustls::{ConnectionTrafficSecrets, ContentType, Error, SupportedCipherSuite, Tls13CipherSuite};

/// The largest content of a record.
const LARGEST: usize = 16_384;

/// Sizes of blocks; 0 and 1 are no padding.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Padding {
    /// Of application data.
    data: usize,
    /// Of all other records.
    others: usize,
}

impl Padding {
    /// The option's value: a size, or one for data and one for the rest. Corresponds to `cmd_RecordPadding`.
    pub fn parse(value: &str) -> Option<Self> {
        let size = |text: &str| text.parse().ok().filter(|size| *size <= LARGEST);
        match value.split_once(',') {
            Some((data, others)) => Some(Self { data: size(data)?, others: size(others)? }),
            None => size(value).map(|size| Self { data: size, others: size }),
        }
    }

    /// Zeros behind that much content and its type. Corresponds to `tls13_add_record_padding`.
    fn zeros(self, content: usize, kind: ContentType) -> usize {
        let block = if kind == ContentType::ApplicationData { self.data } else { self.others };
        let length = content + 1;
        let wanted = if block > 1 { length.next_multiple_of(block) - length } else { 0 };
        wanted.min(LARGEST.saturating_sub(length))
    }

    /// The suite with padded records, which lives for ever, as rustls wants; suites of TLS 1.2 have none.
    pub fn of(self, suite: SupportedCipherSuite) -> SupportedCipherSuite {
        match suite {
            SupportedCipherSuite::Tls13(inner) if self != Self::default() => {
                let CipherSuiteCommon { suite, hash_provider, confidentiality_limit } = inner.common;
                let hkdf_provider: &'static dyn Hkdf = inner.hkdf_provider;
                SupportedCipherSuite::Tls13(Box::leak(Box::new(Tls13CipherSuite {
                    common: CipherSuiteCommon { suite, hash_provider, confidentiality_limit },
                    hkdf_provider,
                    aead_alg: Box::leak(Box::new(Padded { inner: inner.aead_alg, padding: self })),
                    quic: None,
                })))
            }
            other => other,
        }
    }
}

/// Encrypts what is padded.
struct Padded {
    inner: &'static dyn Tls13AeadAlgorithm,
    padding: Padding,
}

impl Tls13AeadAlgorithm for Padded {
    fn encrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageEncrypter> {
        Box::new(Filler { inner: self.inner.encrypter(key, iv), padding: self.padding })
    }

    fn decrypter(&self, key: AeadKey, iv: Iv) -> Box<dyn MessageDecrypter> {
        self.inner.decrypter(key, iv)
    }

    fn key_len(&self) -> usize {
        self.inner.key_len()
    }

    fn extract_keys(&self, key: AeadKey, iv: Iv) -> Result<ConnectionTrafficSecrets, UnsupportedOperationError> {
        self.inner.extract_keys(key, iv)
    }
}

struct Filler {
    inner: Box<dyn MessageEncrypter>,
    padding: Padding,
}

impl MessageEncrypter for Filler {
    fn encrypt(&mut self, msg: OutboundPlainMessage<'_>, seq: u64) -> Result<OutboundOpaqueMessage, Error> {
        let zeros = self.padding.zeros(msg.payload.len(), msg.typ);
        if zeros == 0 {
            return self.inner.encrypt(msg, seq);
        }
        let mut content = msg.payload.to_vec();
        content.push(msg.typ.into());
        content.resize(content.len() + zeros - 1, 0);
        let payload = OutboundChunks::Single(&content);
        self.inner.encrypt(OutboundPlainMessage { typ: ContentType::from(0), version: msg.version, payload }, seq)
    }

    fn encrypted_payload_len(&self, payload_len: usize) -> usize {
        let zeros = |kind| self.padding.zeros(payload_len, kind);
        let most = zeros(ContentType::ApplicationData).max(zeros(ContentType::Handshake));
        self.inner.encrypted_payload_len(payload_len + most)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_are_numbers_up_to_that_of_a_record() {
        assert_eq!(Padding::parse("64"), Some(Padding { data: 64, others: 64 }));
        assert_eq!(Padding::parse("512,0"), Some(Padding { data: 512, others: 0 }));
        for wrong in ["", "x", "-1", "16385", "1,", "1,2,3"] {
            assert_eq!(Padding::parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn records_are_filled_up_to_whole_blocks_and_never_beyond_the_largest() {
        let zeros = |block: &str, content| Padding::parse(block).unwrap().zeros(content, ContentType::ApplicationData);
        assert_eq!((zeros("64", 0), zeros("64", 63), zeros("64", 64)), (63, 0, 63));
        assert_eq!((zeros("0", 5), zeros("1", 5), zeros("10,0", 5)), (0, 0, 4));
        assert_eq!((zeros("16384", 16_383), zeros("10000", 16_000), zeros("64", 16_384)), (0, 383, 0));
        assert_eq!(Padding::parse("10,0").unwrap().zeros(5, ContentType::Handshake), 0);
    }
}
