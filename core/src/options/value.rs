//! The syntax of values: numbers and formats.
use alloc::string::String;
use alloc::vec::Vec;

use super::OptionError;
use super::characters::is_space;
use super::plan::{Format, Reference};

/// Reads a 32-bit number. Corresponds to `opt_int`.
pub fn int(word: &[u8]) -> Result<i32, OptionError> {
    i32::try_from(long(word)?).map_err(|_| OptionError::usage(&[b"Value \"", word, b"\" outside integer range"]))
}

/// Reads a 64-bit number as C does: decimal, hexadecimal after `0x`, octal after `0`. Corresponds to `opt_intmax`.
pub fn long(word: &[u8]) -> Result<i64, OptionError> {
    c_number(word).ok_or_else(|| {
        let kind: &[u8] = match word {
            [b'0', b'x' | b'X', ..] => b"a hexadecimal",
            [b'0', ..] => b"an octal",
            _ => b"a",
        };
        OptionError::usage(&[b"Can't parse \"", word, b"\" as ", kind, b" number"])
    })
}

/// Corresponds to `strtol` with base 0 that has to use up all of the text.
fn c_number(word: &[u8]) -> Option<i64> {
    let start = word.iter().position(|&b| !is_space(b))?;
    let (negative, digits) = match &word[start..] {
        [b'-', rest @ ..] => (true, rest),
        [b'+', rest @ ..] => (false, rest),
        rest => (false, rest),
    };
    let (radix, digits) = match digits {
        [b'0', b'x' | b'X', rest @ ..] => (16, rest),
        [b'0', _, ..] => (8, digits),
        _ => (10, digits),
    };
    if digits.is_empty() {
        return None;
    }
    digits.iter().try_fold(0_i64, |number, &digit| {
        let digit = i64::from(char::from(digit).to_digit(radix)?);
        let number = number.checked_mul(i64::from(radix))?;
        if negative { number.checked_sub(digit) } else { number.checked_add(digit) }
    })
}

/// Which formats a value may name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Allowed {
    /// `PEM|DER`.
    PemDer,
    /// `format`.
    Any,
}

/// What a word for a format stands for.
enum Word {
    Known(Format),
    /// Known, but the option does not take it.
    Other(Format),
    Unknown,
    /// Unknown, and the original does not even say so.
    Unsaid,
    /// Looks like one that every option refuses.
    Refused,
}

/// Reads a format. Corresponds to `opt_format` and what `opt_next` says when that fails.
pub fn format(word: &[u8], allowed: Allowed, option: &str, release: Reference) -> Result<Format, OptionError> {
    let bad: &[&[u8]] = &[b"s_server: Bad format \"", word, b"\""];
    let reason = match classify(word, release) {
        Word::Known(format) => return Ok(format),
        Word::Other(format) if allowed == Allowed::Any => return Ok(format),
        Word::Other(_) | Word::Refused => [&bad.concat(), alternatives(allowed, release).as_bytes()].concat(),
        Word::Unknown => [&bad.concat(), &b"\n"[..]].concat(),
        Word::Unsaid => Vec::new(),
    };
    let invalid = OptionError::usage(&[b"Invalid format \"", word, b"\" for option -", option.as_bytes()]);
    Err(OptionError::new(&[&reason, &invalid.text]))
}

fn classify(word: &[u8], release: Reference) -> Word {
    let upper = word.to_ascii_uppercase();
    let same_case = word == upper || *word == *word.to_ascii_lowercase();
    match upper[..] {
        [b'D', ..] => Word::Known(Format::Der),
        [b'P'] => Word::Known(Format::Pem),
        [b'P', b'E', b'M'] if same_case => Word::Known(Format::Pem),
        [b'P', b'V', b'K'] | [b'P', b'1', b'2'] | [b'P', b'K', b'C', b'S', b'1', b'2'] if same_case => {
            Word::Other(Format::Other)
        }
        [b'E', ..] if release < Reference::V4_0 => Word::Other(Format::Engine),
        [b'T' | b'S' | b'M' | b'H' | b'1', ..] => Word::Other(Format::Other),
        [b'N', b'S', b'S'] if same_case => Word::Other(Format::Other),
        [b'N', ..] => Word::Refused,
        [b'B', ..] if release < Reference::V3_2 => Word::Unknown,
        [b'B'] => Word::Other(Format::Other),
        [b'B', b'6', b'4'] | [b'B', b'A', b'S', b'E', b'6', b'4'] if same_case => Word::Other(Format::Other),
        [b'B', ..] => Word::Unsaid,
        _ => Word::Unknown,
    }
}

/// The rest of the line that says which formats there are.
fn alternatives(allowed: Allowed, release: Reference) -> String {
    let engine = (release < Reference::V4_0).then_some("engine");
    match (allowed, release < Reference::V3_2) {
        (Allowed::PemDer, true) => String::from("; must be pem or der\n"),
        (Allowed::PemDer, false) => String::from("; must be one of:  pem der\n"),
        (Allowed::Any, true) => String::from(
            "; must be one of:\n   PEM/DER\n   pkcs12\n   smime\n   engine\n   msblob\n   nss\n   text\n   http\n   pvk\n",
        ),
        (Allowed::Any, false) => {
            let words = ["pem", "der", "b64", "pkcs12", "smime"].into_iter().chain(engine);
            let words = words.chain(["msblob", "nss", "text", "http", "pvk"]);
            words.fold(String::from("; must be one of: "), |line, word| line + " " + word) + "\n"
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_read_as_c_reads_them() {
        for (word, number) in [
            ("0", Some(0)),
            ("00", Some(0)),
            ("010", Some(8)),
            ("0x10", Some(16)),
            ("0X1f", Some(31)),
            ("-0x10", Some(-16)),
            (" \t\n7", Some(7)),
            ("+7", Some(7)),
            ("9223372036854775807", Some(i64::MAX)),
            ("-9223372036854775808", Some(i64::MIN)),
            ("9223372036854775808", None),
            ("", None),
            (" ", None),
            ("-", None),
            ("+-1", None),
            ("0x", None),
            ("08", None),
            ("7 ", None),
            ("1e3", None),
        ] {
            assert_eq!(c_number(word.as_bytes()), number, "{word:?}");
        }
    }

    #[test]
    fn formats_are_told_apart() {
        let read = |word: &[u8]| format(word, Allowed::Any, "keyform", Reference::V3_0).ok();
        for word in ["d", "DER", "Dx"] {
            assert_eq!(read(word.as_bytes()), Some(Format::Der), "{word}");
        }
        for word in ["p", "P", "pem", "PEM"] {
            assert_eq!(read(word.as_bytes()), Some(Format::Pem), "{word}");
        }
        for word in ["ENGINE", "e"] {
            assert_eq!(read(word.as_bytes()), Some(Format::Engine), "{word}");
        }
        for word in ["NSS", "pvk", "P12", "pkcs12", "smime", "text", "1", "http", "MSBLOB"] {
            assert_eq!(read(word.as_bytes()), Some(Format::Other), "{word}");
        }
        for word in ["", "X", "Pem", "PE", "Nss", "B64"] {
            assert_eq!(read(word.as_bytes()), None, "{word}");
        }
    }
}
