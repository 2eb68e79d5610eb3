//! What the library itself prints about messages, for the tests of `-trace`.
use std::ffi::c_int;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::SslRef;
use s_server_core::engine::Message;

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
