//! `docs/s_server.1`, made from the option table by way of a clap `Command`.
//!
//! clap knows names of one letter behind one dash and long names behind two. The names of the table are long behind
//! one, so [`one_dash`] takes a dash from whatever clap's generators write. clap does not parse anything here.

use clap::builder::PossibleValuesParser;
use clap::{Arg, ArgAction, Command, ValueHint};
use clap_mangen::Man;
use regex::{Captures, Regex};
use s_server_core::options::Build;
use s_server_core::options::plan::Reference;
use s_server_core::options::refusals::NONE;
use s_server_core::options::row::{Row, Syntax};
use s_server_core::options::table::{SECTIONS, rows};
use s_server_rustls::REFUSALS;

/// Every option of the table, in its order, under its headings.
pub fn command() -> Command {
    described(help)
}

fn described(help: fn(&Row) -> String) -> Command {
    let mut command = Command::new("s_server")
        .about("a server to test TLS clients against")
        .disable_help_flag(true)
        .disable_version_flag(true);
    for section in SECTIONS {
        let heading = format!("{} options", section.title);
        command = command.args(section.rows.iter().map(|row| arg(row).help(help(row)).help_heading(heading.clone())));
    }
    command
}

fn arg(row: &'static Row) -> Arg {
    let arg = Arg::new(row.name).long(row.name);
    let arg = match row.set.syntax() {
        Syntax::Flag => return arg.action(ArgAction::SetTrue),
        Syntax::InFile | Syntax::OutFile => arg.value_hint(ValueHint::FilePath),
        Syntax::Uri => arg.value_hint(ValueHint::AnyPath),
        Syntax::Dir => arg.value_hint(ValueHint::DirPath),
        Syntax::PemDer => arg.value_parser(PossibleValuesParser::new(["PEM", "DER"])),
        Syntax::AnyFormat => arg.value_parser(PossibleValuesParser::new(["PEM", "DER", "P12", "ENGINE"])),
        Syntax::Text | Syntax::Positive | Syntax::Int | Syntax::Long => arg.value_hint(ValueHint::Other),
    };
    arg.value_name(row.set.syntax().word()).hide_possible_values(true)
}

/// The line of `-help` in the newest release, and which releases have the option.
fn help(row: &Row) -> String {
    let newest = if row.until.is_none() { Reference::V4_0 } else { Reference::default() };
    let mut text = row.help_in(newest).to_owned();
    if let Some(more) = row.continued {
        text = format!("{text} {}", more.trim());
    }
    if row.since > Reference::default() {
        text += &format!(" (since OpenSSL {})", row.since.name());
    }
    if let Some(until) = row.until {
        text += &format!(" (before OpenSSL {})", until.name());
    }
    text
}

/// The same, and which program refuses the option.
fn marked(row: &Row) -> String {
    let mut text = help(row);
    let refused = |refusals| row.refused_in(&Build { refusals, ..Build::default() });
    match (refused(&NONE), refused(&REFUSALS)) {
        (Some(why), Some(_)) => text += &format!(". Refused: {why}"),
        (Some(why), None) => text += &format!(". Refused, but by s_server_wasm: {why}"),
        (None, Some(why)) => text += &format!(". Refused by s_server_wasm: {why}"),
        (None, None) => {}
    }
    text
}

/// The page in the language of man.
pub fn page() -> String {
    let man = Man::new(described(marked)).title("S_SERVER").section("1").manual("User Commands").source("s_server");
    let mut text = Vec::new();
    let in_memory = "a vector takes all";
    man.render_title(&mut text).expect(in_memory);
    man.render_name_section(&mut text).expect(in_memory);
    text.extend_from_slice(INTRODUCTION.as_bytes());
    man.render_options_section(&mut text).expect(in_memory);
    text.extend_from_slice(REST.as_bytes());
    one_dash(&String::from_utf8(text).expect("the table is text"), r"\\-\\-", r"\-")
}

/// Puts `dash` where `dashes`, a pattern, stand before the name of an option.
pub fn one_dash(text: &str, dashes: &str, dash: &str) -> String {
    let mut names: Vec<&str> = rows().map(|row| row.name).collect();
    // The longest name that fits is meant.
    names.sort_by_key(|name| std::cmp::Reverse(name.len()));
    let names: Vec<String> = names.iter().map(|name| regex::escape(name).replace(r"\-", r"\\?-")).collect();
    let option = Regex::new(&format!(r"{dashes}({})\b", names.join("|"))).expect("names are a pattern");
    option.replace_all(text, |found: &Captures| format!("{dash}{}", &found[1])).into_owned()
}

