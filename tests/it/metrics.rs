//! The metrics, the state of the server over HTTP, and the ids of calls.

use std::{collections::BTreeSet, net::SocketAddr};

use dhakira::rpc::proto;
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use tonic::{Code, Request};

use crate::support::{TestServer, TokenServer, draft, root};

/// Returns the status line and the body of a page.
async fn get(address: SocketAddr, path: &str) -> (String, String) {
    get_with(address, path, &[]).await
}

/// Returns the status line and the body of a page that is asked for with authorizations.
async fn get_with(address: SocketAddr, path: &str, authorizations: &[&str]) -> (String, String) {
    let mut stream = TcpStream::connect(address).await.unwrap();
    let headers: String = authorizations.iter().map(|value| format!("Authorization: {value}\r\n")).collect();
    let request = format!("GET {path} HTTP/1.1\r\nHost: {address}\r\n{headers}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    (head.lines().next().unwrap().to_owned(), body.to_owned())
}

/// Returns the value of a metric with its labels, as the text has it.
fn value<'a>(text: &'a str, metric: &str) -> Option<&'a str> {
    text.lines().find_map(|line| line.strip_prefix(metric)?.strip_prefix(' '))
}

/// Waits until a metric has a value, because the end of a call is recorded after its client has the answer.
async fn metrics_with(address: SocketAddr, metric: &str, expected: &str) -> String {
    for _ in 0..1_000 {
        let (_, text) = get(address, "/metrics").await;
        if value(&text, metric) == Some(expected) {
            return text;
        }
        tokio::task::yield_now().await;
    }
    let (_, text) = get(address, "/metrics").await;
    panic!("{metric} is not {expected} in\n{text}");
}

#[tokio::test]
async fn calls_and_the_store_are_counted() {
    let server = TestServer::start().await;
    server.create("news").await;
    server
        .put("news", vec![draft("وصل الوفد", "The delegation arrived"), draft("غادر الوفد", "It left")])
        .await;
    let absent = proto::GetMemoryRequest { name: "absent".into() };
    assert_eq!(server.memories().get_memory(absent).await.unwrap_err().code(), Code::NotFound);

    let calls = "dhakira_calls_total{method=\"dhakira.v1.MemoryService";
    let text = metrics_with(server.metrics, &format!("{calls}/GetMemory\",code=\"NOT_FOUND\"}}"), "1").await;
    for (metric, expected) in [
        (format!("{calls}/CreateMemory\",code=\"OK\"}}"), "1"),
        (format!("{calls}/PutUnits\",code=\"OK\"}}"), "1"),
        ("dhakira_memories".into(), "1"),
        ("dhakira_units".into(), "2"),
        ("dhakira_index_rows".into(), "4"),
        ("dhakira_writes_refused".into(), "0"),
        ("dhakira_jobs_running{class=\"write\"}".into(), "0"),
        ("dhakira_commit_group_changes_count".into(), "2"),
        ("dhakira_commit_duration_seconds_count".into(), "2"),
    ] {
        assert_eq!(value(&text, &metric), Some(expected), "{metric} in\n{text}");
    }
    assert!(!text.contains("news"), "the metrics name no memory");
    server.stop().await;
}

#[tokio::test]
async fn calls_of_invented_methods_share_one_name() {
    let server = TestServer::start().await;
    let mut client = tonic::client::Grpc::new(server.channel.clone());
    for path in ["/invented.Service/A", "/invented.Service/B"] {
        client.ready().await.unwrap();
        let codec = tonic_prost::ProstCodec::<proto::GetMemoryRequest, proto::Memory>::default();
        let request = Request::new(proto::GetMemoryRequest::default());
        let error = client.unary(request, path.parse().unwrap(), codec).await.unwrap_err();
        assert_eq!(error.code(), Code::Unimplemented);
    }
    let metric = "dhakira_calls_total{method=\"unknown\",code=\"UNIMPLEMENTED\"}";
    let text = metrics_with(server.metrics, metric, "2").await;
    assert!(!text.contains("invented"));
    server.stop().await;
}

