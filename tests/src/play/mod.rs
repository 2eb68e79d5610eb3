//! Plays scripts, for their streams, for their recordings, or for the effect of an option.

pub mod pairs;
pub mod recordings;
pub mod replay;
pub mod trials;
