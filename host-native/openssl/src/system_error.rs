//! The words in which the system tells of its errors.
use std::io;

/// What it says of this one, without the number that the standard library puts behind it. Corresponds to `strerror`.
pub fn strerror(error: &io::Error) -> String {
    let (text, kind) = (error.to_string(), error.kind().to_string());
    // Wine has no words for errors of sockets, and the standard library puts their numbers there instead.
    if text.starts_with("OS Error ") && kind != UNKNOWN {
        return kind;
    }
    text.split(" (os error ").next().unwrap_or_default().to_owned()
}

/// The same of a name that cannot be resolved. Corresponds to `gai_strerror`.
pub fn gai_strerror(error: &io::Error) -> String {
    let text = strerror(error);
    text.strip_prefix("failed to lookup address information: ").unwrap_or(&text).to_owned()
}

/// The kind of errors that the standard library knows nothing about.
const UNKNOWN: &str = "uncategorized error";

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(windows)]
    #[test]
    fn a_busy_port_has_words_under_wine_too() {
        let words = strerror(&io::Error::from_raw_os_error(10_048));
        assert!(!words.contains("10048") && !words.contains("OS Error"), "{words}");
        let unknown = strerror(&io::Error::from_raw_os_error(29_999));
        assert!(unknown.contains("29999"), "{unknown}");
    }

    #[test]
    fn the_number_is_left_out_and_what_has_none_is_told_whole() {
        // ENOENT, and on Windows ERROR_FILE_NOT_FOUND.
        let words = strerror(&io::Error::from_raw_os_error(2));
        assert!(words.len() > 5 && !words.contains(['(', '2']), "{words}");
        assert_eq!(strerror(&io::Error::other("words of our own")), "words of our own");
    }
}
