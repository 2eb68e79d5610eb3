//! A TLS 1.2 client that does not know RFC 5746, the secure renegotiation, which OpenSSL's own clients always offer.
//!
//! Just enough of RFC 5246 for that: `TLS_RSA_WITH_NULL_SHA256`, so records have a code but are not encrypted.

use std::io::{Read, Write};
use std::net::TcpStream;

use openssl::hash::{MessageDigest, hash};
use openssl::pkey::PKey;
use openssl::rsa::Padding;
use openssl::sign::Signer;
use openssl::x509::X509;

use crate::clients::raw;

/// Content types of records, RFC 5246 section 6.2.1.
pub const ALERT: u8 = 21;
/// Handshake messages.
pub const HANDSHAKE: u8 = 22;
const CHANGE_CIPHER_SPEC: u8 = 20;

const VERSION: [u8; 2] = [3, 3];
/// `TLS_RSA_WITH_NULL_SHA256`
const SUITE: [u8; 2] = [0x00, 0x3b];
/// Bytes of an HMAC-SHA-256.
const MAC: usize = 32;

const CLIENT_HELLO: u8 = 1;
const SERVER_HELLO: u8 = 2;
const CERTIFICATE: u8 = 11;
const SERVER_HELLO_DONE: u8 = 14;
const CLIENT_KEY_EXCHANGE: u8 = 16;
const FINISHED: u8 = 20;

/// One side's code, with the number of its next record.
struct Code {
    key: Vec<u8>,
    next: u64,
}

/// A connection whose handshake is done.
pub struct OldClient {
    socket: TcpStream,
    sends: Option<Code>,
    receives: Option<Code>,
    /// All handshake messages so far.
    transcript: Vec<u8>,
    /// Handshake bytes that were received and not looked at.
    pending: Vec<u8>,
}

impl OldClient {
    /// Connects to a server that has the suite (`-cipher NULL-SHA256:@SECLEVEL=0`), and shakes hands.
    pub fn connect(port: u16) -> Result<OldClient, String> {
        let socket = raw::connect(port).map_err(|e| e.to_string())?;
        let mut client = OldClient { socket, sends: None, receives: None, transcript: Vec::new(), pending: Vec::new() };
        client.shake_hands()?;
        Ok(client)
    }

    /// Begins another handshake: type and content of the record that answers.
    pub fn renegotiate(&mut self) -> Result<(u8, Vec<u8>), String> {
        self.send(HANDSHAKE, &message(CLIENT_HELLO, &hello(&random()?)))?;
        self.receive()
    }

    fn shake_hands(&mut self) -> Result<(), String> {
        let own = random()?;
        self.say(CLIENT_HELLO, &hello(&own))?;
        let server = self.hear(SERVER_HELLO)?.get(2..34).ok_or("a short ServerHello")?.to_vec();
        let list = self.hear(CERTIFICATE)?;
        self.hear(SERVER_HELLO_DONE)?;
        let secret = [&VERSION[..], &random()?, &random()?[..14]].concat();
        let sealed = seal(&list, &secret)?;
        let length = u16::try_from(sealed.len()).map_err(|e| e.to_string())?;
        self.say(CLIENT_KEY_EXCHANGE, &[&length.to_be_bytes()[..], &sealed].concat())?;
        let master = expand(&secret, b"master secret", &[&own[..], &server].concat(), 48)?;
        let keys = expand(&master, b"key expansion", &[&server[..], &own].concat(), 2 * MAC)?;
        self.send(CHANGE_CIPHER_SPEC, &[1])?;
        self.sends = Some(Code { key: keys[..MAC].to_vec(), next: 0 });
        let digest = hash(MessageDigest::sha256(), &self.transcript).map_err(|e| e.to_string())?;
        self.say(FINISHED, &expand(&master, b"client finished", &digest, 12)?)?;
        match self.receive()? {
            (CHANGE_CIPHER_SPEC, _) => self.receives = Some(Code { key: keys[MAC..].to_vec(), next: 0 }),
            other => return Err(format!("no ChangeCipherSpec: {other:?}")),
        }
        let digest = hash(MessageDigest::sha256(), &self.transcript).map_err(|e| e.to_string())?;
        let expected = expand(&master, b"server finished", &digest, 12)?;
        if self.hear(FINISHED)? == expected { Ok(()) } else { Err("a wrong Finished".into()) }
    }

