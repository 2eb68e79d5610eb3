//! Hides what is random in a read or write of the wire that `-debug` dumps: lengths, and headers of records, are compared.
use s_server_core::render::dump::dump;

/// The lines of a read or write at the beginning of `lines`: their number, and the line that is compared instead.
pub fn block(lines: &[&str]) -> Option<(usize, String)> {
    let (what, rest) = lines.first()?.split_once(" 0x")?;
    if !["read from", "write to"].contains(&what) {
        return None;
    }
    let (places, result) = rest.split_once("] (")?;
    let (bio, buffer) = places.split_once(" [0x")?;
    if ![bio, buffer].iter().all(|place| is_hex(place)) {
        return None;
    }
    let head = format!("{what} PLACE [PLACE] ({result}");
    let (_, passed) = result.strip_suffix(')')?.split_once(" bytes => ")?;
    let Some((passed, _)) = passed.split_once(' ') else { return Some((1, head + "\n")) };
    let length: usize = passed.parse().ok()?;
    let rows = lines.get(1..=length.div_ceil(16))?;
    let bytes: Vec<u8> = rows.iter().map(|row| bytes_of(row)).collect::<Option<Vec<_>>>()?.concat();
    let same = bytes.len() == length && dump(&bytes).lines().eq(rows.iter().copied());
    same.then(|| (rows.len() + 1, format!("{head}: {}\n", shown(&bytes))))
}

fn is_hex(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_hexdigit())
}

/// The bytes of a row of a dump.
fn bytes_of(row: &str) -> Option<Vec<u8>> {
    let digits = row.get(7..55)?.split([' ', '-']).filter(|byte| !byte.is_empty());
    digits.map(|byte| u8::from_str_radix(byte, 16).ok()).collect()
}

/// The headers of records, and how long the rest is. Text outside TLS is all shown.
fn shown(bytes: &[u8]) -> String {
    if bytes.starts_with(b"Lets print") {
        return bytes.escape_ascii().to_string();
    }
    let mut left = bytes;
    let mut parts = Vec::new();
    // Encrypted bytes begin like this once in some million reads.
    while let [20..=24, 3, 1..=4, high @ 0..=0x41, low, rest @ ..] = left {
        parts.push(left[..5].iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(" "));
        let body = rest.len().min(usize::from(u16::from_be_bytes([*high, *low])));
        if body > 0 {
            parts.push(format!("{body} BYTES"));
        }
        left = &rest[body..];
    }
    if !left.is_empty() {
        parts.push(format!("{} BYTES", left.len()));
    }
    parts.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Option<(usize, String)> {
        block(&text.lines().collect::<Vec<_>>())
    }

    #[test]
    fn places_and_contents_are_hidden_and_lengths_and_headers_are_not() {
        let header = "read from 0x561211bdd3e0 [0x561211bf56b3] (5 bytes => 5 (0x5))\n\
            0000 - 16 03 01 01 24                                    ....$\nnext";
        let shown = "read from PLACE [PLACE] (5 bytes => 5 (0x5)): 16 03 01 01 24\n";
        assert_eq!(masked(header), Some((2, shown.into())));
        let body = "read from 0x1 [0x2] (2 bytes => 2 (0x2))\n\
            0000 - 01 00                                             ..\n";
        assert_eq!(masked(body), Some((2, "read from PLACE [PLACE] (2 bytes => 2 (0x2)): 2 BYTES\n".into())));
        let two = "write to 0x1 [0x3] (13 bytes => 13 (0xD))\n\
            0000 - 14 03 03 00 01 01 15 03-03 00 02 01 00            .............\n";
        let shown = "write to PLACE [PLACE] (13 bytes => 13 (0xD)): 14 03 03 00 01, 1 BYTES, 15 03 03 00 02, 2 BYTES\n";
        assert_eq!(masked(two), Some((2, shown.into())));
        let nothing = "read from 0x1 [0x2] (5 bytes => -1)\nDELAY\n";
        assert_eq!(masked(nothing), Some((1, "read from PLACE [PLACE] (5 bytes => -1)\n".into())));
    }

    #[test]
    fn what_is_no_whole_dump_is_no_block() {
        let head = "read from 0x1 [0x2] (2 bytes => 2 (0x2))\n";
        for rest in [
            "",
            "0000 - 01                                                .\n",
            "0000 - 01 00                                             .!\n",
            "0010 - 01 00                                             ..\n",
            "0000 - 01 00 02                                          ...\n",
        ] {
            assert_eq!(masked(&[head, rest].concat()), None, "{rest}");
        }
        assert_eq!(masked("read from x [0x2] (2 bytes => 0)\n"), None);
    }
}
