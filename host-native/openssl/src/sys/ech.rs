//! Encrypted Client Hello: the store of keys, and what became of a session's attempt.
use std::ffi::{c_char, c_int, c_uint};
use std::ptr;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::{SslContextBuilder, SslRef};

use super::{Stateless, owned_string, process, stateless, string};
use crate::ffi;

/// Keys with their configurations. Corresponds to `OSSL_ECHSTORE`.
pub struct KeyStore(*mut ffi::OSSL_ECHSTORE);

impl KeyStore {
    /// An empty one. Corresponds to `OSSL_ECHSTORE_new`.
    pub fn new() -> Self {
        // SAFETY: a null context is the default one; the query is null or lives for ever.
        let store = unsafe { ffi::OSSL_ECHSTORE_new(ptr::null_mut(), process::properties()) };
        assert!(!store.is_null(), "out of memory");
        Self(store)
    }

    /// Adds what a PEM file holds; false when that is not a key with its configuration. `for_retry`: clients may get
    /// the configuration. Corresponds to `OSSL_ECHSTORE_read_pem`.
    pub fn read_pem(&mut self, pem: &[u8], for_retry: bool) -> bool {
        let Ok(len) = c_int::try_from(pem.len()) else { return false };
        // SAFETY: the bytes live as long as the BIO, which only reads them.
        let input = unsafe { openssl_sys::BIO_new_mem_buf(pem.as_ptr().cast(), len) };
        if input.is_null() {
            return false;
        }
        // SAFETY: a live store and BIO.
        let read = unsafe { ffi::OSSL_ECHSTORE_read_pem(self.0, input, for_retry.into()) };
        // SAFETY: ours, used nowhere else.
        unsafe { openssl_sys::BIO_free_all(input) };
        read > 0
    }

    /// Corresponds to `OSSL_ECHSTORE_num_keys`.
    pub fn len(&self) -> c_int {
        let mut number = 0;
        // SAFETY: a live store and a place for the result.
        unsafe { ffi::OSSL_ECHSTORE_num_keys(self.0, &mut number) };
        number
    }

    /// Sessions of `ctx` decrypt with these keys. Corresponds to `SSL_CTX_set1_echstore`.
    pub fn install(&self, ctx: &mut SslContextBuilder) -> bool {
        // SAFETY: live objects; the context takes a copy.
        unsafe { ffi::SSL_CTX_set1_echstore(ctx.as_ptr(), self.0) > 0 }
    }
}

impl Drop for KeyStore {
    fn drop(&mut self) {
        // SAFETY: ours, used nowhere else.
        unsafe { ffi::OSSL_ECHSTORE_free(self.0) }
    }
}

/// What the library says about each attempt goes to this function. Corresponds to `SSL_CTX_ech_set_callback`.
pub fn set_callback<F: Fn(&SslRef, &str) + Stateless>(ctx: &mut SslContextBuilder, _: F) {
    unsafe extern "C" fn tell<F: Fn(&SslRef, &str) + Stateless>(
        ssl: *mut openssl_sys::SSL,
        text: *const c_char,
    ) -> c_uint {
        // SAFETY: OpenSSL passes the session that it works on, and a C string.
        let (ssl, text) = unsafe { (SslRef::from_ptr(ssl), string(text)) };
        // SAFETY: the function was handed over.
        let tell = unsafe { stateless::<F>() };
        tell(ssl, &text.unwrap_or_default());
        1
    }
    // SAFETY: a live context, a function.
    unsafe { ffi::SSL_CTX_ech_set_callback(ctx.as_ptr(), Some(tell::<F>)) }
}

/// State (`SSL_ECH_STATUS_…`), inner and outer name. Corresponds to `SSL_ech_get1_status`.
pub fn status(ssl: &SslRef) -> (c_int, Option<String>, Option<String>) {
    let (mut inner, mut outer) = (ptr::null_mut(), ptr::null_mut());
    // SAFETY: a live session and places for the names.
    let status = unsafe { ffi::SSL_ech_get1_status(ssl.as_ptr(), &mut inner, &mut outer) };
    // SAFETY: null, or strings that are ours.
    let [inner, outer] = [inner, outer].map(|name| unsafe { owned_string(name) });
    let text = |name: Vec<u8>| String::from_utf8_lossy(&name).into_owned();
    (status, inner.map(text), outer.map(text))
}
