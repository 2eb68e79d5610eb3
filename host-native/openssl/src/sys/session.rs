//! `SSL`: moving a session, and asking what it is.
use std::ffi::{CStr, c_char, c_int, c_long, c_uchar, c_uint, c_void};
use std::ptr;

use foreign_types_shared::ForeignTypeRef;
use openssl::nid::Nid;
use openssl::pkey::Id;
use openssl::ssl::{SslRef, SslSessionRef};
use openssl::x509::X509NameRef;
use s_server_core::engine::{EarlyData, EarlyRead};

use super::{bytes, printed, security, static_string, string};
use crate::ffi::{self, ctrl};

/// A key update's request, RFC 8446 section 4.6.3.
#[derive(Clone, Copy)]
pub enum KeyUpdate {
    /// The peer may keep its keys.
    NotRequested,
    /// The peer has to update its keys too.
    Requested,
}

fn ssl_ctrl(ssl: &SslRef, command: c_int, number: c_long, pointer: *mut c_void) -> c_long {
    // SAFETY: a live session; every caller below passes the pointer that the command wants, and only asks.
    unsafe { openssl_sys::SSL_ctrl(ssl.as_ptr(), command, number, pointer) }
}

/// Corresponds to `SSL_get_error`.
pub fn error(ssl: &SslRef, result: c_int) -> c_int {
    // SAFETY: a live session.
    unsafe { openssl_sys::SSL_get_error(ssl.as_ptr(), result) }
}

/// Corresponds to `SSL_accept`.
pub fn accept(ssl: &mut SslRef) -> c_int {
    // SAFETY: a live session, borrowed exclusively.
    unsafe { openssl_sys::SSL_accept(ssl.as_ptr()) }
}

/// Appends at most `most` bytes to `out`. Corresponds to `SSL_read_ex`; the error is its result.
pub fn read(ssl: &mut SslRef, out: &mut Vec<u8>, most: usize) -> Result<usize, c_int> {
    let before = out.len();
    // SAFETY: a live session, borrowed exclusively; there are `most` writable bytes, of which the call says how many it wrote.
    let result = unsafe { fill(out, most, |room, got| openssl_sys::SSL_read_ex(ssl.as_ptr(), room, most, got)) };
    if result > 0 { Ok(out.len() - before) } else { Err(result) }
}

/// Appends what a call writes.
///
/// # Safety
///
/// The call writes at most `most` bytes to the room that it is given, and says how many if its result is above 0. Otherwise
/// what it says means nothing: a job that is interrupted says the number of the call before.
unsafe fn fill(out: &mut Vec<u8>, most: usize, call: impl FnOnce(*mut c_void, &mut usize) -> c_int) -> c_int {
    out.reserve(most);
    let mut got = 0;
    let result = call(out.spare_capacity_mut().as_mut_ptr().cast::<c_void>(), &mut got);
    if result > 0 {
        // SAFETY: the first `got` of the reserved bytes are written now, by the caller's promise.
        unsafe { out.set_len(out.len() + got) };
    }
    result
}

/// Corresponds to `SSL_write_ex`; the error is its result.
pub fn write(ssl: &mut SslRef, data: &[u8]) -> Result<usize, c_int> {
    let mut taken = 0;
    // SAFETY: a live session, borrowed exclusively; `data` is readable.
    let result = unsafe { openssl_sys::SSL_write_ex(ssl.as_ptr(), data.as_ptr().cast(), data.len(), &mut taken) };
    if result > 0 { Ok(taken) } else { Err(result) }
}

/// Corresponds to `SSL_do_handshake`.
pub fn do_handshake(ssl: &mut SslRef) -> c_int {
    // SAFETY: a live session, borrowed exclusively.
    unsafe { openssl_sys::SSL_do_handshake(ssl.as_ptr()) }
}

/// Corresponds to `SSL_shutdown`.
pub fn shutdown(ssl: &mut SslRef) -> c_int {
    // SAFETY: a live session, borrowed exclusively.
    unsafe { openssl_sys::SSL_shutdown(ssl.as_ptr()) }
}

/// Corresponds to `SSL_renegotiate`.
pub fn renegotiate(ssl: &mut SslRef) -> c_int {
    // SAFETY: a live session, borrowed exclusively.
    unsafe { ffi::SSL_renegotiate(ssl.as_ptr()) }
}

