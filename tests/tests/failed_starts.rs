//! Starts that fail: what is told, and that nobody is served.

use std::net::TcpListener;

use conformance::launch::folder::Folder;
use conformance::launch::process::describe;
use conformance::launch::program::Program;

/// Exit status and standard streams of a start among the certificates, which must fail by itself.
fn start(words: &[&str]) -> (String, String, String) {
    let folder = Folder::pki().unwrap();
    let output = Program::ours().command(folder.path()).args(words).output().unwrap();
    let [out, err] = [output.stdout, output.stderr].map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
    (describe(output.status), out, err)
}

/// The statistics are all zero, and the cache has its size.
#[test]
fn a_busy_port_is_told_before_the_statistics() {
    let busy = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = busy.local_addr().unwrap().to_string();
    for (words, room) in [(&["-accept", &at][..], 128), (&["-accept", &at, "-no_cache"], 20_480)] {
        let (exit, out, err) = start(words);
        assert_eq!(exit, "1");
        assert!(err.contains("Address already in use"), "{err}");
        assert!(out.ends_with(&format!("   0 cache full overflows ({room} allowed)\n")), "{out}");
    }
}

/// Every option that names a file, and the start of what is told.
const MISSING: &[(&str, &str)] = &[
    ("-cert nosuch", "Could not open file or uri for loading server certificate private key from nosuch"),
    ("-key nosuch", "Could not open file or uri for loading server certificate private key from nosuch"),
    ("-cert_chain nosuch", "Could not open file or uri for loading "),
    ("-dcert nosuch", "Could not open file or uri for loading second certificate private key from nosuch"),
    (
        "-servername n -cert2 nosuch",
        "Could not open file or uri for loading second server certificate private key from",
    ),
    ("-xcert nosuch", "Could not open file or uri for loading "),
    ("-xcert rsa.pem -xkey nosuch", "Could not open file or uri for loading "),
    ("-xcert rsa.pem -xkey rsa.key -xchain nosuch", "Could not open file or uri for loading "),
    ("-CRL nosuch", "Could not open file or uri for loading CRL from nosuch"),
    ("-CAfile nosuch", ""),
    ("-CApath nosuch", "s_server: Not a directory: nosuch\n"),
    ("-chainCAfile nosuch", "Error loading store locations\n"),
    ("-chainCApath nosuch", "s_server: Not a directory: nosuch\n"),
    ("-verifyCAfile nosuch", "Error loading store locations\n"),
    ("-verifyCApath nosuch", "s_server: Not a directory: nosuch\n"),
    ("-pass file:nosuch", "Can't open file nosuch\nError getting password\n"),
    ("-dpass file:nosuch", "Can't open file nosuch\nError getting password\n"),
];

#[test]
fn a_file_that_is_named_and_not_there_ends_the_start_whatever_it_is_for() {
    for (line, told) in MISSING {
        let words: Vec<_> = ["-accept", "127.0.0.1:0"].into_iter().chain(line.split(' ')).collect();
        let (exit, out, err) = start(&words);
        assert_eq!(exit, "1", "{line}: {out}{err}");
        assert!(!out.contains("ACCEPT"), "{line}: {out}");
        assert!(err.starts_with(told) && err.contains("nosuch"), "{line}: {err}");
    }
}
