//! Which rounds a test runs, and a series of rounds on one store.
//!
//! Everything that a round decides comes from `DHAKIRA_SEED` (default 1): the calls of the actors, when the
//! power is cut, and what survives. How the calls interleave does not, so a failure may need several runs.
//!
//! Rounds are grouped in series of ten, each on a store of its own that goes from crash to crash.
//! `DHAKIRA_ROUNDS=40..60` runs the series with these rounds; without it, a test runs each way of
//! crashing once, with `DHAKIRA_KILLS` rounds (default 3). `DHAKIRA_MINUTES` ends a test after the series
//! in which that time is over. `DHAKIRA_PROGRESS` is a file where the last finished round is kept, so that
//! the test continues there.

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use super::{
    lazy_disk::{CUT, LazyDisk},
    load::{Load, Tally},
    process::Process,
    random::Random,
};
use crate::support::copy_folder;

/// The number of rounds on one store.
const SERIES: u64 = 10;

/// The largest size in bytes of the notes of a unit. `DHAKIRA_NOTES_MAX` changes it.
const NOTES_MAX: u64 = 60 << 10;

pub(super) fn number_in(variable: &str) -> Option<u64> {
    let text = std::env::var(variable).ok()?;
    Some(text.parse().unwrap_or_else(|_| panic!("{variable}={text} is not a number")))
}

pub(super) fn seed() -> u64 {
    number_in("DHAKIRA_SEED").unwrap_or(1)
}

pub(super) fn kills() -> u64 {
    number_in("DHAKIRA_KILLS").unwrap_or(3)
}

pub(super) fn notes_max() -> u64 {
    number_in("DHAKIRA_NOTES_MAX").unwrap_or(NOTES_MAX)
}

/// How the servers of a series end.
#[derive(Clone, Copy, Debug)]
pub(super) enum Crash {
    /// kill -9, which leaves the page cache of the operating system as it is.
    Kill,
    /// A power cut on the lazy disk.
    Cut { survives: &'static str, names: &'static str },
    /// The same on a disk where syncs do nothing.
    CutWithoutSyncs,
}

/// All kinds of power cuts.
pub(super) const CUTS: [Crash; 8] = [
    Crash::Cut { survives: "nothing", names: "early" },
    Crash::Cut { survives: "sectors", names: "late" },
    Crash::Cut { survives: "allbutlast", names: "early" },
    Crash::Cut { survives: "nothing", names: "late" },
    Crash::Cut { survives: "sectors", names: "early" },
    Crash::Cut { survives: "allbutlast", names: "late" },
    Crash::Cut { survives: "allbutone", names: "early" },
    Crash::Cut { survives: "allbutone", names: "late" },
];

impl Crash {
    pub(super) fn variables(self) -> Vec<(&'static str, String)> {
        match self {
            Self::Kill => vec![],
            Self::Cut { survives, names } => {
                vec![("LAZY_SURVIVES", survives.to_owned()), ("LAZY_META", names.to_owned())]
            }
            Self::CutWithoutSyncs => {
                vec![("LAZY_SURVIVES", "nothing".to_owned()), ("LAZY_SKIP", "fdatasync".to_owned())]
            }
        }
    }
}

/// A folder for the files of a test. It is removed unless the test fails.
pub(super) fn scratch(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder).unwrap();
    folder.canonicalize().unwrap()
}

/// Runs the rounds that the environment asks for. Panics at the first broken promise, with what is needed
/// to repeat the series.
pub(super) async fn run(test: &str, crashes: &[Crash]) {
    let (seed, started) = (seed(), Instant::now());
    let progress = std::env::var("DHAKIRA_PROGRESS").ok().map(PathBuf::from);
    let mut total = Tally::default();
    for rounds in series_to_run(crashes.len() as u64, seed, progress.as_deref()) {
        let series = rounds.start / SERIES;
        let crash = crashes[usize::try_from(series % crashes.len() as u64).unwrap()];
        let folder = scratch(&format!("{test}-{seed}-{series}"));
        match run_series(&folder, (seed, series), rounds.end - rounds.start, crash).await {
            Ok(tally) => {
                fs::remove_dir_all(&folder).unwrap();
                println!(
                    "{test}: rounds {rounds:?} hold: {crash:?}, {tally:?}, {} s",
                    started.elapsed().as_secs()
                );
                total += tally;
            }
            Err(problem) => panic!(
                "{test}: {crash:?}: {problem}\nThe folder is kept: {}\nRepeat it with: DHAKIRA_SEED={seed} \
                 DHAKIRA_ROUNDS={}..{} cargo test --test it {test}",
                folder.display(),
                series * SERIES,
                series * SERIES + SERIES,
            ),
        }
        if let Some(progress) = &progress {
            fs::write(progress, format!("seed {seed} next {}\n", rounds.end)).unwrap();
        }
        if number_in("DHAKIRA_MINUTES").is_some_and(|m| started.elapsed() > Duration::from_secs(m * 60)) {
            break;
        }
    }
    println!("{test}: seed {seed}: {total:?}, nothing lost, {} s", started.elapsed().as_secs());
}

