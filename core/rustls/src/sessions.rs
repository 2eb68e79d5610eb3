//! The session cache, with the counters that `S` and the end of the run print.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::StoresServerSessions;
use rustls::time_provider::TimeProvider;
use s_server_core::engine::{CacheStats, Event};
use s_server_core::options::plan::TlsPlan;

use crate::log::Log;

/// The size of the cache; the original's own is that large too (`SSL_SESSION_CACHE_MAX_SIZE_DEFAULT` is 20,480, of
/// which `s_server` leaves 128).
const SIZE: usize = 128;

/// What `-no_cache` prints as the size, as the original does.
const UNUSED_SIZE: i64 = 20_480;

/// Seconds that a session is resumed for: OpenSSL's default, and what the texts say.
pub const LIFETIME: u32 = 7200;

/// A session of TLS 1.3 is resumed once, RFC 8446 section 8.1. `-anti_replay`, `-no_anti_replay`: the last one counts.
pub fn anti_replay(tls: &TlsPlan) -> bool {
    let says = |name: &[u8]| match name {
        b"-anti_replay" => Some(true),
        b"-no_anti_replay" => Some(false),
        _ => None,
    };
    tls.conf.iter().rev().find_map(|(name, _)| says(name)).unwrap_or(true)
}

/// Sessions by their id, the oldest leaving first.
///
/// Each state begins with the second in which it was kept: rustls does not look at the age of a session of TLS 1.2.
#[derive(Debug)]
pub struct Sessions {
    /// `-no_cache` turns it off.
    on: bool,
    /// A session of TLS 1.3 is found once: [`anti_replay`].
    once: bool,
    time: Arc<dyn TimeProvider>,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    sessions: BTreeMap<Vec<u8>, Vec<u8>>,
    /// Those that other instances keep.
    known: BTreeMap<Vec<u8>, Vec<u8>>,
    order: VecDeque<Vec<u8>>,
    stats: CacheStats,
}

impl Sessions {
    /// An empty cache, whose sessions age by that clock.
    pub fn new(on: bool, once: bool, time: Arc<dyn TimeProvider>) -> Self {
        Self { on, once, time, inner: Mutex::default() }
    }

    /// It is used.
    pub fn is_on(&self) -> bool {
        self.on
    }

    /// A handshake began.
    pub fn began(&self) {
        self.with(|inner| inner.stats.accepts += 1);
    }

    /// A handshake is complete.
    pub fn finished(&self, resumed: bool) {
        self.with(|inner| {
            inner.stats.accepts_finished += 1;
            inner.stats.hits += i64::from(resumed);
        });
    }

    /// Another instance keeps that session.
    pub fn know(&self, id: &[u8], state: &[u8]) {
        self.with(|inner| inner.known.insert(id.to_vec(), state.to_vec()));
    }

    /// The counters.
    pub fn stats(&self) -> CacheStats {
        self.with(|inner| CacheStats {
            items: i64::try_from(inner.sessions.len()).unwrap_or(i64::MAX),
            size: if self.on { SIZE as i64 } else { UNUSED_SIZE },
            ..inner.stats
        })
    }

    /// Keeps a state with its time, and says what is kept.
    fn keep(&self, key: Vec<u8>, value: &[u8]) -> Option<Vec<u8>> {
        if !self.on {
            return None;
        }
        let state = [&self.now().to_be_bytes()[..], value].concat();
        self.with(|inner| {
            if inner.sessions.insert(key.clone(), state.clone()).is_none() {
                inner.order.push_back(key);
            }
            while inner.sessions.len() > SIZE {
                let Some(oldest) = inner.order.pop_front() else { break };
                inner.stats.full += i64::from(inner.sessions.remove(&oldest).is_some());
            }
        });
        Some(state)
    }

    /// What rustls gave to keep, if that was not too long ago. An expired session goes, and is counted as OpenSSL does in
    /// `ssl_get_prev_session`.
    fn find(&self, key: &[u8], leaves: Leaves) -> Option<Vec<u8>> {
        let now = self.now();
        self.with(|inner| {
            let found = inner.sessions.get(key).or_else(|| inner.known.get(key)).cloned();
            let state = found.as_deref().and_then(|state| state.split_first_chunk());
            let is_fresh =
                state.is_some_and(|(kept, _)| now <= u64::from_be_bytes(*kept).saturating_add(LIFETIME.into()));
            if leaves == Leaves::Always || !is_fresh {
                inner.forget(key);
            }
            inner.stats.misses += i64::from(state.is_none());
            inner.stats.timeouts += i64::from(state.is_some() && !is_fresh);
            state.filter(|_| is_fresh).map(|(_, value)| value.to_vec())
        })
    }

    /// Seconds since 1970; 0 without a clock.
    fn now(&self) -> u64 {
        self.time.current_time().map_or(0, |now| now.as_secs())
    }

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// What becomes of a session that is found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Leaves {
    Always,
    Expired,
}

impl Inner {
    fn forget(&mut self, key: &[u8]) {
        self.sessions.remove(key);
        self.known.remove(key);
        self.order.retain(|known| known != key);
    }
}

