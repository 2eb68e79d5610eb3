//! A service whose calls are recorded, for `-record`. A run without it has none of this around its connections.
use std::sync::Arc;

use s_server_core::engine::Start;
use s_server_core::io::{Input, Nobody, Now, Outcome, Sink, Stream, Wait};
use s_server_core::record::frame::LAST_CONN;
use s_server_core::record::{In, Kind, Tee};

use crate::recording::Recording;
use crate::service::{Served, Service};

/// A service, recorded.
pub struct Recorded<S> {
    service: S,
    recording: Arc<Recording>,
    /// Clients accepted so far.
    accepted: u32,
}

impl<S: Service> Recorded<S> {
    /// Nobody is served yet.
    pub fn new(service: S, recording: Arc<Recording>) -> Self {
        Self { service, recording, accepted: 0 }
    }

    /// The service alone.
    pub fn into_inner(self) -> S {
        self.service
    }
}

impl<S: Service> Service for Recorded<S> {
    type Served = RecordedServed<S::Served>;

    fn may_accept(&self) -> bool {
        self.service.may_accept()
    }

    fn accept(&mut self, start: Start, out: &mut dyn Sink) -> Option<Self::Served> {
        // After 16 million clients the numbers begin again: none of the first is still there.
        let conn = self.accepted % LAST_CONN + 1;
        self.accepted = conn;
        let Self { service, recording, .. } = self;
        let served = recording.call(conn, recording.now(), &In::Accept(start), || {
            let mut tee = Tee::new(out, &**recording);
            let served = service.accept(start, &mut tee);
            if served.is_none() {
                tee.value(Kind::Refused, &());
            }
            tee.value(Kind::Doors, &service.may_accept());
            served
        });
        Some(RecordedServed { served: served?, conn, recording: recording.clone() })
    }

    fn finished(&mut self, outcome: Outcome) {
        let Self { service, recording, .. } = self;
        recording.call(0, recording.now(), &In::Finished(outcome), || {
            service.finished(outcome);
            // There is nobody to print to.
            Tee::new(&mut Nobody, &**recording).value(Kind::Doors, &service.may_accept());
        });
    }

    fn said(&mut self, stream: Stream, text: &[u8]) {
        self.recording.said(stream, text);
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
