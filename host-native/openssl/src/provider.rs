//! Where algorithms come from: `-provider`, `-provider-path`, `-provparam`, `-propquery`. All hold for the whole program.
use s_server_core::StartError;
use s_server_core::options::ProviderParameter;

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

/// Loads a provider; the library then loads none by itself.
///
/// Corresponds to `app_provider_load` in `apps/lib/app_provider.c`.
pub fn load_provider(name: &[u8]) -> Result<(), StartError> {
    queue::clear();
    if process::load_provider(&c_string(name)) {
        return Ok(());
    }
    let hint = b"\nHint: use -provider-path option or OPENSSL_MODULES environment variable.\n";
    Err(queue::failure([b"s_server: unable to load provider ", name, hint].concat()))
}

/// Sets a parameter of the providers that are loaded, or of the one that is named.
///
/// Corresponds to `opt_provider_param` in `apps/lib/app_provider.c`.
#[cfg(ossl350)]
pub fn set_parameter(parameter: &ProviderParameter<'_>) -> Result<(), StartError> {
    queue::clear();
    let (name, value) = (c_string(parameter.name), c_string(parameter.value));
    let wanted = |provider: &[u8]| parameter.provider.is_none_or(|name| name == provider);
    match (process::set_provider_parameter(wanted, &name, &value), parameter.provider) {
        (Some(0), Some(name)) => Err(StartError::of_cause([b"No provider named '", name, b"' is loaded"].concat())),
        (Some(_), _) => Ok(()),
        (None, _) => Err(queue::failure([b"s_server: cannot set -provparam ", parameter.name, b"\n"].concat())),
    }
}

/// The option is refused before 3.5.
#[cfg(not(ossl350))]
pub fn set_parameter(_: &ProviderParameter<'_>) -> Result<(), StartError> {
    Err(StartError::of_cause("this OpenSSL has no parameters of providers"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_provider_that_is_not_there_is_named() {
        let message = String::from_utf8(load_provider(b"nosuch").unwrap_err().render()).unwrap();
        assert!(
            message.starts_with(
                "s_server: unable to load provider nosuch\n\
                 Hint: use -provider-path option or OPENSSL_MODULES environment variable.\n"
            ),
            "{message}"
        );
        assert!(message.contains(":name=nosuch\n"), "{message}");
    }

    #[test]
    #[cfg(ossl350)]
    fn a_parameter_is_set_where_its_provider_is_loaded() {
        let set = |provider| set_parameter(&ProviderParameter { provider, name: b"s-server-test", value: b"7" });
        let refused = set(Some(b"nosuch")).unwrap_err();
        assert_eq!(refused.render(), b"s_server: No provider named 'nosuch' is loaded\n");
        assert_eq!(process::provider_parameter(c"default", c"s-server-test"), None);
        assert_eq!(set(Some(b"default")), Ok(()));
        assert_eq!(process::provider_parameter(c"default", c"s-server-test").as_deref(), Some("7"));
    }
}
