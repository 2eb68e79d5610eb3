//! What the command line means for a connection: [`Options`](super::Options) with the cross checks behind them.
use alloc::vec::Vec;

use super::name_format::NameFormat;
pub use super::reference::Reference;
use crate::io::OPERATOR_UNIT;
use crate::verify::Tolerance;

/// Everything a connection needs to know. What is around it has a [`RunPlan`](super::run::RunPlan).
///
/// The default is that of no options, but without a certificate and without a command line to show.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// What a connection does.
    pub mode: Mode,
    /// What is printed, and in whose words.
    pub text: TextPlan,
    /// What the TLS context is made from.
    pub tls: TlsPlan,
    /// Sockets do not block, which the texts show. `-nbio`, `-nbio_test`.
    pub nbio: bool,
    /// Reads and writes of the wire are cut at random. `-nbio_test`.
    pub nbio_test: bool,
    /// End of standard input never ends the server. `-ign_eof`.
    pub ign_eof: bool,
    /// Peers send datagrams; `None`: they have streams. `-dtls`, `-dtls1`, `-dtls1_2`.
    pub datagrams: Option<Datagrams>,
    /// The command line, program name first, as the page shows it: values that are secret are already hidden.
    pub shown_argv: Vec<Vec<u8>>,
}

impl Plan {
    /// The engine may sleep until something is fetched, or what it computes elsewhere is there: side by side, each connection
    /// needs a thread of its own.
    pub fn blocks(&self) -> bool {
        // `/renegcert` asks for a certificate where the handshake has not.
        let asks = self.tls.client_auth != ClientAuth::Off || self.mode == Mode::Status;
        let fetches = self.tls.crl_download && asks;
        let asks_responder = self.tls.status.as_ref().is_some_and(CertificateStatus::asks_a_responder);
        fetches || asks_responder || self.tls.asynchronous
    }
}

/// What a connection does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mode {
    /// Operator and client talk to each other.
    Interactive {
        /// LF of the operator becomes CR LF. `-crlf`.
        crlf: bool,
    },
    /// `-echo`: what arrives is sent back.
    Echo,
    /// `-rev`: every line comes back reversed.
    Rev,
    /// `-www`: a page about the connection.
    Status,
    /// `-WWW`, `-HTTP`: files out of the current folder.
    Files {
        /// The files bring their own heads. `-HTTP`.
        heads_in_files: bool,
        /// Which only shows in a message. `-http_server_binmode`.
        binary: bool,
    },
}

impl Mode {
    /// The most bytes that one read of the operator's input may bring: [`OPERATOR_UNIT`], but half of it with `-crlf`,
    /// which may double them, as in the original. `None`: nobody talks to the operator.
    pub fn operator_unit(self) -> Option<usize> {
        match self {
            Self::Interactive { crlf: false } => Some(OPERATOR_UNIT),
            Self::Interactive { crlf: true } => Some(OPERATOR_UNIT / 2),
            Self::Echo | Self::Rev | Self::Status | Self::Files { .. } => None,
        }
    }
}

impl Default for Mode {
    fn default() -> Self {
        Self::Interactive { crlf: false }
    }
}

/// How datagrams are sent and waited for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Datagrams {
    /// MTU of the link in bytes, with the headers of IP and UDP; `None`: it is found out. Less than [`MTU_LEAST`] ends the run.
    /// `-mtu`.
    pub mtu: Option<u32>,
    /// A read that waits for longer than 250 ms is told, and so is what is sent again. `-timeout`.
    pub timeouts: bool,
    /// Nobody gets a session before it has answered from its address. `-listen`.
    pub listen: bool,
}

/// The least MTU that a link may have, in bytes. Corresponds to `DTLS_get_link_min_mtu`.
pub const MTU_LEAST: u32 = 256;

/// What is printed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TextPlan {
    /// `-quiet`, also set by `-brief`.
    pub quiet: bool,
    /// `-brief`.
    pub brief: bool,
    /// `-state`.
    pub state: bool,
    /// `-tlsextdebug`.
    pub extensions: bool,
    /// Messages of the protocol. `-msg`, `-trace`.
    pub messages: Option<Messages>,
    /// The file that takes them, instead of standard output. `-msgfile`.
    pub message_file: Option<Vec<u8>>,
    /// Reads and writes of the wire; also, `quiet` does not mute standard output. `-debug`.
    pub debug: bool,
    /// Texts of which release.
    pub reference: Reference,
    /// Put before every text line on standard output. `HARNESS_OSSL_PREFIX`.
    pub prefix: Vec<u8>,
}

impl TextPlan {
    /// Texts on standard output are not printed.
    pub fn is_muted(&self) -> bool {
        self.quiet && !self.debug
    }
}

