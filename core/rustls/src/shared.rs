//! What all sessions of a context share, and the configuration that each gets of it.
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, NoServerSessionStorage, ProducesTickets, ServerConfig};
use rustls::time_provider::TimeProvider;
use s_server_core::StartError;
use s_server_core::host_name;
use s_server_core::options::plan::Export;
use s_server_core::render::negotiation;

use crate::choice::{Identities, Resolver};
use crate::failure::ENGINE;
use crate::hello::{self, Hello};
use crate::log::{Facts, Log};
use crate::nameopt::NameStyle;
use crate::names;
use crate::provider::Lease;
use crate::selfsigned::Origin;
use crate::sessions::{Sessions, Told};
use crate::settings::Settings;
use crate::trust::Trust;
use crate::verify::Verifier;

/// What an engine cannot have of its own.
#[derive(Clone, Debug)]
pub struct Environment {
    /// Cryptography, and the source of all randomness.
    pub provider: Arc<CryptoProvider>,
    /// The clock that certificates and tickets are judged by.
    pub time: Arc<dyn TimeProvider>,
    /// Seals the state of sessions; without it sessions are kept in the cache, as with `-no_ticket`.
    pub ticketer: Option<Arc<dyn ProducesTickets>>,
    /// What `-selfsigned` makes key and certificate from; without it that is refused.
    pub origin: Option<Origin>,
    /// Is kept as long as anything may draw from the provider, where that is lent.
    pub lease: Option<Arc<Lease>>,
    /// Sessions are told as they are kept, for other instances: [`Session`](s_server_core::engine::Event::Session).
    pub tells_sessions: bool,
}

/// What all sessions share.
#[derive(Debug)]
pub struct Shared {
    /// What the engine was given.
    pub environment: Environment,
    /// What the plan's settings mean.
    pub settings: Settings,
    /// The provider with the suites and groups of the settings only.
    pub provider: Arc<CryptoProvider>,
    /// `-cert`, `-dcert`, `-xcert`
    pub first: Arc<Identities>,
    /// `-servername`, and `-cert2`.
    pub named: Option<Named>,
    /// What clients are verified by; `None` where they are not asked for a certificate.
    pub trust: Option<Arc<Trust>>,
    /// The cache and its counters.
    pub sessions: Arc<Sessions>,
    /// `-alpn`
    pub protocols: Vec<Vec<u8>>,
    /// `-quiet`
    pub quiet: bool,
    /// `-debug`
    pub transfers: bool,
    /// `-max_send_frag`, with the header of a record.
    pub max_fragment: Option<usize>,
    /// `-keylogfile`
    pub secrets: bool,
    /// `-status_file`: the response for the own certificate.
    pub staple: Mutex<Option<Vec<u8>>>,
    /// `-tlsextdebug`
    pub extensions: bool,
    /// `-keymatexport`
    pub export: Option<Export>,
    /// `-nameopt`
    pub names: NameStyle,
    /// `-context`
    pub context: Vec<u8>,
    /// `-ignore_unexpected_eof`
    pub ignore_unexpected_eof: bool,
    /// `-nbio_test`
    pub nbio_test: bool,
    /// `-no_renegotiation`
    pub no_renegotiation: bool,
    /// Bytes of early data that are read; none without `-early_data`. `-max_early_data`
    pub early_data: u32,
    /// `-no_resume_ephemeral`: each key of this engine is ephemeral.
    pub no_resumption: bool,
}

/// Another certificate for clients that name that server.
#[derive(Debug)]
pub struct Named {
    /// The name.
    pub name: Vec<u8>,
    /// Another name ends the handshake.
    pub fatal: bool,
    /// The certificates.
    pub identities: Arc<Identities>,
}

/// What a client's name leads to.
#[derive(Clone, Debug)]
pub struct Choice {
    /// The certificates.
    pub identities: Arc<Identities>,
    /// The client is warned that its name is not known (up to TLS 1.2, RFC 6066 section 3).
    pub warns: bool,
}

