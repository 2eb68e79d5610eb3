//! What the sandbox costs: `cargo bench -p s-server-wasm`. Medians and sums of the server's side alone.
#[path = "../tests/session/mod.rs"]
mod session;

use std::time::{Duration, Instant};

use rustls::version::TLS13;
use s_server_core::engine::Start;
use s_server_core::io::{Input, Now, Outcome, PeerAddress};
use s_server_core::record::{Frames, In, Kind, Machine};
use s_server_rustls::Rustls;
use s_server_wasm::module;
use s_server_wasm::sandbox::{Instance, Limits, Sandbox, Snapshot};
use session::{CONNECTION, ECDSA, Identity, RSA, SEED, client, prologue};

const ROUNDS: usize = 200;

/// Frames in, frames out, wherever the machine is.
type Step<'a> = &'a mut dyn FnMut(&[u8], &mut Vec<u8>);

fn main() {
    let (sandbox, compile) = timed(|| Sandbox::new(module::MODULE, Limits::DEFAULT, None).unwrap());
    println!("module of {} KB, compiled in {:.0} ms", module::MODULE.len() / 1000, millis(compile));
    let instances = (0..ROUNDS).map(|_| timed(|| sandbox.instance([0; 32]).unwrap()).1);
    println!("instance               {:8.3} ms", median(instances.collect()));
    for (name, identity) in [("RSA 2048", RSA), ("P-256", ECDSA)] {
        println!("{name}, TLS 1.3");
        measure(&sandbox, identity);
    }
}

fn measure(sandbox: &Sandbox, identity: Identity) {
    let loading = prologue(identity, &["-rev"]);
    let mut output = Vec::new();
    let mut loaded = sandbox.instance([0; 32]).unwrap();
    let (_, load) = timed(|| loaded.step(&loading, &mut output).unwrap());
    let snapshot = Snapshot::between(&sandbox.instance([0; 32]).unwrap(), &loaded);
    println!("  loaded once          {:8.3} ms", millis(load));
    let copy = || {
        let mut copy = sandbox.instance([0; 32]).unwrap();
        copy.restore(&snapshot).unwrap();
        copy
    };
    let copies = (0..ROUNDS).map(|_| timed(copy).1).collect();
    println!("  instance and copy    {:8.3} ms ({} KB are copied)", median(copies), snapshot.copied() / 1000);

    let mut guests = Vec::new();
    for _ in 0..ROUNDS {
        let (mut instance, made): (Instance, _) = timed(copy);
        let (flight, all) = handshake(identity, &mut |input, output| instance.step(input, output).unwrap());
        guests.push((flight, made + all));
    }
    let mut machine = Machine::new(Rustls::default());
    let mut native_step = |input: &[u8], output: &mut Vec<u8>| {
        output.clear();
        for frame in Frames::new(input).map(|frame| frame.unwrap().1) {
            machine.handle(&frame, &mut |frame| frame.put(output)).unwrap();
        }
    };
    native_step(&loading, &mut output);
    let natives: Vec<_> = (0..ROUNDS).map(|_| handshake(identity, &mut native_step)).collect();

    let (guest, native) = (rate(&guests), rate(&natives));
    println!("  first server flight  {:8.3} ms, natively {:.3}", flight(&guests), flight(&natives));
    println!("  handshakes a second  {guest:8.0}, natively {native:.0}: {:.2}", guest / native);
}

/// Time of the first answer, and of the whole handshake.
fn handshake(identity: Identity, step: Step<'_>) -> (Duration, Duration) {
    let mut client = client(identity, &TLS13);
    let (mut output, mut all, mut flight) = (Vec::new(), Duration::ZERO, None);
    let mut give = |inputs: &[In<'_>], output: &mut Vec<u8>| {
        let mut frames = Vec::new();
        inputs.iter().for_each(|input| input.put(CONNECTION, Now::default(), &mut frames));
        let ((), time) = timed(|| step(&frames, output));
        all += time;
        time
    };
    give(
        &[In::Seed(SEED), In::Accept(Start::default()), In::Input(Input::Seated(PeerAddress::default()))],
        &mut output,
    );
    while client.is_handshaking() || client.wants_write() {
        let mut wire = Vec::new();
        while client.wants_write() {
            client.write_tls(&mut wire).unwrap();
        }
        let time = give(&[In::Input(Input::Wire(&wire))], &mut output);
        flight.get_or_insert(time);
        for frame in Frames::new(&output).map(|frame| frame.unwrap().1).filter(|frame| frame.kind == Kind::Transmit) {
            client.read_tls(&mut &*frame.payload).unwrap();
            client.process_new_packets().unwrap();
        }
    }
    give(&[In::Finished(Outcome::Next)], &mut output);
    (flight.unwrap(), all)
}

fn timed<T>(work: impl FnOnce() -> T) -> (T, Duration) {
    let start = Instant::now();
    let done = work();
    (done, start.elapsed())
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

fn median(mut times: Vec<Duration>) -> f64 {
    times.sort();
    millis(times[times.len() / 2])
}

fn flight(rounds: &[(Duration, Duration)]) -> f64 {
    median(rounds.iter().map(|round| round.0).collect())
}

/// From the median: the machine may be busy with something else.
fn rate(rounds: &[(Duration, Duration)]) -> f64 {
    1e3 / median(rounds.iter().map(|round| round.1).collect())
}
