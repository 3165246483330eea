//! Times the steps of a lookup one by one.
//!
//! ```sh
//! cargo bench --bench micro
//! ```
//!
//! The texts are made of common words by a fixed rule, so that each run has the same ones.

use dhakira::{
    matching::{FoldedSegment, Index, Query, UnitRef, diff, similarity},
    score::Score,
    segment::Segment,
    text::{FoldMap, Newlines, SegmentationOptions, folded, lint, same, segment},
    unit::{Context, Sequence},
};
use divan::{Bencher, counter::BytesCount};
use unicode_segmentation::UnicodeSegmentation;

const WORDS: [&str; 16] = [
    "وصل",
    "الوفد",
    "إلى",
    "المدينة",
    "صباح",
    "اليوم",
    "لم",
    "يُوقِّع",
    "العقد",
    "٢٠٢٤",
    "مدير",
    "الشركة",
    "بعد",
    "اجتماع",
    "طويل",
    "في",
];

/// Makes a text of so many words. Different numbers give different texts.
fn text(words: usize, number: usize) -> String {
    let mut text: Vec<&str> = Vec::with_capacity(words);
    for n in 0..words {
        let nth = (number.wrapping_mul(0x9E37) >> (n % 11)).wrapping_add(7 * n) % WORDS.len();
        text.extend(WORDS.get(nth).copied());
    }
    text.join(" ")
}

fn main() {
    divan::main();
}

#[divan::bench(args = [10, 40])]
fn fold_same(bencher: Bencher<'_, '_>, words: usize) {
    let text = text(words, 1);
    bencher.counter(BytesCount::of_str(&text)).bench(|| same(divan::black_box(&text)));
}

#[divan::bench(args = [10, 40])]
fn fold(bencher: Bencher<'_, '_>, words: usize) {
    let text = text(words, 1);
    bencher.counter(BytesCount::of_str(&text)).bench(|| folded(divan::black_box(&text)));
}

/// Texts that nobody writes must not take many times as long per byte.
#[divan::bench(args = [".", "\"", "\u{64e}", "ا", "ا\u{64e}", "\u{200d}", "ا\u{200d}", " .", "rsquo;", "\u{FEFB}"])]
fn fold_one_thing_over_and_over(bencher: Bencher<'_, '_>, thing: &str) {
    let document = thing.repeat((1 << 18) / thing.len());
    bencher.counter(BytesCount::of_str(&document)).bench(|| folded(divan::black_box(&document)));
}

#[divan::bench(args = [10, 40])]
fn fold_with_offsets(bencher: Bencher<'_, '_>, words: usize) {
    let text = text(words, 1);
    bencher.counter(BytesCount::of_str(&text)).bench(|| FoldMap::folded(divan::black_box(&text)));
}

/// Makes a document of 1,000 sentences.
fn document() -> String {
    (0..1_000).map(|n| format!("{}. ", text(8 + n % 12, n))).collect()
}

#[divan::bench]
fn lint_a_document(bencher: Bencher<'_, '_>) {
    let document = document();
    bencher.counter(BytesCount::of_str(&document)).bench(|| lint(divan::black_box(&document)));
}

/// Times the sentences of UAX 29 alone, by the crate that we use, for comparison.
#[divan::bench]
fn segment_a_document_by_uax29_alone(bencher: Bencher<'_, '_>) {
    let document = document();
    bencher
        .counter(BytesCount::of_str(&document))
        .bench(|| divan::black_box(&document).split_sentence_bound_indices().count());
}

#[divan::bench]
fn segment_a_document(bencher: Bencher<'_, '_>) {
    let document = document();
    let options = SegmentationOptions::default();
    bencher.counter(BytesCount::of_str(&document)).bench(|| segment(divan::black_box(&document), &options));
}

/// Texts that nobody writes must not take many times as long per byte.
#[divan::bench(args = [".", "\"", "\u{64e}", "ا", "ا.", ".\"", "\r", "؟ا", "«.» "])]
fn segment_one_thing_over_and_over(bencher: Bencher<'_, '_>, thing: &str) {
    let document = thing.repeat((1 << 18) / thing.len());
    let options = SegmentationOptions { newlines: Newlines::AfterComma, ..SegmentationOptions::default() };
    bencher.counter(BytesCount::of_str(&document)).bench(|| segment(divan::black_box(&document), &options));
}

#[divan::bench(args = [10, 40])]
fn prepare_query(bencher: Bencher<'_, '_>, words: usize) {
    let segment = Segment::plain(text(words, 1));
    bencher.bench(|| Query::new(FoldedSegment::new(divan::black_box(segment.clone())), Context::default()));
}

#[divan::bench(args = [10, 40])]
fn guard_a_row(bencher: Bencher<'_, '_>, words: usize) {
    let asked = Query::new(FoldedSegment::new(Segment::plain(text(words, 1))), Context::default());
    let row = folded(&text(words, 2));
    bencher.bench(|| asked.match_row(divan::black_box(&row), Score::ZERO));
}

#[divan::bench(args = [10, 40])]
fn distance_by_strsim(bencher: Bencher<'_, '_>, words: usize) {
    let (a, b) = (folded(&text(words, 1)), folded(&text(words, 2)));
    bencher.bench(|| similarity(divan::black_box(&a), divan::black_box(&b)));
}

#[divan::bench(args = [10, 40])]
fn diff_two(bencher: Bencher<'_, '_>, words: usize) {
    let (a, b) = (text(words, 1), text(words, 2));
    bencher.bench(|| diff(divan::black_box(&a), divan::black_box(&b)));
}

fn index(rows: usize) -> Index {
    let mut index = Index::default();
    for n in 0..rows {
        let unit = UnitRef { sequence: Sequence(n as u64 + 1), fingerprint: 0 };
        index.add(&folded(&format!("{} {n}", text(6 + n % 9, n))), unit);
    }
    index.optimize();
    index
}

#[divan::bench(args = [70, 85, 95])]
fn search_20_000_rows(bencher: Bencher<'_, '_>, percent: u16) {
    let snapshot = index(20_000).snapshot();
    let question = folded(&format!("{} 1234", text(10, 99)));
    let bar = Score::from_hundredths(100 * percent);
    bencher.bench(|| {
        let mut found = 0;
        snapshot.search(&[(divan::black_box(&question), bar)], &|| false, &mut |_, _| {
            found += 1;
            Score::ZERO
        });
        found
    });
}

#[divan::bench]
fn add_1_000_rows(bencher: Bencher<'_, '_>) {
    bencher.bench(|| index(1_000));
}
