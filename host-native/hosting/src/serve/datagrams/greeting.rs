//! Sessions of datagrams without DTLS.
use s_server_core::endpoint::{Opening, Path};
use s_server_core::engine::*;
use s_server_core::lent::{LentWire, Nothing};

/// Sessions begin with `H` and a letter of their own, are welcomed by `W` and that letter, and end with `bye`.
pub struct Greeting;

impl TlsContext for Greeting {
    fn session(&self, start: Start) -> Result<Box<dyn TlsEngine>, EngineError> {
        Ok(Box::new(Session { of: start.path }))
    }

    fn stats(&self) -> CacheStats {
        CacheStats::default()
    }

    fn opening(&self, datagram: &[u8]) -> Option<Opening> {
        let &[b'H', letter, ..] = datagram else { return None };
        Some(Opening([letter; 32]))
    }

    fn gate(&self) -> Option<Box<dyn Gate>> {
        Some(Box::new(Cookie))
    }
}

/// Whoever says which port he has may begin.
struct Cookie;

impl Gate for Cookie {
    fn admits(&mut self, path: Path, datagram: &[u8], send: &mut dyn FnMut(&[u8])) -> bool {
        let cookie = path.peer.port().to_string();
        let admits = datagram.ends_with(cookie.as_bytes());
        if !admits {
            send(cookie.as_bytes());
        }
        admits
    }

    fn take_events(&mut self, _: &mut dyn FnMut(Event)) {}
}

struct Session {
    of: Option<Path>,
}

fn without<T>(nothing: Nothing) -> Step<T> {
    match nothing {
        Nothing::Dry => Step::WantRead { starved: true },
        Nothing::Ended(_) => Step::Closed,
    }
}

impl TlsEngine for Session {
    fn accept(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        match wire.unread.take(100) {
            Ok(&[b'H', letter, ..]) => {
                assert!(self.of.is_some(), "it knows between whom it is");
                wire.peer.send(&[b'W', letter]);
                Step::Done(())
            }
            Ok(other) => panic!("{other:?} begins no session"),
            Err(nothing) => without(nothing),
        }
    }

    fn read(&mut self, wire: &mut LentWire<'_>, out: &mut Vec<u8>) -> Step<()> {
        match wire.unread.take(16_384) {
            Ok(b"bye") => Step::Closed,
            Ok(bytes) => {
                out.extend_from_slice(bytes);
                Step::Done(())
            }
            Err(nothing) => without(nothing),
        }
    }

    fn write(&mut self, wire: &mut LentWire<'_>, data: &[u8]) -> Step<usize> {
        wire.peer.send(data);
        Step::Done(data.len())
    }

    fn command(&mut self, _: &mut LentWire<'_>, _: EngineCommand<'_>) -> CommandResult {
        CommandResult { requested: 1, handshake: 1, error: None }
    }

    fn shutdown(&mut self, wire: &mut LentWire<'_>) -> Step<()> {
        wire.peer.send(b"closed");
        Step::Done(())
    }

    fn take_events(&mut self, _: &mut dyn FnMut(Event)) {}

    fn info(&mut self, _: Detail) -> SessionInfo {
        SessionInfo::default()
    }
}
