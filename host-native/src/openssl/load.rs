//! Certificates, keys, chains and Diffie-Hellman parameters from files and URIs.
//!
//! Everything is read through `OSSL_STORE`, as the original does, so that the queue holds the same entries; the words
//! around them differ between releases. Corresponds to `load_key_certs_crls` and its callers in `apps/lib/apps.c`.
use std::ffi::{CStr, CString};
use std::io;

use openssl::pkey::{Id, PKey, Params, Private};
use openssl::stack::Stack;
use openssl::x509::X509;
use s_server_core::options::plan::{Format, Identity, Reference};

use super::path::{c_string, os_str};
use super::sys::store::{Item, Kind, Store};
use super::sys::ui::Answer;
use super::sys::{certs, error};
use super::{passphrase, queue, selfsigned};

/// What the server proves its identity with.
pub struct Loaded {
    /// The certificate.
    pub cert: X509,
    /// Its key.
    pub key: PKey<Private>,
    /// `-cert_chain`.
    pub chain: Option<Stack<X509>>,
    /// `-build_chain`.
    pub build_chain: bool,
}

/// Loads or makes the identity. The error is all that goes to standard error.
///
/// Order of the original: the pass phrase, the key, the certificate, the chain.
pub fn identity(identity: &Identity, words: Reference) -> Result<Loaded, Vec<u8>> {
    match identity {
        Identity::SelfSigned { names } => {
            let (cert, key) = selfsigned::make(names)?;
            Ok(Loaded { cert, key, chain: None, build_chain: false })
        }
        Identity::Loaded { cert, cert_is_default, cert_format, key, key_format, pass, chain, build_chain } => {
            let hint = |mut message: Vec<u8>| {
                if *cert_is_default && !std::path::Path::new(&os_str(cert)).exists() {
                    message.extend_from_slice(HINT);
                }
                message
            };
            let pass = pass.as_deref().map(pass_phrase).transpose()?;
            let key_file = key.as_ref().unwrap_or(cert);
            let key = private_key(key_file, *key_format, pass.as_ref(), words).map_err(hint)?;
            let cert = certificate(cert, *cert_format, pass.as_ref(), words).map_err(hint)?;
            let chain = chain.as_deref().map(|file| certificates(file, words)).transpose()?;
            Ok(Loaded { cert, key, chain, build_chain: *build_chain })
        }
    }
}

/// The parameters of `-dhparam`. The error is a warning.
pub fn dh_params(file: &[u8], words: Reference) -> Result<PKey<Params>, Vec<u8>> {
    let mut found = None;
    let wanted = Wanted { kind: Kind::Params, uri: file, format: None };
    wanted.load(&Answer::Ask(c_string(file)), &mut |item| take(item, &mut found)).map_err(|failure| {
        let what = if words < Reference::V3_2 { "params" } else { "key parameters" };
        failure.message(&format!("{what} of DH parameters"), file, words)
    })?;
    found.filter(is_dh).ok_or_else(|| {
        let mut message = queue::message("");
        message.extend(from(b"Unable to load DH parameters", file));
        message.extend_from_slice(b" (unexpected parameters type)\n");
        message
    })
}

/// Parameters in the certificate's file, if there are any. Protected parts are left alone: nobody is asked twice.
pub fn dh_params_beside(cert: &[u8]) -> Option<PKey<Params>> {
    let mut found = None;
    let wanted = Wanted { kind: Kind::Params, uri: cert, format: None };
    if wanted.load(&Answer::Nobody, &mut |item| take(item, &mut found)).is_err() {
        error::pop_to_mark();
    }
    found.filter(is_dh)
}

fn is_dh(params: &PKey<Params>) -> bool {
    params.id() == Id::DH
}

fn take(item: Item, to: &mut Option<PKey<Params>>) -> bool {
    if let Item::Params(params) = item {
        *to = Some(params);
    }
    to.is_some()
}

fn pass_phrase(source: &[u8]) -> Result<CString, Vec<u8>> {
    match passphrase::read(source) {
        Ok(pass) => Ok(c_string(&pass)),
        Err(message) => Err(format!("{message}Error getting password\n").into_bytes()),
    }
}

fn answer(pass: Option<&CString>, uri: &[u8]) -> Answer {
    pass.map_or_else(|| Answer::Ask(c_string(uri)), |pass| Answer::Given(pass.clone()))
}

fn private_key(
    uri: &[u8],
    format: Option<Format>,
    pass: Option<&CString>,
    words: Reference,
) -> Result<PKey<Private>, Vec<u8>> {
    const WHAT: &str = "server certificate private key";
    if format == Some(Format::Engine) {
        let lines =
            ["No engine specified for loading ", WHAT, "\nNo filename or uri specified for loading\n ", WHAT, "\n"];
        return Err(lines.concat().into_bytes());
    }
    let mut found = None;
    let wanted = Wanted { kind: Kind::Key, uri, format };
    let result = wanted.load(&answer(pass, uri), &mut |item| {
        if let Item::Key(key) = item {
            found = Some(key);
        }
        found.is_some()
    });
    found.ok_or_else(|| result.err().unwrap_or(Failure::Content).message(WHAT, uri, words))
}

