//! The clients of the tests beside `openssl s_client`.

pub mod of_server;
pub mod old_client;
pub mod raw;
