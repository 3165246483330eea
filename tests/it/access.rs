//! Tokens over the wire and on the command line, and what strangers see.
#![allow(
    clippy::needless_update,
    reason = "requests are written in one form, whatever fields they get later"
)]

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
    process::{Command, Output},
};

use dhakira::{
    access::{Grant, Grants, NamePattern, NewToken, Role, TokenSecret},
    caller::Caller,
    clock::{Clock, SystemClock},
    engine::{Deadline, Engine, NewCollection, PageRequest},
    fault::Fault,
    limits::Limits,
    rpc::proto,
    server::{self, Exposure},
    store::StoreOptions,
};
use proptest::prelude::*;
use serde_json::Value;
use tokio_stream::wrappers::ReceiverStream;
use tonic::{Code, Request, metadata::MetadataValue};

use crate::support::{
    FixedClock, TestServer, TokenServer, binary, caller, draft, engine_at, make_admin, make_token, name,
    pages, refusal, settings, unit,
};

const DAY: i64 = 86_400_000;

/// Returns the code and reason with which a server refuses an authorization.
async fn refused(server: &TestServer, headers: &[&str]) -> (Code, String) {
    let mut request = Request::new(proto::ListMemoriesRequest::default());
    for header in headers {
        request.metadata_mut().append("authorization", header.parse().unwrap());
    }
    let (code, reason, _) = refusal(server.memories().list_memories(request).await);
    (code, reason)
}

#[tokio::test]
async fn every_bad_token_is_refused_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let expired = {
        let engine = engine_at(folder.path());
        let grants = Grants(vec![Grant::admin()]);
        // For the engine, whose clock is at the beginning of 1970, yesterday is in the future.
        let expires_at = Some(dhakira::clock::Timestamp(SystemClock.now().0 - DAY));
        let new = NewToken { name: name("old"), grants, expires_at, allow_unmatched: false };
        engine.create_token(&caller(), new).unwrap().secret.to_text()
    };
    let server = TokenServer::start_in(folder, |_| {}).await;
    let revoked = server.token(proto::Role::Reader, "*").await;
    let list: proto::ListTokensResponse = server
        .call(&server.admin, "AdminService.ListTokens", &proto::ListTokensRequest::default())
        .await
        .unwrap();
    let id = list.tokens.iter().map(|token| token.id).max().unwrap();
    assert_eq!(server.names(Some(&revoked)).await, Vec::<String>::new());
    let request = proto::RevokeTokenRequest { id };
    for _ in 0..2 {
        let answer: proto::RevokeTokenResponse =
            server.call(&server.admin, "AdminService.RevokeToken", &request).await.unwrap();
        let token = answer.token.unwrap();
        assert_eq!((token.id, token.revoked_by.as_str(), token.valid), (id, "root", false));
    }
    let of_another_server = TokenSecret::generate().unwrap().to_text();
    let short = &server.admin[..server.admin.len() - 1];
    let upper = server.admin.to_uppercase();
    for (headers, reason) in [
        (vec![], "TOKEN_MISSING"),
        (vec![format!("Basic {}", server.admin)], "TOKEN_MALFORMED"),
        (vec![server.admin.clone()], "TOKEN_MALFORMED"),
        (vec!["Bearer".to_owned()], "TOKEN_MALFORMED"),
        (vec!["Bearer ".to_owned()], "TOKEN_MALFORMED"),
        (vec![format!("Bearer {short}")], "TOKEN_MALFORMED"),
        (vec![format!("Bearer {short}0 1")], "TOKEN_MALFORMED"),
        (vec![format!("Bearer {upper}")], "TOKEN_MALFORMED"),
        (vec![format!("Bearer {}", server.admin), format!("Bearer {}", server.admin)], "TOKEN_MALFORMED"),
        (vec![format!("Bearer {of_another_server}")], "TOKEN_UNKNOWN"),
        (vec![format!("Bearer {expired}")], "TOKEN_EXPIRED"),
        (vec![format!("Bearer {revoked}")], "TOKEN_REVOKED"),
    ] {
        let headers: Vec<_> = headers.iter().map(String::as_str).collect();
        let expected = (Code::Unauthenticated, reason.to_owned());
        assert_eq!(refused(&server.server, &headers).await, expected, "{headers:?}");
    }
    let lower = format!("bearer {}", server.admin);
    let mut request = Request::new(proto::ListMemoriesRequest::default());
    request.metadata_mut().insert("authorization", lower.parse().unwrap());
    server.server.memories().list_memories(request).await.unwrap();
}

