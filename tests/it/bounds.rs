//! The bounds of a server: what happens at a limit and past it, and that other callers go on.

use std::time::Duration;

use dhakira::{
    rpc::proto::{
        self, ImportResponse, export_response::Part as Piece, import_request::Part as In,
        import_response::Part as Out,
    },
    server,
};
use tokio::{io::AsyncReadExt, net::TcpStream, sync::mpsc};
use tokio_stream::wrappers::ReceiverStream;
use tonic::{
    Code, Status, Streaming,
    transport::{Channel, Endpoint},
};

use crate::support::{TestServer, connect, draft, refusal, settings};

/// Longer than any test takes, for the limits that a test does not reach.
const NEVER: Duration = Duration::from_secs(3_600);

/// Time after which something that should happen soon has not happened.
const PATIENCE: Duration = Duration::from_secs(60);

fn header(memory: &str) -> proto::ImportHeader {
    proto::ImportHeader {
        memory: memory.into(),
        create: true,
        file_name: "x.tsv".into(),
        ..Default::default()
    }
}

/// The client's side of an import.
struct OpenImport {
    parts: mpsc::Sender<proto::ImportRequest>,
    answers: Streaming<ImportResponse>,
}

impl OpenImport {
    /// Sends the header of an import, and nothing else yet.
    async fn start(server: &TestServer, memory: &str) -> Result<Self, Status> {
        let (parts, stream) = mpsc::channel(4);
        parts.send(proto::ImportRequest { part: Some(In::Header(header(memory))) }).await.unwrap();
        let answers = server.interchange().import(ReceiverStream::new(stream)).await?.into_inner();
        Ok(Self { parts, answers })
    }

    /// Starts an import and waits until it has a place and reads. The rows fill the buffers of the reader.
    async fn start_reading(server: &TestServer, memory: &str) -> Self {
        let mut import = Self::start(server, memory).await.unwrap();
        let rows: String = (0..5_000).map(|n| format!("الجملة رقم {n}\tx\n")).collect();
        import.send(In::Chunk(rows.into_bytes())).await;
        let progress = import.answers.message().await.unwrap().unwrap();
        assert!(matches!(progress.part, Some(Out::Progress(_))));
        import
    }

    async fn send(&self, part: In) {
        self.parts.send(proto::ImportRequest { part: Some(part) }).await.unwrap();
    }

    /// Waits for the last message.
    async fn end(mut self) -> Result<proto::ImportReport, Status> {
        loop {
            if let Some(Out::Report(report)) = self.answers.message().await?.unwrap().part {
                return Ok(report);
            }
        }
    }

    /// Sends one unit and the end, and returns the report.
    async fn finish(self) -> Result<proto::ImportReport, Status> {
        self.send(In::Chunk("نعم\tyes\n".into())).await;
        self.send(In::End(proto::ImportEnd {})).await;
        self.end().await
    }
}

/// Checks that a lookup, a write and an export of another caller are answered.
async fn others_are_answered(server: &TestServer) {
    server.put("m", vec![draft("نعم", "yes")]).await;
    assert_eq!(server.look_up("نعم", Default::default()).await.len(), 1);
    let request = proto::ExportRequest { memory: "m".into(), ..Default::default() };
    let mut chunks = server.interchange().export(request).await.unwrap().into_inner();
    while !matches!(chunks.message().await.unwrap().unwrap().part, Some(Piece::Report(_))) {}
}

#[tokio::test]
async fn imports_that_wait_are_no_calls_and_one_too_many_is_refused() {
    let server = TestServer::start_with(|s| {
        s.work.calls = 1;
        s.work.imports = 1;
        s.work.queue = 2;
        s.work.queue_time = NEVER;
        s.streams.stall = NEVER;
    })
    .await;
    server.create("m").await;
    let running = OpenImport::start_reading(&server, "first").await;
    let waiting = [
        OpenImport::start(&server, "second").await.unwrap(),
        OpenImport::start(&server, "third").await.unwrap(),
    ];
    let (code, reason, _) = refusal(OpenImport::start(&server, "fourth").await.map(|_| ()));
    assert_eq!((code, reason.as_str()), (Code::ResourceExhausted, "TOO_MANY_IMPORTS"));
    others_are_answered(&server).await;
    // Each gets the place of the one before it.
    running.finish().await.unwrap();
    for import in waiting {
        assert_eq!(import.finish().await.unwrap().stored, 1);
    }
    OpenImport::start(&server, "fourth").await.unwrap().finish().await.unwrap();
}

