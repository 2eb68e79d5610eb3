//! Secure Remote Password, RFC 5054: `-srpvfile`, `-srpuserseed`.
//!
//! ```text
//!   ClientHello --> OpenSSL asks: the name is noted, and the call ends early
//!                   the engine looks the user up, outside of OpenSSL and of a job's small stack
//!                   and calls again --> OpenSSL asks: it gets what was found
//! ```
//!
//! The texts and their order are those that the original means; there the callback reads another place than the one in which
//! the user is kept.
use std::ffi::CString;
use std::fs;
use std::sync::{Arc, OnceLock};

use openssl::ex_data::Index;
use openssl::ssl::{Ssl, SslContextBuilder, SslRef};
use s_server_core::engine::Event;
use s_server_core::io::Stream;
use s_server_core::options::plan::{Mode, Srp};
use s_server_core::{Plan, StartError};

use super::call::Call;
use super::log::Log;
use super::path::{c_string, path};
use super::sys::srp::{self as sys, Answer, User, Verifiers};
use super::system_error::strerror;

/// Who may log in, and how a search is told.
#[derive(Clone)]
pub struct Logins {
    verifiers: Arc<Verifiers>,
    mode: Mode,
}

/// Where a login is: between the two questions of OpenSSL.
enum Login {
    /// This user is to be looked up.
    Asked(CString),
    /// That came of it.
    Found { name: CString, user: Option<User> },
}

/// Users log in to sessions of `ctx`, if the plan names verifiers. Corresponds to `set_up_srp_verifier_file` in
/// `apps/lib/tlssrp_depr.c`.
pub fn install(ctx: &mut SslContextBuilder, plan: &Plan) -> Result<Option<Logins>, StartError> {
    let Srp { verifiers: Some(file), seed } = &plan.tls.srp else { return Ok(None) };
    let fail = |number: i32, why: String| {
        let behind = format!("\":ret={number}\n");
        let line = [b"Cannot initialize SRP verifier file \"", &file[..], behind.as_bytes()].concat();
        StartError::of_option("-srpvfile", &file[..], why).after(line)
    };
    if path(file).is_dir() {
        // Which the library takes for an empty file.
        return Err(fail(CLOSED, "it is a folder".to_owned()));
    }
    let text = fs::read(path(file)).map_err(|why| fail(CLOSED, strerror(&why)))?;
    let faulty = faulty_line(&text).map(|(line, why)| format!("line {line}: {why}"));
    let read = Verifiers::read(&c_string(file), seed.as_deref().map(c_string).as_deref());
    let mut verifiers = read.map_err(|number| {
        fail(number, faulty.clone().unwrap_or_else(|| "it holds a verifier that cannot be read".to_owned()))
    })?;
    if let Some(why) = faulty {
        return Err(fail(INCOMPLETE, why));
    }
    verifiers.simulate_in_a_group_of_users();
    sys::set_search(ctx, search);
    Ok(Some(Logins { verifiers: Arc::new(verifiers), mode: plan.mode }))
}

/// `SRP_ERR_VBASE_INCOMPLETE_FILE`, `SRP_ERR_OPEN_FILE`
const INCOMPLETE: i32 = 1;
const CLOSED: i32 = 3;

/// The first line that the library cannot take, or, at the end of the file, does not.
fn faulty_line(text: &[u8]) -> Option<(usize, &'static str)> {
    for (line, number) in text.split_inclusive(|&byte| byte == b'\n').zip(1..) {
        if line.starts_with(b"#") {
            continue;
        }
        if !line.ends_with(b"\n") {
            return Some((number, "it has no end, and would not be read"));
        }
        let tabs = line.windows(2).filter(|pair| pair[1] == b'\t' && pair[0] != b'\\').count();
        if tabs + 1 < COLUMNS {
            return Some((number, "it has less than six columns, between tabs, as openssl srp writes them"));
        }
    }
    None
}

/// Kind, verifier, salt, name, group, and what is said about the user.
const COLUMNS: usize = 6;

