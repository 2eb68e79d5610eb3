//! `SSL_CTX`: what is set once, at the start.
//!
//! Functions that can fail leave their entries in the error queue, for the caller to print.
use std::ffi::{CStr, c_int, c_long, c_void};
use std::marker::PhantomData;
use std::ptr;

use foreign_types_shared::{ForeignType, ForeignTypeRef};
use openssl::pkey::{PKey, PKeyRef, Params, Private};
use openssl::ssl::{SslContextBuilder, SslContextRef, SslMethod, SslRef};
use openssl::stack::Stack;
use openssl::x509::{X509, X509Ref};
use openssl_sys::SSL_CTX;

use super::{Stateless, default_file, process, stateless};
use crate::ffi::{self, ctrl};

fn ctx_ctrl(ctx: *mut SSL_CTX, command: c_int, number: c_long, pointer: *mut c_void) -> c_long {
    // SAFETY: every caller below passes a live context, and the pointer that the command wants.
    unsafe { openssl_sys::SSL_CTX_ctrl(ctx, command, number, pointer) }
}

/// Corresponds to `SSL_CTX_new_ex`; `None` leaves the reason in the queue.
pub fn new_context(method: SslMethod) -> Option<SslContextBuilder> {
    openssl_sys::init();
    let query = process::properties();
    // SAFETY: the method is static; a null context is the default one; the query is null or lives for ever.
    let ctx = unsafe { ffi::SSL_CTX_new_ex(ptr::null_mut(), query, method.as_ptr()) };
    // SAFETY: a new context, owned by nobody else.
    (!ctx.is_null()).then(|| unsafe { SslContextBuilder::from_ptr(ctx) })
}

/// Corresponds to `SSL_CTX_clear_mode`.
pub fn clear_mode(ctx: &mut SslContextBuilder, mode: c_long) {
    ctx_ctrl(ctx.as_ptr(), ctrl::CLEAR_MODE, mode, ptr::null_mut());
}

/// One protocol version and no other. Corresponds to `SSL_CTX_set_min_proto_version` and `…max…`.
pub fn set_version(ctx: &mut SslContextBuilder, version: u16) -> bool {
    // SAFETY: a live context.
    unsafe {
        openssl_sys::SSL_CTX_set_min_proto_version(ctx.as_ptr(), c_int::from(version)) != 0
            && openssl_sys::SSL_CTX_set_max_proto_version(ctx.as_ptr(), c_int::from(version)) != 0
    }
}

/// Older versions are refused. Corresponds to `SSL_CTX_set_min_proto_version`.
pub fn set_least_version(ctx: &mut SslContextBuilder, version: u16) -> bool {
    // SAFETY: a live context.
    unsafe { openssl_sys::SSL_CTX_set_min_proto_version(ctx.as_ptr(), c_int::from(version)) != 0 }
}

/// Applies a section of the configuration file. Corresponds to `SSL_CTX_config`.
pub fn apply_section(ctx: &mut SslContextBuilder, name: &CStr) -> bool {
    // SAFETY: a live context; the string lives during the call.
    unsafe { ffi::SSL_CTX_config(ctx.as_ptr(), name.as_ptr()) > 0 }
}

/// Corresponds to `SSL_CTX_set_max_send_fragment`; false when the size is out of range.
pub fn set_max_fragment(ctx: &mut SslContextBuilder, size: usize) -> bool {
    set_size(ctx, ctrl::SET_MAX_SEND_FRAGMENT, size)
}

/// Corresponds to `SSL_CTX_set_split_send_fragment`; false when the size is out of range.
pub fn set_split_fragment(ctx: &mut SslContextBuilder, size: usize) -> bool {
    set_size(ctx, ctrl::SET_SPLIT_SEND_FRAGMENT, size)
}

/// Corresponds to `SSL_CTX_set_max_pipelines`; false when the number is out of range.
pub fn set_pipelines(ctx: &mut SslContextBuilder, number: usize) -> bool {
    set_size(ctx, ctrl::SET_MAX_PIPELINES, number)
}

fn set_size(ctx: &mut SslContextBuilder, command: c_int, size: usize) -> bool {
    c_long::try_from(size).is_ok_and(|size| ctx_ctrl(ctx.as_ptr(), command, size, ptr::null_mut()) > 0)
}

/// Corresponds to `SSL_CTX_set_tlsext_use_srtp`.
pub fn use_srtp(ctx: &mut SslContextBuilder, profiles: &CStr) -> bool {
    // SAFETY: a live context and a C string. 0 is success.
    unsafe { openssl_sys::SSL_CTX_set_tlsext_use_srtp(ctx.as_ptr(), profiles.as_ptr()) == 0 }
}

