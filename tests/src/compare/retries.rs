//! The lines of `-nbio` and `-nbio_test` about calls that would block, `-debug`'s about a read that finds nothing among
//! them: how many there are is up to the network and to chance.

use crate::Streams;
use crate::scripts::script::Script;

/// Whether a script has such lines.
pub fn vary(script: &Script) -> bool {
    script.arguments.iter().any(|word| word.starts_with("-nbio"))
}

/// The streams without them.
pub fn without(streams: &Streams) -> Streams {
    let retry = |line: &&[u8]| {
        let line = line.trim_ascii_end();
        [&b"DELAY"[..], b"Write BLOCK", b"Read BLOCK"].contains(&line)
            || line.starts_with(b"read from ") && line.ends_with(b" bytes => -1)")
    };
    let keep = |bytes: &Vec<u8>| {
        bytes.split_inclusive(|&b| b == b'\n').filter(|line| !retry(line)).collect::<Vec<_>>().concat()
    };
    streams.iter().map(|(title, bytes)| (title.clone(), keep(bytes))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_would_block_is_left_out() {
        let text = "read from 0x1 [0x2] (5 bytes => -1)\nDELAY\nread from 0x1 [0x2] (5 bytes => 0)\n\
            write to 0x1 [0x2] (7 bytes => -1)\nWrite BLOCK\nhello\n";
        let kept = "read from 0x1 [0x2] (5 bytes => 0)\nwrite to 0x1 [0x2] (7 bytes => -1)\nhello\n";
        let streams = Streams::from([("stdout".to_owned(), text.into())]);
        assert_eq!(without(&streams), Streams::from([("stdout".to_owned(), kept.into())]));
    }
}
