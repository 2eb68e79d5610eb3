//! From the target of a request to the name of a file: the rules that need no disk.
//!
//! Corresponds to the checks in `http_server_binmode` code of `www_body`, in their order. Escapes are decoded first, so
//! that nothing is hidden in them; a query is dropped.
use alloc::vec::Vec;

/// Why a target names no file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PathError {
    /// A component is `..`, or a `:` stands in it.
    DotsOrColon,
    /// It begins with a second slash, or a backslash.
    Absolute,
    /// It holds a byte that no name has, or does not begin with a slash.
    Malformed,
}

/// The file's name, relative to the served folder, as far as it could be read, and what is wrong with it.
pub fn resolve(target: &[u8]) -> (Vec<u8>, Result<(), PathError>) {
    let target = without_origin(target);
    let end = target.iter().position(|&b| b == b'?' || b == b'#').unwrap_or(target.len());
    let Some(path) = target[..end].strip_prefix(b"/") else {
        return (target.to_vec(), Err(PathError::Malformed));
    };
    let name = decode(path);
    let verdict = check(&name);
    (name, verdict)
}

fn check(name: &[u8]) -> Result<(), PathError> {
    if name.iter().any(|&b| b == 0 || b == b'\r' || b == b'\n') {
        return Err(PathError::Malformed);
    }
    let is_slash = |&b: &u8| b == b'/' || b == b'\\';
    if name.contains(&b':') || name.split(is_slash).any(|part| part == b"..") {
        return Err(PathError::DotsOrColon);
    }
    match name.first() {
        Some(b'/' | b'\\') => Err(PathError::Absolute),
        _ => Ok(()),
    }
}

/// Drops `https://host` of a target in absolute form, RFC 9112 section 3.2.2. A scheme has no case, RFC 3986 section 3.1.
pub fn without_origin(target: &[u8]) -> &[u8] {
    let after = |scheme: &[u8]| {
        let (begin, rest) = target.split_at_checked(scheme.len())?;
        begin.eq_ignore_ascii_case(scheme).then_some(rest)
    };
    let Some(rest) = after(b"https://").or_else(|| after(b"http://")) else { return target };
    match rest.iter().position(|b| b"/?#".contains(b)) {
        Some(end) if rest[end] == b'/' => &rest[end..],
        _ => b"/",
    }
}

/// Percent-decoding, RFC 3986 section 2.1. What is no escape stays as it is.
fn decode(path: &[u8]) -> Vec<u8> {
    let mut name = Vec::with_capacity(path.len());
    let mut rest = path;
    while let [first, more @ ..] = rest {
        let escape = match (first, more) {
            (b'%', [high, low, ..]) => hex(*high).zip(hex(*low)),
            _ => None,
        };
        match escape {
            Some((high, low)) => {
                name.push(high << 4 | low);
                rest = &more[2..];
            }
            None => {
                name.push(*first);
                rest = more;
            }
        }
    }
    name
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn targets_and_what_they_name() {
        for (target, name, verdict) in [
            ("/page.html", "page.html", Ok(())),
            ("/", "", Ok(())),
            ("/./page.txt", "./page.txt", Ok(())),
            ("/..page", "..page", Ok(())),
            ("/a..b/...", "a..b/...", Ok(())),
            ("/page.txt?q=1", "page.txt", Ok(())),
            ("/page.txt#top", "page.txt", Ok(())),
            ("/a%20b%2Ehtml", "a b.html", Ok(())),
            ("/100%", "100%", Ok(())),
            ("/%zz", "%zz", Ok(())),
            ("https://localhost:4433/page.txt", "page.txt", Ok(())),
            ("http://localhost", "", Ok(())),
            ("HTTPS://LOCALHOST/page.txt", "page.txt", Ok(())),
            ("Http://localhost:4433/page.txt", "page.txt", Ok(())),
            ("https://localhost?a/b", "", Ok(())),
            ("ftp://localhost/page.txt", "ftp://localhost/page.txt", Err(PathError::Malformed)),
            ("/../x", "../x", Err(PathError::DotsOrColon)),
            ("/sub/../page.txt", "sub/../page.txt", Err(PathError::DotsOrColon)),
            ("/a/..", "a/..", Err(PathError::DotsOrColon)),
            ("/..\\x", "..\\x", Err(PathError::DotsOrColon)),
            ("/%2e%2e/x", "../x", Err(PathError::DotsOrColon)),
            ("/..%2fx", "../x", Err(PathError::DotsOrColon)),
            ("/..?q", "..", Err(PathError::DotsOrColon)),
            ("/c:x", "c:x", Err(PathError::DotsOrColon)),
            ("//etc/passwd", "/etc/passwd", Err(PathError::Absolute)),
            ("/%2fetc/passwd", "/etc/passwd", Err(PathError::Absolute)),
            ("/\\etc", "\\etc", Err(PathError::Absolute)),
            ("/a%00b", "a\0b", Err(PathError::Malformed)),
            ("page.txt", "page.txt", Err(PathError::Malformed)),
            ("*", "*", Err(PathError::Malformed)),
        ] {
            assert_eq!(resolve(target.as_bytes()), (name.as_bytes().to_vec(), verdict), "{target}");
        }
    }
}
