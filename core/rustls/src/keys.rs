//! Private keys: PKCS#8, SEC 1 and PKCS#1, and encrypted PKCS#8 with a pass phrase, in PEM and DER.
use std::sync::Arc;

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use s_server_core::options::protected;

use crate::loading::pkcs12;
use crate::pem::{Block, blocks};

/// Why there is no key, if there is more to tell than that.
type Reason = Option<String>;

/// The first key of a file, as the original takes it. What stands behind it is not looked at.
pub fn load(file: &[u8], pass: Option<&[u8]>, provider: &CryptoProvider) -> Result<Arc<dyn SigningKey>, Reason> {
    let key = match first(file)? {
        Some(block) => of_block(&block, pass)?,
        None => of_der(file, pass)?,
    };
    provider.key_provider.load_private_key(key).map_err(|_| Some("rustls has no use for this kind of key".into()))
}

const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// The first block with a key.
fn first(file: &[u8]) -> Result<Option<Block>, Reason> {
    for block in blocks(file) {
        let block = block.map_err(|damage| Some(damage.to_string()))?;
        if block.label.ends_with("PRIVATE KEY") {
            return Ok(Some(block));
        }
    }
    Ok(None)
}

fn of_block(block: &Block, pass: Option<&[u8]>) -> Result<PrivateKeyDer<'static>, Reason> {
    if block.has_headers {
        return Err(unknown_encryption());
    }
    let der = block.der.clone();
    match block.label.as_str() {
        ENCRYPTED => {
            decrypt(&der, pass).unwrap_or_else(|| Err(Some(block.damaged("it is no encrypted key").to_string())))
        }
        "PRIVATE KEY" => Ok(PrivateKeyDer::Pkcs8(der.into())),
        "RSA PRIVATE KEY" => Ok(PrivateKeyDer::Pkcs1(der.into())),
        "EC PRIVATE KEY" => Ok(PrivateKeyDer::Sec1(der.into())),
        other => Err(Some(block.damaged(&format!("rustls reads no {other}")).to_string())),
    }
}

fn of_der(file: &[u8], pass: Option<&[u8]>) -> Result<PrivateKeyDer<'static>, Reason> {
    if let Some(decrypted) = decrypt(file, pass) {
        return decrypted;
    }
    if let Some(why) = pkcs12(file) {
        return Err(Some(why));
    }
    if protected(file) {
        return Err(unknown_encryption());
    }
    PrivateKeyDer::try_from(file.to_vec()).map_err(|_| None)
}

/// The key in an EncryptedPrivateKeyInfo (RFC 5958 section 3); `None` when it is none.
fn decrypt(der: &[u8], pass: Option<&[u8]>) -> Option<Result<PrivateKeyDer<'static>, Reason>> {
    let info = EncryptedPrivateKeyInfoRef::from_der(der).ok()?;
    let Some(pass) = pass else { return Some(Err(Some("it is encrypted, and there is no pass phrase".into()))) };
    Some(match info.decrypt(pass) {
        Ok(key) => PrivateKeyDer::try_from(key.as_bytes().to_vec()).map_err(|_| Some(wrong_pass())),
        Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed)) => Err(Some(wrong_pass())),
        Err(_) => Err(unknown_encryption()),
    })
}

/// Nothing tells a wrong pass phrase from damaged bytes.
fn wrong_pass() -> String {
    "it cannot be decrypted: the pass phrase is wrong, or the file is damaged".into()
}

fn unknown_encryption() -> Reason {
    Some("it is encrypted in a way that rustls does not open; convert it with openssl pkcs8 -topk8".into())
}
