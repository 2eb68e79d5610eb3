//! What the library itself prints about messages, for the tests of `-trace`.
use std::ffi::c_int;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::SslRef;
use openssl::x509::X509Ref;
use s_server_core::engine::Message;
use s_server_core::options::NameFormat;

use super::printed;
use crate::ffi;

/// Corresponds to `SSL_trace`.
pub fn lines(ssl: &SslRef, message: &Message) -> Vec<u8> {
    let Message { sent, version, content_type, data, .. } = message;
    let (sent, data, len) = (c_int::from(*sent), data.as_ptr().cast(), data.len());
    printed(|bio| {
        // SAFETY: a live session, which is only read, the message's bytes, a live BIO.
        unsafe { ffi::SSL_trace(sent, *version, *content_type, data, len, ssl.as_ptr(), bio.cast()) };
        1
    })
}

/// Corresponds to `X509_print_ex` and `PEM_write_bio_X509`.
pub fn certificate(cert: &X509Ref) -> Vec<u8> {
    printed(|bio| {
        let flags = NameFormat::ONELINE.bits().into();
        // SAFETY: a live BIO and certificate.
        unsafe { ffi::X509_print_ex(bio, cert.as_ptr(), flags, 0) };
        // SAFETY: as above.
        unsafe { openssl_sys::PEM_write_bio_X509(bio, cert.as_ptr()) }
    })
}

/// The text of a key, indented by that; empty where it is none. Corresponds to `d2i_PUBKEY` and `EVP_PKEY_print_public`.
#[cfg(ossl320)]
pub fn key(der: &[u8], indent: c_int) -> Vec<u8> {
    let Ok(key) = openssl::pkey::PKey::public_key_from_der(der) else { return Vec::new() };
    // SAFETY: a live BIO and key; without a context the defaults are used.
    printed(|bio| unsafe { ffi::EVP_PKEY_print_public(bio, key.as_ptr(), indent, std::ptr::null_mut()) })
}
