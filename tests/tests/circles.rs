//! The files of a crate use each other in one direction: what a file uses does not use it back, by whatever way.
//!
//! A file and the files in its folder are one room: they may use each other. Tests are left out.
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use conformance::tests_folder;
use syn::visit::{self, Visit};
use syn::{Attribute, Item, ItemUse, UseTree};

/// The crates, by the folders of their sources.
const CRATES: &[&str] = &[
    "core/src",
    "core/rustls/src",
    "core/testing/src",
    "host-native/openssl/src",
    "host-native/hosting/src",
    "host-native/src",
    "host-wasm/src",
    "host-wasm/guest/src",
    "tests/contract/src",
];

/// A module, by its path from the crate's root.
type Module = Vec<String>;

/// The files of a crate, as text.
type Sources = BTreeMap<Module, String>;

/// What a module uses.
#[derive(Default)]
struct Uses {
    /// Paths from the crate's root, of use lines and of expressions.
    paths: BTreeSet<Module>,
    /// Names that are re-exported, and where they lead.
    exports: BTreeMap<String, Module>,
}

#[test]
fn no_crate_has_a_circle_of_files() {
    let mut found = Vec::new();
    for folder in CRATES {
        let sources = read(&tests_folder().parent().expect("the project").join(folder));
        assert!(sources.len() > 1, "{folder}");
        found.extend(circles(&sources).into_iter().map(|circle| format!("{folder}: {circle}")));
    }
    assert_eq!(found, Vec::<String>::new());
}

#[test]
fn a_planted_circle_is_found() {
    let mut sources = read(&tests_folder().parent().expect("the project").join("core/src"));
    let io = sources.get_mut(&vec!["io".to_owned()]).expect("core/src/io.rs");
    io.push_str("use crate::sink::Sink;");
    let found = circles(&sources);
    assert!(found.iter().any(|circle| circle.contains("io") && circle.contains("sink")), "{found:?}");
    // By a path in an expression, and by way of what the root exports.
    for (text, other) in [("fn f() { crate::connection::f() }", "connection"), ("use crate::Connection;", "connection")]
    {
        let mut sources = read(&tests_folder().parent().expect("the project").join("core/src"));
        sources.get_mut(&vec!["io".to_owned()]).expect("core/src/io.rs").push_str(text);
        let found = circles(&sources);
        assert!(found.iter().any(|circle| circle.contains(other)), "{text}: {found:?}");
    }
}

/// All files below a folder of sources.
fn read(folder: &Path) -> Sources {
    let mut sources = Sources::new();
    read_into(folder, &Vec::new(), &mut sources);
    sources
}

fn read_into(folder: &Path, at: &Module, to: &mut Sources) {
    for entry in fs::read_dir(folder).unwrap_or_else(|why| panic!("{}: {why}", folder.display())) {
        let path = entry.unwrap().path();
        let name = path.file_stem().unwrap().to_string_lossy().into_owned();
        let inner = || at.iter().cloned().chain([name.clone()]).collect::<Module>();
        if path.is_dir() {
            read_into(&path, &inner(), to);
        } else if path.extension().is_some_and(|extension| extension == "rs") && !name.starts_with("tests") {
            // A program beside a library is a file of its own.
            let is_root = name == "main" && !folder.join("lib.rs").exists();
            let module = if name == "lib" || name == "mod" || is_root { at.clone() } else { inner() };
            to.entry(module).or_default().push_str(&fs::read_to_string(&path).unwrap());
        }
    }
}

/// The groups of files that use each other, each in words.
fn circles(sources: &Sources) -> Vec<String> {
    let uses: BTreeMap<&Module, Uses> = sources.iter().map(|(module, text)| (module, uses(module, text))).collect();
    let mut graph: BTreeMap<&Module, BTreeSet<Module>> = BTreeMap::new();
    for (module, used) in &uses {
        let leads = used.paths.iter().filter_map(|path| file_of(path, &uses, 0));
        let others = leads.filter(|to| !to.starts_with(module) && !module.starts_with(to));
        graph.entry(module).or_default().extend(others);
    }
    let mut found = Vec::new();
    for (module, to) in &graph {
        for other in to.iter().filter(|other| other > module) {
            if reaches(&graph, other, module) {
                found.push(format!("{} and {}", module.join("::"), other.join("::")));
            }
        }
    }
    found
}

