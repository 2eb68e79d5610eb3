//! The clients of the tests beside `openssl s_client`.

pub mod datagrams;
pub mod lossy_relay;
pub mod mbedtls;
pub mod of_server;
pub mod old_client;
pub mod raw;
