//! One session: rustls on the wire that it is lent.
//!
//! `ServerConnection`, the buffered one, because only it has the `Acceptor`, which shows the ClientHello before a
//! configuration is chosen, the exporter and the update of keys. It is fed record by record; see [`crate::wire`].
use std::io::{Read, Write};
use std::sync::Arc;

use rustls::server::{Acceptor, ServerConnection};
use rustls::{AlertDescription, Error, HandshakeKind, ProtocolVersion};
use s_server_core::engine::{
    CommandResult, Detail, EarlyRead, EngineCommand, EngineError, Event, SessionInfo, Step, TlsEngine,
};
use s_server_core::fact::Alert;
use s_server_core::io::WireEnd;
use s_server_core::lent::{LentWire, ToPeer};
use s_server_core::registry::alerts::{FATAL, WARNING};
use s_server_core::wire::FirstMessage;

use crate::alerts::{self, Records, Verdict};
use crate::failure;
use crate::hello::Hello;
use crate::info;
use crate::log::Log;
use crate::shared::Shared;
use crate::transfers;
use crate::wire::{Cutter, Next, Sending};

/// A server session of rustls.
pub struct RustlsEngine {
    shared: Arc<Shared>,
    log: Arc<Log>,
    cutter: Cutter,
    state: State,
    hello: Hello,
    /// The ClientHello as it came, and its records.
    message: FirstMessage,
    records: Records,
    established: bool,
    /// The peer sent close_notify.
    closed: bool,
}

enum State {
    /// The ClientHello is not complete.
    Hello(Box<Acceptor>),
    Live(Box<ServerConnection>),
    Broken(EngineError),
}

/// What a record brought.
enum Brought {
    Data,
    Close,
    Nothing,
}

impl RustlsEngine {
    /// A session that waits for a client; with a seed its wire is throttled (`-nbio_test`).
    pub fn new(shared: Arc<Shared>, log: Arc<Log>, throttle: Option<u64>) -> Self {
        shared.sessions.began();
        Self {
            shared,
            log,
            cutter: Cutter::new(throttle),
            state: State::Hello(Box::default()),
            hello: Hello::default(),
            message: FirstMessage::default(),
            records: Records::default(),
            established: false,
            closed: false,
        }
    }

    /// Hands the next record to rustls; `Err` is what the call returns instead.
    fn record<T>(&mut self, wire: &mut LentWire<'_>) -> Result<Brought, Step<T>> {
        if let State::Broken(error) = &self.state {
            return Err(Step::Failed(error.clone()));
        }
        let mut record = match self.cutter.take(&mut wire.unread) {
            Next::Record(record) => {
                if self.shared.transfers {
                    transfers::read(&self.log, record);
                }
                record
            }
            Next::Dry => return Err(Step::WantRead { starved: true }),
            Next::Refused => return Err(Step::WantRead { starved: false }),
            Next::Ended(end) => {
                if self.shared.transfers {
                    transfers::ended(&self.log, end);
                }
                return Err(self.on_end(end));
            }
        };
        // What an error ends with, and what a ClientHello is answered with.
        let mut answer = Vec::new();
        let result = match &mut self.state {
            State::Hello(acceptor) => {
                match self.records.judge(record) {
                    Verdict::Good => {}
                    Verdict::Empty => return Ok(Brought::Nothing),
                    Verdict::Bad(told, why) => {
                        if let Some(told) = told {
                            wire.peer.send(&alert(FATAL, told));
                            self.tell(Alert { sent: true, level: FATAL, description: told.into() });
                        }
                        return Err(Step::Failed(self.break_with(failure::of_peer(why))));
                    }
                }
                // What is malformed in there, rustls finds too.
                let _ = self.message.take(record);
                // A slice can always be read.
                while !record.is_empty() && acceptor.read_tls(&mut record).is_ok() {}
                self.greet(&mut answer)
            }
            State::Live(connection) => receive(connection, record, &mut Sending(&mut wire.peer), &mut answer),
            State::Broken(_) => Ok(Brought::Nothing),
        };
        wire.peer.send(&answer);
        match &result {
            Ok(Brought::Close) => self.tell(Alert { sent: false, level: WARNING, description: CLOSE_NOTIFY }),
            Ok(Brought::Data | Brought::Nothing) => {}
            Err(error) => {
                if let Some(alert) = alerts::passed(Some(error), &answer) {
                    self.tell(alert);
                }
            }
        }
        result.map_err(|error| Step::Failed(self.break_with(failure::of_session(&error, self.verdict()))))
    }

