//! The files of Rust that stand in a folder, for the tests that read them.
use std::fs;
use std::path::Path;

/// Hands over each file of Rust below `folder`.
pub fn each_source(folder: &Path, look: &mut dyn FnMut(&Path)) {
    for entry in fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
        let path = entry.expect("an entry").path();
        if path.is_dir() {
            each_source(&path, look);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            look(&path);
        }
    }
}
