//! kill -9: after reopening, every acknowledged write is there, and no write is half there.
//!
//! `DHAKIRA_KILLS` is the number of kills (default 3; `just check-full` sets 30). The server is killed
//! when something has happened, not after a time, so that the default rounds see every case.
//!
//! A kill leaves the page cache of the operating system as it is. That `flush` and `sync_data` come
//! before every answer is tested in `src/store/commit.rs`.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
};

use dhakira::rpc::proto::{
    self, import_request::Part as In, import_response::Part as Out,
    interchange_service_client::InterchangeServiceClient, memory_service_client::MemoryServiceClient,
};
use tonic::transport::Channel;

use crate::support::{binary, draft};

fn text_of(variant: Option<proto::Variant>) -> String {
    variant.unwrap().segment.unwrap().text
}

/// A server in a process of its own.
struct Process {
    child: Child,
    channel: Channel,
}

impl Process {
    async fn start(data: &Path) -> Self {
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"])
            .arg(data)
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let address = line.trim().rsplit(' ').next().unwrap();
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Self { child, channel }
    }

    fn memories(&self) -> MemoryServiceClient<Channel> {
        MemoryServiceClient::new(self.channel.clone())
    }

    /// Kills the server. Its memory is lost, and its files are as they are.
    fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Returns the target of every unit of a memory by its source, or `None` if there is no such
    /// memory.
    async fn units(&self, memory: &str) -> Option<BTreeMap<String, String>> {
        let (mut all, mut page_token) = (BTreeMap::new(), String::new());
        loop {
            let request =
                proto::ListUnitsRequest { memory: memory.into(), page_size: 1_000, page_token, filter: None };
            let page = match self.memories().list_units(request).await {
                Ok(page) => page.into_inner(),
                Err(status) if status.code() == tonic::Code::NotFound => return None,
                Err(status) => panic!("{status:?}"),
            };
            for unit in page.units {
                let before = all.insert(text_of(unit.source), text_of(unit.target));
                assert!(before.is_none(), "a unit is there twice");
            }
            page_token = page.next_page_token;
            if page_token.is_empty() {
                return Some(all);
            }
        }
    }
}

/// Stops the server of a test that fails, because it would hold the output of `cargo test` open.
impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn kills() -> u64 {
    std::env::var("DHAKIRA_KILLS").ok().map_or(3, |n| n.parse().expect("DHAKIRA_KILLS is a number"))
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_units_survive_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut acknowledged: BTreeSet<u64> = BTreeSet::new();
    let mut next = 0;
    let mut process = Process::start(folder.path()).await;
    let request = proto::CreateMemoryRequest { name: "m".into(), ..Default::default() };
    process.memories().create_memory(request).await.unwrap();
    for round in 0..kills() {
        // There are four writers, and each call puts three units that belong together.
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let until = 5 + (round * 37) % 200;
        let mut writers = Vec::new();
        for writer in 0..4_u64 {
            let (mut client, sender) = (process.memories(), sender.clone());
            writers.push(tokio::spawn(async move {
                for n in (next + writer..).step_by(4) {
                    let units = (0..3)
                        .map(|part| draft(&format!("الجملة {n} الجزء {part}"), &format!("{n}/{part}")))
                        .collect();
                    let request = proto::PutUnitsRequest { memory: "m".into(), units, ..Default::default() };
                    if client.put_units(request).await.is_err() {
                        return n;
                    }
                    sender.send(n).unwrap();
                }
                unreachable!("the numbers do not end")
            }));
        }
        drop(sender);
        // The writers are in the middle of their next calls when the last of these is acknowledged.
        for _ in 0..until {
            acknowledged.insert(receiver.recv().await.unwrap());
        }
        process.kill();
        for writer in writers {
            next = next.max(writer.await.unwrap() + 4);
        }
        while let Some(n) = receiver.recv().await {
            acknowledged.insert(n);
        }
        process = Process::start(folder.path()).await;
        let stored = process.units("m").await.unwrap();
        let mut parts: BTreeMap<String, u32> = BTreeMap::new();
        for target in stored.values() {
            *parts.entry(target.split('/').next().unwrap().to_owned()).or_default() += 1;
        }
        for n in &acknowledged {
            assert_eq!(parts.get(&n.to_string()), Some(&3), "round {round}: acknowledged call {n}");
        }
        assert!(parts.values().all(|count| *count == 3), "round {round}: a call is half there: {parts:?}");
    }
    assert!(!acknowledged.is_empty());
    println!(
        "{} kills: {} acknowledged calls, {} units, all there",
        kills(),
        acknowledged.len(),
        acknowledged.len() * 3
    );
    process.kill();
}