    /// An alert passed.
    fn tell(&self, alert: Alert) {
        self.log.push(Event::Alert(alert));
    }

    fn on_end<T>(&mut self, end: WireEnd) -> Step<T> {
        if end == WireEnd::Closed && self.shared.ignore_unexpected_eof && self.established {
            return Step::Closed;
        }
        Step::Failed(self.break_with(failure::of_wire(end)))
    }

    fn break_with(&mut self, error: EngineError) -> EngineError {
        self.state = State::Broken(error.clone());
        error
    }

    /// Text of the verification's fault.
    fn verdict(&self) -> Option<&'static str> {
        self.log.facts().verified.filter(|verdict| verdict.0 != 0).map(|verdict| verdict.1)
    }

    /// When the ClientHello is complete, chooses what the session is made from.
    fn greet(&mut self, answer: &mut Vec<u8>) -> Result<Brought, Error> {
        let State::Hello(acceptor) = &mut self.state else { return Ok(Brought::Nothing) };
        let accepted = match acceptor.accept() {
            Ok(None) => return Ok(Brought::Nothing),
            Ok(Some(accepted)) => accepted,
            Err((error, mut told)) => {
                // A vector takes everything.
                let _ = told.write_all(answer);
                let ours = alerts::of_first(&error, &self.message, self.shared.settings.has_tls13());
                if ours.is_some() || answer.is_empty() {
                    answer.clear();
                    answer.extend_from_slice(&alert(FATAL, ours.unwrap_or_else(|| failure::alert(&error))));
                }
                return Err(error);
            }
        };
        if let Err((told, why)) = alerts::of_hello(&self.message, self.shared.settings.has_tls13()) {
            answer.extend_from_slice(&alert(FATAL, told));
            return Err(Error::General(why.into()));
        }
        self.hello = Hello::of(&self.message, &accepted);
        let message = std::mem::take(&mut self.message);
        if self.shared.extensions {
            self.hello.tell_extensions(&self.log);
        }
        let Ok(choice) = self.shared.choose(&self.hello, &self.log) else {
            answer.extend_from_slice(&alert(FATAL, AlertDescription::UnrecognisedName));
            return Err(Error::General("the client names another server, and -servername_fatal is set".into()));
        };
        if choice.warns {
            self.tell(Alert { sent: true, level: WARNING, description: AlertDescription::UnrecognisedName.into() });
            answer.extend_from_slice(&alert(WARNING, AlertDescription::UnrecognisedName));
        }
        let config = self
            .shared
            .config(&choice.identities, &self.log, &self.hello)
            .map_err(|_| Error::General("no configuration".into()))?;
        match accepted.into_connection(Arc::new(config)) {
            Ok(mut connection) => {
                connection.set_buffer_limit(None);
                let before = answer.len();
                let mut told = Vec::new();
                let brought = receive(&mut connection, &[], answer, &mut told);
                answer.extend(told);
                if self.shared.settings.no_middlebox && connection.protocol_version() == Some(ProtocolVersion::TLSv1_3)
                {
                    leave_out(CHANGE_CIPHER_SPEC, answer, before);
                }
                self.state = State::Live(Box::new(connection));
                brought
            }
            Err((error, mut told)) => {
                match alerts::of_first(&error, &message, self.shared.settings.has_tls13()) {
                    Some(ours) => answer.extend_from_slice(&alert(FATAL, ours)),
                    // A vector takes everything.
                    None => told.write_all(answer).unwrap_or_default(),
                }
                Err(error)
            }
        }
    }

    fn live(&mut self) -> Result<&mut ServerConnection, EngineError> {
        match &mut self.state {
            State::Live(connection) => Ok(connection),
            State::Hello(_) => Err(failure::of_request("the handshake has not begun")),
            State::Broken(error) => Err(error.clone()),
        }
    }

    /// Sends what rustls wants to send.
    fn flush(&mut self, peer: &mut ToPeer<'_>) {
        if let State::Live(connection) = &mut self.state {
            send(connection, &mut Sending(peer));
        }
    }

    fn is_handshaking(&self) -> bool {
        !matches!(&self.state, State::Live(connection) if !connection.is_handshaking())
    }

    /// The first handshake is complete.
    fn finish(&mut self) {
        self.established = true;
        let (shared, log) = (self.shared.clone(), self.log.clone());
        let mut resumed = false;
        if let State::Live(connection) = &self.state {
            resumed = connection.handshake_kind() == Some(HandshakeKind::Resumed);
            if let (true, Some([own, others @ ..])) = (resumed, connection.peer_certificates()) {
                shared.remember(own, others, &log);
            }
        }
        shared.sessions.finished(resumed);
        log.push(Event::Handshake { renegotiation: false });
    }

    fn has_key_updates(&self) -> bool {
        let version = |connection: &ServerConnection| connection.protocol_version();
        matches!(&self.state, State::Live(live) if version(live) == Some(ProtocolVersion::TLSv1_3))
    }

    fn update_keys(&mut self, peer: &mut ToPeer<'_>) -> Result<(), EngineError> {
        let connection = self.live()?;
        let updated = connection.refresh_traffic_keys();
        self.flush(peer);
        updated.map_err(|error| failure::of_request(&error.to_string()))
    }
}

