//! Declarations of OpenSSL that `openssl-sys` lacks. The build script checks each of them against the headers.
//!
//! Where a later header adds `const` to a pointer, the older form stands here: it is the same call.
use openssl_sys::{
    ASN1_OBJECT, BIGNUM, BIO, BIO_METHOD, EVP_MD, EVP_PKEY, OCSP_REQUEST, OCSP_RESPONSE, OPENSSL_INIT_SETTINGS,
    OSSL_LIB_CTX, OSSL_PARAM, SSL, SSL_CIPHER, SSL_CTX, SSL_METHOD, SSL_SESSION, X509, X509_CRL, X509_EXTENSION,
    X509_LOOKUP, X509_NAME, X509_STORE, X509_STORE_CTX, X509_VERIFY_PARAM, stack_st_SSL_CIPHER, stack_st_X509,
    stack_st_X509_CRL, stack_st_X509_NAME,
};
#[cfg(has_comp_alg)]
use openssl_sys::{COMP_CTX, COMP_METHOD};
use std::ffi::{c_char, c_int, c_long, c_uchar, c_uint, c_ulong, c_void};

/// `SSL_CTRL_…` numbers of the macros in `ssl.h` and `tls1.h`.
pub mod ctrl {
    use std::ffi::c_int;

    pub const SESS_NUMBER: c_int = 20;
    pub const SESS_CONNECT: c_int = 21;
    pub const SESS_CONNECT_GOOD: c_int = 22;
    pub const SESS_CONNECT_RENEGOTIATE: c_int = 23;
    pub const SESS_ACCEPT: c_int = 24;
    pub const SESS_ACCEPT_GOOD: c_int = 25;
    pub const SESS_ACCEPT_RENEGOTIATE: c_int = 26;
    pub const SESS_HIT: c_int = 27;
    pub const SESS_CB_HIT: c_int = 28;
    pub const SESS_MISSES: c_int = 29;
    pub const SESS_TIMEOUTS: c_int = 30;
    pub const SESS_CACHE_FULL: c_int = 31;
    pub const SET_MAX_SEND_FRAGMENT: c_int = 52;
    pub const SET_TLSEXT_DEBUG_CB: c_int = 56;
    pub const GET_TLSEXT_STATUS_REQ_EXTS: c_int = 66;
    pub const GET_RI_SUPPORT: c_int = 76;
    pub const CLEAR_MODE: c_int = 78;
    pub const CHAIN: c_int = 88;
    pub const GET_GROUPS: c_int = 90;
    pub const GET_SHARED_GROUP: c_int = 93;
    pub const CERT_FLAGS: c_int = 99;
    pub const BUILD_CERT_CHAIN: c_int = 105;
    pub const SET_VERIFY_CERT_STORE: c_int = 106;
    pub const SET_CHAIN_CERT_STORE: c_int = 107;
    pub const GET_PEER_SIGNATURE_NID: c_int = 108;
    pub const SET_CURRENT_CERT: c_int = 117;
    pub const SET_SPLIT_SEND_FRAGMENT: c_int = 125;
    pub const SET_MAX_PIPELINES: c_int = 126;
    pub const GET_RAW_CIPHERLIST: c_int = 110;
    pub const GET_EC_POINT_FORMATS: c_int = 111;
    #[cfg(ossl360)]
    pub const GET_CHAIN_CERTS: c_int = 115;
    #[cfg(ossl360)]
    pub const SET_TLSEXT_STATUS_REQ_OCSP_RESP_EX: c_int = 143;
    #[cfg(ossl350)]
    pub const GET_NEGOTIATED_GROUP: c_int = 134;
    #[cfg(ossl350)]
    pub const GET_SIGNATURE_NAME: c_int = 140;
    #[cfg(ossl350)]
    pub const GET_PEER_SIGNATURE_NAME: c_int = 141;
}

/// `DTLS_CTRL_…` numbers of the macros in `ssl.h`.
pub mod dtls_ctrl {
    use std::ffi::c_int;

    pub const GET_TIMEOUT: c_int = 73;
    pub const HANDLE_TIMEOUT: c_int = 74;
    pub const SET_LINK_MTU: c_int = 120;
}

/// `BIO_CTRL_DGRAM_…`: what OpenSSL asks a BIO for datagrams.
pub mod dgram_ctrl {
    use std::ffi::c_int;

    pub const QUERY_MTU: c_int = 40;
    pub const GET_MTU: c_int = 41;
    pub const SET_MTU: c_int = 42;
    pub const GET_FALLBACK_MTU: c_int = 47;
    pub const GET_MTU_OVERHEAD: c_int = 49;
}

/// `SSL_ECH_STATUS_…`
#[cfg(has_ech)]
pub mod ech {
    use std::ffi::c_int;

    pub const BACKEND: c_int = 4;
    pub const GREASE_ECH: c_int = 3;
    pub const GREASE: c_int = 2;
    pub const SUCCESS: c_int = 1;
    pub const FAILED: c_int = 0;
    pub const BAD_CALL: c_int = -100;
    pub const NOT_TRIED: c_int = -101;
    pub const BAD_NAME: c_int = -102;
    pub const NOT_CONFIGURED: c_int = -103;
    pub const FAILED_ECH: c_int = -105;

    /// `SSL_OP_ECH_TRIALDECRYPT`
    pub const TRY_ALL: u64 = 1 << 38;
    /// `SSL_OP_ECH_GREASE_RETRY_CONFIG`
    pub const GREASE_RETRIES: u64 = 1 << 40;
}

/// `TLSEXT_cert_type_…`, RFC 7250 section 3
#[cfg(ossl320)]
pub mod cert_type {
    /// `TLSEXT_cert_type_x509`
    pub const X509: u8 = 0;
    /// `TLSEXT_cert_type_rpk`
    pub const RAW_KEY: u8 = 2;
}

/// `CERT_PKEY_…`: what `SSL_check_chain` found good.
pub mod fit {
    use std::ffi::c_int;

