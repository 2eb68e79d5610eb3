//! Defect 15: the original lists every cipher suite that both sides name, as shared; ours lists those on which they could
//! have agreed. Both the report's line and the page's block are changed into what ours must have.
//!
//! What counts is the version of the protocol and the kind of the server's key, which the chosen suite tells.

use crate::Streams;
use crate::launch::program::Program;
use crate::scripts::script::{Script, Step};

const LINE: &str = "Shared ciphers:";
const BLOCK: &str = "Ciphers common between both SSL end points:\n";

/// The original's streams, with the suites that ours lists.
pub fn mended(streams: &Streams, script: &Script) -> Streams {
    let rules = Rules::of(script);
    streams.iter().map(|(title, bytes)| (title.clone(), rules.stream(bytes))).collect()
}

/// What a script says about the connection, beside the chosen suite.
struct Rules {
    /// TLS 1.1 or older.
    old: bool,
    /// The server has Diffie-Hellman parameters.
    dh: bool,
    /// The key is for RSA-PSS alone.
    pss: bool,
    /// There is no certificate.
    nocert: bool,
    /// Suites with CCM8 count for 64 bits, their tag's, which security level 2 does not take; 3.0 has them at 256.
    short_tags: bool,
}

impl Rules {
    fn of(script: &Script) -> Rules {
        let client = script.steps.iter().filter_map(|step| match step {
            Step::StartClient(_, words) => Some(words),
            _ => None,
        });
        let words: Vec<&str> = script.arguments.iter().chain(client.flatten()).map(String::as_str).collect();
        let has = |word: &str| words.contains(&word);
        Rules {
            old: has("-tls1") || has("-tls1_1"),
            dh: !has("-no_dhe"),
            pss: has("rsapss.pem"),
            nocert: has("-nocert"),
            short_tags: !Program::goldens_apply(),
        }
    }

    fn stream(&self, bytes: &[u8]) -> Vec<u8> {
        let lines: Vec<&[u8]> = bytes.split_inclusive(|&b| b == b'\n').collect();
        let mut changed = Vec::new();
        let mut next = 0;
        while let Some(line) = lines.get(next).copied() {
            next += 1;
            let text = std::str::from_utf8(line).unwrap_or_default();
            let text = text.strip_prefix("# ").unwrap_or(text);
            if let Some(names) = text.strip_prefix(LINE) {
                let kept = self.kept(names.trim_end().split(':'), &chosen(&lines[next..]));
                let start = line.len() - names.len();
                let end = &names[names.trim_end().len()..];
                changed.extend([&line[..start], kept.join(":").as_bytes(), end.as_bytes()].concat());
            } else if text == BLOCK {
                let count = lines[next..].iter().take_while(|line| is_row(line)).count();
                let rows = lines[next..next + count].concat();
                let names = String::from_utf8_lossy(&rows).into_owned();
                next += count;
                changed.extend_from_slice(line);
                changed.extend(block(&self.kept(names.split_whitespace(), &chosen(&lines[next..]))).into_bytes());
            } else {
                changed.extend_from_slice(line);
            }
        }
        changed
    }

    fn kept<'a>(&self, names: impl Iterator<Item = &'a str>, chosen: &str) -> Vec<&'a str> {
        names.filter(|name| *name == chosen || self.keeps(name, chosen)).collect()
    }

    fn keeps(&self, name: &str, chosen: &str) -> bool {
        let tls13 = |name: &str| name.starts_with("TLS_");
        let anonymous = |name: &str| name.starts_with("ADH-") || name.starts_with("AECDH-");
        let newer = ["GCM", "SHA256", "SHA384", "CHACHA20", "CCM"].iter().any(|part| name.contains(part));
        let key = |name: &str| (name.contains("ECDSA"), name.contains("PSK"), anonymous(name));
        let without_signature = !name.contains("DHE-");
        tls13(name) == tls13(chosen)
            && (tls13(name)
                || key(name) == key(chosen)
                    && !(self.old && newer)
                    && !(self.short_tags && name.ends_with("CCM8"))
                    && (self.dh || !name.starts_with("DHE-"))
                    && !(self.nocert && (name.starts_with("RSA-PSK-") || name.starts_with("SRP-RSA-")))
                    && !name.starts_with("SRP-DSS-")
                    && !(self.pss && without_signature))
    }
}

