//! The steps of a transcript: what is started, written, closed and stopped, in which order.

use std::path::PathBuf;

use crate::launch::process::Input;
use crate::launch::words::words;

/// One run as it can be repeated.
#[derive(Clone, Debug)]
pub struct Script {
    /// Name of the transcript, or of the test.
    pub name: String,
    /// Working directory of server and clients, in the copied folder: `pki` or one below.
    pub directory: String,
    /// Additional variables of the server.
    pub environment: Vec<(String, String)>,
    /// Words after `s_server`. The port 4433 in them stands for the one that the run gets.
    pub arguments: Vec<String>,
    /// What happens, in order.
    pub steps: Vec<Step>,
    /// Files that the server writes and the comparison reads.
    pub files: Vec<String>,
    /// The clients are of the reference's release, not the distribution's.
    pub newer_clients: bool,
    /// A library to be preloaded into the original and into clients, not into ours.
    pub preloaded: Option<PathBuf>,
}

/// Somebody who takes part in a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// The program under test.
    Server,
    /// A client, lettered in the order of starting.
    Client(char),
}

/// One thing that is done. The next one waits until everybody is quiet again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Start the server and wait until it listens or has ended.
    StartServer(Input),
    /// Start `openssl` with these words.
    StartClient(char, Vec<String>),
    /// Write to somebody's standard input.
    Write(Who, Vec<u8>),
    /// End somebody's standard input.
    Close(Who),
    /// Send SIGTERM.
    Terminate(Who),
    /// Connect with TLS, send this, read to the end.
    RawTls(char, Vec<u8>),
    /// Connect without TLS, send this, end the sending side, read to the end.
    RawTcp(char, Vec<u8>),
    /// Connect with TLS and close with a TCP reset.
    Reset,
    /// Listen on the server's port before it does.
    OccupyPort,
    /// Listen on a Unix socket before the server does.
    OccupyPath(String),
    /// Start an OCSP responder. The port 8888 in the command line stands for the one that it gets.
    Responder,
    /// Note whether this path exists at the end.
    Exists(String),
}

impl Script {
    /// A script of our own, in the words of the transcripts: a command line and one step per line.
    ///
    /// # Panics
    /// When a step is not understood: the text is part of a test.
    pub fn new(name: &str, command: &str, steps: &str) -> Script {
        let steps = steps.lines().map(str::trim).filter(|line| !line.is_empty());
        Script {
            name: name.to_owned(),
            directory: "pki".to_owned(),
            environment: Vec::new(),
            arguments: words(command),
            steps: steps.flat_map(|line| parse_step(line).unwrap_or_else(|e| panic!("{name}: {e}"))).collect(),
            files: Vec::new(),
            newer_clients: false,
            preloaded: None,
        }
    }
}

/// Reads one step; a line that says two things gives two.
pub fn parse_step(text: &str) -> Result<Vec<Step>, String> {
    let unknown = || format!("step not understood: {text}");
    Ok(match text {
        "start the server" => vec![Step::StartServer(Input::Pipe)],
        "start the server with standard input from /dev/null" => vec![Step::StartServer(Input::Null)],
        "start the server on a pseudo-terminal (input, output and error are one terminal)"
        | "start the server on a pseudo-terminal" => vec![Step::StartServer(Input::Terminal)],
        "(the server does not end by itself; the test ends it with SIGTERM)" => vec![Step::Terminate(Who::Server)],
        "another program listens on port 4433" => vec![Step::OccupyPort],
        "an OCSP responder listens on port 8888" => vec![Step::Responder],
        "a TLS client connects, completes the handshake and closes the TCP connection with a reset" => {
            vec![Step::Reset]
        }
        _ => {
            if let Some(path) = text.strip_prefix("another program listens on the Unix socket ") {
                return Ok(vec![Step::OccupyPath(path.to_owned())]);
            }
            if let Some((path, _)) = text.split_once(" exists afterwards") {
                return Ok(vec![Step::Exists(path.to_owned())]);
            }
            if let Some(rest) = text.strip_prefix("start client ") {
                let (name, command) = rest.split_once(": openssl ").ok_or_else(unknown)?;
                return Ok(vec![Step::StartClient(letter(name)?, words(command))]);
            }
            return parse_somebody(text)?.ok_or_else(unknown);
        }
    })
}

