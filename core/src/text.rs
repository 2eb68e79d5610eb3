//! Texts on their way to the operator: muting and the line prefix.
//!
//! Application data does not pass here: it is never muted nor altered.
use alloc::vec::Vec;

use crate::io::Stream;
use crate::options::plan::TextPlan;
use crate::sink::Sink;

/// Prints text on standard output, unless `-quiet` or `-brief` mutes it.
///
/// `text` is one or more whole lines; each gets the prefix of `HARNESS_OSSL_PREFIX`.
pub fn out(plan: &TextPlan, sink: &mut dyn Sink, text: &[u8]) {
    if !plan.is_muted() {
        always(plan, sink, text);
    }
}

/// Prints what `-msg` and `-trace` show: to the file of `-msgfile`, else on standard output, whatever is muted.
pub fn messages(plan: &TextPlan, sink: &mut dyn Sink, text: &[u8]) {
    match plan.message_file {
        Some(_) if text.is_empty() => {}
        Some(_) => sink.messages(text),
        None => always(plan, sink, text),
    }
}

fn always(plan: &TextPlan, sink: &mut dyn Sink, text: &[u8]) {
    if text.is_empty() {
        return;
    }
    if plan.prefix.is_empty() {
        return sink.print(Stream::Out, text);
    }
    let mut prefixed = Vec::new();
    for line in text.split_inclusive(|&b| b == b'\n') {
        prefixed.extend_from_slice(&plan.prefix);
        prefixed.extend_from_slice(line);
    }
    sink.print(Stream::Out, &prefixed);
}

/// Prints text on standard error.
pub fn err(sink: &mut dyn Sink, text: &[u8]) {
    if !text.is_empty() {
        sink.print(Stream::Err, text);
    }
}
