//! Measures the times of lookups on a corpus, and the memory of its index.
//!
//! ```sh
//! cargo bench --bench lookup -- --corpus C.tsv --queries Q.tsv [--first N] [--json]
//! ```
//!
//! `C.tsv` has rows `source TAB target`. `Q.tsv` has the segments to look up in its last column. `index` is
//! the time of the filter and of comparing the rows that pass it. `engine` is the time of a whole answer: the
//! units are also read, judged and compared word by word. One thread does one lookup after another.

mod measure;
mod plot;

use std::{fs, path::PathBuf, process::ExitCode, time::Instant};

use clap::Parser;
use dhakira::{
    matching::{Index, Snapshot, UnitRef},
    score::Score,
    text::folded,
    unit::Sequence,
};
use measure::{Corpus, LatencyLine, engine_lines, index_lines};

#[derive(Debug, Parser)]
#[command(about = "Times lookups on a corpus")]
struct Args {
    /// The corpus: rows `source TAB target`
    #[arg(long, value_name = "FILE")]
    corpus: PathBuf,
    /// The queries: segments to look up, in the last column
    #[arg(long, value_name = "FILE")]
    queries: PathBuf,
    /// Number of queries to take from the file [default: all]
    #[arg(long, value_name = "N")]
    first: Option<usize>,
    /// Thresholds in percent
    #[arg(long, value_name = "PERCENT", value_delimiter = ',', default_values_t = [70.0, 85.0])]
    threshold: Vec<f64>,
    /// Measure only the filter and the comparison
    #[arg(long)]
    index_only: bool,
    /// Sizes to measure besides the whole corpus, as numbers of rows from its start
    #[arg(long, value_name = "ROWS", value_delimiter = ',')]
    sizes: Vec<usize>,
    /// How often to look each query up; the median time counts
    #[arg(long, value_name = "N", default_value_t = 3)]
    rounds: usize,
    /// Draw plots into this folder
    #[arg(long, value_name = "FOLDER")]
    plots: Option<PathBuf>,
    /// Figures of other tools to add to the plots, as `name TAB rows TAB milliseconds`
    #[arg(long, value_name = "FILE")]
    peers: Option<PathBuf>,
    /// Print one line of JSON instead of a table
    #[arg(long)]
    json: bool,
    /// Ignored; `cargo bench` adds it
    #[arg(long, hide = true)]
    bench: bool,
}

/// The number of matches of each lookup.
const MATCH_LIMIT: usize = 5;