/// One of the two questions of a login. Corresponds to `ssl_srp_server_param_cb` in `apps/lib/tlssrp_depr.c`.
fn search(ssl: &mut SslRef) -> Answer {
    match ssl.ex_data_mut(index()).and_then(Option::take) {
        Some(Login::Found { name, user: Some(user) }) => {
            let info = user.info().unwrap_or(NO_INFO);
            let parts = [b"SRP parameters set: username = \"", name.as_bytes(), b"\" info=\"", info, b"\" \n"];
            tell(ssl, Stream::Err, &parts);
            Answer::User(user)
        }
        Some(Login::Found { name, user: None }) => {
            tell(ssl, Stream::Err, &[b"User ", name.as_bytes(), b" doesn't exist\n"]);
            Answer::Nobody
        }
        Some(Login::Asked(_)) | None => {
            // OpenSSL asks only where the client has named somebody.
            let Some(name) = sys::user_name(ssl) else { return Answer::Nobody };
            tell(ssl, Stream::Err, &[b"SRP username = \"", name.as_bytes(), b"\"\n"]);
            ssl.set_ex_data(index(), Some(Login::Asked(name)));
            Answer::Later
        }
    }
}

/// What the original prints of a user about whom nothing is said.
const NO_INFO: &[u8] = b"<NULL>";

impl Logins {
    /// Looks up the user for whom that call was interrupted, and tells it as the original does in each mode. Corresponds to
    /// `lookup_srp_user` in `apps/lib/tlssrp_depr.c`.
    pub fn look_up(&self, ssl: &mut SslRef, call: Call) {
        let Some(Login::Asked(name)) = ssl.ex_data_mut(index()).and_then(Option::take) else { return };
        let user = self.verifiers.find(&name);
        let told: &[&[u8]] = match (call, self.mode) {
            (Call::Shake, Mode::Interactive { .. } | Mode::Echo) => &[b"LOOKUP during accept ", name.as_bytes(), b"\n"],
            (Call::Shake, Mode::Rev) => &[b"LOOKUP renego during accept\n"],
            (Call::Read, Mode::Interactive { .. } | Mode::Echo) => &[b"LOOKUP renego during read\n"],
            (Call::Shake | Call::Read, _) => &[b"read R BLOCK\nLOOKUP renego during read\n"],
            (Call::Write, _) => &[b"LOOKUP renego during write\n"],
        };
        tell(ssl, Stream::Out, told);
        match &user {
            Some(user) => tell(ssl, Stream::Out, &[b"LOOKUP done ", user.info().unwrap_or(NO_INFO), b"\n"]),
            None => tell(ssl, Stream::Out, &[b"LOOKUP not successful\n"]),
        }
        ssl.set_ex_data(index(), Some(Login::Found { name, user }));
    }
}

fn tell(ssl: &SslRef, stream: Stream, parts: &[&[u8]]) {
    if let Some(log) = Log::of(ssl) {
        log.push(Event::Text(stream, parts.concat()));
    }
}

fn index() -> Index<Ssl, Option<Login>> {
    static INDEX: OnceLock<Index<Ssl, Option<Login>>> = OnceLock::new();
    *INDEX.get_or_init(|| Ssl::new_ex_index().expect("OpenSSL numbers application data without limit"))
}

#[cfg(test)]
mod tests {
    use openssl::ssl::SslVersion;
    use s_server_core::engine::{Detail, Step};

    use super::*;
    use crate::OpensslContext;
    use crate::pair::{Pair, context, only, pki};

    /// A server whose file knows `user` with the password `secret`.
    fn server(change: impl FnOnce(&mut Plan)) -> OpensslContext {
        let context = context(|plan| {
            plan.tls.srp.verifiers = Some(pki("srp.vbase"));
            plan.tls.conf = vec![(b"-cipher".to_vec(), Some(b"ALL:SRP".to_vec()))];
            change(plan);
        });
        context.unwrap()
    }

    fn with_seed(plan: &mut Plan) {
        plan.tls.srp.seed = Some(b"seed".to_vec());
    }

    /// A client that wants to log in.
    fn user(name: &str, password: &str) -> impl Fn(&mut SslContextBuilder) {
        let (name, password) = (CString::new(name).unwrap(), CString::new(password).unwrap());
        move |ctx| {
            only(SslVersion::TLS1_2)(ctx);
            ctx.set_cipher_list("SRP+AES").unwrap();
            assert!(sys::of_client(ctx, &name, &password));
        }
    }

