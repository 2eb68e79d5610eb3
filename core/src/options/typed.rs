//! What was typed: one field per thing that can be said, and the setters that do more than set one.
use alloc::format;
use alloc::vec::Vec;

use super::address;
use super::plan::{ClientAuth, Format, Messages, SecurityDebug};
use super::run::Family;

/// A word of the command line, or a part of one.
pub type Word = Vec<u8>;

/// What was typed. Every field has its option at the end of its line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// The options in the order of the command line, as their names in the table.
    pub used: Vec<&'static str>,
    /// The words as a page may show them: secrets are replaced by `(hidden)`.
    pub shown: Vec<Word>,
    /// What setters have to say; the parser prints it after each option.
    pub(super) notes: Vec<u8>,
    /// Section of the configuration file to apply. `-ssl_config`.
    pub ssl_config: Option<Word>,
    /// Engine to load. `-engine`.
    pub engine: Option<Word>,
    /// Protocol messages to print; the last of the two options counts. `-msg`, `-trace`.
    pub messages: Option<Messages>,
    /// Address to listen on; `None` is port 4433 on any address. `-port`, `-accept`.
    pub address: Option<TcpAddress>,
    /// Unix socket to listen on, instead of an address. `-unix`.
    pub unix_path: Option<Word>,
    /// Address family. `-4`, `-6`.
    pub family: Family,
    /// Remove what is at the path of `-unix` first. `-unlink`.
    pub unlink: bool,
    /// Listen with TCP Fast Open. `-tfo`.
    pub tfo: bool,
    /// Session id context. `-context`.
    pub context: Option<Word>,
    /// Trusted certificates. `-CAfile`.
    pub ca_file: Option<Word>,
    /// Directory of trusted certificates. `-CApath`.
    pub ca_path: Option<Word>,
    /// Store of trusted certificates. `-CAstore`.
    pub ca_store: Option<Word>,
    /// Not the default file of trusted certificates. `-no-CAfile`.
    pub no_ca_file: bool,
    /// Not the default directory of trusted certificates. `-no-CApath`.
    pub no_ca_path: bool,
    /// Not the default store of trusted certificates. `-no-CAstore`.
    pub no_ca_store: bool,
    /// No certificate and no key. `-nocert`.
    pub nocert: bool,
    /// Certificate requests; the last of the two options counts. `-verify`, `-Verify`.
    pub client_auth: ClientAuth,
    /// Errors deeper than this are not tolerated; `None` and -1 are no limit. `-verify`, `-Verify`.
    pub verify_depth: Option<i32>,
    /// How names are printed. `-nameopt`.
    pub nameopt: Option<Word>,
    /// Certificate; `None` is `server.pem`. `-cert`.
    pub cert: Option<Word>,
    /// Certificate for `-servername`; `None` is `server2.pem`. `-cert2`.
    pub cert2: Option<Word>,
    /// Format of the certificate; `None` is found out. `-certform`.
    pub certform: Option<Format>,
    /// Certificates to send after the own one. `-cert_chain`.
    pub cert_chain: Option<Word>,
    /// Build the chain at the start. `-build_chain`.
    pub build_chain: bool,
    /// Extensions to send. `-serverinfo`.
    pub serverinfo: Option<Word>,
    /// Key; `None` is in the file of the certificate. `-key`.
    pub key: Option<Word>,
    /// Key for `-cert2`; `None` is in its file. `-key2`.
    pub key2: Option<Word>,
    /// Format of the key; `None` is found out. `-keyform`.
    pub keyform: Option<Format>,
    /// Where the pass phrase of `-key` and `-cert` comes from. `-pass`.
    pub pass: Option<Word>,
    /// Second certificate. `-dcert`.
    pub dcert: Option<Word>,
    /// Format of the second certificate. `-dcertform`.
    pub dcertform: Option<Format>,
    /// Certificates to send after the second one. `-dcert_chain`.
    pub dcert_chain: Option<Word>,
    /// Key for `-dcert`; `None` is in its file. `-dkey`.
    pub dkey: Option<Word>,
    /// Format of the second key. `-dkeyform`.
    pub dkeyform: Option<Format>,
    /// Where the pass phrase of `-dkey` and `-dcert` comes from. `-dpass`.
    pub dpass: Option<Word>,
    /// Diffie-Hellman parameters. `-dhparam`.
    pub dhparam: Option<Word>,
    /// Name that selects `-cert2`. `-servername`.
    pub servername: Option<Word>,
    /// Another name is a fatal alert. `-servername_fatal`.
    pub servername_fatal: bool,
    /// Cut reads and writes at random. `-nbio_test`.
    pub nbio_test: bool,
    /// LF of the operator becomes CR LF. `-crlf`.
    pub crlf: bool,
    /// No texts on standard output. `-quiet`, `-brief`.
    pub quiet: bool,
    /// No resumption of sessions with ephemeral keys. `-no_resume_ephemeral`.
    pub no_resume_ephemeral: bool,
    /// Answer requests; the last of the three options counts. `-www`, `-WWW`, `-HTTP`.
    pub web: Option<Web>,
    /// A missing close_notify is no error. `-ignore_unexpected_eof`.
    pub ignore_unexpected_eof: bool,
    /// Print the extensions of the ClientHello. `-tlsextdebug`.
    pub tlsextdebug: bool,
    /// Start of session ids. `-id_prefix`.
    pub id_prefix: Option<Word>,
    /// Label of keying material to export. `-keymatexport`.
    pub keymatexport: Option<Word>,
    /// Bytes of keying material; `None` is 20. `-keymatexportlen`.
    pub keymatexportlen: Option<i32>,
    /// Revocation list. `-CRL`.
    pub crl: Option<Word>,
    /// Format of the revocation list. `-CRLform`.
    pub crl_form: Option<Format>,
    /// Fetch revocation lists. `-crl_download`.
    pub crl_download: bool,
    /// Certificates that the own chain is built from. `-chainCAfile`.
    pub chain_ca_file: Option<Word>,
    /// Directory of them. `-chainCApath`.
    pub chain_ca_path: Option<Word>,
    /// Store of them. `-chainCAstore`.
    pub chain_ca_store: Option<Word>,
    /// Certificates that clients are verified with. `-verifyCAfile`.
    pub verify_ca_file: Option<Word>,
    /// Directory of them. `-verifyCApath`.
    pub verify_ca_path: Option<Word>,
    /// Store of them. `-verifyCAstore`.
    pub verify_ca_store: Option<Word>,
    /// No session cache. `-no_cache`.
    pub no_cache: bool,
    /// A session cache outside the library. `-ext_cache`.
    pub ext_cache: bool,
    /// Verification errors end the handshake. `-verify_return_error`.
    pub verify_return_error: bool,
    /// Print only verification errors. `-verify_quiet`, `-brief`.
    pub verify_quiet: bool,
    /// Compress the certificates at the start. `-cert_comp`.
    pub cert_comp: bool,
    /// End of standard input never ends the server; the last of the two options counts. `-ign_eof`, `-no_ign_eof`.
    pub ign_eof: bool,
    /// Files with public keys of clients. `-expected-rpks`.
    pub expected_rpks: Vec<Word>,
    /// Answer requests for the certificate status. `-status` and its relatives, `-status_all`.
    pub status: bool,
    /// Answer them for the whole chain. `-status_all`.
    pub status_all: bool,
    /// Print how they are answered. `-status_verbose`.
    pub status_verbose: bool,
    /// Seconds that a responder may take; `None` is no limit. `-status_timeout`.
    pub status_timeout: Option<i32>,
    /// Responder for certificates that name none. `-status_url`.
    pub status_url: Option<Word>,
    /// Responses to send. `-status_file`.
    pub status_files: Vec<Word>,
    /// HTTP proxy to responders. `-proxy`.
    pub proxy: Option<Word>,
    /// Hosts to reach without it. `-no_proxy`.
    pub no_proxy: Option<Word>,
    /// Decisions of the security level to print. `-security_debug`, `-security_debug_verbose`.
    pub security_debug: Option<SecurityDebug>,
    /// A short summary of each connection. `-brief`.
    pub brief: bool,
    /// Send lines back reversed. `-rev`.
    pub rev: bool,
    /// Dump what passes the socket. `-debug`.
    pub debug: bool,
    /// File for `-msg` and `-trace`. `-msgfile`.
    pub msg_file: Option<Word>,
    /// Print handshake states and alerts. `-state`.
    pub state: bool,
    /// Asynchronous mode. `-async`.
    pub asynchronous: bool,
    /// Pipelines, 1 to 32. `-max_pipelines`.
    pub max_pipelines: Option<i32>,
    /// Connections to serve; `None` is without end. `-naccept`.
    pub naccept: Option<i32>,
    /// File that session secrets are appended to. `-keylogfile`.
    pub keylogfile: Option<Word>,
    /// Sockets do not block, which the texts show. `-nbio`, `-nbio_test`.
    pub nbio: bool,
    /// Timeouts on DTLS sockets. `-timeout`.
    pub dtls_timeout: bool,
    /// MTU of the DTLS link in bytes. `-mtu`.
    pub mtu: Option<i32>,
    /// Size of the read buffer in bytes. `-read_buf`.
    pub read_buf: Option<i32>,
    /// Size in bytes at which data is split for pipelines. `-split_send_frag`.
    pub split_send_frag: Option<i32>,
    /// Largest plaintext of a record, 512 to 16384 bytes. `-max_send_frag`.
    pub max_send_frag: Option<i32>,
    /// Identity to expect with `-psk`; `None` is `Client_identity`. `-psk_identity`.
    pub psk_identity: Option<Word>,
    /// Identity hint up to TLS 1.2. `-psk_hint`.
    pub psk_hint: Option<Word>,
    /// Pre-shared key in hexadecimal. `-psk`.
    pub psk: Option<Word>,
    /// Session file with a pre-shared key of TLS 1.3. `-psk_session`.
    pub psk_session: Option<Word>,
    /// File with pre-shared keys by identity. `-psk_list`.
    pub psk_list: Option<Word>,
    /// SRP verifiers. `-srpvfile`.
    pub srpvfile: Option<Word>,
    /// Seed for unknown SRP users. `-srpuserseed`.
    pub srpuserseed: Option<Word>,
    /// Bytes of early data that tickets allow. `-max_early_data`.
    pub max_early_data: Option<i32>,
    /// Bytes of early data that are accepted. `-recv_max_early_data`.
    pub recv_max_early_data: Option<i32>,
    /// Read early data. `-early_data`.
    pub early_data: bool,
    /// Open files in binary mode. `-http_server_binmode`.
    pub http_server_binmode: bool,
    /// Name no authorities in certificate requests. `-no_ca_names`.
    pub no_ca_names: bool,
    /// A cookie before the first handshake of TLS 1.3. `-stateless`.
    pub stateless: bool,
    /// The one protocol version, as its number (0x0303 is TLS 1.2). `-ssl3`, `-tls1` … `-tls1_3`, `-dtls1`, `-dtls1_2`.
    pub version: Option<u16>,
    /// DTLS. `-dtls`, `-dtls1`, `-dtls1_2`.
    pub datagrams: bool,
    /// A cookie before a DTLS connection. `-listen`.
    pub dtls_listen: bool,
    /// DTLS over SCTP. `-sctp`.
    pub sctp: bool,
    /// Old length of the SCTP label. `-sctp_label_bug`.
    pub sctp_label_bug: bool,
    /// SRTP profiles. `-use_srtp`.
    pub use_srtp: Option<Word>,
    /// No Diffie-Hellman parameters. `-no_dhe`.
    pub no_dhe: bool,
    /// Protocols for NPN. `-nextprotoneg`.
    pub nextprotoneg: Option<Word>,
    /// Protocols for ALPN. `-alpn`.
    pub alpn: Option<Word>,
    /// Encrypted Client Hello key. `-ech_key`.
    pub ech_key: Option<Word>,
    /// Directory of such keys, offered for a retry. `-ech_dir`.
    pub ech_dir: Option<Word>,
    /// Directory of such keys, not offered. `-ech_noretry_dir`.
    pub ech_noretry_dir: Option<Word>,
    /// Try all of them. `-ech_trialdecrypt`.
    pub ech_trialdecrypt: bool,
    /// Meaningless values among those offered. `-ech_greaseretries`.
    pub ech_greaseretries: bool,
    /// Kernel TLS. `-ktls`.
    pub ktls: bool,
    /// Files go to the socket through the kernel. `-sendfile`.
    pub sendfile: bool,
    /// Without a copy. `-zerocopy_sendfile`.
    pub zerocopy_sendfile: bool,
    /// The server may send a raw public key. `-enable_server_rpk`.
    pub enable_server_rpk: bool,
    /// The client may send a raw public key. `-enable_client_rpk`, `-expected-rpks`.
    pub enable_client_rpk: bool,
    /// Lists of files with random seed. `-rand`.
    pub rand: Vec<Word>,
    /// File that takes random seed at the end. `-writerand`.
    pub writerand: Option<Word>,
    /// Commands for `SSL_CONF_cmd`, in order: name with its dash, and value. The rows with [`Set::Conf`](super::row::Set::Conf).
    pub conf: Vec<(Word, Option<Word>)>,
    /// Verification parameters, in order: name without dash, and value. The rows with
    /// [`Set::Param`](super::row::Set::Param).
    pub verify_params: Vec<(&'static str, Option<Word>)>,
    /// Certificates that a callback chooses from. `-xcert` and its relatives.
    pub excerts: Vec<ExtraCertificate>,
    /// Where providers are found. `-provider-path`.
    pub provider_path: Option<Word>,
    /// Providers to load. `-provider`.
    pub providers: Vec<Word>,
    /// Parameters of providers. `-provparam`.
    pub provider_params: Vec<Word>,
    /// Properties of algorithms to fetch. `-propquery`.
    pub propquery: Option<Word>,
    /// Threads that serve `-www`; `None` is one per processor. `-jobs`.
    pub jobs: Option<i32>,
    /// Send back what arrives. `-echo`.
    pub echo: bool,
    /// File to write everything to. `-record`.
    pub record: Option<Word>,
    /// File to play. `-replay`.
    pub replay: Option<Word>,
    /// File to show. `-replay_show`.
    pub replay_show: Option<Word>,
    /// Make key and certificate at the start. `-selfsigned`.
    pub selfsigned: bool,
    /// Host names and addresses in it beside localhost, 127.0.0.1 and ::1. `-selfsigned_names`.
    pub selfsigned_names: Option<Word>,
}

