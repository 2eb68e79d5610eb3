//! A message of the protocol, or a part of one, as `-msg` prints it.
use alloc::format;
use alloc::string::String;
use core::fmt::Write;

use crate::engine::Message;
use crate::options::plan::Reference;
use crate::registry::{alerts, handshake_types, versions};

/// Bytes on a line.
const WIDTH: usize = 16;

/// A line about it, then its bytes. Corresponds to `msg_cb` in `apps/lib/s_cb.c`.
pub fn lines(message: &Message, reference: Reference) -> String {
    let Message { sent, version, content_type, data, .. } = message;
    let arrows = if *sent { ">>>" } else { "<<<" };
    let length = data.len();
    let mut text = match versions::spelt(*version, reference) {
        Some(version) => {
            let (kind, details) = names(*content_type, data, reference);
            format!("{arrows} {version}{kind} [length {length:04x}]{details}\n")
        }
        None => format!(
            "{arrows} Not TLS data or unknown version (version={version}, content_type={content_type}) [length {length:04x}]\n"
        ),
    };
    for bytes in data.chunks(WIDTH) {
        text += "   ";
        for byte in bytes {
            // A String takes everything.
            let _ = write!(text, " {byte:02x}");
        }
        text.push('\n');
    }
    text
}

/// The name of the content type, and what the content is.
fn names(content_type: i32, data: &[u8], reference: Reference) -> (String, String) {
    let Some(name) = handshake_types::content(content_type) else {
        return (format!(", Unknown (content_type={content_type})"), String::new());
    };
    let details = match (content_type, data) {
        (21, &[level, description]) => alert(level, description),
        (21, _) => ", ???".into(),
        (22, &[message, ..]) => handshake(message, reference),
        (22, []) => "???".into(),
        _ => String::new(),
    };
    (format!(", {name}"), details)
}

fn alert(level: u8, description: u8) -> String {
    format!(", {} {}", alerts::level(level).unwrap_or("???"), alerts::name(description).unwrap_or("???"))
}

fn handshake(message: u8, reference: Reference) -> String {
    handshake_types::name(message, reference).map_or("???".into(), |name| format!(", {name}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(version: i32, content_type: i32, data: &[u8]) -> String {
        let message = Message { sent: true, version, content_type, data: data.to_vec(), ..Message::default() };
        lines(&message, Reference::V3_0)
    }

    #[test]
    fn messages_look_as_in_sample_405() {
        let data = alloc::vec![22, 3, 1, 1, 0x3a];
        let header = Message { version: 0x0301, content_type: 256, data, ..Message::default() };
        assert_eq!(lines(&header, Reference::V3_0), "<<< TLS 1.0, RecordHeader [length 0005]\n    16 03 01 01 3a\n");
        let alert = ">>> TLS 1.2, Alert [length 0002], warning unrecognized_name\n    01 70\n";
        assert_eq!(shown(0x0303, 21, &[1, 112]), alert);
        assert_eq!(
            shown(0x0303, 22, &[20, 0, 0, 12, 0x9b, 0x45, 0x7a, 0x1f, 1, 2, 3, 4, 5, 6, 7, 8, 9]),
            ">>> TLS 1.2, Handshake [length 0011], Finished\n    14 00 00 0c 9b 45 7a 1f 01 02 03 04 05 06 07 08\n    09\n"
        );
        assert_eq!(shown(0x0303, 20, &[1]), ">>> TLS 1.2, ChangeCipherSpec [length 0001]\n    01\n");
    }

    #[test]
    fn what_has_no_name_is_told_by_its_number() {
        let first = |version, kind, data: &[u8]| shown(version, kind, data).lines().next().map(String::from).unwrap();
        assert_eq!(
            first(0xfefd, 22, &[1]),
            ">>> Not TLS data or unknown version (version=65277, content_type=22) [length 0001]"
        );
        assert_eq!(first(0x0304, 24, &[1]), ">>> TLS 1.3, Unknown (content_type=24) [length 0001]");
        assert_eq!(first(0x0304, 21, &[3, 99]), ">>> TLS 1.3, Alert [length 0002], ??? ???");
        assert_eq!(first(0x0304, 21, &[3]), ">>> TLS 1.3, Alert [length 0001], ???");
        assert_eq!(first(0x0304, 22, &[25]), ">>> TLS 1.3, Handshake [length 0001]???");
        assert_eq!(shown(0x0304, 22, &[]), ">>> TLS 1.3, Handshake [length 0000]???\n");
    }

    #[test]
    fn releases_know_other_versions_and_messages() {
        let start = |version, data: &[u8], reference| {
            let message = Message { version, content_type: 22, data: data.to_vec(), ..Message::default() };
            String::from(lines(&message, reference).lines().next().unwrap())
        };
        assert_eq!(start(0xfefd, &[1], Reference::V4_0), "<<< DTLS 1.2, Handshake [length 0001], ClientHello");
        assert_eq!(start(0x0300, &[1], Reference::V3_6), "<<< SSL 3.0, Handshake [length 0001], ClientHello");
        assert!(start(0x0300, &[1], Reference::V4_0).starts_with("<<< Not TLS data or unknown version (version=768"));
        let compressed = "<<< TLS 1.3, Handshake [length 0001], CompressedCertificate";
        assert_eq!(start(0x0304, &[25], Reference::V3_2), compressed);
    }
}
