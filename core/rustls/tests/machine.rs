//! The engine in a machine that is driven by frames, as a sandbox does it: what its host was told counts.

use s_server_core::io::Now;
use s_server_core::options::plan::Reference;
use s_server_core::options::{Build, Features, NoLibrary};
use s_server_core::record::{Args, Frames, In, Machine, Out};
use s_server_rustls::{REFUSALS, Rustls};

/// What comes out of a machine that is told that command line, and whether its host made a plan of it.
fn told(line: &str) -> (bool, Vec<String>) {
    let build = Build { reference: Reference::V4_0, features: Features::NONE, refusals: &REFUSALS };
    let words = std::iter::once("s_server").chain(line.split_whitespace());
    let mut args = Args::new(words.map(|word| word.as_bytes().to_vec()).collect(), build, Vec::new());
    let planned = args.ask(&mut NoLibrary::default()).is_ok();
    let (mut frames, mut came) = (Vec::new(), Vec::new());
    In::Args(args).put(0, Now::default(), &mut frames);
    let mut machine = Machine::new(Rustls::default());
    for (_, frame) in Frames::new(&frames).flatten() {
        let taken = machine.handle(&frame, &mut |frame| {
            came.push(match Out::read(&frame) {
                Ok(Some(Out::Print(_, text))) => String::from_utf8_lossy(text).into_owned(),
                other => format!("{other:?}"),
            });
        });
        taken.unwrap();
    }
    (planned, came)
}

#[test]
fn an_option_that_is_refused_ends_the_run_in_there_as_well() {
    let text = "s_server: -tls1_1: rustls has TLS 1.2 and TLS 1.3 only; use s_server, built with OpenSSL\n";
    assert_eq!(told("-tls1_1"), (false, vec![text.to_owned(), "Ok(Some(Exit(1)))".to_owned()]));
}

#[test]
fn an_option_that_only_this_engine_has_is_taken_in_there_as_well() {
    assert_eq!(told("-status_file response.der -verify_ip 127.0.0.1"), (true, vec![]));
}
