//! Running the server: it listens, opens the store, reports health and drains.

use std::{future::Future, net::SocketAddr, path::PathBuf, sync::Arc, time::Duration};

use tokio::{net::TcpListener, sync::oneshot, time::Instant};
use tonic::transport::Server;
use tonic_health::{ServingStatus, server::HealthReporter};

use super::{
    connections::{ConnectionLimits, ConnectionServer, DescriptorError, GrpcCalls, METRICS_CONNECTIONS},
    exposure::{ExposedError, Exposure},
    sample::load_sample,
    sight::{MetricsPages, ObservedCalls},
    tls::{Tls, TlsError, TlsOptions},
    writes::{LOOK_INTERVAL, WRITES_SERVICE, report_writes, watch_writes},
};
use crate::{
    clock::{Clock, SystemClock},
    engine::{AUDIT_FOLDER, Engine},
    limits::Limits,
    metrics::Metrics,
    rpc::{FILE_DESCRIPTOR_SET, SERVICE_NAMES, ServiceSettings, authorized, build_services, method_names},
    score::Penalties,
    service::{AccessMode, Admission, Authenticator, SlowLookupSettings, StreamLimits, WorkLimits},
    store::{OpenReport, StoreError, StoreOptions},
};

/// The settings of a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The store's folder.
    pub data: PathBuf,
    /// How the store is opened.
    pub store: StoreOptions,
    /// Bounds on the contents of requests.
    pub limits: Limits,
    /// The penalties of lookups that give none.
    pub penalties: Penalties,
    /// Bounds on the work that is accepted at once.
    pub work: WorkLimits,
    /// Bounds on how slowly a client may send or take a file.
    pub streams: StreamLimits,
    /// Which slow lookups are logged.
    pub slow_lookups: SlowLookupSettings,
    /// Largest size of a request message in bytes. Larger ones are refused. Default: 8 MiB.
    pub message_bytes: usize,
    /// Bounds on connections.
    pub connections: ConnectionLimits,
    /// Calls that run at once on one connection. Further calls wait. Default: 256.
    pub calls_per_connection: usize,
    /// How long running calls may still take after the stop signal. Default: 10 s.
    pub grace: Duration,
    /// Whether to create the sample memory and glossary if they are absent.
    pub sample: bool,
    /// Who may call. Default: everybody on this machine.
    pub exposure: Exposure,
    /// How connections are encrypted, and the owners of client certificates. Default: not at all.
    pub tls: TlsOptions,
}

impl Settings {
    /// Returns the default settings for a folder.
    #[must_use]
    pub fn new(data: PathBuf) -> Self {
        Self {
            data,
            store: StoreOptions::default(),
            limits: Limits::default(),
            penalties: Penalties::default(),
            work: WorkLimits::default(),
            streams: StreamLimits::default(),
            slow_lookups: SlowLookupSettings::default(),
            message_bytes: 8 << 20,
            connections: ConnectionLimits::default(),
            calls_per_connection: 256,
            grace: Duration::from_secs(10),
            sample: false,
            exposure: Exposure::default(),
            tls: TlsOptions::default(),
        }
    }
}

impl Settings {
    /// Checks that TLS can be used as the settings say.
    ///
    /// # Errors
    /// [`TlsError`].
    pub fn check_tls(&self) -> Result<(), TlsError> {
        self.open_tls().map(drop)
    }

    fn open_tls(&self) -> Result<Option<Tls>, TlsError> {
        if self.exposure == Exposure::PlaintextBehindProxy && self.tls.is_on() {
            return Err(TlsError::BehindProxy);
        }
        self.tls.open(SystemClock.now())
    }
}

/// Why a server did not start, or stopped with an error.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The server cannot listen on the address.
    #[error("cannot listen on {address}: {cause}. Stop what listens there, or choose another with --listen")]
    Listen {
        /// The address.
        address: String,
        /// The system's error.
        cause: std::io::Error,
    },
    /// The process may open too few files for the connections and the store.
    #[error(transparent)]
    Descriptors(#[from] DescriptorError),
    /// The store did not open.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Others would reach the listener, and nothing protects what goes over the line.
    #[error(transparent)]
    Exposed(#[from] ExposedError),
    /// TLS cannot be used as the settings say.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Tokens are required, and there is none.
    #[error(
        "tokens are required, and the store in {folder} has none that is valid, so nobody could call: make the first one with 'dhakira token create --data {folder} --admin NAME', or name the owners of client certificates in the configuration"
    )]
    NoToken {
        /// The folder of the store.
        folder: String,
    },
    /// The audit log cannot be written.
    #[error("cannot write the audit log in {folder}: {cause}")]
    Audit {
        /// Its folder.
        folder: String,
        /// The system's error.
        cause: std::io::Error,
    },
    /// The sample cannot be loaded.
    #[error("the sample cannot be loaded: {0}")]
    Sample(String),
    /// Serving failed.
    #[error("serving failed: {0}")]
    Serve(String),
}

