//! The administrator's side: verifying, compacting, the state of the store, and the health of writes.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
    process::{Command, Output},
};

use dhakira::{
    engine::{Deadline, Engine, NewCollection},
    fault::Fault,
    rpc::proto::{self, verify_response::Part},
    server::WRITES_SERVICE,
};
use serde_json::Value;
use tonic::transport::Channel;
use tonic_health::pb::{
    HealthCheckRequest, HealthCheckResponse, health_check_response::ServingStatus,
    health_client::HealthClient,
};

use crate::support::{
    TestServer, binary, caller, copy_folder, draft, engine_at, engine_with, name, refusal, root,
    stored_units, unit,
};

/// Fills a memory, with former revisions, and makes a glossary.
fn fill(engine: &Engine) {
    for round in 0..3 {
        for n in 0..40 {
            let mut one = unit(&format!("الجملة رقم {n}"), &format!("Sentence {n}, version {round}"));
            one.external_id = format!("id-{n}");
            engine.put_units(&caller(), &name("m"), vec![one], Default::default()).unwrap();
        }
    }
    engine.create_glossary(&caller(), NewCollection::arabic_to_english(name("g"))).unwrap();
}

fn filled() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fill(&engine_with(folder.path(), "m"));
    folder
}

/// Returns the contents of all files in a folder.
fn contents(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let files =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_file());
    files.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
}

