//! Texts of what only the library can decode, as a message's `objects` have them.
use openssl::x509::{X509, X509Name};
use s_server_core::engine::Message;
use s_server_core::options::NameFormat;

use crate::nameopt;
use crate::sys::trace;

/// What a Certificate message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    Certificates,
    RawKey,
}

/// In the order in which they stand in the message.
pub fn of(message: &Message, holds: Holds) -> Vec<Vec<u8>> {
    let mut found = Vec::new();
    if message.content_type == 22 {
        // What is cut or malformed ends the list.
        let _ = collect(&mut found, message, holds);
    }
    found
}

fn collect(found: &mut Vec<Vec<u8>>, message: &Message, holds: Holds) -> Option<()> {
    let datagrams = matches!(message.version, 0xfeff | 0xfefd);
    let is_tls13 = message.version == 0x0304;
    let &kind = message.data.first()?;
    let mut body = message.data.get(if datagrams { 12 } else { 4 }..)?;
    match kind {
        11 => {
            if is_tls13 {
                vector(&mut body, 1)?;
            }
            let mut list = vector(&mut body, 3)?;
            if holds == Holds::RawKey {
                found.push(key(if is_tls13 { vector(&mut list, 3)? } else { list }));
                return Some(());
            }
            while !list.is_empty() {
                let cert = X509::from_der(vector(&mut list, 3)?);
                found.push(cert.map(|cert| trace::certificate(&cert)).unwrap_or_default());
                if is_tls13 && !list.is_empty() {
                    vector(&mut list, 2)?;
                }
            }
            Some(())
        }
        13 if is_tls13 => {
            vector(&mut body, 1)?;
            let mut extensions = vector(&mut body, 2)?;
            while !extensions.is_empty() {
                let number = extensions.split_off(..2)?;
                let mut content = vector(&mut extensions, 2)?;
                if number == [0, 47] {
                    names(found, &mut content)?;
                }
            }
            Some(())
        }
        13 => {
            vector(&mut body, 1)?;
            if matches!(message.version, 0x0303 | 0xfefd) {
                vector(&mut body, 2)?;
            }
            names(found, &mut body)
        }
        _ => None,
    }
}

fn names(found: &mut Vec<Vec<u8>>, body: &mut &[u8]) -> Option<()> {
    let mut list = vector(body, 2)?;
    while !list.is_empty() {
        let name = X509Name::from_der(vector(&mut list, 2)?);
        found.push(name.map(|name| nameopt::print(NameFormat::ONELINE, &name)).unwrap_or_default());
    }
    Some(())
}

#[cfg(ossl320)]
fn key(der: &[u8]) -> Vec<u8> {
    trace::key(der, 8)
}

#[cfg(not(ossl320))]
fn key(_: &[u8]) -> Vec<u8> {
    Vec::new()
}

/// The content of a vector whose length stands before it in so many bytes.
fn vector<'a>(from: &mut &'a [u8], prefix: usize) -> Option<&'a [u8]> {
    let length = from.split_off(..prefix)?.iter().fold(0, |length, &byte| length << 8 | usize::from(byte));
    from.split_off(..length)
}
