//! `OSSL_STORE`: whatever a file or URI holds.
use std::ffi::{CStr, c_int};
use std::ptr;

use foreign_types_shared::ForeignType;
use openssl::pkey::{PKey, Params, Private, Public};
use openssl::x509::{X509, X509Crl};

use super::process;
use super::ui::Answer;
use crate::ffi;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Key parameters.
    Params,
    /// A public key.
    PublicKey,
    /// A private key.
    Key,
    /// A certificate.
    Certificate,
    /// A revocation list.
    Crl,
}

/// What was found.
pub enum Item {
    /// Key parameters.
    Params(PKey<Params>),
    /// A public key.
    PublicKey(PKey<Public>),
    /// A private key.
    Key(PKey<Private>),
    /// A certificate.
    Certificate(X509),
    /// A revocation list.
    Crl(X509Crl),
}

/// An open store. `answer` is borrowed, because the store asks for the pass phrase while it reads.
pub struct Store<'a> {
    ctx: *mut ffi::OSSL_STORE_CTX,
    _answer: &'a Answer<'a>,
}

impl<'a> Store<'a> {
    /// Corresponds to `OSSL_STORE_open_ex`. `input`: `PEM` or `DER` when nothing else is to be tried.
    pub fn open(uri: &CStr, answer: &'a Answer, input: Option<&CStr>) -> Option<Self> {
        let (method, data) = answer.method();
        let mut params = Vec::new();
        if let Some(input) = input {
            let value = input.as_ptr().cast_mut();
            // SAFETY: C strings; size 0 means up to the terminating zero. The value is only read.
            params.push(unsafe { ffi::OSSL_PARAM_construct_utf8_string(INPUT_TYPE.as_ptr(), value, 0) });
            // SAFETY: takes nothing.
            params.push(unsafe { openssl_sys::OSSL_PARAM_construct_end() });
        }
        let list = if params.is_empty() { ptr::null() } else { params.as_ptr() };
        // SAFETY: the strings and parameters live during the call; method and data live as long as `answer`.
        let ctx = unsafe {
            let (context, query) = (ptr::null_mut(), process::properties());
            ffi::OSSL_STORE_open_ex(uri.as_ptr(), context, query, method, data, list, None, ptr::null_mut())
        };
        (!ctx.is_null()).then_some(Self { ctx, _answer: answer })
    }

    /// Corresponds to `OSSL_STORE_expect`.
    pub fn expect(&mut self, kind: Kind) -> bool {
        // SAFETY: a live store.
        unsafe { ffi::OSSL_STORE_expect(self.ctx, kind.number()) > 0 }
    }

    /// Corresponds to `OSSL_STORE_eof`.
    pub fn at_end(&mut self) -> bool {
        // SAFETY: a live store.
        unsafe { ffi::OSSL_STORE_eof(self.ctx) != 0 }
    }

    /// The next object, when it is one of these kinds. Corresponds to `OSSL_STORE_load`.
    pub fn next_item(&mut self) -> Option<Item> {
        // SAFETY: a live store.
        let info = unsafe { ffi::OSSL_STORE_load(self.ctx) };
        if info.is_null() {
            return None;
        }
        // SAFETY: a live object; each getter returns null or a reference of our own, of the type it is named for.
        let item = unsafe {
            match ffi::OSSL_STORE_INFO_get_type(info) {
                ffi::OSSL_STORE_INFO_PARAMS => owned(ffi::OSSL_STORE_INFO_get1_PARAMS(info)).map(Item::Params),
                ffi::OSSL_STORE_INFO_PUBKEY => owned(ffi::OSSL_STORE_INFO_get1_PUBKEY(info)).map(Item::PublicKey),
                ffi::OSSL_STORE_INFO_PKEY => owned(ffi::OSSL_STORE_INFO_get1_PKEY(info)).map(Item::Key),
                ffi::OSSL_STORE_INFO_CERT => owned(ffi::OSSL_STORE_INFO_get1_CERT(info)).map(Item::Certificate),
                ffi::OSSL_STORE_INFO_CRL => owned(ffi::OSSL_STORE_INFO_get1_CRL(info)).map(Item::Crl),
                _ => None,
            }
        };
        // SAFETY: ours, not used after this.
        unsafe { ffi::OSSL_STORE_INFO_free(info) };
        item
    }
}

impl Drop for Store<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, used nowhere else.
        unsafe { ffi::OSSL_STORE_close(self.ctx) };
    }
}

impl Kind {
    fn number(self) -> c_int {
        match self {
            Kind::Params => ffi::OSSL_STORE_INFO_PARAMS,
            Kind::PublicKey => ffi::OSSL_STORE_INFO_PUBKEY,
            Kind::Key => ffi::OSSL_STORE_INFO_PKEY,
            Kind::Certificate => ffi::OSSL_STORE_INFO_CERT,
            Kind::Crl => ffi::OSSL_STORE_INFO_CRL,
        }
    }
}

/// # Safety
///
/// `pointer` is null or a reference that the caller owns and gives away.
unsafe fn owned<T: ForeignType>(pointer: *mut T::CType) -> Option<T> {
    // SAFETY: not null, and the caller's promise.
    (!pointer.is_null()).then(|| unsafe { T::from_ptr(pointer) })
}

/// `OSSL_STORE_PARAM_INPUT_TYPE`.
const INPUT_TYPE: &CStr = c"input-type";