/// The suite of the connection whose report or page goes on with these lines.
fn chosen(lines: &[&[u8]]) -> String {
    let name = |line: &&[u8]| {
        let text = std::str::from_utf8(line).ok()?;
        let text = text.strip_prefix("# ").unwrap_or(text);
        let name = text.strip_prefix("CIPHER is ").or(text.strip_prefix("    Cipher    : "))?;
        Some(name.trim_end().to_owned())
    };
    lines.iter().find_map(name).unwrap_or_default()
}

/// A row of the page's block: names of suites and blanks.
fn is_row(line: &&[u8]) -> bool {
    line[0].is_ascii_alphabetic() && line.iter().all(|b| b.is_ascii_alphanumeric() || b"-_ \r\n".contains(b))
}

/// Three names to a row, the last one not padded.
fn block(names: &[&str]) -> String {
    let row = |names: &[&str], last: bool| {
        let (end, rest) = names.split_last().expect("a row has a name");
        let padded: String = rest.iter().map(|name| format!("{name:<26} ")).collect();
        if last { format!("{padded}{end}\n") } else { format!("{padded}{end:<26}\n") }
    };
    let rows = names.chunks(3);
    let count = rows.len();
    rows.enumerate().map(|(at, names)| row(names, at + 1 == count)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn report(command: &str, chosen: &str) -> String {
        let script = Script::new("x", command, "");
        let names = "TLS_A:ECDHE-ECDSA-AES256-SHA384:ECDHE-RSA-AES256-SHA:DHE-RSA-AES256-SHA:AES256-SHA:AES256-SHA256";
        let text = format!("{LINE}{names}\nCIPHER is {chosen}\n");
        let streams = Streams::from([("s".to_owned(), text.into_bytes())]);
        let mended = String::from_utf8(mended(&streams, &script)["s"].clone()).unwrap();
        mended.lines().next().unwrap().strip_prefix(LINE).unwrap().to_owned()
    }

    #[test]
    fn the_report_lists_what_fits_the_chosen_suite() {
        assert_eq!(report("", "TLS_A"), "TLS_A");
        assert_eq!(report("", "AES256-SHA"), "ECDHE-RSA-AES256-SHA:DHE-RSA-AES256-SHA:AES256-SHA:AES256-SHA256");
        assert_eq!(report("-tls1 -no_dhe", "AES256-SHA"), "ECDHE-RSA-AES256-SHA:AES256-SHA");
        assert_eq!(report("", "ECDHE-ECDSA-AES256-SHA384"), "ECDHE-ECDSA-AES256-SHA384");
    }

    #[test]
    fn the_page_lists_it_in_columns() {
        let script = Script::new("x", "", "");
        let pad = |name: &str| format!("{name:<26}");
        let page = format!(
            "{BLOCK}{} {} {}\n{} {}\n---\nNew, TLSv1.0, Cipher is C\n    Cipher    : AES128-SHA\n",
            pad("TLS_A"),
            pad("AES128-SHA"),
            pad("AES256-SHA"),
            pad("DHE-RSA-AES128-SHA"),
            "ECDHE-RSA-AES128-SHA"
        );
        let expected = format!(
            "{BLOCK}{} {} {}\nECDHE-RSA-AES128-SHA\n---",
            pad("AES128-SHA"),
            pad("AES256-SHA"),
            pad("DHE-RSA-AES128-SHA")
        );
        let streams = Streams::from([("s".to_owned(), page.into_bytes())]);
        let seen = String::from_utf8(mended(&streams, &script)["s"].clone()).unwrap();
        assert!(seen.starts_with(&expected), "{seen}");
    }
}
