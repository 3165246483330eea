//! Opens connections with TLS.

use std::{
    fmt,
    hash::{DefaultHasher, Hash, Hasher},
    io,
    sync::Arc,
    time::Duration,
};

use arc_swap::ArcSwap;
use tokio::{
    io::{AsyncRead, AsyncWrite},
    sync::watch,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        server::WebPkiClientVerifier,
        sign::{CertifiedKey, SingleCertAndKey},
    },
    server::TlsStream,
};

use super::{
    files::{Identity, TlsFile, TlsFileError, TlsFiles, authorities, provider},
    peer::{Validity, subjects},
    plaintext::close_gently,
    protocol::Protocol,
};
use crate::{
    access::{CertificateOwners, ClientCertificate, KnownCertificate},
    clock::Timestamp,
};

/// Opens connections with TLS. Cheap to clone; all clones use the same certificate.
#[derive(Clone, Debug)]
pub(in crate::server) struct Tls(Arc<Shared>);

struct Shared {
    files: TlsFiles,
    owners: CertificateOwners,
    handshake: Duration,
    /// The fingerprint of the contents at the start.
    opened_with: u64,
    current: ArcSwap<Loaded>,
    /// The fingerprint of the CAs of client certificates. Connections with a client certificate notice when it changes.
    client_ca: watch::Sender<Option<u64>>,
}

impl fmt::Debug for Shared {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shared").field("files", &self.files).finish_non_exhaustive()
    }
}

/// The contents of the files at one moment.
pub(super) struct Contents {
    certificate: Vec<u8>,
    key: Vec<u8>,
    client_ca: Option<Vec<u8>>,
}

/// What was made of the contents of the files.
struct Loaded {
    grpc: Arc<ServerConfig>,
    http: Arc<ServerConfig>,
    validity: Validity,
}

/// Returns a number that other contents hardly have.
fn fingerprint(contents: impl Hash) -> u64 {
    let mut hasher = DefaultHasher::new();
    contents.hash(&mut hasher);
    hasher.finish()
}

impl Contents {
    /// Reads the files.
    pub(super) fn read(files: &TlsFiles) -> Result<Self, TlsFileError> {
        Ok(Self {
            certificate: files.certificate.read()?,
            key: files.key.read()?,
            client_ca: files.client_ca.as_ref().map(TlsFile::read).transpose()?,
        })
    }

    /// Returns a number that other contents hardly have.
    pub(super) fn fingerprint(&self) -> u64 {
        fingerprint((&self.certificate, &self.key, &self.client_ca))
    }
}

impl Loaded {
    fn make(files: &TlsFiles, contents: &Contents, now: Timestamp) -> Result<Self, TlsFileError> {
        let Identity { certified, validity } =
            Identity::of(&files.certificate, &contents.certificate, &files.key, &contents.key, now)?;
        let mut config = server_config(files, contents, certified, now)?;
        config.alpn_protocols = vec![b"h2".to_vec()];
        let grpc = Arc::new(config.clone());
        config.alpn_protocols = vec![b"http/1.1".to_vec()];
        Ok(Self { grpc, http: Arc::new(config), validity })
    }
}

fn server_config(
    files: &TlsFiles,
    contents: &Contents,
    certified: CertifiedKey,
    now: Timestamp,
) -> Result<ServerConfig, TlsFileError> {
    let builder = ServerConfig::builder_with_provider(provider());
    // The versions that ring has are those that rustls takes by default.
    let builder = builder
        .with_safe_default_protocol_versions()
        .map_err(|cause| files.certificate.unusable(cause.to_string()))?;
    let builder = match (&files.client_ca, &contents.client_ca) {
        (Some(file), Some(contents)) => {
            let roots = Arc::new(authorities(file, contents, now)?);
            let verifier = WebPkiClientVerifier::builder_with_provider(roots, provider());
            // Those without a certificate may have a token, and load balancers that look at health have neither.
            let verifier = if files.client_required { verifier } else { verifier.allow_unauthenticated() };
            let verifier = verifier.build().map_err(|cause| file.unusable(cause.to_string()))?;
            builder.with_client_cert_verifier(verifier)
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(certified))))
}

