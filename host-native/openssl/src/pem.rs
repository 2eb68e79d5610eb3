//! Files looked through once more, block by block: what OpenSSL's readers leave out in silence, and why a file is of no
//! use to its option.
//!
//! The readers take what they find. At what they cannot read some end and others go on, and neither says a word when
//! they have found something before. [`Source::complete`] ends the start then; [`Source::why`] follows a reader's own
//! message. Nothing is read here that a reader would take: joined lines, and what stands before a BEGIN line on the same
//! line, are refused by OpenSSL too.
use std::fs;

use openssl::base64;
use openssl::pkey::PKey;
use openssl::rsa::Rsa;
use openssl::x509::{X509, X509Crl};
use s_server_core::StartError;

use super::system_error::strerror;
use super::{path, queue};

/// A file that an option names.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    /// The option.
    pub option: &'static str,
    /// Its value.
    pub file: &'a [u8],
    /// What it is to hold.
    pub holds: Holds,
}

/// What an option wants of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Holds {
    /// The first certificate.
    Certificate,
    /// All certificates.
    Certificates,
    /// All certificates and revocation lists, in PEM.
    Trust,
    /// All certificates and revocation lists, in any form.
    Store,
    /// All revocation lists.
    Lists,
    /// All public keys and certificates.
    PublicKeys,
    /// The first private key.
    Key,
    /// The first parameters of Diffie-Hellman.
    Parameters,
    /// All extensions of `-serverinfo`.
    ServerInfo,
    /// The first session.
    Session,
}

impl Source<'_> {
    /// An error when a block that counts was not read though its reader found no fault. What is no plain file of PEM
    /// blocks has been judged by its reader alone.
    pub fn complete(&self) -> Result<(), StartError> {
        let Some(text) = self.contents().filter(|text| !is_der(text)) else { return Ok(()) };
        // Of these the reader has read each block that it saw.
        let judged = self.holds == Holds::Trust;
        match self.first_fault(&text, judged) {
            Some(fault) => Err(fault),
            // Its reader looks at it only when it searches for a certificate.
            None if self.holds == Holds::Store && !self.has_wanted(&text) => Err(self.why(b"", None)),
            None => Ok(()),
        }
    }

    fn has_wanted(&self, text: &[u8]) -> bool {
        blocks(text).iter().any(|block| self.holds.wants(block.label))
    }

    /// Why the reader found nothing in it, and a way out where there is one. `message` is what the reader said.
    pub fn why(&self, message: &[u8], pass_option: Option<&str>) -> StartError {
        let phrase = ["bad decrypt", "maybe wrong password", "mac verify"].iter().any(|words| contains(message, words));
        if let Some(option) = pass_option.filter(|_| phrase) {
            return self.error(format!("the pass phrase may be wrong ({option})"));
        }
        if let Some(algorithm) = unsupported_algorithm(message) {
            return self
                .error(format!("it needs {algorithm}, which the default provider does not have"))
                .with_remedy("try -provider legacy -provider default");
        }
        let path = path::path(self.file);
        match fs::metadata(&path) {
            Err(error) if path.as_os_str().is_empty() || !self.file.contains(&b':') => {
                return self.error(strerror(&error));
            }
            Ok(found) if found.is_dir() => return self.error("it is a folder"),
            Ok(found) if found.is_file() && found.len() == 0 => return self.error("it is empty"),
            _ => {}
        }
        let wanted = self.holds.words();
        let Some(text) = self.contents() else { return self.error(format!("it holds {wanted} that can be read")) };
        if is_der(&text) {
            return if self.holds.takes_der() {
                self.error(format!("it is DER: {wanted}, or another form was asked for"))
            } else {
                let remedy = format!("openssl {} -inform DER converts it", self.holds.tool());
                self.error("it is DER, and this option reads PEM").with_remedy(remedy)
            };
        }
        if let Some(fault) = self.first_fault(&text, false) {
            return fault;
        }
        if self.has_wanted(&text) {
            return self.error("this OpenSSL does not take what it holds, or another form was asked for");
        }
        match blocks(&text).first() {
            Some(block) => self.error(format!("it holds {wanted}, but {}", block.label)),
            None => self.error("it holds no PEM block"),
        }
    }

    /// That the file is at fault. One without a name is shown as `""`.
    fn error(&self, cause: impl Into<Vec<u8>>) -> StartError {
        let error = StartError::of_option(self.option, self.file, cause);
        if self.file.is_empty() { error.quoted() } else { error }
    }

    /// Of a plain file only: what comes through a pipe is gone.
    fn contents(&self) -> Option<Vec<u8>> {
        let path = path::path(self.file);
        let path = match self.file.strip_prefix(b"file:") {
            Some(rest) if !path.exists() => path::path(rest.strip_prefix(b"//").unwrap_or(rest)),
            _ => path,
        };
        fs::metadata(&path).ok().filter(fs::Metadata::is_file)?;
        fs::read(path).ok()
    }

    /// `judged`: what is whole can be read.
    fn first_fault(&self, text: &[u8], judged: bool) -> Option<StartError> {
        for (block, number) in blocks(text).into_iter().zip(1..) {
            let wanted = self.holds.wants(block.label);
            let fault = match block.fault {
                Some(fault) if wanted || fault.hides_others() => Some(fault),
                Some(_) => None,
                None => (wanted && !judged && !block.can_be_read()).then_some(Fault::Content),
            };
            if let Some(fault) = fault {
                let Block { label, line, .. } = block;
                let cause = format!("block {number} ({label}, line {line}) cannot be read: {}", fault.words());
                let error = self.error(cause);
                return Some(if fault == Fault::Joined { error.with_remedy(Fault::OWN_LINE) } else { error });
            }
            if wanted && self.holds.is_one() {
                return None;
            }
        }
        None
    }
}

