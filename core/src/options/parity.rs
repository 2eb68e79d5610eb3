//! The table of docs/PARITY.md.
use alloc::format;
use alloc::string::String;

use super::row::{Row, Stage};
use super::table::SECTIONS;

/// One Markdown table per heading of `-help`, one line per option.
///
/// States: `same` as the original; `better`, and how; `later`; `new` is an extension. What needs a part of the library
/// or a release says so: where that is missing, the option is refused by name.
pub fn render() -> String {
    let mut text = String::new();
    for section in SECTIONS {
        text += &format!("## {} options\n\n| option | argument | state |\n| --- | --- | --- |\n", section.title);
        for row in section.rows {
            text += &line(row, section.original);
        }
        text += "\n";
    }
    text
}

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
    format!("| `-{}` | {argument} | {state}{since}{until}{needs} |\n", row.name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::table::rows;

    #[test]
    fn every_option_has_its_line() {
        let text = render();
        assert_eq!(text.lines().filter(|line| line.starts_with("| `-")).count(), rows().count());
        for expected in [
            "| `-help` |  | same |",
            "| `-certform` | PEM or DER | same |",
            "| `-psk` | val | later |",
            "| `-engine` | val | later; refused by OpenSSL 4.0; needs engines |",
            "| `-no_ems` |  | same; since 3.2 |",
            "| `-pass` | val | better: hidden on the status page |",
            "| `-jobs` | +int | new: Number of threads of -www, -WWW, -HTTP, -rev, -echo (default one per processor) |",
        ] {
            assert!(text.lines().any(|line| line == expected), "{expected}");
        }
    }

    #[test]
    fn no_cell_breaks_its_table() {
        for line in render().lines().filter(|line| line.starts_with("| `-")) {
            assert_eq!(line.matches('|').count(), 4, "{line}");
        }
    }
}
