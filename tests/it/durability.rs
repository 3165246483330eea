//! kill -9: after reopening, every acknowledged write is there, and no write is half there.
//!
//! `DHAKIRA_KILLS` is the number of kills (default 2; `just check-full` sets 30).

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::Duration,
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

fn kills() -> u64 {
    std::env::var("DHAKIRA_KILLS").ok().map_or(2, |n| n.parse().expect("DHAKIRA_KILLS is a number"))
}

/// Returns a wait that differs from round to round, without a clock or a random number.
fn wait(round: u64) -> Duration {
    Duration::from_millis(20 + (round * 7_919) % 280)
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
        tokio::time::sleep(wait(round)).await;
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
    let (mut whole, mut absent) = (0, 0);
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
        let mut client = InterchangeServiceClient::new(process.channel.clone());
        let import = tokio::spawn(async move {
            let mut answers = client.import(tokio_stream::iter(parts)).await.ok()?.into_inner();
            loop {
                match answers.message().await.ok()??.part? {
                    Out::Progress(_) => {}
                    Out::Report(report) => return Some(report.stored),
                }
            }
        });
        tokio::time::sleep(wait(round)).await;
        process.kill();
        let reported = import.await.unwrap();
        process = Process::start(folder.path()).await;
        let stored = process.units(&memory).await.map(|units| units.len() as u64);
        assert!(matches!(stored, None | Some(UNITS)), "round {round}: {stored:?} units are there");
        if reported.is_some() {
            assert_eq!(stored, Some(UNITS), "round {round}: the report was sent");
        }
        if stored.is_some() {
            whole += 1;
        } else {
            absent += 1;
        }
        assert_eq!(process.units("other").await.unwrap().len(), 1, "round {round}: another memory");
    }
    println!("{} kills: {whole} imports whole, {absent} absent, none in between", kills());
    process.kill();
}

#[tokio::test(flavor = "multi_thread")]
async fn sigterm_drains_and_ends_with_success() {
    let folder = tempfile::tempdir().unwrap();
    let process = Process::start(folder.path()).await;
    let request = proto::CreateMemoryRequest { name: "m".into(), ..Default::default() };
    process.memories().create_memory(request).await.unwrap();
    let pid = process.child.id().to_string();
    let Process { mut child, channel } = process;
    drop(channel);
    assert!(Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
    let process = Process::start(folder.path()).await;
    assert_eq!(process.units("m").await, Some(BTreeMap::new()));
    process.kill();
}
