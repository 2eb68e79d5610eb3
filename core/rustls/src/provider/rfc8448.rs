//! The simple handshake of RFC 8448 section 3, from the private keys to the last record.
use super::aead::Key;
use super::hash::{HMAC_SHA256, SHA256};
use super::tls13::Protection;
use super::vectors::hex;
use super::x25519::Started;
use aes_gcm::Aes128Gcm;
use rustls::crypto::ActiveKeyExchange;
use rustls::crypto::cipher::{
    InboundOpaqueMessage, Iv, MessageDecrypter, MessageEncrypter, OutboundChunks, OutboundPlainMessage,
};
use rustls::crypto::hash::Hash;
use rustls::crypto::hmac::Hmac;
use rustls::crypto::tls13::{Hkdf, HkdfExpander, HkdfUsingHmac};
use rustls::{ContentType, ProtocolVersion};

#[test]
fn both_private_keys_give_the_shared_secret() {
    for (private, peer) in [(CLIENT_PRIVATE, SERVER_PUBLIC), (SERVER_PRIVATE, CLIENT_PUBLIC)] {
        let started = Box::new(Started::new(hex(private).try_into().unwrap()));
        assert_eq!(started.complete(&hex(peer)).unwrap().secret_bytes(), hex(SHARED));
    }
    assert_eq!(Started::new(hex(SERVER_PRIVATE).try_into().unwrap()).pub_key(), hex(SERVER_PUBLIC));
}

#[test]
fn the_key_schedule() {
    let hkdf = HkdfUsingHmac(&HMAC_SHA256);
    let early = hkdf.extract_from_zero_ikm(None);
    let derived = expand(&*early, "derived", SHA256.hash(b"").as_ref(), 32);
    assert_eq!(derived, hex("6f2615a108c702c5678f54fc9dbab69716c076189c48250cebeac3576c3611ba"));

    let handshake = hkdf.extract_from_secret(Some(&derived), &hex(SHARED));
    let hellos = transcript(&[CLIENT_HELLO, SERVER_HELLO]);
    let client = expand(&*handshake, "c hs traffic", &hellos, 32);
    let server = expand(&*handshake, "s hs traffic", &hellos, 32);
    assert_eq!(client, hex("b3eddb126e067f35a780b3abf45e2d8f3b1a950738f52e9600746a0e27a55a21"));
    assert_eq!(server, hex("b67b7d690cc16c4e75e54213cb2d37b4e9c912bcded9105d42befd59d391ad38"));
    assert_eq!(keys(&client), [hex(CLIENT_HANDSHAKE[0]), hex(CLIENT_HANDSHAKE[1])]);
    assert_eq!(keys(&server), [hex(SERVER_HANDSHAKE[0]), hex(SERVER_HANDSHAKE[1])]);

    let derived = expand(&*handshake, "derived", SHA256.hash(b"").as_ref(), 32);
    let main = hkdf.extract_from_secret(Some(&derived), &[0; 32]);
    let flight = transcript(&[CLIENT_HELLO, SERVER_HELLO, SERVER_FLIGHT]);
    let client_data = expand(&*main, "c ap traffic", &flight, 32);
    let server_data = expand(&*main, "s ap traffic", &flight, 32);
    assert_eq!(client_data, hex("9e40646ce79a7f9dc05af8889bce6552875afa0b06df0087f792ebb7c17504a5"));
    assert_eq!(server_data, hex("a11af9f05531f856ad47116b45a950328204b4f44bfb6b3a4b4f1f3fcb631643"));
    assert_eq!(keys(&client_data), [hex(CLIENT_DATA[0]), hex(CLIENT_DATA[1])]);
    assert_eq!(keys(&server_data), [hex(SERVER_DATA[0]), hex(SERVER_DATA[1])]);

    // Section 4.4.4 of RFC 8446: what the two Finished messages hold.
    let finished = |secret: &[u8], transcript: &[u8]| {
        let key = expand(&*hkdf.expander_for_okm(&okm(secret)), "finished", &[], 32);
        HMAC_SHA256.with_key(&key).sign(&[transcript]).as_ref().to_vec()
    };
    let server_flight = hex(SERVER_FLIGHT);
    let (before, server_finished) = server_flight.split_at(server_flight.len() - 36);
    let until_verify = SHA256.hash(&[hex(CLIENT_HELLO), hex(SERVER_HELLO), before.to_vec()].concat());
    assert_eq!(finished(&server, until_verify.as_ref()), server_finished[4..]);
    assert_eq!(finished(&client, &flight), hex(CLIENT_FINISHED)[4..]);
}

