//! The BIO through which a session sees its [`Wire`].
//!
//! The stream BIO of the `openssl` crate cannot report the end of a stream: OpenSSL asks with `BIO_CTRL_EOF`, and only
//! with that answer comes `unexpected eof while reading`, or the clean end of `-ignore_unexpected_eof`.
use std::ffi::{c_char, c_int, c_long, c_void};
use std::sync::OnceLock;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::{Ssl, SslRef};
use openssl_sys::{
    BIO, BIO_CTRL_EOF, BIO_CTRL_FLUSH, BIO_FLAGS_RWS, BIO_FLAGS_SHOULD_RETRY, BIO_FLAGS_WRITE, BIO_METHOD,
    BIO_clear_flags, BIO_clear_retry_flags, BIO_get_data, BIO_set_data, BIO_set_flags, BIO_set_init,
    BIO_set_retry_read,
};
use s_server_core::io::WireEnd;

use super::ffi;
use super::wire::{Nothing, Wire};

/// A session with a wire that is reached only through it, so that nobody else touches the wire while OpenSSL works.
pub struct Wired(Ssl);

impl Wired {
    /// Puts `ssl` on `wire`.
    pub fn new(ssl: Ssl, wire: Wire) -> Self {
        // SAFETY: the method is static; a null result is an allocation failure.
        let bio = unsafe { openssl_sys::BIO_new(method()) };
        assert!(!bio.is_null(), "out of memory");
        // SAFETY: a live BIO of ours; it owns the wire from now on, until `destroy`.
        unsafe { BIO_set_data(bio, Box::into_raw(Box::new(wire)).cast::<c_void>()) };
        // SAFETY: a live BIO.
        unsafe { BIO_set_init(bio, 1) };
        // SAFETY: a live session, which owns the BIO from now on; one reference for both directions.
        unsafe { openssl_sys::SSL_set_bio(ssl.as_ptr(), bio, bio) };
        Self(ssl)
    }

    /// The session.
    pub fn ssl(&self) -> &SslRef {
        &self.0
    }

    /// The session, to be moved.
    pub fn ssl_mut(&mut self) -> &mut SslRef {
        &mut self.0
    }

    /// The wire.
    pub fn wire(&self) -> &Wire {
        // SAFETY: a `Wire` that lives as long as the session; whoever could change it needs `&mut self`.
        unsafe { &*self.pointer() }
    }

    /// The wire, to put in and take out.
    pub fn wire_mut(&mut self) -> &mut Wire {
        // SAFETY: a `Wire` that lives as long as the session, which is borrowed exclusively: OpenSSL is not at work.
        unsafe { &mut *self.pointer() }
    }

    fn pointer(&self) -> *mut Wire {
        // SAFETY: a live session with the BIO of `new`.
        unsafe { BIO_get_data(openssl_sys::SSL_get_rbio(self.0.as_ptr())).cast::<Wire>() }
    }
}

fn method() -> *const BIO_METHOD {
    static METHOD: OnceLock<usize> = OnceLock::new();
    let address = METHOD.get_or_init(|| {
        // SAFETY: takes nothing.
        let kind = unsafe { ffi::BIO_get_new_index() } | ffi::BIO_TYPE_SOURCE_SINK;
        // SAFETY: a static name.
        let method = unsafe { openssl_sys::BIO_meth_new(kind, c"wire".as_ptr()) };
        assert!(!method.is_null(), "out of memory");
        // SAFETY: a live method that nobody uses yet, and functions of the right types.
        unsafe {
            openssl_sys::BIO_meth_set_read__fixed_rust(method, Some(read));
            openssl_sys::BIO_meth_set_write__fixed_rust(method, Some(write));
            openssl_sys::BIO_meth_set_ctrl__fixed_rust(method, Some(ctrl));
            openssl_sys::BIO_meth_set_destroy__fixed_rust(method, Some(destroy));
        }
        method as usize
    });
    *address as *const BIO_METHOD
}

/// # Safety
///
/// `bio` is a live BIO of [`Wired::new`], and no other reference to its wire exists.
unsafe fn wire<'a>(bio: *mut BIO) -> &'a mut Wire {
    // SAFETY: the caller's promise.
    unsafe { &mut *BIO_get_data(bio).cast::<Wire>() }
}

unsafe extern "C" fn read(bio: *mut BIO, to: *mut c_char, len: c_int) -> c_int {
    // SAFETY: a live BIO.
    unsafe { BIO_clear_retry_flags(bio) };
    let len = match usize::try_from(len) {
        Ok(len) if len > 0 && !to.is_null() => len,
        _ => return 0,
    };
    // SAFETY: OpenSSL is at work on this session, so `Wired` lends no reference.
    match unsafe { wire(bio) }.take(len) {
        Ok(got) => {
            // SAFETY: at most the `len` bytes that OpenSSL offers, and not those of the wire.
            unsafe { to.cast::<u8>().copy_from_nonoverlapping(got.as_ptr(), got.len()) };
            c_int::try_from(got.len()).unwrap_or(c_int::MAX)
        }
        Err(Nothing::Ended(WireEnd::Closed)) => 0,
        Err(Nothing::Ended(WireEnd::Failed(_))) => -1,
        Err(Nothing::Dry | Nothing::Refused) => {
            // SAFETY: a live BIO.
            unsafe { BIO_set_retry_read(bio) };
            -1
        }
    }
}

unsafe extern "C" fn write(bio: *mut BIO, from: *const c_char, len: c_int) -> c_int {
    // SAFETY: a live BIO.
    unsafe { BIO_clear_flags(bio, BIO_FLAGS_RWS | BIO_FLAGS_SHOULD_RETRY) };
    let len = match usize::try_from(len) {
        Ok(len) if len > 0 && !from.is_null() => len,
        _ => return 0,
    };
    // SAFETY: OpenSSL offers `len` readable bytes.
    let from = unsafe { std::slice::from_raw_parts(from.cast::<u8>(), len) };
    // SAFETY: OpenSSL is at work on this session, so `Wired` lends no reference.
    match unsafe { wire(bio) }.write(from) {
        Some(taken) => c_int::try_from(taken).unwrap_or(c_int::MAX),
        None => {
            // SAFETY: a live BIO.
            unsafe { BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY) };
            -1
        }
    }
}

unsafe extern "C" fn ctrl(bio: *mut BIO, command: c_int, _: c_long, _: *mut c_void) -> c_long {
    match command {
        BIO_CTRL_FLUSH => 1,
        // SAFETY: OpenSSL is at work on this session, so `Wired` lends no reference.
        BIO_CTRL_EOF => c_long::from(unsafe { wire(bio) }.ended() == Some(WireEnd::Closed)),
        _ => 0,
    }
}

unsafe extern "C" fn destroy(bio: *mut BIO) -> c_int {
    // SAFETY: a live BIO.
    let wire = unsafe { BIO_get_data(bio).cast::<Wire>() };
    if !wire.is_null() {
        // SAFETY: a live BIO.
        unsafe { BIO_set_data(bio, std::ptr::null_mut()) };
        // SAFETY: made by `Box::into_raw` in `Wired::new`, and not used after this.
        drop(unsafe { Box::from_raw(wire) });
    }
    1
}
