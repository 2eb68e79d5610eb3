//! `SSL`: calls that wait for an asynchronous job.
use std::ffi::c_int;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::SslRef;

use crate::ffi;

/// The call waits for what an engine or a provider computes elsewhere. Corresponds to the macro of that name.
pub const SSL_ERROR_WANT_ASYNC: c_int = 9;

/// Waits until the job can go on, where it says by which descriptors. Corresponds to `wait_for_async` in `apps/lib/s_cb.c`.
#[cfg(unix)]
pub fn wait(ssl: &SslRef) {
    let mut descriptors = [-1; 32];
    let mut count = 0;
    // SAFETY: a live session; a null array asks for the number alone.
    let told = unsafe { ffi::SSL_get_all_async_fds(ssl.as_ptr(), std::ptr::null_mut(), &mut count) };
    if told != 1 || !(1..=descriptors.len()).contains(&count) {
        return std::thread::yield_now();
    }
    // SAFETY: a live session; the array has room for that many.
    unsafe { ffi::SSL_get_all_async_fds(ssl.as_ptr(), descriptors.as_mut_ptr(), &mut count) };
    let mut polled = descriptors.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
    // SAFETY: an array with its length. Interrupted or failed: the job says that it still waits.
    unsafe { libc::poll(polled.as_mut_ptr(), count as libc::nfds_t, -1) };
}

/// Lets others work before the job is asked again.
#[cfg(not(unix))]
pub fn wait(_: &SslRef) {
    std::thread::yield_now();
}
