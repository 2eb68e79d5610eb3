//! The page of `-www`.
//!
//! Differs from the original's in five things: the session's secret and the secret values of the command line are not
//! shown, `-name=value` is shown whole, whatever the client can choose is escaped, and no list of its making is longer than
//! 64 entries.
use alloc::format;
use alloc::string::String;
use alloc::vec::Vec;

use super::lists::{self, Length};
use super::{ech, report, stats};
use crate::engine::{CacheStats, SessionInfo};
use crate::options::plan::Plan;
use crate::registry::versions;

/// The head of every page.
pub const HEAD: &[u8] = b"HTTP/1.0 200 ok\r\nContent-type: text/html\r\n\r\n";

/// The page, without its head. Corresponds to `www_body` in `apps/s_server.c`.
pub fn page(info: &SessionInfo, counters: &CacheStats, plan: &Plan) -> Vec<u8> {
    let reference = plan.text.reference;
    let mut text = b"<HTML><BODY BGCOLOR=\"#ffffff\">\n".to_vec();
    let mut add = |part: &[u8]| text.extend_from_slice(part);
    add(&command_line(plan));
    if let Some(attempt) = &info.ech {
        let ech = escape(ech::on_page(attempt).as_bytes());
        add(b"<h1>OpenSSL with ECH</h1>\n<h2>\n");
        add(&ech);
        add(b"\n</h2>\n<h2>TLS Session details</h2>\n<pre>\n");
        add(&command_line(plan));
    }
    add(report::renegotiation(info, reference).as_bytes());
    add(supported_ciphers(info).as_bytes());
    if let Some(shared) = &info.shared_ciphers {
        add(b"---\nCiphers common between both SSL end points:\n");
        add(common_ciphers(shared).as_bytes());
    }
    if !info.unknown_ciphers.is_empty() {
        add(b"---\nCiphers of the client that OpenSSL does not know:\n");
        add(lists::unknown_ciphers(info, "\n").as_bytes());
        add(b"\n");
    }
    add(lists::signature_algorithms(info, reference, Length::Short).as_bytes());
    add(lists::supported_groups(info, Length::Short).as_bytes());
    add(lists::shared_groups(info, Length::Short).as_bytes());
    add(&escape(&lists::ca_names(info, Length::Short)));
    let how = if info.reused { "Reused" } else { "New" };
    add(format!("---\n{how}, {}, Cipher is {}\n", info.cipher_version, info.cipher).as_bytes());
    add(&session(info));
    add(b"---\n");
    add(stats::lines(counters).as_bytes());
    add(b"---\n");
    match &info.peer_certificate {
        Some(peer) => {
            add(b"Client certificate\n");
            add(&escape(&peer.text));
            add(&peer.pem);
        }
        None => add(b"no client certificate available\n"),
    }
    add(b"</pre></BODY></HTML>\r\n\r\n");
    text
}

/// The answer to a method that has none in the original.
pub fn method_refusal(method: &[u8]) -> Vec<u8> {
    let head = "HTTP/1.0 405 Method Not Allowed\r\nAllow: GET, HEAD\r\nContent-type: text/plain\r\n\r\n";
    [head.as_bytes(), b"'", method, b"' is not answered here, only GET and HEAD are\r\n"].concat()
}

/// The text with `&`, `<` and `>` escaped.
pub fn escape(text: &[u8]) -> Vec<u8> {
    let mut escaped = Vec::with_capacity(text.len());
    for &byte in text {
        match byte {
            b'&' => escaped.extend_from_slice(b"&amp;"),
            b'<' => escaped.extend_from_slice(b"&lt;"),
            b'>' => escaped.extend_from_slice(b"&gt;"),
            _ => escaped.push(byte),
        }
    }
    escaped
}

fn command_line(plan: &Plan) -> Vec<u8> {
    let mut text = b"<pre>\n\n".to_vec();
    for word in &plan.shown_argv {
        text.extend(escape(word));
        text.push(b' ');
    }
    text.push(b'\n');
    text
}

/// Two suites to a line.
fn supported_ciphers(info: &SessionInfo) -> String {
    let mut text = String::with_capacity(64 * info.supported_ciphers.len());
    text += "Ciphers supported in s_server binary\n";
    for pair in info.supported_ciphers.chunks(2) {
        for (version, name) in pair {
            column(&mut text, version, 11);
            text.push(':');
            column(&mut text, name, 25);
            text.push(' ');
        }
        text.push('\n');
    }
    text
}

