//! Certificates, keys, chains and Diffie-Hellman parameters from files and URIs.
//!
//! Everything is read through `OSSL_STORE`, as the original does, so that the queue holds the same entries; the words
//! around them differ between releases. Corresponds to `load_key_certs_crls` and its callers in `apps/lib/apps.c`.
use std::ffi::{CStr, CString};
use std::time::{Duration, Instant};

use openssl::pkey::{Id, PKey, Params, Private, Public};
use openssl::stack::Stack;
use openssl::x509::{X509, X509Crl};
use s_server_core::options::plan::{CertificateFiles, Format, Reference};

use super::engine::{self, Found};
use super::fetch::{self, Reason};
use super::path::c_string;
use super::queue;
use super::sys::error;
use super::sys::store::{Item, Kind, Store};
use super::sys::ui::Answer;

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

/// What the messages about a certificate's files call them.
pub struct Titles {
    /// The key.
    pub key: &'static str,
    /// The certificate.
    pub cert: &'static str,
    /// The certificates that go with it.
    pub chain: &'static str,
    /// The certificate is loaded before its key, not after it.
    pub cert_first: bool,
}

/// Loads a certificate with its key. The error is all that goes to standard error.
///
/// What is protected and has no pass phrase is asked for.
pub fn certificate_files(
    files: &CertificateFiles,
    titles: &Titles,
    pass: Option<&CString>,
    words: Reference,
) -> Result<Loaded, Vec<u8>> {
    let key_file = files.key.as_ref().unwrap_or(&files.cert);
    let load_key = || private_key(key_file, files.key_format, titles.key, pass, words);
    let load_cert = || certificate(&files.cert, files.cert_format, titles.cert, pass, words);
    let (cert, key) = if titles.cert_first {
        let cert = load_cert()?;
        (cert, load_key()?)
    } else {
        let key = load_key()?;
        (load_cert()?, key)
    };
    let chain = files.chain.as_deref().map(|file| certificates(file, titles.chain, words)).transpose()?;
    Ok(Loaded { cert, key, chain, build_chain: files.build_chain })
}

/// `-CRL`
pub fn crl(uri: &[u8], format: Option<Format>, words: Reference) -> Result<X509Crl, Vec<u8>> {
    let wanted = Wanted { kind: Kind::Crl, uri, format };
    let pick = |item| if let Item::Crl(crl) = item { Some(crl) } else { None };
    one(&wanted, "CRL", None, words, fetch::crl, pick)
}

/// A revocation list that a certificate points to, fetched until then.
pub fn crl_of_certificate(url: &str, end: Instant, words: Reference) -> Result<X509Crl, Vec<u8>> {
    fetch::crl(url.as_bytes(), end)
        .map_err(|reason| not_fetched("CRL via CDP", url.as_bytes(), &reason, "-crl_download: ", words))
}

