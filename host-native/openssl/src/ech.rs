//! Encrypted Client Hello, RFC 9849: the keys of `-ech_key`, `-ech_dir` and `-ech_noretry_dir`, and what became of a
//! client's attempt.
use std::ffi::c_int;
use std::fs;
use std::path::Path;

use openssl::ssl::{SslContextBuilder, SslOptions, SslRef};
use s_server_core::engine::Event;
use s_server_core::io::{Sink, Stream};
use s_server_core::text;
use s_server_core::{Plan, StartError};

use super::ffi::ech;
use super::log::Log;
use super::path::path;
use super::queue;
use super::sys::ech::{self as sys, KeyStore};

/// Loads all keys and sets the options about them.
///
/// Only a folder may hold files without a key: each is told on standard error. Corresponds to `s_server_main` and
/// `ech_load_dir` in `apps/s_server.c`.
pub fn install(ctx: &mut SslContextBuilder, plan: &Plan, out: &mut dyn Sink) -> Result<(), StartError> {
    let settings = &plan.tls.ech;
    let options = [(settings.try_all, ech::TRY_ALL), (settings.grease, ech::GREASE_RETRIES)];
    for (_, option) in options.into_iter().filter(|(wanted, _)| *wanted) {
        ctx.set_options(SslOptions::from_bits_retain(option));
    }
    let folders = [(&settings.folder, true), (&settings.hidden_folder, false)];
    if settings.key.is_none() && folders.iter().all(|(folder, _)| folder.is_none()) {
        return Ok(());
    }
    let mut keys = Keys { store: KeyStore::new(), plan, out };
    if let Some(file) = &settings.key {
        keys.add_file(file)?;
    }
    for (folder, for_retry) in folders {
        if let Some(folder) = folder {
            keys.add_folder(folder, for_retry)?;
        }
    }
    let loaded = format!("Loaded {} ECH key pairs in total\n", keys.store.len());
    keys.tell(loaded.as_bytes());
    if keys.store.install(ctx) { Ok(()) } else { Err(queue::failure("")) }
}

/// Keys that are being loaded.
struct Keys<'a> {
    store: KeyStore,
    plan: &'a Plan,
    out: &'a mut dyn Sink,
}

impl Keys<'_> {
    fn tell(&mut self, line: &[u8]) {
        text::out(&self.plan.text, self.out, line);
    }

    fn add_file(&mut self, file: &[u8]) -> Result<(), StartError> {
        if !self.read(&path(file), true) {
            return Err(StartError::original([b"Failed reading: ", file, b"\n"].concat()));
        }
        self.tell(&[ADDED, file, b"\n"].concat());
        Ok(())
    }

    /// Adds the plain files of a folder, in the order of their names.
    fn add_folder(&mut self, folder: &[u8], for_retry: bool) -> Result<(), StartError> {
        let Ok(files) = plain_files(&path(folder)) else {
            let lines = [b"'", folder, b"' not a directory - exiting\nerror loading from ", folder, b"\n"].concat();
            return Err(StartError::original(lines));
        };
        let before = self.store.len();
        for name in files {
            let line = name.as_encoded_bytes();
            if self.read(&path(folder).join(&name), for_retry) {
                self.tell(&[ADDED, line, b"\n"].concat());
            } else {
                self.out.print(Stream::Err, &[b"Failed reading from: ", folder, b"/", line, b"\n"].concat());
            }
        }
        let line = format!("Added {} ECH key pairs from: ", self.store.len() - before);
        self.tell(&[line.as_bytes(), folder, b"\n"].concat());
        Ok(())
    }

    fn read(&mut self, file: &Path, for_retry: bool) -> bool {
        let read = fs::read(file).is_ok_and(|pem| self.store.read_pem(&pem, for_retry));
        queue::clear();
        read
    }
}

const ADDED: &[u8] = b"Added ECH key pair from: ";

fn plain_files(folder: &Path) -> std::io::Result<Vec<std::ffi::OsString>> {
    let mut names = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if fs::metadata(entry.path()).is_ok_and(|file| file.is_file()) {
            names.push(entry.file_name());
        }
    }
    names.sort();
    Ok(names)
}

/// Has what the library says about each attempt printed, as the original does beside `-servername`.
pub fn print_attempts(ctx: &mut SslContextBuilder) {
    sys::set_callback(ctx, tell);
}

/// Corresponds to `ech_print_cb` in `apps/s_server.c`.
fn tell(ssl: &SslRef, text: &str) {
    if let Some(log) = Log::of(ssl) {
        log.push(Event::Text(Stream::Out, format!("ECH Server callback printing: \n{text}\n").into_bytes()));
    }
}

/// What became of a client's attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Attempt {
    status: c_int,
    inner: Option<String>,
    outer: Option<String>,
}

impl Attempt {
    /// The attempt of a session, as far as its handshake has come.
    pub fn of(ssl: &SslRef) -> Self {
        let (status, inner, outer) = sys::status(ssl);
        Self { status, inner, outer }
    }

