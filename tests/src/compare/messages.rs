//! Hides what is random in a message that `-msg` dumps: its length, its place and all other bytes are compared.
use std::fmt::Write;
use std::ops::Range;

/// The lines of a handshake message at the beginning of `lines`: their number, and what is compared.
pub fn block(lines: &[&str]) -> Option<(usize, String)> {
    let head = lines.first()?;
    let (start, name) = head.split_once(']')?;
    let (_, length) = start.split_once(", Handshake [length ")?;
    if !(start.starts_with(">>> ") || start.starts_with("<<< ")) {
        return None;
    }
    let length = usize::from_str_radix(length, 16).ok()?;
    let rows = lines.get(1..=length.div_ceil(16))?;
    let wanted = |at: usize| (length - 16 * at).min(16);
    let bytes = rows.iter().enumerate().map(|(at, line)| row(line).filter(|bytes| bytes.len() == wanted(at)));
    let bytes: Vec<u8> = bytes.collect::<Option<Vec<_>>>()?.concat();
    let hidden = random(name.strip_prefix(", ")?, &bytes);
    let mut text = format!("{head}\n");
    for (at, byte) in bytes.iter().enumerate() {
        text += if at % 16 == 0 { "    " } else { " " };
        match hidden.iter().any(|range| range.contains(&at)) {
            true => text += "??",
            false => write!(text, "{byte:02x}").expect("a String takes everything"),
        }
        text += if at % 16 == 15 || at + 1 == bytes.len() { "\n" } else { "" };
    }
    Some((rows.len() + 1, text))
}

/// The bytes of a row of a dump; `None`: the line is none.
pub fn row(line: &str) -> Option<Vec<u8>> {
    let digits: Vec<&str> = line.strip_prefix("    ")?.split(' ').collect();
    let byte = |two: &&str| (two.len() == 2).then(|| u8::from_str_radix(two, 16).ok()).flatten();
    digits.iter().map(byte).collect()
}

/// Where a message has bytes that are random, or follow from random ones.
fn random(name: &str, bytes: &[u8]) -> Vec<Range<usize>> {
    match name {
        "ClientHello" => client_hello(bytes).unwrap_or_default(),
        "ServerHello" => server_hello(bytes).unwrap_or_default(),
        "ServerKeyExchange" | "CertificateVerify" | "ClientKeyExchange" | "Finished" | "NewSessionTicket" => {
            std::iter::once(4..bytes.len()).collect()
        }
        _ => Vec::new(),
    }
}

/// Random and session id, RFC 8446 section 4.1.2: where they are, and what follows.
fn begin(bytes: &[u8]) -> Option<([Range<usize>; 2], usize)> {
    let end = 39 + usize::from(*bytes.get(38)?);
    Some(([6..38, 39..end], end))
}

fn client_hello(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let (hidden, at) = begin(bytes)?;
    let at = at + 2 + number(bytes, at)?;
    let at = at + 1 + usize::from(*bytes.get(at)?);
    extensions(bytes, at, hidden.into())
}

fn server_hello(bytes: &[u8]) -> Option<Vec<Range<usize>>> {
    let (hidden, at) = begin(bytes)?;
    extensions(bytes, at + 3, hidden.into())
}

/// Adds the contents of session_ticket (35), pre_shared_key (41), key_share (51) and renegotiation_info (65281).
fn extensions(bytes: &[u8], from: usize, mut hidden: Vec<Range<usize>>) -> Option<Vec<Range<usize>>> {
    let mut at = from + 2;
    while at < bytes.len() {
        let (kind, length) = (number(bytes, at)?, number(bytes, at + 2)?);
        at += 4 + length;
        if [35, 41, 51, 65_281].contains(&kind) {
            hidden.push(at - length..at);
        }
    }
    Some(hidden)
}

fn number(bytes: &[u8], at: usize) -> Option<usize> {
    Some(usize::from(u16::from_be_bytes([*bytes.get(at)?, *bytes.get(at + 1)?])))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Option<(usize, String)> {
        block(&text.lines().collect::<Vec<_>>())
    }

    #[test]
    fn what_follows_from_keys_is_hidden_and_counted() {
        let finished = ">>> TLS 1.2, Handshake [length 0011], Finished\n    \
             14 00 00 0d 4a 89 a8 3d 75 32 b6 f3 58 b4 51 8b\n    01\nnext";
        let shown = ">>> TLS 1.2, Handshake [length 0011], Finished\n    \
             14 00 00 0d ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ?? ??\n    ??\n";
        assert_eq!(masked(finished), Some((3, shown.into())));
        let certificate = "<<< TLS 1.3, Handshake [length 0002], Certificate\n    0b 00";
        assert_eq!(masked(certificate), Some((2, format!("{certificate}\n"))));
    }

    #[test]
    fn a_hello_hides_its_random_its_session_id_and_its_key() {
        let mut hello: Vec<u8> = [&[2, 0, 0, 59, 3, 3], &[7; 32][..], &[2, 8, 8], &[0x13, 2, 0], &[0, 14]].concat();
        hello.extend([0, 43, 0, 2, 3, 4, 0, 51, 0, 4, 0, 29, 9, 9]);
        let ranges = server_hello(&hello).unwrap();
        assert_eq!(ranges, [6..38, 39..41, 56..60]);
        assert_eq!(server_hello(&hello[..30]), None);
    }

    #[test]
    fn what_does_not_look_like_a_dump_is_no_block() {
        for wrong in [
            ">>> TLS 1.2, Handshake [length 0002], Finished\n    14",
            ">>> TLS 1.2, Handshake [length 0001], Finished\n   14",
            ">>> TLS 1.2, Handshake [length 0001], Finished\n    14 00",
            ">>> TLS 1.2, Alert [length 0001], Finished\n    14",
            "-- TLS 1.2, Handshake [length 0001], Finished\n    14",
        ] {
            assert_eq!(masked(wrong), None, "{wrong}");
        }
    }
}
