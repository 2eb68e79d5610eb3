//! Certificates and names as text.
use std::ffi::{c_int, c_ulong};
use std::ptr;

use foreign_types_shared::ForeignTypeRef;
#[cfg(ossl320)]
use openssl::pkey::{PKeyRef, Public};
use openssl::x509::{X509NameRef, X509Ref};

use super::{owned_string, printed};
use crate::ffi;

/// Corresponds to `X509_NAME_print_ex`.
pub fn print_name(name: &X509NameRef, indent: c_int, flags: c_ulong) -> Vec<u8> {
    // SAFETY: a live BIO and name.
    printed(|bio| unsafe { ffi::X509_NAME_print_ex(bio, name.as_ptr(), indent, flags) })
}

/// Corresponds to `X509_NAME_oneline`.
pub fn oneline_name(name: &X509NameRef) -> Vec<u8> {
    // SAFETY: a live name; without a buffer the function allocates the string, which is ours.
    unsafe { owned_string(ffi::X509_NAME_oneline(name.as_ptr(), ptr::null_mut(), 0)) }.unwrap_or_default()
}

/// Corresponds to `X509_print`.
pub fn print_certificate(cert: &X509Ref) -> Vec<u8> {
    // SAFETY: a live BIO and certificate.
    printed(|bio| unsafe { openssl_sys::X509_print(bio, cert.as_ptr()) })
}

/// Corresponds to `X509_print_ex`.
pub fn print_certificate_ex(cert: &X509Ref, name_flags: c_ulong, flags: c_ulong) -> Vec<u8> {
    // SAFETY: a live BIO and certificate.
    printed(|bio| unsafe { ffi::X509_print_ex(bio, cert.as_ptr(), name_flags, flags) })
}

/// Corresponds to `PEM_write_bio_X509`.
pub fn pem(cert: &X509Ref) -> Vec<u8> {
    // SAFETY: a live BIO and certificate.
    printed(|bio| unsafe { openssl_sys::PEM_write_bio_X509(bio, cert.as_ptr()) })
}

/// The text of a key, indented by that. Corresponds to `EVP_PKEY_print_public`.
#[cfg(ossl320)]
pub fn print_key(key: &PKeyRef<Public>, indent: c_int) -> Vec<u8> {
    // SAFETY: a live BIO and key; without a context the defaults are used.
    printed(|bio| unsafe { ffi::EVP_PKEY_print_public(bio, key.as_ptr(), indent, ptr::null_mut()) })
}

/// Subject and issuer are the same, and the extensions do not say otherwise. Corresponds to `X509_self_signed`, which
/// looks at no signature here.
pub fn is_self_signed(cert: &X509Ref) -> bool {
    // SAFETY: a live certificate.
    unsafe { ffi::X509_self_signed(cert.as_ptr(), 0) > 0 }
}

/// How well a certificate fits a host's name: 1 or 0, negative when that cannot be said. Corresponds to
/// `X509_check_host`.
#[cfg(has_ech)]
pub fn check_host(cert: &X509Ref, host: &[u8]) -> c_int {
    // SAFETY: a live certificate; the name is readable for its length; the matching name is not asked for.
    unsafe { openssl_sys::X509_check_host(cert.as_ptr(), host.as_ptr().cast(), host.len(), 0, ptr::null_mut()) }
}
