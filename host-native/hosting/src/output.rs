//! Standard output and standard error: one queue, written by one thread.
//!
//! ```text
//!   connections --print--> [ queue ] --one write per unit--> descriptor 1 or 2
//! ```
//!
//! As long as the queue is empty, it is passed by with what standard output takes without a wait: everything where that is
//! a file of a disk, or nothing at all; what a pipe has room for where the system tells.
//!
//! Whoever prints never waits, so a pipe that nobody reads stops the writing thread alone. Nothing is dropped for that:
//! once [`LIMIT`] bytes are queued, [`Output::is_full`] says so, and the workers feed their connections nothing more
//! until half of it is written; then they are woken. What a single input makes a connection print is bounded, so the
//! queue is, too.
//!
//! Both streams share the queue so that they keep their order where they share a terminal or a pipe.
//!
//! The thread starts with the first unit that is queued: loading keys and certificates is cheaper in a process of one
//! thread, where memory is allocated without locks.
use std::collections::VecDeque;
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak};
use std::thread;
use std::time::Duration;

use s_server_core::io::Stream;
use s_server_core::sink::{Effect, Sink};

use crate::link::Wake;
use crate::system;

/// Connections are fed nothing more while that many bytes wait to be written.
pub const LIMIT: usize = 1024 * 1024;

/// At the end of the program, a stream that takes nothing for this time is given up.
const PATIENCE: Duration = Duration::from_secs(60);

/// The way to the operator. Clones share one queue.
#[derive(Clone)]
pub struct Output(Arc<Shared>);

struct Shared {
    out: File,
    err: File,
    /// Writing to standard output never waits, so that nothing has to wait for it in the queue.
    direct: bool,
    /// It was told that standard output cannot be written.
    told: AtomicBool,
    /// The writing thread was started.
    writing: AtomicBool,
    queue: Mutex<Queue>,
    /// A unit was queued.
    filled: Condvar,
    /// Bytes were written, or dropped with their stream.
    written: Condvar,
    full: AtomicBool,
}

#[derive(Default)]
struct Queue {
    units: VecDeque<(Stream, Vec<u8>)>,
    /// Bytes in `units` and in the unit that is being written.
    bytes: usize,
    /// Of the polls that are still there.
    wakers: Vec<Weak<dyn Wake>>,
}

/// Nothing of what is printed.
impl fmt::Debug for Output {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Output")
            .field("is_full", &self.is_full())
            .field("has_failed", &self.has_failed())
            .finish_non_exhaustive()
    }
}

impl Output {
    /// An output over the two files.
    pub fn new(out: File, err: File) -> Self {
        Self(Arc::new(Shared {
            direct: system::never_waits(&out),
            out,
            err,
            told: AtomicBool::new(false),
            writing: AtomicBool::new(false),
            queue: Mutex::default(),
            filled: Condvar::new(),
            written: Condvar::new(),
            full: AtomicBool::new(false),
        }))
    }

    /// Copies of this process's standard output and error.
    ///
    /// # Errors
    /// One of them is closed, or descriptors are short.
    pub fn of_process() -> io::Result<Self> {
        Ok(Self::new(system::stdout()?, system::stderr()?))
    }

    /// Writes what can be written at once, where nothing stands before it, and queues the rest.
    pub fn print(&self, stream: Stream, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let queue = self.0.lock();
        let at_once = stream != Stream::Err && queue.bytes == 0;
        let rest = &bytes[if at_once { self.0.write_at_once(bytes) } else { 0 }..];
        if !rest.is_empty() {
            self.0.put(queue, stream, rest.to_vec());
        }
    }

    /// Nothing should happen now that prints more. Whoever sees this is woken when it is over.
    pub fn is_full(&self) -> bool {
        self.0.full.load(Ordering::Relaxed)
    }

    /// Wakes this poll when the queue is no longer full.
    pub fn wakes(&self, waker: &Arc<dyn Wake>) {
        let mut queue = self.0.lock();
        queue.wakers.retain(|waker| waker.strong_count() > 0);
        queue.wakers.push(Arc::downgrade(waker));
    }

    /// Waits until everything is written, as long as something is being taken at all.
    pub fn finish(&self) {
        self.finish_within(PATIENCE);
    }

    /// Some of standard output could not be written, which was told. Of what is queued nothing is known before
    /// [`Output::finish`].
    pub fn has_failed(&self) -> bool {
        self.0.told.load(Ordering::Relaxed)
    }