#[tokio::test]
async fn tokens_survive_a_restart_and_their_secrets_are_nowhere() {
    let server = TokenServer::start().await;
    server.make_collections("m").await;
    let reader = server.token(proto::Role::Reader, "m").await;
    let admin = server.admin.clone();
    let folder = server.server.stop().await;
    let mut files = Vec::new();
    for entry in walk(folder.path()) {
        files.extend(fs::read(entry).unwrap());
    }
    for secret in [&reader, &admin] {
        let digits = secret.strip_prefix("dhk_").unwrap();
        let bytes: Vec<u8> =
            (0..32).map(|n| u8::from_str_radix(&digits[2 * n..2 * n + 2], 16).unwrap()).collect();
        for wanted in [digits.as_bytes(), &bytes, &bytes[..16]] {
            assert!(!files.windows(wanted.len()).any(|window| window == wanted), "a secret is in a file");
        }
    }
    let again = TestServer::start_in(folder, |s| s.exposure = Exposure::RequireTokens).await;
    let again = TokenServer { server: again, admin };
    assert_eq!(again.names(Some(&reader)).await, ["m"]);
    let export = proto::ExportRequest {
        memory: "m".into(),
        format: proto::FileFormat::Jsonl.into(),
        ..Default::default()
    };
    let part: proto::ExportResponse =
        again.call(&reader, "InterchangeService.Export", &export).await.unwrap();
    let Some(proto::export_response::Part::Chunk(chunk)) = part.part else { panic!("a chunk") };
    let text = String::from_utf8(chunk).unwrap();
    assert!(text.contains("نعم") && !text.contains("a-reader") && !text.contains("dhk_"), "{text}");
}

fn walk(folder: &Path) -> Vec<std::path::PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() { found.extend(walk(&path)) } else { found.push(path) }
    }
    found
}

#[tokio::test]
async fn what_a_caller_may_not_read_is_in_no_list_count_or_page_token() {
    let server = TokenServer::start().await;
    for memory in ["a-1", "b-1", "a-2", "b-2", "a-3"] {
        server.make_collections(memory).await;
    }
    let reader = server.token(proto::Role::Reader, "a-*").await;
    let listed = pages(async |page_token| {
        let request = proto::ListMemoriesRequest { page_size: 1, page_token };
        let page: proto::ListMemoriesResponse =
            server.call(&reader, "MemoryService.ListMemories", &request).await?;
        assert!(!page.next_page_token.contains("b-"), "{}", page.next_page_token);
        Ok((page.memories, page.next_page_token))
    });
    let listed = listed.await.unwrap();
    assert!(listed.iter().all(|page| page.len() == 1), "no page has a gap");
    let names: Vec<_> = listed.iter().flatten().map(|memory| memory.name.as_str()).collect();
    assert_eq!(names, ["a-1", "a-2", "a-3"]);
    let glossaries = pages(async |page_token| {
        let request = proto::ListGlossariesRequest { page_size: 1, page_token };
        let page: proto::ListGlossariesResponse =
            server.call(&reader, "GlossaryService.ListGlossaries", &request).await?;
        Ok((page.glossaries, page.next_page_token))
    });
    assert_eq!(glossaries.await.unwrap().len(), 3);

    // Five memories have the same unit. Only those of the caller are looked up.
    let lookup = proto::LookupRequest {
        text: "نعم".into(),
        options: Some(proto::LookupOptions { limit: Some(10), ..Default::default() }),
        ..Default::default()
    };
    let found: proto::LookupResponse = server.call(&reader, "LookupService.Lookup", &lookup).await.unwrap();
    let mut memories: Vec<_> =
        found.matches.iter().map(|m| m.unit.as_ref().unwrap().memory.clone()).collect();
    let duplicates: u64 = found.matches.iter().map(|m| u64::from(m.duplicates)).sum();
    memories.sort();
    assert!(memories.iter().all(|memory| memory.starts_with("a-")), "{memories:?}");
    assert_eq!(memories.len() as u64 + duplicates, 3, "{found:?}");
}

