//! `-www`: a page about the connection. Corresponds to `www_body` in `apps/s_server.c`.
//!
//! One answer to a connection, then close_notify. `GET /reneg` and `GET /renegcert` first do what they are named after,
//! and are answered whatever comes of it: under TLS 1.3, which has no renegotiation, at once or after a post-handshake
//! certificate request.
use alloc::format;
use alloc::vec::Vec;
use core::time::Duration;

use super::unsent::Unsent;
use super::{Cx, Flow, Mode, path};
use crate::engine::{CommandResult, Detail, EngineCommand};
use crate::io::{DeadlineReason, Interest, Now, Outcome};
use crate::render::page;
use crate::request::{Request, RequestReader};

/// A client that does not react to a request to renegotiate gets its page after this time.
pub const RENEGOTIATION_TIME: Duration = Duration::from_secs(10);

#[derive(Default)]
pub(crate) struct Status {
    state: State,
    request: RequestReader,
    unsent: Unsent,
    buffer: Vec<u8>,
}

#[derive(Default)]
enum State {
    /// No request line yet.
    #[default]
    Reading,
    /// The client was asked for another handshake; the answer follows it.
    Renegotiating { until: Now, head_only: bool },
    /// Nothing comes after what is unsent.
    Answering,
}

impl Mode for Status {
    fn on_seated(&mut self, cx: &mut Cx<'_>) {
        cx.tell_non_blocking();
    }

    fn on_handshake_waits(&mut self, cx: &mut Cx<'_>) {
        cx.say_read_blocks();
    }

    fn interest(&self, _flushed: bool) -> Interest {
        let deadline = match self.state {
            State::Renegotiating { until, .. } => Some((until, DeadlineReason::Renegotiation)),
            _ => None,
        };
        Interest { wire: true, deadline, ..Interest::default() }
    }

    fn on_timeout(&mut self, cx: &mut Cx<'_>) -> Flow {
        match self.state {
            State::Renegotiating { head_only, .. } => {
                self.answer(cx, head_only);
                Flow::More
            }
            _ => Flow::Wait,
        }
    }

    fn step(&mut self, cx: &mut Cx<'_>) -> Flow {
        match &self.state {
            State::Reading => self.read(cx),
            State::Renegotiating { head_only, .. } if *cx.renegotiated => {
                let head_only = *head_only;
                self.answer(cx, head_only);
                Flow::More
            }
            State::Renegotiating { .. } => self.read(cx),
            State::Answering if self.unsent.is_empty() => Flow::Close(Outcome::Next),
            State::Answering => self.unsent.send(cx),
        }
    }
}

impl Status {
    fn read(&mut self, cx: &mut Cx<'_>) -> Flow {
        if let Err(flow) = cx.receive_request(&mut self.buffer) {
            return flow;
        }
        // While the client renegotiates, what comes is the rest of its request.
        if let State::Reading = self.state
            && let Some(request) = self.request.read(&self.buffer)
        {
            self.on_request(cx, request);
        }
        Flow::More
    }

    fn on_request(&mut self, cx: &mut Cx<'_>, request: Request) {
        cx.tell_request(&request);
        let (target, head_only) = match request {
            Request::Get { target, .. } => (target, false),
            Request::Head { target } => (target, true),
            Request::Other { method } => {
                self.unsent.extend_from_slice(&page::method_refusal(&method));
                self.state = State::Answering;
                return;
            }
        };
        let path = path::without_origin(&target);
        let waits = if path.starts_with(b"/renegcert") {
            renegotiate(cx, true)
        } else if path.starts_with(b"/reneg") {
            renegotiate(cx, false)
        } else {
            false
        };
        if waits {
            self.state = State::Renegotiating { until: cx.now.after(RENEGOTIATION_TIME), head_only };
        } else {
            self.answer(cx, head_only);
        }
    }

    fn answer(&mut self, cx: &mut Cx<'_>, head_only: bool) {
        self.unsent.extend_from_slice(page::HEAD);
        if !head_only {
            self.unsent.extend(page::page(&cx.info(Detail::Page), &cx.stats(), cx.plan));
        }
        self.state = State::Answering;
    }
}