/// Runs a command on a folder, with a folder of its own for copies.
fn run(command: &str, folder: &Path, more: &[&str]) -> Output {
    Command::new(binary()).arg(command).arg("--data").arg(folder).args(more).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// Verifies a folder with the command, checks that it changed nothing and left no copy, and returns the exit code and the JSON.
fn verify(folder: &Path) -> (Option<i32>, Value) {
    let scratch = tempfile::tempdir().unwrap();
    let before = contents(folder);
    let output = run("verify", folder, &["--json", "--scratch", scratch.path().to_str().unwrap()]);
    assert!(contents(folder) == before, "verifying changed a file");
    assert_eq!(fs::read_dir(scratch.path()).unwrap().count(), 0, "the copy is left");
    (output.status.code(), serde_json::from_slice(&output.stdout).unwrap_or_default())
}

#[test]
fn a_whole_folder_is_whole_and_is_not_changed() {
    let folder = filled();
    let (code, report) = verify(folder.path());
    assert_eq!((code, &report["whole"], &report["problem_count"]), (Some(0), &true.into(), &0.into()));
    let memory = serde_json::json!(
        {"kind": "MEMORY", "name": "m", "entries": 40, "former_revisions": 80, "whole": true}
    );
    let glossary = serde_json::json!(
        {"kind": "GLOSSARY", "name": "g", "entries": 0, "former_revisions": 0, "whole": true}
    );
    assert_eq!(report["collections"], serde_json::json!([memory, glossary]));
    let output = run("verify", folder.path(), &[]);
    let text = stdout(&output);
    assert!(text.contains("memory    m     40       80      whole"), "{text}");
    assert!(text.ends_with("the store is whole\n"), "{text}");
}

#[test]
fn a_removed_record_and_a_half_copied_folder_are_damage() {
    let folder = filled();
    {
        let db = sled::open(folder.path()).unwrap();
        let (key, _) = db.scan_prefix([0x10]).next().unwrap().unwrap();
        db.remove(key).unwrap();
        db.flush().unwrap();
    }
    let (code, report) = verify(folder.path());
    assert_eq!(code, Some(1));
    assert_eq!(report["problems"], serde_json::json!(["39 units are there, and there should be 40"]));
    assert_eq!(report["collections"][0]["whole"], false);
    let output = run("verify", folder.path(), &[]);
    assert!(stdout(&output).contains("damage: 39 units"), "{}", stdout(&output));

    let (folder, half) = (filled(), tempfile::tempdir().unwrap());
    for (path, mut bytes) in contents(folder.path()) {
        if path.ends_with("db") {
            bytes.truncate(bytes.len() / 2);
        }
        fs::write(half.path().join(path.file_name().unwrap()), bytes).unwrap();
    }
    let (code, report) = verify(half.path());
    assert_eq!((code, &report["whole"]), (Some(1), &false.into()));
}

#[test]
fn a_locked_folder_and_one_without_a_store_are_errors() {
    let folder = filled();
    let owner = engine_at(folder.path());
    for command in ["verify", "compact"] {
        let output = run(command, folder.path(), &[]);
        assert_eq!(output.status.code(), Some(2));
        assert!(stderr(&output).contains("another process owns the store"), "{}", stderr(&output));
    }
    drop(owner);
    let empty = tempfile::tempdir().unwrap();
    for path in [empty.path().to_owned(), empty.path().join("missing")] {
        for command in ["verify", "compact"] {
            let output = run(command, &path, &[]);
            assert_eq!(output.status.code(), Some(2));
            assert!(stderr(&output).contains("there is no store in"), "{}", stderr(&output));
        }
    }
    assert_eq!(fs::read_dir(empty.path()).unwrap().count(), 0, "nothing was made");
    let output = run("verify", folder.path(), &["--server", "http://127.0.0.1:1"]);
    assert_eq!(output.status.code(), Some(2), "a folder and a server");
    let output = run("verify", folder.path(), &["--scratch", folder.path().to_str().unwrap()]);
    assert!(stderr(&output).contains("Give another folder with --scratch"), "{}", stderr(&output));
}

#[test]
fn stores_of_earlier_formats_are_read_and_not_migrated() {
    for (format, store) in [(1, "format1/store"), (2, "format2/store")] {
        let folder = tempfile::tempdir().unwrap();
        copy_folder(&root().join("tests/compat").join(store), folder.path());
        let (code, report) = verify(folder.path());
        assert_eq!((code, &report["format"]), (Some(0), &format.into()), "{report}");
        assert!(report["collections"][0]["entries"].as_u64().unwrap() > 0);
        let text = stdout(&run("verify", folder.path(), &[]));
        assert!(text.contains(&format!("the store has format {format}: this version")), "{text}");
    }
}

#[test]
fn compacting_at_rest_keeps_everything_and_frees_space() {
    let folder = filled();
    {
        let engine = engine_at(folder.path());
        engine.create_memory(&caller(), NewCollection::arabic_to_english(name("gone"))).unwrap();
        for n in 0..300 {
            let large = unit(&format!("الجملة رقم {n}"), &"long ".repeat(1_900));
            engine.put_units(&caller(), &name("gone"), vec![large], Default::default()).unwrap();
        }
        engine.delete_memory(&caller(), &name("gone")).unwrap();
    }
    let (_, before) = verify(folder.path());
    let output = run("compact", folder.path(), &["--json"]);
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let (larger, smaller) =
        (report["bytes_before"].as_u64().unwrap(), report["bytes_after"].as_u64().unwrap());
    assert!(smaller * 2 < larger, "{report}");
    let (code, after) = verify(folder.path());
    assert_eq!(code, Some(0));
    assert_eq!(after["collections"], before["collections"]);
    assert_eq!(stored_units(&engine_at(folder.path()), "m").len(), 40);
}

#[test]
fn a_verification_ends_at_its_deadline() {
    let folder = filled();
    let engine = engine_at(folder.path());
    let (deadline, guard) = Deadline::never().cancelled_on_drop();
    drop(guard);
    let refused = engine.verify(&caller(), &deadline, &mut |_| true).unwrap_err();
    assert_eq!(refused, Fault::DeadlinePassed);
    assert!(engine.verify(&caller(), &Deadline::never(), &mut |_| true).unwrap().is_whole());
}

/// Verifies the store of a server. Returns the report.
async fn verify_on_server(server: &TestServer) -> proto::VerifyReport {
    let mut answers = server.admin().verify(proto::VerifyRequest {}).await.unwrap().into_inner();
    let mut seen_progress = false;
    loop {
        match answers.message().await.unwrap().unwrap().part.unwrap() {
            Part::Progress(progress) => seen_progress |= progress.records > 0,
            Part::Report(report) => {
                assert!(seen_progress, "the first step reports its progress");
                return report;
            }
        }
    }
}

#[tokio::test]
async fn a_server_verifies_its_store_while_it_is_written() {
    let server = TestServer::start().await;
    server.create("m").await;
    server.put("m", vec![draft("نعم", "yes")]).await;
    let puts = async {
        for n in 0..50 {
            server.put("m", vec![draft(&format!("الجملة {n}"), "x")]).await;
        }
    };
    let verifications = async {
        for _ in 0..5 {
            let report = verify_on_server(&server).await;
            assert!(report.whole, "{report:?}");
            assert_eq!(report.collections[0].name, "m");
            assert_eq!(report.collections[0].kind(), proto::CollectionKind::Memory);
        }
    };
    tokio::join!(puts, verifications);
    let status = server.admin().get_store_status(proto::GetStoreStatusRequest {}).await.unwrap().into_inner();
    let records = status.records.unwrap();
    assert_eq!((records.memories, records.units), (1, 51));
    assert_eq!((status.format, status.write_refusal), (3, None));
    assert!(status.file_bytes > 0 && status.free_bytes > 0 && status.reserve_bytes == 0);

    let output = on_server(&server, "verify").await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("memory  m     51       0       whole"), "{}", stdout(&output));
}

/// Runs a command against a server, on a thread of its own so that it does not block the server.
async fn on_server(server: &TestServer, command: &'static str) -> Output {
    let url = format!("http://{}", server.address);
    let run = move || Command::new(binary()).args([command, "--server", &url]).output().unwrap();
    tokio::task::spawn_blocking(run).await.unwrap()
}

