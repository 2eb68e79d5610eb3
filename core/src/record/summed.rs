//! A context whose statistics begin with what others have counted.
//!
//! Where each connection has an instance of its own, `S` and the page still tell what one server would.
use alloc::boxed::Box;
use alloc::sync::Arc;

use crate::engine::{CacheStats, EngineError, Start, TlsContext, TlsEngine};

/// A context, and what was counted elsewhere.
pub(super) struct Summed {
    context: Arc<dyn TlsContext>,
    counted: CacheStats,
}

impl Summed {
    pub fn new(context: Arc<dyn TlsContext>, counted: CacheStats) -> Self {
        Self { context, counted }
    }

    /// The same context, after others have counted that.
    pub fn after(&self, counted: CacheStats) -> Self {
        Self::new(self.context.clone(), counted)
    }

    /// What the context has counted itself.
    pub fn own(&self) -> CacheStats {
        self.context.stats()
    }
}

impl TlsContext for Summed {
    fn session(&self, start: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        self.context.session(start)
    }

    fn stats(&self) -> CacheStats {
        self.counted.plus(&self.context.stats())
    }
}
