//! Sessions: where they are kept, which ids they get, and which of them are resumed.
use std::sync::OnceLock;

use openssl::ex_data::Index;
use openssl::ssl::{SslContext, SslContextBuilder, SslOptions, SslRef, SslSessionCacheMode};
use s_server_core::io::Stream;
use s_server_core::options::plan::TlsPlan;
use s_server_core::sink::Sink;

use super::cache;
use super::sys::hooks;

/// The longest session id, RFC 5246 section 7.4.1.2.
const ID: usize = 32;

/// How often an id is drawn that is taken already.
const ATTEMPTS: usize = 10;

/// Sets up the cache. Corresponds to `init_session_cache_ctx` in `apps/s_server.c` and the lines around it.
pub fn install(ctx: &mut SslContextBuilder, tls: &TlsPlan) {
    if tls.no_cache {
        ctx.set_session_cache_mode(SslSessionCacheMode::OFF);
    } else if tls.sessions.external_cache {
        cache::install(ctx);
    } else {
        ctx.set_session_cache_size(128);
    }
    if tls.ignore_unexpected_eof {
        ctx.set_options(SslOptions::IGNORE_UNEXPECTED_EOF);
    }
    if tls.sessions.no_resume_ephemeral {
        hooks::refuse_ephemeral(ctx);
    }
}

/// `-no_resume_ephemeral` under TLS 1.3, where every key is ephemeral: no tickets. A later `-num_tickets` asks for some.
pub fn limit_tickets(ctx: &mut SslContextBuilder, tls: &TlsPlan) {
    if tls.sessions.no_resume_ephemeral {
        // Fails for no number.
        let _ = ctx.set_num_tickets(0);
    }
}

/// `-id_prefix`: session ids begin with it.
pub fn set_id_prefix(ctx: &mut SslContextBuilder, prefix: &[u8], out: &mut dyn Sink) {
    if prefix.len() >= ID {
        out.print(Stream::Err, b"warning: id_prefix is too long, only one new session will be possible\n");
    }
    ctx.set_ex_data(index(), IdPrefix(prefix.to_vec()));
    hooks::set_id_generator(ctx, generate_id);
    out.print(Stream::Err, &[b"id_prefix '", prefix, b"' set.\n"].concat());
}

/// Fills `id`; false when no free one is found. Corresponds to `generate_session_id` in `apps/s_server.c`.
pub fn generate_id(ssl: &SslRef, id: &mut [u8]) -> bool {
    let prefix = ssl.ssl_context().ex_data(index()).map(|prefix| prefix.0.as_slice()).unwrap_or_default();
    let fixed = prefix.len().min(id.len());
    (0..ATTEMPTS).any(|_| {
        let drawn = openssl::rand::rand_bytes(id).is_ok();
        id[..fixed].copy_from_slice(&prefix[..fixed]);
        drawn && !hooks::has_session(ssl, id)
    })
}

struct IdPrefix(Vec<u8>);

fn index() -> Index<SslContext, IdPrefix> {
    static INDEX: OnceLock<Index<SslContext, IdPrefix>> = OnceLock::new();
    *INDEX.get_or_init(|| SslContext::new_ex_index().expect("OpenSSL numbers application data without limit"))
}

#[cfg(test)]
mod tests {
    use std::sync::{Arc, Mutex};

    use openssl::ssl::SslVersion;
    use s_server_core::Plan;
    use s_server_core::engine::{Step, TlsContext};

    use super::*;
    use crate::OpensslContext;
    use crate::pair::{Pair, Printed, context, only, plan};

    fn no_ticket(ctx: &mut SslContextBuilder) {
        only(SslVersion::TLS1_2)(ctx);
        ctx.set_options(SslOptions::NO_TICKET);
    }

    fn with_prefix(prefix: &str) -> impl FnOnce(&mut Plan) {
        |plan| plan.tls.sessions.id_prefix = Some(prefix.into())
    }

    #[test]
    fn ids_begin_with_the_prefix() {
        let mut printed = Printed::default();
        let context = crate::pair::new(&plan(with_prefix("PRE")), &mut printed).unwrap();
        assert_eq!(printed.err, "id_prefix 'PRE' set.\n");
        let id = || Pair::established(&context, no_ticket).client.ssl().session().unwrap().id().to_vec();
        let (first, second) = (id(), id());
        assert!(first.starts_with(b"PRE") && second.starts_with(b"PRE") && first.len() == 32 && first != second);
    }

    #[test]
    fn a_prefix_as_long_as_an_id_is_good_for_one_session() {
        let mut printed = Printed::default();
        let context = crate::pair::new(&plan(with_prefix(&"x".repeat(40))), &mut printed).unwrap();
        assert!(printed.err.starts_with("warning: id_prefix is too long, only one new session will be possible\nid_p"));
        let first = Pair::established(&context, no_ticket);
        assert_eq!(first.client.ssl().session().unwrap().id(), [b'x'; 32]);
        assert!(matches!(Pair::new(&context, no_ticket).handshake(), Step::Failed(_)));
    }

    #[test]
    fn the_context_of_sessions_is_the_plans() {
        for context in ["", "ours"] {
            let made = super::super::pair::context(|plan| plan.tls.sessions.context = Some(context.into())).unwrap();
            let mut pair = Pair::established(&made, |_| {});
            let info = pair.server.info(s_server_core::engine::Detail::Page);
            assert_eq!(info.session.context, context.as_bytes());
        }
    }

    /// Whether a second connection resumes the session of the first.
    fn resumes(context: &OpensslContext, client: impl Fn(&mut SslContextBuilder)) -> bool {
        let sessions = Arc::new(Mutex::new(Vec::new()));
        let kept = sessions.clone();
        let mut first = Pair::established(context, |ctx| {
            client(ctx);
            ctx.set_session_cache_mode(SslSessionCacheMode::CLIENT);
            ctx.set_new_session_callback(move |_, session| kept.lock().unwrap().push(session));
        });
        first.client.shutdown().unwrap();
        let Some(session) = sessions.lock().unwrap().pop() else { return false };
        let mut second = Pair::new(context, client);
        second.resume(&session);
        assert_eq!(second.handshake(), Step::Done(()));
        second.client.ssl().session_reused()
    }

    #[test]
    fn sessions_with_ephemeral_keys_are_not_resumed_in_any_version() {
        let made = |refused| context(|plan| plan.tls.sessions.no_resume_ephemeral = refused).unwrap();
        let ecdhe = |ctx: &mut SslContextBuilder| {
            only(SslVersion::TLS1_2)(ctx);
            ctx.set_cipher_list("ECDHE").unwrap();
        };
        let static_rsa = |ctx: &mut SslContextBuilder| {
            only(SslVersion::TLS1_2)(ctx);
            ctx.set_cipher_list("kRSA").unwrap();
        };
        let (open, refusing) = (made(false), made(true));
        assert!(resumes(&open, ecdhe) && resumes(&open, only(SslVersion::TLS1_3)));
        assert!(!resumes(&refusing, ecdhe) && !resumes(&refusing, only(SslVersion::TLS1_3)));
        assert!(resumes(&refusing, static_rsa));
        assert_eq!(refusing.stats().hits, 1);
    }

    #[test]
    fn tickets_that_are_asked_for_are_sent() {
        let context = context(|plan| {
            plan.tls.sessions.no_resume_ephemeral = true;
            plan.tls.conf = vec![(b"-num_tickets".to_vec(), Some(b"1".to_vec()))];
        });
        assert!(resumes(&context.unwrap(), only(SslVersion::TLS1_3)));
    }
}