/// Binds an address to listen on.
///
/// # Errors
/// Returns [`ServeError::Listen`].
pub async fn listen(address: &str) -> Result<TcpListener, ServeError> {
    TcpListener::bind(address)
        .await
        .map_err(|cause| ServeError::Listen { address: address.to_owned(), cause })
}

/// Where a server listens.
#[derive(Debug)]
pub struct Listeners {
    /// For gRPC.
    pub grpc: TcpListener,
    /// For the metrics, over HTTP.
    pub metrics: Option<TcpListener>,
}

impl From<TcpListener> for Listeners {
    fn from(grpc: TcpListener) -> Self {
        Self { grpc, metrics: None }
    }
}

/// Runs the server until `stop` is ready, then finishes the running calls and closes the store.
/// The health service answers from the start, with NOT_SERVING until the store is open. Once calls
/// are answered, `ready` is called with the address.
///
/// # Errors
/// There are too few file descriptors, the store does not open, the sample cannot be loaded, or serving fails.
pub async fn run(
    listeners: impl Into<Listeners>,
    mut settings: Settings,
    stop: impl Future<Output = ()> + Send + 'static,
    ready: impl FnOnce(SocketAddr) + Send + 'static,
) -> Result<(), ServeError> {
    let Listeners { grpc, metrics: metrics_listener } = listeners.into();
    let tls = settings.open_tls()?;
    let address = grpc.local_addr().map_err(|e| ServeError::Serve(e.to_string()))?;
    let mode = settings.exposure.mode(address, tls.is_some())?;
    let metrics_mode = match &metrics_listener {
        Some(listener) => {
            let address = listener.local_addr().map_err(|e| ServeError::Serve(e.to_string()))?;
            settings.exposure.mode(address, tls.is_some())?
        }
        None => mode,
    };
    let connections = settings.connections.resolve()?;
    let metrics = Metrics::default();
    settings.store.metrics = metrics.writes.clone();
    let admission = Admission::new(&settings.work, metrics.clone());
    let (health, health_service) = tonic_health::server::health_reporter();
    report_not_serving(&health).await;

    // The opener sends the stopper the error if the store does not open; the stopper makes the server drain.
    let (open_failed, failed_to_open) = oneshot::channel();
    let (drain, draining) = oneshot::channel();
    // The opener sends the stopper whether writes work after the open; the stopper reports later changes.
    let (first_report, first_reported) = oneshot::channel();
    let lifecycle = Lifecycle { admission: admission.clone(), health };
    let services = ServiceSettings {
        limits: settings.limits.clone(),
        penalties: settings.penalties.clone(),
        streams: settings.streams,
        slow_lookups: settings.slow_lookups,
        message_bytes: settings.message_bytes,
    };
    let authenticator = Authenticator::new(admission.clone(), mode);
    let reflection_v1 = reflection().build_v1().map_err(|e| ServeError::Serve(e.to_string()))?;
    // grpcurl before 1.9 uses the alpha version.
    let reflection_v1alpha = reflection().build_v1alpha().map_err(|e| ServeError::Serve(e.to_string()))?;
    let routes = build_services(&admission, authenticator.clone(), services)
        // Without a token, because load balancers have none.
        .add_service(health_service)
        .add_service(authorized(reflection_v1, authenticator.clone()))
        .add_service(authorized(reflection_v1alpha, authenticator));
    let idle = settings.connections.idle;
    let services = ObservedCalls::new(routes, method_names(), &metrics);
    let calls = GrpcCalls { transport: transport(&settings), services };
    let server = ConnectionServer { answers: calls, tls: tls.clone(), most: connections, idle };
    let (end_metrics, metrics_end) = oneshot::channel::<()>();
    let serving_metrics = metrics_listener.map(|listener| {
        // The sender sends nothing; it is dropped.
        let end = async { drop(metrics_end.await) };
        let authenticator = Authenticator::new(admission.clone(), metrics_mode);
        let answers = MetricsPages::new(admission.clone(), authenticator, metrics, tls.clone());
        let server = ConnectionServer { answers, tls: tls.clone(), most: METRICS_CONNECTIONS, idle };
        tokio::spawn(server.run(listener, end))
    });
    let following_files = tls.map(|tls| tokio::spawn(tls.follow_files(settings.tls.reload)));
    let serving = tokio::spawn(server.run(grpc, async {
        // An error means that the stopper has ended, so the server stops as well.
        let _ = draining.await;
    }));
    let grace = settings.grace;
    let ready = move || {
        tracing::info!(%address, "serving");
        ready(address);
    };
    let opener = tokio::spawn(lifecycle.clone().open(settings, mode, open_failed, first_report, ready));
    let stopper = tokio::spawn(lifecycle.stop(stop, failed_to_open, first_reported, drain));

    let failed = stopper.await.map_err(|e| ServeError::Serve(e.to_string()))?;
    tracing::info!("stopping: finishing the calls under way");
    let end = Instant::now() + grace;
    let served = tokio::time::timeout_at(end, serving).await;
    // A job whose client has left uses the store as well.
    let finished = tokio::time::timeout_at(end, admission.jobs_ended()).await;
    if served.is_err() || finished.is_err() {
        tracing::warn!(?grace, "calls were still under way at the end of the grace period");
    }
    // Last, so that the metrics show how the calls end.
    drop(end_metrics);
    if let Some(serving_metrics) = serving_metrics {
        // A client that keeps its connection open must not keep the server from stopping.
        serving_metrics.abort();
    }
    if let Some(following_files) = following_files {
        following_files.abort();
    }
    if let Err(cause) = opener.await {
        tracing::error!(%cause, "opening the store panicked");
    }
    // Dropping the engine's last reference commits the queued changes and closes the store.
    let closing = tokio::task::spawn_blocking(move || admission.close()).await;
    tracing::info!("stopped");
    match (failed, served, closing) {
        (Some(error), _, _) => Err(error),
        (None, Ok(Err(cause)), _) | (None, _, Err(cause)) => Err(ServeError::Serve(cause.to_string())),
        (None, _, Ok(())) => Ok(()),
    }
}

