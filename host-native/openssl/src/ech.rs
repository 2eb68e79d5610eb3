//! Encrypted Client Hello, RFC 9849: the keys of `-ech_key`, `-ech_dir` and `-ech_noretry_dir`, and what became of a
//! client's attempt.
use std::ffi::c_int;
use std::fs;
use std::path::Path;

use openssl::ssl::{SslContextBuilder, SslOptions, SslRef};
use s_server_core::engine::{Ech, EchStatus, Event};
use s_server_core::io::Stream;
use s_server_core::sink::Sink;
use s_server_core::{Plan, StartError, text};

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

/// What became of a client's attempt, as far as the handshake has come.
pub fn attempt(ssl: &SslRef) -> Ech {
    let (status, inner_name, outer_name) = sys::status(ssl);
    Ech { status: known(status), inner_name, outer_name }
}

fn known(status: c_int) -> EchStatus {
    match status {
        ech::NOT_TRIED => EchStatus::NotTried,
        ech::FAILED => EchStatus::Failed,
        ech::FAILED_ECH => EchStatus::FailedWithRetry,
        ech::BAD_NAME => EchStatus::BadName,
        ech::BACKEND => EchStatus::Backend,
        ech::NOT_CONFIGURED => EchStatus::NotConfigured,
        ech::GREASE => EchStatus::Grease,
        ech::GREASE_ECH => EchStatus::GreaseWithRetry,
        ech::BAD_CALL => EchStatus::BadCall,
        ech::SUCCESS => EchStatus::Success,
        _ => EchStatus::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use s_server_core::options::plan;

    use super::*;
    use crate::pair::{self, Printed, new, pki};

    /// What is printed at the start, and the message when it fails, without the folder's name.
    fn start(ech: plan::Ech) -> (String, String) {
        let mut printed = Printed::default();
        let plan = pair::plan(|plan| plan.tls.ech = ech);
        let failure = new(&plan, &mut printed).err().unwrap_or_default().render();
        let folder = String::from_utf8(pki("")).unwrap();
        let err = printed.err + str::from_utf8(&failure).unwrap();
        let out = printed.out.replace("Using default temp DH parameters\n", "");
        (out.replace(&folder, ""), err.replace(&folder, ""))
    }

    #[test]
    fn keys_are_counted_and_bad_files_of_a_folder_told() {
        let all = plan::Ech { key: Some(pki("ech.pem")), folder: Some(pki("ech")), ..plan::Ech::default() };
        let out = "Added ECH key pair from: ech.pem\nAdded ECH key pair from: one.pem\n\
                   Added 1 ECH key pairs from: ech\nLoaded 2 ECH key pairs in total\n";
        assert_eq!(start(all), (out.into(), "Failed reading from: ech/page.txt\n".into()));
        let folder = plan::Ech { hidden_folder: Some(pki("sub")), ..plan::Ech::default() };
        let out = "Added 0 ECH key pairs from: sub\nLoaded 0 ECH key pairs in total\n";
        assert_eq!(start(folder), (out.into(), "Failed reading from: sub/a.txt\n".into()));
        assert_eq!(start(plan::Ech { try_all: true, grease: true, ..plan::Ech::default() }), Default::default());
    }

    #[test]
    fn a_file_without_a_key_ends_the_start() {
        for file in ["nosuch", "page.txt", "ech-cut.pem", "client.key", "sub"] {
            let key = plan::Ech { key: Some(pki(file)), ..plan::Ech::default() };
            assert_eq!(start(key), (String::new(), format!("Failed reading: {file}\n")));
        }
        for file in ["nosuch", "page.txt"] {
            let folder = plan::Ech { folder: Some(pki(file)), ..plan::Ech::default() };
            let text = format!("'{file}' not a directory - exiting\nerror loading from {file}\n");
            assert_eq!(start(folder), (String::new(), text));
        }
    }

    #[test]
    fn what_the_library_does_not_name_is_unknown() {
        assert_eq!(
            (known(ech::SUCCESS), known(-105), known(-1)),
            (EchStatus::Success, EchStatus::FailedWithRetry, EchStatus::Unknown)
        );
    }
}