/// A name, filled up with blanks.
fn column(text: &mut String, name: &str, width: usize) {
    *text += name;
    text.extend(core::iter::repeat_n(' ', width.saturating_sub(name.len())));
}

/// Three suites to a line, in columns of 26, with a blank between them; the last one is not padded.
fn common_ciphers(names: &[String]) -> String {
    let mut text = String::from(if names.is_empty() { "\n" } else { "" });
    for (i, name) in names.iter().enumerate() {
        let last = i + 1 == names.len();
        column(&mut text, name, if last { 0 } else { 26 });
        text.push(if last || i % 3 == 2 { '\n' } else { ' ' });
    }
    text
}

/// Corresponds to `SSL_SESSION_print`, but for the secret.
fn session(info: &SessionInfo) -> Vec<u8> {
    let s = &info.session;
    let tls13 = info.protocol_number == versions::TLS1_3;
    let secret = if tls13 { "Resumption PSK" } else { "Master-Key" };
    let name = |name: &Option<Vec<u8>>| name.as_ref().map_or_else(|| b"None".to_vec(), |name| escape(name));
    let mut text = format!(
        "SSL-Session:\n    Protocol  : {}\n    Cipher    : {}\n    Session-ID: {}\n    Session-ID-ctx: {}\n    \
         {secret}: (hidden)\n    PSK identity: ",
        info.protocol,
        info.cipher,
        hex(&s.id),
        hex(&s.context),
    )
    .into_bytes();
    text.extend(name(&info.psk_identity));
    text.extend(b"\n    PSK identity hint: None\n    SRP username: ");
    text.extend(name(&info.srp_user));
    let rest = format!(
        "\n    Start Time: {}\n    Timeout   : {} (sec)\n    Verify return code: {} ({})\n    \
         Extended master secret: {}\n",
        s.start,
        s.timeout,
        info.verify_result.0,
        info.verify_result.1,
        if s.extended_master_secret { "yes" } else { "no" },
    );
    text.extend(rest.bytes());
    if tls13 {
        text.extend(format!("    Max Early Data: {}\n", s.max_early_data).bytes());
    }
    text
}

