//! Messages of the samples 310, 311 and 331, and what `openssl s_server` 3.0 printed about them.
use std::string::String;

use super::*;

/// Bytes in hexadecimal; blanks do not count.
fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|byte| !byte.is_ascii_whitespace()).collect();
    digits.chunks(2).map(|pair| u8::from_str_radix(str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

fn handshake(sent: bool, version: i32, data: Vec<u8>) -> Message {
    Message { sent, version, content_type: 22, data, ..Message::default() }
}

fn shown(trace: &mut Trace, message: &Message, reference: Reference) -> String {
    String::from_utf8(trace.lines(message, reference)).unwrap()
}

fn text(message: &Message) -> String {
    shown(&mut Trace::default(), message, Reference::V3_0)
}

/// Of sample 310.
const SERVER_HELLO: &str = "02000076 0303 BDF849C8 E823CB195B9843B38386BF499CFE4041FAAA3729AFDBDB1FA16D170F \
    20 4A52372E1E63033284F22574F260EFD06CABF15F4B3E15D7078D801680EBB5DE 1302 00 002E 002B 0002 0304 \
    0033 0024 001D 0020 BFFA79B714A7A797B9F1B8611B774629FA2C6D8F8EE38B35A050FC9AA4B95971";

#[test]
fn a_server_hello_looks_as_in_sample_310() {
    assert_eq!(
        text(&handshake(true, 0x0304, hex(SERVER_HELLO))),
        "    ServerHello, Length=118
      server_version=0x303 (TLS 1.2)
      Random:
        gmt_unix_time=0xBDF849C8
        random_bytes (len=28): E823CB195B9843B38386BF499CFE4041FAAA3729AFDBDB1FA16D170F
      session_id (len=32): 4A52372E1E63033284F22574F260EFD06CABF15F4B3E15D7078D801680EBB5DE
      cipher_suite {0x13, 0x02} TLS_AES_256_GCM_SHA384
      compression_method: No Compression (0x00)
      extensions, length = 46
        extension_type=supported_versions(43), length=2
            TLS 1.3 (772)
        extension_type=key_share(51), length=36
            NamedGroup: ecdh_x25519 (29)
            key_exchange:  (len=32): BFFA79B714A7A797B9F1B8611B774629FA2C6D8F8EE38B35A050FC9AA4B95971

"
    );
}

#[test]
fn a_signature_looks_as_in_sample_310() {
    let data = hex("0F000008 0403 0004 30440220");
    assert_eq!(
        text(&handshake(false, 0x0304, data)),
        "    CertificateVerify, Length=8
      Signature Algorithm: ecdsa_secp256r1_sha256 (0x0403)
      Signature (len=4): 30440220

"
    );
    let old = "    CertificateVerify, Length=6\n      Signature (len=4): 30440220\n\n";
    assert_eq!(text(&handshake(false, 0x0302, hex("0F000006 0004 30440220"))), old);
}

#[test]
fn a_ticket_looks_as_in_sample_310() {
    let data = hex("0400001B 00001C20 BE7C89E1 08 0000000000000000 0006 790C56FC93EF 0000");
    assert_eq!(
        text(&handshake(true, 0x0304, data)),
        "    NewSessionTicket, Length=27
        ticket_lifetime_hint=7200
        ticket_age_add=3195832801
        ticket_nonce (len=8): 0000000000000000
        ticket (len=6): 790C56FC93EF
        No extensions

"
    );
}

/// A name of sample 311.
const NAME: &str = "3037310B30090603550406130258583111300F060355040A0C0854657374204F72673115301306035504030C0C546573742052\
    6F6F74204341";

#[test]
fn a_request_for_a_certificate_looks_as_in_sample_311() {
    let named = "C = XX, O = Test Org, CN = Test Root CA";
    // It had more schemes.
    let data = [hex("0D000047 03 01 02 40 0004 0403 0601 003B 0039"), hex(NAME)].concat();
    let with = |objects| text(&Message { objects, ..handshake(true, 0x0303, data.clone()) });
    let before = "    CertificateRequest, Length=71
      certificate_types (len=3)
        rsa_sign (1)
        dss_sign (2)
        ecdsa_sign (64)
      signature_algorithms (len=4)
        ecdsa_secp256r1_sha256 (0x0403)
        rsa_pkcs1_sha512 (0x0601)
      certificate_authorities (len=59)
        DistinguishedName (len=57): ";
    assert_eq!(with(alloc::vec![named.into()]), [before, named, "\n\n"].concat());
    assert_eq!(with(alloc::vec![Vec::new()]), [before, "<UNPARSABLE DN>\n\n"].concat());
    // Without the texts of a library: the bytes.
    assert_eq!(with(Vec::new()), [before, "<UNPARSABLE DN>\n        # ", NAME, "\n\n"].concat());
}

#[test]
fn a_certificate_is_the_text_of_the_library_between_lines_of_dashes() {
    let certificate = |objects| {
        let data = hex("0B000008 000005 000002 3000");
        text(&Message { objects, ..handshake(false, 0x0303, data) })
    };
    let before = "    Certificate, Length=8\n      certificate_list, length=5\n        ASN.1Cert, length=2";
    assert_eq!(
        certificate(alloc::vec![b"Certificate:\n-----END CERTIFICATE-----\n".to_vec()]),
        [before, "\n------details-----\nCertificate:\n-----END CERTIFICATE-----\n------------------\n", "\n"].concat()
    );
    let refused = [before, "<UNPARSABLE CERTIFICATE>\n<TRAILING GARBAGE AFTER CERTIFICATE>\n"].concat();
    assert_eq!(certificate(alloc::vec![Vec::new()]), [&refused, "\n"].concat());
    assert_eq!(certificate(Vec::new()), [&refused, "        # 3000\n\n"].concat());
}

#[test]
fn datagrams_look_as_in_sample_331() {
    let mut trace = Trace::default();
    let mut show = |sent, version, content_type, data: &str| {
        let message = Message { sent, version, content_type, data: hex(data), ..Message::default() };
        shown(&mut trace, &message, Reference::V3_0)
    };
    assert_eq!(
        show(false, 0xfeff, 256, "16 FEFF 0000 000000000000 0074"),
        "Received Record\nHeader:\n  Version = DTLS 1.0 (0xfeff)\n  epoch=0, sequence_number=000000000000\n  \
         Content Type = Handshake (22)\n  Length = 116\n"
    );
    assert_eq!(
        show(true, 0xfeff, 22, "03000017 0000 000000 000017 FEFF 14 73A53E069EC86D20BE950D6714E2FB2C6D7AECBB"),
        "    HelloVerifyRequest, Length=23
    message_seq=0, fragment_offset=0, fragment_length=23
      server_version=0xfeff (DTLS 1.0)
      cookie (len=20): 73A53E069EC86D20BE950D6714E2FB2C6D7AECBB

"
    );
    let hello = "0100003C 0001 000000 00003C FEFD 6DF67E6E 5723D0351B6A152CEDA9E09DA24B82015016AD7547E303E417309DA7 \
        00 02 73A5 0004 00A8 00FF 01 00 000C 0023 0000 0016 0000 0017 0000";
    assert_eq!(
        show(false, 0xfefd, 22, hello),
        "    ClientHello, Length=60
    message_seq=1, fragment_offset=0, fragment_length=60
      client_version=0xfefd (DTLS 1.2)
      Random:
        gmt_unix_time=0x6DF67E6E
        random_bytes (len=28): 5723D0351B6A152CEDA9E09DA24B82015016AD7547E303E417309DA7
      session_id (len=0): 
      cookie (len=2): 73A5
      cipher_suites (len=4)
        {0x00, 0xA8} TLS_PSK_WITH_AES_128_GCM_SHA256
        {0x00, 0xFF} TLS_EMPTY_RENEGOTIATION_INFO_SCSV
      compression_methods (len=1)
        No Compression (0x00)
      extensions, length = 12
        extension_type=session_ticket(35), length=0
        extension_type=encrypt_then_mac(22), length=0
        extension_type=extended_master_secret(23), length=0

"
    );
    let hello = "02000035 0001 000000 000035 FEFD 5376AAF3 B36F4A9EA23BA9BE660189684258F5C2A15DED15BE9D466A94809594 \
        00 00A8 00 000D FF01 0001 00 0023 0000 0017 0000";
    let shown = show(true, 0xfefd, 22, hello);
    assert!(shown.ends_with("renegotiate(65281), length=1\n            <EMPTY>\n        extension_type=session_ticket(35), length=0\n        extension_type=extended_master_secret(23), length=0\n\n"), "{shown}");
    // The suite of the ServerHello says what this is.
    assert_eq!(
        show(false, 0xfefd, 22, "10000011 0002 000000 000011 000F 436C69656E745F6964656E74697479"),
        "    ClientKeyExchange, Length=17
    message_seq=2, fragment_offset=0, fragment_length=17
      KeyExchangeAlgorithm=PSK
        psk_identity (len=15): 436C69656E745F6964656E74697479

"
    );
    assert_eq!(
        show(true, 0xfefd, 22, "0E000000 0002 000000 000000"),
        "    ServerHelloDone, Length=0\n    message_seq=2, fragment_offset=0, fragment_length=0\n\n"
    );
    assert_eq!(show(false, 0xfefd, 20, "01"), "    change_cipher_spec (1)\n\n");
}

#[test]
fn a_key_exchange_looks_as_in_sample_311() {
    let mut trace = Trace::default();
    let hello = [&hex("02000026 0303")[..], &[7; 32], &hex("00 C030 00")].concat();
    trace.lines(&handshake(true, 0x0303, hello), Reference::V3_0);
    let data = hex("0C00000E 03 001D 04 1467250D 0804 0002 8083");
    assert_eq!(
        shown(&mut trace, &handshake(true, 0x0303, data), Reference::V3_0),
        "    ServerKeyExchange, Length=14
      KeyExchangeAlgorithm=ECDHE
        named_curve: ecdh_x25519 (29)
        point (len=4): 1467250D
      Signature Algorithm: rsa_pss_rsae_sha256 (0x0804)
      Signature (len=2): 8083

"
    );
}

#[test]
fn releases_know_other_messages() {
    let show = |kind: u8, body: &[u8], reference| {
        let data = [&[kind, 0, 0, u8::try_from(body.len()).unwrap()][..], body].concat();
        shown(&mut Trace::default(), &handshake(false, 0x0304, data), reference)
    };
    let dump = "      Unsupported, hex dump follows:\n";
    assert_eq!(show(5, &[], Reference::V3_0), ["    EndOfEarlyData, Length=0\n", dump, "\n"].concat());
    assert_eq!(show(5, &[], Reference::V4_0), "    EndOfEarlyData, Length=0\n\n");
    let compressed = [0, 2, 0, 3, 232, 0, 0, 1, 0x61];
    let bytes = "        0000 - 00 02 00 03 e8 00 00 01-61                     ........a\n\n";
    assert_eq!(
        show(25, &compressed, Reference::V3_0),
        ["    UNKNOWN, Length=9\n    # compressed_certificate (25)\n", dump, bytes].concat()
    );
    assert_eq!(
        show(25, &compressed, Reference::V4_0),
        "    CompressedCertificate, Length=9
      Compression type=brotli (0x0002)
      Uncompressed length=1000
      Compressed length=1, Ratio=1000.000000:1
      0000 - 61                                                a

"
    );
}

#[test]
fn a_compressed_certificate_is_followed_by_what_it_holds() {
    let compressed = [25, 0, 0, 9, 0, 2, 0, 0, 8, 0, 0, 1, 0x61].to_vec();
    let trace = |objects: &[&[u8]]| {
        let objects = objects.iter().map(|object| object.to_vec()).collect();
        let message = Message { objects, ..handshake(true, 0x0304, compressed.clone()) };
        let text = shown(&mut Trace::default(), &message, Reference::V4_0);
        text.split_once("61                                                a\n").unwrap().1.chars().collect::<String>()
    };
    let holds = [0, 0, 0, 6, 0, 0, 1, 0x30, 0, 0];
    assert_eq!(
        trace(&[&holds, b"a certificate\n"]),
        "      context (len=0): 
      certificate_list, length=6
        ASN.1Cert, length=1
------details-----
a certificate
------------------
        No extensions

"
    );
    // What cannot be expanded, and a library that expands nothing.
    assert_eq!((trace(&[&[]]), trace(&[])), ("\n".into(), "\n".into()));
    // No algorithm, and no length.
    let error = "Message length parse error!\n\n";
    for (at, byte) in [(5, 4), (8, 0)] {
        let mut compressed = compressed.clone();
        compressed[at] = byte;
        if at == 8 {
            compressed[7] = 0;
        }
        let message = Message { objects: [holds.to_vec()].into(), ..handshake(true, 0x0304, compressed) };
        assert!(shown(&mut Trace::default(), &message, Reference::V4_0).ends_with(error));
    }
}

#[test]
fn what_no_release_knows_is_told_in_lines_of_ours() {
    let hello = crate::wire::captured::CHROMIUM;
    let message = handshake(false, 0x0304, hello[5..].to_vec());
    let all = text(&message);
    let ours: Vec<&str> = all.lines().map(str::trim_start).filter(|line| line.starts_with("# ")).collect();
    assert!(ours.contains(&"# GREASE") && ours.contains(&"# X25519MLKEM768 (4588)"), "{ours:#?}");
    assert!(ours.contains(&"# host_name=localhost") && ours.contains(&"# brotli (2)"), "{ours:#?}");
    assert!(ours.iter().any(|line| line.starts_with("# outer, kdf_id=1, aead_id=1")), "{ours:#?}");
    // Behind the line that it explains.
    assert!(all.contains("          UNKNOWN (4588)\n          # X25519MLKEM768 (4588)\n"), "{all}");
    // A later release has some of the words itself.
    let later = shown(&mut Trace::default(), &message, Reference::V4_0);
    assert!(later.contains("          X25519MLKEM768 (4588)\n") && !later.contains("# X25519MLKEM768"), "{later}");
}

#[test]
fn a_wrong_length_is_told_behind_what_could_be_read() {
    let text = text(&handshake(false, 0x0304, hex("01000010 0303 0102")));
    assert_eq!(text, "    ClientHello, Length=16\nMessage length parse error!\n\n");
}
