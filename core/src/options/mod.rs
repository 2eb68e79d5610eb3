//! The command line.
pub mod plan;
