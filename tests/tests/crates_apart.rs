//! Engines and pure crates reach no host: neither by what they depend on, nor by name in their sources.
use std::fs;
use std::path::Path;
use std::process::Command;

use conformance::documents::root;
use conformance::documents::sources::each_source;

/// Packages that may not reach the host, and the folders of their sources.
const APART: &[(&str, &str)] = &[
    ("s-server-core", "core/src"),
    ("s-server-rustls", "core/rustls/src"),
    ("s-server-testing", "core/testing/src"),
    ("s-server-openssl", "host-native/openssl/src"),
    ("s-server-contract", "tests/contract/src"),
];

/// The host, as a package and in use lines.
const HOST: [&str; 2] = ["s-server-hosting", "s_server_hosting"];

#[test]
fn no_engine_and_no_pure_crate_reaches_the_host() {
    for (package, folder) in APART {
        let tree = tree(&root(), package);
        assert!(tree.starts_with(package), "{tree}");
        assert_eq!(reaching(&tree), Vec::<&str>::new(), "{package}");
        let mut files = 0;
        each_source(&root().join(folder), &mut |path| {
            files += 1;
            let text = fs::read_to_string(path).unwrap();
            assert_eq!(reaching(&text), Vec::<&str>::new(), "{}", path.display());
        });
        assert!(files > 1, "{folder}");
    }
}

/// The host says nothing of one library: it takes whatever serves.
#[test]
fn the_host_has_no_word_of_openssl() {
    each_source(&root().join("host-native/hosting/src"), &mut |path| {
        let text = fs::read_to_string(path).unwrap().to_lowercase();
        assert!(!text.contains("openssl"), "{}", path.display());
    });
    let tree = tree(&root(), "s-server-hosting");
    assert!(!tree.contains("openssl") && !tree.contains("rustls"), "{tree}");
}

/// A crate between the engine and the host, as somebody might plant it.
#[test]
fn a_planted_import_of_the_host_is_found() {
    let folder = root().join("target/planted");
    fs::create_dir_all(folder.join("src")).unwrap();
    fs::write(folder.join("src/lib.rs"), "use s_server_hosting::Output;\n").unwrap();
    let path = |name: &str| root().join(name).display().to_string();
    let manifest = format!(
        "[package]\nname = \"planted\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[workspace]\n\n[dependencies]\n\
         s-server-core = {{ path = {:?} }}\ns-server-hosting = {{ path = {:?} }}\n",
        path("core"),
        path("host-native/hosting")
    );
    fs::write(folder.join("Cargo.toml"), manifest).unwrap();
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).unwrap();
    assert_eq!(reaching(&tree(&folder, "planted")).len(), 1);
    assert_eq!(reaching(&fs::read_to_string(folder.join("src/lib.rs")).unwrap()).len(), 1);
}

/// Everything that a package is built from, a line each.
fn tree(folder: &Path, package: &str) -> String {
    let mut tree = Command::new(env!("CARGO"));
    tree.current_dir(folder).args(["tree", "--offline", "-p", package, "--edges", "normal,build"]);
    tree.args(["--prefix", "none", "--format", "{p}", "--no-dedupe"]);
    let output = tree.output().unwrap_or_else(|why| panic!("{tree:?}: {why}"));
    assert!(output.status.success(), "{tree:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("cargo prints text")
}

/// The lines that name the host.
fn reaching(text: &str) -> Vec<&str> {
    text.lines().filter(|line| HOST.iter().any(|host| line.contains(host))).collect()
}
