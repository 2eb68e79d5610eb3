//! Hides what is random in a message that `-trace` decodes. Lengths are compared, but for the signatures with ECDSA, which
//! are not always of one length.

use crate::Streams;
use crate::scripts::script::Script;

/// Fields that are random, or follow from random ones.
const RANDOM: &[&str] = &[
    "random_bytes",
    "session_id",
    "key_exchange: ",
    "point",
    "ecdh_Yc",
    "dh_Ys",
    "dh_Yc",
    "Signature",
    "verify_data",
    "client_verify_data",
    "server_verify_data",
    "ticket",
    "cookie",
];

/// The streams of ours without the lines that it adds to what the original prints: they are marked.
pub fn without_explanations(script: &Script, streams: &Streams) -> Streams {
    let traced = script.arguments.iter().any(|word| word == "-trace");
    let explains = |line: &&[u8]| traced && line.starts_with(b" ") && line.trim_ascii_start().starts_with(b"# ");
    let keep = |bytes: &Vec<u8>| {
        bytes.split_inclusive(|&b| b == b'\n').filter(|line| !explains(line)).collect::<Vec<_>>().concat()
    };
    streams.iter().map(|(title, bytes)| (title.clone(), keep(bytes))).collect()
}

/// A line as it is compared; `None`: as it is.
pub fn line(text: &str) -> Option<String> {
    let indent = text.len() - text.trim_start().len();
    if let Some(digits) = text.trim_start().strip_prefix("gmt_unix_time=0x") {
        let whole = digits.len() == 8 && digits.bytes().all(is_digit);
        return whole.then(|| format!("{}gmt_unix_time=4 BYTES", &text[..indent]));
    }
    if let Some(number) = text.trim_start().strip_prefix("ticket_age_add=") {
        return number.parse::<u32>().ok().map(|_| format!("{}ticket_age_add=4 BYTES", &text[..indent]));
    }
    let (name, rest) = text.split_once(" (len=")?;
    let (length, digits) = rest.split_once("): ")?;
    let count: usize = length.parse().ok()?;
    let random = RANDOM.contains(&name.trim_start()) && count > 0;
    let whole = digits.len() == 2 * count && digits.bytes().all(is_digit);
    (random && whole).then(|| format!("{name} (len={length}): {length} BYTES"))
}

/// Hexadecimal, in upper case.
fn is_digit(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'A'..=b'F')
}

/// What stands above a record's header: in 3.0, and in 4.0.
pub const HEADS: [&str; 4] = ["Received Record", "Sent Record", "Received TLS Record", "Sent TLS Record"];

/// The header of a record at the beginning of `lines`: their number, and the one line that is compared instead, by which
/// it can be told from others. A signature with ECDSA that follows belongs to it, where the lengths fit to each other.
pub fn record(lines: &[&str]) -> Option<(usize, String)> {
    let way = lines.first().filter(|line| HEADS.contains(line))?;
    lines.get(1).filter(|line| **line == "Header:")?;
    let fields = lines[2..].iter().take_while(|line| line.starts_with("  ") && !line.starts_with("    "));
    let fields: Vec<&str> = fields.map(|line| &line[2..]).collect();
    let count = 2 + fields.len();
    let text = |fields: &[&str]| format!("{way}: {}\n", fields.join("; "));
    let length = fields.iter().position(|field| field.starts_with("Length = "))?;
    let Some(verify) = ecdsa(&lines[count..], fields[length]) else { return Some((count, text(&fields))) };
    let fields: Vec<&str> =
        fields.iter().enumerate().map(|(at, field)| if at == length { "Length = FITS" } else { field }).collect();
    Some((count + verify.lines().count(), text(&fields) + &verify))
}

/// A signature with ECDSA at the beginning of `lines` as it is compared, if it fits into a record of that length.
fn ecdsa(lines: &[&str], record: &str) -> Option<String> {
    let [head, scheme, signature] = lines.first_chunk()?;
    let record: usize = record.strip_prefix("Length = ")?.parse().ok()?;
    let message: usize = head.strip_prefix("    CertificateVerify, Length=")?.parse().ok()?;
    if !scheme.starts_with("      Signature Algorithm: ecdsa_") {
        return None;
    }
    let length: usize = signature.strip_prefix("      Signature (len=")?.split_once(')')?.0.parse().ok()?;
    // In TLS 1.3 the message is encrypted.
    let fits = message == length + 4 && [4, 4 + 17].contains(&(record.checked_sub(message)?));
    let text = format!("    CertificateVerify, Length=FITS\n{scheme}\n      Signature (len=FITS)\n");
    (fits && line(signature).is_some()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn random_fields_become_their_lengths() {
        for (text, shown) in [
            ("        gmt_unix_time=0xEDF639D6", "        gmt_unix_time=4 BYTES"),
            ("      session_id (len=2): 4A52", "      session_id (len=2): 2 BYTES"),
            ("            key_exchange:  (len=2): 6706", "            key_exchange:  (len=2): 2 BYTES"),
            ("        ticket_age_add=3195837345", "        ticket_age_add=4 BYTES"),
        ] {
            assert_eq!(line(text).as_deref(), Some(shown));
        }
        for text in [
            "      session_id (len=0): ",
            "      session_id (len=2): 4A",
            "        ticket_nonce (len=1): 00",
            "        gmt_unix_time=0xEDF639D",
            "        ticket_age_add=x",
        ] {
            assert_eq!(line(text), None, "{text}");
        }
    }

    #[test]
    fn only_marked_lines_of_a_trace_are_no_lines_of_the_original() {
        let stream = b"      Random:\n          # host_name=a\n# text\n  #x\n";
        let streams = Streams::from([("server stdout".to_owned(), stream.to_vec())]);
        let seen = |command| without_explanations(&Script::new("x", command, ""), &streams)["server stdout"].clone();
        assert_eq!(seen("-trace"), b"      Random:\n# text\n  #x\n");
        assert_eq!(seen("-msg"), stream);
    }

    const HEADER: &str = "Received Record\nHeader:\n  Version = TLS 1.2 (0x303)\n  Length = ";

    #[test]
    fn a_record_is_one_line() {
        let text = [HEADER, "29\n  Inner Content Type = ApplicationData (23)\nSent Record\n"].concat();
        let shown =
            "Received Record: Version = TLS 1.2 (0x303); Length = 29; Inner Content Type = ApplicationData (23)\n";
        assert_eq!(record(&text.lines().collect::<Vec<_>>()), Some((5, shown.into())));
        assert_eq!(record(&["Received Record", "Header:"]), None);
    }

    #[test]
    fn the_lengths_of_a_signature_have_to_fit() {
        let verify = |length: usize, message: usize| {
            let text = format!(
                "{HEADER}{length}\n    CertificateVerify, Length={message}\n      \
                 Signature Algorithm: ecdsa_secp256r1_sha256 (0x0403)\n      Signature (len=2): 3044\n"
            );
            record(&text.lines().collect::<Vec<_>>()).unwrap().0
        };
        assert_eq!([verify(10, 6), verify(27, 6)], [7, 7]);
        assert_eq!([verify(11, 6), verify(11, 7), verify(5, 6)], [4, 4, 4]);
    }
}
