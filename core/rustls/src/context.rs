//! From the plan and the files to what all sessions share.
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{NoClientAuth, NoServerSessionStorage, ProducesTickets, ServerConfig};
use rustls::sign::CertifiedKey;
use rustls::time_provider::TimeProvider;
use s_server_core::engine::{CacheStats, EngineError, Start, TlsContext, TlsEngine};
use s_server_core::io::Stream;
use s_server_core::options::needs::{Files, Slot, Store};
use s_server_core::options::plan::{CertificateFiles, Export, Identity, TlsPlan};
use s_server_core::sink::Sink;
use s_server_core::text;
use s_server_core::{Plan, StartError};

use crate::choice::{Identities, Resolver};
use crate::failure;
use crate::hello::Hello;
use crate::loading::Loader;
use crate::log::{Facts, Log};
use crate::missing;
use crate::nameopt::NameStyle;
use crate::names;
use crate::selfsigned::{self, Origin};
use crate::session::RustlsEngine;
use crate::sessions::{Sessions, Told};
use crate::settings::Settings;
use crate::trust::{self, Trust};
use crate::verify::Verifier;

/// What an engine cannot have of its own.
#[derive(Clone, Debug)]
pub struct Means {
    /// Cryptography, and the source of all randomness.
    pub provider: Arc<CryptoProvider>,
    /// The clock that certificates and tickets are judged by.
    pub time: Arc<dyn TimeProvider>,
    /// Seals the state of sessions; without it sessions are kept in the cache, as with `-no_ticket`.
    pub ticketer: Option<Arc<dyn ProducesTickets>>,
    /// What `-selfsigned` makes key and certificate from; without it that is refused.
    pub origin: Option<Origin>,
    /// Sessions are told as they are kept, for other instances: [`Session`](s_server_core::engine::Event::Session).
    pub tells_sessions: bool,
}

/// Certificates, tickets and cache of the server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context(Arc<Shared>);

/// What all sessions share.
#[derive(Debug)]
pub struct Shared {
    means: Means,
    /// What the plan's settings mean.
    pub settings: Settings,
    /// The provider with the suites and groups of the settings only.
    provider: Arc<CryptoProvider>,
    /// `-cert`, `-dcert`, `-xcert`
    first: Arc<Identities>,
    /// `-servername`, and `-cert2`.
    pub named: Option<Named>,
    trust: Option<Arc<Trust>>,
    /// The cache and its counters.
    pub sessions: Arc<Sessions>,
    /// `-alpn`
    pub protocols: Vec<Vec<u8>>,
    max_fragment: Option<usize>,
    secrets: bool,
    /// `-status_file`: the response for the own certificate.
    staple: Mutex<Option<Vec<u8>>>,
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
    /// `-no_renegotiation`
    pub no_renegotiation: bool,
    nbio_test: bool,
    /// `-no_resume_ephemeral`: each key of this engine is ephemeral.
    no_resumption: bool,
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

impl Context {
    /// Loads what the plan names from the files.
    ///
    /// `out` gets what is printed on the way. The error ends the program.
    pub fn new(plan: &Plan, files: &Files, means: Means, out: &mut dyn Sink) -> Result<Self, StartError> {
        missing::check(plan, files)?;
        let tls = &plan.tls;
        let names = NameStyle::of(tls)?;
        let settings = Settings::of(tls, &means.provider)?;
        if !settings.notes.is_empty() {
            out.print(Stream::Err, &settings.notes);
        }
        let provider = Arc::new(CryptoProvider {
            cipher_suites: settings.suites.clone(),
            kx_groups: settings.groups.clone(),
            ..(*means.provider).clone()
        });
        let loader = Loader { files, provider: &provider, tls };
        let first = identities(&loader, &settings, Slots::Own(means.origin))?;
        let named = tls.servername.as_ref().map(|name| {
            let identities = identities(&loader, &settings, Slots::Named(&name.files))?;
            Ok::<_, Vec<u8>>(Named { name: name.name.clone(), fatal: name.fatal, identities: Arc::new(identities) })
        });
        let trust = Trust::of(&loader, &provider, names, settings.client_schemes())?;
        loader.the_rest()?;
        let named = named.transpose()?;
        if named.is_some() {
            text::out(&plan.text, out, b"Setting secondary ctx parameters\n");
        }
        let shared = Shared {
            first: Arc::new(first),
            named,
            trust: trust.map(Arc::new),
            sessions: Arc::new(Sessions::new(!tls.no_cache, means.time.clone())),
            protocols: tls.protocols.alpn.clone(),
            max_fragment: max_fragment(tls)?,
            secrets: tls.sessions.key_log.is_some(),
            staple: Mutex::new(loader.staple()?),
            extensions: plan.text.extensions,
            export: tls.sessions.export.clone(),
            names,
            // Without -context it is an int with the value 1 on most machines.
            context: tls.sessions.context.clone().unwrap_or_else(|| vec![1, 0, 0, 0]),
            ignore_unexpected_eof: tls.ignore_unexpected_eof,
            nbio_test: plan.nbio_test,
            no_renegotiation: tls.conf.iter().any(|(name, _)| name == b"-no_renegotiation"),
            no_resumption: tls.sessions.no_resume_ephemeral,
            settings,
            provider,
            means,
        };
        shared.config(&shared.first, &Arc::default(), &Hello::default())?;
        Ok(Self(Arc::new(shared)))
    }
}

impl Context {
    /// The first certificate and what is sent with it, the server's own one first; empty when there is none.
    pub fn certificates(&self) -> &[CertificateDer<'static>] {
        self.0.first.keys.first().map(|first| first.cert.as_slice()).unwrap_or_default()
    }

