//! Compares what two programs left behind, line for line.

pub mod differences;
pub mod facts;
pub mod mask;
pub mod messages;
pub mod responses;
pub mod retries;
pub mod session;
pub mod shared_ciphers;
pub mod traces;
pub mod transfers;

use crate::Streams;
use crate::compare::differences::Difference;

/// Fails with a report when `seen` is not `golden`, changed by `differences`.
pub fn compare(golden: &Streams, seen: &Streams, differences: &[Difference]) -> Result<(), String> {
    let mut report = String::new();
    for title in titles(golden, seen) {
        let ours: Vec<&Difference> = differences.iter().filter(|difference| difference.stream == title).collect();
        let outcome = match (golden.get(title), seen.get(title)) {
            (Some(golden), Some(seen)) => compare_stream(golden, seen, &ours),
            (Some(_), None) => Err("is missing\n".to_owned()),
            (None, _) => Err("was not expected\n".to_owned()),
        };
        if let Err(why) = outcome {
            report.push_str(&format!("{title}: {why}"));
        }
    }
    for difference in differences.iter().filter(|difference| !golden.contains_key(&difference.stream)) {
        report.push_str(&format!("stale entry: there is no {}\n", difference.stream));
    }
    if report.is_empty() { Ok(()) } else { Err(report) }
}

fn titles<'a>(golden: &'a Streams, seen: &'a Streams) -> impl Iterator<Item = &'a str> {
    golden.keys().chain(seen.keys().filter(|title| !golden.contains_key(*title))).map(String::as_str)
}

fn compare_stream(golden: &[u8], seen: &[u8], differences: &[&Difference]) -> Result<(), String> {
    let mut golden = mask::lines(golden);
    let seen = mask::lines(seen);
    for difference in differences {
        difference.apply(&mut golden).map_err(|e| format!("{e}\n"))?;
    }
    if golden == seen { Ok(()) } else { Err(between(&golden, &seen)) }
}

/// The lines that only one side has: `-` expected, `+` seen.
fn between(golden: &[Vec<u8>], seen: &[Vec<u8>]) -> String {
    let same = |(a, b): &(&Vec<u8>, &Vec<u8>)| a == b;
    let start = golden.iter().zip(seen).take_while(same).count();
    let mut report = format!("differs from line {} on (- expected, + seen)\n", start + 1);
    for (mark, line) in edits(&golden[start..], &seen[start..]) {
        report.push_str(&format!("  {mark} {}\n", line.escape_ascii()));
    }
    report
}

/// The shortest way from `a` to `b`, by the longest common subsequence.
fn edits<'a>(a: &'a [Vec<u8>], b: &'a [Vec<u8>]) -> Vec<(char, &'a [u8])> {
    let mut common = vec![vec![0_u32; b.len() + 1]; a.len() + 1];
    for i in (0..a.len()).rev() {
        for j in (0..b.len()).rev() {
            common[i][j] = if a[i] == b[j] { common[i + 1][j + 1] + 1 } else { common[i + 1][j].max(common[i][j + 1]) };
        }
    }
    let (mut i, mut j) = (0, 0);
    let mut edits = Vec::new();
    while i < a.len() || j < b.len() {
        if i < a.len() && j < b.len() && a[i] == b[j] {
            (i, j) = (i + 1, j + 1);
        } else if i < a.len() && (j == b.len() || common[i + 1][j] >= common[i][j + 1]) {
            edits.push(('-', a[i].as_slice()));
            i += 1;
        } else {
            edits.push(('+', b[j].as_slice()));
            j += 1;
        }
    }
    edits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streams(stream: &[u8]) -> Streams {
        Streams::from([("server stdout".to_owned(), stream.to_vec())])
    }

    #[test]
    fn the_report_shows_the_lines_that_differ() {
        let report = compare(&streams(b"a\nb\nc\nd\n"), &streams(b"a\nx\nc\n"), &[]).unwrap_err();
        let lines = "  - b\\n\n  + x\\n\n  - d\\n\n";
        assert_eq!(report, format!("server stdout: differs from line 2 on (- expected, + seen)\n{lines}"));
    }

    #[test]
    fn a_missing_line_end_is_a_difference() {
        assert!(compare(&streams(b"a\n"), &streams(b"a"), &[]).is_err());
    }

    #[test]
    fn a_missing_and_an_additional_stream_are_differences() {
        assert!(compare(&streams(b""), &Streams::new(), &[]).is_err());
        assert!(compare(&Streams::new(), &streams(b""), &[]).is_err());
    }
}
