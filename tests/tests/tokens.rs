//! Keys that stay in a token: SoftHSM, reached through the PKCS#11 engine of the system's OpenSSL.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use conformance::compare::compare;
use conformance::launch::folder::Folder;
use conformance::launch::program::Program;
use conformance::play::replay::{replay, replay_until};
use conformance::scripts::script::Script;
use conformance::tests_folder;

/// A token with the key of `rsa.pem`, whose PIN is `1234`.
struct Token {
    folder: Folder,
}

impl Token {
    fn new() -> Self {
        let folder = Folder::empty().unwrap();
        fs::create_dir(folder.path().join("tokens")).unwrap();
        let config = format!("directories.tokendir = {}/tokens\n", folder.path().display());
        fs::write(folder.path().join("softhsm2.conf"), config).unwrap();
        let token = Self { folder };
        let key = token.path("key.pem");
        let from = tests_folder().join("pki/rsa.key");
        run(Command::new("openssl").args(["pkcs8", "-topk8", "-nocrypt", "-in"]).arg(from).arg("-out").arg(&key));
        let softhsm = || {
            let mut command = Command::new("softhsm2-util");
            command.env("SOFTHSM2_CONF", token.path("softhsm2.conf"));
            command
        };
        run(softhsm().args(["--init-token", "--free", "--label", "t", "--so-pin", "1234", "--pin", "1234"]));
        run(softhsm().args(["--token", "t", "--label", "rsa", "--id", "01", "--pin", "1234", "--import"]).arg(&key));
        token
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A connection to a server that can reach the token.
    fn script(&self, name: &str, command: &str) -> Script {
        let steps = "start the server
            start client A: openssl s_client -connect 127.0.0.1:4433 -brief -cipher ECDHE-RSA-AES256-GCM-SHA384 -tls1_2
            client A standard input: end of file";
        let mut script = Script::new(name, &format!("-accept 4433 -naccept 1 {command}"), steps);
        let module = ["/usr/lib/softhsm/libsofthsm2.so", "/usr/lib64/pkcs11/libsofthsm2.so"];
        let module = module.iter().find(|path| fs::exists(path).unwrap()).expect("the library of softhsm2");
        script.environment = vec![
            ("SOFTHSM2_CONF".to_owned(), self.path("softhsm2.conf").to_str().unwrap().to_owned()),
            ("PKCS11_MODULE_PATH".to_owned(), (*module).to_owned()),
        ];
        script
    }
}

fn run(command: &mut Command) {
    let output = command.output().unwrap_or_else(|e| panic!("{command:?}: {e}"));
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

const KEY: &str = "pkcs11:token=t;object=rsa";

#[test]
fn keys_in_a_token_serve_as_in_the_original() {
    if !Program::goldens_apply() {
        return; // Engines are gone in 4.0.
    }
    let token = Token::new();
    for (name, command) in [
        ("key", format!("-engine pkcs11 -keyform ENGINE -cert rsa.pem -key {KEY}?pin-value=1234")),
        ("pass", format!("-engine pkcs11 -keyform ENGINE -cert rsa.pem -key {KEY} -pass pass:1234")),
        (
            "dkey",
            format!(
                "-cert ec.pem -key ec.key -engine pkcs11 -dkeyform ENGINE -dcert rsa.pem -dkey {KEY} -dpass pass:1234"
            ),
        ),
        (
            "key2",
            format!(
                "-engine pkcs11 -keyform ENGINE -cert rsa.pem -key {KEY} -pass pass:1234 \
            -servername 127.0.0.1 -cert2 rsa.pem -key2 {KEY}"
            ),
        ),
    ] {
        let script = token.script(name, &command);
        let seen = replay(&script, &Program::ours()).unwrap();
        let text = String::from_utf8_lossy(&seen["client A stderr"]).into_owned();
        assert!(text.contains("Peer certificate: C = XX, O = Test Org, CN = rsa.example"), "{name}: {text}");
        replay_until(&script, &Program::reference(), |golden| compare(golden, &seen, &[])).unwrap();
    }
}

/// The original crashes at its end, in the engine.
#[test]
fn a_key_that_the_token_lacks_ends_the_start() {
    if !Program::goldens_apply() {
        return;
    }
    let token = Token::new();
    let command = "-engine pkcs11 -keyform ENGINE -cert rsa.pem -key pkcs11:token=t;object=none?pin-value=1234";
    let seen = replay(&token.script("missing", command), &Program::ours()).unwrap();
    let text = String::from_utf8_lossy(&seen["server stderr"]).into_owned();
    let uri = "org.openssl.engine:pkcs11:pkcs11:token=t;object=none?pin-value=1234";
    assert!(text.starts_with("Engine \"pkcs11\" set.\n"), "{text}");
    assert!(text.contains(&format!("\nCould not read server certificate private key from {uri}\n")), "{text}");
    assert!(text.ends_with(":failed loading private key:../crypto/engine/eng_pkey.c:79:\n"), "{text}");
    assert_eq!(seen["server exit"], b"1");
}
