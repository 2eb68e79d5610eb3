//! The engine behind a [`Machine`](s_server_core::record::Machine): all it draws comes from the seed frame, its clock
//! from the frames' times.
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use rustls::pki_types::UnixTime;
use rustls::time_provider::TimeProvider;
use s_server_core::Plan;
use s_server_core::engine::TlsContext;
use s_server_core::io::{Now, Sink};
use s_server_core::record::{Engines, Given};

use crate::provider::{Ticketer, seeded};
use crate::{Context, Means};

/// How long a ticket is good: OpenSSL's default.
const TICKET_LIFETIME: Duration = Duration::from_secs(7_200);

/// Makes contexts of this engine for a machine.
#[derive(Debug, Default)]
pub struct Seeded {
    clock: Arc<Clock>,
}

impl Engines for Seeded {
    fn context(&mut self, plan: &Arc<Plan>, given: &Given, out: &mut dyn Sink) -> Result<Arc<dyn TlsContext>, Vec<u8>> {
        self.clock.wall.store(given.seed.wall, Ordering::Relaxed);
        let provider = seeded(given.seed.own);
        let ticketer = Ticketer::new(given.seed.shared, provider.secure_random, self.clock.clone(), TICKET_LIFETIME);
        let means =
            Means { provider: Arc::new(provider), time: self.clock.clone(), ticketer: Some(Arc::new(ticketer)) };
        Ok(Arc::new(Context::new(plan, &given.files, means, out)?))
    }

    fn tick(&mut self, now: Now) {
        self.clock.now.store(now.as_micros(), Ordering::Relaxed);
    }
}

/// The time of the frame that is being handled.
#[derive(Debug, Default)]
struct Clock {
    /// Seconds since 1970 at time 0 of the frames.
    wall: AtomicU64,
    /// Microseconds since then.
    now: AtomicU64,
}

impl TimeProvider for Clock {
    fn current_time(&self) -> Option<UnixTime> {
        let now = Duration::from_micros(self.now.load(Ordering::Relaxed));
        let wall = Duration::from_secs(self.wall.load(Ordering::Relaxed));
        wall.checked_add(now).map(UnixTime::since_unix_epoch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_is_the_wall_clock_of_the_seed_and_the_time_of_the_frame() {
        let mut engines = Seeded::default();
        engines.clock.wall.store(1_700_000_000, Ordering::Relaxed);
        engines.tick(Now::from_micros(2_500_000));
        assert_eq!(engines.clock.current_time().unwrap().as_secs(), 1_700_000_002);
        engines.clock.wall.store(u64::MAX, Ordering::Relaxed);
        assert_eq!(engines.clock.current_time(), None);
    }
}
