//! Extensions, in whatever message they stand: RFC 8446 section 4.2.
use super::explained;
use super::left::Left;
use super::names::Code;
use super::setting::{Form, Setting, Within};
use super::sheet::Sheet;
use crate::options::plan::Reference;

/// A list of them, which nothing has to follow.
pub(super) fn extensions(
    sheet: &mut Sheet,
    setting: &mut Setting<'_>,
    indent: usize,
    within: Within,
    body: &mut Left<'_>,
) -> Option<()> {
    if body.is_empty() {
        sheet.line(indent, format_args!("No extensions"));
        return Some(());
    }
    let Some(list) = body.vector(2) else {
        // No line, and yet its indent.
        sheet.indent(indent);
        return None;
    };
    if list.is_empty() {
        sheet.line(indent, format_args!("No extensions"));
        return Some(());
    }
    sheet.line(indent, format_args!("extensions, length = {}", list.len()));
    let mut list = Left(list);
    while !list.is_empty() {
        let whole = list.0;
        let (number, length) = (list.u16()?, list.u16()?);
        let Some(data) = list.take(length.into()) else {
            sheet.line(0, format_args!("extensions, extype = {number}, extlen = {length}"));
            sheet.dump(indent + 2, whole);
            return None;
        };
        let name = sheet.name(Code::Extension, number);
        sheet.line(indent + 2, format_args!("extension_type={name}({number}), length={length}"));
        sheet.further(indent + 2, Code::Extension, number);
        content(sheet, setting, indent + 4, within, number, data)?;
        explained::content(sheet, setting, indent + 4, within, number, data);
    }
    Some(())
}

/// What an extension holds.
fn content(
    sheet: &mut Sheet,
    setting: &Setting<'_>,
    indent: usize,
    within: Within,
    number: u16,
    data: &[u8],
) -> Option<()> {
    let all = Left(data);
    let form = within.form(setting);
    let typed = sheet.reference >= Reference::V3_2;
    match number {
        1 => {
            let list = Some(data).filter(|data| !data.is_empty())?;
            sheet.list(indent, Code::FragmentLength, 1, list)
        }
        10 => sheet.list(indent, Code::Group, 2, all.whole_vector(2)?),
        11 => sheet.list(indent, Code::PointFormat, 1, all.whole_vector(1)?),
        13 => sheet.list(indent, Code::Scheme, 2, all.whole_vector(2)?),
        16 => protocols(sheet, indent, Left(all.whole_vector(2)?)),
        19 | 20 if typed && form == Form::Server => {
            let list = Some(data).filter(|data| data.len() == 1)?;
            sheet.list(indent, Code::CertificateType, 1, list)
        }
        19 | 20 if typed => sheet.list(indent, Code::CertificateType, 1, all.whole_vector(1)?),
        27 if typed => sheet.list(indent, Code::CertificateCompression, 2, all.whole_vector(1)?),
        35 if data.is_empty() => Some(()),
        35 => {
            sheet.hex(indent + 2, "ticket", data);
            Some(())
        }
        42 if within == Within::NewSessionTicket => {
            let &bytes: &[u8; 4] = data.try_into().ok()?;
            sheet.line(indent, format_args!("max_early_data={}", u32::from_be_bytes(bytes)));
            Some(())
        }
        42 => Some(()),
        43 if form == Form::Server => {
            let list = Some(data).filter(|data| data.len() == 2)?;
            sheet.list(indent + 2, Code::Version, 2, list)
        }
        43 => sheet.list(indent, Code::Version, 2, all.whole_vector(1)?),
        45 => sheet.list(indent, Code::PskMode, 1, all.whole_vector(1)?),
        51 => shares(sheet, indent + 2, form, all),
        65_281 => renegotiation(sheet, indent + 2, form, all.whole_vector(1)?),
        _ => {
            sheet.dump(indent, data);
            Some(())
        }
    }
}

/// Names of protocols, in whatever bytes they are: RFC 7301 section 3.1.
fn protocols(sheet: &mut Sheet, indent: usize, mut list: Left<'_>) -> Option<()> {
    while !list.is_empty() {
        let name = list.vector(1)?;
        sheet.indent(indent);
        sheet.text.extend_from_slice(name);
        sheet.put(format_args!("\n"));
    }
    Some(())
}

/// RFC 8446 section 4.2.8: of a client a list, of a server one, or the group alone.
fn shares(sheet: &mut Sheet, indent: usize, form: Form, all: Left<'_>) -> Option<()> {
    let group = |sheet: &mut Sheet, number| {
        let name = sheet.name(Code::Group, number);
        sheet.line(indent, format_args!("NamedGroup: {name} ({number})"));
        sheet.further(indent, Code::Group, number);
    };
    if form == Form::Server && all.len() == 2 {
        let mut all = all;
        group(sheet, all.u16()?);
        return Some(());
    }
    let mut list =
        if form == Form::Server { Some(all).filter(|all| all.len() > 2)? } else { Left(all.whole_vector(2)?) };
    while !list.is_empty() {
        let number = list.u16()?;
        let key = list.vector(2)?;
        group(sheet, number);
        sheet.hex(indent, "key_exchange: ", key);
    }
    Some(())
}

/// RFC 5746 section 3.2: of a server, what both sides verified, one behind the other.
fn renegotiation(sheet: &mut Sheet, indent: usize, form: Form, data: &[u8]) -> Option<()> {
    match data {
        [] => sheet.line(indent, format_args!("<EMPTY>")),
        _ if form == Form::Client => sheet.hex(indent, "client_verify_data", data),
        _ => {
            if !data.len().is_multiple_of(2) {
                return None;
            }
            let (client, server) = data.split_at(data.len() / 2);
            sheet.hex(indent, "client_verify_data", client);
            sheet.hex(indent, "server_verify_data", server);
        }
    }
    Some(())
}
