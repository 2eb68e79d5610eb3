//! Where a pass phrase comes from: `-pass`, or the operator.
use std::env;
use std::fs::File;
use std::io::{self, Read, Write};

use s_server_core::StartError;

use crate::system::{self, Descriptor, Terminal};

/// Gets the pass phrase that `source` names.
///
/// Corresponds to `app_get_pass` in `apps/lib/apps.c`.
pub fn read(source: &[u8]) -> Result<Vec<u8>, StartError> {
    if source == b"stdin" {
        return first_line(&mut Descriptor(0));
    }
    let Some(colon) = source.iter().position(|&b| b == b':').filter(|&at| at <= LONGEST_SCHEME) else {
        return Err(StartError::original("Invalid password argument, missing ':' within the first 5 chars\n"));
    };
    let (scheme, rest) = (&source[..colon], &source[colon + 1..]);
    let shown = String::from_utf8_lossy(rest);
    match scheme {
        b"pass" => Ok(rest.to_vec()),
        b"env" => match env::var_os(system::path(rest)) {
            Some(value) => Ok(value.into_encoded_bytes()),
            None => Err(StartError::original(format!("No environment variable {shown}\n"))),
        },
        b"file" => first_line(&mut open(rest)?),
        b"fd" => match shown.parse() {
            Ok(number) => first_line(&mut Descriptor(number)),
            Err(_) => Err(StartError::original(format!("Can't access file descriptor {shown}\n"))),
        },
        _ => {
            let scheme = String::from_utf8_lossy(scheme);
            Err(StartError::original(format!("Invalid password argument, starting with \"{scheme}:\"\n")))
        }
    }
}

/// Gets both pass phrases: `-pass` and `-dpass`. Where they come from one place, they are its first two lines.
///
/// Corresponds to `app_passwd` in `apps/lib/apps.c`, and to what `s_server_main` says when that fails.
pub fn read_both(first: Option<&[u8]>, second: Option<&[u8]>) -> Result<[Option<Vec<u8>>; 2], StartError> {
    both(first, second).map_err(|why| why.before("Error getting password\n"))
}

fn both(first: Option<&[u8]>, second: Option<&[u8]>) -> Result<[Option<Vec<u8>>; 2], StartError> {
    if let (Some(one), true) = (first, first == second)
        && let Some(name) = one.strip_prefix(b"file:")
    {
        let mut file = open(name)?;
        return Ok([Some(first_line(&mut file)?), Some(first_line(&mut file)?)]);
    }
    Ok([first.map(read).transpose()?, second.map(read).transpose()?])
}

/// Asks the operator for the pass phrase of that object: on the terminal, where the answer does not show, else by standard
/// error and standard input.
///
/// Corresponds to `UI_process` with the question of `UI_construct_prompt`.
pub fn ask(object: &[u8]) -> io::Result<Vec<u8>> {
    let mut terminal = Terminal::open()?;
    terminal.screen().write_all(&[b"Enter pass phrase for ", object, b":"].concat())?;
    let answer = first_line(&mut terminal);
    terminal.screen().write_all(b"\n")?;
    answer.map_err(|_| io::Error::other(UNREADABLE))
}

fn open(name: &[u8]) -> Result<File, StartError> {
    let failed = |_| StartError::original(format!("Can't open file {}\n", String::from_utf8_lossy(name)));
    File::open(system::path(name)).map_err(failed)
}

/// The bytes before the first line end of the system. Read one by one: what follows stays there, for the connections.
fn first_line(from: &mut dyn Read) -> Result<Vec<u8>, StartError> {
    let mut line = Vec::new();
    let mut byte = [0];
    while line.len() < LONGEST {
        match from.read(&mut byte) {
            Ok(1..) if byte[0] == b'\n' => {
                line.pop_if(|last| system::CR_LF && *last == b'\r');
                break;
            }
            Ok(1..) => line.push(byte[0]),
            Ok(0) if !line.is_empty() => break,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Ok(0) | Err(_) => return Err(StartError::original(UNREADABLE)),
        }
    }
    Ok(line)
}

/// Told of a source that ends before its line begins, or cannot be read.
const UNREADABLE: &str = "Error reading password from BIO\n";
/// `PASS_SOURCE_SIZE_MAX` of the original.
const LONGEST_SCHEME: usize = 4;
/// `APP_PASS_LEN` of the original, less the terminating zero.
const LONGEST: usize = 1023;

#[cfg(test)]
mod tests {
    use super::*;

    /// A line of this file.
    fn line(number: usize) -> Vec<u8> {
        include_str!("passphrase.rs").lines().nth(number).unwrap().into()
    }

    #[test]
    fn each_source_is_read() {
        assert_eq!(read(b"pass:se:cret"), Ok(b"se:cret".to_vec()));
        assert_eq!(read(b"pass:"), Ok(Vec::new()));
        assert_eq!(read(b"env:CARGO_PKG_NAME"), Ok(b"s-server-hosting".to_vec()));
        assert_eq!(read(b"file:src/passphrase.rs"), Ok(line(0)));
    }

    #[test]
    fn messages_are_those_of_the_original() {
        let message = |source: &[u8]| String::from_utf8(read(source).unwrap_err().render()).unwrap();
        assert_eq!(message(b"env:NO_SUCH_NAME"), "No environment variable NO_SUCH_NAME\n");
        assert_eq!(message(b"file:nosuch"), "Can't open file nosuch\n");
        assert_eq!(message(b"file:/dev/null"), "Error reading password from BIO\n");
        assert_eq!(message(b"fd:999"), "Error reading password from BIO\n");
        assert_eq!(message(b"fd:x"), "Can't access file descriptor x\n");
        assert_eq!(message(b"se:x"), "Invalid password argument, starting with \"se:\"\n");
        for source in [&b"bogus"[..], b"abcdef:x", b"stdin:x", b""] {
            assert_eq!(message(source), "Invalid password argument, missing ':' within the first 5 chars\n");
        }
    }

    #[test]
    fn two_from_one_file_are_its_first_two_lines() {
        let both = |first: &[u8], second: &[u8]| read_both(Some(first), Some(second)).unwrap();
        let [first, second] = both(b"file:src/passphrase.rs", b"file:src/passphrase.rs");
        assert_eq!((first.unwrap(), second.unwrap()), (line(0), line(1)));
        assert_eq!(both(b"pass:a", b"pass:a"), [Some(b"a".to_vec()), Some(b"a".to_vec())]);
        assert_eq!(read_both(None, None), Ok([None, None]));
        let refused = read_both(Some(b"env:NO_SUCH"), None).unwrap_err();
        assert_eq!(refused.render(), b"No environment variable NO_SUCH\nError getting password\n");
        let refused = read_both(None, Some(b"se:x")).unwrap_err();
        assert_eq!(refused.render(), b"Invalid password argument, starting with \"se:\"\nError getting password\n");
    }

    #[test]
    fn only_the_line_is_taken() {
        let mut from = &b"secret\r\nrest"[..];
        let secret = if cfg!(windows) { &b"secret"[..] } else { b"secret\r" };
        assert_eq!(first_line(&mut from), Ok(secret.to_vec()));
        assert_eq!(from, b"rest");
        assert_eq!(first_line(&mut &b"a\rb\nrest"[..]), Ok(b"a\rb".to_vec()));
    }
}
