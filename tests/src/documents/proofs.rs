//! Which test observes the effect of which option: `proofs.toml`.

use std::collections::{BTreeMap, BTreeSet};

use s_server_core::options::plan::Reference;
use s_server_core::options::row::{Row, Stage};
use s_server_core::options::{Build, Feature, Features, table};
use serde::Deserialize;

use crate::tests_folder;

/// The file's tables, by option name without the dash.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Proofs {
    proofs: BTreeMap<String, String>,
    none: BTreeMap<String, String>,
    bundled: BTreeMap<String, String>,
    bundled_none: BTreeMap<String, String>,
}

/// Which build proves an option.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Linked {
    /// The one with the distribution's OpenSSL 3.0.
    System,
    /// The bundled one, for what 3.0 does not have.
    Bundled,
}

/// One test of this package.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Test {
    /// Its file in `tests/`, without `.rs`.
    pub binary: String,
    /// Its whole name in that file.
    pub name: String,
}

impl Proofs {
    /// Reads `proofs.toml`.
    pub fn load() -> Result<Proofs, String> {
        let path = tests_folder().join("proofs.toml");
        let text = std::fs::read_to_string(&path).map_err(|e| format!("{}: {e}", path.display()))?;
        toml::from_str(&text).map_err(|e| format!("{}: {e}", path.display()))
    }

    /// The rows of that build with their tests, in the order of the option table.
    pub fn tests(&self, linked: Linked) -> Vec<(&'static str, Test)> {
        let test = |row: &str| {
            let (binary, name) = self.proved(linked).get(row)?.split_once(' ')?;
            Some(Test { binary: binary.to_owned(), name: name.to_owned() })
        };
        let further = table::rows().filter(|row| linked == Linked::Bundled && self.none.contains_key(row.name));
        linked.rows().chain(further).filter_map(|row| Some((row.name, test(row.name)?))).collect()
    }

    /// Rows without an effect of their own, and why.
    pub fn without(&self, linked: Linked) -> Vec<(&'static str, &str)> {
        linked.rows().filter_map(|row| Some((row.name, self.unproved(linked).get(row.name)?.as_str()))).collect()
    }

    /// What is wrong with the list of rows: each must be named once, and no other.
    pub fn mistakes(&self, linked: Linked) -> Vec<String> {
        let (proofs, none) = (self.proved(linked), self.unproved(linked));
        let rows: BTreeSet<&str> = linked.rows().map(|row| row.name).collect();
        let named: Vec<&str> = proofs.keys().chain(none.keys()).map(String::as_str).collect();
        let missing = rows.iter().filter(|row| !named.contains(row)).map(|row| format!("-{row} has no entry"));
        // What cannot be observed with the system's library may be with the bundled one.
        let is_known = |name: &str| rows.contains(name) || linked == Linked::Bundled && self.none.contains_key(name);
        let unknown = named.iter().filter(|name| !is_known(name)).map(|name| format!("-{name} has no effect yet"));
        let twice = none.keys().filter(|name| proofs.contains_key(*name)).map(|name| format!("-{name} twice"));
        let malformed =
            proofs.iter().filter(|(_, test)| !test.contains(' ')).map(|(row, test)| format!("-{row}: {test}"));
        missing.chain(unknown).chain(twice).chain(malformed).collect()
    }

    fn proved(&self, linked: Linked) -> &BTreeMap<String, String> {
        match linked {
            Linked::System => &self.proofs,
            Linked::Bundled => &self.bundled,
        }
    }

    fn unproved(&self, linked: Linked) -> &BTreeMap<String, String> {
        match linked {
            Linked::System => &self.none,
            Linked::Bundled => &self.bundled_none,
        }
    }
}

impl Linked {
    /// The rows that have an effect in that build: of the bundled one those that the system's library has not.
    fn rows(self) -> impl Iterator<Item = &'static Row> {
        let system = Build { features: features(&[Feature::Engine]), ..Build::default() };
        let newer = [Feature::CertComp, Feature::Ech, Feature::Sctp, Feature::Tfo];
        let bundled = Build { reference: Reference::V4_0, features: features(&newer), ..Build::default() };
        table::rows().filter(move |row| {
            let proved_there = row.is_shown_in(&system);
            let here = if self == Self::System { proved_there } else { row.is_shown_in(&bundled) && !proved_there };
            here && row.stage == Stage::Ready
        })
    }

    /// The lines in docs/TESTING.md that [`table()`] stands between.
    fn markers(self) -> (&'static str, &'static str) {
        match self {
            Self::System => ("<!-- the no-op run: begin -->\n", "<!-- the no-op run: end -->\n"),
            Self::Bundled => ("<!-- the bundled no-op run: begin -->\n", "<!-- the bundled no-op run: end -->\n"),
        }
    }
}

fn features(own: &[Feature]) -> Features {
    let common = [Feature::Ktls, Feature::Srp, Feature::SslTrace, Feature::UnixSockets];
    common.iter().chain(own).copied().collect()
}

/// The table of docs/TESTING.md, with what became of each row's test without the row's effect.
pub fn table(proofs: &Proofs, linked: Linked, outcome: impl Fn(&'static str) -> &'static str) -> String {
    let mut text = String::from("| option | its test | without its effect |\n| --- | --- | --- |\n");
    for (row, Test { binary, name }) in proofs.tests(linked) {
        text += &format!("| `-{row}` | `{binary}` `{name}` | {} |\n", outcome(row));
    }
    for (row, why) in proofs.without(linked) {
        text += &format!("| `-{row}` | none: {why} | |\n");
    }
    text
}

/// The document with another table of that build.
pub fn replaced(document: &str, linked: Linked, table: &str) -> Result<String, String> {
    let (begin, end) = linked.markers();
    let (before, rest) = document.split_once(begin).ok_or_else(|| format!("no line {begin}"))?;
    let (_, after) = rest.split_once(end).ok_or_else(|| format!("no line {end}"))?;
    Ok([before, begin, table, end, after].concat())
}
