//! Why the library refuses a list of names: it has no entry, or one that the library does not have.
use super::path::c_string;
use super::queue;
use super::sys::conf::{self, Conf};

/// A line about it; empty where the library's own message says as much.
pub fn why(option: &[u8], value: &[u8]) -> Vec<u8> {
    let found = KINDS.iter().find(|(names, _)| names.iter().any(|name| name.as_bytes() == option));
    let Some((_, kind)) = found else { return Vec::new() };
    let mut items = value.split(|byte| b":/".contains(byte)).map(bare).filter(|item| !item.is_empty()).peekable();
    let text: Vec<u8> = if items.peek().is_none() {
        [b"it names no ", kind.as_bytes()].concat()
    } else if let Some(item) = items.find(|item| !is_known(option, item)) {
        [b"this OpenSSL does not have the ", kind.as_bytes(), b" \"", item, b"\""].concat()
    } else {
        return Vec::new();
    };
    [b"s_server: ", option, b" \"", value, b"\": ", &text, b"\n"].concat()
}

/// Without the marks that 3.5 takes before a group: ignored if unknown, sent a key share for, taken out.
fn bare(item: &[u8]) -> &[u8] {
    let start = item.iter().position(|byte| !b"?*-".contains(byte) && !byte.is_ascii_whitespace());
    item.get(start.unwrap_or(item.len())..).unwrap_or_default().trim_ascii_end()
}

fn is_known(option: &[u8], item: &[u8]) -> bool {
    let known =
        conf::new_context().is_none_or(|mut ctx| Conf::new(&mut ctx).command(&c_string(option), Some(&c_string(item))));
    queue::clear();
    known
}

const KINDS: [(&[&str], &str); 4] = [
    (&["-groups", "-curves", "-named_curve"], "group"),
    (&["-sigalgs", "-client_sigalgs"], "signature algorithm"),
    (&["-ciphersuites"], "TLS 1.3 cipher suite"),
    (&["-min_protocol", "-max_protocol"], "protocol version"),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn told(option: &str, value: &str) -> String {
        String::from_utf8(why(option.as_bytes(), value.as_bytes())).unwrap()
    }

    #[test]
    fn a_list_without_an_entry_is_told() {
        assert_eq!(told("-sigalgs", ""), "s_server: -sigalgs \"\": it names no signature algorithm\n");
        assert_eq!(told("-groups", "::"), "s_server: -groups \"::\": it names no group\n");
        assert_eq!(told("-ciphersuites", ":"), "s_server: -ciphersuites \":\": it names no TLS 1.3 cipher suite\n");
    }

    #[test]
    fn the_entry_that_the_library_does_not_have_is_named() {
        assert_eq!(
            told("-groups", "P-256:nosuch:other"),
            "s_server: -groups \"P-256:nosuch:other\": this OpenSSL does not have the group \"nosuch\"\n"
        );
        assert_eq!(
            told("-client_sigalgs", "RSA+SHA256:RSA+SHA0"),
            "s_server: -client_sigalgs \"RSA+SHA256:RSA+SHA0\": this OpenSSL does not have the signature algorithm \
             \"RSA+SHA0\"\n"
        );
        assert_eq!(
            told("-min_protocol", "TLSv1.9"),
            "s_server: -min_protocol \"TLSv1.9\": this OpenSSL does not have the protocol version \"TLSv1.9\"\n"
        );
    }

    #[test]
    fn what_the_library_explains_is_left_to_it() {
        assert_eq!(told("-cipher", "nosuch"), "");
        assert_eq!(told("-groups", "P-256"), "");
    }
}
