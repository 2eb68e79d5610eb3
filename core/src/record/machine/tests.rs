use super::*;
use crate::StartError;
use crate::io::{PeerAddress, Stream};
use crate::options::needs::Slot;
use crate::options::testing::{BUNDLED, TestWorld, words};
use crate::record::output::Out;
use crate::scripted::Context;
use crate::server::Listening;
use alloc::string::String;
use alloc::vec::Vec;

/// Contexts of scripted engines; one file must have been given, if the plan's certificate is not the default.
#[derive(Default)]
struct Scripted {
    now: Now,
    renewed: Vec<Role>,
    seeds: Vec<Seed>,
}

impl Engines for Scripted {
    fn context(&mut self, _: &Arc<Plan>, given: &Given, out: &mut dyn Sink) -> Result<Arc<dyn TlsContext>, StartError> {
        out.print(Stream::Out, b"loading\n");
        match given.files.get(CERTIFICATE) {
            Some(Ok(_)) => Ok(Arc::new(Context)),
            Some(Err(why)) => Err(StartError::original(alloc::format!("server.pem: {why}\n"))),
            None => Err(StartError::original("nothing given\n")),
        }
    }

    fn tick(&mut self, now: Now) {
        self.now = now;
    }

    fn reseeded(&mut self, seed: &Seed) {
        self.seeds.push(*seed);
    }

    fn renewed(&mut self, role: Role, _: &Files) {
        self.renewed.push(role);
    }
}

struct Run {
    machine: Machine<Scripted>,
    /// What came out since somebody looked, in words.
    out: Vec<String>,
    now: u64,
}

impl Run {
    fn new(line: &str) -> Self {
        let mut run = Self { machine: Machine::new(Scripted::default()), out: Vec::new(), now: 0 };
        let argv = [b"s_server".to_vec()].into_iter().chain(words(line).into_iter().map(Into::into)).collect();
        let mut args = Args::new(argv, BUNDLED, Vec::new());
        let _ = args.ask(&mut TestWorld::default());
        run.give(0, In::Args(args)).unwrap();
        run
    }

    fn loaded(line: &str) -> Self {
        let mut run = Self::new(line);
        run.give(0, In::Need { role: CERTIFICATE, content: Ok(b"pem") }).unwrap();
        run.give(0, In::Load).unwrap();
        run.out.clear();
        run
    }

    fn give(&mut self, conn: u32, input: In<'_>) -> Result<(), Fault> {
        let mut bytes = Vec::new();
        input.put(conn, Now::from_micros(self.now), &mut bytes);
        let (_, frame) = crate::record::frame::Frames::new(&bytes).next().unwrap().unwrap();
        self.machine.handle(&frame, &mut |frame| {
            let out = Out::read(&frame).unwrap().unwrap();
            let text = match out {
                Out::Fact(_) => return,
                Out::Print(stream, text) => alloc::format!("{stream:?} {}", String::from_utf8_lossy(text)),
                Out::Transmit(bytes) => alloc::format!("wire {}", String::from_utf8_lossy(bytes)),
                Out::Wait(_) => "wait".into(),
                Out::Fault(why) => alloc::format!("fault {}", String::from_utf8_lossy(why)),
                other => alloc::format!("{other:?}"),
            };
            self.out.push(alloc::format!("{} {text}", frame.conn));
        })
    }

    fn says(&mut self, conn: u32, input: In<'_>) -> Vec<String> {
        let _ = self.give(conn, input);
        core::mem::take(&mut self.out)
    }

    fn seat(&mut self, conn: u32) {
        self.give(conn, In::Accept(Start::default())).unwrap();
        self.give(conn, In::Input(Input::Seated(PeerAddress::default()))).unwrap();
        self.out.clear();
    }
}

const CERTIFICATE: Role = Role::Certificate(Slot::First);

#[test]
fn a_run_goes_through_from_the_command_line_to_the_statistics() {
    let mut run = Run::loaded("-rev -naccept 1");
    let at = Listening::Tcp { at: "127.0.0.1:4433".parse().unwrap(), port_chosen: false };
    assert_eq!(run.says(0, In::Listening(at)), ["0 Out ACCEPT\n"]);
    let accepted = run.says(7, In::Accept(Start::seeded(1)));
    assert_eq!(accepted, ["7 Accepting(false)"]);
    assert_eq!(run.says(7, In::Input(Input::Seated(PeerAddress::default()))), ["7 wait"]);
    run.give(7, In::Input(Input::Wire(b"Habc\n"))).unwrap();
    let wire: Vec<_> = run.out.iter().filter(|line| line.contains("wire")).collect();
    assert_eq!(wire, ["7 wire <H", "7 wire <cba\n"]);
    run.give(7, In::Input(Input::WireFlushed)).unwrap();
    run.out.clear();
    let closed = run.says(7, In::Input(Input::Wire(b"|")));
    assert_eq!(closed.last().unwrap(), "7 Closed(Next)");
    let finished = run.says(7, In::Finished(Outcome::Next));
    assert_eq!(finished, ["7 Accepting(false)"]);
    assert!(run.says(0, In::End)[0].starts_with("0 Out    0 items in the session cache\n"));
    assert!(run.says(0, In::Over(0)).is_empty());
}

