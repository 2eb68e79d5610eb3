//! Scripts about Secure Remote Password, with the original that is mended by [`mended::srp`].

use crate::launch::mended;
use crate::scripts::script::Script;

/// All of them: logins in every mode, named `srp-…`, and starts that fail.
pub fn all() -> Vec<Script> {
    let mut scripts: Vec<Script> = CLIENTS.iter().map(|(name, server, client)| login(name, server, client)).collect();
    scripts.extend(TALKS.iter().map(|(name, server, steps)| script(name, &format!("-naccept 1 {server}"), steps)));
    scripts.push(super::sessions::resumption(
        "srp-resumed",
        &format!("-accept 4433 -naccept 2 -srpvfile srp.vbase {OF_USER}"),
        &format!("-tls1_2 {OF_USER} -srpuser user -srppass pass:secret"),
    ));
    scripts.extend(FAILING.iter().map(|command| {
        Script::new(&format!("start {command}"), command, "start the server with standard input from /dev/null")
    }));
    scripts.iter_mut().for_each(|script| script.preloaded = Some(mended::srp()));
    scripts
}

fn script(name: &str, server: &str, steps: &str) -> Script {
    let steps = steps.replace("USER", &format!("{OF_USER} -srpuser user -srppass pass:secret"));
    Script::new(&format!("srp-{name}"), &format!("-accept 4433 -srpvfile srp.vbase {server}"), &steps)
}

/// One client, and data both ways.
fn login(name: &str, server: &str, client: &str) -> Script {
    let steps = format!(
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -brief {client}
        client A standard input <- b'from client\\n'
        server standard input <- b'from server\\n'
        client A standard input: end of file"
    );
    script(name, &format!("-naccept 1 {server}"), &steps)
}

const OF_USER: &str = "-cipher SRP";

/// Name, options of the server, of the client.
const CLIENTS: &[(&str, &str, &str)] = &[
    ("login", "", "USER"),
    ("login-tls1_2", "-tls1_2 -cipher SRP", "USER -tls1_2"),
    ("login-tls1_1", "-cipher SRP:@SECLEVEL=0", "USER:@SECLEVEL=0 -tls1_1"),
    ("login-anonymous", "-nocert -cipher SRP", "USER -tls1_2"),
    ("login-dtls", "-dtls", "USER -dtls"),
    ("login-state", "-state", "USER -tls1_2"),
    ("login-msg", "-msg", "USER -tls1_2"),
    ("login-nbio", "-nbio", "USER -tls1_2"),
    ("login-quiet", "-quiet", "USER -tls1_2"),
    ("login-brief", "-brief", "USER -tls1_2"),
    ("login-servername", "-servername b -cert2 rsa.pem -key2 rsa.key", "USER -tls1_2 -servername b"),
    ("wrong-password", "", "-cipher SRP -srpuser user -srppass pass:wrong -tls1_2"),
    ("unknown-user", "", "-cipher SRP -srpuser nobody -srppass pass:secret -tls1_2"),
    ("unknown-user-brief", "-brief", "-cipher SRP -srpuser nobody -srppass pass:secret -tls1_2"),
    ("unknown-user-seed", "-srpuserseed seed", "-cipher SRP -srpuser nobody -srppass pass:secret -tls1_2"),
    ("nobody", "-cipher SRP", "-cipher SRP -tls1_2"),
    ("others", "", "-tls1_2"),
    ("others-tls1_3", "", "-tls1_3"),
    ("certificate", "-Verify 2", "-cert client.pem -key client.key"),
    ("no-certificate", "-Verify 2", ""),
    ("CAfile", "-Verify 2 -CAfile cas.pem", "-tls1_2 -cert client.pem -key client.key"),
    ("floor", "-min_protocol TLSv1.2 -cipher DEFAULT:@SECLEVEL=0", "-tls1 -cipher DEFAULT:@SECLEVEL=0"),
    ("floor-named", "-tls1_2 -cipher DEFAULT:@SECLEVEL=0", "-tls1_1 -cipher DEFAULT:@SECLEVEL=0"),
];

/// Name, options of the server, steps. Behind a later login nothing is said: there the original hears nobody but the client, and
/// what that says overtakes what is printed.
const TALKS: &[(&str, &str, &str)] = &[
    (
        "r",
        "",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -tls1_2 USER
        server standard input <- b'r\\n'
        client A gets SIGTERM",
    ),
    (
        "R-of-client",
        "-client_renegotiation",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -tls1_2 -brief USER
        client A standard input <- b'R\\n'
        client A standard input: end of file",
    ),
    ("www", "-www", WEB),
    ("WWW", "-WWW", WEB),
    ("HTTP", "-HTTP", WEB),
    (
        "www-unknown-user",
        "-www",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -tls1_2 -cipher SRP -srpuser x -srppass pass:x",
    ),
    (
        "rev",
        "-rev -client_renegotiation",
        "start the server
        start client A: openssl s_client -connect 127.0.0.1:4433 -tls1_2 -brief USER
        client A standard input <- b'abc\\n'
        client A standard input <- b'R\\n'
        client A standard input <- b'def\\n'
        client A standard input: end of file",
    ),
];

const WEB: &str = "start the server
    start client A: openssl s_client -connect 127.0.0.1:4433 -quiet -tls1_2 USER
    client A standard input <- b'GET /page.txt HTTP/1.0\\r\\n\\r\\n'";

const FAILING: &[&str] = &["-srpvfile nosuch", "-srpvfile page.txt", "-srpvfile ''", "-srpvfile nosuch -cert nosuch"];
