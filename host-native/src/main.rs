//! The program.
#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
mod desk;
mod driver;
mod listen;
mod operator;
mod output;
mod peer;
mod serve;
mod timers;
fn main() {}
