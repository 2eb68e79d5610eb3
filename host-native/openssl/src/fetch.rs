//! Certificates and revocation lists that are fetched by HTTP, and responders that are asked by it.
//!
//! The connection is made here, because OpenSSL tries again and again where it is refused; the rest is OpenSSL's. Schemes
//! and hosts have no case. All that is done for one object has one end; resolving a name alone cannot be cut short.
use std::ffi::{CStr, CString, c_int};
use std::io::{self, ErrorKind};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

use openssl::ocsp::{OcspRequestRef, OcspResponse};
use openssl::x509::{X509, X509Crl};

use super::path::c_string;
use super::queue;
use super::sys::http::{self, Body, Place, Proxies, Response, Url};
use super::system_error::{gai_strerror, strerror};

/// Whether an address is fetched by HTTP.
pub fn is_http(url: &[u8]) -> bool {
    has_scheme(url, b"http://")
}

/// Whether it would be fetched by HTTP over TLS, which nothing here does.
pub fn is_https(url: &[u8]) -> bool {
    has_scheme(url, b"https://")
}

fn has_scheme(url: &[u8], scheme: &[u8]) -> bool {
    url.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme))
}

/// A certificate. After a failure the queue tells more than the reason does.
pub fn certificate(url: &[u8], end: Instant) -> Result<X509, Reason> {
    object(url, end, http::certificate)
}

/// A revocation list, likewise.
pub fn crl(url: &[u8], end: Instant) -> Result<X509Crl, Reason> {
    object(url, end, http::crl)
}

/// What the responder there answers; the queue tells why there is no answer.
pub fn ocsp_response(url: &Url, question: &OcspRequestRef, proxies: &Proxies, end: Instant) -> Option<OcspResponse> {
    let way = connected(url, proxies, end).ok()?;
    http::post(&way.place(url, end).ok()?, question)
}

/// Whether it is an address of HTTP, with TLS or without, whose scheme may be left out.
pub fn is_url(url: &[u8]) -> bool {
    parse(url).is_ok()
}

/// Why nothing was fetched.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// In the system's words, or in ours.
    Told(String),
    /// The oldest line of the queue says it.
    InQueue,
}

impl Reason {
    /// The sentence's end; `queue` has the lines that the queue held.
    pub fn words(&self, queue: &[u8]) -> String {
        match self {
            Self::Told(words) => words.clone(),
            Self::InQueue => oldest(queue).unwrap_or_else(|| "the answer is not to be used".to_owned()),
        }
    }
}

/// Reason and data of the oldest line.
fn oldest(queue: &[u8]) -> Option<String> {
    let text = String::from_utf8_lossy(queue);
    let (_, line) = text.lines().find_map(|line| line.split_once(":error:"))?;
    let fields: Vec<&str> = line.splitn(7, ':').collect();
    let reason = *fields.get(3)?;
    Some(match fields.get(6).map(|data| data.trim_end_matches(':')).filter(|data| !data.is_empty()) {
        Some(data) => format!("{reason} ({data})"),
        None => reason.to_owned(),
    })
}

fn object<T>(url: &[u8], end: Instant, read: fn(Option<Body>) -> Option<T>) -> Result<T, Reason> {
    match body(url, end) {
        Ok(body) => read(Some(body)).ok_or_else(|| Reason::Told("what came is none".to_owned())),
        Err(reason) => {
            read(None);
            Err(reason)
        }
    }
}

/// Corresponds to `OSSL_HTTP_get`.
fn body(url: &[u8], end: Instant) -> Result<Body, Reason> {
    let mut place = parse(url)?;
    for _ in 0..=MOST_REDIRECTIONS {
        if place.tls {
            queue::push_no_tls();
            return Err(Reason::Told("it is sent on to https://, which is not fetched".to_owned()));
        }
        match request(&place, end)? {
            Response::Found(body) => return Ok(body),
            Response::Failed => return Err(if Instant::now() < end { Reason::InQueue } else { too_slow() }),
            Response::Moved(to) if to.starts_with(b"/") => place.path = c_string(&to),
            Response::Moved(to) => place = parse(&to)?,
        }
    }
    Err(Reason::Told(format!("it is sent on more than {MOST_REDIRECTIONS} times")))
}

/// Scheme and host in small letters, as OpenSSL wants them.
pub fn parse(url: &[u8]) -> Result<Url, Reason> {
    let mut url = url.to_vec();
    let behind_scheme = url.windows(3).position(|text| text == b"://").map_or(0, |at| at + 3);
    let host_ends = url.iter().skip(behind_scheme).position(|byte| b"/?#".contains(byte));
    let host_ends = host_ends.map_or(url.len(), |length| behind_scheme + length);
    url[..host_ends].make_ascii_lowercase();
    http::parse_url(&c_string(&url)).ok_or(Reason::InQueue)
}

fn request(url: &Url, end: Instant) -> Result<Response, Reason> {
    let way = connected(url, &Proxies::default(), end)?;
    Ok(http::get(&way.place(url, end)?))
}

