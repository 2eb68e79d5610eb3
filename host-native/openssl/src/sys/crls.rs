//! Lists that `X509_STORE` asks for while it verifies, and where certificates say that they are.
use std::ffi::c_int;
use std::mem;
use std::ptr;

use foreign_types_shared::{ForeignType, ForeignTypeRef};
use openssl::stack::Stack;
use openssl::x509::store::X509StoreBuilderRef;
use openssl::x509::{DistPoint, X509Crl, X509Ref, X509StoreContextRef};
use openssl_sys::{X509_NAME, X509_STORE_CTX, stack_st_X509_CRL};

use super::{Stateless, stateless};
use crate::ffi;

/// Beside the lists that the store holds there are those that this function finds for a verification. Corresponds to
/// `X509_STORE_set_lookup_crls`, in whose place the library would look at the store alone.
pub fn set_lookup<F: Fn(&X509StoreContextRef) -> Vec<X509Crl> + Stateless>(store: &mut X509StoreBuilderRef, _: F) {
    unsafe extern "C" fn lookup<F: Fn(&X509StoreContextRef) -> Vec<X509Crl> + Stateless>(
        ctx: *const X509_STORE_CTX,
        issuer: *const X509_NAME,
    ) -> *mut stack_st_X509_CRL {
        // SAFETY: OpenSSL passes the verification that it works on, and a name.
        let held = unsafe { ffi::X509_STORE_CTX_get1_crls(ctx, issuer) };
        // SAFETY: the same verification, which is only read; the function was handed over.
        let (verification, find) = unsafe { (X509StoreContextRef::from_ptr(ctx.cast_mut()), stateless::<F>()) };
        let found = find(verification);
        if found.is_empty() { held } else { with(held, found) }
    }
    // SAFETY: a live store, a function.
    unsafe { ffi::X509_STORE_set_lookup_crls(store.as_ptr(), Some(lookup::<F>)) }
}

/// That stack of lists, or a new one, with more; null when there is no memory. Corresponds to `sk_X509_CRL_push`.
fn with(held: *mut stack_st_X509_CRL, lists: Vec<X509Crl>) -> *mut stack_st_X509_CRL {
    // SAFETY: takes nothing.
    let stack = if held.is_null() { unsafe { openssl_sys::OPENSSL_sk_new_null() } } else { held.cast() };
    for list in lists {
        // SAFETY: a stack of ours or null, which is refused, and a live list.
        if unsafe { openssl_sys::OPENSSL_sk_push(stack, list.as_ptr().cast()) } > 0 {
            // The stack has it now.
            mem::forget(list);
        }
    }
    stack.cast()
}

/// Which lists a certificate points to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Points {
    /// Whole ones: RFC 5280 section 4.2.1.13.
    Whole,
    /// What changed since then: RFC 5280 section 4.2.1.15.
    Freshest,
}

/// Where a certificate says that its lists are. Corresponds to `X509_get_ext_d2i`.
pub fn points(cert: &X509Ref, points: Points) -> Option<Stack<DistPoint>> {
    let nid: c_int = match points {
        Points::Whole => openssl_sys::NID_crl_distribution_points,
        Points::Freshest => openssl_sys::NID_freshest_crl,
    };
    // SAFETY: a live certificate; nothing is wanted but the value.
    let found = unsafe { openssl_sys::X509_get_ext_d2i(cert.as_ptr(), nid, ptr::null_mut(), ptr::null_mut()) };
    // SAFETY: a new stack of the type that belongs to both extensions, owned by nobody else.
    (!found.is_null()).then(|| unsafe { Stack::from_ptr(found.cast()) })
}
