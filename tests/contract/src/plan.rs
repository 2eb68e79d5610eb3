//! Plans, from command lines.
use std::sync::Arc;

use s_server_core::Plan;
use s_server_core::engine::TlsContext;
use s_server_core::options::needs::Source;
use s_server_core::options::{NoLibrary, parse};

use crate::{Subject, pki};

/// A context for a command line, in which words that end in `.pem`, `.key`, `.der` or `.crl` are files of the test
/// certificates.
pub fn context(subject: &dyn Subject, line: &str) -> Arc<dyn TlsContext> {
    try_context(subject, line).unwrap_or_else(|message| panic!("{line}: {message}"))
}

/// The same, or the message that ends the program.
pub fn try_context(subject: &dyn Subject, line: &str) -> Result<Arc<dyn TlsContext>, String> {
    subject.context(&plan(subject, line)).map_err(|why| String::from_utf8(why.render()).expect("a message"))
}

/// The plan for such a command line, with a certificate unless it names one.
pub fn plan(subject: &dyn Subject, line: &str) -> Plan {
    let certificate =
        if line.split_whitespace().any(|word| word == "-cert") { "" } else { "-cert rsa.pem -key rsa.key " };
    let line = format!("-nameopt oneline {certificate}{line}");
    let words: Vec<Vec<u8>> = line.split_whitespace().map(|word| place(word).into_bytes()).collect();
    let build = subject.build();
    let options = parse(words.iter().map(Vec::as_slice), &build, &mut NoLibrary::default());
    let plan = options.and_then(|options| options.into_plan(&build, &mut NoLibrary::default(), b""));
    let plan = plan.unwrap_or_else(|error| panic!("{line}: {}", String::from_utf8_lossy(&error.text)));
    Plan::clone(&plan.connection)
}

/// Reads what a plan names, for an engine without files of its own.
pub fn read(source: &Source) -> Result<Vec<u8>, String> {
    match source {
        Source::File(name) => std::fs::read(String::from_utf8_lossy(name).as_ref()).map_err(|error| error.to_string()),
        Source::Folder(_) => Err("no folders here".into()),
        Source::PassPhrase(source) => Ok(source.strip_prefix(b"pass:").unwrap_or_default().to_vec()),
    }
}

fn place(word: &str) -> String {
    let is_file = [".pem", ".key", ".der", ".crl", ".p12"].iter().any(|end| word.ends_with(end));
    if is_file { pki::folder().join(word).display().to_string() } else { word.to_owned() }
}
