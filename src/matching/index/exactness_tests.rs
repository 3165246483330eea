//! Tests of the whole index: searches return what a comparison with every unit returns.

use std::{cell::Cell, collections::BTreeMap};

use proptest::prelude::*;

use super::{Completion, Index, Snapshot, UnitRef};
use crate::{matching::similarity, score::Score, unit::Sequence};

#[derive(Clone, Debug)]
enum Operation {
    Add(String),
    /// Adds this many variations of a text, enough to fill blocks.
    AddMany(String, usize),
    RemoveNth(prop::sample::Index),
    RemoveMany(prop::sample::Index, usize),
    Optimize,
    Search {
        near: Vec<prop::sample::Index>,
        with: String,
        min_score: u16,
        rank: usize,
    },
}

/// Generates texts of few letters, so that similar texts and ties are frequent; texts of many letters, so that
/// characters share codes; and long texts.
fn texts() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "[ابت ]{1,9}",
        2 => "[ابتثجحخد ]{30,70}",
        1 => "[ابتثجحخد ]{120,160}",
        2 => "[一-峰]{1,12}",
    ]
}

fn operations() -> impl Strategy<Value = Vec<Operation>> {
    let near = prop::collection::vec(any::<prop::sample::Index>(), 1..4);
    let operation = prop_oneof![
        5 => texts().prop_map(Operation::Add),
        1 => (texts(), 50_usize..700).prop_map(|(text, n)| Operation::AddMany(text, n)),
        2 => any::<prop::sample::Index>().prop_map(Operation::RemoveNth),
        1 => Just(Operation::Optimize),
        1 => (any::<prop::sample::Index>(), 1_usize..300).prop_map(|(from, n)| Operation::RemoveMany(from, n)),
        3 => (near, "[ابت一丁]{0,2}", prop_oneof![0_u16..=10_000, 6_000_u16..9_000], 1_usize..6)
            .prop_map(|(near, with, min_score, rank)| Operation::Search { near, with, min_score, rank }),
    ];
    prop::collection::vec(operation, 1..60)
}

type Units = BTreeMap<u64, String>;

/// Compares a text with every unit. Returns the score of the n-th best match, where n is `rank`, or `min_score` if
/// there are fewer matches, and all matches with at least that score.
fn brute_force(units: &Units, query: &str, min_score: Score, rank: usize) -> (Score, Vec<(Score, u64)>) {
    let mut all: Vec<_> = units
        .iter()
        .map(|(id, text)| (similarity(query, text), *id))
        .filter(|(s, _)| *s >= min_score)
        .collect();
    all.sort_by_key(|(s, id)| (std::cmp::Reverse(*s), *id));
    let lowest = all.get(rank - 1).map_or(min_score, |t| t.0);
    all.retain(|t| t.0 >= lowest);
    (lowest, all)
}

fn add(index: &mut Index, units: &mut Units, next: &mut u64, text: String) {
    index.add(&text, UnitRef { sequence: Sequence(*next), fingerprint: 7 });
    units.insert(*next, text);
    *next += 1;
}

fn remove(index: &mut Index, units: &mut Units, nth: usize) {
    let Some(key) = units.keys().nth(nth).copied() else { return };
    index.remove(&units.remove(&key).unwrap_or_default(), Sequence(key));
}

/// Returns one of a thousand variations of a text.
fn variation(text: &str, number: usize) -> String {
    let letters: String = (0..10_usize).map(|bit| if number >> bit & 1 == 1 { 'ن' } else { 'و' }).collect();
    format!("{text}{letters}")
}

fn text_at<'u>(units: &'u Units, at: &prop::sample::Index) -> &'u str {
    if units.is_empty() { "" } else { units.values().nth(at.index(units.len())).map_or("", String::as_str) }
}

/// Returns the n-th of many texts, nearly all of which have the same length.
fn numbered(n: u64) -> String {
    format!("{:05}ابتث{:03}", n * 7_919 % 100_003, n % 311)
}

/// Checks a search against comparing with every unit. `n` makes the query.
fn assert_exact(index: &Index, units: &Units, n: u64) {
    let query = [format!("{:05}ابتث{:03}", n, n % 7)];
    let min_score = Score::from_hundredths(6_000);
    let (lowest, expected) = brute_force(units, &query[0], min_score, 3);
    let mut matches = search(&index.snapshot(), &query, min_score, 3).remove(0);
    matches.retain(|t| t.0 >= lowest);
    assert_eq!(matches, expected, "after {n}");
}

