//! Scripts about certificates: which one the server sends, and how those of clients are verified.

use crate::launch::program::Program;
use crate::scripts::script::Script;

/// All of them.
pub fn scripts() -> Vec<Script> {
    let mut scripts: Vec<_> = SENT.iter().map(|(name, server, client)| sent(name, server, client)).collect();
    scripts.extend(VERIFIED.iter().map(|(name, server, client)| verified(name, server, client)));
    let engines = if Program::goldens_apply() { ENGINES } else { &[] };
    scripts.extend(FAILING.iter().chain(engines).map(|command| {
        Script::new(&format!("start {command}"), command, "start the server with standard input from /dev/null")
    }));
    scripts
}

/// A connection over TLS 1.2, of which the client shows the chain.
fn sent(name: &str, server: &str, client: &str) -> Script {
    let steps = format!(
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -tls1_2 {client}
        client A standard input: end of file"
    );
    Script::new(&format!("identity-{name}"), &format!("-accept 4433 -naccept 1 {server}"), &steps)
}

/// A connection of a client with a certificate.
fn verified(name: &str, server: &str, client: &str) -> Script {
    let (cert, chain) = client.split_once(' ').unwrap_or((client, ""));
    let chain = if chain.is_empty() { String::new() } else { format!(" -cert_chain {chain}") };
    let steps = format!(
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief -cert {cert}.pem -key {cert}.key{chain}
        client A standard input: end of file"
    );
    Script::new(&format!("verify-{name}"), &format!("-accept 4433 -naccept 1 -verify 5 {server}"), &steps)
}

