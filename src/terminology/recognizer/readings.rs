//! Selects and orders the terms to return from those found.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};

use super::found::{FoundTerm, TermKind};
use crate::unit::Sequence;

/// Sorts the terms found, and removes duplicates and, unless `nested`, terms that overlap a longer one.
pub(crate) fn select_terms(mut found: Vec<FoundTerm>, nested: bool) -> Vec<FoundTerm> {
    found.sort_by(|a, b| rank(a).cmp(&rank(b)).then_with(|| a.term.cmp(&b.term)));
    let mut seen = FxHashSet::default();
    let mut places = MergedRanges::default();
    let mut most: FxHashMap<(usize, usize), usize> = FxHashMap::default();
    found.retain(|hit| {
        // Of two readings of the same words, the one with the longer core explains more of them. It
        // comes first.
        let range = (hit.words.start, hit.words.end);
        let stays = nested
            || places.overlapping(&hit.words).is_none_or(|place| place == hit.words)
                && most.get(&range).is_none_or(|core| *core <= hit.core.len());
        // Two readings of one term in the same words are returned once, and, unless `nested`, so are
        // two terms of one concept.
        if !stays || !seen.insert((hit.concept, range, nested.then(|| Arc::clone(&hit.term)))) {
            return false;
        }
        if !nested {
            places.add(&hit.words);
            most.entry(range).or_insert(hit.core.len());
        }
        true
    });
    found
}

/// The key to sort by: the longest first, then by place, then those whose cores explain most of the
/// words, the most certain first.
fn rank(found: &FoundTerm) -> (Reverse<usize>, usize, Reverse<usize>, TermKind, Sequence) {
    let FoundTerm { length, words, core, kind, concept, .. } = found;
    (Reverse(*length), words.start, Reverse(core.len()), *kind, *concept)
}

/// Parts of a text by their starts, with their ends. Parts that overlap are merged.
#[derive(Default)]
pub(crate) struct MergedRanges(BTreeMap<usize, usize>);

impl MergedRanges {
    /// Returns the last part that overlaps a range.
    pub(crate) fn overlapping(&self, range: &Range<usize>) -> Option<Range<usize>> {
        let (start, end) = self.0.range(..range.end).next_back()?;
        (*end > range.start).then_some(*start..*end)
    }

    pub(crate) fn add(&mut self, range: &Range<usize>) {
        let mut all = range.clone();
        while let Some(part) = self.overlapping(&all) {
            self.0.remove(&part.start);
            all = all.start.min(part.start)..all.end.max(part.end);
        }
        self.0.insert(all.start, all.end);
    }
}

#[cfg(test)]
mod tests {
    use std::ops::Range;

    use proptest::prelude::*;

    use super::{MergedRanges, select_terms};
    use crate::{
        terminology::{FoundTerm, TermKind},
        unit::Sequence,
    };

    fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
        a.start < b.end && b.start < a.end
    }

    /// The slow oracle: compares each hit with every one that was kept before.
    fn select_slowly(mut found: Vec<FoundTerm>, nested: bool) -> Vec<FoundTerm> {
        found.sort_by(|a, b| {
            let longer = b.length.cmp(&a.length).then(a.words.start.cmp(&b.words.start));
            longer
                .then(b.core.len().cmp(&a.core.len()))
                .then(a.kind.cmp(&b.kind))
                .then(a.concept.cmp(&b.concept).then_with(|| a.term.cmp(&b.term)))
        });
        let mut kept: Vec<FoundTerm> = Vec::new();
        for hit in found {
            let is_hidden = kept.iter().any(|k| {
                let twin =
                    k.concept == hit.concept && k.words == hit.words && (!nested || k.term == hit.term);
                let covered = k.words != hit.words && overlap(&k.words, &hit.words);
                let outdone = k.words == hit.words && k.core.len() > hit.core.len();
                twin || !nested && (covered || outdone)
            });
            if !is_hidden {
                kept.push(hit);
            }
        }
        kept
    }

    fn range((start, length): (usize, usize)) -> Range<usize> {
        start..start + length
    }

    /// Hits in a text whose words have ten bytes each.
    fn hit() -> impl Strategy<Value = FoundTerm> {
        (0..8_usize, 1..4_usize, 0..4_usize, 0..3_u64, 0..2_usize, 0..3_usize).prop_map(
            |(start, length, cut, concept, term, kind)| FoundTerm {
                concept: Sequence(concept),
                term: ["a", "b"][term].into(),
                words: start * 10..(start + length) * 10 - 1,
                length,
                core: start * 10 + cut..(start + length) * 10 - 1,
                kind: [TermKind::Exact, TermKind::Clitic, TermKind::Variant][kind],
            },
        )
    }

    proptest! {
        #[test]
        fn selection_equals_comparing_all_with_all(
            found in proptest::collection::vec(hit(), 0..30),
            nested in any::<bool>(),
        ) {
            prop_assert_eq!(select_terms(found.clone(), nested), select_slowly(found, nested));
        }

        #[test]
        fn merged_ranges_overlap_what_one_of_them_overlaps(
            all in proptest::collection::vec((0..40_usize, 1..8_usize), 0..12),
            query in (0..40_usize, 1..8_usize),
        ) {
            let mut places = MergedRanges::default();
            all.iter().for_each(|part| places.add(&range(*part)));
            let query = range(query);
            let expected = all.iter().any(|part| overlap(&range(*part), &query));
            prop_assert_eq!(places.overlapping(&query).is_some(), expected);
        }
    }
}
