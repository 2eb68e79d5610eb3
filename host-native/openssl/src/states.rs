//! What OpenSSL tells while it works: states, alerts, finished handshakes, steps of verification.
//!
//! Everything goes, in order, to the session's [`Log`], from where the engine hands it on.
use std::ffi::c_int;
use std::sync::{Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslRef, SslVerifyMode};
use openssl::x509::{X509StoreContext, X509StoreContextRef};
use s_server_core::engine::{Event, Message, VerifyStep};
use s_server_core::fact::Alert;
use s_server_core::options::plan::{ClientAuth, TlsPlan};
use s_server_core::verify;

use super::ffi::{
    SSL_CB_ALERT, SSL_CB_EXIT, SSL_CB_HANDSHAKE_DONE, SSL_CB_LOOP, SSL_CB_READ, SSL_ST_ACCEPT, SSL_ST_CONNECT,
    X509_V_ERR_NO_EXPLICIT_POLICY,
};
use super::nameopt::NameFormat;
use super::sys::session::{alert_description, alert_level};
use super::{policies, raw_keys};

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
    /// Nothing is fetched for the handshake after that.
    patience_ends: Option<Instant>,
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

    /// The first handshake is complete.
    pub fn is_established(&self) -> bool {
        self.inner().established
    }

    /// Adds an event.
    pub fn push(&self, event: Event) {
        self.inner().events.push(event);
    }

    /// When that patience with fetches for this handshake ends; it begins with the first call.
    pub fn patience_ends(&self, patience: Duration) -> Instant {
        *self.inner().patience_ends.get_or_insert_with(|| Instant::now() + patience)
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

impl Inner {
    /// Reports a handshake, unless nothing but a HelloRequest or CertificateRequest was sent.
    fn finished(&mut self) {
        if std::mem::take(&mut self.finishing) {
            self.patience_ends = None;
            let renegotiation = std::mem::replace(&mut self.established, true);
            self.events.push(Event::Handshake { renegotiation });
        }
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
        if log.states {
            inner.events.push(Event::State(format!("{}:{state}", side(at))));
        }
        if state == "SSLv3/TLS read finished" {
            inner.finishing = true;
            if inner.established && ssl.version_str() == "TLSv1.3" {
                // The answer to a request for a certificate: no SSL_CB_HANDSHAKE_DONE follows.
                inner.finished();
            }
        }
    } else if at & SSL_CB_HANDSHAKE_DONE != 0 {
        inner.finished();
    } else if at & SSL_CB_ALERT != 0 {
        let sent = at & SSL_CB_READ == 0;
        if log.states {
            let way = if sent { "write" } else { "read" };
            let line = format!("SSL3 alert {way}:{}:{}", alert_level(value), alert_description(value));
            inner.events.push(Event::State(line));
        }
        let [.., level, description] = value.to_be_bytes();
        inner.events.push(Event::Alert(Alert { sent, level, description }));
    } else if log.states && at & SSL_CB_EXIT != 0 && value <= 0 {
        let how = if value == 0 { "failed" } else { "error" };
        inner.exit = Some(format!("{}:{how} in {}", side(at), ssl.state_string_long()));
    }
}

/// The callback of `-tlsextdebug`. Corresponds to `tlsext_cb` in `apps/lib/s_cb.c`.
pub fn extension(ssl: &SslRef, number: c_int, data: Vec<u8>) {
    if let Some(log) = Log::of(ssl) {
        log.push(Event::Extension { number: u16::try_from(number).unwrap_or_default(), data });
    }
}

/// The callback of `-msg`. Corresponds to `msg_cb` in `apps/lib/s_cb.c`.
pub fn message(ssl: &SslRef, message: Message) {
    if let Some(log) = Log::of(ssl) {
        log.push(Event::Message(message));
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
    // The library calls without a certificate when it is done with the policies, or finds none that would do.
    let no_certificate = store.current_cert().is_none() && !raw_keys::is_verified(store);
    let about_policies = if ok { no_certificate } else { step.error == X509_V_ERR_NO_EXPLICIT_POLICY };
    step.policies = about_policies.then(|| policies::describe(store));
    let ssl = X509StoreContext::ssl_idx().ok().and_then(|index| store.ex_data(index));
    if let Some(log) = ssl.and_then(Log::of) {
        log.push(Event::Verify(step));
    }
    accepted
}

#[cfg(test)]
mod tests {
    use openssl::ssl::{SslContextBuilder, SslSessionCacheMode, SslVersion};
    use openssl::x509::X509;
    use s_server_core::Plan;
    use s_server_core::engine::{EngineCommand, Step};
    use s_server_core::io::WireEnd;
    use s_server_core::options::plan::Trust;

    use super::*;
    use crate::pair::{Pair, context, only, pki, post_handshake_auth, with_certificate};

    fn with_states(plan: &mut Plan) {
        plan.text.state = true;
        plan.tls.trust = Trust { file: Some(pki("root.pem")), ..Trust::default() };
    }

    fn pair(change: impl FnOnce(&mut Plan), client: impl FnOnce(&mut SslContextBuilder)) -> Pair {
        let context = context(|plan| {
            with_states(plan);
            change(plan);
        });
        Pair::new(&context.unwrap(), client)
    }

    /// The state lines of `SSL_accept`, without that word; verification steps in between as their depth.
    fn accept_lines(pair: &mut Pair) -> Vec<String> {
        let line = |event| match event {
            Event::State(line) => Some(line.strip_prefix("SSL_accept:").unwrap_or(&line).to_owned()),
            Event::Verify(step) => Some(format!("depth={}", step.depth)),
            _ => None,
        };
        pair.events.drain(..).filter_map(line).collect()
    }

    const TLS13: [&str; 14] = [
        "before SSL initialization",
        "before SSL initialization",
        "SSLv3/TLS read client hello",
        "SSLv3/TLS write server hello",
        "SSLv3/TLS write change cipher spec",
        "TLSv1.3 write encrypted extensions",
        "SSLv3/TLS write certificate",
        "TLSv1.3 write server certificate verify",
        "SSLv3/TLS write finished",
        "TLSv1.3 early data",
        "TLSv1.3 early data",
        "SSLv3/TLS read finished",
        "SSLv3/TLS write session ticket",
        "SSLv3/TLS write session ticket",
    ];

    #[test]
    fn states_of_tls13_are_those_of_sample_303() {
        let mut pair = pair(|_| {}, only(SslVersion::TLS1_3));
        assert_eq!(pair.handshake(), Step::Done(()));
        assert_eq!(accept_lines(&mut pair), TLS13);
        pair.client_read();
        pair.client.shutdown().unwrap();
        pair.carry_to_server();
        assert_eq!(pair.server_read().0, Step::Closed);
        assert_eq!(pair.server.shutdown(), Step::Done(()));
        pair.carry_to_client();
        let closing = ["SSL3 alert read:warning:close notify", "SSL3 alert write:warning:close notify"];
        assert_eq!(pair.states(), closing);
    }

    #[test]
    fn states_of_tls12_are_those_of_sample_304() {
        let mut pair = pair(|_| {}, only(SslVersion::TLS1_2));
        assert_eq!(pair.handshake(), Step::Done(()));
        assert_eq!(
            accept_lines(&mut pair),
            [
                "before SSL initialization",
                "before SSL initialization",
                "SSLv3/TLS read client hello",
                "SSLv3/TLS write server hello",
                "SSLv3/TLS write certificate",
                "SSLv3/TLS write key exchange",
                "SSLv3/TLS write server done",
                "SSLv3/TLS write server done",
                "SSLv3/TLS read client key exchange",
                "SSLv3/TLS read change cipher spec",
                "SSLv3/TLS read finished",
                "SSLv3/TLS write session ticket",
                "SSLv3/TLS write change cipher spec",
                "SSLv3/TLS write finished",
            ]
        );
    }

    #[test]
    fn states_of_a_failure_are_those_of_sample_326() {
        let mut pair = pair(|plan| plan.tls.version = Some(0x0304), only(SslVersion::TLS1_2));
        assert!(matches!(pair.handshake(), Step::Failed(_)));
        assert_eq!(
            accept_lines(&mut pair),
            [
                "before SSL initialization",
                "before SSL initialization",
                "SSL3 alert write:fatal:protocol version",
                "error in error",
            ]
        );
    }

    #[test]
    fn states_of_a_later_certificate_are_those_of_sample_327() {
        let mut pair = pair(
            |_| {},
            |ctx| {
                only(SslVersion::TLS1_3)(ctx);
                with_certificate(ctx, "client");
                post_handshake_auth(ctx);
            },
        );
        assert_eq!(pair.handshake(), Step::Done(()));
        pair.client_read();
        pair.events.clear();
        pair.server.command(EngineCommand::RequestCertificate);
        pair.client_read();
        pair.carry_to_server();
        pair.server_read();
        pair.server.hear_end(WireEnd::Closed);
        pair.server_read();
        assert_eq!(
            accept_lines(&mut pair),
            [
                "SSL negotiation finished successfully",
                "SSLv3/TLS write certificate request",
                "SSL negotiation finished successfully",
                "SSL negotiation finished successfully",
                "depth=1",
                "depth=0",
                "SSLv3/TLS read client certificate",
                "SSLv3/TLS read certificate verify",
                "SSLv3/TLS read finished",
                "SSLv3/TLS write session ticket",
                "SSLv3/TLS write session ticket",
                "SSL3 alert write:fatal:decode error",
            ]
        );
    }

    #[test]
    fn states_of_a_renegotiation_are_those_of_sample_328() {
        let no_resumption = |plan: &mut Plan| plan.tls.conf = vec![(b"-no_resumption_on_reneg".to_vec(), None)];
        let mut pair = pair(no_resumption, |ctx| {
            only(SslVersion::TLS1_2)(ctx);
            with_certificate(ctx, "client");
        });
        assert_eq!(pair.handshake(), Step::Done(()));
        pair.events.clear();
        pair.server.command(EngineCommand::Renegotiate { request_certificate: true });
        for _ in 0..3 {
            pair.client_read();
            pair.carry_to_server();
            pair.server_read();
        }
        assert_eq!(
            accept_lines(&mut pair),
            [
                "SSL negotiation finished successfully",
                "SSLv3/TLS write hello request",
                "SSL negotiation finished successfully",
                "SSL negotiation finished successfully",
                "SSLv3/TLS read client hello",
                "SSLv3/TLS write server hello",
                "SSLv3/TLS write certificate",
                "SSLv3/TLS write key exchange",
                "SSLv3/TLS write certificate request",
                "SSLv3/TLS write server done",
                "SSLv3/TLS write server done",
                "depth=1",
                "depth=0",
                "SSLv3/TLS read client certificate",
                "SSLv3/TLS read client key exchange",
                "SSLv3/TLS read certificate verify",
                "SSLv3/TLS read change cipher spec",
                "SSLv3/TLS read finished",
                "SSLv3/TLS write change cipher spec",
                "SSLv3/TLS write finished",
            ]
        );
    }

    #[test]
    fn states_of_a_hello_retry_are_those_of_sample_329() {
        let groups = |plan: &mut Plan| plan.tls.conf = vec![(b"-groups".to_vec(), Some(b"P-384".to_vec()))];
        let mut pair = pair(groups, |ctx| ctx.set_groups_list("X25519:P-384").unwrap());
        assert_eq!(pair.handshake(), Step::Done(()));
        let mut expected = TLS13[..5].to_vec();
        expected.extend(["TLSv1.3 early data", "TLSv1.3 early data"]);
        expected.extend(["SSLv3/TLS read client hello", "SSLv3/TLS write server hello"]);
        expected.extend(&TLS13[5..]);
        assert_eq!(accept_lines(&mut pair), expected);
    }

    #[test]
    fn states_of_a_resumption_are_those_of_sample_330() {
        let context = context(with_states).unwrap();
        let sessions = std::sync::Arc::new(Mutex::new(Vec::new()));
        let kept = sessions.clone();
        let mut pair = Pair::established(&context, move |ctx| {
            ctx.set_session_cache_mode(SslSessionCacheMode::CLIENT);
            ctx.set_new_session_callback(move |_, session| kept.lock().unwrap().push(session));
        });
        pair.client.shutdown().unwrap();
        let session = sessions.lock().unwrap().pop().unwrap();
        let mut pair = Pair::new(&context, |_| {});
        pair.resume(&session);
        assert_eq!(pair.handshake(), Step::Done(()));
        let resumed = |line: &&str| !line.contains("certificate");
        assert_eq!(accept_lines(&mut pair), TLS13[..13].iter().copied().filter(resumed).collect::<Vec<_>>());
    }

    #[test]
    fn a_waiting_socket_shows_only_where_it_does_not_block() {
        let first = |nbio: bool| {
            let mut pair = pair(|plan| plan.nbio = nbio, |_| {});
            assert_eq!(pair.server.accept(), Step::WantRead { starved: true });
            pair.carry_to_client();
            accept_lines(&mut pair)
        };
        assert_eq!(first(false), ["before SSL initialization"]);
        assert_eq!(first(true), ["before SSL initialization", "error in before SSL initialization"]);
    }

    /// Outcome of a handshake with that client certificate, and the steps.
    fn verified(name: &str, change: impl FnOnce(&mut TlsPlan)) -> (Step<()>, Vec<VerifyStep>) {
        let require = |plan: &mut Plan| {
            plan.text.state = false;
            plan.tls.client_auth = ClientAuth::Require;
            change(&mut plan.tls);
        };
        let mut pair = pair(require, |ctx| {
            with_certificate(ctx, name);
            ctx.set_max_proto_version(Some(SslVersion::TLS1_2)).unwrap();
        });
        let step = pair.handshake();
        (step, pair.verify_steps())
    }

    #[test]
    fn a_tolerated_error_is_reported_and_the_handshake_goes_on() {
        let (step, steps) = verified("expired", |_| {});
        assert_eq!(step, Step::Done(()));
        let last = steps.last().unwrap();
        assert_eq!(steps[1], VerifyStep { ok: false, ..last.clone() });
        assert_eq!((last.depth, last.error, &*last.error_text), (0, 10, "certificate has expired"));
        assert_eq!(last.subject.as_deref(), Some(&b"CN = Expired Client"[..]));
        assert_eq!(last.not_after, "Jan  1 00:00:00 2021 GMT");
        assert!(steps.iter().all(|step| step.accepted));
    }

    #[test]
    fn a_refused_certificate_ends_the_handshake() {
        let (step, steps) = verified("expired", |tls| tls.verify_return_error = true);
        let Step::Failed(error) = step else { panic!("{step:?}") };
        assert_eq!(error.verify.as_deref(), Some("certificate has expired"));
        assert!(String::from_utf8_lossy(&error.queue[0]).contains(":certificate verify failed:"), "{error:?}");
        assert!(!steps.last().unwrap().accepted);
    }

    /// Outcome and depths of the steps, where the client sends its issuer and nobody trusts the root (sample 214).
    fn untrusted(depth: i32) -> (Step<()>, Vec<i32>) {
        let request = |plan: &mut Plan| {
            (plan.tls.client_auth, plan.tls.verify_depth) = (ClientAuth::Request, depth);
            plan.tls.trust = Trust { no_file: true, no_path: true, no_store: true, ..Trust::default() };
        };
        let mut pair = pair(request, |ctx| {
            only(SslVersion::TLS1_2)(ctx);
            with_certificate(ctx, "clienti");
            let inter = std::fs::read(String::from_utf8(pki("inter.pem")).unwrap()).unwrap();
            ctx.add_extra_chain_cert(X509::from_pem(&inter).unwrap()).unwrap();
        });
        let step = pair.handshake();
        (step, pair.verify_steps().into_iter().map(|step| step.depth).collect())
    }

    #[test]
    fn an_error_deeper_than_the_depth_is_not_tolerated() {
        assert_eq!(untrusted(1), (Step::Done(()), vec![1, 0]));
        let (step, depths) = untrusted(0);
        let Step::Failed(error) = step else { panic!("{step:?}") };
        assert_eq!(error.verify.as_deref(), Some("unable to get local issuer certificate"));
        assert_eq!(depths, [1]);
    }
}
