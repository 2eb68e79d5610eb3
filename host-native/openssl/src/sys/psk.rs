//! External pre-shared keys: the callbacks, and sessions made of a key or read from a file.
use std::ffi::{CStr, c_int, c_long, c_uchar, c_void};
use std::ptr;

use foreign_types_shared::{ForeignType, ForeignTypeRef};
use openssl::ssl::{SslContextBuilder, SslRef, SslSession};

use super::{Stateless, bytes, session, stateless};
use crate::ffi;

/// Why no session comes out of a file.
pub enum NoSession {
    /// It cannot be opened.
    Closed,
    /// It holds none.
    Unread,
}

/// The session of a PEM file. The queue holds why there is none. Corresponds to `PEM_read_bio_SSL_SESSION`.
pub fn session_of_file(path: &CStr) -> Result<SslSession, NoSession> {
    // SAFETY: two C strings.
    let file = unsafe { ffi::BIO_new_file(path.as_ptr(), c"r".as_ptr()) };
    if file.is_null() {
        return Err(NoSession::Closed);
    }
    // SAFETY: a live BIO; no place for a result, no question for a pass phrase is answered.
    let session = unsafe { ffi::PEM_read_bio_SSL_SESSION(file, ptr::null_mut(), None, ptr::null_mut()) };
    // SAFETY: a live BIO, not used after this.
    unsafe { openssl_sys::BIO_free_all(file) };
    if session.is_null() {
        return Err(NoSession::Unread);
    }
    // SAFETY: a session that is ours.
    Ok(unsafe { SslSession::from_ptr(session) })
}

/// The bytes of a key in hexadecimal. The queue holds why there are none. Corresponds to `OPENSSL_hexstr2buf`.
pub fn key_of_hex(digits: &CStr) -> Option<Vec<u8>> {
    let mut len: c_long = 0;
    // SAFETY: a C string, and a place for the length.
    let key = unsafe { ffi::OPENSSL_hexstr2buf(digits.as_ptr(), &raw mut len) };
    if key.is_null() {
        return None;
    }
    // SAFETY: that many bytes.
    let copy = unsafe { bytes(key, usize::try_from(len).unwrap_or(0)) };
    // SAFETY: allocated by OpenSSL for us, not used after this.
    unsafe { openssl_sys::OPENSSL_free(key.cast::<c_void>()) };
    Some(copy)
}

/// A session of that key with `TLS_AES_128_GCM_SHA256`, as keys outside of sessions have it (RFC 8446 section 4.2.11).
pub fn session_of_key(ssl: &SslRef, key: &[u8]) -> Result<SslSession, Unmade> {
    // SAFETY: a live session, two bytes.
    let suite = unsafe { ffi::SSL_CIPHER_find(ssl.as_ptr(), [0x13, 0x01].as_ptr()) };
    if suite.is_null() {
        return Err(Unmade::NoSuite);
    }
    // SAFETY: takes nothing.
    let session = unsafe { ffi::SSL_SESSION_new() };
    assert!(!session.is_null(), "out of memory");
    // SAFETY: a session that is ours.
    let session = unsafe { SslSession::from_ptr(session) };
    let raw = session.as_ptr();
    // SAFETY: a live session; the key has that length.
    let keyed = unsafe { ffi::SSL_SESSION_set1_master_key(raw, key.as_ptr(), key.len()) };
    // SAFETY: two live objects.
    let suited = unsafe { ffi::SSL_SESSION_set_cipher(raw, suite) };
    // SAFETY: a live session.
    let versioned = unsafe { ffi::SSL_SESSION_set_protocol_version(raw, session::version(ssl)) };
    if keyed == 1 && suited == 1 && versioned == 1 { Ok(session) } else { Err(Unmade::Refused) }
}

/// Why no session comes of a key.
pub enum Unmade {
    /// The library lacks the suite.
    NoSuite,
    /// It does not take the key.
    Refused,
}

/// The hint for clients up to TLS 1.2. Corresponds to `SSL_CTX_use_psk_identity_hint`.
pub fn set_hint(ctx: &mut SslContextBuilder, hint: &CStr) -> bool {
    // SAFETY: a live context, a C string.
    unsafe { ffi::SSL_CTX_use_psk_identity_hint(ctx.as_ptr(), hint.as_ptr()) == 1 }
}

/// What the search for a key of TLS 1.3 comes to.
pub enum Found {
    /// This session.
    Session(SslSession),
    /// None for that identity: the handshake goes on without.
    Nothing,
    /// The handshake ends.
    Failed,
}

/// The identities that clients of TLS 1.3 offer go to this function. Corresponds to
/// `SSL_CTX_set_psk_find_session_callback`.
pub fn set_find_session<F: Fn(&SslRef, &[u8]) -> Found + Stateless>(ctx: &mut SslContextBuilder, _: F) {
    unsafe extern "C" fn find<F: Fn(&SslRef, &[u8]) -> Found + Stateless>(
        ssl: *mut openssl_sys::SSL,
        identity: *const c_uchar,
        len: usize,
        session: *mut *mut openssl_sys::SSL_SESSION,
    ) -> c_int {
        // SAFETY: OpenSSL passes the session that it works on, and the identity's bytes.
        let (ssl, identity) = unsafe { (SslRef::from_ptr(ssl), bytes(identity, len)) };
        // SAFETY: the function was handed over.
        let search = unsafe { stateless::<F>() };
        let (result, found) = match search(ssl, &identity) {
            Found::Session(session) => {
                let raw = session.as_ptr();
                std::mem::forget(session);
                (1, raw)
            }
            Found::Nothing => (1, ptr::null_mut()),
            Found::Failed => (0, ptr::null_mut()),
        };
        // SAFETY: a place for the session, which OpenSSL owns from now on.
        unsafe { *session = found };
        result
    }
    // SAFETY: a live context, a function.
    unsafe { ffi::SSL_CTX_set_psk_find_session_callback(ctx.as_ptr(), Some(find::<F>)) }
}

/// Whether the session has DTLS, or an older version than TLS 1.3, whose keys the other callback finds.
pub fn is_before_tls13(ssl: &SslRef) -> bool {
    !(openssl_sys::TLS1_3_VERSION..0xfe00).contains(&session::version(ssl))
}
