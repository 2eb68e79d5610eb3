//! Every option, once.
//!
//! The rows stand under the headings and in the order of `-help`. The parser, `-help`, the tests and docs/PARITY.md are
//! all derived from them. What a column means is said at [`Row`].
use super::plan::{ClientAuth, Reference::*};
use super::row::{Row, Section, Set::*, Syntax, row};
use super::run::Family;
use super::{Messages, SecurityDebug, Web, act, check, help};
use crate::options::library::Feature;

/// What is better about files that bring their own heads.
const FILES: &str = "status, length and media type are true; escapes and queries are understood; only plain files inside \
                     the folder are sent; any number of clients at once";

/// What is better about files that get theirs.
const BARE_FILES: &str = "status, length and media type are true, and a file whose name tells no type is text/plain, or \
                          application/octet-stream if its first bytes are no text; escapes and queries are understood; \
                          only plain files inside the folder are sent; any number of clients at once";
/// What is better about files of which every PEM block counts.
const BLOCKS: &str = "a block that cannot be read ends the start, by file, number and line; the original may drop it, or \
                      what follows it, in silence";

/// What is better about datagrams.
const VANISHED: &str = "a client that vanished blocks nobody else";

/// What is better about `-cert_chain`.
const CHAIN: &str = "goes with `-cert2` as well, where it holds its issuer; a block that cannot be read ends the start, by \
                     file, number and line; the original may drop it, or what follows it, in silence";

/// What is better about `-rev`, and what stays against the manual.
const REVERSED: &str = "any number of clients at once; a client that does not read is not read from; as in the original \
                        it prints the summary of `-brief` without setting it, for harnesses wait for the line ACCEPT";

