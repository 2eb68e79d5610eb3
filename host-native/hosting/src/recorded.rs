//! A service whose calls are recorded, for `-record`. A run without it has none of this around its connections.
//!
//! A replay counts clients again, in the order of the frames. So the calls that count are recorded one at a time, together
//! with a count of their own, and the sessions of a recorded run are made one by one.
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use s_server_core::AcceptCount;
use s_server_core::endpoint::Opening;
use s_server_core::engine::Start;
use s_server_core::gatekeeper::Gatekeeper;
use s_server_core::io::{Input, Now, Outcome, Stream, Wait};
use s_server_core::record::LAST_CONN;
use s_server_core::record::{In, Kind, Tee};
use s_server_core::sink::{Discard, Sink};

use crate::recording::Recording;
use crate::service::{Served, Service};

/// A service, recorded.
pub struct Recorded<S> {
    service: S,
    recording: Arc<Recording>,
    /// As the frames have it.
    counted: Mutex<Counted>,
}

/// The clients so far, as a replay counts them.
struct Counted {
    /// Number of the last client.
    conn: u32,
    count: AcceptCount,
}

impl<S> fmt::Debug for Recorded<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Recorded").field("recording", &self.recording).finish_non_exhaustive()
    }
}

impl<S> fmt::Debug for RecordedServed<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RecordedServed").field("conn", &self.conn).finish_non_exhaustive()
    }
}

impl<S: Service> Recorded<S> {
    /// Nobody is served yet. `count`: how many will be.
    pub fn new(service: S, count: AcceptCount, recording: Arc<Recording>) -> Self {
        Self { service, recording, counted: Mutex::new(Counted { conn: 0, count }) }
    }

    /// Held until the frames of a call are written.
    fn counted(&self) -> MutexGuard<'_, Counted> {
        self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<S: Service> Service for Recorded<S> {
    type Served = RecordedServed<S::Served>;

    fn accept(&self, start: Start, out: &mut dyn Sink) -> Option<Self::Served> {
        let mut counted = self.counted();
        if !counted.count.reserve() {
            // While it was accepted the server ended, in the frames too.
            return None;
        }
        counted.count.accepted();
        // After 16 million clients the numbers begin again: none of the first is still there.
        counted.conn = counted.conn % LAST_CONN + 1;
        let Self { service, recording, .. } = self;
        let conn = counted.conn;
        let served = recording.call(conn, recording.now(), &In::Accept(start), || {
            let mut tee = Tee::new(out, &**recording);
            let served = service.accept(start, &mut tee);
            if served.is_none() {
                tee.value(Kind::Refused, &());
            }
            tee.value(Kind::Accepting, &counted.count.is_open());
            served
        });
        Some(RecordedServed { served: served?, conn, recording: recording.clone() })
    }

    fn finished(&self, outcome: Outcome) {
        let mut counted = self.counted();
        let Self { service, recording, .. } = self;
        recording.call(0, recording.now(), &In::Finished(outcome), || {
            service.finished(outcome);
            counted.count.finished(outcome);
            // There is nobody to print to.
            Tee::new(&mut Discard, &**recording).value(Kind::Accepting, &counted.count.is_open());
        });
    }

    fn said(&self, stream: Stream, text: &[u8]) {
        self.recording.said(stream, text);
    }

    // A replay has the sessions that began, and what was printed about those that did not.
    fn opening(&self, datagram: &[u8]) -> Option<Opening> {
        self.service.opening(datagram)
    }

    fn gate(&self) -> Option<Gatekeeper> {
        self.service.gate()
    }
}

/// What serves one client, recorded.
pub struct RecordedServed<S> {
    served: S,
    conn: u32,
    recording: Arc<Recording>,
}

impl<S: Served> Served for RecordedServed<S> {
    fn handle(&mut self, now: Now, input: Input<'_>, out: &mut dyn Sink) -> Wait {
        let Self { served, conn, recording } = self;
        recording.call(*conn, now, &In::Input(input), || {
            let mut tee = Tee::new(out, &**recording);
            let wait = served.handle(now, input, &mut tee);
            tee.wait(&wait);
            wait
        })
    }
}

#[cfg(test)]
mod tests {
    use std::num::NonZeroU64;
    use std::{fs, thread};

