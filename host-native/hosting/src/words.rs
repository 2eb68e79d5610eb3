//! The words in which the system tells of its errors.
use std::io;

/// What it says of this one, without the number that the standard library puts behind it. Corresponds to `strerror`.
pub fn strerror(error: &io::Error) -> String {
    let text = error.to_string();
    // What the standard library puts together where Windows has no words.
    if text.starts_with("OS Error ") && cfg!(windows) {
        return error.kind().to_string();
    }
    text.split(" (os error ").next().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_is_left_out_and_what_has_none_is_told_whole() {
        // ENOENT, and on Windows ERROR_FILE_NOT_FOUND.
        let words = strerror(&io::Error::from_raw_os_error(2));
        assert!(words.len() > 5 && !words.contains(['(', '2']), "{words}");
        assert_eq!(strerror(&io::Error::other("words of our own")), "words of our own");
    }
}
