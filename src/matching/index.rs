//! All distinct folded sources of a memory, searched exactly.
//!
//! The first form: a scan bounded by length, nearest lengths first, with a
//! bit-parallel distance. Rows lie in blocks behind `Arc`; the writer clones
//! the few that it changes, so a [`Snapshot`] costs a pointer a length and
//! readers never wait.

use std::{collections::BTreeMap, sync::Arc};

use rustc_hash::FxHashMap;

use super::distance::{Pattern, length_window};
use crate::{score::Score, unit::Sequence};

/// Rows a block: a write clones one, a snapshot shares all.
const BLOCK_ROWS: usize = 256;

/// What a row knows of one of its units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct UnitRef {
    /// The unit.
    pub sequence: Sequence,
    /// A fingerprint of its identity; equal identities have equal ones.
    pub identity: u64,
}

#[derive(Clone, Debug)]
struct Row {
    text: Arc<str>,
    units: Vec<UnitRef>,
}

type Block = Vec<Row>;
type Bucket = Vec<Arc<Block>>;

#[derive(Clone, Copy, Debug)]
struct Place {
    chars: usize,
    block: usize,
    row: usize,
}

/// The writer's side of the index.
#[derive(Debug, Default)]
pub struct Index {
    /// Blocks by the length of their rows in characters.
    buckets: BTreeMap<usize, Arc<Bucket>>,
    places: FxHashMap<Arc<str>, Place>,
    units: usize,
}

/// The reader's side: the rows as they were at one moment.
#[derive(Clone, Debug, Default)]
pub struct Snapshot {
    buckets: BTreeMap<usize, Arc<Bucket>>,
    sources: usize,
    units: usize,
}

/// Says whether a search saw every row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Completion {
    /// It did: the answer is exact.
    Whole,
    /// It was stopped before.
    Stopped,
}

impl Index {
    /// Adds a unit to the row of its folded source.
    pub fn add(&mut self, folded: &str, unit: UnitRef) {
        self.units += 1;
        if let Some(place) = self.places.get(folded).copied() {
            if let Some(row) = self.row_mut(place) {
                row.units.push(unit);
            }
            return;
        }
        let chars = folded.chars().count();
        let text: Arc<str> = folded.into();
        let bucket = Arc::make_mut(self.buckets.entry(chars).or_default());
        let open = bucket.last().is_some_and(|b| b.len() < BLOCK_ROWS);
        if !open {
            bucket.push(Arc::new(Vec::new()));
        }
        let block = bucket.len() - 1;
        if let Some(rows) = bucket.last_mut().map(Arc::make_mut) {
            self.places.insert(Arc::clone(&text), Place { chars, block, row: rows.len() });
            rows.push(Row { text, units: vec![unit] });
        }
    }

    /// Removes a unit from the row of its folded source; a row without units
    /// goes, too. Removing what is not there does nothing.
    pub fn remove(&mut self, folded: &str, sequence: Sequence) {
        let Some(place) = self.places.get(folded).copied() else { return };
        let Some(row) = self.row_mut(place) else { return };
        let before = row.units.len();
        row.units.retain(|u| u.sequence != sequence);
        let removed = before - row.units.len();
        let empty = row.units.is_empty();
        self.units -= removed;
        if empty {
            self.places.remove(folded);
            self.remove_row(place);
        }
    }

    /// Returns the units whose folded source is this.
    #[must_use]
    pub fn units_of(&self, folded: &str) -> &[UnitRef] {
        self.places.get(folded).and_then(|p| self.row(*p)).map_or(&[], |r| &r.units)
    }

    /// Calls back with each row's units, in no order that is promised.
    pub fn for_each_row(&self, mut each: impl FnMut(&[UnitRef])) {
        for row in self.buckets.values().flat_map(|b| b.iter()).flat_map(|b| b.iter()) {
            each(&row.units);
        }
    }

    /// Returns how many units there are.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Returns the rows as they are now, for readers.
    #[must_use]
    pub fn snapshot(&self) -> Snapshot {
        Snapshot { buckets: self.buckets.clone(), sources: self.places.len(), units: self.units }
    }

    fn row(&self, place: Place) -> Option<&Row> {
        self.buckets.get(&place.chars)?.get(place.block)?.get(place.row)
    }

    fn row_mut(&mut self, place: Place) -> Option<&mut Row> {
        let bucket = Arc::make_mut(self.buckets.get_mut(&place.chars)?);
        Arc::make_mut(bucket.get_mut(place.block)?).get_mut(place.row)
    }

    fn remove_row(&mut self, place: Place) {
        let Some(bucket) = self.buckets.get_mut(&place.chars).map(Arc::make_mut) else { return };
        // The bucket's very last row fills the hole, so that only the last block is ever part full.
        let Some(filler) = bucket.last_mut().and_then(|b| Arc::make_mut(b).pop()) else { return };
        if bucket.last().is_some_and(|b| b.is_empty()) {
            bucket.pop();
        }
        let hole = bucket.get_mut(place.block).map(Arc::make_mut).and_then(|b| b.get_mut(place.row));
        if let Some(hole) = hole {
            self.places.insert(Arc::clone(&filler.text), place);
            *hole = filler;
        }
        if bucket.is_empty() {
            self.buckets.remove(&place.chars);
        }
    }
}

impl Snapshot {
    /// Returns how many distinct folded sources there are.
    #[must_use]
    pub fn sources(&self) -> usize {
        self.sources
    }