/// All public keys in a file, those of its certificates among them; one at least. Protected parts are left alone.
pub fn public_keys(file: &[u8], title: &str, words: Reference) -> Result<Vec<PKey<Public>>, Vec<u8>> {
    let mut keys = Vec::new();
    let mut take_all = |kind| {
        let wanted = Wanted { kind, uri: file, format: None };
        let take = &mut |item| {
            keys.extend(match item {
                Item::PublicKey(key) => Some(key),
                Item::Certificate(cert) => cert.public_key().ok(),
                _ => None,
            });
            false
        };
        wanted.load(&Answer::Nobody, take).err().unwrap_or(Failure::Content)
    };
    take_all(Kind::Certificate);
    error::pop_to_mark();
    let failure = take_all(Kind::PublicKey);
    if keys.is_empty() {
        return Err(failure.message(title, file, words));
    }
    error::pop_to_mark();
    Ok(keys)
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

fn answer(pass: Option<&CString>, uri: &[u8]) -> Answer {
    pass.map_or_else(|| Answer::Ask(c_string(uri)), |pass| Answer::Given(pass.clone()))
}

fn private_key(
    uri: &[u8],
    format: Option<Format>,
    title: &str,
    pass: Option<&CString>,
    words: Reference,
) -> Result<PKey<Private>, Vec<u8>> {
    if format == Some(Format::Engine) {
        return engine_key(uri, title, pass, words);
    }
    let mut found = None;
    let wanted = Wanted { kind: Kind::Key, uri, format };
    let result = wanted.load(&answer(pass, uri), &mut |item| {
        if let Item::Key(key) = item {
            found = Some(key);
        }
        found.is_some()
    });
    found.ok_or_else(|| {
        let what = if words < Reference::V3_2 { named("key", title) } else { named("private key", title) };
        result.err().unwrap_or(Failure::Content).message(&what, uri, words)
    })
}

fn engine_key(id: &[u8], title: &str, pass: Option<&CString>, words: Reference) -> Result<PKey<Private>, Vec<u8>> {
    error::set_mark();
    match engine::private_key(id, &answer(pass, id)) {
        Found::Key(key) => {
            error::pop_to_mark();
            Ok(key)
        }
        Found::Missing(uri) => Err(Failure::Content.message(title, &uri, words)),
        Found::NoEngine => {
            let lines = ["No engine specified for loading ", title, "\nNo filename or uri specified for loading\n "];
            Err([&lines.concat(), title, "\n"].concat().into_bytes())
        }
    }
}

fn certificate(
    uri: &[u8],
    format: Option<Format>,
    title: &str,
    pass: Option<&CString>,
    words: Reference,
) -> Result<X509, Vec<u8>> {
    let wanted = Wanted { kind: Kind::Certificate, uri, format };
    let pick = |item| if let Item::Certificate(cert) = item { Some(cert) } else { None };
    one(&wanted, title, pass, words, fetch::certificate, pick)
}

/// One object that may also be fetched. `pick` finds it among what a file holds.
fn one<T>(
    wanted: &Wanted<'_>,
    title: &str,
    pass: Option<&CString>,
    words: Reference,
    fetch: fn(&[u8], Instant) -> Result<T, Reason>,
    pick: fn(Item) -> Option<T>,
) -> Result<T, Vec<u8>> {
    let uri = wanted.uri;
    let mut message = if fetch::is_https(uri) {
        format!("Loading {title} over HTTPS is unsupported\n").into_bytes()
    } else if fetch::is_http(uri) {
        let fetched = fetch(uri, Instant::now() + PATIENCE);
        return fetched.map_err(|reason| not_fetched(title, uri, &reason, "", words));
    } else {
        let mut found = None;
        let result = wanted.load(&answer(pass, uri), &mut |item| {
            found = pick(item);
            found.is_some()
        });
        match found {
            Some(object) => return Ok(object),
            None => {
                let what = named(wanted.kind.word(words), title);
                result.err().unwrap_or(Failure::Content).message(&what, uri, words)
            }
        }
    };
    if words < Reference::V3_2 {
        message.extend(format!("Unable to load {title}\n").bytes());
    }
    Err(message)
}

/// The original's lines, then which address failed and why.
fn not_fetched(title: &str, uri: &[u8], reason: &Reason, option: &str, words: Reference) -> Vec<u8> {
    let queue = queue::message("");
    let why = format!("s_server: {option}{}: {}\n", uri.escape_ascii(), reason.words(&queue));
    let title = format!("Unable to load {title}");
    let lines = if words < Reference::V3_2 {
        [title.as_bytes(), b"\n", &queue].concat()
    } else {
        [&queue[..], &from(title.as_bytes(), uri), b"\n"].concat()
    };
    [lines, why.into_bytes()].concat()
}

fn certificates(uri: &[u8], title: &str, words: Reference) -> Result<Stack<X509>, Vec<u8>> {
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
            _ if words >= Reference::V3_2 => named("certificates", title),
            Failure::Open => named("certs", title),
            Failure::Content => format!("any {}", named("cert", title)),
        };
        return Err(failure.message(&what, uri, words));
    }
    error::pop_to_mark();
    let mut stack = Stack::new().map_err(|error| error.to_string().into_bytes())?;
    for cert in chain {
        stack.push(cert).map_err(|error| error.to_string().into_bytes())?;
    }
    Ok(stack)
}

impl Kind {
    /// Its name in messages.
    fn word(self, words: Reference) -> &'static str {
        match self {
            Kind::Params => "params",
            Kind::Key => "key",
            Kind::PublicKey => "public key",
            Kind::Crl => "CRL",
            Kind::Certificate if words < Reference::V3_2 => "cert",
            Kind::Certificate => "certificate",
        }
    }
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
            message.extend(format!(": {}", queue::system_error_text(errno)).bytes());
            error::pop_to_mark();
        } else {
            error::clear_mark();
        }
        message.push(b'\n');
        queue::message(message)
    }
}

/// The kind of what was looked for, unless its title has that word.
fn named(kind: &str, title: &str) -> String {
    if title.contains(kind) { title.to_owned() } else { format!("{kind} of {title}") }
}

/// `text from uri`.
fn from(text: &[u8], uri: &[u8]) -> Vec<u8> {
    [text, b" from ", uri].concat()
}

/// The longest that fetching `-cert http://…` may take.
const PATIENCE: Duration = Duration::from_secs(10);
