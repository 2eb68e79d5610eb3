//! `-help` and `-help_ext`.
//!
//! Corresponds to `opt_help` in `apps/lib/opt.c`.
use alloc::borrow::Cow;
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::World;
use super::library::Build;
use super::refusals::Support;
use super::row::{NOT_YET, Row, Section};

/// Stands behind the line of an option that the engine refuses.
const REFUSED: &str = "[refused, see -help_ext]";

/// The names' column never gets wider than this; longer names have a line of their own.
const WIDEST: usize = 30;

/// The text of `-help`: what the original has in that build. With OpenSSL it is the original's own text; with another
/// engine what is refused is marked.
pub fn render(table: &[Section], build: &Build, world: &mut dyn World) -> String {
    lines(table, build, world, true)
}

/// The text of `-help_ext`: the options that the original does not have, and those of the original that are refused.
pub fn render_extensions(table: &[Section], build: &Build, world: &mut dyn World) -> String {
    let mut text = lines(table, build, world, false);
    let originals = table.iter().filter(|section| section.original).flat_map(|section| section.rows);
    let refused: Vec<_> = originals
        .filter(|row| row.is_shown_in(build))
        .filter_map(|row| refusal(row, build, world).map(|why| (left(row), why)))
        .collect();
    let width = refused.iter().map(|(left, _)| left.len()).max().unwrap_or(0).min(WIDEST);
    text += "\nOptions that are refused:\n";
    for (left, why) in refused {
        line(&mut text, &left, &why, width);
    }
    text
}

fn refusal(row: &Row, build: &Build, world: &mut dyn World) -> Option<Cow<'static, str>> {
    match world.support(build, row.name) {
        Support::Refused(why) => Some(why),
        support if row.is_later(&support) => Some(NOT_YET.into()),
        _ => None,
    }
}

fn lines(table: &[Section], build: &Build, world: &mut dyn World, original: bool) -> String {
    let sections = || table.iter().filter(|section| section.original == original);
    let shown = |section: &Section| section.rows.iter().filter(|row| row.is_shown_in(build));
    let width = sections().flat_map(shown).map(|row| left(row).len()).max().unwrap_or(0).min(WIDEST);
    let mut text = String::from("Usage: s_server [options]\n");
    for section in sections() {
        text += "\n";
        text += section.title;
        text += " options:\n";
        for row in shown(section) {
            let marked = !build.refusals.is_none() && refusal(row, build, world).is_some();
            let help = row.help_in(build.reference);
            if marked {
                line(&mut text, &left(row), &format!("{help} {REFUSED}"), width);
            } else {
                line(&mut text, &left(row), help, width);
            }
            if let Some(more) = row.continued {
                line(&mut text, "", more, width);
            }
        }
    }
    text
}

/// The name and the word for its value.
fn left(row: &Row) -> String {
    let mut left = String::from(" -");
    left += row.name;
    let word = row.set.syntax().word();
    if !word.is_empty() {
        left += " ";
        left += word;
    }
    left
}

fn line(text: &mut String, left: &str, help: &str, width: usize) {
    text.push_str(left);
    let mut used = left.len();
    if used >= WIDEST {
        text.push('\n');
        used = 0;
    }
    text.extend(core::iter::repeat_n(' ', width.saturating_sub(used) + 2));
    text.push_str(help);
    text.push('\n');
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::NoLibrary;
    use crate::options::plan::Reference;
    use crate::options::table::SECTIONS;
    use crate::options::testing::{BUNDLED, DEBIAN, OTHER_ENGINE};

    fn render(build: &Build) -> String {
        super::render(SECTIONS, build, &mut NoLibrary::default())
    }

    fn render_extensions(build: &Build) -> String {
        super::render_extensions(SECTIONS, build, &mut NoLibrary::default())
    }

    #[test]
    fn help_is_that_of_debian_3_0_22() {
        assert_eq!(render(&DEBIAN), include_str!("testdata/help-3.0.txt"));
    }

    #[test]
    fn help_is_that_of_4_0_3() {
        assert_eq!(render(&BUNDLED), include_str!("testdata/help-4.0.txt"));
    }

    #[test]
    fn a_release_between_has_what_had_come_by_then() {
        let help = render(&Build { reference: Reference::V3_3, ..DEBIAN });
        assert!(help.contains(" -no_ems  ") && help.contains(" -prefer_no_dhe_kex  ") && help.contains(" -engine val"));
        assert!(!help.contains("-provparam") && !help.contains("-status_all") && !help.contains("-ech_key"));
    }

    #[test]
    fn extensions_stand_in_a_text_of_their_own() {
        let text = render_extensions(&BUNDLED);
        let (extensions, refused) = text.split_once("\nOptions that are refused:\n").unwrap();
        assert_eq!(
            extensions,
            "Usage: s_server [options]\n\
             \n\
             Extension options:\n \
             -help_ext              Display this summary of what openssl s_server does not have\n \
             -echo                  Send back what arrives, to any number of clients\n \
             -jobs +int             Number of threads of -www, -WWW, -HTTP, -rev, -echo (default one per processor)\n \
             -psk_list infile       File with pre-shared keys, identity:hexkey on each line; lines that begin with # are comments\n \
             -record outfile        Write all that goes in and out to that file, plaintext and secrets as well\n \
             -replay infile         Play a file of -record once more and tell the first difference; nothing else is done\n \
             -replay_show infile    Print a file of -record as text, one line a frame; nothing else is done\n \
             -selfsigned            Make a key and a certificate for localhost, 127.0.0.1 and ::1 at the start\n \
             -selfsigned_names val  -selfsigned, also for these host names and addresses (comma-separated list)\n \
             -version               Print the versions of the program and its libraries\n"
        );
        let later = refused.lines().find(|line| line.starts_with(" -sctp ")).unwrap_or_default();
        assert!(later.ends_with("  not available in this build yet"), "{refused}");
        assert!(!refused.contains(" -cert "), "{refused}");
    }

    #[test]
    fn another_engine_marks_what_it_refuses_and_says_why() {
        let build = OTHER_ENGINE;
        let help = render(&build);
        let of = |text: &str, name: &str| {
            let name = format!(" {name} ");
            String::from(text.lines().find(|line| line.starts_with(&name)).unwrap_or_default())
        };
        assert!(of(&help, "-tls1_1").ends_with("Just talk TLSv1.1 [refused, see -help_ext]"), "{help}");
        assert!(of(&help, "-sctp").ends_with(REFUSED));
        assert!(of(&help, "-tls1_2").ends_with("just talk TLSv1.2"));
        let extensions = render_extensions(&build);
        assert!(of(&extensions, "-tls1_1").contains("  the engine has no TLS 1.1; "), "{extensions}");
        assert!(of(&extensions, "-sctp").ends_with("  not available in this build yet"));
        assert_eq!(of(&extensions, "-tls1_2"), "");
        assert_eq!(help.lines().filter(|line| line.ends_with(REFUSED)).count(), {
            let refused = extensions.split_once("\nOptions that are refused:\n").unwrap().1;
            refused.lines().filter(|line| line.starts_with(" -")).count()
        });
    }

    #[test]
    fn a_long_name_has_a_line_of_its_own() {
        let mut text = String::new();
        line(&mut text, " -a_name_of_thirty_characters_1", "help", 30);
        assert_eq!(text, " -a_name_of_thirty_characters_1\n                                help\n");
    }
}
