//! TLS of the listeners: encryption, client certificates, reloading, bounds on handshakes, and bad settings.

use std::{fs, io, net::SocketAddr, path::Path, time::Duration};

use dhakira::{
    access::{KnownCertificate, Role},
    caller::Caller,
    clock::Timestamp,
    engine::{Engine, PageRequest},
    rpc::proto,
    server::{self, Exposure, NOT_TLS},
};
use prost::Message;
use rcgen::ExtendedKeyUsagePurpose;
use tokio::{
    io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt},
    net::TcpStream,
    time::timeout,
};
use tonic::{Code, Status, transport::Channel};

use crate::support::{
    caller,
    calls::{call, call_raw, reason},
    certificates::{Ca, Files, TlsServer, client_params, expired, owner, server_params},
    draft, engine_at, make_token, name, settings,
};

/// Far more than anything here takes, so that a test that would wait for ever fails.
const PATIENCE: Duration = Duration::from_secs(60);

async fn memories(channel: &Channel, token: Option<&str>) -> Result<proto::ListMemoriesResponse, Status> {
    call(channel, token, "MemoryService.ListMemories", &proto::ListMemoriesRequest::default()).await
}

/// Sends a request for a page of HTTP/1.1 and returns the whole answer.
async fn page(
    mut stream: impl AsyncRead + AsyncWrite + Unpin,
    path: &str,
    header: &str,
) -> io::Result<String> {
    let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\n{header}Connection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).await?;
    let mut answer = String::new();
    match stream.read_to_string(&mut answer).await {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(answer),
    }
}

#[tokio::test]
async fn calls_go_over_tls() {
    let server = TlsServer::start(vec![], |_, _| {}).await;
    let channel = server.connect(None).await;
    let request = proto::CreateMemoryRequest { name: "news".into(), ..Default::default() };
    call::<proto::CreateMemoryResponse>(&channel, None, "MemoryService.CreateMemory", &request)
        .await
        .unwrap();
    let units = vec![draft("وصل الوفد", "The delegation arrived")];
    let request = proto::PutUnitsRequest { memory: "news".into(), units, ..Default::default() };
    call::<proto::PutUnitsResponse>(&channel, None, "MemoryService.PutUnits", &request).await.unwrap();
    let request = proto::LookupRequest { text: "وصل الوفد".into(), ..Default::default() };
    let found: proto::LookupResponse = call(&channel, None, "LookupService.Lookup", &request).await.unwrap();
    assert_eq!(found.matches.len(), 1);
    // A client that does not trust the CA sends nothing.
    Ca::new("another").connect(server.address, None).await.unwrap_err();
    drop(channel);
    server.stop().await;
}

#[tokio::test]
async fn a_client_certificate_has_the_rights_that_a_token_with_the_same_grants_has() {
    let roles = [Role::Reader, Role::Contributor, Role::Maintainer, Role::Admin];
    let owners = roles.map(|role| owner(&format!("cn:c-{role}"), &format!("c-{role}"), role, "own*"));
    let mut tokens = Vec::new();
    let server = TlsServer::start(owners.to_vec(), |settings, _| {
        settings.exposure = Exposure::RequireTokens;
        let engine = engine_at(&settings.data);
        for memory in ["own", "foreign"] {
            engine
                .create_memory(&caller(), dhakira::engine::NewCollection::arabic_to_english(name(memory)))
                .unwrap();
        }
        tokens = roles
            .map(|role| {
                let pattern = if role == Role::Admin { "*" } else { "own*" };
                make_token(&engine, &format!("t-{role}"), role, pattern)
            })
            .to_vec();
    })
    .await;
    let plain = server.connect(None).await;
    let mut allowed = 0;
    for (role, token) in roles.into_iter().zip(&tokens) {
        let certificate = server.ca.client(server.path(), &format!("c-{role}"));
        let channel = server.connect(Some(&certificate)).await;
        for memory in ["own", "foreign", "absent"] {
            // All calls of one before those of the other, because the last call undoes what the others made.
            let by_token = results(&plain, Some(token), memory).await;
            let by_certificate = results(&channel, None, memory).await;
            allowed += by_token.iter().filter(|(_, result)| result == "OK").count();
            assert_eq!(by_certificate, by_token, "{role} {memory}");
        }
        // What a caller may read is all that it sees.
        let listed = memories(&channel, None).await.unwrap().memories;
        let expected = if role == Role::Admin { 2 } else { 1 };
        assert_eq!(listed.len(), expected, "{role}");
    }
    assert!(allowed > 20, "{allowed}");
    // The name of the owner is in the revisions, and with the subject in the audit log.
    let folder = server.stop().await;
    let audit = fs::read_to_string(folder.path().join("data/audit/audit.jsonl")).unwrap();
    let line = audit.lines().find(|line| line.contains("\"caller\":\"c-contributor\"")).unwrap();
    assert!(line.contains("\"certificate\":\"cn:c-contributor\"") && !line.contains("\"token\""), "{line}");
}

