//! OCSP stapling, RFC 6066 section 8: `-status` and its relatives.
//!
//! The response comes out of a file, or a responder is asked for it, which blocks the thread:
//! [`s_server_core::options::plan::Plan::blocks`] says so.
use std::time::{Duration, Instant};

use openssl::error::ErrorStack;
use openssl::hash::MessageDigest;
#[cfg(not(ossl360))]
use openssl::ocsp::OcspResponseRef;
use openssl::ocsp::{OcspCertId, OcspRequest, OcspResponse};
#[cfg(ossl360)]
use openssl::ssl::SslVersion;
use openssl::ssl::{SslContextBuilder, SslRef};
use openssl::x509::{X509, X509Ref};
use s_server_core::StartError;
use s_server_core::engine::Event;
use s_server_core::io::Stream;
use s_server_core::options::plan::CertificateStatus;

use super::log::Log;
use super::path::c_string;
use super::sys::http::{Proxies, Url};
use super::sys::ocsp::{self, NoResponse};
#[cfg(ossl360)]
use super::sys::session;
use super::system_error::strerror;
use super::{fetch, queue};

/// Whether the library takes that value of `-status_url`.
pub fn takes_url(value: &[u8]) -> bool {
    let taken = fetch::is_url(value);
    queue::clear();
    taken
}

/// Sessions of `ctx` answer requests for the status of the certificate as the plan says.
pub fn install(ctx: &mut SslContextBuilder, plan: &CertificateStatus) -> Result<(), StartError> {
    let plan = plan.clone();
    let installed = ctx.set_status_callback(move |ssl| Answer { plan: &plan, ssl }.give());
    installed.map_err(|errors| {
        errors.put();
        queue::failure("")
    })
}

/// One request that is being answered.
struct Answer<'a> {
    plan: &'a CertificateStatus,
    ssl: &'a mut SslRef,
}

/// Why a request gets no response.
enum Failure {
    /// The handshake goes on without.
    Tolerated,
    /// It ends, before 3.6.
    Fatal,
}

#[cfg(not(ossl360))]
impl Answer<'_> {
    /// Whether a response is sent. Corresponds to `cert_status_cb` in `apps/s_server.c`.
    fn give(&mut self) -> Result<bool, ErrorStack> {
        self.tell_more(|| b"cert_status: callback called\n".to_vec());
        let response = match self.plan.files.first() {
            Some(file) => self.of_file(file),
            None => self.ssl.certificate().ok_or(Failure::Tolerated).and_then(|cert| self.of_responder(cert, None)),
        };
        let given = response.and_then(|response| self.send(&response));
        if given.is_err() {
            self.tell(queue::message(""));
        }
        match given {
            Ok(()) => Ok(true),
            Err(Failure::Tolerated) => Ok(false),
            // What the queue held is told already.
            Err(Failure::Fatal) => Err(ErrorStack::get()),
        }
    }

    fn send(&mut self, response: &OcspResponseRef) -> Result<(), Failure> {
        let sent = response.to_der().and_then(|der| self.ssl.set_ocsp_status(&der));
        sent.map_err(|errors| {
            errors.put();
            Failure::Fatal
        })?;
        self.tell_more(|| [b"cert_status: ocsp response sent:\n", &ocsp::text(response)[..]].concat());
        Ok(())
    }
}

/// Since 3.6 no failure ends the handshake, and what the queue says of it is not told.
#[cfg(ossl360)]
impl Answer<'_> {
    /// Corresponds to `cert_status_cb` in `apps/s_server.c`.
    fn give(&mut self) -> Result<bool, ErrorStack> {
        self.tell_more(|| b"cert_status: callback called\n".to_vec());
        let responses = self.responses();
        queue::clear();
        self.tell_more(|| report(responses.as_deref()));
        // A client with DTLS waits for ever for what the library sends in the place of a response.
        let waits = session::version(self.ssl) >= 0xfe00;
        if let Some(responses) = responses.filter(|responses| !waits || responses.iter().any(Option::is_some)) {
            ocsp::set_responses(self.ssl, responses);
        }
        Ok(true)
    }

    /// One for each certificate that is to have one, or none for it; `None` when a file cannot be read.
    fn responses(&self) -> Option<Vec<Option<OcspResponse>>> {
        let own = self.ssl.certificate().map(ToOwned::to_owned);
        let sent: Vec<X509> = own.into_iter().chain(ocsp::chain(self.ssl)).collect();
        let whole = self.plan.whole_chain && self.ssl.version2() == Some(SslVersion::TLS1_3);
        let answered = if whole { sent.len() } else { sent.len().min(1) };
        if self.plan.files.is_empty() {
            let ask = |at: usize| self.of_responder(&sent[at], sent.get(at + 1)).ok();
            return Some((0..answered).map(ask).collect());
        }
        let read = self.plan.files.iter().map(|file| self.of_file(file).ok());
        let mut read: Vec<OcspResponse> = read.collect::<Option<_>>()?;
        Some((0..answered).map(|at| fitting(&mut read, &sent[at], sent.get(at + 1).map(|issuer| &**issuer))).collect())
    }
}

