//! `-debug`: reads and writes of the wire, as OpenSSL would do them: the header of a record, then the rest of it.
use std::sync::Arc;

use s_server_core::engine::{
    CacheStats, CommandResult, Detail, EarlyRead, EngineCommand, Event, SessionInfo, Step, TlsEngine, Transfer,
};
use s_server_core::io::WireEnd;
use s_server_core::lent::LentWire;

use crate::log::Log;

/// Bytes of a record's header, RFC 8446 section 5.1.
const HEADER: usize = 5;

/// Tells that a record was read.
pub fn read(log: &Log, record: &[u8]) {
    for part in [&record[..record.len().min(HEADER)], &record[record.len().min(HEADER)..]] {
        if !part.is_empty() {
            tell(log, false, part.len(), Ok(part.to_vec()));
        }
    }
}

/// Tells that the stream had ended where a record would begin.
pub fn ended(log: &Log, end: WireEnd) {
    tell(log, false, HEADER, Err(if end == WireEnd::Closed { 0 } else { -1 }));
}

fn tell(log: &Log, sent: bool, wanted: usize, passed: Result<Vec<u8>, i32>) {
    log.push(Event::Transfer(Transfer { sent, wanted, passed }));
}

/// An engine whose writes are told.
pub struct Telling {
    engine: Box<dyn TlsEngine>,
    log: Arc<Log>,
}

impl Telling {
    /// Tells `log`, which is the engine's own.
    pub fn new(engine: Box<dyn TlsEngine>, log: Arc<Log>) -> Self {
        Self { engine, log }
    }

    fn ask<T>(&mut self, wire: &mut LentWire<'_>, call: impl FnOnce(&mut dyn TlsEngine, &mut LentWire<'_>) -> T) -> T {
        let Self { engine, log } = self;
        let mut told = |bytes: &[u8]| {
            if !bytes.is_empty() {
                tell(log, true, bytes.len(), Ok(bytes.to_vec()));
            }
        };
        wire.overheard(&mut told, |wire| call(&mut **engine, wire))
    }
}

impl TlsEngine for Telling {
    fn read_early(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<EarlyRead> {
        self.ask(wire, |engine, wire| engine.read_early(wire, out))
    }

    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        self.ask(wire, |engine, wire| engine.accept(wire))
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        self.ask(wire, |engine, wire| engine.read(wire, out))
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        self.ask(wire, |engine, wire| engine.write(wire, data))
    }

    fn command(&mut self, wire: &mut LentWire<'_>, command: EngineCommand<'_>) -> CommandResult {
        self.ask(wire, |engine, wire| engine.command(wire, command))
    }

    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        self.ask(wire, |engine, wire| engine.shutdown(wire))
    }

    fn take_events(&mut self, to: &mut dyn FnMut(Event)) {
        self.engine.take_events(to);
    }

    fn info(&mut self, detail: Detail) -> SessionInfo {
        self.engine.info(detail)
    }

    fn stats(&self) -> Option<CacheStats> {
        self.engine.stats()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What was told, as text.
    fn told(log: &Log) -> String {
        let mut lines = String::new();
        log.drain(&mut |event| {
            let Event::Transfer(transfer) = event else { panic!("{event:?}") };
            lines += &s_server_core::render::transfer::lines(&transfer);
        });
        lines
    }

    #[test]
    fn a_record_is_read_in_two_parts() {
        let log = Log::default();
        read(&log, &[21, 3, 3, 0, 2, 1, 0]);
        ended(&log, WireEnd::Closed);
        assert_eq!(
            told(&log),
            "read from 0x1 [0x2] (5 bytes => 5 (0x5))\n\
             0000 - 15 03 03 00 02                                    .....\n\
             read from 0x1 [0x2] (2 bytes => 2 (0x2))\n\
             0000 - 01 00                                             ..\n\
             read from 0x1 [0x2] (5 bytes => 0)\n"
        );
    }

    #[test]
    fn what_is_less_than_a_header_is_read_at_once() {
        let log = Log::default();
        read(&log, b"GET");
        let line = "read from 0x1 [0x2] (3 bytes => 3 (0x3))\n\
                    0000 - 47 45 54                                          GET\n";
        assert_eq!(told(&log), line);
    }
}
