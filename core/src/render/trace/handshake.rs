//! A handshake message: its header, and what follows by its type.
use super::extensions::extensions;
use super::left::Left;
use super::names::Code;
use super::setting::{Setting, Within};
use super::sheet::Sheet;
use super::{certificates, hello, keys};
use crate::options::plan::Reference;

/// Indent of the fields of a message.
const FIELD: usize = 6;

/// `None`: a length in it is wrong, and what could be read was told.
pub(super) fn message(sheet: &mut Sheet, setting: &mut Setting<'_>, bytes: &[u8]) -> Option<()> {
    let mut body = Left(bytes);
    if body.len() < 4 {
        return None;
    }
    let (kind, length) = (body.u8()?, body.number(3)?);
    let name = sheet.name(Code::Message, kind.into());
    sheet.line(4, format_args!("{name}, Length={length}"));
    sheet.further(4, Code::Message, kind.into());
    if setting.datagrams {
        if body.len() < 8 {
            return None;
        }
        let (number, offset, fragment) = (body.u16()?, body.number(3)?, body.number(3)?);
        sheet.line(4, format_args!("message_seq={number}, fragment_offset={offset}, fragment_length={fragment}"));
    }
    // What follows beyond that length is read as well.
    if u32::try_from(body.len()).is_ok_and(|left| left < length) {
        return None;
    }
    let known = |since| sheet.reference >= since;
    match kind {
        1 => hello::client(sheet, setting, body),
        2 => hello::server(sheet, setting, body),
        3 => hello::verify_request(sheet, body),
        4 => ticket(sheet, setting, body),
        5 if known(Reference::V4_0) => nothing(sheet, body),
        8 => extensions(sheet, setting, FIELD, Within::EncryptedExtensions, &mut body),
        11 => certificates::certificates(sheet, setting, body),
        12 => keys::server(sheet, setting, body),
        13 => certificates::request(sheet, setting, body),
        14 => nothing(sheet, body),
        15 => certificates::signature(sheet, setting, &mut body),
        16 => keys::client(sheet, setting, body),
        20 => {
            sheet.hex(FIELD, "verify_data", body.0);
            Some(())
        }
        24 => key_update(sheet, body),
        25 if known(Reference::V3_2) => certificates::compressed(sheet, setting, body),
        _ => {
            sheet.line(FIELD, format_args!("Unsupported, hex dump follows:"));
            sheet.dump(FIELD + 2, body.0);
            Some(())
        }
    }
}

/// RFC 8446 section 4.6.1, RFC 5077 section 3.3.
fn ticket(sheet: &mut Sheet, setting: &mut Setting<'_>, mut body: Left<'_>) -> Option<()> {
    let indent = FIELD + 2;
    if body.is_empty() {
        sheet.line(indent, format_args!("No Ticket"));
        return Some(());
    }
    sheet.line(indent, format_args!("ticket_lifetime_hint={}", body.number(4)?));
    if setting.is_tls13 {
        sheet.line(indent, format_args!("ticket_age_add={}", body.number(4)?));
        sheet.hex(indent, "ticket_nonce", body.vector(1)?);
    }
    sheet.hex(indent, "ticket", body.vector(2)?);
    if setting.is_tls13 {
        extensions(sheet, setting, indent, Within::NewSessionTicket, &mut body)?;
    }
    body.is_empty().then_some(())
}

/// RFC 8446 section 4.6.3.
fn key_update(sheet: &mut Sheet, body: Left<'_>) -> Option<()> {
    let &[request] = body.0 else {
        sheet.hex(FIELD, "unexpected value", body.0);
        return None;
    };
    sheet.list(FIELD, Code::KeyUpdate, 1, &[request])
}

/// A message without a body.
fn nothing(sheet: &mut Sheet, body: Left<'_>) -> Option<()> {
    if !body.is_empty() {
        sheet.hex(FIELD, "unexpected value", body.0);
    }
    Some(())
}
