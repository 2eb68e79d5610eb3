//! `docs/completions/`: for bash, zsh, fish and PowerShell, made from the same command as the man page.
//!
//! The generators know no long names behind one dash, so their scripts are put right afterwards.

use clap_complete::Shell;

use crate::documents::manual::{command, one_dash};

/// File name and content for each shell.
pub fn all() -> Vec<(&'static str, String)> {
    vec![
        ("s_server.bash", one_dash(&generated(Shell::Bash), "--", "-")),
        ("_s_server", zsh(&generated(Shell::Zsh))),
        ("s_server.fish", fish(&generated(Shell::Fish))),
        ("s_server.ps1", one_dash(&generated(Shell::PowerShell), "--", "-")),
    ]
}

fn generated(shell: Shell) -> String {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command(), "s_server", &mut script);
    String::from_utf8(script).expect("the table is text")
}

/// With `-s`, `_arguments` takes `-cert` for five flags.
fn zsh(script: &str) -> String {
    one_dash(script, "--", "-").replace("(-s -S -C)", "(-S -C)").replace("(-s -C)", "(-C)")
}

/// `-o` is a long name behind one dash, `-s` a name of one letter.
fn fish(script: &str) -> String {
    let lines = script.lines().map(|line| match line.split_once(" -l ") {
        Some((start, rest)) if rest.chars().nth(1).is_none_or(|c| c == ' ') => format!("{start} -s {rest}\n"),
        Some((start, rest)) => format!("{start} -o {rest}\n"),
        None => format!("{line}\n"),
    });
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_name_stands_behind_two_dashes() {
        for (file, script) in all() {
            for name in ["cert", "www", "4", "no-CAfile", "selfsigned_names"] {
                assert!(!script.contains(&format!("--{name}")), "{file}: --{name}");
            }
        }
    }

    #[test]
    fn fish_is_told_which_kind_of_name_it_is() {
        let script = &all()[2].1;
        assert!(script.contains("complete -c s_server -s 4 -d 'Use IPv4 only'\n"), "{script}");
        assert!(
            script.contains(
                "complete -c s_server -o cert -d 'Server certificate file to use; default server.pem' -r -F\n"
            ),
            "{script}"
        );
        assert!(script.contains("complete -c s_server -o www -d "), "{script}");
    }

    #[test]
    fn power_shell_is_told_names_and_their_help() {
        let script = &all()[3].1;
        assert!(
            script.contains(
                "[CompletionResult]::new('-4', '-4', [CompletionResultType]::ParameterName, 'Use IPv4 only')"
            ),
            "{script}"
        );
    }
}
