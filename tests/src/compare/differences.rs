//! `differences.toml`: the single lines in which ours differs from the original, each with the defect that it mends.
//!
//! An entry that does not hold any more fails the test as much as a difference without an entry.

use regex::bytes::Regex;
use serde::Deserialize;

/// One line of one stream.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Difference {
    /// Names of the transcripts or scripts it concerns.
    pub samples: Vec<String>,
    /// Title of the stream: `server stdout`, `client A exit`, …; several stand with ` | ` between them.
    pub stream: String,
    /// Pattern of a whole masked line of the original, without its line end. The empty pattern matches the place of an
    /// empty stream's only line.
    pub pattern: String,
    /// How many lines match, each of which is changed; one if absent.
    #[serde(default = "one")]
    pub lines: usize,
    /// What ours has there.
    #[serde(flatten)]
    pub ours: Ours,
    /// Number in the list of the original's defects, or what is improved.
    pub defect: String,
    /// The reason, for the reader.
    pub why: String,
    /// The release that shows the line, `3.0` or `4.0`; both if absent.
    pub release: Option<String>,
}

/// What stands in place of a line.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "lowercase")]
pub enum Ours {
    /// This text; empty when the line is absent.
    Instead(String),
    /// The same line directly after the first one that matches this pattern.
    Moved(String),
    /// The line itself, and this text before it.
    Before(String),
    /// The line itself, and this text after it.
    After(String),
    /// The line itself, and this text after all lines of the stream.
    Last(String),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    difference: Vec<Difference>,
}

/// The entries of `differences.toml`.
pub fn load() -> Result<Vec<Difference>, String> {
    let path = crate::tests_folder().join("differences.toml");
    let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
    parse(&text).map_err(|e| format!("{}: {e}", path.display()))
}

fn parse(text: &str) -> Result<Vec<Difference>, String> {
    toml::from_str::<File>(text).map(|file| file.difference).map_err(|e| e.to_string())
}

/// The entries that concern `sample` where the original is of `release`.
pub fn of(sample: &str, release: &str, all: &[Difference]) -> Vec<Difference> {
    let concerns = |difference: &&Difference| {
        difference.samples.iter().any(|name| name == sample)
            && difference.release.as_deref().is_none_or(|r| r == release)
    };
    let of_each_stream = |difference: &Difference| {
        let streams: Vec<String> = difference.stream.split(" | ").map(str::to_owned).collect();
        let difference = difference.clone();
        streams.into_iter().map(move |stream| Difference { stream, ..difference.clone() })
    };
    all.iter().filter(concerns).flat_map(of_each_stream).collect()
}

impl Difference {
    /// Changes the original's lines into what ours must have; an error when there is no such line.
    pub fn apply(&self, lines: &mut Vec<Vec<u8>>) -> Result<(), String> {
        if lines.is_empty() && self.pattern.is_empty() {
            lines.push(b"\n".to_vec());
        }
        for at in self.find(&self.pattern, self.lines, lines)?.into_iter().rev() {
            let end = line_end(&lines[at]).to_vec();
            match &self.ours {
                Ours::Instead(text) => drop(lines.splice(at..=at, as_lines(text, &end))),
                Ours::Before(text) => drop(lines.splice(at..at, as_lines(text, &end))),
                Ours::After(text) => drop(lines.splice(at + 1..at + 1, as_lines(text, &end))),
                Ours::Last(text) => lines.extend(as_lines(text, &end)),
                Ours::Moved(after) => self.put_after(after, at, lines)?,
            }
        }
        Ok(())
    }

    fn put_after(&self, pattern: &str, from: usize, lines: &mut Vec<Vec<u8>>) -> Result<(), String> {
        let line = lines.remove(from);
        let to = self.find(pattern, 1, lines)?[0] + 1;
        if to == from {
            return Err(format!("stale entry: {:?} already stands there", self.pattern));
        }
        lines.insert(to, line);
        Ok(())
    }

    /// The lines that match, which must be `count`.
    fn find(&self, pattern: &str, count: usize, lines: &[Vec<u8>]) -> Result<Vec<usize>, String> {
        let whole = Regex::new(&format!(r"^(?:{pattern})\r?\n?$")).map_err(|e| e.to_string())?;
        let found: Vec<usize> = (0..lines.len()).filter(|&at| whole.is_match(&lines[at])).collect();
        match found.len() {
            0 => Err(format!("stale entry: the original's {} has no line {pattern:?}", self.stream)),
            n if n == count => Ok(found),
            n => Err(format!("the original's {} has {n} lines {pattern:?}", self.stream)),
        }
    }
}