/// RFC 8446 section 6.1.
const CLOSE_NOTIFY: u8 = 0;

/// A type of record, RFC 8446 section 5.1.
const CHANGE_CIPHER_SPEC: u8 = 20;

/// Takes the records of that type out of what follows `from`: whole records, as rustls wrote them.
fn leave_out(kind: u8, output: &mut Vec<u8>, from: usize) {
    let mut at = from;
    while let Some(&[found, _, _, high, low]) = output.get(at..at + 5) {
        let end = output.len().min(at + 5 + usize::from(u16::from_be_bytes([high, low])));
        if found == kind {
            output.drain(at..end);
        } else {
            at = end;
        }
    }
}

/// An alert in the clear, as a record.
fn alert(level: u8, description: AlertDescription) -> [u8; 7] {
    [21, 3, 3, 0, 2, level, description.into()]
}

/// Feeds one record and writes the answer; what is sent with an error is put to `told` alone.
fn receive(
    connection: &mut ServerConnection,
    mut record: &[u8],
    to: &mut dyn Write,
    told: &mut Vec<u8>,
) -> Result<Brought, Error> {
    loop {
        if !record.is_empty() && connection.read_tls(&mut record).is_err() {
            // The buffers are empty before each record, so there is room for one.
            return Err(Error::General("no room for a record".into()));
        }
        let state = match connection.process_new_packets() {
            Ok(state) => state,
            Err(error) => {
                send(connection, told);
                let tls13 = connection.protocol_version() == Some(ProtocolVersion::TLSv1_3);
                alerts::replace_last(told, &error, tls13);
                return Err(error);
            }
        };
        send(connection, to);
        if record.is_empty() {
            return Ok(match (state.plaintext_bytes_to_read(), state.peer_has_closed()) {
                (1.., _) => Brought::Data,
                (0, true) => Brought::Close,
                (0, false) => Brought::Nothing,
            });
        }
    }
}

fn send(connection: &mut ServerConnection, mut to: &mut dyn Write) {
    // Everything is taken.
    while connection.wants_write() && connection.write_tls(&mut to).is_ok() {}
}

/// A command that rustls cannot follow: it is not requested, and there is no handshake call.
fn cannot(why: &str) -> CommandResult {
    CommandResult { requested: -1, handshake: 1, error: Some(failure::of_request(why)) }
}