    /// Returns how many units there are.
    #[must_use]
    pub fn units(&self) -> usize {
        self.units
    }

    /// Calls back with every row that is at least as similar to the query as
    /// the bar, its folded source, units and similarity, in no order that is
    /// promised. The callback returns the new bar, which may only rise; rows
    /// under it need not be told any more, rows at it are.
    ///
    /// `expired` is asked now and then; when it says so, the search stops.
    pub fn search(
        &self,
        query: &Pattern,
        mut bar: Score,
        expired: &dyn Fn() -> bool,
        visit: &mut dyn FnMut(&str, &[UnitRef], Score) -> Score,
    ) -> Completion {
        for chars in self.nearest_lengths(bar, query.chars()) {
            // The bar may have risen past this length and all further ones.
            if !length_window(bar, query.chars()).contains(&chars) {
                continue;
            }
            for block in self.buckets.get(&chars).into_iter().flat_map(|b| b.iter()) {
                if expired() {
                    return Completion::Stopped;
                }
                for row in block.iter() {
                    if let Some(similarity) = query.similarity_from(&row.text, chars, bar) {
                        bar = visit(&row.text, &row.units, similarity).max(bar);
                    }
                }
            }
        }
        Completion::Whole
    }

    fn nearest_lengths(&self, bar: Score, length: usize) -> Vec<usize> {
        let mut lengths: Vec<_> = self.buckets.range(length_window(bar, length)).map(|(l, _)| *l).collect();
        lengths.sort_by_key(|l| (l.abs_diff(length), *l));
        lengths
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::{Completion, Index, UnitRef};
    use crate::{
        matching::{Pattern, similarity},
        score::Score,
        unit::Sequence,
    };

    #[derive(Clone, Debug)]
    enum Step {
        Add(String),
        RemoveNth(prop::sample::Index),
        Ask { near: prop::sample::Index, with: String, bar: u16, best: usize },
    }

    fn steps() -> impl Strategy<Value = Vec<Step>> {
        let text = "[ابت ]{1,9}";
        let step = prop_oneof![
            5 => text.prop_map(Step::Add),
            2 => any::<prop::sample::Index>().prop_map(Step::RemoveNth),
            2 => (any::<prop::sample::Index>(), "[ابت]{0,2}", 0_u16..=10_000, 1_usize..6)
                .prop_map(|(near, with, bar, best)| Step::Ask { near, with, bar, best }),
        ];
        prop::collection::vec(step, 1..120)
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(600))]
        /// The promise, with adds, removals, snapshots taken before them and a rising bar.
        #[test]
        fn the_index_answers_as_brute_force_does(steps in steps()) {
            let mut index = Index::default();
            let mut units: BTreeMap<u64, String> = BTreeMap::new();
            let mut before = (index.snapshot(), units.clone());
            for (n, step) in steps.into_iter().enumerate() {
                match step {
                    Step::Add(text) => {
                        index.add(&text, UnitRef { sequence: Sequence(n as u64), identity: 0 });
                        units.insert(n as u64, text);
                    }
                    Step::RemoveNth(nth) if !units.is_empty() => {
                        let key = *units.keys().nth(nth.index(units.len())).ok_or(TestCaseError::fail("key"))?;
                        let text = units.remove(&key).unwrap_or_default();
                        index.remove(&text, Sequence(key));
                    }
                    Step::RemoveNth(_) => index.remove("ب", Sequence(0)),
                    Step::Ask { near, with, bar, best } => {
                        let now = (index.snapshot(), units.clone());
                        for (snapshot, units) in [&now, &before] {
                            let near = if units.is_empty() { "" } else { units.values().nth(near.index(units.len())).map_or("", |s| s) };
                            let query = format!("{near}{with}");
                            let mut truth: Vec<_> = units.iter()
                                .map(|(id, text)| (similarity(&query, text), *id))
                                .filter(|(s, _)| s.hundredths() >= bar)
                                .collect();
                            truth.sort_by_key(|(s, id)| (std::cmp::Reverse(*s), *id));
                            let kth = truth.get(best - 1).map_or(Score::from_hundredths(bar), |t| t.0);
                            truth.retain(|t| t.0 >= kth);

                            let mut found: Vec<(Score, u64)> = Vec::new();
                            let whole = snapshot.search(&Pattern::new(&query), Score::from_hundredths(bar), &|| false, &mut |_, units, similarity| {
                                found.extend(units.iter().map(|u| (similarity, u.sequence.0)));
                                found.sort_by_key(|(s, id)| (std::cmp::Reverse(*s), *id));
                                found.get(best - 1).map_or(Score::ZERO, |f| f.0)
                            });
                            found.retain(|t| t.0 >= kth);
                            prop_assert_eq!(whole, Completion::Whole);
                            prop_assert_eq!(&found, &truth);
                            prop_assert_eq!(snapshot.units(), units.len());
                        }
                        before = now;
                    }
                }
            }
        }
    }

    #[test]
    fn an_expired_search_says_so() {
        let mut index = Index::default();
        index.add("ا", UnitRef { sequence: Sequence(1), identity: 0 });
        let stopped =
            index.snapshot().search(&Pattern::new("ا"), Score::ZERO, &|| true, &mut |_, _, _| Score::ZERO);
        assert_eq!(stopped, Completion::Stopped);
    }
}