    pub const VALID: c_int = 0x1;
    pub const SIGN: c_int = 0x2;
    pub const EE_SIGNATURE: c_int = 0x10;
    pub const CA_SIGNATURE: c_int = 0x20;
    pub const EE_PARAM: c_int = 0x40;
    pub const CA_PARAM: c_int = 0x80;
    pub const EXPLICIT_SIGN: c_int = 0x100;
    pub const ISSUER_NAME: c_int = 0x200;
    pub const CERT_TYPE: c_int = 0x400;
    pub const SUITEB: c_int = 0x800;
}

/// `BIO_R_…`: reasons of entries in the error queue.
pub mod reason {
    use std::ffi::c_int;

    pub const CONNECT_ERROR: c_int = 103;
    pub const UNABLE_TO_BIND_SOCKET: c_int = 117;
    pub const UNABLE_TO_CREATE_SOCKET: c_int = 118;
    pub const UNABLE_TO_LISTEN_SOCKET: c_int = 119;
    pub const GETSOCKNAME_ERROR: c_int = 132;
    pub const LISTEN_V6_ONLY: c_int = 136;
    pub const UNABLE_TO_REUSEADDR: c_int = 139;
    pub const CONNECT_TIMEOUT: c_int = 147;
    /// `HTTP_R_TLS_NOT_ENABLED`
    pub const TLS_NOT_ENABLED: c_int = 107;
}

/// `X509_V_FLAG_…`
pub mod verify_flag {
    pub const CRL_CHECK: u32 = 0x4;
    pub const CRL_CHECK_ALL: u32 = 0x8;
    pub const IGNORE_CRITICAL: u32 = 0x10;
    pub const X509_STRICT: u32 = 0x20;
    pub const ALLOW_PROXY_CERTS: u32 = 0x40;
    pub const POLICY_CHECK: u32 = 0x80;
    pub const EXPLICIT_POLICY: u32 = 0x100;
    pub const INHIBIT_ANY: u32 = 0x200;
    pub const INHIBIT_MAP: u32 = 0x400;
    pub const NOTIFY_POLICY: u32 = 0x800;
    pub const EXTENDED_CRL_SUPPORT: u32 = 0x1000;
    pub const USE_DELTAS: u32 = 0x2000;
    pub const CHECK_SS_SIGNATURE: u32 = 0x4000;
    pub const TRUSTED_FIRST: u32 = 0x8000;
    pub const SUITEB_128_LOS_ONLY: u32 = 0x1_0000;
    pub const SUITEB_192_LOS: u32 = 0x2_0000;
    pub const SUITEB_128_LOS: u32 = 0x3_0000;
    pub const PARTIAL_CHAIN: u32 = 0x8_0000;
    pub const NO_ALT_CHAINS: u32 = 0x10_0000;
    pub const NO_CHECK_TIME: u32 = 0x20_0000;
}

/// Numbers of key exchanges and authentications.
pub mod nid {
    use std::ffi::c_int;

    /// `NID_kx_rsa`
    pub const KX_RSA: c_int = 1037;
    /// `NID_kx_ecdhe`
    pub const KX_ECDHE: c_int = 1038;
    /// `NID_kx_dhe`
    pub const KX_DHE: c_int = 1039;
    /// `NID_kx_ecdhe_psk`
    pub const KX_ECDHE_PSK: c_int = 1040;
    /// `NID_kx_dhe_psk`
    pub const KX_DHE_PSK: c_int = 1041;
    /// `NID_kx_rsa_psk`
    pub const KX_RSA_PSK: c_int = 1042;
    /// `NID_kx_psk`
    pub const KX_PSK: c_int = 1043;
    /// `NID_kx_srp`
    pub const KX_SRP: c_int = 1044;
    /// `NID_kx_any`
    pub const KX_ANY: c_int = 1063;
    /// `NID_auth_rsa`
    pub const AUTH_RSA: c_int = 1046;
    /// `NID_auth_ecdsa`
    pub const AUTH_ECDSA: c_int = 1047;
    /// `NID_auth_psk`
    pub const AUTH_PSK: c_int = 1048;
    /// `NID_auth_dss`
    pub const AUTH_DSS: c_int = 1049;
    /// `NID_auth_srp`
    pub const AUTH_SRP: c_int = 1052;
    /// `NID_auth_null`
    pub const AUTH_NULL: c_int = 1053;
    /// `NID_auth_any`
    pub const AUTH_ANY: c_int = 1064;
}

/// `SSL_SECOP_…`: what the security callback decides about, and what `other` points to.
pub mod secop {
    use std::ffi::{c_int, c_uint};

    pub const OTHER_TYPE: c_uint = 0xffff_0000;
    pub const OTHER_CIPHER: c_int = 1 << 16;
    pub const OTHER_CURVE: c_int = 2 << 16;
    pub const OTHER_SIGALG: c_int = 5 << 16;
    pub const OTHER_CERT: c_int = 6 << 16;
    pub const PEER: c_int = 0x1000;
    pub const CIPHER_SUPPORTED: c_int = 1 | OTHER_CIPHER;
    pub const CIPHER_SHARED: c_int = 2 | OTHER_CIPHER;
    pub const CIPHER_CHECK: c_int = 3 | OTHER_CIPHER;
    pub const CURVE_SUPPORTED: c_int = 4 | OTHER_CURVE;
    pub const CURVE_SHARED: c_int = 5 | OTHER_CURVE;
    pub const CURVE_CHECK: c_int = 6 | OTHER_CURVE;
    pub const TMP_DH: c_int = 7 | 4 << 16;
    pub const VERSION: c_int = 9;
    pub const SIGALG_SUPPORTED: c_int = 11 | OTHER_SIGALG;
    pub const SIGALG_SHARED: c_int = 12 | OTHER_SIGALG;
    pub const SIGALG_CHECK: c_int = 13 | OTHER_SIGALG;
    pub const SIGALG_MASK: c_int = 14 | OTHER_SIGALG;
    pub const EE_KEY: c_int = 16 | OTHER_CERT;
    pub const CA_KEY: c_int = 17 | OTHER_CERT;
    pub const CA_MD: c_int = 18 | OTHER_CERT;
}

// Bits of the second argument of the info callback.
pub const SSL_CB_LOOP: c_int = 0x01;
pub const SSL_CB_EXIT: c_int = 0x02;
pub const SSL_CB_READ: c_int = 0x04;
pub const SSL_CB_HANDSHAKE_DONE: c_int = 0x20;
pub const SSL_ST_CONNECT: c_int = 0x1000;
pub const SSL_ST_ACCEPT: c_int = 0x2000;
pub const SSL_CB_ALERT: c_int = 0x4000;

