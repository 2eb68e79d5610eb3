//! Secure Remote Password, RFC 5054: the verifiers of a file, and the callback that asks for one.
use std::ffi::{CStr, CString, c_int, c_void};
use std::ptr::NonNull;
use std::sync::Arc;

use foreign_types_shared::ForeignTypeRef;
use openssl::ssl::{SslContextBuilder, SslRef};

use super::{Stateless, stateless};
use crate::ffi;

/// The verifiers of all users.
pub struct Verifiers(NonNull<ffi::SRP_VBASE>);

// SAFETY: nothing changes it once it is read, and a search copies what it finds.
unsafe impl Send for Verifiers {}
// SAFETY: likewise.
unsafe impl Sync for Verifiers {}

impl Verifiers {
    /// Reads a file; the library's number of the failure. With a seed unknown users have a verifier, too. Corresponds to
    /// `SRP_VBASE_init`.
    pub fn read(file: &CStr, seed: Option<&CStr>) -> Result<Self, c_int> {
        let seed = seed.map_or(std::ptr::null_mut(), |seed| seed.as_ptr().cast_mut());
        // SAFETY: null or a C string, which is copied.
        let base = unsafe { ffi::SRP_VBASE_new(seed) };
        let verifiers = Self(NonNull::new(base).expect("out of memory"));
        // SAFETY: a live object, and a C string that is only read.
        match unsafe { ffi::SRP_VBASE_init(base, file.as_ptr().cast_mut()) } {
            0 => Ok(verifiers),
            failure => Err(failure),
        }
    }

    /// Verifiers of unknown users get the group of the first known one.
    pub fn simulate_in_a_group_of_users(&mut self) {
        // SAFETY: alive, and nobody else has it yet.
        let base = unsafe { self.0.as_mut() };
        // SAFETY: a live stack of users.
        let first = unsafe { openssl_sys::OPENSSL_sk_value(base.users_pwd.cast(), 0) }.cast::<ffi::SRP_user_pwd>();
        if base.default_N.is_null() || first.is_null() {
            return;
        }
        // SAFETY: a user of this base, whose group lives as long as the base.
        (base.default_g, base.default_N) = unsafe { ((*first).g, (*first).N) };
    }

    /// The user's verifier. Corresponds to `SRP_VBASE_get1_by_user`.
    pub fn find(self: &Arc<Self>, user: &CStr) -> Option<User> {
        // SAFETY: a live object that the search does not change, and a C string that is only read.
        let found = unsafe { ffi::SRP_VBASE_get1_by_user(self.0.as_ptr(), user.as_ptr().cast_mut()) };
        Some(User { found: NonNull::new(found)?, _group_of: self.clone() })
    }
}

impl Drop for Verifiers {
    fn drop(&mut self) {
        // SAFETY: ours, not used after this.
        unsafe { ffi::SRP_VBASE_free(self.0.as_ptr()) }
    }
}

/// What the server has of a user.
pub struct User {
    found: NonNull<ffi::SRP_user_pwd>,
    /// The group is there.
    _group_of: Arc<Verifiers>,
}

// SAFETY: a copy that nobody else has, of verifiers that any thread may read.
unsafe impl Send for User {}
// SAFETY: nothing changes it.
unsafe impl Sync for User {}

impl User {
    /// What the file says about the user; `None` for one who is not in it.
    pub fn info(&self) -> Option<&[u8]> {
        // SAFETY: a live object.
        let info = unsafe { self.found.as_ref() }.info;
        // SAFETY: not null here; a C string that lives as long.
        (!info.is_null()).then(|| unsafe { CStr::from_ptr(info) }.to_bytes())
    }

    /// The session goes on with this verifier. Corresponds to `SSL_set_srp_server_param`.
    fn log_in(&self, ssl: &mut SslRef) -> bool {
        // SAFETY: a live object.
        let user = unsafe { self.found.as_ref() };
        // SAFETY: a live session, which copies the numbers.
        unsafe { ffi::SSL_set_srp_server_param(ssl.as_ptr(), user.N, user.g, user.s, user.v, std::ptr::null_mut()) > 0 }
    }
}

impl Drop for User {
    fn drop(&mut self) {
        // SAFETY: ours, not used after this; the group is not freed with it.
        unsafe { ffi::SRP_user_pwd_free(self.found.as_ptr()) }
    }
}

/// What a search for a user comes to.
pub enum Answer {
    /// Not yet: the call is interrupted with [`WANT_LOOKUP`], and the next one asks again.
    Later,
    /// This user; what is told of it once the library took it.
    User(User),
    /// Nobody: the handshake ends.
    Nobody,
}

/// A call was interrupted by [`Answer::Later`].
pub const WANT_LOOKUP: c_int = openssl_sys::SSL_ERROR_WANT_X509_LOOKUP;

/// Whoever wants to log in is looked for by this function. Corresponds to `SSL_CTX_set_srp_username_callback`.
pub fn set_search<F: Fn(&mut SslRef) -> Answer + Stateless>(ctx: &mut SslContextBuilder, _: F) {
    unsafe extern "C" fn search<F: Fn(&mut SslRef) -> Answer + Stateless>(
        ssl: *mut openssl_sys::SSL,
        alert: *mut c_int,
        _: *mut c_void,
    ) -> c_int {
        // SAFETY: OpenSSL passes the session that it works on, and the function was handed over.
        let (ssl, search) = unsafe { (SslRef::from_ptr_mut(ssl), stateless::<F>()) };
        match search(ssl) {
            Answer::Later => -1,
            Answer::User(user) if user.log_in(ssl) => 0,
            Answer::User(_) => {
                // SAFETY: a place for the alert.
                unsafe { *alert = openssl_sys::SSL_AD_INTERNAL_ERROR };
                ffi::SSL3_AL_FATAL
            }
            // The alert is unknown_psk_identity already.
            Answer::Nobody => ffi::SSL3_AL_FATAL,
        }
    }
    // SAFETY: a live context, a function that ignores its argument.
    unsafe { ffi::SSL_CTX_set_srp_username_callback(ctx.as_ptr(), Some(search::<F>)) };
}

/// Who wants to log in. Corresponds to `SSL_get_srp_username`.
pub fn user_name(ssl: &mut SslRef) -> Option<CString> {
    // SAFETY: a live session, whose text lives as long as nothing is called.
    let name = unsafe { ffi::SSL_get_srp_username(ssl.as_ptr()) };
    // SAFETY: not null here; a C string.
    (!name.is_null()).then(|| unsafe { CStr::from_ptr(name) }.to_owned())
}

/// A client that has a name and a password. Corresponds to `SSL_CTX_set_srp_password`.
#[cfg(test)]
pub fn of_client(ctx: &mut SslContextBuilder, name: &CStr, password: &CStr) -> bool {
    let ctx = ctx.as_ptr();
    // SAFETY: a live context, and C strings that are copied.
    unsafe {
        ffi::SSL_CTX_set_srp_username(ctx, name.as_ptr().cast_mut()) == 1
            && ffi::SSL_CTX_set_srp_password(ctx, password.as_ptr().cast_mut()) == 1
    }
}

/// Bits of the group that the server has named. Corresponds to `SSL_get_srp_N`.
#[cfg(test)]
pub fn group_bits(ssl: &SslRef) -> c_int {
    // SAFETY: a live session, in whose handshake the server has named it.
    unsafe { openssl_sys::BN_num_bits(ffi::SSL_get_srp_N(ssl.as_ptr())) }
}
