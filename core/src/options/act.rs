//! What single options do at once, while the command line is read.
//!
//! Each function is an [`Act`](super::row::Act) of a row in the table.
use alloc::format;
use alloc::string::String;

use super::provider::ProviderParameter;
use super::{OptionError, World};

/// `-version`; nothing is left to print on standard error.
pub fn version(world: &mut dyn World) -> String {
    world.show_version();
    String::new()
}

/// `-provider-path`: for the providers that are named after it.
pub fn provider_path(world: &mut dyn World, path: &[u8]) -> Result<(), OptionError> {
    world.set_provider_path(path);
    Ok(())
}

/// `-provider`.
pub fn provider(world: &mut dyn World, name: &[u8]) -> Result<(), OptionError> {
    world.load_provider(name).map_err(|text| OptionError::new(&[&text]))
}

/// `-provparam`: for the providers that are loaded by then.
pub fn provider_parameter(world: &mut dyn World, text: &[u8]) -> Result<(), OptionError> {
    let Some(parameter) = ProviderParameter::parse(text) else {
        return Err(OptionError::new(&[b"s_server: malformed '-provparam' option value: '", text, b"'\n"]));
    };
    world.set_provider_parameter(&parameter).map_err(|text| OptionError::new(&[&text]))
}

/// `-msgfile`.
pub fn message_file(world: &mut dyn World, path: &[u8]) -> Result<(), OptionError> {
    if world.empty_message_file(path) {
        return Ok(());
    }
    Err(OptionError::new(&[b"Error writing file ", path, b"\n"]))
}

/// `-policy`.
pub fn policy(world: &mut dyn World, value: &[u8]) -> Result<(), OptionError> {
    if world.takes_parameter("policy", value) {
        return Ok(());
    }
    Err(OptionError::new(&[b"s_server: Invalid Policy ", value, b"\n"]))
}

/// `-verify_hostname`.
pub fn verify_hostname(world: &mut dyn World, value: &[u8]) -> Result<(), OptionError> {
    parameter(world, "verify_hostname", "host name", value)
}

/// `-verify_email`.
pub fn verify_email(world: &mut dyn World, value: &[u8]) -> Result<(), OptionError> {
    parameter(world, "verify_email", "email address", value)
}

/// `-verify_ip`.
pub fn verify_ip(world: &mut dyn World, value: &[u8]) -> Result<(), OptionError> {
    parameter(world, "verify_ip", "IP address", value)
}

/// One about which the original ends without a word.
fn parameter(world: &mut dyn World, option: &'static str, what: &str, value: &[u8]) -> Result<(), OptionError> {
    if world.takes_parameter(option, value) {
        return Ok(());
    }
    let (before, after) = (format!("s_server: Invalid {what} \""), format!("\" for option -{option}\n"));
    Err(OptionError::new(&[before.as_bytes(), value, after.as_bytes()]))
}

/// `-status_url`.
pub fn status_url(world: &mut dyn World, value: &[u8]) -> Result<(), OptionError> {
    if world.takes_parameter("status_url", value) {
        return Ok(());
    }
    Err(OptionError::new(&[b"Error parsing -status_url argument\n"]))
}

/// `-engine`.
pub fn engine(world: &mut dyn World, name: &[u8]) -> Result<(), OptionError> {
    let text = world.load_engine(name);
    world.note(&text);
    Ok(())
}

#[cfg(test)]
mod tests {
    use alloc::borrow::ToOwned;
    use alloc::string::String;

    use crate::options::testing::{DEBIAN, read};

    #[test]
    fn a_provider_is_loaded_before_the_next_word_is_read() {
        let says = |line: &str| read(line, &DEBIAN).0.map(drop).map_err(|error| error.text);
        assert_eq!(says("-provider-path p -provider no1 -foo"), Err(b"no provider no1 in p\n".to_vec()));
        assert_eq!(says("-provider no1 -provider-path p"), Err(b"no provider no1 in \n".to_vec()));
        assert_eq!(says("-provider-path p -provider a -provider b"), Ok(()));
    }

    #[test]
    fn the_file_for_messages_is_emptied_before_the_next_word_is_read() {
        let says = |line: &str| {
            let (read, notes) = read(line, &DEBIAN);
            (read.map(drop).map_err(|error| String::from_utf8(error.text).unwrap()), notes)
        };
        let unwritable = Err("Error writing file no/a\n".to_owned());
        assert_eq!(says("-msgfile a -msgfile no/a -foo"), (unwritable, "emptying a\n".to_owned()));
        let unknown = "s_server: Unknown option: -foo\ns_server: Use -help for summary.\n".to_owned();
        assert_eq!(says("-msgfile a -foo"), (Err(unknown), "emptying a\n".to_owned()));
    }

    #[test]
    fn a_responder_that_is_no_address_is_told_before_the_next_word_is_read() {
        let says = |line: &str| read(line, &DEBIAN).0.map(drop).map_err(|error| error.text);
        assert_eq!(says("-status_url bogus -foo"), Err(b"Error parsing -status_url argument\n".to_vec()));
        assert_eq!(says("-status_url http://a/"), Ok(()));
    }
}