#[tokio::test]
async fn a_stream_ends_with_the_revocation() {
    let server = TokenServer::start().await;
    server.make_collections("m").await;
    let reader = server.token(proto::Role::Reader, "m").await;
    let (send, requests) = tokio::sync::mpsc::channel(1);
    let mut request = Request::new(ReceiverStream::new(requests));
    let header: MetadataValue<_> = format!("Bearer {reader}").parse().unwrap();
    request.metadata_mut().insert("authorization", header);
    let lookup = || proto::LookupStreamRequest {
        request: Some(proto::LookupRequest { text: "نعم".into(), ..Default::default() }),
        ..Default::default()
    };
    send.send(lookup()).await.unwrap();
    let mut answers = server.server.lookups().lookup_stream(request).await.unwrap().into_inner();
    use proto::lookup_stream_response::Result as Answer;
    let first = answers.message().await.unwrap().unwrap().result.unwrap();
    assert!(matches!(first, Answer::Response(found) if found.matches.len() == 1));
    let request = proto::RevokeTokenRequest { id: 2 };
    let _: proto::RevokeTokenResponse =
        server.call(&server.admin, "AdminService.RevokeToken", &request).await.unwrap();
    send.send(lookup()).await.unwrap();
    let Answer::Error(error) = answers.message().await.unwrap().unwrap().result.unwrap() else {
        panic!("the token is revoked")
    };
    assert_eq!((error.code, error.reason.as_str()), (Code::Unauthenticated.into(), "TOKEN_REVOKED"));
}

