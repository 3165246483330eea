//! What a row of the index knows about each of its units.

use crate::unit::Sequence;

/// What a row knows of one of its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitRef {
    /// The unit; at most 2^48.
    pub sequence: Sequence,
    /// A fingerprint of its identity; equal identities have equal ones.
    pub identity: u16,
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::UnitRef;
    use crate::matching::index::{Completion, Index, Snapshot};
    use crate::{matching::similarity, score::Score, unit::Sequence};

    #[derive(Clone, Debug)]
    enum Step {
        Add(String),
        /// So many variations of a text, enough to fill blocks.
        AddMany(String, usize),
        RemoveNth(prop::sample::Index),
        RemoveMany(prop::sample::Index, usize),
        Settle,
        Ask {
            near: Vec<prop::sample::Index>,
            with: String,
            bar: u16,
            best: usize,
        },
    }

    /// Texts of few letters, so that near ones and ties abound; of many
    /// letters, so that codes are shared; and long ones.
    fn texts() -> impl Strategy<Value = String> {
        prop_oneof![
            6 => "[ابت ]{1,9}",
            2 => "[ابتثجحخد ]{30,70}",
            1 => "[ابتثجحخد ]{120,160}",
            2 => "[一-峰]{1,12}",
        ]
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let near = prop::collection::vec(any::<prop::sample::Index>(), 1..4);
        let step = prop_oneof![
            5 => texts().prop_map(Step::Add),
            1 => (texts(), 50_usize..700).prop_map(|(text, n)| Step::AddMany(text, n)),
            2 => any::<prop::sample::Index>().prop_map(Step::RemoveNth),
            1 => Just(Step::Settle),
            1 => (any::<prop::sample::Index>(), 1_usize..300).prop_map(|(from, n)| Step::RemoveMany(from, n)),
            3 => (near, "[ابت一丁]{0,2}", prop_oneof![0_u16..=10_000, 6_000_u16..9_000], 1_usize..6)
                .prop_map(|(near, with, bar, best)| Step::Ask { near, with, bar, best }),
        ];
        prop::collection::vec(step, 1..60)
    }

    type Live = BTreeMap<u64, String>;

    /// What comparing with every unit finds: all at the bar, and of these all
    /// that are not worse than the nth best.
    fn truth(units: &Live, asked: &str, bar: Score, best: usize) -> (Score, Vec<(Score, u64)>) {
        let mut all: Vec<_> = units
            .iter()
            .map(|(id, text)| (similarity(asked, text), *id))
            .filter(|(s, _)| *s >= bar)
            .collect();
        all.sort_by_key(|(s, id)| (std::cmp::Reverse(*s), *id));
        let kth = all.get(best - 1).map_or(bar, |t| t.0);
        all.retain(|t| t.0 >= kth);
        (kth, all)
    }

    fn asked(snapshot: &Snapshot, texts: &[String], bar: Score, best: usize) -> Vec<Vec<(Score, u64)>> {
        let mut found: Vec<Vec<(Score, u64)>> = vec![Vec::new(); texts.len()];
        let questions: Vec<(&str, Score)> = texts.iter().map(|t| (t.as_str(), bar)).collect();
        let whole = snapshot.search(&questions, &|| false, &mut |number, hit| {
            let found = &mut found[number];
            assert_eq!(hit.similarity, similarity(&texts[number], &hit.text));
            found.extend(hit.units.iter().map(|u| (hit.similarity, u.sequence.0)));
            found.sort_by_key(|(s, id)| (std::cmp::Reverse(*s), *id));
            found.get(best - 1).map_or(Score::ZERO, |f| f.0)
        });
        assert_eq!(whole, Completion::Whole);
        found
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(150))]
        /// The promise, with adds, removals, snapshots taken before them, several
        /// questions at once and bars that rise.
        #[test]
        fn the_index_answers_as_brute_force_does(steps in steps()) {
            let mut index = Index::default();
            let mut units = Live::new();
            let mut before = (index.snapshot(), units.clone());
            let mut next = 0;
            for step in steps {
                let mut add = |index: &mut Index, units: &mut Live, text: String| {
                    index.add(&text, UnitRef { sequence: Sequence(next), identity: 7 });
                    units.insert(next, text);
                    next += 1;
                };
                let remove = |index: &mut Index, units: &mut Live, nth: usize| {
                    let Some(key) = units.keys().nth(nth).copied() else { return };
                    index.remove(&units.remove(&key).unwrap_or_default(), Sequence(key));
                };
                match step {
                    Step::Add(text) => add(&mut index, &mut units, text),
                    Step::AddMany(text, n) => {
                        for i in 0..n {
                            let letter = |bit: usize| if i >> bit & 1 == 1 { 'ن' } else { 'و' };
                            add(&mut index, &mut units, format!("{text}{}", (0..10).map(letter).collect::<String>()));
                        }
                    }
                    Step::RemoveNth(nth) if !units.is_empty() => {
                        let nth = nth.index(units.len());
                        remove(&mut index, &mut units, nth);
                    }
                    Step::RemoveNth(_) => index.remove("ب", Sequence(0)),
                    Step::RemoveMany(from, n) if !units.is_empty() => {
                        let from = from.index(units.len());
                        (0..n).for_each(|_| remove(&mut index, &mut units, from));
                    }
                    Step::RemoveMany(..) => {}
                    Step::Settle => index.settle(),
                    Step::Ask { near, with, bar, best } => {
                        let now = (index.snapshot(), units.clone());
                        for (snapshot, units) in [&now, &before] {
                            let text = |near: &prop::sample::Index| if units.is_empty() { "" } else { units.values().nth(near.index(units.len())).map_or("", |s| s) };
                            let questions: Vec<String> = near.iter().map(|n| format!("{}{with}", text(n))).collect();
                            let bar = Score::from_hundredths(bar);
                            let answers = asked(snapshot, &questions, bar, best);
                            for (question, mut found) in questions.iter().zip(answers) {
                                let (kth, truth) = truth(units, question, bar, best);
                                found.retain(|t| t.0 >= kth);
                                prop_assert_eq!(&found, &truth, "{}", question);
                            }
                            prop_assert_eq!(snapshot.units(), units.len());
                        }
                        before = now;
                    }
                }
            }
            for (id, text) in &units {
                prop_assert!(index.units_of(text).any(|u| u.sequence.0 == *id && u.identity == 7));
            }
            let mut all = Vec::new();
            index.for_each_unit(|unit| all.push(unit.sequence.0));
            all.sort_unstable();
            prop_assert_eq!(all, units.keys().copied().collect::<Vec<_>>());
        }
    }

    /// One bucket with more rows than a shelf takes at first: layouts are learned, blocks are
    /// laid out anew and side by side, and taken apart again by removals.
    #[test]
    fn thousands_of_rows_of_one_length_stay_exact() {
        let mut index = Index::default();
        let mut units = Live::new();
        let text = |n: u64| format!("{:05}ابتث{:03}", n * 7_919 % 100_003, n % 311);
        let check = |index: &Index, units: &Live, n: u64| {
            let question = [format!("{:05}ابتث{:03}", n, n % 7)];
            let bar = Score::from_hundredths(6_000);
            let (kth, truth) = truth(units, &question[0], bar, 3);
            let mut found = asked(&index.snapshot(), &question, bar, 3).remove(0);
            found.retain(|t| t.0 >= kth);
            assert_eq!(found, truth, "after {n}");
        };
        for n in 0..9_000_u64 {
            index.add(&text(n), UnitRef { sequence: Sequence(n), identity: 0 });
            units.insert(n, text(n));
            if n % 1_499 == 0 {
                check(&index, &units, n);
            }
        }
        let laid = index.snapshot();
        let before = units.clone();
        for n in (0..9_000).step_by(31) {
            index.remove(&text(n), Sequence(n));
            units.remove(&n);
            if n % 1_550 == 0 {
                check(&index, &units, n);
            }
        }
        for n in 9_000..9_400 {
            index.add(&text(n), UnitRef { sequence: Sequence(n), identity: 0 });
            units.insert(n, text(n));
        }
        check(&index, &units, 17);
        assert_eq!(index.snapshot().sources(), units.len());
        index.settle();
        check(&index, &units, 18);
        for n in (1..9_000).step_by(31) {
            index.remove(&text(n), Sequence(n));
            units.remove(&n);
        }
        check(&index, &units, 19);
        let question = [text(31)];
        let found = asked(&laid, &question, Score::FULL, 1).remove(0);
        assert_eq!(found, truth(&before, &question[0], Score::FULL, 1).1, "a snapshot stays as it was");
    }

    #[test]
    fn an_expired_search_says_so() {
        let mut index = Index::default();
        for n in 0..200 {
            index.add(&"ا".repeat(n + 1), UnitRef { sequence: Sequence(n as u64), identity: 0 });
        }
        let stopped = index.snapshot().search(&[("ا", Score::ZERO)], &|| true, &mut |_, _| Score::ZERO);
        assert_eq!(stopped, Completion::Stopped);
    }
}