/// How messages of the protocol are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Messages {
    /// As hexadecimal dumps. `-msg`.
    Hex,
    /// Decoded. `-trace`.
    Decoded,
}

/// Decisions of the security level to print.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SecurityDebug {
    /// Refusals. `-security_debug`.
    Refused,
    /// All. `-security_debug_verbose`.
    All,
}

/// What the TLS context is made from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsPlan {
    /// The one protocol version, as its number (0x0303 is TLS 1.2). `-tls1`, `-tls1_1`, `-tls1_2`, `-tls1_3`, `-ssl3`.
    pub version: Option<u16>,
    /// Commands for `SSL_CONF_cmd`, in order: name with its dash, and value.
    pub conf: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// Certificate and key; `None` after `-nocert`.
    pub identity: Option<Identity>,
    /// Pass phrase of `-cert`, `-key`, `-cert2`, `-key2`, `-xcert` and `-xkey`. `-pass`, unparsed.
    pub pass: Option<Vec<u8>>,
    /// Pass phrase of `-dcert` and `-dkey`. `-dpass`, unparsed.
    pub second_pass: Option<Vec<u8>>,
    /// A certificate of another kind beside the first. `-dcert` and its relatives.
    pub second: Option<CertificateFiles>,
    /// What each connection chooses from, instead of the certificates above. `-xcert` and its relatives.
    pub extra: Vec<CertificateFiles>,
    /// Another certificate for clients that name that server. `-servername` and its relatives.
    pub servername: Option<ServerName>,
    /// Extensions to send with the certificate. `-serverinfo`.
    pub serverinfo: Option<Vec<u8>>,
    /// Diffie-Hellman parameters.
    pub dh: Dh,
    /// Trusted certificates.
    pub trust: Trust,
    /// Instead of [`TlsPlan::trust`] for the own chain. `-chainCAfile` and its relatives.
    pub chain_trust: Stores,
    /// Instead of [`TlsPlan::trust`] for the chains of clients. `-verifyCAfile` and its relatives.
    pub verify_trust: Stores,
    /// Revocation list, and its format. `-CRL`, `-CRLform`.
    pub crl: Option<(Vec<u8>, Option<Format>)>,
    /// Revocation lists are fetched while clients are verified. `-crl_download`.
    pub crl_download: bool,
    /// What asynchronous engines and providers compute may be waited for. `-async`.
    pub asynchronous: bool,
    /// How chains of clients are verified: names of the options of that group in order, with their values.
    pub verify_params: Vec<(&'static str, Option<Vec<u8>>)>,
    /// Certificate requests name no authorities. `-no_ca_names`.
    pub no_ca_names: bool,
    /// Certificate requests.
    pub client_auth: ClientAuth,
    /// Verification errors that do not end the handshake. `-verify`, `-Verify`, `-verify_return_error`.
    pub tolerance: Tolerance,
    /// Only verification errors are printed. `-verify_quiet`, also set by `-brief`.
    pub verify_quiet: bool,
    /// How names are printed. `-nameopt`; without it as the release does.
    pub name_format: NameFormat,
    /// The words of `-nameopt`, for an engine that has to refuse them.
    pub nameopt: Option<Vec<u8>>,
    /// No session cache. `-no_cache`.
    pub no_cache: bool,
    /// A missing close_notify is no error. `-ignore_unexpected_eof`.
    pub ignore_unexpected_eof: bool,
    /// Section of the configuration file to apply after `conf`. `-ssl_config`.
    pub section: Option<Vec<u8>>,
    /// How requests for the status of the certificate are answered; `None`: they are not. `-status` and its relatives.
    pub status: Option<CertificateStatus>,
    /// Properties of the algorithms to fetch. `-propquery`.
    pub properties: Option<Vec<u8>>,
    /// Decisions of the security level to print. `-security_debug`, `-security_debug_verbose`.
    pub security_debug: Option<SecurityDebug>,
    /// What sessions are made of, and what leaves them.
    pub sessions: Sessions,
    /// Application protocols.
    pub protocols: Protocols,
    /// Sizes of records.
    pub records: Records,
    /// Raw public keys in the place of certificates.
    pub raw_keys: RawKeyPlan,
    /// Encrypted Client Hello.
    pub ech: Ech,
    /// The certificates are compressed at the start, RFC 8879. `-cert_comp`.
    pub compress_certificates: bool,
    /// External pre-shared keys.
    pub psk: PreSharedKey,
    /// Users who prove that they know their password. `-srpvfile` and its relative.
    pub srp: Srp,
    /// Data in the first flight of a client that comes back.
    pub early_data: EarlyDataPlan,
    /// Clients bring a cookie, RFC 8446 section 4.2.2; in the interactive mode alone, as in the original. `-stateless`.
    pub stateless: bool,
    /// Profiles of SRTP in the server's order, joined by colons, RFC 5764. `-use_srtp`.
    pub srtp: Option<Vec<u8>>,
}

