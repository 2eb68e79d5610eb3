//! Extensions of a ClientHello, RFC 8446 section 4.2: which there are. What stands in those that the server speaks of is
//! read in `offers.rs`.
use super::Malformed;
use super::reader::{Prefix, Reader, items, walk};

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
