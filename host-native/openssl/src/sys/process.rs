//! What concerns the whole process: start-up and the random generator.
#[cfg(ossl350)]
use std::ffi::c_void;
use std::ffi::{CStr, CString, c_char, c_int};
use std::sync::OnceLock;

use crate::ffi;

/// Reads the configuration file that `OPENSSL_CONF` names, or the default one. Corresponds to `OPENSSL_init_crypto`.
///
/// `file` overrides both (Windows, where the compiled-in place means nothing).
pub fn load_config(file: Option<&CStr>) {
    openssl_sys::init();
    #[cfg(windows)]
    if let Some(file) = file {
        // SAFETY: makes settings that are ours; null only without memory.
        let settings = unsafe { ffi::OPENSSL_INIT_new() };
        if !settings.is_null() {
            // SAFETY: live settings; the name is copied.
            unsafe { ffi::OPENSSL_INIT_set_config_filename(settings, file.as_ptr()) };
            // SAFETY: live settings, read during the call only.
            unsafe { ffi::OPENSSL_init_crypto(ffi::OPENSSL_INIT_LOAD_CONFIG, settings) };
            // SAFETY: ours, used nowhere else.
            unsafe { ffi::OPENSSL_INIT_free(settings) };
            return;
        }
    }
    let _ = file;
    // SAFETY: null settings are the defaults.
    unsafe { ffi::OPENSSL_init_crypto(ffi::OPENSSL_INIT_LOAD_CONFIG, std::ptr::null()) };
}

/// Where providers are looked for. Corresponds to `OSSL_PROVIDER_set_default_search_path`.
pub fn set_provider_path(path: &CStr) {
    // SAFETY: a null context is the default one; the path is copied.
    unsafe { openssl_sys::OSSL_PROVIDER_set_default_search_path(std::ptr::null_mut(), path.as_ptr()) };
}

/// Properties that all algorithms are fetched with.
static PROPERTIES: OnceLock<CString> = OnceLock::new();

/// Has all algorithms fetched with these properties from now on. Only the first call counts.
pub fn set_properties(query: CString) {
    PROPERTIES.get_or_init(|| query);
}

/// The property query for functions that take one; null without one.
pub fn properties() -> *const c_char {
    PROPERTIES.get().map_or(std::ptr::null(), |query| query.as_ptr())
}

/// Loads a provider for the rest of the run; a failure leaves the reason in the queue. Corresponds to
/// `OSSL_PROVIDER_load`.
pub fn load_provider(name: &CStr) -> bool {
    openssl_sys::init();
    // SAFETY: a null context is the default one; the name is copied.
    !unsafe { openssl_sys::OSSL_PROVIDER_load(std::ptr::null_mut(), name.as_ptr()) }.is_null()
}

/// Sets a parameter of every loaded provider whose name is wanted, and says how many there are; `None` when one failed.
/// Corresponds to `OSSL_PROVIDER_do_all` with `OSSL_PROVIDER_add_conf_parameter`.
#[cfg(ossl350)]
pub fn set_provider_parameter(wanted: impl Fn(&[u8]) -> bool, name: &CStr, value: &CStr) -> Option<usize> {
    let mut number = 0;
    let done = each_provider(&mut |provider| {
        // SAFETY: a live provider, whose name lives as long as it.
        let own = unsafe { CStr::from_ptr(ffi::OSSL_PROVIDER_get0_name(provider)) };
        if !wanted(own.to_bytes()) {
            return true;
        }
        number += 1;
        // SAFETY: a live provider; the strings are copied.
        unsafe { ffi::OSSL_PROVIDER_add_conf_parameter(provider, name.as_ptr(), value.as_ptr()) > 0 }
    });
    done.then_some(number)
}

/// Hands over every loaded provider until `visit` fails.
#[cfg(ossl350)]
fn each_provider(visit: &mut dyn FnMut(*mut openssl_sys::OSSL_PROVIDER) -> bool) -> bool {
    unsafe extern "C" fn each(provider: *mut openssl_sys::OSSL_PROVIDER, data: *mut c_void) -> c_int {
        // SAFETY: the pointer to `visit` that is passed below, during that call.
        let visit = unsafe { &mut *data.cast::<&mut dyn FnMut(*mut openssl_sys::OSSL_PROVIDER) -> bool>() };
        visit(provider).into()
    }
    openssl_sys::init();
    let mut visit = visit;
    let data = (&raw mut visit).cast::<c_void>();
    // SAFETY: a null context is the default one; the function gets the pointer that it wants.
    unsafe { ffi::OSSL_PROVIDER_do_all(std::ptr::null_mut(), each, data) > 0 }
}

/// A parameter of a provider. Corresponds to `OSSL_PROVIDER_get_conf_parameters`.
#[cfg(all(test, ossl350))]
pub fn provider_parameter(name: &CStr, parameter: &CStr) -> Option<String> {
    let mut found = None;
    each_provider(&mut |provider| {
        // SAFETY: a live provider, whose name lives as long as it.
        if unsafe { CStr::from_ptr(ffi::OSSL_PROVIDER_get0_name(provider)) } == name {
            let mut value = std::ptr::null_mut();
            // SAFETY: a list with its end; the place for the value lives during the call.
            unsafe {
                let mut params = [
                    ffi::OSSL_PARAM_construct_utf8_ptr(parameter.as_ptr(), &mut value, 0),
                    openssl_sys::OSSL_PARAM_construct_end(),
                ];
                ffi::OSSL_PROVIDER_get_conf_parameters(provider, params.as_mut_ptr());
            }
            // SAFETY: null, or a string of the provider's.
            found = unsafe { super::string(value) };
        }
        true
    });
    found
}

/// Corresponds to `RAND_load_file` without a limit: the number of bytes, negative on failure.
pub fn load_random(file: &CStr) -> c_int {
    // SAFETY: a C string that lives during the call.
    unsafe { ffi::RAND_load_file(file.as_ptr(), -1) }
}

/// Corresponds to `RAND_write_file`: the number of bytes, -1 on failure.
pub fn write_random(file: &CStr) -> c_int {
    // SAFETY: a C string that lives during the call.
    unsafe { ffi::RAND_write_file(file.as_ptr()) }
}
