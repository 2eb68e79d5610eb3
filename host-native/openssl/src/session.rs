//! One session: OpenSSL on a wire of ours.
use std::ffi::c_int;

use openssl::ssl::{Ssl, SslContextRef, SslRef, SslVerifyMode};
use s_server_core::engine::{
    CacheStats, Cause, CommandResult, Detail, EarlyRead, EngineCommand, EngineError, Event, SessionInfo, Start, Step,
    TlsEngine,
};
use s_server_core::io::{Now, Stream, WireEnd};
use s_server_core::lent::{LentWire, Unread};
use s_server_core::options::Messages;
use s_server_core::wire::FirstMessage;

use super::bio::Wired;
use super::call::Call;
use super::ffi::SSL_R_UNEXPECTED_EOF_WHILE_READING;
use super::link::Link;
use super::log::Log;
use super::session_settings::SessionSettings;
use super::sys::session as sys;
#[cfg(has_srp)]
use super::sys::srp;
use super::sys::{async_job, dtls, hooks};
use super::verify::CLIENT_ONCE;
use super::wire::Watch;
use super::{cookie, counters, info, messages, queue, raw_keys};

/// The most that one [`TlsEngine::read`] brings: a full record.
const RECORD: usize = 16_384;

/// A server session of OpenSSL.
///
/// Each call empties the error queue first: what an earlier call left there never turns a clean end into a failure.
pub struct OpensslEngine {
    wired: Wired,
    settings: SessionSettings,
    cookie: Cookie,
    /// A read was interrupted by a later handshake, for a user to be looked up.
    looked_up: bool,
}

/// What the client has to bring before its handshake begins.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Cookie {
    /// Nothing more.
    Nothing,
    /// A ClientHello with the right cookie. `-listen`.
    InDatagram,
    /// The same. `-stateless`.
    InStream {
        /// It was answered once.
        asked: bool,
    },
    /// It has none, and no version that has any: its handshake fails at its end.
    Missing,
}

impl OpensslEngine {
    /// A session that waits for a client. Corresponds to the beginning of `sv_body` in `apps/s_server.c`.
    pub fn new(ctx: &SslContextRef, start: Start, settings: SessionSettings) -> Result<Self, EngineError> {
        queue::clear();
        let mut ssl = Ssl::new(ctx).map_err(|errors| {
            errors.put();
            EngineError { queue: queue::lines(), verify: None, cause: Cause::Configuration }
        })?;
        if !raw_keys::expect(&mut ssl, &settings.expected) {
            let queue = [vec![b"Error enabling client RPK verification\n".to_vec()], queue::lines()].concat();
            return Err(EngineError { queue, verify: None, cause: Cause::Configuration });
        }
        let log = Log::attach(&mut ssl, settings.states);
        if settings.extensions {
            hooks::set_extension_callback(&mut ssl, messages::extension);
        }
        match settings.messages {
            Some(Messages::Hex) => hooks::set_message_callback(&mut ssl, messages::message),
            Some(Messages::Decoded) => hooks::set_message_callback(&mut ssl, messages::decoded),
            None => {}
        }
        ssl.set_accept_state();
        let mut watch = Watch::new(settings.nbio_test.then_some(start.seed));
        if settings.jobs.is_some() {
            watch.hold();
        }
        if settings.transfers {
            watch.tell(log, settings.nbio);
        }
        if let Some(datagrams) = &settings.datagrams {
            let link = Link::to(start.path.map(|path| path.peer.ip()));
            watch = watch.over(link);
            if let Some(path) = start.path {
                cookie::expect_from(&mut ssl, path);
            }
            if let Some(mtu) = datagrams.mtu {
                // Fails for what is too small, which ends the run before it listens.
                dtls::set_link_mtu(&mut ssl, link.usable_mtu(mtu));
            }
        }
        let cookie = match settings.datagrams {
            Some(datagrams) if datagrams.listen => Cookie::InDatagram,
            None if settings.stateless => Cookie::InStream { asked: false },
            _ => Cookie::Nothing,
        };
        Ok(Self { wired: Wired::new(ssl, watch), settings, cookie, looked_up: false })
    }

