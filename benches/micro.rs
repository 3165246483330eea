//! Times the steps of a lookup one by one.
//!
//! ```sh
//! cargo bench --bench micro
//! ```
//!
//! The texts are made of common words by a fixed rule, so that each run has the same ones.
#![expect(clippy::expect_used, reason = "a benchmark panics when its setup fails")]

use std::sync::Arc;

use dhakira::{
    access::{Grant, Grants, NamePattern, NewToken, Role},
    caller::Caller,
    clock::SystemClock,
    engine::{Engine, NewCollection},
    limits::Limits,
    matching::{FoldedSegment, Index, Query, UnitRef, diff, similarity},
    name::Name,
    score::Score,
    segment::Segment,
    service::{AccessMode, Admission, Authenticator, WorkLimits},
    store::StoreOptions,
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

/// A store with a thousand tokens of ten grants each, and the authorization of one of them.
struct Tokens {
    _folder: tempfile::TempDir,
    engine: Arc<Engine>,
    authenticator: Authenticator,
    authorization: String,
}

fn tokens() -> Tokens {
    let folder = tempfile::tempdir().expect("a folder");
    let options = StoreOptions { disk_reserve_bytes: 0, ..StoreOptions::default() };
    let (engine, _) = Engine::open(folder.path(), &options, Limits::default(), Box::new(SystemClock))
        .unwrap_or_else(|error| panic!("{error}"));
    let caller = Caller::anonymous();
    let name = |text: &str| Name::parse(text).expect("a name");
    engine.create_memory(&caller, NewCollection::arabic_to_english(name("m9-x"))).expect("a memory");
    engine.create_memory(&caller, NewCollection::arabic_to_english(name("own-x"))).expect("a memory");
    let mut authorization = String::new();
    for _ in 0..1_000 {
        let pattern = |n: usize| NamePattern::parse(&format!("m{n}-*")).expect("a pattern");
        let grant = |n| Grant { role: Role::Reader, memories: vec![pattern(n)], glossaries: vec![] };
        let new = NewToken {
            name: name("someone"),
            grants: Grants((0..10).map(grant).collect()),
            expires_at: None,
            allow_unmatched: true,
        };
        let made = engine.create_token(&caller, new).expect("a token");
        authorization = format!("Bearer {}", made.secret.to_text());
    }
    let engine = Arc::new(engine);
    let admission = Admission::new(&WorkLimits::default(), dhakira::metrics::Metrics::default());
    assert!(admission.open(Arc::clone(&engine)));
    let authenticator = Authenticator::new(admission, AccessMode::Tokens);
    let tokens = Tokens { _folder: folder, engine, authenticator, authorization };
    let caller = tokens.caller();
    tokens.engine.note_use(&caller).expect("noted");
    tokens
}

impl Tokens {
    fn caller(&self) -> Caller {
        let found = self.authenticator.authenticate(Some(self.authorization.as_bytes()), None);
        found.expect("a caller")
    }
}

/// From what a call brings to its caller.
#[divan::bench]
fn token_to_caller(bencher: Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _context = runtime.enter();
    let tokens = tokens();
    bencher.bench_local(|| tokens.caller());
}

/// A memory by its name, with the rights of a token of ten grants.
#[divan::bench]
fn token_memory(bencher: Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _context = runtime.enter();
    let tokens = tokens();
    let (caller, memory) = (tokens.caller(), Name::parse("m9-x").expect("a name"));
    bencher.bench_local(|| tokens.engine.memory(&caller, divan::black_box(&memory)));
}

/// The same without a token, for comparison.
#[divan::bench]
fn token_memory_anonymous(bencher: Bencher<'_, '_>) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _context = runtime.enter();
    let tokens = tokens();
    let memory = Name::parse("m9-x").expect("a name");
    let caller = Caller::anonymous();
    bencher.bench_local(|| tokens.engine.memory(&caller, divan::black_box(&memory)));
}

/// The error for a memory that the caller may not read (`foreign`), and for names that nothing has.
#[divan::bench(args = ["foreign", "absent", "absent2"])]
fn token_refused(bencher: Bencher<'_, '_>, which: &str) {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    let _context = runtime.enter();
    let tokens = tokens();
    let name = Name::parse(match which {
        "foreign" => "own-x",
        "absent" => "owm-x",
        _ => "owl-x",
    });
    let name = name.expect("a name");
    let caller = tokens.caller();
    bencher.bench_local(|| tokens.engine.memory(&caller, divan::black_box(&name)));
}
