//! What OpenSSL tells while it works: states, alerts, finished handshakes, steps of verification.
//!
//! Everything goes, in order, to the session's [`Log`], from where the engine hands it on.
use std::ffi::c_int;
use std::sync::{Mutex, OnceLock, PoisonError};

use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslRef, SslVerifyMode};
use openssl::x509::{X509StoreContext, X509StoreContextRef};
use s_server_core::engine::{Event, VerifyStep};
use s_server_core::options::plan::{ClientAuth, TlsPlan};
use s_server_core::verify;

use super::ffi::{
    SSL_CB_ALERT, SSL_CB_EXIT, SSL_CB_HANDSHAKE_DONE, SSL_CB_LOOP, SSL_CB_READ, SSL_ST_ACCEPT, SSL_ST_CONNECT,
};
use super::nameopt::NameFormat;
use super::sys::session::{alert_description, alert_level};

/// What happened in a session since it was last asked.
#[derive(Default)]
pub struct Log {
    /// `-state`: states and alerts are logged.
    states: bool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    events: Vec<Event>,
    /// The line about a call that stopped early: [`Log::settle`] decides about it.
    exit: Option<String>,
    /// A Finished message passed since the last handshake was reported.
    finishing: bool,
    established: bool,
}

impl Log {
    /// Gives `ssl` a log of its own.
    pub fn attach(ssl: &mut SslRef, states: bool) {
        ssl.set_ex_data(index(), Log { states, ..Log::default() });
    }

    /// The log of a session, which [`Log::attach`] gave it.
    pub fn of(ssl: &SslRef) -> Option<&Log> {
        ssl.ex_data(index())
    }

    /// Ends a call. `waiting`: it stopped only because the wire is empty, where a blocking socket would have slept and
    /// nothing would have been reported.
    pub fn settle(&self, waiting: bool) {
        let mut inner = self.inner();
        if let Some(line) = inner.exit.take().filter(|_| !waiting) {
            inner.events.push(Event::State(line));
        }
    }

    /// Hands over everything, in order.
    pub fn drain(&self, to: &mut dyn FnMut(Event)) {
        let events = std::mem::take(&mut self.inner().events);
        events.into_iter().for_each(to);
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn index() -> Index<Ssl, Log> {
    static INDEX: OnceLock<Index<Ssl, Log>> = OnceLock::new();
    *INDEX.get_or_init(|| Ssl::new_ex_index().expect("OpenSSL numbers application data without limit"))
}

/// The info callback. Corresponds to `apps_ssl_info_callback` in `apps/lib/s_cb.c`.
pub fn info(ssl: &SslRef, at: c_int, value: c_int) {
    let Some(log) = Log::of(ssl) else { return };
    let mut inner = log.inner();
    if at & SSL_CB_LOOP != 0 {
        let state = ssl.state_string_long();
        inner.finishing |= state == "SSLv3/TLS read finished";
        if log.states {
            inner.events.push(Event::State(format!("{}:{state}", side(at))));
        }
    } else if at & SSL_CB_HANDSHAKE_DONE != 0 {
        // It is called after a HelloRequest and a CertificateRequest, too.
        if std::mem::take(&mut inner.finishing) {
            let renegotiation = std::mem::replace(&mut inner.established, true);
            inner.events.push(Event::Handshake { renegotiation });
        }
    } else if log.states {
        if at & SSL_CB_ALERT != 0 {
            let way = if at & SSL_CB_READ != 0 { "read" } else { "write" };
            let line = format!("SSL3 alert {way}:{}:{}", alert_level(value), alert_description(value));
            inner.events.push(Event::State(line));
        } else if at & SSL_CB_EXIT != 0 && value <= 0 {
            let how = if value == 0 { "failed" } else { "error" };
            inner.exit = Some(format!("{}:{how} in {}", side(at), ssl.state_string_long()));
        }
    }
}

fn side(at: c_int) -> &'static str {
    match at {
        at if at & SSL_ST_CONNECT != 0 => "SSL_connect",
        at if at & SSL_ST_ACCEPT != 0 => "SSL_accept",
        _ => "undefined",
    }
}

/// The verification mode of a new session.
pub fn verify_mode(auth: ClientAuth) -> SslVerifyMode {
    match auth {
        ClientAuth::Off => SslVerifyMode::NONE,
        ClientAuth::Request => SslVerifyMode::PEER | CLIENT_ONCE,
        ClientAuth::Require => SslVerifyMode::PEER | SslVerifyMode::FAIL_IF_NO_PEER_CERT | CLIENT_ONCE,
    }
}

/// `SSL_VERIFY_CLIENT_ONCE`: no certificate is asked for again in a renegotiation.
pub const CLIENT_ONCE: SslVerifyMode = SslVerifyMode::from_bits_retain(openssl_sys::SSL_VERIFY_CLIENT_ONCE);

/// The verification callback. Corresponds to `verify_callback` in `apps/lib/s_cb.c`.
pub fn verify(plan: &TlsPlan, names: NameFormat, ok: bool, store: &mut X509StoreContextRef) -> bool {
    let depth = c_int::try_from(store.error_depth()).unwrap_or(c_int::MAX);
    let accepted = verify::judge(plan, depth, ok);
    let mut step = VerifyStep {
        depth,
        ok,
        error: store.error().as_raw(),
        error_text: store.error().error_string().to_owned(),
        accepted,
        ..VerifyStep::default()
    };
    if let Some(cert) = store.current_cert() {
        step.subject = Some(names.print(cert.subject_name()));
        step.issuer = Some(names.print(cert.issuer_name()));
        step.not_before = cert.not_before().to_string();
        step.not_after = cert.not_after().to_string();
    }
    let ssl = X509StoreContext::ssl_idx().ok().and_then(|index| store.ex_data(index));
    if let Some(log) = ssl.and_then(Log::of) {
        log.inner().events.push(Event::Verify(step));
    }
    accepted
}
