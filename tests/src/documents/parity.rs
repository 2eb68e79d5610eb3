//! docs/PARITY.md: what is the same as in the original, what is better, and why.
use s_server_core::options::row::{Row, Stage};
use s_server_core::options::table::SECTIONS;
use s_server_rustls::REFUSALS;

/// The defects that are mended, then one Markdown table per heading of `-help` with one line per option.
///
/// States: `same` as the original; `better`, and how; `later`; `new` is an extension. What needs a part of the library
/// or a release says so: where that is missing, the option is refused by name.
pub fn render() -> String {
    let mut text = String::from(HEAD);
    for (number, original, here) in MENDED {
        text += &format!("| {number} | {original} | {here} |\n");
    }
    text += WINDOWS;
    for section in SECTIONS {
        text += &format!(
            "## {} options\n\n| option | argument | state | rustls engine |\n| --- | --- | --- | --- |\n",
            section.title
        );
        for row in section.rows {
            text += &line(row, section.original);
        }
        text += "\n";
    }
    text
}

const HEAD: &str = "\
# Parity with `openssl s_server`

Generated from the option table (`core/src/options/table.rs`); a test keeps it up to date.

`same`: as the original of the linked release. `better`: as the original but for what is named. `later`: read and checked
against the other options, then refused by name, because this version does not do it yet. `new`: an extension.

The last column is the engine on rustls, which serves the sandbox: `yes`, which a test of the engine or of the program
observes (`core/testing/tests/effects.rs`); `yes:` and which part of it, or why nothing has to be done for it; or the
sentence with which the option is refused.
It cannot be led to all that OpenSSL does: a client that asks for a server by what is no name of a host (`localhost:4433`,
`a..b`, letters beyond ASCII) gets illegal_parameter, and one of TLS 1.2 without supported_groups handshake_failure, where
OpenSSL serves both; alerts that are encrypted are those that rustls chooses.

## Defects of the original that are mended

The numbers are those of `tests/differences.toml`, which lists every single line that is printed differently. A line that
other projects' test suites wait for was kept.

| # | the original | here |
| --- | --- | --- |
";

/// Number, what the original does, what happens here.
const MENDED: &[(u8, &str, &str)] = &[
    (1, "an idle connection blocks all others", "a silent client waits unseated; `-www` serves all at once"),
    (2, "no time limits", "a silent seated handshake ends after 30 s if others wait; beside others it has 60 s"),
    (3, "a failed bind or lookup ends with status 0", "status 1"),
    (4, "`-unix` deletes the socket of another program", "a path in use stays; only a socket is ever removed"),
    (5, "`-4` or `-6` after `-unix` cannot work", "they go back to TCP on port 4433"),
    (6, "numbers are checked as C numbers but used as decimal; any port passes", "`0x10` is 16; ports have a range"),
    (8, "`-ign_eof` does nothing for standard input", "it keeps the server alive at end of input"),
    (10, "`q`, `Q` and end of input close without close_notify", "the client is told"),
    (12, "input before the handshake suppresses the report", "it is sent after the report"),
    (
        13,
        "a failed `r`, `k` or `c` turns a later clean end into `ERROR`",
        "its reason is told at once; the end stays clean",
    ),
    (14, "on a pipe, text and data change their order", "both are written in the order in which they happen"),
    (17, "the page shows secrets and loses values after `=`", "secrets are hidden, values shown"),
    (
        18,
        "the status is always 200, without a length; methods but GET are not answered, queries and escapes not understood",
        "statuses and lengths are true, `HEAD` is answered, other methods get 405, queries and escapes are understood",
    ),
    (
        19,
        "`/reneg` works for one-line requests only and hangs in TLS 1.3",
        "every request is answered after the handshake",
    ),
    (20, "text of others is not escaped, error pages tell places in the library's source", "it is; they do not"),
    (21, "a second question for the pass phrase of one file", "one question"),
    (23, "a `-dkey` of another kind than `-dcert` passes", "it is refused"),
    (24, "`-xcert` knows no pass phrase and no format but the named one", "`-pass` counts; the format is found out"),
    (26, "a bad `-nameopt`, `-verify_ip` or `-verify_email` ends without a word", "a sentence names it"),
    (
        28,
        "`-stateless` refuses most clients, and asks the first one alone for a cookie",
        "it serves them, and asks them all",
    ),
    (29, "`-listen` serves one client and no other", "it serves them all"),
    (30, "with DTLS `q` closes the socket of all clients, and the server spins", "the next client is served"),
    (
        32,
        "with `-srpvfile` any client that wants to log in crashes the server, and no user is known",
        "users log in, and others do not",
    ),
    (37, "a reset by the client is an `ERROR` without reason", "the reason is told"),
    (39, "`-nbio` and `-nbio_test` spin", "they wait"),
    (
        40,
        "ALPN, the key log, verification stores, `-serverinfo` and `-cert_chain` are missing on the second context",
        "it has what the first one has",
    ),
    (
        50,
        "cipher suites that the library does not know are told nowhere",
        "`Unknown ciphers:` in the report, a list on the page: 64 of them at most, then how many more",
    ),
    (51, "lists on the page are as long as the client makes them", "64 entries at most, then how many more"),
    (
        52,
        "`-crl_download` fetches beside `-verifyCA…` alone, asks one place, hides the lists of `-CRL`, and tries a refused \
         connection for 20 s",
        "it works beside all trusted certificates, asks all places in order, and tells a refused connection at once",
    ),
    (53, "without `-mtu` handshakes leave in datagrams of 228 bytes", "they fit a link of 1,500 bytes"),
    (
        54,
        "with `-mtu` above 4,124 what has more than 4,096 bytes is cut inside of a record and lost, until it is sent again",
        "datagrams of a handshake have at most 4,096 bytes",
    ),
    (
        55,
        "with DTLS a line ends the session that is longer than `-max_send_frag`, or than the client takes",
        "it leaves in several records",
    ),
];

