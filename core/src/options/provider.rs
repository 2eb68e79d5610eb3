//! What `-provparam` sets: `[PROVIDER:]NAME=VALUE`.
/// A parameter of a provider.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ProviderParameter<'a> {
    /// The provider's name; `None` means every provider that is loaded.
    pub provider: Option<&'a [u8]>,
    /// The parameter's name, not empty.
    pub name: &'a [u8],
    /// Its value, not empty.
    pub value: &'a [u8],
}

impl<'a> ProviderParameter<'a> {
    /// Takes the text of the option apart; `None` when name or value is missing.
    ///
    /// Only what stands before the first `=` can hold the provider's name. Corresponds to `opt_provider_param` in
    /// `apps/lib/app_provider.c`.
    pub(super) fn parse(text: &'a [u8]) -> Option<Self> {
        let (left, value) = halves(text, b'=')?;
        let (provider, name) = match halves(left, b':') {
            Some((provider, name)) => (Some(provider).filter(|provider| !provider.is_empty()), name),
            None => (None, left),
        };
        (!name.is_empty() && !value.is_empty()).then_some(Self { provider, name, value })
    }
}

fn halves(text: &[u8], at: u8) -> Option<(&[u8], &[u8])> {
    let index = text.iter().position(|&byte| byte == at)?;
    Some((&text[..index], &text[index + 1..]))
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;
    use crate::options::testing::{BUNDLED, DEBIAN, read};

    fn parts(text: &str) -> Option<(Option<&str>, &str, &str)> {
        let parameter = ProviderParameter::parse(text.as_bytes())?;
        let text = |bytes| str::from_utf8(bytes).unwrap();
        Some((parameter.provider.map(text), text(parameter.name), text(parameter.value)))
    }

    #[test]
    fn a_provider_may_be_named() {
        assert_eq!(parts("default:a=b"), Some((Some("default"), "a", "b")));
        assert_eq!(parts("a=b"), Some((None, "a", "b")));
        assert_eq!(parts(":a=b"), Some((None, "a", "b")));
        assert_eq!(parts("::a=b"), Some((None, ":a", "b")));
        assert_eq!(parts("default:a=b=c:d"), Some((Some("default"), "a", "b=c:d")));
        assert_eq!(parts("a=b:c"), Some((None, "a", "b:c")));
    }

    #[test]
    fn what_is_no_parameter_is_refused_in_the_originals_words() {
        for text in ["x", "=", "=b", "a:b", "a:=b", "default:=b", "default:a", ""] {
            assert_eq!(parts(text), None, "{text}");
        }
        let says = |line: &str| match read(line, &BUNDLED) {
            (Ok(_), notes) => notes,
            (Err(error), _) => String::from_utf8(error.text).unwrap(),
        };
        assert_eq!(says("-provparam x -foo"), "s_server: malformed '-provparam' option value: 'x'\n");
        assert_eq!(says("-provparam nosuch:a=b -foo"), "no provider nosuch\n");
        assert_eq!(says("-provparam default:a=b"), "setting a=b\n");
        assert!(read("-provparam x", &DEBIAN).0.is_ok(), "3.0 does not have it, which is told at the end");
    }
}
