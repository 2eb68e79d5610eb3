//! The ClientHello: what the texts tell of it, and what the session is chosen by.
use std::sync::Arc;

use rustls::server::Accepted;
use rustls::{CipherSuite, NamedGroup, SignatureScheme};
use s_server_core::engine::Event;
use s_server_core::io::Stream;

use crate::choice::Identities;
use crate::context::Shared;
use crate::log::Log;

/// The lists of a ClientHello, in the client's order.
#[derive(Clone, Debug, Default)]
pub struct Hello {
    /// The name of the server, RFC 6066 section 3.
    pub server_name: Option<String>,
    /// Application protocols, RFC 7301.
    pub protocols: Option<Vec<Vec<u8>>>,
    /// Cipher suites.
    pub suites: Vec<CipherSuite>,
    /// Signature schemes.
    pub schemes: Vec<SignatureScheme>,
    /// Groups; `None` when the extension was missing.
    pub groups: Option<Vec<NamedGroup>>,
}

impl Hello {
    /// What rustls tells.
    pub fn of(accepted: &Accepted) -> Self {
        let hello = accepted.client_hello();
        Self {
            server_name: hello.server_name().map(str::to_owned),
            protocols: hello.alpn().map(|names| names.map(<[u8]>::to_vec).collect()),
            suites: hello.cipher_suites().to_vec(),
            schemes: hello.signature_schemes().to_vec(),
            groups: hello.named_groups().map(<[NamedGroup]>::to_vec),
        }
    }
}

impl Hello {
    /// The certificates for the client's name, with the lines about it; `None` where another name is fatal.
    ///
    /// Corresponds to `ssl_servername_cb` and `alpn_cb` in `apps/s_server.c`.
    pub fn choose(&self, shared: &Shared, log: &Log) -> Option<Arc<Identities>> {
        let mut chosen = shared.first();
        if let Some(named) = &shared.named
            && let Some(asked) = &self.server_name
        {
            tell(log, format!("Hostname in TLS extension: \"{asked}\"\n"));
            if is_same(asked.as_bytes(), &named.name) {
                tell(log, "Switching server context.\n".into());
                chosen = &named.identities;
            } else if named.fatal {
                return None;
            }
        }
        self.tell_protocols(&shared.protocols, log);
        Some(chosen.clone())
    }

    fn tell_protocols(&self, ours: &[Vec<u8>], log: &Log) {
        let Some(theirs) = self.protocols.as_ref().filter(|_| !ours.is_empty()) else { return };
        let names: Vec<_> = theirs.iter().map(|name| shown(name)).collect();
        tell(log, format!("ALPN protocols advertised by the client: {}\n", names.join(", ")));
        if let Some(name) = ours.iter().find(|our| theirs.contains(our)) {
            tell(log, format!("ALPN protocols selected: {}\n", shown(name)));
        }
    }
}

fn tell(log: &Log, line: String) {
    log.push(Event::Text(Stream::Out, line.into_bytes()));
}

/// Host names do not depend on case, and a dot at their end changes nothing.
fn is_same(asked: &[u8], wanted: &[u8]) -> bool {
    let bare = |name: &[u8]| name.strip_suffix(b".").unwrap_or(name).to_ascii_lowercase();
    bare(asked) == bare(wanted)
}

/// A name for the operator: what the client sends does not reach a terminal as it is.
fn shown(name: &[u8]) -> String {
    let text = |&byte: &u8| match byte {
        b' '..=b'~' => char::from(byte).to_string(),
        byte => format!("\\x{byte:02x}"),
    };
    name.iter().map(text).collect()
}
