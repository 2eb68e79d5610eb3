//! Contents of extensions that a release shows as bytes or not at all, in lines of ours.
use alloc::string::String;

use super::left::Left;
use super::names::Code;
use super::setting::{Form, Setting, Within};
use super::sheet::Sheet;
use crate::options::plan::Reference;

/// Behind the release's lines about an extension. What is malformed is left at that.
pub(super) fn content(
    sheet: &mut Sheet,
    setting: &mut Setting<'_>,
    indent: usize,
    within: Within,
    number: u16,
    data: &[u8],
) {
    let mut lines = Lines { sheet, indent };
    // Whether the whole of it could be explained makes no difference.
    let _ = explain(&mut lines, setting, within, number, Left(data));
}

/// Lines of ours at one indent.
struct Lines<'a> {
    sheet: &'a mut Sheet,
    indent: usize,
}

impl Lines<'_> {
    fn note(&mut self, text: core::fmt::Arguments<'_>) {
        self.sheet.note(self.indent, text);
    }

    /// Each number of a list on a line.
    fn list(&mut self, code: Code, size: usize, list: &[u8]) {
        for item in list.chunks_exact(size) {
            let number = item.iter().fold(0, |number, &byte| number << 8 | u16::from(byte));
            let name =
                super::names::known(code, number, Reference::V4_0).or_else(|| super::further::further(code, number));
            self.note(format_args!("{} ({number})", name.unwrap_or("UNKNOWN")));
        }
    }

    /// A name, in whatever bytes it is.
    fn name(&mut self, field: &str, bytes: &[u8]) {
        self.note(format_args!("{field}{}", bytes.escape_ascii()));
    }
}

fn explain(
    lines: &mut Lines<'_>,
    setting: &mut Setting<'_>,
    within: Within,
    number: u16,
    mut data: Left<'_>,
) -> Option<()> {
    let typed = lines.sheet.reference >= Reference::V3_2;
    let hello = within == Within::ClientHello;
    match number {
        // server_name, RFC 6066 section 3.
        0 if hello => {
            let mut names = Left(data.vector(2)?);
            while names.u8()? == 0 {
                lines.name("host_name=", names.vector(2)?);
            }
        }
        // status_request, RFC 6066 section 8.
        5 if hello => lines.note(format_args!("{}", if data.u8()? == 1 { "ocsp (1)" } else { return None })),
        5 if within == Within::Certificate && data.u8()? == 1 => {
            lines.note(format_args!("ocsp (1), response (len={})", data.vector(3)?.len()));
        }
        // use_srtp, RFC 5764 section 4.1.1.
        14 => {
            for &profile in data.vector(2)?.as_chunks().0 {
                let profile = u16::from_be_bytes(profile);
                lines.note(format_args!("{} ({profile})", srtp_profile(profile)));
            }
        }
        19 | 20 if !typed && within.form(setting) == Form::Server => lines.list(Code::CertificateType, 1, data.0),
        19 | 20 if !typed => lines.list(Code::CertificateType, 1, data.vector(1)?),
        27 if !typed => lines.list(Code::CertificateCompression, 2, data.vector(1)?),
        // record_size_limit, RFC 8449 section 4.
        28 => lines.note(format_args!("record_size_limit={}", data.u16()?)),
        // delegated_credential, RFC 9345 section 4.1.1, and signature_algorithms_cert.
        34 | 50 if within != Within::Certificate => lines.list(Code::Scheme, 2, data.vector(2)?),
        // pre_shared_key, RFC 8446 section 4.2.11.
        41 if hello => keys(lines, data)?,
        41 => lines.note(format_args!("selected_identity={}", data.u16()?)),
        // cookie, RFC 8446 section 4.2.2.
        44 => lines.note(format_args!("cookie (len={})", data.vector(2)?.len())),
        // certificate_authorities, RFC 8446 section 4.2.4.
        47 => {
            let mut names = Left(data.vector(2)?);
            while !names.is_empty() {
                let der = names.vector(2)?;
                // The texts of a Certificate message are of certificates.
                let listed = matches!(within, Within::ClientHello | Within::CertificateRequest);
                match listed.then(|| setting.take_object()).flatten() {
                    Some(text) => {
                        lines.note(format_args!("DistinguishedName: {}", String::from_utf8_lossy(text).escape_debug()))
                    }
                    None => lines.note(format_args!("DistinguishedName (len={})", der.len())),
                }
            }
        }
        // connection_id, RFC 9146 section 3.
        54 => lines.note(format_args!("cid (len={})", data.vector(1)?.len())),
        57 | 65_445 => parameters(lines, data)?,
        // ticket_request, RFC 9149 section 3.
        58 if hello => {
            let (new, resumed) = (data.u8()?, data.u8()?);
            lines.note(format_args!("new_session_count={new}, resumption_count={resumed}"));
        }
        // application_settings: a draft, with the names of protocols as in ALPN.
        17_513 | 17_613 if hello => {
            let mut names = Left(data.vector(2)?);
            while !names.is_empty() {
                lines.name("", names.vector(1)?);
            }
        }
        64_768 => lines.list(Code::Extension, 2, data.vector(1)?),
        65_037 => encrypted_hello(lines, within, data)?,
        _ => {}
    }
    Some(())
}

