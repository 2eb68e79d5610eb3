//! The security callback, and the decisions of the library's own one.
use std::ffi::{CStr, c_char, c_int, c_uint, c_void};
use std::ptr;
use std::sync::OnceLock;

use foreign_types_shared::ForeignTypeRef;
use openssl::nid::Nid;
use openssl::ssl::{SslContextBuilder, SslContextRef, SslRef};
use openssl::x509::X509Ref;
use openssl_sys::{SSL, SSL_CIPHER, SSL_CTX};

use super::{Stateless, stateless, string};
use crate::ffi::{self, secop};

/// What a decision is about.
pub enum Subject {
    /// A protocol version.
    Version(c_int),
    /// A cipher suite.
    Suite(String),
    /// A group.
    Curve(String),
    /// A signature scheme, RFC 8446 section 4.2.3.
    Scheme(u16),
    /// A certificate's key: kind and bits.
    Key(String, u32),
    /// A certificate without a key.
    NoKey,
    /// The digest of a certificate's signature.
    Digest(String),
    /// Something that has no name.
    Other,
}

/// A decision of the library.
pub struct Decision {
    /// What it decides: `SSL_SECOP_…`.
    pub op: c_int,
    /// Bits of security.
    pub bits: c_int,
    /// What it is about.
    pub subject: Subject,
    /// The verdict.
    pub allowed: bool,
}

/// The library's own callback, which ours asks.
static LIBRARY: OnceLock<ffi::SecurityCallback> = OnceLock::new();

/// Decisions are told to this function, with the session or the context that they are made for. Corresponds to
/// `SSL_CTX_set_security_callback`.
pub fn watch<F>(ctx: &mut SslContextBuilder, _: F)
where
    F: Fn(Option<&SslRef>, Option<&SslContextRef>, &Decision) + Stateless,
{
    // SAFETY: a live context.
    if let Some(callback) = unsafe { ffi::SSL_CTX_get_security_callback(ctx.as_ptr()) } {
        LIBRARY.get_or_init(|| callback);
        // SAFETY: a live context, a function.
        unsafe { ffi::SSL_CTX_set_security_callback(ctx.as_ptr(), Some(decide::<F>)) };
    }
}

unsafe extern "C" fn decide<F>(
    ssl: *const SSL,
    ctx: *const SSL_CTX,
    op: c_int,
    bits: c_int,
    nid: c_int,
    other: *mut c_void,
    ex: *mut c_void,
) -> c_int
where
    F: Fn(Option<&SslRef>, Option<&SslContextRef>, &Decision) + Stateless,
{
    // Installed only after the library's own is known.
    let Some(library) = LIBRARY.get() else { return 0 };
    // SAFETY: the arguments are those that OpenSSL passed.
    let verdict = unsafe { library(ssl, ctx, op, bits, nid, other, ex) };
    // SAFETY: `other` is what `op` says, by the contract of the callback.
    let subject = unsafe { subject(op, nid, other) };
    // SAFETY: OpenSSL passes a session or a context, which are only read.
    let (ssl, ctx) = unsafe {
        let ctx = (!ctx.is_null()).then(|| SslContextRef::from_ptr(ctx.cast_mut()));
        ((!ssl.is_null()).then(|| SslRef::from_ptr(ssl.cast_mut())), ctx)
    };
    // SAFETY: the function was handed over.
    let tell = unsafe { stateless::<F>() };
    tell(ssl, ctx, &Decision { op, bits, subject, allowed: verdict == 1 });
    verdict
}

/// # Safety
///
/// `other` points to what the bits [`secop::OTHER_TYPE`] of `op` say, or is null.
unsafe fn subject(op: c_int, nid: c_int, other: *mut c_void) -> Subject {
    match (op as c_uint & secop::OTHER_TYPE) as c_int {
        _ if op == secop::VERSION => Subject::Version(nid),
        // SAFETY: a suite, by the caller's promise; its name is static.
        secop::OTHER_CIPHER if !other.is_null() => unsafe {
            Subject::Suite(string(openssl_sys::SSL_CIPHER_get_name(other.cast::<SSL_CIPHER>())).unwrap_or_default())
        },
        secop::OTHER_CURVE => Subject::Curve(curve_name(nid)),
        secop::OTHER_SIGALG if !other.is_null() => {
            // SAFETY: the two bytes of a signature scheme, by the caller's promise.
            let [high, low] = unsafe { *other.cast::<[u8; 2]>() };
            Subject::Scheme(u16::from_be_bytes([high, low]))
        }
        secop::OTHER_CERT if !other.is_null() => {
            // SAFETY: a certificate, by the caller's promise.
            let cert = unsafe { X509Ref::from_ptr(other.cast()) };
            if op & !secop::PEER == secop::CA_MD {
                let digest = cert.signature_algorithm().object().nid();
                return Subject::Digest(digest.short_name().unwrap_or("UNDEF").to_owned());
            }
            match cert.public_key() {
                // SAFETY: a live key; the name lives as long as it.
                Ok(key) => unsafe {
                    let kind = string(ffi::EVP_PKEY_get0_type_name(key.as_ptr()));
                    Subject::Key(kind.unwrap_or_default(), key.bits())
                },
                Err(_) => Subject::NoKey,
            }
        }
        _ => Subject::Other,
    }
}

/// Corresponds to `EC_curve_nid2nist`, and `OBJ_nid2sn` where there is no such name.
fn curve_name(nid: c_int) -> String {
    // SAFETY: takes a number; the result is null or static.
    let nist: *const c_char = unsafe { ffi::EC_curve_nid2nist(nid) };
    if nist.is_null() {
        return Nid::from_raw(nid).short_name().unwrap_or("UNDEF").to_owned();
    }
    // SAFETY: a static C string.
    unsafe { CStr::from_ptr(nist) }.to_string_lossy().into_owned()
}

/// Whether the security level of a session lets both sides share a suite; nothing is told about it.
///
/// # Safety
///
/// `cipher` is a live suite.
pub unsafe fn allows(ssl: &SslRef, cipher: *const SSL_CIPHER) -> bool {
    // SAFETY: a live session.
    let callback = LIBRARY.get().copied().or_else(|| unsafe { ffi::SSL_get_security_callback(ssl.as_ptr()) });
    // SAFETY: a live suite, by the caller's promise.
    let bits = unsafe { openssl_sys::SSL_CIPHER_get_bits(cipher, ptr::null_mut()) };
    let suite = cipher.cast_mut().cast::<c_void>();
    // SAFETY: the arguments that OpenSSL itself passes for this decision.
    callback.is_none_or(|ask| unsafe {
        ask(ssl.as_ptr(), ptr::null(), secop::CIPHER_SHARED, bits, 0, suite, ptr::null_mut()) == 1
    })
}
