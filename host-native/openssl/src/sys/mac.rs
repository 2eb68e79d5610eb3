//! `HMAC`.
use std::ffi::c_int;
use std::ptr;

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;

use crate::ffi;

/// Length of what [`hmac_sha256`] makes, in bytes.
const LENGTH: usize = 32;

/// HMAC-SHA256 (RFC 2104), in one call: a third of what `EVP_DigestSign` costs with a key that is there already.
pub fn hmac_sha256(key: &[u8; 32], message: &[u8]) -> Result<[u8; LENGTH], ErrorStack> {
    let mut mac = [0; LENGTH];
    let key_length = key.len() as c_int;
    // SAFETY: a static digest, two buffers with their lengths, room for the whole of the digest, and nobody asks how long it is.
    let made = unsafe {
        ffi::HMAC(
            MessageDigest::sha256().as_ptr(),
            key.as_ptr().cast(),
            key_length,
            message.as_ptr(),
            message.len(),
            mac.as_mut_ptr(),
            ptr::null_mut(),
        )
    };
    if made.is_null() { Err(ErrorStack::get()) } else { Ok(mac) }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The same with `openssl::sign`, another way through the library.
    #[test]
    fn the_library_makes_the_same_in_another_way() {
        for length in [0, 1, 6, 18, 100] {
            let (key, message) = ([7; 32], vec![0x5a; length]);
            let pkey = openssl::pkey::PKey::hmac(&key).unwrap();
            let mut signer = openssl::sign::Signer::new(MessageDigest::sha256(), &pkey).unwrap();
            signer.update(&message).unwrap();
            assert_eq!(hmac_sha256(&key, &message).unwrap().as_slice(), signer.sign_to_vec().unwrap());
        }
    }
}
