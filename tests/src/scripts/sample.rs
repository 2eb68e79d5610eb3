//! Reads a transcript of `samples/`: the script that made it and everything that came out.
//!
//! The format is described in `samples/README.md`. Sections are framed by their byte count and nothing else, because
//! their content may look like anything.

use std::path::PathBuf;

use crate::launch::words::words;
use crate::scripts::script::{self, Script};
use crate::{Streams, tests_folder};

/// One captured run of the original.
#[derive(Clone, Debug)]
pub struct Sample {
    /// What was done.
    pub script: Script,
    /// What came out, to the byte.
    pub streams: Streams,
}

impl Sample {
    /// Reads `samples/NAME.txt`.
    pub fn load(name: &str) -> Result<Sample, String> {
        let path: PathBuf = tests_folder().join("samples").join(format!("{name}.txt"));
        let bytes = std::fs::read(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        Sample::parse(&bytes).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// Reads a transcript.
    pub fn parse(bytes: &[u8]) -> Result<Sample, String> {
        let mut reader = Reader { rest: bytes };
        let mut sample = Sample {
            script: Script {
                name: String::new(),
                directory: String::new(),
                environment: Vec::new(),
                arguments: Vec::new(),
                steps: Vec::new(),
                files: Vec::new(),
                newer_clients: false,
                preloaded: None,
            },
            streams: Streams::new(),
        };
        while !reader.rest.starts_with(b"=== ") {
            sample.header(reader.line()?)?;
        }
        while !reader.rest.is_empty() {
            match reader.line()? {
                "" => {}
                line if line.starts_with("=== ") => {
                    let (title, count) = section_head(line)?;
                    sample.section(title, reader.take(count)?);
                }
                line => sample.client(line)?,
            }
        }
        Ok(sample)
    }

    fn header(&mut self, line: &str) -> Result<(), String> {
        if let Some(step) = line.strip_prefix("  ") {
            let (_, step) = step.split_once(". ").ok_or_else(|| format!("not a step: {line}"))?;
            self.note_what_existed(step);
            self.script.steps.extend(script::parse_step(step)?);
            return Ok(());
        }
        let (key, value) = line.split_once(':').ok_or_else(|| format!("not a header: {line}"))?;
        let value = value.strip_prefix(' ').unwrap_or(value);
        match key {
            "sample" => self.script.name = value.to_owned(),
            "directory" => self.script.directory = value.to_owned(),
            "environment" => {
                let (name, value) = value.split_once('=').ok_or_else(|| format!("not a variable: {value}"))?;
                self.script.environment.push((name.to_owned(), value.to_owned()));
            }
            "command" => {
                let line = value.strip_prefix("openssl s_server").ok_or_else(|| format!("not s_server: {value}"))?;
                self.script.arguments = words(line);
            }
            "server exit" => self.put("server exit", value.as_bytes()),
            "about" | "terminal" | "steps" => {}
            _ => return Err(format!("unknown header: {key}")),
        }
        Ok(())
    }

    /// `tmp/s exists afterwards: False` is a result, not only a step.
    fn note_what_existed(&mut self, step: &str) {
        if let Some((path, answer)) = step.split_once(" exists afterwards: ") {
            self.put(&format!("{path} exists afterwards"), answer.as_bytes());
        }
    }

    fn section(&mut self, title: &str, content: &[u8]) {
        let given = ["server stdin", "server stdin, then end of file", "terminal input"].contains(&title);
        if given || title.ends_with(" stdin") || title.ends_with(" sent") {
            return;
        }
        if let Some(file) = title.strip_prefix("file ") {
            self.script.files.push(file.to_owned());
        }
        self.put(title, content);
    }

    fn client(&mut self, line: &str) -> Result<(), String> {
        if let Some((name, how)) = line.split_once(": raw client, connection ended with: ") {
            self.put(&format!("{name} end"), how.as_bytes());
        } else if let Some((name, status)) = line.split_once(" exit: ") {
            self.put(&format!("{name} exit"), status.as_bytes());
        } else if !line.starts_with("client ") || !line.contains(" command: ") {
            return Err(format!("neither a section nor a client: {line}"));
        }
        Ok(())
    }

    fn put(&mut self, title: &str, content: &[u8]) {
        self.streams.insert(title.to_owned(), content.to_vec());
    }
}

/// `=== server stdout (473 bytes) ===`
fn section_head(line: &str) -> Result<(&str, usize), String> {
    let head = line.strip_prefix("=== ").and_then(|rest| rest.strip_suffix(" bytes) ==="));
    let (title, count) = head.and_then(|head| head.rsplit_once(" (")).ok_or_else(|| format!("not a head: {line}"))?;
    Ok((title, count.parse().map_err(|_| format!("not a byte count: {line}"))?))
}

struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    fn line(&mut self) -> Result<&'a str, String> {
        let end = self.rest.iter().position(|&b| b == b'\n').ok_or("the last line is not ended")?;
        let (line, rest) = self.rest.split_at(end);
        self.rest = &rest[1..];
        std::str::from_utf8(line).map_err(|_| "a line outside the sections is not text".to_owned())
    }

    fn take(&mut self, count: usize) -> Result<&'a [u8], String> {
        if self.rest.len() <= count || self.rest[count] != b'\n' {
            return Err(format!("no section of {count} bytes and a line end"));
        }
        let (content, rest) = self.rest.split_at(count);
        self.rest = &rest[1..];
        Ok(content)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::launch::process::Input;
    use crate::scripts::script::{Step, Who};

    const TEXT: &[u8] = b"sample: 999-x\nabout: y\ndirectory: pki\nenvironment: A=b \n\
        command: openssl s_server -accept 4433\nterminal: pipes\nsteps:\n  1. start the server\n  2. server gets SIGTERM\n\
        server exit: 0\n=== server stdin (0 bytes) ===\n\n=== server stdout (20 bytes) ===\na\n=== x (9 bytes)\x00\n\n\n\
        client A command: openssl s_client\nclient A exit: 1\n=== client A stdout (2 bytes) ===\nhi\n";

    #[test]
    fn sections_are_read_by_their_byte_count() {
        let sample = Sample::parse(TEXT).unwrap();
        assert_eq!(sample.script.name, "999-x");
        assert_eq!(sample.script.environment, [("A".to_owned(), "b ".to_owned())]);
        assert_eq!(sample.script.arguments, ["-accept", "4433"]);
        assert_eq!(sample.script.steps, [Step::StartServer(Input::Pipe), Step::Terminate(Who::Server)]);
        let titles: Vec<&str> = sample.streams.keys().map(String::as_str).collect();
        assert_eq!(titles, ["client A exit", "client A stdout", "server exit", "server stdout"]);
        assert_eq!(sample.streams["server stdout"], b"a\n=== x (9 bytes)\x00\n\n");
        assert_eq!(sample.streams["client A stdout"], b"hi");
    }

    #[test]
    fn a_wrong_byte_count_is_an_error() {
        let text = String::from_utf8_lossy(TEXT).replace("(20 bytes)", "(17 bytes)");
        assert!(Sample::parse(text.as_bytes()).is_err());
        let text = String::from_utf8_lossy(TEXT).replace("(2 bytes)", "(3 bytes)");
        assert!(Sample::parse(text.as_bytes()).is_err());
    }

    #[test]
    fn the_copied_transcripts_in_scope_can_be_read() {
        for case in crate::scripts::scope::SAMPLES {
            Sample::load(case).unwrap();
        }
    }
}