/// A connection to a host or its proxy.
struct Way {
    stream: TcpStream,
    proxy: Option<CString>,
}

impl Way {
    fn place<'a>(&'a self, url: &'a Url, end: Instant) -> Result<Place<'a>, Reason> {
        let seconds = seconds_until(end, Instant::now()).ok_or_else(too_slow)?;
        Ok(Place { stream: &self.stream, url, proxy: self.proxy.as_deref(), seconds })
    }
}

fn connected(url: &Url, proxies: &Proxies, end: Instant) -> Result<Way, Reason> {
    let proxy = http::proxy(proxies, url);
    let stream = match &proxy {
        Some(proxy) => {
            let proxy = parse(proxy.to_bytes())?;
            connect(&proxy.host, &proxy.port, end)
        }
        None => connect(&url.host, &url.port, end),
    }?;
    Ok(Way { stream, proxy })
}

/// Each address in turn; the last failure counts.
fn connect(host: &CStr, port: &CStr, end: Instant) -> Result<TcpStream, Reason> {
    let [host, port] = [host, port].map(|text: &CStr| text.to_string_lossy().into_owned());
    let numbered = port.parse::<u16>().map_err(|_| Reason::Told(format!("{port} is no port")))?;
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(&host);
    let addresses = (bare, numbered).to_socket_addrs().map_err(|error| {
        let words = gai_strerror(&error);
        queue::push_lookup_failure(&words);
        Reason::Told(words)
    })?;
    let mut reason = Reason::Told(format!("{host} has no address"));
    for address in addresses {
        let left = end.saturating_duration_since(Instant::now());
        let connected = match left {
            Duration::ZERO => Err(ErrorKind::TimedOut.into()),
            left => TcpStream::connect_timeout(&address, left),
        };
        match connected.and_then(|stream| stream.set_nonblocking(true).map(|()| stream)) {
            Ok(stream) => return Ok(stream),
            Err(error) => reason = not_connected(&error, &host, &port),
        }
    }
    Err(reason)
}

fn not_connected(error: &io::Error, host: &str, port: &str) -> Reason {
    if error.kind() == ErrorKind::TimedOut {
        queue::push_connect_timeout();
        return too_slow();
    }
    queue::push_connect_failure(error.raw_os_error().unwrap_or_default(), host, port);
    Reason::Told(strerror(error))
}

fn too_slow() -> Reason {
    Reason::Told("no answer in time".to_owned())
}

/// What is left, in begun seconds; `None` when nothing is. Zero would be without end for OpenSSL.
fn seconds_until(end: Instant, now: Instant) -> Option<c_int> {
    let left = end.checked_duration_since(now).filter(|left| !left.is_zero())?;
    c_int::try_from(left.as_millis().div_ceil(1_000)).ok()
}

/// As many as OpenSSL follows.
const MOST_REDIRECTIONS: usize = 50;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_left_is_never_without_end() {
        let (now, patience) = (Instant::now(), Duration::from_secs(10));
        assert_eq!(seconds_until(now + patience, now), Some(10));
        assert_eq!(seconds_until(now + Duration::from_millis(1_001), now), Some(2));
        assert_eq!(seconds_until(now + Duration::from_nanos(2_000_000), now), Some(1));
        assert_eq!(seconds_until(now, now), None);
        assert_eq!(seconds_until(now, now + patience), None);
    }

    #[test]
    fn schemes_and_hosts_have_no_case() {
        assert!(is_http(b"HTTP://a/") && is_http(b"http://a/") && !is_http(b"https://a/") && !is_http(b"http"));
        assert!(is_https(b"Https://a/") && !is_https(b"http://a/"));
        let parts = |url: &[u8]| {
            let url = parse(url).unwrap();
            assert!(!url.tls);
            [url.host, url.port, url.path].map(|part| part.into_string().unwrap())
        };
        assert_eq!(parts(b"HTTP://Example.COM:8080/Root.CRL?A=B"), ["example.com", "8080", "/Root.CRL?A=B"]);
        assert_eq!(parts(b"Http://[FE80::1]/X"), ["[fe80::1]", "80", "/X"]);
        assert_eq!(parse(b"ldap://a/").err(), Some(Reason::InQueue));
        queue::clear();
    }

    #[test]
    fn the_reason_is_that_of_the_oldest_line() {
        let queue = b"text\n\
            401C:error:1E800076:HTTP routines:parse_http_line1:received error:http.c:1:code=404, reason=Not Found\n\
            401C:error:0680008E:asn1 encoding routines:asn1_d2i_read_bio:not enough data:a.c:1:\n";
        assert_eq!(Reason::InQueue.words(queue), "received error (code=404, reason=Not Found)");
        let later = queue.iter().rposition(|byte| *byte == b'C').unwrap();
        assert_eq!(Reason::InQueue.words(&queue[later..]), "not enough data");
        assert_eq!(Reason::InQueue.words(b""), "the answer is not to be used");
    }
}
