//! The same run of changes again and again, where another disk call fails each time.
//!
//! `DHAKIRA_CHANGES` is the number of changes of the run (default 60). Every 97th disk call fails, each in a
//! run of its own, until a run ends without a failure. The first one depends on the seed.
//!
//! Calls that are not answered in time are counted, and fail the test at its end. sled 0.34.7 alone does not
//! wake the thread that waits for a segment whose write has failed (`exit_reservation` in its `logger.rs`
//! sets the error, but notifies nobody); `src/store/call_watch.rs` wakes it.

use std::{fs, path::Path, time::Instant};

use super::{
    lazy_disk::LazyDisk,
    load::Load,
    process::Process,
    rounds::{notes_max, number_in, scratch, seed},
};
use crate::support::copy_folder;

/// The distance of the calls that fail.
const STEP: u64 = 97;

const ERRORS: [&str; 3] = ["eio", "enospc", "short"];

/// Runs until no call fails. Panics at the first broken promise.
pub(super) async fn run(test: &str) {
    let (seed, started) = (seed(), Instant::now());
    let changes = number_in("DHAKIRA_CHANGES").unwrap_or(60);
    let folder = scratch(&format!("{test}-{seed}"));
    let mut load = Load::new((seed, 0), notes_max());
    let process = Process::start(&folder.join("prepared")).await;
    load.prepare(&process).await;
    process.kill();
    let (mut runs, mut unanswered) = (0, 0);
    loop {
        let call = 1 + seed % STEP + runs * STEP;
        match one_run(&folder, load.clone(), changes, call, runs).await {
            Ok(Run { has_failed: false, .. }) => break,
            Ok(Run { is_late, .. }) => {
                runs += 1;
                unanswered += u64::from(is_late);
            }
            Err(problem) => panic!(
                "{test}: call {call} failed: {problem}\nThe folder is kept: {}\nRepeat it with: \
                 DHAKIRA_SEED={seed} DHAKIRA_CHANGES={changes} cargo test --test it {test}",
                folder.display()
            ),
        }
    }
    assert!(runs > 0, "no call failed");
    assert_eq!(
        unanswered, 0,
        "in so many runs a call was not answered: {test}, seed {seed}, {changes} changes"
    );
    fs::remove_dir_all(&folder).unwrap();
    let seconds = started.elapsed().as_secs();
    println!(
        "{test}: seed {seed}: {changes} changes, {runs} calls failed, nothing lost, all calls answered, {seconds} s"
    );
}

/// What happened in a run.
struct Run {
    /// Whether there was a call to fail.
    has_failed: bool,
    /// Whether a call was not answered in time.
    is_late: bool,
}

/// Runs the changes on a copy of the prepared store, lets one call fail, and checks the store.
async fn one_run(folder: &Path, mut load: Load, changes: u64, call: u64, run: u64) -> Result<Run, String> {
    let data = folder.join("data");
    let _ = fs::remove_dir_all(&data);
    copy_folder(&folder.join("prepared"), &data);
    let disk = LazyDisk::new(&data);
    let index = |of: u64| usize::try_from(run % of).unwrap();
    let variables = [
        ("LAZY_FAIL", call.to_string()),
        ("LAZY_ERROR", ERRORS[index(3)].to_owned()),
        ("LAZY_FAIL_ALL", ["0", "1"][index(2)].to_owned()),
        ("LAZY_META", ["early", "late"][index(4) / 2].to_owned()),
    ];
    let mut is_late = false;
    // A store that is not opened has acknowledged nothing.
    if let Ok(process) = disk.start(&variables).await {
        // After a failure either the process is killed or the power is cut.
        let end = |process: Process| {
            if run.is_multiple_of(2) {
                process.kill();
            } else {
                disk.cut(process);
            }
        };
        let failures = load.write_until(process, changes, end).await;
        if let Some(failure) = failures.iter().find(|failure| failure.is_refusal && failure.goes_on) {
            return Err(format!("a call was acknowledged after a failure: {}", failure.text));
        }
        is_late = failures.iter().any(|failure| failure.is_late);
    }
    let has_failed = disk.calls() >= call;
    let process = Process::start_with(&data, &[]).await;
    let process = process.map_err(|code| format!("the store does not open: {code:?}; see data.log"))?;
    load.check(&process).await?;
    process.kill();
    Ok(Run { has_failed, is_late })
}