#[test]
fn the_records() {
    // Before the server's data came its ticket, under number 0.
    let records = [
        (SERVER_HANDSHAKE, 0, ContentType::Handshake, SERVER_FLIGHT, SERVER_FLIGHT_RECORD),
        (CLIENT_HANDSHAKE, 0, ContentType::Handshake, CLIENT_FINISHED, CLIENT_FINISHED_RECORD),
        (CLIENT_DATA, 0, ContentType::ApplicationData, DATA, CLIENT_DATA_RECORD),
        (SERVER_DATA, 1, ContentType::ApplicationData, DATA, SERVER_DATA_RECORD),
        (CLIENT_DATA, 1, ContentType::Alert, CLOSE_NOTIFY, CLIENT_ALERT_RECORD),
        (SERVER_DATA, 2, ContentType::Alert, CLOSE_NOTIFY, SERVER_ALERT_RECORD),
    ];
    for (keys, seq, typ, plain, record) in records {
        let (plain, record) = (hex(plain), hex(record));
        let payload = OutboundChunks::Single(&plain);
        let message = OutboundPlainMessage { typ, version: ProtocolVersion::TLSv1_2, payload };
        let mut protection = protection(keys);
        assert_eq!(protection.encrypted_payload_len(plain.len()) + 5, record.len());
        assert_eq!(protection.encrypt(message, seq).unwrap().encode(), record, "{typ:?} {seq}");

        let mut sealed = record[5..].to_vec();
        let message = InboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, &mut sealed);
        let opened = protection.decrypt(message, seq).unwrap();
        assert_eq!((opened.typ, opened.payload), (typ, &plain[..]));

        let mut sealed = record[5..].to_vec();
        let message = InboundOpaqueMessage::new(ContentType::ApplicationData, ProtocolVersion::TLSv1_2, &mut sealed);
        assert!(protection.decrypt(message, seq + 1).is_err(), "{typ:?} under another number");
    }
}

fn protection([key, iv]: [&str; 2]) -> Protection<Aes128Gcm> {
    Protection { key: Key::new(&hex(key)), iv: Iv::copy(&hex(iv)) }
}

/// Key and initialisation vector of a traffic secret: RFC 8446 section 7.3.
fn keys(secret: &[u8]) -> [Vec<u8>; 2] {
    let expander = HkdfUsingHmac(&HMAC_SHA256).expander_for_okm(&okm(secret));
    [expand(&*expander, "key", &[], 16), expand(&*expander, "iv", &[], 12)]
}

fn okm(secret: &[u8]) -> rustls::crypto::tls13::OkmBlock {
    rustls::crypto::tls13::OkmBlock::new(secret)
}

/// HKDF-Expand-Label of RFC 8446 section 7.1.
fn expand(secret: &dyn HkdfExpander, label: &str, context: &[u8], len: u16) -> Vec<u8> {
    let mut output = vec![0; len.into()];
    let (label_len, context_len) = (label.len() as u8 + 6, context.len() as u8);
    let info: [&[u8]; 6] = [&len.to_be_bytes(), &[label_len], b"tls13 ", label.as_bytes(), &[context_len], context];
    secret.expand_slice(&info, &mut output).unwrap();
    output
}

fn transcript(messages: &[&str]) -> Vec<u8> {
    let messages: Vec<u8> = messages.iter().flat_map(|message| hex(message)).collect();
    SHA256.hash(&messages).as_ref().to_vec()
}

