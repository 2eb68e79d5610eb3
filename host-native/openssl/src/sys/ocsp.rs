//! `OCSP`: what the `openssl` crate lacks of it.
use std::ffi::{CStr, c_long, c_void};
use std::io;
use std::ptr;

use foreign_types_shared::{ForeignType, ForeignTypeRef};
use openssl::ocsp::{OcspRequestRef, OcspResponse, OcspResponseRef};
use openssl::ssl::SslRef;
use openssl::stack::Stack;
use openssl::x509::store::X509StoreRef;
use openssl::x509::{X509, X509NameRef};
#[cfg(ossl360)]
use openssl::{ocsp::OcspCertIdRef, x509::X509Ref};
use openssl_sys::BIO;

use super::printed;
use crate::ffi::{self, ctrl};

/// Why no response comes out of a file.
pub enum NoResponse {
    /// It cannot be opened.
    Closed(io::Error),
    /// It holds none.
    Unread,
}

/// The response that a file begins with, as DER. The queue holds why there is none.
pub fn response_of_file(path: &CStr) -> Result<OcspResponse, NoResponse> {
    // SAFETY: two C strings.
    let file = unsafe { ffi::BIO_new_file(path.as_ptr(), c"rb".as_ptr()) };
    if file.is_null() {
        return Err(NoResponse::Closed(io::Error::last_os_error()));
    }
    let response = response(file);
    // SAFETY: a live BIO, not used after this.
    unsafe { openssl_sys::BIO_free_all(file) };
    response.ok_or(NoResponse::Unread)
}

/// The response that comes out of a live BIO. Corresponds to `d2i_OCSP_RESPONSE_bio`.
pub(super) fn response(from: *mut BIO) -> Option<OcspResponse> {
    // SAFETY: a live BIO; a new object of that type is wanted.
    let response = unsafe { ffi::ASN1_item_d2i_bio(ffi::OCSP_RESPONSE_it(), from, ptr::null_mut()) };
    // SAFETY: a new response, owned by nobody else.
    (!response.is_null()).then(|| unsafe { OcspResponse::from_ptr(response.cast()) })
}

/// A response as text. Corresponds to `OCSP_RESPONSE_print`.
pub fn text(response: &OcspResponseRef) -> Vec<u8> {
    // SAFETY: a live BIO and response, which is only read.
    printed(|bio| unsafe { ffi::OCSP_RESPONSE_print(bio, response.as_ptr(), 2) })
}

/// Hands on what the client wants in the request to the responder, RFC 6066 section 8; false when there is no memory.
/// Corresponds to `SSL_get_tlsext_status_exts` and `OCSP_REQUEST_add_ext`.
pub fn add_extensions(request: &mut OcspRequestRef, ssl: &SslRef) -> bool {
    let mut extensions: *mut openssl_sys::OPENSSL_STACK = ptr::null_mut();
    let (command, place) = (ctrl::GET_TLSEXT_STATUS_REQ_EXTS, (&raw mut extensions).cast::<c_void>());
    // SAFETY: a live session; the command stores a list that the session keeps, or null.
    let _: c_long = unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), command, 0, place) };
    // SAFETY: a live list or null, for which the number is -1.
    (0..unsafe { openssl_sys::OPENSSL_sk_num(extensions) }).all(|index| {
        // SAFETY: the list has that index and holds extensions, which are copied into a live request.
        unsafe {
            let extension = openssl_sys::OPENSSL_sk_value(extensions, index).cast();
            ffi::OCSP_REQUEST_add_ext(request.as_ptr(), extension, -1) > 0
        }
    })
}

/// The first certificate with that subject among those that a store trusts. Corresponds to
/// `X509_STORE_CTX_get_obj_by_subject`.
pub fn certificate_of(store: &X509StoreRef, subject: &X509NameRef) -> Option<X509> {
    // SAFETY: takes nothing; what comes is freed below.
    let context = unsafe { openssl_sys::X509_STORE_CTX_new() };
    // SAFETY: the new object or null, which is refused, and a live store; nothing is to be verified.
    let ready = unsafe { openssl_sys::X509_STORE_CTX_init(context, store.as_ptr(), ptr::null_mut(), ptr::null_mut()) };
    let mut found = None;
    if ready > 0
        // SAFETY: a live object, whose function of that type the store may have replaced.
        && let Some(look) = unsafe { ffi::X509_STORE_CTX_get_lookup_certs(context) }
    {
        // SAFETY: that object and a live name.
        let certs = unsafe { look(context, subject.as_ptr()) };
        if !certs.is_null() {
            // SAFETY: a new stack of certificates, owned by nobody else.
            let certs = unsafe { Stack::<X509>::from_ptr(certs) };
            found = certs.iter().next().map(ToOwned::to_owned);
        }
    }
    // SAFETY: ours or null, used nowhere else.
    unsafe { openssl_sys::X509_STORE_CTX_free(context) };
    found
}

/// The certificates that are configured to be sent after the own one. Corresponds to `SSL_get0_chain_certs`.
#[cfg(ossl360)]
pub fn chain(ssl: &SslRef) -> Vec<X509> {
    let mut certs: *mut openssl_sys::OPENSSL_STACK = ptr::null_mut();
    let (command, place) = (ctrl::GET_CHAIN_CERTS, (&raw mut certs).cast::<c_void>());
    // SAFETY: a live session; the command stores a list that the session keeps, or null.
    let _: c_long = unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), command, 0, place) };
    // SAFETY: a live list or null, for which the number is -1.
    let number = unsafe { openssl_sys::OPENSSL_sk_num(certs) };
    // SAFETY: the list has that index and holds certificates, of which a reference of our own is taken.
    let cert = |index| unsafe { X509Ref::from_ptr(openssl_sys::OPENSSL_sk_value(certs, index).cast()).to_owned() };
    (0..number).map(cert).collect()
}

/// Responses to send, each at the place of its certificate. Corresponds to `SSL_set0_tlsext_status_ocsp_resp_ex`.
#[cfg(ossl360)]
pub fn set_responses(ssl: &mut SslRef, responses: Vec<Option<OcspResponse>>) {
    // SAFETY: takes nothing.
    let list = unsafe { openssl_sys::OPENSSL_sk_new_null() };
    for response in responses {
        let raw = response.map_or(ptr::null_mut(), |response| {
            let raw = response.as_ptr();
            std::mem::forget(response);
            raw
        });
        // SAFETY: a stack of ours, which owns the response from now on; null stands for none.
        unsafe { openssl_sys::OPENSSL_sk_push(list, raw.cast::<c_void>()) };
    }
    let command = ctrl::SET_TLSEXT_STATUS_REQ_OCSP_RESP_EX;
    // SAFETY: a live session, which owns the list from now on.
    let _: c_long = unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), command, 0, list.cast::<c_void>()) };
}

/// Whether one of the responses in it is about that certificate. Corresponds to `OCSP_resp_find`.
#[cfg(ossl360)]
pub fn is_about(response: &OcspResponseRef, id: &OcspCertIdRef) -> bool {
    let found = response.basic().is_ok_and(|basic| basic.find_status(id).is_some());
    super::error::clear();
    found
}