fn main() -> ExitCode {
    match run(&Args::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(cause) => {
            eprintln!("{cause}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &Args) -> Result<(), Box<dyn std::error::Error>> {
    let corpus = Corpus::read(&args.corpus)?;
    let queries: Vec<String> = fs::read_to_string(&args.queries)?
        .lines()
        .filter_map(|line| line.rsplit('\t').next())
        .filter(|text| !folded(text).is_empty())
        .take(args.first.unwrap_or(usize::MAX))
        .map(str::to_owned)
        .collect();
    let thresholds = args
        .threshold
        .iter()
        .map(|t| Score::from_percent(*t).ok_or_else(|| format!("--threshold {t}: 0 to 100, two decimals")))
        .collect::<Result<Vec<_>, _>>()?;

    let mut sizes: Vec<usize> = args.sizes.iter().copied().filter(|n| *n < corpus.rows.len()).collect();
    sizes.push(corpus.rows.len());
    let mut growth = Vec::new();
    let mut by_length = Vec::new();
    for size in sizes {
        let started = Instant::now();
        let mut index = Index::default();
        for (n, (source, _)) in corpus.rows.iter().take(size).enumerate() {
            let text = folded(source);
            if !text.is_empty() {
                index.add(&text, UnitRef { sequence: Sequence(n as u64 + 1), fingerprint: 0 });
            }
        }
        index.optimize();
        let build_s = started.elapsed().as_secs_f64();
        let (beside, _) = index.memory_bytes();
        let snapshot = index.snapshot();
        let mut lines = index_lines(&snapshot, &queries, &thresholds, MATCH_LIMIT, args.rounds);
        if !args.index_only {
            let rows = corpus.rows.get(..size).unwrap_or_default();
            let engine = engine_lines(rows, &queries, &thresholds, MATCH_LIMIT, args.rounds)?;
            by_length = measure::by_length(&engine);
            lines.extend(engine);
        }
        growth.push(SizeReport {
            rows: snapshot.sources(),
            bytes_per_segment: beside as f64 / snapshot.sources().max(1) as f64,
            build_s,
            lines,
        });
    }
    if let Some(folder) = &args.plots {
        let peers = args.peers.as_ref().map(fs::read_to_string).transpose()?;
        plot::write(folder, &growth, peers.as_deref().unwrap_or_default())?;
    }
    let print = if args.json { print_json } else { print_table };
    print(&growth, &by_length);
    Ok(())
}

/// The measurements at one size.
struct SizeReport {
    rows: usize,
    bytes_per_segment: f64,
    build_s: f64,
    lines: Vec<LatencyLine>,
}

fn print_table(growth: &[SizeReport], by_length: &[measure::ByLength]) {
    for m in growth {
        println!(
            "{} rows, {} best, one thread, {}: {:.1} bytes per segment besides its text, built in {:.1} s",
            m.rows,
            MATCH_LIMIT,
            Snapshot::instruction_set(),
            m.bytes_per_segment,
            m.build_s
        );
        println!(
            "{:>9} {:>7} {:>8} {:>10} {:>10} {:>10}",
            "threshold", "what", "queries", "p50 us", "p95 us", "p99 us"
        );
        for line in &m.lines {
            println!(
                "{:>9} {:>7} {:>8} {:>10.1} {:>10.1} {:>10.1}",
                line.threshold.percent(),
                line.what,
                line.times.len(),
                line.percentile(50),
                line.percentile(95),
                line.percentile(99)
            );
        }
    }
    if !by_length.is_empty() {
        println!("{:>13} {:>9} {:>8} {:>10} {:>10}", "length", "threshold", "queries", "p50 us", "p99 us");
        for b in by_length {
            let range = format!("{}-{}", b.min, b.max);
            println!(
                "{range:>13} {:>9} {:>8} {:>10.1} {:>10.1}",
                b.line.threshold.percent(),
                b.line.times.len(),
                b.line.percentile(50),
                b.line.percentile(99)
            );
        }
    }
}

fn print_json(growth: &[SizeReport], by_length: &[measure::ByLength]) {
    let Some(m) = growth.last() else { return };
    let whole = serde_json::json!({
        "rows": m.rows,
        "k": MATCH_LIMIT,
        "threads": 1,
        "isa": Snapshot::instruction_set(),
        "bytes_per_segment": tenth(m.bytes_per_segment),
        "build_s": tenth(m.build_s),
        "results": m.lines.iter().map(result_json).collect::<Vec<_>>(),
        "by_length": by_length.iter().map(range_json).collect::<Vec<_>>(),
    });
    println!("{whole}");
}

/// Rounds to one decimal.
fn tenth(number: f64) -> f64 {
    (number * 10.0).round() / 10.0
}

fn result_json(line: &LatencyLine) -> serde_json::Value {
    serde_json::json!({
        "threshold": line.threshold.percent(),
        "what": line.what,
        "queries": line.times.len(),
        "p50_us": tenth(line.percentile(50)),
        "p95_us": tenth(line.percentile(95)),
        "p99_us": tenth(line.percentile(99)),
    })
}

fn range_json(range: &measure::ByLength) -> serde_json::Value {
    serde_json::json!({
        "min": range.min,
        "max": range.max,
        "threshold": range.line.threshold.percent(),
        "p50_us": tenth(range.line.percentile(50)),
        "p99_us": tenth(range.line.percentile(99)),
    })
}