/// The file that defines what a path names, if it is one of the crate's.
fn file_of(path: &[String], uses: &BTreeMap<&Module, Uses>, depth: usize) -> Option<Module> {
    let mut at = Module::new();
    for (number, name) in path.iter().enumerate() {
        let inner: Module = at.iter().cloned().chain([name.clone()]).collect();
        if uses.contains_key(&inner) {
            at = inner;
            continue;
        }
        let export = uses.get(&at).and_then(|uses| uses.exports.get(name)).filter(|_| depth < 8);
        return match export {
            Some(to) => file_of(&[to, &path[number + 1..]].concat(), uses, depth + 1),
            // A name of another crate, or a file that is not there on this system.
            None if at.is_empty() => None,
            None => Some(at),
        };
    }
    (!at.is_empty()).then_some(at)
}

fn reaches(graph: &BTreeMap<&Module, BTreeSet<Module>>, from: &Module, to: &Module) -> bool {
    let (mut seen, mut next) = (BTreeSet::new(), vec![from]);
    while let Some(module) = next.pop() {
        if module == to {
            return true;
        }
        if seen.insert(module) {
            next.extend(graph.get(module).into_iter().flatten());
        }
    }
    false
}

/// What a file uses, but for its tests.
fn uses(module: &Module, text: &str) -> Uses {
    let file = syn::parse_file(text).unwrap_or_else(|why| panic!("{}: {why}", module.join("::")));
    let mut walk = Walk { module: module.clone(), uses: Uses::default() };
    walk.visit_file(&file);
    walk.uses
}

struct Walk {
    module: Module,
    uses: Uses,
}

impl Walk {
    /// A path from the crate's root, where it is one.
    fn rooted(&self, path: &[String]) -> Option<Module> {
        match path.first()?.as_str() {
            "crate" => Some(path[1..].to_vec()),
            "self" => Some(self.module.iter().chain(&path[1..]).cloned().collect()),
            "super" => {
                let mut base = self.module.clone();
                let up = path.iter().take_while(|name| *name == "super").count();
                base.truncate(base.len().checked_sub(up)?);
                Some(base.into_iter().chain(path[up..].iter().cloned()).collect())
            }
            // Of this module: a file in its folder, or another crate.
            _ => Some(self.module.iter().chain(path).cloned().collect()),
        }
    }

    fn tree(&mut self, tree: &UseTree, before: &[String], is_public: bool) {
        let with = |name: String| before.iter().cloned().chain([name]).collect::<Vec<_>>();
        match tree {
            UseTree::Path(path) => self.tree(&path.tree, &with(path.ident.to_string()), is_public),
            UseTree::Group(group) => group.items.iter().for_each(|tree| self.tree(tree, before, is_public)),
            UseTree::Glob(_) => self.add(before, None),
            UseTree::Name(name) if name.ident == "self" => self.add(before, None),
            UseTree::Name(name) => {
                let name = name.ident.to_string();
                self.add(&with(name.clone()), is_public.then_some(name));
            }
            UseTree::Rename(rename) => {
                let path = if rename.ident == "self" { before.to_vec() } else { with(rename.ident.to_string()) };
                self.add(&path, is_public.then(|| rename.rename.to_string()));
            }
        }
    }

    fn add(&mut self, path: &[String], export: Option<String>) {
        let Some(path) = self.rooted(path) else { return };
        match export {
            // To pass a name on is not to use it.
            Some(name) => drop(self.uses.exports.insert(name, path)),
            None => drop(self.uses.paths.insert(path)),
        }
    }
}

impl<'a> Visit<'a> for Walk {
    fn visit_item(&mut self, item: &'a Item) {
        let attributes: &[Attribute] = match item {
            Item::Mod(item) => &item.attrs,
            Item::Use(item) => &item.attrs,
            Item::Fn(item) => &item.attrs,
            Item::Impl(item) => &item.attrs,
            _ => &[],
        };
        if !attributes.iter().any(is_for_tests) {
            visit::visit_item(self, item);
        }
    }

    fn visit_item_use(&mut self, item: &'a ItemUse) {
        let is_public = !matches!(item.vis, syn::Visibility::Inherited);
        self.tree(&item.tree, &[], is_public);
    }

    fn visit_path(&mut self, path: &'a syn::Path) {
        let names: Vec<String> = path.segments.iter().map(|segment| segment.ident.to_string()).collect();
        if names.len() > 1 && (names[0] == "crate" || names[0] == "super") {
            self.add(&names, None);
        }
        visit::visit_path(self, path);
    }
}

fn is_for_tests(attribute: &Attribute) -> bool {
    let syn::Meta::List(list) = &attribute.meta else { return false };
    list.path.is_ident("cfg") && list.tokens.to_string() == "test"
}
