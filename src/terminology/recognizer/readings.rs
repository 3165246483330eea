//! Which of the terms found are told, in what order.

use std::{cmp::Reverse, collections::BTreeMap, ops::Range, sync::Arc};

use rustc_hash::{FxHashMap, FxHashSet};

use super::found::FoundTerm;

/// Puts what was found into its order and leaves out what is covered.
pub(crate) fn kept(mut found: Vec<FoundTerm>, nested: bool) -> Vec<FoundTerm> {
    // Longest first, then by place, then what explains most of the words, surest first.
    found.sort_by(|a, b| {
        let key =
            |f: &FoundTerm| (Reverse(f.length), f.words.start, Reverse(f.core.len()), f.kind, f.concept);
        key(a).cmp(&key(b)).then_with(|| a.term.cmp(&b.term))
    });
    let mut told = FxHashSet::default();
    let mut places = Places::default();
    let mut most: FxHashMap<(usize, usize), usize> = FxHashMap::default();
    found.retain(|hit| {
        // Of two readings of the same words the one that explains more of them is meant; it came
        // first.
        let range = (hit.words.start, hit.words.end);
        let stays = nested
            || places.overlapping(&hit.words).is_none_or(|place| place == hit.words)
                && most.get(&range).is_none_or(|core| *core <= hit.core.len());
        // Two readings of one term in the same words, and terms of one concept, are told once.
        if !stays || !told.insert((hit.concept, range, nested.then(|| Arc::clone(&hit.term)))) {
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

/// Parts of a text, those that overlap put together: start to end.
#[derive(Default)]
pub(crate) struct Places(BTreeMap<usize, usize>);

impl Places {
    /// Returns a part that overlaps a range.
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

    use super::{Places, kept};
    use crate::{
        terminology::{FoundTerm, TermKind},
        unit::Sequence,
    };

    fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
        a.start < b.end && b.start < a.end
    }

    /// What is told, each hit compared with every one told before.
    fn slowly(mut found: Vec<FoundTerm>, nested: bool) -> Vec<FoundTerm> {
        found.sort_by(|a, b| {
            let longer = b.length.cmp(&a.length).then(a.words.start.cmp(&b.words.start));
            longer
                .then(b.core.len().cmp(&a.core.len()))
                .then(a.kind.cmp(&b.kind))
                .then(a.concept.cmp(&b.concept).then_with(|| a.term.cmp(&b.term)))
        });
        let mut told: Vec<FoundTerm> = Vec::new();
        for hit in found {
            let hides = |k: &FoundTerm| {
                let twin =
                    k.concept == hit.concept && k.words == hit.words && (!nested || k.term == hit.term);
                let covered = k.words != hit.words && overlap(&k.words, &hit.words);
                let outdone = k.words == hit.words && k.core.len() > hit.core.len();
                twin || !nested && (covered || outdone)
            };
            if !told.iter().any(hides) {
                told.push(hit);
            }
        }
        told
    }

    /// Hits in a text of words of ten bytes each.
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
        fn what_is_told_is_what_comparing_all_with_all_tells(
            found in proptest::collection::vec(hit(), 0..30),
            nested in any::<bool>(),
        ) {
            prop_assert_eq!(kept(found.clone(), nested), slowly(found, nested));
        }

        #[test]
        fn places_overlap_what_one_of_them_overlaps(
            all in proptest::collection::vec((0..40_usize, 1..8_usize), 0..12),
            asked in (0..40_usize, 1..8_usize),
        ) {
            let range = |(start, length): (usize, usize)| start..start + length;
            let mut places = Places::default();
            all.iter().for_each(|part| places.add(&range(*part)));
            let asked = range(asked);
            let expected = all.iter().any(|part| overlap(&range(*part), &asked));
            prop_assert_eq!(places.overlapping(&asked).is_some(), expected);
        }
    }
}
