//! Lists of application protocols: `-alpn` and `-nextprotoneg`.
use alloc::vec::Vec;

use super::OptionError;

/// The longest name, RFC 7301 section 3.1.
const LONGEST: usize = 255;

/// The names in a list with commas; empty ones are skipped. Corresponds to `next_protos_parse` in `apps/lib/apps.c`.
pub fn split(list: &[u8]) -> Vec<Vec<u8>> {
    list.split(|&b| b == b',').filter(|name| !name.is_empty()).map(<[u8]>::to_vec).collect()
}

/// Says what makes a list unusable; the original ends without a word.
pub fn check(option: &str, list: &[u8]) -> Result<(), OptionError> {
    let names = split(list);
    let why: &[u8] = match names.iter().find(|name| name.len() > LONGEST) {
        Some(_) => b" names a protocol of more than 255 bytes",
        None if names.is_empty() => b" names no protocol",
        None => return Ok(()),
    };
    Err(OptionError::usage(&[b"Value \"", list, b"\" for option -", option.as_bytes(), why]))
}

#[cfg(test)]
mod tests {
    use alloc::string::String;

    use super::*;

    #[test]
    fn empty_names_are_skipped_and_blanks_are_kept() {
        assert_eq!(split(b",h2,, http/1.1,"), [b"h2".to_vec(), b" http/1.1".to_vec()]);
        assert!(split(b",,").is_empty());
    }

    #[test]
    fn an_unusable_list_is_told() {
        let says = |list: &[u8]| check("alpn", list).map_err(|error| String::from_utf8(error.text).unwrap());
        let hint = "\ns_server: Use -help for summary.\n";
        assert_eq!(
            says(b",,").unwrap_err(),
            ["s_server: Value \",,\" for option -alpn names no protocol", hint].concat()
        );
        let long = "a".repeat(256);
        assert_eq!(
            says(long.as_bytes()).unwrap_err(),
            ["s_server: Value \"", &long, "\" for option -alpn names a protocol of more than 255 bytes", hint].concat()
        );
        assert_eq!(says(&long.as_bytes()[1..]), Ok(()));
    }
}