/// RFC 8446 section 4.2.11: identities, and a binder for each.
fn keys(lines: &mut Lines<'_>, mut data: Left<'_>) -> Option<()> {
    let (mut identities, mut binders) = (Left(data.vector(2)?), Left(data.vector(2)?));
    while !identities.is_empty() {
        let (identity, age) = (identities.vector(2)?, identities.number(4)?);
        lines.note(format_args!("identity (len={}), obfuscated_ticket_age={age}", identity.len()));
    }
    while !binders.is_empty() {
        lines.note(format_args!("binder (len={})", binders.vector(1)?.len()));
    }
    Some(())
}

/// RFC 9849 sections 5 and 7.1.
fn encrypted_hello(lines: &mut Lines<'_>, within: Within, mut data: Left<'_>) -> Option<()> {
    match within {
        Within::ClientHello => match data.u8()? {
            0 => {
                let (kdf, aead, config) = (data.u16()?, data.u16()?, data.u8()?);
                let (enc, payload) = (data.vector(2)?.len(), data.vector(2)?.len());
                lines.note(format_args!(
                    "outer, kdf_id={kdf}, aead_id={aead}, config_id={config}, enc (len={enc}), payload (len={payload})"
                ));
            }
            1 => lines.note(format_args!("inner")),
            _ => {}
        },
        Within::ServerHello => lines.note(format_args!("confirmation (len={})", data.len())),
        Within::EncryptedExtensions => {
            let mut configs = Left(data.vector(2)?);
            while !configs.is_empty() {
                let (version, config) = (configs.u16()?, configs.vector(2)?);
                lines.note(format_args!("ECHConfig version=0x{version:04x} (len={})", config.len()));
            }
        }
        _ => {}
    }
    Some(())
}

/// RFC 9000 section 18.
fn parameters(lines: &mut Lines<'_>, mut data: Left<'_>) -> Option<()> {
    while !data.is_empty() {
        let (number, length) = (variable(&mut data)?, variable(&mut data)?);
        let value = data.take(usize::try_from(length).ok()?)?;
        let name = quic_parameter(number);
        let mut inside = Left(value);
        match variable(&mut inside).filter(|_| inside.is_empty()) {
            Some(value) => lines.note(format_args!("{name} (0x{number:x})={value}")),
            None => lines.note(format_args!("{name} (0x{number:x}) (len={length})")),
        }
    }
    Some(())
}

/// A number whose first two bits say how long it is, RFC 9000 section 16.
fn variable(data: &mut Left<'_>) -> Option<u64> {
    let size = 1_usize << (data.0.first()? >> 6);
    let bytes = data.take(size)?;
    let number = bytes.iter().fold(0, |number, &byte| number << 8 | u64::from(byte));
    Some(number & (u64::MAX >> (64 - 8 * size + 2)))
}

fn quic_parameter(number: u64) -> &'static str {
    match number {
        0x00 => "original_destination_connection_id",
        0x01 => "max_idle_timeout",
        0x02 => "stateless_reset_token",
        0x03 => "max_udp_payload_size",
        0x04 => "initial_max_data",
        0x05 => "initial_max_stream_data_bidi_local",
        0x06 => "initial_max_stream_data_bidi_remote",
        0x07 => "initial_max_stream_data_uni",
        0x08 => "initial_max_streams_bidi",
        0x09 => "initial_max_streams_uni",
        0x0a => "ack_delay_exponent",
        0x0b => "max_ack_delay",
        0x0c => "disable_active_migration",
        0x0d => "preferred_address",
        0x0e => "active_connection_id_limit",
        0x0f => "initial_source_connection_id",
        0x10 => "retry_source_connection_id",
        0x11 => "version_information",
        0x20 => "max_datagram_frame_size",
        0x2ab2 => "grease_quic_bit",
        _ if number % 31 == 27 => "GREASE",
        _ => "UNKNOWN",
    }
}

