//! What the TLS context is made from.
use crate::options::plan::{
    CertificateStatus, ClientAuth, Dh, EarlyDataPlan, Ech, Export, Mode, PreSharedKey, Protocols, RawKeyPlan, Records,
    Reference, Sessions, Srp, Stores, TlsPlan, Trust,
};
use crate::options::{ExtraCertificate, NameFormat, Options, protocols};
use crate::verify::Tolerance;

impl Options {
    pub(super) fn tls(self, reference: Reference) -> TlsPlan {
        let early_data = self.early_data();
        let stateless = self.stateless && matches!(self.mode(), Mode::Interactive { .. });
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
            status: self.status.then(|| self.certificate_status(reference)),
            ech: self.ech(),
            name_format: self.name_format(reference),
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
            asynchronous: self.asynchronous,
            verify_params: self.verify_params,
            no_ca_names: self.no_ca_names,
            tolerance: Tolerance { depth: self.verify_depth.unwrap_or(-1), strict: self.verify_return_error },
            verify_quiet: self.verify_quiet,
            nameopt: self.nameopt,
            no_cache: self.no_cache,
            ignore_unexpected_eof: self.ignore_unexpected_eof,
            section: self.ssl_config,
            properties: self.propquery,
            security_debug: self.security_debug,
            psk: PreSharedKey {
                key: self.psk,
                identity: self.psk_identity,
                hint: self.psk_hint,
                session: self.psk_session,
                list: self.psk_list,
            },
            srp: Srp { verifiers: self.srpvfile, seed: self.srpuserseed },
            early_data,
            stateless,
            srtp: self.use_srtp,
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

    /// Numbers below zero were refused when they were read.
    fn early_data(&self) -> EarlyDataPlan {
        let size = |typed: Option<i32>| typed.and_then(|n| u32::try_from(n).ok());
        let by_default = if self.early_data { EARLY_DATA } else { 0 };
        EarlyDataPlan {
            read: self.early_data,
            announced: size(self.max_early_data).unwrap_or(by_default),
            limit: size(self.recv_max_early_data),
        }
    }

    fn raw_keys(&self) -> RawKeyPlan {
        RawKeyPlan {
            server: self.enable_server_rpk,
            client: self.enable_client_rpk,
            expected: self.expected_rpks.clone(),
        }
    }

    fn certificate_status(&self, reference: Reference) -> CertificateStatus {
        let left_out = if reference >= Reference::V3_6 { 0 } else { self.status_files.len().saturating_sub(1) };
        CertificateStatus {
            files: self.status_files[left_out..].to_vec(),
            url: self.status_url.clone(),
            timeout: self.status_timeout,
            proxy: self.proxy.clone(),
            no_proxy: self.no_proxy.clone(),
            whole_chain: self.status_all,
            verbose: self.status_verbose,
        }
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

    /// The words were looked at when they were read.
    fn name_format(&self, reference: Reference) -> NameFormat {
        let chosen = self.nameopt.as_deref().map(|list| NameFormat::parse(list).unwrap_or_default());
        chosen.unwrap_or_else(|| NameFormat::of_release(reference))
    }

    /// Since 4.0 `-verify_return_error` asks for a certificate by itself. With `-srpvfile` nobody is asked for one.
    fn client_auth_in(&self, reference: Reference) -> ClientAuth {
        match self.client_auth {
            _ if self.srpvfile.is_some() => ClientAuth::Off,
            ClientAuth::Off if self.verify_return_error && reference >= Reference::V4_0 => ClientAuth::Request,
            asked => asked,
        }
    }
}

/// Bytes of early data that tickets allow with `-early_data` alone: `SSL3_RT_MAX_PLAIN_LENGTH`.
const EARLY_DATA: u32 = 16_384;

/// Bytes of keying material where `-keymatexportlen` says nothing.
const EXPORT_LENGTH: usize = 20;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::plan::Format;
    use crate::options::testing::{BUNDLED, DEBIAN, plan};

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
    fn tickets_allow_early_data_where_it_is_read_or_as_typed() {
        let early = |line| {
            let EarlyDataPlan { read, announced, limit } = plan(line, &DEBIAN).unwrap().tls.early_data;
            (read, announced, limit)
        };
        assert_eq!(early(""), (false, 0, None));
        assert_eq!(early("-early_data"), (true, 16_384, None));
        assert_eq!(early("-early_data -max_early_data 0"), (true, 0, None));
        assert_eq!(early("-max_early_data 0x10 -recv_max_early_data 7"), (false, 16, Some(7)));
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
    fn with_verifiers_of_users_nobody_is_asked_for_a_certificate() {
        let tls = |line| plan(line, &DEBIAN).unwrap().tls;
        let word = |word: &str| Some(word.as_bytes().to_vec());
        let with = tls("-Verify 2 -srpvfile v -srpuserseed s");
        assert_eq!(with.client_auth, ClientAuth::Off);
        assert_eq!(with.srp, Srp { verifiers: word("v"), seed: word("s") });
        let seeded = tls("-Verify 2 -srpuserseed s");
        assert_eq!(seeded.client_auth, ClientAuth::Require);
        assert!(seeded.srp.is_named() && !tls("").srp.is_named());
    }

    #[test]
    fn the_status_is_answered_as_typed_and_of_several_files_the_last_counts_before_3_6() {
        let status = |line, build| plan(line, build).unwrap().tls.status;
        assert_eq!(status("-proxy p -no_proxy n", &DEBIAN), None);
        assert_eq!(status("-status", &DEBIAN), Some(CertificateStatus::default()));
        let line = "-status_file a -status_file b -status_url u -status_timeout 7 -status_verbose -proxy p -no_proxy n";
        let word = |word: &str| Some(word.as_bytes().to_vec());
        let expected = CertificateStatus {
            files: std::vec![b"b".to_vec()],
            url: word("u"),
            timeout: Some(7),
            proxy: word("p"),
            no_proxy: word("n"),
            whole_chain: false,
            verbose: true,
        };
        assert_eq!(status(line, &DEBIAN), Some(expected));
        assert_eq!(status(line, &BUNDLED).unwrap().files, [b"a", b"b"]);
        let whole = |line| status(line, &BUNDLED).unwrap().whole_chain;
        assert!(whole("-status_all") && whole("-status -status_all") && !whole("-status_all -status"));
    }
}
