//! Times term recognition and the loading of a glossary.
//!
//! ```sh
//! cargo bench --bench terms -- --terms T.tsv --texts S.tsv [--sizes 1000,100000,250000]
//! ```
//!
//! Reads the first column of both files. If there are fewer terms than a size needs, more are made by joining
//! two terms. Prints for each size: µs per text of 100 characters (median over rounds), ms to load the terms,
//! and µs until an additional term is found.

use std::{fs, hint::black_box, time::Instant};

use dhakira::{
    locale::Locale,
    name::Name,
    term::{Concept, ConceptDraft, PartOfSpeech, Term},
    terminology::{RecognizeOptions, Recognizer},
    unit::{Sequence, Stamp},
};

/// Reads the first column of a file.
fn column(path: &str) -> Vec<String> {
    let text = fs::read_to_string(path).unwrap_or_else(|e| panic!("{path}: {e}"));
    text.lines().filter_map(|l| l.split('\t').next()).map(str::to_owned).collect()
}

fn concept(n: usize, text: &str) -> Concept {
    let term = Term { part_of_speech: PartOfSpeech::Noun, ..Term::new(text, Locale::arabic()) };
    Concept {
        sequence: Sequence(n as u64),
        glossary: Name::parse("g").unwrap_or_else(|e| panic!("{e}")),
        content: ConceptDraft { terms: vec![term], ..ConceptDraft::default() },
        stamp: Stamp::default(),
    }
}

fn median(mut all: Vec<f64>) -> f64 {
    all.sort_by(f64::total_cmp);
    all.get(all.len() / 2).copied().unwrap_or_default()
}

/// Returns the argument after a flag.
fn value<'a>(arguments: &'a [String], flag: &str) -> Option<&'a String> {
    arguments.iter().position(|a| a == flag).and_then(|at| arguments.get(at + 1))
}

/// Returns term `n`. After the last term comes the first one again.
fn cyclic(terms: &[String], n: usize) -> &str {
    terms.get(n % terms.len()).map_or("", String::as_str)
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let (Some(terms), Some(texts)) = (value(&arguments, "--terms"), value(&arguments, "--texts")) else {
        // `cargo test --benches` and `cargo bench` pass no files, so there is nothing to measure.
        eprintln!(
            "usage: cargo bench --bench terms -- --terms T.tsv --texts S.tsv [--sizes 1000,100000,250000]"
        );
        return;
    };
    let sizes = value(&arguments, "--sizes").map_or("1000,100000,250000", String::as_str);
    let mut known: Vec<String> = column(terms);
    known.retain(|t| (2..=40).contains(&t.chars().count()) && t.contains(|c| ('ء'..='ي').contains(&c)));
    known.sort();
    known.dedup();
    let base = known.len();
    let texts: Vec<String> =
        column(texts).into_iter().filter(|t| (80..=120).contains(&t.chars().count())).take(2_000).collect();
    println!("{base} terms, {} texts", texts.len());
    for size in sizes.split(',').filter_map(|s| s.parse::<usize>().ok()) {
        let all: Vec<Concept> = (0..size)
            .map(|n| match known.get(n) {
                Some(term) => concept(n, term),
                None => {
                    let (first, second) = (cyclic(&known, n), cyclic(&known, n.wrapping_mul(7919)));
                    concept(n, &format!("{first} {second}"))
                }
            })
            .collect();
        let start = Instant::now();
        let mut recognizer = Recognizer::default();
        // Readers get a new version after each thousand, as during an import.
        let mut seen = recognizer.clone();
        for batch in all.chunks(1_000) {
            batch.iter().for_each(|c| recognizer.add(c, "ar"));
            recognizer.publish(|_, _| true);
            seen = recognizer.clone();
        }
        let load = start.elapsed();
        drop(seen);
        let one_more = concept(size + 1, "منظار الأعماق");
        let shared = recognizer.clone();
        let start = Instant::now();
        recognizer.add(&one_more, "ar");
        recognizer.publish(|_, _| true);
        let found = recognizer
            .clone()
            .recognize("بمناظير الأعماق", RecognizeOptions::default(), |_, _| true)
            .map_or(0, |f| f.len());
        let added = start.elapsed();
        drop(shared);
        let mut rounds = Vec::new();
        let mut terms = 0;
        for _ in 0..7 {
            let start = Instant::now();
            terms = 0;
            let mut chars = 0;
            for text in &texts {
                terms += black_box(recognizer.recognize(text, RecognizeOptions::default(), |_, _| true))
                    .map_or(0, |f| f.len());
                chars += text.chars().count();
            }
            rounds.push(start.elapsed().as_secs_f64() * 1e6 / chars as f64 * 100.0);
        }
        println!(
            "{size:>8} terms: {:.1} µs per text of 100 characters; loaded in {} ms; an added term found after {} µs \
             ({found}); {:.1} terms per text",
            median(rounds),
            load.as_millis(),
            added.as_micros(),
            terms as f64 / texts.len() as f64,
        );
    }
}
