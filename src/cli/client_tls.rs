//! TLS of the commands: whom they trust, the certificate that they show, and what an error of TLS means.

use std::{error::Error, io, path::PathBuf};

use clap::Args;
use tokio_rustls::rustls::{self, CertificateError};
use tonic::transport::{Certificate, ClientTlsConfig, Identity};

use super::exit::CliError;
use crate::{
    clock::{Clock, SystemClock},
    server::{NOT_TLS, TlsFile, TlsFileError, read_authorities, read_identity},
};

/// How to connect with TLS. clap does not read the environment variables, because one that is set must not conflict with
/// `--data` or with an address without TLS.
#[derive(Debug, Args)]
pub(super) struct TlsArgs {
    /// CA of an https:// server (PEM) [env: DHAKIRA_CA] [default: the CAs of the system]
    #[arg(long, value_name = "FILE")]
    ca: Option<PathBuf>,
    /// Client certificate for an https:// server (PEM) [env: DHAKIRA_CERT]
    #[arg(long, value_name = "FILE")]
    cert: Option<PathBuf>,
    /// Private key of the client certificate (PEM) [env: DHAKIRA_KEY]
    #[arg(long, value_name = "FILE")]
    key: Option<PathBuf>,
}

/// Returns a file by its flag or its environment variable.
fn given(flag: &'static str, path: Option<&PathBuf>, variable: &'static str) -> Option<TlsFile> {
    if let Some(path) = path {
        return Some(TlsFile::new(flag, path));
    }
    let path = std::env::var_os(variable).filter(|path| !path.is_empty())?;
    Some(TlsFile::new(variable, path))
}

impl TlsArgs {
    /// Returns the settings of TLS for an address, or `None` for one without TLS.
    ///
    /// # Errors
    /// The address has another scheme than http or https, a file cannot be used, or the options do not go together.
    pub(super) fn config(&self, address: &str) -> Result<Option<ClientTlsConfig>, CliError> {
        let scheme = address.split_once("://").map(|(scheme, _)| scheme.to_ascii_lowercase());
        match scheme.as_deref() {
            Some("https") => self.encrypted().map(Some),
            Some("http") => self.in_the_clear(address).map(|()| None),
            _ => Err(CliError::Message(format!(
                "'{address}' is not a valid address: write http://HOST:PORT, or https://HOST:PORT for a server with TLS"
            ))),
        }
    }

    fn in_the_clear(&self, address: &str) -> Result<(), CliError> {
        for (flag, path) in [("--ca", &self.ca), ("--cert", &self.cert), ("--key", &self.key)] {
            if path.is_some() {
                return Err(CliError::Message(format!(
                    "{flag} is for a server with TLS, and '{address}' is without: write https:// in the address"
                )));
            }
        }
        Ok(())
    }

    fn encrypted(&self) -> Result<ClientTlsConfig, CliError> {
        let now = SystemClock.now();
        let config = ClientTlsConfig::new();
        let config = match given("--ca", self.ca.as_ref(), "DHAKIRA_CA") {
            Some(file) => {
                let authorities = read_authorities(&file, now)?;
                config.ca_certificate(Certificate::from_pem(authorities))
            }
            None => config.with_native_roots(),
        };
        let certificate = given("--cert", self.cert.as_ref(), "DHAKIRA_CERT");
        match (certificate, given("--key", self.key.as_ref(), "DHAKIRA_KEY")) {
            (Some(certificate), Some(key)) => {
                let (certificate, key) = read_identity(&certificate, &key, now)?;
                Ok(config.identity(Identity::from_pem(certificate, key)))
            }
            (None, None) => Ok(config),
            (Some(given), None) => Err(CliError::Message(format!(
                "{} needs --key: give the private key of the certificate, too",
                given.flag
            ))),
            (None, Some(given)) => Err(CliError::Message(format!(
                "{} needs --cert: give the certificate of the key, too",
                given.flag
            ))),
        }
    }
}