impl Holds {
    /// Whether a block with that label counts.
    fn wants(self, label: &str) -> bool {
        let certificate = matches!(label, "CERTIFICATE" | "X509 CERTIFICATE" | "TRUSTED CERTIFICATE");
        match self {
            Self::Certificate | Self::Certificates => certificate,
            Self::Trust | Self::Store => certificate || label == "X509 CRL",
            Self::Lists => label == "X509 CRL",
            Self::PublicKeys => certificate || matches!(label, "PUBLIC KEY" | "RSA PUBLIC KEY"),
            Self::Key => label.ends_with("PRIVATE KEY"),
            Self::Parameters => matches!(label, "DH PARAMETERS" | "X9.42 DH PARAMETERS"),
            Self::ServerInfo => label.starts_with("SERVERINFO FOR ") || label.starts_with("SERVERINFOV2 FOR "),
            Self::Session => label == "SSL SESSION PARAMETERS",
        }
    }

    /// What follows the first one is not read.
    pub fn is_one(self) -> bool {
        matches!(self, Self::Certificate | Self::Key | Self::Parameters | Self::Session)
    }

    fn takes_der(self) -> bool {
        !matches!(self, Self::Trust | Self::ServerInfo | Self::Session)
    }

    /// The command that makes PEM of DER.
    fn tool(self) -> &'static str {
        match self {
            Self::Lists => "crl",
            Self::Session => "sess_id",
            _ => "x509",
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Certificate | Self::Certificates => "no certificate",
            Self::Trust | Self::Store => "no certificate or revocation list",
            Self::Lists => "no revocation list",
            Self::PublicKeys => "no public key",
            Self::Key => "no private key",
            Self::Parameters => "no Diffie-Hellman parameters",
            Self::ServerInfo => "no SERVERINFO block",
            Self::Session => "no session",
        }
    }
}

/// One block, with its first and last line.
struct Block<'a> {
    label: &'a str,
    /// Where it begins, from 1.
    line: usize,
    text: &'a [u8],
    fault: Option<Fault>,
}

/// Why a block is not read, or nothing behind it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Fault {
    NoBegin,
    NoEnd,
    OtherEnd,
    Joined,
    Mark,
    Indented,
    Content,
}

impl Fault {
    /// Other blocks may be lost with this one.
    fn hides_others(self) -> bool {
        matches!(self, Self::NoEnd | Self::OtherEnd | Self::Joined)
    }

    /// What helps against [`Fault::Joined`].
    const OWN_LINE: &str = "the next BEGIN needs a line of its own";

    fn words(self) -> &'static str {
        match self {
            Self::NoBegin => "it has no BEGIN line",
            Self::NoEnd => "it has no END line",
            Self::OtherEnd => "its END line is that of another label",
            Self::Joined => "its END line does not end there",
            Self::Mark => "a byte order mark stands before it",
            Self::Indented => "its BEGIN line is indented",
            Self::Content => "it is damaged",
        }
    }
}

