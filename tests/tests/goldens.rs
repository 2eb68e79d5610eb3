//! Every transcript in scope, played to the original and to ours.
//!
//! `reference::NAME` shows that the harness reproduces what was captured; `ours::NAME` that we do.

use conformance::compare::compare;
use conformance::compare::differences::{self, Difference};
use conformance::compare::retries;
use conformance::compare::shared_ciphers;
use conformance::compare::traces;
use conformance::launch::program::Program;
use conformance::play::replay::replay_until;
use conformance::play::trials::arguments;
use conformance::scripts::sample::Sample;
use conformance::scripts::scope::SAMPLES;
use libtest_mimic::{Failed, Trial};

fn main() {
    let differences = differences::load().expect("differences.toml can be read");
    let trials = if Program::goldens_apply() { trials(&differences) } else { Vec::new() };
    libtest_mimic::run(&arguments(), trials).exit();
}

fn trials(differences: &[Difference]) -> Vec<Trial> {
    let reference = SAMPLES
        .iter()
        .map(|name| Trial::test(format!("reference::{name}"), || play(name, &Program::reference(), None)));
    let ours = SAMPLES.iter().map(|name| {
        let differences = differences::of(name, "3.0", differences);
        Trial::test(format!("ours::{name}"), move || play(name, &Program::ours(), Some(&differences)))
    });
    reference.chain(ours).collect()
}

/// Plays a transcript; what is different on purpose counts for ours alone.
fn play(name: &str, program: &Program, differences: Option<&[Difference]>) -> Result<(), Failed> {
    let Sample { script, streams } = Sample::load(name)?;
    let mut golden = streams;
    let is_ours = differences.is_some();
    if is_ours {
        golden = shared_ciphers::mended(&golden, &script);
    }
    let differences = differences.unwrap_or_default();
    Ok(replay_until(&script, program, |seen| {
        let explained = is_ours.then(|| traces::without_explanations(&script, seen));
        let seen = explained.as_ref().unwrap_or(seen);
        if retries::vary(&script) {
            return compare(&retries::without(&golden), &retries::without(seen), differences);
        }
        compare(&golden, seen, differences)
    })?)
}