    fn say(&mut self, kind: u8, body: &[u8]) -> Result<(), String> {
        let message = message(kind, body);
        self.transcript.extend_from_slice(&message);
        self.send(HANDSHAKE, &message)
    }

    /// The next handshake message, which must be of that kind.
    fn hear(&mut self, kind: u8) -> Result<Vec<u8>, String> {
        loop {
            if let [found, a, b, c, rest @ ..] = &self.pending[..] {
                let length = usize::from(*a) << 16 | usize::from(*b) << 8 | usize::from(*c);
                if rest.len() >= length {
                    if *found != kind {
                        return Err(format!("message {found} instead of {kind}"));
                    }
                    let body = rest[..length].to_vec();
                    self.transcript.extend(self.pending.drain(..4 + length));
                    return Ok(body);
                }
            }
            match self.receive()? {
                (HANDSHAKE, bytes) => self.pending.extend(bytes),
                other => return Err(format!("no handshake message: {other:?}")),
            }
        }
    }

    fn send(&mut self, kind: u8, content: &[u8]) -> Result<(), String> {
        let code = self.sends.as_mut().map(|code| code.of(kind, content)).transpose()?.unwrap_or_default();
        let length = u16::try_from(content.len() + code.len()).map_err(|e| e.to_string())?;
        let record = [&[kind], &VERSION[..], &length.to_be_bytes(), content, &code].concat();
        self.socket.write_all(&record).map_err(|e| e.to_string())
    }

    fn receive(&mut self) -> Result<(u8, Vec<u8>), String> {
        let mut head = [0; 5];
        self.socket.read_exact(&mut head).map_err(|e| e.to_string())?;
        let mut content = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
        self.socket.read_exact(&mut content).map_err(|e| e.to_string())?;
        if let Some(code) = &mut self.receives {
            let length = content.len().checked_sub(MAC).ok_or("a record without a code")?;
            let found = content.split_off(length);
            if code.of(head[0], &content)? != found {
                return Err("a record with a wrong code".into());
            }
        }
        Ok((head[0], content))
    }
}

impl Code {
    /// Section 6.2.3.1.
    fn of(&mut self, kind: u8, content: &[u8]) -> Result<Vec<u8>, String> {
        let length = u16::try_from(content.len()).map_err(|e| e.to_string())?;
        let number = self.next.to_be_bytes();
        self.next += 1;
        hmac(&self.key, &[&number[..], &[kind], &VERSION, &length.to_be_bytes(), content].concat())
    }
}

/// No extension, and no suite that would stand for one.
fn hello(random: &[u8; 32]) -> Vec<u8> {
    [&VERSION[..], random, &[0], &[0, 2], &SUITE, &[1, 0]].concat()
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let [.., a, b, c] = body.len().to_be_bytes();
    [&[kind, a, b, c], body].concat()
}

/// The secret for the key of the first certificate in the list.
fn seal(list: &[u8], secret: &[u8]) -> Result<Vec<u8>, String> {
    let seal = || {
        let cert = X509::from_der(list.get(6..).unwrap_or_default())?;
        let key = cert.public_key()?.rsa()?;
        let mut sealed = vec![0; key.size() as usize];
        let length = key.public_encrypt(secret, &mut sealed, Padding::PKCS1)?;
        sealed.truncate(length);
        Ok(sealed)
    };
    seal().map_err(|e: openssl::error::ErrorStack| e.to_string())
}

fn random() -> Result<[u8; 32], String> {
    let mut bytes = [0; 32];
    openssl::rand::rand_bytes(&mut bytes).map_err(|e| e.to_string())?;
    Ok(bytes)
}

fn hmac(key: &[u8], data: &[u8]) -> Result<Vec<u8>, String> {
    let hmac = || Signer::new(MessageDigest::sha256(), &*PKey::hmac(key)?)?.sign_oneshot_to_vec(data);
    hmac().map_err(|e| e.to_string())
}

/// The pseudorandom function, section 5.
fn expand(secret: &[u8], label: &[u8], seed: &[u8], length: usize) -> Result<Vec<u8>, String> {
    let seed = [label, seed].concat();
    let (mut link, mut bytes) = (seed.clone(), Vec::new());
    while bytes.len() < length {
        link = hmac(secret, &link)?;
        bytes.extend(hmac(secret, &[&link[..], &seed].concat())?);
    }
    bytes.truncate(length);
    Ok(bytes)
}
