//! Bytes in hexadecimal, and what `-tlsextdebug` prints with them.
use alloc::format;
use alloc::string::String;

use crate::options::plan::Reference;
use crate::registry::extension_types;

/// Bytes on a line.
const WIDTH: usize = 16;

/// Sixteen bytes to a line, with their place in front and their printable characters behind. Corresponds to `BIO_dump`.
pub fn dump(bytes: &[u8]) -> String {
    indented(bytes, 0)
}

/// The same behind blanks, at most 64: each four beyond the sixth cost a byte of the line. Corresponds to
/// `BIO_dump_indent`.
pub fn indented(bytes: &[u8], indent: usize) -> String {
    let width = WIDTH - indent.saturating_sub(6).div_ceil(4);
    let mut text = String::new();
    for (row, bytes) in bytes.chunks(width).enumerate() {
        text += &format!("{:indent$}{:04x} - ", "", row * width);
        for at in 0..width {
            let separator = if at == 7 { '-' } else { ' ' };
            match bytes.get(at) {
                Some(byte) => text += &format!("{byte:02x}{separator}"),
                None => text += "   ",
            }
        }
        text += "  ";
        text.extend(bytes.iter().map(|&byte| if matches!(byte, b' '..=b'~') { char::from(byte) } else { '.' }));
        text.push('\n');
    }
    text
}

/// One extension of the client. Corresponds to `tlsext_cb` in `apps/lib/s_cb.c`.
pub fn extension(number: u16, data: &[u8], reference: Reference) -> String {
    let name = extension_types::name(number, reference).unwrap_or("unknown");
    format!("TLS client extension \"{name}\" (id={number}), len={}\n{}", data.len(), dump(data))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_extension_looks_as_in_sample_309() {
        let data = b"\x00\x0c\x00\x00\x09localhost";
        assert_eq!(
            extension(0, data, Reference::V3_0),
            "TLS client extension \"server name\" (id=0), len=14\n\
             0000 - 00 0c 00 00 09 6c 6f 63-61 6c 68 6f 73 74         .....localhost\n"
        );
        assert_eq!(extension(50, b"", Reference::V3_0), "TLS client extension \"unknown\" (id=50), len=0\n");
        assert_eq!(extension(35, b"", Reference::V3_0), "TLS client extension \"session ticket\" (id=35), len=0\n");
    }

    #[test]
    fn an_indent_takes_from_the_line() {
        assert_eq!(
            indented(b"\x00\x3b\x00\x39071\x0b0\x09\x06\x03U\x04\x06\x13", 10),
            "          0000 - 00 3b 00 39 30 37 31 0b-30 09 06 03 55 04 06   .;.9071.0...U..\n          \
             000f - 13                                             .\n"
        );
        assert_eq!(indented(b"a", 6), "      0000 - 61                                                a\n");
    }

    #[test]
    fn a_long_dump_has_several_lines() {
        let bytes: alloc::vec::Vec<u8> = (0x70..0x88).collect();
        assert_eq!(
            dump(&bytes),
            "0000 - 70 71 72 73 74 75 76 77-78 79 7a 7b 7c 7d 7e 7f   pqrstuvwxyz{|}~.\n\
             0010 - 80 81 82 83 84 85 86 87-                          ........\n"
        );
    }
}