    /// Waits for a ClientHello with the right cookie, and answers others with one. Positive: it came, and the handshake begins
    /// with it. Corresponds to `init_ssl_connection` in `apps/s_server.c`.
    pub fn listen(&mut self, wire: &mut LentWire<'_>) -> c_int {
        self.begin();
        self.wired.lend(wire, dtls::listen)
    }

    /// What comes before the handshake; done when that may begin. Corresponds to `init_ssl_connection` in `apps/s_server.c`.
    fn ask_for_cookie(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        match self.cookie {
            Cookie::Nothing => return Step::Done(()),
            Cookie::InDatagram => match self.listen(wire) {
                1.. => {}
                0 => return Step::WantRead { starved: self.wired.watch().starved() },
                failed => return self.step(wire, Err(failed)),
            },
            Cookie::InStream { asked } => {
                if !has_client_hello(&mut wire.unread, asked) {
                    return Step::WantRead { starved: true };
                }
                self.begin();
                match self.wired.lend(wire, sys::stateless) {
                    1.. => {}
                    0 => {
                        self.cookie = Cookie::InStream { asked: true };
                        if let Some(log) = self.log() {
                            log.settle(!self.settings.nbio);
                            log.push(Event::CookieSent);
                        }
                        return Step::WantRead { starved: wire.unread.is_empty() };
                    }
                    failed => {
                        self.cookie = Cookie::Missing;
                        return self.step(wire, Err(failed));
                    }
                }
            }
            Cookie::Missing => {
                self.begin();
                return match self.shake(wire, Call::Shake, sys::accept) {
                    Step::Done(()) => Step::Failed(EngineError::default()),
                    step => step,
                };
            }
        }
        self.cookie = Cookie::Nothing;
        Step::Done(())
    }

    fn begin(&mut self) {
        queue::clear();
        self.wired.watch_mut().begin();
    }

    /// Calls OpenSSL, and again while it waits for a job (`-async`) or a user is looked up (`-srpvfile`). What was handed to the
    /// first call has to stay where it is: the job goes on with it.
    fn call<T>(
        &mut self,
        wire: &mut LentWire<'_>,
        kind: Call,
        mut call: impl FnMut(&mut SslRef) -> Result<T, c_int>,
    ) -> Result<T, c_int> {
        loop {
            let result = self.wired.lend(wire, &mut call);
            let Err(code) = result else { return result };
            let goes_on = match sys::error(self.wired.ssl(), code) {
                async_job::SSL_ERROR_WANT_ASYNC => self.wait_for_job(kind),
                #[cfg(has_srp)]
                srp::WANT_LOOKUP => self.look_up(kind),
                _ => false,
            };
            if !goes_on {
                return result;
            }
        }
    }

    /// Whether there are jobs to wait for.
    fn wait_for_job(&self, kind: Call) -> bool {
        let Some(jobs) = self.settings.jobs else { return false };
        let told = match kind {
            Call::Read => "Read BLOCK (Async)\n",
            Call::Write => "Write BLOCK (Async)\n",
            Call::Shake => "",
        };
        if let Some(log) = self.log().filter(|_| jobs.told && !told.is_empty()) {
            log.push(Event::Text(Stream::Out, told.into()));
        }
        async_job::wait(self.wired.ssl());
        true
    }

    /// Whether there are users to look up.
    #[cfg(has_srp)]
    fn look_up(&mut self, kind: Call) -> bool {
        let Some(logins) = &self.settings.logins else { return false };
        if let Some(log) = Log::of(self.wired.ssl()) {
            log.settle(false);
        }
        logins.look_up(self.wired.ssl_mut(), kind);
        self.looked_up = kind == Call::Read;
        true
    }

    /// The same with a call whose results that are not positive are errors.
    fn call_for<const LEAST: c_int>(
        &mut self,
        wire: &mut LentWire<'_>,
        kind: Call,
        mut call: impl FnMut(&mut SslRef) -> c_int,
    ) -> Result<c_int, c_int> {
        self.call(wire, kind, |ssl| {
            let result = call(ssl);
            if result >= LEAST { Ok(result) } else { Err(result) }
        })
    }