/// Name, options of the server, of the client.
const SENT: &[(&str, &str, &str)] = &[
    ("dcert", "-dcert ec.pem -dkey ec.key", "-cipher ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("dcert-not-chosen", "-dcert ec.pem -dkey ec.key", "-cipher ECDHE-RSA-AES256-GCM-SHA384"),
    ("dcert_chain", "-dcert ec.pem -dkey ec.key -dcert_chain inter.pem", "-cipher ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("dcert-built", "-dcert ec.pem -dkey ec.key -CAfile cas.pem -build_chain", "-cipher ECDHE-ECDSA-AES256-GCM-SHA384"),
    ("dpass", "-dcert ec.p12 -dpass pass:secret", "-cipher ECDHE-ECDSA-AES256-GCM-SHA384"),
    (
        "dcert-der",
        "-cert ec.pem -key ec.key -dcert rsa.der -dcertform DER -dkey rsa.key.der -dkeyform DER",
        "-cipher ECDHE-RSA-AES256-GCM-SHA384",
    ),
    ("dcert-without-cert", "-nocert -dcert rsa.pem -dkey rsa.key", ""),
    (
        "dsa",
        "-dcert dsa.pem -dkey dsa.key -cipher ALL@SECLEVEL=0",
        "-cipher DHE-DSS-AES256-SHA256@SECLEVEL=0 -sigalgs DSA+SHA256",
    ),
    ("dsa-forbidden", "-dcert dsa.pem -dkey dsa.key", "-cipher DHE-DSS-AES256-SHA256@SECLEVEL=0 -sigalgs DSA+SHA256"),
    ("xcert-rsa", "-xcert ec.pem -xkey ec.key -xcert rsa.pem -xkey rsa.key", "-cipher ECDHE-RSA-AES256-GCM-SHA384"),
    ("xcert-der", "-xcert rsa.der -xcertform DER -xkey rsa.key.der -xkeyform DER", ""),
    ("xcert-beside-nothing", "-nocert -xcert rsa.pem -xkey rsa.key", ""),
    ("xchain", "-xcert ec.pem -xkey ec.key -xchain cas.pem", ""),
    ("xchain_build", "-xcert ec.pem -xkey ec.key -xchain_build -CAfile cas.pem", ""),
    ("xchain_build-fails", "-xcert ec.pem -xkey ec.key -xchain_build -CAfile inter.pem", ""),
    ("xcert-mismatch", "-xcert ec.pem -xkey rsa.key", ""),
    ("xcert-nameopt", "-xcert rsa.pem -xkey rsa.key -nameopt RFC2253 -brief", ""),
    ("xcert-suite-b", "-xcert ec.pem -xkey ec.key -cipher SUITEB128 -quiet", ""),
    ("xkey-alone", "-xkey nosuch -xchain nosuch -xchain_build", ""),
    ("cert2", "-servername ec.example -cert2 ec.pem -key2 ec.key", "-servername EC.example"),
    ("cert2-default", "-servername ec.example", "-servername ec.example"),
    ("cert2-other", "-servername ec.example -cert2 ec.pem -key2 ec.key", "-servername rsa.example"),
    ("cert2-no-name", "-servername ec.example -servername_fatal", "-noservername"),
    ("cert2-fatal", "-servername ec.example -servername_fatal", "-servername rsa.example"),
    (
        "cert2-der",
        "-cert rsa.der -key rsa.key.der -certform DER -keyform DER -servername b -cert2 rsa.der -key2 rsa.key.der",
        "-servername b",
    ),
    ("cert2-pass", "-servername b -cert2 ec.p12 -pass pass:secret", "-servername b"),
    ("cert2-built", "-servername b -cert2 ec.pem -key2 ec.key -build_chain -CAfile cas.pem", "-servername b"),
    ("cert2-quiet", "-servername b -quiet", "-servername b"),
    ("cert2-xcert", "-servername b -xcert rsa.pem -xkey rsa.key", "-servername b"),
    ("cert2-id_prefix", "-servername b -id_prefix x -no_ticket", "-servername b"),
    ("cert2-security_debug", "-servername b -security_debug_verbose -quiet -cipher ECDHE", "-servername b"),
    ("cert2-unused", "-nocert -dcert rsa.pem -dkey rsa.key -servername b -cert2 nosuch", "-servername b"),
    ("chainCAfile", "-cert ec.pem -key ec.key -chainCAfile cas.pem -no-CAfile -no-CApath", ""),
    ("chainCAstore", "-cert ec.pem -key ec.key -chainCAstore inter.pem -CAfile cas.pem", ""),
    ("chainCApath", "-cert ec.pem -key ec.key -chainCApath sub -CAfile cas.pem", ""),
    ("ca-names", "-verify 1 -CAfile cas.pem", ""),
    ("no_ca_names", "-verify 1 -CAfile cas.pem -no_ca_names", ""),
    ("ca-names-of-verifyCAfile", "-verify 1 -verifyCAfile cas.pem", ""),
];

/// Name, options of the server, certificate of the client and the file of its chain.
const VERIFIED: &[(&str, &str, &str)] = &[
    ("verifyCAfile", "-verifyCAfile root.pem", "client"),
    ("verifyCAfile-replaces", "-CAfile root.pem -verifyCAfile other.pem", "client"),
    ("verifyCAstore", "-verifyCAstore root.pem", "client"),
    ("verifyCApath", "-CAfile root.pem -verifyCApath sub", "client"),
    ("verifyCAfile-CRL", "-verifyCAfile root.pem -CRL root.crl -crl_check", "revoked"),
    ("CRL-der", "-CAfile root.pem -CRL root.crl.der -CRLform DER -crl_check -verify_return_error", "revoked"),
    ("CRL-unused", "-CAfile root.pem -CRL root.crl", "revoked"),
    ("policy", "-CAfile root.pem -policy 1.2.3.4 -policy_print", "policy"),
    ("policy-other", "-CAfile root.pem -policy 1.2.3.9 -explicit_policy", "policy"),
    ("policy_check", "-CAfile root.pem -policy_check -policy_print", "policy"),
    ("policy_print-quiet", "-CAfile root.pem -policy_check -policy_print -verify_quiet", "policy"),
    ("explicit_policy", "-CAfile root.pem -explicit_policy", "client"),
    ("explicit_policy-fails", "-CAfile root.pem -explicit_policy -verify_return_error", "client"),
    ("any-policy", "-CAfile root.pem -explicit_policy -policy 1.2.3.4", "verify/any verify/anyca.pem"),
    ("inhibit_any", "-CAfile root.pem -explicit_policy -policy 1.2.3.4 -inhibit_any", "verify/any verify/anyca.pem"),
    ("mapped-policy", "-CAfile root.pem -explicit_policy -policy 1.2.3.4", "verify/map verify/mapca.pem"),
    ("inhibit_map", "-CAfile root.pem -explicit_policy -policy 1.2.3.4 -inhibit_map", "verify/map verify/mapca.pem"),
    ("purpose", "-CAfile root.pem -purpose sslserver", "client"),
    ("purpose-any", "-CAfile root.pem -purpose any", "rsa"),
    ("verify_name", "-CAfile root.pem -verify_name ssl_server", "client"),
    ("verify_depth", "-CAfile root.pem -verify_depth 0", "clienti inter.pem"),
    ("verify_depth-negative", "-CAfile root.pem -verify_depth -1", "clienti inter.pem"),
    ("auth_level", "-CAfile root.pem -auth_level 4", "client"),
    ("auth_level-negative", "-CAfile root.pem -auth_level -1", "client"),
    ("attime", "-CAfile root.pem -attime 100", "client"),
    ("attime-then", "-CAfile root.pem -attime 1600000000", "expired"),
    ("verify_hostname", "-CAfile root.pem -verify_hostname client.example", "policy"),
    ("verify_hostname-other", "-CAfile root.pem -verify_hostname other.example", "policy"),
    ("verify_email", "-CAfile root.pem -verify_email client@client.example", "policy"),
    ("verify_email-other", "-CAfile root.pem -verify_email x@client.example", "policy"),
    ("verify_ip", "-CAfile root.pem -verify_ip 192.0.2.9", "policy"),
    ("verify_ip-other", "-CAfile root.pem -verify_ip 192.0.2.1", "policy"),
    ("critical", "-CAfile root.pem", "verify/critical"),
    ("ignore_critical", "-CAfile root.pem -ignore_critical", "verify/critical"),
    ("issuer_checks", "-CAfile root.pem -issuer_checks", "client"),
    ("crl_check", "-CAfile root.pem -crl_check", "client"),
    ("crl_check_all", "-CAfile root.pem -crl_check_all", "client"),
    ("x509_strict", "-CAfile root.pem -x509_strict", "verify/lax verify/laxca.pem"),
    ("not-strict", "-CAfile root.pem", "verify/lax verify/laxca.pem"),
    ("extended_crl", "-CAfile verify/reasons.pem -crl_check -extended_crl", "client"),
    ("no-extended_crl", "-CAfile verify/reasons.pem -crl_check", "client"),
    ("use_deltas", "-CAfile verify/delta.pem -crl_check -use_deltas", "client"),
    ("no-deltas", "-CAfile verify/delta.pem -crl_check", "client"),
    ("check_ss_sig", "-CAfile verify/badroot.pem -check_ss_sig", "client"),
    ("no-ss_sig", "-CAfile verify/badroot.pem", "client"),
    ("trusted_first", "-CAfile root.pem -trusted_first", "clienti inter.pem"),
    ("suiteB_128_only", "-CAfile root.pem -suiteB_128_only", "client"),
    ("suiteB_128", "-CAfile root.pem -suiteB_128", "client"),
    ("suiteB_192", "-CAfile root.pem -suiteB_192", "client"),
    ("partial_chain", "-CAfile inter.pem -partial_chain", "clienti"),
    ("no-partial_chain", "-CAfile inter.pem", "clienti"),
    ("no_alt_chains", "-CAfile root.pem -no_alt_chains", "clienti inter.pem"),
    ("no_check_time", "-CAfile root.pem -no_check_time", "expired"),
    ("proxy", "-CAfile root.pem", "verify/proxy client.pem"),
    ("allow_proxy_certs", "-CAfile root.pem -allow_proxy_certs", "verify/proxy client.pem"),
];

/// Command lines about what 4.0 does not have any more.
const ENGINES: &[&str] = &[
    "-engine nosuch -foo",
    "-engine '' -foo",
    "-engine auto -foo",
    "-engine dynamic -foo",
    "-keyform ENGINE",
    "-dcert ec.pem -dkeyform ENGINE",
    "-engine dynamic -keyform ENGINE",
];

/// Command lines that end before the server listens.
const FAILING: &[&str] = &[
    "-policy bogus",
    "-policy ''",
    "-purpose bogus",
    "-verify_name bogus",
    "-verify_ip bogus",
    "-attime x",
    "-verify_depth x",
    "-xcert nosuch",
    "-xcert page.txt",
    "-xcert rsa.pem",
    "-xcert rsa.pem -xkey nosuch",
    "-xcert rsa.pem -xkey page.txt",
    "-xcert rsa.pem -xcertform DER -xkey rsa.key",
    "-xcert rsa.pem -xkey rsa.key -xkeyform DER",
    "-xcert rsa.pem -xkey rsa.key -xchain nosuch",
    "-xcert rsa.pem -xkey rsa.key -xchain page.txt",
    "-xcert nosuch1 -xcert nosuch2",
    "-xcert https://localhost/x",
    "-xkey a -xkey b",
    "-xchain a -xchain b",
    "-cert nosuch1 -xcert nosuch2",
    "-dcert nosuch",
    "-dcert page.txt",
    "-dcert ec.pem",
    "-dcert ec.pem -dkey nosuch",
    "-dcert ec.pem -dkey ec.key -dcertform DER",
    "-dcert ec.pem -dkey ec.key -dkeyform DER",
    "-dcert ec.pem -dkey other.key",
    "-dcert ec.p12 -dpass pass:wrong",
    "-dcert ec.pem -dkey ec.key -dcert_chain nosuch",
    "-dcert ec.pem -dkey ec.key -dcert_chain page.txt",
    "-nocert -dcert nosuch",
    "-dpass x:y",
    "-pass file:nosuch -dpass x:y",
    "-nocert -pass x:y",
    "-servername x -cert2 nosuch",
    "-servername x -cert2 page.txt",
    "-servername x -cert2 ec.pem",
    "-servername x -cert2 ec.pem -key2 rsa.key",
    "-servername x -cert2 page.txt -key2 rsa.key",
    "-servername x -cert2 https://localhost/x -key2 rsa.key",
    "-CRL nosuch",
    "-CRL page.txt",
    "-CRL rsa.pem",
    "-CRL root.crl -CRLform DER",
    "-CRL https://localhost/x",
    "-serverinfo nosuch",
    "-serverinfo page.txt",
    "-serverinfo rsa.pem",
    "-chainCAfile nosuch",
    "-chainCAfile page.txt",
    "-chainCApath nosuch",
    "-chainCAstore nosuch",
    "-verifyCAfile nosuch",
    "-verifyCAfile page.txt",
    "-verifyCApath nosuch",
    "-verifyCAstore nosuch",
    "-verifyCAstore ''",
    "-key pkcs11:object=x",
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique() {
        let names: std::collections::BTreeSet<_> = scripts().into_iter().map(|script| script.name).collect();
        assert_eq!(names.len(), scripts().len());
    }
}
