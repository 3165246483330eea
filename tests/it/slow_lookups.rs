//! Slow lookups in the log of the binary.

use std::{
    io::{BufRead, BufReader},
    process::{Child, ChildStderr, Command, Stdio},
};

use dhakira::rpc::proto::{
    self, lookup_service_client::LookupServiceClient, memory_service_client::MemoryServiceClient,
};
use serde_json::Value;
use tempfile::TempDir;
use tonic::{Request, transport::Channel};

use crate::support::{binary, connect, draft};

/// A server that logs every lookup, in a process of its own.
struct LoggingServer {
    child: Child,
    log: BufReader<ChildStderr>,
    channel: Channel,
    _folder: TempDir,
}

const SOURCE: &str = "وصل الوفد إلى العاصمة";

impl LoggingServer {
    /// Starts a server with two memories, and with more flags.
    async fn start(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--slow-lookup-ms", "0", "--log-format", "json"])
            .args(["--disk-reserve-mib", "0"])
            .args(flags)
            .arg("--data")
            .arg(folder.path())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap().parse().unwrap();
        let channel = connect(address).await;
        let log = BufReader::new(child.stderr.take().unwrap());
        let mut memories = MemoryServiceClient::new(channel.clone());
        for name in ["news", "law"] {
            let request = proto::CreateMemoryRequest { name: name.into(), ..Default::default() };
            memories.create_memory(request).await.unwrap();
            let units = vec![draft(SOURCE, "The delegation arrived"), draft("غادر الوفد", "It left")];
            let request = proto::PutUnitsRequest { memory: name.into(), units, ..Default::default() };
            memories.put_units(request).await.unwrap();
        }
        Self { child, log, channel, _folder: folder }
    }

    fn lookups(&self) -> LookupServiceClient<Channel> {
        LookupServiceClient::new(self.channel.clone())
    }

    async fn look_up(&self, id: &str) {
        let mut request = Request::new(proto::LookupRequest { text: SOURCE.into(), ..Default::default() });
        request.metadata_mut().insert("x-request-id", id.parse().unwrap());
        assert_eq!(self.lookups().lookup(request).await.unwrap().into_inner().matches.len(), 1);
    }

    /// Ends the server and returns the lines about slow lookups, and everything that it logged.
    fn end(mut self) -> (Vec<Value>, String) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
        let lines: Vec<String> = self.log.lines().map(Result::unwrap).collect();
        let parsed = lines.iter().map(|line| serde_json::from_str::<Value>(line).unwrap());
        let slow = parsed.filter(|line| line["fields"]["message"] == "a slow lookup");
        (slow.collect(), lines.join("\n"))
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slow_lookup_is_logged_with_its_reasons_and_without_its_text() {
    let server = LoggingServer::start(&[]).await;
    server.look_up("job-1").await;
    let (slow, log) = server.end();
    assert_eq!(slow.len(), 1, "{log}");
    let (line, fields) = (&slow[0], &slow[0]["fields"]);
    assert_eq!(line["level"], "WARN");
    assert_eq!(fields["segments"], 1);
    assert_eq!(fields["chars"], SOURCE.chars().count());
    assert_eq!(fields["threshold"], 70.0);
    assert_eq!((&fields["memories"], &fields["rows"]), (&2.into(), &4.into()));
    assert!((1..=4).contains(&fields["candidates"].as_u64().unwrap()), "{line}");
    assert!(fields["milliseconds"].is_u64() && fields["skipped"] == 0, "{line}");
    assert_eq!(line["span"]["request"], "job-1");
    assert_eq!(line["span"]["method"], "dhakira.v1.LookupService/Lookup");
    assert!(!log.contains("الوفد"), "the log has a text: {log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_text_is_logged_if_that_is_allowed_and_batches_and_streams_are_logged_too() {
    let server = LoggingServer::start(&["--slow-lookup-texts"]).await;
    let query = |text: &str| proto::LookupQuery { text: text.into(), ..Default::default() };
    let queries = vec![query("نعم"), query(SOURCE)];
    let mut request = Request::new(proto::LookupBatchRequest { queries, ..Default::default() });
    request.metadata_mut().insert("x-request-id", "batch".parse().unwrap());
    server.lookups().lookup_batch(request).await.unwrap();
    let query = proto::LookupRequest { text: SOURCE.into(), ..Default::default() };
    let stream = tokio_stream::iter([proto::LookupStreamRequest { request: Some(query) }]);
    let mut answers = server.lookups().lookup_stream(stream).await.unwrap().into_inner();
    while answers.message().await.unwrap().is_some() {}
    let (slow, log) = server.end();
    assert_eq!(slow.len(), 2, "{log}");
    assert_eq!((&slow[0]["fields"]["segments"], &slow[0]["span"]["request"]), (&2.into(), &"batch".into()));
    assert!(slow.iter().all(|line| line["fields"]["text"] == SOURCE), "{log}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_has_a_bounded_number_of_lines() {
    let server = LoggingServer::start(&["--slow-lookups-per-minute", "3"]).await;
    for n in 0..20 {
        server.look_up(&format!("job-{n}")).await;
    }
    let (slow, log) = server.end();
    // A minute may end in between.
    assert!((3..=6).contains(&slow.len()), "{log}");
}
