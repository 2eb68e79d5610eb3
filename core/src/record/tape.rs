//! Where frames go that are written down: what comes out of the machine and what the engine said, in one order.
use crate::connection::Connection;
use crate::io::{FileRequest, Input, Notice, Now, Sink, Stream, Wait};

use super::frame::{Frame, Kind};
use super::output::FrameWriter;

/// Takes what follows from one input, in order.
///
/// Connection and time are those of that input, so whoever implements this knows them. It is shared by a context and its
/// sessions, hence `&self`; this is all that a host has to write:
///
/// ```
/// use s_server_core::io::Now;
/// use s_server_core::record::{Frame, Kind, Tape};
///
/// #[derive(Default)]
/// struct Memory(std::sync::Mutex<Vec<u8>>);
///
/// impl Tape for Memory {
///     fn put(&self, kind: Kind, payload: &[u8]) {
///         let frame = Frame { kind, conn: 0, at: Now::default(), payload };
///         frame.put(&mut self.0.lock().unwrap());
///     }
/// }
/// # Memory::default().put(Kind::Event, b"");
/// ```
pub trait Tape: Send + Sync {
    /// Appends a frame.
    fn put(&self, kind: Kind, payload: &[u8]);
}

/// A [`Sink`] between a connection and its host: everything passes, and is written down as well.
pub struct Tee<'a> {
    out: &'a mut dyn Sink,
    tape: &'a dyn Tape,
}

impl<'a> Tee<'a> {
    /// Nothing has passed yet.
    pub fn new(out: &'a mut dyn Sink, tape: &'a dyn Tape) -> Self {
        Self { out, tape }
    }

    fn write(&self, what: impl FnOnce(&mut FrameWriter<'_>)) {
        let mut to = |frame: Frame<'_>| self.tape.put(frame.kind, frame.payload);
        what(&mut FrameWriter { conn: 0, at: Now::default(), to: &mut to });
    }
}

impl Sink for Tee<'_> {
    fn transmit(&mut self, bytes: &[u8]) {
        self.write(|frames| frames.transmit(bytes));
        self.out.transmit(bytes);
    }

    fn print(&mut self, stream: Stream, bytes: &[u8]) {
        self.write(|frames| frames.print(stream, bytes));
        self.out.print(stream, bytes);
    }

    fn file(&mut self, request: FileRequest<'_>) {
        self.write(|frames| frames.file(request));
        self.out.file(request);
    }

    fn notice(&mut self, notice: &Notice<'_>) {
        self.write(|frames| frames.notice(notice));
        self.out.notice(notice);
    }
}

/// [`Connection::handle`], with everything that comes out written down.
pub fn handle(connection: &mut Connection, now: Now, input: Input<'_>, out: &mut dyn Sink, tape: &dyn Tape) -> Wait {
    let mut tee = Tee::new(out, tape);
    let wait = connection.handle(now, input, &mut tee);
    tee.write(|frames| frames.wait(&wait));
    wait
}

/// [`Connection::others_wait`], with what comes of it written down.
pub fn others_wait(connection: &mut Connection, others_wait: bool, tape: &dyn Tape) -> Wait {
    let wait = connection.others_wait(others_wait);
    let mut to = |frame: Frame<'_>| tape.put(frame.kind, frame.payload);
    FrameWriter { conn: 0, at: Now::default(), to: &mut to }.wait(&wait);
    wait
}
