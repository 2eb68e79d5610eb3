//! From the plan and the files to what all sessions share.
use std::sync::{Arc, Mutex, PoisonError};

use rustls::crypto::CryptoProvider;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use s_server_core::engine::{CacheStats, EngineError, Start, TlsContext, TlsEngine};
use s_server_core::io::Stream;
use s_server_core::options::needs::{Files, Slot, Store};
use s_server_core::options::plan::{CertificateFiles, Identity, TlsPlan};
use s_server_core::sink::Sink;
use s_server_core::text;
use s_server_core::{Plan, StartError};

use crate::choice::Identities;
use crate::hello::Hello;
use crate::loading::Loader;
use crate::log::Log;
use crate::missing;
use crate::nameopt::NameStyle;
use crate::selfsigned::{self, Origin};
use crate::session::RustlsEngine;
use crate::sessions::{self, Sessions};
use crate::settings::Settings;
use crate::shared::{Environment, Named, Shared};
use crate::transfers::Telling;
use crate::trust::{self, Trust};

/// Certificates, tickets and cache of the server. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Context(Arc<Shared>);

impl Context {
    /// Loads what the plan names from the files.
    ///
    /// `out` gets what is printed on the way. The error ends the program.
    pub fn new(plan: &Plan, files: &Files, environment: Environment, out: &mut dyn Sink) -> Result<Self, StartError> {
        missing::check(plan, files)?;
        let tls = &plan.tls;
        let names = NameStyle::of(tls)?;
        let settings = Settings::of(tls, &environment.provider)?;
        if !settings.notes.is_empty() {
            out.print(Stream::Err, &settings.notes);
        }
        let provider = Arc::new(CryptoProvider {
            cipher_suites: settings.suites.clone(),
            kx_groups: settings.groups.clone(),
            ..(*environment.provider).clone()
        });
        let loader = Loader { files, provider: &provider, tls };
        let first = identities(&loader, &settings, Slots::Own(environment.origin))?;
        let named = tls.servername.as_ref().map(|name| {
            let identities = identities(&loader, &settings, Slots::Named(&name.files))?;
            Ok::<_, StartError>(Named { name: name.name.clone(), fatal: name.fatal, identities: Arc::new(identities) })
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
            sessions: Arc::new(Sessions::new(!tls.no_cache, sessions::anti_replay(tls), environment.time.clone())),
            protocols: tls.protocols.alpn.clone(),
            quiet: plan.text.quiet,
            transfers: plan.text.debug,
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
            early_data: if tls.early_data.read { tls.early_data.announced } else { 0 },
            no_resumption: tls.sessions.no_resume_ephemeral,
            settings,
            provider,
            environment,
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
        let throttle = self.0.nbio_test.then_some(start.seed);
        let engine = Box::new(RustlsEngine::new(self.0.clone(), log.clone(), throttle));
        Ok(if self.0.transfers { Box::new(Telling::new(engine, log)) } else { engine })
    }

    fn stats(&self) -> CacheStats {
        self.0.sessions.stats()
    }
}

/// Which certificates.
enum Slots<'a> {
    Own(Option<Origin>),
    Named(&'a CertificateFiles),
}

fn identities(loader: &Loader<'_>, settings: &Settings, slots: Slots<'_>) -> Result<Identities, StartError> {
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
fn identity(loader: &Loader<'_>, slot: Slot, files: &CertificateFiles) -> Result<CertifiedKey, StartError> {
    let mut identity = loader.identity(slot, files)?;
    if files.chain.is_none() || files.build_chain {
        let mut pool: Vec<CertificateDer<'static>> = identity.cert.drain(1..).collect();
        let trusted = loader.trusted(Store::Own)?.map_or_else(|| loader.trusted(Store::Default), |own| Ok(Some(own)));
        pool.extend(trusted?.unwrap_or_default().into_iter().map(|certificate| certificate.der));
        let chain: Vec<_> = trust::chain(&identity.cert[0], &pool).into_iter().cloned().collect();
        if files.build_chain && !trust::is_complete(&chain) {
            return Err(StartError::original("error building certificate chain\n"));
        }
        identity.cert = chain;
    }
    Ok(identity)
}

/// `-max_send_frag`: rustls counts the header of a record as well.
fn max_fragment(tls: &TlsPlan) -> Result<Option<usize>, StartError> {
    const HEADER: usize = 5;
    match tls.records.max_fragment {
        Some(size @ 512..=16_384) => Ok(Some(size + HEADER)),
        Some(size) => Err(StartError::of_cause(format!("Max send fragment size {size} is out of permitted range"))),
        None => Ok(None),
    }
}