impl TlsEngine for RustlsEngine {
    /// rustls does not say when the client's EndOfEarlyData has come; its Finished stands behind that.
    fn read_early(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<EarlyRead> {
        loop {
            if let State::Live(connection) = &mut self.state {
                let fate = info::early_data(connection, &self.hello);
                let Some(mut early) = connection.early_data() else { return Step::Done(EarlyRead::End(fate)) };
                // A buffer that is empty ends.
                if early.read_to_end(out).is_ok_and(|read| read > 0) {
                    return Step::Done(EarlyRead::Data);
                }
                if !connection.is_handshaking() {
                    return Step::Done(EarlyRead::End(fate));
                }
            }
            match self.record(wire) {
                Ok(Brought::Close) => {
                    self.closed = true;
                    return Step::Closed;
                }
                Ok(Brought::Data | Brought::Nothing) => {}
                Err(step) => return step,
            }
        }
    }

    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        while self.is_handshaking() {
            match self.record(wire) {
                Ok(Brought::Close) => self.closed = true,
                Ok(Brought::Data | Brought::Nothing) => {}
                Err(step) => return step,
            }
            if self.closed {
                return Step::Closed;
            }
        }
        if !self.established {
            self.finish();
        }
        Step::Done(())
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        if self.is_handshaking() {
            match self.accept(wire) {
                Step::Done(()) => {}
                step => return step,
            }
        }
        if self.closed {
            return Step::Closed;
        }
        match self.record(wire) {
            Ok(Brought::Data) => {
                if let State::Live(connection) = &mut self.state {
                    // Ends with an error: rustls says so when nothing is left.
                    let _ = connection.reader().read_to_end(out);
                }
                Step::Done(())
            }
            Ok(Brought::Close) => {
                self.closed = true;
                Step::Closed
            }
            Ok(Brought::Nothing) => Step::WantRead { starved: false },
            Err(step) => step,
        }
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        let written = match self.live() {
            Ok(connection) => connection.writer().write(data),
            Err(error) => return Step::Failed(error),
        };
        self.flush(&mut wire.peer);
        match written {
            Ok(taken) => Step::Done(taken),
            Err(error) => Step::Failed(self.break_with(failure::of_request(&error.to_string()))),
        }
    }

    fn command(&mut self, wire: &mut LentWire<'_>, command: EngineCommand<'_>) -> CommandResult {
        match command {
            EngineCommand::ClearText(bytes) => {
                self.flush(&mut wire.peer);
                wire.peer.send(bytes);
                CommandResult { requested: 1, handshake: 1, error: None }
            }
            EngineCommand::KeyUpdate { .. } if !self.has_key_updates() => {
                let why = "k, K: TLS 1.2 has no updates of keys; a client of TLS 1.3 has them";
                // As `SSL_key_update` answers.
                CommandResult { requested: 0, ..cannot(why) }
            }
            EngineCommand::KeyUpdate { request_peer: true } => match self.update_keys(&mut wire.peer) {
                Ok(()) => CommandResult { requested: 1, handshake: 1, error: None },
                Err(error) => CommandResult { requested: 0, handshake: 1, error: Some(error) },
            },
            EngineCommand::KeyUpdate { request_peer: false } => {
                cannot("k: every key update of rustls asks the peer for one too; K does that")
            }
            EngineCommand::Renegotiate { .. } => cannot("r, R: rustls has no renegotiation; a new connection is one"),
            EngineCommand::RequestCertificate => {
                cannot("c: rustls asks for certificates in the first handshake only; -verify does that")
            }
        }
    }

    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        if self.established
            && let State::Live(connection) = &mut self.state
        {
            connection.send_close_notify();
            // It is sent once.
            if connection.wants_write() {
                self.tell(Alert { sent: true, level: WARNING, description: CLOSE_NOTIFY });
            }
        }
        self.flush(&mut wire.peer);
        Step::Done(())
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        self.log.drain(to);
    }

    fn info(&mut self, detail: Detail) -> SessionInfo {
        match &mut self.state {
            State::Live(connection) => info::describe(connection, &self.hello, &self.shared, &self.log.facts(), detail),
            _ => SessionInfo { cipher: "(NONE)".into(), ..SessionInfo::default() },
        }
    }
}