/// All options: those of the original, of every release from 3.0 to 4.0, and the extensions.
pub static SECTIONS: &[Section] = &[
    section(
        "General",
        &[
            row("help", Print(help::render), "Display this summary"),
            row(
                "ssl_config",
                Text(|o, v| o.ssl_config = Some(v.into())),
                "Configure SSL_CTX using the given configuration value",
            ),
            row("trace", Flag(|o| o.messages = Some(Messages::Decoded)), "trace protocol messages")
                .needs(Feature::SslTrace)
                .better("what it shows as bytes or does not name is explained in lines that begin with #"),
            row("engine", Text(|o, v| o.engine = Some(v.into())), "Use engine, possibly a hardware device")
                .until(V4_0)
                .needs(Feature::Engine)
                .acts(act::engine)
                .better("where the library lacks engines, a sentence says so"),
        ],
    ),
    section(
        "Network",
        &[
            row(
                "port",
                Positive(|o, n| o.listen_on_port(n)),
                "TCP/IP port to listen on for connections (default is 4433)",
            )
            .checked(check::port)
            .better("`-port 99999` is refused with the range, `-port 0x10` is 16"),
            row(
                "accept",
                Text(|o, v| o.listen_on_address(v)),
                "TCP/IP optional host and port to listen on for connections (default is *:4433)",
            )
            .checked(check::address)
            .better("a port above 65535 is refused with the range; a failed bind or lookup ends with status 1"),
            row("unix", Text(|o, v| o.listen_on_path(v)), "Unix domain socket to accept on")
                .needs(Feature::UnixSockets)
                .better("a path in use is never deleted; a failed bind ends with status 1; SIGTERM removes the socket"),
            row("unlink", Flag(|o| o.unlink = true), "For -unix, unlink existing socket first")
                .needs(Feature::UnixSockets),
            row("4", Flag(|o| o.listen_with_family(Family::V4)), "Use IPv4 only")
                .better("after `-unix` it goes back to TCP with port 4433"),
            row("6", Flag(|o| o.listen_with_family(Family::V6)), "Use IPv6 only")
                .better("after `-unix` it goes back to TCP with port 4433"),
            row("tfo", Flag(|o| o.tfo = true), "Listen for TCP Fast Open connections")
                .since(V3_2)
                .needs(Feature::Tfo),
        ],
    ),
    section(
        "Identity",
        &[
            row("context", Text(|o, v| o.context = Some(v.into())), "Set session ID context")
                .checked(check::context)
                .better("more than 32 bytes are refused at the start, not at the first client"),
            row("CAfile", InFile(|o, v| o.ca_file = Some(v.into())), "PEM format file of CA's").better(BLOCKS),
            row("CApath", Dir(|o, v| o.ca_path = Some(v.into())), "PEM format directory of CA's"),
            row("CAstore", Uri(|o, v| o.ca_store = Some(v.into())), "URI to store of CA's").better(BLOCKS),
            row("no-CAfile", Flag(|o| o.no_ca_file = true), "Do not load the default certificates file"),
            row(
                "no-CApath",
                Flag(|o| o.no_ca_path = true),
                "Do not load certificates from the default certificates directory",
            ),
            row(
                "no-CAstore",
                Flag(|o| o.no_ca_store = true),
                "Do not load certificates from the default certificates store URI",
            ),
            row("nocert", Flag(|o| o.nocert = true), "Don't use any certificates (Anon-DH)"),
            row(
                "verify",
                Int(|o, n| o.ask_for_certificate(ClientAuth::Request, n)),
                "Turn on peer certificate verification",
            )
            .better("hexadecimal and octal numbers count as what they are"),
            row(
                "Verify",
                Int(|o, n| o.ask_for_certificate(ClientAuth::Require, n)),
                "Turn on peer certificate verification, must have a cert",
            )
            .better("hexadecimal and octal numbers count as what they are"),
            row("nameopt", Text(|o, v| o.add_name_options(v)), "Certificate subject/issuer name printing options")
                .checked(check::name_options)
                .better("a bad name is told instead of a silent exit"),
            row("cert", InFile(|o, v| o.cert = Some(v.into())), "Server certificate file to use; default server.pem")
                .better("when `server.pem` is missing, a hint names `-selfsigned`"),
            row(
                "cert2",
                InFile(|o, v| o.cert2 = Some(v.into())),
                "Certificate file to use for servername; default server2.pem",
            ),
            row(
                "certform",
                PemDer(|o, f| o.certform = Some(f)),
                "Server certificate file format (PEM/DER/P12); has no effect",
            ),
            row(
                "cert_chain",
                InFile(|o, v| o.cert_chain = Some(v.into())),
                "Server certificate chain file in PEM format",
            )
            .better(CHAIN),
            row("build_chain", Flag(|o| o.build_chain = true), "Build server certificate chain"),
            row("serverinfo", Text(|o, v| o.serverinfo = Some(v.into())), "PEM serverinfo file for certificate")
                .better(BLOCKS),
            row(
                "key",
                Text(|o, v| o.key = Some(v.into())),
                "Private key file to use; default is -cert file or elseserver.pem",
            )
            .better("a PIN in its URI is hidden on the status page"),
            row(
                "key2",
                InFile(|o, v| o.key2 = Some(v.into())),
                "-Private Key file to use for servername if not in -cert2",
            ),
            row("keyform", AnyFormat(|o, f| o.keyform = Some(f)), "Key format (ENGINE, other values ignored)")
                .reworded(V4_0, "Key format (DER/PEM)"),
            row("pass", Text(|o, v| o.pass = Some(v.into())), "Private key and cert file pass phrase source")
                .secret()
                .better("hidden on the status page"),
            row(
                "dcert",
                InFile(|o, v| o.dcert = Some(v.into())),
                "Second server certificate file to use (usually for DSA)",
            ),
            row(
                "dcertform",
                PemDer(|o, f| o.dcertform = Some(f)),
                "Second server certificate file format (PEM/DER/P12); has no effect",
            ),
            row(
                "dcert_chain",
                InFile(|o, v| o.dcert_chain = Some(v.into())),
                "second server certificate chain file in PEM format",
            ).better(BLOCKS),
            row("dkey", InFile(|o, v| o.dkey = Some(v.into())), "Second private key file to use (usually for DSA)"),
            row(
                "dkeyform",
                AnyFormat(|o, f| o.dkeyform = Some(f)),
                "Second key file format (ENGINE, other values ignored)",
            )
            .reworded(V4_0, "Second key file format (DER/PEM)"),
            row("dpass", Text(|o, v| o.dpass = Some(v.into())), "Second private key and cert file pass phrase source")
                .secret(),
            row("dhparam", InFile(|o, v| o.dhparam = Some(v.into())), "DH parameters file to use"),
            row("servername", Text(|o, v| o.servername = Some(v.into())), "Servername for HostName TLS extension")
                .better(
                    "a dot at the end of the client's name does not matter; the second certificate goes with all other \
                 settings, but for `-dcert` and `-serverinfo`",
                ),
            row(
                "servername_fatal",
                Flag(|o| o.servername_fatal = true),
                "On servername mismatch send fatal alert (default warning alert)",
            ),
            row("nbio_test", Flag(|o| (o.nbio, o.nbio_test) = (true, true)), "Test with the non-blocking test bio")
                .better("no busy loop"),
            row("crlf", Flag(|o| o.crlf = true), "Convert LF from terminal into CRLF"),
            row("quiet", Flag(|o| o.quiet = true), "No server output"),
            row(
                "no_resume_ephemeral",
                Flag(|o| o.no_resume_ephemeral = true),
                "Disable caching and tickets if ephemeral (EC)DH is used",
            )
            .better("TLS 1.3 sessions are not resumed either, unless `-num_tickets` asks for tickets"),
            row("www", Flag(|o| o.web = Some(Web::Status)), "Respond to a 'GET /' with a status page")
                .better("any number of clients at once; no secret and no unescaped text on the page"),
            row("WWW", Flag(|o| o.web = Some(Web::Files)), "Respond to a 'GET with the file ./path")
                .better(BARE_FILES),
            row(
                "ignore_unexpected_eof",
                Flag(|o| o.ignore_unexpected_eof = true),
                "Do not treat lack of close_notify from a peer as an error",
            ),
            row("tlsextdebug", Flag(|o| o.tlsextdebug = true), "Hex dump of all TLS extensions received"),
            row("HTTP", Flag(|o| o.web = Some(Web::FilesWithHeaders)), "Like -WWW but ./path includes HTTP headers")
                .better(FILES),
            row("id_prefix", Text(|o, v| o.id_prefix = Some(v.into())), "Generate SSL/TLS session IDs prefixed by arg"),
            row("keymatexport", Text(|o, v| o.keymatexport = Some(v.into())), "Export keying material using label")
                .better("a failure is told with its reason, and does not change how the connection ends"),
            row(
                "keymatexportlen",
                Positive(|o, n| o.keymatexportlen = Some(n)),
                "Export len bytes of keying material; default 20",
            ),
            row("CRL", InFile(|o, v| o.crl = Some(v.into())), "CRL file to use").better(
                "all lists of the file count, not the first alone; a list that cannot be read ends the start, by name",
            ),
            row("CRLform", PemDer(|o, f| o.crl_form = Some(f)), "CRL file format (PEM or DER); default PEM"),
            row(
                "crl_download",
                Flag(|o| o.crl_download = true),
                "Download CRLs from distribution points in certificate CDP entries",
            )
            .better(
                "lists are fetched beside every kind of trusted certificates, from each named place in turn; a refused \
                 connection is told at once, each failure with its URL; `-CRL` counts too; fetching ends after 10 s, and \
                 keeps no other client from being served side by side",
            ),
            row(
                "chainCAfile",
                InFile(|o, v| o.chain_ca_file = Some(v.into())),
                "CA file for certificate chain (PEM format)",
            ).better(BLOCKS),
            row(
                "chainCApath",
                Dir(|o, v| o.chain_ca_path = Some(v.into())),
                "use dir as certificate store path to build CA certificate chain",
            ),
            row(
                "chainCAstore",
                Uri(|o, v| o.chain_ca_store = Some(v.into())),
                "use URI as certificate store to build CA certificate chain",
            ).better(BLOCKS),
            row(
                "verifyCAfile",
                InFile(|o, v| o.verify_ca_file = Some(v.into())),
                "CA file for certificate verification (PEM format)",
            ).better(BLOCKS),
            row(
                "verifyCApath",
                Dir(|o, v| o.verify_ca_path = Some(v.into())),
                "use dir as certificate store path to verify CA certificate",
            ),
            row(
                "verifyCAstore",
                Uri(|o, v| o.verify_ca_store = Some(v.into())),
                "use URI as certificate store to verify CA certificate",
            ).better(BLOCKS),
            row("expected-rpks", InFile(|o, v| o.expect_raw_key(v)), "PEM file with expected client public key(s)")
                .since(V4_0)
                .better("a file without a public key is told at the start, with status 1, not at the first client with status 0"),
            row("no_cache", Flag(|o| o.no_cache = true), "Disable session cache"),
            row("ext_cache", Flag(|o| o.ext_cache = true), "Disable internal cache, set up and use external cache")
                .better("at most 16 MiB are kept"),
            row(
                "verify_return_error",
                Flag(|o| o.verify_return_error = true),
                "Close connection on verification error",
            ),
            row("verify_quiet", Flag(|o| o.verify_quiet = true), "No verify output except verify errors"),
            row("ign_eof", Flag(|o| o.ign_eof = true), "Ignore input EOF (default when -quiet)")
                .better("end of input keeps the server, as the manual says"),
            row("no_ign_eof", Flag(|o| o.ign_eof = false), "Do not ignore input EOF"),
            row("cert_comp", Flag(|o| o.cert_comp = true), "Pre-compress server certificates")
                .since(V3_2)
                .needs(Feature::CertComp),
        ],
    ),
    section(
        "OCSP",
        &[
            row("status", Flag(|o| (o.status, o.status_all) = (true, false)), "Request certificate status from server")
                .reworded(V3_6, "Provide certificate status response if requested, for server cert only"),
            row(
                "status_all",
                Flag(|o| (o.status, o.status_all) = (true, true)),
                "Provide certificate status response(s) if requested, for the whole chain",
            )
            .since(V3_6),
            row(
                "status_verbose",
                Flag(|o| (o.status, o.status_verbose) = (true, true)),
                "Print more output in certificate status callback",
            ),
            row(
                "status_timeout",
                Int(|o, n| (o.status, o.status_timeout) = (true, Some(n))),
                "Status request responder timeout",
            )
            .better("a responder that is not there is told at once; without a time, or with 0, it is 10 s"),
            row(
                "status_url",
                Text(|o, v| (o.status, o.status_url) = (true, Some(v.into()))),
                "Status request fallback URL",
            )
            .acts(act::status_url)
            .better("scheme and host have no case"),
            row(
                "proxy",
                Text(|o, v| o.proxy = Some(v.into())),
                "[http[s]://]host[:port][/path] of HTTP(S) proxy to use; path is ignored",
            ),
            row(
                "no_proxy",
                Text(|o, v| o.no_proxy = Some(v.into())),
                "List of addresses of servers not to use HTTP(S) proxy for",
            )
            .continued("Default from environment variable 'no_proxy', else 'NO_PROXY', else none"),
            row("status_file", InFile(|o, v| o.add_status_file(v)), "File containing DER encoded OCSP Response")
                .reworded(V3_6, "File containing DER encoded OCSP Response (can be specified multiple times)"),
        ],
    ),
    section(
        "Debug",
        &[
            row(
                "security_debug",
                Flag(|o| o.security_debug = Some(SecurityDebug::Refused)),
                "Print output from SSL/TLS security framework",
            )
            .better("the type of a key is named"),
            row(
                "security_debug_verbose",
                Flag(|o| o.security_debug = Some(SecurityDebug::All)),
                "Print more output from SSL/TLS security framework",
            )
            .better("the type of a key is named"),
            row(
                "brief",
                Flag(|o| (o.brief, o.quiet, o.verify_quiet) = (true, true, true)),
                "Restrict output to brief summary of connection parameters",
            ),
            row("rev", Flag(|o| o.rev = true), "act as an echo server that sends back received text reversed")
                .better(REVERSED),
            row("debug", Flag(|o| o.debug = true), "Print more output")
                .better("places in memory are not told; they are numbered"),
            row("msg", Flag(|o| o.messages = Some(Messages::Hex)), "Show protocol messages"),
            row(
                "msgfile",
                OutFile(|o, v| o.msg_file = Some(v.into())),
                "File to send output of -msg or -trace, instead of stdout",
            )
            .acts(act::message_file)
            .better("a write that fails is told once"),
            row("state", Flag(|o| o.state = true), "Print the SSL states"),
            row("async", Flag(|o| o.asynchronous = true), "Operate in asynchronous mode")
                .better("the modes that answer serve their clients, too"),
            row(
                "max_pipelines",
                Positive(|o, n| o.max_pipelines = Some(n)),
                "Maximum number of encrypt/decrypt pipelines to be used",
            ),
            row("naccept", Positive(|o, n| o.naccept = Some(n)), "Terminate after #num connections")
                .better("hexadecimal and octal numbers count as what they are"),
            row("keylogfile", OutFile(|o, v| o.keylogfile = Some(v.into())), "Write TLS secrets to file")
                .better("a new file is readable by its owner only; a write that fails is told once"),
        ],
    ),
    section(
        "Network",
        &[
            row("nbio", Flag(|o| o.nbio = true), "Use non-blocking IO").better("no busy loop"),
            row("timeout", Flag(|o| o.dtls_timeout = true), "Enable timeouts"),
            row("mtu", Positive(|o, n| o.mtu = Some(n)), "Set link-layer MTU")
                .better("without it datagrams fit a link of 1,500 bytes, not of 256; none is cut inside of a record"),
            row(
                "read_buf",
                Positive(|o, n| o.read_buf = Some(n)),
                "Default read buffer size to be used for connections",
            ),
            row(
                "split_send_frag",
                Positive(|o, n| o.split_send_frag = Some(n)),
                "Size used to split data for encrypt pipelines",
            ),
            row("max_send_frag", Positive(|o, n| o.max_send_frag = Some(n)), "Maximum Size of send frames ")
                .better("with DTLS longer lines leave in several records; the original ends the session"),
        ],
    ),
    section(
        "Server identity",
        &[
            row("psk_identity", Text(|o, v| o.psk_identity = Some(v.into())), "PSK identity to expect"),
            row("psk_hint", Text(|o, v| o.psk_hint = Some(v.into())), "PSK identity hint to use"),
            row("psk", Text(|o, v| o.psk = Some(v.into())), "PSK in hex (without 0x)")
                .checked(check::hex)
                .secret(),
            row("psk_session", InFile(|o, v| o.psk_session = Some(v.into())), "File to read PSK SSL session from"),
            row("srpvfile", InFile(|o, v| o.srpvfile = Some(v.into())), "(deprecated) The verifier file for SRP")
                .needs(Feature::Srp)
                .better("the original crashes, or knows nobody, when a user logs in"),
            row(
                "srpuserseed",
                Text(|o, v| o.srpuserseed = Some(v.into())),
                "(deprecated) A seed string for a default user salt",
            )
            .needs(Feature::Srp)
            .secret()
            .better("unknown users have a group of known ones; in the original theirs of 8,192 bits tells them apart"),
        ],
    ),
    section(
        "Protocol and version",
        &[
            row(
                "max_early_data",
                Int(|o, n| o.max_early_data = Some(n)),
                "The maximum number of bytes of early data as advertised in tickets",
            )
            .checked(check::max_early_data),
            row(
                "recv_max_early_data",
                Int(|o, n| o.recv_max_early_data = Some(n)),
                "The maximum number of bytes of early data (hard limit)",
            )
            .checked(check::recv_max_early_data),
            row("early_data", Flag(|o| o.early_data = true), "Attempt to read early data"),
            row(
                "num_tickets",
                Conf(Syntax::Int),
                "The number of TLSv1.3 session tickets that a server will automatically issue",
            )
            .better("hexadecimal and octal numbers count as what they are"),
            row("anti_replay", Conf(Syntax::Flag), "Switch on anti-replay protection (default)"),
            row("no_anti_replay", Conf(Syntax::Flag), "Switch off anti-replay protection"),
            row(
                "http_server_binmode",
                Flag(|o| o.http_server_binmode = true),
                "opening files in binary mode when acting as http server (-WWW and -HTTP)",
            ),
            row("no_ca_names", Flag(|o| o.no_ca_names = true), "Disable TLS Extension CA Names")
                .better("requests of TLS 1.3 have no certificate_authorities then; the original's is an empty list, which \
                         RFC 8446 does not allow"),
            row("stateless", Flag(|o| o.stateless = true), "Require TLSv1.3 cookies")
                .better("every client has to bring a cookie, not only the first, and those that send the change_cipher_spec \
                         of RFC 8446 appendix D.4 are served"),
            row("ssl3", Flag(|o| o.version = Some(0x0300)), "Just talk SSLv3")
                .until(V4_0)
                .needs(Feature::Ssl3)
                .checked(check::only_protocol_flag)
                .better("where the library lacks it, a sentence says so and names the way out"),
            row("tls1", Flag(|o| o.version = Some(0x0301)), "Just talk TLSv1").checked(check::only_protocol_flag),
            row("tls1_1", Flag(|o| o.version = Some(0x0302)), "Just talk TLSv1.1").checked(check::only_protocol_flag),
            row("tls1_2", Flag(|o| o.version = Some(0x0303)), "just talk TLSv1.2").checked(check::only_protocol_flag),
            row("tls1_3", Flag(|o| o.version = Some(0x0304)), "just talk TLSv1.3").checked(check::only_protocol_flag),
            row("dtls", Flag(|o| o.datagrams = true), "Use any DTLS version")
                .checked(check::only_protocol_flag)
                .better(VANISHED),
            row(
                "listen",
                Flag(|o| o.dtls_listen = true),
                "Listen for a DTLS ClientHello with a cookie and then connect",
            )
            .better("every client is served, not the first one alone"),
            row("dtls1", Flag(|o| (o.datagrams, o.version) = (true, Some(0xfeff))), "Just talk DTLSv1")
                .checked(check::only_protocol_flag)
                .better(VANISHED),
            row("dtls1_2", Flag(|o| (o.datagrams, o.version) = (true, Some(0xfefd))), "Just talk DTLSv1.2")
                .checked(check::only_protocol_flag)
                .better(VANISHED),
            row("sctp", Flag(|o| o.sctp = true), "Use SCTP").needs(Feature::Sctp).later(),
            row("sctp_label_bug", Flag(|o| o.sctp_label_bug = true), "Enable SCTP label length bug")
                .needs(Feature::Sctp)
                .later(),
            row(
                "use_srtp",
                Text(|o, v| o.use_srtp = Some(v.into())),
                "Offer SRTP key management with a colon-separated profile list",
            ),
            row("no_dhe", Flag(|o| o.no_dhe = true), "Disable ephemeral DH"),
            row(
                "nextprotoneg",
                Text(|o, v| o.nextprotoneg = Some(v.into())),
                "Set the advertised protocols for the NPN extension (comma-separated list)",
            )
            .checked(check::nextprotoneg)
            .better("an unusable list is told instead of a silent exit"),
            row(
                "alpn",
                Text(|o, v| o.alpn = Some(v.into())),
                "Set the advertised protocols for the ALPN extension (comma-separated list)",
            )
            .checked(check::alpn)
            .better("an unusable list is told instead of a silent exit"),
            row("ech_key", Text(|o, v| o.ech_key = Some(v.into())), "Load ECH PEM-formatted key pair")
                .since(V4_0)
                .needs(Feature::Ech),
            row(
                "ech_dir",
                Text(|o, v| o.ech_dir = Some(v.into())),
                "Load ECH key pairs (for retries) from the specified directory",
            )
            .since(V4_0)
            .needs(Feature::Ech),
            row(
                "ech_noretry_dir",
                Text(|o, v| o.ech_noretry_dir = Some(v.into())),
                "Load ECH key pairs (not for retry) from the specified directory",
            )
            .since(V4_0)
            .needs(Feature::Ech),
            row(
                "ech_trialdecrypt",
                Flag(|o| o.ech_trialdecrypt = true),
                "Do trial decryption even if ECH record_digest matching fails",
            )
            .since(V4_0)
            .needs(Feature::Ech),
            row("ech_greaseretries", Flag(|o| o.ech_greaseretries = true), "Set server to GREASE retry_config values")
                .since(V4_0)
                .needs(Feature::Ech),
            row("ktls", Flag(|o| o.ktls = true), "Enable Kernel TLS for sending and receiving")
                .since(V3_2)
                .needs(Feature::Ktls)
                .later(),
            row("sendfile", Flag(|o| o.sendfile = true), "Use sendfile to response file with -WWW")
                .needs(Feature::Ktls)
                .later(),
            row("zerocopy_sendfile", Flag(|o| o.zerocopy_sendfile = true), "Use zerocopy mode of KTLS sendfile")
                .since(V3_2)
                .needs(Feature::Ktls)
                .later(),
            row(
                "enable_server_rpk",
                Flag(|o| o.enable_server_rpk = true),
                "Enable raw public keys (RFC7250) from the server",
            )
            .since(V3_2),
            row(
                "enable_client_rpk",
                Flag(|o| o.enable_client_rpk = true),
                "Enable raw public keys (RFC7250) from the client",
            )
            .since(V3_2),
        ],
    ),
    section(
        "Random state",
        &[
            row("rand", Text(|o, v| o.rand.push(v.into())), "Load the given file(s) into the random number generator"),
            row("writerand", OutFile(|o, v| o.writerand = Some(v.into())), "Write random data to the specified file"),
        ],
    ),
    section(
        "TLS/SSL",
        &[
            row("no_ssl3", Conf(Syntax::Flag), "Just disable SSLv3").checked(check::no_protocol_flag),
            row("no_tls1", Conf(Syntax::Flag), "Just disable TLSv1").checked(check::no_protocol_flag),
            row("no_tls1_1", Conf(Syntax::Flag), "Just disable TLSv1.1").checked(check::no_protocol_flag),
            row("no_tls1_2", Conf(Syntax::Flag), "Just disable TLSv1.2").checked(check::no_protocol_flag),
            row("no_tls1_3", Conf(Syntax::Flag), "Just disable TLSv1.3").checked(check::no_protocol_flag),
            row("bugs", Conf(Syntax::Flag), "Turn on SSL bug compatibility"),
            row("no_comp", Conf(Syntax::Flag), "Disable SSL/TLS compression (default)"),
            row("comp", Conf(Syntax::Flag), "Use SSL/TLS-level compression"),
            row("no_tx_cert_comp", Conf(Syntax::Flag), "Disable sending TLSv1.3 compressed certificates").since(V3_2),
            row("no_rx_cert_comp", Conf(Syntax::Flag), "Disable receiving TLSv1.3 compressed certificates").since(V3_2),
            row("no_ticket", Conf(Syntax::Flag), "Disable use of TLS session tickets"),
            row("serverpref", Conf(Syntax::Flag), "Use server's cipher preferences"),
            row("legacy_renegotiation", Conf(Syntax::Flag), "Enable use of legacy renegotiation (dangerous)"),
            row("client_renegotiation", Conf(Syntax::Flag), "Allow client-initiated renegotiation"),
            row("no_renegotiation", Conf(Syntax::Flag), "Disable all renegotiation."),
            row(
                "legacy_server_connect",
                Conf(Syntax::Flag),
                "Allow initial connection to servers that don't support RI",
            ),
            row("no_resumption_on_reneg", Conf(Syntax::Flag), "Disallow session resumption on renegotiation"),
            row(
                "no_legacy_server_connect",
                Conf(Syntax::Flag),
                "Disallow initial connection to servers that don't support RI",
            ),
            row(
                "allow_no_dhe_kex",
                Conf(Syntax::Flag),
                "In TLSv1.3 allow non-(ec)dhe based key exchange on resumption",
            ),
            row(
                "prefer_no_dhe_kex",
                Conf(Syntax::Flag),
                "In TLSv1.3 prefer non-(ec)dhe over (ec)dhe-based key exchange on resumption",
            )
            .since(V3_3),
            row("prioritize_chacha", Conf(Syntax::Flag), "Prioritize ChaCha ciphers when preferred by clients"),
            row("strict", Conf(Syntax::Flag), "Enforce strict certificate checks as per TLS standard"),
            row("sigalgs", Conf(Syntax::Text), "Signature algorithms to support (colon-separated list)"),
            row(
                "client_sigalgs",
                Conf(Syntax::Text),
                "Signature algorithms to support for client certificate authentication (colon-separated list)",
            ),
            row("groups", Conf(Syntax::Text), "Groups to advertise (colon-separated list)"),
            row("curves", Conf(Syntax::Text), "Groups to advertise (colon-separated list)"),
            row("named_curve", Conf(Syntax::Text), "Elliptic curve used for ECDHE (server-side only)"),
            row("cipher", Conf(Syntax::Text), "Specify TLSv1.2 and below cipher list to be used"),
            row("ciphersuites", Conf(Syntax::Text), "Specify TLSv1.3 ciphersuites to be used"),
            row("min_protocol", Conf(Syntax::Text), "Specify the minimum protocol version to be used"),
            row("max_protocol", Conf(Syntax::Text), "Specify the maximum protocol version to be used"),
            row("record_padding", Conf(Syntax::Text), "Block size to pad TLS 1.3 records to."),
            row(
                "debug_broken_protocol",
                Conf(Syntax::Flag),
                "Perform all sorts of protocol violations for testing purposes",
            ),
            row("no_middlebox", Conf(Syntax::Flag), "Disable TLSv1.3 middlebox compat mode"),
            row("no_etm", Conf(Syntax::Flag), "Disable Encrypt-then-Mac extension"),
            row("no_ems", Conf(Syntax::Flag), "Disable Extended master secret extension").since(V3_2),
        ],
    ),
    section(
        "Validation",
        &[
            row("policy", Param(Syntax::Text), "adds policy to the acceptable policy set").acts(act::policy),
            row("purpose", Param(Syntax::Text), "certificate chain purpose").checked(check::purpose),
            row("verify_name", Param(Syntax::Text), "verification policy name").checked(check::verify_name),
            row("verify_depth", Param(Syntax::Int), "chain depth limit"),
            row("auth_level", Param(Syntax::Int), "chain authentication security level"),
            row("attime", Param(Syntax::Long), "verification epoch time"),
            row("verify_hostname", Param(Syntax::Text), "expected peer hostname").acts(act::verify_hostname),
            row("verify_email", Param(Syntax::Text), "expected peer email")
                .acts(act::verify_email)
                .better("a bad address is told instead of a silent exit"),
            row("verify_ip", Param(Syntax::Text), "expected peer IP address")
                .acts(act::verify_ip)
                .better("a bad address is told instead of a silent exit"),
            row("ignore_critical", Param(Syntax::Flag), "permit unhandled critical extensions"),
            row("issuer_checks", Param(Syntax::Flag), "(deprecated)"),
            row("crl_check", Param(Syntax::Flag), "check leaf certificate revocation"),
            row("crl_check_all", Param(Syntax::Flag), "check full chain revocation"),
            row("policy_check", Param(Syntax::Flag), "perform rfc5280 policy checks"),
            row("explicit_policy", Param(Syntax::Flag), "set policy variable require-explicit-policy"),
            row("inhibit_any", Param(Syntax::Flag), "set policy variable inhibit-any-policy"),
            row("inhibit_map", Param(Syntax::Flag), "set policy variable inhibit-policy-mapping"),
            row("x509_strict", Param(Syntax::Flag), "disable certificate compatibility work-arounds"),
            row("extended_crl", Param(Syntax::Flag), "enable extended CRL features"),
            row("use_deltas", Param(Syntax::Flag), "use delta CRLs"),
            row("policy_print", Param(Syntax::Flag), "print policy processing diagnostics"),
            row("check_ss_sig", Param(Syntax::Flag), "check root CA self-signatures"),
            row("trusted_first", Param(Syntax::Flag), "search trust store first (default)"),
            row("suiteB_128_only", Param(Syntax::Flag), "Suite B 128-bit-only mode"),
            row("suiteB_128", Param(Syntax::Flag), "Suite B 128-bit mode allowing 192-bit algorithms"),
            row("suiteB_192", Param(Syntax::Flag), "Suite B 192-bit-only mode"),
            row("partial_chain", Param(Syntax::Flag), "accept chains anchored by intermediate trust-store CAs"),
            row("no_alt_chains", Param(Syntax::Flag), "(deprecated)"),
            row("no_check_time", Param(Syntax::Flag), "ignore certificate validity time"),
            row("allow_proxy_certs", Param(Syntax::Flag), "allow the use of proxy certificates"),
        ],
    ),
    section(
        "Extended certificate",
        &[
            row("xkey", InFile(|o, v| o.excert().key = Some(v.into())), "key for Extended certificates")
                .checked(check::one_key),
            row("xcert", InFile(|o, v| o.excert_cert(v)), "cert for Extended certificates")
                .better("`-pass` is used for it too; without `-xcertform` the format is found out"),
            row("xchain", InFile(|o, v| o.excert().chain = Some(v.into())), "chain for Extended certificates")
                .checked(check::one_chain)
                .better(BLOCKS),
            row(
                "xchain_build",
                Flag(|o| o.excert().build_chain = true),
                "build certificate chain for the extended certificates",
            ),
            row(
                "xcertform",
                PemDer(|o, f| o.excert().cert_format = Some(f)),
                "format of Extended certificate (PEM/DER/P12); has no effect",
            ),
            row(
                "xkeyform",
                PemDer(|o, f| o.excert().key_format = Some(f)),
                "format of Extended certificate's key (DER/PEM/P12); has no effect",
            ),
        ],
    ),
    section(
        "Provider",
        &[
            row(
                "provider-path",
                Text(|o, v| o.provider_path = Some(v.into())),
                "Provider load path (must be before 'provider' argument if required)",
            )
            .acts(act::provider_path),
            row(
                "provider",
                Text(|o, v| o.providers.push(v.into())),
                "Provider to load (can be specified multiple times)",
            )
            .acts(act::provider),
            row("provparam", Text(|o, v| o.provider_params.push(v.into())), "Set a provider key-value parameter")
                .since(V3_5)
                .acts(act::provider_parameter),
            row("propquery", Text(|o, v| o.propquery = Some(v.into())), "Property query used when fetching algorithms"),
        ],
    ),
    Section {
        title: "Extension",
        original: false,
        rows: &[
            row(
                "help_ext",
                Print(help::render_extensions),
                "Display this summary of what openssl s_server does not have",
            ),
            row("echo", Flag(|o| o.echo = true), "Send back what arrives, to any number of clients"),
            row(
                "jobs",
                Positive(|o, n| o.jobs = Some(n)),
                "Number of threads of -www, -WWW, -HTTP, -rev, -echo (default one per processor)",
            )
            .checked(check::jobs),
            row(
                "psk_list",
                InFile(|o, v| o.psk_list = Some(v.into())),
                "File with pre-shared keys, identity:hexkey on each line; lines that begin with # are comments",
            ),
            row(
                "record",
                OutFile(|o, v| o.record = Some(v.into())),
                "Write all that goes in and out to that file, plaintext and secrets as well",
            ),
            row(
                "replay",
                InFile(|o, v| o.replay = Some(v.into())),
                "Play a file of -record once more and tell the first difference; nothing else is done",
            ),
            row(
                "replay_show",
                InFile(|o, v| o.replay_show = Some(v.into())),
                "Print a file of -record as text, one line a frame; nothing else is done",
            ),
            row(
                "selfsigned",
                Flag(|o| o.selfsigned = true),
                "Make a key and a certificate for localhost, 127.0.0.1 and ::1 at the start",
            ),
            row(
                "selfsigned_names",
                Text(|o, v| o.selfsigned_names = Some(v.into())),
                "-selfsigned, also for these host names and addresses (comma-separated list)",
            )
            .checked(check::host_names),
            row("version", Print(|_, _, world| act::version(world)), "Print the versions of the program and its libraries"),
        ],
    },
];

