//! What a row of the option table says.
use alloc::borrow::ToOwned;
use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::library::{Build, Feature};
use super::plan::{Format, Reference};
use super::refusals::Support;
use super::{OptionError, Options, World};

/// Options under one heading of `-help`.
#[derive(Debug)]
pub struct Section {
    /// The heading without its word `options`.
    pub title: &'static str,
    /// The rows in the order of `-help`.
    pub rows: &'static [Row],
    /// The heading is one of the original's; extensions are left out of `-help`.
    pub original: bool,
}

/// One option.
#[derive(Debug)]
pub struct Row {
    /// The name without its dash.
    pub name: &'static str,
    /// The value's syntax and what the option does with it.
    pub set: Set,
    /// The line in `-help`.
    pub help: &'static str,
    /// A second line in `-help`.
    pub continued: Option<&'static str>,
    /// The line in `-help` from that release on.
    pub reworded: Option<(Reference, &'static str)>,
    /// The first release that has the option.
    pub since: Reference,
    /// The first release that no longer has it.
    pub until: Option<Reference>,
    /// What the library or the system must have for the original to have the option: `-help` shows it there alone.
    pub shown_with: Option<Feature>,
    /// What the option cannot work without.
    pub needs: Option<Feature>,
    /// What is looked at after the value's syntax and before anything is set.
    pub check: Option<Check>,
    /// What is done at once with a word, before it is set, in a build that has what the option needs.
    pub act: Option<Act>,
    /// Whether the option has its effect.
    pub stage: Stage,
    /// The value is never shown on a page.
    pub secret: bool,
    /// What is deliberately better than in the original.
    pub better: Option<&'static str>,
}

/// Whether an option has its effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// It has.
    Ready,
    /// It is read and cross-checked, and then refused by name.
    Later,
}

/// Why a row at [`Stage::Later`] is refused.
pub const NOT_YET: &str = "not available in this build yet";

/// A value's syntax, its word in `-help`, and the setter: one and the same choice.
#[derive(Clone, Copy, Debug)]
pub enum Set {
    /// No value.
    Flag(fn(&mut Options)),
    /// `val`: any word.
    Text(fn(&mut Options, &[u8])),
    /// `uri`: any word.
    Uri(fn(&mut Options, &[u8])),
    /// `infile`: any word.
    InFile(fn(&mut Options, &[u8])),
    /// `outfile`: any word.
    OutFile(fn(&mut Options, &[u8])),
    /// `dir`: a directory that exists.
    Dir(fn(&mut Options, &[u8])),
    /// `+int`: a number from 1 on.
    Positive(fn(&mut Options, i32)),
    /// `int`: a number.
    Int(fn(&mut Options, i32)),
    /// `PEM|DER`.
    PemDer(fn(&mut Options, Format)),
    /// `format`: any known format.
    AnyFormat(fn(&mut Options, Format)),
    /// Handed to `SSL_CONF_cmd` later, in order.
    Conf(Syntax),
    /// Handed to the verification parameters later, in order.
    Param(Syntax),
    /// Prints that text about the table at once, and the run is over.
    Print(fn(&[Section], &Build, &mut dyn World) -> String),
}

/// The syntax of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// No value.
    Flag,
    /// Any word.
    Text,
    /// Any word.
    Uri,
    /// Any word.
    InFile,
    /// Any word.
    OutFile,
    /// A directory that exists.
    Dir,
    /// A 32-bit number from 1 on.
    Positive,
    /// A 32-bit number.
    Int,
    /// A 64-bit number.
    Long,
    /// PEM or DER.
    PemDer,
    /// Any known format.
    AnyFormat,
}

/// A value that has passed its syntax.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Value<'a> {
    /// There is none.
    Nothing,
    /// A word.
    Word(&'a [u8]),
    /// A number.
    Int(i32),
    /// A large number.
    Long(i64),
    /// A format.
    Format(Format),
}

