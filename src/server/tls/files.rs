//! Reads certificates and keys from files in PEM format, and says what is wrong with them.

use std::{
    fs, io,
    path::{Path, PathBuf},
    sync::Arc,
};

use tokio_rustls::rustls::{
    Error, InconsistentKeys, RootCertStore,
    crypto::{CryptoProvider, ring},
    pki_types::{
        CertificateDer, PrivateKeyDer,
        pem::{self, PemObject},
    },
    sign::CertifiedKey,
};

use super::peer::{OutOfTime, Validity};
use crate::clock::Timestamp;

/// A file of TLS, with the flag that names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TlsFile {
    /// The flag, for messages.
    pub flag: &'static str,
    /// Its path.
    pub path: PathBuf,
}

/// Why a file of TLS cannot be used.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{} {}: {problem}", file.flag, file.path.display())]
pub struct TlsFileError {
    /// The file.
    pub file: TlsFile,
    /// What is wrong.
    pub problem: FileProblem,
}

/// What is wrong with a file of TLS.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum FileProblem {
    /// It cannot be read.
    #[error("cannot read the file: {0}. Give the path of a file in PEM format that this user may read")]
    Unreadable(String),
    /// It is not in PEM format.
    #[error("the file is not in PEM format: {0}. Copy it again, whole")]
    BadPem(String),
    /// It has no certificate.
    #[error(
        "the file has no certificate: it must have -----BEGIN CERTIFICATE-----, the server's own one first. 'openssl x509 -inform der -in FILE -out NEW' converts one in DER"
    )]
    NoCertificate,
    /// A certificate in it cannot be used.
    #[error("the certificate cannot be used: {0}. Let the CA make a new one (X.509 version 3)")]
    BadCertificate(String),
    /// The certificate is not valid now.
    #[error(transparent)]
    OutOfTime(#[from] OutOfTime),
    /// It has no private key.
    #[error("the file has no private key: it must have -----BEGIN PRIVATE KEY-----")]
    NoKey,
    /// Its private key is encrypted.
    #[error(
        "the private key is encrypted, and nobody is asked for its password: decrypt it with 'openssl pkey -in FILE -out NEW', and let only this user read NEW"
    )]
    EncryptedKey,
    /// Its private key cannot be used.
    #[error("the private key cannot be used: {0}. Use an ECDSA (P-256, P-384), Ed25519 or RSA key")]
    BadKey(String),
    /// The key is of another certificate.
    #[error(
        "the private key does not fit the certificate in {0}: give the key that this certificate was made for. 'openssl pkey -in KEY -pubout' and 'openssl x509 -in CERTIFICATE -noout -pubkey' print the same for a pair that fits"
    )]
    KeyOfAnother(String),
}

/// The files of TLS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct TlsFiles {
    pub(super) certificate: TlsFile,
    pub(super) key: TlsFile,
    pub(super) client_ca: Option<TlsFile>,
    pub(super) client_required: bool,
}

/// A certificate with the chain to its CA, and its key.
#[derive(Debug)]
pub(super) struct Identity {
    /// The certificate with its key, for rustls.
    pub(super) certified: CertifiedKey,
    /// When the certificate is valid.
    pub(super) validity: Validity,
}

/// Returns the cryptography that is used. Always `ring`, because it needs neither cmake nor packages of the system.
pub(super) fn provider() -> Arc<CryptoProvider> {
    Arc::new(ring::default_provider())
}

impl TlsFile {
    /// Names a file that a flag gave.
    #[must_use]
    pub fn new(flag: &'static str, path: impl Into<PathBuf>) -> Self {
        Self { flag, path: path.into() }
    }

    /// Makes an error about the file.
    fn error(&self, problem: FileProblem) -> TlsFileError {
        TlsFileError { file: self.clone(), problem }
    }

    /// Makes an error about a certificate in the file.
    pub(super) fn unusable(&self, cause: String) -> TlsFileError {
        self.error(FileProblem::BadCertificate(cause))
    }

    /// Reads the file.
    pub(super) fn read(&self) -> Result<Vec<u8>, TlsFileError> {
        fs::read(&self.path)
            .map_err(|cause| self.error(FileProblem::Unreadable(plain_cause(&self.path, &cause))))
    }