/// Corresponds to `SSL_key_update`.
pub fn key_update(ssl: &mut SslRef, update: KeyUpdate) -> c_int {
    let update = match update {
        KeyUpdate::NotRequested => ffi::SSL_KEY_UPDATE_NOT_REQUESTED,
        KeyUpdate::Requested => ffi::SSL_KEY_UPDATE_REQUESTED,
    };
    // SAFETY: a live session, borrowed exclusively.
    unsafe { ffi::SSL_key_update(ssl.as_ptr(), update) }
}

/// Corresponds to `SSL_verify_client_post_handshake`.
pub fn request_certificate(ssl: &mut SslRef) -> c_int {
    // SAFETY: a live session, borrowed exclusively.
    unsafe { ffi::SSL_verify_client_post_handshake(ssl.as_ptr()) }
}

/// Corresponds to `SSL_version`: 0x0303 is TLS 1.2.
pub fn version(ssl: &SslRef) -> c_int {
    // SAFETY: a live session.
    unsafe { openssl_sys::SSL_version(ssl.as_ptr()) }
}

/// Corresponds to `SSL_get_options`, as far as the bits of `mask` go.
pub fn has_option(ssl: &SslRef, mask: u64) -> bool {
    // SAFETY: a live session.
    unsafe { ffi::SSL_get_options(ssl.as_ptr()) & mask != 0 }
}

/// Whether RFC 5746 is in force. Corresponds to `SSL_get_secure_renegotiation_support`.
pub fn secure_renegotiation(ssl: &SslRef) -> bool {
    ssl_ctrl(ssl, ctrl::GET_RI_SUPPORT, 0, ptr::null_mut()) != 0
}

/// Begins anew with the ClientHello that is on the wire: 1 when it has the right cookie, 0 when it was answered with one.
/// Corresponds to `SSL_stateless`.
pub fn stateless(ssl: &mut SslRef) -> c_int {
    // SAFETY: a live session, borrowed exclusively.
    unsafe { ffi::SSL_stateless(ssl.as_ptr()) }
}

/// Appends at most `most` bytes of early data to `out`; the error is the result for `SSL_get_error`. Corresponds to
/// `SSL_read_early_data`.
pub fn read_early(ssl: &mut SslRef, out: &mut Vec<u8>, most: usize) -> Result<EarlyRead, c_int> {
    // SAFETY: a live session, borrowed exclusively; there are `most` writable bytes, of which the call says how many it wrote.
    let result = unsafe { fill(out, most, |room, got| ffi::SSL_read_early_data(ssl.as_ptr(), room, most, got)) };
    match result {
        ffi::SSL_READ_EARLY_DATA_SUCCESS => Ok(EarlyRead::Data),
        ffi::SSL_READ_EARLY_DATA_FINISH => Ok(EarlyRead::End(early_data(ssl))),
        _ => Err(0),
    }
}

/// Corresponds to `SSL_get_early_data_status`.
pub fn early_data(ssl: &SslRef) -> EarlyData {
    // SAFETY: a live session.
    match unsafe { ffi::SSL_get_early_data_status(ssl.as_ptr()) } {
        1 => EarlyData::Rejected,
        2 => EarlyData::Accepted,
        _ => EarlyData::NotSent,
    }
}

/// Corresponds to `SSL_get_psk_identity`.
pub fn psk_identity(ssl: &SslRef) -> Option<Vec<u8>> {
    // SAFETY: a live session, whose text lives as long.
    let identity = unsafe { openssl_sys::SSL_get_psk_identity(ssl.as_ptr()) };
    // SAFETY: not null here; a C string.
    (!identity.is_null()).then(|| unsafe { CStr::from_ptr(identity) }.to_bytes().to_vec())
}

/// Suites of both sides, joined by colons. Corresponds to `SSL_get_shared_ciphers`.
pub fn shared_ciphers(ssl: &SslRef) -> Option<String> {
    let mut text = vec![0_u8; 16_384];
    // SAFETY: a live session and a writable buffer of that size; the result is null or the buffer.
    unsafe { string(ffi::SSL_get_shared_ciphers(ssl.as_ptr(), text.as_mut_ptr().cast(), 16_384)) }
}

