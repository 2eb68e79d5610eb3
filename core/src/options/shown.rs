//! The command line as a page may show it.
//!
//! Words stand as they were typed, also `-x=y`; values that are secret do not.
use alloc::vec::Vec;

use super::row::Row;

/// What stands in a secret's place.
const HIDDEN: &[u8] = b"(hidden)";

/// The attribute of a PKCS#11 URI that holds a secret, RFC 7512 section 2.4.
const PIN: &[u8] = b"pin-value=";

/// The value of an option, as it may be shown.
pub fn value(row: &Row, value: &[u8]) -> Vec<u8> {
    if row.secret { HIDDEN.to_vec() } else { without_pin(value) }
}

fn without_pin(value: &[u8]) -> Vec<u8> {
    let Some(at) = value.windows(PIN.len()).position(|window| window.eq_ignore_ascii_case(PIN)) else {
        return value.to_vec();
    };
    let (before, pin) = value.split_at(at + PIN.len());
    let end = pin.iter().position(|b| b"&;?".contains(b)).unwrap_or(pin.len());
    [before, HIDDEN, &without_pin(&pin[end..])].concat()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pin_in_a_uri_is_hidden() {
        assert_eq!(
            without_pin(b"pkcs11:object=k?pin-value=1234&module-name=x"),
            b"pkcs11:object=k?pin-value=(hidden)&module-name=x"
        );
        assert_eq!(without_pin(b"pkcs11:a?PIN-VALUE=1234"), b"pkcs11:a?PIN-VALUE=(hidden)");
        assert_eq!(without_pin(b"rsa.pem"), b"rsa.pem");
    }
}
