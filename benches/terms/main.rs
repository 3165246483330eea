//! How long term recognition takes, and how long a glossary takes to load.
//!
//! ```sh
//! cargo bench --bench terms -- --terms T.tsv --texts S.tsv [--sizes 1000,100000,250000]
//! ```
//!
//! Takes the first column of both files. Terms that are short of a size are made from others by joining two. Prints for
//! each size: µs a text of 100 characters (median over rounds), µs to load the terms, and µs until one more is found.

use std::{fs, hint::black_box, time::Instant};

use dhakira::{
    locale::Locale,
    name::Name,
    term::{Concept, ConceptDraft, PartOfSpeech, Term},
    terminology::{Recognizer, Wanted},
    unit::{Sequence, Stamp},
};

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

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    let value = |name: &str| arguments.iter().position(|a| a == name).and_then(|at| arguments.get(at + 1));
    let (Some(terms), Some(texts)) = (value("--terms"), value("--texts")) else {
        // `cargo test --benches` and `cargo bench` without arguments have nothing to measure.
        eprintln!(
            "usage: cargo bench --bench terms -- --terms T.tsv --texts S.tsv [--sizes 1000,100000,250000]"
        );
        return;
    };
    let sizes = value("--sizes").map_or("1000,100000,250000", String::as_str);
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
                    let nth = |n: usize| known.get(n % base).map_or("", String::as_str);
                    concept(n, &format!("{} {}", nth(n), nth(n.wrapping_mul(7919))))
                }
            })
            .collect();
        let start = Instant::now();
        let mut recognizer = Recognizer::default();
        // Readers see each thousand, as an import brings them.
        let mut seen = recognizer.clone();
        for batch in all.chunks(1_000) {
            batch.iter().for_each(|c| recognizer.add(c, "ar"));
            recognizer.settle(|_, _| true);
            seen = recognizer.clone();
        }
        let load = start.elapsed();
        drop(seen);
        let one_more = concept(size + 1, "منظار الأعماق");
        let shared = recognizer.clone();
        let start = Instant::now();
        recognizer.add(&one_more, "ar");
        recognizer.settle(|_, _| true);
        let found = recognizer
            .clone()
            .recognize("بمناظير الأعماق", Wanted::default(), |_, _| true)
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
                terms += black_box(recognizer.recognize(text, Wanted::default(), |_, _| true))
                    .map_or(0, |f| f.len());
                chars += text.chars().count();
            }
            rounds.push(start.elapsed().as_secs_f64() * 1e6 / chars as f64 * 100.0);
        }
        println!(
            "{size:>8} terms: {:.1} µs a text of 100 characters; loaded in {} ms; one more found after {} µs ({found}); \
             {:.1} terms a text",
            median(rounds),
            load.as_millis(),
            added.as_micros(),
            terms as f64 / texts.len() as f64,
        );
    }
}
