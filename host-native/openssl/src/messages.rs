//! What passes on the wire: the client's extensions for `-tlsextdebug`, and the messages of both sides for `-msg` and
//! `-trace`.
use std::ffi::c_int;

use openssl::ssl::SslRef;
use s_server_core::engine::{Event, Message};

use super::log::Log;
use super::objects;

/// The callback of `-tlsextdebug`. Corresponds to `tlsext_cb` in `apps/lib/s_cb.c`.
pub fn extension(ssl: &SslRef, number: c_int, data: Vec<u8>) {
    if let Some(log) = Log::of(ssl) {
        log.push(Event::Extension { extension_type: u16::try_from(number).unwrap_or_default(), data });
    }
}

/// The callback of `-msg`. Corresponds to `msg_cb` in `apps/lib/s_cb.c`.
pub fn message(ssl: &SslRef, message: Message) {
    if let Some(log) = Log::of(ssl) {
        log.push(Event::Message(message));
    }
}

/// The callback of `-trace`: the same, with what only the library can decode. Corresponds to `SSL_trace`.
pub fn decoded(ssl: &SslRef, message: Message) {
    let objects = objects::of(&message, objects::held(ssl, &message));
    self::message(ssl, Message { objects, ..message });
}
