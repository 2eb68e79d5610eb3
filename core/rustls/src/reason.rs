//! Why what the command line names is of no use, told where it is not known which option named it.
use std::borrow::Cow;
use std::fmt;

use s_server_core::StartError;

use crate::pem::Damage;

/// What is wrong, and what helps: `CAUSE; REMEDY`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reason {
    cause: Cow<'static, str>,
    remedy: Option<&'static str>,
}

impl Reason {
    /// The same with what helps.
    #[must_use]
    pub fn with_remedy(self, remedy: &'static str) -> Self {
        Self { remedy: Some(remedy), ..self }
    }

    /// It is the value of that option that is of no use.
    pub fn of_option(self, option: impl Into<Cow<'static, str>>, value: impl Into<Vec<u8>>) -> StartError {
        let error = StartError::of_option(option, value, self.cause.into_owned());
        with_remedy(error, self.remedy)
    }

    /// It is that option itself.
    pub fn of_flag(self, option: impl Into<Cow<'static, str>>) -> StartError {
        let error = StartError::of_flag(option, self.cause.into_owned());
        with_remedy(error, self.remedy)
    }
}

fn with_remedy(error: StartError, remedy: Option<&'static str>) -> StartError {
    match remedy {
        Some(remedy) => error.with_remedy(remedy),
        None => error,
    }
}

impl From<&'static str> for Reason {
    fn from(cause: &'static str) -> Self {
        Self { cause: cause.into(), remedy: None }
    }
}

impl From<String> for Reason {
    fn from(cause: String) -> Self {
        Self { cause: cause.into(), remedy: None }
    }
}

impl From<Damage> for Reason {
    fn from(damage: Damage) -> Self {
        damage.to_string().into()
    }
}

impl fmt::Display for Reason {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        to.write_str(&self.cause)?;
        self.remedy.map_or(Ok(()), |remedy| write!(to, "; {remedy}"))
    }
}

impl std::error::Error for Reason {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cause_and_remedy_stay_apart_and_show_as_one() {
        let reason = Reason::from("it is DER").with_remedy("convert it");
        assert_eq!(reason.to_string(), "it is DER; convert it");
        let error = reason.of_option("-cert", "a.der");
        assert_eq!((error.option(), error.value()), (Some("-cert"), Some(&b"a.der"[..])));
        assert_eq!((error.cause(), error.remedy()), (Some(&b"it is DER"[..]), Some(&b"convert it"[..])));
        let flag = Reason::from("no seed".to_owned()).of_flag("-selfsigned");
        assert_eq!(
            (flag.value(), flag.remedy(), flag.to_string()),
            (None, None, "s_server: -selfsigned: no seed".into())
        );
    }
}
