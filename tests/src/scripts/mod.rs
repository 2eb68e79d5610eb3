//! What is done in a run, step by step: read from transcripts, or written down here.

pub mod datagrams;
pub mod early;
pub mod effects;
pub mod identities;
pub mod jobs;
pub mod newer;
pub mod sample;
pub mod scope;
pub mod script;
pub mod sessions;
pub mod srp;
pub mod stapling;