/// The steps that begin with `server` or `client X`.
fn parse_somebody(text: &str) -> Result<Option<Vec<Step>>, String> {
    let (who, rest) = if let Some(rest) = text.strip_prefix("server ") {
        (Who::Server, rest)
    } else if let Some(rest) = text.strip_prefix("client ") {
        let (name, rest) = rest.split_at(rest.find([' ', ':']).unwrap_or(rest.len()));
        (Who::Client(letter(name)?), rest.trim_start())
    } else {
        return Ok(None);
    };
    Ok(match (who, rest) {
        (_, "standard input: end of file") => Some(vec![Step::Close(who)]),
        (_, "gets SIGTERM") => Some(vec![Step::Terminate(who)]),
        (Who::Client(name), _) if rest.starts_with(": TLS client connects and sends ") => {
            Some(vec![Step::RawTls(name, literal(rest)?.0)])
        }
        (Who::Client(name), _) if rest.starts_with(": plain TCP client connects, sends ") => {
            Some(vec![Step::RawTcp(name, literal(rest)?.0)])
        }
        _ if rest.starts_with("standard input <- ") => {
            let (bytes, after) = literal(rest)?;
            let mut steps = vec![Step::Write(who, bytes)];
            if after.starts_with(", then end of file") {
                steps.push(Step::Close(who));
            }
            Some(steps)
        }
        _ => None,
    })
}

fn letter(name: &str) -> Result<char, String> {
    let mut letters = name.chars();
    match (letters.next(), letters.next()) {
        (Some(letter @ 'A'..='Z'), None) => Ok(letter),
        _ => Err(format!("not the letter of a client: {name}")),
    }
}

/// The first byte literal (`b'…'`) in a step and what follows it.
fn literal(text: &str) -> Result<(Vec<u8>, &str), String> {
    let bad = || format!("no byte literal in: {text}");
    let start = text.find("b'").or_else(|| text.find("b\"")).ok_or_else(bad)?;
    let quote = text[start + 1..].chars().next().ok_or_else(bad)?;
    let mut rest = text[start + 2..].chars();
    let mut bytes = Vec::new();
    loop {
        match rest.next().ok_or_else(bad)? {
            c if c == quote => return Ok((bytes, rest.as_str())),
            '\\' => bytes.push(match rest.next().ok_or_else(bad)? {
                'n' => b'\n',
                'r' => b'\r',
                't' => b'\t',
                'x' => {
                    let digits = rest.as_str().get(..2).ok_or_else(bad)?;
                    rest.nth(1);
                    u8::from_str_radix(digits, 16).map_err(|_| bad())?
                }
                c @ ('\\' | '\'' | '"') => c as u8,
                _ => return Err(bad()),
            }),
            c => bytes.push(u8::try_from(c).map_err(|_| bad())?),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_step_keeps_its_words() {
        let step = "start client A: openssl s_client -connect 127.0.0.1:4433 -brief";
        let words = ["s_client", "-connect", "127.0.0.1:4433", "-brief"].map(str::to_owned).to_vec();
        assert_eq!(parse_step(step), Ok(vec![Step::StartClient('A', words)]));
    }

    #[test]
    fn bytes_are_read_as_they_were_written() {
        let step = r"client B standard input <- b'\x00\x01\xfe\xff\r\n\\ \''";
        let bytes = b"\x00\x01\xfe\xff\r\n\\ '".to_vec();
        assert_eq!(parse_step(step), Ok(vec![Step::Write(Who::Client('B'), bytes)]));
    }

    #[test]
    fn text_and_end_of_file_are_two_steps() {
        let step = r"server standard input <- b'hello\n', then end of file, before any client";
        let steps = vec![Step::Write(Who::Server, b"hello\n".to_vec()), Step::Close(Who::Server)];
        assert_eq!(parse_step(step), Ok(steps));
    }

    #[test]
    fn a_raw_client_is_told_what_to_send() {
        let step = r"client A: TLS client connects and sends b'GET / HTTP/1.0\r\n\r\n', then reads to the end";
        assert_eq!(parse_step(step), Ok(vec![Step::RawTls('A', b"GET / HTTP/1.0\r\n\r\n".to_vec())]));
    }

    #[test]
    fn an_unknown_step_is_an_error() {
        assert_eq!(parse_step("stir the soup"), Err("step not understood: stir the soup".to_owned()));
        assert!(parse_step("client A standard input <- b'open").is_err());
        assert!(parse_step("client AB gets SIGTERM").is_err());
    }
}