fn audit_lines(folder: &Path) -> Vec<Value> {
    let text = fs::read_to_string(folder.join("audit/audit.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test]
async fn the_name_of_the_caller_is_in_revisions_and_in_the_audit_log() {
    let server = TokenServer::start().await;
    server.make_collections("m").await;
    let writer = server.token(proto::Role::Contributor, "m").await;
    let units = vec![draft("وصل الوفد", "The delegation arrived")];
    let put = proto::PutUnitsRequest { memory: "m".into(), units, ..Default::default() };
    let answer: proto::PutUnitsResponse = server.call(&writer, "MemoryService.PutUnits", &put).await.unwrap();
    let request = proto::GetUnitRequest { memory: "m".into(), id: answer.results[0].id.clone() };
    let got: proto::GetUnitResponse = server.call(&writer, "MemoryService.GetUnit", &request).await.unwrap();
    assert_eq!(got.unit.unwrap().revision.unwrap().caller, "a-contributor");
    let delete = proto::DeleteMemoryRequest { name: "m".into() };
    let denied = server.call::<proto::DeleteMemoryResponse>(&writer, "MemoryService.DeleteMemory", &delete);
    assert_eq!(denied.await.unwrap_err().code(), Code::PermissionDenied);
    assert_eq!(refused(&server.server, &[]).await.1, "TOKEN_MISSING");
    let folder = server.server.stop().await;
    let lines = audit_lines(folder.path());
    let has = |wanted: Value| {
        let fits = |line: &Value| wanted.as_object().unwrap().iter().all(|(key, v)| &line[key] == v);
        assert!(lines.iter().any(fits), "{wanted} is not in {lines:?}");
    };
    has(serde_json::json!({
        "caller": "a-contributor", "token": 2, "action": "put_units", "memory": "m", "result": "OK",
        "change": answer.change_id,
    }));
    has(serde_json::json!({
        "caller": "root", "token": 1, "action": "create_token", "result": "OK", "owner": "a-contributor",
        "made_token": 2,
    }));
    has(serde_json::json!({"caller": "a-contributor", "action": "refused", "result": "ROLE_TOO_LOW"}));
    has(serde_json::json!({"action": "authenticate", "result": "TOKEN_MISSING"}));
    let text = fs::read_to_string(folder.path().join("audit/audit.jsonl")).unwrap();
    for secret in ["الوفد", "delegation", "dhk_"] {
        assert!(!text.contains(secret), "{secret} is in the audit log");
    }
}

#[tokio::test]
async fn an_open_server_still_checks_a_token_that_it_gets() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_at(folder.path());
    let reader = make_token(&engine, "amal", Role::Reader, "*");
    engine.create_memory(&caller(), NewCollection::arabic_to_english(name("m"))).unwrap();
    drop(engine);
    let server = TokenServer { server: TestServer::start_in(folder, |_| {}).await, admin: String::new() };
    assert_eq!(server.names(None).await, ["m"], "no token is needed");
    assert_eq!(server.names(Some(&reader)).await, ["m"]);
    let delete = proto::DeleteMemoryRequest { name: "m".into() };
    let denied = server.call::<proto::DeleteMemoryResponse>(&reader, "MemoryService.DeleteMemory", &delete);
    assert_eq!(denied.await.unwrap_err().code(), Code::PermissionDenied);
    let other = format!("Bearer {}", TokenSecret::generate().unwrap().to_text());
    assert_eq!(refused(&server.server, &[&other]).await.1, "TOKEN_UNKNOWN");
}

#[tokio::test]
async fn a_bad_request_for_a_token_names_its_field() {
    let server = TokenServer::start().await;
    server.make_collections("news-1").await;
    let grant = |role: proto::Role, memories: &[&str]| proto::Grant {
        role: role.into(),
        memories: memories.iter().map(|m| (*m).to_owned()).collect(),
        ..Default::default()
    };
    let reader = |memories: &[&str]| vec![grant(proto::Role::Reader, memories)];
    let past = Some(dhakira::rpc::convert::wire_time(dhakira::clock::Timestamp(1)));
    let many: Vec<&str> = vec!["*"; 101];
    for (owner, grants, expires_at, expected) in [
        ("A", reader(&["*"]), None, ("BAD_NAME", "name")),
        ("", reader(&["*"]), None, ("BAD_NAME", "name")),
        ("anonymous", reader(&["*"]), None, ("NAME_RESERVED", "name")),
        ("a", vec![], None, ("NO_GRANTS", "grants")),
        ("a", reader(&[]), None, ("NO_PATTERNS", "grants[0].memories")),
        ("a", vec![grant(proto::Role::Unspecified, &["*"])], None, ("BAD_ROLE", "grants[0].role")),
        ("a", vec![proto::Grant { role: 9, ..Default::default() }], None, ("BAD_ROLE", "grants[0].role")),
        ("a", reader(&["news-*", "News*"]), None, ("BAD_PATTERN", "grants[0].memories[1]")),
        ("a", reader(&["a*b"]), None, ("BAD_PATTERN", "grants[0].memories[0]")),
        ("a", reader(&["nwes-*"]), None, ("PATTERN_MATCHES_NOTHING", "grants[0].memories[0]")),
        (
            "a",
            vec![grant(proto::Role::Admin, &["news-*"])],
            None,
            ("ADMIN_HAS_NO_PATTERNS", "grants[0].role"),
        ),
        ("a", reader(&["*"]), past, ("EXPIRES_IN_PAST", "expires_at")),
        ("a", reader(&many), None, ("TOO_MANY_PATTERNS", "grants[0].memories")),
        ("a", vec![grant(proto::Role::Reader, &["*"]); 101], None, ("TOO_MANY_GRANTS", "grants")),
    ] {
        let request =
            proto::CreateTokenRequest { name: owner.into(), grants, expires_at, ..Default::default() };
        let answer: Result<proto::CreateTokenResponse, _> =
            server.call(&server.admin, "AdminService.CreateToken", &request).await;
        let (code, reason, field) = refusal(answer);
        assert_eq!((code, reason.as_str(), field.as_str()), (Code::InvalidArgument, expected.0, expected.1));
    }
    let list = proto::ListTokensRequest::default();
    let tokens: proto::ListTokensResponse =
        server.call(&server.admin, "AdminService.ListTokens", &list).await.unwrap();
    assert_eq!(tokens.tokens.len(), 1, "nothing was made");
    let today = SystemClock.now().0.div_euclid(DAY) * DAY / 1_000;
    let unknown = proto::RevokeTokenRequest { id: 77 };
    let answer =
        server.call::<proto::RevokeTokenResponse>(&server.admin, "AdminService.RevokeToken", &unknown);
    assert_eq!(refusal(answer.await).1, "UNKNOWN_TOKEN");
    // The day of the last use is noted beside the calls. Each call sees it at the latest when it is noted.
    let mut used = None;
    for _ in 0..10_000 {
        if used.is_some() {
            break;
        }
        let tokens: proto::ListTokensResponse =
            server.call(&server.admin, "AdminService.ListTokens", &list).await.unwrap();
        used = tokens.tokens[0].last_used_day.map(|day| day.seconds);
    }
    assert!(used >= Some(today), "{used:?}");
}

#[tokio::test]
async fn reflection_needs_a_token_and_health_needs_none() {
    use tonic_reflection::pb::v1::{
        ServerReflectionRequest, server_reflection_client::ServerReflectionClient,
        server_reflection_request::MessageRequest,
    };
    let server = TokenServer::start().await;
    let channel = &server.server.channel;
    let mut health = tonic_health::pb::health_client::HealthClient::new(channel.clone());
    health.check(tonic_health::pb::HealthCheckRequest::default()).await.unwrap();
    for (token, allowed) in [(None, false), (Some(&server.admin), true)] {
        let message_request = Some(MessageRequest::ListServices(String::new()));
        let message = ServerReflectionRequest { message_request, ..Default::default() };
        let mut request = Request::new(tokio_stream::iter([message]));
        if let Some(token) = token {
            request.metadata_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
        }
        let answer = ServerReflectionClient::new(channel.clone()).server_reflection_info(request).await;
        assert_eq!(answer.is_ok(), allowed, "{:?}", answer.err());
    }
}

#[tokio::test]
async fn a_server_that_others_reach_does_not_start_without_a_named_exception() {
    let folder = tempfile::tempdir().unwrap();
    let start = async |exposure, address: &str| {
        let mut settings = settings(folder.path());
        settings.exposure = exposure;
        let listener = server::listen(address).await.unwrap();
        // The stop is ready at once, so a server that starts stops.
        server::run(listener, settings, async {}, |_| {}).await.map_err(|e| e.to_string())
    };
    for exposure in [Exposure::LoopbackOpen, Exposure::RequireTokens] {
        let error = start(exposure, "0.0.0.0:0").await.unwrap_err();
        for word in ["--plaintext-behind-proxy", "--open-to-everyone", "no TLS"] {
            assert!(error.contains(word), "{error}");
        }
    }
    start(Exposure::OpenToEveryone, "0.0.0.0:0").await.unwrap();
    start(Exposure::LoopbackOpen, "127.0.0.1:0").await.unwrap();
}

#[tokio::test]
async fn a_server_that_requires_tokens_does_not_start_without_one() {
    let folder = tempfile::tempdir().unwrap();
    let failed = async |exposure| {
        let mut settings = settings(folder.path());
        settings.exposure = exposure;
        let listener = server::listen("127.0.0.1:0").await.unwrap();
        let never = std::future::pending();
        server::run(listener, settings, never, |_| panic!("it serves")).await.unwrap_err().to_string()
    };
    for exposure in [Exposure::RequireTokens, Exposure::PlaintextBehindProxy] {
        let error = failed(exposure).await;
        assert!(error.contains("dhakira token create --data"), "{error}");
    }
    // A token that nobody can use any more is none.
    let engine = engine_at(folder.path());
    make_token(&engine, "a", Role::Admin, "*");
    engine.revoke_token(&caller(), dhakira::access::TokenNumber(1)).unwrap();
    drop(engine);
    assert!(failed(Exposure::RequireTokens).await.contains("none that is valid"));
}

fn run(arguments: &[&str], token: Option<&str>) -> Output {
    let mut command = Command::new(binary());
    command.args(arguments).env_remove("DHAKIRA_TOKEN");
    if let Some(token) = token {
        command.env("DHAKIRA_TOKEN", token);
    }
    command.output().unwrap()
}

/// Runs a command that must succeed, on a thread of its own, and returns its output.
async fn run_on(server: &TestServer, arguments: &[&str], token: Option<&str>) -> (i32, String, String) {
    let url = format!("http://{}", server.address);
    let mut all: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
    all.extend(["--server".to_owned(), url]);
    let token = token.map(str::to_owned);
    let output = tokio::task::spawn_blocking(move || {
        run(&all.iter().map(String::as_str).collect::<Vec<_>>(), token.as_deref())
    });
    let output = output.await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

#[tokio::test(flavor = "multi_thread")]
async fn the_first_token_is_made_without_a_server_and_opens_one() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("store");
    let data = data.to_str().unwrap();
    let listed = run(&["token", "list", "--data", data], None);
    assert_eq!(listed.status.code(), Some(2), "there is no store to list");
    assert!(!Path::new(data).exists());
    let made = run(&["token", "create", "--data", data, "--admin", "operator"], Some("not used"));
    assert_eq!(made.status.code(), Some(0), "{}", String::from_utf8_lossy(&made.stderr));
    let admin = String::from_utf8(made.stdout).unwrap();
    let admin = admin.strip_suffix('\n').unwrap();
    TokenSecret::parse(admin).unwrap();
    assert!(String::from_utf8(made.stderr).unwrap().contains("token 1 for 'operator': admin, expires never"));

    let mut settings = settings(Path::new(data));
    settings.exposure = Exposure::RequireTokens;
    let server = TestServer::start_in(folder, |given| {
        given.data = settings.data.clone();
        given.exposure = settings.exposure;
    })
    .await;
    let (code, _, error) = run_on(&server, &["memory", "create", "news-1"], None).await;
    assert_eq!(code, 2);
    assert!(error.contains("--token") && error.contains("[TOKEN_MISSING]"), "{error}");
    assert_eq!(run_on(&server, &["memory", "create", "news-1"], Some(admin)).await.0, 0);

    let slip = ["token", "create", "weblate", "--contributor", "nwes-*"];
    let (code, out, error) = run_on(&server, &slip, Some(admin)).await;
    assert_eq!((code, out.as_str()), (2, ""));
    assert!(error.contains("grant 1 memory 1: 'nwes-*'"), "{error}");
    assert!(error.contains("--allow-unmatched") && error.contains("[PATTERN_MATCHES_NOTHING]"), "{error}");
    // There is no such glossary, but a memory is enough.
    let both = ["token", "create", "both", "--contributor", "news-*"];
    let made = run_on(&server, &both, Some(admin)).await;
    assert_eq!(made.0, 0, "{}", made.2);
    let create =
        ["token", "create", "weblate", "--reader", "*", "--contributor", "memory:news-*", "--days", "90"];
    let (code, weblate, error) = run_on(&server, &create, Some(admin)).await;
    assert_eq!(code, 0, "{error}");
    let weblate = weblate.trim();
    let (code, _, error) = run_on(&server, &["memory", "delete", "news-1"], Some(weblate)).await;
    assert_eq!(code, 2);
    assert!(error.contains("maintainer") && error.contains("[ROLE_TOO_LOW]"), "{error}");
    // An argument goes over the environment.
    assert_eq!(run_on(&server, &["memory", "list", "--token", weblate], Some("wrong")).await.0, 0);

    let (_, list, _) = run_on(&server, &["token", "list", "--json"], Some(admin)).await;
    let tokens: Vec<Value> = list.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(tokens.len(), 3);
    assert_eq!((&tokens[2]["name"], &tokens[2]["state"]), (&"weblate".into(), &"valid".into()));
    assert_eq!(tokens[2]["created_by"], "operator");
    let (_, table, _) = run_on(&server, &["token", "list"], Some(admin)).await;
    assert!(table.contains("contributor memory:news-*, reader *"), "{table}");
    assert_eq!(run_on(&server, &["token", "revoke", "3"], Some(admin)).await.0, 0);
    let (code, _, error) = run_on(&server, &["memory", "list"], Some(weblate)).await;
    assert_eq!(code, 2);
    assert!(error.contains("[TOKEN_REVOKED]"), "{error}");
    let (code, _, error) = run_on(&server, &["memory", "list"], Some("dhk_12")).await;
    assert_eq!(code, 2);
    assert!(error.contains("[TOKEN_MALFORMED]") && !error.contains("dhk_12"), "{error}");
}

/// An engine whose clock can be set, on a store of its own.
fn engine_at_time(folder: &Path, at: i64) -> Engine {
    let options = StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() };
    Engine::open(folder, &options, Limits { tokens: 3, ..Limits::default() }, Box::new(FixedClock(at)))
        .unwrap()
        .0
}

fn reader_until(expires_at: Option<i64>) -> NewToken {
    let grant = Grant { role: Role::Reader, memories: vec![NamePattern::all()], glossaries: vec![] };
    NewToken {
        name: name("a"),
        grants: Grants(vec![grant]),
        expires_at: expires_at.map(dhakira::clock::Timestamp),
        allow_unmatched: false,
    }
}

#[test]
fn expired_tokens_are_removed_after_90_days_and_make_room_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let page = PageRequest { size: 100, token: String::new() };
    let engine = engine_at_time(folder.path(), 0);
    let first = engine.create_token(&caller(), reader_until(Some(DAY))).unwrap();
    for _ in 0..2 {
        engine.create_token(&caller(), reader_until(None)).unwrap();
    }
    let full = engine.create_token(&caller(), reader_until(None)).unwrap_err();
    assert_eq!(full, Fault::TooManyTokens { most: 3 });
    let found = engine.caller_with(&first.secret.hash()).unwrap();
    assert_eq!((found.name(), found.token()), ("a", Some(first.token.number)));
    engine.memories(&found, &page).unwrap();
    drop(engine);
    let engine = engine_at_time(folder.path(), DAY);
    assert_eq!(engine.caller_with(&first.secret.hash()).unwrap_err().reason(), "TOKEN_EXPIRED");
    // A caller from before the expiry, for example of a stream.
    assert_eq!(engine.memories(&found, &page).unwrap_err().reason(), "TOKEN_EXPIRED");
    engine.create_token(&caller(), reader_until(None)).unwrap();
    assert_eq!(engine.tokens(&caller(), &page).unwrap().0.items.len(), 4);
    drop(engine);
    let engine = engine_at_time(folder.path(), 91 * DAY);
    engine.revoke_token(&caller(), dhakira::access::TokenNumber(2)).unwrap();
    engine.create_token(&caller(), reader_until(None)).unwrap();
    let numbers = |engine: &Engine| -> Vec<u64> {
        engine.tokens(&caller(), &page).unwrap().0.items.iter().map(|token| token.number.0).collect()
    };
    assert_eq!(
        numbers(&engine),
        [2, 3, 4, 5],
        "the first one ended 90 days ago; its number is not used again"
    );
    assert_eq!(engine.caller_with(&first.secret.hash()).unwrap_err().reason(), "TOKEN_UNKNOWN");
    let report = engine.verify(&caller(), &Deadline::never(), &mut |_| true).unwrap();
    assert!(report.is_whole(), "{:?}", report.problems);
    drop(engine);
    assert_eq!(numbers(&engine_at_time(folder.path(), 91 * DAY)), [2, 3, 4, 5]);
}