#[test]
fn connections_are_interleaved() {
    let mut run = Run::loaded("-echo");
    run.seat(1);
    run.seat(2);
    run.give(2, In::Input(Input::Wire(b"Htwo"))).unwrap();
    run.give(1, In::Input(Input::Wire(b"Hone"))).unwrap();
    let wire: Vec<_> = run.out.iter().filter(|line| line.contains("wire")).collect();
    assert_eq!(wire, ["2 wire <H", "2 wire <two", "1 wire <H", "1 wire <one"]);
}

#[test]
fn a_run_that_ends_early_says_so_with_its_status() {
    let mut bad = Run::new("-foo");
    let text = "s_server: Unknown option: -foo\ns_server: Use -help for summary.\n";
    assert_eq!(core::mem::take(&mut bad.out), [alloc::format!("0 Err {text}"), "0 Exit(1)".into()]);
    assert_eq!(bad.says(0, In::Load), ["0 fault there is no command line to load for"]);

    let mut keyless = Run::new("");
    let _ = keyless.give(0, In::Need { role: CERTIFICATE, content: Err("No such file or directory") });
    assert_eq!(
        keyless.says(0, In::Load),
        ["0 Out loading\n", "0 Err server.pem: No such file or directory\n", "0 Exit(1)"]
    );
}

#[test]
fn only_what_a_connection_asks_for_is_taken() {
    let wire = || In::Input(Input::Wire(b"H"));
    let refused = |run: &mut Run, input: In<'_>| run.says(1, input).pop().unwrap();
    let not_now = "1 fault the connection does not take that now";
    let fresh = || {
        let mut run = Run::loaded("");
        run.seat(1);
        run
    };
    assert_eq!(refused(&mut Run::loaded(""), wire()), "1 fault there is no such connection");
    let mut unseated = Run::loaded("");
    unseated.give(1, In::Accept(Start::default())).unwrap();
    assert_eq!(refused(&mut unseated, wire()), not_now);
    assert_eq!(refused(&mut fresh(), In::Input(Input::Seated(PeerAddress::default()))), not_now);
    assert_eq!(refused(&mut fresh(), In::Input(Input::WireFlushed)), not_now);
    assert_eq!(refused(&mut fresh(), In::Input(Input::Timeout)), not_now);
    assert_eq!(refused(&mut fresh(), In::Input(Input::File(crate::io::FileReply::End))), not_now);
    assert_eq!(refused(&mut fresh(), In::Input(Input::Operator(&[b'x'; 20_000]))), not_now);
    assert_eq!(refused(&mut fresh(), In::Accept(Start::default())), "1 fault the connection has no number of its own");
}

#[test]
fn nothing_is_taken_after_a_fault() {
    let mut run = Run::loaded("");
    run.seat(1);
    assert!(run.give(2, In::Input(Input::Timeout)).is_err());
    assert!(run.give(1, In::Input(Input::Wire(b"H"))).is_err());
    assert!(run.give(0, In::Load).is_err());
}

#[test]
fn the_engine_is_told_the_time_and_what_is_renewed() {
    let mut run = Run::loaded("");
    run.now = 5;
    run.give(0, In::Need { role: Role::Status(0), content: Ok(b"der") }).unwrap();
    assert_eq!(run.machine.engines().now, Now::from_micros(5));
    assert_eq!(run.machine.engines().renewed, [Role::Status(0)]);
}

#[test]
fn a_loaded_machine_is_made_another_by_seeds_and_counters() {
    let mut run = Run::loaded("");
    let seed = Seed { own: [7; 32], ..Seed::default() };
    run.give(0, In::Seed(seed)).unwrap();
    assert_eq!(run.machine.engines().seeds, [seed]);
    run.give(0, In::Counted(CacheStats { accepts: 41, ..CacheStats::default() })).unwrap();
    assert!(run.says(0, In::End)[0].contains("\n  41 server accepts (SSL_accept())\n"));
    let mut run = Run::loaded("");
    run.seat(1);
    assert_eq!(run.says(0, In::Counted(CacheStats::default())), ["0 fault somebody is served already"]);
}

#[test]
fn statistics_begin_with_what_others_counted() {
    let mut run = Run::new("");
    let counted = CacheStats { accepts: 41, hits: 7, ..CacheStats::default() };
    run.give(0, In::Counted(counted)).unwrap();
    run.give(0, In::Need { role: CERTIFICATE, content: Ok(b"pem") }).unwrap();
    run.give(0, In::Load).unwrap();
    run.out.clear();
    let own = CacheStats { size: 128, ..CacheStats::default() };
    assert_eq!(run.says(0, In::Count), [alloc::format!("0 {:?}", Out::Counters(own))]);
    let lines = run.says(0, In::End);
    assert!(lines[0].contains("\n  41 server accepts (SSL_accept())\n"), "{lines:?}");
    assert!(lines[0].contains("\n   7 session cache hits\n"), "{lines:?}");
}

#[test]
fn the_host_may_print_on_its_own() {
    let mut run = Run::loaded("");
    assert_eq!(run.says(0, In::Said(Stream::Err, b"s_server: told\n")), ["0 Err s_server: told\n"]);
}

#[test]
fn what_came_out_may_be_fed_as_well() {
    let mut run = Run::loaded("");
    let frame = Frame { kind: Kind::PrintOut, conn: 9, at: Now::default(), payload: b"x" };
    run.machine.handle(&frame, &mut |frame| panic!("{frame:?}")).unwrap();
    run.seat(1);
    assert_eq!(run.says(1, In::Finished(Outcome::Next)), ["1 Accepting(true)"]);
}
