//! kill -9 and power cuts: after reopening, every acknowledged write is there, and no write is half
//! there.
//!
//! `DHAKIRA_KILLS` is the number of kills and of power cuts (default 3; `just check-full` sets 30). The
//! server is killed when something has happened, not after a time, so that the default rounds see every
//! case.
//!
//! A kill leaves the page cache of the operating system as it is. For power cuts the server therefore
//! runs on `tests/power/lazy_disk.rs`, which undoes what was not synced.

use std::{
    collections::{BTreeMap, BTreeSet},
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    sync::OnceLock,
};

use dhakira::rpc::proto::{
    self, import_request::Part as In, import_response::Part as Out,
    interchange_service_client::InterchangeServiceClient, memory_service_client::MemoryServiceClient,
};
use tonic::transport::Channel;

use crate::support::{binary, draft, root};

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
        Self::start_with(data, &[]).await.expect("the server starts")
    }

    /// Starts a server with environment variables. Returns `None` if its store does not open.
    async fn start_with(data: &Path, variables: &[(&str, String)]) -> Option<Self> {
        let mut child = Command::new(binary())
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "warn", "--data"])
            .arg(data)
            .envs(variables.iter().map(|(name, value)| (name, value)))
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.take().unwrap()).read_line(&mut line).unwrap();
        let Some(address) = line.trim().rsplit(' ').next().filter(|address| !address.is_empty()) else {
            child.wait().unwrap();
            return None;
        };
        let channel = Channel::from_shared(format!("http://{address}")).unwrap().connect().await.unwrap();
        Some(Self { child, channel })
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

/// What the servers of a test acknowledged.
#[derive(Default)]
struct Ledger {
    acknowledged: BTreeSet<u64>,
    next: u64,
}

impl Ledger {
    async fn create_memory(process: &Process) {
        let request = proto::CreateMemoryRequest { name: "m".into(), ..Default::default() };
        process.memories().create_memory(request).await.unwrap();
    }

    /// Lets four writers put units, three that belong together in a call, and ends the server once so many
    /// calls are acknowledged. The writers are in the middle of their next calls then.
    async fn write_until(&mut self, process: Process, calls: u64, end: impl FnOnce(Process)) {
        let (sender, mut receiver) = tokio::sync::mpsc::unbounded_channel();
        let mut writers = Vec::new();
        for writer in 0..4_u64 {
            let (mut client, sender, next) = (process.memories(), sender.clone(), self.next);
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
        for _ in 0..calls {
            self.acknowledged.insert(receiver.recv().await.unwrap());
        }
        end(process);
        for writer in writers {
            self.next = self.next.max(writer.await.unwrap() + 4);
        }
        while let Some(n) = receiver.recv().await {
            self.acknowledged.insert(n);
        }
    }

    /// Compares the units of a server with what was acknowledged.
    async fn check(&self, process: &Process) -> Result<(), String> {
        let stored = process.units("m").await.ok_or("the memory is gone")?;
        let mut parts: BTreeMap<String, u32> = BTreeMap::new();
        for target in stored.values() {
            *parts.entry(target.split('/').next().unwrap().to_owned()).or_default() += 1;
        }
        match self.acknowledged.iter().find(|n| parts.get(&n.to_string()) != Some(&3)) {
            Some(n) => Err(format!("acknowledged call {n} is lost")),
            None if parts.values().any(|count| *count != 3) => {
                Err(format!("a call is half there: {parts:?}"))
            }
            None => Ok(()),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_units_survive_kill_9() {
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::default();
    let mut process = Process::start(folder.path()).await;
    Ledger::create_memory(&process).await;
    for round in 0..kills() {
        ledger.write_until(process, 5 + (round * 37) % 200, Process::kill).await;
        process = Process::start(folder.path()).await;
        assert_eq!(ledger.check(&process).await, Ok(()), "round {round}");
    }
    let calls = ledger.acknowledged.len();
    println!("{} kills: {calls} acknowledged calls, {} units, all there", kills(), calls * 3);
    process.kill();
}

/// Compiles the disk that loses what was not synced.
fn lazy_disk() -> &'static Path {
    static LIBRARY: OnceLock<PathBuf> = OnceLock::new();
    LIBRARY.get_or_init(|| {
        let library = Path::new(env!("CARGO_TARGET_TMPDIR")).join("liblazy_disk.so");
        let rustc = std::env::var("RUSTC").unwrap_or("rustc".to_owned());
        let compiled = Command::new(rustc)
            .args(["--edition", "2024", "-O", "--crate-type", "cdylib", "-o"])
            .arg(&library)
            .arg(root().join("tests/power/lazy_disk.rs"))
            .status()
            .unwrap();
        assert!(compiled.success());
        library
    })
}

/// Starts a server on the lazy disk, writes, and cuts the power after so many acknowledged calls.
async fn write_and_cut_power(
    ledger: &mut Ledger,
    folder: &Path,
    library: &Path,
    seed: u64,
    variables: &[(&str, &str)],
) {
    let pipe = folder.with_extension("cut");
    let _ = std::fs::remove_file(&pipe);
    assert!(Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let mut all = vec![
        ("LD_PRELOAD", library.display().to_string()),
        ("LAZY_FOLDER", folder.canonicalize().unwrap().display().to_string()),
        ("LAZY_CUT", pipe.display().to_string()),
        ("LAZY_SEED", (seed * 7_919 + 1).to_string()),
    ];
    all.extend(variables.iter().map(|(name, value)| (*name, (*value).to_owned())));
    let process = Process::start_with(folder, &all).await.expect("the server starts");
    let cut = |mut process: Process| {
        std::fs::write(&pipe, [1]).unwrap();
        assert_eq!(process.child.wait().unwrap().code(), Some(137));
    };
    ledger.write_until(process, 5 + (seed * 37) % 100, cut).await;
    std::fs::remove_file(&pipe).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    ignore = "the lazy disk is for Linux on x86-64"
)]
async fn acknowledged_units_survive_a_power_cut() {
    let library = lazy_disk();
    for survives in ["nothing", "sectors", "allbutlast"] {
        let folder = tempfile::tempdir().unwrap();
        let mut ledger = Ledger::default();
        let process = Process::start(folder.path()).await;
        Ledger::create_memory(&process).await;
        process.kill();
        for round in 0..kills() {
            write_and_cut_power(&mut ledger, folder.path(), library, round, &[("LAZY_SURVIVES", survives)])
                .await;
            let process = Process::start(folder.path()).await;
            assert_eq!(ledger.check(&process).await, Ok(()), "{survives}, round {round}");
            process.kill();
        }
        println!("{} power cuts, {survives}: {} calls, all there", kills(), ledger.acknowledged.len());
    }
}

/// Without syncs the same test must fail, because it would prove nothing otherwise.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    ignore = "the lazy disk is for Linux on x86-64"
)]
async fn the_power_cut_is_felt_without_syncs() {
    let library = lazy_disk();
    let folder = tempfile::tempdir().unwrap();
    let mut ledger = Ledger::default();
    let process = Process::start(folder.path()).await;
    Ledger::create_memory(&process).await;
    process.kill();
    let variables = [("LAZY_SURVIVES", "nothing"), ("LAZY_SKIP", "fdatasync")];
    write_and_cut_power(&mut ledger, folder.path(), library, 1, &variables).await;
    let Some(process) = Process::start_with(folder.path(), &[]).await else { return };
    assert!(ledger.check(&process).await.is_err(), "nothing was synced, and nothing is lost");
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
