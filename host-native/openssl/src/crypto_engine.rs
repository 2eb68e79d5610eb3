//! `-engine`: a module of OpenSSL before 4.0 that holds keys and does computations.
use openssl::pkey::{PKey, Private};

use super::sys::ui::Answer;

#[cfg(not(has_engine))]
pub use missing::{load, private_key};
#[cfg(has_engine)]
pub use there::{load, private_key};

/// What came of looking for a key in the engine.
#[cfg_attr(not(has_engine), allow(dead_code, reason = "without engines there is nothing to find"))]
pub enum Found {
    /// The key.
    Key(PKey<Private>),
    /// The engine has none with that name, which is told with the whole URI.
    Missing(Vec<u8>),
    /// No engine is loaded.
    NoEngine,
}

#[cfg(has_engine)]
mod there {
    use std::sync::{Mutex, PoisonError};

    use super::{Answer, Found};
    use crate::path::c_string;
    use crate::queue;
    use crate::sys::crypto_engine::{Engine, register_all};

    /// The engine of the process: the option may stand more than once, and the last one counts.
    static LOADED: Mutex<Option<Engine>> = Mutex::new(None);

    /// Loads an engine and makes it the one for whatever it can do; returns what is printed.
    ///
    /// Corresponds to `setup_engine_methods` in `apps/lib/apps.c`.
    pub fn load(name: &[u8]) -> Vec<u8> {
        queue::clear();
        let shown = |before: &str, after: &str| [before.as_bytes(), name, after.as_bytes()].concat();
        let (loaded, text) = if name == b"auto" {
            register_all();
            (None, b"Enabling auto ENGINE support\n".to_vec())
        } else if let Some(engine) = find(name) {
            engine.set_user_interface();
            if engine.set_default() {
                let text = format!("Engine \"{}\" set.\n", engine.id()).into_bytes();
                (Some(engine), text)
            } else {
                (None, queue::message("Can't use that engine\n"))
            }
        } else {
            (None, queue::message(shown("Invalid engine \"", "\"\n")))
        };
        queue::clear();
        *LOADED.lock().unwrap_or_else(PoisonError::into_inner) = loaded;
        text
    }

    /// By its id, else as a shared library.
    fn find(name: &[u8]) -> Option<Engine> {
        let name = c_string(name);
        Engine::by_id(&name).or_else(|| {
            let dynamic = Engine::by_id(c"dynamic")?;
            (dynamic.command(c"SO_PATH", Some(&name)) && dynamic.command(c"LOAD", None)).then_some(dynamic)
        })
    }

    /// The key with that id.
    pub fn private_key(id: &[u8], answer: &Answer<'_>) -> Found {
        let loaded = LOADED.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(engine) = loaded.as_ref() else { return Found::NoEngine };
        match engine.private_key(&c_string(id), answer) {
            Some(key) => Found::Key(key),
            None => Found::Missing([b"org.openssl.engine:", engine.id().as_bytes(), b":", id].concat()),
        }
    }
}

#[cfg(not(has_engine))]
mod missing {
    use super::{Answer, Found};

    /// The option is refused by name later.
    pub fn load(_: &[u8]) -> Vec<u8> {
        Vec::new()
    }

    /// There is none.
    pub fn private_key(_: &[u8], _: &Answer<'_>) -> Found {
        Found::NoEngine
    }
}

#[cfg(all(test, has_engine))]
mod tests {
    use super::*;

    #[test]
    fn engines_are_found_or_told_to_be_missing() {
        assert_eq!(load(b"dynamic"), b"Engine \"dynamic\" set.\n");
        assert!(
            matches!(private_key(b"x", &Answer::Nobody), Found::Missing(uri) if uri == b"org.openssl.engine:dynamic:x")
        );
        let text = String::from_utf8(load(b"nosuch")).unwrap();
        assert!(text.starts_with("Invalid engine \"nosuch\"\n"), "{text}");
        assert!(text.contains(":ENGINE_by_id:no such engine:"), "{text}");
        assert!(matches!(private_key(b"x", &Answer::Nobody), Found::NoEngine));
    }
}