/// The bytes that a client may send ahead on one stream.
const STREAM_WINDOW: u32 = 512 << 10;

/// The bytes that a client may send ahead on one connection. This is much more than on one stream,
/// because the imports that wait take nothing, and other calls on their connection must go on.
const CONNECTION_WINDOW: u32 = 16 << 20;

/// How long a client may take to answer a ping.
const PING_TIMEOUT: Duration = Duration::from_secs(20);

/// Returns the settings of HTTP/2.
fn transport(settings: &Settings) -> Server {
    Server::builder()
        .concurrency_limit_per_connection(settings.calls_per_connection)
        .initial_stream_window_size(STREAM_WINDOW)
        .initial_connection_window_size(CONNECTION_WINDOW)
        .http2_keepalive_interval(Some(settings.connections.keepalive))
        .http2_keepalive_timeout(Some(PING_TIMEOUT))
}

/// What opening and stopping the server change.
#[derive(Clone)]
struct Lifecycle {
    /// Lets calls through once the store is open, and refuses new ones from the stop on.
    admission: Admission,
    /// Reports SERVING between the two.
    health: HealthReporter,
}

impl Lifecycle {
    /// Opens the store and lets calls through. If it does not open, sends the error to the stopper.
    async fn open(
        self,
        settings: Settings,
        mode: AccessMode,
        failed: oneshot::Sender<ServeError>,
        first_report: oneshot::Sender<bool>,
        ready: impl FnOnce(),
    ) {
        let opened = tokio::task::spawn_blocking(move || open_engine(&settings, mode)).await;
        match opened.unwrap_or_else(|cause| Err(ServeError::Serve(cause.to_string()))) {
            Ok(engine) => {
                if let Some(writes_work) = open_for_calls(&self.admission, &self.health, engine).await {
                    // If the stopper has ended, nobody needs the report.
                    let _ = first_report.send(writes_work);
                    ready();
                }
            }
            Err(error) => {
                if failed.send(error).is_err() {
                    tracing::debug!("the server was stopped while its store was being opened");
                }
            }
        }
    }

    /// Waits for the stop, or for the error of a store that does not open, and reports meanwhile whether
    /// writes work. Then refuses new calls and lets the server finish the running ones. Returns the error.
    async fn stop(
        self,
        stop: impl Future<Output = ()>,
        failed_to_open: oneshot::Receiver<ServeError>,
        first_report: oneshot::Receiver<bool>,
        drain: oneshot::Sender<()>,
    ) -> Option<ServeError> {
        let check = || {
            let admission = self.admission.clone();
            async move { admission.check_writes().await }
        };
        let failed = tokio::select! {
            () = stop => None,
            Ok(error) = failed_to_open => Some(error),
            never = watch_writes(&self.health, first_report, LOOK_INTERVAL, check) => match never {},
        };
        // The phase changes before health, because `open_for_calls` relies on this order.
        self.admission.stop();
        report_not_serving(&self.health).await;
        if drain.send(()).is_err() {
            tracing::debug!("the server stopped by itself");
        }
        failed
    }
}

