//! From the plan to an `SSL_CTX`, in the order in which the original starts.
use openssl::ssl::{SslContext, SslContextBuilder, SslMode, SslOptions, SslSessionCacheMode};
use openssl::x509::X509Name;
use s_server_core::Plan;
use s_server_core::engine::{CacheStats, EngineError, Start, TlsContext, TlsEngine};
use s_server_core::io::{Sink, Stream};
use s_server_core::options::plan::{Dh, Identity, TlsPlan, Trust};
use s_server_core::text;

use super::ffi::ctrl;
use super::load::{self, Loaded};
use super::nameopt::NameFormat;
use super::path::{c_string, os_str};
use super::session::{OpensslEngine, Options};
use super::sys::conf::{self, Conf, TrustSource};
use super::{callbacks, queue};

/// Certificates, tickets and cache of the server.
pub struct OpensslContext {
    ctx: SslContext,
    options: Options,
}

impl OpensslContext {
    /// Loads everything that the plan names.
    ///
    /// `out` gets what is printed on the way: warnings, and lines about Diffie-Hellman parameters. The error is what
    /// goes to standard error, before the program ends with status 1. Questions for a pass phrase are asked here.
    ///
    /// Corresponds to `s_server_main` in `apps/s_server.c`, between its option loop and `do_server`.
    pub fn new(plan: &Plan, out: &mut dyn Sink) -> Result<Self, Vec<u8>> {
        queue::clear();
        let tls = &plan.tls;
        let names = NameFormat::parse(tls.nameopt.as_deref())?;
        let words = plan.text.reference;
        let identity = tls.identity.as_ref().map(|identity| load::identity(identity, words)).transpose()?;
        let mut ctx = conf::new_context().ok_or_else(|| queue::message(""))?;
        conf::clear_mode(&mut ctx, openssl_sys::SSL_MODE_AUTO_RETRY);
        ctx.set_mode(SslMode::ACCEPT_MOVING_WRITE_BUFFER);
        configure(&mut ctx, tls)?;
        conf::set_info_callback(&mut ctx);
        sessions(&mut ctx, tls);
        trust(&mut ctx, &tls.trust)?;
        dh(&mut ctx, plan, out)?;
        if let Some(identity) = &identity {
            install(&mut ctx, identity)?;
        }
        client_auth(&mut ctx, tls, names)?;
        queue::clear();
        let options = Options { states: plan.text.state, nbio: plan.nbio, nbio_test: plan.nbio_test, names };
        Ok(Self { ctx: ctx.build(), options })
    }
}

impl TlsContext for OpensslContext {
    fn session(&self, start: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        Ok(Box::new(OpensslEngine::new(&self.ctx, start, self.options)?))
    }

    fn stats(&self) -> CacheStats {
        let counter = |which| conf::counter(&self.ctx, which);
        CacheStats {
            items: counter(ctrl::SESS_NUMBER),
            connects: counter(ctrl::SESS_CONNECT),
            connect_renegotiates: counter(ctrl::SESS_CONNECT_RENEGOTIATE),
            connects_finished: counter(ctrl::SESS_CONNECT_GOOD),
            accepts: counter(ctrl::SESS_ACCEPT),
            accept_renegotiates: counter(ctrl::SESS_ACCEPT_RENEGOTIATE),
            accepts_finished: counter(ctrl::SESS_ACCEPT_GOOD),
            hits: counter(ctrl::SESS_HIT),
            misses: counter(ctrl::SESS_MISSES),
            timeouts: counter(ctrl::SESS_TIMEOUTS),
            callback_hits: counter(ctrl::SESS_CB_HIT),
            full: counter(ctrl::SESS_CACHE_FULL),
            size: self.ctx.session_cache_size(),
        }
    }
}

/// The SSL_CONF commands, then the one protocol version. Corresponds to `config_ctx` in `apps/lib/s_cb.c`.
fn configure(ctx: &mut SslContextBuilder, tls: &TlsPlan) -> Result<(), Vec<u8>> {
    let mut commands = Conf::new(ctx);
    for (name, value) in &tls.conf {
        let text = value.as_deref().map(c_string);
        if !commands.command(&c_string(name), text.as_deref()) {
            let shown = value.as_deref().unwrap_or(b"<NULL>");
            return Err(queue::message([b"Call to SSL_CONF_cmd(", &name[..], b", ", shown, b") failed\n"].concat()));
        }
    }
    if !commands.finish() {
        return Err(queue::message("Error finishing context\n"));
    }
    match tls.version {
        Some(version) if !conf::set_version(ctx, version) => {
            Err(queue::message("s_server: this OpenSSL does not have the protocol version\n"))
        }
        _ => Ok(()),
    }
}

