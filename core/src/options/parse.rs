//! Reads the command line: an ordered fold over its words.
//!
//! Corresponds to `opt_next` and `opt_check_rest_arg` in `apps/lib/opt.c`, and to the loop over them in
//! `s_server_main`. What an option says or does at once happens before the next word is looked at, so a run that ends
//! at a bad word has done what stands before it.
use alloc::vec::Vec;

use super::plan::Reference;
use super::row::{Row, Set, Syntax, Value};
use super::value::{self, Allowed};
use super::{Build, OptionError, Options, Support, World, shown, table};

/// Reads the words behind the program name.
///
/// An error ends the run, with the text and the exit status it holds; so does `-help`.
pub fn parse<'a>(
    argv: impl Iterator<Item = &'a [u8]>,
    build: &Build,
    world: &mut dyn World,
) -> Result<Options, OptionError> {
    let mut options = Options::default();
    match fill(&mut options, argv, build, world) {
        Ok(()) => Ok(options),
        Err(error) => Err(OptionError { writerand: options.writerand, ..error }),
    }
}

/// Sets what the words say, up to the first that is wrong.
fn fill<'a>(
    options: &mut Options,
    argv: impl Iterator<Item = &'a [u8]>,
    build: &Build,
    world: &mut dyn World,
) -> Result<(), OptionError> {
    let mut words = argv;
    while let Some(word) = words.next() {
        if word == b"--" {
            options.shown.push(word.into());
            let rest = words.next();
            return no_more(rest, words, build.reference);
        }
        let Some(dashless) = word.strip_prefix(b"-") else {
            return no_more(Some(word), words, build.reference);
        };
        let typed = Typed::split(dashless.strip_prefix(b"-").unwrap_or(dashless));
        let row = typed.row()?;
        let text = typed.value_for(row, &mut words)?;
        options.show(row, word, &typed, text);
        let value = read(row, text, build, world)?;
        if let Some(check) = row.check {
            check(options, value, build.reference)?;
        }
        #[cfg(feature = "noop-hook")]
        if world.is_without_effect(row.name) {
            continue;
        }
        if let (Some(act), Value::Word(word)) = (row.act, value)
            && row.works_in(build)
            && !matches!(world.support(build, row.name), Support::Refused(_))
        {
            act(world, word)?;
        }
        if let Set::Print(render) = row.set {
            return Err(OptionError::asked(render(table::SECTIONS, build, world).into_bytes()));
        }
        row.set.apply(options, row.name, value);
        options.used.push(row.name);
        if !options.notes.is_empty() {
            world.note(&core::mem::take(&mut options.notes));
        }
    }
    Ok(())
}

/// An option as it was typed, without its dashes.
struct Typed<'a> {
    name: &'a [u8],
    /// What stands behind `=`.
    inline: Option<&'a [u8]>,
}

impl<'a> Typed<'a> {
    fn split(word: &'a [u8]) -> Self {
        match word.iter().position(|&b| b == b'=') {
            Some(at) => Self { name: &word[..at], inline: Some(&word[at + 1..]) },
            None => Self { name: word, inline: None },
        }
    }

    fn row(&self) -> Result<&'static Row, OptionError> {
        table::find(self.name).ok_or_else(|| OptionError::usage(&[b"Unknown option: -", self.name]))
    }

    /// The value's text: what stands behind `=`, else the next word, whatever that is.
    fn value_for(
        &self,
        row: &Row,
        words: &mut impl Iterator<Item = &'a [u8]>,
    ) -> Result<Option<&'a [u8]>, OptionError> {
        match (row.set.syntax(), self.inline) {
            (Syntax::Flag, None) => Ok(None),
            (Syntax::Flag, Some(_)) => Err(OptionError::usage(&[b"Option -", self.name, b" does not take a value"])),
            (_, inline) => match inline.or_else(|| words.next()) {
                Some(value) => Ok(Some(value)),
                None => Err(OptionError::usage(&[b"Option -", row.name.as_bytes(), b" needs a value"])),
            },
        }
    }
}

