//! Every transcript in scope, played to the original and to ours.
//!
//! `reference::NAME` shows that the harness reproduces what was captured; `ours::NAME` that we do.

use conformance::compare::compare;
use conformance::differences::{self, Difference};
use conformance::harness::arguments;
use conformance::program::Program;
use conformance::replay::replay_until;
use conformance::sample::Sample;
use conformance::scope::SAMPLES;
use libtest_mimic::{Failed, Trial};

fn main() {
    let differences = differences::load().expect("differences.toml can be read");
    let trials = if Program::goldens_apply() { trials(&differences) } else { Vec::new() };
    libtest_mimic::run(&arguments(), trials).exit();
}

fn trials(differences: &[Difference]) -> Vec<Trial> {
    let reference =
        SAMPLES.iter().map(|name| Trial::test(format!("reference::{name}"), || play(name, &Program::reference(), &[])));
    let ours = SAMPLES.iter().map(|name| {
        let differences = differences::of(name, "3.0", differences);
        Trial::test(format!("ours::{name}"), move || play(name, &Program::ours(), &differences))
    });
    reference.chain(ours).collect()
}

fn play(name: &str, program: &Program, differences: &[Difference]) -> Result<(), Failed> {
    let golden = Sample::load(name)?;
    Ok(replay_until(&golden.script, program, |seen| compare(&golden.streams, seen, differences))?)
}
