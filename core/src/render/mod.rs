//! Values into the original's texts. Nothing here prints: each function returns what is to be printed.
pub mod brief;
pub mod dump;
pub mod ech;
pub mod lists;
pub mod message;
pub mod negotiation;
pub mod page;
pub mod report;
pub mod stats;
pub mod trace;
pub mod transfer;
pub mod verify;