impl StoresServerSessions for Sessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.keep(key, &value).is_some()
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.find(key, Leaves::Expired)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.find(key, if self.once { Leaves::Always } else { Leaves::Expired })
    }

    fn can_cache(&self) -> bool {
        self.on
    }
}

/// The cache of one session, which tells what it keeps.
#[derive(Debug)]
pub struct Told {
    /// The cache of all.
    pub sessions: Arc<Sessions>,
    /// Where it is told.
    pub log: Arc<Log>,
}

impl StoresServerSessions for Told {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        let Some(state) = self.sessions.keep(key.clone(), &value) else { return false };
        self.log.push(Event::Session { id: key, state });
        true
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.sessions.get(key)
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.sessions.take(key)
    }

    fn can_cache(&self) -> bool {
        self.sessions.can_cache()
    }
}

#[cfg(test)]
mod tests {
    use s_server_core::io::Now;

    use super::*;
    use crate::engines::Clock;

    /// Under a clock that stands at the second 5.
    fn sessions(on: bool) -> Sessions {
        Sessions::new(on, true, Arc::new(at(5)))
    }

    fn at(second: u64) -> Clock {
        let clock = Clock::default();
        clock.set_wall(second);
        clock
    }

    const STAMP: [u8; 8] = [0, 0, 0, 0, 0, 0, 0, 5];

    fn stamped(value: u8) -> Vec<u8> {
        [&STAMP[..], &[value]].concat()
    }

    #[test]
    fn sessions_are_found_once_or_again_and_counted() {
        let sessions = sessions(true);
        assert!(sessions.put(vec![1], vec![10]));
        assert_eq!(sessions.get(&[1]), Some(vec![10]));
        assert_eq!(sessions.stats().items, 1);
        assert_eq!(sessions.take(&[1]), Some(vec![10]));
        assert_eq!(sessions.take(&[1]), None);
        sessions.began();
        sessions.finished(true);
        let stats = sessions.stats();
        assert_eq!((stats.items, stats.misses, stats.accepts, stats.accepts_finished, stats.hits), (0, 1, 1, 1, 1));
        assert_eq!(stats.size, 128);
    }

    #[test]
    fn a_session_is_found_again_without_protection_against_replay() {
        let sessions = Sessions::new(true, false, Arc::new(at(5)));
        assert!(sessions.put(vec![1], vec![10]));
        assert_eq!((sessions.take(&[1]), sessions.take(&[1])), (Some(vec![10]), Some(vec![10])));
    }

    #[test]
    fn a_session_expires_after_the_timeout_that_is_printed_and_is_counted() {
        let clock = Arc::new(at(5));
        let seconds = |seconds: u64| clock.set(Now::from_micros(seconds * 1_000_000));
        let sessions = Sessions::new(true, true, clock.clone());
        assert!(sessions.put(vec![1], vec![10]) && sessions.put(vec![2], vec![20]));
        sessions.know(&[3], &stamped(30));
        seconds(7200);
        assert_eq!(sessions.get(&[1]), Some(vec![10]));
        seconds(7201);
        assert_eq!((sessions.get(&[1]), sessions.take(&[2]), sessions.get(&[3])), (None, None, None));
        let stats = sessions.stats();
        assert_eq!((stats.items, stats.timeouts, stats.misses), (0, 3, 0));
        assert_eq!((sessions.get(&[1]), sessions.stats().misses), (None, 1));
    }

    #[test]
    fn a_state_that_is_none_is_not_found() {
        let sessions = sessions(true);
        sessions.know(&[1], &[10]);
        assert_eq!((sessions.get(&[1]), sessions.stats().misses), (None, 1));
    }

    #[test]
    fn the_oldest_makes_room() {
        let sessions = sessions(true);
        (0..=128_u8).for_each(|id| assert!(sessions.put(vec![id], vec![id])));
        assert_eq!((sessions.stats().items, sessions.stats().full), (128, 1));
        assert_eq!((sessions.get(&[0]), sessions.get(&[1])), (None, Some(vec![1])));
    }

    #[test]
    fn a_session_of_another_instance_is_found_and_not_counted_as_kept() {
        let sessions = sessions(true);
        sessions.know(&[1], &stamped(10));
        assert_eq!((sessions.get(&[1]), sessions.stats().items, sessions.stats().misses), (Some(vec![10]), 0, 0));
        assert_eq!((sessions.take(&[1]), sessions.take(&[1])), (Some(vec![10]), None));
    }

    #[test]
    fn what_is_kept_is_told() {
        let told = Told { sessions: Arc::new(sessions(true)), log: Arc::default() };
        assert!(told.put(vec![1], vec![10]));
        let mut events = Vec::new();
        told.log.drain(&mut |event| events.push(event));
        assert_eq!(events, [Event::Session { id: vec![1], state: stamped(10) }]);
    }

    #[test]
    fn an_unused_cache_takes_nothing() {
        let sessions = sessions(false);
        assert!(!sessions.can_cache() && !sessions.put(vec![1], vec![1]));
        assert_eq!(sessions.stats().size, 20_480);
    }
}
