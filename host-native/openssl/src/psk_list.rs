//! `-psk_list FILE`: pre-shared keys by their identities, one `identity:hexkey` a line. Blank lines, and those that begin with
//! `#`, count for nothing.
use std::collections::BTreeMap;
use std::fs;

use s_server_core::StartError;

use super::path::path;
use super::system_error::strerror;

/// Keys by identity.
pub type PskList = BTreeMap<Vec<u8>, Vec<u8>>;

/// The longest identity and the longest key that every release takes, in bytes: `PSK_MAX_IDENTITY_LEN`, `PSK_MAX_PSK_LEN`.
const LONGEST: (usize, usize) = (128, 256);

/// The keys of a file; whole, or the first line that is wrong.
pub fn read(file: &[u8]) -> Result<PskList, StartError> {
    let error = |cause: String| StartError::of_option("-psk_list", file, cause);
    let text = fs::read(path(file)).map_err(|why| error(strerror(&why)))?;
    parse(&text).map_err(|(line, why)| error(format!("line {line}: {why}")))
}

fn parse(text: &[u8]) -> Result<PskList, (usize, &'static str)> {
    let mut list = PskList::new();
    for (line, number) in text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).zip(1..) {
        if line.is_empty() || line.starts_with(b"#") {
            continue;
        }
        let (identity, key) = entry(line).map_err(|why| (number, why))?;
        if list.insert(identity.to_vec(), key).is_some() {
            return Err((number, "its identity has a key already"));
        }
    }
    if list.is_empty() { Err((1, "it holds no key; a line is identity:hexkey")) } else { Ok(list) }
}

/// An identity may have colons of its own: the key is behind the last one.
fn entry(line: &[u8]) -> Result<(&[u8], Vec<u8>), &'static str> {
    let colon = line.iter().rposition(|&byte| byte == b':').ok_or("it is not identity:hexkey")?;
    let (identity, digits) = (&line[..colon], &line[colon + 1..]);
    if identity.is_empty() || identity.len() > LONGEST.0 || identity.contains(&0) {
        return Err("its identity is not 1 to 128 bytes without a zero");
    }
    let key = bytes(digits).filter(|key| (1..=LONGEST.1).contains(&key.len()));
    Ok((identity, key.ok_or("its key is not 1 to 256 bytes in hexadecimal, two digits each")?))
}

fn bytes(digits: &[u8]) -> Option<Vec<u8>> {
    let (pairs, rest) = digits.as_chunks::<2>();
    let digit = |byte: u8| char::from(byte).to_digit(16);
    let byte = |&[high, low]: &[u8; 2]| u8::try_from(digit(high)? * 16 + digit(low)?).ok();
    if rest.is_empty() { pairs.iter().map(byte).collect() } else { None }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_is_an_identity_and_its_key() {
        let list = parse(b"# test keys\n\nalice:00ff\r\n  urn:psk:bob:A1b2c3  \n#x:1\n\xff\xfe:00").unwrap();
        let expected = [(&b"alice"[..], &[0, 0xff][..]), (b"urn:psk:bob", &[0xa1, 0xb2, 0xc3]), (b"\xff\xfe", &[0])];
        assert_eq!(list, expected.map(|(identity, key)| (identity.to_vec(), key.to_vec())).into());
    }

    #[test]
    fn a_line_that_is_wrong_is_named() {
        let [form, identity, key, twice] = [
            "it is not identity:hexkey",
            "its identity is not 1 to 128 bytes without a zero",
            "its key is not 1 to 256 bytes in hexadecimal, two digits each",
            "its identity has a key already",
        ];
        let long = |identity: usize, key: usize| ["i".repeat(identity), "00".repeat(key)].join(":").into_bytes();
        for (text, number, why) in [
            (b"a:00\nb".to_vec(), 2, form),
            (b":00".to_vec(), 1, identity),
            (b"a\0b:00".to_vec(), 1, identity),
            (long(129, 1), 1, identity),
            (b"\n\na:".to_vec(), 3, key),
            (b"a:0".to_vec(), 1, key),
            (b"a:0x00".to_vec(), 1, key),
            (long(128, 257), 1, key),
            (b"a:00\n#\na:01".to_vec(), 3, twice),
            (b"# nothing\n".to_vec(), 1, "it holds no key; a line is identity:hexkey"),
        ] {
            assert_eq!(parse(&text), Err((number, why)), "{}", text.escape_ascii());
        }
        assert!(parse(&long(128, 256)).is_ok());
    }
}