    /// Sessions from now on send that OCSP response, or none. The original reads the file of `-status_file` anew for
    /// each handshake.
    pub fn set_staple(&self, response: Option<Vec<u8>>) {
        *self.0.staple.lock().unwrap_or_else(PoisonError::into_inner) = response;
    }

    /// A client may name that session, which another instance keeps.
    pub fn know(&self, id: &[u8], state: &[u8]) {
        self.0.sessions.know(id, state);
    }
}

impl TlsContext for Context {
    fn session(&self, start: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        let log = Arc::new(Log::new(self.0.secrets));
        Ok(Box::new(RustlsEngine::new(self.0.clone(), log, self.0.nbio_test.then_some(start.seed))))
    }

    fn stats(&self) -> CacheStats {
        self.0.sessions.stats()
    }
}

impl Shared {
    /// The configuration of one session, whose callbacks write to `log`.
    ///
    /// Each session has one of its own: rustls calls back without saying for which session.
    pub fn config(&self, identities: &Arc<Identities>, log: &Arc<Log>, hello: &Hello) -> Result<ServerConfig, Vec<u8>> {
        let builder = ServerConfig::builder_with_details(self.provider_for(hello), self.means.time.clone());
        let builder = builder
            .with_protocol_versions(&self.settings.versions)
            .map_err(|error| failure::line(&error.to_string()))?;
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
        config.session_storage = if self.means.tells_sessions {
            Arc::new(Told { sessions: self.sessions.clone(), log: log.clone() })
        } else {
            self.sessions.clone()
        };
        config.alpn_protocols = self.protocols.clone();
        config.key_log = log.clone();
        self.resumption(&mut config);
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
        let Some((trust, now)) = self.trust.clone().zip(self.means.time.current_time()) else { return };
        let silent = Arc::new(Log::default());
        // The verdict is in the log.
        let _ = Verifier { trust, log: silent.clone() }.verify_client_cert(own, others, now);
        log.note(|facts| *facts = Facts { own_scheme: facts.own_scheme, ..silent.facts() });
    }

    fn staple(&self) -> Option<Vec<u8>> {
        self.staple.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Seconds since 1970; 0 without a clock.
    pub fn now(&self) -> i64 {
        self.means.time.current_time().map_or(0, |now| i64::try_from(now.as_secs()).unwrap_or(i64::MAX))
    }

    /// The identities of the first context.
    pub fn first(&self) -> &Arc<Identities> {
        &self.first
    }

    /// Tickets, unless they are off.
    fn resumption(&self, config: &mut ServerConfig) {
        if let Some(ticketer) = self.means.ticketer.as_ref().filter(|_| self.settings.tickets && !self.no_resumption) {
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

/// Which certificates.
enum Slots<'a> {
    Own(Option<Origin>),
    Named(&'a CertificateFiles),
}

fn identities(loader: &Loader<'_>, settings: &Settings, slots: Slots<'_>) -> Result<Identities, Vec<u8>> {
    let tls = loader.tls;
    let mut keys = Vec::new();
    match slots {
        Slots::Named(files) => keys.push(identity(loader, Slot::Named, files)?),
        Slots::Own(origin) if tls.extra.is_empty() => {
            match &tls.identity {
                Some(Identity::Loaded { files, .. }) => keys.push(identity(loader, Slot::First, files)?),
                Some(Identity::SelfSigned { names }) => keys.push(selfsigned::make(names, origin, loader.provider)?),
                None => {}
            }
            if let Some(files) = &tls.second {
                keys.push(identity(loader, Slot::Second, files)?);
            }
        }
        Slots::Own(_) => {
            for (files, number) in tls.extra.iter().zip(0..) {
                keys.push(identity(loader, Slot::Extra(number), files)?);
            }
        }
    }
    Ok(Identities { keys: keys.into_iter().map(Arc::new).collect(), schemes: settings.schemes.clone() })
}

/// One certificate; where no chain is named it is built from the trusted certificates, as OpenSSL does.
fn identity(loader: &Loader<'_>, slot: Slot, files: &CertificateFiles) -> Result<CertifiedKey, Vec<u8>> {
    let mut identity = loader.identity(slot, files)?;
    if files.chain.is_none() || files.build_chain {
        let mut pool: Vec<CertificateDer<'static>> = identity.cert.drain(1..).collect();
        let trusted = loader.trusted(Store::Own)?.map_or_else(|| loader.trusted(Store::Default), |own| Ok(Some(own)));
        pool.extend(trusted?.unwrap_or_default().into_iter().map(|certificate| certificate.der));
        let chain: Vec<_> = trust::chain(&identity.cert[0], &pool).into_iter().cloned().collect();
        if files.build_chain && !trust::is_complete(&chain) {
            return Err(b"error building certificate chain\n".to_vec());
        }
        identity.cert = chain;
    }
    Ok(identity)
}

/// `-max_send_frag`: rustls counts the header of a record as well.
fn max_fragment(tls: &TlsPlan) -> Result<Option<usize>, Vec<u8>> {
    const HEADER: usize = 5;
    match tls.records.max_fragment {
        Some(size @ 512..=16_384) => Ok(Some(size + HEADER)),
        Some(size) => Err(format!("s_server: Max send fragment size {size} is out of permitted range\n").into_bytes()),
        None => Ok(None),
    }
}