#[tokio::test]
async fn an_import_that_waits_leaves_the_line_with_its_client() {
    let server = TestServer::start_with(|s| {
        s.work.imports = 1;
        s.work.queue = 1;
        s.work.queue_time = NEVER;
        s.streams.stall = NEVER;
    })
    .await;
    let running = OpenImport::start_reading(&server, "first").await;
    drop(OpenImport::start(&server, "second").await.unwrap());
    // The server notices a moment later that the client has left.
    let start = async {
        loop {
            match OpenImport::start(&server, "third").await {
                Ok(import) => return import,
                Err(status) => assert_eq!(refusal::<()>(Err(status)).1, "TOO_MANY_IMPORTS"),
            }
        }
    };
    let third = tokio::time::timeout(PATIENCE, start).await.expect("the second import keeps its place");
    running.finish().await.unwrap();
    third.finish().await.unwrap();
}

#[tokio::test]
async fn an_import_waits_no_longer_than_the_limit() {
    let server = TestServer::start_with(|s| {
        s.work.imports = 1;
        s.work.queue_time = Duration::from_millis(50);
        s.streams.stall = NEVER;
    })
    .await;
    let running = OpenImport::start_reading(&server, "first").await;
    let waiting = OpenImport::start(&server, "second").await.unwrap();
    let (code, reason, _) = refusal(waiting.end().await);
    assert_eq!((code, reason.as_str()), (Code::ResourceExhausted, "TOO_MANY_IMPORTS"));
    running.finish().await.unwrap();
}

#[tokio::test]
async fn a_stalled_import_is_removed_and_gives_its_place_away() {
    let server = TestServer::start_with(|s| {
        s.work.imports = 1;
        s.work.queue_time = NEVER;
        s.streams.stall = Duration::from_millis(500);
    })
    .await;
    server.create("m").await;
    let stalled = OpenImport::start_reading(&server, "first").await;
    others_are_answered(&server).await;
    let (code, reason, _) = refusal(stalled.end().await);
    assert_eq!((code, reason.as_str()), (Code::Aborted, "IMPORT_TOO_SLOW"));
    // Its name is free again, so nothing of it is left.
    server.create("first").await;
    OpenImport::start(&server, "second").await.unwrap().finish().await.unwrap();
}

#[tokio::test]
async fn an_import_without_a_header_is_given_up() {
    let server = TestServer::start_with(|s| s.streams.stall = Duration::from_millis(50)).await;
    let (_parts, stream) = mpsc::channel::<proto::ImportRequest>(1);
    let (code, reason, _) = refusal(server.interchange().import(ReceiverStream::new(stream)).await);
    assert_eq!((code, reason.as_str()), (Code::Aborted, "IMPORT_TOO_SLOW"));
}

#[tokio::test]
async fn an_import_that_waits_is_refused_when_the_server_stops() {
    let server = TestServer::start_with(|s| {
        s.work.imports = 1;
        s.work.queue_time = NEVER;
        s.streams.stall = NEVER;
    })
    .await;
    let running = OpenImport::start_reading(&server, "first").await;
    let waiting = OpenImport::start(&server, "second").await.unwrap();
    let stopped = tokio::spawn(server.stop());
    let (code, reason, _) = refusal(waiting.end().await);
    assert_eq!((code, reason.as_str()), (Code::Unavailable, "STOPPING"));
    running.finish().await.unwrap();
    stopped.await.unwrap();
}

#[tokio::test]
async fn a_client_that_takes_nothing_of_an_export_gives_its_place_away() {
    let server = TestServer::start_with(|s| {
        s.work.exports = 1;
        s.work.queue = 1;
        s.work.queue_time = NEVER;
        s.streams.stall = Duration::from_millis(200);
    })
    .await;
    server.create("m").await;
    let long = "كلمة ".repeat(1_000);
    for part in 0..4 {
        let rows = (0..100).map(|n| draft(&format!("الجملة رقم {part} {n}"), &long)).collect();
        server.put("m", rows).await;
    }
    // A small window, so that the export has to wait for this client.
    let small = Endpoint::from_shared(format!("http://{}", server.address)).unwrap();
    let small = small.initial_stream_window_size(64 << 10).connect().await.unwrap();
    let mut client = proto::interchange_service_client::InterchangeServiceClient::new(small);
    let request = proto::ExportRequest { memory: "m".into(), ..Default::default() };
    let stalled = client.export(request.clone()).await.unwrap().into_inner();
    let mut waiting = server.interchange().export(request.clone()).await.unwrap().into_inner();
    let (code, reason, _) = refusal(server.interchange().export(request).await);
    assert_eq!((code, reason.as_str()), (Code::ResourceExhausted, "TOO_MANY_EXPORTS"));
    // It only gets a place because the stalled one loses its own.
    while !matches!(waiting.message().await.unwrap().unwrap().part, Some(Piece::Report(_))) {}
    drop(stalled);
}

/// Opens a connection and says nothing on it.
async fn silent(server: &TestServer) -> TcpStream {
    TcpStream::connect(server.address).await.unwrap()
}

