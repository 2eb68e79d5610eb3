//! `OSSL_HTTP`: one request over a connection that is there already, and what its answer holds.
use std::ffi::{CStr, CString, c_char, c_int, c_ulong};
use std::net::TcpStream;
use std::ptr;

use foreign_types_shared::{ForeignType, ForeignTypeRef};
use openssl::ocsp::{OcspRequestRef, OcspResponse};
use openssl::ssl::{Ssl, SslContext, SslMethod};
use openssl::x509::{X509, X509Crl};
use openssl_sys::BIO;

use super::{MemBio, error, ocsp, owned_string};
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

/// Proxies to go through. `None` stands for what the variables say: `http_proxy`, `https_proxy`, `no_proxy`.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    /// The proxy.
    pub proxy: Option<CString>,
    /// Hosts that are reached without it.
    pub exceptions: Option<CString>,
}

/// The proxy for that place. Corresponds to `OSSL_HTTP_adapt_proxy`.
pub fn proxy(proxies: &Proxies, url: &Url) -> Option<CString> {
    let [proxy, exceptions] = [&proxies.proxy, &proxies.exceptions].map(|text| pointer(text.as_deref()));
    // SAFETY: C strings; null stands for the variables.
    let proxy = unsafe { ffi::OSSL_HTTP_adapt_proxy(proxy, exceptions, url.host.as_ptr(), c_int::from(url.tls)) };
    // SAFETY: the string from above, or one of the environment, which nobody changes.
    (!proxy.is_null()).then(|| unsafe { CStr::from_ptr(proxy) }.to_owned())
}

fn pointer(text: Option<&CStr>) -> *const c_char {
    text.map_or(ptr::null(), CStr::as_ptr)
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

/// A chain of BIOs: what a request goes through, or the content of an answer.
pub struct Body(*mut BIO);

impl Drop for Body {
    fn drop(&mut self) {
        // SAFETY: ours, used nowhere else.
        unsafe { openssl_sys::BIO_free_all(self.0) }
    }
}

/// Who is asked.
pub struct Place<'a> {
    /// It does not block, and leads to the host or to the proxy.
    pub stream: &'a TcpStream,
    /// What is asked for.
    pub url: &'a Url,
    /// The proxy, where one is asked.
    pub proxy: Option<&'a CStr>,
    /// The longest that it may take, 1 or more.
    pub seconds: c_int,
}

/// One request. Corresponds to `OSSL_HTTP_get`, without its connection and its redirections.
pub fn get(place: &Place<'_>) -> Response {
    let asked = place.ask(|request| {
        // SAFETY: a live request.
        unsafe {
            ffi::OSSL_HTTP_REQ_CTX_set_max_response_length(request, LONGEST);
            place.head(request, 0) && ffi::OSSL_HTTP_REQ_CTX_set_expected(request, ptr::null(), 1, SAME_TIME, 0) > 0
        }
    });
    match asked {
        (Some(body), _) => Response::Found(body),
        (None, Some(to)) => Response::Moved(to),
        (None, None) => Response::Failed,
    }
}

/// What a responder answers to that; the queue tells why there is nothing.
///
/// Corresponds to `OSSL_HTTP_transfer`, without its connection.
pub fn post(place: &Place<'_>, question: &OcspRequestRef) -> Option<OcspResponse> {
    let asked = place.ask(|request| {
        let (question, item) = (question.as_ptr().cast(), ffi::OCSP_REQUEST_it);
        // SAFETY: a live request, C strings, and a question of the item's type, which is only read.
        unsafe {
            place.head(request, 1)
                && ffi::OSSL_HTTP_REQ_CTX_set_expected(request, ANSWER.as_ptr(), 1, SAME_TIME, 0) > 0
                && ffi::OSSL_HTTP_REQ_CTX_set1_req(request, QUESTION.as_ptr(), item(), question) > 0
        }
    });
    asked.0.and_then(|body| ocsp::response(body.0))
}

