//! Private keys: PKCS#8, SEC 1 and PKCS#1, and encrypted PKCS#8 with a pass phrase, in PEM and DER.
use std::sync::Arc;

use pkcs8::EncryptedPrivateKeyInfoRef;
use pkcs8::der::Decode;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::PrivateKeyDer;
use rustls::sign::SigningKey;
use s_server_core::options::protected;

use crate::objects::pkcs12;
use crate::pem::{Block, blocks};
use crate::reason::Reason;

/// The first key of a file, as the original takes it; `None` where there is none. What stands behind it is not looked at.
pub fn load(
    file: &[u8],
    pass: Option<&[u8]>,
    provider: &CryptoProvider,
) -> Result<Option<Arc<dyn SigningKey>>, Reason> {
    let key = match first(file)? {
        Some(block) => Some(of_block(&block, pass)?),
        None => of_der(file, pass)?,
    };
    let usable = key.map(|key| provider.key_provider.load_private_key(key)).transpose();
    usable.map_err(|_| "rustls has no use for this kind of key".into())
}

const ENCRYPTED: &str = "ENCRYPTED PRIVATE KEY";

/// The first block with a key.
fn first(file: &[u8]) -> Result<Option<Block>, Reason> {
    for block in blocks(file) {
        let block = block?;
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
        ENCRYPTED => decrypt(&der, pass).unwrap_or_else(|| Err(block.damaged("it is no encrypted key").into())),
        "PRIVATE KEY" => Ok(PrivateKeyDer::Pkcs8(der.into())),
        "RSA PRIVATE KEY" => Ok(PrivateKeyDer::Pkcs1(der.into())),
        "EC PRIVATE KEY" => Ok(PrivateKeyDer::Sec1(der.into())),
        other => Err(block.damaged(&format!("rustls reads no {other}")).into()),
    }
}

fn of_der(file: &[u8], pass: Option<&[u8]>) -> Result<Option<PrivateKeyDer<'static>>, Reason> {
    if let Some(decrypted) = decrypt(file, pass) {
        return decrypted.map(Some);
    }
    if let Some(why) = pkcs12(file) {
        return Err(why);
    }
    if protected(file) {
        return Err(unknown_encryption());
    }
    Ok(PrivateKeyDer::try_from(file.to_vec()).ok())
}

/// The key in an EncryptedPrivateKeyInfo (RFC 5958 section 3); `None` when it is none.
fn decrypt(der: &[u8], pass: Option<&[u8]>) -> Option<Result<PrivateKeyDer<'static>, Reason>> {
    let info = EncryptedPrivateKeyInfoRef::from_der(der).ok()?;
    let Some(pass) = pass else { return Some(Err("it is encrypted, and there is no pass phrase".into())) };
    Some(match info.decrypt(pass) {
        Ok(key) => PrivateKeyDer::try_from(key.as_bytes().to_vec()).map_err(|_| wrong_pass()),
        Err(pkcs8::Error::EncryptedPrivateKey(pkcs8::pkcs5::Error::DecryptFailed)) => Err(wrong_pass()),
        Err(_) => Err(unknown_encryption()),
    })
}

/// Nothing tells a wrong pass phrase from damaged bytes.
fn wrong_pass() -> Reason {
    "it cannot be decrypted: the pass phrase is wrong, or the file is damaged".into()
}

fn unknown_encryption() -> Reason {
    let cause = Reason::from("it is encrypted in a way that rustls does not open");
    cause.with_remedy("convert it with openssl pkcs8 -topk8")
}
