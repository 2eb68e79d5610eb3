//! `X509_VERIFY_PARAM`: how chains of clients are verified.
use std::ffi::{CStr, c_int};

use foreign_types_shared::{ForeignType, ForeignTypeRef};
use openssl::ssl::SslContextBuilder;
use openssl::x509::verify::{X509VerifyParam, X509VerifyParamRef};

use crate::ffi;

/// Corresponds to `X509_VERIFY_PARAM_add0_policy`; false also when that is no object identifier.
pub fn add_policy(param: &mut X509VerifyParamRef, name: &CStr) -> bool {
    // SAFETY: a C string; null or an object that is ours.
    let policy = unsafe { openssl_sys::OBJ_txt2obj(name.as_ptr(), 0) };
    if policy.is_null() {
        return false;
    }
    // SAFETY: live objects; the parameters take the policy when they succeed.
    let added = unsafe { ffi::X509_VERIFY_PARAM_add0_policy(param.as_ptr(), policy) } > 0;
    if !added {
        // SAFETY: still ours, not used after this.
        unsafe { openssl_sys::ASN1_OBJECT_free(policy) };
    }
    added
}

/// Corresponds to `X509_PURPOSE_get_by_sname` and `X509_VERIFY_PARAM_set_purpose`.
pub fn set_purpose(param: &mut X509VerifyParamRef, name: &CStr) -> bool {
    // SAFETY: a C string, which older headers take without `const` and nobody changes.
    let index = unsafe { openssl_sys::X509_PURPOSE_get_by_sname(name.as_ptr().cast_mut()) };
    if index < 0 {
        return false;
    }
    // SAFETY: the library knows that index; the result is a static table's.
    let id = unsafe { openssl_sys::X509_PURPOSE_get_id(openssl_sys::X509_PURPOSE_get0(index)) };
    // SAFETY: live parameters.
    unsafe { openssl_sys::X509_VERIFY_PARAM_set_purpose(param.as_ptr(), id) > 0 }
}

/// Corresponds to `X509_VERIFY_PARAM_lookup` and `X509_VERIFY_PARAM_set1`.
pub fn set_named(param: &mut X509VerifyParamRef, name: &CStr) -> bool {
    // SAFETY: a C string; the result is null or lives in a table of the library.
    let named = unsafe { ffi::X509_VERIFY_PARAM_lookup(name.as_ptr()) };
    // SAFETY: live parameters, which are copied.
    !named.is_null() && unsafe { ffi::X509_VERIFY_PARAM_set1(param.as_ptr(), named) } > 0
}

/// Corresponds to `X509_VERIFY_PARAM_set1_host`.
pub fn set_host(param: &mut X509VerifyParamRef, name: &CStr) -> bool {
    // SAFETY: live parameters; a C string, for which the length is 0.
    unsafe { openssl_sys::X509_VERIFY_PARAM_set1_host(param.as_ptr(), name.as_ptr(), 0) > 0 }
}

/// Corresponds to `X509_VERIFY_PARAM_set1_email`.
pub fn set_email(param: &mut X509VerifyParamRef, address: &CStr) -> bool {
    // SAFETY: live parameters; a C string, for which the length is 0.
    unsafe { openssl_sys::X509_VERIFY_PARAM_set1_email(param.as_ptr(), address.as_ptr(), 0) > 0 }
}

/// Corresponds to `X509_VERIFY_PARAM_set1_ip_asc`.
pub fn set_ip(param: &mut X509VerifyParamRef, address: &CStr) -> bool {
    // SAFETY: live parameters and a C string.
    unsafe { ffi::X509_VERIFY_PARAM_set1_ip_asc(param.as_ptr(), address.as_ptr()) > 0 }
}

/// Corresponds to `X509_VERIFY_PARAM_set_flags`.
pub fn set_flags(param: &mut X509VerifyParamRef, flags: u32) {
    // SAFETY: live parameters.
    unsafe { openssl_sys::X509_VERIFY_PARAM_set_flags(param.as_ptr(), flags.into()) };
}

/// Corresponds to `SSL_CTX_set1_param`.
pub fn install(ctx: &mut SslContextBuilder, param: &X509VerifyParam) -> bool {
    // SAFETY: live objects; the parameters are copied.
    let result: c_int = unsafe { ffi::SSL_CTX_set1_param(ctx.as_ptr(), param.as_ptr()) };
    result > 0
}
