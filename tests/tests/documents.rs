//! Documents that are made from the option table are up to date.

use std::fs;

use conformance::documents::{completions, manual, parity};
use conformance::tests_folder;

fn document(name: &str) -> String {
    let path = tests_folder().with_file_name(name);
    fs::read_to_string(&path).unwrap_or_else(|e| panic!("{}: {e}", path.display()))
}

/// `UPDATE=1 cargo test -p conformance --test documents` writes it.
fn assert_is_up_to_date(name: &str, generated: &str) {
    if std::env::var_os("UPDATE").is_some() {
        let path = tests_folder().with_file_name(name);
        fs::create_dir_all(path.parent().expect("a folder")).unwrap();
        fs::write(path, generated).unwrap();
    }
    assert!(document(name) == generated, "{name}: run this test with UPDATE=1");
}

#[test]
fn parity_is_up_to_date() {
    assert_is_up_to_date("docs/PARITY.md", &parity::render());
}

#[test]
fn the_man_page_is_up_to_date() {
    assert_is_up_to_date("docs/s_server.1", &manual::page());
}

#[test]
fn the_completions_are_up_to_date() {
    for (name, script) in completions::all() {
        assert_is_up_to_date(&format!("docs/completions/{name}"), &script);
    }
}

/// What core/testing/tests/effects.rs leaves to the host names the test here that plays it.
#[test]
fn options_of_the_host_name_a_test_that_is_there() {
    let effects = document("core/testing/tests/effects.rs");
    let (_, list) = effects.split_once("const HOST: &[(&str, &str)] = &[").expect("the list");
    let (list, _) = list.split_once("];").expect("its end");
    let tests: Vec<_> = list.lines().filter_map(|line| line.trim().strip_suffix("\"),")?.rsplit('"').next()).collect();
    assert!(tests.len() > 10, "{tests:?}");
    for test in tests {
        assert!(tests_folder().join("tests").join(format!("{test}.rs")).exists(), "{test}");
    }
}
