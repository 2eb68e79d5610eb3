//! Every option that names a file, against files of several objects: all count, and what cannot be read ends the start.
use contract::pki::{CRL, INTER, ROOT, RSA as CERT, RSA_KEY as KEY, RSA_KEY_ENCRYPTED as ENCRYPTED};
use s_server_testing::InProcess;

/// An option, what must stand beside it, a block of what it takes, and what is printed before the sentence about it.
type Row = (&'static str, &'static [&'static str], &'static str, &'static str);

/// Options that take all objects of their file.
const ALL: &[Row] = &[
    ("-cert_chain", &[], INTER, "Could not find or decode server certificate chain from file\n"),
    (
        "-dcert_chain",
        &["-dcert", "cert.pem", "-dkey", "key.pem"],
        INTER,
        "Could not find or decode second server certificate chain from file\n",
    ),
    (
        "-xchain",
        &["-xcert", "cert.pem", "-xkey", "key.pem"],
        INTER,
        "Could not find or decode server chain from file\n",
    ),
    ("-CAfile", &[], ROOT, ""),
    ("-CAfile", &["-verify", "1"], ROOT, ""),
    ("-CApath", &[], ROOT, ""),
    ("-verifyCAfile", &[], ROOT, "Error loading store locations\n"),
    ("-verifyCApath", &["-verify", "1"], ROOT, "Error loading store locations\n"),
    ("-chainCAfile", &[], ROOT, "Error loading store locations\n"),
    ("-chainCApath", &[], ROOT, "Error loading store locations\n"),
    ("-CRL", &[], CRL, "Could not find or decode CRL from file\n"),
    ("-CRL", &["-verify", "1", "-crl_check"], CRL, "Could not find or decode CRL from file\n"),
];

/// Options that take the first object of its kind.
const FIRST: &[Row] = &[
    ("-cert", &["-key", "key.pem"], CERT, "Could not find or decode server certificate from file\n"),
    (
        "-cert2",
        &["-servername", "n", "-key2", "key.pem"],
        CERT,
        "Could not find or decode second server certificate from file\n",
    ),
    ("-dcert", &["-dkey", "key.pem"], CERT, "Could not find or decode second server certificate from file\n"),
    ("-xcert", &["-xkey", "key.pem"], CERT, "Could not find or decode Server Certificate from file\n"),
    ("-key", &["-cert", "cert.pem"], KEY, "Could not find or decode server certificate private key from file\n"),
    (
        "-key2",
        &["-servername", "n", "-cert2", "cert.pem"],
        KEY,
        "Could not find or decode second server certificate private key from file\n",
    ),
    ("-dkey", &["-dcert", "cert.pem"], KEY, "Could not find or decode second certificate private key from file\n"),
    ("-xkey", &["-xcert", "cert.pem"], KEY, "Could not find or decode server key from file\n"),
];

/// Starts a server whose option names a file or folder with that content. `Err` is what it says instead.
fn start(option: &str, beside: &[&str], content: &str) -> Result<(), String> {
    let mut words = vec![option, "file"];
    words.extend(beside);
    if !words.contains(&"-cert") {
        words.extend(["-cert", "cert.pem"]);
    }
    if !words.contains(&"-key") {
        words.extend(["-key", "key.pem"]);
    }
    let files = [("cert.pem", CERT), ("key.pem", KEY), ("file", content)].map(|(name, text)| (name, text.as_bytes()));
    InProcess::start(&words, &files).map(drop).map_err(|error| error.to_string())
}

/// What a file says that cannot be read, and the sentence about it.
fn damaged(block: &str) -> [(String, &'static str); 5] {
    let lines: Vec<&str> = block.lines().collect();
    let without = |from: usize, to: usize| [&lines[..from], &lines[to..]].concat().join("\n") + "\n";
    [
        (
            block.trim_end().to_owned() + block,
            "something stands behind its END line; a line end is missing between two blocks",
        ),
        (without(lines.len() - 1, lines.len()) + block, "it has no END line; the next block begins in it"),
        (block.replacen("MII", "M*I", 1), "is not sound base64"),
        (block.replacen("-----\n", "----\n", 1), "its BEGIN line is damaged"),
        (without(0, 1), "its BEGIN line is missing"),
    ]
}

#[test]
fn all_objects_count_whatever_stands_between_them() {
    for (option, beside, block, _) in ALL.iter().chain(FIRST) {
        for content in [
            format!("{block}{block}"),
            format!("text:\n{block}\r\n# text\n{block}"),
            block.replace('\n', "\r\n"),
            format!("{CRL}{ROOT}{block}").replace(if *block == ROOT || *block == CRL { "no" } else { ROOT }, ""),
        ] {
            assert_eq!(start(option, beside, &content), Ok(()), "{option}: {content}");
        }
    }
}

#[test]
fn certificates_count_under_each_label_that_the_original_takes() {
    for (option, beside, block, _) in ALL.iter().chain(FIRST).filter(|row| row.2.contains("CERTIFICATE")) {
        for label in [" X509 CERTIFICATE", " TRUSTED CERTIFICATE"] {
            assert_eq!(start(option, beside, &block.replace(" CERTIFICATE", label)), Ok(()), "{option}{label}");
        }
    }
}

#[test]
fn a_later_object_that_cannot_be_read_ends_the_start() {
    for (option, beside, block, original) in ALL {
        for (content, why) in damaged(block) {
            let told = start(option, beside, &format!("{block}{content}")).unwrap_err();
            let ours = told.strip_prefix(original).unwrap_or_else(|| panic!("{option}: {told}"));
            assert!(ours.starts_with(&format!("s_server: {option} file: block 2 (line ")), "{option}: {told}");
            assert!(ours.ends_with(&format!("{why}\n")), "{option}: {told}");
        }
        let lines: Vec<&str> = block.lines().collect();
        let shorter = [&lines[..2], &lines[4..]].concat().join("\n");
        let told = start(option, beside, &format!("{block}{shorter}")).unwrap_err();
        assert!(told.contains("block 2 (line ") && told.contains("it is no "), "{option}: {told}");
    }
}

#[test]
fn a_first_object_that_cannot_be_read_ends_the_start_and_a_later_one_is_not_looked_at() {
    for (option, beside, block, original) in FIRST {
        for (content, why) in damaged(block) {
            assert_eq!(start(option, beside, &format!("{block}{content}")), Ok(()), "{option}");
            let told = start(option, beside, &content).unwrap_err();
            let ours = told.strip_prefix(original).unwrap_or_else(|| panic!("{option}: {told}"));
            assert!(ours.starts_with(&format!("s_server: {option} file: block 1 (line ")), "{option}: {told}");
            assert!(ours.ends_with(&format!("{why}\n")), "{option}: {told}");
        }
    }
}

#[test]
fn files_without_the_object_are_refused_by_option_and_name() {
    for (option, beside, content, told) in [
        ("-CAfile", &[][..], KEY, "s_server: -CAfile file: it holds no certificate and no revocation list in PEM\n"),
        ("-CAfile", &[], "", "s_server: -CAfile file: it holds no certificate and no revocation list in PEM\n"),
        (
            "-verifyCAfile",
            &["-verify", "1"],
            "",
            "Error loading store locations\ns_server: -verifyCAfile file: it holds no certificate and no revocation list in PEM\n",
        ),
        (
            "-CRL",
            &["-verify", "1", "-crl_check"],
            ROOT,
            "Could not find or decode CRL from file\ns_server: -CRL file: it holds no revocation list\n",
        ),
        (
            "-status_file",
            &[],
            ROOT,
            "Could not find or decode OCSP response from file\ns_server: -status_file file: it is no OCSP response in DER\n",
        ),
        (
            "-key",
            &["-pass", "pass:wrong"],
            ENCRYPTED,
            "Could not find or decode server certificate private key from file\n\
             s_server: -key file: it cannot be decrypted: the pass phrase is wrong, or the file is damaged\n",
        ),
        (
            "-key",
            &[],
            ENCRYPTED,
            "Could not find or decode server certificate private key from file\n\
             s_server: -key file: it is encrypted, and there is no pass phrase\n",
        ),
    ] {
        assert_eq!(start(option, beside, content).unwrap_err(), told, "{option}");
    }
}