fn srtp_profile(number: u16) -> &'static str {
    match number {
        0x0001 => "SRTP_AES128_CM_HMAC_SHA1_80",
        0x0002 => "SRTP_AES128_CM_HMAC_SHA1_32",
        0x0005 => "SRTP_NULL_HMAC_SHA1_80",
        0x0006 => "SRTP_NULL_HMAC_SHA1_32",
        0x0007 => "SRTP_AEAD_AES_128_GCM",
        0x0008 => "SRTP_AEAD_AES_256_GCM",
        0x0009 => "DOUBLE_AEAD_AES_128_GCM_AEAD_AES_128_GCM",
        0x000a => "DOUBLE_AEAD_AES_256_GCM_AEAD_AES_256_GCM",
        0x000b => "SRTP_ARIA_128_CTR_HMAC_SHA1_80",
        0x000c => "SRTP_ARIA_128_CTR_HMAC_SHA1_32",
        0x000d => "SRTP_ARIA_256_CTR_HMAC_SHA1_80",
        0x000e => "SRTP_ARIA_256_CTR_HMAC_SHA1_32",
        0x000f => "SRTP_AEAD_ARIA_128_GCM",
        0x0010 => "SRTP_AEAD_ARIA_256_GCM",
        _ => "UNKNOWN",
    }
}

#[cfg(test)]
mod tests {
    use alloc::vec::Vec;

    use super::*;

    /// Our lines about an extension, without their indent and mark.
    fn lines(within: Within, number: u16, data: &[u8]) -> Vec<String> {
        let mut sheet = Sheet::new(Reference::V3_0);
        let sent = within != Within::ClientHello;
        let mut setting = Setting { sent, is_tls13: true, schemes: true, ..Setting::default() };
        content(&mut sheet, &mut setting, 2, within, number, data);
        let text = String::from_utf8(sheet.text).unwrap();
        text.lines().map(|line| line.strip_prefix("  # ").expect(line).into()).collect()
    }

    fn hello(number: u16, data: &[u8]) -> Vec<String> {
        lines(Within::ClientHello, number, data)
    }

    #[test]
    fn names_are_told_without_what_a_terminal_would_do() {
        assert_eq!(hello(0, b"\x00\x08\x00\x00\x05a\x1b\nbc"), ["host_name=a\\x1b\\nbc"]);
        assert_eq!(hello(17_613, b"\x00\x03\x02h2"), ["h2"]);
    }

    #[test]
    fn keys_are_told_with_their_binders() {
        let data = b"\x00\x08\x00\x02id\x00\x00\x00\x07\x00\x04\x03abc";
        assert_eq!(hello(41, data), ["identity (len=2), obfuscated_ticket_age=7", "binder (len=3)"]);
        assert_eq!(lines(Within::ServerHello, 41, &[0, 1]), ["selected_identity=1"]);
    }

    #[test]
    fn encrypted_hellos_are_told_by_their_form() {
        let outer = b"\x00\x00\x01\x00\x02\x07\x00\x01k\x00\x02pp";
        let text = "outer, kdf_id=1, aead_id=2, config_id=7, enc (len=1), payload (len=2)";
        assert_eq!((hello(65_037, outer), hello(65_037, &[1])), ([text.into()].into(), ["inner".into()].into()));
        assert_eq!(lines(Within::ServerHello, 65_037, &[0; 8]), ["confirmation (len=8)"]);
        let configs = b"\x00\x06\xfe\x0d\x00\x02xx";
        assert_eq!(lines(Within::EncryptedExtensions, 65_037, configs), ["ECHConfig version=0xfe0d (len=2)"]);
    }

    #[test]
    fn numbers_of_lists_have_names() {
        assert_eq!(hello(27, &[4, 0, 2, 0, 9]), ["brotli (2)", "UNKNOWN (9)"]);
        assert_eq!(hello(50, &[0, 2, 4, 3]), ["ecdsa_secp256r1_sha256 (1027)"]);
        assert_eq!(hello(14, &[0, 2, 0, 7, 0]), ["SRTP_AEAD_AES_128_GCM (7)"]);
        assert_eq!(lines(Within::EncryptedExtensions, 20, &[2]), ["rpk (2)"]);
    }

    #[test]
    fn parameters_of_quic_are_numbers_or_have_a_length() {
        let data = [0x01, 4, 0x80, 0, 0x75, 0x30, 0x0f, 2, 1, 2, 27, 0];
        assert_eq!(
            hello(57, &data),
            ["max_idle_timeout (0x1)=30000", "initial_source_connection_id (0xf) (len=2)", "GREASE (0x1b) (len=0)"]
        );
    }

    #[test]
    fn what_is_cut_is_told_as_far_as_it_goes() {
        assert_eq!(hello(0, b"\x00\x08\x00\x00\x03abc"), [""; 0]);
        assert_eq!(hello(41, b"\x00\x08\x00\x02id\x00\x00\x00\x07\x00\x04\x03ab"), [""; 0]);
        assert_eq!(hello(28, &[0x40, 1]), ["record_size_limit=16385"]);
        assert_eq!(hello(28, &[0x40]), [""; 0]);
    }
}
