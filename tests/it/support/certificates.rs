//! Certificates that are made for one test, and servers with TLS.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
};

use dhakira::{
    access::{CertificateOwner, CertificateOwners, CertificateSubject, Grant, Grants, Role},
    server::Settings,
};
use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    date_time_ymd,
};
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::{
    TlsConnector,
    client::TlsStream,
    rustls::{
        ClientConfig, RootCertStore,
        crypto::ring,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Identity};

use super::{RunningServer, name, settings};

/// A certificate authority.
pub(crate) struct Ca(CertifiedIssuer<'static, KeyPair>);

/// A certificate with its key, in files.
#[derive(Clone, Debug)]
pub(crate) struct Files {
    pub(crate) certificate: PathBuf,
    pub(crate) key: PathBuf,
}

impl Files {
    pub(crate) fn certificate(&self) -> &str {
        self.certificate.to_str().unwrap()
    }

    pub(crate) fn key(&self) -> &str {
        self.key.to_str().unwrap()
    }

    fn identity(&self) -> Identity {
        Identity::from_pem(fs::read(&self.certificate).unwrap(), fs::read(&self.key).unwrap())
    }

    pub(crate) fn chain(&self) -> Vec<CertificateDer<'static>> {
        let chain = CertificateDer::pem_file_iter(&self.certificate).unwrap();
        chain.collect::<Result<_, _>>().unwrap()
    }

    pub(crate) fn private_key(&self) -> PrivateKeyDer<'static> {
        PrivateKeyDer::from_pem_file(&self.key).unwrap()
    }
}

impl Ca {
    pub(crate) fn new(owner: &str) -> Self {
        let mut params = CertificateParams::default();
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.distinguished_name.push(DnType::CommonName, owner);
        Self(CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap())
    }

    /// Writes the certificate of the authority into a folder.
    pub(crate) fn write(&self, folder: &Path) -> PathBuf {
        let path = folder.join("ca.pem");
        fs::write(&path, self.0.pem()).unwrap();
        path
    }

    /// Signs a certificate and writes it and its key into a folder.
    pub(crate) fn sign(&self, params: &CertificateParams, folder: &Path, file: &str) -> Files {
        let key = KeyPair::generate().unwrap();
        let signed = params.signed_by(&key, &self.0).unwrap();
        let files = Files {
            certificate: folder.join(format!("{file}.pem")),
            key: folder.join(format!("{file}.key")),
        };
        fs::write(&files.certificate, signed.pem()).unwrap();
        fs::write(&files.key, key.serialize_pem()).unwrap();
        files
    }

    /// Makes the certificate of a server on this machine.
    pub(crate) fn server(&self, folder: &Path) -> Files {
        self.sign(&server_params(), folder, "server")
    }

    /// Makes the certificate of a client with a common name.
    pub(crate) fn client(&self, folder: &Path, common_name: &str) -> Files {
        self.sign(&client_params(common_name), folder, common_name)
    }

    /// Makes the settings of a client that trusts this authority, with or without a certificate.
    pub(crate) fn client_config(&self, certificate: Option<&Files>) -> ClientTlsConfig {
        let config = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(self.0.pem()));
        match certificate {
            Some(files) => config.identity(files.identity()),
            None => config,
        }
    }

    /// Connects to a server that has a certificate of this authority.
    pub(crate) async fn connect(
        &self,
        address: SocketAddr,
        certificate: Option<&Files>,
    ) -> Result<Channel, tonic::transport::Error> {
        let endpoint = Channel::from_shared(format!("https://{address}")).unwrap();
        endpoint.tls_config(self.client_config(certificate)).unwrap().connect().await
    }

    /// Connects with TLS alone, for HTTP/1.1.
    pub(crate) async fn connect_raw(
        &self,
        address: SocketAddr,
        certificate: Option<&Files>,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let mut roots = RootCertStore::empty();
        roots.add(self.0.der().clone()).unwrap();
        let config = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots);
        let config = match certificate {
            Some(files) => config.with_client_auth_cert(files.chain(), files.private_key()).unwrap(),
            None => config.with_no_client_auth(),
        };
        let stream = TcpStream::connect(address).await?;
        TlsConnector::from(Arc::new(config)).connect(address.ip().into(), stream).await
    }
}

pub(crate) fn server_params() -> CertificateParams {
    let mut params = CertificateParams::new(["localhost".to_owned(), "127.0.0.1".to_owned()]).unwrap();
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params
}

pub(crate) fn client_params(common_name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, common_name);
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params
}

/// Makes a certificate expire long ago.
pub(crate) fn expired(mut params: CertificateParams) -> CertificateParams {
    params.not_before = date_time_ymd(2019, 1, 1);
    params.not_after = date_time_ymd(2020, 1, 1);
    params
}

/// Returns the owner of certificates with a subject, for a pattern of memories and glossaries.
pub(crate) fn owner(subject: &str, owner: &str, role: Role, pattern: &str) -> Arc<CertificateOwner> {
    let grant = match role {
        Role::Admin => Grant::admin(),
        role => Grant::for_patterns(role, &[pattern]).unwrap(),
    };
    Arc::new(CertificateOwner {
        subject: CertificateSubject::parse(subject).unwrap(),
        name: name(owner),
        grants: Grants(vec![grant]),
    })
}

/// A server with TLS, with a CA of its own for servers and clients.
pub(crate) struct TlsServer {
    pub(crate) address: SocketAddr,
    pub(crate) metrics: SocketAddr,
    pub(crate) ca: Ca,
    /// The certificate of the server.
    pub(crate) files: Files,
    /// The certificate of the CA.
    pub(crate) ca_file: PathBuf,
    pub(crate) folder: TempDir,
    running: RunningServer,
}

impl TlsServer {
    /// Starts a server that knows these owners of client certificates.
    pub(crate) async fn start(
        owners: Vec<Arc<CertificateOwner>>,
        tune: impl FnOnce(&mut Settings, &Path),
    ) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let ca = Ca::new("the CA of this test");
        let (files, ca_file) = (ca.server(folder.path()), ca.write(folder.path()));
        let mut settings = settings(&folder.path().join("data"));
        settings.tls.certificate = Some(files.certificate.clone());
        settings.tls.key = Some(files.key.clone());
        if !owners.is_empty() {
            settings.tls.client_ca = Some(ca_file.clone());
        }
        settings.tls.owners = CertificateOwners(owners);
        tune(&mut settings, folder.path());
        let running = RunningServer::start(settings).await;
        let (address, metrics) = (running.address, running.metrics);
        Self { address, metrics, ca, files, ca_file, folder, running }
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) async fn connect(&self, certificate: Option<&Files>) -> Channel {
        self.ca.connect(self.address, certificate).await.unwrap()
    }

    /// Stops the server and waits until it has ended.
    pub(crate) async fn stop(self) -> TempDir {
        self.running.stop().await;
        self.folder
    }
}