/// Searches a snapshot for several texts. The minimum score of each rises to that of its n-th best match, where n
/// is `rank`.
fn search(snapshot: &Snapshot, texts: &[String], min_score: Score, rank: usize) -> Vec<Vec<(Score, u64)>> {
    let mut matches: Vec<Vec<(Score, u64)>> = vec![Vec::new(); texts.len()];
    let queries: Vec<(&str, Score)> = texts.iter().map(|t| (t.as_str(), min_score)).collect();
    let completion = snapshot.search(&queries, &|| false, &mut |number, row| {
        let text_matches = &mut matches[number];
        assert_eq!(row.similarity, similarity(&texts[number], &row.text));
        text_matches.extend(row.units.iter().map(|u| (row.similarity, u.sequence.0)));
        text_matches.sort_by_key(|(s, id)| (std::cmp::Reverse(*s), *id));
        text_matches.get(rank - 1).map_or(Score::ZERO, |f| f.0)
    });
    assert_eq!(completion, Completion::Complete);
    matches
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(150))]
    /// Compares searches with comparing every unit, with additions, removals, older snapshots, several queries at
    /// once and minimum scores that rise.
    #[test]
    fn the_index_answers_as_brute_force_does(operations in operations()) {
        let mut index = Index::default();
        let mut units = Units::new();
        let mut before = (index.snapshot(), units.clone());
        let mut next = 0;
        for operation in operations {
            match operation {
                Operation::Add(text) => add(&mut index, &mut units, &mut next, text),
                Operation::AddMany(text, n) => {
                    for i in 0..n {
                        add(&mut index, &mut units, &mut next, variation(&text, i));
                    }
                }
                Operation::RemoveNth(nth) if !units.is_empty() => {
                    let nth = nth.index(units.len());
                    remove(&mut index, &mut units, nth);
                }
                Operation::RemoveNth(_) => index.remove("ب", Sequence(0)),
                Operation::RemoveMany(from, n) if !units.is_empty() => {
                    let from = from.index(units.len());
                    (0..n).for_each(|_| remove(&mut index, &mut units, from));
                }
                Operation::RemoveMany(..) => {}
                Operation::Optimize => index.optimize(),
                Operation::Search { near, with, min_score, rank } => {
                    let now = (index.snapshot(), units.clone());
                    for (snapshot, units) in [&now, &before] {
                        let near = near.iter().map(|at| text_at(units, at));
                        let queries: Vec<String> = near.map(|text| format!("{text}{with}")).collect();
                        let min_score = Score::from_hundredths(min_score);
                        let answers = search(snapshot, &queries, min_score, rank);
                        for (query, mut matches) in queries.iter().zip(answers) {
                            let (lowest, expected) = brute_force(units, query, min_score, rank);
                            matches.retain(|t| t.0 >= lowest);
                            prop_assert_eq!(&matches, &expected, "{}", query);
                        }
                        prop_assert_eq!(snapshot.units(), units.len());
                    }
                    before = now;
                }
            }
        }
        for (id, text) in &units {
            prop_assert!(index.units_of(text).any(|u| u.sequence.0 == *id && u.fingerprint == 7));
        }
        let mut all = Vec::new();
        index.for_each_unit(|unit| all.push(unit.sequence.0));
        all.sort_unstable();
        prop_assert_eq!(all, units.keys().copied().collect::<Vec<_>>());
    }
}

/// Fills one bucket with more rows than its first column group takes. Layouts are learned, blocks change their
/// layouts and are grouped, and removals detach them again.
#[test]
fn thousands_of_rows_of_one_length_stay_exact() {
    let mut index = Index::default();
    let mut units = Units::new();
    for n in 0..9_000_u64 {
        index.add(&numbered(n), UnitRef { sequence: Sequence(n), fingerprint: 0 });
        units.insert(n, numbered(n));
        if n % 1_499 == 0 {
            assert_exact(&index, &units, n);
        }
    }
    let earlier = index.snapshot();
    let before = units.clone();
    for n in (0..9_000).step_by(31) {
        index.remove(&numbered(n), Sequence(n));
        units.remove(&n);
        if n % 1_550 == 0 {
            assert_exact(&index, &units, n);
        }
    }
    for n in 9_000..9_400 {
        index.add(&numbered(n), UnitRef { sequence: Sequence(n), fingerprint: 0 });
        units.insert(n, numbered(n));
    }
    assert_exact(&index, &units, 17);
    assert_eq!(index.snapshot().sources(), units.len());
    index.optimize();
    assert_exact(&index, &units, 18);
    for n in (1..9_000).step_by(31) {
        index.remove(&numbered(n), Sequence(n));
        units.remove(&n);
    }
    assert_exact(&index, &units, 19);
    let query = [numbered(31)];
    let matches = search(&earlier, &query, Score::FULL, 1).remove(0);
    assert_eq!(matches, brute_force(&before, &query[0], Score::FULL, 1).1, "a snapshot stays as it was");
}

#[test]
fn a_stopped_search_reports_it() {
    let mut index = Index::default();
    for n in 0..200 {
        index.add(&"ا".repeat(n + 1), UnitRef { sequence: Sequence(n as u64), fingerprint: 0 });
    }
    let stopped = index.snapshot().search(&[("ا", Score::ZERO)], &|| true, &mut |_, _| Score::ZERO);
    assert_eq!(stopped, Completion::Stopped);
}

#[test]
fn a_comparison_of_long_texts_is_stopped_within_a_block() {
    let mut index = Index::default();
    let text = |n: usize| format!("{}{}", "ابتث".repeat(1_000), "جحخد".repeat(n));
    for n in 0..100 {
        index.add(&text(n), UnitRef { sequence: Sequence(n as u64), fingerprint: 0 });
    }
    let snapshot = index.snapshot();
    let run = |calls_before_stop: usize| {
        let (calls, mut visited) = (Cell::new(0), 0);
        let stop = || {
            calls.set(calls.get() + 1);
            calls.get() > calls_before_stop
        };
        let completion = snapshot.search(&[(&text(50), Score::ZERO)], &stop, &mut |_, _| {
            visited += 1;
            Score::ZERO
        });
        (completion, visited, calls.get())
    };
    let (completion, visited, calls) = run(usize::MAX);
    assert_eq!((completion, visited), (Completion::Complete, 100));
    assert!(calls > 110, "{calls} calls");
    assert_eq!(run(0), (Completion::Stopped, 0, 1));
    // The comparison of all rows at once ends at the next call.
    let (completion, visited, calls) = run(3);
    assert_eq!((completion, visited), (Completion::Stopped, 0));
    assert!(calls <= 6, "{calls}");
}
