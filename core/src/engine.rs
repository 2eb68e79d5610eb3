//! The boundary to TLS: what an engine does, what it tells, and how it fails.
//!
//! Implemented by OpenSSL, by rustls and by a replay. An engine works on bytes that it is lent: it never
//! touches a socket or the operator, and of files only the key log, which its context appends to.
mod ech;
mod key_exchange;
mod raw_keys;
mod transfer;

use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

use crate::endpoint::{Opening, Path};
use crate::io::{Now, Stream};
use crate::lent::LentWire;

pub use ech::{Ech, EchStatus};
pub use key_exchange::KeyExchange;
pub use raw_keys::{PublicKey, RawKeys, TlsaMatch};
pub use transfer::Transfer;

/// A TLS server session on a wire that it is lent.
///
/// Calls that move the session (`accept`, `read`, `write`, `command`, `shutdown`) are lent the wire: they read of it what
/// they can use, send what they have to say before they return, and keep no reference to it. What OpenSSL's callbacks
/// report on the way waits for `take_events`.
pub trait TlsEngine: Send {
    /// Appends early data to `out`, RFC 8446 section 4.2.10. Where the plan reads it, this is called before `accept`, until it has
    /// ended. Corresponds to one `SSL_read_early_data`.
    fn read_early(&mut self, _wire: &mut LentWire<'_>, _out: &mut Vec<u8>) -> Step<EarlyRead> {
        Step::Done(EarlyRead::End(EarlyData::NotSent))
    }
    /// Moves the first handshake. Corresponds to `SSL_accept`.
    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()>;
    /// Appends one record's application data to `out`. Corresponds to one `SSL_read` of 16 KiB.
    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()>;
    /// Takes application data for the peer, and says how much of it. Corresponds to `SSL_write`.
    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize>;
    /// Does what a connected command asks of the session.
    fn command(&mut self, wire: &mut LentWire<'_>, command: EngineCommand<'_>) -> CommandResult;
    /// Sends close_notify once, if the session still can; does not wait for the answer. Corresponds to `SSL_shutdown`.
    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()>;
    /// When the session wants to be called for the time alone; `None`: never, as long as nothing else happens. Asked after
    /// every call. Corresponds to `DTLSv1_get_timeout`.
    ///
    /// `now` is the host's time of this moment: an engine whose library has a clock of its own adds what is left by that.
    fn deadline(&self, _now: Now) -> Option<Now> {
        None
    }
    /// [`TlsEngine::deadline`] is reached: what was lost is sent again. Corresponds to `DTLSv1_handle_timeout`.
    ///
    /// `Done`: something was sent. `WantRead`: it was too early. `Failed`: it was sent often enough, the peer is gone.
    fn timeout(&mut self, _wire: &mut LentWire<'_>) -> Step<()> {
        Step::WantRead { starved: true }
    }
    /// Hands over what happened since the last call, in order.
    fn take_events(&mut self, to: &mut dyn FnMut(Event));
    /// Describes the session, as far as `detail` asks.
    fn info(&mut self, detail: Detail) -> SessionInfo;
    /// The counters of the context that the session belongs to by now: a server's name may have brought it to another
    /// than it began with. `None` where there is only one, whose [`TlsContext::stats`] count then.
    fn stats(&self) -> Option<CacheStats> {
        None
    }
}

/// How a call to the engine ended.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Step<T> {
    /// It did what it was asked for.
    Done(T),
    /// It needs input. `starved`: it looked for bytes and the wire had none, so a blocking socket would have slept here;
    /// otherwise it stopped after a record that is not application data.
    WantRead {
        /// The wire is empty.
        starved: bool,
    },
    /// It may be called again at once (a throttled wire refused some bytes, `-nbio_test`).
    WantWrite,
    /// The peer closed the session with close_notify.
    Closed,
    /// The session is broken; nothing but `take_events` and `shutdown` is useful now.
    Failed(EngineError),
}

impl<T> Step<T> {
    /// The same end of a call that answers something else.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Step<U> {
        match self {
            Self::Done(value) => Step::Done(change(value)),
            Self::WantRead { starved } => Step::WantRead { starved },
            Self::WantWrite => Step::WantWrite,
            Self::Closed => Step::Closed,
            Self::Failed(error) => Step::Failed(error),
        }
    }
}

