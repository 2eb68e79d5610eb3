//! `-rand` and `-writerand`.
use s_server_core::StartError;

use super::path::c_string;
use super::queue;
use super::sys::process;

/// Feeds files to the random generator. `list`: names separated by colons (on Windows semicolons).
///
/// The files after an unreadable one are still read, and the error tells of all of them.
/// Corresponds to `app_RAND_load` in `apps/lib/app_rand.c`.
pub fn load_rand(list: &[u8]) -> Result<(), StartError> {
    let separator = if cfg!(windows) { b';' } else { b':' };
    let mut errors = Vec::new();
    for name in list.split(|&b| b == separator) {
        queue::clear();
        if process::load_random(&c_string(name)) < 0 {
            errors.extend(queue::message([b"Can't load ", name, b" into RNG\n"].concat()));
        }
    }
    if errors.is_empty() { Ok(()) } else { Err(StartError::original(errors)) }
}

/// Writes random bytes to a file.
///
/// Corresponds to `app_RAND_write` in `apps/lib/app_rand.c`.
pub fn write_rand(path: &[u8]) -> Result<(), StartError> {
    queue::clear();
    if process::write_random(&c_string(path)) < 0 {
        return Err(queue::failure("Cannot write random bytes:\n"));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_are_read_and_the_missing_one_is_named() {
        assert_eq!(load_rand(b"Cargo.toml:build.rs"), Ok(()));
        let message = String::from_utf8(load_rand(b"Cargo.toml:nosuch").unwrap_err().render()).unwrap();
        assert!(message.starts_with("Can't load nosuch into RNG\n"), "{message}");
        assert!(message.contains(":error:12000079:random number generator:"), "{message}");
    }

    #[test]
    fn a_file_that_cannot_be_written_is_an_error() {
        let message = String::from_utf8(write_rand(b"nosuch/file").unwrap_err().render()).unwrap();
        assert!(message.starts_with("Cannot write random bytes:\n"), "{message}");
        assert!(message.contains("nosuch/file"), "{message}");
    }
}