/// A cipher suite that the server offers.
pub struct Suite {
    /// Its name.
    pub name: &'static str,
    /// The lowest version that has it.
    pub version: &'static str,
    /// How keys are exchanged: one of [`ffi::nid`], or another number.
    pub exchange: c_int,
    /// How the server is authenticated, likewise.
    pub authentication: c_int,
    /// The security level lets both sides share it.
    pub allowed: bool,
}

/// Every suite that the server offers. Corresponds to `SSL_get_ciphers`.
pub fn suites(ssl: &SslRef) -> Vec<Suite> {
    // SAFETY: a live session, which keeps the list.
    let list = unsafe { ffi::SSL_get_ciphers(ssl.as_ptr()) }.cast::<openssl_sys::OPENSSL_STACK>();
    // SAFETY: a live list or null, for which the number is -1.
    let len = unsafe { openssl_sys::OPENSSL_sk_num(list) };
    let suite = |index| {
        // SAFETY: the list has that index and holds `SSL_CIPHER`s, which are static or live as long as the session.
        let cipher = unsafe { openssl_sys::OPENSSL_sk_value(list, index) }.cast::<openssl_sys::SSL_CIPHER>();
        // SAFETY: a live cipher; both texts are static.
        unsafe {
            Suite {
                name: static_string(openssl_sys::SSL_CIPHER_get_name(cipher)),
                version: static_string(openssl_sys::SSL_CIPHER_get_version(cipher)),
                exchange: ffi::SSL_CIPHER_get_kx_nid(cipher),
                authentication: ffi::SSL_CIPHER_get_auth_nid(cipher),
                allowed: security::allows(ssl, cipher),
            }
        }
    };
    (0..len).map(suite).collect()
}

/// Kinds of the server's keys. Corresponds to `SSL_set_current_cert` and `SSL_get_certificate`.
pub fn key_kinds(ssl: &SslRef) -> Vec<Id> {
    let step = |to| ssl_ctrl(ssl, ctrl::SET_CURRENT_CERT, to, ptr::null_mut()) > 0;
    let mut kinds = Vec::new();
    let mut more = step(ffi::SSL_CERT_SET_FIRST);
    while more {
        kinds.extend(ssl.certificate().and_then(|cert| cert.public_key().ok()).map(|key| key.id()));
        more = step(ffi::SSL_CERT_SET_NEXT);
    }
    // Back to the one of the handshake.
    step(ffi::SSL_CERT_SET_SERVER);
    kinds
}

/// Keying material, RFC 5705; the reason of a failure is in the queue. Corresponds to `SSL_export_keying_material`.
pub fn export(ssl: &SslRef, label: &[u8], length: usize) -> Option<Vec<u8>> {
    let mut material = Vec::new();
    material.try_reserve_exact(length).ok()?;
    material.resize(length, 0);
    // SAFETY: a live session; both buffers have their lengths; without a context its pointer is not looked at.
    let exported = unsafe {
        openssl_sys::SSL_export_keying_material(
            ssl.as_ptr(),
            material.as_mut_ptr(),
            length,
            label.as_ptr().cast(),
            label.len(),
            ptr::null(),
            0,
            0,
        )
    };
    (exported > 0).then_some(material)
}

/// The ClientHello's cipher suites, and how many bytes one takes. Corresponds to `SSL_get0_raw_cipherlist`.
pub fn raw_cipher_list(ssl: &SslRef) -> (Vec<u8>, usize) {
    let size = usize::try_from(ssl_ctrl(ssl, ctrl::GET_RAW_CIPHERLIST, 0, ptr::null_mut())).unwrap_or(0);
    let mut list: *const c_uchar = ptr::null();
    let len = ssl_ctrl(ssl, ctrl::GET_RAW_CIPHERLIST, 0, (&raw mut list).cast());
    // SAFETY: the command stored a pointer to that many bytes of the session, or left it null.
    (unsafe { bytes(list, usize::try_from(len).unwrap_or(0)) }, size)
}