/// Requests of the connected commands and of the `-www` page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EngineCommand<'a> {
    /// `r`, `R`, `GET /reneg`, `GET /renegcert`: a new handshake (TLS 1.2 and older).
    Renegotiate {
        /// Ask for a client certificate in it.
        request_certificate: bool,
    },
    /// `k`, `K`: RFC 8446 section 4.6.3.
    KeyUpdate {
        /// Ask the peer to update its keys too.
        request_peer: bool,
    },
    /// `c`: post-handshake authentication, RFC 8446 section 4.6.2.
    RequestCertificate,
    /// `P`: these bytes go to the peer outside TLS.
    ClearText(&'a [u8]),
}

/// What came of an [`EngineCommand`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CommandResult {
    /// What the call that asks for it returned: `SSL_renegotiate`, `SSL_key_update`, `SSL_verify_client_post_handshake`.
    /// Negative: the engine has no such call, and none of `SSL_do_handshake` follows.
    pub requested: i32,
    /// What `SSL_do_handshake` returned after it; the number printed behind `SSL_do_handshake ->`.
    pub handshake: i32,
    /// The error queue's lines, when one of them failed.
    pub error: Option<EngineError>,
}

/// What happened inside a call, in the order of the engine's callbacks.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Event {
    /// A state was entered or an alert passed (`-state`); one whole line as the original prints it, without its end.
    State(String),
    /// A handshake is complete.
    Handshake {
        /// It is not the first one of the session.
        renegotiation: bool,
    },
    /// One call of the verification callback.
    Verify(VerifyStep),
    /// An alert was sent or came.
    Alert(Alert),
    /// The client sent an extension that the library knows (`-tlsextdebug`).
    Extension {
        /// Its number, RFC 8446 section 4.2.
        extension_type: u16,
        /// Its content.
        data: Vec<u8>,
    },
    /// A message passed, or a part of one (`-msg`, `-trace`).
    Message(Message),
    /// The wire was read or written (`-debug`).
    Transfer(Transfer),
    /// A secret in the format of NSS, without a line end, from an engine that has no files (`-keylogfile`).
    KeyLog(String),
    /// A session is kept, which another instance of the engine can resume when it is given it.
    Session {
        /// What a client names it by.
        id: Vec<u8>,
        /// What the engine makes it from; a secret.
        state: Vec<u8>,
    },
    /// The client was asked to begin again with a cookie, RFC 8446 section 4.2.2 (`-stateless`).
    CookieSent,
    /// Text that only this engine can word, for one of the operator's streams.
    Text(Stream, Vec<u8>),
}

/// An alert, RFC 8446 section 6.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Alert {
    /// The server sent it.
    pub sent: bool,
    /// 1 is a warning, 2 is fatal.
    pub level: u8,
    /// `AlertDescription`: 0 is close_notify.
    pub description: u8,
}

/// What the callback of `SSL_set_msg_callback` is told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Message {
    /// The server sent it.
    pub sent: bool,
    /// Version of the protocol, or of the record: 0x0303 is TLS 1.2.
    pub version: i32,
    /// Content type (RFC 8446 section 5.1), 256 for a record's header, 257 for the content type inside of a record.
    pub content_type: i32,
    /// The whole of it.
    pub data: Vec<u8>,
    /// For `-trace`, the texts of what in it only a library can decode, in the order in which they stand in it: of a
    /// Certificate each certificate as `X509_print_ex` and `PEM_write_bio_X509` print it, of a list of authorities each
    /// name as `X509_NAME_print_ex` does, both with `XN_FLAG_ONELINE`. One that cannot be decoded is empty. Before the texts
    /// of a CompressedCertificate (RFC 8879) stands the Certificate message that it holds, without its header, where the
    /// library can expand any.
    pub objects: Vec<Vec<u8>>,
}

/// One call of the verification callback, already judged by [`crate::verify::judge`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VerifyStep {
    /// Depth of the certificate in the chain; 0 is the client's own.
    pub depth: i32,
    /// The library found the certificate good.
    pub ok: bool,
    /// The library's verification result number (`X509_V_…`); stays set after a tolerated error.
    pub error: i32,
    /// Its text, as in `X509_verify_cert_error_string`.
    pub error_text: String,
    /// Subject, in the form that `-nameopt` chooses, in whatever bytes the certificate has; `None` when there is no
    /// certificate at hand.
    pub subject: Option<Vec<u8>>,
    /// Issuer in the same form.
    pub issuer: Option<Vec<u8>>,
    /// `notBefore` as `ASN1_TIME_print` prints it.
    pub not_before: String,
    /// `notAfter` as `ASN1_TIME_print` prints it.
    pub not_after: String,
    /// Verification goes on as if the certificate were good.
    pub accepted: bool,
    /// What came of the certificate policies, where the library tells at this step (`-policy_print`).
    pub policies: Option<Vec<u8>>,
}

