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

#[cfg(test)]
mod tests {
    use s_server_core::Plan;
    use s_server_core::engine::{Step, TlsContext};
    use s_server_core::options::Messages;
    use s_server_core::options::plan::{Datagrams, Reference};

    use super::*;
    use crate::session::datagrams::*;

    fn listening(plan: &mut Plan) {
        plan.datagrams = Some(Datagrams { listen: true, ..Datagrams::default() });
    }

    #[test]
    fn the_gate_admits_the_cookie_of_an_address_and_the_session_goes_on_behind_it() {
        let context = context(listening);
        let mut gate = context.gate().unwrap();
        let mut pair = Pair::new(&context, |_| {});
        pair.hurry();
        let mut ask = |port, datagram: &[u8]| {
            let mut sent = Vec::new();
            let admitted = gate.admits(path(port), datagram, &mut |bytes| sent.push(bytes.to_vec()));
            (admitted, sent)
        };
        pair.client_shakes();
        let first = pair.take_client_output().remove(0);
        let (admitted, sent) = ask(7, &first);
        assert_eq!((admitted, sent.len(), message(&sent[0])), (false, 1, HELLO_VERIFY_REQUEST));
        assert!(sent[0].len() < first.len(), "an answer to a forged address makes less traffic than the question");
        pair.client.get_mut().input.extend(sent);
        pair.client_shakes();
        let second = pair.take_client_output().remove(0);
        for port in [8, 7] {
            let (admitted, sent) = ask(port, &second);
            assert_eq!((admitted, sent.len()), if port == 7 { (true, 0) } else { (false, 1) });
        }
        let mut forged = second.clone();
        forged[COOKIE + 19] ^= 1;
        assert!(!ask(7, &forged).0);
        assert_eq!(context.stats().accepts, 0);
        pair.hear(&second);
        assert_eq!(pair.accept(), Step::WantRead { starved: true });
        assert_eq!(message(&pair.take_sent()[0]), SERVER_HELLO);
        assert_eq!(pair.handshake(), Step::WantRead { starved: true }, "that flight is lost");
        pair.server_waits();
        assert_eq!(pair.timeout(), Step::Done(()));
        assert_eq!(pair.handshake(), Step::Done(()));
        assert_eq!(context.stats().accepts, 1);
    }

    #[test]
    fn a_session_that_listens_without_a_gate_sends_the_cookie_itself() {
        let mut pair = Pair::established(&context(listening), |_| {});
        pair.client_write(b"x");
        assert_eq!(pair.read(), (Step::Done(()), b"x".to_vec()));
    }

    #[test]
    fn the_gate_answers_nothing_but_whole_first_messages_and_tells_of_those_it_was_asked_about() {
        let context = context(|plan| {
            listening(plan);
            plan.text.messages = Some(Messages::Hex);
        });
        let mut gate = context.gate().unwrap();
        let mut pair = Pair::new(&context, |_| {});
        pair.client_shakes();
        let hello = pair.take_client_output().remove(0);
        for length in (0..hello.len()).step_by(7) {
            let send = &mut |bytes: &[u8]| panic!("{length}: {bytes:?}");
            assert!(!gate.admits(path(7), &hello[..length], send), "{length}");
        }
        assert!(!gate.admits(path(7), &hello, &mut |_| {}));
        let mut told = Vec::new();
        gate.take_events(&mut |event| {
            let Event::Message(message) = event else { panic!("{event:?}") };
            told.push((message.sent, message.content_type));
        });
        // Header of a record, handshake message. Older libraries do not tell the message that is sent here.
        let mut expected = vec![(false, 256), (false, 22), (true, 256)];
        if crate::reference() >= Reference::V4_0 {
            expected.push((true, 22));
        }
        assert_eq!(told, expected);
    }
}