const CLIENT_PRIVATE: &str = "49af42ba7f7994852d713ef2784bcbcaa7911de26adc5642cb634540e7ea5005";
const CLIENT_PUBLIC: &str = "99381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c";
const SERVER_PRIVATE: &str = "b1580eeadf6dd589b8ef4f2d5652578cc810e9980191ec8d058308cea216a21e";
const SERVER_PUBLIC: &str = "c9828876112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f";
const SHARED: &str = "8bd4054fb55b9d63fdfbacf9f04b9f0d35e6d63f537563efd46272900f89492d";

/// Key and initialisation vector each.
const CLIENT_HANDSHAKE: [&str; 2] = ["dbfaa693d1762c5b666af5d950258d01", "5bd3c71b836e0b76bb73265f"];
const SERVER_HANDSHAKE: [&str; 2] = ["3fce516009c21727d0f2e4e86ee403bc", "5d313eb2671276ee13000b30"];
const CLIENT_DATA: [&str; 2] = ["17422dda596ed5d9acd890e3c63f5051", "5b78923dee08579033e523d9"];
const SERVER_DATA: [&str; 2] = ["9f02283b6c9c07efc26bb9f2ac92e356", "cf782b88dd83549aadf1e984"];

const CLIENT_HELLO: &str = "
    010000c00303cb34ecb1e78163ba1c38c6dacb196a6dffa21a8d9912ec18a2ef6283024dece7000006130113031302010000910000000b
    0009000006736572766572ff01000100000a00140012001d0017001800190100010101020103010400230000003300260024001d002099
    381de560e4bd43d23d8e435a7dbafeb3c06e51c13cae4d5413691e529aaf2c002b0003020304000d0020001e0403050306030203080408
    05080604010501060102010402050206020202002d00020101001c00024001";

const SERVER_HELLO: &str = "
    020000560303a6af06a4121860dc5e6e60249cd34c95930c8ac5cb1434dac155772ed3e2692800130100002e00330024001d0020c98288
    76112095fe66762bdbf7c672e156d6cc253b833df1dd69b1b04e751f0f002b00020304";

/// EncryptedExtensions, Certificate, CertificateVerify and Finished.
const SERVER_FLIGHT: &str = "
    080000240022000a00140012001d00170018001901000101010201030104001c00024001000000000b0001b9000001b50001b0308201ac
    30820115a003020102020102300d06092a864886f70d01010b0500300e310c300a06035504031303727361301e170d3136303733303031
    323335395a170d3236303733303031323335395a300e310c300a0603550403130372736130819f300d06092a864886f70d010101050003
    818d0030818902818100b4bb498f8279303d980836399b36c6988c0c68de55e1bdb826d3901a2461eafd2de49a91d015abbc9a95137ace
    6c1af19eaa6af98c7ced43120998e187a80ee0ccb0524b1b018c3e0b63264d449a6d38e22a5fda430846748030530ef0461c8ca9d9efbf
    ae8ea6d1d03e2bd193eff0ab9a8002c47428a6d35a8d88d79f7f1e3f0203010001a31a301830090603551d1304023000300b0603551d0f
    0404030205a0300d06092a864886f70d01010b05000381810085aad2a0e5b9276b908c65f73a7267170618a54c5f8a7b337d2df7a59436
    5417f2eae8f8a58c8f8172f9319cf36b7fd6c55b80f21a03015156726096fd335e5e67f2dbf102702e608ccae6bec1fc63a42a99be5c3e
    b7107c3c54e9b9eb2bd5203b1c3b84e0a8b2f759409ba3eac9d91d402dcc0cc8f8961229ac9187b42b4de100000f000084080400805a74
    7c5d88fa9bd2e55ab085a61015b7211f824cd484145ab3ff52f1fda8477b0b7abc90db78e2d33a5c141a078653fa6bef780c5ea248eeaa
    a785c4f394cab6d30bbe8d4859ee511f602957b15411ac027671459e46445c9ea58c181e818e95b8c3fb0bf3278409d3be152a3da5043e
    063dda65cdf5aea20d53dfacd42f74f3140000209b9b141d906337fbd2cbdce71df4deda4ab42c309572cb7fffee5454b78f0718";

