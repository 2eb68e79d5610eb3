//! The library's default file of trusted certificates, read when a verification first asks for a certificate.
//!
//! Reading it takes four times as long as all the rest of a start, and most runs verify nothing.
use std::ffi::{c_int, c_long, c_void};
use std::ptr;
use std::sync::{Once, OnceLock};

use openssl_sys::{CRYPTO_EX_DATA, X509, X509_NAME, X509_STORE, X509_STORE_CTX, stack_st_X509};

use super::{error, process};
use crate::ffi;

/// Corresponds to `SSL_CTX_set_default_verify_file`, put off; false when there is no memory.
///
/// Who asks the store for certificates past a verification finds those of the file only after one.
///
/// # Safety
///
/// `store` is a live store that no verification uses yet.
pub unsafe fn add(store: *mut X509_STORE) -> bool {
    let pending = Box::into_raw(Box::new(Once::new())).cast::<c_void>();
    // SAFETY: a live store, which owns `pending` from now on, until `drop_pending`.
    if unsafe { file_lookup(store).is_null() || ffi::X509_STORE_set_ex_data(store, index(), pending) <= 0 } {
        // SAFETY: made above, and nobody else's.
        drop(unsafe { Box::from_raw(pending.cast::<Once>()) });
        return false;
    }
    // SAFETY: a live store that nobody uses yet, and functions of the right types.
    unsafe {
        ffi::X509_STORE_set_get_issuer(store, Some(issuer));
        ffi::X509_STORE_set_lookup_certs(store, Some(certificates));
    }
    true
}

/// Stands in the place of `X509_STORE_CTX_get1_issuer`.
unsafe extern "C" fn issuer(found: *mut *mut X509, verification: *mut X509_STORE_CTX, of: *mut X509) -> c_int {
    // SAFETY: the arguments of OpenSSL, handed on.
    unsafe {
        read(verification);
        ffi::X509_STORE_CTX_get1_issuer(found, verification, of)
    }
}

/// Stands in the place of `X509_STORE_CTX_get1_certs`.
unsafe extern "C" fn certificates(verification: *mut X509_STORE_CTX, name: *const X509_NAME) -> *mut stack_st_X509 {
    // SAFETY: the arguments of OpenSSL, handed on.
    unsafe {
        read(verification);
        ffi::X509_STORE_CTX_get1_certs(verification, name)
    }
}

/// Reads the file into the store of this verification, unless that was done; whoever comes meanwhile waits. Like the
/// original, it does not tell of a file that cannot be read.
///
/// # Safety
///
/// `verification` works on a store of [`add`].
unsafe fn read(verification: *mut X509_STORE_CTX) {
    // SAFETY: a live verification, which keeps its store.
    let store = unsafe { ffi::X509_STORE_CTX_get0_store(verification) };
    // SAFETY: a live store; what `add` put there lives as long as it and is never changed.
    let pending = unsafe { ffi::X509_STORE_get_ex_data(store, index()).cast::<Once>().as_ref() };
    let Some(pending) = pending else { return };
    pending.call_once(|| {
        error::set_mark();
        // SAFETY: a live store; the lookup is there since `add`, so nothing but certificates is added, under the
        // store's lock. The query is null or lives for ever.
        unsafe {
            let (kind, query) = (c_long::from(openssl_sys::X509_FILETYPE_DEFAULT), process::properties());
            let lookup = file_lookup(store);
            ffi::X509_LOOKUP_ctrl_ex(
                lookup,
                ffi::X509_L_FILE_LOAD,
                ptr::null(),
                kind,
                ptr::null_mut(),
                ptr::null_mut(),
                query,
            );
        }
        error::pop_to_mark();
    });
}

/// The store's lookup for files, made at the first call.
///
/// # Safety
///
/// `store` is a live store.
unsafe fn file_lookup(store: *mut X509_STORE) -> *mut openssl_sys::X509_LOOKUP {
    // SAFETY: the caller's promise; the method is static.
    unsafe { openssl_sys::X509_STORE_add_lookup(store, openssl_sys::X509_LOOKUP_file()) }
}

/// Where a store keeps its `Once`.
fn index() -> c_int {
    static INDEX: OnceLock<c_int> = OnceLock::new();
    // SAFETY: no pointers but a function of the right type.
    *INDEX.get_or_init(|| unsafe {
        openssl_sys::CRYPTO_get_ex_new_index(
            ffi::CRYPTO_EX_INDEX_X509_STORE,
            0,
            ptr::null_mut(),
            None,
            None,
            Some(drop_pending),
        )
    })
}

unsafe extern "C" fn drop_pending(
    _: *mut c_void,
    pending: *mut c_void,
    _: *mut CRYPTO_EX_DATA,
    _: c_int,
    _: c_long,
    _: *mut c_void,
) {
    if !pending.is_null() {
        // SAFETY: made by `add`; the store that owned it is being freed.
        drop(unsafe { Box::from_raw(pending.cast::<Once>()) });
    }
}