/// Waits until the server closes a connection.
async fn closed(mut stream: TcpStream) {
    let until_end = async {
        let mut bytes = [0; 1_024];
        // An error means that it was closed as well.
        while stream.read(&mut bytes).await.is_ok_and(|n| n > 0) {}
    };
    tokio::time::timeout(PATIENCE, until_end).await.expect("the connection stays open");
}

/// Looks up a segment on a channel, which connects if its connection was closed.
async fn look_up(channel: &Channel) -> Result<usize, Status> {
    let options = proto::LookupOptions::default();
    let request =
        proto::LookupRequest { text: "نعم".into(), options: Some(options), ..Default::default() };
    let mut client = proto::lookup_service_client::LookupServiceClient::new(channel.clone());
    Ok(client.lookup(request).await?.into_inner().matches.len())
}

#[tokio::test]
async fn a_new_caller_is_answered_although_idle_connections_fill_the_limit() {
    let server = TestServer::start_with(|s| s.connections.most = Some(4)).await;
    server.create("m").await;
    server.put("m", vec![draft("نعم", "yes")]).await;
    let mut idle = Vec::new();
    for _ in 0..20 {
        idle.push(silent(&server).await);
    }
    let mut callers = Vec::new();
    for _ in 0..6 {
        let caller = connect(server.address).await;
        assert_eq!(look_up(&caller).await.unwrap(), 1);
        callers.push(caller);
    }
    // Those that were closed were asked to (GOAWAY), so their next calls use new connections.
    for caller in &callers {
        assert_eq!(look_up(caller).await.unwrap(), 1);
    }
    for stream in idle {
        closed(stream).await;
    }
}

#[tokio::test]
async fn a_connection_with_a_call_is_not_closed_for_a_new_one() {
    let server = TestServer::start_with(|s| {
        s.connections.most = Some(1);
        s.streams.stall = NEVER;
    })
    .await;
    let running = OpenImport::start_reading(&server, "first").await;
    closed(silent(&server).await).await;
    running.finish().await.unwrap();
    // Without a call it makes room.
    let newcomer = connect(server.address).await;
    assert_eq!(look_up(&newcomer).await.unwrap(), 1);
}

#[tokio::test]
async fn a_connection_without_a_call_is_closed_after_the_idle_time() {
    let server = TestServer::start_with(|s| {
        s.connections.idle = Duration::from_millis(50);
        s.streams.stall = NEVER;
    })
    .await;
    // A call without any movement for longer than the idle time keeps its connection.
    let running = OpenImport::start_reading(&server, "first").await;
    closed(silent(&server).await).await;
    closed(silent(&server).await).await;
    running.finish().await.unwrap();
    assert_eq!(look_up(&server.channel).await.unwrap(), 1);
}

#[tokio::test]
async fn more_connections_than_descriptors_are_refused_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut settings = settings(folder.path());
    settings.connections.most = Some(usize::MAX);
    let listener = server::listen("127.0.0.1:0").await.unwrap();
    let error = server::run(listener, settings, std::future::pending(), |_| {}).await.unwrap_err();
    assert!(matches!(error, server::ServeError::Descriptors(_)), "{error}");
    assert!(error.to_string().contains("ulimit -n"), "{error}");
}

/// A segmentation whose caller has left gives its place to the next one.
#[tokio::test]
async fn a_cancelled_segmentation_ends() {
    let server = TestServer::start_with(|s| {
        s.work.texts = 1;
        s.work.text_calls = 1;
    })
    .await;
    server.create("m").await;
    let srx = "<srx version='2.0'><languagerule languagerulename='A'><rule><beforebreak>ق[نصطويلبا ]{1,200}</beforebreak>\
        <afterbreak>[نصطويلبا]</afterbreak></rule></languagerule><languagemap languagepattern='.*' languagerulename='A'/></srx>";
    let short = proto::SegmentRequest { text: "نعم. لا.".into(), ..Default::default() };
    // These rules take all the steps that are allowed for 4 MiB, so the call takes a minute in a debug build.
    let long = proto::SegmentRequest {
        text: "نص طويل بلا وقف ".repeat(140_000),
        srx: srx.into(),
        ..Default::default()
    };
    for _ in 0..2 {
        let mut request = tonic::Request::new(long.clone());
        request.set_timeout(Duration::from_millis(500));
        let (code, ..) = refusal(server.segmentation().segment(request).await);
        assert!(matches!(code, Code::Cancelled | Code::DeadlineExceeded), "{code}");
        // The work ends soon after its call. Without that, this would be tried ten thousand times and more.
        let mut tries = 0;
        while let Err(status) = server.segmentation().segment(short.clone()).await {
            assert_eq!(refusal::<()>(Err(status)).1, "TOO_MANY_REQUESTS");
            // Lookups do not wait for texts.
            assert_eq!(look_up(&server.channel).await.unwrap(), 0);
            tries += 1;
            assert!(tries < 500, "the work goes on");
        }
    }
}
