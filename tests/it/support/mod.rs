//! Servers, engines and test data for the integration tests.

pub(crate) mod calls;
pub(crate) mod certificates;
pub(crate) mod help;
pub(crate) mod source;
mod token_server;

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    time::Duration,
};

use dhakira::{
    caller::Caller,
    clock::{Clock, Timestamp},
    engine::{Deadline, Engine, Filter, NewCollection, PageRequest},
    limits::Limits,
    locale::Locale,
    name::Name,
    rpc::proto::{
        self, admin_service_client::AdminServiceClient, glossary_service_client::GlossaryServiceClient,
        import_request::Part as In, interchange_service_client::InterchangeServiceClient,
        lookup_service_client::LookupServiceClient, memory_service_client::MemoryServiceClient,
        segmentation_service_client::SegmentationServiceClient,
    },
    segment::Segment,
    server::{self, Settings},
    store::StoreOptions,
    unit::{Context, Provenance, TranslationUnit, UnitDraft, Variant},
};
use tempfile::TempDir;
use tokio::{sync::oneshot, task::JoinHandle};
use tonic::{Code, Status, transport::Channel};
use tonic_types::StatusExt;

pub(crate) use token_server::{TokenServer, make_admin, make_token};

/// A server that runs in this process, on free ports.
struct RunningServer {
    address: SocketAddr,
    metrics: SocketAddr,
    stop: oneshot::Sender<()>,
    done: JoinHandle<Result<(), server::ServeError>>,
}

impl RunningServer {
    /// Starts a server and waits until it serves.
    async fn start(settings: Settings) -> Self {
        let grpc = server::listen("127.0.0.1:0").await.unwrap();
        let metrics_listener = server::listen("127.0.0.1:0").await.unwrap();
        let metrics = metrics_listener.local_addr().unwrap();
        let listeners = server::Listeners { grpc, metrics: Some(metrics_listener) };
        let (stop, stopped) = oneshot::channel();
        let (ready, is_ready) = oneshot::channel();
        let stop_signal = async move { drop(stopped.await) };
        let done = tokio::spawn(server::run(listeners, settings, stop_signal, |address| {
            ready.send(address).unwrap();
        }));
        let Ok(address) = is_ready.await else { panic!("the server does not start: {:?}", done.await) };
        Self { address, metrics, stop, done }
    }

    /// Stops the server and waits until it has ended.
    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.done.await.unwrap().unwrap();
    }
}

/// A server on a free port, with a folder of its own.
pub(crate) struct TestServer {
    pub(crate) address: SocketAddr,
    /// The address of the metrics.
    pub(crate) metrics: SocketAddr,
    pub(crate) channel: Channel,
    pub(crate) folder: TempDir,
    running: RunningServer,
}

pub(crate) fn settings(data: &Path) -> Settings {
    let mut settings = Settings::new(data.to_owned());
    settings.store.disk_reserve_bytes = 0;
    settings.store.cache_bytes = 16 << 20;
    settings.store.checkpoint_units = 1;
    settings.grace = Duration::from_secs(5);
    settings
}

impl TestServer {
    pub(crate) async fn start() -> Self {
        Self::start_with(|_| {}).await
    }

    pub(crate) async fn start_with(tune: impl FnOnce(&mut Settings)) -> Self {
        Self::start_in(tempfile::tempdir().unwrap(), tune).await
    }

    /// Starts a server on the store of a folder.
    pub(crate) async fn start_in(folder: TempDir, tune: impl FnOnce(&mut Settings)) -> Self {
        let mut settings = settings(folder.path());
        tune(&mut settings);
        let running = RunningServer::start(settings).await;
        let (address, metrics) = (running.address, running.metrics);
        Self { address, metrics, channel: connect(address).await, folder, running }
    }

    /// Stops the server and waits until it has ended.
    pub(crate) async fn stop(self) -> TempDir {
        drop(self.channel);
        self.running.stop().await;
        self.folder
    }

