//! The session cache, with the counters that `S` and the end of the run print.
use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};

use rustls::server::StoresServerSessions;
use s_server_core::engine::{CacheStats, Event};

use crate::log::Log;

/// The size of the cache; the original's own is that large too (`SSL_SESSION_CACHE_MAX_SIZE_DEFAULT` is 20,480, of
/// which `s_server` leaves 128).
const SIZE: usize = 128;

/// What `-no_cache` prints as the size, as the original does.
const UNUSED_SIZE: i64 = 20_480;

/// Sessions by their id, the oldest leaving first.
#[derive(Debug)]
pub struct Sessions {
    /// `-no_cache` turns it off.
    on: bool,
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
    /// An empty cache.
    pub fn new(on: bool) -> Self {
        Self { on, inner: Mutex::default() }
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

    fn with<T>(&self, work: impl FnOnce(&mut Inner) -> T) -> T {
        work(&mut self.inner.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl StoresServerSessions for Sessions {
    fn put(&self, key: Vec<u8>, value: Vec<u8>) -> bool {
        self.on
            && self.with(|inner| {
                if inner.sessions.insert(key.clone(), value).is_none() {
                    inner.order.push_back(key);
                }
                while inner.sessions.len() > SIZE {
                    let Some(oldest) = inner.order.pop_front() else { break };
                    inner.stats.full += i64::from(inner.sessions.remove(&oldest).is_some());
                }
                true
            })
    }

    fn get(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.with(|inner| {
            let found = inner.sessions.get(key).or_else(|| inner.known.get(key)).cloned();
            inner.stats.misses += i64::from(found.is_none());
            found
        })
    }

    fn take(&self, key: &[u8]) -> Option<Vec<u8>> {
        self.with(|inner| {
            let found = inner.sessions.remove(key).or_else(|| inner.known.remove(key));
            inner.order.retain(|known| known != key);
            inner.stats.misses += i64::from(found.is_none());
            found
        })
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
        let kept = self.sessions.put(key.clone(), value.clone());
        if kept {
            self.log.push(Event::Session { id: key, state: value });
        }
        kept
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
    use super::*;

    #[test]
    fn sessions_are_found_once_or_again_and_counted() {
        let sessions = Sessions::new(true);
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
    fn the_oldest_makes_room() {
        let sessions = Sessions::new(true);
        (0..=128_u8).for_each(|id| assert!(sessions.put(vec![id], vec![id])));
        assert_eq!((sessions.stats().items, sessions.stats().full), (128, 1));
        assert_eq!((sessions.get(&[0]), sessions.get(&[1])), (None, Some(vec![1])));
    }

    #[test]
    fn a_session_of_another_instance_is_found_and_not_counted_as_kept() {
        let sessions = Sessions::new(true);
        sessions.know(&[1], &[10]);
        assert_eq!((sessions.get(&[1]), sessions.stats().items, sessions.stats().misses), (Some(vec![10]), 0, 0));
        assert_eq!((sessions.take(&[1]), sessions.take(&[1])), (Some(vec![10]), None));
    }

    #[test]
    fn what_is_kept_is_told() {
        let told = Told { sessions: Arc::new(Sessions::new(true)), log: Arc::default() };
        assert!(told.put(vec![1], vec![10]));
        let mut events = Vec::new();
        told.log.drain(&mut |event| events.push(event));
        assert_eq!(events, [Event::Session { id: vec![1], state: vec![10] }]);
    }

    #[test]
    fn an_unused_cache_takes_nothing() {
        let sessions = Sessions::new(false);
        assert!(!sessions.can_cache() && !sessions.put(vec![1], vec![1]));
        assert_eq!(sessions.stats().size, 20_480);
    }
}