#[tokio::test]
async fn a_server_compacts_its_store_while_it_is_written() {
    let server = TestServer::start().await;
    server.create("m").await;
    for n in 0..100 {
        let mut large = draft("الجملة الكبيرة", &format!("{n} {}", "long ".repeat(1_900)));
        large.external_id = "large".to_owned();
        server.put("m", vec![large]).await;
    }
    let puts = async {
        for n in 0..50 {
            server.put("m", vec![draft(&format!("الجملة {n}"), "x")]).await;
        }
    };
    let compact = async { server.admin().compact(proto::CompactRequest {}).await.unwrap().into_inner() };
    let ((), report) = tokio::join!(puts, compact);
    assert!(report.bytes_after > 0 && report.bytes_before > 0 && report.seconds > 0.0, "{report:?}");
    assert!(verify_on_server(&server).await.whole);
    let output = on_server(&server, "compact").await;
    assert_eq!(output.status.code(), Some(0), "{}", stderr(&output));
    assert!(stdout(&output).contains("bytes before"), "{}", stdout(&output));
    let folder = server.stop().await;
    let (code, report) = verify(folder.path());
    assert_eq!((code, &report["collections"][0]["entries"]), (Some(0), &51.into()), "{report}");
}

type HealthWatch = tonic::Streaming<HealthCheckResponse>;

async fn watch(channel: &Channel, service: &str) -> HealthWatch {
    let request = HealthCheckRequest { service: service.into() };
    HealthClient::new(channel.clone()).watch(request).await.unwrap().into_inner()
}

async fn next(watch: &mut HealthWatch) -> ServingStatus {
    watch.message().await.unwrap().unwrap().status()
}

/// Puts units until a put is refused, and returns the refusal.
async fn put_until_refused(server: &TestServer) -> (tonic::Code, String, String) {
    loop {
        let request = proto::PutUnitsRequest {
            memory: "m".into(),
            units: vec![draft("لا", "no")],
            ..Default::default()
        };
        let answer = server.memories().put_units(request).await;
        if answer.is_err() {
            return refusal(answer);
        }
    }
}

#[tokio::test]
async fn health_says_when_writes_have_stopped_and_lookups_go_on() {
    // The whole folder is removed, or another file takes the place of the store's.
    for remove_folder in [true, false] {
        let server = TestServer::start().await;
        let elsewhere = tempfile::tempdir().unwrap();
        let moved = elsewhere.path().join("moved");
        server.create("m").await;
        server.put("m", vec![draft("نعم", "yes")]).await;
        let mut writes = watch(&server.channel, WRITES_SERVICE).await;
        assert_eq!(next(&mut writes).await, ServingStatus::Serving);
        if remove_folder {
            // Renamed, because the server may be writing a checkpoint into it.
            fs::rename(server.folder.path(), &moved).unwrap();
        } else {
            let db = server.folder.path().join("db");
            fs::rename(&db, db.with_extension("away")).unwrap();
            fs::copy(db.with_extension("away"), &db).unwrap();
        }
        let (code, reason, _) = put_until_refused(&server).await;
        assert_eq!((code, reason.as_str()), (tonic::Code::Unavailable, "WRITES_STOPPED"));
        assert_eq!(next(&mut writes).await, ServingStatus::NotServing);
        assert_eq!(next(&mut watch(&server.channel, "").await).await, ServingStatus::Serving);
        assert_eq!(server.look_up("نعم", Default::default()).await.len(), 1);
        let list = server.memories().list_memories(proto::ListMemoriesRequest::default()).await;
        assert_eq!(list.unwrap().into_inner().memories.len(), 1);
        let status = server.admin().get_store_status(proto::GetStoreStatusRequest {}).await;
        if remove_folder {
            assert_eq!(refusal(status).1, "WRITES_STOPPED");
        } else {
            let why = status.unwrap().into_inner().write_refusal.unwrap();
            assert_eq!(why.reason, "WRITES_STOPPED");
            assert!(why.cause.contains("was removed or replaced"), "{}", why.cause);
        }
    }
}

#[tokio::test]
async fn health_says_that_a_full_disk_refuses_writes() {
    let server = TestServer::start_with(|s| s.store.disk_reserve_bytes = u64::MAX).await;
    assert_eq!(next(&mut watch(&server.channel, WRITES_SERVICE).await).await, ServingStatus::NotServing);
    assert_eq!(next(&mut watch(&server.channel, "").await).await, ServingStatus::Serving);
    let status = server.admin().get_store_status(proto::GetStoreStatusRequest {}).await.unwrap().into_inner();
    assert_eq!(status.write_refusal.unwrap().reason, "DISK_LOW");
}

#[tokio::test]
async fn health_of_writes_ends_with_the_server() {
    let server = TestServer::start_with(|s| s.grace = std::time::Duration::from_millis(300)).await;
    let mut writes = watch(&server.channel, WRITES_SERVICE).await;
    assert_eq!(next(&mut writes).await, ServingStatus::Serving);
    let stopped = tokio::spawn(server.stop());
    assert_eq!(next(&mut writes).await, ServingStatus::NotServing);
    stopped.await.unwrap();
}