/// Corresponds to `SSL_CTX_set_recv_max_early_data`.
pub fn set_early_data_limit(ctx: &mut SslContextBuilder, bytes: u32) {
    // SAFETY: a live context; only stores a number.
    unsafe { ffi::SSL_CTX_set_recv_max_early_data(ctx.as_ptr(), bytes) };
}

/// Corresponds to `SSL_CTX_set_default_read_buffer_len`.
pub fn set_read_buffer(ctx: &mut SslContextBuilder, size: usize) {
    // SAFETY: a live context.
    unsafe { ffi::SSL_CTX_set_default_read_buffer_len(ctx.as_ptr(), size) }
}

/// Where trusted certificates come from.
#[derive(Clone, Copy)]
pub enum TrustSource<'a> {
    /// `SSL_CTX_load_verify_file`, or [`default_file::add`].
    File(Option<&'a CStr>),
    /// `SSL_CTX_load_verify_dir`, or `SSL_CTX_set_default_verify_dir`.
    Dir(Option<&'a CStr>),
    /// `SSL_CTX_load_verify_store`, or `SSL_CTX_set_default_verify_store`.
    Store(Option<&'a CStr>),
}

/// Adds trusted certificates; without a name, those of the library's default place.
pub fn trust(ctx: &mut SslContextBuilder, source: TrustSource<'_>) -> bool {
    let ctx = ctx.as_ptr();
    // SAFETY: a live context that serves nobody yet; the strings live during the call and are copied.
    let result = unsafe {
        match source {
            TrustSource::File(Some(file)) => ffi::SSL_CTX_load_verify_file(ctx, file.as_ptr()),
            TrustSource::File(None) => default_file::add(openssl_sys::SSL_CTX_get_cert_store(ctx)).into(),
            TrustSource::Dir(Some(dir)) => ffi::SSL_CTX_load_verify_dir(ctx, dir.as_ptr()),
            TrustSource::Dir(None) => ffi::SSL_CTX_set_default_verify_dir(ctx),
            TrustSource::Store(Some(uri)) => ffi::SSL_CTX_load_verify_store(ctx, uri.as_ptr()),
            TrustSource::Store(None) => ffi::SSL_CTX_set_default_verify_store(ctx),
        }
    };
    result > 0
}

/// Corresponds to `SSL_CTX_set_dh_auto`.
pub fn set_dh_auto(ctx: &mut SslContextBuilder) {
    // SAFETY: a live context.
    unsafe { openssl_sys::SSL_CTX_set_dh_auto(ctx.as_ptr(), 1) };
}

/// Corresponds to `SSL_CTX_set0_tmp_dh_pkey`.
pub fn set_dh(ctx: &mut SslContextBuilder, params: PKey<Params>) -> bool {
    // SAFETY: a live context and key; the context takes the key when it succeeds.
    let set = unsafe { openssl_sys::SSL_CTX_set0_tmp_dh_pkey(ctx.as_ptr(), params.as_ptr()) } > 0;
    if set {
        std::mem::forget(params);
    }
    set
}

/// Corresponds to `SSL_CTX_use_certificate`.
pub fn use_certificate(ctx: &mut SslContextBuilder, cert: &X509Ref) -> bool {
    // SAFETY: a live context and certificate; the context takes a reference of its own.
    unsafe { openssl_sys::SSL_CTX_use_certificate(ctx.as_ptr(), cert.as_ptr()) > 0 }
}

/// Corresponds to `SSL_CTX_use_PrivateKey`.
pub fn use_private_key(ctx: &mut SslContextBuilder, key: &PKeyRef<Private>) -> bool {
    // SAFETY: a live context and key; the context takes a reference of its own.
    unsafe { openssl_sys::SSL_CTX_use_PrivateKey(ctx.as_ptr(), key.as_ptr()) > 0 }
}

/// Corresponds to `SSL_CTX_check_private_key`.
pub fn check_private_key(ctx: &SslContextBuilder) -> bool {
    // SAFETY: a live context.
    unsafe { openssl_sys::SSL_CTX_check_private_key(ctx.as_ptr()) > 0 }
}

/// Corresponds to `SSL_CTX_set1_chain`.
pub fn set_chain(ctx: &mut SslContextBuilder, chain: &Stack<X509>) -> bool {
    ctx_ctrl(ctx.as_ptr(), ctrl::CHAIN, 1, chain.as_ptr().cast::<c_void>()) > 0
}

/// Corresponds to `SSL_CTX_build_cert_chain`. `check`: the chain that is set is to be checked, not made.
pub fn build_chain(ctx: &mut SslContextBuilder, check: bool) -> bool {
    let flags = if check { ffi::SSL_BUILD_CHAIN_FLAG_CHECK } else { 0 };
    ctx_ctrl(ctx.as_ptr(), ctrl::BUILD_CERT_CHAIN, flags, ptr::null_mut()) > 0
}

/// Corresponds to `SSL_CTX_use_serverinfo_file`.
pub fn use_serverinfo(ctx: &mut SslContextBuilder, file: &CStr) -> bool {
    // SAFETY: a live context and a C string.
    unsafe { ffi::SSL_CTX_use_serverinfo_file(ctx.as_ptr(), file.as_ptr()) > 0 }
}

/// Corresponds to `SSL_CTX_compress_certs` with every algorithm of the library.
#[cfg(has_comp_alg)]
pub fn compress_certificates(ctx: &mut SslContextBuilder) -> bool {
    // SAFETY: a live context.
    unsafe { ffi::SSL_CTX_compress_certs(ctx.as_ptr(), 0) > 0 }
}

/// The library has no algorithm.
#[cfg(not(has_comp_alg))]
pub fn compress_certificates(_: &mut SslContextBuilder) -> bool {
    false
}

/// States, alerts and ends of handshakes go to this function: what it is, and its value. Corresponds to
/// `SSL_CTX_set_info_callback`.
pub fn set_info_callback<F: Fn(&SslRef, c_int, c_int) + Stateless>(ctx: &mut SslContextBuilder, _: F) {
    unsafe extern "C" fn info<F: Fn(&SslRef, c_int, c_int) + Stateless>(
        ssl: *const openssl_sys::SSL,
        at: c_int,
        value: c_int,
    ) {
        // SAFETY: OpenSSL passes the session that it works on, which is only read; the function was handed over.
        let (ssl, tell) = unsafe { (SslRef::from_ptr(ssl.cast_mut()), stateless::<F>()) };
        tell(ssl, at, value);
    }
    // SAFETY: a live context, a function.
    unsafe { ffi::SSL_CTX_set_info_callback(ctx.as_ptr(), Some(info::<F>)) }
}

/// One of the counters of the session cache. Corresponds to the `SSL_CTX_sess_…` macros.
pub fn counter(ctx: &SslContextRef, which: c_int) -> i64 {
    #[allow(clippy::useless_conversion, reason = "c_long has 32 bits on Windows")]
    i64::from(ctx_ctrl(ctx.as_ptr(), which, 0, ptr::null_mut()))
}

/// `SSL_CONF_CTX` for the server's options as they stand on a command line.
pub struct Conf<'a> {
    conf: *mut ffi::SSL_CONF_CTX,
    ctx: PhantomData<&'a mut SslContextBuilder>,
}

impl<'a> Conf<'a> {
    /// Commands act on `ctx`.
    pub fn new(ctx: &'a mut SslContextBuilder) -> Self {
        // SAFETY: takes nothing.
        let conf = unsafe { ffi::SSL_CONF_CTX_new() };
        assert!(!conf.is_null(), "out of memory");
        // SAFETY: a live object.
        unsafe { ffi::SSL_CONF_CTX_set_flags(conf, ffi::SSL_CONF_FLAG_SERVER | ffi::SSL_CONF_FLAG_CMDLINE) };
        // SAFETY: a live object; the context outlives it by the lifetime.
        unsafe { ffi::SSL_CONF_CTX_set_ssl_ctx(conf, ctx.as_ptr()) };
        Self { conf, ctx: PhantomData }
    }

    /// Corresponds to `SSL_CONF_cmd`.
    pub fn command(&mut self, name: &CStr, value: Option<&CStr>) -> bool {
        // SAFETY: a live object; the strings live during the call.
        unsafe { ffi::SSL_CONF_cmd(self.conf, name.as_ptr(), value.map_or(ptr::null(), CStr::as_ptr)) > 0 }
    }

    /// Corresponds to `SSL_CONF_CTX_finish`.
    pub fn finish(self) -> bool {
        // SAFETY: a live object.
        unsafe { ffi::SSL_CONF_CTX_finish(self.conf) > 0 }
    }
}

impl Drop for Conf<'_> {
    fn drop(&mut self) {
        // SAFETY: ours, used nowhere else.
        unsafe { ffi::SSL_CONF_CTX_free(self.conf) }
    }
}
