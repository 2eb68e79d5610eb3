//! Between the host and its guests: one guest for each connection, and nothing of a guest believed.
//!
//! What comes in goes out as frames, and the frames that come back are effects, each looked at before it has one:
//!
//! | a guest may | but not |
//! | --- | --- |
//! | end its connection | end the server, unless the operator has spoken to this connection |
//! | ask for a file, in pieces of 64 KiB | more often than `PATIENCE` times without news from outside |
//! | ask to be called at a time | earlier than in a millisecond, or more than `PATIENCE` times without news |
//! | ask to hear the operator | in larger units than 16 KiB |
//! | keep 128 sessions for other guests, of 16 KiB | replace one, or see one that its client does not name |
//! | ask to hear that its bytes are sent | when it sent none |
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use s_server_core::engine::Start;
use s_server_core::io::{Input, Interest, Now, OPERATOR_UNIT, Outcome, PeerAddress, Stream, Wait};
use s_server_core::options::needs::Need;
use s_server_core::record::LAST_CONN;
use s_server_core::record::{Args, In, Seed};
use s_server_core::sink::{Discard, Effect, Sink};
use s_server_hosting::{Output, Recording, Served, Service, needs};

use crate::hearing::Hearing;

use crate::sandbox::{Fault, Sandbox, Snapshot};
use crate::speaker::{Answer, Speaker};
use crate::tap::Tap;
use crate::totals::Totals;

/// The number of the one connection in an instance.
const CONNECTION: u32 = 1;
/// Calls in a row with nothing that came from outside: times and files that the guest asked for itself.
const PATIENCE: u32 = 64;
/// The shortest sleep that a guest can ask for.
const SHORTEST: Duration = Duration::from_millis(1);

/// What all guests have in common.
pub struct Common {
    /// Where they run.
    sandbox: Sandbox,
    /// A guest that has the command line and all files, and has loaded them.
    ready: Snapshot,
    /// Their common seed, and the wall clock at the start.
    seed: Seed,
    draw: Draw,
    /// What they have counted.
    totals: Arc<Totals>,
    /// OCSP responses, read anew for each client. `-status_file`.
    renewed: Vec<Need>,
    /// A client has an instance once it has said enough.
    hears_first: bool,
    /// Where it is told what became of them.
    output: Output,
    /// What is said to them and by them is written down.
    recorded: Option<Recorded>,
}

/// What makes guests that are recorded: from their first frame on, not as copies, so that each can be made again from its
/// own frames.
struct Recorded {
    recording: Arc<Recording>,
    /// What the guest was told of which the others are copies.
    prologue: Vec<u8>,
}

/// Draws the seed of one guest.
pub type Draw = Box<dyn Fn() -> Result<[u8; 32], Fault> + Send + Sync>;

/// A seed from the system.
pub fn system_seed() -> Result<[u8; 32], Fault> {
    let mut seed = [0; 32];
    getrandom::fill(&mut seed).map_err(|why| Fault::Runtime(why.to_string()))?;
    Ok(seed)
}

/// What guests are made from, beside their sandbox.
pub struct Setup {
    /// The command line. What it prints as it is read was printed already.
    pub args: Args,
    /// The frames that make a guest ready after it: contents of files, the order to load.
    pub prologue: Vec<u8>,
    /// The guests' common seed, and the wall clock at the start; the seed of one guest is drawn.
    pub seed: Seed,
    /// Draws the seed of one guest.
    pub draw: Draw,
    /// Sums up what they count.
    pub totals: Arc<Totals>,
    /// What is read anew for each client. `-status_file`.
    pub renewed: Vec<Need>,
    /// A client has an instance once it has said enough: where the host lets it wait for no seat, and where nothing is
    /// printed before.
    pub hears_first: bool,
    /// Somebody takes their facts.
    pub facts: bool,
    /// Where it is told what became of them.
    pub output: Output,
    /// What is said to them and by them is written to it. `-record`.
    pub recording: Option<Arc<Recording>>,
}

impl Common {
    /// Makes one guest ready, of which all others will be copies. What it prints goes to `out`; the inner error is the
    /// exit status of a run that ends here, because a file is not what it should be.
    pub fn new(sandbox: Sandbox, setup: Setup, out: &mut dyn Sink) -> Result<Result<Self, u8>, Fault> {
        let Setup { args, prologue, seed, draw, totals, renewed, hears_first, facts, output, recording } = setup;
        let own = draw()?;
        let tap = recording.clone().map(|recording| Tap::new(recording, 0));
        let mut speaker = Speaker::new(sandbox.instance(own)?, tap);
        if recording.is_some() {
            In::Log.put(0, Now::default(), &mut speaker.input);
        }
        if facts || recording.is_some() {
            In::WantFacts.put(0, Now::default(), &mut speaker.input);
        }
        In::Seed(Seed { own, ..seed }).put(0, Now::default(), &mut speaker.input);
        In::Args(args).put(0, Now::default(), &mut speaker.input);
        let told = [&speaker.input[..], &prologue].concat();
        let recorded = recording.map(|recording| Recorded { recording, prologue: told });
        speaker.speak(0, &mut Discard)?.none()?;
        speaker.input.extend(prologue);
        if let Answer::Exit(status) = speaker.speak(0, out)? {
            return Ok(Err(status));
        }
        // How many sessions there is room for is printed even if nobody comes.
        In::Count.put(0, Now::default(), &mut speaker.input);
        if let Answer::Counters(counted) = speaker.speak(0, out)? {
            totals.add(&counted);
        }
        let ready = Snapshot::between(&sandbox.instance(own)?, &speaker.instance);
        Ok(Ok(Self { sandbox, ready, seed, draw, totals, renewed, hears_first, output, recorded }))
    }

