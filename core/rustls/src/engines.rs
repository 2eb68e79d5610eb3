//! The engine as the core's machine makes it: from seeds, a wall clock and files that came as frames.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use s_server_core::engine::TlsContext;
use s_server_core::io::Now;
use s_server_core::options::needs::{Files, Role};
use s_server_core::record::{Engines, Given, Seed};
use s_server_core::sink::Sink;
use s_server_core::{Plan, StartError};

use crate::context::Context;
use crate::provider::{Lease, Ticketer};
use crate::selfsigned::{Origin, Valid};
use crate::sessions::LIFETIME;
use crate::shared::Environment;

/// Makes contexts on the repeatable provider: the same frames give the same bytes.
#[derive(Debug, Default)]
pub struct Rustls {
    clock: Arc<Clock>,
    context: Option<Context>,
    /// What the provider draws from.
    lease: Option<Arc<Lease>>,
    /// Sessions are told as they are kept.
    tells_sessions: bool,
    /// The clock is not that of the clients.
    stands: bool,
}

impl Rustls {
    /// Those of one instance among others: it tells of the sessions that it keeps, so that another can resume them.
    pub fn among_others() -> Self {
        Self { tells_sessions: true, ..Self::default() }
    }

    /// Those of a server whose clock is not that of its clients: what it makes of `-selfsigned` is valid at any time.
    pub fn at_a_fixed_time() -> Self {
        Self { stands: true, ..Self::default() }
    }

    /// The context that was made last.
    pub fn made(&self) -> Option<&Context> {
        self.context.as_ref()
    }
}

impl Engines for Rustls {
    fn context(
        &mut self,
        plan: &Arc<Plan>,
        given: &Given,
        out: &mut dyn Sink,
    ) -> Result<Arc<dyn TlsContext>, StartError> {
        self.clock.set_wall(given.seed.wall);
        let lease = Arc::new(Lease::new(given.seed.own));
        self.lease = Some(lease.clone());
        let provider = lease.provider();
        let lifetime = Duration::from_secs(LIFETIME.into());
        let ticketer = Ticketer::new(given.seed.shared, provider.secure_random, self.clock.clone(), lifetime);
        let environment = Environment {
            provider: Arc::new(provider),
            time: self.clock.clone(),
            ticketer: Some(Arc::new(ticketer)),
            lease: Some(lease),
            origin: Some(Origin {
                seed: given.seed.shared,
                valid: if self.stands { Valid::Always } else { Valid::From(given.seed.wall) },
            }),
            tells_sessions: self.tells_sessions,
        };
        let context = Context::new(plan, &given.files, environment, out)?;
        self.context = Some(context.clone());
        Ok(Arc::new(context))
    }

    fn tick(&mut self, now: Now) {
        self.clock.set(now);
    }

    /// Tickets stay those of the first shared seed, and the wall clock stays as it was.
    fn reseeded(&mut self, seed: &Seed) {
        if let Some(lease) = &self.lease {
            lease.reseed(seed.own);
        }
    }

    fn known(&mut self, id: &[u8], state: &[u8]) {
        if let Some(context) = &self.context {
            context.know(id, state);
        }
    }

    fn renewed(&mut self, role: Role, files: &Files) {
        if let (Role::Status(0), Some(context)) = (role, &self.context) {
            context.set_staple(files.get(role).and_then(Result::ok).map(<[u8]>::to_vec));
        }
    }
}

/// A clock that stands still until it is set.
#[derive(Debug, Default)]
pub struct Clock {
    /// Seconds since 1970 at time 0 of the frames.
    wall: AtomicU64,
    /// Microseconds since then.
    now: AtomicU64,
}

impl Clock {
    /// Seconds since 1970 at time 0.
    pub fn set_wall(&self, seconds: u64) {
        self.wall.store(seconds, Ordering::Relaxed);
    }

    /// It is that time.
    pub fn set(&self, now: Now) {
        self.now.store(now.as_micros(), Ordering::Relaxed);
    }
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let since = Duration::from_micros(self.now.load(Ordering::Relaxed));
        let wall = Duration::from_secs(self.wall.load(Ordering::Relaxed));
        Some(UnixTime::since_unix_epoch(wall.saturating_add(since)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_only_when_it_is_set() {
        let clock = Clock::default();
        clock.set_wall(1_700_000_000);
        assert_eq!(clock.current_time().unwrap().as_secs(), 1_700_000_000);
        clock.set(Now::from_micros(1_500_000));
        assert_eq!(clock.current_time().unwrap().as_secs(), 1_700_000_001);
        clock.set_wall(u64::MAX);
        assert_eq!(clock.current_time().unwrap().as_secs(), u64::MAX);
    }
}