/// The name of a cipher suite. Corresponds to `SSL_CIPHER_find`.
pub fn cipher_name(ssl: &SslRef, id: [u8; 2]) -> Option<String> {
    // SAFETY: a live session; two bytes are what TLS has.
    let cipher = unsafe { ffi::SSL_CIPHER_find(ssl.as_ptr(), id.as_ptr()) };
    // SAFETY: a static cipher; its name is static.
    if cipher.is_null() { None } else { unsafe { string(openssl_sys::SSL_CIPHER_get_name(cipher)) } }
}

/// Signature schemes of the ClientHello, or those of them that the server shares.
/// Corresponds to `SSL_get_sigalgs` and `SSL_get_shared_sigalgs`.
pub fn signature_schemes(ssl: &SslRef, shared: bool) -> Vec<u16> {
    let ask = if shared { ffi::SSL_get_shared_sigalgs } else { ffi::SSL_get_sigalgs };
    let (mut sign, mut hash) = (0, 0);
    let none = ptr::null_mut();
    // SAFETY: a live session; the results may be null. An index that does not exist gives 0.
    let len = unsafe { ask(ssl.as_ptr(), 0, none, none, none, &mut sign, &mut hash) };
    let scheme = |index| {
        let (mut sign, mut hash) = (0, 0);
        // SAFETY: as above.
        unsafe { ask(ssl.as_ptr(), index, none, none, none, &mut sign, &mut hash) };
        u16::from_be_bytes([hash, sign])
    };
    (0..len).map(scheme).collect()
}

/// Digest of the peer's signature. Corresponds to `SSL_get_peer_signature_nid`.
pub fn peer_signature_digest(ssl: &SslRef) -> Option<Nid> {
    let mut nid: c_int = 0;
    let known = ssl_ctrl(ssl, ctrl::GET_PEER_SIGNATURE_NID, 0, (&raw mut nid).cast());
    (known > 0 && nid != 0).then(|| Nid::from_raw(nid))
}

/// Kind of the peer's signature. Corresponds to `SSL_get_peer_signature_type_nid`.
#[cfg(not(ossl350))]
pub fn peer_signature_type(ssl: &SslRef) -> Option<Nid> {
    let mut nid = 0;
    // SAFETY: a live session and a place for the number.
    let known = unsafe { ffi::SSL_get_peer_signature_type_nid(ssl.as_ptr(), &mut nid) };
    (known > 0).then(|| Nid::from_raw(nid))
}

/// Whose signature.
#[cfg(ossl350)]
#[derive(Clone, Copy)]
pub enum Signer {
    /// Corresponds to `SSL_get0_signature_name`.
    Own,
    /// Corresponds to `SSL_get0_peer_signature_name`.
    Peer,
}

/// Name of the scheme with which one side signed.
#[cfg(ossl350)]
pub fn signature_name(ssl: &SslRef, signer: Signer) -> Option<String> {
    let command = match signer {
        Signer::Own => ctrl::GET_SIGNATURE_NAME,
        Signer::Peer => ctrl::GET_PEER_SIGNATURE_NAME,
    };
    let mut name: *const c_char = ptr::null();
    let known = ssl_ctrl(ssl, command, 0, (&raw mut name).cast());
    // SAFETY: the command stored a string of the library, or left the pointer null.
    if known > 0 { unsafe { string(name) } } else { None }
}

/// ec_point_formats of the ClientHello. Corresponds to `SSL_get0_ec_point_formats`.
pub fn point_formats(ssl: &SslRef) -> Vec<u8> {
    let mut list: *const u8 = ptr::null();
    let len = ssl_ctrl(ssl, ctrl::GET_EC_POINT_FORMATS, 0, (&raw mut list).cast());
    // SAFETY: the command stored a pointer to that many bytes of the session, or left it null.
    unsafe { bytes(list, usize::try_from(len).unwrap_or(0)) }
}

/// supported_groups of the ClientHello, as the library numbers them. Corresponds to `SSL_get1_groups`.
pub fn groups(ssl: &SslRef) -> Vec<c_int> {
    let len = usize::try_from(ssl_ctrl(ssl, ctrl::GET_GROUPS, 0, ptr::null_mut())).unwrap_or(0);
    let mut groups: Vec<c_int> = vec![0; len];
    if len > 0 {
        ssl_ctrl(ssl, ctrl::GET_GROUPS, 0, groups.as_mut_ptr().cast());
    }
    groups
}