const WINDOWS: &str = "
## On Windows

| the original | here |
| --- | --- |
| names of files are in the system's code page, or in UTF-8 if `OPENSSL_WIN32_UTF8` is set | they are UTF-8, from Windows \
10 1903 on |
| every LF that is printed, a client's too, becomes CR LF | our lines end with LF, and data are printed as they came |
| without `-http_server_binmode` a served file loses each CR before LF | it is sent to the byte |
| errors of sockets are told as `Unknown error` | in the system's words |
| the trusted certificates are in a place that was compiled in | Windows' own are trusted, unless others are named |

";

fn line(row: &Row, original: bool) -> String {
    // A bar would end the cell.
    let argument = row.set.syntax().word().replace('|', " or ");
    let state = match (row.stage, row.better) {
        (Stage::Later, _) => String::from("later"),
        _ if !original => format!("new: {}", row.help),
        (Stage::Ready, Some(how)) => format!("better: {how}"),
        (Stage::Ready, None) => String::from("same"),
    };
    let since = if row.since > Default::default() { format!("; since {}", row.since.name()) } else { String::new() };
    let until = row.until.map_or(String::new(), |release| format!("; refused by OpenSSL {}", release.name()));
    let needs = row.needs.map_or(String::new(), |feature| format!("; needs {}", feature.name()));
    format!("| `-{}` | {argument} | {state}{since}{until}{needs} | {} |\n", row.name, with_rustls(row))
}

/// What the engine on rustls does with the option.
fn with_rustls(row: &Row) -> String {
    let rustls = &REFUSALS;
    let how = rustls.follows_anyway(row.name).or_else(|| rustls.follows_in_part(row.name));
    match (rustls.refuses(row.name), how) {
        (Some(why), _) => why.to_owned(),
        (None, Some(why)) => format!("yes: {why}"),
        (None, None) if row.stage == Stage::Ready || rustls.is_ahead(row.name) => String::from("yes"),
        (None, None) => String::from("later"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use s_server_core::options::table::rows;

    #[test]
    fn every_option_has_its_line() {
        let text = render();
        assert_eq!(text.lines().filter(|line| line.starts_with("| `-")).count(), rows().count());
        for expected in [
            "| `-help` |  | same | yes |",
            "| `-certform` | PEM or DER | same | yes: the format is found out by the contents |",
            "| `-async` |  | better: the modes that answer serve their clients, too | rustls has no asynchronous mode; use s_server, \
             built with OpenSSL |",
            "| `-no_comp` |  | same | yes: nothing is compressed |",
            "| `-engine` | val | better: where the library lacks engines, a sentence says so; refused by OpenSSL 4.0; needs engines | engines are modules of OpenSSL 1.1 and 3; use \
             s_server, built with a system's OpenSSL 3 |",
            "| `-early_data` |  | same | yes |",
            "| `-pass` | val | better: hidden on the status page | yes |",
            "| `-jobs` | +int | new: Number of threads of -www, -WWW, -HTTP, -rev, -echo (default one per processor) | yes |",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected}");
        }
    }

    #[test]
    fn the_mended_defects_are_in_order() {
        assert!(MENDED.windows(2).all(|pair| pair[0].0 < pair[1].0));
        assert!(render().contains("\n| 3 | a failed bind or lookup ends with status 0 | status 1 |\n"));
    }

    #[test]
    fn no_cell_breaks_its_table() {
        for line in render().lines().filter(|line| line.starts_with("| `-")) {
            assert_eq!(line.matches('|').count(), 5, "{line}");
        }
    }
}
