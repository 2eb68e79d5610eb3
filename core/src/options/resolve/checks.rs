//! Which options go together, and which this build cannot follow.
use alloc::format;

use crate::options::plan::Reference;
use crate::options::row::NOT_YET;
use crate::options::{Build, OptionError, Options, Support, Web, World, table};

impl Options {
    pub(super) fn check_combinations(&self, release: Reference) -> Result<(), OptionError> {
        let web = self.web.is_some();
        let early_with_web = release < Reference::V3_5;
        let early_text = if early_with_web {
            "Can't use -early_data in combination with -www, -WWW, -HTTP, or -rev\n"
        } else {
            "Can't use -early_data in combination with -rev\n"
        };
        let rules = [
            (
                self.version == Some(0x0304) && self.nextprotoneg.is_some(),
                "Cannot supply -nextprotoneg with TLSv1.3\ns_server: Use -help for summary.\n",
            ),
            (web && self.datagrams, "Can't use -HTTP, -www or -WWW with DTLS\n"),
            (self.dtls_listen && !self.datagrams, "Can only use -listen with DTLS\n"),
            (self.rev && self.datagrams, "Can't use -rev with DTLS\n"),
            (self.tfo && self.datagrams, "Can only use -tfo with TLS\n"),
            (self.stateless && self.datagrams, "Can only use --stateless with TLS\n"),
            (self.unix_path.is_some() && self.datagrams, "Can't use unix sockets and datagrams together\n"),
            (self.early_data && (self.rev || web && early_with_web), early_text),
            (self.sctp && !self.datagrams, "Can't use -sctp without DTLS\n"),
        ];
        match rules.iter().find(|(broken, _)| *broken) {
            Some((_, text)) => Err(OptionError::new(&[text.as_bytes()])),
            None => Ok(()),
        }
    }

    /// `-sendfile` needs files to send, and since 3.2 kernel TLS.
    pub(super) fn check_sendfile(&self, release: Reference, world: &mut dyn World) -> Result<(), OptionError> {
        let sendfile = self.sendfile || self.zerocopy_sendfile;
        if self.zerocopy_sendfile && !self.sendfile {
            world.note(b"Warning: -zerocopy_sendfile depends on -sendfile, enabling -sendfile now.\n");
        }
        if sendfile && !self.ktls && release >= Reference::V3_2 {
            world.note(b"Warning: -sendfile depends on -ktls, enabling -ktls now.\n");
        }
        if sendfile && matches!(self.web, None | Some(Web::Status)) {
            return Err(OptionError::new(&[b"Can't use -sendfile without -WWW or -HTTP\n"]));
        }
        Ok(())
    }

    pub(super) fn check_selfsigned(&self) -> Result<(), OptionError> {
        let Some(typed) = self.used.iter().find(|name| name.starts_with("selfsigned")) else { return Ok(()) };
        let rivals = ["cert", "key", "cert_chain", "nocert"];
        match self.used.iter().find(|name| rivals.contains(name)) {
            Some(rival) => {
                let text = format!("s_server: -{typed} and -{rival} exclude each other\n");
                Err(OptionError::new(&[text.as_bytes()]))
            }
            None => Ok(()),
        }
    }

    pub(super) fn check_recording(&self) -> Result<(), OptionError> {
        let mut typed = self.used.iter().filter(|name| RECORDINGS.contains(name));
        let Some(first) = typed.next() else { return Ok(()) };
        match typed.find(|&other| other != first) {
            Some(other) => {
                let text = format!("s_server: -{first} and -{other} exclude each other\n");
                Err(OptionError::new(&[text.as_bytes()]))
            }
            None => Ok(()),
        }
    }

    /// Names the first option of the command line that this build cannot follow.
    pub(super) fn refuse(&self, build: &Build, world: &mut dyn World) -> Result<(), OptionError> {
        let refusal = |option: &str, why: &str| OptionError::new(&[format!("s_server: {option}: {why}\n").as_bytes()]);
        for name in &self.used {
            let Some(row) = table::find(name.as_bytes()) else { continue };
            let support = world.support(build, row.name);
            if let Support::Refused(why) = &support {
                return Err(refusal(&format!("-{name}"), why));
            }
            if let Some(why) = row.missing_in(build) {
                return Err(refusal(&format!("-{name}"), &why));
            }
            if row.is_later(&support) {
                return Err(refusal(&format!("-{name}"), NOT_YET));
            }
        }
        Ok(())
    }
}

/// Options about recordings: one of them at most.
const RECORDINGS: &[&str] = &["record", "replay", "replay_show"];

#[cfg(test)]
mod tests {
    use crate::options::plan::{ClientAuth, Identity};
    use crate::options::run::Recording;
    use crate::options::testing::{BUNDLED, DEBIAN, plan, run_plan, says};

