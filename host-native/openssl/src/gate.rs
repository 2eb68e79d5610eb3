//! Who gets a session at all, with `-listen`.
use openssl::ssl::SslContext;
use s_server_core::endpoint::Path;
use s_server_core::engine::{Event, Gate, Start, TlsEngine};
use s_server_core::lent::Inbox;

use super::session::OpensslEngine;
use super::session_settings::SessionSettings;

/// Looks at each datagram with a session that is forgotten at once.
pub struct OpensslGate {
    ctx: SslContext,
    settings: SessionSettings,
    /// What happened in the last call.
    events: Vec<Event>,
}

impl OpensslGate {
    /// Sessions are those of `ctx`.
    pub fn new(ctx: SslContext, settings: SessionSettings) -> Self {
        Self { ctx, settings, events: Vec::new() }
    }
}

impl Gate for OpensslGate {
    fn admits(&mut self, path: Path, datagram: &[u8], send: &mut dyn FnMut(&[u8])) -> bool {
        self.events.clear();
        // Who cannot have a session is told so when it is made for good.
        let Ok(mut session) = OpensslEngine::new(&self.ctx, Start::default().over(path), self.settings.clone()) else {
            return true;
        };
        let admits = session.listen(&mut Inbox::of_datagrams().lend(datagram, send)) > 0;
        session.take_events(&mut |event| self.events.push(event));
        admits
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        self.events.drain(..).for_each(to);
    }
}
