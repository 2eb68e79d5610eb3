//! `-record`: the file that all frames of a run go to.
//!
//! ```text
//!   thread 1: call -> [ input, what follows from it ]--+
//!   thread 2: call -> [ input, what follows from it ]--+--> lock --> one write --> file
//! ```
//!
//! Frames of one call are gathered on its thread and written together, with one `write`, when the call is over. So a
//! call is never torn, neither by another thread nor by the end of the process, and a killed server leaves a recording
//! that can be read. The order of calls is that of their ends; a connection's own calls never overlap.
use std::cell::RefCell;
use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Seek, Write};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use s_server_core::StartError;
use s_server_core::io::{Now, Stream};
use s_server_core::record::VERSION;
use s_server_core::record::{Frame, In, Kind, Seed, Tape};

use crate::output::Output;
use crate::{clock, system};

/// The file of `-record`. Holds plaintext and secrets: nobody but its owner may read it.
#[derive(Debug)]
pub struct Recording {
    path: Vec<u8>,
    output: Output,
    /// Time 0 of the frames.
    start: Instant,
    /// `None` after a failure.
    file: Mutex<Option<Whole>>,
}

/// A file that ends after a whole call.
#[derive(Debug)]
struct Whole {
    file: File,
    /// Bytes of whole calls.
    length: u64,
}

/// The call of this thread whose frames are being gathered.
struct Call {
    conn: u32,
    at: Now,
    frames: Vec<u8>,
}

thread_local! {
    static CALL: RefCell<Option<Call>> = const { RefCell::new(None) };
}

impl Recording {
    /// Makes the file, or empties it if it is a recording already; another file is left alone. `engine` is whose
    /// answers are recorded. Failures while it is written are told on `output`, once.
    pub fn create(path: &[u8], engine: &str, output: Output) -> Result<Arc<Self>, StartError> {
        let failed = |why: &dyn std::fmt::Display| StartError::of_value(path, format!("cannot be recorded to: {why}"));
        let file = open(&system::path(path)).map_err(|error| failed(&error))?;
        let file = Mutex::new(Some(Whole { file, length: 0 }));
        let recording = Self { path: path.to_vec(), output, start: Instant::now(), file };
        let input = In::Format { version: VERSION, engine: engine.as_bytes() };
        recording.call(0, Now::default(), &input, || ());
        let seed = Seed { wall: clock::wall(), ..Seed::default() };
        recording.call(0, Now::default(), &In::Seed(seed), || ());
        recording.call(0, Now::default(), &In::WantFacts, || ());
        Ok(Arc::new(recording))
    }

    /// Time 0 of the frames.
    pub fn start(&self) -> Instant {
        self.start
    }

    /// The time.
    pub fn now(&self) -> Now {
        clock::since(self.start)
    }

    /// Writes an input, and all that is put on the tape while `call` runs on this thread.
    pub fn call<T>(&self, conn: u32, at: Now, input: &In<'_>, call: impl FnOnce() -> T) -> T {
        let mut frames = Vec::new();
        input.put(conn, at, &mut frames);
        CALL.set(Some(Call { conn, at, frames }));
        let value = call();
        if let Some(Call { frames, .. }) = CALL.take() {
            self.frames(&frames);
        }
        value
    }

    /// Writes that the host itself printed something.
    pub fn said(&self, stream: Stream, text: &[u8]) {
        if !text.is_empty() {
            self.call(0, self.now(), &In::Said(stream, text), || {
                let kind = match stream {
                    Stream::Out => Kind::PrintOut,
                    Stream::Data => Kind::PrintData,
                    Stream::Err => Kind::PrintErr,
                };
                self.put(kind, text);
            });
        }
    }

    /// Writes that the run is over.
    pub fn over(&self, status: u8) {
        self.call(0, self.now(), &In::Over(status), || ());
    }

    /// Writes frames as they are, at once: an input, and what followed from it.
    pub fn frames(&self, frames: &[u8]) {
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(whole) = file.as_mut() else { return };
        match whole.file.write_all(frames) {
            Ok(()) => whole.length += frames.len() as u64,
            Err(why) => {
                // What is there of this call is of no use. A pipe cannot be cut.
                let _ = whole.file.set_len(whole.length);
                *file = None;
                drop(file);
                let why = format!(": cannot be written, and nothing more is recorded: {why}\n");
                self.output.print(Stream::Err, &[b"s_server: ", &self.path[..], why.as_bytes()].concat());
            }
        }
    }
}

impl Tape for Recording {
    fn put(&self, kind: Kind, payload: &[u8]) {
        CALL.with_borrow_mut(|call| {
            if let Some(Call { conn, at, frames }) = call {
                Frame { kind, conn: *conn, at: *at, payload }.put(frames);
            }
        });
    }
}

