//! What all guests have counted, and keep for each other.
//!
//! Each guest counts from what all before it had counted when its client was accepted, so that `S` and the page tell the
//! same as one server would; only what connections beside it count meanwhile is missing there. The end of the run prints
//! the sums.
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use s_server_core::engine::CacheStats;
use s_server_core::record;
use s_server_hosting::Recording;

use crate::sessions::Sessions;

/// What all guests have counted, and keep for each other.
#[derive(Default)]
pub struct Totals {
    counted: Mutex<CacheStats>,
    sessions: Mutex<Sessions>,
}

impl Totals {
    /// Nothing yet. `once`: a session that is kept goes to one guest.
    pub fn new(once: bool) -> Self {
        Self { sessions: Mutex::new(Sessions::new(once)), ..Self::default() }
    }

    /// What was counted so far.
    pub fn now(&self) -> CacheStats {
        let (items, full) = self.sessions().counted();
        CacheStats { items, full, ..*self.counted.lock().unwrap_or_else(PoisonError::into_inner) }
    }

    /// The same, which the recording is told.
    pub fn told(&self, recording: Option<&Arc<Recording>>) -> CacheStats {
        let counted = self.now();
        if let Some(recording) = recording {
            record::log_counters(recording.clone(), counted);
        }
        counted
    }

    /// The sessions that they keep for each other.
    pub fn sessions(&self) -> MutexGuard<'_, Sessions> {
        self.sessions.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Adds what one guest has counted.
    pub fn add(&self, counted: &CacheStats) {
        let mut totals = self.counted.lock().unwrap_or_else(PoisonError::into_inner);
        *totals = totals.plus(counted);
    }
}