    /// A guest that has loaded everything, and is like no other from now on. `number` is that of its client in a recording.
    fn instance(&self, now: Now, number: u32) -> Result<Speaker, Fault> {
        let own = (self.draw)()?;
        let tap = self.recorded.as_ref().map(|recorded| Tap::new(recorded.recording.clone(), number));
        let mut speaker = Speaker::new(self.sandbox.instance(own)?, tap);
        match &self.recorded {
            None => speaker.instance.restore(&self.ready)?,
            Some(recorded) => {
                speaker.input.extend(&recorded.prologue);
                speaker.speak(0, &mut Discard)?.none()?;
            }
        }
        In::Seed(Seed { own, ..self.seed }).put(0, now, &mut speaker.input);
        In::Counted(self.totals.now()).put(0, now, &mut speaker.input);
        for need in &self.renewed {
            let content = needs::content(need);
            let content = content.as_ref().map(Vec::as_slice).map_err(String::as_str);
            In::Need { role: need.role, content }.put(0, now, &mut speaker.input);
        }
        speaker.speak(0, &mut Discard)?.none()?;
        Ok(speaker)
    }

    /// Prints a line about a guest.
    fn say(&self, line: &[u8]) {
        self.output.print(Stream::Err, line);
        if let Some(recorded) = &self.recorded {
            recorded.recording.said(Stream::Err, line);
        }
    }
}

/// Makes the guests.
pub struct Guests {
    common: Arc<Common>,
    /// Clients so far.
    clients: AtomicU64,
}

impl Guests {
    /// Nobody is served yet.
    pub fn new(common: Arc<Common>) -> Self {
        Self { common, clients: AtomicU64::new(0) }
    }
}

impl Service for Guests {
    type Served = Guest;

    fn accept(&self, start: Start, _: &mut dyn Sink) -> Option<Guest> {
        Some(Guest {
            common: self.common.clone(),
            // After 16 million clients the numbers begin again: none of the first is still there.
            number: (self.clients.fetch_add(1, Ordering::Relaxed) % u64::from(LAST_CONN)) as u32 + 1,
            start,
            hearing: None,
            speaker: None,
            idle: 0,
            operator_spoke: false,
            greeted: false,
            unsent: false,
        })
    }
}

/// A connection in its instance.
pub struct Guest {
    common: Arc<Common>,
    /// That of its client in a recording, from 1 on.
    number: u32,
    start: Start,
    /// What is heard of it before it has an instance.
    hearing: Option<Hearing>,
    /// `None` before that, and after its end.
    speaker: Option<Speaker>,
    /// Calls since something came from outside.
    idle: u32,
    /// The operator has said something to it, or ended.
    operator_spoke: bool,
    /// The client has said something.
    greeted: bool,
    /// It sent something, and has not yet heard that it is on its way.
    unsent: bool,
}

impl Served for Guest {
    fn handle(&mut self, now: Now, input: Input<'_>, out: &mut dyn Sink) -> Wait {
        let waits = self.note(&input).and_then(|()| self.take(now, input, out));
        self.conclude(now, waits)
    }
}

impl Guest {
    /// Keeps count of what the guest was told.
    fn note(&mut self, input: &Input<'_>) -> Result<(), Fault> {
        match input {
            Input::Timeout | Input::File(_) => self.idle += 1,
            Input::Seated(_) | Input::Wire(_) | Input::Datagram(_) => self.idle = 0,
            // That bytes are on their way is news: there were some, and the client takes them.
            Input::WireEnd(_) | Input::WireFlushed => self.idle = 0,
            Input::Operator(_) | Input::OperatorEnd => (self.idle, self.operator_spoke) = (0, true),
            Input::OthersWait(_) => {}
        }
        self.unsent &= *input != Input::WireFlushed;
        if self.idle > PATIENCE { Err(Fault::Answer("requests without end")) } else { Ok(()) }
    }

    fn take(&mut self, now: Now, input: Input<'_>, out: &mut dyn Sink) -> Result<Wait, Fault> {
        match (&mut self.hearing, input) {
            (None, Input::Seated(peer)) if self.common.hears_first => {
                Ok(self.hearing.insert(Hearing::new(now, peer)).wait())
            }
            (None, Input::Seated(peer)) => self.begin(now, peer, out),
            (None, input) => self.tell(now, &In::Input(input), out),
            (Some(hearing), input) => {
                if hearing.goes_on(&input) {
                    Ok(hearing.wait())
                } else {
                    self.catch_up(now, input, out)
                }
            }
        }
    }

