//! `OSSL_HTTP`: one request over a connection that is there already, and what its answer holds.
use std::ffi::{CStr, CString, c_char, c_int, c_ulong};
use std::net::TcpStream;
use std::ptr;

use foreign_types_shared::ForeignType;
use openssl::x509::{X509, X509Crl};
use openssl_sys::BIO;

use super::owned_string;
use crate::ffi;

/// An address, in its parts.
pub struct Url {
    /// Name or address; one of IPv6 in brackets.
    pub host: CString,
    /// A number.
    pub port: CString,
    /// With its query; begins with a slash.
    pub path: CString,
    /// The scheme is https.
    pub tls: bool,
}

/// Corresponds to `OSSL_HTTP_parse_url`, which knows schemes in small letters only.
pub fn parse_url(url: &CStr) -> Option<Url> {
    let (mut tls, mut host, mut port, mut path) = (0, ptr::null_mut(), ptr::null_mut(), ptr::null_mut());
    // SAFETY: a C string, and places for the results; null where one is not wanted.
    let good = unsafe {
        let (none, number) = (ptr::null_mut(), ptr::null_mut());
        ffi::OSSL_HTTP_parse_url(
            url.as_ptr(),
            &mut tls,
            none,
            &mut host,
            &mut port,
            number,
            &mut path,
            none,
            ptr::null_mut(),
        )
    };
    // SAFETY: null, or new strings that are ours.
    let [host, port, path] = [host, port, path].map(|text| unsafe { owned_string(text) });
    let string = |text: Option<Vec<u8>>| CString::new(text?).ok();
    if good <= 0 {
        return None;
    }
    Some(Url { host: string(host)?, port: string(port)?, path: string(path)?, tls: tls != 0 })
}

/// The proxy for that host, as `http_proxy` and `no_proxy` say. Corresponds to `OSSL_HTTP_adapt_proxy`.
pub fn proxy(host: &CStr) -> Option<CString> {
    // SAFETY: a C string; null stands for the variables.
    let proxy = unsafe { ffi::OSSL_HTTP_adapt_proxy(ptr::null(), ptr::null(), host.as_ptr(), 0) };
    // SAFETY: a C string of the environment, which nobody changes.
    (!proxy.is_null()).then(|| unsafe { CStr::from_ptr(proxy) }.to_owned())
}

/// What came of a request.
pub enum Response {
    /// It holds something.
    Found(Body),
    /// What is looked for is somewhere else.
    Moved(Vec<u8>),
    /// The queue tells why there is none.
    Failed,
}

/// The content of an answer.
pub struct Body(*mut BIO);

impl Drop for Body {
    fn drop(&mut self) {
        // SAFETY: ours, used nowhere else.
        unsafe { openssl_sys::BIO_free_all(self.0) }
    }
}

/// One request; `stream` does not block, and leads to the host or, `proxied`, to its proxy. `seconds` is the longest it
/// may take, 1 or more. Corresponds to `OSSL_HTTP_get`, without its connection and its redirections.
pub fn get(stream: &TcpStream, url: &Url, proxied: bool, seconds: c_int) -> Response {
    // SAFETY: a socket that outlives the BIO, which leaves it open.
    let bio = unsafe { openssl_sys::BIO_new_socket(descriptor(stream), 0) };
    if bio.is_null() {
        return Response::Failed;
    }
    // SAFETY: C strings and a live BIO, which the request does not own; with one BIO for both ways nothing is connected.
    let request = unsafe {
        let (host, port, none) = (url.host.as_ptr(), url.port.as_ptr(), ptr::null());
        ffi::OSSL_HTTP_open(host, port, none, none, 0, bio, bio, None, ptr::null_mut(), BUFFER, seconds)
    };
    let answer = if request.is_null() { Response::Failed } else { exchange(request, url, proxied) };
    // SAFETY: both ours, used nowhere else; the request first, because it points to the BIO.
    unsafe {
        ffi::OSSL_HTTP_REQ_CTX_free(request);
        openssl_sys::BIO_free_all(bio);
    }
    answer
}

fn exchange(request: *mut ffi::OSSL_HTTP_REQ_CTX, url: &Url, proxied: bool) -> Response {
    // A proxy is asked for the whole address.
    let (host, port) = if proxied { (url.host.as_ptr(), url.port.as_ptr()) } else { (ptr::null(), ptr::null()) };
    let mut moved: *mut c_char = ptr::null_mut();
    // SAFETY: a live request, C strings, and a place for the new address.
    let body = unsafe {
        ffi::OSSL_HTTP_REQ_CTX_set_max_response_length(request, LONGEST);
        let good = ffi::OSSL_HTTP_REQ_CTX_set_request_line(request, 0, host, port, url.path.as_ptr()) > 0
            && ffi::OSSL_HTTP_REQ_CTX_add1_header(request, c"Host".as_ptr(), url.host.as_ptr()) > 0
            && ffi::OSSL_HTTP_REQ_CTX_set_expected(request, ptr::null(), 1, SAME_TIME, 0) > 0;
        if good { ffi::OSSL_HTTP_exchange(request, &mut moved) } else { ptr::null_mut() }
    };
    // SAFETY: null, or a new string that is ours.
    let moved = unsafe { owned_string(moved) };
    match moved {
        _ if !body.is_null() => Response::Found(Body(body)),
        Some(to) => Response::Moved(to),
        None => Response::Failed,
    }
}

/// Corresponds to `d2i_X509_bio`, which without a body leaves its entries in the queue.
pub fn certificate(body: Option<Body>) -> Option<X509> {
    let from = body.as_ref().map_or(ptr::null_mut(), |body| body.0);
    // SAFETY: null or a live BIO; a new object is wanted.
    let cert = unsafe { openssl_sys::d2i_X509_bio(from, ptr::null_mut()) };
    // SAFETY: a new certificate, owned by nobody else.
    (!cert.is_null()).then(|| unsafe { X509::from_ptr(cert) })
}

/// Corresponds to `d2i_X509_CRL_bio`, which without a body leaves its entries in the queue.
pub fn crl(body: Option<Body>) -> Option<X509Crl> {
    let from = body.as_ref().map_or(ptr::null_mut(), |body| body.0);
    // SAFETY: null or a live BIO; a new object is wanted.
    let crl = unsafe { ffi::d2i_X509_CRL_bio(from, ptr::null_mut()) };
    // SAFETY: a new list, owned by nobody else.
    (!crl.is_null()).then(|| unsafe { X509Crl::from_ptr(crl) })
}

#[cfg(unix)]
fn descriptor(stream: &TcpStream) -> c_int {
    std::os::fd::AsRawFd::as_raw_fd(stream)
}

/// OpenSSL keeps sockets as C ints there: their values are small.
#[cfg(windows)]
fn descriptor(stream: &TcpStream) -> c_int {
    std::os::windows::io::AsRawSocket::as_raw_socket(stream) as c_int
}

/// Bytes for a line of the answer's head.
const BUFFER: c_int = 1_024;
/// `OSSL_HTTP_DEFAULT_MAX_CRL_LEN`: bytes of an answer.
const LONGEST: c_ulong = 32 * 1_024 * 1_024;
/// The time that began with the request goes on.
const SAME_TIME: c_int = -1;
