//! Measures lookups in the index and in the engine.

use std::{
    fs, io,
    path::Path,
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use dhakira::{
    caller::Caller,
    clock::SystemClock,
    engine::{Deadline, Engine, ImportTarget, LookupOptions, NewCollection},
    interchange::UnitFormat,
    limits::Limits,
    matching::{FoldedSegment, Snapshot},
    name::Name,
    score::Score,
    segment::Segment,
    store::StoreOptions,
    text::folded,
    unit::Context,
};

/// The rows of a corpus: source and target.
pub(crate) struct Corpus {
    pub(crate) rows: Vec<(String, String)>,
}

impl Corpus {
    /// Reads a file of rows `source TAB target`.
    pub(crate) fn read(path: &Path) -> io::Result<Self> {
        let text = fs::read_to_string(path)?;
        Ok(Self { rows: text.split('\n').filter_map(read_row).collect() })
    }
}

fn read_row(line: &str) -> Option<(String, String)> {
    let mut cells = line.split('\t');
    Some((cells.next()?.to_owned(), cells.next()?.to_owned()))
}

/// The times of all queries at one threshold.
pub(crate) struct LatencyLine {
    pub(crate) threshold: Score,
    pub(crate) what: &'static str,
    /// Length of the folded query in characters, and microseconds; sorted by time.
    pub(crate) times: Vec<(usize, f64)>,
}

impl LatencyLine {
    fn new(threshold: Score, what: &'static str, mut times: Vec<(usize, f64)>) -> Self {
        times.sort_by(|a, b| a.1.total_cmp(&b.1));
        Self { threshold, what, times }
    }

    /// Returns a percentile of the times, in microseconds.
    pub(crate) fn percentile(&self, percent: usize) -> f64 {
        let last = self.times.len().saturating_sub(1);
        self.times.get((self.times.len() * percent / 100).min(last)).map_or(0.0, |t| t.1)
    }
}

/// The times of queries in one range of lengths.
pub(crate) struct ByLength {
    pub(crate) min: usize,
    pub(crate) max: usize,
    pub(crate) line: LatencyLine,
}

/// Splits the times of each line by the length of the query.
pub(crate) fn by_length(lines: &[LatencyLine]) -> Vec<ByLength> {
    const RANGES: [(usize, usize); 6] = [(1, 20), (21, 50), (51, 120), (121, 200), (201, 600), (1, 120)];
    lines
        .iter()
        .flat_map(|line| RANGES.iter().filter_map(move |(min, max)| in_range(line, *min, *max)))
        .collect()
}

/// Returns the times of the queries with `min` to `max` characters, if there are any.
fn in_range(line: &LatencyLine, min: usize, max: usize) -> Option<ByLength> {
    let times: Vec<_> = line.times.iter().copied().filter(|(n, _)| (min..=max).contains(n)).collect();
    (!times.is_empty()).then(|| ByLength {
        min,
        max,
        line: LatencyLine::new(line.threshold, line.what, times),
    })
}

/// Returns the median, or 0 if there are no numbers.
fn median(numbers: &mut [f64]) -> f64 {
    numbers.sort_by(f64::total_cmp);
    numbers.get(numbers.len() / 2).copied().unwrap_or_default()
}

/// Runs every query `rounds` times after a first round that is not timed, and returns the median of each. The
/// queries take turns, so that none finds the cache as it left it.
fn time_queries(queries: &[String], rounds: usize, mut ask: impl FnMut(&str)) -> Vec<(usize, f64)> {
    let mut times: Vec<Vec<f64>> = vec![Vec::new(); queries.len()];
    for round in 0..=rounds {
        for (query, times) in queries.iter().zip(&mut times) {
            let started = Instant::now();
            ask(query);
            if round > 0 {
                times.push(started.elapsed().as_secs_f64() * 1e6);
            }
        }
    }
    queries.iter().zip(&mut times).map(|(q, times)| (folded(q).chars().count(), median(times))).collect()
}

/// Measures searches in the index: filter and comparison.
pub(crate) fn index_lines(
    snapshot: &Snapshot,
    queries: &[String],
    thresholds: &[Score],
    best: usize,
    times: usize,
) -> Vec<LatencyLine> {
    let mut lines = Vec::new();
    for threshold in thresholds {
        let times = time_queries(queries, times, |query| {
            let text = folded(query);
            let mut found: Vec<Score> = Vec::new();
            snapshot.search(&[(&text, *threshold)], &|| false, &mut |_, hit| {
                found.push(hit.similarity);
                found.sort_unstable_by(|a, b| b.cmp(a));
                found.truncate(best);
                found.get(best - 1).copied().unwrap_or(Score::ZERO)
            });
            std::hint::black_box(found);
        });
        lines.push(LatencyLine::new(*threshold, "index", times));
    }
    lines
}

/// Measures whole lookups in the engine, and prints the rate of batches.
pub(crate) fn engine_lines(
    rows: &[(String, String)],
    queries: &[String],
    thresholds: &[Score],
    best: usize,
    times: usize,
) -> Result<Vec<LatencyLine>, Box<dyn std::error::Error>> {
    let folder = tempfile::tempdir()?;
    let (engine, _) =
        Engine::open(folder.path(), &StoreOptions::default(), Limits::default(), Box::new(SystemClock))?;
    let caller = Caller::anonymous();
    let memory = Name::parse("bench")?;
    let target = ImportTarget {
        create: Some(NewCollection::arabic_to_english(memory.clone())),
        only_new: true,
        file_name: "corpus.tsv".to_owned(),
        ..ImportTarget::new(memory)
    };
    let mut bytes = Vec::new();
    for (source, target) in rows {
        bytes.extend_from_slice(format!("{source}\t{target}\n").as_bytes());
    }
    let report = engine.import_file(&caller, target, UnitFormat::Tsv, bytes.as_slice(), &mut |_| {})?;
    eprintln!("{} units stored, {} refused", report.tally.stored, report.refused);
    let mut lines = Vec::new();
    for threshold in thresholds {
        let options = LookupOptions { threshold: *threshold, limit: best, ..LookupOptions::default() };
        print_batch_rate(&engine, queries, &options);
        let times = time_queries(queries, times, |query| {
            let answer = engine.lookup(
                &caller,
                Segment::plain(query),
                Context::default(),
                &options,
                &Deadline::never(),
            );
            std::hint::black_box(answer.map(|a| a.matches.len()).unwrap_or_default());
        });
        lines.push(LatencyLine::new(*threshold, "engine", times));
    }
    Ok(lines)
}

/// Looks all queries up in batches of 1,000 on all cores, and prints the median rate.
fn print_batch_rate(engine: &Engine, queries: &[String], options: &LookupOptions) {
    let threads = std::thread::available_parallelism().map_or(1, usize::from);
    let mut rates: Vec<f64> = Vec::new();
    for _ in 0..3 {
        let started = Instant::now();
        for chunk in queries.chunks(1_000) {
            let segments =
                chunk.iter().map(|q| (FoldedSegment::new(Segment::plain(q)), Context::default())).collect();
            let batch =
                engine.prepare_batch(&Caller::anonymous(), segments, options.clone(), Deadline::never());
            let Ok(batch) = batch else { return };
            let next = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..threads {
                    scope.spawn(|| {
                        loop {
                            let group = next.fetch_add(1, Ordering::Relaxed);
                            if group >= batch.groups() {
                                break;
                            }
                            std::hint::black_box(engine.answer_group(&batch, group).map_or(0, |a| a.len()));
                        }
                    });
                }
            });
        }
        rates.push(queries.len() as f64 / started.elapsed().as_secs_f64());
    }
    let rate = median(&mut rates);
    eprintln!("batches of 1,000 at {}, {threads} threads: {rate:.0} segments/s", options.threshold);
}
