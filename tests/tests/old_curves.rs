//! Groups that RFC 8422 calls deprecated, which a device may have no other than: every build serves them.

use conformance::launch::folder::Folder;
use conformance::launch::process::{self, Input};
use conformance::launch::server::Server;

const OPEN: [&str; 2] = ["-cipher", "DEFAULT:@SECLEVEL=0"];

/// The group that a client with no other gets.
fn agreed(group: &str) -> String {
    let words = [&["-tls1_2", "-www", "-naccept", "1", "-groups", group], &OPEN[..]].concat();
    let server = Server::accepting(&words).input(Input::Null).start();
    let folder = Folder::pki().unwrap();
    let at = format!("127.0.0.1:{}", server.port());
    let mut client = process::command("openssl".as_ref(), folder.path());
    client
        .args(["s_client", "-tls1_2", "-connect", &at, "-groups", group])
        .args(OPEN)
        .stdin(std::process::Stdio::null());
    let said = client.output().unwrap();
    assert_eq!(server.end().0, "0");
    let said = String::from_utf8_lossy(&said.stdout).into_owned();
    let key = said.lines().find_map(|line| line.strip_prefix("Server Temp Key: "));
    key.unwrap_or_default().to_owned()
}

#[test]
fn groups_of_older_devices_are_served() {
    assert_eq!(agreed("secp224r1"), "ECDH, secp224r1, 224 bits");
    assert_eq!(agreed("secp192r1"), "ECDH, prime192v1, 192 bits");
    assert_eq!(agreed("secp256k1"), "ECDH, secp256k1, 256 bits");
}

#[test]
fn binary_curves_are_served() {
    assert_eq!(agreed("sect283r1"), "ECDH, sect283r1, 282 bits");
    assert_eq!(agreed("sect571k1"), "ECDH, sect571k1, 570 bits");
}
