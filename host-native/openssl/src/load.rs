//! Certificates, keys, chains and Diffie-Hellman parameters from files and URIs.
//!
//! Everything is read through `OSSL_STORE`, as the original does, so that the queue holds the same entries; the words
//! around them differ between releases. Corresponds to `load_key_certs_crls` and its callers in `apps/lib/apps.c`.
use std::ffi::{CStr, CString};
use std::time::{Duration, Instant};

use openssl::pkey::{Id, PKey, Params, Private, Public};
use openssl::stack::Stack;
use openssl::x509::{X509, X509Crl};
use s_server_core::StartError;
use s_server_core::options::needs::Names;
use s_server_core::options::plan::{CertificateFiles, Format, Reference};

use super::crypto_engine::{self, Found};
use super::environment::Questions;
use super::fetch::{self, Reason};
use super::path::c_string;
use super::pem::{Holds, Source};
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
    /// Where its parts come from, for messages.
    pub origins: Origins,
}

/// The option that each part of a certificate comes from.
pub struct Origins {
    /// The certificate.
    pub cert: Origin,
    /// The key.
    pub key: Origin,
    /// The chain; `None` without one.
    pub chain: Option<Origin>,
}

/// An option with its value: `-cert rsa.pem`.
#[derive(Clone)]
pub struct Origin {
    /// The option.
    pub option: &'static str,
    /// Its value; `None` for one that takes none.
    pub file: Option<Vec<u8>>,
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
    /// The options.
    pub options: Names,
}

/// Loads a certificate with its key.
///
/// What is protected and has no pass phrase is asked for.
pub fn certificate_files(
    files: &CertificateFiles,
    titles: &Titles,
    pass: PassPhrase<'_>,
    words: Reference,
) -> Result<Loaded, StartError> {
    let options = &titles.options;
    let (key_option, key_file) = match &files.key {
        Some(file) => (options.key, file),
        None => (options.certificate, &files.cert),
    };
    let key = Source { option: key_option, file: key_file, holds: Holds::Key };
    let cert = Source { option: options.certificate, file: &files.cert, holds: Holds::Certificate };
    // One file that holds both is asked for once.
    let [key_answer, cert_answer] = [key_file, &files.cert].map(|file| pass.answer(file));
    let cert_answer = if *key_file == files.cert { &key_answer } else { &cert_answer };
    let secret = |answer| Secret { answer, option: options.pass };
    let load_key = || private_key(&key, files.key_format, titles.key, secret(&key_answer), words);
    let load_cert = || certificate(&cert, files.cert_format, titles.cert, secret(cert_answer), words);
    let origin = |source: Source<'_>| Origin { option: source.option, file: Some(source.file.to_vec()) };
    let chain_file = files.chain.as_deref();
    let chain_source = chain_file.map(|file| Source { option: options.chain, file, holds: Holds::Certificates });
    let origins = Origins { cert: origin(cert), key: origin(key), chain: chain_source.map(origin) };
    let (cert, key) = if titles.cert_first {
        let cert = load_cert()?;
        (cert, load_key()?)
    } else {
        let key = load_key()?;
        (load_cert()?, key)
    };
    let chain = chain_source.map(|source| certificates(&source, titles.chain, pass.questions, words)).transpose()?;
    Ok(Loaded { cert, key, chain, build_chain: files.build_chain, origins })
}

/// The pass phrase for files, and who is asked where none is given.
#[derive(Clone, Copy)]
pub struct PassPhrase<'a> {
    /// The one that an option gives.
    pub given: Option<&'a CString>,
    /// Who is asked without one.
    pub questions: Questions<'a>,
}

impl<'a> PassPhrase<'a> {
    fn answer(self, file: &[u8]) -> Answer<'a> {
        self.given.map_or_else(|| self.questions.answer(c_string(file)), |pass| Answer::Given(pass.clone()))
    }
}

/// The pass phrase of a file.
#[derive(Clone, Copy)]
struct Secret<'a> {
    answer: &'a Answer<'a>,
    /// Where it is given.
    option: &'static str,
}

