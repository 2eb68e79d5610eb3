//! The BIO through which a session reaches the wire that it is lent.
//!
//! The stream BIO of the `openssl` crate cannot report the end of a stream: OpenSSL asks with `BIO_CTRL_EOF`, and only
//! with that answer comes `unexpected eof while reading`, or the clean end of `-ignore_unexpected_eof`.
//!
//! ```text
//!   Wired::lend(wire, call) --sets--> Place.lent <--reads, sends-- BIO <-- SSL, while `call` is at work
//!                           --clears, whatever comes of `call`
//! ```
use std::ffi::{c_char, c_int, c_long, c_void};
use std::ptr::NonNull;
use std::sync::OnceLock;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::{Ssl, SslRef};
use openssl_sys::{
    BIO, BIO_CTRL_EOF, BIO_CTRL_FLUSH, BIO_FLAGS_RWS, BIO_FLAGS_SHOULD_RETRY, BIO_FLAGS_WRITE, BIO_METHOD,
    BIO_clear_flags, BIO_clear_retry_flags, BIO_get_data, BIO_set_data, BIO_set_flags, BIO_set_init,
    BIO_set_retry_read,
};
use s_server_core::io::WireEnd;
use s_server_core::lent::LentWire;

use super::ffi;
use super::wire::{Nothing, Watch};

/// What a BIO of ours has.
struct Place {
    watch: Watch,
    /// The wire, while it is lent. What it points to lives and is used by nobody else as long as it stands here.
    lent: Option<NonNull<LentWire<'static>>>,
}

/// A session with a BIO whose place is reached only through it, so that nobody else touches it while OpenSSL works.
pub struct Wired(Ssl);

impl Wired {
    /// Puts `ssl` behind `watch`.
    pub fn new(ssl: Ssl, watch: Watch) -> Self {
        // SAFETY: the method is static; a null result is an allocation failure.
        let bio = unsafe { openssl_sys::BIO_new(method()) };
        assert!(!bio.is_null(), "out of memory");
        let place = Box::new(Place { watch, lent: None });
        // SAFETY: a live BIO of ours; it owns the place from now on, until `destroy`.
        unsafe { BIO_set_data(bio, Box::into_raw(place).cast::<c_void>()) };
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

    /// The session, to be asked for what does not reach the wire: that would find nothing, and refuse what is sent.
    pub fn ssl_mut(&mut self) -> &mut SslRef {
        &mut self.0
    }

    /// Lends the session the wire while `call` is at work with it.
    pub fn lend<T>(&mut self, wire: &mut LentWire<'_>, call: impl FnOnce(&mut SslRef) -> T) -> T {
        /// Takes the wire back, also from a call that panics.
        struct Lending<'a>(&'a mut Wired);
        impl Drop for Lending<'_> {
            fn drop(&mut self) {
                self.0.place_mut().lent = None;
            }
        }
        // The lifetime is no longer than `wire` is borrowed: the pointer is gone when this returns.
        self.place_mut().lent = Some(NonNull::from(&mut *wire).cast());
        let lending = Lending(self);
        let result = call(&mut lending.0.0);
        drop(lending);
        self.watch_mut().release(wire);
        result
    }

    /// What was seen of the wire.
    pub fn watch(&self) -> &Watch {
        // SAFETY: a `Place` that lives as long as the session; whoever could change it needs `&mut self`.
        unsafe { &(*self.pointer()).watch }
    }

    /// The same, before a call.
    pub fn watch_mut(&mut self) -> &mut Watch {
        &mut self.place_mut().watch
    }

    fn place_mut(&mut self) -> &mut Place {
        // SAFETY: a `Place` that lives as long as the session, which is borrowed exclusively: OpenSSL is not at work.
        unsafe { &mut *self.pointer() }
    }

    fn pointer(&self) -> *mut Place {
        // SAFETY: a live session with the BIO of `new`.
        unsafe { BIO_get_data(openssl_sys::SSL_get_rbio(self.0.as_ptr())).cast::<Place>() }
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
/// `bio` is a live BIO of [`Wired::new`], and no other reference to its place exists, or to the wire that is lent to it.
unsafe fn place<'a>(bio: *mut BIO) -> (&'a mut Watch, Option<&'a mut LentWire<'a>>) {
    // SAFETY: the caller's promise.
    let place = unsafe { &mut *BIO_get_data(bio).cast::<Place>() };
    // SAFETY: it lives while it stands there, and is borrowed for `Wired::lend` alone.
    let lent = place.lent.map(|lent| unsafe { lent.cast().as_mut() });
    (&mut place.watch, lent)
}

