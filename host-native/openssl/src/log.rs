//! The log of a session: what the callbacks of OpenSSL tell while it works, in order, until the engine hands it on.
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslRef};
use s_server_core::engine::Event;

use super::patience::Patience;

/// What happened in a session since it was last asked.
#[derive(Default)]
pub struct Log {
    /// `-state`: states and alerts are logged.
    states: bool,
    inner: Mutex<Inner>,
}

#[derive(Default)]
struct Inner {
    events: Vec<Event>,
    /// The line about a call that stopped early: [`Log::settle`] decides about it.
    exit: Option<String>,
    /// A Finished message passed since the last handshake was reported.
    finishing: bool,
    established: bool,
    patience: Patience,
}

impl Log {
    /// Gives `ssl` a log of its own, which its wire may write as well.
    pub fn attach(ssl: &mut SslRef, states: bool) -> Arc<Log> {
        let log = Arc::new(Log { states, ..Log::default() });
        ssl.set_ex_data(index(), log.clone());
        log
    }

    /// The log of a session, which [`Log::attach`] gave it.
    pub fn of(ssl: &SslRef) -> Option<&Log> {
        ssl.ex_data(index()).map(|log| &**log)
    }

    /// The first handshake is complete.
    pub fn is_established(&self) -> bool {
        self.inner().established
    }

    /// Adds an event.
    pub fn push(&self, event: Event) {
        self.inner().events.push(event);
    }

    /// When that patience with fetches for this handshake ends; it begins with the first call.
    pub fn patience_ends(&self, length: Duration) -> Instant {
        self.inner().patience.ends(length)
    }

    /// A state was reached or an alert passed: `line` says so, where `-state` asks for it.
    pub fn state(&self, line: impl FnOnce() -> String) {
        if self.states {
            let line = line();
            self.push(Event::State(line));
        }
    }

    /// A call stopped early: [`settle`](Self::settle) decides about the line.
    pub fn stopped(&self, line: impl FnOnce() -> String) {
        if self.states {
            let line = line();
            self.inner().exit = Some(line);
        }
    }

    /// A Finished message of the client was read. `is_tls13`: after the first handshake it answers a request for a
    /// certificate, and no end of a handshake follows.
    pub fn read_finished(&self, is_tls13: bool) {
        let mut inner = self.inner();
        inner.finishing = true;
        if inner.established && is_tls13 {
            inner.finished();
        }
    }

    /// A handshake ended.
    pub fn handshake_done(&self) {
        self.inner().finished();
    }

    /// Ends a call. `waiting`: it stopped only because the wire is empty, where a blocking socket would have slept and
    /// nothing would have been reported.
    pub fn settle(&self, waiting: bool) {
        let mut inner = self.inner();
        if let Some(line) = inner.exit.take().filter(|_| !waiting) {
            inner.events.push(Event::State(line));
        }
    }

    /// Hands over everything, in order.
    pub fn drain(&self, to: &mut dyn FnMut(Event)) {
        let events = std::mem::take(&mut self.inner().events);
        events.into_iter().for_each(to);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Inner {
    /// Reports a handshake, unless nothing but a HelloRequest or CertificateRequest was sent.
    fn finished(&mut self) {
        if std::mem::take(&mut self.finishing) {
            self.patience = Patience::default();
            let renegotiation = std::mem::replace(&mut self.established, true);
            self.events.push(Event::Handshake { renegotiation });
        }
    }
}

fn index() -> Index<Ssl, Arc<Log>> {
    static INDEX: OnceLock<Index<Ssl, Arc<Log>>> = OnceLock::new();
    *INDEX.get_or_init(|| Ssl::new_ex_index().expect("OpenSSL numbers application data without limit"))
}
