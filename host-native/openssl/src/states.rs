//! The info callback: states for `-state`, alerts, and the ends of handshakes.
use std::ffi::c_int;

use openssl::ssl::SslRef;
use s_server_core::engine::Event;
use s_server_core::fact::Alert;

use super::ffi::{
    SSL_CB_ALERT, SSL_CB_EXIT, SSL_CB_HANDSHAKE_DONE, SSL_CB_LOOP, SSL_CB_READ, SSL_ST_ACCEPT, SSL_ST_CONNECT,
};
use super::log::Log;
use super::sys::session::{alert_description, alert_level};

/// The info callback. Corresponds to `apps_ssl_info_callback` in `apps/lib/s_cb.c`.
pub fn info(ssl: &SslRef, at: c_int, value: c_int) {
    let Some(log) = Log::of(ssl) else { return };
    if at & SSL_CB_LOOP != 0 {
        let state = ssl.state_string_long();
        log.state(|| format!("{}:{state}", side(at)));
        if state == "SSLv3/TLS read finished" {
            log.read_finished(ssl.version_str() == "TLSv1.3");
        }
    } else if at & SSL_CB_HANDSHAKE_DONE != 0 {
        log.handshake_done();
    } else if at & SSL_CB_ALERT != 0 {
        let sent = at & SSL_CB_READ == 0;
        let way = if sent { "write" } else { "read" };
        log.state(|| format!("SSL3 alert {way}:{}:{}", alert_level(value), alert_description(value)));
        let [.., level, description] = value.to_be_bytes();
        log.push(Event::Alert(Alert { sent, level, description }));
    } else if at & SSL_CB_EXIT != 0 && value <= 0 {
        let how = if value == 0 { "failed" } else { "error" };
        log.stopped(|| format!("{}:{how} in {}", side(at), ssl.state_string_long()));
    }
}

fn side(at: c_int) -> &'static str {
    match at {
        at if at & SSL_ST_CONNECT != 0 => "SSL_connect",
        at if at & SSL_ST_ACCEPT != 0 => "SSL_accept",
        _ => "undefined",
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use openssl::ssl::{SslContextBuilder, SslSessionCacheMode, SslVersion};
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
                // RFC 8879.
                if cfg!(has_comp_alg) {
                    "TLSv1.3 read client compressed certificate"
                } else {
                    "SSLv3/TLS read client certificate"
                },
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
}