fn sessions(ctx: &mut SslContextBuilder, tls: &TlsPlan) {
    if tls.no_cache {
        ctx.set_session_cache_mode(SslSessionCacheMode::OFF);
    } else {
        ctx.set_session_cache_size(128);
    }
    if tls.ignore_unexpected_eof {
        ctx.set_options(SslOptions::IGNORE_UNEXPECTED_EOF);
    }
}

/// Corresponds to `ctx_set_verify_locations` in `apps/lib/apps.c`.
fn trust(ctx: &mut SslContextBuilder, trust: &Trust) -> Result<(), Vec<u8>> {
    let [file, path, store] = [&trust.file, &trust.path, &trust.store].map(|name| name.as_deref().map(c_string));
    let named = file.is_some() || path.is_some() || store.is_some();
    let [mut use_file, mut use_path, mut use_store] = [!trust.no_file, !trust.no_path, !trust.no_store];
    if named {
        (use_file, use_path, use_store) = (file.is_some(), path.is_some(), store.is_some());
    } else if cfg!(all(windows, bundled_openssl)) {
        // The compiled-in places mean nothing there; the system's own store is a URI.
        let system = TrustSource::Store(Some(c"org.openssl.winstore:"));
        let good = trust.no_store || conf::trust(ctx, system);
        return if good { Ok(()) } else { Err(queue::message("")) };
    }
    let good = (!use_file || conf::trust(ctx, TrustSource::File(file.as_deref())))
        && (!use_path || conf::trust(ctx, TrustSource::Dir(path.as_deref())))
        && (!use_store || conf::trust(ctx, TrustSource::Store(store.as_deref())));
    if good { Ok(()) } else { Err(queue::message("")) }
}

fn dh(ctx: &mut SslContextBuilder, plan: &Plan, out: &mut dyn Sink) -> Result<(), Vec<u8>> {
    let params = match (&plan.tls.dh, &plan.tls.identity) {
        (Dh::Off, _) => return Ok(()),
        (Dh::File(file), _) => match load::dh_params(file, plan.text.reference) {
            Ok(params) => Some(params),
            Err(warning) => {
                out.print(Stream::Err, &warning);
                None
            }
        },
        (Dh::Search, Some(Identity::Loaded { cert, .. })) => load::dh_params_beside(cert),
        (Dh::Search, _) => None,
    };
    match params {
        None => {
            text::out(&plan.text, out, b"Using default temp DH parameters\n");
            conf::set_dh_auto(ctx);
        }
        Some(params) => {
            text::out(&plan.text, out, b"Setting temp DH parameters\n");
            if !conf::set_dh(ctx, params) {
                return Err(queue::message("Error setting temp DH parameters\n"));
            }
        }
    }
    Ok(())
}

/// Corresponds to `set_cert_key_stuff` in `apps/lib/s_cb.c`.
fn install(ctx: &mut SslContextBuilder, identity: &Loaded) -> Result<(), Vec<u8>> {
    if !conf::use_certificate(ctx, &identity.cert) {
        return Err(queue::message("error setting certificate\n"));
    }
    if !conf::use_private_key(ctx, &identity.key) {
        return Err(queue::message("error setting private key\n"));
    }
    if !conf::check_private_key(ctx) {
        return Err(b"Private key does not match the certificate public key\n".to_vec());
    }
    if identity.chain.as_ref().is_some_and(|chain| !conf::set_chain(ctx, chain)) {
        return Err(queue::message("error setting certificate chain\n"));
    }
    if identity.build_chain && !conf::build_chain(ctx, identity.chain.is_some()) {
        return Err(queue::message("error building certificate chain\n"));
    }
    Ok(())
}

fn client_auth(ctx: &mut SslContextBuilder, tls: &TlsPlan, names: NameFormat) -> Result<(), Vec<u8>> {
    let plan = tls.clone();
    let mode = callbacks::verify_mode(tls.client_auth);
    ctx.set_verify_callback(mode, move |ok, store| callbacks::verify(&plan, names, ok, store));
    // The original's context is an int with the value 1.
    if ctx.set_session_id_context(&1_i32.to_ne_bytes()).is_err() {
        return Err(b"error setting session id context\n".to_vec());
    }
    if let Some(file) = &tls.trust.file {
        if let Ok(list) = X509Name::load_client_ca_file(os_str(file)) {
            ctx.set_client_ca_list(list);
        }
    }
    Ok(())
}