impl From<TlsFileError> for CliError {
    fn from(error: TlsFileError) -> Self {
        Self::Message(error.to_string())
    }
}

/// How rustls begins the text of an error that the server has sent. HTTP/2 keeps only the text.
const ALERT: &str = "received fatal alert: ";

/// Returns what an error of a connection means if it is one of TLS, with the remedy.
pub(super) fn explain_tls(error: &(dyn Error + 'static)) -> Option<String> {
    let mut next = Some(error);
    while let Some(cause) = next {
        let inside = cause.downcast_ref::<io::Error>().and_then(io::Error::get_ref);
        let of_tls = inside.and_then(|inside| inside.downcast_ref()).or_else(|| cause.downcast_ref());
        if let Some(error) = of_tls {
            return Some(meaning(error));
        }
        let text = cause.to_string();
        if let Some((_, alert)) = text.split_once(ALERT) {
            return Some(of_client(alert));
        }
        // The server says so in HTTP/2, which has no type for it.
        if text.contains(NOT_TLS) {
            return Some(
                "the server takes encrypted connections only: write https:// in the address".to_owned(),
            );
        }
        next = cause.source();
    }
    None
}

fn meaning(error: &rustls::Error) -> String {
    match error {
        rustls::Error::InvalidCertificate(problem) => of_server(problem),
        rustls::Error::AlertReceived(alert) => of_client(&format!("{alert:?}")),
        rustls::Error::InvalidMessage(_) => {
            "what answers there does not speak TLS: check the port, or write http:// if the line is safe"
                .to_owned()
        }
        rustls::Error::NoCertificatesPresented => "the server has no certificate".to_owned(),
        other => format!("TLS: {other}"),
    }
}

/// Returns what is wrong with the certificate of the server.
fn of_server(problem: &CertificateError) -> String {
    use CertificateError as E;
    match problem {
        E::UnknownIssuer | E::BadSignature => {
            "the certificate of the server is not of a CA that is trusted here: give the CA of the server with --ca FILE, and check the address".to_owned()
        }
        E::Expired | E::ExpiredContext { .. } => {
            "the certificate of the server has expired: its administrator must renew it (or check this machine's clock)".to_owned()
        }
        E::NotValidYet | E::NotValidYetContext { .. } => {
            "the certificate of the server is not valid yet: check this machine's clock".to_owned()
        }
        E::NotValidForName | E::NotValidForNameContext { .. } => {
            format!("the certificate of the server is for another name: {problem}. Use a name or address that it has")
        }
        E::Other(_) if problem.to_string().contains("CaUsedAsEndEntity") => {
            "the certificate of the server is that of a CA, which cannot be used for a server: its administrator must make one for the server with that CA".to_owned()
        }
        other => format!("the certificate of the server cannot be used: {other}"),
    }
}

/// Returns what an alert of the server means, by the name that rustls gives it. Most are about the certificate of this
/// client.
fn of_client(alert: &str) -> String {
    let message = match alert {
        "CertificateRequired" => {
            "the server requires a client certificate: give one with --cert FILE and --key FILE"
        }
        "UnknownCA" | "DecryptError" => {
            "the client certificate (--cert) is not of a CA that the server trusts: give one of the CA in its --tls-client-ca"
        }
        "CertificateExpired" => {
            "the client certificate (--cert) has expired, says the server: give a new one (or check the clocks)"
        }
        "BadCertificate" | "CertificateUnknown" | "UnsupportedCertificate" | "CertificateRevoked" => {
            "the server does not accept the client certificate (--cert): it must be for clients (extended key usage clientAuth) and not that of a CA"
        }
        "ProtocolVersion" | "HandshakeFailure" => {
            "the server and this command have no version of TLS in common: TLS 1.2 or 1.3 is needed"
        }
        "NoApplicationProtocol" => {
            "what answers there is not gRPC: check the port; the metrics, for example, have one of their own"
        }
        other => return format!("the server ended the TLS handshake: {other}"),
    };
    message.to_owned()
}
