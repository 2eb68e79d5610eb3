//! What of a message only the library can decode, for `-trace`: certificates, raw public keys, and names of authorities.
//!
//! Corresponds to what `SSL_trace` does with them. A message that ends too early has those that stand before its end.
#[cfg(ossl320)]
use std::ffi::c_int;

use openssl::error::ErrorStack;
#[cfg(ossl320)]
use openssl::pkey::PKey;
use openssl::ssl::SslRef;
use openssl::x509::{X509, X509Name};
use s_server_core::engine::Message;
use s_server_core::options::NameFormat;

use super::nameopt;
use super::sys::certs;
#[cfg(has_comp_alg)]
use super::sys::expand::expand;
#[cfg(ossl320)]
use super::sys::raw_keys;

/// Content type of a handshake message, and the messages that are looked into.
const HANDSHAKE: i32 = 22;
const CERTIFICATE: u8 = 11;
const CERTIFICATE_REQUEST: u8 = 13;
/// RFC 8879 section 4.
#[cfg(has_comp_alg)]
const COMPRESSED_CERTIFICATE: u8 = 25;
/// RFC 8446 section 4.2.4.
const CERTIFICATE_AUTHORITIES: u16 = 47;

/// Blanks before the text of a key.
#[cfg(ossl320)]
const KEY_INDENT: c_int = 8;

const TLS13: i32 = 0x0304;
const TLS12: i32 = 0x0303;
const DTLS12: i32 = 0xfefd;

/// What a Certificate message holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// Certificates.
    Certificates,
    /// A raw public key, RFC 7250.
    #[cfg(ossl320)]
    RawKey,
}

/// The texts of a message's objects, in their order; an empty one where the library cannot decode it.
pub fn of(message: &Message, holds: Holds) -> Vec<Vec<u8>> {
    let Message { version, content_type: HANDSHAKE, data, .. } = message else { return Vec::new() };
    let header = if version >> 8 == 0xfe { 12 } else { 4 };
    let Some((&kind, body)) = data.first().zip(data.get(header..)) else { return Vec::new() };
    let mut texts = Vec::new();
    // What is cut short ends the list.
    let _ = match kind {
        CERTIFICATE => held_by(holds, body, *version, &mut texts),
        #[cfg(has_comp_alg)]
        COMPRESSED_CERTIFICATE => {
            let certificate = expanded(body).unwrap_or_default();
            texts.push(certificate.clone());
            held_by(holds, &certificate, *version, &mut texts)
        }
        CERTIFICATE_REQUEST if *version == TLS13 => authorities_of_extensions(body, &mut texts),
        CERTIFICATE_REQUEST => authorities(body, *version, &mut texts),
        _ => None,
    };
    texts
}

/// What a Certificate message of that side holds.
#[cfg(ossl320)]
pub fn held(ssl: &SslRef, message: &Message) -> Holds {
    let is_raw_key = if message.sent { raw_keys::server_sent(ssl) } else { raw_keys::client_sent(ssl) };
    if is_raw_key { Holds::RawKey } else { Holds::Certificates }
}

#[cfg(not(ossl320))]
pub fn held(_: &SslRef, _: &Message) -> Holds {
    Holds::Certificates
}

fn held_by(holds: Holds, body: &[u8], version: i32, texts: &mut Vec<Vec<u8>>) -> Option<()> {
    match holds {
        Holds::Certificates => certificates(body, version, texts),
        #[cfg(ossl320)]
        Holds::RawKey => key(body, version, texts),
    }
}

/// The Certificate message in a CompressedCertificate, RFC 8879 section 4.
#[cfg(has_comp_alg)]
fn expanded(mut body: &[u8]) -> Option<Vec<u8>> {
    let algorithm = u16::from_be_bytes(*body.split_off(..2)?.first_chunk()?);
    let length = number(body.split_off(..3)?);
    expand(algorithm, vector(&mut body, 3)?, length).filter(|_| body.is_empty())
}

/// RFC 8446 section 4.4.2, RFC 5246 section 7.4.2.
fn certificates(mut body: &[u8], version: i32, texts: &mut Vec<Vec<u8>>) -> Option<()> {
    if version == TLS13 {
        vector(&mut body, 1)?;
    }
    let mut list = vector(&mut body, 3)?;
    while !list.is_empty() {
        texts.push(decoded(X509::from_der(vector(&mut list, 3)?), |cert| {
            [certs::print_certificate_ex(&cert, NameFormat::ONELINE.bits().into(), 0), certs::pem(&cert)].concat()
        }));
        if version == TLS13 {
            vector(&mut list, 2)?;
        }
    }
    Some(())
}

/// RFC 7250 section 3: up to TLS 1.2 without a list around it.
#[cfg(ossl320)]
fn key(mut body: &[u8], version: i32, texts: &mut Vec<Vec<u8>>) -> Option<()> {
    if version == TLS13 {
        vector(&mut body, 1)?;
    }
    let mut list = vector(&mut body, 3)?;
    let der = if version == TLS13 { vector(&mut list, 3)? } else { list };
    texts.push(decoded(PKey::public_key_from_der(der), |key| certs::print_key(&key, KEY_INDENT)));
    Some(())
}

/// RFC 5246 section 7.4.4; before TLS 1.2 without algorithms of signatures.
fn authorities(mut body: &[u8], version: i32, texts: &mut Vec<Vec<u8>>) -> Option<()> {
    vector(&mut body, 1)?;
    if version == TLS12 || version == DTLS12 {
        vector(&mut body, 2)?;
    }
    names(&mut body, texts)
}

