//! Why the library refuses a list of names: it has no entry, or one that the library does not have.
use openssl::ssl::SslMethod;
use s_server_core::StartError;

use super::path::c_string;
use super::queue;
use super::sys::conf::{self, Conf};

/// A line about it; `None` where the library's own message says as much.
pub fn why(option: &[u8], value: &[u8]) -> Option<StartError> {
    let names = KINDS.iter().flat_map(|(names, kind)| names.iter().map(move |name| (*name, *kind)));
    let (name, kind) = names.into_iter().find(|(name, _)| name.as_bytes() == option)?;
    let mut items = value.split(|byte| b":/".contains(byte)).map(bare).filter(|item| !item.is_empty()).peekable();
    let text: Vec<u8> = if items.peek().is_none() {
        [b"it names no ", kind.as_bytes()].concat()
    } else if let Some(item) = items.find(|item| !is_known(option, item)) {
        [b"this OpenSSL does not have the ", kind.as_bytes(), b" \"", item, b"\""].concat()
    } else {
        return None;
    };
    Some(StartError::of_option(name, value, text).quoted())
}

/// Without the marks that 3.5 takes before a group: ignored if unknown, sent a key share for, taken out.
fn bare(item: &[u8]) -> &[u8] {
    let start = item.iter().position(|byte| !b"?*-".contains(byte) && !byte.is_ascii_whitespace());
    item.get(start.unwrap_or(item.len())..).unwrap_or_default().trim_ascii_end()
}

fn is_known(option: &[u8], item: &[u8]) -> bool {
    let known = conf::new_context(SslMethod::tls_server())
        .is_none_or(|mut ctx| Conf::new(&mut ctx).command(&c_string(option), Some(&c_string(item))));
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

    fn told(option: &str, value: &str) -> Option<String> {
        why(option.as_bytes(), value.as_bytes()).map(|why| String::from_utf8(why.render()).unwrap())
    }

    #[test]
    fn a_list_without_an_entry_is_told() {
        assert_eq!(told("-sigalgs", "").unwrap(), "s_server: -sigalgs \"\": it names no signature algorithm\n");
        assert_eq!(told("-groups", "::").unwrap(), "s_server: -groups \"::\": it names no group\n");
        assert_eq!(
            told("-ciphersuites", ":").unwrap(),
            "s_server: -ciphersuites \":\": it names no TLS 1.3 cipher suite\n"
        );
    }

    #[test]
    fn the_entry_that_the_library_does_not_have_is_named() {
        assert_eq!(
            told("-groups", "P-256:nosuch:other").unwrap(),
            "s_server: -groups \"P-256:nosuch:other\": this OpenSSL does not have the group \"nosuch\"\n"
        );
        assert_eq!(
            told("-client_sigalgs", "RSA+SHA256:RSA+SHA0").unwrap(),
            "s_server: -client_sigalgs \"RSA+SHA256:RSA+SHA0\": this OpenSSL does not have the signature algorithm \
             \"RSA+SHA0\"\n"
        );
        assert_eq!(
            told("-min_protocol", "TLSv1.9").unwrap(),
            "s_server: -min_protocol \"TLSv1.9\": this OpenSSL does not have the protocol version \"TLSv1.9\"\n"
        );
    }

    #[test]
    fn what_the_library_explains_is_left_to_it() {
        assert_eq!(told("-cipher", "nosuch"), None);
        assert_eq!(told("-groups", "P-256"), None);
    }
}
