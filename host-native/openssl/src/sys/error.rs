//! The error queue of the calling thread.
use std::ffi::{CStr, c_char, c_int, c_ulong, c_void};

use crate::ffi;

/// Empties the queue. Corresponds to `ERR_clear_error`.
pub fn clear() {
    // It is empty as a rule, and looking costs less than clearing sixteen empty places.
    if newest() != 0 {
        // SAFETY: takes nothing, touches only this thread's queue.
        unsafe { openssl_sys::ERR_clear_error() }
    }
}

/// Hands over the queue line by line, oldest first, and empties it. Corresponds to `ERR_print_errors_cb`.
pub fn print(to: &mut dyn FnMut(&[u8])) {
    unsafe extern "C" fn line(text: *const c_char, len: usize, to: *mut c_void) -> c_int {
        // SAFETY: `to` is the pointer made below, whose target outlives the call of `ERR_print_errors_cb`.
        let to = unsafe { &mut *to.cast::<&mut dyn FnMut(&[u8])>() };
        // SAFETY: OpenSSL hands over `len` bytes.
        to(unsafe { std::slice::from_raw_parts(text.cast::<u8>(), len) });
        1
    }
    let mut to = to;
    // SAFETY: the callback gets back the pointer to `to`, with the type it expects, and only during this call.
    unsafe { ffi::ERR_print_errors_cb(line, (&raw mut to).cast::<c_void>()) }
}

/// The newest entry's code, 0 when the queue is empty. Corresponds to `ERR_peek_last_error`.
pub fn newest() -> c_ulong {
    // SAFETY: takes nothing, reads only this thread's queue.
    unsafe { openssl_sys::ERR_peek_last_error() }
}

/// Corresponds to `ERR_set_mark`.
pub fn set_mark() {
    // SAFETY: takes nothing, touches only this thread's queue.
    unsafe { ffi::ERR_set_mark() };
}

/// Drops the entries since the mark, and the mark. Corresponds to `ERR_pop_to_mark`.
pub fn pop_to_mark() {
    // SAFETY: takes nothing, touches only this thread's queue.
    unsafe { ffi::ERR_pop_to_mark() };
}

/// Drops the mark alone. Corresponds to `ERR_clear_last_mark`.
pub fn clear_mark() {
    // SAFETY: takes nothing, touches only this thread's queue.
    unsafe { ffi::ERR_clear_last_mark() };
}

/// The C library's words for one of its error numbers. Corresponds to `strerror`.
#[cfg(windows)]
pub fn c_words(number: c_int) -> String {
    // SAFETY: takes any number; the text is this thread's until its next call.
    unsafe { super::string(libc::strerror(number)) }.unwrap_or_default()
}

/// Appends to the newest entry. Corresponds to `ERR_add_error_txt`.
pub fn add(before: &CStr, text: &CStr) {
    // SAFETY: two C strings, which are copied.
    unsafe { ffi::ERR_add_error_txt(before.as_ptr(), text.as_ptr()) };
}

/// Appends an entry. Corresponds to `ERR_raise` and `ERR_raise_data`.
pub fn raise(
    library: c_int,
    reason: c_int,
    file: &'static CStr,
    line: c_int,
    function: &'static CStr,
    data: Option<&CStr>,
) {
    // SAFETY: starts an entry in this thread's queue.
    unsafe { openssl_sys::ERR_new() };
    // SAFETY: both strings are static.
    unsafe { openssl_sys::ERR_set_debug(file.as_ptr(), line, function.as_ptr()) };
    match data {
        // SAFETY: the format takes exactly one string, which lives during the call and is copied.
        Some(data) => unsafe { openssl_sys::ERR_set_error(library, reason, c"%s".as_ptr(), data.as_ptr()) },
        // SAFETY: no format, no arguments.
        None => unsafe { openssl_sys::ERR_set_error(library, reason, std::ptr::null()) },
    }
}