/// Makes the calls of [`requests`]. Returns the result of each method.
async fn results(channel: &Channel, token: Option<&str>, memory: &str) -> Vec<(&'static str, String)> {
    let mut results = Vec::new();
    for (method, message) in requests(memory) {
        let answer = call_raw(channel, token, method, vec![message]).await;
        let result = match answer {
            Ok(_) => "OK".to_owned(),
            Err(status) => format!("{:?} {} {}", status.code(), reason(&status), status.message()),
        };
        results.push((method, result));
    }
    results
}

/// Returns calls that need different roles in a memory.
fn requests(memory: &str) -> Vec<(&'static str, Vec<u8>)> {
    let name = || memory.to_owned();
    let put =
        proto::PutUnitsRequest { memory: name(), units: vec![draft("نعم", "yes")], ..Default::default() };
    let selection = proto::MemorySelection { name: name(), penalty: 0.0 };
    let options = proto::LookupOptions { memories: vec![selection], ..Default::default() };
    let lookup = proto::LookupRequest { text: "نعم".into(), options: Some(options), ..Default::default() };
    let update =
        proto::UpdateMemoryRequest { name: name(), description: Some("text".into()), ..Default::default() };
    let create = proto::CreateMemoryRequest { name: format!("{memory}-1"), ..Default::default() };
    let delete = proto::DeleteMemoryRequest { name: format!("{memory}-1") };
    vec![
        ("MemoryService.GetMemory", proto::GetMemoryRequest { name: name() }.encode_to_vec()),
        ("MemoryService.PutUnits", put.encode_to_vec()),
        ("LookupService.Lookup", lookup.encode_to_vec()),
        ("MemoryService.UpdateMemory", update.encode_to_vec()),
        ("MemoryService.CreateMemory", create.encode_to_vec()),
        ("MemoryService.DeleteMemory", delete.encode_to_vec()),
        (
            "SegmentationService.Fold",
            proto::FoldRequest { text: "نعم".into(), ..Default::default() }.encode_to_vec(),
        ),
        ("AdminService.ListTokens", proto::ListTokensRequest::default().encode_to_vec()),
    ]
}

/// Connects with a certificate and calls. Returns the reason of the server, or the error of the connection.
async fn refused(server: &TlsServer, certificate: Option<&Files>) -> String {
    let channel = match server.ca.connect(server.address, certificate).await {
        Ok(channel) => channel,
        Err(error) => return format!("{:?}", std::error::Error::source(&error)),
    };
    let status = memories(&channel, None).await.unwrap_err();
    if reason(&status).is_empty() { format!("{status:?}") } else { reason(&status) }
}

