//! The messages that open a handshake: ClientHello, ServerHello, HelloVerifyRequest.
use super::extensions::extensions;
use super::left::Left;
use super::names::Code;
use super::setting::{Setting, Within};
use super::sheet::{Hex, Sheet};
use crate::registry::versions;
use crate::wire::server_hello::HELLO_RETRY_REQUEST;

/// Indent of the fields of a message.
const FIELD: usize = 6;

/// RFC 8446 section 4.1.2, RFC 6347 section 4.2.1.
pub(super) fn client(sheet: &mut Sheet, setting: &mut Setting<'_>, mut body: Left<'_>) -> Option<()> {
    version(sheet, "client_version", &mut body)?;
    random(sheet, &mut body)?;
    sheet.hex(FIELD, "session_id", body.vector(1)?);
    if setting.datagrams {
        sheet.hex(FIELD, "cookie", body.vector(1)?);
    }
    let length = body.u16()?;
    // It is told even where there are fewer.
    sheet.line(FIELD, format_args!("cipher_suites (len={length})"));
    sheet.list(FIELD + 2, Code::Suite, 2, body.take(length.into())?)?;
    let methods = body.vector(1)?;
    sheet.line(FIELD, format_args!("compression_methods (len={})", methods.len()));
    sheet.list(FIELD + 2, Code::Compression, 1, methods)?;
    extensions(sheet, setting, FIELD, Within::ClientHello, &mut body)
}

/// RFC 8446 section 4.1.3.
pub(super) fn server(sheet: &mut Sheet, setting: &mut Setting<'_>, mut body: Left<'_>) -> Option<()> {
    let version = version(sheet, "server_version", &mut body)?;
    random(sheet, &mut body)?;
    // So it was in the drafts of TLS 1.3.
    let draft = version == versions::TLS1_3;
    if !draft {
        sheet.hex(FIELD, "session_id", body.vector(1)?);
    }
    let suite = body.u16()?;
    let [high, low] = suite.to_be_bytes();
    let name = sheet.name(Code::Suite, suite);
    sheet.line(FIELD, format_args!("cipher_suite {{0x{high:02X}, 0x{low:02X}}} {name}"));
    sheet.further(FIELD, Code::Suite, suite);
    if !draft {
        let method = body.u8()?;
        let name = sheet.name(Code::Compression, method.into());
        sheet.line(FIELD, format_args!("compression_method: {name} (0x{method:02X})"));
    }
    extensions(sheet, setting, FIELD, Within::ServerHello, &mut body)
}

/// RFC 6347 section 4.2.1.
pub(super) fn verify_request(sheet: &mut Sheet, mut body: Left<'_>) -> Option<()> {
    version(sheet, "server_version", &mut body)?;
    sheet.hex(FIELD, "cookie", body.vector(1)?);
    Some(())
}

fn version(sheet: &mut Sheet, field: &str, body: &mut Left<'_>) -> Option<u16> {
    let version = body.u16()?;
    let name = sheet.name(Code::Version, version);
    sheet.line(FIELD, format_args!("{field}=0x{version:x} ({name})"));
    sheet.further(FIELD, Code::Version, version);
    Some(version)
}

fn random(sheet: &mut Sheet, body: &mut Left<'_>) -> Option<()> {
    let random = body.take(32)?;
    let (time, bytes) = random.split_at(4);
    sheet.line(FIELD, format_args!("Random:"));
    sheet.line(FIELD + 2, format_args!("gmt_unix_time=0x{}", Hex(time)));
    sheet.hex(FIELD + 2, "random_bytes", bytes);
    if random == HELLO_RETRY_REQUEST {
        sheet.note(FIELD + 2, format_args!("HelloRetryRequest"));
    }
    Some(())
}