pub const SSL_OP_NO_RENEGOTIATION: u64 = 1 << 30;
pub const SSL_BUILD_CHAIN_FLAG_CHECK: c_long = 0x4;
pub const SSL_CERT_FLAG_SUITEB_128_LOS: c_long = 0x3_0000;
pub const SSL_CERT_SET_FIRST: c_long = 1;
pub const SSL_CERT_SET_NEXT: c_long = 2;
pub const SSL_CERT_SET_SERVER: c_long = 3;
pub const SSL_CONF_FLAG_CMDLINE: c_uint = 0x1;
pub const SSL_CONF_FLAG_SERVER: c_uint = 0x8;
pub const SSL_KEY_UPDATE_NOT_REQUESTED: c_int = 0;
pub const SSL_KEY_UPDATE_REQUESTED: c_int = 1;
pub const SSL_READ_EARLY_DATA_SUCCESS: c_int = 1;
pub const SSL_READ_EARLY_DATA_FINISH: c_int = 2;
pub const SSL3_AL_FATAL: c_int = 2;
pub const SSL_R_UNEXPECTED_EOF_WHILE_READING: c_int = 294;

pub const OPENSSL_INIT_LOAD_CONFIG: u64 = 0x40;

pub const ERR_LIB_SYS: c_int = 2;
pub const ERR_LIB_BIO: c_int = 32;
pub const ERR_LIB_HTTP: c_int = 61;
pub const ERR_R_SYS_LIB: c_int = ERR_LIB_SYS | (0x2 << 18);

#[cfg(has_engine)]
pub const ENGINE_METHOD_ALL: c_uint = 0xffff;

pub const X509_L_FILE_LOAD: c_int = 1;
pub const CRYPTO_EX_INDEX_X509_STORE: c_int = 4;

pub const BIO_C_SET_SSL: c_int = 109;
pub const BIO_TYPE_SOURCE_SINK: c_int = 0x0400;

pub const OSSL_STORE_INFO_PARAMS: c_int = 2;
pub const OSSL_STORE_INFO_PUBKEY: c_int = 3;
pub const OSSL_STORE_INFO_PKEY: c_int = 4;
pub const OSSL_STORE_INFO_CERT: c_int = 5;
pub const OSSL_STORE_INFO_CRL: c_int = 6;

pub const X509_V_ERR_NO_EXPLICIT_POLICY: c_int = 43;

pub const UI_INPUT_FLAG_DEFAULT_PWD: c_int = 0x02;
// An enum, which C compilers take for this type when no value is negative.
pub const UIT_PROMPT: c_uint = 1;
pub const UIT_VERIFY: c_uint = 2;

pub enum ASN1_ITEM {}
pub enum ASN1_VALUE {}
pub enum BIO_ADDR {}
#[cfg(ossl320)]
pub enum ASN1_PCTX {}
#[cfg(has_engine)]
pub enum ENGINE {}
#[cfg(has_ech)]
pub enum OSSL_ECHSTORE {}
pub enum OSSL_STORE_CTX {}
pub enum OSSL_HTTP_REQ_CTX {}
pub enum OSSL_STORE_INFO {}
pub enum SSL_CONF_CTX {}
#[cfg(has_srp)]
pub enum stack_st_SRP_gN_cache {}
#[cfg(has_srp)]
pub enum stack_st_SRP_user_pwd {}
pub enum UI {}
pub enum UI_METHOD {}
pub enum UI_STRING {}
pub enum X509_POLICY_NODE {}
pub enum X509_POLICY_TREE {}
pub enum stack_st_X509_POLICY_NODE {}

#[cfg(has_srp)]
#[repr(C)]
pub struct SRP_user_pwd {
    pub id: *mut c_char,
    pub s: *mut BIGNUM,
    pub v: *mut BIGNUM,
    pub g: *const BIGNUM,
    pub N: *const BIGNUM,
    pub info: *mut c_char,
}

#[cfg(has_srp)]
#[repr(C)]
pub struct SRP_VBASE {
    pub users_pwd: *mut stack_st_SRP_user_pwd,
    pub gN_cache: *mut stack_st_SRP_gN_cache,
    pub seed_key: *mut c_char,
    pub default_g: *const BIGNUM,
    pub default_N: *const BIGNUM,
}

#[cfg(has_ech)]
pub type EchCallback = unsafe extern "C" fn(*mut SSL, *const c_char) -> c_uint;
#[cfg(ossl350)]
pub type ProviderVisit = unsafe extern "C" fn(*mut OSSL_PROVIDER, *mut c_void) -> c_int;
pub type CertCallback = unsafe extern "C" fn(*mut SSL, *mut c_void) -> c_int;
pub type ExtensionCallback = unsafe extern "C" fn(*mut SSL, c_int, c_int, *const c_uchar, c_int, *mut c_void);
pub type FindSessionCallback = unsafe extern "C" fn(*mut SSL, *const c_uchar, usize, *mut *mut SSL_SESSION) -> c_int;
pub type GenerateSessionId = unsafe extern "C" fn(*mut SSL, *mut c_uchar, *mut c_uint) -> c_int;
pub type GetIssuer = unsafe extern "C" fn(*mut *mut X509, *mut X509_STORE_CTX, *mut X509) -> c_int;
pub type LookupCerts = unsafe extern "C" fn(*mut X509_STORE_CTX, *const X509_NAME) -> *mut stack_st_X509;
pub type LookupCrls = unsafe extern "C" fn(*const X509_STORE_CTX, *const X509_NAME) -> *mut stack_st_X509_CRL;
pub type HttpUpdate = unsafe extern "C" fn(*mut BIO, *mut c_void, c_int, c_int) -> *mut BIO;
pub type MessageCallback = unsafe extern "C" fn(c_int, c_int, c_int, *const c_void, usize, *mut SSL, *mut c_void);
pub type NotResumable = unsafe extern "C" fn(*mut SSL, c_int) -> c_int;
pub type SecurityCallback =
    unsafe extern "C" fn(*const SSL, *const SSL_CTX, c_int, c_int, c_int, *mut c_void, *mut c_void) -> c_int;
