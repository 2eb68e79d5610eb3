//! The first bytes of a client: records, and the ClientHello in them.

use s_server_core::wire::{ClientHello, FirstMessage, Malformed};

/// A stream is the same in one piece and in two; what of it is a ClientHello accounts for every byte of the message, and
/// the same is true of its extensions.
///
/// The first two bytes say where the pieces meet.
///
/// # Panics
/// When the claim does not hold.
pub fn hello(data: &[u8]) {
    let [high, low, bytes @ ..] = data else { return };
    let (first, second) = bytes.split_at(usize::from(u16::from_be_bytes([*high, *low])).min(bytes.len()));
    let mut whole = FirstMessage::default();
    let mut pieces = FirstMessage::default();
    let in_one = whole.take(bytes);
    let _ = pieces.take(first);
    assert_eq!(in_one, pieces.take(second));
    match in_one {
        Ok(Some(message)) => accounts_for(message),
        Ok(None) => {}
        Err(error) => lies_within(error, bytes),
    }
    // Any bytes as a message, without the luck that records of them would need.
    accounts_for(bytes);
}

fn accounts_for(message: &[u8]) {
    let hello = match ClientHello::parse(message) {
        Ok(hello) => hello,
        Err(error) => return lies_within(error, message),
    };
    let extensions: usize = hello.extensions.iter().map(|extension| 4 + extension.data.len()).sum();
    let before = 4 + 2 + 32 + 1 + hello.legacy_session_id.len() + 2 + 2 * hello.cipher_suites.len();
    let whole = before + 1 + hello.legacy_compression_methods.len() + 2 + extensions;
    assert!(message.len() == whole || extensions == 0 && message.len() == whole - 2);
    for extension in hello.extensions.iter() {
        assert_eq!(message[extension.offset..].get(..extension.data.len()), Some(extension.data));
    }
    contents(&hello, message).unwrap_or_else(|error| lies_within(error, message));
}

/// Stops at the first content that is malformed.
fn contents(hello: &ClientHello<'_>, message: &[u8]) -> Result<(), Malformed> {
    let data = |number| hello.extension(number).map_or(0, |extension| extension.data.len());
    if let Some(versions) = hello.supported_versions()? {
        assert_eq!(data(43), 1 + 2 * versions.len());
    }
    if let Some(groups) = hello.supported_groups()? {
        assert_eq!(data(10), 2 + 2 * groups.len());
    }
    if let Some(schemes) = hello.signature_algorithms()? {
        assert_eq!(data(13), 2 + 2 * schemes.len());
    }
    if let Some(formats) = hello.ec_point_formats()? {
        assert_eq!(data(11), 1 + formats.len());
    }
    if let Some(modes) = hello.psk_key_exchange_modes()? {
        assert_eq!(data(45), 1 + modes.len());
    }
    if let Some(Some(name)) = hello.server_name()? {
        assert!(!name.is_empty() && message.windows(name.len()).any(|window| window == name));
    }
    if let Some(protocols) = hello.alpn()? {
        assert_eq!(data(16), 2 + protocols.map(|name| 1 + name.len()).sum::<usize>());
    }
    if let Some(shares) = hello.key_shares()? {
        assert_eq!(data(51), 2 + shares.map(|share| 4 + share.key_exchange.len()).sum::<usize>());
    }
    Ok(())
}

fn lies_within(error: Malformed, bytes: &[u8]) {
    assert!(error.offset <= bytes.len(), "{error}");
    assert!(!error.field.is_empty());
}
