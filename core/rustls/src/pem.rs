//! The objects of a file in PEM, one by one, none of them passed over.
//!
//! Blocks are found as `PEM_read_bio_ex` finds them: a line that begins with `-----BEGIN ` opens one, other lines between
//! blocks are text. What opens a block and is none is an error, not text: where the original goes on behind it, an object
//! would be lost without a word.
use std::fmt;

/// One block.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// Its place in the file, from 1.
    pub number: usize,
    /// The line that opens it, from 1.
    pub line: usize,
    /// What stands behind `BEGIN`.
    pub label: String,
    /// It has header fields, as blocks have that are encrypted as a whole (RFC 1421 section 4.6.1.1).
    pub has_headers: bool,
    /// The bytes; those of the object, unless `has_headers`.
    pub der: Vec<u8>,
}

/// A block that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Damage {
    /// The block's place in the file, from 1.
    pub number: usize,
    /// The line that opens it, from 1.
    pub line: usize,
    /// What is wrong with it.
    pub why: String,
}

impl fmt::Display for Damage {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(to, "block {} (line {}): {}", self.number, self.line, self.why)
    }
}

impl std::error::Error for Damage {}

impl Block {
    /// That the block is no such thing.
    pub fn damaged(&self, why: &str) -> Damage {
        Damage { number: self.number, line: self.line, why: why.to_owned() }
    }
}

/// The blocks of a file in order; after one that cannot be read there is none.
pub fn blocks(file: &[u8]) -> Blocks<'_> {
    let file = file.strip_prefix(BYTE_ORDER_MARK).unwrap_or(file);
    Blocks { rest: file, line: 0, number: 0, ended: false }
}

/// What some editors write before a text in UTF-8.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";
const DASHES: &[u8] = b"-----";

/// See [`blocks`].
#[derive(Debug)]
pub struct Blocks<'a> {
    rest: &'a [u8],
    line: usize,
    number: usize,
    ended: bool,
}

impl Iterator for Blocks<'_> {
    type Item = Result<Block, Damage>;

    fn next(&mut self) -> Option<Self::Item> {
        while !self.ended
            && let Some(line) = self.next_line()
        {
            let opens = line.trim_ascii_start().starts_with(BEGIN);
            if !opens && !line.starts_with(END) {
                continue;
            }
            self.number += 1;
            let (number, at) = (self.number, self.line);
            let block = if opens { self.block(line, at) } else { Err("its BEGIN line is missing".into()) };
            self.ended = block.is_err();
            return Some(block.map_err(|why| Damage { number, line: at, why }));
        }
        None
    }
}

impl<'a> Blocks<'a> {
    /// The block that a line opens.
    fn block(&mut self, opening: &[u8], at: usize) -> Result<Block, String> {
        let label = opening.strip_prefix(BEGIN).ok_or("blanks stand before its BEGIN line")?;
        let label = label.strip_suffix(DASHES).filter(|label| !label.windows(5).any(|part| part == DASHES));
        let label = label.and_then(|label| str::from_utf8(label).ok()).ok_or("its BEGIN line is damaged")?.to_owned();
        let (mut has_headers, mut in_fields, mut text) = (false, false, Vec::new());
        loop {
            let line = self.next_line().ok_or("it has no END line")?;
            if let Some(ending) = line.strip_prefix(END) {
                is_end_of(ending, &label)?;
                let der = base64(&text).ok_or_else(|| format!("{label} is not sound base64"))?;
                return Ok(Block { number: self.number, line: at, label, has_headers, der });
            }
            if line.starts_with(BEGIN) {
                return Err("it has no END line; the next block begins in it".into());
            }
            // Fields, and lines that continue them, up to a blank line.
            in_fields |= line.contains(&b':');
            has_headers |= in_fields;
            if in_fields {
                in_fields = !line.is_empty();
                continue;
            }
            text.extend_from_slice(line);
        }
    }

    /// The next line without its end and the blanks before that; LF, CR LF and CR end lines.
    fn next_line(&mut self) -> Option<&'a [u8]> {
        if self.rest.is_empty() {
            return None;
        }
        self.line += 1;
        let len = self.rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(self.rest.len());
        let (line, rest) = self.rest.split_at(len);
        self.rest = rest.strip_prefix(b"\r\n").or(rest.get(1..)).unwrap_or_default();
        Some(line.trim_ascii_end())
    }
}

/// What stands behind `-----END `.
fn is_end_of(ending: &[u8], label: &str) -> Result<(), &'static str> {
    let Some(behind) = ending.strip_prefix(label.as_bytes()).and_then(|rest| rest.strip_prefix(DASHES)) else {
        return Err("its END line is that of another block");
    };
    if behind.is_empty() {
        return Ok(());
    }
    Err("something stands behind its END line; a line end is missing between two blocks")
}