pub type InfoCallback = unsafe extern "C" fn(*const SSL, c_int, c_int);
pub type PrintCallback = unsafe extern "C" fn(*const c_char, usize, *mut c_void) -> c_int;
#[cfg(test)]
pub type TimerCallback = unsafe extern "C" fn(*mut SSL, c_uint) -> c_uint;
#[cfg(has_srp)]
pub type SrpCallback = unsafe extern "C" fn(*mut SSL, *mut c_int, *mut c_void) -> c_int;
pub type UiAction = unsafe extern "C" fn(*mut UI) -> c_int;
pub type UiStringAction = unsafe extern "C" fn(*mut UI, *mut UI_STRING) -> c_int;
pub type UiPrompt = unsafe extern "C" fn(*mut UI, *const c_char, *const c_char) -> *mut c_char;

unsafe extern "C" {
    // ssl.h, tls1.h
    pub fn SSL_renegotiate(s: *mut SSL) -> c_int;
    pub fn DTLSv1_listen(s: *mut SSL, client: *mut BIO_ADDR) -> c_int;
    pub fn SSL_key_update(s: *mut SSL, updatetype: c_int) -> c_int;
    pub fn SSL_verify_client_post_handshake(s: *mut SSL) -> c_int;
    pub fn SSL_get_options(s: *const SSL) -> u64;
    pub fn SSL_stateless(s: *mut SSL) -> c_int;
    pub fn SSL_read_early_data(s: *mut SSL, buf: *mut c_void, num: usize, readbytes: *mut usize) -> c_int;
    pub fn SSL_CTX_set_recv_max_early_data(ctx: *mut SSL_CTX, recv_max_early_data: u32) -> c_int;
    pub fn SSL_get_early_data_status(s: *const SSL) -> c_int;
    pub fn SSL_set_msg_callback(ssl: *mut SSL, callback: Option<MessageCallback>);
    pub fn SSL_get_shared_ciphers(s: *const SSL, buf: *mut c_char, size: c_int) -> *mut c_char;
    pub fn SSL_get_ciphers(s: *const SSL) -> *mut stack_st_SSL_CIPHER;
    pub fn SSL_SESSION_new() -> *mut SSL_SESSION;
    pub fn SSL_SESSION_set1_master_key(s: *mut SSL_SESSION, key: *const c_uchar, len: usize) -> c_int;
    pub fn SSL_SESSION_set_cipher(s: *mut SSL_SESSION, cipher: *const SSL_CIPHER) -> c_int;
    pub fn SSL_SESSION_set_protocol_version(s: *mut SSL_SESSION, version: c_int) -> c_int;
    pub fn SSL_CTX_use_psk_identity_hint(ctx: *mut SSL_CTX, hint: *const c_char) -> c_int;
    pub fn SSL_CTX_set_psk_find_session_callback(ctx: *mut SSL_CTX, callback: Option<FindSessionCallback>);
    pub fn SSL_CIPHER_find(s: *mut SSL, id: *const c_uchar) -> *const SSL_CIPHER;
    pub fn SSL_get_sigalgs(
        s: *mut SSL,
        index: c_int,
        sign: *mut c_int,
        hash: *mut c_int,
        sign_and_hash: *mut c_int,
        raw_sign: *mut c_uchar,
        raw_hash: *mut c_uchar,
    ) -> c_int;
    pub fn SSL_get_shared_sigalgs(
        s: *mut SSL,
        index: c_int,
        sign: *mut c_int,
        hash: *mut c_int,
        sign_and_hash: *mut c_int,
        raw_sign: *mut c_uchar,
        raw_hash: *mut c_uchar,
    ) -> c_int;
    #[cfg(not(ossl350))]
    pub fn SSL_get_peer_signature_type_nid(s: *const SSL, nid: *mut c_int) -> c_int;
    pub fn SSL_group_to_name(s: *mut SSL, id: c_int) -> *const c_char;
    pub fn SSL_get0_peer_CA_list(s: *const SSL) -> *const stack_st_X509_NAME;
    pub fn SSL_get0_peername(s: *mut SSL) -> *const c_char;
    pub fn SSL_SESSION_get0_id_context(s: *const SSL_SESSION, len: *mut c_uint) -> *const c_uchar;
    pub fn SSL_SESSION_get_max_fragment_length(s: *const SSL_SESSION) -> u8;
    pub fn SSL_alert_type_string_long(value: c_int) -> *const c_char;
    pub fn SSL_CTX_new_ex(libctx: *mut OSSL_LIB_CTX, propq: *const c_char, method: *const SSL_METHOD) -> *mut SSL_CTX;
    pub fn SSL_CTX_config(ctx: *mut SSL_CTX, name: *const c_char) -> c_int;
    pub fn SSL_CTX_set_default_read_buffer_len(ctx: *mut SSL_CTX, len: usize);
    pub fn SSL_CTX_set_generate_session_id(ctx: *mut SSL_CTX, callback: Option<GenerateSessionId>) -> c_int;
    pub fn SSL_has_matching_session_id(s: *const SSL, id: *const c_uchar, len: c_uint) -> c_int;
    pub fn SSL_CTX_set_not_resumable_session_callback(ctx: *mut SSL_CTX, callback: Option<NotResumable>);
    pub fn SSL_CTX_set_security_callback(ctx: *mut SSL_CTX, callback: Option<SecurityCallback>);
    pub fn SSL_get_security_callback(s: *const SSL) -> Option<SecurityCallback>;
    pub fn SSL_CTX_get_security_callback(ctx: *const SSL_CTX) -> Option<SecurityCallback>;
    pub fn SSL_callback_ctrl(s: *mut SSL, command: c_int, callback: Option<unsafe extern "C" fn()>) -> c_long;
    pub fn SSL_CIPHER_get_kx_nid(cipher: *const SSL_CIPHER) -> c_int;
    pub fn SSL_CIPHER_get_auth_nid(cipher: *const SSL_CIPHER) -> c_int;
    pub fn HMAC(
        digest: *const EVP_MD,
        key: *const c_void,
        key_length: c_int,
        message: *const c_uchar,
        message_length: usize,
        mac: *mut c_uchar,
        mac_length: *mut c_uint,
    ) -> *mut c_uchar;
    #[cfg(unix)]
    pub fn SSL_get_all_async_fds(s: *mut SSL, descriptors: *mut c_int, count: *mut usize) -> c_int;
    pub fn SSL_CTX_set_info_callback(ctx: *mut SSL_CTX, callback: Option<InfoCallback>);
    pub fn SSL_CTX_load_verify_file(ctx: *mut SSL_CTX, file: *const c_char) -> c_int;
    pub fn SSL_CTX_load_verify_dir(ctx: *mut SSL_CTX, dir: *const c_char) -> c_int;
    pub fn SSL_CTX_load_verify_store(ctx: *mut SSL_CTX, uri: *const c_char) -> c_int;
    pub fn SSL_CTX_set_default_verify_dir(ctx: *mut SSL_CTX) -> c_int;
    pub fn SSL_CTX_set_default_verify_store(ctx: *mut SSL_CTX) -> c_int;
    pub fn SSL_CTX_set_cert_cb(ctx: *mut SSL_CTX, callback: Option<CertCallback>, arg: *mut c_void);
    pub fn SSL_CTX_set1_param(ctx: *mut SSL_CTX, param: *mut X509_VERIFY_PARAM) -> c_int;
    pub fn SSL_CTX_use_serverinfo_file(ctx: *mut SSL_CTX, file: *const c_char) -> c_int;
    pub fn SSL_certs_clear(s: *mut SSL);
    pub fn SSL_check_chain(s: *mut SSL, cert: *mut X509, key: *mut EVP_PKEY, chain: *mut stack_st_X509) -> c_int;
    pub fn SSL_CONF_CTX_new() -> *mut SSL_CONF_CTX;
    pub fn SSL_CONF_CTX_free(conf: *mut SSL_CONF_CTX);
    pub fn SSL_CONF_CTX_set_flags(conf: *mut SSL_CONF_CTX, flags: c_uint) -> c_uint;
    pub fn SSL_CONF_CTX_set_ssl_ctx(conf: *mut SSL_CONF_CTX, ctx: *mut SSL_CTX);
    pub fn SSL_CONF_cmd(conf: *mut SSL_CONF_CTX, command: *const c_char, value: *const c_char) -> c_int;
    pub fn SSL_CONF_CTX_finish(conf: *mut SSL_CONF_CTX) -> c_int;

    // bio.h, crypto.h
    pub fn BIO_new_file(path: *const c_char, mode: *const c_char) -> *mut BIO;
    pub fn OPENSSL_hexstr2buf(digits: *const c_char, len: *mut c_long) -> *mut c_uchar;
    pub fn BIO_ADDR_new() -> *mut BIO_ADDR;
    pub fn BIO_ADDR_free(address: *mut BIO_ADDR);

    // pem.h, x509.h, asn1.h
    pub fn PEM_write_bio_SSL_SESSION(out: *mut BIO, session: *const SSL_SESSION) -> c_int;
    pub fn PEM_read_bio_SSL_SESSION(
        from: *mut BIO,
        to: *mut *mut SSL_SESSION,
        password: openssl_sys::pem_password_cb,
        user: *mut c_void,
    ) -> *mut SSL_SESSION;
    pub fn X509_NAME_print_ex(out: *mut BIO, name: *const X509_NAME, indent: c_int, flags: c_ulong) -> c_int;
    pub fn X509_print_ex(out: *mut BIO, cert: *mut X509, name_flags: c_ulong, flags: c_ulong) -> c_int;
    pub fn X509_NAME_oneline(name: *const X509_NAME, buf: *mut c_char, size: c_int) -> *mut c_char;
    pub fn d2i_X509_CRL_bio(from: *mut BIO, to: *mut *mut X509_CRL) -> *mut X509_CRL;

    // http.h
    pub fn OSSL_HTTP_parse_url(
        url: *const c_char,
        tls: *mut c_int,
        user: *mut *mut c_char,
        host: *mut *mut c_char,
        port: *mut *mut c_char,
        port_number: *mut c_int,
        path: *mut *mut c_char,
        query: *mut *mut c_char,
        fragment: *mut *mut c_char,
    ) -> c_int;
    pub fn OSSL_HTTP_adapt_proxy(
        proxy: *const c_char,
        no_proxy: *const c_char,
        server: *const c_char,
        tls: c_int,
    ) -> *const c_char;
    pub fn OSSL_HTTP_open(
        server: *const c_char,
        port: *const c_char,
        proxy: *const c_char,
        no_proxy: *const c_char,
        tls: c_int,
        bio: *mut BIO,
        rbio: *mut BIO,
        update: Option<HttpUpdate>,
        arg: *mut c_void,
        buffer: c_int,
        timeout: c_int,
    ) -> *mut OSSL_HTTP_REQ_CTX;
    pub fn OSSL_HTTP_REQ_CTX_set_request_line(
        request: *mut OSSL_HTTP_REQ_CTX,
        post: c_int,
        server: *const c_char,
        port: *const c_char,
        path: *const c_char,
    ) -> c_int;
    pub fn OSSL_HTTP_REQ_CTX_add1_header(
        request: *mut OSSL_HTTP_REQ_CTX,
        name: *const c_char,
        value: *const c_char,
    ) -> c_int;
    pub fn OSSL_HTTP_REQ_CTX_set_expected(
        request: *mut OSSL_HTTP_REQ_CTX,
        content_type: *const c_char,
        asn1: c_int,
        timeout: c_int,
        keep_alive: c_int,
    ) -> c_int;
    pub fn OSSL_HTTP_REQ_CTX_set_max_response_length(request: *mut OSSL_HTTP_REQ_CTX, length: c_ulong);
    pub fn OSSL_HTTP_REQ_CTX_free(request: *mut OSSL_HTTP_REQ_CTX);
    pub fn OSSL_HTTP_exchange(request: *mut OSSL_HTTP_REQ_CTX, moved: *mut *mut c_char) -> *mut BIO;

    pub fn OSSL_HTTP_REQ_CTX_set1_req(
        request: *mut OSSL_HTTP_REQ_CTX,
        content_type: *const c_char,
        item: *const ASN1_ITEM,
        value: *const ASN1_VALUE,
    ) -> c_int;
    pub fn OSSL_HTTP_proxy_connect(
        bio: *mut BIO,
        server: *const c_char,
        port: *const c_char,
        user: *const c_char,
        password: *const c_char,
        timeout: c_int,
        errors: *mut BIO,
        program: *const c_char,
    ) -> c_int;

    // asn1.h, ocsp.h
    pub fn ASN1_item_d2i_bio(item: *const ASN1_ITEM, from: *mut BIO, to: *mut c_void) -> *mut c_void;
    pub fn OCSP_REQUEST_it() -> *const ASN1_ITEM;
    pub fn OCSP_RESPONSE_it() -> *const ASN1_ITEM;
    pub fn OCSP_REQUEST_add_ext(request: *mut OCSP_REQUEST, extension: *mut X509_EXTENSION, place: c_int) -> c_int;
    pub fn OCSP_RESPONSE_print(to: *mut BIO, response: *mut OCSP_RESPONSE, flags: c_ulong) -> c_int;

    // x509_vfy.h, x509v3.h
    pub fn X509_STORE_load_file(store: *mut X509_STORE, file: *const c_char) -> c_int;
    pub fn X509_STORE_load_path(store: *mut X509_STORE, path: *const c_char) -> c_int;
    pub fn X509_STORE_load_store(store: *mut X509_STORE, uri: *const c_char) -> c_int;
    pub fn X509_STORE_add_crl(store: *mut X509_STORE, crl: *mut X509_CRL) -> c_int;
    pub fn X509_self_signed(cert: *mut X509, verify_signature: c_int) -> c_int;
    pub fn X509_LOOKUP_ctrl_ex(
        lookup: *mut X509_LOOKUP,
        cmd: c_int,
        argc: *const c_char,
        argl: c_long,
        ret: *mut *mut c_char,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
    ) -> c_int;
    pub fn X509_STORE_CTX_get0_store(ctx: *const X509_STORE_CTX) -> *mut X509_STORE;
    pub fn X509_STORE_CTX_get1_crls(ctx: *const X509_STORE_CTX, name: *const X509_NAME) -> *mut stack_st_X509_CRL;
    pub fn X509_STORE_CTX_get_lookup_certs(ctx: *const X509_STORE_CTX) -> Option<LookupCerts>;
    pub fn X509_STORE_CTX_get1_certs(ctx: *mut X509_STORE_CTX, name: *const X509_NAME) -> *mut stack_st_X509;
    pub fn X509_STORE_CTX_get1_issuer(issuer: *mut *mut X509, ctx: *mut X509_STORE_CTX, x: *mut X509) -> c_int;
    pub fn X509_STORE_get_ex_data(store: *const X509_STORE, index: c_int) -> *mut c_void;
    pub fn X509_STORE_set_ex_data(store: *mut X509_STORE, index: c_int, data: *mut c_void) -> c_int;
    pub fn X509_STORE_set_get_issuer(store: *mut X509_STORE, get: Option<GetIssuer>);
    pub fn X509_STORE_set_lookup_certs(store: *mut X509_STORE, lookup: Option<LookupCerts>);
    pub fn X509_STORE_set_lookup_crls(store: *mut X509_STORE, lookup: Option<LookupCrls>);
    pub fn X509_VERIFY_PARAM_lookup(name: *const c_char) -> *const X509_VERIFY_PARAM;
    pub fn X509_VERIFY_PARAM_set1(to: *mut X509_VERIFY_PARAM, from: *const X509_VERIFY_PARAM) -> c_int;
    pub fn X509_VERIFY_PARAM_set1_ip_asc(param: *mut X509_VERIFY_PARAM, address: *const c_char) -> c_int;
    pub fn X509_VERIFY_PARAM_add0_policy(param: *mut X509_VERIFY_PARAM, policy: *mut ASN1_OBJECT) -> c_int;
    pub fn X509_STORE_CTX_get_explicit_policy(ctx: *const X509_STORE_CTX) -> c_int;
    pub fn X509_STORE_CTX_get0_policy_tree(ctx: *const X509_STORE_CTX) -> *mut X509_POLICY_TREE;
    pub fn X509_policy_tree_get0_policies(tree: *const X509_POLICY_TREE) -> *mut stack_st_X509_POLICY_NODE;
    pub fn X509_policy_tree_get0_user_policies(tree: *const X509_POLICY_TREE) -> *mut stack_st_X509_POLICY_NODE;
    pub fn X509_POLICY_NODE_print(out: *mut BIO, node: *mut X509_POLICY_NODE, indent: c_int);

    // evp.h, ec.h
    pub fn EC_curve_nid2nist(nid: c_int) -> *const c_char;
    pub fn EVP_PKEY_get0_type_name(key: *const EVP_PKEY) -> *const c_char;

    // store.h
    pub fn OSSL_STORE_open_ex(
        uri: *const c_char,
        libctx: *mut OSSL_LIB_CTX,
        propq: *const c_char,
        ui_method: *const UI_METHOD,
        ui_data: *mut c_void,
        params: *const OSSL_PARAM,
        post_process: Option<unsafe extern "C" fn(*mut OSSL_STORE_INFO, *mut c_void) -> *mut OSSL_STORE_INFO>,
        post_process_data: *mut c_void,
    ) -> *mut OSSL_STORE_CTX;
    pub fn OSSL_STORE_expect(ctx: *mut OSSL_STORE_CTX, kind: c_int) -> c_int;
    pub fn OSSL_STORE_load(ctx: *mut OSSL_STORE_CTX) -> *mut OSSL_STORE_INFO;
    pub fn OSSL_STORE_eof(ctx: *mut OSSL_STORE_CTX) -> c_int;
    pub fn OSSL_STORE_close(ctx: *mut OSSL_STORE_CTX) -> c_int;
    pub fn OSSL_STORE_INFO_get_type(info: *const OSSL_STORE_INFO) -> c_int;
    pub fn OSSL_STORE_INFO_get1_PARAMS(info: *const OSSL_STORE_INFO) -> *mut EVP_PKEY;
    pub fn OSSL_STORE_INFO_get1_PUBKEY(info: *const OSSL_STORE_INFO) -> *mut EVP_PKEY;
    pub fn OSSL_STORE_INFO_get1_PKEY(info: *const OSSL_STORE_INFO) -> *mut EVP_PKEY;
    pub fn OSSL_STORE_INFO_get1_CERT(info: *const OSSL_STORE_INFO) -> *mut X509;
    pub fn OSSL_STORE_INFO_get1_CRL(info: *const OSSL_STORE_INFO) -> *mut X509_CRL;
    pub fn OSSL_STORE_INFO_free(info: *mut OSSL_STORE_INFO);
    pub fn OSSL_PARAM_construct_utf8_string(key: *const c_char, buf: *mut c_char, size: usize) -> OSSL_PARAM;

    // ui.h
    pub fn UI_create_method(name: *const c_char) -> *mut UI_METHOD;
    pub fn UI_OpenSSL() -> *mut UI_METHOD;
    pub fn UI_null() -> *const UI_METHOD;
    pub fn UI_method_set_opener(method: *mut UI_METHOD, opener: Option<UiAction>) -> c_int;
    pub fn UI_method_set_writer(method: *mut UI_METHOD, writer: Option<UiStringAction>) -> c_int;
    pub fn UI_method_set_reader(method: *mut UI_METHOD, reader: Option<UiStringAction>) -> c_int;
    pub fn UI_method_set_closer(method: *mut UI_METHOD, closer: Option<UiAction>) -> c_int;
    pub fn UI_method_set_prompt_constructor(method: *mut UI_METHOD, prompt: Option<UiPrompt>) -> c_int;
    pub fn UI_method_get_opener(method: *const UI_METHOD) -> Option<UiAction>;
    pub fn UI_method_get_writer(method: *const UI_METHOD) -> Option<UiStringAction>;
    pub fn UI_method_get_reader(method: *const UI_METHOD) -> Option<UiStringAction>;
    pub fn UI_method_get_closer(method: *const UI_METHOD) -> Option<UiAction>;
    pub fn UI_construct_prompt(ui: *mut UI, description: *const c_char, name: *const c_char) -> *mut c_char;
    pub fn UI_get0_user_data(ui: *mut UI) -> *mut c_void;
    pub fn UI_get_string_type(string: *mut UI_STRING) -> c_uint;
    pub fn UI_get0_result_string(string: *mut UI_STRING) -> *const c_char;
    pub fn UI_get_input_flags(string: *mut UI_STRING) -> c_int;
    pub fn UI_set_result(ui: *mut UI, string: *mut UI_STRING, result: *const c_char) -> c_int;

    // err.h, rand.h, crypto.h, bio.h
    pub fn ERR_print_errors_cb(callback: PrintCallback, user: *mut c_void);
    pub fn ERR_add_error_txt(separator: *const c_char, text: *const c_char);
    pub fn ERR_set_mark() -> c_int;
    pub fn ERR_pop_to_mark() -> c_int;
    pub fn ERR_clear_last_mark() -> c_int;
    pub fn RAND_load_file(file: *const c_char, max_bytes: c_long) -> c_int;
    pub fn RAND_write_file(file: *const c_char) -> c_int;
    pub fn OPENSSL_init_crypto(options: u64, settings: *const OPENSSL_INIT_SETTINGS) -> c_int;
    #[cfg(windows)]
    pub fn OPENSSL_INIT_new() -> *mut OPENSSL_INIT_SETTINGS;
    #[cfg(windows)]
    pub fn OPENSSL_INIT_set_config_filename(settings: *mut OPENSSL_INIT_SETTINGS, file: *const c_char) -> c_int;
    #[cfg(windows)]
    pub fn OPENSSL_INIT_free(settings: *mut OPENSSL_INIT_SETTINGS);
    pub fn BIO_get_new_index() -> c_int;
    pub fn BIO_push(bio: *mut BIO, next: *mut BIO) -> *mut BIO;
    pub fn BIO_f_ssl() -> *const BIO_METHOD;

    // ssl.h: for the client of the tests
    #[cfg(test)]
    pub fn SSL_CTX_add1_to_CA_list(ctx: *mut SSL_CTX, cert: *const X509) -> c_int;

    // ssl.h: for client and clock of the tests
    #[cfg(test)]
    pub fn SSL_CTX_set_tlsext_max_fragment_length(ctx: *mut SSL_CTX, mode: u8) -> c_int;
    #[cfg(test)]
    pub fn DTLS_set_timer_cb(s: *mut SSL, callback: Option<TimerCallback>);

    // ssl.h: for the tests of -trace
    #[cfg(all(test, has_ssl_trace))]
    pub fn SSL_trace(
        sent: c_int,
        version: c_int,
        content_type: c_int,
        data: *const c_void,
        len: usize,
        ssl: *mut SSL,
        out: *mut c_void,
    );
}