    pub(crate) fn memories(&self) -> MemoryServiceClient<Channel> {
        MemoryServiceClient::new(self.channel.clone())
    }

    pub(crate) fn lookups(&self) -> LookupServiceClient<Channel> {
        LookupServiceClient::new(self.channel.clone())
    }

    pub(crate) fn glossaries(&self) -> GlossaryServiceClient<Channel> {
        GlossaryServiceClient::new(self.channel.clone())
    }

    pub(crate) fn segmentation(&self) -> SegmentationServiceClient<Channel> {
        SegmentationServiceClient::new(self.channel.clone())
    }

    pub(crate) fn admin(&self) -> AdminServiceClient<Channel> {
        AdminServiceClient::new(self.channel.clone())
    }

    pub(crate) fn interchange(&self) -> InterchangeServiceClient<Channel> {
        InterchangeServiceClient::new(self.channel.clone())
    }

    pub(crate) async fn create(&self, name: &str) {
        let request = proto::CreateMemoryRequest { name: name.into(), ..Default::default() };
        self.memories().create_memory(request).await.unwrap();
    }

    pub(crate) async fn create_glossary(&self, name: &str) {
        let request = proto::CreateGlossaryRequest { name: name.into(), ..Default::default() };
        self.glossaries().create_glossary(request).await.unwrap();
    }

    pub(crate) async fn put(&self, memory: &str, units: Vec<proto::UnitDraft>) -> proto::PutUnitsResponse {
        let request = proto::PutUnitsRequest { memory: memory.into(), units, ..Default::default() };
        self.memories().put_units(request).await.unwrap().into_inner()
    }

    /// Sends a file in small pieces and returns the report.
    pub(crate) async fn import(
        &self,
        header: proto::ImportHeader,
        file: &[u8],
    ) -> Result<proto::ImportReport, Status> {
        use proto::import_response::Part as Out;
        let parts = import_parts(header, file, 777);
        let mut answers = self.interchange().import(tokio_stream::iter(parts)).await?.into_inner();
        loop {
            match answers.message().await?.unwrap().part.unwrap() {
                Out::Progress(_) => {}
                Out::Report(report) => return Ok(report),
            }
        }
    }

    pub(crate) async fn look_up(&self, text: &str, options: proto::LookupOptions) -> Vec<proto::Match> {
        let request =
            proto::LookupRequest { text: text.into(), options: Some(options), ..Default::default() };
        self.lookups().lookup(request).await.unwrap().into_inner().matches
    }
}

/// Opens a connection to a server.
pub(crate) async fn connect(address: SocketAddr) -> Channel {
    Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap()
}

/// Returns the messages that import a file, in chunks of so many bytes.
pub(crate) fn import_parts(
    header: proto::ImportHeader,
    file: &[u8],
    chunk_bytes: usize,
) -> Vec<proto::ImportRequest> {
    let mut parts = vec![In::Header(header)];
    parts.extend(file.chunks(chunk_bytes).map(|chunk| In::Chunk(chunk.to_vec())));
    parts.push(In::End(proto::ImportEnd {}));
    parts.into_iter().map(|part| proto::ImportRequest { part: Some(part) }).collect()
}

/// Reads all pages of a list. `read` takes a page token, and returns a page with the token of the next one.
/// Panics after 1,000 pages, because a token that leads back to an earlier page would never end the list.
pub(crate) async fn pages<T>(
    mut read: impl AsyncFnMut(String) -> Result<(T, String), Status>,
) -> Result<Vec<T>, Status> {
    let (mut pages, mut page_token) = (Vec::new(), String::new());
    while pages.len() < 1_000 {
        let (page, next_page_token) = read(page_token).await?;
        pages.push(page);
        if next_page_token.is_empty() {
            return Ok(pages);
        }
        page_token = next_page_token;
    }
    panic!("the list has no end: {page_token} is the token of page 1,001")
}