/// All rows, in order.
pub fn rows() -> impl Iterator<Item = &'static Row> {
    SECTIONS.iter().flat_map(|section| section.rows)
}

/// The row of an option; `h` is `help` too.
pub fn find(name: &[u8]) -> Option<&'static Row> {
    let name = if name == b"h" { b"help" } else { name };
    rows().find(|row| row.name.as_bytes() == name)
}

const fn section(title: &'static str, rows: &'static [Row]) -> Section {
    Section { title, rows, original: true }
}

#[cfg(test)]
mod tests {
    use alloc::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique() {
        let names: BTreeSet<_> = rows().map(|row| row.name).collect();
        assert_eq!(names.len(), rows().count());
    }

    #[test]
    fn all_names_of_3_0_and_of_later_releases_are_there() {
        let original = || SECTIONS.iter().filter(|section| section.original).flat_map(|section| section.rows);
        assert_eq!(original().filter(|row| row.since == V3_0).count(), 196);
        let later: BTreeSet<_> = original().filter(|row| row.since > V3_0).map(|row| row.name).collect();
        let expected = [
            "tfo",
            "ktls",
            "zerocopy_sendfile",
            "cert_comp",
            "no_tx_cert_comp",
            "no_rx_cert_comp",
            "enable_server_rpk",
            "enable_client_rpk",
            "no_ems",
            "prefer_no_dhe_kex",
            "provparam",
            "status_all",
            "expected-rpks",
            "ech_key",
            "ech_dir",
            "ech_noretry_dir",
            "ech_trialdecrypt",
            "ech_greaseretries",
        ];
        assert_eq!(later, BTreeSet::from(expected));
    }

    #[test]
    fn h_is_help() {
        assert_eq!(find(b"h").map(|row| row.name), Some("help"));
        assert!(find(b"").is_none() && find(b"hel").is_none() && find(b"Help").is_none());
    }
}
