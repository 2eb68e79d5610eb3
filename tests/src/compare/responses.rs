//! The text of an OCSP response that was made for the run: its signature, over the time of day, is another one each time.

/// The rows of such a signature become its length. Those of a response that is valid until some day stay, for it comes out of
/// a file; so do those of certificates.
pub fn signature(lines: &[&[u8]], at: usize) -> Option<(usize, Vec<u8>)> {
    let (above, rest) = lines.split_at(at);
    if above.last() != Some(&&b"    Signature Value:\n"[..]) {
        return None;
    }
    const MARKS: [&[u8]; 3] = [b"OCSP Response Data:", b"Certificate:", b"    Next Update: "];
    let mark = above.iter().rev().find_map(|line| MARKS.iter().position(|mark| line.starts_with(mark)));
    let rows: Vec<usize> = rest.iter().map_while(|line| row(line)).collect();
    let bytes: usize = rows.iter().sum();
    (mark == Some(0) && bytes > 0).then(|| (rows.len(), format!("        {bytes} BYTES\n").into_bytes()))
}

/// How many bytes a row of a signature has.
pub fn row(line: &[u8]) -> Option<usize> {
    let text = str::from_utf8(line).ok()?.strip_prefix("        ")?.strip_suffix('\n')?;
    let bytes = text.strip_suffix(':').unwrap_or(text).split(':');
    let is_byte = |text: &str| text.len() == 2 && u8::from_str_radix(text, 16).is_ok();
    bytes.clone().all(is_byte).then(|| bytes.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn masked(text: &str) -> Option<(usize, String)> {
        let lines: Vec<&[u8]> = text.as_bytes().split_inclusive(|byte| *byte == b'\n').collect();
        let at = lines.iter().position(|line| line.starts_with(b"    Signature Value")).unwrap() + 1;
        signature(&lines, at).map(|(count, text)| (count, String::from_utf8(text).unwrap()))
    }

    #[test]
    fn only_the_signature_of_a_response_for_the_run_is_masked() {
        let value = "    Signature Value:\n        a4:f4:d3:\n        c4\nCertificate:\n";
        let fresh = format!("OCSP Response Data:\n    This Update: now\n{value}");
        assert_eq!(masked(&fresh), Some((2, "        4 BYTES\n".to_owned())));
        assert_eq!(masked(&format!("OCSP Response Data:\n    Next Update: then\n{value}")), None);
        assert_eq!(masked(&format!("OCSP Response Data:\nCertificate:\n{value}")), None);
        assert_eq!(masked(&fresh.replace("a4:", "A4-")), None);
    }
}
