//! From what was typed to what it means.
//!
//! Corresponds to the part of `s_server_main` between its options and its first file, in the same order.
use alloc::format;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::plan::{
    CertificateFiles, ClientAuth, Dh, Ech, Export, Identity, Listen, Mode, Plan, Protocols, RawKeys, Recording,
    Records, Reference, ServerName, Sessions, Stores, TextPlan, TlsPlan, Trust,
};
use super::row::Stage;
use super::{Build, ExtraCertificate, OptionError, Options, TcpAddress, Web, World, protocols, table};

impl Options {
    /// Loads `-rand`, checks the options against each other, refuses what this build cannot do, and says what is left.
    ///
    /// `prefix` is the value of `HARNESS_OSSL_PREFIX`, empty without it; 4.0 knows it no more. An error ends the run.
    pub fn into_plan(self, build: &Build, world: &mut dyn World, prefix: &[u8]) -> Result<Plan, OptionError> {
        self.seed_random(world)?;
        self.check_combinations(build.reference)?;
        self.check_sendfile(build.reference, world)?;
        self.check_selfsigned()?;
        self.check_recording()?;
        self.refuse(build)?;
        Ok(self.plan(build.reference, prefix))
    }

    /// Tries all lists even when one fails. Corresponds to `app_RAND_load`.
    fn seed_random(&self, world: &mut dyn World) -> Result<(), OptionError> {
        let errors: Vec<_> = self.rand.iter().filter_map(|list| world.seed_random(list).err()).collect();
        if errors.is_empty() { Ok(()) } else { Err(OptionError::new(&[&errors.concat()])) }
    }

