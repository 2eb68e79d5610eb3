//! Safe functions around the C functions that the `openssl` crate does not wrap: one function of ours per C function.
//!
//! Nothing here decides anything; that is the business of the modules that call.
pub mod async_job;
pub mod certs;
pub mod choice;
pub mod conf;
pub mod crls;
#[cfg(has_engine)]
pub mod crypto_engine;
pub mod default_file;
pub mod dtls;
#[cfg(has_ech)]
pub mod ech;
pub mod error;
#[cfg(has_comp_alg)]
pub mod expand;
pub mod hooks;
pub mod http;
pub mod mac;
pub mod ocsp;
pub mod param;
pub mod policy;
pub mod process;
pub mod psk;
#[cfg(ossl320)]
pub mod raw_keys;
pub mod security;
pub mod session;
#[cfg(has_srp)]
pub mod srp;
pub mod store;
#[cfg(all(test, has_ssl_trace))]
pub mod trace;
pub mod trust;
pub mod ui;

use std::ffi::{CStr, c_char, c_int, c_void};

/// An owned memory BIO, which C functions print to.
struct MemBio(*mut openssl_sys::BIO);

impl MemBio {
    fn new() -> Self {
        // SAFETY: both functions take no pointers of ours; a null result is an allocation failure.
        let bio = unsafe { openssl_sys::BIO_new(openssl_sys::BIO_s_mem()) };
        assert!(!bio.is_null(), "out of memory");
        Self(bio)
    }

    fn into_bytes(self) -> Vec<u8> {
        let mut data: *mut c_char = std::ptr::null_mut();
        // SAFETY: the BIO is a live memory BIO; it says where its bytes are and how many.
        let len = unsafe { openssl_sys::BIO_get_mem_data(self.0, &mut data) };
        match usize::try_from(len) {
            // SAFETY: `data` points to `len` bytes that live as long as the BIO, which `self` keeps.
            Ok(len) if !data.is_null() => unsafe { std::slice::from_raw_parts(data.cast::<u8>(), len) }.to_vec(),
            _ => Vec::new(),
        }
    }
}

impl Drop for MemBio {
    fn drop(&mut self) {
        // SAFETY: the BIO is ours and used nowhere else.
        unsafe { openssl_sys::BIO_free_all(self.0) }
    }
}

/// What `print` writes to a BIO.
fn printed(print: impl FnOnce(*mut openssl_sys::BIO) -> c_int) -> Vec<u8> {
    let bio = MemBio::new();
    print(bio.0);
    bio.into_bytes()
}

/// The text of a C string; `None` for a null pointer.
///
/// # Safety
///
/// `text` is null, or points to a string with a terminating zero that nobody changes during the call.
unsafe fn string(text: *const c_char) -> Option<String> {
    // SAFETY: not null here; the rest is the caller's promise.
    (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) }.to_string_lossy().into_owned())
}

/// A text of the library's own, which is ASCII; empty when there is none.
///
/// # Safety
///
/// `text` is null, or a string that is never freed nor changed.
unsafe fn static_string(text: *const c_char) -> &'static str {
    // SAFETY: not null here; the rest is the caller's promise.
    let text = (!text.is_null()).then(|| unsafe { CStr::from_ptr(text) });
    text.and_then(|text| text.to_str().ok()).unwrap_or_default()
}

/// The bytes at `data`; empty when there are none.
///
/// # Safety
///
/// `data` is null, or points to `len` bytes that nobody changes during the call.
unsafe fn bytes(data: *const u8, len: usize) -> Vec<u8> {
    if data.is_null() || len == 0 {
        return Vec::new();
    }
    // SAFETY: not null here; the rest is the caller's promise.
    unsafe { std::slice::from_raw_parts(data, len) }.to_vec()
}

/// A function or closure that captures nothing: callbacks that carry no pointer of ours call it by its type.
pub trait Stateless: Copy + Send + Sync + 'static {}

impl<F: Copy + Send + Sync + 'static> Stateless for F {}

/// The function of that type.
///
/// # Safety
///
/// A value of the type was handed over before.
unsafe fn stateless<F: Stateless>() -> F {
    const { assert!(size_of::<F>() == 0, "the function captures something") };
    // SAFETY: of no bytes, so they are all there; that the type has a value is the caller's promise.
    unsafe { std::ptr::NonNull::<F>::dangling().read() }
}

/// A string that OpenSSL allocated, copied and freed.
///
/// # Safety
///
/// `text` is null, or a string with a terminating zero that the caller owns and gives away.
unsafe fn owned_string(text: *mut c_char) -> Option<Vec<u8>> {
    if text.is_null() {
        return None;
    }
    // SAFETY: a C string by the caller's promise.
    let copy = unsafe { CStr::from_ptr(text) }.to_bytes().to_vec();
    // SAFETY: allocated by OpenSSL, given away by the caller, not used after this.
    unsafe { openssl_sys::OPENSSL_free(text.cast::<c_void>()) };
    Some(copy)
}