/// All lists of `-CRL`, in the order of the file. The original takes the first.
pub fn crls(
    uri: &[u8],
    format: Option<Format>,
    questions: Questions<'_>,
    words: Reference,
) -> Result<Vec<X509Crl>, StartError> {
    let source = Source { option: "-CRL", file: uri, holds: Holds::Lists };
    let wanted = Wanted { kind: Kind::Crl, source: &source, format };
    let secret = Secret { answer: &questions.answer(c_string(uri)), option: "-pass" };
    let pick = |item| if let Item::Crl(crl) = item { Some(crl) } else { None };
    some(&wanted, "CRL", secret, words, fetch::crl, pick)
}

/// A revocation list that a certificate points to, fetched until then.
pub fn crl_of_certificate(url: &str, end: Instant, words: Reference) -> Result<X509Crl, StartError> {
    fetch::crl(url.as_bytes(), end)
        .map_err(|reason| not_fetched("CRL via CDP", url.as_bytes(), &reason, Some("-crl_download"), words))
}

/// All public keys in a file, those of its certificates among them; one at least. Protected parts are left alone.
pub fn public_keys(source: &Source<'_>, title: &str, words: Reference) -> Result<Vec<PKey<Public>>, StartError> {
    let mut keys = Vec::new();
    let mut take_all = |kind| {
        let wanted = Wanted { kind, source, format: None };
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
        return Err(failure.explained(title, source, None, words));
    }
    error::pop_to_mark();
    source.complete()?;
    Ok(keys)
}

/// The parameters of `-dhparam`. The error is a warning.
pub fn dh_params(file: &[u8], questions: Questions<'_>, words: Reference) -> Result<PKey<Params>, StartError> {
    let mut found = None;
    let source = Source { option: "-dhparam", file, holds: Holds::Parameters };
    let wanted = Wanted { kind: Kind::Params, source: &source, format: None };
    wanted.load(&questions.answer(c_string(file)), &mut |item| take(item, &mut found)).map_err(|failure| {
        let what = if words < Reference::V3_2 { "params" } else { "key parameters" };
        failure.explained(&format!("{what} of DH parameters"), &source, None, words)
    })?;
    found.filter(is_dh).ok_or_else(|| {
        let unable = from(b"Unable to load DH parameters", file);
        StartError::original([&queue::message("")[..], &unable, b" (unexpected parameters type)\n"].concat())
    })
}