/// Takes the response about a certificate out of those that are left. Of the last certificate, whose issuer is not sent, it is
/// the one that is left.
#[cfg(ossl360)]
fn fitting(left: &mut Vec<OcspResponse>, cert: &X509Ref, issuer: Option<&X509Ref>) -> Option<OcspResponse> {
    let at = match issuer {
        Some(issuer) => {
            let id = OcspCertId::from_cert(MessageDigest::sha1(), cert, issuer).ok()?;
            left.iter().position(|response| ocsp::is_about(response, &id))?
        }
        None if left.len() == 1 => 0,
        None => return None,
    };
    Some(left.remove(at))
}

/// What `-status_verbose` tells of the responses.
#[cfg(ossl360)]
fn report(responses: Option<&[Option<OcspResponse>]>) -> Vec<u8> {
    let number = responses.map_or_else(|| "-1".to_owned(), |responses| responses.len().to_string());
    let mut text =
        format!("cert_status: ocsp response sent:\ncert_status: number of responses: {number}\n").into_bytes();
    for (index, response) in responses.unwrap_or_default().iter().enumerate() {
        text.extend(match response {
            Some(response) => ocsp::text(response),
            None => format!("cert_status: no ocsp response for certificate with index {index}\n").into_bytes(),
        });
    }
    text
}

impl Answer<'_> {
    fn of_file(&self, file: &[u8]) -> Result<OcspResponse, Failure> {
        // Since several may be given they are named.
        let named = |before: &[u8]| if cfg!(ossl360) { [before, file].concat() } else { Vec::new() };
        ocsp::response_of_file(&c_string(file)).map_err(|why| {
            match why {
                NoResponse::Closed(error) => {
                    let reason = strerror(&error);
                    let message = [b"Can't open \"", file, b"\" for reading, ", reason.as_bytes(), b"\n"].concat();
                    self.tell(queue::message(message));
                    self.tell([b"cert_status: Cannot open OCSP response file", &named(b" ")[..], b"\n"].concat());
                }
                NoResponse::Unread => {
                    self.tell(
                        [b"cert_status: Error reading OCSP response", &named(b" from file ")[..], b"\n"].concat(),
                    );
                }
            }
            Failure::Fatal
        })
    }

    /// The issuer is among the trusted certificates where it is not at hand. Corresponds to `get_ocsp_resp_from_responder` in
    /// `apps/s_server.c`.
    fn of_responder(&self, cert: &X509Ref, issuer: Option<&X509>) -> Result<OcspResponse, Failure> {
        let url = self.responder(cert)?;
        let trusted = || ocsp::certificate_of(self.ssl.ssl_context().cert_store(), cert.issuer_name());
        let Some(issuer) = issuer.cloned().or_else(trusted) else {
            self.tell(b"cert_status: Can't retrieve issuer certificate.\n".to_vec());
            return Err(Failure::Tolerated);
        };
        let request = self.request(cert, &issuer).map_err(|errors| {
            errors.put();
            Failure::Fatal
        })?;
        let proxies = Proxies {
            proxy: self.plan.proxy.as_deref().map(c_string),
            exceptions: self.plan.no_proxy.as_deref().map(c_string),
        };
        let end = Instant::now() + patience(self.plan);
        fetch::ocsp_response(&url, &request, &proxies, end).ok_or_else(|| {
            self.tell(b"Error querying OCSP responder\ncert_status: error querying responder\n".to_vec());
            Failure::Tolerated
        })
    }

    /// Where it is: the first that the certificate names, or that of the plan.
    fn responder(&self, cert: &X509Ref) -> Result<Url, Failure> {
        let named = cert.ocsp_responders().ok();
        let Some(named) = named.as_ref().and_then(|urls| urls.get(0)) else {
            let url = self.plan.url.as_deref().ok_or_else(|| {
                self.tell(b"cert_status: no AIA and no default responder URL\n".to_vec());
                Failure::Tolerated
            })?;
            return fetch::parse(url).map_err(|_| Failure::Fatal);
        };
        let url = fetch::parse(named.as_bytes()).map_err(|_| {
            self.tell(b"cert_status: can't parse AIA URL\n".to_vec());
            Failure::Fatal
        })?;
        self.tell_more(|| [b"cert_status: AIA URL: ", named.as_bytes(), b"\n"].concat());
        Ok(url)
    }

    fn request(&self, cert: &X509Ref, issuer: &X509Ref) -> Result<OcspRequest, ErrorStack> {
        let mut request = OcspRequest::new()?;
        request.add_id(OcspCertId::from_cert(MessageDigest::sha1(), cert, issuer)?)?;
        if ocsp::add_extensions(&mut request, self.ssl) { Ok(request) } else { Err(ErrorStack::get()) }
    }

    /// What `-status_verbose` adds.
    fn tell_more(&self, line: impl FnOnce() -> Vec<u8>) {
        if self.plan.verbose {
            self.tell(line());
        }
    }

    fn tell(&self, text: Vec<u8>) {
        if let Some(log) = Log::of(self.ssl).filter(|_| !text.is_empty()) {
            log.push(Event::Text(Stream::Err, text));
        }
    }
}

