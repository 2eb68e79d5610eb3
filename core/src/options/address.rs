//! The forms of `-accept`: host and service.

/// Host and service of a socket address; `None` where nothing or `*` stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address<'a> {
    /// Host name or address.
    pub host: Option<&'a [u8]>,
    /// Port or service name.
    pub service: Option<&'a [u8]>,
}

/// Takes `host:service`, `[address]:service`, `[address]` or a service apart; `None` when it is ambiguous.
///
/// Corresponds to `BIO_parse_hostserv` with `BIO_PARSE_PRIO_SERV`.
pub fn split(text: &[u8]) -> Option<Address<'_>> {
    let (host, service) = match text.strip_prefix(b"[") {
        Some(rest) => {
            let (host, after) = split_at_byte(rest, b']')?;
            match after {
                [] => (host, &b""[..]),
                [b':', service @ ..] => (host, service),
                _ => return None,
            }
        }
        None => split_at_byte(text, b':').unwrap_or((b"", text)),
    };
    (!service.contains(&b':')).then(|| Address { host: named(host), service: named(service) })
}

fn split_at_byte(text: &[u8], byte: u8) -> Option<(&[u8], &[u8])> {
    let at = text.iter().position(|&b| b == byte)?;
    Some((&text[..at], &text[at + 1..]))
}

fn named(part: &[u8]) -> Option<&[u8]> {
    (!part.is_empty() && part != b"*").then_some(part)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// `host|service` with `-` for nothing.
    fn forms(text: &str) -> Option<std::string::String> {
        let word =
            |part: Option<&[u8]>| part.map_or("-".into(), |p| std::string::String::from_utf8_lossy(p).into_owned());
        split(text.as_bytes()).map(|a| std::format!("{}|{}", word(a.host), word(a.service)))
    }

    #[test]
    fn every_form_of_the_original() {
        for (text, expected) in [
            ("4433", Some("-|4433")),
            ("https", Some("-|https")),
            ("*:4433", Some("-|4433")),
            (":4433", Some("-|4433")),
            ("host:4433", Some("host|4433")),
            ("[::1]:4433", Some("::1|4433")),
            ("[::1]", Some("::1|-")),
            ("127.0.0.1:", Some("127.0.0.1|-")),
            ("127.0.0.1:*", Some("127.0.0.1|-")),
            ("127.0.0.1", Some("-|127.0.0.1")),
            ("", Some("-|-")),
            (":", Some("-|-")),
            ("*", Some("-|-")),
            ("*:*", Some("-|-")),
            ("[]:5", Some("-|5")),
            ("a:b:c", None),
            ("::1:4433", None),
            ("[::1", None),
            ("[::1]x", None),
            ("[::1]:5:6", None),
        ] {
            assert_eq!(forms(text).as_deref(), expected, "{text}");
        }
    }
}
