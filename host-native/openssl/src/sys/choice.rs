//! Certificates that a session chooses for itself, while it reads the ClientHello.
use std::ffi::{c_int, c_long, c_void};
use std::ptr;

use foreign_types_shared::ForeignTypeRef;
use openssl::pkey::{PKeyRef, Private};
use openssl::ssl::{SslContextBuilder, SslRef};
use openssl::stack::StackRef;
use openssl::x509::{X509, X509Ref};

use super::{Stateless, stateless};
use crate::ffi::{self, ctrl};

/// Sessions choose by this function, whose `false` ends the handshake. Corresponds to `SSL_CTX_set_cert_cb`.
pub fn set_callback<F: Fn(&mut SslRef) -> bool + Stateless>(ctx: &mut SslContextBuilder, _: F) {
    unsafe extern "C" fn choose<F: Fn(&mut SslRef) -> bool + Stateless>(
        ssl: *mut openssl_sys::SSL,
        _: *mut c_void,
    ) -> c_int {
        // SAFETY: OpenSSL passes the session that it works on, which nobody else uses during the call; the function was
        // handed over.
        let (ssl, choose) = unsafe { (SslRef::from_ptr_mut(ssl), stateless::<F>()) };
        choose(ssl).into()
    }
    // SAFETY: a live context, a function that does not look at its argument.
    unsafe { ffi::SSL_CTX_set_cert_cb(ctx.as_ptr(), Some(choose::<F>), ptr::null_mut()) }
}

/// Forgets all certificates. Corresponds to `SSL_certs_clear`.
pub fn clear(ssl: &mut SslRef) {
    // SAFETY: a live session.
    unsafe { ffi::SSL_certs_clear(ssl.as_ptr()) }
}

/// How fit a chain is for this client, as `CERT_PKEY_…`. Corresponds to `SSL_check_chain`.
pub fn check_chain(ssl: &mut SslRef, cert: &X509Ref, key: &PKeyRef<Private>, chain: Option<&StackRef<X509>>) -> c_int {
    let chain = chain.map_or(ptr::null_mut(), StackRef::as_ptr);
    // SAFETY: live objects, of which the session only reads the last three; the chain may be null.
    unsafe { ffi::SSL_check_chain(ssl.as_ptr(), cert.as_ptr(), key.as_ptr(), chain) }
}

/// The flags of Suite B and others (`SSL_CERT_FLAG_…`). Corresponds to `SSL_set_cert_flags` with none.
pub fn flags(ssl: &SslRef) -> c_long {
    // SAFETY: a live session; the command takes no pointer.
    unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), ctrl::CERT_FLAGS, 0, ptr::null_mut()) }
}

/// Corresponds to `SSL_use_certificate`.
pub fn use_certificate(ssl: &mut SslRef, cert: &X509Ref) -> bool {
    // SAFETY: live objects; the session takes a reference of its own.
    unsafe { openssl_sys::SSL_use_certificate(ssl.as_ptr(), cert.as_ptr()) > 0 }
}

/// Corresponds to `SSL_use_PrivateKey`.
pub fn use_private_key(ssl: &mut SslRef, key: &PKeyRef<Private>) -> bool {
    // SAFETY: live objects; the session takes a reference of its own.
    unsafe { openssl_sys::SSL_use_PrivateKey(ssl.as_ptr(), key.as_ptr()) > 0 }
}

/// Corresponds to `SSL_set1_chain`.
pub fn set_chain(ssl: &mut SslRef, chain: &StackRef<X509>) -> bool {
    // SAFETY: live objects; with 1 the session takes references of its own.
    unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), ctrl::CHAIN, 1, chain.as_ptr().cast::<c_void>()) > 0 }
}

/// Corresponds to `SSL_build_cert_chain`.
pub fn build_chain(ssl: &mut SslRef) -> bool {
    // SAFETY: a live session; the command takes no pointer.
    unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), ctrl::BUILD_CERT_CHAIN, 0, ptr::null_mut()) > 0 }
}