#[tokio::test]
async fn the_state_is_shown_over_http() {
    let server = TestServer::start().await;
    assert_eq!(get(server.metrics, "/livez").await, ("HTTP/1.1 200 OK".into(), "live\n".into()));
    assert_eq!(get(server.metrics, "/readyz").await, ("HTTP/1.1 200 OK".into(), "ready\n".into()));
    assert_eq!(get(server.metrics, "/absent").await.0, "HTTP/1.1 404 Not Found");
    server.stop().await;

    let server = TestServer::start_with(|settings| settings.store.disk_reserve_bytes = u64::MAX / 2).await;
    let (status, body) = get(server.metrics, "/readyz").await;
    assert_eq!(status, "HTTP/1.1 200 OK");
    assert!(body.starts_with("ready, but writes are refused: DISK_LOW"), "{body}");
    metrics_with(server.metrics, "dhakira_writes_refused", "1").await;
    server.stop().await;
}

#[tokio::test]
async fn where_callers_need_a_token_the_metrics_need_one() {
    let server = TokenServer::start().await;
    let address = server.server.metrics;
    let reader = format!("Bearer {}", server.token(proto::Role::Reader, "*").await);
    let unknown = format!("Bearer dhk_{}", "0".repeat(64));
    for (authorizations, status, reason) in [
        (vec![], "401 Unauthorized", "TOKEN_MISSING: "),
        (vec!["Basic abc"], "401 Unauthorized", "TOKEN_MALFORMED: "),
        (vec![unknown.as_str()], "401 Unauthorized", "TOKEN_UNKNOWN: "),
        (vec![reader.as_str(), reader.as_str()], "401 Unauthorized", "TOKEN_MALFORMED: "),
        (vec![reader.as_str()], "200 OK", "# HELP dhakira_"),
    ] {
        let (line, body) = get_with(address, "/metrics", &authorizations).await;
        assert_eq!(line, format!("HTTP/1.1 {status}"), "{authorizations:?}");
        assert!(body.starts_with(reason), "{authorizations:?}: {body}");
    }
    assert_eq!(get(address, "/readyz").await.1, "ready\n");
    server.server.stop().await;
}

#[tokio::test]
async fn a_call_gets_an_id_or_keeps_its_own() {
    let server = TestServer::start().await;
    let id_of = async |given: Option<&str>| {
        let mut request = Request::new(proto::ListMemoriesRequest::default());
        if let Some(given) = given {
            request.metadata_mut().insert("x-request-id", given.parse().unwrap());
        }
        let answer = server.memories().list_memories(request).await.unwrap();
        answer.metadata().get("x-request-id").unwrap().to_str().unwrap().to_owned()
    };
    assert_eq!(id_of(Some("nightly-7")).await, "nightly-7");
    assert_ne!(id_of(None).await, id_of(None).await);
    assert_ne!(id_of(Some("a b")).await, "a b");
    let absent = Request::new(proto::GetMemoryRequest { name: "absent".into() });
    let error = server.memories().get_memory(absent).await.unwrap_err();
    assert!(error.metadata().contains_key("x-request-id"), "an error has an id, too");
    server.stop().await;
}

/// The names of metrics in a text: words that begin with `dhakira_`.
fn metric_names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    words.filter(|word| word.starts_with("dhakira_")).map(str::to_owned).collect()
}

#[tokio::test]
async fn the_dashboard_and_the_manual_name_metrics_that_exist() {
    let server = TestServer::start().await;
    server.create("news").await;
    let metric = "dhakira_calls_total{method=\"dhakira.v1.MemoryService/CreateMemory\",code=\"OK\"}";
    let known = metric_names(&metrics_with(server.metrics, metric, "1").await);
    let read = |file: &str| std::fs::read_to_string(root().join(file)).unwrap();
    let dashboard = read("docs/grafana-dashboard.json");
    let parsed: serde_json::Value = serde_json::from_str(&dashboard).unwrap();
    assert!(parsed["panels"].as_array().is_some_and(|panels| panels.len() >= 8));
    for (file, text) in [("the dashboard", dashboard), ("operations.md", read("docs/operations.md"))] {
        let unknown: Vec<_> = metric_names(&text).difference(&known).cloned().collect();
        assert!(unknown.is_empty(), "{file} names metrics that do not exist: {unknown:?}");
    }
    // And the other way: every metric is in the manual.
    let families = known.iter().filter(|name| !name.ends_with("_created"));
    let manual = metric_names(&read("docs/operations.md"));
    let missing: Vec<_> = families
        .filter(|name| {
            let parts = ["_bucket", "_sum", "_count"].iter().find_map(|end| name.strip_suffix(end));
            !manual.contains(parts.unwrap_or(name))
        })
        .filter(|name| !known.contains(&format!("{name}_total")) && !known.contains(&format!("{name}_count")))
        .collect();
    assert!(missing.is_empty(), "operations.md does not describe {missing:?}");
    server.stop().await;
}
