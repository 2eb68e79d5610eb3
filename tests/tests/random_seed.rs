//! `-writerand`, beside the original.

use std::fs;

use conformance::launch::folder::Folder;
use conformance::launch::program::Program;

/// Whatever else is wrong with the command line.
#[test]
fn the_seed_is_written_though_the_command_line_is_refused() {
    if Program::ours().is_sandboxed() {
        return;
    }
    let reference = Program::has_reference().then(Program::reference);
    for program in [Program::ours()].into_iter().chain(reference) {
        let folder = Folder::pki().unwrap();
        let mut command = program.command(folder.path());
        let output = command.args(["-writerand", "seed.out", "-foo"]).output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        assert_eq!(fs::metadata(folder.path().join("seed.out")).unwrap().len(), 1_024);
    }
}