// engine.h
#[cfg(has_engine)]
unsafe extern "C" {
    pub fn ENGINE_by_id(id: *const c_char) -> *mut ENGINE;
    pub fn ENGINE_ctrl_cmd(
        engine: *mut ENGINE,
        name: *const c_char,
        number: c_long,
        pointer: *mut c_void,
        function: Option<unsafe extern "C" fn()>,
        optional: c_int,
    ) -> c_int;
    pub fn ENGINE_ctrl_cmd_string(
        engine: *mut ENGINE,
        name: *const c_char,
        value: *const c_char,
        optional: c_int,
    ) -> c_int;
    pub fn ENGINE_set_default(engine: *mut ENGINE, flags: c_uint) -> c_int;
    pub fn ENGINE_register_all_complete() -> c_int;
    pub fn ENGINE_get_id(engine: *const ENGINE) -> *const c_char;
    pub fn ENGINE_init(engine: *mut ENGINE) -> c_int;
    pub fn ENGINE_finish(engine: *mut ENGINE) -> c_int;
    pub fn ENGINE_free(engine: *mut ENGINE) -> c_int;
    pub fn ENGINE_load_private_key(
        engine: *mut ENGINE,
        id: *const c_char,
        method: *mut UI_METHOD,
        data: *mut c_void,
    ) -> *mut EVP_PKEY;
}