/// How much [`TlsEngine::info`] has to find out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Detail {
    /// The connection report of the interactive mode.
    Report,
    /// The summary of `-brief`.
    Brief,
    /// The `-www` page.
    Page,
    /// Every field, whatever is printed: [`Fact::Established`](crate::Fact::Established).
    Whole,
}

impl Detail {
    /// What `part` needs is asked for.
    pub fn has(self, part: Self) -> bool {
        self == part || self == Self::Whole
    }
}

/// What came of [`TlsEngine::read_early`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EarlyRead {
    /// Some data; there may be more.
    Data,
    /// There is no more, and this became of it.
    End(EarlyData),
}

/// What became of early data, RFC 8446 section 4.2.10. Corresponds to `SSL_get_early_data_status`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EarlyData {
    /// The client offered none.
    #[default]
    NotSent,
    /// The client offered some, and the server did not take it.
    Rejected,
    /// The server took it.
    Accepted,
}

/// A session, described.
///
/// Lists keep the order in which the peer or the library names them. A field that is marked with some [`Detail`] comes
/// with that and with [`Detail::Whole`], and is empty otherwise.
///
/// Exhaustive on purpose, as an [`Effect`](crate::sink::Effect) is: an engine that forgets a field, of today or of a later
/// version, does not compile, unless it leaves the rest to the default.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionInfo {
    /// `TLSv1.3`, `TLSv1.2` …, as `SSL_get_version` names it.
    pub protocol: String,
    /// The same as a number: 0x0304 for TLS 1.3.
    pub protocol_number: u16,
    /// Name of the cipher suite.
    pub cipher: String,
    /// The lowest version that has the suite (`SSL_CIPHER_get_version`). [`Detail::Page`] only.
    pub cipher_version: String,
    /// The session as PEM (`PEM_write_bio_SSL_SESSION`). [`Detail::Report`] only.
    pub session_pem: Vec<u8>,
    /// The client's certificate.
    pub peer_certificate: Option<PeerCertificate>,
    /// Raw public keys in the place of certificates.
    pub raw_keys: RawKeys,
    /// Cipher suites on which the two sides could have agreed, in the client's order; `None` where the library has no
    /// list (resumption up to TLS 1.2).
    pub shared_ciphers: Option<Vec<String>>,
    /// Cipher suites of the ClientHello that the library does not know.
    pub unknown_ciphers: Vec<u16>,
    /// Every cipher suite the server offers, with the lowest version that has it. [`Detail::Page`] only.
    pub supported_ciphers: Vec<(Cow<'static, str>, Cow<'static, str>)>,
    /// Cipher suites of the ClientHello: a name where the library has one, else `0x1234`. [`Detail::Brief`] only.
    pub client_ciphers: Vec<String>,
    /// Signature schemes of the ClientHello, RFC 8446 section 4.2.3.
    pub signature_algorithms: Vec<u16>,
    /// Those that the server shares.
    pub shared_signature_algorithms: Vec<u16>,
    /// Scheme of the server's own signature. [`Detail::Brief`] only, and only since 3.5.
    pub own_signature_type: Option<String>,
    /// Digest of the client's signature, `SHA256`.
    pub peer_signing_digest: Option<String>,
    /// Kind of the client's signature, in the words of the linked release.
    pub peer_signature_type: Option<String>,
    /// ec_point_formats of the ClientHello, RFC 8422 section 5.1.2.
    pub point_formats: Vec<u8>,
    /// supported_groups of the ClientHello, named as the library names them; `None` when there was no such extension.
    pub groups: Option<Vec<String>>,
    /// Those that the server shares.
    pub shared_groups: Vec<String>,
    /// The key exchange of the handshake. [`Detail::Brief`] only, and only since 3.5.
    pub key_exchange: Option<KeyExchange>,
    /// Names in the client's certificate_authorities extension, in the form that `-nameopt` chooses.
    pub ca_names: Vec<Vec<u8>>,
    /// The name that the client asks for, in whatever bytes it is (RFC 6066 section 3). [`Detail::Whole`] only.
    pub server_name: Option<Vec<u8>>,
    /// The protocol that ALPN chose, RFC 7301.
    pub alpn: Option<Vec<u8>>,
    /// The server asked for a second ClientHello, RFC 8446 section 4.1.4. [`Detail::Whole`] only.
    pub hello_retry_request: bool,
    /// What became of early data. [`Detail::Whole`] only.
    pub early_data: EarlyData,
    /// Identity of the pre-shared key, RFC 4279 section 5.1; `None` where there is none, or it is a session's.
    pub psk_identity: Option<Vec<u8>>,
    /// Who has logged in by a password, RFC 5054 section 2.3. [`Detail::Page`] only.
    pub srp_user: Option<Vec<u8>>,
    /// The protocol that NPN chose.
    pub next_protocol: Option<Vec<u8>>,
    /// The profile of SRTP that was agreed on, as the library names it, RFC 5764.
    pub srtp: Option<String>,
    /// Keying material, when the plan asks for it. [`Detail::Report`] only.
    pub exported: Option<Exported>,
    /// The session was resumed.
    pub reused: bool,
    /// RFC 5746 is in force; what `SSL_get_secure_renegotiation_support` says, also under TLS 1.3.
    pub secure_renegotiation: bool,
    /// `SSL_OP_NO_RENEGOTIATION` is set.
    pub renegotiation_disabled: bool,
    /// Result of the client certificate's verification (`X509_V_OK` is 0) and its text.
    pub verify_result: (i64, String),
    /// The name that `-verify_hostname` matched.
    pub verified_name: Option<String>,
    /// What became of Encrypted Client Hello; `None` where the library lacks it. [`Detail::Page`] only.
    pub ech: Option<Ech>,
    /// Fields of the session that the page shows. [`Detail::Page`] only.
    pub session: SessionFields,
}