    use s_server_core::endpoint::Path;
    use s_server_core::options::plan::Mode;
    use s_server_core::options::run::RunPlan;
    use s_server_core::record::{Frames, Out};

    use super::*;
    use crate::output::Output;
    use crate::scripted::plan;

    const CLIENTS: u32 = 200;

    /// Serves nobody, but lets other threads go first.
    struct Slow;

    impl Service for Slow {
        type Served = Slow;

        fn accept(&self, _: Start, _: &mut dyn Sink) -> Option<Slow> {
            thread::yield_now();
            Some(Slow)
        }

        fn opening(&self, datagram: &[u8]) -> Option<Opening> {
            (datagram == b"hello").then_some(Opening([7; 32]))
        }
    }

    impl Served for Slow {
        fn handle(&mut self, _: Now, _: Input<'_>, _: &mut dyn Sink) -> Wait {
            Wait::Closed(Outcome::Next)
        }
    }

    #[test]
    fn peers_of_datagrams_are_recorded_with_their_addresses_and_each_datagram() {
        let path = std::env::temp_dir().join(format!("s_server-recorded-udp-{}", std::process::id()));
        let output = Output::of_process().unwrap();
        let recording = Recording::create(path.to_str().unwrap().as_bytes(), "engine", output).unwrap();
        let recorded = Recorded::new(Slow, AcceptCount::new(None), recording);
        assert_eq!(recorded.opening(b"hello"), Some(Opening([7; 32])));
        assert_eq!(recorded.opening(b"other"), None);
        let between = Path { peer: ([127, 0, 0, 1], 7).into(), local: Some([127, 0, 0, 2].into()) };
        let start = Start::seeded(1).over(between);
        let mut served = recorded.accept(start, &mut Discard).unwrap();
        served.handle(Now::default(), Input::Datagram(b"hello"), &mut Discard);
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(path).unwrap();
        let frames: Vec<_> = Frames::new(&bytes).map(|frame| frame.unwrap().1).collect();
        let inputs: Vec<_> = frames.iter().filter_map(|frame| In::read(frame).unwrap()).collect();
        assert_eq!(inputs[3..], [In::Accept(start), In::Input(Input::Datagram(b"hello"))]);
    }

    #[test]
    fn the_clients_of_many_threads_are_counted_in_the_order_of_the_frames() {
        let path = std::env::temp_dir().join(format!("s_server-recorded-{}", std::process::id()));
        let output = Output::of_process().unwrap();
        let recording = Recording::create(path.to_str().unwrap().as_bytes(), "engine", output).unwrap();
        let plan = RunPlan { naccept: NonZeroU64::new(CLIENTS.into()), ..plan(Mode::Status) };
        let recorded = Recorded::new(Slow, AcceptCount::new(plan.naccept), recording);
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..CLIENTS / 8 {
                        assert!(recorded.accept(Start::default(), &mut Discard).is_some());
                        recorded.finished(Outcome::Next);
                    }
                });
            }
        });
        assert!(recorded.accept(Start::default(), &mut Discard).is_none(), "there are no more places");
        let bytes = fs::read(&path).unwrap();
        fs::remove_file(path).unwrap();
        let frames: Vec<_> = Frames::new(&bytes).map(|frame| frame.unwrap().1).collect();
        let accepted = frames.iter().filter(|frame| frame.kind == Kind::Accept).map(|frame| frame.conn);
        assert_eq!(accepted.collect::<Vec<_>>(), (1..=CLIENTS).collect::<Vec<_>>());
        let mut count = 0;
        for frame in frames {
            count += u32::from(frame.kind == Kind::Accept);
            if let Some(Out::Accepting(open)) = Out::read(&frame).unwrap() {
                assert_eq!(open, count < CLIENTS);
            }
        }
    }
}
