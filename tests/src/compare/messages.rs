//! Hides what is random in a message that `-msg` dumps: its length, its place and all other bytes are compared.
use std::fmt::Write;
use std::ops::Range;

/// The lines of a handshake message at the beginning of `lines`: their number, and what is compared.
pub fn block(lines: &[&str]) -> Option<(usize, String)> {
    let head = lines.first()?;
    let (start, name) = head.split_once(']')?;
    if !(start.starts_with(">>> ") || start.starts_with("<<< ")) {
        return None;
    }
    // Releases before 3.5 do not know the versions of DTLS.
    let datagrams =
        ["version=65277", "version=65279", "> DTLS 1.", "< DTLS 1."].iter().any(|word| start.contains(word));
    let kinds = [", Handshake [length ", ", content_type=22) [length "];
    let (_, length) = kinds.iter().find_map(|kind| start.split_once(kind))?;
    let length = usize::from_str_radix(length, 16).ok()?;
    let rows = lines.get(1..=length.div_ceil(16))?;
    let wanted = |at: usize| (length - 16 * at).min(16);
    let bytes = rows.iter().enumerate().map(|(at, line)| row(line).filter(|bytes| bytes.len() == wanted(at)));
    let bytes: Vec<u8> = bytes.collect::<Option<Vec<_>>>()?.concat();
    let hidden = match datagrams {
        true => random_in_datagrams(&bytes),
        false => random(name.strip_prefix(", ")?, &bytes),
    };
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

/// The same of DTLS, whose messages are told apart by their type: RFC 6347 section 4.2.2 has twelve bytes before each.
fn random_in_datagrams(bytes: &[u8]) -> Vec<Range<usize>> {
    const HEADER: usize = 12;
    let hello = |has_cookie: bool| {
        let session_id = HEADER + 35 + usize::from(*bytes.get(HEADER + 34)?);
        let mut hidden = vec![HEADER + 2..HEADER + 34, HEADER + 35..session_id];
        if !has_cookie {
            return extensions(bytes, session_id + 3, hidden);
        }
        let cookie = session_id + 1 + usize::from(*bytes.get(session_id)?);
        hidden.push(session_id + 1..cookie);
        let suites = cookie + 2 + number(bytes, cookie)?;
        extensions(bytes, suites + 1 + usize::from(*bytes.get(suites)?), hidden)
    };
    match bytes.first() {
        Some(1) => hello(true).unwrap_or_default(),
        Some(2) => hello(false).unwrap_or_default(),
        // HelloVerifyRequest: version, and the length of the cookie.
        Some(3) => std::iter::once(HEADER + 3..bytes.len()).collect(),
        Some(4 | 12 | 15 | 16 | 20) => std::iter::once(HEADER..bytes.len()).collect(),
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
    fn messages_of_dtls_are_known_by_their_type_in_the_words_of_every_release() {
        let request = "03 00 00 17 00 00 00 00 00 00 00 17 fe ff 02 58\n    9c";
        let shown = "03 00 00 17 00 00 00 00 00 00 00 17 fe ff 02 ??\n    ??";
        for head in [
            ">>> Not TLS data or unknown version (version=65277, content_type=22) [length 0011]",
            ">>> DTLS 1.0, Handshake [length 0011], HelloVerifyRequest",
        ] {
            assert_eq!(masked(&format!("{head}\n    {request}\n")), Some((3, format!("{head}\n    {shown}\n"))));
        }
        let hello = |cookie: &[u8], behind: &[u8]| {
            [&[if cookie.is_empty() { 2 } else { 1 }][..], &[0; 11], &[0xfe, 0xfd], &[7; 32], &[1, 9], cookie, behind]
                .concat()
        };
        let ticket = [0, 6, 0, 35, 0, 2, 5, 5];
        let client = hello(&[2, 8, 8], &[&[0, 2, 0, 168, 1, 0][..], &ticket].concat());
        assert_eq!(random_in_datagrams(&client), [14..46, 47..48, 49..51, 63..65]);
        let server = hello(&[], &[&[0, 168, 0][..], &ticket].concat());
        assert_eq!(random_in_datagrams(&server), [14..46, 47..48, 57..59]);
        assert!(random_in_datagrams(&server[..20]).is_empty());
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
