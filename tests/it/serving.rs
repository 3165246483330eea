//! The server as a whole: health, limits, stopping and a full disk.

use std::time::Duration;

use dhakira::{
    rpc::proto,
    server::{self, ServeError},
};
use tokio::sync::oneshot;
use tonic::transport::Channel;
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::support::{TestServer, connect, draft, refusal, settings};

async fn health(channel: &Channel, service: &str) -> ServingStatus {
    let request = HealthCheckRequest { service: service.into() };
    HealthClient::new(channel.clone()).check(request).await.unwrap().into_inner().status()
}

#[tokio::test]
async fn health_says_serving_for_all_and_each() {
    let server = TestServer::start().await;
    for service in ["", "dhakira.v1.LookupService", "dhakira.v1.MemoryService"] {
        assert_eq!(health(&server.channel, service).await, ServingStatus::Serving);
    }
}

#[tokio::test]
async fn health_answers_and_calls_are_refused_while_the_store_opens() {
    let folder = tempfile::tempdir().unwrap();
    // Another owner of the folder keeps the server waiting for the lock until it gives up.
    let owner = crate::support::engine_at(folder.path());
    let listener = server::listen("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (_stop, stopped) = oneshot::channel::<()>();
    let stop = async move { drop(stopped.await) };
    let done =
        tokio::spawn(server::run(listener, settings(folder.path()), stop, |_| panic!("must not open")));
    let channel = connect(address).await;
    assert_eq!(health(&channel, "").await, ServingStatus::NotServing);
    let mut client = proto::memory_service_client::MemoryServiceClient::new(channel.clone());
    let (code, reason, _) = refusal(client.list_memories(proto::ListMemoriesRequest::default()).await);
    assert_eq!((code, reason.as_str()), (tonic::Code::Unavailable, "STARTING"));
    drop((client, channel));
    let error = done.await.unwrap().unwrap_err();
    assert!(
        matches!(&error, ServeError::Store(_)) && error.to_string().contains("another process owns"),
        "{error}"
    );
    drop(owner);
}

#[tokio::test]
async fn a_port_in_use_is_named() {
    let first = server::listen("127.0.0.1:0").await.unwrap();
    let address = first.local_addr().unwrap().to_string();
    let error = server::listen(&address).await.unwrap_err().to_string();
    assert!(error.contains(&address) && error.contains("--listen"), "{error}");
}

#[tokio::test]
async fn stopping_finishes_and_keeps_what_was_acknowledged() {
    let server = TestServer::start().await;
    server.create("m").await;
    server.put("m", vec![draft("نعم", "yes")]).await;
    let folder = server.stop().await;
    let server = TestServer::start_with(|s| s.data = folder.path().to_owned()).await;
    assert_eq!(server.look_up("نعم", Default::default()).await.len(), 1);
}

#[tokio::test]
async fn health_says_not_serving_while_draining_and_the_grace_period_ends() {
    let server = TestServer::start_with(|s| s.grace = Duration::from_millis(300)).await;
    let request = HealthCheckRequest { service: String::new() };
    // This call does not end by itself.
    let mut watch = HealthClient::new(server.channel.clone()).watch(request).await.unwrap().into_inner();
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::Serving);
    let stopped = tokio::spawn(server.stop());
    assert_eq!(watch.message().await.unwrap().unwrap().status(), ServingStatus::NotServing);
    stopped.await.unwrap();
}

#[tokio::test]
async fn more_calls_than_the_server_takes_are_refused_at_once() {
    let server = TestServer::start_with(|s| {
        s.work.calls = 1;
        s.work.cores = 1;
    })
    .await;
    server.create("m").await;
    let rows: Vec<_> =
        (0..1_000).map(|n| draft(&format!("الجملة رقم {n} {}", "كلمة ".repeat(300)), "x")).collect();
    for part in rows.chunks(250) {
        server.put("m", part.to_vec()).await;
    }
    let text = "كلام ".repeat(300);
    let answers = (0..8).map(|_| {
        let options = proto::LookupOptions { threshold: Some(0.0), ..Default::default() };
        let request =
            proto::LookupRequest { text: text.clone(), options: Some(options), ..Default::default() };
        let mut client = server.lookups();
        tokio::spawn(async move { client.lookup(request).await })
    });
    // All calls are started before the first answer is awaited.
    let answers: Vec<_> = answers.collect();
    let mut refused = 0;
    let mut answered = 0;
    for answer in answers {
        match answer.await.unwrap() {
            Ok(_) => answered += 1,
            Err(status) => {
                let (code, reason, _) = refusal::<()>(Err(status));
                assert_eq!((code, reason.as_str()), (tonic::Code::ResourceExhausted, "TOO_MANY_REQUESTS"));
                refused += 1;
            }
        }
    }
    assert!(answered >= 1 && refused >= 1, "{answered} answered, {refused} refused");
}

#[tokio::test]
async fn a_full_disk_refuses_writes_and_lookups_go_on() {
    let folder = {
        let server = TestServer::start().await;
        server.create("m").await;
        server.put("m", vec![draft("نعم", "yes")]).await;
        server.stop().await
    };
    let server = TestServer::start_with(|s| {
        s.data = folder.path().to_owned();
        s.store.disk_reserve_bytes = u64::MAX;
    })
    .await;
    let request =
        proto::PutUnitsRequest { memory: "m".into(), units: vec![draft("لا", "no")], ..Default::default() };
    let (code, reason, _) = refusal(server.memories().put_units(request).await);
    assert_eq!((code, reason.as_str()), (tonic::Code::ResourceExhausted, "DISK_LOW"));
    assert_eq!(server.look_up("نعم", Default::default()).await.len(), 1);
    assert!(server.look_up("لا", Default::default()).await.is_empty());
}
