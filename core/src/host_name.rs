//! Host names, as clients name them (RFC 6066 section 3) and options.

/// Host names do not depend on case, and a dot at their end changes nothing.
pub fn is_same(asked: &[u8], wanted: &[u8]) -> bool {
    let bare = |name: &[u8]| name.strip_suffix(b".").unwrap_or(name).to_ascii_lowercase();
    bare(asked) == bare(wanted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_compared_as_hosts() {
        assert!(is_same(b"EC.Example.", b"ec.example") && is_same(b"", b"."));
        assert!(!is_same(b"ec.example..", b"ec.example") && !is_same(b"a", b"b"));
    }
}
