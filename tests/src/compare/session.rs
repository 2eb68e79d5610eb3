//! Reads the DER structure in `-----BEGIN SSL SESSION PARAMETERS-----` blocks.
//!
//! Identifiers, keys and times differ from run to run, everything else is the same: version, cipher suite, time-out,
//! session context, certificate, flags. So the block is compared by what it says instead of being left out.

/// One line for the session in these base64 lines; `None` if they do not hold exactly one session.
pub fn describe<'a>(lines: impl Iterator<Item = &'a [u8]>) -> Option<String> {
    let der = decode(&lines.collect::<Vec<_>>())?;
    let (0x30, mut content, []) = split(&der)? else { return None };
    let mut fields = Vec::new();
    while !content.is_empty() {
        let (tag, value, rest) = split(content)?;
        fields.push(field(fields.len(), tag, value)?);
        content = rest;
    }
    Some(fields.join(", "))
}

/// The fields of `SSL_SESSION_ASN1`: five without a tag of their own, then those of `SSL_SESSION_ASN1`'s tags.
fn field(position: usize, tag: u8, value: &[u8]) -> Option<String> {
    Some(match (position, tag) {
        (0, _) => format!("session {}", hex(value)),
        (1, _) => format!("version {}", hex(value)),
        (2, _) => format!("suite {}", hex(value)),
        (3, _) => format!("id of {} bytes", value.len()),
        (4, _) => format!("key of {} bytes", value.len()),
        (_, 0xa1) => format!("time of {} bytes", value.len()),
        // [10] ticket, [9] its hint, [14] what is added to its age: numbers without a fixed length.
        (_, 0xaa) => "ticket".to_owned(),
        (_, 0xae) => "age add".to_owned(),
        (_, 0xa2..) => format!("[{}] {}", tag & 0x1f, hex(value)),
        _ => return None,
    })
}

/// Tag, content and what follows, of a DER element with a length of at most two bytes.
fn split(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (&tag, rest) = der.split_first()?;
    let (length, rest) = match rest {
        [length @ ..=0x7f, rest @ ..] => (usize::from(*length), rest),
        [0x81, length, rest @ ..] => (usize::from(*length), rest),
        [0x82, high, low, rest @ ..] => (usize::from(u16::from_be_bytes([*high, *low])), rest),
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((tag, content, rest))
}

/// Base64 in lines of 64 characters, only the last one shorter.
fn decode(lines: &[&[u8]]) -> Option<Vec<u8>> {
    let (last, full) = lines.split_last()?;
    if full.iter().any(|line| line.len() != 64) || last.is_empty() || last.len() > 64 {
        return None;
    }
    openssl::base64::decode_block(std::str::from_utf8(&lines.concat()).ok()?).ok()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const LINES: [&[u8]; 3] = [
        b"MIGDAgEBAgIDBAQCEwIEIFDtTgXgmEnK8YQx1EEtZ/oFK7oJyBKU49m6gMftIg2R",
        b"BDBZyNXCPMMGuQaPVGgSAWO1se8+ophQRpvYxjyAvCuwdeD5EbN6G9GfgMHhHYo+",
        b"23ehBgIEawTHB6IEAgIcIKQGBAQBAAAArgcCBQCi4RcxswMCAR0=",
    ];

    #[test]
    fn a_session_is_told_without_its_secrets() {
        let text = "session 01, version 0304, suite 1302, id of 32 bytes, key of 48 bytes, time of 6 bytes, \
            [2] 02021c20, [4] 040401000000, age add, [19] 02011d";
        assert_eq!(describe(LINES.into_iter()).as_deref(), Some(text));
    }

    #[test]
    fn lines_in_another_order_are_no_session() {
        assert_eq!(describe([LINES[1], LINES[0], LINES[2]].into_iter()), None);
        assert_eq!(describe([LINES[0], LINES[2], LINES[1]].into_iter()), None);
        assert_eq!(describe(LINES[..2].iter().copied()), None);
        assert_eq!(describe(std::iter::empty()), None);
    }
}
