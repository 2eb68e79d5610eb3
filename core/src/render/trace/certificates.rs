//! Certificates, requests for them, and signatures.
use super::extensions::extensions;
use super::left::Left;
use super::names::Code;
use super::setting::{Setting, Within};
use super::sheet::{Hex, Sheet};

/// Indent of the fields of a message.
const FIELD: usize = 6;

/// RFC 8446 section 4.4.2, RFC 5246 section 7.4.2.
pub(super) fn certificates(sheet: &mut Sheet, setting: &mut Setting<'_>, mut body: Left<'_>) -> Option<()> {
    if setting.is_tls13 {
        sheet.hex(FIELD, "context", body.vector(1)?);
    }
    let list = body.whole_vector(3)?;
    if setting.raw_key {
        return raw_key(sheet, setting, Left(list));
    }
    sheet.line(FIELD, format_args!("certificate_list, length={}", list.len()));
    let mut list = Left(list);
    while !list.is_empty() {
        let der = list.vector(3)?;
        certificate(sheet, setting, der);
        if setting.is_tls13 {
            extensions(sheet, setting, FIELD + 2, Within::Certificate, &mut list)?;
        }
    }
    Some(())
}

/// The text comes from the library, which knows whether it is a certificate.
fn certificate(sheet: &mut Sheet, setting: &mut Setting<'_>, der: &[u8]) {
    sheet.indent(FIELD + 2);
    sheet.put(format_args!("ASN.1Cert, length={}", der.len()));
    let text = setting.take_object();
    let end = match text {
        Some(text) if !text.is_empty() => {
            sheet.put(format_args!("\n------details-----\n"));
            sheet.text.extend_from_slice(text);
            sheet.put(format_args!("------------------\n"));
            super::der::length(der)
        }
        _ => {
            sheet.put(format_args!("<UNPARSABLE CERTIFICATE>\n"));
            Some(0)
        }
    };
    if end.is_some_and(|end| end != der.len()) {
        sheet.put(format_args!("<TRAILING GARBAGE AFTER CERTIFICATE>\n"));
    }
    if text.is_none() {
        sheet.note(FIELD + 2, format_args!("{}", Hex(der)));
    }
}

/// A key in the place of a certificate, RFC 7250 section 3.
fn raw_key(sheet: &mut Sheet, setting: &mut Setting<'_>, mut list: Left<'_>) -> Option<()> {
    let key = if setting.is_tls13 { list.vector(3)? } else { list.take(list.len())? };
    sheet.line(FIELD, format_args!("raw_public_key, length={}", key.len()));
    let text = setting.take_object();
    match text {
        Some(text) if !text.is_empty() => sheet.text.extend_from_slice(text),
        Some(_) => return None,
        None => sheet.note(FIELD + 2, format_args!("{}", Hex(key))),
    }
    if setting.is_tls13 {
        extensions(sheet, setting, FIELD + 2, Within::Certificate, &mut list)?;
    }
    Some(())
}

/// RFC 8879 section 4. A library without any algorithm hands in no object.
pub(super) fn compressed(sheet: &mut Sheet, setting: &mut Setting<'_>, mut body: Left<'_>) -> Option<()> {
    let (algorithm, length) = (body.u16()?, body.number(3)?);
    let content = body.whole_vector(3)?;
    let name = sheet.name(Code::CertificateCompression, algorithm);
    sheet.line(FIELD, format_args!("Compression type={name} (0x{algorithm:04x})"));
    sheet.line(FIELD, format_args!("Uncompressed length={length}"));
    sheet.indent(FIELD);
    sheet.put(format_args!("Compressed length={}, Ratio=", content.len()));
    match content.len() {
        0 => sheet.put(format_args!("unknown\n")),
        // Three bytes are exact in an f32; the quotient is rounded to one.
        compressed => sheet.put(format_args!("{:.6}:1\n", f64::from(length as f32 / compressed as f32))),
    }
    sheet.dump(FIELD, content);
    let Some(certificate) = setting.take_object() else { return Some(()) };
    match (certificate, algorithm, length) {
        // Of no algorithm, and nothing that could be compressed.
        (_, 4.., _) | (_, _, 0) => None,
        // What cannot be expanded is not told.
        ([], ..) => Some(()),
        _ => certificates(sheet, setting, Left(certificate)),
    }
}

/// RFC 8446 section 4.3.2, RFC 5246 section 7.4.4.
pub(super) fn request(sheet: &mut Sheet, setting: &mut Setting<'_>, mut body: Left<'_>) -> Option<()> {
    if setting.is_tls13 {
        sheet.hex(FIELD, "request_context", body.vector(1)?);
        return extensions(sheet, setting, FIELD, Within::CertificateRequest, &mut body);
    }
    let types = body.vector(1)?;
    sheet.line(FIELD, format_args!("certificate_types (len={})", types.len()));
    sheet.list(FIELD + 2, Code::ClientCertificateType, 1, types)?;
    if setting.schemes {
        let schemes = body.vector(2).filter(|schemes| schemes.len().is_multiple_of(2))?;
        sheet.line(FIELD, format_args!("signature_algorithms (len={})", schemes.len()));
        sheet.list(FIELD + 2, Code::Scheme, 2, schemes)?;
    }
    if body.len() < 2 {
        return None;
    }
    // The indent stands there even where the list is cut.
    sheet.indent(FIELD);
    let mut names = Left(body.vector(2)?);
    sheet.put(format_args!("certificate_authorities (len={})\n", names.len()));
    while !names.is_empty() {
        name(sheet, setting, names.vector(2)?);
    }
    body.is_empty().then_some(())
}

fn name(sheet: &mut Sheet, setting: &mut Setting<'_>, der: &[u8]) {
    sheet.indent(FIELD + 2);
    sheet.put(format_args!("DistinguishedName (len={}): ", der.len()));
    let text = setting.take_object();
    match text {
        Some(text) if !text.is_empty() || super::der::is_empty_sequence(der) => sheet.text.extend_from_slice(text),
        _ => sheet.put(format_args!("<UNPARSABLE DN>")),
    }
    sheet.put(format_args!("\n"));
    if text.is_none() {
        sheet.note(FIELD + 2, format_args!("{}", Hex(der)));
    }
}

/// The whole of a CertificateVerify, the end of a ServerKeyExchange.
pub(super) fn signature(sheet: &mut Sheet, setting: &Setting<'_>, body: &mut Left<'_>) -> Option<()> {
    if body.len() < 2 {
        return None;
    }
    if setting.schemes {
        let scheme = body.u16()?;
        let name = sheet.name(Code::Scheme, scheme);
        sheet.line(FIELD, format_args!("Signature Algorithm: {name} (0x{scheme:04x})"));
        sheet.further(FIELD, Code::Scheme, scheme);
    }
    sheet.hex(FIELD, "Signature", body.vector(2)?);
    Some(())
}
