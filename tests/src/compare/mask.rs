//! Hides what differs between two runs of the same program: one table, and two kinds of blocks.
//!
//! A rule replaces as little as it can, so that a lost, moved or otherwise changed line still shows.

use std::sync::LazyLock;

use regex::bytes::Regex;

use crate::compare::{messages, responses, session, traces, transfers};

/// Pattern of a line, what is compared instead, and why.
const RULES: &[(&str, &str, &str)] = &[
    (r"^[0-9A-F]{16}:error:", "THREAD:error:", "number of the thread"),
    (r"(:error:.*?:)[^: ]+\.(?:c|rs):\d+:", "${1}FILE:LINE:", "place in the library's source"),
    (":(?:Temporary failure in name resolution|Name or service not known)$", ":NO SUCH NAME", "answer of the resolver"),
    (r"^(ACCEPT .*:)\d+$", "${1}PORT", "free port of -accept 0"),
    (
        r"^(SSL handshake has read )\d+( bytes and written )\d+( bytes)$",
        "${1}N${2}N${3}",
        "signatures of several lengths",
    ),
    (r"^(    Session-ID: )[0-9A-F]{64}$", "${1}32 BYTES", "chosen by the server"),
    (r"^(    (?:Resumption PSK|Master-Key): )[0-9A-F]{64}$", "${1}32 BYTES", "secret of the session"),
    (r"^(    (?:Resumption PSK|Master-Key): )[0-9A-F]{96}$", "${1}48 BYTES", "secret of the session"),
    (r"^(    Start Time: )\d{10}$", "${1}SECONDS", "time of the handshake"),
    (r"^(    Keying material: )[0-9A-F]{64}$", "${1}32 BYTES", "secret of the session"),
    (r"^(    Keying material: )[0-9A-F]{40}$", "${1}20 BYTES", "secret of the session"),
    (r"^(    Keying material: )[0-9A-F]{2000}$", "${1}1000 BYTES", "secret of the session"),
    (r"^s=0x[0-9a-f]+$", "s=PLACE", "where the session lies in memory"),
    (r"^(ech_atttempted_cid=)0x[0-9a-f]{2}$", "${1}BYTE", "chosen by some clients"),
    (r"^((?:cfg\(\d+\)|ECH): (?:ECH )?entry: .* age: )\d+", "${1}SECONDS", "time since the start"),
    (
        r"^(    (?:Produced At|This Update): )[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \d{4} GMT$",
        "${1}TIME",
        "time of an OCSP response",
    ),
    (r"^([A-Z_]+_SECRET(?:_0)? )[0-9a-f]{64} [0-9a-f]{96}$", "${1}RANDOM 48 BYTES", "line of a key log"),
    (r"^(CLIENT_RANDOM )[0-9a-f]{64} [0-9a-f]{96}$", "${1}RANDOM 48 BYTES", "line of a key log"),
];

static COMPILED: LazyLock<Vec<(Regex, &'static [u8])>> = LazyLock::new(|| {
    let compile = |pattern: &str| Regex::new(&format!("(?-u){pattern}")).expect("the table holds patterns");
    RULES.iter().map(|(pattern, instead, _)| (compile(pattern), instead.as_bytes())).collect()
});

/// The lines of a stream, each with its end, as they are compared.
pub fn lines(stream: &[u8]) -> Vec<Vec<u8>> {
    let lines: Vec<&[u8]> = stream.split_inclusive(|&byte| byte == b'\n').collect();
    let mut masked = Vec::new();
    let mut next = 0;
    while let Some(line) = lines.get(next) {
        let block = session_block(&lines[next..]).or_else(|| ticket(&lines[next..]));
        let block = block.or_else(|| random_extension(&lines[next..])).or_else(|| message(&lines[next..]));
        let block = block.or_else(|| debugged(&lines[next..])).or_else(|| responses::signature(&lines, next));
        if let Some((count, text)) = block {
            masked.push(text);
            next += count;
        } else {
            masked.push(mask(line));
            next += 1;
        }
    }
    masked
}

