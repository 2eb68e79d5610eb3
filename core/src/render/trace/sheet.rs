//! The text that comes of a message: lines at their indents, the release's and ours.
use alloc::vec::Vec;
use core::fmt::{self, Write};

use super::further::further;
use super::names::{Code, known};
use crate::options::plan::Reference;
use crate::render::dump;

/// What a line of ours begins with, behind its indent.
pub(super) const MARK: &str = "# ";

/// The text so far, in the words of a release.
#[derive(Debug)]
pub(super) struct Sheet {
    /// Bytes, for names and certificates may hold any.
    pub text: Vec<u8>,
    /// The release.
    pub reference: Reference,
}

impl Sheet {
    /// An empty one.
    pub fn new(reference: Reference) -> Self {
        Self { text: Vec::new(), reference }
    }

    /// Blanks, before what follows on the line.
    pub fn indent(&mut self, indent: usize) {
        self.text.resize(self.text.len() + indent, b' ');
    }

    /// What stands on a line, or a part of it.
    pub fn put(&mut self, text: fmt::Arguments<'_>) {
        // A Vec takes everything.
        let _ = self.write_fmt(text);
    }

    /// A line of the release's.
    pub fn line(&mut self, indent: usize, text: fmt::Arguments<'_>) {
        self.indent(indent);
        self.put(format_args!("{text}\n"));
    }

    /// A line of ours.
    pub fn note(&mut self, indent: usize, text: fmt::Arguments<'_>) {
        self.line(indent, format_args!("{MARK}{text}"));
    }

    /// `name (len=2): 0A0B`
    pub fn hex(&mut self, indent: usize, name: &str, bytes: &[u8]) {
        self.line(indent, format_args!("{name} (len={}): {}", bytes.len(), Hex(bytes)));
    }

    /// Sixteen bytes to a line, or fewer at a deep indent.
    pub fn dump(&mut self, indent: usize, bytes: &[u8]) {
        self.put(format_args!("{}", dump::indented(bytes, indent)));
    }

    /// The release's name for a number.
    pub fn name(&self, code: Code, number: u16) -> &'static str {
        known(code, number, self.reference).unwrap_or("UNKNOWN")
    }

    /// A line of ours for a number that the release has no name for, where the registries have one.
    pub fn further(&mut self, indent: usize, code: Code, number: u16) {
        if known(code, number, self.reference).is_none()
            && let Some(name) = further(code, number)
        {
            match name {
                "GREASE" => self.note(indent, format_args!("{name}")),
                _ => self.note(indent, format_args!("{name} ({number})")),
            }
        }
    }

    /// Each number of a list on a line; `None`, and no line, where the last one is cut.
    pub fn list(&mut self, indent: usize, code: Code, size: usize, list: &[u8]) -> Option<()> {
        if !list.len().is_multiple_of(size) {
            return None;
        }
        for item in list.chunks_exact(size) {
            let number = item.iter().fold(0, |number, &byte| number << 8 | u16::from(byte));
            let name = self.name(code, number);
            match code {
                Code::Scheme => self.line(indent, format_args!("{name} (0x{number:04x})")),
                Code::Suite => {
                    let [high, low] = number.to_be_bytes();
                    self.line(indent, format_args!("{{0x{high:02X}, 0x{low:02X}}} {name}"));
                }
                Code::Compression => self.line(indent, format_args!("{name} (0x{number:02X})")),
                _ => self.line(indent, format_args!("{name} ({number})")),
            }
            self.further(indent, code, number);
        }
        Some(())
    }
}

impl Write for Sheet {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        self.text.extend_from_slice(text.as_bytes());
        Ok(())
    }
}

/// Bytes in upper case hexadecimal.
pub(super) struct Hex<'a>(pub &'a [u8]);

impl fmt::Display for Hex<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02X}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_without_a_name_is_followed_by_a_line_of_ours() {
        let mut sheet = Sheet::new(Reference::V3_0);
        sheet.list(2, Code::Group, 2, &[0, 29, 0x11, 0xec, 0x0a, 0x0a, 0x12, 0x34]).unwrap();
        let lines = "  ecdh_x25519 (29)\n  UNKNOWN (4588)\n  # X25519MLKEM768 (4588)\n  UNKNOWN (2570)\n  # GREASE\n  UNKNOWN (4660)\n";
        assert_eq!(str::from_utf8(&sheet.text).unwrap(), lines);
        assert_eq!(sheet.list(2, Code::Group, 2, &[0, 29, 0]), None);
        assert_eq!(sheet.text.len(), lines.len());
    }

    #[test]
    fn bytes_are_told_with_their_number() {
        let mut sheet = Sheet::new(Reference::V4_0);
        sheet.hex(1, "cookie", &[]);
        sheet.hex(1, "cookie", &[0xab, 1]);
        assert_eq!(sheet.text, b" cookie (len=0): \n cookie (len=2): AB01\n");
    }
}
