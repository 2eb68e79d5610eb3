//! The first line of an HTTP request, out of a stream in any pieces.
//!
//! Only that line decides; header lines are left unread, as the original leaves them. A line that is no request is
//! skipped, so that a client may send line ends first.
use alloc::vec::Vec;

/// A line longer than this is cut here and taken as it is, like the buffer of the original's `BIO_gets`.
pub const LINE_LIMIT: usize = 16_384;

/// What a client asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Request {
    /// `GET`.
    Get {
        /// What stands between `GET ` and the next blank, or the line's end.
        target: Vec<u8>,
        /// Something follows the target: it is not a request of HTTP/0.9.
        versioned: bool,
    },
    /// `HEAD`.
    Head {
        /// As above.
        target: Vec<u8>,
    },
    /// Another method.
    Other {
        /// Its name.
        method: Vec<u8>,
    },
}

/// Collects bytes until a request line is complete.
#[derive(Debug, Default)]
pub struct RequestReader {
    line: Vec<u8>,
}

impl RequestReader {
    /// Takes bytes; returns the request once its line is complete. What follows that line is dropped.
    pub fn read(&mut self, bytes: &[u8]) -> Option<Request> {
        for &byte in bytes {
            self.line.push(byte);
            if byte == b'\n' || self.line.len() == LINE_LIMIT {
                let line = core::mem::take(&mut self.line);
                if let Some(request) = parse(&line) {
                    return Some(request);
                }
            }
        }
        None
    }
}

fn parse(line: &[u8]) -> Option<Request> {
    let line = line.strip_suffix(b"\n").unwrap_or(line);
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let blank = line.iter().position(|&b| b == b' ')?;
    let (method, rest) = (&line[..blank], &line[blank + 1..]);
    let (target, version) = match rest.iter().position(|&b| b == b' ') {
        Some(end) => (&rest[..end], &rest[end + 1..]),
        None => (rest, &b""[..]),
    };
    match method {
        b"GET" => Some(Request::Get { target: target.to_vec(), versioned: !version.is_empty() }),
        b"HEAD" if version.starts_with(b"HTTP/") => Some(Request::Head { target: target.to_vec() }),
        _ if version.starts_with(b"HTTP/") && !method.is_empty() && method.iter().all(is_token) => {
            Some(Request::Other { method: method.to_vec() })
        }
        _ => None,
    }
}

/// tchar of RFC 9110 section 5.6.2.
fn is_token(byte: &u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn read(bytes: &[u8]) -> Option<Request> {
        RequestReader::default().read(bytes)
    }

    fn get(target: &str, versioned: bool) -> Option<Request> {
        Some(Request::Get { target: target.into(), versioned })
    }

    #[test]
    fn the_first_line_decides() {
        assert_eq!(read(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"), get("/", true));
        assert_eq!(read(b"GET /reneg HTTP/1.0\n"), get("/reneg", true));
        assert_eq!(read(b"GET /x\r\n"), get("/x", false));
        assert_eq!(read(b"HEAD / HTTP/1.1\r\n"), Some(Request::Head { target: b"/".to_vec() }));
        assert_eq!(
            read(b"POST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n"),
            Some(Request::Other { method: b"POST".to_vec() })
        );
        assert_eq!(read(b"GET / HTTP/1.1\r"), None);
    }

    #[test]
    fn lines_that_are_no_request_are_skipped() {
        assert_eq!(read(b"\r\nhello\nget / HTTP\nPOST /\nGET /y HTTP/1.0\r\n"), get("/y", true));
        assert_eq!(read(b"<a> / HTTP/1.0\r\n"), None);
    }

    #[test]
    fn an_endless_line_is_cut_at_the_limit() {
        let mut reader = RequestReader::default();
        let start = [b"GET /", &[b'a'; LINE_LIMIT - 6][..]].concat();
        assert_eq!(reader.read(&start), None);
        let request = reader.read(b"b").expect("the limit is reached");
        assert!(matches!(request, Request::Get { target, .. } if target.len() == LINE_LIMIT - 4));
        for _ in 0..10 {
            assert_eq!(reader.read(&[b'x'; LINE_LIMIT]), None);
        }
        assert!(reader.line.len() < LINE_LIMIT);
    }

    proptest! {
        #[test]
        fn the_pieces_do_not_matter(bytes in proptest::collection::vec(any::<u8>(), 0..200), cut in 0usize..200) {
            let all = [b"\nGET /z HTTP/1.0\r\n", &bytes[..]].concat();
            for bytes in [&bytes, &all] {
                let cut = cut.min(bytes.len());
                let mut reader = RequestReader::default();
                let pieces = reader.read(&bytes[..cut]).or_else(|| reader.read(&bytes[cut..]));
                prop_assert_eq!(pieces, read(bytes));
            }
        }
    }
}
