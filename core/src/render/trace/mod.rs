//! What passes on the wire, decoded: the text of `-trace`, in the layout of a release.
//!
//! ```text
//!   Message --> record    headers, ChangeCipherSpec, alerts
//!           --> handshake --> hello, certificates, keys --> extensions --> explained
//!                                    |                              |
//!                                    +--> sheet: lines <-- names, further
//! ```
//!
//! Corresponds to `SSL_trace`, byte for byte, also where a message is damaged; but it has no session to ask, and learns from
//! the messages what that would know. What a release has no name for, or shows as bytes, is followed by lines of our own, by
//! today's registries: their first characters behind blanks are `# `. Without them the text is the release's. (Text of the
//! peer's that the release prints as it is, names of protocols and parts of certificates, can look like such a line.)
mod certificates;
mod der;
mod exchange;
mod explained;
mod extensions;
mod further;
mod handshake;
mod hello;
mod keys;
mod left;
mod names;
mod record;
mod setting;
mod sheet;

use alloc::vec::Vec;

use self::exchange::Exchange;
use self::left::Left;
use self::record::DATAGRAM_HEADER;
use self::setting::Setting;
use self::sheet::Sheet;
use crate::engine::Message;
use crate::options::plan::Reference;
use crate::registry::versions;

/// What earlier messages of a connection tell about later ones, for `-trace`.
#[derive(Debug, Default)]
pub struct Trace {
    /// It is one of DTLS.
    datagrams: bool,
    /// The key exchange of the suite that the last ServerHello chose.
    exchange: Exchange,
    /// The server's certificates are raw public keys (RFC 7250).
    server_raw_key: bool,
    /// The client's are.
    client_raw_key: bool,
}

impl Trace {
    /// What is printed about the next message. Corresponds to `SSL_trace`.
    pub fn lines(&mut self, message: &Message, reference: Reference) -> Vec<u8> {
        let mut sheet = Sheet::new(reference);
        let data = &message.data;
        self.datagrams |= is_datagram(message);
        match message.content_type {
            256 => {
                record::header(&mut sheet, &self.setting(message), data);
                return sheet.text;
            }
            257 => {
                record::inner(&mut sheet, data);
                return sheet.text;
            }
            20 => record::change_cipher_spec(&mut sheet, data),
            21 => record::alert(&mut sheet, data),
            22 => {
                self.learn(message, reference);
                if handshake::message(&mut sheet, &mut self.setting(message), data).is_none() {
                    sheet.line(0, format_args!("Message length parse error!"));
                }
            }
            _ => {}
        }
        sheet.line(0, format_args!(""));
        sheet.text
    }

    fn setting<'a>(&self, message: &'a Message) -> Setting<'a> {
        let version = u16::try_from(message.version).unwrap_or(0);
        Setting {
            sent: message.sent,
            datagrams: self.datagrams,
            is_tls13: version == versions::TLS1_3,
            schemes: matches!(version, versions::TLS1_2 | versions::TLS1_3 | versions::DTLS1_2),
            exchange: self.exchange,
            raw_key: if message.sent { self.server_raw_key } else { self.client_raw_key },
            objects: &message.objects,
        }
    }

    /// A ServerHello and the EncryptedExtensions behind it say what the session will be.
    fn learn(&mut self, message: &Message, reference: Reference) {
        if let Some(chosen) = chosen(message) {
            if message.data.first() == Some(&2) {
                self.exchange = chosen.exchange;
                (self.server_raw_key, self.client_raw_key) = (false, false);
            }
            if reference >= Reference::V3_2 {
                self.server_raw_key |= chosen.server_raw_key;
                self.client_raw_key |= chosen.client_raw_key;
            }
        }
    }
}

/// What a message of the server says about those that follow.
fn chosen(message: &Message) -> Option<Trace> {
    let mut body = Left(&message.data);
    let kind = body.u8().filter(|kind| message.sent && matches!(kind, 2 | 8))?;
    body.take(if is_datagram_version(message.version) { 11 } else { 3 })?;
    let mut chosen = Trace::default();
    if kind == 2 {
        body.take(34)?;
        body.vector(1)?;
        chosen.exchange = Exchange::of(body.u16()?);
        body.u8()?;
    }
    let mut extensions = Left(body.vector(2).unwrap_or(&[]));
    while let (Some(number), Some(data)) = (extensions.u16(), extensions.vector(2)) {
        match number {
            19 => chosen.client_raw_key = data == [2],
            20 => chosen.server_raw_key = data == [2],
            _ => {}
        }
    }
    Some(chosen)
}

/// Headers of DTLS are longer, and have no version beside them in every release; messages have.
fn is_datagram(message: &Message) -> bool {
    match message.content_type {
        256 => message.data.len() == DATAGRAM_HEADER,
        _ => is_datagram_version(message.version),
    }
}

fn is_datagram_version(version: i32) -> bool {
    matches!(u16::try_from(version), Ok(versions::DTLS1_0 | versions::DTLS1_2 | 0x0100))
}

#[cfg(test)]
mod tests;