impl Options {
    fn show(&mut self, row: &Row, word: &[u8], typed: &Typed<'_>, value: Option<&[u8]>) {
        match (typed.inline, value) {
            (Some(inline), _) => {
                let name = &word[..word.len() - inline.len()];
                self.shown.push([name, &shown::value(row, inline)].concat());
            }
            (None, Some(value)) => self.shown.extend([word.to_vec(), shown::value(row, value)]),
            (None, None) => self.shown.push(word.into()),
        }
    }
}

/// Reads a value in the syntax of its row.
fn read<'a>(row: &Row, text: Option<&'a [u8]>, build: &Build, world: &mut dyn World) -> Result<Value<'a>, OptionError> {
    let Some(text) = text else { return Ok(Value::Nothing) };
    let format = |allowed| value::format(text, allowed, row.name, build.reference).map(Value::Format);
    match row.set.syntax() {
        Syntax::Flag => Ok(Value::Nothing),
        Syntax::Text | Syntax::Uri | Syntax::InFile | Syntax::OutFile => Ok(Value::Word(text)),
        Syntax::Dir if world.is_directory(text) => Ok(Value::Word(text)),
        Syntax::Dir => Err(OptionError::usage(&[b"Not a directory: ", text])),
        Syntax::Int => value::int(text).map(Value::Int),
        Syntax::Positive => match value::int(text)? {
            ..=0 => {
                let name = row.name.as_bytes();
                Err(OptionError::usage(&[b"Non-positive number \"", text, b"\" for option -", name]))
            }
            number => Ok(Value::Int(number)),
        },
        Syntax::Long => value::long(text).map(Value::Long),
        Syntax::PemDer => format(Allowed::PemDer),
        Syntax::AnyFormat => format(Allowed::Any),
    }
}