    /// Gives a client that was heard its instance, which is told what there was.
    fn catch_up(&mut self, now: Now, last: Input<'_>, out: &mut dyn Sink) -> Result<Wait, Fault> {
        let gone = || Fault::Answer("nothing, it is gone");
        let Hearing { since, peer, bytes, .. } = self.hearing.take().ok_or_else(gone)?;
        // In one piece, as if nobody had listened.
        let (words, last) = match last {
            Input::Wire(last) => ([&bytes, last].concat(), None),
            last => (bytes, Some(last)),
        };
        let mut wait = self.begin(since, peer, out)?;
        let words = (!words.is_empty()).then_some(Input::Wire(&words));
        for input in words.into_iter().chain(last) {
            if let Wait::For(_) = wait {
                wait = self.tell(now, &In::Input(input), out)?;
            }
        }
        Ok(wait)
    }

    /// Makes the instance and seats the client in it.
    fn begin(&mut self, now: Now, peer: PeerAddress, out: &mut dyn Sink) -> Result<Wait, Fault> {
        let speaker = self.speaker.insert(self.common.instance(now, self.number)?);
        In::Accept(self.start).put(CONNECTION, now, &mut speaker.input);
        if let Answer::Refused = speaker.speak(CONNECTION, out)? {
            return Ok(Wait::Closed(Outcome::Next));
        }
        self.tell(now, &In::Input(Input::Seated(peer)), out)
    }

    fn tell(&mut self, now: Now, input: &In<'_>, out: &mut dyn Sink) -> Result<Wait, Fault> {
        let speaker = self.speaker.as_mut().ok_or(Fault::Answer("nothing, it is gone"))?;
        if let In::Input(Input::Wire(words)) = input
            && !std::mem::replace(&mut self.greeted, true)
        {
            for (id, state) in self.common.totals.sessions().give(words) {
                In::Known { id: &id, state: &state }.put(0, now, &mut speaker.input);
            }
            if !speaker.input.is_empty() {
                speaker.speak(0, &mut Discard)?.none()?;
            }
        }
        input.put(CONNECTION, now, &mut speaker.input);
        let mut out = Watched { out, sent: false, common: &self.common };
        let answer = speaker.speak(CONNECTION, &mut out)?;
        self.unsent |= out.sent;
        match answer {
            Answer::Wait(wait) => Ok(wait),
            _ => Err(Fault::Answer("nothing about what may come next")),
        }
    }

    /// What the host is to do next, whatever the guest wants.
    fn conclude(&mut self, now: Now, waits: Result<Wait, Fault>) -> Wait {
        match waits {
            Ok(Wait::For(interest)) => Wait::For(self.bounded(now, interest)),
            Ok(Wait::Closed(outcome)) => {
                self.part(now, outcome);
                Wait::Closed(if outcome == Outcome::Quit && self.operator_spoke {
                    Outcome::Quit
                } else {
                    Outcome::Next
                })
            }
            Err(fault) => {
                self.speaker = None;
                let line = format!("s_server_wasm: a connection was closed because of its guest: {fault}\n");
                self.common.say(line.as_bytes());
                Wait::Closed(Outcome::Next)
            }
        }
    }

    /// Lets the guest go, for what it has counted.
    fn part(&mut self, now: Now, outcome: Outcome) {
        let Some(mut speaker) = self.speaker.take() else { return };
        In::Finished(outcome).put(CONNECTION, now, &mut speaker.input);
        In::Count.put(CONNECTION, now, &mut speaker.input);
        // Its connection is over whatever it says now.
        if let Ok(Answer::Counters(counted)) = speaker.speak(CONNECTION, &mut Discard) {
            self.common.totals.add(&counted);
        }
        if let Some(tap) = &speaker.tap {
            tap.over(now);
        }
    }

    fn bounded(&self, now: Now, wants: Interest) -> Interest {
        Interest {
            flushed: wants.flushed && self.unsent,
            operator: wants.operator.map(|max| max.clamp(1, OPERATOR_UNIT)),
            deadline: wants.deadline.map(|(at, why)| (at.max(now.after(SHORTEST)), why)),
            ..wants
        }
    }
}

/// Passes everything on, keeps sessions for other guests, and remembers that bytes were sent.
struct Watched<'a> {
    out: &'a mut dyn Sink,
    sent: bool,
    common: &'a Common,
}

impl Sink for Watched<'_> {
    fn put(&mut self, effect: Effect<'_>) {
        match effect {
            Effect::Transmit(bytes) => self.sent |= !bytes.is_empty(),
            Effect::KeyLog(line) => return self.out.key_log(line.trim_ascii_end()),
            Effect::Session { id, state } => return self.common.totals.sessions().keep(id, state),
            Effect::Print(..) | Effect::File(_) | Effect::Messages(_) | Effect::Fact(_) => {}
        }
        self.out.put(effect);
    }

    fn wants_facts(&self) -> bool {
        self.out.wants_facts()
    }
}