    /// Moves the session's handshake.
    fn shake(&mut self, wire: &mut LentWire<'_>, kind: Call, call: impl FnMut(&mut SslRef) -> c_int) -> Step<()> {
        let result = self.call_for::<1>(wire, kind, call).map(drop);
        self.step(wire, result)
    }

    /// The most that is written at once. OpenSSL cuts a stream into records itself; what is too long for a datagram ends the
    /// session.
    fn longest_write(&self) -> usize {
        if self.settings.datagrams.is_none() {
            return usize::MAX;
        }
        let takes = self.wired.ssl().session().and_then(sys::max_fragment);
        [takes, self.settings.max_fragment].into_iter().flatten().fold(RECORD, usize::min)
    }

    fn log(&self) -> Option<&Log> {
        Log::of(self.wired.ssl())
    }

    /// A handshake after the first one has begun and is not complete.
    fn is_renegotiating(&self) -> bool {
        !self.wired.ssl().is_init_finished() && self.log().is_some_and(Log::is_established)
    }

    /// What the result of an OpenSSL call means.
    fn step<T>(&mut self, wire: &LentWire<'_>, result: Result<T, c_int>) -> Step<T> {
        let step = match result {
            Ok(value) => Step::Done(value),
            Err(result) => match sys::error(self.wired.ssl(), result) {
                openssl_sys::SSL_ERROR_WANT_READ => Step::WantRead { starved: self.wired.watch().starved() },
                openssl_sys::SSL_ERROR_WANT_WRITE => Step::WantWrite,
                openssl_sys::SSL_ERROR_ZERO_RETURN => Step::Closed,
                _ => Step::Failed(self.failure(wire)),
            },
        };
        let waiting = matches!(step, Step::WantRead { starved: true }) && !self.settings.nbio;
        if let Some(log) = self.log() {
            log.settle(waiting);
        }
        step
    }

    fn failure(&self, wire: &LentWire<'_>) -> EngineError {
        let ended = wire.unread.end();
        let mut cause = Cause::Peer;
        if queue::newest_reason() == SSL_R_UNEXPECTED_EOF_WHILE_READING {
            cause = Cause::Wire;
        } else if let (0, Some(WireEnd::Failed(errno))) = (queue::newest_reason(), ended) {
            // OpenSSL leaves it to the caller to look at errno.
            queue::push_stream_failure(errno);
            cause = Cause::Wire;
        } else if !self.wired.watch().seen() && ended.is_none() {
            cause = Cause::Configuration;
        }
        let result = self.wired.ssl().verify_result();
        let verify = (result.as_raw() != 0).then(|| result.error_string().to_owned());
        EngineError { queue: queue::lines(), verify, cause }
    }

    /// `SSL_do_handshake` after a request, and what came of both.
    fn handshake_after(&mut self, wire: &mut LentWire<'_>, requested: i32) -> CommandResult {
        let result = self.call_for::<1>(wire, Call::Shake, sys::do_handshake);
        let step = self.step(wire, result);
        let error = match step {
            Step::Failed(error) => Some(error),
            _ if requested <= 0 => Some(self.failure(wire)),
            _ => None,
        };
        let (Ok(handshake) | Err(handshake)) = result;
        CommandResult { requested, handshake, error }
    }
}

/// Whether a call that begins anew and keeps nothing has all that it looks at: a whole ClientHello, something that is none, or
/// the end. Before the answer to its cookie a client may send a change_cipher_spec (RFC 8446 appendix D.4), which such a
/// call would take for the beginning.
fn has_client_hello(unread: &mut Unread<'_>, asked: bool) -> bool {
    if asked && unread.peek(CHANGE_CIPHER_SPEC.len()).is_ok_and(|next| next == CHANGE_CIPHER_SPEC) {
        unread.pass(CHANGE_CIPHER_SPEC.len());
    }
    let partial = match unread.peek(unread.len()) {
        Ok(all) => CHANGE_CIPHER_SPEC.starts_with(all) || matches!(FirstMessage::default().take(all), Ok(None)),
        Err(_) => true,
    };
    !partial || unread.is_last()
}

/// A whole record, RFC 8446 section 5.
const CHANGE_CIPHER_SPEC: [u8; 6] = [20, 3, 3, 0, 1, 1];

