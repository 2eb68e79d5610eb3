//! The ClientHello: what the texts tell of it, and what the session is chosen by.
//!
//! rustls shows a part of it; the rest is read from the record bytes by the core's own decoder.
use rustls::CipherSuite;
use rustls::server::Accepted;
use s_server_core::engine::Event;
use s_server_core::io::Stream;
use s_server_core::registry::cipher_suites::RENEGOTIATION_SCSV;
use s_server_core::registry::extension_types::{EARLY_DATA, EXTENDED_MASTER_SECRET, RENEGOTIATION_INFO};
use s_server_core::registry::versions::TLS1_3;
use s_server_core::render::negotiation;
use s_server_core::wire::{ClientHello, FirstMessage};

use crate::log::Log;
use crate::names;

/// The lists of a ClientHello, in the client's order.
#[derive(Clone, Debug, Default)]
pub struct Hello {
    /// The name of the server, RFC 6066 section 3.
    pub server_name: Option<Vec<u8>>,
    /// Application protocols, RFC 7301.
    pub protocols: Option<Vec<Vec<u8>>>,
    /// Cipher suites.
    pub suites: Vec<u16>,
    /// Signature schemes.
    pub schemes: Vec<u16>,
    /// Groups; `None` when the extension was missing.
    pub groups: Option<Vec<u16>>,
    /// Forms of points.
    pub point_formats: Vec<u8>,
    /// Encoded names of authorities.
    pub authorities: Vec<Vec<u8>>,
    /// The client has RFC 5746.
    pub secure_renegotiation: bool,
    /// The client has RFC 7627.
    pub extended_master_secret: bool,
    /// The client offers TLS 1.3.
    pub tls13: bool,
    /// The client sends early data, RFC 8446 section 4.2.10.
    pub early_data: bool,
    /// All extensions with their contents.
    extensions: Vec<(u16, Vec<u8>)>,
}

impl Hello {
    /// What the message says, which rustls has already taken for sound.
    pub fn of(message: &FirstMessage, accepted: &Accepted) -> Self {
        let authorities = accepted.client_hello().certificate_authorities().unwrap_or_default();
        let authorities = authorities.iter().map(|name| name.as_ref().to_vec()).collect();
        let hello = message.message().and_then(|message| ClientHello::parse(message).ok());
        hello.map(|hello| Self { authorities, ..Self::read(&hello) }).unwrap_or_default()
    }

    fn read(hello: &ClientHello<'_>) -> Self {
        let has = |number| hello.extension(number).is_some();
        let protocols = hello.alpn().ok().flatten();
        Self {
            server_name: hello.server_name().ok().flatten().flatten().map(<[u8]>::to_vec),
            protocols: protocols.map(|names| names.map(<[u8]>::to_vec).collect()),
            suites: hello.cipher_suites.iter().collect(),
            schemes: hello.signature_algorithms().ok().flatten().map(|list| list.iter().collect()).unwrap_or_default(),
            groups: hello.supported_groups().ok().flatten().map(|list| list.iter().collect()),
            point_formats: hello.ec_point_formats().ok().flatten().map(<[u8]>::to_vec).unwrap_or_default(),
            authorities: Vec::new(),
            secure_renegotiation: has(RENEGOTIATION_INFO) || hello.cipher_suites.contains(RENEGOTIATION_SCSV),
            extended_master_secret: has(EXTENDED_MASTER_SECRET),
            tls13: hello.supported_versions().ok().flatten().is_some_and(|versions| versions.contains(TLS1_3)),
            early_data: has(EARLY_DATA),
            extensions: hello.extensions.iter().map(|one| (one.extension_type, one.data.to_vec())).collect(),
        }
    }

    /// ChaCha20 is what the client has first, among the suites that there are. Corresponds to `ssl3_choose_cipher`.
    pub fn likes_chacha(&self) -> bool {
        let suites = self.suites.iter().map(|&suite| CipherSuite::from(suite));
        let known = |suite: &CipherSuite| names::suite(*suite).is_some();
        suites.into_iter().find(known).is_some_and(names::is_chacha20)
    }

    /// Tells the extensions that OpenSSL knows (`-tlsextdebug`). Corresponds to `tls_collect_extensions`.
    pub fn tell_extensions(&self, log: &Log) {
        for (number, data) in self.extensions.iter().filter(|(number, _)| KNOWN.contains(number)) {
            log.push(Event::Extension { extension_type: *number, data: data.clone() });
        }
    }

    /// Corresponds to `alpn_cb` in `apps/s_server.c`.
    pub fn tell_protocols(&self, ours: &[Vec<u8>], log: &Log) {
        let Some(theirs) = self.protocols.as_ref().filter(|_| !ours.is_empty()) else { return };
        let names: Vec<_> = theirs.iter().map(Vec::as_slice).collect();
        tell(log, negotiation::protocols_advertised(&names));
        if let Some(name) = ours.iter().find(|our| theirs.contains(our)) {
            tell(log, negotiation::protocol_selected(name));
        }
    }
}

/// A line on standard output.
pub fn tell(log: &Log, line: String) {
    log.push(Event::Text(Stream::Out, line.into_bytes()));
}

/// Extensions of a ClientHello that OpenSSL 4.0 knows (`ext_defs` in `ssl/statem/extensions.c`).
const KNOWN: &[u16] = &[
    0, 1, 5, 10, 11, 12, 13, 14, 16, 18, 19, 20, 21, 22, 23, 27, 35, 41, 42, 43, 44, 45, 47, 49, 50, 51, 13_172,
    65_037, 65_281,
];
