//! Extensions of a ClientHello, RFC 8446 section 4.2: which there are. What stands in those that the server speaks of is
//! read in `offers.rs`.
use super::Malformed;
use super::reader::{Prefix, Reader, items, walk};

/// server_name, RFC 6066 section 3.
pub const SERVER_NAME: u16 = 0;
/// supported_groups, RFC 8446 section 4.2.7.
pub const SUPPORTED_GROUPS: u16 = 10;
/// ec_point_formats, RFC 8422 section 5.1.2.
pub const EC_POINT_FORMATS: u16 = 11;
/// signature_algorithms, RFC 8446 section 4.2.3.
pub const SIGNATURE_ALGORITHMS: u16 = 13;
/// application_layer_protocol_negotiation, RFC 7301 section 3.1.
pub const ALPN: u16 = 16;
/// early_data, RFC 8446 section 4.2.10.
pub const EARLY_DATA: u16 = 42;
/// supported_versions, RFC 8446 section 4.2.1.
pub const SUPPORTED_VERSIONS: u16 = 43;
/// psk_key_exchange_modes, RFC 8446 section 4.2.9.
pub const PSK_KEY_EXCHANGE_MODES: u16 = 45;
/// key_share, RFC 8446 section 4.2.8.
pub const KEY_SHARE: u16 = 51;

/// One extension.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its number, RFC 8446 section 4.2.
    pub extension_type: u16,
    /// Its content.
    pub data: &'a [u8],
    /// Where the content begins in the handshake message.
    pub offset: usize,
}

/// The extensions of a ClientHello.
#[derive(Clone, Copy, Debug)]
pub struct Extensions<'a>(Reader<'a>);

impl<'a> Extensions<'a> {
    pub(super) fn parse(body: &mut Reader<'a>) -> Result<Self, Malformed> {
        if body.is_empty() {
            return Ok(Self(*body));
        }
        let list = body.vector(Prefix::Two, "extensions")?;
        walk(list, extension)?;
        Ok(Self(list))
    }

    /// One after the other.
    pub fn iter(&self) -> impl Iterator<Item = Extension<'a>> + use<'a> {
        items(self.0, extension)
    }
}

fn extension<'a>(list: &mut Reader<'a>) -> Result<Extension<'a>, Malformed> {
    let extension_type = list.u16("extension_type")?;
    let content = list.vector(Prefix::Two, "extension_data")?;
    Ok(Extension { extension_type, data: content.left(), offset: content.offset() })
}

#[cfg(test)]
mod tests {
    use super::super::{ClientHello, Defect, captured};
    use super::*;

    #[test]
    fn where_an_extension_begins_is_told() {
        let message = &captured::TLS13[5..];
        for extension in ClientHello::parse(message).unwrap().extensions.iter() {
            assert_eq!(&message[extension.offset..extension.offset + extension.data.len()], extension.data);
        }
    }

    #[test]
    fn a_list_of_extensions_has_no_odd_ends() {
        use Defect::*;
        let extensions = [0, 8, 0, 10, 0, 4, 0, 2, 0, 29];
        let message = [&[1, 0, 0, 51, 3, 3], [7; 32].as_slice(), &[0, 0, 2, 0x13, 1, 1, 0], &extensions].concat();
        for (at, byte, field, offset, defect) in [
            (50, 5, "extension_data", 49, Truncated),
            (50, 3, "extension_type", 54, Truncated),
            (50, 0, "extension_data", 53, Truncated),
        ] {
            let mut message = message.clone();
            message[at] = byte;
            assert_eq!(ClientHello::parse(&message).unwrap_err(), Malformed { field, offset, defect }, "{byte}");
        }
    }
}
