//! The settings of TLS, as flags and the configuration give them.

use std::{path::PathBuf, time::Duration};

use super::{
    acceptor::Tls,
    files::{TlsFile, TlsFileError, TlsFiles},
};
use crate::{access::CertificateOwners, clock::Timestamp};

/// The settings of TLS. There is no TLS without a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsOptions {
    /// The file with the server's certificate, and the chain to its CA after it.
    pub certificate: Option<PathBuf>,
    /// The file with the private key of the certificate.
    pub key: Option<PathBuf>,
    /// The file with the CAs whose client certificates are accepted.
    pub client_ca: Option<PathBuf>,
    /// Whether every client must have a certificate, those with a token included.
    pub client_required: bool,
    /// The owners of client certificates.
    pub owners: CertificateOwners,
    /// How long a client may take to open a connection. Default: 10 s.
    pub handshake: Duration,
    /// How often to look whether the files have changed. Default: 10 s.
    pub reload: Duration,
}

impl Default for TlsOptions {
    fn default() -> Self {
        Self {
            certificate: None,
            key: None,
            client_ca: None,
            client_required: false,
            owners: CertificateOwners::default(),
            handshake: Duration::from_secs(10),
            reload: Duration::from_secs(10),
        }
    }
}

/// Why TLS cannot be used as the settings say.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum TlsError {
    /// A file cannot be used.
    #[error(transparent)]
    File(#[from] TlsFileError),
    /// A certificate without a key.
    #[error("--tls-cert needs --tls-key: give the private key of the certificate, too")]
    NoKey,
    /// Another setting without a certificate.
    #[error("{0} needs --tls-cert and --tls-key: give the server's certificate and its key, too")]
    NoCertificate(&'static str),
    /// Owners of client certificates, or the duty to have one, without a CA.
    #[error("{0} needs --tls-client-ca: give the file with the CA of the client certificates, too")]
    NoClientCa(&'static str),
    /// A CA of client certificates that give nobody any rights.
    #[error(
        "--tls-client-ca: the configuration has no [[client_certificates]], so that the certificates would not name any caller. Add them (docs/access.md), or set --tls-client-required if every client must have a certificate besides its token"
    )]
    NoOwners,
    /// TLS, and the promise that a proxy ends it.
    #[error(
        "--plaintext-behind-proxy and --tls-cert exclude each other: with TLS no exception is needed, so leave out the first one; or leave out the second one if the proxy ends TLS"
    )]
    BehindProxy,
}

impl TlsOptions {
    /// Returns whether the connections are encrypted.
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.certificate.is_some()
    }

    /// Reads the files. Returns `None` if there is no TLS.
    ///
    /// # Errors
    /// The settings do not go together, or a file cannot be used.
    pub(in crate::server) fn open(&self, now: Timestamp) -> Result<Option<Tls>, TlsError> {
        let Some(files) = self.files()? else { return Ok(None) };
        Ok(Some(Tls::open(files, self.owners.clone(), self.handshake, now)?))
    }

    fn files(&self) -> Result<Option<TlsFiles>, TlsError> {
        let client_setting = match (&self.client_ca, self.client_required, self.owners.0.is_empty()) {
            (Some(_), _, _) => Some("--tls-client-ca"),
            (None, true, _) => Some("--tls-client-required"),
            (None, false, false) => Some("[[client_certificates]]"),
            (None, false, true) => None,
        };
        let (certificate, key) = match (&self.certificate, &self.key) {
            (Some(certificate), Some(key)) => (certificate, key),
            (Some(_), None) => return Err(TlsError::NoKey),
            (None, Some(_)) => return Err(TlsError::NoCertificate("--tls-key")),
            (None, None) => return client_setting.map_or(Ok(None), |it| Err(TlsError::NoCertificate(it))),
        };
        match (client_setting, &self.client_ca) {
            (Some(setting), None) => return Err(TlsError::NoClientCa(setting)),
            (_, Some(_)) if self.owners.0.is_empty() && !self.client_required => {
                return Err(TlsError::NoOwners);
            }
            _ => {}
        }
        Ok(Some(TlsFiles {
            certificate: TlsFile::new("--tls-cert", certificate),
            key: TlsFile::new("--tls-key", key),
            client_ca: self.client_ca.as_ref().map(|path| TlsFile::new("--tls-client-ca", path)),
            client_required: self.client_required,
        }))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::{TlsError, TlsOptions};
    use crate::{
        access::{CertificateOwner, CertificateOwners, CertificateSubject, Grants},
        name::Name,
    };

    #[test]
    fn settings_that_do_not_go_together_are_refused() {
        let owner = CertificateOwner {
            subject: CertificateSubject::parse("cn:a").unwrap(),
            name: Name::parse("a").unwrap(),
            grants: Grants::default(),
        };
        for (given, expected) in [
            ("", Ok(false)),
            ("cert key", Ok(true)),
            ("cert key ca owner", Ok(true)),
            ("cert key ca required", Ok(true)),
            ("cert key ca required owner", Ok(true)),
            ("cert", Err(TlsError::NoKey)),
            ("cert ca owner", Err(TlsError::NoKey)),
            ("key", Err(TlsError::NoCertificate("--tls-key"))),
            ("ca", Err(TlsError::NoCertificate("--tls-client-ca"))),
            ("required", Err(TlsError::NoCertificate("--tls-client-required"))),
            ("owner", Err(TlsError::NoCertificate("[[client_certificates]]"))),
            ("cert key owner", Err(TlsError::NoClientCa("[[client_certificates]]"))),
            ("cert key required", Err(TlsError::NoClientCa("--tls-client-required"))),
            ("cert key ca", Err(TlsError::NoOwners)),
        ] {
            let options = TlsOptions {
                certificate: given.contains("cert").then(|| "c.pem".into()),
                key: given.contains("key").then(|| "k.pem".into()),
                client_ca: given.contains("ca").then(|| "ca.pem".into()),
                client_required: given.contains("required"),
                owners: CertificateOwners(if given.contains("owner") {
                    vec![Arc::new(owner.clone())]
                } else {
                    vec![]
                }),
                ..TlsOptions::default()
            };
            assert_eq!(options.files().map(|files| files.is_some()), expected, "{given}");
        }
    }
}