#[test]
fn a_store_keeps_its_tokens_when_it_is_compacted() {
    let folder = tempfile::tempdir().unwrap();
    let secret = make_admin(folder.path());
    dhakira::engine::compact_folder(folder.path()).unwrap();
    let engine = engine_at(folder.path());
    engine.caller_with(&TokenSecret::parse(&secret).unwrap().hash()).unwrap();
}

/// The names of the property test: few, with common beginnings.
const NAMES: [&str; 6] = ["a", "a-1", "a-2", "ab", "b", "b-1"];

fn patterns() -> impl Strategy<Value = Vec<String>> {
    let pattern = prop::sample::select(vec!["*", "a", "a*", "a-*", "a-1", "ab*", "b", "b-*", "c*"]);
    prop::collection::vec(pattern.prop_map(str::to_owned), 0..3)
}

/// The rule of `docs/access.md`, written without the code of `src/access`.
fn expected_role(grants: &[(usize, Vec<String>)], name: &str) -> usize {
    let matches = |pattern: &String| match pattern.split_once('*') {
        Some((start, _)) => name.starts_with(start),
        None => name == pattern,
    };
    let roles = grants.iter().filter(|(_, patterns)| patterns.iter().any(matches)).map(|(role, _)| *role);
    roles.max().unwrap_or(0)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    /// Whatever the grants and the collections are, a caller gets exactly what the rule says, and a collection
    /// that it may not read is as one that does not exist.
    #[test]
    fn a_caller_gets_exactly_what_its_grants_say(
        grants in prop::collection::vec((1..4_usize, patterns()), 1..4), present in prop::sample::subsequence(&NAMES[..], 0..6),
    ) {
        prop_assume!(grants.iter().all(|(_, patterns)| !patterns.is_empty()));
        let folder = tempfile::tempdir().unwrap();
        let engine = engine_at(folder.path());
        for memory in &present {
            engine.create_memory(&caller(), NewCollection::arabic_to_english(name(memory))).unwrap();
        }
        let roles = [Role::Reader, Role::Contributor, Role::Maintainer];
        let made = Grants(grants.iter().map(|(role, patterns)| Grant {
            role: roles[role - 1],
            memories: patterns.iter().map(|p| NamePattern::parse(p).unwrap()).collect(),
            glossaries: vec![],
        }).collect());
        let new = NewToken { name: name("x"), grants: made, expires_at: None, allow_unmatched: true };
        let token = engine.create_token(&caller(), new).unwrap();
        let who = engine.caller_with(&token.secret.hash()).unwrap();
        let page = PageRequest { size: 100, token: String::new() };
        let listed = engine.memories(&who, &page).unwrap().items;
        let listed: BTreeSet<_> = listed.iter().map(|memory| memory.info.name.to_string()).collect();
        let present: BTreeSet<_> = present.iter().map(|name| (*name).to_owned()).collect();
        for memory in NAMES {
            let role = expected_role(&grants, memory);
            let is_present = present.contains(memory);
            prop_assert_eq!(listed.contains(memory), is_present && role >= 1, "{} listed", memory);
            let reason = |result: Result<(), Fault>| result.map_or_else(|fault| fault.reason(), |()| "OK");
            let expected = |needed: usize| match (is_present, role) {
                (true, role) if role >= needed => "OK",
                (true, 1..) => "ROLE_TOO_LOW",
                _ => "UNKNOWN_MEMORY",
            };
            prop_assert_eq!(reason(engine.memory(&who, &name(memory)).map(drop)), expected(1));
            let put = engine.put_units(&who, &name(memory), vec![unit("نعم", "yes")], Default::default());
            prop_assert_eq!(reason(put.map(drop)), expected(2));
            if role < 3 {
                prop_assert_eq!(reason(engine.delete_memory(&who, &name(memory)).map(drop)), expected(3));
                let created = engine.create_memory(&who, NewCollection::arabic_to_english(name(memory)));
                let refused = if role == 0 { "NAME_NOT_GRANTED" } else { "ROLE_TOO_LOW" };
                prop_assert_eq!(reason(created.map(drop)), refused, "present or not");
            }
        }
        prop_assert_eq!(who, Caller::with_token("x".to_owned(), token.token.number));
    }
}

