//! What is around handshake messages: headers of records, the type inside of a record, ChangeCipherSpec, alerts.
use super::left::Left;
use super::names::Code;
use super::setting::Setting;
use super::sheet::Sheet;
use crate::options::plan::Reference;

/// Bytes of a header of TLS.
const STREAM_HEADER: usize = 5;
/// Bytes of a header of DTLS, with epoch and sequence number.
pub(super) const DATAGRAM_HEADER: usize = 13;

/// A record's header.
pub(super) fn header(sheet: &mut Sheet, setting: &Setting<'_>, bytes: &[u8]) {
    let way = if setting.sent { "Sent" } else { "Received" };
    if bytes.len() < if setting.datagrams { DATAGRAM_HEADER } else { STREAM_HEADER } {
        sheet.hex(0, &alloc::format!("{way} too short message"), bytes);
        return sheet.line(0, format_args!(""));
    }
    let record = if sheet.reference >= Reference::V4_0 { "TLS Record" } else { "Record" };
    let version = u16::from_be_bytes([bytes[1], bytes[2]]);
    let name = sheet.name(Code::Version, version);
    sheet.line(0, format_args!("{way} {record}\nHeader:\n  Version = {name} (0x{version:x})"));
    sheet.further(2, Code::Version, version);
    let mut left = Left(&bytes[3..]);
    if setting.datagrams {
        let epoch = left.u16().unwrap_or(0);
        let [high, middle, low] = [0; 3].map(|_: u16| left.u16().unwrap_or(0));
        sheet.line(2, format_args!("epoch={epoch}, sequence_number={high:04x}{middle:04x}{low:04x}"));
    }
    content(sheet, "Content Type", bytes[0]);
    // Whatever else there is, the length stands last.
    let length = bytes.last_chunk().map_or(0, |&length| u16::from_be_bytes(length));
    sheet.line(2, format_args!("Length = {length}"));
}

/// The type inside of an encrypted record, RFC 8446 section 5.2.
pub(super) fn inner(sheet: &mut Sheet, bytes: &[u8]) {
    content(sheet, "Inner Content Type", bytes.first().copied().unwrap_or(0));
}

fn content(sheet: &mut Sheet, what: &str, number: u8) {
    let name = sheet.name(Code::Content, number.into());
    sheet.line(2, format_args!("{what} = {name} ({number})"));
    sheet.further(2, Code::Content, number.into());
}

/// The whole of a ChangeCipherSpec.
pub(super) fn change_cipher_spec(sheet: &mut Sheet, bytes: &[u8]) {
    match bytes {
        [1] => sheet.line(4, format_args!("change_cipher_spec (1)")),
        _ => sheet.hex(4, "unknown value", bytes),
    }
}

/// The whole of an alert.
pub(super) fn alert(sheet: &mut Sheet, bytes: &[u8]) {
    let &[level, description] = bytes else {
        return sheet.line(4, format_args!("Illegal Alert Length"));
    };
    let unknown = |name| if name == "UNKNOWN" { "unknown" } else { name };
    let first = unknown(sheet.name(Code::Level, level.into()));
    let second = unknown(sheet.name(Code::Alert, description.into()));
    sheet.line(4, format_args!("Level={first}({level}), description={second}({description})"));
    sheet.further(4, Code::Alert, description.into());
}

#[cfg(test)]
mod tests {
    use super::*;

    fn setting(sent: bool, datagrams: bool) -> Setting<'static> {
        Setting { sent, datagrams, ..Setting::default() }
    }

    fn shown(reference: Reference, draw: impl Fn(&mut Sheet)) -> std::string::String {
        let mut sheet = Sheet::new(reference);
        draw(&mut sheet);
        std::string::String::from_utf8(sheet.text).unwrap()
    }

    #[test]
    fn headers_look_as_in_samples_310_and_331() {
        let text =
            "Received Record\nHeader:\n  Version = TLS 1.0 (0x301)\n  Content Type = Handshake (22)\n  Length = 292\n";
        assert_eq!(shown(Reference::V3_0, |to| header(to, &setting(false, false), &[22, 3, 1, 1, 0x24])), text);
        let text = "Sent Record\nHeader:\n  Version = DTLS 1.0 (0xfeff)\n  epoch=1, sequence_number=00000000000a\n  \
                    Content Type = Handshake (22)\n  Length = 35\n";
        let bytes = [22, 0xfe, 0xff, 0, 1, 0, 0, 0, 0, 0, 10, 0, 35];
        assert_eq!(shown(Reference::V3_0, |to| header(to, &setting(true, true), &bytes)), text);
        assert!(
            shown(Reference::V4_0, |to| header(to, &setting(true, true), &bytes))
                .starts_with("Sent TLS Record\nHeader:\n")
        );
        assert_eq!(shown(Reference::V3_0, |to| inner(to, &[22])), "  Inner Content Type = Handshake (22)\n");
    }

    #[test]
    fn a_short_header_is_told_as_it_is() {
        let text = "Received too short message (len=5): 1603030005\n\n";
        assert_eq!(shown(Reference::V3_0, |to| header(to, &setting(false, true), &[22, 3, 3, 0, 5])), text);
        assert_eq!(
            shown(Reference::V3_0, |to| header(to, &setting(true, false), &[])),
            "Sent too short message (len=0): \n\n"
        );
    }

    #[test]
    fn alerts_of_any_length_are_told() {
        let alert = |bytes: &[u8]| shown(Reference::V3_0, |to| alert(to, bytes));
        assert_eq!(alert(&[1, 0]), "    Level=warning(1), description=close notify(0)\n");
        assert_eq!(
            alert(&[2, 116]),
            "    Level=fatal(2), description=unknown(116)\n    # certificate_required (116)\n"
        );
        assert_eq!(alert(&[2]), "    Illegal Alert Length\n");
    }

    #[test]
    fn a_change_cipher_spec_is_one_or_is_shown() {
        let text = |bytes: &[u8]| shown(Reference::V3_0, |to| change_cipher_spec(to, bytes));
        assert_eq!(text(&[1]), "    change_cipher_spec (1)\n");
        assert_eq!(text(&[1, 1]), "    unknown value (len=2): 0101\n");
    }
}