fn blocks(text: &[u8]) -> Vec<Block<'_>> {
    let mut blocks = Vec::new();
    let mut open: Option<Block<'_>> = None;
    let mut at = 0;
    for (raw, line) in text.split_inclusive(|&byte| byte == b'\n').zip(1..) {
        let start = at;
        at += raw.len();
        let words = raw.trim_ascii_end();
        if let Some((label, before)) = begin(words) {
            if let Some(unfinished) = open.take() {
                let length = unfinished.text.len() - (text.len() - start);
                let text = &unfinished.text[..length];
                blocks.push(Block { text, fault: Some(Fault::NoEnd), ..unfinished });
            }
            open = Some(Block { label, line, text: &text[start..], fault: before });
        } else if let Some(end) = words.strip_prefix(END) {
            let label = label(end).unwrap_or_default();
            match open.take() {
                Some(block) => {
                    let length = block.text.len() - (text.len() - at);
                    let fault = block.fault.or_else(|| end_fault(block.label, end));
                    blocks.push(Block { text: &block.text[..length], fault, ..block });
                }
                None => blocks.push(Block { label, line, text: raw, fault: Some(Fault::NoBegin) }),
            }
        }
    }
    blocks.extend(open.map(|block| Block { fault: Some(Fault::NoEnd), ..block }));
    blocks
}

/// The label of a BEGIN line, and what is wrong before it.
fn begin(line: &[u8]) -> Option<(&str, Option<Fault>)> {
    let (rest, fault) = match line.strip_prefix(b"\xef\xbb\xbf") {
        Some(rest) => (rest, Some(Fault::Mark)),
        None if line.first().is_some_and(u8::is_ascii_whitespace) => (line.trim_ascii_start(), Some(Fault::Indented)),
        None => (line, None),
    };
    Some((label(rest.strip_prefix(BEGIN)?)?, fault))
}

fn end_fault(wanted: &str, end: &[u8]) -> Option<Fault> {
    if label(end) == Some(wanted) {
        return None;
    }
    let joined = end.windows(BEGIN.len()).any(|words| words == BEGIN);
    Some(if joined { Fault::Joined } else { Fault::OtherEnd })
}

/// What stands before the dashes that end the line.
fn label(rest: &[u8]) -> Option<&str> {
    str::from_utf8(rest.strip_suffix(b"-----")?).ok().filter(|label| !label.contains("-----"))
}

impl Block<'_> {
    /// Judged by the library where it can be, without a pass phrase.
    fn can_be_read(&self) -> bool {
        let read = match self.label {
            "CERTIFICATE" | "X509 CERTIFICATE" => X509::from_pem(self.text).is_ok(),
            // What is trusted of it stands behind the certificate.
            "TRUSTED CERTIFICATE" => self.bytes().is_some_and(|der| X509::from_der(&der).is_ok()),
            "X509 CRL" => X509Crl::from_pem(self.text).is_ok(),
            "PUBLIC KEY" => PKey::public_key_from_pem(self.text).is_ok(),
            "RSA PUBLIC KEY" => Rsa::public_key_from_pem_pkcs1(self.text).is_ok(),
            _ => self.bytes().is_some(),
        };
        queue::clear();
        read
    }

    /// What the text between its lines stands for.
    fn bytes(&self) -> Option<Vec<u8>> {
        let mut lines: Vec<&[u8]> = self.text.split(|&byte| byte == b'\n').map(<[u8]>::trim_ascii).collect();
        lines.retain(|line| !line.starts_with(BEGIN) && !line.starts_with(END));
        // Headers end with an empty line.
        if lines.iter().any(|line| line.contains(&b':')) {
            let end = lines.iter().position(|line| line.is_empty())?;
            lines.drain(..end);
        }
        base64::decode_block(str::from_utf8(&lines.concat()).ok()?).ok()
    }
}

/// The algorithm that no provider has, as the reader's message has it: `Algorithm (RC2-40-CBC : 0)`.
fn unsupported_algorithm(message: &[u8]) -> Option<String> {
    let text = str::from_utf8(message).ok()?;
    let line = text.lines().find(|line| line.contains("inner_evp_generic_fetch:unsupported:"))?;
    let (_, rest) = line.split_once("Algorithm (")?;
    Some(rest.split(' ').next()?.to_owned())
}

fn contains(message: &[u8], words: &str) -> bool {
    message.windows(words.len()).any(|part| part == words.as_bytes())
}

fn is_der(text: &[u8]) -> bool {
    text.first() == Some(&0x30) && text.get(1).is_some_and(|&byte| byte >= 0x80 || text.len() < 0x82)
}

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"-----END ";

#[cfg(test)]
mod tests;
