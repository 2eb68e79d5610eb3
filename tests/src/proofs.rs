//! Which test observes the effect of which option: `proofs.toml`.

use std::collections::{BTreeMap, BTreeSet};

use s_server_core::options::row::{Row, Stage};
use s_server_core::options::{Build, Feature, Features, table};
use serde::Deserialize;

use crate::sample;

/// The file's two tables, by option name without the dash.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proofs {
    proofs: BTreeMap<String, String>,
    none: BTreeMap<String, String>,
}

/// One test of this package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Test {
    /// Its file in `tests/`, without `.rs`.
    pub binary: String,
    /// Its whole name in that file.
    pub name: String,
}

/// The lines in docs/TESTING.md that [`table()`] stands between.
pub const MARKERS: (&str, &str) = ("<!-- the no-op run: begin -->\n", "<!-- the no-op run: end -->\n");

impl Proofs {
    /// Reads `proofs.toml`.
    pub fn load() -> Result<Proofs, String> {
        let path = sample::folder().join("proofs.toml");
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// The rows with their tests, in the order of the option table.
    pub fn tests(&self) -> Vec<(&'static str, Test)> {
        rows().filter_map(|row| Some((row.name, self.test(row.name)?))).collect()
    }

    fn test(&self, row: &str) -> Option<Test> {
        let (binary, name) = self.proofs.get(row)?.split_once(' ')?;
        Some(Test { binary: binary.to_owned(), name: name.to_owned() })
    }

    /// Rows without an effect of their own, and why.
    pub fn without(&self) -> Vec<(&'static str, &str)> {
        rows().filter_map(|row| Some((row.name, self.none.get(row.name)?.as_str()))).collect()
    }

    /// What is wrong with the list of rows: each must be named once, and no other.
    pub fn mistakes(&self) -> Vec<String> {
        let rows: BTreeSet<&str> = rows().map(|row| row.name).collect();
        let named: Vec<&str> = self.proofs.keys().chain(self.none.keys()).map(String::as_str).collect();
        let missing = rows.iter().filter(|row| !named.contains(row)).map(|row| format!("-{row} has no entry"));
        let unknown =
            named.iter().filter(|name| !rows.contains(*name)).map(|name| format!("-{name} has no effect yet"));
        let twice =
            self.none.keys().filter(|name| self.proofs.contains_key(*name)).map(|name| format!("-{name} twice"));
        let malformed =
            self.proofs.iter().filter(|(_, test)| !test.contains(' ')).map(|(row, test)| format!("-{row}: {test}"));
        missing.chain(unknown).chain(twice).chain(malformed).collect()
    }
}

/// The rows that have an effect in a build with the distribution's OpenSSL 3.0.
fn rows() -> impl Iterator<Item = &'static Row> {
    let features = [Feature::Engine, Feature::Ktls, Feature::Srp, Feature::SslTrace, Feature::UnixSockets];
    let features = features.into_iter().fold(Features::NONE, Features::with);
    let build = Build { features, ..Build::default() };
    table::rows().filter(move |row| row.stage == Stage::Ready && row.exists_in(&build))
}

/// The table of docs/TESTING.md, with what became of each row's test without the row's effect.
pub fn table(proofs: &Proofs, outcome: impl Fn(&'static str) -> &'static str) -> String {
    let mut text = String::from("| option | its test | without its effect |\n| --- | --- | --- |\n");
    for (row, Test { binary, name }) in proofs.tests() {
        text += &format!("| `-{row}` | `{binary}` `{name}` | {} |\n", outcome(row));
    }
    for (row, why) in proofs.without() {
        text += &format!("| `-{row}` | none: {why} | |\n");
    }
    text
}

/// The document with another table between the markers.
pub fn replaced(document: &str, table: &str) -> Result<String, String> {
    let (begin, end) = MARKERS;
    let (before, rest) = document.split_once(begin).ok_or_else(|| format!("no line {begin}"))?;
    let (_, after) = rest.split_once(end).ok_or_else(|| format!("no line {end}"))?;
    Ok([before, begin, table, end, after].concat())
}