// ssl.h, x509_vfy.h, evp.h: raw public keys
#[cfg(ossl320)]
unsafe extern "C" {
    pub fn SSL_CTX_set1_client_cert_type(ctx: *mut SSL_CTX, types: *const c_uchar, len: usize) -> c_int;
    pub fn SSL_CTX_set1_server_cert_type(ctx: *mut SSL_CTX, types: *const c_uchar, len: usize) -> c_int;
    pub fn SSL_get_negotiated_client_cert_type(s: *const SSL) -> c_int;
    pub fn SSL_get_negotiated_server_cert_type(s: *const SSL) -> c_int;
    pub fn SSL_CTX_dane_enable(ctx: *mut SSL_CTX) -> c_int;
    pub fn SSL_dane_enable(s: *mut SSL, domain: *const c_char) -> c_int;
    pub fn SSL_add_expected_rpk(s: *mut SSL, key: *mut EVP_PKEY) -> c_int;
    pub fn SSL_get0_peer_rpk(s: *const SSL) -> *mut EVP_PKEY;
    pub fn SSL_get0_dane_authority(s: *mut SSL, cert: *mut *mut X509, key: *mut *mut EVP_PKEY) -> c_int;
    pub fn SSL_get0_dane_tlsa(
        s: *mut SSL,
        usage: *mut u8,
        selector: *mut u8,
        matching: *mut u8,
        data: *mut *const c_uchar,
        len: *mut usize,
    ) -> c_int;
    pub fn X509_STORE_CTX_get0_rpk(ctx: *const X509_STORE_CTX) -> *mut EVP_PKEY;
    pub fn EVP_PKEY_print_public(out: *mut BIO, key: *const EVP_PKEY, indent: c_int, context: *mut ASN1_PCTX) -> c_int;
}