fn certificate(uri: &[u8], format: Option<Format>, pass: Option<&CString>, words: Reference) -> Result<X509, Vec<u8>> {
    const WHAT: &str = "server certificate";
    let mut message = if uri.starts_with(b"https://") {
        format!("Loading {WHAT} over HTTPS is unsupported\n").into_bytes()
    } else if uri.starts_with(b"http://") {
        match certs::load_http(&c_string(uri), HTTP_SECONDS) {
            Some(cert) => return Ok(cert),
            None if words < Reference::V3_2 => return Err(queue::message(format!("Unable to load {WHAT}\n"))),
            None => {
                let mut message = queue::message("");
                message.extend(from(format!("Unable to load {WHAT}").as_bytes(), uri));
                message.push(b'\n');
                return Err(message);
            }
        }
    } else {
        let mut found = None;
        let result = Wanted { kind: Kind::Certificate, uri, format }.load(&answer(pass, uri), &mut |item| {
            if let Item::Certificate(cert) = item {
                found = Some(cert);
            }
            found.is_some()
        });
        match found {
            Some(cert) => return Ok(cert),
            None => result.err().unwrap_or(Failure::Content).message(WHAT, uri, words),
        }
    };
    if words < Reference::V3_2 {
        message.extend(format!("Unable to load {WHAT}\n").bytes());
    }
    Err(message)
}

fn certificates(uri: &[u8], words: Reference) -> Result<Stack<X509>, Vec<u8>> {
    let mut chain = Vec::new();
    let wanted = Wanted { kind: Kind::Certificate, uri, format: None };
    let result = wanted.load(&Answer::Ask(c_string(uri)), &mut |item| {
        if let Item::Certificate(cert) = item {
            chain.push(cert);
        }
        false
    });
    if chain.is_empty() {
        let failure = result.err().unwrap_or(Failure::Content);
        let what = match failure {
            _ if words >= Reference::V3_2 => "certificates of server certificate chain",
            Failure::Open => "certs of server certificate chain",
            Failure::Content => "any server certificate chain",
        };
        return Err(failure.message(what, uri, words));
    }
    error::pop_to_mark();
    let mut stack = Stack::new().map_err(|error| error.to_string().into_bytes())?;
    for cert in chain {
        stack.push(cert).map_err(|error| error.to_string().into_bytes())?;
    }
    Ok(stack)
}

/// One search.
struct Wanted<'a> {
    kind: Kind,
    uri: &'a [u8],
    format: Option<Format>,
}

/// How a search failed. The queue holds more, above a mark, until [`Failure::message`] or `pop_to_mark`.
#[derive(Clone, Copy)]
enum Failure {
    Open,
    Content,
}

impl Wanted<'_> {
    /// Hands over each object until `done` says that it was the one. Success drops what failed attempts left in the
    /// queue; after a failure it is still there.
    fn load(&self, answer: &Answer, done: &mut dyn FnMut(Item) -> bool) -> Result<(), Failure> {
        error::set_mark();
        let mut store = Store::open(&c_string(self.uri), answer, self.input_type()).ok_or(Failure::Open)?;
        if !store.expect(self.kind) {
            return Err(Failure::Open);
        }
        while !store.at_end() {
            if store.next_item().is_some_and(&mut *done) {
                error::pop_to_mark();
                return Ok(());
            }
        }
        Err(Failure::Content)
    }

    fn input_type(&self) -> Option<&'static CStr> {
        match self.format? {
            Format::Pem => Some(c"PEM"),
            Format::Der => Some(c"DER"),
            Format::Engine | Format::Other => None,
        }
    }
}

impl Failure {
    /// The message with its queue. `what` is what was looked for.
    fn message(self, what: &str, uri: &[u8], words: Reference) -> Vec<u8> {
        let verb = match self {
            Failure::Open => "open file or uri for loading",
            Failure::Content if words < Reference::V3_2 => "read",
            Failure::Content => "find or decode",
        };
        let mut message = from(format!("Could not {verb} {what}").as_bytes(), uri);
        if let Some(errno) = queue::newest_system_error().filter(|_| words >= Reference::V3_2) {
            message.extend(format!(": {}", system_error_text(errno)).bytes());
            error::pop_to_mark();
        } else {
            error::clear_mark();
        }
        message.push(b'\n');
        queue::message(message)
    }
}

/// `text from uri`.
fn from(text: &[u8], uri: &[u8]) -> Vec<u8> {
    [text, b" from ", uri].concat()
}

/// What `strerror` says.
fn system_error_text(errno: i32) -> String {
    let text = io::Error::from_raw_os_error(errno).to_string();
    text.split(" (os error").next().unwrap_or_default().to_owned()
}

const HINT: &[u8] =
    b"s_server: hint: -selfsigned makes a key and a certificate at the start; -cert and -key name files\n";
/// The longest that fetching `-cert http://…` may take.
const HTTP_SECONDS: i32 = 10;