    /// Returns all certificates in the contents of the file, at least one.
    fn certificates(&self, contents: &[u8]) -> Result<Vec<CertificateDer<'static>>, TlsFileError> {
        let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(contents).collect();
        let certificates =
            certificates.map_err(|cause| self.error(FileProblem::BadPem(cause.to_string())))?;
        if certificates.is_empty() { Err(self.error(FileProblem::NoCertificate)) } else { Ok(certificates) }
    }

    /// Returns the private key in the contents of the file.
    fn private_key(&self, contents: &[u8]) -> Result<PrivateKeyDer<'static>, TlsFileError> {
        PrivateKeyDer::from_pem_slice(contents).map_err(|cause| {
            let is_encrypted = contents.windows(ENCRYPTED.len()).any(|window| window == ENCRYPTED);
            self.error(match cause {
                _ if is_encrypted => FileProblem::EncryptedKey,
                pem::Error::NoItemsFound => FileProblem::NoKey,
                cause => FileProblem::BadPem(cause.to_string()),
            })
        })
    }
}

/// How both forms of an encrypted key in PEM format say that they are encrypted.
const ENCRYPTED: &[u8] = b"ENCRYPTED";

/// Returns the cause of an unreadable file. A folder is named as such, because the system's words for it are odd.
fn plain_cause(path: &Path, cause: &io::Error) -> String {
    if path.is_dir() { "it is a folder".to_owned() } else { cause.to_string() }
}

impl Identity {
    /// Makes an identity of the contents of two files.
    pub(super) fn of(
        certificate_file: &TlsFile,
        certificate: &[u8],
        key_file: &TlsFile,
        key: &[u8],
        now: Timestamp,
    ) -> Result<Self, TlsFileError> {
        let chain = certificate_file.certificates(certificate)?;
        let validity = Validity::of(chain.first().map_or(&[], |der| der.as_ref()))
            .map_err(|e| certificate_file.unusable(e))?;
        validity.check(now).map_err(|problem| certificate_file.error(problem.into()))?;
        let key = key_file.private_key(key)?;
        let signing = provider().key_provider.load_private_key(key);
        let signing = signing.map_err(|cause| key_file.error(FileProblem::BadKey(cause.to_string())))?;
        let certified = CertifiedKey::new(chain, signing);
        match certified.keys_match() {
            Ok(()) | Err(Error::InconsistentKeys(InconsistentKeys::Unknown)) => {
                Ok(Self { certified, validity })
            }
            Err(Error::InconsistentKeys(_)) => {
                let certificate = certificate_file.path.display().to_string();
                Err(key_file.error(FileProblem::KeyOfAnother(certificate)))
            }
            Err(cause) => Err(certificate_file.unusable(cause.to_string())),
        }
    }
}

/// Returns the CAs in the contents of a file. One that has expired does not count, because a file often has the former
/// CA beside the new one; if all have expired, that is an error.
pub(super) fn authorities(
    file: &TlsFile,
    contents: &[u8],
    now: Timestamp,
) -> Result<RootCertStore, TlsFileError> {
    let mut roots = RootCertStore::empty();
    let mut unusable = None;
    for der in file.certificates(contents)? {
        match Validity::of(&der).map_err(|e| file.unusable(e))?.check(now) {
            Ok(()) => roots.add(der).map_err(|e| file.unusable(e.to_string()))?,
            Err(problem) => unusable = Some(problem),
        }
    }
    match unusable {
        Some(problem) if roots.is_empty() => Err(file.error(problem.into())),
        _ => Ok(roots),
    }
}

/// Reads the certificates of CAs, and checks that at least one of them can be used. Returns the contents of the file.
///
/// # Errors
/// The file cannot be read, or has no certificate of a CA that is valid now.
pub fn read_authorities(file: &TlsFile, now: Timestamp) -> Result<Vec<u8>, TlsFileError> {
    let contents = file.read()?;
    authorities(file, &contents, now)?;
    Ok(contents)
}

/// Reads a certificate and its key, and checks that they fit and are valid now. Returns the contents of both files.
///
/// # Errors
/// One of the files cannot be read or used; the error names it.
pub fn read_identity(
    certificate_file: &TlsFile,
    key_file: &TlsFile,
    now: Timestamp,
) -> Result<(Vec<u8>, Vec<u8>), TlsFileError> {
    let (certificate, key) = (certificate_file.read()?, key_file.read()?);
    Identity::of(certificate_file, &certificate, key_file, &key, now)?;
    Ok((certificate, key))
}

#[cfg(test)]
mod tests;