const INTRODUCTION: &str = r#".SH SYNOPSIS
\fBs_server\fR [\fIoptions\fR]
.SH DESCRIPTION
Listens for TLS clients and talks to them, one after the other: what is typed goes to the client, what it sends is
printed. With \fB\-www\fR, \fB\-WWW\fR, \fB\-HTTP\fR, \fB\-rev\fR or \fB\-echo\fR any number of clients is answered at
once, without an operator.
.PP
Options, messages, streams and exit statuses are those of \fBopenssl s_server\fR of the linked release. A name is
written behind one dash or two, its value as the next word or behind an equals sign; of options that exclude each other,
and of the same one given twice, the last counts. An option that the linked library cannot follow, or that this version
has not learnt yet, is refused by name; so is in \fBs_server_wasm\fR what its engine, rustls, cannot do. Below it says
which, and \fB\-help_ext\fR says it of the program at hand.
"#;

const REST: &str = r#".SH CONNECTED COMMANDS
Without \fB\-quiet\fR and \fB\-brief\fR, input that begins with one of these letters is a command. The last four need a
line end right behind the letter.
.TP
\fBq\fR
End this connection.
.TP
\fBQ\fR
End the server.
.TP
\fBP\fR
Send some clear text outside TLS.
.TP
\fBS\fR
Print the statistics of the session cache.
.TP
\fBr\fR, \fBR\fR
Renegotiate; \fBR\fR asks for a client certificate (TLS 1.2).
.TP
\fBk\fR, \fBK\fR
Update the keys; \fBK\fR asks the client to do so too (TLS 1.3).
.TP
\fBc\fR
Ask for a client certificate (TLS 1.3).
.SH EXIT STATUS
.TP
0
The server was ended by its operator or by \fB\-naccept\fR, or printed what was asked for.
.TP
1
The command line was not understood, something could not be loaded, or no socket listens.
.PP
A signal ends the server as it ends any program.
.SH ENVIRONMENT
.TP
HARNESS_OSSL_PREFIX
Is put before every line of text on standard output.
.TP
OPENSSL_CONF
The library's configuration file.
.SH EXAMPLES
.TP
A page about the connection, at https://localhost:4433/, with a key made at the start:
s_server \-www \-selfsigned
.TP
A conversation with one client that must show a certificate:
s_server \-cert server.pem \-CAfile root.pem \-Verify 1 \-naccept 1
.TP
The files of this folder:
s_server \-WWW \-cert server.pem \-port 8443
.SH SEE ALSO
\fBopenssl\-s_server\fR(1), \fBopenssl\-s_client\fR(1)
"#;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn command_and_table_have_the_same_options() {
        let command = command();
        command.clone().debug_assert();
        let listed: Vec<&str> = command.get_arguments().filter_map(Arg::get_long).collect();
        assert_eq!(listed, rows().map(|row| row.name).collect::<Vec<_>>());
        for (arg, row) in command.get_arguments().zip(rows()) {
            let takes_value = arg.get_action().takes_values();
            assert_eq!(takes_value, row.set.syntax() != Syntax::Flag, "-{}", row.name);
            assert!(arg.get_help().is_some_and(|help| !help.to_string().is_empty()), "-{}", row.name);
        }
    }

    #[test]
    fn what_is_refused_is_marked_with_the_program_that_does() {
        let page = page();
        for (name, mark) in [
            ("sendfile", "Refused: not available in this build yet"),
            (
                "tls1_1",
                "Refused by s_server_wasm: rustls has TLS 1.2 and TLS 1.3 only; use s_server, built with OpenSSL",
            ),
        ] {
            let start = format!("\n.TP\n\\fB\\-{name}\\fR");
            let paragraph = page.split_once(&start).unwrap().1.split("\n.TP").next().unwrap();
            assert!(paragraph.contains(mark), "-{name}: {paragraph}");
        }
        let cert = page.split_once("\n.TP\n\\fB\\-cert\\fR").unwrap().1.split("\n.TP").next().unwrap();
        assert!(!cert.contains("Refused"), "{cert}");
    }

    #[test]
    fn a_dash_is_taken_from_whole_names_only() {
        assert_eq!(
            one_dash("--cert --cert2 --certificate -- --4 --no-CAfile", "--", "-"),
            "-cert -cert2 --certificate -- -4 -no-CAfile"
        );
    }

    #[test]
    fn every_option_has_its_paragraph() {
        let page = page();
        for row in rows() {
            let name = row.name.replace('-', r"\-");
            let start = format!("\n.TP\n\\fB\\-{name}\\fR");
            assert_eq!(
                page.matches(&format!("{start}\n")).count() + page.matches(&format!("{start} ")).count(),
                1,
                "-{}",
                row.name
            );
        }
        assert!(!page.contains(r"\-\-"), "no name stands behind two dashes");
    }
}
