//! Every option of trust, chain, list, session and name has its effect on the second context and beside the page too.

use conformance::launch::program::Program;
use conformance::play::pairs;
use libtest_mimic::{Arguments, Failed, Trial};

fn main() {
    let trial = |pair: pairs::Pair| Trial::test(pair.name(), move || pair.holds().map_err(Failed::from));
    // The texts are those of the distribution's release.
    let pairs = if Program::goldens_apply() { pairs::all() } else { Vec::new() };
    // They wait for each other's silence and use no processor meanwhile.
    let mut arguments = Arguments::from_args();
    arguments.test_threads.get_or_insert(12);
    libtest_mimic::run(&arguments, pairs.into_iter().map(trial).collect()).exit();
}