/// Asks for another handshake, and tells whether one will come.
fn renegotiate(cx: &mut Cx<'_>, request_certificate: bool) -> bool {
    *cx.renegotiated = false;
    let result = cx.command(EngineCommand::Renegotiate { request_certificate });
    tell(cx, "SSL_renegotiate", &result);
    if result.requested > 0 || !request_certificate {
        return result.requested > 0 && result.handshake > 0;
    }
    let result = cx.command(EngineCommand::RequestCertificate);
    tell(cx, "SSL_verify_client_post_handshake", &result);
    result.requested > 0 && result.handshake > 0
}

fn tell(cx: &mut Cx<'_>, call: &str, result: &CommandResult) {
    cx.say(format!("{call} -> {}\n", result.requested).as_bytes());
    if result.requested > 0 && result.handshake <= 0 {
        let line = format!("SSL_do_handshake() Retval {}\n", result.handshake);
        cx.say(line.as_bytes());
    }
    if let (Some(error), false) = (&result.error, cx.plan.text.quiet) {
        cx.print_queue(error);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::EngineError;
    use crate::fact::Fact;
    use crate::io::{Input, Wait, WireEnd};
    use crate::options::plan::{Mode, Plan};
    use crate::scripted::{Script, Talk, plan};
    use alloc::string::String;
    use alloc::vec;

    fn status() -> Plan {
        let mut plan = plan();
        plan.mode = Mode::Status;
        plan
    }

    fn is_page(talk: &Talk) -> bool {
        let wire = talk.out.wire();
        wire.starts_with("<H<HTTP/1.0 200 ok\r\nContent-type: text/html\r\n\r\n<HTML>")
            && wire.ends_with("</pre></BODY></HTML>\r\n\r\n<|")
            && talk.wait == Wait::Closed(Outcome::Next)
    }

    #[test]
    fn a_get_is_answered_with_the_page_and_the_end() {
        let mut talk = Talk::new(status());
        talk.wire("H").wire("GET / HT").wire("TP/1.0\r\n\r\n");
        assert!(is_page(&talk), "{}", talk.out.wire());
        assert_eq!(talk.out.stdout(), "", "nothing is told to the operator");
        let request = Fact::Request { method: b"GET".to_vec(), target: b"/".to_vec() };
        assert!(talk.out.facts.contains(&request), "{:?}", talk.out.facts);
    }

    #[test]
    fn a_request_in_early_data_is_answered_after_the_handshake() {
        let mut plan = status();
        plan.tls.early_data.read = true;
        let mut talk = Talk::new(plan);
        talk.wire("GET /\r");
        assert_eq!(talk.out.wire(), "");
        talk.wire("\nH");
        assert!(is_page(&talk));
    }

    #[test]
    fn a_request_split_by_a_key_update_is_answered() {
        let mut talk = Talk::new(status());
        talk.wire("HGET K/ HTTP/1.0\r\n\r\n");
        assert!(is_page(&talk));
    }

    #[test]
    fn head_has_no_body_and_other_methods_are_refused() {
        let mut head = Talk::new(status());
        head.wire("HHEAD / HTTP/1.0\r\n\r\n");
        assert_eq!(head.out.wire(), "<H<HTTP/1.0 200 ok\r\nContent-type: text/html\r\n\r\n<|");
        let mut post = Talk::new(status());
        post.wire("HPOST / HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
        assert_eq!(
            post.out.wire(),
            "<H<HTTP/1.0 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-type: text/plain\r\n\r\n\
             'POST' is not answered here, only GET and HEAD are\r\n<|"
        );
    }

    #[test]
    fn reneg_waits_for_the_handshake_even_when_the_whole_request_came() {
        let mut talk = Talk::new(status());
        talk.wire("HGET /renegcert HTTP/1.0\r\n\r\n");
        assert_eq!(talk.out.wire(), "<H");
        assert_eq!(talk.out.stdout(), "SSL_renegotiate -> 1\n");
        assert_eq!(talk.commands(), ["Renegotiate { request_certificate: true }"]);
        assert_eq!(talk.interest().deadline, Some((Now::from_micros(10_000_000), DeadlineReason::Renegotiation)));
        talk.wire("more of the request").wire("N");
        assert!(is_page(&talk));
    }

    #[test]
    fn a_client_that_does_not_renegotiate_gets_its_page_after_a_while() {
        let mut talk = Talk::new(status());
        talk.wire("HGET /reneg HTTP/1.0\r\n\r\n");
        talk.now = Now::from_micros(9_999_999);
        talk.feed(Input::Timeout);
        assert_eq!(talk.out.wire(), "<H");
        talk.now = Now::from_micros(10_000_000);
        talk.feed(Input::Timeout);
        assert!(is_page(&talk));
    }

    fn refused() -> CommandResult {
        let error = Some(EngineError { queue: vec![b"queue:version\n".to_vec()], ..EngineError::default() });
        CommandResult { requested: 0, handshake: 1, error }
    }

    #[test]
    fn reneg_is_found_behind_a_scheme_and_a_host() {
        let mut talk = Talk::new(status());
        talk.wire("HGET HTTPS://LOCALHOST/reneg HTTP/1.1\r\n\r\n");
        assert_eq!(talk.commands(), ["Renegotiate { request_certificate: false }"]);
    }

    #[test]
    fn tls_1_3_answers_reneg_at_once() {
        let mut talk = Talk::on(status(), Script { results: vec![refused()], ..Script::default() });
        talk.wire("HGET /reneg HTTP/1.0\r\n\r\n");
        assert_eq!(talk.out.stdout(), "SSL_renegotiate -> 0\n");
        assert_eq!(talk.out.err(), "accepting\nqueue:version\n");
        assert!(is_page(&talk));
    }

    #[test]
    fn tls_1_3_answers_renegcert_after_post_handshake_authentication() {
        let mut talk = Talk::on(status(), Script { results: vec![refused()], ..Script::default() });
        talk.wire("HGET /renegcert HTTP/1.0\r\n\r\n");
        assert_eq!(talk.out.stdout(), "SSL_renegotiate -> 0\nSSL_verify_client_post_handshake -> 1\n");
        assert_eq!(talk.out.wire(), "<H");
        talk.wire("N");
        assert!(is_page(&talk));
    }

    #[test]
    fn tls_1_3_answers_renegcert_at_once_when_the_client_offers_no_certificate() {
        let results = vec![refused(), refused()];
        let mut talk = Talk::on(status(), Script { results, ..Script::default() });
        talk.wire("HGET /renegcert HTTP/1.0\r\n\r\n");
        assert_eq!(talk.out.stdout(), "SSL_renegotiate -> 0\nSSL_verify_client_post_handshake -> 0\n");
        assert!(is_page(&talk));
    }

    #[test]
    fn a_failed_handshake_prints_the_queue_unless_quiet() {
        let mut talk = Talk::new(status());
        talk.wire("GET / HTTP/1.0\r\n\r\n");
        assert_eq!(talk.out.err(), "accepting\nqueue:no handshake\n");
        let mut quiet = status();
        quiet.text.quiet = true;
        let mut talk = Talk::new(quiet);
        talk.wire("x");
        assert_eq!(talk.out.err(), "accepting\n");
    }

    #[test]
    fn a_client_that_goes_away_ends_without_an_answer() {
        let mut talk = Talk::new(status());
        talk.wire("HGET /").feed(Input::WireEnd(WireEnd::Closed));
        assert_eq!(talk.out.wire(), "<H");
        assert_eq!(talk.wait, Wait::Closed(Outcome::Next));
    }

    #[test]
    fn an_endless_request_is_answered_at_the_limit() {
        let mut talk = Talk::new(status());
        talk.wire("HGET /").wire(&String::from("a").repeat(crate::request::LINE_LIMIT));
        assert!(is_page(&talk));
    }
}
