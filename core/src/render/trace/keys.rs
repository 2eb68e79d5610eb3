//! The key exchange up to TLS 1.2: ServerKeyExchange and ClientKeyExchange, whose form the cipher suite decides.
use super::certificates::signature;
use super::exchange::Exchange;
use super::left::Left;
use super::names::Code;
use super::setting::Setting;
use super::sheet::{Hex, Sheet};

/// Indent of the fields of a message.
const FIELD: usize = 6;

/// RFC 5246 section 7.4.3.
pub(super) fn server(sheet: &mut Sheet, setting: &Setting<'_>, mut body: Left<'_>) -> Option<()> {
    let exchange = start(sheet, setting, "psk_identity_hint", &mut body)?;
    let fields: &[&str] = match exchange {
        Exchange::Rsa => &["rsa_modulus", "rsa_exponent"],
        Exchange::Dhe | Exchange::DhePsk => &["dh_p", "dh_g", "dh_Ys"],
        _ => &[],
    };
    for field in fields {
        sheet.hex(FIELD + 2, field, body.vector(2)?);
    }
    match exchange {
        Exchange::Ecdhe | Exchange::EcdhePsk => point(sheet, &mut body)?,
        Exchange::Srp => password(sheet, &[("srp_N", 2), ("srp_g", 2), ("srp_s", 1), ("srp_B", 2)], body),
        _ => {}
    }
    if !exchange.has_psk() {
        // Whether it is whole is seen below.
        let _ = signature(sheet, setting, &mut body);
    }
    body.is_empty().then_some(())
}

/// A group and a point of it, RFC 8422 section 5.4.
fn point(sheet: &mut Sheet, body: &mut Left<'_>) -> Option<()> {
    let &form = body.0.first()?;
    // The indent stands there even where nothing follows.
    sheet.indent(FIELD + 2);
    match form {
        // They are read as if nothing had stood there.
        1 => sheet.put(format_args!("explicit_prime\n")),
        2 => sheet.put(format_args!("explicit_char2\n")),
        3 => {
            let group = body.take(3).and_then(|bytes| Left(&bytes[1..]).u16())?;
            let name = sheet.name(Code::Group, group);
            sheet.put(format_args!("named_curve: {name} ({group})\n"));
            sheet.further(FIELD + 2, Code::Group, group);
            sheet.hex(FIELD + 2, "point", body.vector(1)?);
        }
        _ => {
            sheet.put(format_args!("UNKNOWN CURVE PARAMETER TYPE {form}\n"));
            return None;
        }
    }
    Some(())
}

/// RFC 5246 section 7.4.7.
pub(super) fn client(sheet: &mut Sheet, setting: &Setting<'_>, mut body: Left<'_>) -> Option<()> {
    let exchange = start(sheet, setting, "psk_identity", &mut body)?;
    match exchange {
        Exchange::Rsa | Exchange::RsaPsk => sheet.hex(FIELD + 2, "EncryptedPreMasterSecret", body.vector(2)?),
        Exchange::Dhe | Exchange::DhePsk => sheet.hex(FIELD + 2, "dh_Yc", body.vector(2)?),
        Exchange::Ecdhe | Exchange::EcdhePsk => sheet.hex(FIELD + 2, "ecdh_Yc", body.vector(1)?),
        Exchange::Gost => {
            sheet.hex(FIELD + 2, "GostKeyTransportBlob", body.0);
            return Some(());
        }
        Exchange::Srp => password(sheet, &[("srp_A", 2)], body),
        Exchange::Psk | Exchange::Other => {}
    }
    body.is_empty().then_some(())
}

/// What no release reads: it takes the fields for a signature, or for bytes too many. RFC 5054 section 2.8.
fn password(sheet: &mut Sheet, fields: &[(&str, usize)], mut body: Left<'_>) {
    for (field, size) in fields {
        let Some(value) = body.vector(*size) else { return };
        sheet.note(FIELD + 2, format_args!("{field} (len={}): {}", value.len(), Hex(value)));
    }
}

/// What both messages begin with.
fn start(sheet: &mut Sheet, setting: &Setting<'_>, psk: &str, body: &mut Left<'_>) -> Option<Exchange> {
    let exchange = setting.exchange;
    sheet.line(FIELD, format_args!("KeyExchangeAlgorithm={}", exchange.name()));
    if exchange.has_psk() {
        sheet.hex(FIELD + 2, psk, body.vector(2)?);
    }
    Some(exchange)
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;
    use crate::options::plan::Reference;

    #[test]
    fn a_password_is_no_form_that_a_release_knows() {
        let setting = Setting { sent: true, schemes: true, exchange: Exchange::Srp, ..Setting::default() };
        let mut sheet = Sheet::new(Reference::V3_0);
        assert_eq!(server(&mut sheet, &setting, Left(&[0, 1, 7, 0, 1, 2, 1, 9, 0, 1, 8])), None);
        assert_eq!(client(&mut sheet, &setting, Left(&[0, 1, 8])), None);
        assert_eq!(
            String::from_utf8(sheet.text).unwrap(),
            "      KeyExchangeAlgorithm=SRP
        # srp_N (len=1): 07
        # srp_g (len=1): 02
        # srp_s (len=1): 09
        # srp_B (len=1): 08
      Signature Algorithm: UNKNOWN (0x0001)
      KeyExchangeAlgorithm=SRP
        # srp_A (len=1): 08
"
        );
    }
}
