//! What passes by on a connection that only the place between wire and engine sees: the ClientHello, whether the server asked
//! for another one, how much there was, and what ended it.
use alloc::vec::Vec;

use crate::engine::{EarlyData, SessionInfo};
use crate::fact::{ByteCount, CloseReason, Fact, Hello};
use crate::io::Sink;
use crate::wire::FirstMessage;
use crate::wire::extension::EARLY_DATA;
use crate::wire::server_hello::FirstSent;

/// What was seen so far.
#[derive(Default)]
pub(crate) struct Observed {
    /// How much there was.
    pub count: ByteCount,
    /// What ends the connection, once something does; [`CloseReason::Done`] where nothing did.
    reason: Option<CloseReason>,
    hello: FirstMessage,
    told: bool,
    server_name: Option<Vec<u8>>,
    offers_early_data: bool,
    sent: FirstSent,
}

impl Observed {
    /// These bytes came.
    pub fn on_received(&mut self, bytes: &[u8], out: &mut dyn Sink) {
        self.count.received += bytes.len() as u64;
        if self.told || !out.wants_facts() {
            return;
        }
        match self.hello.take(bytes) {
            Ok(None) => return,
            // A fault is told by whoever reads it.
            Err(_) => {}
            Ok(Some(message)) => {
                if let Ok(hello) = Hello::new(message.to_vec()) {
                    let decoded = hello.decoded();
                    self.server_name = decoded.server_name().ok().flatten().flatten().map(<[u8]>::to_vec);
                    self.offers_early_data = decoded.extension(EARLY_DATA).is_some();
                    out.fact(|| Fact::ClientHello(hello));
                }
            }
        }
        (self.told, self.hello) = (true, FirstMessage::default());
    }

    /// These bytes go to the peer.
    pub fn on_sent(&mut self, bytes: &[u8]) {
        self.count.sent += bytes.len() as u64;
        self.sent.take(bytes);
    }

    /// Something ends the connection; what came first is the reason.
    pub fn on_end(&mut self, reason: CloseReason) {
        self.reason.get_or_insert(reason);
    }

    /// What ended the connection.
    pub fn reason(&self) -> CloseReason {
        self.reason.unwrap_or(CloseReason::Done)
    }

    /// Adds what an engine need not know.
    pub fn complete(&self, info: &mut SessionInfo) {
        info.server_name.clone_from(&self.server_name);
        info.hello_retry_request = self.sent.is_hello_retry_request();
        if self.offers_early_data && info.early_data == EarlyData::NotSent {
            info.early_data = EarlyData::Rejected;
        }
    }
}