/// A line in its parts: the prefix that `HARNESS_OSSL_PREFIX` may have put there, the text, and the line end.
fn parts(line: &[u8]) -> (&[u8], &[u8], &[u8]) {
    let (prefix, rest) = line.split_at(if line.starts_with(b"# ") { 2 } else { 0 });
    let text = rest.strip_suffix(b"\n").unwrap_or(rest);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    (prefix, text, &rest[text.len()..])
}

fn mask(line: &[u8]) -> Vec<u8> {
    let (prefix, text, end) = parts(line);
    let traced = str::from_utf8(text).ok().and_then(traces::line);
    let mut text = traced.map_or_else(|| text.to_vec(), String::into_bytes);
    for (pattern, instead) in COMPILED.iter() {
        if let std::borrow::Cow::Owned(masked) = pattern.replace(&text, *instead) {
            text = masked;
        }
    }
    [prefix, &text, end].concat()
}

/// The base64 lines of a session become one line that says what is in them.
fn session_block(lines: &[&[u8]]) -> Option<(usize, Vec<u8>)> {
    let (prefix, first, end) = parts(lines.first()?);
    if first != b"-----BEGIN SSL SESSION PARAMETERS-----" {
        return None;
    }
    let count = lines.iter().position(|line| parts(line).1 == b"-----END SSL SESSION PARAMETERS-----")?;
    if lines[..count].iter().any(|line| parts(line).0 != prefix || parts(line).2 != end) {
        return None;
    }
    let text = session::describe(lines[1..count].iter().map(|line| parts(line).1))?;
    Some((count + 1, [prefix, b"SESSION: ", text.as_bytes(), end].concat()))
}

/// The dump of a session ticket in a client's report becomes one line with its length.
fn ticket(lines: &[&[u8]]) -> Option<(usize, Vec<u8>)> {
    let row = |line: &[u8]| {
        let text = std::str::from_utf8(line.get(..59)?).ok()?;
        let offset = usize::from_str_radix(text.strip_prefix("    ")?.get(..4)?, 16).ok()?;
        let bytes = text[8..].strip_prefix(" - ")?.split([' ', '-']).take_while(|byte| !byte.is_empty());
        let bytes = bytes.filter(|byte| byte.len() == 2 && u8::from_str_radix(byte, 16).is_ok()).count();
        Some((offset, bytes))
    };
    if parts(lines.first()?).1 != b"    TLS session ticket:" {
        return None;
    }
    let mut length = 0;
    let mut count = 1;
    while let Some((offset, bytes)) = lines.get(count).copied().and_then(row) {
        if offset != length || length % 16 != 0 || bytes == 0 {
            return None;
        }
        length += bytes;
        count += 1;
    }
    (count > 1).then(|| (count, format!("    TLS session ticket: {length} BYTES\n").into_bytes()))
}

/// The dump of an extension with keys or secrets of the client becomes its length.
fn random_extension(lines: &[&[u8]]) -> Option<(usize, Vec<u8>)> {
    let (prefix, head, end) = parts(lines.first()?);
    let head = std::str::from_utf8(head).ok()?;
    let name = head.strip_prefix("TLS client extension \"")?.split('"').next()?;
    if !["key share", "session ticket", "psk"].contains(&name) {
        return None;
    }
    let length: usize = head.rsplit_once("len=")?.1.parse().ok()?;
    let row = |(at, line): (usize, &&[u8])| {
        let text = std::str::from_utf8(parts(line).1).unwrap_or_default();
        let bytes = text.get(7..54).unwrap_or_default().split([' ', '-']).filter(|byte| byte.len() == 2).count();
        text.starts_with(&format!("{:04x} - ", 16 * at)) && bytes == (length - 16 * at).min(16)
    };
    let count = length.div_ceil(16);
    let rows = lines.get(1..=count)?;
    rows.iter().enumerate().all(row).then(|| (count + 1, [prefix, head.as_bytes(), b", dumped", end].concat()))
}

