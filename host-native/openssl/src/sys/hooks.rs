//! Callbacks that the `openssl` crate has no closure for: each calls the safe function that it is given.
use std::ffi::{c_int, c_long, c_uchar, c_uint, c_void};
use std::ptr;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::{SslContextBuilder, SslRef, SslSession};
use s_server_core::engine::Message;

use super::{Stateless, bytes, stateless};
use crate::ffi::{self, ctrl};
use openssl_sys::{SSL_TLSEXT_ERR_NOACK, SSL_TLSEXT_ERR_OK};

/// Session ids come from this function, which says whether it has filled the place. Corresponds to
/// `SSL_CTX_set_generate_session_id`.
pub fn set_id_generator<F: Fn(&SslRef, &mut [u8]) -> bool + Stateless>(ctx: &mut SslContextBuilder, _: F) {
    unsafe extern "C" fn generate<F: Fn(&SslRef, &mut [u8]) -> bool + Stateless>(
        ssl: *mut openssl_sys::SSL,
        id: *mut c_uchar,
        len: *mut c_uint,
    ) -> c_int {
        // SAFETY: OpenSSL passes the session, and a buffer with its length.
        let (ssl, id) = unsafe { (SslRef::from_ptr(ssl), std::slice::from_raw_parts_mut(id, *len as usize)) };
        // SAFETY: the function was handed over.
        c_int::from(unsafe { stateless::<F>() }(ssl, id))
    }
    // SAFETY: a live context, a function.
    unsafe { ffi::SSL_CTX_set_generate_session_id(ctx.as_ptr(), Some(generate::<F>)) };
}

/// The server holds a session with that id. Corresponds to `SSL_has_matching_session_id`.
pub fn has_session(ssl: &SslRef, id: &[u8]) -> bool {
    let len = c_uint::try_from(id.len()).unwrap_or(0);
    // SAFETY: a live session; the id has that length.
    unsafe { ffi::SSL_has_matching_session_id(ssl.as_ptr(), id.as_ptr(), len) != 0 }
}

/// Up to TLS 1.2, sessions with forward secrecy are not resumed. Corresponds to
/// `SSL_CTX_set_not_resumable_session_callback`.
pub fn refuse_ephemeral(ctx: &mut SslContextBuilder) {
    unsafe extern "C" fn not_resumable(_: *mut openssl_sys::SSL, is_forward_secure: c_int) -> c_int {
        is_forward_secure
    }
    // SAFETY: a live context, a function.
    unsafe { ffi::SSL_CTX_set_not_resumable_session_callback(ctx.as_ptr(), Some(not_resumable)) }
}

/// Sessions that are asked for come from `lookup`, which makes them from what sessions of the same context left.
/// Corresponds to `SSL_CTX_sess_set_get_cb`.
pub fn set_lookup(
    ctx: &mut SslContextBuilder,
    lookup: impl Fn(&mut SslRef, &[u8]) -> Option<SslSession> + Send + Sync + 'static,
) {
    // SAFETY: a session that was made from its encoding belongs to no context yet.
    unsafe { ctx.set_get_session_callback(lookup) }
}

/// NPN offers what this function says, which lives as long as the context. Corresponds to
/// `SSL_CTX_set_next_protos_advertised_cb`.
pub fn set_advertised<F: Fn(&SslRef) -> Option<&[u8]> + Stateless>(ctx: &mut SslContextBuilder, _: F) {
    extern "C" fn advertise<F: Fn(&SslRef) -> Option<&[u8]> + Stateless>(
        ssl: *mut openssl_sys::SSL,
        out: *mut *const c_uchar,
        len: *mut c_uint,
        _: *mut c_void,
    ) -> c_int {
        // SAFETY: OpenSSL passes the session that it works on, and the function was handed over.
        let (ssl, advertised) = unsafe { (SslRef::from_ptr(ssl), stateless::<F>()) };
        let Some(list) = advertised(ssl) else { return SSL_TLSEXT_ERR_NOACK };
        let Ok(count) = c_uint::try_from(list.len()) else { return SSL_TLSEXT_ERR_NOACK };
        // SAFETY: two places for the result; the list lives as long as the context.
        unsafe { (*out, *len) = (list.as_ptr(), count) };
        SSL_TLSEXT_ERR_OK
    }
    // SAFETY: a live context, a function that ignores its argument.
    unsafe { openssl_sys::SSL_CTX_set_next_protos_advertised_cb(ctx.as_ptr(), advertise::<F>, ptr::null_mut()) }
}

/// The protocol that NPN chose. Corresponds to `SSL_get0_next_proto_negotiated`.
pub fn next_protocol(ssl: &SslRef) -> Option<Vec<u8>> {
    let (mut name, mut len) = (ptr::null(), 0);
    // SAFETY: a live session and places for the result.
    unsafe { openssl_sys::SSL_get0_next_proto_negotiated(ssl.as_ptr(), &mut name, &mut len) };
    // SAFETY: null, or that many bytes of the session.
    (!name.is_null()).then(|| unsafe { bytes(name, len as usize) })
}

/// Extensions of the client go to this function: number and content. Corresponds to `SSL_set_tlsext_debug_callback`.
pub fn set_extension_callback<F: Fn(&SslRef, c_int, Vec<u8>) + Stateless>(ssl: &mut SslRef, _: F) {
    unsafe extern "C" fn extension<F: Fn(&SslRef, c_int, Vec<u8>) + Stateless>(
        ssl: *mut openssl_sys::SSL,
        _: c_int,
        number: c_int,
        data: *const c_uchar,
        len: c_int,
        _: *mut c_void,
    ) {
        // SAFETY: OpenSSL passes the session that it works on, and the extension's bytes.
        let (ssl, data) = unsafe { (SslRef::from_ptr(ssl), bytes(data, usize::try_from(len).unwrap_or(0))) };
        // SAFETY: the function was handed over.
        let tell = unsafe { stateless::<F>() };
        tell(ssl, number, data);
    }
    let callback: ffi::ExtensionCallback = extension::<F>;
    // SAFETY: function pointers have one size; the command casts it back to this type.
    let callback = unsafe { std::mem::transmute::<ffi::ExtensionCallback, unsafe extern "C" fn()>(callback) };
    // SAFETY: a live session, and the callback that the command wants.
    let _: c_long = unsafe { ffi::SSL_callback_ctrl(ssl.as_ptr(), ctrl::SET_TLSEXT_DEBUG_CB, Some(callback)) };
}

/// Messages that pass go to this function. Corresponds to `SSL_set_msg_callback`.
pub fn set_message_callback<F: Fn(&SslRef, Message) + Stateless>(ssl: &mut SslRef, _: F) {
    unsafe extern "C" fn message<F: Fn(&SslRef, Message) + Stateless>(
        sent: c_int,
        version: c_int,
        content_type: c_int,
        data: *const c_void,
        len: usize,
        ssl: *mut openssl_sys::SSL,
        _: *mut c_void,
    ) {
        // SAFETY: OpenSSL passes the session that it works on, and the message's bytes.
        let (ssl, data) = unsafe { (SslRef::from_ptr(ssl), bytes(data.cast(), len)) };
        // SAFETY: the function was handed over.
        let tell = unsafe { stateless::<F>() };
        tell(ssl, Message { sent: sent != 0, version, content_type, data, ..Message::default() });
    }
    // SAFETY: a live session, a function.
    unsafe { ffi::SSL_set_msg_callback(ssl.as_ptr(), Some(message::<F>)) }
}