    fn finish_within(&self, patience: Duration) {
        let mut queue = self.0.lock();
        while queue.bytes > 0 {
            let before = queue.bytes;
            let waited = self.0.written.wait_timeout(queue, patience);
            let timed_out;
            (queue, timed_out) = waited.unwrap_or_else(PoisonError::into_inner);
            if timed_out.timed_out() && queue.bytes == before {
                return;
            }
        }
    }
}

/// What belongs to no connection is printed through this, and has no peer to send to.
impl Sink for &Output {
    fn put(&mut self, effect: Effect<'_>) {
        match effect {
            Effect::Print(stream, bytes) => Output::print(self, stream, bytes),
            Effect::Transmit(_) | Effect::File(_) | Effect::KeyLog(_) | Effect::Messages(_) => {}
            Effect::Session { .. } | Effect::Fact(_) => {}
        }
    }

    fn wants_facts(&self) -> bool {
        false
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How much of it standard output took without a wait. Why it took nothing is met again by the writing thread.
    fn write_at_once(&self, bytes: &[u8]) -> usize {
        let taken = if self.direct { (&self.out).write(bytes) } else { system::write_at_once(&self.out, bytes) };
        taken.unwrap_or(0)
    }

    fn write_all(self: &Arc<Self>) {
        loop {
            let (stream, unit) = self.next();
            self.write(stream, &unit, |taken| self.took(taken));
        }
    }

    /// Starts the writing thread; where there can be none, whoever prints writes what is queued.
    fn start_writing(self: &Arc<Self>) {
        let writer = self.clone();
        if thread::Builder::new().name("output".into()).spawn(move || writer.write_all()).is_ok() {
            return;
        }
        self.writing.store(false, Ordering::Release);
        loop {
            let Some((stream, unit)) = self.lock().units.pop_front() else { return };
            self.write(stream, &unit, |taken| self.took(taken));
        }
    }

    /// Writes one unit, and tells of each part that is done.
    fn write(self: &Arc<Self>, stream: Stream, unit: &[u8], progress: impl Fn(usize)) {
        let file = if stream == Stream::Err { &self.err } else { &self.out };
        let mut rest = unit;
        while !rest.is_empty() {
            let taken = match (&mut &*file).write(rest) {
                Ok(taken) if taken > 0 => taken,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => 0,
                Err(e) if e.kind() == io::ErrorKind::WouldBlock => {
                    system::wait_writable(file);
                    0
                }
                Err(why) if stream != Stream::Err && why.kind() != io::ErrorKind::BrokenPipe => {
                    if !self.told.swap(true, Ordering::Relaxed) {
                        self.put(self.lock(), Stream::Err, lost(&why));
                    }
                    rest.len()
                }
                // Whoever closed the pipe knows it, and there is nobody to tell about standard error.
                Ok(_) | Err(_) => rest.len(),
            };
            rest = &rest[taken..];
            progress(taken);
        }
    }

    fn put(self: &Arc<Self>, mut queue: MutexGuard<'_, Queue>, stream: Stream, unit: Vec<u8>) {
        queue.bytes += unit.len();
        queue.units.push_back((stream, unit));
        if queue.bytes >= LIMIT {
            self.full.store(true, Ordering::Relaxed);
        }
        self.filled.notify_one();
        drop(queue);
        if !self.writing.swap(true, Ordering::AcqRel) {
            self.start_writing();
        }
    }

    fn next(&self) -> (Stream, Vec<u8>) {
        let mut queue = self.lock();
        loop {
            if let Some(unit) = queue.units.pop_front() {
                return unit;
            }
            queue = self.filled.wait(queue).unwrap_or_else(PoisonError::into_inner);
        }
    }

    fn took(&self, bytes: usize) {
        let mut queue = self.lock();
        queue.bytes -= bytes;
        if queue.bytes <= LIMIT / 2 && self.full.swap(false, Ordering::Relaxed) {
            queue.wakers.iter().filter_map(Weak::upgrade).for_each(|waker| waker.wake());
        }
        self.written.notify_all();
    }
}

/// What is told when a disk is full: once, for the server goes on and each unit is tried again.
fn lost(why: &io::Error) -> Vec<u8> {
    format!("s_server: standard output cannot be written: {why}\n").into_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::{PipeReader, Read, pipe};

    fn pipes() -> (Output, PipeReader, PipeReader) {
        let ((out_reader, out), (err_reader, err)) = (pipe().unwrap(), pipe().unwrap());
        (Output::new(system::file(out), system::file(err)), out_reader, err_reader)
    }

    fn read(from: &mut PipeReader, length: usize) -> Vec<u8> {
        let mut bytes = vec![0; length];
        from.read_exact(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn text_and_data_share_a_descriptor_and_keep_their_order() {
        let (output, mut out, mut err) = pipes();
        output.print(Stream::Out, b"text\n");
        output.print(Stream::Data, b"data");
        output.print(Stream::Err, b"error\n");
        output.print(Stream::Out, b"");
        output.print(Stream::Out, b"more\n");
        assert_eq!(read(&mut out, 14), b"text\ndatamore\n");
        assert_eq!(read(&mut err, 6), b"error\n");
    }

    #[test]
    fn an_unread_pipe_stops_nobody_who_prints_and_loses_nothing() {
        let (output, mut out, _err) = pipes();
        let unit = [b'x'; 16_384];
        let mut printed = 0;
        while !output.is_full() {
            output.print(Stream::Data, &unit);
            printed += unit.len();
        }
        assert!((LIMIT..LIMIT + 256 * 1024).contains(&printed), "{printed}");
        output.finish_within(Duration::from_millis(10));
        assert!(output.is_full());

        assert!(read(&mut out, printed).iter().all(|&byte| byte == b'x'));
        output.finish();
        assert!(!output.is_full());
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn what_a_pipe_has_room_for_needs_no_thread() {
        let (output, mut out, _err) = pipes();
        output.print(Stream::Data, b"first ");
        assert!(!output.0.writing.load(Ordering::Relaxed));
        let unit = vec![b'x'; LIMIT / 2];
        output.print(Stream::Data, &unit);
        output.print(Stream::Data, b" last");
        assert!(output.0.writing.load(Ordering::Relaxed));
        let all = read(&mut out, unit.len() + 11);
        assert_eq!((&all[..7], &all[unit.len() + 5..]), (&b"first x"[..], &b"x last"[..]));
    }

    #[test]
    fn the_poll_is_woken_when_there_is_room_again() {
        let (output, mut out, _err) = pipes();
        let mut poll = mio::Poll::new().unwrap();
        let waker: Arc<dyn Wake> = Arc::new(mio::Waker::new(poll.registry(), mio::Token(7)).unwrap());
        output.wakes(&waker);
        output.print(Stream::Out, &vec![b'x'; 2 * LIMIT]);
        assert!(output.is_full());
        let reader = thread::spawn(move || read(&mut out, 2 * LIMIT));
        let mut events = mio::Events::with_capacity(1);
        poll.poll(&mut events, Some(Duration::from_secs(10))).unwrap();
        assert_eq!(events.iter().map(|event| event.token()).collect::<Vec<_>>(), [mio::Token(7)]);
        assert!(!output.is_full());
        reader.join().unwrap();
    }

    #[test]
    fn a_closed_stream_is_survived_and_the_other_one_goes_on() {
        let (output, out, mut err) = pipes();
        drop(out);
        output.print(Stream::Out, b"lost\n");
        output.print(Stream::Err, b"told\n");
        assert_eq!(read(&mut err, 5), b"told\n");
        output.finish();
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_once() {
        let full = File::options().write(true).open("/dev/full").unwrap();
        let (mut err_reader, err) = pipe().unwrap();
        let output = Output::new(full, system::file(err));
        output.print(Stream::Out, b"lost\n");
        output.print(Stream::Data, b"lost as well");
        output.print(Stream::Err, b"end\n");
        let told = "s_server: standard output cannot be written: No space left on device (os error 28)\n";
        let mut expected = [told, "end\n"];
        let text = String::from_utf8(read(&mut err_reader, told.len() + 4)).unwrap();
        if text.starts_with("end") {
            expected.reverse();
        }
        assert_eq!(text, expected.concat());
        output.finish();
    }

    #[test]
    fn everything_is_written_when_it_finishes() {
        let (output, mut out, _err) = pipes();
        let reader = thread::spawn(move || read(&mut out, 300_000).len());
        output.print(Stream::Out, &vec![b'x'; 300_000]);
        output.finish();
        assert_eq!(output.0.lock().bytes, 0);
        assert_eq!(reader.join().unwrap(), 300_000);
    }
}