/// The client's certificate, in the forms that the texts need.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PeerCertificate {
    /// PEM block with its line end.
    pub pem: Vec<u8>,
    /// Subject, in the form that `-nameopt` chooses, in whatever bytes the certificate has.
    pub subject: Vec<u8>,
    /// Issuer, likewise.
    pub issuer: Vec<u8>,
    /// `X509_print`. [`Detail::Page`] only.
    pub text: Vec<u8>,
}

/// Exported keying material, RFC 8446 section 7.5 and RFC 5705.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exported {
    /// The label.
    pub label: Vec<u8>,
    /// Bytes asked for.
    pub length: usize,
    /// The material.
    pub material: Result<Vec<u8>, EngineError>,
}

/// Fields of the session on the `-www` page. The secret is not among them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SessionFields {
    /// Session id; empty for tickets up to TLS 1.2.
    pub id: Vec<u8>,
    /// Session id context.
    pub context: Vec<u8>,
    /// Seconds since 1970.
    pub start: i64,
    /// Lifetime in seconds.
    pub timeout: i64,
    /// RFC 7627; always false under TLS 1.3.
    pub extended_master_secret: bool,
    /// Bytes of early data that tickets allow.
    pub max_early_data: u32,
}

/// Why a session broke.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EngineError {
    /// The error queue, oldest first, one line each as `ERR_print_errors` prints it, with its line end.
    pub queue: Vec<Vec<u8>>,
    /// Text of the verification error, when the client's certificate was refused.
    pub verify: Option<String>,
    /// Who is at fault.
    pub cause: Cause,
}

/// The lines of the queue, on one line; without any, the error of the verification, or who is at fault.
impl fmt::Display for EngineError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((last, before)) = self.queue.split_last() {
            before.iter().try_for_each(|line| write!(f, "{}; ", String::from_utf8_lossy(line.trim_ascii_end())))?;
            return f.write_str(&String::from_utf8_lossy(last.trim_ascii_end()));
        }
        f.write_str(match (&self.verify, self.cause) {
            (Some(why), _) => why,
            (None, Cause::Peer) => "the peer broke the session",
            (None, Cause::Wire) => "the peer's stream ended or failed",
            (None, Cause::Configuration) => "the configuration allows no session",
        })
    }
}

impl core::error::Error for EngineError {}

/// Who is at fault in an [`EngineError`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Cause {
    /// The peer, or the two together: alerts, bad records, nothing in common.
    #[default]
    Peer,
    /// The peer's stream ended or failed.
    Wire,
    /// The server's own configuration: nothing of the peer had been looked at.
    Configuration,
}

