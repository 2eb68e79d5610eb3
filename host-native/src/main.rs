//! The program.
mod desk;
mod driver;
mod listen;
mod operator;
mod output;
mod peer;
#[cfg(test)]
mod scripted;
mod serve;
#[cfg(unix)]
#[path = "unix.rs"]
mod system;
#[cfg(windows)]
#[path = "windows.rs"]
mod system;
mod timers;
fn main() {}
