//! `-keylogfile`: the secrets of sessions in the format of NSS, for programs that look into recorded connections.
use openssl::ssl::SslContextBuilder;
use s_server_core::StartError;
use s_server_core::engine::Event;
use s_server_core::io::Stream;
use s_server_core::sink::Sink;
use s_server_hosting::KeyLog;

use super::callbacks::Log;

/// Appends the secrets of `ctx` to a file. The error is the message that ends the program; a file that takes nothing is
/// told once and does not end it. Corresponds to `set_keylog_file` in `apps/lib/s_cb.c`.
pub fn install(ctx: &mut SslContextBuilder, path: &[u8], out: &mut dyn Sink) -> Result<(), StartError> {
    let file = KeyLog::start(path, out)?;
    ctx.set_keylog_callback(move |ssl, line| {
        if let (Some(failure), Some(log)) = (file.write(line), Log::of(ssl)) {
            log.push(Event::Text(Stream::Err, failure));
        }
    });
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use openssl::ssl::SslVersion;
    use s_server_hosting::keylog::HEADER;

    use super::*;
    use crate::pair::{Pair, Printed, context, only, plan};

    struct Temporary(std::path::PathBuf);

    impl Temporary {
        fn new(name: &str) -> Self {
            Self(std::env::temp_dir().join(format!("s_server-keylog-{name}-{}", std::process::id())))
        }

        fn bytes(&self) -> Vec<u8> {
            self.0.as_os_str().as_encoded_bytes().to_vec()
        }
    }

    impl Drop for Temporary {
        fn drop(&mut self) {
            let _ = fs::remove_file(&self.0);
        }
    }

    #[test]
    fn the_secrets_are_those_of_the_session() {
        let file = Temporary::new("secrets");
        let context = context(|plan| plan.tls.sessions.key_log = Some(file.bytes())).unwrap();
        let pair = Pair::established(&context, only(SslVersion::TLS1_2));
        let ssl = pair.client.ssl();
        let (mut random, mut secret) = ([0; 32], [0; 48]);
        ssl.client_random(&mut random);
        ssl.session().unwrap().master_key(&mut secret);
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let expected = format!("{HEADER}\nCLIENT_RANDOM {} {}\n", hex(&random), hex(&secret));
        assert_eq!(fs::read_to_string(&file.0).unwrap(), expected);
        Pair::established(&context, only(SslVersion::TLS1_2));
        assert_eq!(fs::read_to_string(&file.0).unwrap().lines().count(), 3);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_full_disk_is_told_once() {
        let mut printed = Printed::default();
        let plan = plan(|plan| plan.tls.sessions.key_log = Some(b"/dev/full".to_vec()));
        let context = crate::OpensslContext::new(&plan, &mut printed).unwrap();
        let full = "s_server: /dev/full: the key log is not complete: No space left on device (os error 28)\n";
        assert_eq!(printed.err, full);
        let pair = Pair::established(&context, |_| {});
        assert!(!pair.events.iter().any(|event| matches!(event, Event::Text(..))));
    }

    #[test]
    fn a_file_that_cannot_be_opened_ends_the_start() {
        let failure = context(|plan| plan.tls.sessions.key_log = Some(b"no/such/file".to_vec())).err().unwrap();
        assert_eq!(failure, "Error writing keylog file no/such/file\n");
    }
}