const fn one() -> usize {
    1
}

/// The lines of an entry's text, with the line end of the original's line; the empty text has none.
fn as_lines(text: &str, end: &[u8]) -> Vec<Vec<u8>> {
    let lines = text.split('\n').filter(|_| !text.is_empty());
    lines.map(|line| [line.as_bytes(), end].concat()).collect()
}

fn line_end(line: &[u8]) -> &[u8] {
    let text = line.strip_suffix(b"\n").unwrap_or(line);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    &line[text.len()..]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn applied(ours: &str, lines: &str) -> Result<String, String> {
        let entry =
            format!("[[difference]]\nsamples = ['x']\nstream = 's'\npattern = 'b.'\n{ours}\ndefect = '1'\nwhy = 'y'\n");
        let mut lines: Vec<Vec<u8>> = lines.split_inclusive('\n').map(|line| line.as_bytes().to_vec()).collect();
        parse(&entry)?[0].apply(&mut lines)?;
        Ok(String::from_utf8(lines.concat()).unwrap())
    }

    #[test]
    fn every_kind_changes_one_line() {
        assert_eq!(applied("instead = ''", "a\nb1\nc\n").as_deref(), Ok("a\nc\n"));
        assert_eq!(applied("instead = 'B'", "a\nb1\r\nc\n").as_deref(), Ok("a\nB\r\nc\n"));
        assert_eq!(applied("instead = \"B\\nC\"", "a\nb1\r\n").as_deref(), Ok("a\nB\r\nC\r\n"));
        assert_eq!(applied("lines = 2\ninstead = ''", "b1\na\nb2\n").as_deref(), Ok("a\n"));
        assert_eq!(applied("before = 'B'", "a\nb1\nc\n").as_deref(), Ok("a\nB\nb1\nc\n"));
        assert_eq!(applied("after = 'B'", "a\nb1\nc\n").as_deref(), Ok("a\nb1\nB\nc\n"));
        assert_eq!(applied("last = 'B'", "a\nb1\nc\n").as_deref(), Ok("a\nb1\nc\nB\n"));
        assert_eq!(applied("moved = 'c'", "a\nb1\nc\n").as_deref(), Ok("a\nc\nb1\n"));
    }

    #[test]
    fn an_entry_may_name_several_streams() {
        let entry =
            "[[difference]]\nsamples = ['x']\nstream = 's | t'\npattern = ''\ninstead = 'B'\ndefect = '1'\nwhy = 'y'";
        let streams: Vec<String> = of("x", "3.0", &parse(entry).unwrap()).into_iter().map(|d| d.stream).collect();
        assert_eq!(streams, ["s", "t"]);
    }

    #[test]
    fn an_empty_stream_can_be_filled() {
        let mut lines = Vec::new();
        let entry =
            "[[difference]]\nsamples = ['x']\nstream = 's'\npattern = ''\ninstead = 'B'\ndefect = '1'\nwhy = 'y'";
        parse(entry).unwrap()[0].apply(&mut lines).unwrap();
        assert_eq!(lines, [b"B\n"]);
    }

    #[test]
    fn an_entry_without_its_line_is_stale() {
        assert!(applied("instead = ''", "a\nc\n").unwrap_err().starts_with("stale entry"));
        assert!(applied("instead = ''", "xb1\nb12\n").unwrap_err().starts_with("stale entry"));
        assert!(applied("moved = 'a'", "a\nb1\n").unwrap_err().starts_with("stale entry"));
        assert!(applied("instead = ''", "b1\nb2\n").unwrap_err().contains("has 2 lines"));
        assert!(applied("lines = 2\ninstead = ''", "b1\n").unwrap_err().contains("has 1 lines"));
    }

    #[test]
    fn an_entry_names_what_stands_there() {
        assert!(
            parse("[[difference]]\nsamples = ['x']\nstream = 's'\npattern = 'b'\ndefect = '1'\nwhy = 'y'").is_err()
        );
    }

    #[test]
    fn the_file_has_no_entry_twice() {
        let all = load().unwrap();
        for (index, entry) in all.iter().enumerate() {
            let twin = |other: &Difference| {
                (&other.samples, &other.stream, &other.pattern, &other.release)
                    == (&entry.samples, &entry.stream, &entry.pattern, &entry.release)
            };
            assert!(!all[..index].iter().any(twin), "{entry:?}");
            assert!(!entry.why.is_empty() && !entry.defect.is_empty(), "{entry:?}");
        }
    }
}