const SERVER_FLIGHT_RECORD: &str = "
    17030302a2d1ff334a56f5bff6594a07cc87b580233f500f45e489e7f33af35edf7869fcf40aa40aa2b8ea73f848a7ca07612ef9f945cb
    960b4068905123ea78b111b429ba9191cd05d2a389280f526134aadc7fc78c4b729df828b5ecf7b13bd9aefb0e57f271585b8ea9bb355c
    7c79020716cfb9b1183ef3ab20e37d57a6b9d7477609aee6e122a4cf51427325250c7d0e509289444c9b3a648f1d71035d2ed65b0e3cdd
    0cbae8bf2d0b227812cbb360987255cc744110c453baa4fcd610928d809810e4b7ed1a8fd991f06aa6248204797e36a6a73b70a2559c09
    ead686945ba246ab66e5edd8044b4c6de3fcf2a89441ac66272fd8fb330ef8190579b3684596c960bd596eea520a56a8d650f563aad274
    09960dca63d3e688611ea5e22f4415cf9538d51a200c27034272968a264ed6540c84838d89f72c24461aad6d26f59ecaba9acbbb317b66
    d902f4f292a36ac1b639c637ce343117b659622245317b49eeda0c6258f100d7d961ffb138647e92ea330faeea6dfa31c7a84dc3bd7e1b
    7a6c7178af36879018e3f252107f243d243dc7339d5684c8b0378bf30244da8c87c843f5e56eb4c5e8280a2b48052cf93b16499a66db7c
    ca71e4599426f7d461e66f99882bd89fc50800becca62d6c74116dbd2972fda1fa80f85df881edbe5a37668936b335583b599186dc5c69
    18a396fa48a181d6b6fa4f9d62d513afbb992f2b992f67f8afe67f76913fa388cb5630c8ca01e0c65d11c66a1e2ac4c85977b7c7a6999b
    bf10dc35ae69f5515614636c0b9b68c19ed2e31c0b3b66763038ebba42f3b38edc0399f3a9f23faa63978c317fc9fa66a73f60f0504de9
    3b5b845e275592c12335ee340bbc4fddd502784016e4b3be7ef04dda49f4b440a30cb5d2af939828fd4ae3794e44f94df5a631ede42c17
    19bfdabf0253fe5175be898e750edc53370d2b";

const CLIENT_FINISHED: &str = "14000020a8ec436d677634ae525ac1fcebe11a039ec17694fac6e98527b642f2edd5ce61";
const CLIENT_FINISHED_RECORD: &str = "
    170303003575ec4dc238cce60b298044a71e219c56cc77b0517fe9b93c7a4bfc44d87f38f80338ac98fc46deb384bd1caeacab6867d726
    c40546";

const DATA: &str = "
    000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b2c2d2e2f3031";
const CLIENT_DATA_RECORD: &str = "
    1703030043a23f7054b62c94d0affafe8228ba55cbefacea42f914aa66bcab3f2b9819a8a5b46b395bd54a9a20441e2b62974e1f5a6292
    a2977014bd1e3deae63aeebb21694915e4";
const SERVER_DATA_RECORD: &str = "
    17030300432e937e11ef4ac740e538ad36005fc4a46932fc3225d05f82aa1b36e30efaf97d90e6dffc602dcb501a59a8fcc49c4bf2e5f0
    a21c0047c2abf332540dd032e167c2955d";

const CLOSE_NOTIFY: &str = "0100";
const CLIENT_ALERT_RECORD: &str = "1703030013c9872760655666b74d7ff1153efd6db6d0b0e3";
const SERVER_ALERT_RECORD: &str = "1703030013b58fd67166ebf599d24720cfbe7efa7a8864a9";