/// The dump of a message (`-msg`).
fn message(lines: &[&[u8]]) -> Option<(usize, Vec<u8>)> {
    let (prefix, head, end) = parts(lines.first()?);
    if !prefix.is_empty() || end != b"\n" || !(head.starts_with(b"<<< ") || head.starts_with(b">>> ")) {
        return None;
    }
    let texts: Vec<&str> = lines.iter().map_while(|line| std::str::from_utf8(parts(line).1).ok()).collect();
    messages::block(&texts).map(|(count, text)| (count, text.into_bytes()))
}

/// A read or write of the wire (`-debug`), or the header of a record (`-trace`).
fn debugged(lines: &[&[u8]]) -> Option<(usize, Vec<u8>)> {
    let mut starts = ["read from ", "write to "].iter().chain(&traces::HEADS);
    if !starts.any(|start| lines.first().is_some_and(|line| line.starts_with(start.as_bytes()))) {
        return None;
    }
    // No record has more rows.
    let near = lines.iter().take(1100);
    let texts: Vec<&str> = near.map_while(|line| str::from_utf8(line.strip_suffix(b"\n")?).ok()).collect();
    let block = transfers::block(&texts).or_else(|| traces::record(&texts));
    block.map(|(count, text)| (count, text.into_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> String {
        String::from_utf8(lines(text.as_bytes()).concat()).unwrap()
    }

    #[test]
    fn an_error_line_keeps_everything_but_thread_and_place() {
        let line = "80AB1866DC7F0000:error:0A000126:SSL routines:ssl3_read_n:unexpected eof while reading:\
            ../ssl/record/rec_layer_s3.c:318:\n";
        let shown = "THREAD:error:0A000126:SSL routines:ssl3_read_n:unexpected eof while reading:FILE:LINE:\n";
        assert_eq!(masked(line), shown);
    }

    #[test]
    fn an_empty_session_id_is_not_a_masked_one() {
        assert_eq!(masked("    Session-ID: \n"), "    Session-ID: \n");
        assert_eq!(masked(&format!("    Session-ID: {}\r\n", "AB".repeat(32))), "    Session-ID: 32 BYTES\r\n");
    }

    #[test]
    fn a_dump_that_is_not_a_whole_one_stays() {
        let row =
            |at: usize| format!("    {at:04x} - 00 01 02 03 04 05 06 07-08 09 0a 0b 0c 0d 0e 0f   ................\n");
        let head = "    TLS session ticket:\n";
        assert_eq!(masked(&(head.to_owned() + &row(0) + &row(16))), "    TLS session ticket: 32 BYTES\n");
        let gap = head.to_owned() + &row(0) + &row(32);
        assert_eq!(masked(&gap), gap);
    }

    #[test]
    fn only_a_whole_dump_of_a_random_extension_is_masked() {
        let head = |name: &str| format!("TLS client extension \"{name}\" (id=51), len=18\n");
        let dump = "0000 - 00 24 00 1d 00 20 81 59-7e 57 03 dd fb 61 17 3a   .$... .Y~W...a.:\n\
                    0010 - 4a b5                                             J.\n";
        assert_eq!(
            masked(&[&head("key share"), dump, "x\n"].concat()),
            "TLS client extension \"key share\" (id=51), len=18, dumped\nx\n"
        );
        let other = [&head("server name"), dump].concat();
        assert_eq!(masked(&other), other);
        let short = [&head("key share"), &dump[..74]].concat();
        assert_eq!(masked(&short), short);
    }

    #[test]
    fn a_broken_session_block_stays() {
        let block = "-----BEGIN SSL SESSION PARAMETERS-----\nMIGD\n-----END SSL SESSION PARAMETERS-----\n";
        assert_eq!(masked(block), block);
    }

    #[test]
    fn bytes_that_are_not_text_stay() {
        assert_eq!(lines(b"\x00\xff\r\nx"), [b"\x00\xff\r\n".to_vec(), b"x".to_vec()]);
    }
}