/// Returns the rounds of each series to run.
fn series_to_run(crashes: u64, seed: u64, progress: Option<&Path>) -> Vec<Range<u64>> {
    let Ok(rounds) = std::env::var("DHAKIRA_ROUNDS") else {
        return (0..crashes).map(|series| series * SERIES..series * SERIES + kills()).collect();
    };
    let (from, to) = rounds.split_once("..").expect("DHAKIRA_ROUNDS is like 0..500");
    let (mut from, to): (u64, u64) = (from.parse().unwrap(), to.parse().unwrap());
    if let Some(file) = progress
        && let Ok(text) = fs::read_to_string(file)
        && let Some(next) = text.trim().strip_prefix(&format!("seed {seed} next "))
    {
        from = next.parse().unwrap();
        println!("{from} rounds of seed {seed} are done already: remove {} to start over", file.display());
    }
    (from / SERIES..to.div_ceil(SERIES))
        .map(|series| series * SERIES..to.min((series + 1) * SERIES))
        .collect()
}

/// Runs rounds on one store: start, check, write, crash. The folder of the store is `data`; `crashed` is a
/// copy of it as the last crash left it.
pub(super) async fn run_series(
    folder: &Path,
    seed: (u64, u64),
    rounds: u64,
    crash: Crash,
) -> Result<Tally, String> {
    let data = folder.join("data");
    let disk = LazyDisk::new(&data);
    let mut load = Load::new(seed, notes_max());
    let process = Process::start(&data).await;
    load.prepare(&process).await;
    process.kill();
    for round in 0..rounds {
        one_round(&disk, &data, &mut load, (seed, round), crash)
            .await
            .map_err(|problem| format!("round {}: {problem}", seed.1 * SERIES + round))?;
        let crashed = folder.join("crashed");
        let _ = fs::remove_dir_all(&crashed);
        // The folder itself may be what a power cut has lost.
        if data.exists() {
            copy_folder(&data, &crashed);
        }
    }
    let process = Process::start_with(&data, &[]).await.map_err(does_not_open)?;
    load.check(&process).await.map_err(|problem| format!("at the end: {problem}"))?;
    process.kill();
    Ok(load.tally)
}

fn does_not_open(code: Option<i32>) -> String {
    format!("the store does not open: the server ended with {code:?}; see data.log")
}

async fn one_round(
    disk: &LazyDisk,
    data: &Path,
    load: &mut Load,
    seed: ((u64, u64), u64),
    crash: Crash,
) -> Result<(), String> {
    let mut random = Random::new(seed);
    let calls = 5 + random.below(120);
    let mut variables = crash.variables();
    // In half of the rounds the power is cut at a disk call, also while the store is being opened, and in
    // the others after an answer.
    if matches!(crash, Crash::Cut { .. }) && random.percent(50) {
        variables.push(("LAZY_CUT_AT", (1 + random.below(400)).to_string()));
    }
    variables.push(("LAZY_SEED", random.number().to_string()));
    let started = match crash {
        Crash::Kill => Process::start_with(data, &[]).await,
        Crash::Cut { .. } | Crash::CutWithoutSyncs => disk.start(&variables).await,
    };
    let mut process = match started {
        Ok(process) => process,
        Err(CUT) => return Ok(()),
        Err(code) => return Err(does_not_open(code)),
    };
    if let Err(problem) = load.check(&process).await {
        // The power may have been cut while the store was read.
        return if process.has_ended() && process.wait() == CUT { Ok(()) } else { Err(problem) };
    }
    let mut code = CUT;
    let failures = match crash {
        Crash::Kill => load.write_until(process, calls, Process::kill).await,
        _ => load.write_until(process, calls, |process| code = disk.cut(process)).await,
    };
    if code != CUT {
        return Err(format!("the server ended with {code:?} before the power was cut; see data.log"));
    }
    match failures.into_iter().find(|failure| failure.is_refusal || failure.goes_on) {
        Some(failure) => Err(format!("a healthy disk, and yet a call failed: {}", failure.text)),
        None => Ok(()),
    }
}
