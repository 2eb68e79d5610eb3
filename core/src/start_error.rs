//! Why a run does not start: what its command line names cannot be loaded, opened or followed.
//!
//! ```text
//!   Could not open file or uri for loading ... from a.pem: No such file or directory   original
//!   s_server: -cert a.pem: it is DER, and this option reads PEM; openssl x509 ... it   sentence: option, value, cause; remedy
//!   Error getting password                                                             closing
//!   s_server: hint: -selfsigned makes a key and a certificate ...                      hint
//! ```
//!
//! Each part is there or not. They are printed on standard error, and the program ends with status 1.
use alloc::borrow::Cow;
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use core::fmt;

/// Why a run does not start. [`render`](Self::render) is what is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct StartError {
    /// The lines in the original's own words, each with its end; those of OpenSSL's error queue are among them. Empty where
    /// the original says nothing.
    pub original: Vec<u8>,
    /// Our own line.
    pub sentence: Option<Box<Sentence>>,
    /// Lines of the original that come after our own one, each with its end.
    pub closing: Vec<u8>,
    /// What to do instead, beyond the option at fault. Printed as `s_server: hint: TEXT`.
    pub hint: Option<Vec<u8>>,
}

/// Our own line about it: `s_server: OPTION VALUE: CAUSE; REMEDY`.
///
/// Values, and what quotes them, are bytes: a command line is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Sentence {
    /// The engine that has limits of its own, where the line names it: `rustls`.
    pub engine: Option<&'static str>,
    /// The option at fault: `-cert`. `None` where the cause says it all.
    pub option: Option<Cow<'static, str>>,
    /// The option's value, or the file or address that was at fault behind it.
    pub value: Option<Vec<u8>>,
    /// The value is shown between quotation marks.
    pub quoted: bool,
    /// The original's lines before this one name option and value: this one begins with the cause.
    pub named_before: bool,
    /// What is wrong.
    pub cause: Vec<u8>,
    /// What helps.
    pub remedy: Option<Vec<u8>>,
}

impl StartError {
    /// The original's own lines tell all. Each has its end.
    pub fn original(lines: impl Into<Vec<u8>>) -> Self {
        Self { original: lines.into(), ..Self::default() }
    }

    /// Lines as a recording has them, each with its end: whose they are, and what their parts, is not known any more.
    pub fn recorded(lines: impl Into<Vec<u8>>) -> Self {
        Self::original(lines)
    }

    /// `s_server: OPTION VALUE: CAUSE`
    pub fn of_option(
        option: impl Into<Cow<'static, str>>,
        value: impl Into<Vec<u8>>,
        cause: impl Into<Vec<u8>>,
    ) -> Self {
        Self::of(Sentence { option: Some(option.into()), value: Some(value.into()), ..Sentence::of(cause) })
    }

    /// `s_server: OPTION: CAUSE`, of an option whose value, if it has one, is not at fault.
    pub fn of_flag(option: impl Into<Cow<'static, str>>, cause: impl Into<Vec<u8>>) -> Self {
        Self::of(Sentence { option: Some(option.into()), ..Sentence::of(cause) })
    }

    /// `s_server: VALUE: CAUSE`, of a file or an address that no option names.
    pub fn of_value(value: impl Into<Vec<u8>>, cause: impl Into<Vec<u8>>) -> Self {
        Self::of(Sentence { value: Some(value.into()), ..Sentence::of(cause) })
    }

    /// `s_server: CAUSE`
    pub fn of_cause(cause: impl Into<Vec<u8>>) -> Self {
        Self::of(Sentence::of(cause))
    }

    fn of(sentence: Sentence) -> Self {
        Self { sentence: Some(Box::new(sentence)), ..Self::default() }
    }

    /// The same after these lines of the original, each with its end.
    #[must_use]
    pub fn after(mut self, lines: impl Into<Vec<u8>>) -> Self {
        let mut lines = lines.into();
        lines.append(&mut self.original);
        Self { original: lines, ..self }
    }

    /// The same after these lines of the original, which name option and value, so that our own line does not.
    #[must_use]
    pub fn after_naming(self, lines: impl Into<Vec<u8>>) -> Self {
        self.with(|sentence| sentence.named_before = true).after(lines)
    }

    /// The same before these lines of the original, each with its end.
    #[must_use]
    pub fn before(mut self, lines: impl Into<Vec<u8>>) -> Self {
        self.closing.append(&mut lines.into());
        self
    }

    /// The same with what helps: `s_server: ...: CAUSE; REMEDY`.
    #[must_use]
    pub fn with_remedy(self, remedy: impl Into<Vec<u8>>) -> Self {
        self.with(|sentence| sentence.remedy = Some(remedy.into()))
    }

    /// The same with the value between quotation marks.
    #[must_use]
    pub fn quoted(self) -> Self {
        self.with(|sentence| sentence.quoted = true)
    }

    /// The same as a limit of that engine: `s_server: ENGINE: ...`. What would steer a terminal is escaped.
    #[must_use]
    pub fn in_engine(self, engine: &'static str) -> Self {
        self.with(|sentence| sentence.engine = Some(engine))
    }