/// The groups of both sides. Corresponds to `SSL_get_shared_group`.
pub fn shared_groups(ssl: &SslRef) -> Vec<c_int> {
    let ask = |index| ssl_ctrl(ssl, ctrl::GET_SHARED_GROUP, index, ptr::null_mut());
    #[allow(clippy::cast_possible_truncation, reason = "the number of a group is an int")]
    (0..ask(-1)).map(|index| ask(index) as c_int).collect()
}

/// The group of the handshake. Corresponds to `SSL_get_negotiated_group`.
#[cfg(ossl350)]
pub fn negotiated_group(ssl: &SslRef) -> c_int {
    #[allow(clippy::cast_possible_truncation, reason = "the number of a group is an int")]
    let group = ssl_ctrl(ssl, ctrl::GET_NEGOTIATED_GROUP, 0, ptr::null_mut()) as c_int;
    group
}

/// Corresponds to `SSL_group_to_name`.
pub fn group_name(ssl: &SslRef, group: c_int) -> Option<String> {
    // SAFETY: a live session; the result is null or a string that lives as long as it.
    unsafe { string(ffi::SSL_group_to_name(ssl.as_ptr(), group)) }
}

/// Hands over each name of the client's certificate_authorities. Corresponds to `SSL_get0_peer_CA_list`.
pub fn peer_ca_names(ssl: &SslRef, to: &mut dyn FnMut(&X509NameRef)) {
    // SAFETY: a live session, which keeps the list.
    let list = unsafe { ffi::SSL_get0_peer_CA_list(ssl.as_ptr()) }.cast::<openssl_sys::OPENSSL_STACK>();
    // SAFETY: a live list or null, for which the number is -1.
    for index in 0..unsafe { openssl_sys::OPENSSL_sk_num(list) } {
        // SAFETY: the list has that index and holds names, which live as long as it.
        to(unsafe { X509NameRef::from_ptr(openssl_sys::OPENSSL_sk_value(list, index).cast()) });
    }
}

/// The name that matched `-verify_hostname`. Corresponds to `SSL_get0_peername`.
pub fn verified_name(ssl: &SslRef) -> Option<String> {
    // SAFETY: a live session; the result is null or a string that lives as long as it.
    unsafe { string(ffi::SSL_get0_peername(ssl.as_ptr())) }
}

/// Corresponds to `PEM_write_bio_SSL_SESSION`.
pub fn session_pem(session: &SslSessionRef) -> Vec<u8> {
    // SAFETY: a live BIO and session.
    printed(|bio| unsafe { ffi::PEM_write_bio_SSL_SESSION(bio, session.as_ptr()) })
}

/// Corresponds to `SSL_SESSION_get0_id_context`.
pub fn session_context(session: &SslSessionRef) -> Vec<u8> {
    let mut len: c_uint = 0;
    // SAFETY: a live session and a place for the length.
    let data = unsafe { ffi::SSL_SESSION_get0_id_context(session.as_ptr(), &mut len) };
    // SAFETY: that many bytes of the session.
    unsafe { bytes(data, len as usize) }
}

/// The longest record that the client takes, in bytes, RFC 6066 section 4. Corresponds to `SSL_SESSION_get_max_fragment_length`.
pub fn max_fragment(session: &SslSessionRef) -> Option<usize> {
    // SAFETY: a live session.
    let code = unsafe { ffi::SSL_SESSION_get_max_fragment_length(session.as_ptr()) };
    (1..=4).contains(&code).then(|| 256 << code)
}

/// Word of an alert's level: `warning`, `fatal`. Corresponds to `SSL_alert_type_string_long`.
pub fn alert_level(value: c_int) -> &'static str {
    // SAFETY: the function returns static strings.
    unsafe { static_text(ffi::SSL_alert_type_string_long(value)) }
}

/// Words of an alert. Corresponds to `SSL_alert_desc_string_long`.
pub fn alert_description(value: c_int) -> &'static str {
    // SAFETY: the function returns static strings.
    unsafe { static_text(openssl_sys::SSL_alert_desc_string_long(value)) }
}

/// # Safety
///
/// `text` is a static string with a terminating zero.
unsafe fn static_text(text: *const c_char) -> &'static str {
    // SAFETY: the caller's promise.
    unsafe { CStr::from_ptr(text) }.to_str().unwrap_or("unknown")
}
