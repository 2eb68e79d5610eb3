//! Raw public keys, RFC 7250: which are sent, which are trusted, and which came.
use std::ffi::c_int;
use std::ptr;

use foreign_types_shared::ForeignTypeRef;
use openssl::pkey::{PKeyRef, Public};
use openssl::ssl::{SslContextBuilder, SslRef};
use openssl::x509::X509StoreContextRef;
use s_server_core::engine::{PublicKey, TlsaMatch};

use super::{bytes, printed};
use crate::ffi::{self, cert_type};

/// Raw keys before certificates.
const TYPES: [u8; 2] = [cert_type::RAW_KEY, cert_type::X509];

/// The server may send its raw key. Corresponds to `SSL_CTX_set1_server_cert_type`.
pub fn allow_from_server(ctx: &mut SslContextBuilder) -> bool {
    // SAFETY: a live context; the list is copied.
    unsafe { ffi::SSL_CTX_set1_server_cert_type(ctx.as_ptr(), TYPES.as_ptr(), TYPES.len()) > 0 }
}

/// The client may send its raw key. Corresponds to `SSL_CTX_set1_client_cert_type`.
pub fn allow_from_client(ctx: &mut SslContextBuilder) -> bool {
    // SAFETY: a live context; the list is copied.
    unsafe { ffi::SSL_CTX_set1_client_cert_type(ctx.as_ptr(), TYPES.as_ptr(), TYPES.len()) > 0 }
}

/// Sessions may trust single keys. Corresponds to `SSL_CTX_dane_enable`.
pub fn enable_trust(ctx: &mut SslContextBuilder) -> bool {
    // SAFETY: a live context.
    unsafe { ffi::SSL_CTX_dane_enable(ctx.as_ptr()) > 0 }
}

/// From now on only keys that [`trust`] names are trusted. Corresponds to `SSL_dane_enable`.
pub fn begin_trust(ssl: &mut SslRef) -> bool {
    // SAFETY: a live session that has not started; no name is compared without one.
    unsafe { ffi::SSL_dane_enable(ssl.as_ptr(), ptr::null()) > 0 }
}

/// Corresponds to `SSL_add_expected_rpk`.
pub fn trust(ssl: &mut SslRef, key: &PKeyRef<Public>) -> bool {
    // SAFETY: live objects; the key is encoded into a record of the session's.
    unsafe { ffi::SSL_add_expected_rpk(ssl.as_ptr(), key.as_ptr()) > 0 }
}

/// Corresponds to `SSL_get_negotiated_server_cert_type`.
pub fn server_sent(ssl: &SslRef) -> bool {
    // SAFETY: a live session.
    unsafe { ffi::SSL_get_negotiated_server_cert_type(ssl.as_ptr()) == c_int::from(cert_type::RAW_KEY) }
}

/// Corresponds to `SSL_get_negotiated_client_cert_type`.
pub fn client_sent(ssl: &SslRef) -> bool {
    // SAFETY: a live session.
    unsafe { ffi::SSL_get_negotiated_client_cert_type(ssl.as_ptr()) == c_int::from(cert_type::RAW_KEY) }
}

/// The client's key, whose text is indented by that. Corresponds to `SSL_get0_peer_rpk` and `EVP_PKEY_print_public`.
pub fn peer(ssl: &SslRef, indent: c_int) -> Option<PublicKey> {
    // SAFETY: a live session, which keeps the key.
    let key = unsafe { ffi::SSL_get0_peer_rpk(ssl.as_ptr()) };
    if key.is_null() {
        return None;
    }
    // SAFETY: a live key.
    let der = unsafe { PKeyRef::<Public>::from_ptr(key) }.public_key_to_der().unwrap_or_default();
    // SAFETY: a live BIO and key; without a context the defaults are used.
    let text = printed(|bio| unsafe { ffi::EVP_PKEY_print_public(bio, key, indent, ptr::null_mut()) });
    Some(PublicKey { der, text })
}

/// A raw key came, and it is the client's.
fn has_peer(ssl: &SslRef) -> bool {
    // SAFETY: a live session.
    !unsafe { ffi::SSL_get0_peer_rpk(ssl.as_ptr()) }.is_null()
}

/// The record by which the client was trusted. Corresponds to `SSL_get0_dane_authority` and `SSL_get0_dane_tlsa`.
pub fn matched(ssl: &SslRef) -> Option<TlsaMatch> {
    // SAFETY: a live session; nothing is asked but the depth.
    let depth = unsafe { ffi::SSL_get0_dane_authority(ssl.as_ptr(), ptr::null_mut(), ptr::null_mut()) };
    let (mut usage, mut selector, mut matching, mut data, mut len) = (0, 0, 0, ptr::null(), 0);
    // SAFETY: a live session and places for the results.
    let found = unsafe {
        let (usage, selector, matching) = (&mut usage, &mut selector, &mut matching);
        ffi::SSL_get0_dane_tlsa(ssl.as_ptr(), usage, selector, matching, &mut data, &mut len)
    };
    if depth < 0 || found < 0 {
        return None;
    }
    // SAFETY: that many bytes of the session.
    let data = unsafe { bytes(data, len) };
    Some(TlsaMatch { usage, selector, matching, data, depth: (!has_peer(ssl)).then_some(depth) })
}

/// A raw key is verified, not a certificate. Corresponds to `X509_STORE_CTX_get0_rpk`.
pub fn is_verified(store: &X509StoreContextRef) -> bool {
    // SAFETY: a live object.
    !unsafe { ffi::X509_STORE_CTX_get0_rpk(store.as_ptr()) }.is_null()
}
