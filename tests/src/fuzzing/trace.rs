//! What `-trace` prints of any messages.

use s_server_core::engine::Message;
use s_server_core::options::plan::Reference;
use s_server_core::render::trace::Trace;

const VERSIONS: [i32; 8] = [0x0301, 0x0302, 0x0303, 0x0304, 0xfeff, 0xfefd, 0, -1];
const CONTENT_TYPES: [i32; 8] = [22, 22, 20, 21, 23, 256, 257, 24];

/// Messages of one connection become whole lines, whose length is in proportion to the message's; a line of ours never
/// opens a message.
///
/// The first byte chooses the release. Each message has a byte for its side, version and content type, a byte for its
/// objects, and a length of two bytes before it.
///
/// # Panics
/// When the claim does not hold.
pub fn trace(data: &[u8]) {
    let [release, rest @ ..] = data else { return };
    let mut rest = rest;
    let reference = if release & 1 == 0 { Reference::V3_0 } else { Reference::V4_0 };
    let mut trace = Trace::default();
    while let [kind, objects, high, low, left @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*high, *low])).min(left.len());
        let (data, left) = left.split_at(length);
        rest = left;
        let message = Message {
            sent: kind & 1 != 0,
            version: VERSIONS[usize::from(kind >> 1 & 7)],
            content_type: CONTENT_TYPES[usize::from(kind >> 4 & 7)],
            data: data.to_vec(),
            objects: (0..objects & 7).map(|bit| text(objects >> bit & 8 != 0)).collect(),
        };
        let lines = trace.lines(&message, reference);
        told(&message, &lines);
    }
}

/// What a library made of something; nothing where it could not.
fn text(decoded: bool) -> Vec<u8> {
    if decoded { b"Certificate:\n".to_vec() } else { Vec::new() }
}

fn told(message: &Message, lines: &[u8]) {
    assert!(lines.ends_with(b"\n"), "{}", lines.escape_ascii());
    assert!(!lines.trim_ascii_start().starts_with(b"# "), "{}", lines.escape_ascii());
    let objects: usize = message.objects.iter().map(Vec::len).sum();
    // The most that a byte can cost is a line of its own.
    assert!(lines.len() <= 400 + 80 * message.data.len() + objects, "{} of {}", lines.len(), message.data.len());
}