/// What an import does when the server is killed.
#[derive(Clone, Copy, PartialEq, Eq)]
enum KillAt {
    /// It reads the file.
    Reading,
    /// It has read the last unit and completes.
    Completing,
    /// It has sent its report.
    Reported,
}

#[tokio::test(flavor = "multi_thread")]
async fn an_import_is_whole_or_absent_after_kill_9() {
    const UNITS: u64 = 12_000;
    let folder = tempfile::tempdir().unwrap();
    let rows: String = (0..UNITS).map(|n| format!("الجملة رقم {n}\t{n}\n")).collect();
    let mut process = Process::start(folder.path()).await;
    let request = proto::CreateMemoryRequest { name: "other".into(), ..Default::default() };
    process.memories().create_memory(request).await.unwrap();
    let request = proto::PutUnitsRequest {
        memory: "other".into(),
        units: vec![draft("نعم", "yes")],
        ..Default::default()
    };
    process.memories().put_units(request).await.unwrap();
    let (mut whole, mut absent, mut completing) = (0, 0, 0);
    for round in 0..kills() {
        let memory = format!("m{round}");
        let header = proto::ImportHeader {
            memory: memory.clone(),
            create: true,
            file_name: "x.tsv".into(),
            ..Default::default()
        };
        let mut parts = vec![In::Header(header)];
        parts.extend(rows.as_bytes().chunks(64 << 10).map(|c| In::Chunk(c.to_vec())));
        parts.push(In::End(proto::ImportEnd {}));
        let parts: Vec<_> = parts.into_iter().map(|part| proto::ImportRequest { part: Some(part) }).collect();
        let kill_at =
            [KillAt::Reading, KillAt::Completing, KillAt::Reported][usize::try_from(round % 3).unwrap()];
        let mut client = InterchangeServiceClient::new(process.channel.clone());
        let mut answers = client.import(tokio_stream::iter(parts)).await.unwrap().into_inner();
        let mut reported = false;
        loop {
            match answers.message().await.unwrap().unwrap().part.unwrap() {
                Out::Progress(_) if kill_at == KillAt::Reading => break,
                // All units are read. The server is about to complete the import, or has done so.
                Out::Progress(progress) if kill_at == KillAt::Completing && progress.units_read == UNITS => {
                    break;
                }
                Out::Progress(_) => {}
                Out::Report(report) => {
                    assert_eq!(report.stored, UNITS);
                    reported = true;
                    break;
                }
            }
        }
        process.kill();
        process = Process::start(folder.path()).await;
        let stored = process.units(&memory).await.map(|units| units.len() as u64);
        assert!(matches!(stored, None | Some(UNITS)), "round {round}: {stored:?} units are there");
        match kill_at {
            // Most of the file is still to be read.
            KillAt::Reading => assert_eq!(stored, None, "round {round}: it was not complete"),
            KillAt::Completing => completing += 1,
            KillAt::Reported => {
                assert!(reported, "round {round}");
                assert_eq!(stored, Some(UNITS), "round {round}: the report was sent");
            }
        }
        if stored.is_some() {
            whole += 1;
        } else {
            absent += 1;
        }
        assert_eq!(process.units("other").await.unwrap().len(), 1, "round {round}: another memory");
    }
    assert!(kills() < 3 || (whole > 0 && absent > 0 && completing > 0), "{whole} {absent} {completing}");
    println!(
        "{} kills, {completing} of them while an import completed: {whole} imports whole, {absent} absent",
        kills()
    );
    process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_and_ends_with_success() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path()).await;
    let request = proto::CreateMemoryRequest { name: "m".into(), ..Default::default() };
    process.memories().create_memory(request).await.unwrap();
    let pid = process.child.id().to_string();
    let mut process = process;
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(process.child.wait().unwrap().code(), Some(0));
    let process = Process::start(folder.path()).await;
    assert_eq!(process.units("m").await, Some(BTreeMap::new()));
    process.kill();
}