/// Looks at a value before it is set: the options so far, the value, and the release that the texts follow.
pub type Check = fn(&Options, Value<'_>, Reference) -> Result<(), OptionError>;

/// Asks or does at once what an option wants of the world outside.
pub type Act = fn(&mut dyn World, &[u8]) -> Result<(), OptionError>;

/// A row whose other columns say nothing special.
pub(super) const fn row(name: &'static str, set: Set, help: &'static str) -> Row {
    Row {
        name,
        set,
        help,
        continued: None,
        reworded: None,
        since: Reference::V3_0,
        until: None,
        shown_with: None,
        needs: None,
        check: None,
        act: None,
        stage: Stage::Ready,
        secret: false,
        better: None,
    }
}

impl Row {
    pub(super) const fn continued(mut self, line: &'static str) -> Self {
        self.continued = Some(line);
        self
    }

    pub(super) const fn reworded(mut self, from: Reference, help: &'static str) -> Self {
        self.reworded = Some((from, help));
        self
    }

    pub(super) const fn since(mut self, release: Reference) -> Self {
        self.since = release;
        self
    }

    pub(super) const fn until(mut self, release: Reference) -> Self {
        self.until = Some(release);
        self
    }

    /// The original has it with that part alone, and it works with that alone.
    pub(super) const fn needs(mut self, feature: Feature) -> Self {
        (self.shown_with, self.needs) = (Some(feature), Some(feature));
        self
    }

    pub(super) const fn checked(mut self, check: Check) -> Self {
        self.check = Some(check);
        self
    }

    pub(super) const fn acts(mut self, act: Act) -> Self {
        self.act = Some(act);
        self
    }

    pub(super) const fn later(mut self) -> Self {
        self.stage = Stage::Later;
        self
    }

    pub(super) const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    pub(super) const fn better(mut self, how: &'static str) -> Self {
        self.better = Some(how);
        self
    }

    /// The line in the `-help` of that release.
    pub fn help_in(&self, reference: Reference) -> &'static str {
        match self.reworded {
            Some((from, help)) if reference >= from => help,
            _ => self.help,
        }
    }

    /// Whether `-help` shows the option: the original has it in that build.
    pub fn is_shown_in(&self, build: &Build) -> bool {
        let has = |feature| build.features.contains(feature);
        self.is_of(build.reference) && self.shown_with.is_none_or(has)
    }

    /// Whether nothing that the option cannot work without is missing in that build.
    pub fn works_in(&self, build: &Build) -> bool {
        self.missing_in(build).is_none()
    }

    /// The release has the option.
    fn is_of(&self, reference: Reference) -> bool {
        reference >= self.since && self.until.is_none_or(|until| reference < until)
    }

    /// Why an option that the original has is refused in that build; `None` when it has its effect.
    pub fn refused_in(&self, build: &Build) -> Option<&'static str> {
        match build.refusals.refuses(self.name) {
            None if self.is_later(&build.refusals.support(self.name)) => Some(NOT_YET),
            why => why,
        }
    }

    /// Whether the option has its effect later only, with an engine that does that of it.
    pub(super) fn is_later(&self, support: &Support) -> bool {
        self.stage == Stage::Later && *support != Support::Ahead
    }

    /// Why the option cannot work in that build; `None` when nothing is missing.
    pub fn missing_in(&self, build: &Build) -> Option<String> {
        let gone = self.until.is_some_and(|release| build.reference >= release);
        match self.needs {
            Some(feature) if gone || !build.features.contains(feature) => return Some(feature.missing().to_owned()),
            _ => {}
        }
        (build.reference < self.since).then(|| {
            let (since, linked) = (self.since.name(), build.reference.name());
            format!("came with OpenSSL {since}, and the linked one is {linked}; the bundled build has it")
        })
    }
}

impl Set {
    /// The value's syntax.
    pub const fn syntax(&self) -> Syntax {
        match self {
            Self::Flag(_) | Self::Print(_) => Syntax::Flag,
            Self::Text(_) => Syntax::Text,
            Self::Uri(_) => Syntax::Uri,
            Self::InFile(_) => Syntax::InFile,
            Self::OutFile(_) => Syntax::OutFile,
            Self::Dir(_) => Syntax::Dir,
            Self::Positive(_) => Syntax::Positive,
            Self::Int(_) => Syntax::Int,
            Self::PemDer(_) => Syntax::PemDer,
            Self::AnyFormat(_) => Syntax::AnyFormat,
            Self::Conf(syntax) | Self::Param(syntax) => *syntax,
        }
    }

