//! Every option names the test that observes its effect. That the test does so is shown by the no-op run:
//! `cargo run -p conformance --bin noop`.

use conformance::documents::proofs::{self, Linked, Proofs};
use conformance::scripts::scope::SAMPLES;
use conformance::tests_folder;

const BUILDS: [Linked; 2] = [Linked::System, Linked::Bundled];

#[test]
fn every_row_has_one_entry() {
    for linked in BUILDS {
        assert_eq!(Proofs::load().unwrap().mistakes(linked), Vec::<String>::new());
    }
}

/// The names of side_by_side are looked at there.
#[test]
fn every_entry_names_a_test() {
    let proofs = Proofs::load().unwrap();
    for (row, test) in BUILDS.into_iter().flat_map(|linked| proofs.tests(linked)) {
        let exists = match test.binary.as_str() {
            "goldens" => test.name.strip_prefix("ours::").is_some_and(|name| SAMPLES.contains(&name)),
            "side_by_side" => true,
            binary => {
                let path = tests_folder().join("tests").join(binary).with_extension("rs");
                let source =
                    std::fs::read_to_string(&path).unwrap_or_else(|e| panic!("-{row}: {}: {e}", path.display()));
                source.contains(&format!("#[test]\nfn {}()", test.name))
            }
        };
        assert!(exists, "-{row}: there is no {test:?}");
    }
}

#[test]
fn rows_without_a_test_are_few() {
    let proofs = Proofs::load().unwrap();
    assert!(BUILDS.into_iter().flat_map(|linked| proofs.without(linked)).count() <= 14);
}

/// The last run, of these very tests, has found none that does not notice.
#[test]
fn the_table_of_the_document_is_that_of_a_run_in_which_all_failed() {
    let path = tests_folder().with_file_name("docs").join("TESTING.md");
    let document = std::fs::read_to_string(path).unwrap();
    for linked in BUILDS {
        let table = proofs::table(&Proofs::load().unwrap(), linked, |_| "fails");
        let expected = proofs::replaced(&document, linked, &table).unwrap();
        assert!(document == expected, "docs/TESTING.md: cargo run -p conformance --bin noop, {linked:?}");
    }
}
