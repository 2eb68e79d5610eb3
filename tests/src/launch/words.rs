//! The words of a command line that is written as one.

/// Splits a command line at blanks, single quotes kept together, as the transcripts write it.
pub fn words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quoted = false;
    for c in line.chars() {
        match c {
            '\'' => {
                quoted = !quoted;
                word.get_or_insert_default();
            }
            ' ' if !quoted => words.extend(word.take()),
            _ => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quotes_keep_a_word_together() {
        assert_eq!(words("-www '' -psk_identity '<a> &b' x"), ["-www", "", "-psk_identity", "<a> &b", "x"]);
    }
}
