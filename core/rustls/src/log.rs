//! What rustls tells while it works on one session: steps of verification, secrets, the signature it chose.
use std::sync::{Mutex, MutexGuard, PoisonError};

use rustls::{KeyLog, SignatureScheme};
use s_server_core::engine::{Event, VerifyStep};

/// The log of one session, which its callbacks and the session itself write.
#[derive(Debug, Default)]
pub struct Log {
    /// `-keylogfile`
    secrets: bool,
    inner: Mutex<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    events: Vec<Event>,
    facts: Facts,
}

/// What is known of the session beside what rustls keeps.
#[derive(Clone, Debug, Default)]
pub struct Facts {
    /// The scheme of the server's own signature.
    pub own_scheme: Option<SignatureScheme>,
    /// The scheme of the client's signature.
    pub client_scheme: Option<SignatureScheme>,
    /// Result of the verification (`X509_V_…`) and its text; `None` before there was one.
    pub verified: Option<(i32, &'static str)>,
    /// The name that `-verify_hostname` matched.
    pub verified_name: Option<String>,
}

impl Log {
    /// An empty log; `secrets` are logged as well or not.
    pub fn new(secrets: bool) -> Self {
        Self { secrets, inner: Mutex::default() }
    }

    /// Adds an event.
    pub fn push(&self, event: Event) {
        self.inner().events.push(event);
    }

    /// Adds a step of the verification.
    pub fn verify(&self, step: VerifyStep) {
        self.push(Event::Verify(step));
    }

    /// Changes what is known.
    pub fn note(&self, change: impl FnOnce(&mut Facts)) {
        change(&mut self.inner().facts);
    }

    /// What is known.
    pub fn facts(&self) -> Facts {
        self.inner().facts.clone()
    }

    /// Hands over the events, in order.
    pub fn drain(&self, to: &mut dyn FnMut(Event)) {
        let events = std::mem::take(&mut self.inner().events);
        events.into_iter().for_each(to);
    }

    fn inner(&self) -> MutexGuard<'_, Inner> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The format of NSS, as OpenSSL writes it: label, client random and secret, in lower-case hexadecimal.
impl KeyLog for Log {
    fn log(&self, label: &str, client_random: &[u8], secret: &[u8]) {
        // Under TLS 1.2 rustls does not ask whether it should.
        if self.secrets {
            self.push(Event::KeyLog(format!("{label} {} {}", hex(client_random), hex(secret))));
        }
    }

    fn will_log(&self, _: &str) -> bool {
        self.secrets
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
