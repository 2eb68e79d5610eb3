//! `-help` and `-help_ext`.
//!
//! Corresponds to `opt_help` in `apps/lib/opt.c`.
use alloc::string::String;

use super::library::Build;
use super::row::{Row, Section};
use super::table::SECTIONS;

/// The names' column never gets wider than this; longer names have a line of their own.
const WIDEST: usize = 30;

/// The text of `-help`: what the original has in that build.
pub fn render(build: &Build) -> String {
    lines(build, true)
}

/// The text of `-help_ext`: the options that the original does not have.
pub fn render_extensions(build: &Build) -> String {
    lines(build, false)
}

fn lines(build: &Build, original: bool) -> String {
    let sections = || SECTIONS.iter().filter(|section| section.original == original);
    let shown = |section: &'static Section| section.rows.iter().filter(|row| row.exists_in(build));
    let width = sections().flat_map(shown).map(|row| left(row).len()).max().unwrap_or(0).min(WIDEST);
    let mut text = String::from("Usage: s_server [options]\n");
    for section in sections() {
        text += "\n";
        text += section.title;
        text += " options:\n";
        for row in shown(section) {
            line(&mut text, &left(row), row.help_in(build.reference), width);
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
    use crate::options::plan::Reference;
    use crate::options::testing::{BUNDLED, DEBIAN};

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
        assert_eq!(
            render_extensions(&Build { reference: Reference::V4_0, ..Build::default() }),
            "Usage: s_server [options]\n\
             \n\
             Extension options:\n \
             -help_ext              Display this summary of what openssl s_server does not have\n \
             -echo                  Send back what arrives, to any number of clients\n \
             -jobs +int             Number of threads of -www, -WWW, -HTTP, -rev, -echo (default one per processor)\n \
             -record outfile        Write all that goes in and out to that file, plaintext and secrets as well\n \
             -replay infile         Play a file of -record once more and tell the first difference; nothing else is done\n \
             -replay_show infile    Print a file of -record as text, one line a frame; nothing else is done\n \
             -selfsigned            Make a key and a certificate for localhost, 127.0.0.1 and ::1 at the start\n \
             -selfsigned_names val  -selfsigned, also for these host names and addresses (comma-separated list)\n"
        );
    }

    #[test]
    fn a_long_name_has_a_line_of_its_own() {
        let mut text = String::new();
        line(&mut text, " -a_name_of_thirty_characters_1", "help", 30);
        assert_eq!(text, " -a_name_of_thirty_characters_1\n                                help\n");
    }
}