    /// The same with what to do instead.
    #[must_use]
    pub fn with_hint(self, hint: impl Into<Vec<u8>>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// Changes our own line; where there is none there is nothing to change.
    fn with(mut self, change: impl FnOnce(&mut Sentence)) -> Self {
        if let Some(sentence) = &mut self.sentence {
            change(sentence);
        }
        self
    }

    /// The option at fault, where it is known.
    pub fn option(&self) -> Option<&str> {
        self.sentence.as_ref()?.option.as_deref()
    }

    /// The value at fault, where it is known.
    pub fn value(&self) -> Option<&[u8]> {
        self.sentence.as_ref()?.value.as_deref()
    }

    /// What is wrong, where we have a line of our own about it.
    pub fn cause(&self) -> Option<&[u8]> {
        self.sentence.as_ref().map(|sentence| sentence.cause.as_slice())
    }

    /// What helps, where something is known.
    pub fn remedy(&self) -> Option<&[u8]> {
        self.sentence.as_ref()?.remedy.as_deref()
    }

    /// All lines, each with its end.
    pub fn render(&self) -> Vec<u8> {
        let mut text = self.original.clone();
        if let Some(sentence) = &self.sentence {
            sentence.render(&mut text);
        }
        text.extend_from_slice(&self.closing);
        if let Some(hint) = &self.hint {
            text.extend([b"s_server: hint: ", &hint[..], b"\n"].concat());
        }
        text
    }
}

impl Sentence {
    fn of(cause: impl Into<Vec<u8>>) -> Self {
        Self { cause: cause.into(), ..Self::default() }
    }

    fn render(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(b"s_server: ");
        match self.engine {
            Some(engine) => {
                to.extend_from_slice(engine.as_bytes());
                to.extend_from_slice(b": ");
                to.extend_from_slice(escaped(&String::from_utf8_lossy(&self.words())).as_bytes());
            }
            None => to.append(&mut self.words()),
        }
        to.push(b'\n');
    }

    /// `OPTION VALUE: CAUSE; REMEDY`
    fn words(&self) -> Vec<u8> {
        let mark: &[u8] = if self.quoted { b"\"" } else { b"" };
        let value = self.value.as_ref().map(|value| [mark, value, mark].concat());
        let subject = match (&self.option, value) {
            _ if self.named_before => Vec::new(),
            (Some(option), Some(value)) => [option.as_bytes(), b" ", &value, b": "].concat(),
            (Some(option), None) => [option.as_bytes(), b": "].concat(),
            (None, Some(value)) => [&value[..], b": "].concat(),
            (None, None) => Vec::new(),
        };
        let remedy = self.remedy.as_ref().map(|remedy| [b"; ", &remedy[..]].concat());
        [subject, self.cause.clone(), remedy.unwrap_or_default()].concat()
    }
}

fn escaped(text: &str) -> String {
    let mut shown = String::new();
    for c in text.chars() {
        if c.is_control() { shown.extend(c.escape_debug()) } else { shown.push(c) }
    }
    shown
}

/// [`render`](StartError::render) without the last line's end.
impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(String::from_utf8_lossy(&self.render()).trim_end_matches('\n'))
    }
}

impl core::error::Error for StartError {}

/// What is printed.
impl From<StartError> for Vec<u8> {
    fn from(error: StartError) -> Self {
        error.render()
    }
}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    fn rendered(error: &StartError) -> String {
        String::from_utf8(error.render()).unwrap()
    }

    #[test]
    fn option_value_cause_and_remedy_are_one_line() {
        let error = StartError::of_option("-CAfile", "a.der", "it is DER").with_remedy("convert it");
        assert_eq!(rendered(&error), "s_server: -CAfile a.der: it is DER; convert it\n");
        assert_eq!((error.option(), error.value()), (Some("-CAfile"), Some(&b"a.der"[..])));
        assert_eq!((error.cause(), error.remedy()), (Some(&b"it is DER"[..]), Some(&b"convert it"[..])));
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        assert_eq!(rendered(&StartError::of_flag("-selfsigned", "no seed")), "s_server: -selfsigned: no seed\n");
        assert_eq!(rendered(&StartError::of_value(".", "gone")), "s_server: .: gone\n");
        assert_eq!(rendered(&StartError::of_cause("a sentence")), "s_server: a sentence\n");
        assert_eq!(
            rendered(&StartError::of_option("-groups", ":", "none").quoted()),
            "s_server: -groups \":\": none\n"
        );
        let original = StartError::original("its own words\n");
        assert_eq!((rendered(&original), original.option()), ("its own words\n".into(), None));
        assert_eq!(rendered(&StartError::default()), "");
    }

    #[test]
    fn the_originals_lines_stand_around_ours() {
        let error = StartError::of_option("-pass", "file:x", "why").after("two\n").after("one\n").before("three\n");
        assert_eq!(
            rendered(&error.with_hint("another way")),
            "one\ntwo\ns_server: -pass file:x: why\nthree\ns_server: hint: another way\n"
        );
    }

    #[test]
    fn what_the_original_names_is_known_and_not_told_again() {
        let error = StartError::of_option("-groups", "x", "no such group").after_naming("Call(-groups, x) failed\n");
        assert_eq!(rendered(&error), "Call(-groups, x) failed\ns_server: no such group\n");
        assert_eq!((error.option(), error.value()), (Some("-groups"), Some(&b"x"[..])));
    }

    #[test]
    fn an_engines_own_line_does_not_steer_a_terminal() {
        let error = StartError::of_option("-verify_ip", "a\u{1b}[1m", "it cannot follow it").in_engine("rustls");
        assert_eq!(rendered(&error), "s_server: rustls: -verify_ip a\\u{1b}[1m: it cannot follow it\n");
    }

    #[test]
    fn it_shows_without_the_last_end() {
        assert_eq!(StartError::of_cause("b").after("a\n").to_string(), "a\ns_server: b");
        let error: &dyn core::error::Error = &StartError::of_value(b"\xff".to_vec(), "gone");
        assert_eq!(error.to_string(), "s_server: \u{fffd}: gone");
    }
}