/// Data in the first flight of a client that comes back, RFC 8446 section 2.3.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EarlyDataPlan {
    /// It is read. `-early_data`.
    pub read: bool,
    /// So many bytes are allowed by tickets. `-max_early_data`, and 16,384 with `-early_data` alone.
    pub announced: u32,
    /// More bytes than these end the session; `None` is the library's own limit. `-recv_max_early_data`.
    pub limit: Option<u32>,
}

/// How requests for the status of the certificate are answered, RFC 6066 section 8.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateStatus {
    /// Files with OCSP responses to send, the one for the own certificate first; none: a responder is asked. Before 3.6
    /// the last of the command line alone. `-status_file`.
    pub files: Vec<Vec<u8>>,
    /// The responder for certificates that name none. `-status_url`.
    pub url: Option<Vec<u8>>,
    /// Seconds that the responder may take. `None`, and none above 0: those that the engine has by default. `-status_timeout`.
    pub timeout: Option<i32>,
    /// HTTP proxy to the responder; `None`: as the environment says. `-proxy`.
    pub proxy: Option<Vec<u8>>,
    /// Hosts that are reached without it; `None`: as the environment says. `-no_proxy`.
    pub no_proxy: Option<Vec<u8>>,
    /// In TLS 1.3 each certificate that is sent has its response, not only the own one. `-status_all`.
    pub whole_chain: bool,
    /// What is done is told, and the response printed. `-status_verbose`.
    pub verbose: bool,
}

impl CertificateStatus {
    /// A handshake may have to ask one.
    fn asks_a_responder(&self) -> bool {
        self.files.is_empty()
    }
}

/// External pre-shared keys, RFC 4279 and RFC 8446 section 4.2.11.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PreSharedKey {
    /// The key in hexadecimal, of digits alone; a secret. `-psk`.
    pub key: Option<Vec<u8>>,
    /// The identity to expect; `None` is the original's own. `-psk_identity`.
    pub identity: Option<Vec<u8>>,
    /// The hint for clients, up to TLS 1.2. `-psk_hint`.
    pub hint: Option<Vec<u8>>,
    /// File with a session whose key is the one of TLS 1.3. `-psk_session`.
    pub session: Option<Vec<u8>>,
    /// File with more keys, each with its identity. `-psk_list`.
    pub list: Option<Vec<u8>>,
}

impl PreSharedKey {
    /// The identity to expect.
    pub fn identity(&self) -> &[u8] {
        self.identity.as_deref().unwrap_or(b"Client_identity")
    }
}

/// Secure Remote Password, RFC 5054.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Srp {
    /// File with the verifiers of users; `None`: nobody logs in. `-srpvfile`.
    pub verifiers: Option<Vec<u8>>,
    /// What verifiers of unknown users are made from; a secret. `-srpuserseed`.
    pub seed: Option<Vec<u8>>,
}

impl Srp {
    /// An option of it was typed, which allows TLS 1.0.
    pub fn is_named(&self) -> bool {
        self.verifiers.is_some() || self.seed.is_some()
    }
}

/// What sessions are made of, and what leaves them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sessions {
    /// Sessions are kept outside the library, with a message for each. `-ext_cache`, unless `-no_cache`.
    pub external_cache: bool,
    /// Sessions with ephemeral keys are not resumed. `-no_resume_ephemeral`.
    pub no_resume_ephemeral: bool,
    /// Session id context, at most 32 bytes; `None` is the original's own. `-context`.
    pub context: Option<Vec<u8>>,
    /// Start of session ids. `-id_prefix`.
    pub id_prefix: Option<Vec<u8>>,
    /// Keying material to print after the handshake. `-keymatexport`.
    pub export: Option<Export>,
    /// File that takes the secrets. `-keylogfile`.
    pub key_log: Option<Vec<u8>>,
}

/// Keying material to print, RFC 8446 section 7.5 and RFC 5705.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Export {
    /// The label. `-keymatexport`.
    pub label: Vec<u8>,
    /// Bytes, 1 or more; default 20. `-keymatexportlen`.
    pub length: usize,
}

/// Application protocols, in the order of preference.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Protocols {
    /// RFC 7301; empty: none. `-alpn`.
    pub alpn: Vec<Vec<u8>>,
    /// NPN, up to TLS 1.2; empty: none. `-nextprotoneg`.
    pub npn: Vec<Vec<u8>>,
}

