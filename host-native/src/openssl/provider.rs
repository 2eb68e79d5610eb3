//! Where algorithms come from: `-provider`, `-provider-path`, `-propquery`. All three hold for the whole program.
use super::path::c_string;
use super::queue;
use super::sys::process;

/// Looks for the providers that are loaded after this in another directory.
pub fn set_provider_path(path: &[u8]) {
    process::set_provider_path(&c_string(path));
}

/// Has all algorithms fetched with these properties, for the rest of the run.
pub fn set_properties(query: &[u8]) {
    process::set_properties(c_string(query));
}

/// Loads a provider; the library then loads none by itself. The error is the message for standard error.
///
/// Corresponds to `app_provider_load` in `apps/lib/app_provider.c`.
pub fn load_provider(name: &[u8]) -> Result<(), Vec<u8>> {
    queue::clear();
    if process::load_provider(&c_string(name)) {
        return Ok(());
    }
    let hint = b"\nHint: use -provider-path option or OPENSSL_MODULES environment variable.\n";
    Err(queue::message([b"s_server: unable to load provider ", name, hint].concat()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_is_not_there_is_named() {
        let message = String::from_utf8(load_provider(b"nosuch").unwrap_err()).unwrap();
        assert!(
            message.starts_with(
                "s_server: unable to load provider nosuch\n\
                 Hint: use -provider-path option or OPENSSL_MODULES environment variable.\n"
            ),
            "{message}"
        );
        assert!(message.contains(":name=nosuch\n"), "{message}");
    }
}