/// Parameters in the certificate's file, if there are any. Protected parts are left alone: nobody is asked twice.
pub fn dh_params_beside(cert: &[u8]) -> Option<PKey<Params>> {
    let mut found = None;
    let source = Source { option: "-cert", file: cert, holds: Holds::Parameters };
    let wanted = Wanted { kind: Kind::Params, source: &source, format: None };
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

fn private_key(
    source: &Source<'_>,
    format: Option<Format>,
    title: &str,
    secret: Secret<'_>,
    words: Reference,
) -> Result<PKey<Private>, StartError> {
    let Secret { answer, option } = secret;
    if format == Some(Format::Engine) {
        return engine_key(source.file, title, answer, words);
    }
    let mut found = None;
    let wanted = Wanted { kind: Kind::Key, source, format };
    let result = wanted.load(answer, &mut |item| {
        if let Item::Key(key) = item {
            found = Some(key);
        }
        found.is_some()
    });
    let Some(key) = found else {
        let what = if words < Reference::V3_2 { named("key", title) } else { named("private key", title) };
        return Err(result.err().unwrap_or(Failure::Content).explained(&what, source, Some(option), words));
    };
    answer.opened();
    source.complete()?;
    Ok(key)
}

fn engine_key(id: &[u8], title: &str, answer: &Answer<'_>, words: Reference) -> Result<PKey<Private>, StartError> {
    error::set_mark();
    match crypto_engine::private_key(id, answer) {
        Found::Key(key) => {
            error::pop_to_mark();
            Ok(key)
        }
        Found::Missing(uri) => Err(StartError::original(Failure::Content.message(title, &uri, words))),
        Found::NoEngine => {
            let lines = ["No engine specified for loading ", title, "\nNo filename or uri specified for loading\n "];
            Err(StartError::original([&lines.concat(), title, "\n"].concat()))
        }
    }
}

fn certificate(
    source: &Source<'_>,
    format: Option<Format>,
    title: &str,
    secret: Secret<'_>,
    words: Reference,
) -> Result<X509, StartError> {
    let wanted = Wanted { kind: Kind::Certificate, source, format };
    let pick = |item| if let Item::Certificate(cert) = item { Some(cert) } else { None };
    let mut found = some(&wanted, title, secret, words, fetch::certificate, pick)?;
    Ok(found.remove(0))
}

/// One object that may also be fetched, or all of a file where all of them count; one at least. `pick` finds them among
/// what a file holds.
fn some<T>(
    wanted: &Wanted<'_>,
    title: &str,
    secret: Secret<'_>,
    words: Reference,
    fetch: fn(&[u8], Instant) -> Result<T, Reason>,
    pick: fn(Item) -> Option<T>,
) -> Result<Vec<T>, StartError> {
    let uri = wanted.source.file;
    let mut why = StartError::default();
    let mut message = if fetch::is_https(uri) {
        format!("Loading {title} over HTTPS is unsupported\n").into_bytes()
    } else if fetch::is_http(uri) {
        let fetched = fetch(uri, Instant::now() + PATIENCE);
        return fetched.map(|object| vec![object]).map_err(|reason| not_fetched(title, uri, &reason, None, words));
    } else {
        let mut found = Vec::new();
        let result = wanted.load(secret.answer, &mut |item| {
            found.extend(pick(item));
            !found.is_empty() && wanted.source.holds.is_one()
        });
        if !found.is_empty() {
            if result.is_err() {
                error::pop_to_mark();
            }
            secret.answer.opened();
            wanted.source.complete()?;
            return Ok(found);
        }
        let failure = result.err().unwrap_or(Failure::Content);
        let message = failure.message(&named(wanted.kind.word(words), title), uri, words);
        why = failure.why(wanted.source, &message, Some(secret.option));
        message
    };
    if words < Reference::V3_2 {
        message.extend(format!("Unable to load {title}\n").bytes());
    }
    Err(why.after(message))
}

/// The original's lines, then which address failed and why.
fn not_fetched(title: &str, uri: &[u8], reason: &Reason, option: Option<&'static str>, words: Reference) -> StartError {
    let queue = queue::message("");
    let (shown, why) = (uri.escape_ascii().to_string(), reason.words(&queue));
    let error = match option {
        Some(option) => StartError::of_flag(option, format!("{shown}: {why}")),
        None => StartError::of_value(shown, why),
    };
    let title = format!("Unable to load {title}");
    let lines = if words < Reference::V3_2 {
        [title.as_bytes(), b"\n", &queue].concat()
    } else {
        [&queue[..], &from(title.as_bytes(), uri), b"\n"].concat()
    };
    error.after(lines)
}

fn certificates(
    source: &Source<'_>,
    title: &str,
    questions: Questions<'_>,
    words: Reference,
) -> Result<Stack<X509>, StartError> {
    let mut chain = Vec::new();
    let wanted = Wanted { kind: Kind::Certificate, source, format: None };
    let result = wanted.load(&questions.answer(c_string(source.file)), &mut |item| {
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
        return Err(failure.explained(&what, source, None, words));
    }
    error::pop_to_mark();
    source.complete()?;
    let mut stack = Stack::new().map_err(|error| StartError::original(error.to_string()))?;
    for cert in chain {
        stack.push(cert).map_err(|error| StartError::original(error.to_string()))?;
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
    source: &'a Source<'a>,
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
    fn load(&self, answer: &Answer<'_>, done: &mut dyn FnMut(Item) -> bool) -> Result<(), Failure> {
        error::set_mark();
        let mut store = Store::open(&c_string(self.source.file), answer, self.input_type()).ok_or(Failure::Open)?;
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

    /// What the file holds instead. That it cannot be opened is in the message.
    fn why(self, source: &Source<'_>, message: &[u8], pass_option: Option<&str>) -> StartError {
        match self {
            Failure::Open => StartError::default(),
            Failure::Content => source.why(message, pass_option),
        }
    }

    fn explained(self, what: &str, source: &Source<'_>, pass_option: Option<&str>, words: Reference) -> StartError {
        let message = self.message(what, source.file, words);
        self.why(source, &message, pass_option).after(message)
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