/// A TCP address as it was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TcpAddress {
    /// Host name or address; `None` is any address.
    pub host: Option<Word>,
    /// Port or service name; `None` where `-accept` names none.
    pub service: Option<Word>,
}

/// What answers requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Web {
    /// A page about the connection. `-www`.
    Status,
    /// Files. `-WWW`.
    Files,
    /// Files that begin with their headers. `-HTTP`.
    FilesWithHeaders,
}

/// One certificate that a callback chooses from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ExtraCertificate {
    /// Certificate. `-xcert`.
    pub cert: Option<Word>,
    /// Key; `None` is in the certificate's file. `-xkey`.
    pub key: Option<Word>,
    /// Certificates to send after it. `-xchain`.
    pub chain: Option<Word>,
    /// Build the chain. `-xchain_build`.
    pub build_chain: bool,
    /// Format of the certificate. `-xcertform`.
    pub cert_format: Option<Format>,
    /// Format of the key. `-xkeyform`.
    pub key_format: Option<Format>,
}

impl Options {
    /// `-port`: any address.
    pub(super) fn listen_on_port(&mut self, port: i32) {
        self.unix_path = None;
        self.address = Some(TcpAddress { host: None, service: Some(format!("{port}").into_bytes()) });
    }

    /// `-accept`, whose form [`check::address`](super::check::address) has looked at.
    pub(super) fn listen_on_address(&mut self, text: &[u8]) {
        self.unix_path = None;
        self.address = address::split(text).map(|typed| TcpAddress {
            host: typed.host.map(<[u8]>::to_vec),
            service: typed.service.map(<[u8]>::to_vec),
        });
    }

