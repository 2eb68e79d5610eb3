//! The program.
#![deny(unsafe_code)]
#![allow(dead_code, unused_imports, reason = "until the driver stands on it")]

mod openssl;

fn main() {
    openssl::init();
}
