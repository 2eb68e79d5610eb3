//! The names in a certificate that an engine makes itself. `-selfsigned`, `-selfsigned_names`.
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;
use core::net::IpAddr;

use crate::StartError;

/// localhost, 127.0.0.1, ::1 and `names`, for subjectAltName, RFC 5280 section 4.2.1.6. One that is neither a
/// host name nor an address is an error.
pub fn certificate_names(names: &[Vec<u8>]) -> Result<Vec<String>, StartError> {
    let mut all: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(ToOwned::to_owned).into();
    for name in names {
        match str::from_utf8(name) {
            Ok(name) if is_name(name) => all.push(name.to_owned()),
            _ => {
                let shown = String::from_utf8_lossy(name);
                return Err(StartError::of_flag("-selfsigned", format!("not a host name or address: \"{shown}\"")));
            }
        }
    }
    Ok(all)
}

/// A host name, perhaps with a wildcard, or an address. What ends with a number is an address or nothing: no domain does,
/// and programs take it for one.
fn is_name(name: &str) -> bool {
    let label = |label: &str| {
        let part = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
        (1..=63).contains(&label.len()) && label.bytes().all(part) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_number = |label: &str| {
        let digits = label.strip_prefix("0x").or_else(|| label.strip_prefix("0X"));
        digits
            .unwrap_or(label)
            .bytes()
            .all(|b| if digits.is_some() { b.is_ascii_hexdigit() } else { b.is_ascii_digit() })
    };
    let host = name.strip_prefix("*.").unwrap_or(name);
    let ends_with_number = || host.rsplit('.').next().is_some_and(is_number);
    name.parse::<IpAddr>().is_ok() || host.len() <= 253 && host.split('.').all(label) && !ends_with_number()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_addresses_come_after_those_of_this_machine() {
        let names = certificate_names(&[b"*.a.example".to_vec(), b"2001:db8::1".to_vec(), b"1a.b2".to_vec()]).unwrap();
        assert_eq!(names, ["localhost", "127.0.0.1", "::1", "*.a.example", "2001:db8::1", "1a.b2"]);
    }

    #[test]
    fn a_strange_name_is_refused() {
        let strange = [
            &b""[..],
            b"a b",
            b" a",
            b"a..b",
            b".a",
            b"a.",
            b"DNS:x",
            b"x,y",
            b"a/b",
            b"*",
            b"a.*",
            b"-a",
            b"a-.b",
            b"\xff",
        ];
        let addresses: [&[u8]; 11] = [
            b"1.2.3.4/8",
            b"300.1.1.1",
            b"1.2.3",
            b"1.2.3.4.5",
            b"127",
            b"0x7f.1",
            b"a.0x1f",
            b"*.1.2.3.4",
            b"a:443",
            b"[::1]",
            b"1::2::3",
        ];
        for name in strange.into_iter().chain(addresses) {
            let message = String::from_utf8(certificate_names(&[name.to_vec()]).unwrap_err().render()).unwrap();
            assert!(message.starts_with("s_server: -selfsigned: not a host name or address: \""), "{message}");
        }
    }
}