// ssl.h, comp.h: certificate compression
#[cfg(has_comp_alg)]
unsafe extern "C" {
    pub fn SSL_CTX_compress_certs(ctx: *mut SSL_CTX, algorithm: c_int) -> c_int;
    pub fn COMP_zlib() -> *mut COMP_METHOD;
    pub fn COMP_brotli_oneshot() -> *mut COMP_METHOD;
    pub fn COMP_zstd_oneshot() -> *mut COMP_METHOD;
    pub fn COMP_CTX_new(method: *mut COMP_METHOD) -> *mut COMP_CTX;
    pub fn COMP_CTX_free(context: *mut COMP_CTX);
    pub fn COMP_expand_block(
        context: *mut COMP_CTX,
        out: *mut c_uchar,
        out_len: c_int,
        data: *mut c_uchar,
        len: c_int,
    ) -> c_int;
}

// provider.h
#[cfg(ossl350)]
pub use openssl_sys::OSSL_PROVIDER;
#[cfg(ossl350)]
unsafe extern "C" {
    pub fn OSSL_PROVIDER_do_all(context: *mut OSSL_LIB_CTX, each: ProviderVisit, data: *mut c_void) -> c_int;
    pub fn OSSL_PROVIDER_get0_name(provider: *const OSSL_PROVIDER) -> *const c_char;
    pub fn OSSL_PROVIDER_add_conf_parameter(
        provider: *mut OSSL_PROVIDER,
        name: *const c_char,
        value: *const c_char,
    ) -> c_int;
    #[cfg(test)]
    pub fn OSSL_PROVIDER_get_conf_parameters(provider: *const OSSL_PROVIDER, params: *mut OSSL_PARAM) -> c_int;
    #[cfg(test)]
    pub fn OSSL_PARAM_construct_utf8_ptr(key: *const c_char, buf: *mut *mut c_char, size: usize) -> OSSL_PARAM;
}