impl TlsEngine for OpensslEngine {
    fn read_early(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<EarlyRead> {
        match self.ask_for_cookie(wire) {
            Step::Done(()) => {}
            step => return step.map(|()| EarlyRead::Data),
        }
        self.begin();
        let result = self.call(wire, Call::Shake, |ssl| sys::read_early(ssl, out, RECORD));
        self.step(wire, result)
    }

    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        match self.ask_for_cookie(wire) {
            Step::Done(()) => {}
            step => return step,
        }
        self.begin();
        self.shake(wire, Call::Shake, sys::accept)
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        self.begin();
        if self.is_renegotiating() {
            // A blocking `SSL_read` runs a later handshake to its end and stops there, before any data. Here that
            // handshake has been waiting for input in an earlier call, and this one would read on behind it.
            // Once it was interrupted it does read on.
            match self.shake(wire, Call::Read, sys::do_handshake) {
                Step::Done(()) if std::mem::take(&mut self.looked_up) => {}
                Step::Done(()) => return Step::WantRead { starved: false },
                step => return step,
            }
        }
        let result = self.call(wire, Call::Read, |ssl| sys::read(ssl, out, RECORD)).map(drop);
        self.step(wire, result)
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        if data.is_empty() {
            return Step::Done(0);
        }
        self.begin();
        let data = &data[..data.len().min(self.longest_write())];
        let result = self.call(wire, Call::Write, |ssl| sys::write(ssl, data));
        self.step(wire, result)
    }

    fn command(&mut self, wire: &mut LentWire<'_>, command: EngineCommand<'_>) -> CommandResult {
        self.begin();
        let ssl = self.wired.ssl_mut();
        let requested = match command {
            EngineCommand::ClearText(bytes) => {
                self.wired.watch_mut().clear_text(wire, bytes);
                return CommandResult { requested: 1, handshake: 1, error: None };
            }
            EngineCommand::Renegotiate { request_certificate } => {
                if request_certificate {
                    ssl.set_verify(SslVerifyMode::PEER | CLIENT_ONCE);
                }
                sys::renegotiate(ssl)
            }
            EngineCommand::KeyUpdate { request_peer: false } => sys::key_update(ssl, sys::KeyUpdate::NotRequested),
            EngineCommand::KeyUpdate { request_peer: true } => sys::key_update(ssl, sys::KeyUpdate::Requested),
            EngineCommand::RequestCertificate => {
                ssl.set_verify(SslVerifyMode::PEER);
                let requested = self.wired.lend(wire, sys::request_certificate);
                if requested <= 0 {
                    return CommandResult { requested, handshake: 0, error: Some(self.failure(wire)) };
                }
                requested
            }
        };
        self.handshake_after(wire, requested)
    }

    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        self.begin();
        let result = self.call_for::<0>(wire, Call::Shake, sys::shutdown).map(drop);
        match self.step(wire, result) {
            // Before the handshake is complete and after a fatal alert there is nothing to shut down.
            Step::Failed(_) | Step::WantRead { .. } | Step::Closed => Step::Done(()),
            step => step,
        }
    }

    fn deadline(&self, now: Now) -> Option<Now> {
        self.settings.datagrams?;
        Some(now.after(dtls::time_left(self.wired.ssl())?))
    }

    fn timeout(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        self.begin();
        match self.wired.lend(wire, dtls::handle_timeout) {
            1.. => Step::Done(()),
            0 => Step::WantRead { starved: true },
            failed => self.step(wire, Err(failed)),
        }
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        if let Some(log) = self.log() {
            log.drain(to);
        }
    }

    fn info(&mut self, detail: Detail) -> SessionInfo {
        queue::clear();
        let described = info::describe(self.wired.ssl(), detail, &self.settings);
        queue::clear();
        described
    }

    fn stats(&self) -> Option<CacheStats> {
        Some(counters::of(self.wired.ssl().ssl_context()))
    }
}

#[cfg(test)]
mod datagram_tests;
#[cfg(test)]
pub(crate) mod datagrams;
#[cfg(test)]
mod lossy_tests;
#[cfg(test)]
mod tests;