/// RFC 4648 section 4, with blanks between.
fn base64(text: &[u8]) -> Option<Vec<u8>> {
    let text: Vec<u8> = text.iter().copied().filter(|byte| !byte.is_ascii_whitespace()).collect();
    let padding = text.iter().rev().take_while(|&&byte| byte == b'=').count();
    let digits = &text[..text.len() - padding];
    if padding > 2 || digits.is_empty() || !text.len().is_multiple_of(4) {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len() / 4 * 3);
    for group in digits.chunks(4) {
        let word = group.iter().try_fold(0_u32, |word, &digit| Some(word << 6 | u32::from(value(digit)?)))?;
        let word = word << (6 * (4 - group.len()));
        bytes.extend_from_slice(&word.to_be_bytes()[1..group.len()]);
    }
    Some(bytes)
}

fn value(digit: u8) -> Option<u8> {
    match digit {
        b'A'..=b'Z' => Some(digit - b'A'),
        b'a'..=b'z' => Some(digit - b'a' + 26),
        b'0'..=b'9' => Some(digit - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(file: &str) -> Vec<Result<(String, Vec<u8>), String>> {
        let told = |block: Block| (block.label, block.der);
        blocks(file.as_bytes()).map(|block| block.map(told).map_err(|damage| damage.to_string())).collect()
    }

    fn good(label: &str, der: &[u8]) -> Result<(String, Vec<u8>), String> {
        Ok((label.to_owned(), der.to_vec()))
    }

    fn bad(damage: &str) -> Result<(String, Vec<u8>), String> {
        Err(damage.to_owned())
    }

    const ONE: &str = "-----BEGIN CERTIFICATE-----\nYWJj\nZA==\n-----END CERTIFICATE-----\n";

    #[test]
    fn every_block_is_found_among_text_whatever_the_line_ends() {
        let file = format!("subject: a\n{ONE}#-----BEGIN X-----\n\n-----BEGIN X Y-----\nYWJ\nj\n-----END X Y-----");
        let both = vec![good("CERTIFICATE", b"abcd"), good("X Y", b"abc")];
        assert_eq!(read(&file), both);
        assert_eq!(read(&file.replace('\n', "\r\n")), both);
        assert_eq!(read(&file.replace('\n', "\r")), both);
        assert_eq!(read(&file.replace('\n', " \t\n")), both);
        assert_eq!(read(&format!("\u{feff}{ONE}")), [good("CERTIFICATE", b"abcd")]);
        assert_eq!(read("no block\n"), []);
    }

    #[test]
    fn what_cannot_be_read_is_told_with_its_place_and_ends_the_file() {
        for (damaged, told) in [
            (ONE.replace("ZA==", "ZA="), "block 2 (line 5): CERTIFICATE is not sound base64"),
            (ONE.replace("YWJj", "YW*j"), "block 2 (line 5): CERTIFICATE is not sound base64"),
            (ONE.replace("YWJj\nZA==\n", ""), "block 2 (line 5): CERTIFICATE is not sound base64"),
            (
                ONE.replace("-----END CERTIFICATE-----\n", ""),
                "block 2 (line 5): it has no END line; the next block begins in it",
            ),
            (ONE.replace("END CERT", "END X509 CERT"), "block 2 (line 5): its END line is that of another block"),
            (ONE.replace("CATE-----\nYW", "CATE----\nYW"), "block 2 (line 5): its BEGIN line is damaged"),
            (format!(" {ONE}"), "block 2 (line 5): blanks stand before its BEGIN line"),
            (ONE.replace("-----BEGIN CERTIFICATE-----\n", ""), "block 2 (line 7): its BEGIN line is missing"),
            (
                ONE.trim_end().to_owned(),
                "block 2 (line 5): something stands behind its END line; a line end is missing between two blocks",
            ),
        ] {
            assert_eq!(read(&format!("{ONE}{damaged}{ONE}")), [good("CERTIFICATE", b"abcd"), bad(told)], "{damaged}");
        }
        let cut = ONE.replace("-----END CERTIFICATE-----\n", "");
        assert_eq!(read(&cut), [bad("block 1 (line 1): it has no END line")]);
    }

    #[test]
    fn header_fields_are_no_part_of_the_bytes() {
        let file = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: x,\n yz\n\nYWJj\n\
                    -----END RSA PRIVATE KEY-----\n";
        let block = blocks(file.as_bytes()).next().unwrap().unwrap();
        assert_eq!((block.has_headers, block.der.as_slice(), block.line), (true, &b"abc"[..], 1));
    }

    #[test]
    fn every_length_of_bytes_comes_back() {
        for (text, bytes) in [("YQ==", "a"), ("YWI=", "ab"), ("YWJj", "abc"), ("+/+/", "\u{0}")] {
            let read = base64(text.as_bytes()).unwrap();
            assert!(read == bytes.as_bytes() || text == "+/+/" && read == [0xfb, 0xff, 0xbf], "{text}");
        }
        assert_eq!((base64(b"Y==="), base64(b"YQ=a"), base64(b"Y")), (None, None, None));
    }
}
