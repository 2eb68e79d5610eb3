//! The certificates of a run: loaded before a context is made, and put into it.
//!
//! Corresponds to the part of `s_server_main` that loads them, and to `set_cert_key_stuff` in `apps/lib/s_cb.c`.
use std::ffi::CString;

use openssl::ssl::SslContextBuilder;
use openssl::x509::X509Crl;
use s_server_core::options::plan::{CertificateFiles, Identity, Reference, TlsPlan};

use super::load::{self, Loaded, Titles};
use super::path::{c_string, os_str};
use super::sys::conf;
use super::{passphrase, queue, selfsigned};

/// What a run proves its identity with.
pub struct Identities {
    /// `-cert`
    pub first: Option<Loaded>,
    /// `-cert2`
    pub named: Option<Loaded>,
    /// `-dcert`
    pub second: Option<Loaded>,
    /// `-xcert`
    pub extra: Vec<Loaded>,
    /// `-CRL`
    pub crl: Option<X509Crl>,
}

impl Identities {
    /// Loads all files, in the original's order. The error is all that goes to standard error.
    pub fn load(tls: &TlsPlan, words: Reference) -> Result<Self, Vec<u8>> {
        let [pass, second_pass] = pass_phrases(tls)?;
        // The original's list begins with the latest.
        let mut extra = Vec::new();
        for files in tls.extra.iter().rev() {
            extra.insert(0, load::certificate_files(files, &EXTRA, pass.as_ref(), words)?);
        }
        let first = tls.identity.as_ref().map(|identity| first(identity, pass.as_ref(), words)).transpose()?;
        let load = |files: &CertificateFiles, titles, pass: Option<&CString>| {
            load::certificate_files(files, titles, pass, words)
        };
        let named = tls.servername.as_ref().map(|name| load(&name.files, &NAMED, pass.as_ref())).transpose()?;
        let crl = tls.crl.as_ref().map(|(file, format)| load::crl(file, *format, words)).transpose()?;
        let second = tls.second.as_ref().map(|files| load(files, &SECOND, second_pass.as_ref())).transpose()?;
        Ok(Self { first, named, second, extra, crl })
    }
}

/// `-pass` and `-dpass`.
fn pass_phrases(tls: &TlsPlan) -> Result<[Option<CString>; 2], Vec<u8>> {
    match passphrase::read_both(tls.pass.as_deref(), tls.second_pass.as_deref()) {
        Ok(both) => Ok(both.map(|pass| pass.as_deref().map(c_string))),
        Err(message) => Err(format!("{message}Error getting password\n").into_bytes()),
    }
}

fn first(identity: &Identity, pass: Option<&CString>, words: Reference) -> Result<Loaded, Vec<u8>> {
    match identity {
        Identity::SelfSigned { names } => {
            let (cert, key) = selfsigned::make(names)?;
            Ok(Loaded { cert, key, chain: None, build_chain: false })
        }
        Identity::Loaded { files, cert_is_default } => {
            load::certificate_files(files, &FIRST, pass, words).map_err(|mut message| {
                if *cert_is_default && !std::path::Path::new(&os_str(&files.cert)).exists() {
                    message.extend_from_slice(HINT);
                }
                message
            })
        }
    }
}

/// Puts a certificate into a context.
pub fn install(ctx: &mut SslContextBuilder, identity: &Loaded) -> Result<(), Vec<u8>> {
    if !conf::use_certificate(ctx, &identity.cert) {
        return Err(queue::message("error setting certificate\n"));
    }
    if !conf::use_private_key(ctx, &identity.key) {
        return Err(queue::message("error setting private key\n"));
    }
    // A key of another kind than the certificate's goes to another place in the context, where the library does not
    // compare the two.
    let pair = identity.cert.public_key().is_ok_and(|public| public.public_eq(&identity.key));
    if !conf::check_private_key(ctx) || !pair {
        return Err(b"Private key does not match the certificate public key\n".to_vec());
    }
    if identity.chain.as_ref().is_some_and(|chain| !conf::set_chain(ctx, chain)) {
        return Err(queue::message("error setting certificate chain\n"));
    }
    if identity.build_chain && !conf::build_chain(ctx, identity.chain.is_some()) {
        return Err(queue::message("error building certificate chain\n"));
    }
    Ok(())
}

const FIRST: Titles = Titles {
    key: "server certificate private key",
    cert: "server certificate",
    chain: "server certificate chain",
    cert_first: false,
};
const NAMED: Titles = Titles {
    key: "second server certificate private key",
    cert: "second server certificate",
    chain: "",
    cert_first: false,
};
const SECOND: Titles = Titles {
    key: "second certificate private key",
    cert: "second server certificate",
    chain: "second server certificate chain",
    cert_first: false,
};
const EXTRA: Titles = Titles { key: "server key", cert: "Server Certificate", chain: "server chain", cert_first: true };

const HINT: &[u8] =
    b"s_server: hint: -selfsigned makes a key and a certificate at the start; -cert and -key name files\n";
