//! Whether a file holds a key behind a pass phrase, for a host that has to ask before the engine reads the key.
//!
//! Only what an engine without OpenSSL can open counts: PKCS#8 (RFC 5958 section 3), in PEM or DER.

/// The line before a key behind a pass phrase, RFC 7468 section 11.
const ENCRYPTED: &[u8] = b"-----BEGIN ENCRYPTED PRIVATE KEY-----";
/// The lines before other keys, RFC 7468 sections 10 and 13.
const PLAIN: [&[u8]; 3] =
    [b"-----BEGIN PRIVATE KEY-----", b"-----BEGIN RSA PRIVATE KEY-----", b"-----BEGIN EC PRIVATE KEY-----"];

/// The file has a key that needs a pass phrase, and none without.
pub fn protected(file: &[u8]) -> bool {
    let has = |line: &[u8]| file.windows(line.len()).any(|bytes| bytes == line);
    (has(ENCRYPTED) && !PLAIN.into_iter().any(has)) || is_encrypted_info(file)
}

/// An EncryptedPrivateKeyInfo begins with a sequence that begins with an object identifier; a key in the clear and a
/// PKCS#12 file begin with an integer, and so does a certificate's inner sequence, or with its version.
fn is_encrypted_info(file: &[u8]) -> bool {
    let within = sequence(file).and_then(sequence);
    within.is_some_and(|content| content.first() == Some(&OBJECT_IDENTIFIER))
}

const OBJECT_IDENTIFIER: u8 = 0x06;
const SEQUENCE: u8 = 0x30;

/// What follows the tag and the length of a sequence.
fn sequence(der: &[u8]) -> Option<&[u8]> {
    let rest = der.strip_prefix(&[SEQUENCE])?;
    // A long form says how many bytes the length has.
    let more = rest.first()?.checked_sub(0x80).unwrap_or_default();
    rest.get(1 + usize::from(more)..)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pem_is_told_by_its_lines() {
        let block = |title: &str| std::format!("-----BEGIN {title}-----\nMII=\n-----END {title}-----\n");
        let [sealed, clear, cert] = ["ENCRYPTED PRIVATE KEY", "PRIVATE KEY", "CERTIFICATE"].map(block);
        assert!(protected(sealed.as_bytes()));
        assert!(protected([&*cert, &sealed].concat().as_bytes()));
        for file in [&*clear, &cert, &block("EC PRIVATE KEY"), &[&*sealed, &clear].concat(), ""] {
            assert!(!protected(file.as_bytes()), "{file}");
        }
    }

    #[test]
    fn der_is_told_by_its_beginning() {
        // EncryptedPrivateKeyInfo with PBES2; short and long lengths.
        assert!(protected(&[0x30, 0x0f, 0x30, 0x0d, 0x06, 0x09, 0x2a]));
        assert!(protected(&[0x30, 0x82, 0x05, 0x2d, 0x30, 0x57, 0x06, 0x09]));
        // A certificate with its version, one without, PKCS#8, PKCS#12, and nothing whole.
        assert!(!protected(&[0x30, 0x82, 0x03, 0x00, 0x30, 0x82, 0x02, 0x00, 0xa0, 0x03, 0x02, 0x01, 0x02]));
        assert!(!protected(&[0x30, 0x82, 0x03, 0x00, 0x30, 0x82, 0x02, 0x00, 0x02, 0x01, 0x05]));
        assert!(!protected(&[0x30, 0x82, 0x04, 0xbd, 0x02, 0x01, 0x00, 0x30, 0x0d, 0x06]));
        assert!(!protected(&[0x30, 0x82, 0x0a, 0x00, 0x02, 0x01, 0x03, 0x30]));
        for cut in [&[][..], &[0x30], &[0x30, 0x82], &[0x30, 0x82, 0, 1, 0x30], &[0x30, 0xff, 0x30]] {
            assert!(!protected(cut), "{cut:?}");
        }
    }
}
