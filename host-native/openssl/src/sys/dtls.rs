//! `SSL`: what only sessions over datagrams have.
#[cfg(test)]
use std::ffi::c_uint;
use std::ffi::{c_int, c_long, c_void};
use std::ptr;
use std::time::Duration;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::SslRef;

use crate::ffi::{self, dtls_ctrl};

fn ssl_ctrl(ssl: &SslRef, command: c_int, number: c_long, pointer: *mut c_void) -> c_long {
    // SAFETY: a live session; every caller below passes the pointer that the command wants.
    unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), command, number, pointer) }
}

/// Looks at first datagrams until the wire is empty or one has the right cookie, which it keeps for the handshake; answers the
/// others. Corresponds to `DTLSv1_listen`.
pub fn listen(ssl: &mut SslRef) -> c_int {
    /// Filled in by BIOs that know the peer; ours does not.
    struct Address(*mut ffi::BIO_ADDR);
    impl Drop for Address {
        fn drop(&mut self) {
            // SAFETY: ours, or null.
            unsafe { ffi::BIO_ADDR_free(self.0) }
        }
    }
    // SAFETY: takes nothing.
    let address = Address(unsafe { ffi::BIO_ADDR_new() });
    assert!(!address.0.is_null(), "out of memory");
    // SAFETY: a live session, borrowed exclusively, and a live address.
    unsafe { ffi::DTLSv1_listen(ssl.as_ptr(), address.0) }
}

/// How long until the last flight is sent again; `None`: it is not. Corresponds to `DTLSv1_get_timeout`.
pub fn time_left(ssl: &SslRef) -> Option<Duration> {
    let mut left = libc::timeval { tv_sec: 0, tv_usec: 0 };
    let runs = ssl_ctrl(ssl, dtls_ctrl::GET_TIMEOUT, 0, (&raw mut left).cast());
    let (seconds, micros) = (u64::try_from(left.tv_sec).ok()?, u64::try_from(left.tv_usec).ok()?);
    (runs > 0).then(|| Duration::from_secs(seconds) + Duration::from_micros(micros))
}

/// Sends the last flight again if it is time: positive when it was. Corresponds to `DTLSv1_handle_timeout`.
pub fn handle_timeout(ssl: &mut SslRef) -> c_int {
    c_int::try_from(ssl_ctrl(ssl, dtls_ctrl::HANDLE_TIMEOUT, 0, ptr::null_mut())).unwrap_or(-1)
}

/// How long a packet of the link may be, with its headers. Corresponds to `DTLS_set_link_mtu`.
pub fn set_link_mtu(ssl: &mut SslRef, mtu: c_long) -> bool {
    ssl_ctrl(ssl, dtls_ctrl::SET_LINK_MTU, mtu, ptr::null_mut()) > 0
}

/// The last flight is sent again after `MICROS` microseconds, each time; less than 15 ms is at once. Corresponds to
/// `DTLS_set_timer_cb`.
#[cfg(test)]
pub fn set_timer<const MICROS: c_uint>(ssl: &SslRef) {
    unsafe extern "C" fn duration<const MICROS: c_uint>(_: *mut openssl_sys::SSL, _: c_uint) -> c_uint {
        MICROS
    }
    // SAFETY: a live session, at which nobody is at work; a function that looks at nothing.
    unsafe { ffi::DTLS_set_timer_cb(ssl.as_ptr(), Some(duration::<MICROS>)) }
}