/// Lets calls through to an engine and reports SERVING, unless the server was stopped while
/// its store was being opened. Returns whether writes work, or `None` if no calls are answered.
async fn open_for_calls(admission: &Admission, health: &HealthReporter, engine: Engine) -> Option<bool> {
    if !admission.open(Arc::new(engine)) {
        tracing::info!("the server was stopped while its store was being opened");
        return None;
    }
    let writes_work = report_writes(health, admission.check_writes().await).await;
    for service in SERVICE_NAMES.into_iter().chain([""]) {
        health.set_service_status(service, ServingStatus::Serving).await;
    }
    if admission.is_stopping() {
        // The stop came after `open`, so its NOT_SERVING may have been overwritten: report it again.
        report_not_serving(health).await;
        return None;
    }
    Some(writes_work)
}

fn open_engine(settings: &Settings, mode: AccessMode) -> Result<Engine, ServeError> {
    let (mut engine, report) =
        Engine::open(&settings.data, &settings.store, settings.limits.clone(), Box::new(SystemClock))?;
    log_open(settings, &report);
    let audit = settings.data.join(AUDIT_FOLDER);
    engine
        .keep_audit_log(&audit)
        .map_err(|cause| ServeError::Audit { folder: audit.display().to_string(), cause })?;
    match (mode, engine.has_valid_token()) {
        (AccessMode::Tokens, false) if settings.tls.owners.0.is_empty() => {
            return Err(ServeError::NoToken { folder: settings.data.display().to_string() });
        }
        (AccessMode::Open, true) => {
            tracing::warn!("the store has tokens, but callers need none; --require-tokens changes that");
        }
        (AccessMode::Open, false) if !settings.tls.owners.0.is_empty() => {
            tracing::warn!(
                "client certificates have owners, but callers need none; --require-tokens changes that"
            );
        }
        (AccessMode::Tokens, _) | (AccessMode::Open, false) => {}
    }
    if settings.sample {
        load_sample(&engine).map_err(|fault| ServeError::Sample(fault.to_string()))?;
    }
    Ok(engine)
}

fn log_open(settings: &Settings, report: &OpenReport) {
    let data = settings.data.display();
    tracing::info!(%data, created = report.created, units_read = report.units_read, "the store is open");
    for half in &report.removed_snapshots {
        tracing::warn!(snapshot = %half.display(), "removed a snapshot that a crash left half written; nothing is lost");
    }
    for snapshot in &report.renamed_snapshots {
        tracing::warn!(snapshot = %snapshot.display(), "moved a broken snapshot aside; the store was recovered from its log");
    }
}

/// Reports NOT_SERVING for every service, for writes, and for the server as a whole (the empty name).
async fn report_not_serving(health: &HealthReporter) {
    for service in SERVICE_NAMES.into_iter().chain([WRITES_SERVICE, ""]) {
        health.set_service_status(service, ServingStatus::NotServing).await;
    }
}

fn reflection() -> tonic_reflection::server::Builder<'static> {
    tonic_reflection::server::Builder::configure()
        .register_encoded_file_descriptor_set(FILE_DESCRIPTOR_SET)
        .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
        // With these types, clients can print the details of errors.
        .register_encoded_file_descriptor_set(tonic_types::pb::FILE_DESCRIPTOR_SET)
}

#[cfg(test)]
mod tests {
    use tonic::Request;
    use tonic_health::{
        pb::{HealthCheckRequest, health_check_response::ServingStatus, health_server::Health},
        server::{HealthReporter, HealthService},
    };

    use super::{AccessMode, Admission, Metrics, Settings, WorkLimits, open_engine, open_for_calls};

    async fn reported(health: &HealthReporter) -> ServingStatus {
        let service = HealthService::from_health_reporter(health.clone());
        let request = Request::new(HealthCheckRequest { service: String::new() });
        service.check(request).await.unwrap().into_inner().status()
    }

    #[tokio::test]
    async fn a_stop_during_a_long_open_stays_a_stop() {
        let folder = tempfile::tempdir().unwrap();
        let mut settings = Settings::new(folder.path().to_owned());
        settings.store.disk_reserve_bytes = 0;
        for stopped in [false, true] {
            let admission = Admission::new(&WorkLimits::default(), Metrics::default());
            let health = HealthReporter::new();
            health.set_service_status("", tonic_health::ServingStatus::NotServing).await;
            if stopped {
                admission.stop();
            }
            let engine = open_engine(&settings, AccessMode::Open).unwrap();
            assert_eq!(open_for_calls(&admission, &health, engine).await, (!stopped).then_some(true));
            let expected = if stopped { ServingStatus::NotServing } else { ServingStatus::Serving };
            assert_eq!(reported(&health).await, expected);
            admission.close();
        }
    }
}
