//! How long what is fetched for a handshake may take in all.
use std::time::{Duration, Instant};

/// The patience of one handshake; it begins with the first fetch.
#[derive(Default)]
pub struct Patience {
    end: Option<Instant>,
}

impl Patience {
    /// When it ends, if it lasts that long from the first call on.
    pub fn ends(&mut self, length: Duration) -> Instant {
        *self.end.get_or_insert_with(|| Instant::now() + length)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_with_the_first_call() {
        let mut patience = Patience::default();
        let end = patience.ends(Duration::from_secs(10));
        assert_eq!(patience.ends(Duration::from_secs(20)), end);
        assert!(end > Instant::now());
    }
}
