//! What the plan names, read for engines that have no files: contents, or why there are none.
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use s_server_core::StartError;
use s_server_core::options::needs::{Need, Role, Source};
use s_server_core::options::plan::Plan;
use s_server_core::options::protected;

use crate::{passphrase, strerror, system};

/// The largest file that an engine is given. A guest's memory is limited.
const LARGEST: u64 = 16 << 20;

/// Contents by what they are for, or the reason why there are none.
pub type Contents = Vec<(Role, Result<Vec<u8>, String>)>;

/// Reads everything that the plan names, and asks for pass phrases of keys that turn out to need one. A pass phrase
/// that cannot be had is an error.
pub fn read(plan: &Plan) -> Result<Contents, StartError> {
    let tls = &plan.tls;
    let mut phrases = passphrase::read_both(tls.pass.as_deref(), tls.second_pass.as_deref())?;
    let mut contents = Contents::new();
    // The engine will not go on after the first that is missing.
    let mut complete = true;
    for need in plan.needs() {
        let content = match need.source {
            Source::PassPhrase(_) => Ok(phrases[usize::from(need.role == Role::SecondPass)].take().unwrap_or_default()),
            _ => content(&need),
        };
        complete &= content.is_ok();
        if let (true, Ok(file), Source::File(name), Some(slot)) =
            (complete, &content, &need.source, plan.asks_about(need.role))
            && protected(file)
        {
            let answer = passphrase::ask(name).map_err(|why| why.to_string());
            complete &= answer.is_ok();
            contents.push((Role::Asked(slot), answer));
        }
        contents.push((need.role, content));
    }
    Ok(contents)
}

/// What is read anew for each client, as the original does: OCSP responses.
pub fn renewed(plan: &Plan) -> Vec<Need> {
    plan.needs().into_iter().filter(|need| matches!(need.role, Role::Status(_))).collect()
}

/// What stands in a file or folder, or why it cannot be read.
pub fn content(need: &Need) -> Result<Vec<u8>, String> {
    let content = match &need.source {
        Source::File(name) => file(&system::path(name)),
        Source::Folder(name) => folder(&system::path(name)),
        Source::PassPhrase(_) => Err(io::ErrorKind::Unsupported.into()),
    };
    content.map_err(|why| strerror(&why))
}

fn file(path: &Path) -> io::Result<Vec<u8>> {
    let mut content = Vec::new();
    fs::File::open(path)?.take(LARGEST + 1).read_to_end(&mut content)?;
    if content.len() as u64 > LARGEST { Err(io::ErrorKind::FileTooLarge.into()) } else { Ok(content) }
}

/// All files that are named by the hash of a subject, as `-CApath` looks them up, by name, each with a line end behind it.
fn folder(path: &Path) -> io::Result<Vec<u8>> {
    let mut names: Vec<_> = fs::read_dir(path)?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<_>>()?;
    names.retain(|name| is_hashed(name.as_encoded_bytes()));
    names.sort();
    let mut all = Vec::new();
    for name in names {
        all.extend(file(&path.join(name))?);
        all.push(b'\n');
        if all.len() as u64 > LARGEST {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
    }
    Ok(all)
}

/// Eight hexadecimal digits, a dot, and a number, before which revocation lists have an `r`.
fn is_hashed(name: &[u8]) -> bool {
    let Some((hash, rest)) = name.split_at_checked(8) else { return false };
    let number = rest.strip_prefix(b".r").or_else(|| rest.strip_prefix(b".")).unwrap_or_default();
    hash.iter().all(u8::is_ascii_hexdigit) && !number.is_empty() && number.iter().all(u8::is_ascii_digit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_hold_what_is_named_by_a_hash() {
        for name in ["9d66eef0.0", "9D66EEF0.12", "9d66eef0.r0"] {
            assert!(is_hashed(name.as_bytes()), "{name}");
        }
        for name in ["root.pem", "9d66eef0", "9d66eef0.", "9d66eef0.r", "9d66eef0.x", "9d66eefg.0", "9d66eef0.0~", ""] {
            assert!(!is_hashed(name.as_bytes()), "{name}");
        }
    }

    #[test]
    #[cfg_attr(windows, ignore = "the places and the words are those of Unix")]
    fn what_cannot_be_read_is_told_in_the_systems_words() {
        assert_eq!(strerror(&file(Path::new("/no/such/file")).unwrap_err()), "No such file or directory");
        assert_eq!(strerror(&folder(Path::new("/dev/null")).unwrap_err()), "Not a directory");
        assert!(file(Path::new("/dev/zero")).is_err());
    }
}