/// What outlives a session: certificates, tickets, cache.
pub trait TlsContext: Send + Sync {
    /// A new session.
    fn session(&self, start: Start) -> Result<Box<dyn TlsEngine>, EngineError>;
    /// The counters that the end of the run prints, and `S` and the `-www` page unless [`TlsEngine::stats`] has some.
    fn stats(&self) -> CacheStats;
    /// Whether a session begins with that datagram, from whatever address it comes: what tells this beginning from another.
    ///
    /// `None`: it belongs to a session that has begun, or to none.
    fn opening(&self, _datagram: &[u8]) -> Option<Opening> {
        None
    }
    /// Who keeps out peers that cannot be reached where they say that they are (`-listen`). `None`: everybody may begin a
    /// session.
    fn gate(&self) -> Option<Box<dyn Gate>> {
        None
    }
}

/// Looks at first datagrams, before there is a session, and keeps nothing about who sent them.
pub trait Gate: Send {
    /// Whether a session may begin with that datagram, which has an [`Opening`]. What is to be answered goes to `send`, each
    /// call one datagram. Corresponds to `DTLSv1_listen`, for this one datagram.
    ///
    /// Where it may, the session is made next, and that datagram is the first that it reads.
    fn admits(&mut self, path: Path, datagram: &[u8], send: &mut dyn FnMut(&[u8])) -> bool;
    /// Hands over what happened in the last call, in order.
    fn take_events(&mut self, to: &mut dyn FnMut(Event));
}

/// What an engine is told at birth.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Start {
    /// Seeds what is random but not secret: the throttle of `-nbio_test`.
    pub seed: u64,
    /// Between which addresses the datagrams go; `None`: the peer has a stream.
    pub path: Option<Path>,
}

impl Start {
    /// With that seed.
    pub const fn seeded(seed: u64) -> Self {
        Self { seed, path: None }
    }

    /// The same for a peer of datagrams.
    #[must_use]
    pub const fn over(self, path: Path) -> Self {
        Self { path: Some(path), ..self }
    }
}

/// Counters of the session cache. Correspond to `SSL_CTX_sess_…`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CacheStats {
    /// Sessions in the cache.
    pub items: i64,
    /// Handshakes begun, completed and renegotiated as a client: always 0 here.
    pub connects: i64,
    /// Renegotiations as a client.
    pub connect_renegotiates: i64,
    /// Completed as a client.
    pub connects_finished: i64,
    /// Handshakes begun.
    pub accepts: i64,
    /// Renegotiations.
    pub accept_renegotiates: i64,
    /// Handshakes completed.
    pub accepts_finished: i64,
    /// Sessions resumed.
    pub hits: i64,
    /// Sessions asked for and not found.
    pub misses: i64,
    /// Sessions asked for and too old.
    pub timeouts: i64,
    /// Sessions that the external cache brought.
    pub callback_hits: i64,
    /// Sessions dropped because the cache was full.
    pub full: i64,
    /// Size of the cache.
    pub size: i64,
}

impl CacheStats {
    /// The sum; the size of the cache is not added up.
    #[must_use]
    pub fn plus(&self, more: &Self) -> Self {
        Self {
            items: self.items.saturating_add(more.items),
            connects: self.connects.saturating_add(more.connects),
            connect_renegotiates: self.connect_renegotiates.saturating_add(more.connect_renegotiates),
            connects_finished: self.connects_finished.saturating_add(more.connects_finished),
            accepts: self.accepts.saturating_add(more.accepts),
            accept_renegotiates: self.accept_renegotiates.saturating_add(more.accept_renegotiates),
            accepts_finished: self.accepts_finished.saturating_add(more.accepts_finished),
            hits: self.hits.saturating_add(more.hits),
            misses: self.misses.saturating_add(more.misses),
            timeouts: self.timeouts.saturating_add(more.timeouts),
            callback_hits: self.callback_hits.saturating_add(more.callback_hits),
            full: self.full.saturating_add(more.full),
            size: self.size.max(more.size),
        }
    }
}

#[cfg(test)]
mod tests {
    use alloc::string::ToString;
    use alloc::vec;

    use super::*;

    #[test]
    fn an_error_is_told_on_one_line() {
        let queue = vec![b"1:error:a\n".to_vec(), b"1:error:b\xff\n".to_vec()];
        assert_eq!(EngineError { queue, ..EngineError::default() }.to_string(), "1:error:a; 1:error:b\u{fffd}");
        let expired = EngineError { verify: Some("certificate has expired".into()), ..EngineError::default() };
        assert_eq!(expired.to_string(), "certificate has expired");
        let lost = EngineError { cause: Cause::Wire, ..EngineError::default() };
        assert_eq!(lost.to_string(), "the peer's stream ended or failed");
    }
}