/// Words that are left where no option stands. Since 3.2 they are named, and one empty word at the very end is not
/// looked at; the original does not look at anything behind an empty word either, here that is an error.
fn no_more<'a>(
    word: Option<&'a [u8]>,
    rest: impl Iterator<Item = &'a [u8]>,
    release: Reference,
) -> Result<(), OptionError> {
    let Some(word) = word else { return Ok(()) };
    if release < Reference::V3_2 {
        return Err(OptionError::new(&[b"s_server: Use -help for summary.\n"]));
    }
    let rest: Vec<_> = rest.collect();
    if word.is_empty() && rest.is_empty() {
        return Ok(());
    }
    Err(OptionError::usage(&[b"Extra option: \"", word, b"\""]))
}

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::{String, ToString};

    use proptest::prelude::*;

    use super::*;
    use crate::options::testing::{BUNDLED, DEBIAN, TestWorld, plan, read as read_line, words};

    /// What is on standard error, or `read` when nothing ended the run.
    fn says(line: &str, build: &Build) -> String {
        let (result, mut text) = read_line(line, build);
        match result {
            Ok(_) => text += "read\n",
            Err(error) => text += &String::from_utf8_lossy(&error.text),
        }
        text
    }

    fn option(line: &str) -> Options {
        read_line(line, &DEBIAN).0.expect(line)
    }

    /// Command lines with what the original printed, as `testdata/capture.sh` writes them.
    fn captured(file: &str) -> impl Iterator<Item = (&str, String)> {
        file.split("\n\n").filter(|case| !case.starts_with('#')).map(|case| {
            let (line, text) = case.split_once('\n').unwrap_or((case, ""));
            (line, text.trim_end_matches('\n').to_string() + "\n")
        })
    }

    #[test]
    fn a_seed_file_named_before_the_fault_is_written_all_the_same() {
        let file = |line: &str| plan(line, &DEBIAN).unwrap_err().writerand;
        for line in ["-writerand f -foo", "-writerand f -help", "-writerand f stray", "-writerand f -sendfile"] {
            assert_eq!(file(line).as_deref(), Some(&b"f"[..]), "{line}");
        }
        assert_eq!(file("-foo -writerand f"), None);
    }

    #[test]
    fn texts_are_those_of_3_0_22() {
        let mut cases = 0;
        for (line, text) in captured(include_str!("testdata/errors-3.0.txt")) {
            assert_eq!(says(line, &DEBIAN), text, "{line}");
            cases += 1;
        }
        assert!(cases > 80, "{cases}");
    }

    #[test]
    fn texts_are_those_of_4_0_3() {
        let mut cases = 0;
        for (line, text) in captured(include_str!("testdata/errors-4.0.txt")) {
            assert_eq!(says(line, &BUNDLED), text, "{line}");
            cases += 1;
        }
        assert!(cases > 80, "{cases}");
    }

    #[test]
    fn help_acts_at_once() {
        let (result, notes) = read_line("-verify 3 -h -foo", &DEBIAN);
        let error = result.unwrap_err();
        assert_eq!((error.status, notes.as_str()), (0, "verify depth is 3\n"));
        assert!(error.text.starts_with(b"Usage: s_server [options]\n\nGeneral options:\n -help  "));
        let error = read_line("--help_ext", &DEBIAN).0.unwrap_err();
        assert_eq!(error.status, 0);
        assert!(error.text.starts_with(b"Usage: s_server [options]\n\nExtension options:\n"));
    }

    #[test]
    fn numbers_mean_what_they_say() {
        assert_eq!(
            says("-Verify 0x10 -foo", &DEBIAN).lines().next(),
            Some("verify depth is 16, must return a certificate")
        );
        assert_eq!(option("-naccept 0x2").naccept, Some(2));
        assert_eq!(option("-port 010").address.unwrap().service.unwrap(), b"8");
        assert_eq!(option("-num_tickets 0x3").conf, [(b"-num_tickets".to_vec(), Some(b"3".to_vec()))]);
    }

    #[test]
    fn a_port_out_of_range_is_refused() {
        assert_eq!(
            says("-port 99999", &DEBIAN),
            "s_server: Value \"99999\" for option -port is outside 1 to 65535\ns_server: Use -help for summary.\n"
        );
        assert_eq!(
            says("-accept localhost:65536", &DEBIAN),
            "s_server: Port \"65536\" for option -accept is outside 0 to 65535\ns_server: Use -help for summary.\n"
        );
        assert_eq!(says("-port 65535 -accept [::1]:0", &DEBIAN), "read\n");
    }

    #[test]
    fn a_bad_value_is_never_silent() {
        assert_eq!(says("-nameopt bogus", &DEBIAN), "s_server: Unknown name option \"bogus\" for option -nameopt\n");
        assert_eq!(
            says("-jobs 1025", &DEBIAN),
            "s_server: Value \"1025\" for option -jobs is outside 1 to 1024\ns_server: Use -help for summary.\n"
        );
        assert_eq!(
            says("-selfsigned_names a,,b", &DEBIAN),
            "s_server: Value \"\" for option -selfsigned_names is not a host name or address\n\
             s_server: Use -help for summary.\n"
        );
        assert_eq!(says("'' -www", &BUNDLED), "s_server: Extra option: \"\"\ns_server: Use -help for summary.\n");
        assert_eq!(says("-www ''", &BUNDLED), "read\n");
    }

    #[test]
    fn parameters_of_verification_are_tried_at_once() {
        for (line, text) in [
            ("-policy bogus -foo", "s_server: Invalid Policy bogus\n"),
            ("-verify_ip bogus", "s_server: Invalid IP address \"bogus\" for option -verify_ip\n"),
            ("-verify_email bogus", "s_server: Invalid email address \"bogus\" for option -verify_email\n"),
            ("-verify_hostname bogus", "s_server: Invalid host name \"bogus\" for option -verify_hostname\n"),
            ("-policy 1.2.3 -verify_ip 1.2.3.4", "read\n"),
        ] {
            assert_eq!(says(line, &DEBIAN), text, "{line}");
        }
    }

    #[test]
    fn an_engine_is_loaded_before_the_next_word_is_read() {
        let unknown = "s_server: Unknown option: -foo\ns_server: Use -help for summary.\n";
        assert_eq!(says("-engine a -engine b -foo", &DEBIAN), format!("loading a\nloading b\n{unknown}"));
        assert_eq!(says("-engine a", &BUNDLED), "read\n");
    }

    #[test]
    fn every_row_is_reachable_and_its_setter_changes_something() {
        for row in table::rows() {
            let value = match row.set.syntax() {
                Syntax::Flag => "",
                Syntax::Text if row.name == "purpose" => " any",
                Syntax::Text if row.name == "verify_name" => " default",
                Syntax::Text if row.name == "nameopt" => " multiline",
                Syntax::Text | Syntax::Uri | Syntax::InFile | Syntax::OutFile => " 12",
                Syntax::Dir => " .",
                Syntax::Positive | Syntax::Int | Syntax::Long => " 7",
                Syntax::PemDer | Syntax::AnyFormat => " DER",
            };
            let line = std::format!("-{}{value}", row.name);
            if matches!(row.set, Set::Print(_)) {
                assert_eq!(read_line(&line, &DEBIAN).0.unwrap_err().status, 0, "{line}");
                continue;
            }
            // Some are only seen after their opposite.
            let mut before = option("-unix s");
            before.ign_eof = row.name == "no_ign_eof";
            let mut after = before.clone();
            let text = value.strip_prefix(' ').map(str::as_bytes);
            let value = read(row, text, &DEBIAN, &mut TestWorld::default()).unwrap();
            row.set.apply(&mut after, row.name, value);
            assert_ne!(after, before, "{line}");
            assert_eq!(option(&line).used, [row.name], "{line}");
        }
    }

    #[test]
    fn shown_words_hide_secrets_and_nothing_else() {
        let shown = |line: &str| {
            let words = option(line).shown;
            words.iter().map(|word| String::from_utf8_lossy(word).into_owned()).collect::<std::vec::Vec<_>>().join(" ")
        };
        assert_eq!(
            shown("-cert a.pem --pass pass:x -dpass=pass:y -psk abcd --psk=1234 -port=5 -www --"),
            "-cert a.pem --pass (hidden) -dpass=(hidden) -psk (hidden) --psk=(hidden) -port=5 -www --"
        );
        assert_eq!(shown("-key pkcs11:x?pin-value=99"), "-key pkcs11:x?pin-value=(hidden)");
    }

    #[test]
    fn commands_for_the_context_keep_their_order() {
        let conf = option("--cipher=A -no_ticket -anti_replay -cipher B").conf;
        let expected: [(&[u8], Option<&[u8]>); 4] =
            [(b"-cipher", Some(b"A")), (b"-no_ticket", None), (b"-anti_replay", None), (b"-cipher", Some(b"B"))];
        assert!(conf.iter().map(|(name, value)| (&name[..], value.as_deref())).eq(expected));
    }

    proptest! {
        #[test]
        fn any_words_end(line in proptest::collection::vec(proptest::collection::vec(any::<u8>(), 0..12), 0..8)) {
            run(line.iter().map(Vec::as_slice), &DEBIAN)?;
        }

        #[test]
        fn any_options_with_any_values_end(
            line in proptest::collection::vec((0..table::rows().count(), "(=|=?[ +-]?[0-9xXa-f:,*\\[\\]]{0,9})?"), 0..6),
            newer: bool,
        ) {
            let typed = |(row, value): &(usize, String)| {
                let name = table::rows().nth(*row).map_or("", |row| row.name);
                if value.starts_with('=') { std::format!("-{name}{value}") } else { std::format!("-{name} {value}") }
            };
            let line = line.iter().map(typed).collect::<std::vec::Vec<_>>().join(" ");
            run(line.split(' ').map(str::as_bytes), if newer { &BUNDLED } else { &DEBIAN })?;
        }
    }

    /// A run ends with a plan, or with whole lines and a status.
    fn run<'a>(line: impl Iterator<Item = &'a [u8]>, build: &Build) -> Result<(), TestCaseError> {
        let mut world = TestWorld::default();
        let plan = parse(line, build, &mut world).and_then(|options| options.into_plan(build, &mut world, b""));
        if let Err(error) = plan {
            // -version prints on standard output.
            let told = error.status == 0 && error.text.is_empty();
            prop_assert!(told || error.text.ends_with(b"\n"));
            prop_assert!(told || error.status == 1 || error.text.starts_with(b"Usage: "));
        }
        Ok(())
    }

    #[test]
    fn words_of_a_line_may_be_quoted() {
        assert_eq!(words("-a '' 'b c'  d"), ["-a", "", "b c", "d"]);
    }
}