/// RFC 8446 section 4.3.2.
fn authorities_of_extensions(mut body: &[u8], texts: &mut Vec<Vec<u8>>) -> Option<()> {
    vector(&mut body, 1)?;
    let mut extensions = vector(&mut body, 2)?;
    while !extensions.is_empty() {
        let number = u16::from_be_bytes(*extensions.split_off(..2)?.first_chunk()?);
        let mut content = vector(&mut extensions, 2)?;
        if number == CERTIFICATE_AUTHORITIES {
            names(&mut content, texts)?;
        }
    }
    Some(())
}

fn names(body: &mut &[u8], texts: &mut Vec<Vec<u8>>) -> Option<()> {
    let mut list = vector(body, 2)?;
    while !list.is_empty() {
        texts.push(decoded(X509Name::from_der(vector(&mut list, 2)?), |name| {
            nameopt::print(NameFormat::ONELINE, &name)
        }));
    }
    Some(())
}

/// The text of an object; why there is none stays in the error queue, as after `SSL_trace`.
fn decoded<T>(object: Result<T, ErrorStack>, print: impl FnOnce(T) -> Vec<u8>) -> Vec<u8> {
    object.map(print).unwrap_or_else(|errors| {
        errors.put();
        Vec::new()
    })
}

/// The content of a vector whose length stands before it in so many bytes (RFC 8446 section 3.4).
fn vector<'a>(from: &mut &'a [u8], prefix: usize) -> Option<&'a [u8]> {
    let length = number(from.split_off(..prefix)?);
    from.split_off(..length)
}

/// Big-endian.
fn number(bytes: &[u8]) -> usize {
    bytes.iter().fold(0, |number, &byte| number << 8 | usize::from(byte))
}

#[cfg(test)]
mod tests {
    use openssl::ssl::SslVersion;
    use s_server_core::engine::Event;
    use s_server_core::options::Messages;
    use s_server_core::options::plan::ClientAuth;

    use super::*;
    use crate::pair::{Pair, context, only, pki, with_certificate};

    /// The objects of the messages of a handshake with a client's certificate.
    fn objects(version: SslVersion) -> Vec<(bool, u8, Vec<String>)> {
        let context = context(|plan| {
            plan.text.messages = Some(Messages::Decoded);
            plan.tls.client_auth = ClientAuth::Request;
            plan.tls.trust.file = Some(pki("root.pem"));
        })
        .unwrap();
        let pair = Pair::established(&context, |ctx| {
            only(version)(ctx);
            with_certificate(ctx, "client");
        });
        let object = |event: &Event| match event {
            // Where the library compresses certificates, what they were compressed from stands before them.
            Event::Message(Message { sent, data, objects, .. }) if data[0] == 25 && !objects.is_empty() => {
                let (message, texts) = objects.split_first().unwrap();
                assert!(message.starts_with(&[0, 0, 2]), "{message:02x?}");
                let texts = texts.iter().map(|text| String::from_utf8(text.clone()).unwrap()).collect();
                Some((*sent, CERTIFICATE, texts))
            }
            Event::Message(Message { sent, data, objects, .. }) if !objects.is_empty() => {
                let texts = objects.iter().map(|text| String::from_utf8(text.clone()).unwrap()).collect();
                Some((*sent, data[0], texts))
            }
            _ => None,
        };
        pair.events.iter().filter_map(object).collect()
    }

    #[test]
    fn certificates_and_authorities_of_each_version_are_decoded() {
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            let mut objects = objects(version);
            objects.sort();
            let [(false, CERTIFICATE, theirs), (true, CERTIFICATE, ours), (true, CERTIFICATE_REQUEST, names)] =
                &objects[..]
            else {
                panic!("{objects:?}")
            };
            assert_eq!(names, &["C = XX, O = Test Org, CN = Test Root CA"]);
            let [own, root] = &ours[..] else { panic!("{ours:?}") };
            let [client] = &theirs[..] else { panic!("{theirs:?}") };
            for (text, file, subject) in [
                (own, "rsa.pem", "rsa.example"),
                (root, "root.pem", "Test Root CA"),
                (client, "client.pem", "Test Client"),
            ] {
                assert!(text.starts_with("Certificate:\n    Data:\n        Version: 3 (0x2)\n"), "{text}");
                let line = format!("\n        Subject: C = XX, O = Test Org, CN = {subject}\n");
                assert!(text.contains(&line), "{text}");
                let pem = std::fs::read_to_string(String::from_utf8(pki(file)).unwrap()).unwrap();
                assert!(text.ends_with(&pem), "{text}");
            }
        }
    }

    #[test]
    fn what_is_cut_or_no_certificate_has_no_text() {
        let certificate = |data: &[u8]| {
            of(
                &Message { version: TLS12, content_type: 22, data: data.into(), ..Message::default() },
                Holds::Certificates,
            )
        };
        assert_eq!(certificate(&[11, 0, 0, 7, 0, 0, 4, 0, 0, 1, b'x']), [b""]);
        for cut in 0..10 {
            assert_eq!(certificate(&[11, 0, 0, 7, 0, 0, 4, 0, 0, 1][..cut]), Vec::<Vec<u8>>::new(), "{cut}");
        }
        crate::queue::clear();
    }

    #[test]
    fn datagrams_have_a_longer_header() {
        let data = [&[13, 0, 0, 7, 0, 2, 0, 0, 0, 0, 0, 7][..], &[1, 64, 0, 0, 0, 2, 0, 0]].concat();
        let request = Message { version: DTLS12, content_type: 22, data, ..Message::default() };
        assert_eq!(of(&request, Holds::Certificates), [b""]);
        crate::queue::clear();
    }
}