    /// The inner ClientHello was decrypted.
    pub fn has_succeeded(&self) -> bool {
        self.status == ech::SUCCESS
    }

    /// For the page. Corresponds to `www_body` in `apps/s_server.c`.
    pub fn on_page(&self) -> String {
        match self.status {
            ech::NOT_TRIED => "ECH not attempted".into(),
            ech::FAILED => "ECH tried but failed".into(),
            ech::FAILED_ECH => "ECH tried but we got ECH which is weird".into(),
            ech::BAD_NAME => "ECH worked but bad name".into(),
            ech::BACKEND => "ECH acting as backend".into(),
            ech::NOT_CONFIGURED => "ECH not configured".into(),
            ech::GREASE => "ECH attempt we interpret as GREASE".into(),
            ech::GREASE_ECH => "ECH attempt we interpret as GREASE, + ECH".into(),
            ech::BAD_CALL => "ECH bad input to API".into(),
            ech::SUCCESS => format!("ECH success: outer sni: {}, inner sni: {}", name(&self.outer), name(&self.inner)),
            _ => " Error getting ECH status".into(),
        }
    }

    /// For the lines about the server's name. Corresponds to `ssl_ech_servername_cb` in `apps/s_server.c`.
    pub fn beside_server_name(&self) -> String {
        match self.status {
            ech::BACKEND => "ECH backend got inner ECH".into(),
            ech::NOT_CONFIGURED => "ECH not configured".into(),
            ech::GREASE => "attempt we think is GREASE".into(),
            ech::NOT_TRIED => "not attempted".into(),
            ech::FAILED => "tried but failed".into(),
            ech::BAD_CALL => "bad input to API".into(),
            ech::BAD_NAME => "worked but bad name".into(),
            ech::SUCCESS => format!("success: outer {}, inner: {}", name(&self.outer), name(&self.inner)),
            _ => "Error getting ECH status".into(),
        }
    }
}

fn name(name: &Option<String>) -> &str {
    name.as_deref().unwrap_or("none")
}

#[cfg(test)]
mod tests {
    use s_server_core::options::plan::Ech;

    use super::*;
    use crate::pair::{Printed, new, pki, plan};

    /// What is printed at the start, and the message when it fails, without the folder's name.
    fn start(ech: Ech) -> (String, String) {
        let mut printed = Printed::default();
        let plan = plan(|plan| plan.tls.ech = ech);
        let failure = new(&plan, &mut printed).err().unwrap_or_default().render();
        let folder = String::from_utf8(pki("")).unwrap();
        let err = printed.err + str::from_utf8(&failure).unwrap();
        let out = printed.out.replace("Using default temp DH parameters\n", "");
        (out.replace(&folder, ""), err.replace(&folder, ""))
    }

    #[test]
    fn keys_are_counted_and_bad_files_of_a_folder_told() {
        let all = Ech { key: Some(pki("ech.pem")), folder: Some(pki("ech")), ..Ech::default() };
        let out = "Added ECH key pair from: ech.pem\nAdded ECH key pair from: one.pem\n\
                   Added 1 ECH key pairs from: ech\nLoaded 2 ECH key pairs in total\n";
        assert_eq!(start(all), (out.into(), "Failed reading from: ech/page.txt\n".into()));
        let folder = Ech { hidden_folder: Some(pki("sub")), ..Ech::default() };
        let out = "Added 0 ECH key pairs from: sub\nLoaded 0 ECH key pairs in total\n";
        assert_eq!(start(folder), (out.into(), "Failed reading from: sub/a.txt\n".into()));
        assert_eq!(start(Ech { try_all: true, grease: true, ..Ech::default() }), Default::default());
    }

    #[test]
    fn a_file_without_a_key_ends_the_start() {
        for file in ["nosuch", "page.txt", "ech-cut.pem", "client.key", "sub"] {
            let key = Ech { key: Some(pki(file)), ..Ech::default() };
            assert_eq!(start(key), (String::new(), format!("Failed reading: {file}\n")));
        }
        for file in ["nosuch", "page.txt"] {
            let folder = Ech { folder: Some(pki(file)), ..Ech::default() };
            let text = format!("'{file}' not a directory - exiting\nerror loading from {file}\n");
            assert_eq!(start(folder), (String::new(), text));
        }
    }

    #[test]
    fn every_state_has_its_words_on_the_page_and_beside_the_name() {
        let words = |status| {
            let attempt = Attempt { status, inner: None, outer: Some("o".into()) };
            (attempt.on_page(), attempt.beside_server_name())
        };
        assert_eq!(words(ech::SUCCESS).0, "ECH success: outer sni: o, inner sni: none");
        assert_eq!(words(ech::SUCCESS).1, "success: outer o, inner: none");
        assert_eq!(words(ech::NOT_CONFIGURED), ("ECH not configured".into(), "ECH not configured".into()));
        assert_eq!(words(-1), (" Error getting ECH status".into(), "Error getting ECH status".into()));
    }
}
