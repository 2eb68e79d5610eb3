//! From what was typed to what it means.
//!
//! Corresponds to the part of `s_server_main` between its options and its first file, in the same order.
use alloc::sync::Arc;
use alloc::vec::Vec;
use core::num::NonZeroU64;

use super::plan::{Datagrams, Mode, Plan, Reference, TextPlan};
use super::run::{DEFAULT_SERVICE, Listen, Recording, RunPlan};
use super::{Build, OptionError, Options, TcpAddress, Web, World};

mod checks;
mod identity;
mod tls;

impl Options {
    /// Loads `-rand`, checks the options against each other, refuses what this build cannot do, and says what is left.
    ///
    /// `prefix` is the value of `HARNESS_OSSL_PREFIX`, empty without it; 4.0 knows it no more. An error ends the run.
    pub fn into_plan(self, build: &Build, world: &mut dyn World, prefix: &[u8]) -> Result<RunPlan, OptionError> {
        match self.check(build, world) {
            Ok(()) => Ok(self.run_plan(build.reference, prefix)),
            Err(error) => Err(OptionError { writerand: self.writerand, ..error }),
        }
    }

    fn check(&self, build: &Build, world: &mut dyn World) -> Result<(), OptionError> {
        self.seed_random(world)?;
        self.check_combinations(build.reference)?;
        self.check_sendfile(build.reference, world)?;
        self.check_selfsigned()?;
        self.check_recording()?;
        self.refuse(build, world)
    }

    /// Tries all lists even when one fails. Corresponds to `app_RAND_load`.
    fn seed_random(&self, world: &mut dyn World) -> Result<(), OptionError> {
        let errors: Vec<_> = self.rand.iter().filter_map(|list| world.seed_random(list).err()).collect();
        if errors.is_empty() { Ok(()) } else { Err(OptionError::new(&[&errors.concat()])) }
    }

    fn run_plan(self, reference: Reference, prefix: &[u8]) -> RunPlan {
        RunPlan {
            listen: self.listen(),
            fast_open: self.tfo,
            naccept: self.naccept.and_then(|n| u64::try_from(n).ok()).and_then(NonZeroU64::new),
            jobs: self.jobs.and_then(|n| usize::try_from(n).ok()),
            writerand: self.writerand.clone(),
            recording: self.recording(),
            connection: Arc::new(self.plan(reference, prefix)),
        }
    }

    fn plan(self, reference: Reference, prefix: &[u8]) -> Plan {
        Plan {
            mode: self.mode(),
            text: TextPlan {
                quiet: self.quiet,
                brief: self.brief,
                state: self.state,
                extensions: self.tlsextdebug,
                messages: self.messages,
                message_file: self.msg_file.clone(),
                debug: self.debug,
                reference,
                prefix: if reference < Reference::V4_0 { prefix.to_vec() } else { Vec::new() },
            },
            nbio: self.nbio,
            nbio_test: self.nbio_test,
            ign_eof: self.ign_eof,
            datagrams: self.datagrams.then(|| Datagrams {
                mtu: self.mtu.and_then(|mtu| u32::try_from(mtu).ok()),
                timeouts: self.dtls_timeout,
                listen: self.dtls_listen,
            }),
            shown_argv: [PROGRAM.to_vec()].into_iter().chain(self.shown.iter().cloned()).collect(),
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
                let family = self.family;
                match self.datagrams {
                    true => Listen::Udp { host, service, family },
                    false => Listen::Tcp { host, service, family },
                }
            }
        }
    }
}

/// The program's name in texts, whatever its file is called.
const PROGRAM: &[u8] = b"s_server";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::plan::{CertificateFiles, ClientAuth, Dh, Identity, Messages};
    use crate::options::run::Family;
    use crate::options::testing::{DEBIAN, plan, run_plan};
    use crate::verify::Tolerance;

    #[test]
    fn nothing_typed_is_the_originals_default() {
        let run = run_plan("", &DEBIAN).unwrap();
        assert_eq!(run.listen, Listen::Tcp { host: None, service: Some(b"4433".to_vec()), family: Family::Any });
        let plan = run.connection;
        assert_eq!(plan.mode, Mode::Interactive { crlf: false });
        assert_eq!(plan.tls.tolerance, Tolerance { depth: -1, strict: false });
        assert_eq!(plan.shown_argv, [b"s_server"]);
        let files = CertificateFiles { cert: b"server.pem".to_vec(), ..CertificateFiles::default() };
        assert_eq!(plan.tls.identity, Some(Identity::Loaded { files, cert_is_default: true }));
    }

    #[test]
    fn the_default_plan_is_that_of_no_options_and_no_certificate() {
        let run = run_plan("-nocert", &DEBIAN).unwrap();
        let connection = Plan { shown_argv: Vec::new(), ..Plan::clone(&run.connection) };
        assert_eq!(RunPlan { connection: Arc::new(connection), ..run }, RunPlan::default());
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
            assert_eq!(run_plan(line, &DEBIAN).unwrap().listen, listen, "{line}");
        }
    }

    #[test]
    fn only_fetching_lists_for_clients_asking_responders_and_jobs_block() {
        let blocks = |line| plan(line, &DEBIAN).unwrap().blocks();
        assert!(blocks("-www -Verify 1 -verifyCAfile x -crl_download"));
        assert!(!blocks("-www -Verify 1 -verifyCAfile x"));
        assert!(blocks("-www -Verify 1 -CAfile x -crl_download"));
        assert!(blocks("-rev -verify 1 -crl_download"));
        assert!(blocks("-www -crl_download"));
        assert!(blocks("-rev -async"));
        assert!(!blocks("-rev -verifyCAfile x -crl_download"));
        assert!(blocks("-www -status") && blocks("-rev -status_url x"));
        assert!(!blocks("-www -status_file x -status_url x") && !blocks("-www -proxy x"));
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
    fn what_is_traced_is_served_one_by_one() {
        use crate::options::run::Concurrency;
        let concurrency = |line: &str| run_plan(&["-www ", line].concat(), &DEBIAN).unwrap().concurrency(4);
        for line in [
            "-state",
            "-nbio_test",
            "-tlsextdebug",
            "-security_debug",
            "-security_debug_verbose",
            "-msg",
            "-trace",
            "-debug",
        ] {
            assert_eq!(concurrency(line), Concurrency::Serial, "{line}");
        }
        for line in ["", "-ext_cache", "-alpn h2", "-keylogfile k", "-msgfile m"] {
            assert_eq!(concurrency(line), Concurrency::Workers(4), "{line}");
        }
    }

    #[test]
    fn the_last_of_msg_and_trace_counts() {
        let messages = |line| plan(line, &DEBIAN).unwrap().text.messages;
        assert_eq!(messages("-msg -trace"), Some(Messages::Decoded));
        assert_eq!(messages("-trace -msg"), Some(Messages::Hex));
        assert_eq!(messages("-msgfile m"), None);
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
