//! Certificates, each put together from the options about it.
use crate::options::plan::{CertificateFiles, Identity, ServerName};
use crate::options::{ExtraCertificate, Options};

impl Options {
    pub(super) fn identity(&self) -> Option<Identity> {
        if self.nocert {
            return None;
        }
        if self.selfsigned || self.selfsigned_names.is_some() {
            let names = self.selfsigned_names.as_deref().map(|list| list.split(|&b| b == b',').map(<[u8]>::to_vec));
            return Some(Identity::SelfSigned { names: names.into_iter().flatten().collect() });
        }
        let files = CertificateFiles {
            cert: self.cert.clone().unwrap_or_else(|| DEFAULT_CERT.into()),
            cert_format: self.certform,
            key: self.key.clone(),
            key_format: self.keyform,
            chain: self.cert_chain.clone(),
            build_chain: self.build_chain,
        };
        Some(Identity::Loaded { files, cert_is_default: self.cert.is_none() })
    }

    /// `-dcert`; without it the options about it mean nothing.
    pub(super) fn second(&self) -> Option<CertificateFiles> {
        let cert = self.dcert.clone()?;
        Some(CertificateFiles {
            cert,
            cert_format: self.dcertform,
            key: self.dkey.clone(),
            key_format: self.dkeyform,
            chain: self.dcert_chain.clone(),
            build_chain: self.build_chain,
        })
    }

    /// `-servername`, which `-nocert` turns off. Formats are those of the first certificate.
    pub(super) fn server_name(&self) -> Option<ServerName> {
        let name = self.servername.clone().filter(|_| !self.nocert)?;
        let files = CertificateFiles {
            cert: self.cert2.clone().unwrap_or_else(|| DEFAULT_CERT2.into()),
            cert_format: self.certform,
            key: self.key2.clone(),
            key_format: self.keyform,
            chain: None,
            build_chain: self.build_chain,
        };
        Some(ServerName { name, fatal: self.servername_fatal, files })
    }
}

impl ExtraCertificate {
    /// One that has a certificate.
    pub(super) fn files(&self) -> Option<CertificateFiles> {
        Some(CertificateFiles {
            cert: self.cert.clone()?,
            cert_format: self.cert_format,
            key: self.key.clone(),
            key_format: self.key_format,
            chain: self.chain.clone(),
            build_chain: self.build_chain,
        })
    }
}

/// The file of `-cert` where none is given. Corresponds to `TEST_CERT`.
const DEFAULT_CERT: &[u8] = b"server.pem";

/// The file of `-cert2` where none is given. Corresponds to `TEST_CERT2`.
const DEFAULT_CERT2: &[u8] = b"server2.pem";

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::plan::Format;
    use crate::options::testing::{DEBIAN, plan};

    #[test]
    fn certificates_are_put_together_from_their_options() {
        let tls = |line| plan(line, &DEBIAN).unwrap().tls;
        let files = |cert: &str, key: Option<&str>| CertificateFiles {
            cert: cert.as_bytes().to_vec(),
            key: key.map(|key| key.as_bytes().to_vec()),
            ..CertificateFiles::default()
        };
        let second = CertificateFiles { chain: Some(b"c".to_vec()), build_chain: true, ..files("a", Some("b")) };
        assert_eq!(tls("-dkey b -dcert a -dcert_chain c -build_chain").second, Some(second));
        assert_eq!(tls("-dkey b -dcert_chain c").second, None);

        let der = |files| CertificateFiles { cert_format: Some(Format::Der), ..files };
        let extra = [der(files("a", Some("b"))), der(files("c", None))];
        assert_eq!(tls("-xkey b -xcertform DER -xcert a -xcert c").extra, extra);
        assert_eq!(tls("-xkey b").extra, []);

        let named = |fatal, files| Some(ServerName { name: b"n".to_vec(), fatal, files });
        assert_eq!(tls("-servername n").servername, named(false, files("server2.pem", None)));
        let keyed = CertificateFiles { key_format: Some(Format::Der), ..der(files("a", Some("b"))) };
        let line = "-servername n -cert2 a -key2 b -servername_fatal -certform DER -keyform DER";
        assert_eq!(tls(line).servername, named(true, keyed));
        assert_eq!(tls("-servername n -nocert").servername, None);
        assert_eq!(tls("-cert2 a -key2 b").servername, None);
    }
}