/// Sizes of records. What is out of range is refused by the library.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Records {
    /// Largest plaintext, 512 to 16,384 bytes; `None` is the largest. `-max_send_frag`.
    pub max_fragment: Option<usize>,
    /// Bytes after which data is split for pipelines, 1 to the largest plaintext. `-split_send_frag`.
    pub split_fragment: Option<usize>,
    /// Pipelines, 1 to 32; `None` is 1. `-max_pipelines`.
    pub pipelines: Option<usize>,
    /// Bytes of the read buffer; `None` leaves it to the library. `-read_buf`.
    pub read_buffer: Option<usize>,
}

/// Raw public keys in the place of certificates, RFC 7250.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RawKeyPlan {
    /// The server may send its own. `-enable_server_rpk`.
    pub server: bool,
    /// The client may send one, where it is asked for a certificate. `-enable_client_rpk`, `-expected-rpks`.
    pub client: bool,
    /// Files with the keys that are trusted, as PEM; a certificate counts as its key. `-expected-rpks`.
    pub expected: Vec<Vec<u8>>,
}

/// Encrypted Client Hello, RFC 9849. A PEM file has a private key and the configuration that clients encrypt with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ech {
    /// File with a key; clients that used another get its configuration for a second attempt. `-ech_key`.
    pub key: Option<Vec<u8>>,
    /// Folder of such files. `-ech_dir`.
    pub folder: Option<Vec<u8>>,
    /// Folder of files whose configurations no client gets. `-ech_noretry_dir`.
    pub hidden_folder: Option<Vec<u8>>,
    /// All keys are tried where the client names none of them. `-ech_trialdecrypt`.
    pub try_all: bool,
    /// The configurations for a second attempt have meaningless ones among them. `-ech_greaseretries`.
    pub grease: bool,
}

/// Certificate and key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Identity {
    /// From files or URIs.
    Loaded {
        /// `-cert` and its relatives.
        files: CertificateFiles,
        /// `-cert` was not on the command line.
        cert_is_default: bool,
    },
    /// Made at the start. `-selfsigned`.
    SelfSigned {
        /// Host names and addresses beside localhost, 127.0.0.1 and ::1.
        names: Vec<Vec<u8>>,
    },
}

/// Where a certificate and its key are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CertificateFiles {
    /// File or URI: `-cert` (default `server.pem`), `-cert2` (default `server2.pem`), `-dcert`, `-xcert`.
    pub cert: Vec<u8>,
    /// `-certform`, `-dcertform`, `-xcertform`.
    pub cert_format: Option<Format>,
    /// File or URI; `None` is the certificate's. `-key`, `-key2`, `-dkey`, `-xkey`.
    pub key: Option<Vec<u8>>,
    /// `-keyform`, `-dkeyform`, `-xkeyform`.
    pub key_format: Option<Format>,
    /// Certificates to send after the own one. `-cert_chain`, `-dcert_chain`, `-xchain`.
    pub chain: Option<Vec<u8>>,
    /// Build the chain, at the start or for each connection. `-build_chain`, `-xchain_build`.
    pub build_chain: bool,
}

/// A server name that has a certificate of its own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ServerName {
    /// The name. `-servername`.
    pub name: Vec<u8>,
    /// Another name ends the handshake. `-servername_fatal`.
    pub fatal: bool,
    /// The certificate. `-cert2`, `-key2`.
    pub files: CertificateFiles,
}

/// Format of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// PEM.
    Pem,
    /// DER.
    Der,
    /// Through `-engine`.
    Engine,
    /// Another word that the parser accepts and nothing looks at.
    Other,
}

/// Diffie-Hellman parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Dh {
    /// Those in the certificate's file, else the library's.
    #[default]
    Search,
    /// Those of a file. `-dhparam`.
    File(Vec<u8>),
    /// None. `-no_dhe`.
    Off,
}

/// Trusted certificates.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Trust {
    /// `-CAfile`.
    pub file: Option<Vec<u8>>,
    /// `-CApath`.
    pub path: Option<Vec<u8>>,
    /// `-CAstore`.
    pub store: Option<Vec<u8>>,
    /// `-no-CAfile`.
    pub no_file: bool,
    /// `-no-CApath`.
    pub no_path: bool,
    /// `-no-CAstore`.
    pub no_store: bool,
}

/// Certificates to build chains from, where they are others than the trusted ones.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Stores {
    /// `-chainCAfile`, `-verifyCAfile`.
    pub file: Option<Vec<u8>>,
    /// `-chainCApath`, `-verifyCApath`.
    pub path: Option<Vec<u8>>,
    /// `-chainCAstore`, `-verifyCAstore`.
    pub store: Option<Vec<u8>>,
}

/// Certificate requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ClientAuth {
    /// None.
    #[default]
    Off,
    /// `-verify`.
    Request,
    /// `-Verify`.
    Require,
}
