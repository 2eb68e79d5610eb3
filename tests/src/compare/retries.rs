//! The lines of `-nbio` and `-nbio_test` about calls that would block: how many there are is up to the network and to
//! chance.

use crate::Streams;
use crate::scripts::script::Script;

/// Whether a script has such lines.
pub fn vary(script: &Script) -> bool {
    script.arguments.iter().any(|word| word.starts_with("-nbio"))
}

/// The streams without them.
pub fn without(streams: &Streams) -> Streams {
    let retry = |line: &&[u8]| [&b"DELAY"[..], b"Write BLOCK", b"Read BLOCK"].contains(&line.trim_ascii_end());
    let keep = |bytes: &Vec<u8>| {
        bytes.split_inclusive(|&b| b == b'\n').filter(|line| !retry(line)).collect::<Vec<_>>().concat()
    };
    streams.iter().map(|(title, bytes)| (title.clone(), keep(bytes))).collect()
}