    fn told(pair: &Pair) -> (String, String) {
        (pair.texts(Stream::Out), pair.texts(Stream::Err))
    }

    #[test]
    fn a_user_logs_in_and_is_known() {
        let mut pair = Pair::established(&server(|_| {}), user("user", "secret"));
        let (out, err) = told(&pair);
        assert_eq!(out, "LOOKUP during accept user\nLOOKUP done \n");
        assert_eq!(err, "SRP username = \"user\"\nSRP parameters set: username = \"user\" info=\"\" \n");
        pair.client_write(b"hello");
        assert_eq!(pair.server_read(), (Step::Done(()), b"hello".to_vec()));
        let info = pair.server.info(Detail::Whole);
        assert_eq!(info.srp_user.as_deref(), Some(&b"user"[..]));
        let suites =
            ["SRP-RSA-AES-256-CBC-SHA", "SRP-AES-256-CBC-SHA", "SRP-RSA-AES-128-CBC-SHA", "SRP-AES-128-CBC-SHA"];
        assert_eq!(info.shared_ciphers.unwrap(), suites);
        // Others need not log in.
        let mut pair = Pair::established(&server(|_| {}), |_| {});
        assert_eq!((told(&pair), pair.server.info(Detail::Whole).srp_user), (Default::default(), None));
    }

    #[test]
    fn a_session_that_is_resumed_has_its_user() {
        let server = server(|_| {});
        let mut first = Pair::established(&server, user("user", "secret"));
        let session = first.client.ssl().session().unwrap().to_owned();
        first.client.shutdown().unwrap();
        let mut second = Pair::new(&server, user("user", "secret"));
        second.resume(&session);
        assert_eq!(second.handshake(), Step::Done(()));
        let info = second.server.info(Detail::Whole);
        assert_eq!((info.reused, info.srp_user.as_deref()), (true, Some(&b"user"[..])));
    }

    #[test]
    fn a_wrong_password_and_an_unknown_user_are_refused() {
        for (name, password, out, err, reason) in [
            (
                "user",
                "wrong",
                "LOOKUP done \n",
                "SRP parameters set: username = \"user\" info=\"\" \n",
                "bad record mac",
            ),
            ("nobody", "secret", "LOOKUP not successful\n", "User nobody doesn't exist\n", "psk identity not found"),
        ] {
            let mut pair = Pair::new(&server(|_| {}), user(name, password));
            let Step::Failed(error) = pair.handshake() else { panic!("{name} is in") };
            assert!(error.to_string().contains(reason), "{error}");
            let expected = (format!("LOOKUP during accept {name}\n{out}"), format!("SRP username = \"{name}\"\n{err}"));
            assert_eq!(told(&pair), expected);
        }
    }

    /// The group is the one that the file's users have, not the library's largest.
    #[test]
    fn with_a_seed_an_unknown_user_looks_like_one_with_a_wrong_password() {
        let server = server(with_seed);
        let refused = |name| {
            let mut pair = Pair::new(&server, user(name, "wrong"));
            let Step::Failed(error) = pair.handshake() else { panic!("{name} is in") };
            (sys::group_bits(pair.client.ssl()), error.to_string().contains("bad record mac"))
        };
        assert_eq!(refused("user"), (2048, true));
        assert_eq!(refused("nobody"), (2048, true));
        let mut pair = Pair::new(&server, user("nobody", ""));
        pair.handshake();
        assert!(told(&pair).0.ends_with("\nLOOKUP done <NULL>\n"));
    }

    #[test]
    fn each_mode_tells_a_search_in_its_own_words() {
        let said = |mode| {
            let pair = Pair::established(&server(|plan| plan.mode = mode), user("user", "secret"));
            told(&pair).0.replace("LOOKUP done \n", "")
        };
        let at_read = "read R BLOCK\nLOOKUP renego during read\n";
        assert_eq!(said(Mode::Rev), "LOOKUP renego during accept\n");
        assert_eq!(said(Mode::Status), at_read);
        assert_eq!(said(Mode::Files { heads_in_files: false, binary: false }), at_read);
        assert_eq!(said(Mode::Echo), "LOOKUP during accept user\n");
    }