/// Returns a unit draft as a wire message.
pub(crate) fn draft(source: &str, target: &str) -> proto::UnitDraft {
    proto::UnitDraft {
        source: Some(wire_variant(source)),
        target: Some(wire_variant(target)),
        ..Default::default()
    }
}

fn wire_variant(text: &str) -> proto::Variant {
    let segment = proto::Segment { text: text.into(), codes: vec![] };
    proto::Variant { segment: Some(segment), ..Default::default() }
}

pub(crate) fn text_of(variant: Option<&proto::Variant>) -> &str {
    &variant.unwrap().segment.as_ref().unwrap().text
}

pub(crate) fn source(found: &proto::Match) -> &str {
    text_of(found.unit.as_ref().unwrap().source.as_ref())
}

pub(crate) fn target(found: &proto::Match) -> &str {
    text_of(found.unit.as_ref().unwrap().target.as_ref())
}

/// Returns the code, the reason and the first field of a refusal.
pub(crate) fn refusal<T: std::fmt::Debug>(answer: Result<T, Status>) -> (Code, String, String) {
    let status = answer.expect_err("must be refused");
    let details = status.get_error_details();
    let reason = details.error_info().map(|i| i.reason.clone()).unwrap_or_default();
    let field = details.bad_request().and_then(|b| b.field_violations.first()).map(|v| v.field.clone());
    (status.code(), reason, field.unwrap_or_default())
}

/// A clock that always returns the same time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct FixedClock(pub(crate) i64);

impl Clock for FixedClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0)
    }
}

pub(crate) fn engine_at(path: &Path) -> Engine {
    open_engine(path, 1).0
}

/// Opens an engine that writes checkpoints from so many units on. Also returns how many units it
/// read from the store.
pub(crate) fn open_engine(path: &Path, checkpoint_units: usize) -> (Engine, u64) {
    let options = StoreOptions {
        disk_reserve_bytes: 0,
        cache_bytes: 16 << 20,
        checkpoint_units,
        ..StoreOptions::default()
    };
    let (engine, report) =
        Engine::open(path, &options, Limits::default(), Box::new(FixedClock(1_000))).unwrap();
    (engine, report.units_read)
}

pub(crate) fn caller() -> Caller {
    Caller::anonymous()
}

pub(crate) fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

pub(crate) fn engine_with(path: &Path, memory: &str) -> Engine {
    let engine = engine_at(path);
    engine.create_memory(&caller(), NewCollection::arabic_to_english(name(memory))).unwrap();
    engine
}

/// Returns the units of a memory in the order in which they were stored, the first 1,000 at most.
pub(crate) fn stored_units(engine: &Engine, memory: &str) -> Vec<TranslationUnit> {
    let page = PageRequest { size: 1_000, token: String::new() };
    engine.units(&caller(), &name(memory), &Filter::default(), &page, &Deadline::never()).unwrap().items
}

pub(crate) fn unit(source: &str, target: &str) -> UnitDraft {
    UnitDraft {
        source: variant(Locale::arabic(), source),
        target: variant(Locale::english(), target),
        context: Context::default(),
        external_id: String::new(),
        provenance: Provenance::default(),
        properties: vec![],
        notes: vec![],
    }
}

fn variant(locale: Locale, text: &str) -> Variant {
    Variant { locale, segment: Segment::plain(text), properties: vec![], notes: vec![] }
}

/// Copies a folder with everything in it.
pub(crate) fn copy_folder(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}

pub(crate) fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

/// Returns the path of the binary under test: that of this package, or `DHAKIRA_BINARY`, so that the
/// tests of durability can run another version.
pub(crate) fn binary() -> PathBuf {
    std::env::var_os("DHAKIRA_BINARY").unwrap_or(env!("CARGO_BIN_EXE_dhakira").into()).into()
}

/// Returns a file of `../shared`, for tests that are ignored by default.
pub(crate) fn shared(path: &str) -> PathBuf {
    let found = root().join("../shared").join(path);
    assert!(found.exists(), "../shared/{path} is absent: this test needs it");
    found
}
