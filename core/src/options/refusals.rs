//! What an engine does of the option table: each option that it refuses, with the sentence that says so.
//!
//! Whatever stands in no list works. What a build of OpenSSL lacks stands in the rows themselves
//! ([`Row`](super::row::Row), `needs`).
use alloc::borrow::Cow;

/// Options, and a sentence about them.
pub type About = (&'static [&'static str], &'static str);

/// What an engine does of the option table. It is handed in with the [`Build`](super::Build).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Refusals {
    /// Options that cannot work with the engine, and the sentence that refuses them: why, and what to do instead.
    pub refused: &'static [About],
    /// Options of which a part is followed, and which. Values beyond that are refused by name.
    pub in_part: &'static [About],
    /// Options that ask for what the engine does anyway, or about what it has not, and why nothing has to be done for them.
    pub anyway: &'static [About],
    /// Options that have their effect although their row is not [`Stage::Ready`](super::row::Stage::Ready).
    pub ahead: &'static [&'static str],
}

/// What an engine does of one option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Support {
    /// What the table says.
    AsTheTable,
    /// It has its effect, whatever the table says.
    Ahead,
    /// It is refused, with that sentence.
    Refused(Cow<'static, str>),
}

/// The engine of the library that the table describes: everything the original does.
pub static NONE: Refusals = Refusals { refused: &[], in_part: &[], anyway: &[], ahead: &[] };

impl Refusals {
    /// What the engine does of that option.
    pub fn support(&self, option: &str) -> Support {
        match self.refuses(option) {
            Some(why) => Support::Refused(why.into()),
            None if self.is_ahead(option) => Support::Ahead,
            None => Support::AsTheTable,
        }
    }

    /// Why that option cannot work with the engine, and what to do instead; `None` when it can.
    pub fn refuses(&self, option: &str) -> Option<&'static str> {
        about(self.refused, option)
    }

    /// Why nothing has to be done for an option that is followed; `None` when something is.
    pub fn follows_anyway(&self, option: &str) -> Option<&'static str> {
        about(self.anyway, option)
    }

    /// What part of an option is followed; `None` when all of it is.
    pub fn follows_in_part(&self, option: &str) -> Option<&'static str> {
        about(self.in_part, option)
    }

    /// Whether the option has its effect although its row is not [`Stage::Ready`](super::row::Stage::Ready).
    pub fn is_ahead(&self, option: &str) -> bool {
        self.ahead.contains(&option)
    }

    /// The engine is that of the library which the table describes.
    pub fn is_none(&self) -> bool {
        *self == NONE
    }
}

fn about(list: &[About], option: &str) -> Option<&'static str> {
    list.iter().find(|(names, _)| names.contains(&option)).map(|&(_, what)| what)
}

impl Default for &'static Refusals {
    fn default() -> Self {
        &NONE
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::testing::OTHER_ENGINE;

    #[test]
    fn an_option_is_refused_or_ahead_or_as_the_table_says() {
        let supports = |option| OTHER_ENGINE.refusals.support(option);
        assert_eq!(supports("tls1_1"), Support::Refused("the engine has no TLS 1.1; use another".into()));
        assert_eq!((supports("async"), supports("cert")), (Support::Ahead, Support::AsTheTable));
        assert_eq!(OTHER_ENGINE.refusals.follows_in_part("nameopt"), Some("`oneline`"));
        assert_eq!(OTHER_ENGINE.refusals.follows_anyway("no_comp"), Some("nothing is compressed"));
        assert!(NONE.is_none() && NONE.support("tls1_1") == Support::AsTheTable);
    }
}
