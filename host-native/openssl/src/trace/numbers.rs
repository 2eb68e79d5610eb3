//! Names for every number of the protocol, in messages that hold all of them.
use openssl::ssl::SslRef;
use s_server_core::engine::Message;
use s_server_core::render::trace::Trace;

use super::Transport::Stream;
use super::{Sides, assert_same};
use crate::sys::trace;

/// A session that has not begun.
fn with_fresh(check: impl Fn(&SslRef)) {
    check(Sides::new(Stream, "rsa", &|_| {}, &|_| {}).talk(|_| {}).server.ssl());
}

fn same(ssl: &SslRef, content_type: i32, data: Vec<u8>) {
    let message = Message { content_type, version: 0x0303, data, ..Message::default() };
    assert_same(&mut Trace::default(), &message, &trace::lines(ssl, &message));
}

/// A vector whose length stands before it in so many bytes.
pub fn vector(prefix: usize, content: &[u8]) -> Vec<u8> {
    [&content.len().to_be_bytes()[size_of::<usize>() - prefix..], content].concat()
}

/// A message of that type.
pub fn handshake(kind: u8, body: &[u8]) -> Vec<u8> {
    [&[kind][..], &vector(3, body)].concat()
}

/// A ClientHello with that version, those suites, methods and extensions.
fn hello(version: u16, suites: &[u8], methods: &[u8], extensions: &[u8]) -> Vec<u8> {
    let start = [&version.to_be_bytes()[..], &[7; 32], &[0]].concat();
    let lists = [vector(2, suites), vector(1, methods), vector(2, extensions)].concat();
    handshake(1, &[start, lists].concat())
}

/// An extension.
pub fn extension(number: u16, data: &[u8]) -> Vec<u8> {
    [&number.to_be_bytes()[..], &vector(2, data)].concat()
}

/// All numbers of two bytes, in lists that have room in a message.
fn all() -> impl Iterator<Item = Vec<u8>> {
    let numbers: Vec<u16> = (0..=u16::MAX).collect();
    numbers
        .chunks(8192)
        .map(|some| some.iter().flat_map(|number| number.to_be_bytes()).collect())
        .collect::<Vec<_>>()
        .into_iter()
}

#[test]
fn every_suite_has_its_name() {
    with_fresh(|ssl| all().for_each(|suites| same(ssl, 22, hello(0x0303, &suites, &[0], &[]))));
}

#[test]
fn every_group_and_scheme_has_its_name() {
    with_fresh(|ssl| {
        for list in all() {
            for number in [10, 13] {
                same(ssl, 22, hello(0x0303, &[], &[0], &extension(number, &vector(2, &list))));
            }
        }
    });
}

#[test]
fn every_extension_has_its_name() {
    with_fresh(|ssl| {
        for number in 0..=u16::MAX {
            same(ssl, 22, hello(0x0303, &[], &[0], &extension(number, &[])));
        }
    });
}

#[test]
fn every_version_has_its_name() {
    with_fresh(|ssl| {
        for version in 0..=u16::MAX {
            let [high, low] = version.to_be_bytes();
            same(ssl, 22, hello(version, &[], &[0], &[]));
            same(ssl, 22, hello(0x0303, &[], &[0], &extension(43, &[2, high, low])));
            same(ssl, 256, vec![22, high, low, 0, 5]);
        }
    });
}

#[test]
fn every_number_of_one_byte_has_its_name() {
    let bytes: Vec<u8> = (0..=254).collect();
    with_fresh(|ssl| {
        same(ssl, 22, hello(0x0303, &[], &bytes, &[]));
        for number in [1, 11, 19, 20, 45] {
            same(ssl, 22, hello(0x0303, &[], &[0], &extension(number, &vector(1, &bytes))));
        }
        same(ssl, 22, hello(0x0303, &[], &[0], &extension(27, &vector(1, &bytes[..254]))));
        same(ssl, 22, handshake(13, &[vector(1, &bytes), vector(2, &[4, 3]), vector(2, &[])].concat()));
        for byte in 0..=u8::MAX {
            same(ssl, 21, vec![byte, 0]);
            same(ssl, 21, vec![1, byte]);
            same(ssl, 256, vec![byte, 3, 3, 0, 5]);
            same(ssl, 257, vec![byte]);
            same(ssl, 22, handshake(24, &[byte]));
            // The library asks the session about its suite, which this one has not.
            if byte != 12 && byte != 16 {
                same(ssl, 22, handshake(byte, &[]));
                same(ssl, 22, handshake(byte, &[1]));
            }
        }
        for content_type in 0..=u8::MAX {
            same(ssl, content_type.into(), vec![1]);
        }
    });
}
