#![doc = include_str!("../README.md")]
//!
//! # Where things are
//!
//! ```text
//!   Plan --context.rs--> SSL_CTX --session.rs--> OpensslEngine: TlsEngine
//!            |  load.rs, fetch.rs: files and URIs  |   bio.rs: the BIO of
//!            |  selfsigned.rs                      |   wire.rs: byte runs to and from the host
//!            |  identity.rs, trust.rs, params.rs   |   log.rs: what happens meanwhile
//!            |  extra.rs, servername.rs: which certificate a client gets
//!            |  stapling.rs: OCSP responses, out of files and from responders
//!            |  raw_keys.rs, ech.rs: raw public keys, Encrypted Client Hello
//!            |  cookie.rs, gate.rs, link.rs: what only datagrams have
//!            v                                     v   info.rs: SessionInfo
//!         queue.rs: the error queue as lines, in OpenSSL's own format
//! ```
//!
//! `unsafe` stands in three places: `ffi.rs` declares what `openssl-sys` lacks, `sys/` wraps each C function once, and
//! `bio.rs` is called back by OpenSSL.
#![deny(unsafe_code)]

// Before all that names openssl-sys: crates are linked in the reverse order, and libcrypto calls these.
#[cfg(feature = "bundled")]
use {compu_brotli_sys as _, libz_sys as _, zstd_sys as _};

#[allow(unsafe_code, reason = "called by OpenSSL")]
mod bio;
mod cache;
mod call;
mod context;
#[cfg(test)]
mod contract;
mod cookie;
mod counters;
mod crls;
mod crypto_engine;
#[cfg(has_ech)]
mod ech;
mod environment;
mod extra;
mod fetch;
#[allow(
    unsafe_code,
    missing_docs,
    non_camel_case_types,
    non_snake_case,
    clippy::upper_case_acronyms,
    reason = "C declarations; OpenSSL documents them"
)]
mod ffi;
mod gate;
mod identity;
mod info;
mod jobs;
mod keylog;
mod link;
mod lists;
mod load;
mod log;
mod messages;
mod nameopt;
mod objects;
#[cfg(test)]
mod pair;
mod params;
mod path;
mod patience;
mod pem;
mod policies;
mod protocols;
mod provider;
mod psk;
mod psk_list;
mod queue;
mod raw_keys;
mod security;
mod seed;
mod selfsigned;
mod servername;
mod session;
mod session_settings;
mod sessions;
mod shared;
#[cfg(has_srp)]
mod srp;
mod stapling;
mod states;
#[allow(unsafe_code, reason = "the wrappers")]
mod sys;
mod system_error;
#[cfg(all(test, has_ssl_trace))]
mod trace;
mod trust;
mod verify;
mod wire;

pub use context::OpensslContext;
pub use crypto_engine::load as load_engine;
pub use environment::{Environment, OpenKeyLog, Questions};
pub use keylog::HEADER as KEY_LOG_HEADER;
pub use provider::{load_provider, set_parameter as set_provider_parameter, set_properties, set_provider_path};
pub use queue::{lookup_failure, socket_failure};
pub use seed::{load_rand, write_rand};

use s_server_core::options::library::{Build, Feature};
use s_server_core::options::plan::Reference;

/// Whether the library takes that value for a parameter of verification, which is named as its option, or for `status_url`.
pub fn takes_parameter(name: &'static str, value: &[u8]) -> bool {
    match name {
        "status_url" => stapling::takes_url(value),
        _ => params::takes(name, value),
    }
}

/// Prepares the library. First thing in `main`, before another thread and any other use of OpenSSL.
///
/// Errors in the configuration file are ignored, as the original does.
pub fn init() {
    #[cfg(bundled_openssl)]
    bundled::replace_compiled_in_paths();
    #[cfg(not(bundled_openssl))]
    sys::process::load_config(None);
    queue::clear();
}

/// What the option parser has to know of the linked library.
pub fn build() -> Build {
    let parts = [
        (Feature::CertComp, cfg!(has_comp_alg)),
        (Feature::Ech, cfg!(has_ech)),
        (Feature::Engine, cfg!(has_engine)),
        (Feature::Ktls, cfg!(has_ktls)),
        (Feature::Sctp, cfg!(has_sctp)),
        (Feature::Srp, cfg!(has_srp)),
        (Feature::Ssl3, cfg!(has_ssl3_method)),
        (Feature::SslTrace, cfg!(has_ssl_trace)),
        (Feature::Tfo, cfg!(has_tfo) && cfg!(unix)),
        (Feature::UnixSockets, cfg!(unix)),
    ];
    let features = parts.into_iter().filter(|part| part.1).map(|part| part.0).collect();
    Build { reference: reference(), features, ..Build::default() }
}

/// Whether the linked library is the one that was built with the program.
pub const IS_BUNDLED: bool = cfg!(bundled_openssl);

/// The linked library, in its own words.
pub fn version() -> &'static str {
    openssl::version::version()
}

/// The release whose texts are printed: that of the linked library.
fn reference() -> Reference {
    match openssl::version::number() as u64 >> 20 {
        0x400.. => Reference::V4_0,
        0x306.. => Reference::V3_6,
        0x305.. => Reference::V3_5,
        0x303.. => Reference::V3_3,
        0x302.. => Reference::V3_2,
        0x301.. => Reference::V3_1,
        _ => Reference::V3_0,
    }
}

#[cfg(bundled_openssl)]
mod bundled {
    //! The paths compiled into the bundled library are those of the folder in which it was built, which others may be
    //! able to create.
    use std::env;
    use std::path::PathBuf;

    use super::path::c_string;
    use super::sys::process;

    pub fn replace_compiled_in_paths() {
        // The default search path would override the variable.
        if env::var_os("OPENSSL_MODULES").is_none() {
            process::set_provider_path(&c_string(modules().as_os_str().as_encoded_bytes()));
        }
        process::load_config(config().map(|file| c_string(file.as_os_str().as_encoded_bytes())).as_deref());
    }

    /// Where distributions put providers.
    fn modules() -> PathBuf {
        let arch = match env::consts::ARCH {
            "x86" => "i386",
            "powerpc64" => "powerpc64le",
            arch => arch,
        };
        let places = [format!("/usr/lib/{arch}-linux-gnu/ossl-modules"), "/usr/lib64/ossl-modules".into()];
        let found = places.into_iter().map(PathBuf::from).find(|place| place.is_dir());
        found.unwrap_or_else(|| "/usr/lib/ossl-modules".into())
    }

    /// The configuration file, where the compiled-in place means nothing.
    fn config() -> Option<PathBuf> {
        if !cfg!(windows) {
            return None;
        }
        let named = env::var_os("OPENSSL_CONF").map(PathBuf::from);
        named.or_else(|| Some(PathBuf::from(env::var_os("CommonProgramFiles")?).join("SSL").join("openssl.cnf")))
    }
}
