//! `ENGINE`: modules of OpenSSL before 4.0 that hold keys and do computations.
use std::ffi::{CStr, c_void};
use std::ptr;

use foreign_types_shared::ForeignType;
use openssl::pkey::{PKey, Private};

use super::ui::{self, Answer};
use crate::ffi;

/// A loaded engine: a structural reference.
pub struct Engine(*mut ffi::ENGINE);

// SAFETY: the library counts references and locks its list.
unsafe impl Send for Engine {}

impl Engine {
    /// Corresponds to `ENGINE_by_id`.
    pub fn by_id(id: &CStr) -> Option<Self> {
        // SAFETY: a C string; null or a reference that is ours.
        let engine = unsafe { ffi::ENGINE_by_id(id.as_ptr()) };
        (!engine.is_null()).then_some(Self(engine))
    }

    /// Corresponds to `ENGINE_ctrl_cmd_string`.
    pub fn command(&self, name: &CStr, value: Option<&CStr>) -> bool {
        let value = value.map_or(ptr::null(), CStr::as_ptr);
        // SAFETY: a live engine and C strings, of which the value may be null.
        unsafe { ffi::ENGINE_ctrl_cmd_string(self.0, name.as_ptr(), value, 0) > 0 }
    }

    /// Lets it ask for pass phrases in our way. Corresponds to `ENGINE_ctrl_cmd`.
    pub fn set_user_interface(&self) {
        let method = ui::method().cast_mut().cast::<c_void>();
        // SAFETY: a live engine, a C string, and a method that lives for ever; engines without the command ignore it.
        unsafe { ffi::ENGINE_ctrl_cmd(self.0, c"SET_USER_INTERFACE".as_ptr(), 0, method, None, 1) };
    }

    /// Does with it whatever it can do. Corresponds to `ENGINE_set_default`.
    pub fn set_default(&self) -> bool {
        // SAFETY: a live engine.
        unsafe { ffi::ENGINE_set_default(self.0, ffi::ENGINE_METHOD_ALL) > 0 }
    }

    /// Corresponds to `ENGINE_get_id`.
    pub fn id(&self) -> String {
        // SAFETY: a live engine, which keeps its id.
        unsafe { super::string(ffi::ENGINE_get_id(self.0)) }.unwrap_or_default()
    }

    /// Corresponds to `ENGINE_init`, `ENGINE_load_private_key` and `ENGINE_finish`.
    pub fn private_key(&self, id: &CStr, answer: &Answer<'_>) -> Option<PKey<Private>> {
        let (method, data) = answer.method();
        // SAFETY: a live engine.
        if unsafe { ffi::ENGINE_init(self.0) } <= 0 {
            return None;
        }
        // SAFETY: an engine that works, a C string; method and data live during the call.
        let key = unsafe { ffi::ENGINE_load_private_key(self.0, id.as_ptr(), method.cast_mut(), data) };
        // SAFETY: ends what `ENGINE_init` began; a key keeps the engine by a reference of its own.
        unsafe { ffi::ENGINE_finish(self.0) };
        // SAFETY: a new key, owned by nobody else.
        (!key.is_null()).then(|| unsafe { PKey::from_ptr(key) })
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        // SAFETY: our reference, not used after this.
        unsafe { ffi::ENGINE_free(self.0) };
    }
}

/// Corresponds to `ENGINE_register_all_complete`.
pub fn register_all() {
    // SAFETY: takes nothing.
    unsafe { ffi::ENGINE_register_all_complete() };
}
