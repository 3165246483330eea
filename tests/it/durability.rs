//! kill -9, power cuts and failing disks: after reopening, everything acknowledged is there, and no call is
//! half there.
//!
//! A kill leaves the page cache of the operating system as it is. For power cuts and faults the server
//! therefore runs on `tests/power/lazy_disk.rs`, which undoes what was not synced.
//!
//! `rounds.rs` has the variables that choose how long the tests run: `just power` runs many rounds.

mod actor;
mod call;
mod faults;
mod lazy_disk;
mod load;
mod process;
mod random;
mod rounds;
mod stored;

use dhakira::rpc::proto::{self, import_response::Part as Out};

use self::{
    lazy_disk::{CUT, LazyDisk},
    process::Process,
    rounds::{CUTS, Crash, kills, scratch, seed},
};
use crate::support::{draft, import_parts};

#[tokio::test(flavor = "multi_thread")]
async fn acknowledged_writes_survive_kill_9() {
    rounds::run("acknowledged_writes_survive_kill_9", &[Crash::Kill]).await;
}

#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    ignore = "the lazy disk is for Linux on x86-64"
)]
async fn acknowledged_writes_survive_a_power_cut() {
    rounds::run("acknowledged_writes_survive_a_power_cut", &CUTS).await;
}

/// Without syncs the same test must fail, because it would prove nothing otherwise.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    ignore = "the lazy disk is for Linux on x86-64"
)]
async fn the_power_cut_is_felt_without_syncs() {
    let folder = scratch("the_power_cut_is_felt_without_syncs");
    let held = rounds::run_series(&folder, (seed(), 0), 1, Crash::CutWithoutSyncs).await;
    assert!(held.is_err(), "nothing was synced, and nothing is lost: {held:?}");
    std::fs::remove_dir_all(&folder).unwrap();
}

/// A store whose first call was acknowledged is there after a power cut, with its folder.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    ignore = "the lazy disk is for Linux on x86-64"
)]
async fn a_new_store_survives_a_power_cut() {
    for crash in CUTS {
        let folder = scratch("a_new_store_survives_a_power_cut");
        let data = folder.join("data");
        let disk = LazyDisk::new(&data);
        let process = disk.start(&crash.variables()).await.expect("the server starts");
        let request = proto::CreateMemoryRequest { name: "m".into(), ..Default::default() };
        process.memories().create_memory(request).await.unwrap();
        assert_eq!(disk.cut(process), CUT);
        let process = Process::start_with(&data, &[]).await;
        let process = process.unwrap_or_else(|code| panic!("{crash:?}: it does not open: {code:?}"));
        assert!(units(&process, "m").await.is_some(), "{crash:?}: the memory is gone");
        process.kill();
        std::fs::remove_dir_all(&folder).unwrap();
    }
}

/// A disk that fails, or is full, in the middle of a write.
#[tokio::test(flavor = "multi_thread")]
#[cfg_attr(
    not(all(target_os = "linux", target_arch = "x86_64")),
    ignore = "the lazy disk is for Linux on x86-64"
)]
async fn acknowledged_writes_survive_a_failed_disk_call() {
    faults::run("acknowledged_writes_survive_a_failed_disk_call").await;
}

/// Returns the number of units of a memory, or `None` if there is no such memory.
async fn units(process: &Process, memory: &str) -> Option<u64> {
    match stored::read_units(process, memory).await {
        Ok(units) => Some(units.len() as u64),
        Err(status) if status.code() == tonic::Code::NotFound => None,
        Err(status) => panic!("{status:?}"),
    }
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
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("data");
    let rows: String = (0..UNITS).map(|n| format!("الجملة رقم {n}\t{n}\n")).collect();
    let mut process = Process::start(&folder).await;
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
        let parts = import_parts(header, rows.as_bytes(), 64 << 10);
        let kill_at =
            [KillAt::Reading, KillAt::Completing, KillAt::Reported][usize::try_from(round % 3).unwrap()];
        let mut client = process.interchange();
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
        process = Process::start(&folder).await;
        let stored = units(&process, &memory).await;
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
        assert_eq!(units(&process, "other").await, Some(1), "round {round}: another memory");
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
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path().join("data");
    let process = Process::start(&folder).await;
    let request = proto::CreateMemoryRequest { name: "m".into(), ..Default::default() };
    process.memories().create_memory(request).await.unwrap();
    let pid = process.id().to_string();
    assert!(std::process::Command::new("kill").args(["-TERM", &pid]).status().unwrap().success());
    assert_eq!(process.wait(), Some(0));
    let process = Process::start(&folder).await;
    assert_eq!(units(&process, "m").await, Some(0));
    process.kill();
}