unsafe extern "C" fn read(bio: *mut BIO, to: *mut c_char, len: c_int) -> c_int {
    // SAFETY: a live BIO.
    unsafe { BIO_clear_retry_flags(bio) };
    let len = match usize::try_from(len) {
        Ok(len) if len > 0 && !to.is_null() => len,
        _ => return 0,
    };
    // SAFETY: OpenSSL is at work on this session, so `Wired` gives out no reference.
    let (watch, lent) = unsafe { place(bio) };
    match watch.take(lent, len) {
        Ok(got) => {
            // SAFETY: at most the `len` bytes that OpenSSL offers, and not those of the wire.
            unsafe { to.cast::<u8>().copy_from_nonoverlapping(got.as_ptr(), got.len()) };
            c_int::try_from(got.len()).unwrap_or(c_int::MAX)
        }
        Err(Nothing::Ended(WireEnd::Closed | WireEnd::Restarted)) => 0,
        Err(Nothing::Ended(WireEnd::Failed(_))) => -1,
        Err(Nothing::Dry | Nothing::Refused | Nothing::NotLent) => {
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
    // SAFETY: OpenSSL is at work on this session, so `Wired` gives out no reference.
    let (watch, lent) = unsafe { place(bio) };
    match watch.write(lent, from) {
        Some(taken) => c_int::try_from(taken).unwrap_or(c_int::MAX),
        None => {
            // SAFETY: a live BIO.
            unsafe { BIO_set_flags(bio, BIO_FLAGS_WRITE | BIO_FLAGS_SHOULD_RETRY) };
            -1
        }
    }
}

unsafe extern "C" fn ctrl(bio: *mut BIO, command: c_int, number: c_long, _: *mut c_void) -> c_long {
    if command == BIO_CTRL_FLUSH {
        return 1;
    }
    // SAFETY: OpenSSL is at work on this session, so `Wired` gives out no reference.
    let (watch, lent) = unsafe { place(bio) };
    match command {
        BIO_CTRL_EOF => c_long::from(lent.and_then(|wire| wire.unread.end()) == Some(WireEnd::Closed)),
        command => watch.link().map_or(0, |link| link.answer(command, number)),
    }
}

unsafe extern "C" fn destroy(bio: *mut BIO) -> c_int {
    // SAFETY: a live BIO.
    let place = unsafe { BIO_get_data(bio).cast::<Place>() };
    if !place.is_null() {
        // SAFETY: a live BIO.
        unsafe { BIO_set_data(bio, std::ptr::null_mut()) };
        // SAFETY: made by `Box::into_raw` in `Wired::new`, and not used after this.
        drop(unsafe { Box::from_raw(place) });
    }
    1
}

#[cfg(test)]
mod tests {
    use super::super::sys::session as sys;
    use super::*;
    use openssl::ssl::{SslContext, SslMethod};
    use s_server_core::lent::Inbox;

    fn client() -> Wired {
        let context = SslContext::builder(SslMethod::tls_client()).unwrap().build();
        let mut ssl = Ssl::new(&context).unwrap();
        ssl.set_connect_state();
        Wired::new(ssl, Watch::new(None))
    }

    #[test]
    fn a_call_without_a_wire_waits_and_goes_on_with_one() {
        let mut wired = client();
        let result = sys::do_handshake(wired.ssl_mut());
        assert_eq!(sys::error(wired.ssl(), result), openssl_sys::SSL_ERROR_WANT_WRITE);
        let (mut inbox, mut sent) = (Inbox::default(), Vec::new());
        let mut send = |bytes: &[u8]| sent.extend_from_slice(bytes);
        let result = wired.lend(&mut inbox.lend(&[], &mut send), sys::do_handshake);
        assert_eq!(sys::error(wired.ssl(), result), openssl_sys::SSL_ERROR_WANT_READ);
        assert!(wired.watch().starved() && sent.starts_with(&[22, 3, 1]));
        wired.watch_mut().begin();
        let result = sys::do_handshake(wired.ssl_mut());
        assert_eq!(sys::error(wired.ssl(), result), openssl_sys::SSL_ERROR_WANT_READ);
        assert!(!wired.watch().starved());
    }

    #[test]
    fn a_call_that_panics_gives_the_wire_back() {
        let mut wired = client();
        let panics = std::panic::AssertUnwindSafe(|| {
            wired.lend(&mut Inbox::default().lend(&[], &mut |_| {}), |_| panic!("on purpose"))
        });
        assert!(std::panic::catch_unwind(panics).is_err());
        assert_eq!(wired.place_mut().lent, None);
    }
}