impl Place<'_> {
    /// Sends what `write` makes, and waits for the answer: its body, or where else to ask.
    fn ask(&self, write: impl FnOnce(*mut ffi::OSSL_HTTP_REQ_CTX) -> bool) -> (Option<Body>, Option<Vec<u8>>) {
        let Some(bio) = self.wire() else { return (None, None) };
        // SAFETY: C strings and a live BIO, which the request does not own; with one BIO for both ways nothing is connected.
        let request = unsafe {
            let (host, port, none) = (self.url.host.as_ptr(), self.url.port.as_ptr(), ptr::null());
            let (nothing, seconds) = (ptr::null_mut(), self.seconds);
            ffi::OSSL_HTTP_open(host, port, none, none, 0, bio.0, bio.0, None, nothing, BUFFER, seconds)
        };
        let mut moved: *mut c_char = ptr::null_mut();
        let body = if !request.is_null() && write(request) {
            // SAFETY: a live request, and a place for the new address.
            unsafe { ffi::OSSL_HTTP_exchange(request, &mut moved) }
        } else {
            ptr::null_mut()
        };
        // SAFETY: ours or null, used nowhere else; before the BIO, to which it points.
        unsafe { ffi::OSSL_HTTP_REQ_CTX_free(request) };
        // SAFETY: null, or a new string that is ours.
        let moved = unsafe { owned_string(moved) };
        if let (true, None, Some(proxy)) = (body.is_null(), &moved, self.proxy) {
            error::add(c" proxy=", proxy);
        }
        ((!body.is_null()).then_some(Body(body)), moved)
    }

    /// The request's first line and its host. A proxy is asked for the whole address, but for one with TLS, which it does
    /// not see.
    ///
    /// # Safety
    ///
    /// `request` is a live request.
    unsafe fn head(&self, request: *mut ffi::OSSL_HTTP_REQ_CTX, post: c_int) -> bool {
        let Url { host, port, path, tls } = self.url;
        let whole = self.proxy.is_some() && !tls;
        let [host_of_line, port] = [host, port].map(|part| pointer(whole.then_some(part)));
        // SAFETY: the caller's promise, and C strings.
        unsafe {
            ffi::OSSL_HTTP_REQ_CTX_set_request_line(request, post, host_of_line, port, path.as_ptr()) > 0
                && ffi::OSSL_HTTP_REQ_CTX_add1_header(request, c"Host".as_ptr(), host.as_ptr()) > 0
        }
    }

    /// What the request goes through: the stream, or TLS over it, behind what a proxy wants to hear first. Nobody verifies the
    /// certificate, as in the original: what is signed is the answer.
    fn wire(&self) -> Option<Body> {
        // SAFETY: a socket that outlives the BIO, which leaves it open.
        let socket = unsafe { openssl_sys::BIO_new_socket(descriptor(self.stream), 0) };
        let socket = (!socket.is_null()).then_some(Body(socket))?;
        let Url { host, port, tls, .. } = self.url;
        if !tls {
            return Some(socket);
        }
        let told = MemBio::new();
        let (none, program, seconds) = (ptr::null(), c"s_server".as_ptr(), self.seconds);
        let (host_name, port) = (host.as_ptr(), port.as_ptr());
        // SAFETY: two live BIOs and C strings; null where there is no name and no pass phrase.
        let through = self.proxy.is_none()
            || unsafe {
                ffi::OSSL_HTTP_proxy_connect(socket.0, host_name, port, none, none, seconds, told.0, program) > 0
            };
        let mut ssl = Ssl::new(&SslContext::builder(SslMethod::tls_client()).ok()?.build()).ok()?;
        ssl.set_hostname(&host.to_string_lossy()).ok()?;
        ssl.set_connect_state();
        // SAFETY: takes nothing.
        let tls = unsafe { openssl_sys::BIO_new(ffi::BIO_f_ssl()) };
        if !through || tls.is_null() {
            return None;
        }
        // SAFETY: live objects: the first BIO owns the session and the second one from now on.
        unsafe {
            openssl_sys::BIO_ctrl(tls, ffi::BIO_C_SET_SSL, 1, ssl.as_ptr().cast());
            std::mem::forget(ssl);
            ffi::BIO_push(tls, socket.0);
            std::mem::forget(socket);
        }
        Some(Body(tls))
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
/// Media types, RFC 6960 appendix C.
const QUESTION: &CStr = c"application/ocsp-request";
const ANSWER: &CStr = c"application/ocsp-response";
/// The time that began with the request goes on.
const SAME_TIME: c_int = -1;