    fn check_combinations(&self, release: Reference) -> Result<(), OptionError> {
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
    fn check_sendfile(&self, release: Reference, world: &mut dyn World) -> Result<(), OptionError> {
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

    fn check_selfsigned(&self) -> Result<(), OptionError> {
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

    fn check_recording(&self) -> Result<(), OptionError> {
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
    fn refuse(&self, build: &Build) -> Result<(), OptionError> {
        let refusal = |option: &str, why: &str| OptionError::new(&[format!("s_server: {option}: {why}\n").as_bytes()]);
        for name in &self.used {
            let Some(row) = table::find(name.as_bytes()) else { continue };
            if let Some(why) = row.missing_in(build) {
                return Err(refusal(&format!("-{name}"), &why));
            }
            if let Some(why) = build.backend.refuses(name) {
                return Err(refusal(&format!("-{name}"), why));
            }
            if row.stage == Stage::Later && !build.backend.is_ahead(name) {
                return Err(refusal(&format!("-{name}"), NOT_YET));
            }
        }
        Ok(())
    }

    fn plan(self, reference: Reference, prefix: &[u8]) -> Plan {
        Plan {
            mode: self.mode(),
            text: TextPlan {
                quiet: self.quiet,
                brief: self.brief,
                state: self.state,
                extensions: self.tlsextdebug,
                reference,
                prefix: if reference < Reference::V4_0 { prefix.to_vec() } else { Vec::new() },
            },
            naccept: self.naccept.and_then(|n| u64::try_from(n).ok()).and_then(NonZeroU64::new),
            nbio: self.nbio,
            nbio_test: self.nbio_test,
            ign_eof: self.ign_eof,
            jobs: self.jobs.and_then(|n| usize::try_from(n).ok()),
            writerand: self.writerand.clone(),
            recording: self.recording(),
            shown_argv: [PROGRAM.to_vec()].into_iter().chain(self.shown.iter().cloned()).collect(),
            listen: self.listen(),
            fast_open: self.tfo,
            tls: self.tls(reference),
        }
    }

    fn recording(&self) -> Option<Recording> {
        let write = self.record.clone().map(Recording::Write);
        let replay = self.replay.clone().map(Recording::Replay);
        write.or(replay).or(self.replay_show.clone().map(Recording::Show))
    }

    /// `-rev` wins over the web modes, of which the last one counts.
    fn mode(&self) -> Mode {
        let binary = self.http_server_binmode;
        match self.web {
            _ if self.rev => Mode::Rev,
            _ if self.echo => Mode::Echo,
            Some(Web::Status) => Mode::Status,
            Some(Web::Files) => Mode::Files { heads_in_files: false, binary },
            Some(Web::FilesWithHeaders) => Mode::Files { heads_in_files: true, binary },
            None => Mode::Interactive { crlf: self.crlf },
        }
    }

    fn listen(&self) -> Listen {
        match &self.unix_path {
            Some(path) => Listen::Unix { path: path.clone(), unlink: self.unlink },
            None => {
                let any = || TcpAddress { host: None, service: Some(DEFAULT_SERVICE.into()) };
                let TcpAddress { host, service } = self.address.clone().unwrap_or_else(any);
                Listen::Tcp { host, service, family: self.family }
            }
        }
    }

    fn tls(self, reference: Reference) -> TlsPlan {
        TlsPlan {
            identity: self.identity(),
            second: self.second(),
            extra: self.excerts.iter().filter_map(ExtraCertificate::files).collect(),
            servername: self.server_name(),
            sessions: self.sessions(),
            protocols: Protocols {
                alpn: self.alpn.as_deref().map(protocols::split).unwrap_or_default(),
                npn: self.nextprotoneg.as_deref().map(protocols::split).unwrap_or_default(),
            },
            records: self.records(),
            raw_keys: self.raw_keys(),
            ech: self.ech(),
            compress_certificates: self.cert_comp,
            client_auth: self.client_auth_in(reference),
            version: self.version,
            conf: self.conf,
            dh: match self.dhparam {
                _ if self.no_dhe => Dh::Off,
                Some(file) => Dh::File(file),
                None => Dh::Search,
            },
            trust: Trust {
                file: self.ca_file,
                path: self.ca_path,
                store: self.ca_store,
                no_file: self.no_ca_file,
                no_path: self.no_ca_path,
                no_store: self.no_ca_store,
            },
            pass: self.pass,
            second_pass: self.dpass,
            serverinfo: self.serverinfo,
            chain_trust: Stores { file: self.chain_ca_file, path: self.chain_ca_path, store: self.chain_ca_store },
            verify_trust: Stores { file: self.verify_ca_file, path: self.verify_ca_path, store: self.verify_ca_store },
            crl: self.crl.map(|file| (file, self.crl_form)),
            crl_download: self.crl_download,
            verify_params: self.verify_params,
            no_ca_names: self.no_ca_names,
            verify_depth: self.verify_depth.unwrap_or(-1),
            verify_return_error: self.verify_return_error,
            verify_quiet: self.verify_quiet,
            nameopt: self.nameopt,
            no_cache: self.no_cache,
            ignore_unexpected_eof: self.ignore_unexpected_eof,
            section: self.ssl_config,
            status_files: self.status_files,
            properties: self.propquery,
            security_debug: self.security_debug,
        }
    }

    fn sessions(&self) -> Sessions {
        let length = self.keymatexportlen.and_then(|n| usize::try_from(n).ok()).unwrap_or(EXPORT_LENGTH);
        Sessions {
            external_cache: self.ext_cache && !self.no_cache,
            no_resume_ephemeral: self.no_resume_ephemeral,
            context: self.context.clone(),
            id_prefix: self.id_prefix.clone(),
            export: self.keymatexport.clone().map(|label| Export { label, length }),
            key_log: self.keylogfile.clone(),
        }
    }

    fn records(&self) -> Records {
        let size = |typed: Option<i32>| typed.and_then(|n| usize::try_from(n).ok());
        Records {
            max_fragment: size(self.max_send_frag),
            split_fragment: size(self.split_send_frag),
            pipelines: size(self.max_pipelines),
            read_buffer: size(self.read_buf),
        }
    }

    fn raw_keys(&self) -> RawKeys {
        RawKeys { server: self.enable_server_rpk, client: self.enable_client_rpk, expected: self.expected_rpks.clone() }
    }

    fn ech(&self) -> Ech {
        Ech {
            key: self.ech_key.clone(),
            folder: self.ech_dir.clone(),
            hidden_folder: self.ech_noretry_dir.clone(),
            try_all: self.ech_trialdecrypt,
            grease: self.ech_greaseretries,
        }
    }

    /// Since 4.0 `-verify_return_error` asks for a certificate by itself.
    fn client_auth_in(&self, reference: Reference) -> ClientAuth {
        match self.client_auth {
            ClientAuth::Off if self.verify_return_error && reference >= Reference::V4_0 => ClientAuth::Request,
            asked => asked,
        }
    }

    fn identity(&self) -> Option<Identity> {
        if self.nocert {
            return None;
        }
        if self.selfsigned || self.selfsigned_names.is_some() {
            let names = self.selfsigned_names.as_deref().map(|list| list.split(|&b| b == b',').map(<[u8]>::to_vec));
            return Some(Identity::SelfSigned { names: names.into_iter().flatten().collect() });
        }
        let files = CertificateFiles {
            cert: self.cert.clone().unwrap_or_else(|| DEFAULT_CERT.into()),
            cert_format: self.certform,
            key: self.key.clone(),
            key_format: self.keyform,
            chain: self.cert_chain.clone(),
            build_chain: self.build_chain,
        };
        Some(Identity::Loaded { files, cert_is_default: self.cert.is_none() })
    }

    /// `-dcert`; without it the options about it mean nothing.
    fn second(&self) -> Option<CertificateFiles> {
        let cert = self.dcert.clone()?;
        Some(CertificateFiles {
            cert,
            cert_format: self.dcertform,
            key: self.dkey.clone(),
            key_format: self.dkeyform,
            chain: self.dcert_chain.clone(),
            build_chain: self.build_chain,
        })
    }

    /// `-servername`, which `-nocert` turns off. Formats are those of the first certificate.
    fn server_name(&self) -> Option<ServerName> {
        let name = self.servername.clone().filter(|_| !self.nocert)?;
        let files = CertificateFiles {
            cert: self.cert2.clone().unwrap_or_else(|| DEFAULT_CERT2.into()),
            cert_format: self.certform,
            key: self.key2.clone(),
            key_format: self.keyform,
            chain: None,
            build_chain: self.build_chain,
        };
        Some(ServerName { name, fatal: self.servername_fatal, files })
    }
}

impl ExtraCertificate {
    /// One that has a certificate.
    fn files(&self) -> Option<CertificateFiles> {
        Some(CertificateFiles {
            cert: self.cert.clone()?,
            cert_format: self.cert_format,
            key: self.key.clone(),
            key_format: self.key_format,
            chain: self.chain.clone(),
            build_chain: self.build_chain,
        })
    }
}

/// The file of `-cert` where none is given. Corresponds to `TEST_CERT`.
const DEFAULT_CERT: &[u8] = b"server.pem";

/// The file of `-cert2` where none is given. Corresponds to `TEST_CERT2`.
const DEFAULT_CERT2: &[u8] = b"server2.pem";

/// The service of `-port` and `-accept` where none is given. Corresponds to `PORT`.
const DEFAULT_SERVICE: &[u8] = b"4433";

/// Bytes of keying material where `-keymatexportlen` says nothing.
const EXPORT_LENGTH: usize = 20;

/// Options about recordings: one of them at most.
const RECORDINGS: &[&str] = &["record", "replay", "replay_show"];

/// The program's name in texts, whatever its file is called.
const PROGRAM: &[u8] = b"s_server";

/// Why a row at [`Stage::Later`] is refused.
const NOT_YET: &str = "not available in this build yet";

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;
    use crate::options::plan::{Family, Format};
    use crate::options::testing::{BUNDLED, DEBIAN, TestWorld, read};

    fn plan(line: &str, build: &Build) -> Result<Plan, OptionError> {
        read(line, build).0.and_then(|options| options.into_plan(build, &mut TestWorld::default(), b""))
    }

    fn says(line: &str, build: &Build) -> String {
        let (options, mut notes) = read(line, build);
        let mut world = TestWorld::default();
        let error = options.and_then(|options| options.into_plan(build, &mut world, b"")).expect_err(line);
        assert_eq!(error.status, 1, "{line}");
        notes += &String::from_utf8_lossy(&world.notes);
        notes + &String::from_utf8_lossy(&error.text)
    }

    #[test]
    fn nothing_typed_is_the_originals_default() {
        let plan = plan("", &DEBIAN).unwrap();
        assert_eq!(plan.listen, Listen::Tcp { host: None, service: Some(b"4433".to_vec()), family: Family::Any });
        assert_eq!(plan.mode, Mode::Interactive { crlf: false });
        assert_eq!(plan.tls.verify_depth, -1);
        assert_eq!(plan.shown_argv, [b"s_server"]);
        let files = CertificateFiles { cert: b"server.pem".to_vec(), ..CertificateFiles::default() };
        assert_eq!(plan.tls.identity, Some(Identity::Loaded { files, cert_is_default: true }));
    }

    #[test]
    fn the_last_address_counts() {
        let tcp = |host: Option<&[u8]>, service: &[u8], family| Listen::Tcp {
            host: host.map(Vec::from),
            service: Some(service.into()),
            family,
        };
        for (line, listen) in [
            ("-unix s -accept [::1]:5", tcp(Some(b"::1"), b"5", Family::Any)),
            ("-accept h:5 -port 6 -4", tcp(None, b"6", Family::V4)),
            ("-4 -accept h:5 -unix s", Listen::Unix { path: b"s".to_vec(), unlink: false }),
            ("-unlink -unix s", Listen::Unix { path: b"s".to_vec(), unlink: true }),
            ("-4 -unix s -port 5", tcp(None, b"5", Family::Any)),
            ("-accept h:5 -unix s -6", tcp(None, b"4433", Family::V6)),
            ("-accept h:", Listen::Tcp { host: Some(b"h".to_vec()), service: None, family: Family::Any }),
        ] {
            assert_eq!(plan(line, &DEBIAN).unwrap().listen, listen, "{line}");
        }
    }

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
        assert_eq!(says("-early_data -www", &BUNDLED), "s_server: -early_data: not available in this build yet\n");
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
            ("-psk 00 -verify 3", DEBIAN, "verify depth is 3\ns_server: -psk: not available in this build yet\n"),
            ("-www -async -psk 00", DEBIAN, "s_server: -async: not available in this build yet\n"),
            ("-dtls", DEBIAN, "s_server: -dtls: not available in this build yet\n"),
            (
                "-engine x",
                BUNDLED,
                "s_server: -engine: the linked OpenSSL has no engines; a build against a system's OpenSSL 3 has them\n",
            ),
            ("-dtls -sctp", DEBIAN, "s_server: -dtls: not available in this build yet\n"),
            (
                "-sctp -dtls",
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
        let recording = |line| plan(line, &DEBIAN).unwrap().recording;
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
    fn certificates_are_put_together_from_their_options() {
        let tls = |line| plan(line, &DEBIAN).unwrap().tls;
        let files = |cert: &str, key: Option<&str>| CertificateFiles {
            cert: cert.as_bytes().to_vec(),
            key: key.map(|key| key.as_bytes().to_vec()),
            ..CertificateFiles::default()
        };
        let second = CertificateFiles { chain: Some(b"c".to_vec()), build_chain: true, ..files("a", Some("b")) };
        assert_eq!(tls("-dkey b -dcert a -dcert_chain c -build_chain").second, Some(second));
        assert_eq!(tls("-dkey b -dcert_chain c").second, None);

        let der = |files| CertificateFiles { cert_format: Some(Format::Der), ..files };
        let extra = [der(files("a", Some("b"))), der(files("c", None))];
        assert_eq!(tls("-xkey b -xcertform DER -xcert a -xcert c").extra, extra);
        assert_eq!(tls("-xkey b").extra, []);

        let named = |fatal, files| Some(ServerName { name: b"n".to_vec(), fatal, files });
        assert_eq!(tls("-servername n").servername, named(false, files("server2.pem", None)));
        let keyed = CertificateFiles { key_format: Some(Format::Der), ..der(files("a", Some("b"))) };
        let line = "-servername n -cert2 a -key2 b -servername_fatal -certform DER -keyform DER";
        assert_eq!(tls(line).servername, named(true, keyed));
        assert_eq!(tls("-servername n -nocert").servername, None);
        assert_eq!(tls("-cert2 a -key2 b").servername, None);
    }

    #[test]
    fn parameters_of_verification_keep_their_order() {
        let tls =
            plan("-crl_check -purpose any -verify_depth 0x3 -crl_check -CRL x -CRLform DER", &DEBIAN).unwrap().tls;
        let depth = Some(b"3".to_vec());
        let purpose = Some(b"any".to_vec());
        let params = [("crl_check", None), ("purpose", purpose), ("verify_depth", depth), ("crl_check", None)];
        assert_eq!(tls.verify_params, params);
        assert_eq!(tls.crl, Some((b"x".to_vec(), Some(Format::Der))));
    }

    #[test]
    fn only_fetching_lists_for_clients_blocks() {
        let blocks = |line| plan(line, &DEBIAN).unwrap().blocks();
        assert!(blocks("-www -Verify 1 -verifyCAfile x -crl_download"));
        assert!(!blocks("-www -Verify 1 -verifyCAfile x"));
        assert!(!blocks("-www -Verify 1 -CAfile x -crl_download"));
        assert!(!blocks("-www -verifyCAfile x -crl_download"));
    }

    #[test]
    fn the_last_web_mode_counts_and_rev_wins() {
        let mode = |line| plan(line, &DEBIAN).unwrap().mode;
        assert_eq!(mode("-WWW -www"), Mode::Status);
        assert_eq!(mode("-www -WWW"), Mode::Files { heads_in_files: false, binary: false });
        assert_eq!(mode("-HTTP -http_server_binmode"), Mode::Files { heads_in_files: true, binary: true });
        assert_eq!(mode("-rev -www"), Mode::Rev);
        assert_eq!(mode("-echo"), Mode::Echo);
    }

    #[test]
    fn sessions_and_records_are_as_typed() {
        let tls = |line| plan(line, &DEBIAN).unwrap().tls;
        assert_eq!((tls("").sessions, tls("").records, tls("").protocols), Default::default());
        let sessions = tls("-ext_cache -no_resume_ephemeral -context c -id_prefix p -keylogfile k").sessions;
        assert_eq!(
            sessions,
            Sessions {
                external_cache: true,
                no_resume_ephemeral: true,
                context: Some(b"c".to_vec()),
                id_prefix: Some(b"p".to_vec()),
                export: None,
                key_log: Some(b"k".to_vec()),
            }
        );
        assert!(!tls("-ext_cache -no_cache").sessions.external_cache);
        let export = |line| tls(line).sessions.export;
        assert_eq!(export("-keymatexport l"), Some(Export { label: b"l".to_vec(), length: 20 }));
        assert_eq!(export("-keymatexportlen 7 -keymatexport l"), Some(Export { label: b"l".to_vec(), length: 7 }));
        assert_eq!(export("-keymatexportlen 7"), None);
        let sizes = tls("-max_send_frag 512 -split_send_frag 0x10 -max_pipelines 2 -read_buf 4096").records;
        let numbers = [sizes.max_fragment, sizes.split_fragment, sizes.pipelines, sizes.read_buffer];
        assert_eq!(numbers, [Some(512), Some(16), Some(2), Some(4096)]);
        let protocols = tls("-alpn h2,http/1.1 -nextprotoneg a").protocols;
        assert_eq!(
            (protocols.alpn, protocols.npn),
            (std::vec![b"h2".to_vec(), b"http/1.1".to_vec()], std::vec![b"a".to_vec()])
        );
        let library = tls("-ssl_config s -propquery q -security_debug -security_debug_verbose");
        assert_eq!((library.section, library.properties), (Some(b"s".to_vec()), Some(b"q".to_vec())));
        assert_eq!(library.security_debug, Some(crate::options::SecurityDebug::All));
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

    #[test]
    fn what_is_traced_is_served_one_by_one() {
        use crate::options::plan::Concurrency;
        let concurrency = |line: &str| plan(&["-www ", line].concat(), &DEBIAN).unwrap().concurrency(4);
        for line in ["-state", "-nbio_test", "-tlsextdebug", "-security_debug", "-security_debug_verbose"] {
            assert_eq!(concurrency(line), Concurrency::Serial, "{line}");
        }
        for line in ["", "-ext_cache", "-alpn h2", "-keylogfile k"] {
            assert_eq!(concurrency(line), Concurrency::Workers(4), "{line}");
        }
    }

    #[test]
    fn implied_settings_follow_the_original() {
        let brief = plan("-brief", &DEBIAN).unwrap();
        assert!(brief.text.quiet && brief.text.brief && brief.tls.verify_quiet);
        let throttled = plan("-nbio_test", &DEBIAN).unwrap();
        assert!(throttled.nbio && throttled.nbio_test);
        assert!(!plan("-quiet", &DEBIAN).unwrap().ign_eof);
        assert!(!plan("-ign_eof -no_ign_eof", &DEBIAN).unwrap().ign_eof);
        assert!(plan("-no_ign_eof -ign_eof", &DEBIAN).unwrap().ign_eof);
        assert_eq!(plan("-nameopt utf8 -nameopt dn_rev", &DEBIAN).unwrap().tls.nameopt.unwrap(), b"utf8,dn_rev");
        assert_eq!(plan("-dhparam x -no_dhe", &DEBIAN).unwrap().tls.dh, Dh::Off);
        assert_eq!(plan("-Verify 1 -verify 2", &DEBIAN).unwrap().tls.client_auth, ClientAuth::Request);
        assert_eq!(plan("-tls1_2 -psk_identity x", &DEBIAN).unwrap().tls.version, Some(0x0303));
    }
}