    /// `-nameopt`: each adds to those before it, as if they stood in one list.
    pub(super) fn add_name_options(&mut self, list: &[u8]) {
        match &mut self.nameopt {
            Some(all) => all.extend([b",", list].concat()),
            none => *none = Some(list.into()),
        }
    }

    /// `-unix`: forgets address and family.
    pub(super) fn listen_on_path(&mut self, path: &[u8]) {
        (self.address, self.family) = (None, Family::Any);
        self.unix_path = Some(path.into());
    }

    /// `-4`, `-6`: after `-unix` back to TCP on the default port.
    pub(super) fn listen_with_family(&mut self, family: Family) {
        self.unix_path = None;
        self.family = family;
    }

    /// `-verify`, `-Verify`.
    pub(super) fn ask_for_certificate(&mut self, client_auth: ClientAuth, depth: i32) {
        (self.client_auth, self.verify_depth) = (client_auth, Some(depth));
        if !self.quiet {
            let must = if client_auth == ClientAuth::Require { ", must return a certificate" } else { "" };
            self.notes.extend_from_slice(format!("verify depth is {depth}{must}\n").as_bytes());
        }
    }

    /// `-status_file`, which implies `-status`.
    pub(super) fn add_status_file(&mut self, file: &[u8]) {
        self.status = true;
        self.status_files.push(file.into());
    }

    /// `-expected-rpks`, which implies `-enable_client_rpk`.
    pub(super) fn expect_raw_key(&mut self, file: &[u8]) {
        self.enable_client_rpk = true;
        self.expected_rpks.push(file.into());
    }

    /// The latest extra certificate; made when there is none. Corresponds to `args_excert` in `apps/lib/s_cb.c`.
    pub(super) fn excert(&mut self) -> &mut ExtraCertificate {
        if self.excerts.is_empty() {
            self.excerts.push(ExtraCertificate::default());
        }
        let latest = self.excerts.len() - 1;
        &mut self.excerts[latest]
    }

    /// `-xcert`: a new one, with the formats of the one before, unless the latest still waits for its file.
    pub(super) fn excert_cert(&mut self, file: &[u8]) {
        let latest = self.excert();
        if latest.cert.is_some() {
            let (cert_format, key_format) = (latest.cert_format, latest.key_format);
            self.excerts.push(ExtraCertificate { cert_format, key_format, ..ExtraCertificate::default() });
        }
        self.excert().cert = Some(file.into());
    }
}
