complete -c s_server -o ssl_config -d 'Configure SSL_CTX using the given configuration value' -r -f
complete -c s_server -o engine -d 'Use engine, possibly a hardware device (before OpenSSL 4.0)' -r -f
complete -c s_server -o port -d 'TCP/IP port to listen on for connections (default is 4433)' -r -f
complete -c s_server -o accept -d 'TCP/IP optional host and port to listen on for connections (default is *:4433)' -r -f
complete -c s_server -o unix -d 'Unix domain socket to accept on' -r -f
complete -c s_server -o context -d 'Set session ID context' -r -f
complete -c s_server -o CAfile -d 'PEM format file of CA\'s' -r -F
complete -c s_server -o CApath -d 'PEM format directory of CA\'s' -r -f -a "(__fish_complete_directories)"
complete -c s_server -o CAstore -d 'URI to store of CA\'s' -r -F
complete -c s_server -o verify -d 'Turn on peer certificate verification' -r -f
complete -c s_server -o Verify -d 'Turn on peer certificate verification, must have a cert' -r -f
complete -c s_server -o nameopt -d 'Certificate subject/issuer name printing options' -r -f
complete -c s_server -o cert -d 'Server certificate file to use; default server.pem' -r -F
complete -c s_server -o cert2 -d 'Certificate file to use for servername; default server2.pem' -r -F
complete -c s_server -o certform -d 'Server certificate file format (PEM/DER/P12); has no effect' -r -f -a "PEM\t''
DER\t''"
complete -c s_server -o cert_chain -d 'Server certificate chain file in PEM format' -r -F
complete -c s_server -o serverinfo -d 'PEM serverinfo file for certificate' -r -f
complete -c s_server -o key -d 'Private key file to use; default is -cert file or elseserver.pem' -r -f
complete -c s_server -o key2 -d '-Private Key file to use for servername if not in -cert2' -r -F
complete -c s_server -o keyform -d 'Key format (DER/PEM)' -r -f -a "PEM\t''
DER\t''
P12\t''
ENGINE\t''"
complete -c s_server -o pass -d 'Private key and cert file pass phrase source' -r -f
complete -c s_server -o dcert -d 'Second server certificate file to use (usually for DSA)' -r -F
complete -c s_server -o dcertform -d 'Second server certificate file format (PEM/DER/P12); has no effect' -r -f -a "PEM\t''
DER\t''"
complete -c s_server -o dcert_chain -d 'second server certificate chain file in PEM format' -r -F
complete -c s_server -o dkey -d 'Second private key file to use (usually for DSA)' -r -F
complete -c s_server -o dkeyform -d 'Second key file format (DER/PEM)' -r -f -a "PEM\t''
DER\t''
P12\t''
ENGINE\t''"
complete -c s_server -o dpass -d 'Second private key and cert file pass phrase source' -r -f
complete -c s_server -o dhparam -d 'DH parameters file to use' -r -F
complete -c s_server -o servername -d 'Servername for HostName TLS extension' -r -f
complete -c s_server -o id_prefix -d 'Generate SSL/TLS session IDs prefixed by arg' -r -f
complete -c s_server -o keymatexport -d 'Export keying material using label' -r -f
complete -c s_server -o keymatexportlen -d 'Export len bytes of keying material; default 20' -r -f
complete -c s_server -o CRL -d 'CRL file to use' -r -F
complete -c s_server -o CRLform -d 'CRL file format (PEM or DER); default PEM' -r -f -a "PEM\t''
DER\t''"
complete -c s_server -o chainCAfile -d 'CA file for certificate chain (PEM format)' -r -F
complete -c s_server -o chainCApath -d 'use dir as certificate store path to build CA certificate chain' -r -f -a "(__fish_complete_directories)"
complete -c s_server -o chainCAstore -d 'use URI as certificate store to build CA certificate chain' -r -F
complete -c s_server -o verifyCAfile -d 'CA file for certificate verification (PEM format)' -r -F
complete -c s_server -o verifyCApath -d 'use dir as certificate store path to verify CA certificate' -r -f -a "(__fish_complete_directories)"
complete -c s_server -o verifyCAstore -d 'use URI as certificate store to verify CA certificate' -r -F
complete -c s_server -o expected-rpks -d 'PEM file with expected client public key(s) (since OpenSSL 4.0)' -r -F
complete -c s_server -o status_timeout -d 'Status request responder timeout' -r -f
complete -c s_server -o status_url -d 'Status request fallback URL' -r -f
complete -c s_server -o proxy -d '[http[s]://]host[:port][/path] of HTTP(S) proxy to use; path is ignored' -r -f
complete -c s_server -o no_proxy -d 'List of addresses of servers not to use HTTP(S) proxy for Default from environment variable \'no_proxy\', else \'NO_PROXY\', else none' -r -f
complete -c s_server -o status_file -d 'File containing DER encoded OCSP Response (can be specified multiple times)' -r -F
complete -c s_server -o msgfile -d 'File to send output of -msg or -trace, instead of stdout' -r -F
complete -c s_server -o max_pipelines -d 'Maximum number of encrypt/decrypt pipelines to be used' -r -f
complete -c s_server -o naccept -d 'Terminate after #num connections' -r -f
complete -c s_server -o keylogfile -d 'Write TLS secrets to file' -r -F
complete -c s_server -o mtu -d 'Set link-layer MTU' -r -f
complete -c s_server -o read_buf -d 'Default read buffer size to be used for connections' -r -f
complete -c s_server -o split_send_frag -d 'Size used to split data for encrypt pipelines' -r -f
complete -c s_server -o max_send_frag -d 'Maximum Size of send frames ' -r -f
complete -c s_server -o psk_identity -d 'PSK identity to expect' -r -f
complete -c s_server -o psk_hint -d 'PSK identity hint to use' -r -f
complete -c s_server -o psk -d 'PSK in hex (without 0x)' -r -f
complete -c s_server -o psk_session -d 'File to read PSK SSL session from' -r -F
complete -c s_server -o srpvfile -d '(deprecated) The verifier file for SRP' -r -F
complete -c s_server -o srpuserseed -d '(deprecated) A seed string for a default user salt' -r -f
complete -c s_server -o max_early_data -d 'The maximum number of bytes of early data as advertised in tickets' -r -f
complete -c s_server -o recv_max_early_data -d 'The maximum number of bytes of early data (hard limit)' -r -f
complete -c s_server -o num_tickets -d 'The number of TLSv1.3 session tickets that a server will automatically issue' -r -f
complete -c s_server -o use_srtp -d 'Offer SRTP key management with a colon-separated profile list' -r -f
complete -c s_server -o nextprotoneg -d 'Set the advertised protocols for the NPN extension (comma-separated list)' -r -f
complete -c s_server -o alpn -d 'Set the advertised protocols for the ALPN extension (comma-separated list)' -r -f
complete -c s_server -o ech_key -d 'Load ECH PEM-formatted key pair (since OpenSSL 4.0)' -r -f
complete -c s_server -o ech_dir -d 'Load ECH key pairs (for retries) from the specified directory (since OpenSSL 4.0)' -r -f
complete -c s_server -o ech_noretry_dir -d 'Load ECH key pairs (not for retry) from the specified directory (since OpenSSL 4.0)' -r -f
complete -c s_server -o rand -d 'Load the given file(s) into the random number generator' -r -f
complete -c s_server -o writerand -d 'Write random data to the specified file' -r -F
complete -c s_server -o sigalgs -d 'Signature algorithms to support (colon-separated list)' -r -f
complete -c s_server -o client_sigalgs -d 'Signature algorithms to support for client certificate authentication (colon-separated list)' -r -f
complete -c s_server -o groups -d 'Groups to advertise (colon-separated list)' -r -f
complete -c s_server -o curves -d 'Groups to advertise (colon-separated list)' -r -f
complete -c s_server -o named_curve -d 'Elliptic curve used for ECDHE (server-side only)' -r -f
complete -c s_server -o cipher -d 'Specify TLSv1.2 and below cipher list to be used' -r -f
complete -c s_server -o ciphersuites -d 'Specify TLSv1.3 ciphersuites to be used' -r -f
complete -c s_server -o min_protocol -d 'Specify the minimum protocol version to be used' -r -f
complete -c s_server -o max_protocol -d 'Specify the maximum protocol version to be used' -r -f
complete -c s_server -o record_padding -d 'Block size to pad TLS 1.3 records to.' -r -f
complete -c s_server -o policy -d 'adds policy to the acceptable policy set' -r -f
complete -c s_server -o purpose -d 'certificate chain purpose' -r -f
complete -c s_server -o verify_name -d 'verification policy name' -r -f
complete -c s_server -o verify_depth -d 'chain depth limit' -r -f
complete -c s_server -o auth_level -d 'chain authentication security level' -r -f
complete -c s_server -o attime -d 'verification epoch time' -r -f
complete -c s_server -o verify_hostname -d 'expected peer hostname' -r -f
complete -c s_server -o verify_email -d 'expected peer email' -r -f
complete -c s_server -o verify_ip -d 'expected peer IP address' -r -f
complete -c s_server -o xkey -d 'key for Extended certificates' -r -F
complete -c s_server -o xcert -d 'cert for Extended certificates' -r -F
complete -c s_server -o xchain -d 'chain for Extended certificates' -r -F
complete -c s_server -o xcertform -d 'format of Extended certificate (PEM/DER/P12); has no effect' -r -f -a "PEM\t''
DER\t''"
complete -c s_server -o xkeyform -d 'format of Extended certificate\'s key (DER/PEM/P12); has no effect' -r -f -a "PEM\t''
DER\t''"
complete -c s_server -o provider-path -d 'Provider load path (must be before \'provider\' argument if required)' -r -f
complete -c s_server -o provider -d 'Provider to load (can be specified multiple times)' -r -f
complete -c s_server -o provparam -d 'Set a provider key-value parameter (since OpenSSL 3.5)' -r -f
complete -c s_server -o propquery -d 'Property query used when fetching algorithms' -r -f
complete -c s_server -o jobs -d 'Number of threads of -www, -WWW, -HTTP, -rev, -echo (default one per processor)' -r -f
complete -c s_server -o psk_list -d 'File with pre-shared keys, identity:hexkey on each line; lines that begin with # are comments' -r -F
complete -c s_server -o record -d 'Write all that goes in and out to that file, plaintext and secrets as well' -r -F
complete -c s_server -o replay -d 'Play a file of -record once more and tell the first difference; nothing else is done' -r -F
complete -c s_server -o replay_show -d 'Print a file of -record as text, one line a frame; nothing else is done' -r -F
complete -c s_server -o selfsigned_names -d '-selfsigned, also for these host names and addresses (comma-separated list)' -r -f
complete -c s_server -o help -d 'Display this summary'
complete -c s_server -o trace -d 'trace protocol messages'
complete -c s_server -o unlink -d 'For -unix, unlink existing socket first'
complete -c s_server -s 4 -d 'Use IPv4 only'
complete -c s_server -s 6 -d 'Use IPv6 only'
complete -c s_server -o tfo -d 'Listen for TCP Fast Open connections (since OpenSSL 3.2)'
complete -c s_server -o no-CAfile -d 'Do not load the default certificates file'
complete -c s_server -o no-CApath -d 'Do not load certificates from the default certificates directory'
complete -c s_server -o no-CAstore -d 'Do not load certificates from the default certificates store URI'
complete -c s_server -o nocert -d 'Don\'t use any certificates (Anon-DH)'
complete -c s_server -o build_chain -d 'Build server certificate chain'
complete -c s_server -o servername_fatal -d 'On servername mismatch send fatal alert (default warning alert)'
complete -c s_server -o nbio_test -d 'Test with the non-blocking test bio'
complete -c s_server -o crlf -d 'Convert LF from terminal into CRLF'
complete -c s_server -o quiet -d 'No server output'
complete -c s_server -o no_resume_ephemeral -d 'Disable caching and tickets if ephemeral (EC)DH is used'
complete -c s_server -o www -d 'Respond to a \'GET /\' with a status page'
complete -c s_server -o WWW -d 'Respond to a \'GET with the file ./path'
complete -c s_server -o ignore_unexpected_eof -d 'Do not treat lack of close_notify from a peer as an error'
complete -c s_server -o tlsextdebug -d 'Hex dump of all TLS extensions received'
complete -c s_server -o HTTP -d 'Like -WWW but ./path includes HTTP headers'
complete -c s_server -o crl_download -d 'Download CRLs from distribution points in certificate CDP entries'
complete -c s_server -o no_cache -d 'Disable session cache'
complete -c s_server -o ext_cache -d 'Disable internal cache, set up and use external cache'
complete -c s_server -o verify_return_error -d 'Close connection on verification error'
complete -c s_server -o verify_quiet -d 'No verify output except verify errors'
complete -c s_server -o ign_eof -d 'Ignore input EOF (default when -quiet)'
complete -c s_server -o no_ign_eof -d 'Do not ignore input EOF'
complete -c s_server -o cert_comp -d 'Pre-compress server certificates (since OpenSSL 3.2)'
complete -c s_server -o status -d 'Provide certificate status response if requested, for server cert only'
complete -c s_server -o status_all -d 'Provide certificate status response(s) if requested, for the whole chain (since OpenSSL 3.6)'
complete -c s_server -o status_verbose -d 'Print more output in certificate status callback'
complete -c s_server -o security_debug -d 'Print output from SSL/TLS security framework'
complete -c s_server -o security_debug_verbose -d 'Print more output from SSL/TLS security framework'
complete -c s_server -o brief -d 'Restrict output to brief summary of connection parameters'
complete -c s_server -o rev -d 'act as an echo server that sends back received text reversed'
complete -c s_server -o debug -d 'Print more output'
complete -c s_server -o msg -d 'Show protocol messages'
complete -c s_server -o state -d 'Print the SSL states'
complete -c s_server -o async -d 'Operate in asynchronous mode'
complete -c s_server -o nbio -d 'Use non-blocking IO'
complete -c s_server -o timeout -d 'Enable timeouts'
complete -c s_server -o early_data -d 'Attempt to read early data'
complete -c s_server -o anti_replay -d 'Switch on anti-replay protection (default)'
complete -c s_server -o no_anti_replay -d 'Switch off anti-replay protection'
complete -c s_server -o http_server_binmode -d 'opening files in binary mode when acting as http server (-WWW and -HTTP)'
complete -c s_server -o no_ca_names -d 'Disable TLS Extension CA Names'
complete -c s_server -o stateless -d 'Require TLSv1.3 cookies'
complete -c s_server -o ssl3 -d 'Just talk SSLv3 (before OpenSSL 4.0)'
complete -c s_server -o tls1 -d 'Just talk TLSv1'
complete -c s_server -o tls1_1 -d 'Just talk TLSv1.1'
complete -c s_server -o tls1_2 -d 'just talk TLSv1.2'
complete -c s_server -o tls1_3 -d 'just talk TLSv1.3'
complete -c s_server -o dtls -d 'Use any DTLS version'
complete -c s_server -o listen -d 'Listen for a DTLS ClientHello with a cookie and then connect'
complete -c s_server -o dtls1 -d 'Just talk DTLSv1'
complete -c s_server -o dtls1_2 -d 'Just talk DTLSv1.2'
complete -c s_server -o sctp -d 'Use SCTP'
complete -c s_server -o sctp_label_bug -d 'Enable SCTP label length bug'
complete -c s_server -o no_dhe -d 'Disable ephemeral DH'
complete -c s_server -o ech_trialdecrypt -d 'Do trial decryption even if ECH record_digest matching fails (since OpenSSL 4.0)'
complete -c s_server -o ech_greaseretries -d 'Set server to GREASE retry_config values (since OpenSSL 4.0)'
complete -c s_server -o ktls -d 'Enable Kernel TLS for sending and receiving (since OpenSSL 3.2)'
complete -c s_server -o sendfile -d 'Use sendfile to response file with -WWW'
complete -c s_server -o zerocopy_sendfile -d 'Use zerocopy mode of KTLS sendfile (since OpenSSL 3.2)'
complete -c s_server -o enable_server_rpk -d 'Enable raw public keys (RFC7250) from the server (since OpenSSL 3.2)'
complete -c s_server -o enable_client_rpk -d 'Enable raw public keys (RFC7250) from the client (since OpenSSL 3.2)'
complete -c s_server -o no_ssl3 -d 'Just disable SSLv3'
complete -c s_server -o no_tls1 -d 'Just disable TLSv1'
complete -c s_server -o no_tls1_1 -d 'Just disable TLSv1.1'
complete -c s_server -o no_tls1_2 -d 'Just disable TLSv1.2'
complete -c s_server -o no_tls1_3 -d 'Just disable TLSv1.3'
complete -c s_server -o bugs -d 'Turn on SSL bug compatibility'
complete -c s_server -o no_comp -d 'Disable SSL/TLS compression (default)'
complete -c s_server -o comp -d 'Use SSL/TLS-level compression'
complete -c s_server -o no_tx_cert_comp -d 'Disable sending TLSv1.3 compressed certificates (since OpenSSL 3.2)'
complete -c s_server -o no_rx_cert_comp -d 'Disable receiving TLSv1.3 compressed certificates (since OpenSSL 3.2)'
complete -c s_server -o no_ticket -d 'Disable use of TLS session tickets'
complete -c s_server -o serverpref -d 'Use server\'s cipher preferences'
complete -c s_server -o legacy_renegotiation -d 'Enable use of legacy renegotiation (dangerous)'
complete -c s_server -o client_renegotiation -d 'Allow client-initiated renegotiation'
complete -c s_server -o no_renegotiation -d 'Disable all renegotiation.'
complete -c s_server -o legacy_server_connect -d 'Allow initial connection to servers that don\'t support RI'
complete -c s_server -o no_resumption_on_reneg -d 'Disallow session resumption on renegotiation'
complete -c s_server -o no_legacy_server_connect -d 'Disallow initial connection to servers that don\'t support RI'
complete -c s_server -o allow_no_dhe_kex -d 'In TLSv1.3 allow non-(ec)dhe based key exchange on resumption'
complete -c s_server -o prefer_no_dhe_kex -d 'In TLSv1.3 prefer non-(ec)dhe over (ec)dhe-based key exchange on resumption (since OpenSSL 3.3)'
complete -c s_server -o prioritize_chacha -d 'Prioritize ChaCha ciphers when preferred by clients'
complete -c s_server -o strict -d 'Enforce strict certificate checks as per TLS standard'
complete -c s_server -o debug_broken_protocol -d 'Perform all sorts of protocol violations for testing purposes'
complete -c s_server -o no_middlebox -d 'Disable TLSv1.3 middlebox compat mode'
complete -c s_server -o no_etm -d 'Disable Encrypt-then-Mac extension'
complete -c s_server -o no_ems -d 'Disable Extended master secret extension (since OpenSSL 3.2)'
complete -c s_server -o ignore_critical -d 'permit unhandled critical extensions'
complete -c s_server -o issuer_checks -d '(deprecated)'
complete -c s_server -o crl_check -d 'check leaf certificate revocation'
complete -c s_server -o crl_check_all -d 'check full chain revocation'
complete -c s_server -o policy_check -d 'perform rfc5280 policy checks'
complete -c s_server -o explicit_policy -d 'set policy variable require-explicit-policy'
complete -c s_server -o inhibit_any -d 'set policy variable inhibit-any-policy'
complete -c s_server -o inhibit_map -d 'set policy variable inhibit-policy-mapping'
complete -c s_server -o x509_strict -d 'disable certificate compatibility work-arounds'
complete -c s_server -o extended_crl -d 'enable extended CRL features'
complete -c s_server -o use_deltas -d 'use delta CRLs'
complete -c s_server -o policy_print -d 'print policy processing diagnostics'
complete -c s_server -o check_ss_sig -d 'check root CA self-signatures'
complete -c s_server -o trusted_first -d 'search trust store first (default)'
complete -c s_server -o suiteB_128_only -d 'Suite B 128-bit-only mode'
complete -c s_server -o suiteB_128 -d 'Suite B 128-bit mode allowing 192-bit algorithms'
complete -c s_server -o suiteB_192 -d 'Suite B 192-bit-only mode'
complete -c s_server -o partial_chain -d 'accept chains anchored by intermediate trust-store CAs'
complete -c s_server -o no_alt_chains -d '(deprecated)'
complete -c s_server -o no_check_time -d 'ignore certificate validity time'
complete -c s_server -o allow_proxy_certs -d 'allow the use of proxy certificates'
complete -c s_server -o xchain_build -d 'build certificate chain for the extended certificates'
complete -c s_server -o help_ext -d 'Display this summary of what openssl s_server does not have'
complete -c s_server -o echo -d 'Send back what arrives, to any number of clients'
complete -c s_server -o selfsigned -d 'Make a key and a certificate for localhost, 127.0.0.1 and ::1 at the start'
complete -c s_server -o version -d 'Print the versions of the program and its libraries'
