//! A read or write of the wire, as `-debug` prints it.
use alloc::format;
use alloc::string::String;

use super::dump::dump;
use crate::engine::Transfer;

/// A line about it, then its bytes. Corresponds to `bio_dump_callback` in `apps/lib/s_cb.c`.
///
/// Where the original tells the places of the BIO and of the buffer in memory, ours has numbers: the BIO is 1, what is
/// read is put into 2, what is written lies in 3.
pub fn lines(transfer: &Transfer) -> String {
    let Transfer { sent, wanted, passed } = transfer;
    let what = if *sent { "write to 0x1 [0x3]" } else { "read from 0x1 [0x2]" };
    match passed {
        Ok(bytes) => {
            let len = bytes.len();
            format!("{what} ({wanted} bytes => {len} ({len:#X}))\n{}", dump(bytes))
        }
        Err(result) => format!("{what} ({wanted} bytes => {result})\n"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn transfers_look_as_in_sample_308() {
        let header = Transfer { sent: false, wanted: 5, passed: Ok(b"\x16\x03\x01\x01\x24".to_vec()) };
        assert_eq!(
            lines(&header),
            "read from 0x1 [0x2] (5 bytes => 5 (0x5))\n\
             0000 - 16 03 01 01 24                                    ....$\n"
        );
        let written = lines(&Transfer { sent: true, wanted: 255, passed: Ok(alloc::vec![b'a'; 255]) });
        assert!(written.starts_with("write to 0x1 [0x3] (255 bytes => 255 (0xFF))\n0000 - 61 "), "{written}");
    }

    #[test]
    fn what_passed_nothing_has_no_dump() {
        let ended = Transfer { sent: false, wanted: 3, passed: Err(0) };
        assert_eq!(lines(&ended), "read from 0x1 [0x2] (3 bytes => 0)\n");
        let waits = Transfer { sent: false, wanted: 5, passed: Err(-1) };
        assert_eq!(lines(&waits), "read from 0x1 [0x2] (5 bytes => -1)\n");
    }
}