    /// Does what option `name` does with a value of its syntax.
    pub(super) fn apply(&self, options: &mut Options, name: &'static str, value: Value<'_>) {
        match (self, value) {
            (Self::Flag(set), _) => set(options),
            (
                Self::Text(set) | Self::Uri(set) | Self::InFile(set) | Self::OutFile(set) | Self::Dir(set),
                Value::Word(word),
            ) => set(options, word),
            (Self::Positive(set) | Self::Int(set), Value::Int(number)) => set(options, number),
            (Self::PemDer(set) | Self::AnyFormat(set), Value::Format(format)) => set(options, format),
            (Self::Conf(_), value) => options.conf.push((format!("-{name}").into_bytes(), value.text())),
            (Self::Param(_), value) => options.verify_params.push((name, value.text())),
            (Self::Print(_), _) => {}
            (_, value) => unreachable!("-{name} was read with another syntax: {value:?}"),
        }
    }
}

impl Syntax {
    /// Its word in `-help`; empty for a flag.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Flag => "",
            Self::Text => "val",
            Self::Uri => "uri",
            Self::InFile => "infile",
            Self::OutFile => "outfile",
            Self::Dir => "dir",
            Self::Positive => "+int",
            Self::Int => "int",
            Self::Long => "intmax",
            Self::PemDer => "PEM|DER",
            Self::AnyFormat => "format",
        }
    }
}

impl Value<'_> {
    /// The value as text, numbers in decimal; `None` when there is none.
    fn text(self) -> Option<Vec<u8>> {
        match self {
            Self::Nothing | Self::Format(_) => None,
            Self::Word(word) => Some(word.to_vec()),
            Self::Int(number) => Some(number.to_string().into_bytes()),
            Self::Long(number) => Some(number.to_string().into_bytes()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::library::Features;
    use crate::options::table::find;

    fn missing(name: &str, reference: Reference, features: Features) -> Option<String> {
        find(name.as_bytes()).unwrap().missing_in(&Build { reference, features, ..Build::default() })
    }

    #[test]
    fn what_is_missing_is_named_with_the_build_that_has_it() {
        assert_eq!(missing("cert", Reference::V3_0, Features::NONE), None);
        assert_eq!(
            missing("sctp", Reference::V3_0, Features::NONE).unwrap(),
            "the linked OpenSSL has no SCTP; the bundled build for Linux has it"
        );
        assert_eq!(missing("sctp", Reference::V3_0, Features::NONE.with(Feature::Sctp)), None);
        assert_eq!(
            missing("engine", Reference::V4_0, Features::NONE.with(Feature::Engine)).unwrap(),
            "the linked OpenSSL has no engines; a build against a system's OpenSSL 3 has them"
        );
        assert_eq!(
            missing("no_ems", Reference::V3_1, Features::NONE).unwrap(),
            "came with OpenSSL 3.2, and the linked one is 3.1; the bundled build has it"
        );
    }
    #[test]
    fn to_be_shown_and_to_work_are_two_things() {
        let plain = Build { reference: Reference::V3_0, ..Build::default() };
        let shown_with_trace = Row { needs: None, ..row("x", Set::Flag(|_| {}), "").needs(Feature::SslTrace) };
        assert!(!shown_with_trace.is_shown_in(&plain) && shown_with_trace.works_in(&plain));
        let needs_trace = row("x", Set::Flag(|_| {}), "").needs(Feature::SslTrace);
        assert!(!needs_trace.is_shown_in(&plain) && !needs_trace.works_in(&plain));
        let gone = row("x", Set::Flag(|_| {}), "").needs(Feature::Engine).until(Reference::V4_0);
        let newest = Build { reference: Reference::V4_0, features: Features::NONE.with(Feature::Engine), ..plain };
        assert!(!gone.is_shown_in(&newest) && !gone.works_in(&newest));
    }
}