// ech.h
#[cfg(has_ech)]
unsafe extern "C" {
    pub fn OSSL_ECHSTORE_new(context: *mut OSSL_LIB_CTX, query: *const c_char) -> *mut OSSL_ECHSTORE;
    pub fn OSSL_ECHSTORE_free(store: *mut OSSL_ECHSTORE);
    pub fn OSSL_ECHSTORE_read_pem(store: *mut OSSL_ECHSTORE, input: *mut BIO, for_retry: c_int) -> c_int;
    pub fn OSSL_ECHSTORE_num_keys(store: *mut OSSL_ECHSTORE, number: *mut c_int) -> c_int;
    pub fn SSL_CTX_set1_echstore(ctx: *mut SSL_CTX, store: *mut OSSL_ECHSTORE) -> c_int;
    pub fn SSL_CTX_ech_set_callback(ctx: *mut SSL_CTX, callback: Option<EchCallback>);
    pub fn SSL_ech_get1_status(s: *mut SSL, inner: *mut *mut c_char, outer: *mut *mut c_char) -> c_int;
}

// srp.h, and what ssl.h has of it
#[cfg(has_srp)]
unsafe extern "C" {
    pub fn SRP_VBASE_new(seed: *mut c_char) -> *mut SRP_VBASE;
    pub fn SRP_VBASE_free(base: *mut SRP_VBASE);
    pub fn SRP_VBASE_init(base: *mut SRP_VBASE, file: *mut c_char) -> c_int;
    pub fn SRP_VBASE_get1_by_user(base: *mut SRP_VBASE, user: *mut c_char) -> *mut SRP_user_pwd;
    pub fn SRP_user_pwd_free(user: *mut SRP_user_pwd);
    pub fn SSL_CTX_set_srp_username_callback(ctx: *mut SSL_CTX, callback: Option<SrpCallback>) -> c_int;
    pub fn SSL_get_srp_username(s: *mut SSL) -> *mut c_char;
    pub fn SSL_set_srp_server_param(
        s: *mut SSL,
        N: *const BIGNUM,
        g: *const BIGNUM,
        salt: *mut BIGNUM,
        verifier: *mut BIGNUM,
        info: *mut c_char,
    ) -> c_int;
    #[cfg(test)]
    pub fn SSL_CTX_set_srp_username(ctx: *mut SSL_CTX, name: *mut c_char) -> c_int;
    #[cfg(test)]
    pub fn SSL_CTX_set_srp_password(ctx: *mut SSL_CTX, password: *mut c_char) -> c_int;
    #[cfg(test)]
    pub fn SSL_get_srp_N(s: *mut SSL) -> *mut BIGNUM;
}
