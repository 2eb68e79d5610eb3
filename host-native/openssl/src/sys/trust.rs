//! `X509_STORE`: certificates to build chains from, and revocation lists.
use std::ffi::{CStr, c_int, c_void};

use foreign_types_shared::{ForeignType, ForeignTypeRef};
use openssl::ssl::SslContextBuilder;
use openssl::x509::X509CrlRef;
use openssl::x509::store::{X509StoreBuilder, X509StoreBuilderRef};

use crate::ffi::{self, ctrl};

/// Corresponds to `X509_STORE_load_file`.
pub fn load_file(store: &mut X509StoreBuilderRef, file: &CStr) -> bool {
    // SAFETY: a live store and a C string.
    unsafe { ffi::X509_STORE_load_file(store.as_ptr(), file.as_ptr()) > 0 }
}

/// Corresponds to `X509_STORE_load_path`.
pub fn load_path(store: &mut X509StoreBuilderRef, path: &CStr) -> bool {
    // SAFETY: a live store and a C string.
    unsafe { ffi::X509_STORE_load_path(store.as_ptr(), path.as_ptr()) > 0 }
}

/// Corresponds to `X509_STORE_load_store`.
pub fn load_store(store: &mut X509StoreBuilderRef, uri: &CStr) -> bool {
    // SAFETY: a live store and a C string.
    unsafe { ffi::X509_STORE_load_store(store.as_ptr(), uri.as_ptr()) > 0 }
}

/// Corresponds to `X509_STORE_add_crl`.
pub fn add_crl(store: &mut X509StoreBuilderRef, crl: &X509CrlRef) -> bool {
    // SAFETY: live objects; the store takes a reference of its own.
    unsafe { ffi::X509_STORE_add_crl(store.as_ptr(), crl.as_ptr()) > 0 }
}

/// Whose chains a store is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Chains {
    /// The server's own. `SSL_CTX_set1_chain_cert_store`.
    Own,
    /// Those of clients. `SSL_CTX_set1_verify_cert_store`.
    OfClients,
}

/// Puts a store in the place of the trusted certificates.
pub fn install(ctx: &mut SslContextBuilder, chains: Chains, store: &X509StoreBuilder) -> bool {
    let command: c_int = match chains {
        Chains::Own => ctrl::SET_CHAIN_CERT_STORE,
        Chains::OfClients => ctrl::SET_VERIFY_CERT_STORE,
    };
    let store = store.as_ptr().cast::<c_void>();
    // SAFETY: live objects; with 1 the context takes a reference of its own.
    unsafe { openssl_sys::SSL_CTX_ctrl(ctx.as_ptr(), command, 1, store) > 0 }
}