fn hex(bytes: &[u8]) -> String {
    let digit = |value: u8| char::from(b"0123456789ABCDEF"[usize::from(value)]);
    bytes.iter().flat_map(|byte| [digit(byte >> 4), digit(byte & 15)]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::{Ech, EchStatus, PeerCertificate, SessionFields};
    use crate::scripted::plan;

    fn text(info: &SessionInfo, plan: &Plan) -> String {
        String::from_utf8(page(info, &CacheStats::default(), plan)).unwrap()
    }

    fn info() -> SessionInfo {
        SessionInfo {
            protocol: "TLSv1.3".into(),
            protocol_number: 0x0304,
            cipher: "TLS_AES_256_GCM_SHA384".into(),
            cipher_version: "TLSv1.3".into(),
            verify_result: (0, "ok".into()),
            secure_renegotiation: true,
            supported_ciphers: ["TLS_AES_256_GCM_SHA384", "ECDHE-RSA-AES256-SHA", "AES128-SHA"]
                .map(|name| ("TLSv1.0".into(), name.into()))
                .to_vec(),
            session: SessionFields { id: alloc::vec![1, 0xab], start: 7, timeout: 7200, ..SessionFields::default() },
            ..SessionInfo::default()
        }
    }

    #[test]
    fn the_session_is_shown_without_its_secret() {
        let page = text(&info(), &plan());
        let shown = "New, TLSv1.3, Cipher is TLS_AES_256_GCM_SHA384\nSSL-Session:\n    Protocol  : TLSv1.3\n    \
             Cipher    : TLS_AES_256_GCM_SHA384\n    Session-ID: 01AB\n    Session-ID-ctx: \n    \
             Resumption PSK: (hidden)\n    PSK identity: None\n    PSK identity hint: None\n    SRP username: None\n    \
             Start Time: 7\n    Timeout   : 7200 (sec)\n    Verify return code: 0 (ok)\n    \
             Extended master secret: no\n    Max Early Data: 0\n---\n";
        assert!(page.contains(shown), "{page}");
        assert!(page.ends_with("---\nno client certificate available\n</pre></BODY></HTML>\r\n\r\n"));
    }

    #[test]
    fn who_has_logged_in_is_shown_and_escaped() {
        let info = SessionInfo { psk_identity: Some(b"<a>".to_vec()), srp_user: Some(b"b&c".to_vec()), ..info() };
        let shown =
            "    PSK identity: &lt;a&gt;\n    PSK identity hint: None\n    SRP username: b&amp;c\n    Start Time: 7\n";
        assert!(text(&info, &plan()).contains(shown));
    }

    #[test]
    fn supported_ciphers_stand_two_to_a_line() {
        assert_eq!(
            supported_ciphers(&info()),
            "Ciphers supported in s_server binary\n\
             TLSv1.0    :TLS_AES_256_GCM_SHA384    TLSv1.0    :ECDHE-RSA-AES256-SHA      \n\
             TLSv1.0    :AES128-SHA                \n"
        );
    }

    #[test]
    fn common_ciphers_stand_three_to_a_line_and_the_last_is_bare() {
        let names = ["A", "B", "C", "D"].map(String::from);
        let blank = " ".repeat(25);
        assert_eq!(common_ciphers(&names), format!("A{blank} B{blank} C{blank}\nD\n"));
        assert_eq!(common_ciphers(&names[..3]), format!("A{blank} B{blank} C\n"));
        assert_eq!(common_ciphers(&[]), "\n");
    }

    #[test]
    fn a_library_without_a_list_of_common_ciphers_shows_no_block() {
        let mut info = info();
        assert!(text(&info, &plan()).contains(" \n---\nNew, "));
        info.shared_ciphers = Some(Vec::new());
        assert!(text(&info, &plan()).contains(" \n---\nCiphers common between both SSL end points:\n\n---\nNew, "));
    }

    #[test]
    fn suites_that_only_the_client_knows_are_listed() {
        let mut info = info();
        info.shared_ciphers = Some(alloc::vec!["A".into()]);
        info.unknown_ciphers = alloc::vec![0x00c6, 0x1234];
        let block = "SSL end points:\nA\n---\nCiphers of the client that OpenSSL does not know:\n\
                     TLS_SM4_GCM_SM3(0x00C6)\n0x1234\n---\nNew, ";
        assert!(text(&info, &plan()).contains(block));
    }

    #[test]
    fn a_client_of_ten_thousand_suites_schemes_and_groups_gets_one_record() {
        let mut info = info();
        info.unknown_ciphers = alloc::vec![0x00c6; 10_000];
        info.signature_algorithms = alloc::vec![0x0807; 10_000];
        info.groups = Some(alloc::vec!["ffdhe8192".into(); 10_000]);
        info.ca_names = alloc::vec!["CN = a".into(); 10_000];
        let page = text(&info, &plan());
        assert_eq!(page.matches("and 9936 more").count(), 4);
        assert!(page.len() < 16_384, "{}", page.len());
    }

    #[test]
    fn what_others_choose_is_escaped() {
        let mut plan = plan();
        plan.shown_argv = alloc::vec![b"s_server".to_vec(), b"<a>&b".to_vec()];
        let mut info = info();
        info.ca_names = alloc::vec![b"CN = <script>".to_vec()];
        info.peer_certificate =
            Some(PeerCertificate { text: b"Subject: CN=<b>\n".to_vec(), ..PeerCertificate::default() });
        let page = text(&info, &plan);
        assert!(page.contains("\ns_server &lt;a&gt;&amp;b \n"));
        assert!(page.contains("\nCN = &lt;script&gt;\n"));
        assert!(page.contains("\nClient certificate\nSubject: CN=&lt;b&gt;\n"));
    }

    #[test]
    fn a_library_with_ech_says_so() {
        let mut info = info();
        info.ech = Some(Ech { status: EchStatus::NotConfigured, ..Ech::default() });
        assert!(text(&info, &plan()).starts_with(
            "<HTML><BODY BGCOLOR=\"#ffffff\">\n<pre>\n\ns_server \n<h1>OpenSSL with ECH</h1>\n<h2>\n\
             ECH not configured\n</h2>\n<h2>TLS Session details</h2>\n<pre>\n<pre>\n\ns_server \n"
        ));
    }
}