#[tokio::test]
async fn certificates_that_are_not_accepted_are_refused() {
    let reader = owner("cn:amal", "amal", Role::Reader, "*");
    let server =
        TlsServer::start(vec![reader], |settings, _| settings.exposure = Exposure::RequireTokens).await;
    let folder = tempfile::tempdir().unwrap();
    let (ca, other) = (&server.ca, Ca::new("another CA"));
    let mut for_servers = client_params("amal");
    for_servers.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    let sign = |ca: &Ca, params, file: &str| ca.sign(&params, folder.path(), file);
    assert!(memories(&server.connect(Some(&ca.client(folder.path(), "amal"))).await, None).await.is_ok());
    for (certificate, expected) in [
        (None, "TOKEN_MISSING"),
        (Some(sign(ca, client_params("omar"), "stranger")), "CERTIFICATE_UNKNOWN"),
        (Some(sign(ca, client_params("Amal"), "case")), "CERTIFICATE_UNKNOWN"),
        (Some(sign(ca, server_params(), "no-client")), "fatal alert: UnsupportedCertificate"),
        (Some(sign(ca, for_servers, "for-servers")), "fatal alert: UnsupportedCertificate"),
        (Some(sign(&other, client_params("amal"), "other-ca")), "fatal alert: UnknownCA"),
        (Some(sign(ca, expired(client_params("amal")), "expired")), "fatal alert: CertificateExpired"),
    ] {
        let error = refused(&server, certificate.as_ref()).await;
        assert!(error.contains(expected), "{expected}: {error}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_token_comes_before_a_certificate() {
    let mut token = String::new();
    let reader = owner("cn:proxy", "proxy", Role::Admin, "*");
    let server = TlsServer::start(vec![reader], |settings, _| {
        settings.exposure = Exposure::RequireTokens;
        let engine = engine_at(&settings.data);
        token = make_token(&engine, "weblate", Role::Reader, "news");
    })
    .await;
    let certificate = server.ca.client(server.path(), "proxy");
    let channel = server.connect(Some(&certificate)).await;
    let tokens = async |token| {
        let request = proto::ListTokensRequest::default();
        call::<proto::ListTokensResponse>(&channel, token, "AdminService.ListTokens", &request).await
    };
    assert!(tokens(None).await.is_ok());
    assert_eq!(reason(&tokens(Some(token.as_str())).await.unwrap_err()), "ROLE_TOO_LOW");
    // A token that is not valid is not made good by the certificate.
    assert_eq!(reason(&tokens(Some("dhk_12")).await.unwrap_err()), "TOKEN_MALFORMED");
    drop(channel);
    server.stop().await;
}

#[tokio::test]
async fn clients_without_a_certificate_can_be_refused_altogether() {
    let server = TlsServer::start(vec![], |settings, folder| {
        settings.tls.client_ca = Some(folder.join("ca.pem"));
        settings.tls.client_required = true;
    })
    .await;
    assert!(refused(&server, None).await.contains("fatal alert: CertificateRequired"));
    // No owner is known, so the certificate only opens the door, and on loopback no token is needed.
    let channel = server.connect(Some(&server.ca.client(server.path(), "any"))).await;
    assert!(memories(&channel, None).await.is_ok());
    drop(channel);
    server.stop().await;
}

#[test]
fn a_certificate_that_expires_while_its_connection_lasts_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    // The clock of this engine always says 1,000.
    let engine = engine_at(folder.path());
    let amal = owner("cn:amal", "amal", Role::Admin, "*");
    let page = PageRequest { size: 10, token: String::new() };
    let use_cases = |engine: &Engine, caller: &Caller| {
        let admin = engine.tokens(caller, &page).map(drop);
        [engine.memories(caller, &page).map(drop), admin]
    };
    for (expires_at, is_valid) in [(1_001, true), (1_000, false), (i64::MIN, false)] {
        let certificate = KnownCertificate { owner: amal.clone(), expires_at: Timestamp(expires_at) };
        let caller = engine.caller_with_certificate(&certificate);
        assert_eq!(caller.is_ok(), is_valid, "{expires_at}");
        for answer in use_cases(&engine, &Caller::with_certificate(&certificate)) {
            let reason = answer.err().map_or("OK", |fault| fault.reason());
            assert_eq!(reason, if is_valid { "OK" } else { "CERTIFICATE_EXPIRED" }, "{expires_at}");
        }
    }
}

/// Returns the certificate that a server shows.
async fn shown(ca: &Ca, address: SocketAddr) -> Vec<u8> {
    let stream = ca.connect_raw(address, None).await.unwrap();
    stream.get_ref().1.peer_certificates().unwrap()[0].to_vec()
}

#[tokio::test]
async fn a_new_certificate_is_used_without_a_restart() {
    let server = TlsServer::start(vec![], |settings, _| settings.tls.reload = Duration::from_millis(1)).await;
    let channel = server.connect(None).await;
    memories(&channel, None).await.unwrap();
    let former = shown(&server.ca, server.address).await;
    assert_eq!(former, server.files.chain()[0].to_vec());
    // A pair of the same CA, written as a renewal writes it: first one file, then the other.
    let next = server.ca.sign(&server_params(), server.path(), "next");
    fs::rename(&next.certificate, &server.files.certificate).unwrap();
    fs::rename(&next.key, &server.files.key).unwrap();
    let expected = server.files.chain()[0].to_vec();
    assert_ne!(expected, former);
    let reloaded = async {
        while shown(&server.ca, server.address).await != expected {
            tokio::task::yield_now().await;
        }
        while shown(&server.ca, server.metrics).await != expected {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, reloaded).await.expect("the new certificate");
    // The connection that was open goes on.
    memories(&channel, None).await.unwrap();
    drop(channel);
    server.stop().await;
}

#[tokio::test]
async fn a_ca_that_is_not_trusted_any_more_ends_connections() {
    let amal = owner("cn:amal", "amal", Role::Reader, "*");
    let server = TlsServer::start(vec![amal], |settings, _| {
        settings.exposure = Exposure::RequireTokens;
        settings.tls.reload = Duration::from_millis(1);
    })
    .await;
    let certificate = server.ca.client(server.path(), "amal");
    let channel = server.connect(Some(&certificate)).await;
    memories(&channel, None).await.unwrap();
    // The file of the CA of clients changes; the certificate of the server stays.
    let other = tempfile::tempdir().unwrap();
    fs::copy(Ca::new("another").write(other.path()), &server.ca_file).unwrap();
    let ended = async {
        // The client connects again after the connection was closed, and is refused then.
        while memories(&channel, None).await.is_ok() {
            tokio::task::yield_now().await;
        }
    };
    timeout(PATIENCE, ended).await.expect("the connection is closed");
    drop(channel);
    server.stop().await;
}

#[tokio::test]
async fn clients_that_do_not_finish_the_handshake_keep_nobody_out() {
    let server = TlsServer::start(vec![], |settings, _| settings.connections.most = Some(4)).await;
    let known = server.connect(None).await;
    memories(&known, None).await.unwrap();
    let mut silent = Vec::new();
    for _ in 0..40 {
        let mut stream = TcpStream::connect(server.address).await.unwrap();
        // Half of a record, so that the handshake begins and does not go on.
        stream.write_all(&[0x16, 3, 1, 2]).await.unwrap();
        silent.push(stream);
        memories(&known, None).await.unwrap();
    }
    let newcomer = timeout(PATIENCE, server.connect(None)).await.expect("a place");
    memories(&newcomer, None).await.unwrap();
    drop((known, newcomer, silent));
    server.stop().await;
}

#[tokio::test]
async fn a_handshake_has_a_time_limit() {
    let server =
        TlsServer::start(vec![], |settings, _| settings.tls.handshake = Duration::from_millis(20)).await;
    for address in [server.address, server.metrics] {
        for begins in [&[][..], &[0x16], &[0x16, 3, 1, 2, 0]] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(begins).await.unwrap();
            let mut answer = Vec::new();
            let read = timeout(PATIENCE, stream.read_to_end(&mut answer)).await.expect("the end");
            assert!(read.is_err() || answer.is_empty(), "{answer:?}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn plaintext_on_a_port_with_tls_is_answered_with_the_remedy() {
    let server = TlsServer::start(vec![], |_, _| {}).await;
    // gRPC: a client that speaks HTTP/2 in the clear.
    let plain = Channel::from_shared(format!("http://{}", server.address)).unwrap().connect_lazy();
    let status = memories(&plain, None).await.unwrap_err();
    assert!(format!("{status:?}").contains(NOT_TLS), "{status:?}");
    // The metrics: HTTP/1.1.
    let answer = page(TcpStream::connect(server.metrics).await.unwrap(), "/livez", "").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 400") && answer.contains(NOT_TLS), "{answer}");
    // What is neither leaves the server as it was.
    for bytes in [&b"\0"[..], b"SSH-2.0-x\r\n", &[0x80; 100_000], &[0x16; 100_000]] {
        for address in [server.address, server.metrics] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            // The server may close the connection before it has read everything.
            drop(stream.write_all(bytes).await);
            drop(stream.shutdown().await);
            drop(timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await.expect("the end"));
        }
    }
    memories(&server.connect(None).await, None).await.unwrap();
    server.stop().await;
}

#[tokio::test]
async fn the_metrics_have_the_same_tls_and_the_same_callers() {
    let mut token = String::new();
    let amal = owner("cn:amal", "amal", Role::Reader, "*");
    let server = TlsServer::start(vec![amal], |settings, _| {
        settings.exposure = Exposure::RequireTokens;
        token = make_token(&engine_at(&settings.data), "prometheus", Role::Reader, "*");
    })
    .await;
    let amal = server.ca.client(server.path(), "amal");
    let stranger = server.ca.client(server.path(), "omar");
    let bearer = format!("Authorization: Bearer {token}\r\n");
    for (certificate, header, path, expected) in [
        (None, "", "/livez", "200"),
        (None, "", "/readyz", "200"),
        (None, "", "/metrics", "401"),
        (None, bearer.as_str(), "/metrics", "200"),
        (Some(&amal), "", "/metrics", "200"),
        (Some(&amal), "Authorization: Bearer dhk_1\r\n", "/metrics", "401"),
        (Some(&stranger), "", "/metrics", "401"),
        (Some(&stranger), "", "/livez", "200"),
    ] {
        let stream = server.ca.connect_raw(server.metrics, certificate).await.unwrap();
        let answer = page(stream, path, header).await.unwrap();
        assert!(answer.starts_with(&format!("HTTP/1.1 {expected}")), "{path} {header}: {answer}");
        if path == "/metrics" && expected == "200" {
            // The certificates of these tests end in the year 4096.
            assert!(answer.contains("dhakira_certificate_expiry_timestamp_seconds 67"), "{answer}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn the_metrics_have_a_bound_on_connections() {
    let server = crate::support::TestServer::start().await;
    let mut open = Vec::new();
    for n in 0..100 {
        let mut stream = TcpStream::connect(server.metrics).await.unwrap();
        // Some send half a request, and some nothing.
        stream.write_all(if n % 2 == 0 { b"GET /livez HTTP/1.1\r\n" } else { b"" }).await.unwrap();
        open.push(stream);
    }
    let answer = page(TcpStream::connect(server.metrics).await.unwrap(), "/livez", "").await.unwrap();
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    // All but the newest 32 were closed.
    for stream in open.iter_mut().take(100 - 32) {
        let read = timeout(PATIENCE, stream.read_to_end(&mut Vec::new())).await;
        assert!(read.is_ok(), "a connection that must be closed is open");
    }
    server.stop().await;
}

/// Starts a server with TLS on an address that others reach, and stops it when `stop` is ready.
async fn start_elsewhere(
    folder: &Path,
    stop: impl Future<Output = ()> + Send + 'static,
    tune: impl FnOnce(&mut server::Settings),
) -> Result<(), String> {
    let ca = Ca::new("CA");
    let files = ca.server(folder);
    let mut settings = settings(&folder.join("data"));
    settings.tls.certificate = Some(files.certificate);
    settings.tls.key = Some(files.key);
    ca.write(folder);
    tune(&mut settings);
    let listener = server::listen("0.0.0.0:0").await.unwrap();
    server::run(listener, settings, stop, |_| {}).await.map_err(|e| e.to_string())
}

#[tokio::test]
async fn a_server_with_tls_and_tokens_or_certificates_may_be_reached_by_others() {
    let folder = tempfile::tempdir().unwrap();
    let failed = async |exposure| {
        let never = std::future::pending();
        start_elsewhere(folder.path(), never, |settings| settings.exposure = exposure).await.unwrap_err()
    };
    // Nobody could call it.
    for exposure in [Exposure::LoopbackOpen, Exposure::RequireTokens] {
        let error = failed(exposure).await;
        assert!(error.contains("dhakira token create --data"), "{error}");
    }
    assert!(failed(Exposure::PlaintextBehindProxy).await.contains("exclude each other"));
    start_elsewhere(folder.path(), async {}, |settings| {
        settings.tls.client_ca = Some(folder.path().join("ca.pem"));
        settings.tls.owners.0.push(owner("cn:amal", "amal", Role::Admin, "*"));
    })
    .await
    .unwrap();
    start_elsewhere(folder.path(), async {}, |settings| settings.exposure = Exposure::OpenToEveryone)
        .await
        .unwrap();
    make_token(&engine_at(&folder.path().join("data")), "root", Role::Admin, "*");
    start_elsewhere(folder.path(), async {}, |_| {}).await.unwrap();
}

#[tokio::test]
async fn elsewhere_tokens_are_required_without_a_flag() {
    let server = TlsServer::start(vec![], |_, _| {}).await;
    // On loopback, TLS alone requires nobody to have a token.
    assert!(memories(&server.connect(None).await, None).await.is_ok());
    server.stop().await;
    let folder = tempfile::tempdir().unwrap();
    let ca = Ca::new("CA");
    let files = ca.server(folder.path());
    let mut settings = settings(&folder.path().join("data"));
    settings.tls.certificate = Some(files.certificate);
    settings.tls.key = Some(files.key);
    make_token(&engine_at(&settings.data), "root", Role::Admin, "*");
    let listener = server::listen("0.0.0.0:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let (ready, is_ready) = tokio::sync::oneshot::channel();
    let stopped = async move { drop(stopped.await) };
    let done = tokio::spawn(server::run(listener, settings, stopped, |_| ready.send(()).unwrap()));
    is_ready.await.unwrap();
    let channel = ca.connect(SocketAddr::from(([127, 0, 0, 1], port)), None).await.unwrap();
    let status = memories(&channel, None).await.unwrap_err();
    assert_eq!((status.code(), reason(&status).as_str()), (Code::Unauthenticated, "TOKEN_MISSING"));
    drop((channel, stop));
    done.await.unwrap().unwrap();
}