/// How long a responder may take.
fn patience(plan: &CertificateStatus) -> Duration {
    let seconds = plan.timeout.and_then(|seconds| u64::try_from(seconds).ok()).filter(|seconds| *seconds > 0);
    seconds.map_or(PATIENCE, Duration::from_secs)
}

/// The longest that a responder may take where `-status_timeout` says nothing: the original waits for ever.
const PATIENCE: Duration = Duration::from_secs(10);

#[cfg(test)]
mod tests {
    use openssl::ssl::{SslVersion, StatusType};
    use s_server_core::Plan;
    use s_server_core::engine::Step;
    use s_server_core::options::plan::ServerName;

    use super::*;
    use crate::pair::{Pair, context, files, only, pki};

    fn with_status(change: impl FnOnce(&mut CertificateStatus)) -> impl FnOnce(&mut Plan) {
        let mut status = CertificateStatus::default();
        change(&mut status);
        |plan| plan.tls.status = Some(status)
    }

    fn of_file(name: &str) -> impl FnOnce(&mut Plan) {
        let file = pki(name);
        with_status(|status| status.files = vec![file])
    }

    /// A client that asks, in that version, and perhaps for that server: how the handshake ends, and what it is stapled.
    fn ask(change: impl FnOnce(&mut Plan), version: SslVersion, host: Option<&str>) -> (Pair, bool, Option<Vec<u8>>) {
        let mut pair = Pair::new(&context(change).unwrap(), only(version));
        pair.ask_for_status(StatusType::OCSP);
        if let Some(host) = host {
            pair.name_server(host);
        }
        let done = pair.handshake() == Step::Done(());
        let stapled = pair.client.ssl().ocsp_status().map(<[u8]>::to_vec);
        (pair, done, stapled)
    }

    #[test]
    fn the_bytes_of_the_file_are_stapled_on_both_contexts() {
        let whole = std::fs::read(String::from_utf8(pki("ocsp.der")).unwrap()).unwrap();
        for version in [SslVersion::TLS1_2, SslVersion::TLS1_3] {
            for host in [None, Some("ec.example")] {
                let change = |plan: &mut Plan| {
                    of_file("ocsp.der")(plan);
                    let files = files("ec.pem", "ec.key");
                    plan.tls.servername = Some(ServerName { name: b"ec.example".to_vec(), fatal: false, files });
                };
                let (_, done, stapled) = ask(change, version, host);
                // Since 3.6 the library sends none that is of another certificate.
                let expected = (host.is_none() || cfg!(not(ossl360))).then_some(&whole[..]);
                assert!(done && stapled.as_deref() == expected, "{version:?} {host:?}");
            }
        }
    }

    #[test]
    fn a_client_that_does_not_ask_gets_nothing() {
        let mut pair = Pair::new(&context(of_file("nosuch")).unwrap(), |_| {});
        assert_eq!(pair.handshake(), Step::Done(()));
        assert_eq!((pair.client.ssl().ocsp_status(), &*pair.texts(Stream::Err)), (None, ""));
    }

    #[cfg(not(ossl360))]
    #[test]
    fn a_file_without_a_response_ends_the_handshake() {
        for (name, reason) in
            [("nosuch", "Cannot open OCSP response file"), ("page.txt", "Error reading OCSP response")]
        {
            let (pair, done, _) = ask(of_file(name), SslVersion::TLS1_2, None);
            let told = pair.texts(Stream::Err);
            assert!(!done && told.contains(&format!("cert_status: {reason}")), "{told}");
        }
    }

    #[test]
    fn without_a_responder_and_without_an_issuer_it_goes_on() {
        for (url, reason) in [
            (None, "cert_status: no AIA and no default responder URL\n"),
            (Some("http://127.0.0.1:9/"), "cert_status: Can't retrieve issuer certificate.\n"),
        ] {
            let plan = with_status(|status| status.url = url.map(Into::into));
            let (pair, done, stapled) = ask(plan, SslVersion::TLS1_3, None);
            assert!(done && stapled.is_none());
            assert_eq!(pair.texts(Stream::Err), reason);
        }
    }

    #[test]
    fn no_time_and_times_that_are_none_are_ten_seconds() {
        let patience = |timeout| patience(&CertificateStatus { timeout, ..CertificateStatus::default() }).as_secs();
        assert_eq!([None, Some(0), Some(-1), Some(3), Some(i32::MAX)].map(patience), [10, 10, 10, 3, 0x7fff_ffff]);
    }

    #[test]
    fn addresses_are_judged_by_the_library() {
        for good in ["", "host", "host:80", "http://[::1]:80/a?b", "https://host/", "HTTP://Host/"] {
            assert!(takes_url(good.as_bytes()), "{good}");
        }
        for bad in ["ftp://host/", "http://host:99999/", "host:x"] {
            assert!(!takes_url(bad.as_bytes()), "{bad}");
        }
    }
}
