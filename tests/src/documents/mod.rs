//! The documents, and the blocks of code in them.

pub mod completions;
pub mod manual;
pub mod parity;
pub mod proofs;
pub mod sources;

use std::fs;
use std::path::PathBuf;

use crate::tests_folder;

/// A document.
#[derive(Clone, Debug)]
pub struct Document {
    /// Its path in the repository.
    pub name: String,
    /// All of it.
    pub text: String,
    /// Its blocks of code, in order.
    pub blocks: Vec<Block>,
}

/// A block of code.
#[derive(Clone, Debug)]
pub struct Block {
    /// What stands behind the fence that opens it.
    pub language: String,
    /// The lines between the fences.
    pub text: String,
}

/// The README first, then the others by name.
///
/// # Panics
/// When they cannot be read.
pub fn all() -> Vec<Document> {
    let root = root();
    let mut pages: Vec<PathBuf> = ["", "docs"].iter().flat_map(|folder| pages(&root.join(folder))).collect();
    pages.sort_by_key(|path| (!path.ends_with("README.md"), path.clone()));
    let document = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{}: {e}", path.display()));
        let name = path.strip_prefix(&root).expect("it is in there").display().to_string();
        Document { name, blocks: blocks(&text), text }
    };
    pages.iter().map(document).collect()
}

/// The folder of the repository.
pub fn root() -> PathBuf {
    tests_folder().with_file_name("")
}

fn pages(folder: &std::path::Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).unwrap_or_else(|e| panic!("{}: {e}", folder.display()));
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| path.extension().is_some_and(|end| end == "md")).collect()
}

fn blocks(text: &str) -> Vec<Block> {
    let (mut blocks, mut open) = (Vec::new(), None::<Block>);
    for line in text.lines() {
        match (line.strip_prefix("```"), &mut open) {
            (Some(language), None) => open = Some(Block { language: language.into(), text: String::new() }),
            (Some(_), Some(_)) => blocks.extend(open.take()),
            (None, Some(block)) => block.text.extend([line, "\n"]),
            (None, None) => {}
        }
    }
    blocks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_have_their_language_and_their_lines() {
        let found = blocks("a\n```sh\nb\nc\n```\nd\n```rust,no_run\n```\n");
        let found: Vec<_> = found.iter().map(|block| (block.language.as_str(), block.text.as_str())).collect();
        assert_eq!(found, [("sh", "b\nc\n"), ("rust,no_run", "")]);
    }
}