/// What a caller sees of a foreign name does not depend on whether something has it, whatever the call.
#[test]
fn a_foreign_name_gives_the_error_of_an_absent_one_in_every_use_case() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine_at(folder.path());
    let secret = make_token(&engine, "x", Role::Maintainer, "own*");
    engine.create_memory(&caller(), NewCollection::arabic_to_english(name("own"))).unwrap();
    let who = engine.caller_with(&TokenSecret::parse(&secret).unwrap().hash()).unwrap();
    let other = name("other");
    let seen = |engine: &Engine| -> BTreeMap<&'static str, Fault> {
        let updated = engine.update_memory(&who, &name("own"), Some(other.clone()), None);
        let cloned = engine.clone_memory(&who, &name("own"), &other, String::new(), &Deadline::never());
        BTreeMap::from([
            ("memory", engine.memory(&who, &other).unwrap_err()),
            (
                "create",
                engine.create_memory(&who, NewCollection::arabic_to_english(other.clone())).unwrap_err(),
            ),
            ("rename", updated.unwrap_err()),
            ("clone", cloned.unwrap_err()),
            ("delete", engine.delete_memory(&who, &other).unwrap_err()),
            ("revert", engine.revert_import(&who, &other, 1).unwrap_err()),
        ])
    };
    let absent = seen(&engine);
    engine.create_memory(&caller(), NewCollection::arabic_to_english(other.clone())).unwrap();
    assert_eq!(seen(&engine), absent);
}
