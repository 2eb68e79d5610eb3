//! How far a value of ASN.1 reaches, in BER, which a library takes as well.

/// Bytes of the value that these begin with; `None` where they end before it does.
pub(super) fn length(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    // Values of unknown length that are open: each ends with two bytes of zero.
    let mut open = 0_usize;
    loop {
        let (header, content) = header(bytes.get(at..)?)?;
        at += header;
        match content {
            Some(0) if open > 0 && bytes[at - header] == 0 => open -= 1,
            Some(content) => at = at.checked_add(content).filter(|&at| at <= bytes.len())?,
            None => open += 1,
        }
        if open == 0 {
            return Some(at);
        }
    }
}

/// A sequence with nothing in it.
pub(super) fn is_empty_sequence(bytes: &[u8]) -> bool {
    matches!(bytes, [0x30, 0, ..] | [0x30, 0x80, 0, 0, ..])
}

/// Bytes of tag and length, and bytes of content where the length is known.
fn header(bytes: &[u8]) -> Option<(usize, Option<usize>)> {
    let (&tag, rest) = bytes.split_first()?;
    let more = match tag & 0x1f {
        0x1f => rest.iter().position(|byte| byte & 0x80 == 0)? + 1,
        _ => 0,
    };
    let (&first, rest) = rest.get(more..)?.split_first()?;
    let start = 2 + more;
    match first {
        0x80 => Some((start, None)),
        0x00..=0x7f => Some((start, Some(first.into()))),
        _ => {
            let count = usize::from(first & 0x7f);
            let number = rest.get(..count)?;
            let add = |sum: usize, &byte: &u8| sum.checked_mul(256)?.checked_add(byte.into());
            Some((start + count, Some(number.iter().try_fold(0, add)?)))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_has_an_end() {
        assert_eq!(length(&[0x30, 0]), Some(2));
        assert_eq!(length(&[0x30, 3, 2, 1, 5, 9, 9]), Some(5));
        assert_eq!(length(&[0x30, 0x82, 0, 1, 7]), Some(5));
        assert_eq!(length(&[0x30, 0x80, 0x30, 0x80, 2, 1, 5, 0, 0, 0, 0, 9]), Some(11));
    }

    #[test]
    fn what_is_cut_has_none() {
        for bytes in [&[][..], &[0x30], &[0x30, 3, 2, 1], &[0x30, 0x82, 0], &[0x30, 0x80, 2, 1, 5, 0], &[0x3f, 0xff]] {
            assert_eq!(length(bytes), None, "{bytes:?}");
        }
        assert_eq!(length(&[0x30, 0x89, 1, 2, 3, 4, 5, 6, 7, 8, 9]), None);
        assert_eq!(length(&[0x30, 0x88, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]), None);
    }

    #[test]
    fn a_sequence_may_be_empty() {
        assert!(is_empty_sequence(&[0x30, 0]) && is_empty_sequence(&[0x30, 0x80, 0, 0]));
        assert!(!is_empty_sequence(&[0x30, 2, 5, 0]) && !is_empty_sequence(&[]));
    }
}