    #[test]
    fn a_client_that_goes_away_before_its_user_is_found_leaves_nothing() {
        let mut pair = Pair::new(&server(|_| {}), user("user", "secret"));
        let _ = pair.client.do_handshake();
        let hello = pair.take_client_output();
        pair.server.hear(&hello[..hello.len() - 1]);
        assert_eq!(pair.server.accept(), Step::WantRead { starved: true });
        assert_eq!(told(&pair), Default::default());
    }

    #[test]
    fn clients_log_in_at_the_same_time() {
        let server = server(with_seed);
        std::thread::scope(|scope| {
            for thread in 0..8 {
                let server = &server;
                scope.spawn(move || {
                    for _ in 0..4 {
                        let pair = Pair::established(server, user("user", "secret"));
                        assert!(told(&pair).1.ends_with("username = \"user\" info=\"\" \n"));
                        let name = format!("nobody-{thread}");
                        let mut pair = Pair::new(server, user(&name, "secret"));
                        assert!(matches!(pair.handshake(), Step::Failed(_)));
                        assert!(told(&pair).1.contains(&name));
                    }
                });
            }
        });
    }

    #[test]
    fn a_session_may_outlive_its_context() {
        let server = server(|_| {});
        let mut pair = Pair::new(&server, user("user", "secret"));
        drop(server);
        assert_eq!(pair.handshake(), Step::Done(()));
    }

    #[test]
    fn a_file_that_is_not_whole_ends_the_start() {
        let whole = fs::read(path(&pki("srp.vbase"))).unwrap();
        let folder = std::env::temp_dir().join(format!("srp-{}", std::process::id()));
        fs::create_dir_all(&folder).unwrap();
        let file = folder.join("v").into_os_string().into_encoded_bytes();
        let start = |contents: &[u8]| {
            fs::write(path(&file), contents).unwrap();
            let failure = context(|plan| plan.tls.srp.verifiers = Some(file.clone())).err()?;
            Some(failure.replace(str::from_utf8(&file).unwrap(), "F"))
        };
        let told = |number: i32, why: &str| {
            Some(format!("Cannot initialize SRP verifier file \"F\":ret={number}\ns_server: -srpvfile F: {why}\n"))
        };
        assert_eq!(start(&whole), None);
        assert_eq!(start(b""), None);
        let columns = "it has less than six columns, between tabs, as openssl srp writes them";
        assert_eq!(start(b"nonsense\n"), told(1, &format!("line 1: {columns}")));
        assert_eq!(start(&whole[..whole.len() - 1]), told(1, "line 1: it has no end, and would not be read"));
        let unread = "it holds a verifier that cannot be read";
        assert_eq!(start(b"V\t!!!!\t!!!!\tuser\t2048\t\n"), told(2, unread));
        fs::remove_dir_all(&folder).unwrap();
        let gone = context(|plan| plan.tls.srp.verifiers = Some(file.clone())).err().unwrap();
        assert!(gone.contains(":ret=3\n") && gone.ends_with(": No such file or directory\n"), "{gone}");
        let at_folder = context(|plan| plan.tls.srp.verifiers = Some(pki("sub"))).err().unwrap();
        assert!(at_folder.contains(":ret=3\n") && at_folder.ends_with("sub: it is a folder\n"), "{at_folder}");
    }

    #[test]
    fn a_line_that_is_not_read_is_named() {
        let line = "V\tv\ts\tuser\t2048\tinfo\n";
        for (text, fault) in [
            (line.repeat(2), None),
            ([line, "# x\n", "V\tv\ts\tu\t2048\t\n"].concat(), None),
            ([line, "\n"].concat(), Some(2)),
            ([line, &line.replace("\tinfo", "")].concat(), Some(2)),
            (["# x\n", line.trim_end()].concat(), Some(2)),
            ("V\tv\ts\tuser\t2048\\\tinfo\n".to_owned(), Some(1)),
        ] {
            assert_eq!(faulty_line(text.as_bytes()).map(|(line, _)| line), fault, "{text}");
        }
    }
}