impl Shared {
    /// The configuration of one session, whose callbacks write to `log`.
    ///
    /// Each session has one of its own: rustls calls back without saying for which session.
    pub fn config(
        &self,
        identities: &Arc<Identities>,
        log: &Arc<Log>,
        hello: &Hello,
    ) -> Result<ServerConfig, StartError> {
        let builder = ServerConfig::builder_with_details(self.provider_for(hello), self.environment.time.clone());
        let builder = builder
            .with_protocol_versions(&self.settings.versions)
            .map_err(|error| StartError::of_cause(error.to_string()).in_engine(ENGINE))?;
        let builder = match &self.trust {
            Some(trust) => {
                let verifier = Verifier { trust: trust.clone(), log: log.clone() };
                builder.with_client_cert_verifier(Arc::new(verifier))
            }
            None => builder.with_client_cert_verifier(Arc::new(NoClientAuth)),
        };
        let resolver = Resolver { identities: identities.clone(), staple: self.staple(), log: log.clone() };
        let mut config = builder.with_cert_resolver(Arc::new(resolver));
        config.ignore_client_order = self.settings.server_order;
        config.max_fragment_size = self.max_fragment;
        config.session_storage = if self.environment.tells_sessions {
            Arc::new(Told { sessions: self.sessions.clone(), log: log.clone() })
        } else {
            self.sessions.clone()
        };
        config.alpn_protocols = self.protocols.clone();
        config.key_log = log.clone();
        config.max_early_data_size = self.early_data;
        self.resumption(&mut config, hello);
        Ok(config)
    }

    /// With the suites in the order for that client: the server's own, with ChaCha20 first where the client has it first.
    fn provider_for(&self, hello: &Hello) -> Arc<CryptoProvider> {
        let settings = &self.settings;
        let likes = settings.server_order && settings.chacha_first && hello.likes_chacha();
        if !likes {
            return self.provider.clone();
        }
        let (mut suites, others): (Vec<_>, Vec<_>) =
            settings.suites.iter().partition(|suite| names::is_chacha20(suite.suite()));
        suites.extend(others);
        Arc::new(CryptoProvider { cipher_suites: suites, ..(*self.provider).clone() })
    }

    /// Finds again what the verification of a resumed session's certificate came to: OpenSSL keeps that in the session.
    /// Nothing is reported, and nothing ends.
    pub fn remember(&self, own: &CertificateDer<'_>, others: &[CertificateDer<'_>], log: &Log) {
        let Some((trust, now)) = self.trust.clone().zip(self.environment.time.current_time()) else { return };
        let silent = Arc::new(Log::default());
        // The verdict is in the log.
        let _ = Verifier { trust, log: silent.clone() }.verify_client_cert(own, others, now);
        log.note(|facts| *facts = Facts { own_scheme: facts.own_scheme, ..silent.facts() });
    }

    /// The certificates for the client's name, with the lines about it. `Err`: another name is fatal.
    ///
    /// Corresponds to `ssl_servername_cb` in `apps/s_server.c`.
    pub fn choose(&self, hello: &Hello, log: &Log) -> Result<Choice, ()> {
        let mut choice = Choice { identities: self.first.clone(), warns: false };
        if let (Some(named), Some(asked)) = (&self.named, &hello.server_name) {
            hello::tell(log, negotiation::server_name(asked));
            if host_name::is_same(asked, &named.name) {
                hello::tell(log, negotiation::SWITCHING.to_owned());
                choice.identities = named.identities.clone();
            } else if named.fatal {
                return Err(());
            } else {
                choice.warns = !(hello.tls13 && self.settings.has_tls13());
            }
        }
        // Of these lines -debug brings none back.
        if !self.quiet {
            hello.tell_protocols(&self.protocols, log);
        }
        Ok(choice)
    }

    fn staple(&self) -> Option<Vec<u8>> {
        self.staple.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Seconds since 1970; 0 without a clock.
    pub fn now(&self) -> i64 {
        self.environment.time.current_time().map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
    }

    /// Tickets, unless they are off. Those that allow early data name a session of the cache, as OpenSSL's do unless
    /// `-no_anti_replay` is given: rustls reads early data after no others.
    fn resumption(&self, config: &mut ServerConfig, hello: &Hello) {
        let ticketer = self.environment.ticketer.as_ref();
        let by_cache = self.early_data > 0 && hello.tls13 && self.settings.has_tls13() && self.sessions.is_on();
        if let Some(ticketer) = ticketer.filter(|_| self.settings.tickets && !self.no_resumption && !by_cache) {
            config.ticketer = ticketer.clone();
        }
        if self.no_resumption {
            config.session_storage = Arc::new(NoServerSessionStorage {});
            config.send_tls13_tickets = 0;
        } else if let Some(count) = self.settings.ticket_count {
            config.send_tls13_tickets = count;
        }
    }
}