/// Opens the file for writing, and empties it, unless something else is in it.
fn open(path: &Path) -> io::Result<File> {
    let mut options = OpenOptions::new();
    options.read(true).write(true).create(true).truncate(false);
    system::for_owner(&mut options);
    let mut file = options.open(path)?;
    if !file.metadata()?.is_file() {
        return Ok(file);
    }
    let mut beginning = Vec::new();
    (&mut file).take(24).read_to_end(&mut beginning)?;
    if !beginning.is_empty() && !is_recording(&beginning) {
        return Err(io::Error::new(ErrorKind::AlreadyExists, "the file is no recording, so it is left alone"));
    }
    // A recording that was copied may be open to others.
    system::keep_for_owner(&file)?;
    file.set_len(0)?;
    file.rewind()?;
    Ok(file)
}

/// Whether bytes begin as a recording does: a first frame with the format's name.
fn is_recording(beginning: &[u8]) -> bool {
    beginning.first() == Some(&(Kind::Format as u8)) && beginning.get(16..24) == Some(&b"s_server"[..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use s_server_core::io::Input;
    use s_server_core::record::Frames;
    use std::fs;
    use std::io::{PipeReader, pipe};
    use std::path::PathBuf;

    struct Temporary(PathBuf);

    impl Temporary {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("s_server-recording-{}-{name}", std::process::id()));
            let _ = fs::remove_file(&path);
            Self(path)
        }

        fn record(&self) -> Result<Arc<Recording>, String> {
            let path = self.0.to_str().unwrap().as_bytes();
            Recording::create(path, "engine", output().0).map_err(|why| String::from_utf8(why.render()).unwrap())
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    fn output() -> (Output, PipeReader) {
        let (reader, writer) = pipe().unwrap();
        (Output::new(system::file(writer.try_clone().unwrap()), system::file(writer)), reader)
    }

    #[test]
    fn calls_of_several_threads_stay_whole() {
        let file = Temporary::new("threads");
        let recording = file.record().unwrap();
        std::thread::scope(|scope| {
            for conn in 1..=4 {
                let recording = &recording;
                scope.spawn(move || {
                    for _ in 0..100 {
                        recording.call(conn, Now::default(), &In::Input(Input::OthersWait(true)), || {
                            recording.put(Kind::Wait, b"a");
                            std::thread::yield_now();
                            recording.put(Kind::Closed, b"b");
                        });
                    }
                });
            }
        });
        let bytes = fs::read(&file.0).unwrap();
        let frames: Vec<_> = Frames::new(&bytes).skip(3).map(|frame| frame.unwrap().1).collect();
        assert_eq!(frames.len(), 1200);
        for call in frames.chunks(3) {
            assert_eq!([call[0].kind, call[1].kind, call[2].kind], [Kind::OthersWait, Kind::Wait, Kind::Closed]);
            assert!(call.iter().all(|frame| frame.conn == call[0].conn));
        }
    }

    #[cfg(unix)]
    #[test]
    fn nobody_else_may_read_it_whatever_it_was_before() {
        use std::os::unix::fs::PermissionsExt;
        let file = Temporary::new("mode");
        let mode = || fs::metadata(&file.0).unwrap().permissions().mode() & 0o777;
        drop(file.record().unwrap());
        assert_eq!(mode(), 0o600);
        fs::set_permissions(&file.0, fs::Permissions::from_mode(0o644)).unwrap();
        let recording = file.record().unwrap();
        assert_eq!(mode(), 0o600);
        recording.over(0);
        drop(recording);
        let bytes = fs::read(&file.0).unwrap();
        assert_eq!(Frames::new(&bytes).count(), 4, "it was emptied");
    }

    #[test]
    fn what_is_no_recording_is_left_alone() {
        let file = Temporary::new("other");
        fs::write(&file.0, "-----BEGIN PRIVATE KEY-----\n").unwrap();
        let text = file.record().map(drop).unwrap_err();
        let path = file.0.display();
        let why = "the file is no recording, so it is left alone";
        assert_eq!(text, format!("s_server: {path}: cannot be recorded to: {why}\n"));
        assert_eq!(fs::read_to_string(&file.0).unwrap(), "-----BEGIN PRIVATE KEY-----\n");
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_once_and_the_run_goes_on() {
        let (output, mut told) = output();
        let recording = Recording::create(b"/dev/full", "engine", output.clone()).unwrap();
        assert_eq!(recording.call(1, Now::default(), &In::End, || 7), 7);
        drop(recording);
        output.finish();
        drop(output);
        let mut text = [0; 200];
        let length = told.read(&mut text).unwrap();
        let expected = "s_server: /dev/full: cannot be written, and nothing more is recorded: \
                        No space left on device (os error 28)\n";
        assert_eq!(String::from_utf8_lossy(&text[..length]), expected);
    }
}