    #[test]
    fn combinations_are_refused_in_the_originals_words_and_order() {
        for (line, text) in [
            ("-rand no -www -dtls", "Can't load no into RNG\n"),
            ("-rand no1 -rand ok -rand no2", "Can't load no1 into RNG\nCan't load no2 into RNG\n"),
            (
                "-nextprotoneg x -tls1_3 -listen",
                "Cannot supply -nextprotoneg with TLSv1.3\ns_server: Use -help for summary.\n",
            ),
            ("-www -dtls -rev -stateless", "Can't use -HTTP, -www or -WWW with DTLS\n"),
            ("-HTTP -dtls1_2", "Can't use -HTTP, -www or -WWW with DTLS\n"),
            ("-listen -early_data -rev", "Can only use -listen with DTLS\n"),
            ("-rev -dtls -unix s", "Can't use -rev with DTLS\n"),
            ("-stateless -dtls -unix s", "Can only use --stateless with TLS\n"),
            ("-unix s -dtls1", "Can't use unix sockets and datagrams together\n"),
            ("-early_data -WWW -sendfile", "Can't use -early_data in combination with -www, -WWW, -HTTP, or -rev\n"),
            ("-early_data -rev", "Can't use -early_data in combination with -www, -WWW, -HTTP, or -rev\n"),
            ("-sendfile -www", "Can't use -sendfile without -WWW or -HTTP\n"),
            ("-sctp -sendfile", "Can't use -sctp without DTLS\n"),
        ] {
            assert_eq!(says(line, &DEBIAN), text, "{line}");
        }
    }

    #[test]
    fn later_releases_combine_differently() {
        assert!(plan("-early_data -www", &BUNDLED).unwrap().tls.early_data.read);
        assert_eq!(says("-early_data -rev", &BUNDLED), "Can't use -early_data in combination with -rev\n");
        assert_eq!(
            says("-zerocopy_sendfile", &BUNDLED),
            "Warning: -zerocopy_sendfile depends on -sendfile, enabling -sendfile now.\n\
             Warning: -sendfile depends on -ktls, enabling -ktls now.\n\
             Can't use -sendfile without -WWW or -HTTP\n"
        );
        let client_auth = |build| plan("-verify_return_error", build).unwrap().tls.client_auth;
        assert_eq!(client_auth(&DEBIAN), ClientAuth::Off);
        assert_eq!(client_auth(&BUNDLED), ClientAuth::Request);
    }

    #[test]
    fn what_this_build_lacks_is_refused_by_name_after_all_checks() {
        for (line, build, text) in [
            ("-dtls -sctp -verify 3", BUNDLED, "verify depth is 3\ns_server: -sctp: not available in this build yet\n"),
            ("-dtls -sctp -sctp_label_bug", BUNDLED, "s_server: -sctp: not available in this build yet\n"),
            (
                "-engine x",
                BUNDLED,
                "s_server: -engine: the linked OpenSSL has no engines; a build against a system's OpenSSL 3 has them\n",
            ),
            (
                "-sctp -dtls -sctp_label_bug",
                DEBIAN,
                "s_server: -sctp: the linked OpenSSL has no SCTP; the bundled build for Linux has it\n",
            ),
            (
                "-ssl3",
                DEBIAN,
                "s_server: -ssl3: the linked OpenSSL has no SSL 3.0; \
                 a build against an OpenSSL 3 with enable-ssl3-method has it\n",
            ),
            (
                "-no_ems",
                DEBIAN,
                "s_server: -no_ems: came with OpenSSL 3.2, and the linked one is 3.0; the bundled build has it\n",
            ),
        ] {
            assert_eq!(says(line, &build), text, "{line}");
        }
    }

    #[test]
    fn a_recording_is_made_or_played() {
        let recording = |line| run_plan(line, &DEBIAN).unwrap().recording;
        assert_eq!(recording(""), None);
        assert_eq!(recording("-record a"), Some(Recording::Write(b"a".to_vec())));
        assert_eq!(recording("-replay a -replay b"), Some(Recording::Replay(b"b".to_vec())));
        assert_eq!(recording("-replay_show a"), Some(Recording::Show(b"a".to_vec())));
        assert_eq!(says("-replay a -record b", &DEBIAN), "s_server: -replay and -record exclude each other\n");
    }

    #[test]
    fn selfsigned_stands_alone() {
        for (line, text) in [
            ("-selfsigned -cert x", "s_server: -selfsigned and -cert exclude each other\n"),
            ("-key x -selfsigned_names a", "s_server: -selfsigned_names and -key exclude each other\n"),
            ("-nocert -selfsigned", "s_server: -selfsigned and -nocert exclude each other\n"),
            ("-selfsigned -cert_chain x", "s_server: -selfsigned and -cert_chain exclude each other\n"),
        ] {
            assert_eq!(says(line, &DEBIAN), text, "{line}");
        }
        let identity = |line| plan(line, &DEBIAN).unwrap().tls.identity.unwrap();
        assert_eq!(identity("-selfsigned"), Identity::SelfSigned { names: std::vec![] });
        assert_eq!(
            identity("-selfsigned_names a.example,192.0.2.1"),
            Identity::SelfSigned { names: std::vec![b"a.example".to_vec(), b"192.0.2.1".to_vec()] }
        );
    }

    #[test]
    fn a_context_that_no_session_can_have_is_refused() {
        let long = "c".repeat(33);
        assert_eq!(
            says(&["-context ", &long].concat(), &DEBIAN),
            [
                "s_server: Value \"",
                &long,
                "\" for option -context is longer than 32 bytes\ns_server: Use -help for summary.\n"
            ]
            .concat()
        );
        assert!(plan(&["-context ", &long[1..]].concat(), &DEBIAN).is_ok());
    }
}