impl Tls {
    /// Reads the files.
    pub(super) fn open(
        files: TlsFiles,
        owners: CertificateOwners,
        handshake: Duration,
        now: Timestamp,
    ) -> Result<Self, TlsFileError> {
        let contents = Contents::read(&files)?;
        let loaded = Loaded::make(&files, &contents, now)?;
        let client_ca = watch::Sender::new(contents.client_ca.as_ref().map(fingerprint));
        Ok(Self(Arc::new(Shared {
            files,
            owners,
            handshake,
            opened_with: contents.fingerprint(),
            current: ArcSwap::from_pointee(loaded),
            client_ca,
        })))
    }

    /// Returns the files.
    pub(super) fn files(&self) -> &TlsFiles {
        &self.0.files
    }

    /// Returns the fingerprint of the contents at the start.
    pub(super) fn opened_with(&self) -> u64 {
        self.0.opened_with
    }

    /// Returns until when the certificate is valid.
    pub(super) fn valid_until(&self) -> String {
        self.0.current.load().validity.until_text().to_owned()
    }

    /// Returns from when on the certificate is not valid any more.
    pub(in crate::server) fn expires_at(&self) -> Timestamp {
        self.0.current.load().validity.until()
    }

    /// Uses other contents for new connections. Connections that are open keep theirs.
    ///
    /// # Errors
    /// The contents cannot be used. The former ones stay.
    pub(super) fn replace(&self, contents: &Contents, now: Timestamp) -> Result<(), TlsFileError> {
        let loaded = Loaded::make(&self.0.files, contents, now)?;
        self.0.current.store(Arc::new(loaded));
        let client_ca = contents.client_ca.as_ref().map(fingerprint);
        self.0.client_ca.send_if_modified(|former| std::mem::replace(former, client_ca) != client_ca);
        Ok(())
    }

    /// Returns what new connections are opened with.
    pub(super) fn config(&self, protocol: Protocol) -> Arc<ServerConfig> {
        let current = self.0.current.load();
        Arc::clone(match protocol {
            Protocol::Grpc => &current.grpc,
            Protocol::Http => &current.http,
        })
    }

    /// How long a client may take to open a connection.
    pub(in crate::server) fn handshake_time(&self) -> Duration {
        self.0.handshake
    }

    /// Waits until the CAs of client certificates are others than now.
    pub(in crate::server) fn watch_client_ca(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut changes = self.0.client_ca.subscribe();
        async move {
            if changes.changed().await.is_err() {
                // Nothing can change any more.
                std::future::pending::<()>().await;
            }
        }
    }

    /// Opens a connection. Also returns what the client's certificate says, if it has one and the configuration has
    /// owners of certificates. If that fails, the client gets the reason, and the connection is closed.
    ///
    /// # Errors
    /// The client does not finish the handshake, or its certificate is not accepted.
    pub(in crate::server) async fn accept<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: S,
        protocol: Protocol,
    ) -> io::Result<(TlsStream<S>, Option<ClientCertificate>)> {
        match TlsAcceptor::from(self.config(protocol)).accept(stream).into_fallible().await {
            Ok(stream) => {
                let certificate = self.certificate_of(&stream);
                Ok((stream, certificate))
            }
            Err((cause, mut stream)) => {
                close_gently(&mut stream).await;
                Err(cause)
            }
        }
    }

    fn certificate_of<S>(&self, stream: &TlsStream<S>) -> Option<ClientCertificate> {
        if self.0.owners.0.is_empty() {
            // The certificates open the door, and tokens say who comes in.
            return None;
        }
        let der = stream.get_ref().1.peer_certificates()?.first()?;
        // A certificate that rustls accepts and the parser does not names nobody.
        let (subjects, expires_at) = subjects(der).unwrap_or_default();
        let Some(owner) = self.0.owners.find(&subjects) else {
            let subjects: Vec<_> = subjects.iter().map(ToString::to_string).collect();
            tracing::info!(?subjects, "a client certificate has no owner in [[client_certificates]]");
            return Some(ClientCertificate::Unknown);
        };
        Some(ClientCertificate::Known(KnownCertificate { owner: Arc::clone(owner), expires_at }))
    }
}
