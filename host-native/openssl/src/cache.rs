//! `-ext_cache`: sessions outside the library, in a bounded list.
//!
//! They are kept as their encoding and made anew for each lookup. When the list is full the oldest go.
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use openssl::ssl::{SslContextBuilder, SslRef, SslSession, SslSessionCacheMode};
use s_server_core::engine::Event;
use s_server_core::io::Stream;

use super::log::Log;
use super::sys::hooks;

/// All that is kept, in bytes of ids and encodings.
const LIMIT: usize = 16 << 20;

/// Has the sessions of `ctx` kept outside the library. Corresponds to `init_session_cache_ctx` in `apps/s_server.c`.
pub fn install(ctx: &mut SslContextBuilder) {
    let kept = Arc::new(Mutex::new(Kept::default()));
    ctx.set_session_cache_mode(SslSessionCacheMode::NO_INTERNAL | SslSessionCacheMode::SERVER);
    let list = kept.clone();
    ctx.set_new_session_callback(move |ssl, session| {
        tell(ssl, "New session added to external cache\n");
        if let Ok(der) = session.to_der() {
            lock(&list).add(session.id(), der, LIMIT);
        }
    });
    let list = kept.clone();
    hooks::set_lookup(ctx, move |ssl, id| {
        let found = lock(&list).find(id).and_then(|der| SslSession::from_der(der).ok());
        tell(ssl, if found.is_some() { "Lookup session: cache hit\n" } else { "Lookup session: cache miss\n" });
        found
    });
    ctx.set_remove_session_callback(move |_, session| lock(&kept).remove(session.id()));
}

fn tell(ssl: &SslRef, line: &str) {
    if let Some(log) = Log::of(ssl) {
        log.push(Event::Text(Stream::Err, line.into()));
    }
}

fn lock(kept: &Mutex<Kept>) -> std::sync::MutexGuard<'_, Kept> {
    kept.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The list. Each session has a number that grows, so that the oldest is the first.
#[derive(Default)]
struct Kept {
    sessions: BTreeMap<Vec<u8>, (u64, Vec<u8>)>,
    by_age: BTreeMap<u64, Vec<u8>>,
    next: u64,
    size: usize,
}

impl Kept {
    fn add(&mut self, id: &[u8], der: Vec<u8>, limit: usize) {
        self.remove(id);
        self.size += id.len() + der.len();
        self.by_age.insert(self.next, id.to_vec());
        self.sessions.insert(id.to_vec(), (self.next, der));
        self.next += 1;
        while self.size > limit {
            let Some((_, oldest)) = self.by_age.first_key_value() else { break };
            let oldest = oldest.clone();
            self.remove(&oldest);
        }
    }

    fn find(&self, id: &[u8]) -> Option<&[u8]> {
        self.sessions.get(id).map(|(_, der)| der.as_slice())
    }

    fn remove(&mut self, id: &[u8]) {
        if let Some((number, der)) = self.sessions.remove(id) {
            self.by_age.remove(&number);
            self.size -= id.len() + der.len();
        }
    }
}

#[cfg(test)]
mod tests {
    use openssl::ssl::{SslOptions, SslVersion};
    use s_server_core::engine::{Step, TlsContext};

    use super::*;
    use crate::pair::{Pair, context, only};

    #[test]
    fn the_oldest_go_first_and_the_size_is_right() {
        let mut kept = Kept::default();
        for n in 0..5_u8 {
            kept.add(&[n], vec![n; 9], 30);
        }
        assert_eq!((0..5_u8).map(|n| kept.find(&[n]).is_some()).collect::<Vec<_>>(), [false, false, true, true, true]);
        kept.add(&[3], vec![7; 4], 30);
        kept.remove(&[9]);
        assert_eq!((kept.find(&[3]), kept.size), (Some(&[7; 4][..]), 25));
        kept.remove(&[2]);
        assert_eq!((kept.size, kept.sessions.len(), kept.by_age.len()), (15, 2, 2));
    }

    fn told(pair: &Pair) -> String {
        let line = |event: &Event| match event {
            Event::Text(Stream::Err, line) => Some(String::from_utf8(line.clone()).unwrap()),
            _ => None,
        };
        pair.events.iter().filter_map(line).collect()
    }

    #[test]
    fn a_session_is_kept_found_and_forgotten() {
        let context = context(|plan| plan.tls.sessions.external_cache = true).unwrap();
        let tls12 = |ctx: &mut SslContextBuilder| {
            only(SslVersion::TLS1_2)(ctx);
            ctx.set_options(SslOptions::NO_TICKET);
        };
        let mut first = Pair::established(&context, tls12);
        assert_eq!(told(&first), "New session added to external cache\n");
        let session = first.client.ssl().session().unwrap().to_owned();
        first.client.shutdown().unwrap();
        let resume = || {
            let mut pair = Pair::new(&context, tls12);
            pair.resume(&session);
            assert_eq!(pair.handshake(), Step::Done(()));
            pair
        };
        let mut second = resume();
        assert_eq!(told(&second), "Lookup session: cache hit\n");
        assert!(second.client.ssl().session_reused());
        assert_eq!((context.stats().callback_hits, context.stats().size, context.stats().items), (1, 20_480, 0));
        // What breaks takes its session with it.
        second.server.hear(b"\x17\x03\x03\x00\x01x");
        assert!(matches!(second.server_read().0, Step::Failed(_)));
        assert_eq!(told(&resume()), "Lookup session: cache miss\nNew session added to external cache\n");
    }
}
