//! Folded text with a map back to the surface.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{
    fold_char::{FoldChar, FoldSet},
    fold_rules::{folded_by_rules, same_by_rules},
};

/// A folded text with the place on the surface that each of its characters comes from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoldMap {
    /// The folded text, as [`super::folded`] or [`super::same`] returns it.
    pub text: String,
    /// For each character, its start in the folded text and its range of the surface.
    spans: Vec<(usize, Range<usize>)>,
}

impl FoldMap {
    /// Folds a text at level *folded*.
    #[must_use]
    pub fn folded(surface: &str) -> Self {
        Self::new(surface, folded_by_rules(placed_chars(surface), FoldSet::ALL))
    }

    /// Folds a text at level *same*.
    #[must_use]
    pub fn same(surface: &str) -> Self {
        Self::new(surface, same_by_rules(placed_chars(surface)))
    }

    fn new(surface: &str, folded: Vec<PlacedChar>) -> Self {
        // Ranges of the surface are whole grapheme clusters, so a mark stays with its letter.
        let clusters: Vec<usize> =
            surface.grapheme_indices(true).map(|(at, _)| at).chain([surface.len()]).collect();
        let mut text = String::with_capacity(surface.len());
        let mut spans: Vec<(usize, Range<usize>)> = Vec::with_capacity(folded.len());
        for placed in folded {
            let first = clusters.partition_point(|at| *at <= placed.start).saturating_sub(1);
            let last = clusters.partition_point(|at| *at < placed.end);
            let start = clusters.get(first).copied().unwrap_or(placed.start);
            let end = clusters.get(last).copied().unwrap_or(placed.end);
            spans.push((text.len(), start..end));
            text.push(placed.c);
        }
        Self { text, spans }
    }

    /// Returns the range of the surface, in bytes, that a byte range of the folded text comes
    /// from. It has whole grapheme clusters, and grows with the range. For an empty range it is the
    /// empty range before the character that the range points at.
    #[must_use]
    pub fn surface_range(&self, range: Range<usize>) -> Range<usize> {
        let first = self.spans.partition_point(|(at, _)| *at <= range.start).saturating_sub(1);
        let after = self.spans.partition_point(|(at, _)| *at < range.end);
        let end_of_all = self.spans.last().map_or(0, |(_, s)| s.end);
        let past = range.start >= self.text.len();
        let start = self.spans.get(first).filter(|_| !past).map_or(end_of_all, |(_, s)| s.start);
        let end = after.checked_sub(1).and_then(|n| self.spans.get(n)).map_or(start, |(_, s)| s.end);
        if range.is_empty() { start..start } else { start..end.max(start) }
    }

    /// Returns the whole map in order, as pairs of a range of the folded text and the range of the
    /// surface that it comes from. Neighbours whose two ranges have equal lengths are merged into one
    /// pair.
    #[must_use]
    pub fn stretches(&self) -> Vec<(Range<usize>, Range<usize>)> {
        let mut found: Vec<(Range<usize>, Range<usize>)> = Vec::new();
        for (n, (at, surface)) in self.spans.iter().enumerate() {
            let end = self.spans.get(n + 1).map_or(self.text.len(), |(next, _)| *next);
            let alike = end - at == surface.len();
            match found.last_mut() {
                Some((folded, from)) if alike && folded.len() == from.len() && from.end == surface.start => {
                    folded.end = end;
                    from.end = surface.end;
                }
                _ => found.push((*at..end, surface.clone())),
            }
        }
        found
    }
}

/// A character and the bytes of the surface that it comes from.
#[derive(Clone, Copy, Debug)]
struct PlacedChar {
    c: char,
    start: usize,
    end: usize,
}

fn placed_chars(surface: &str) -> impl Iterator<Item = PlacedChar> {
    surface.char_indices().map(|(at, c)| PlacedChar { c, start: at, end: at + c.len_utf8() })
}

impl FoldChar for PlacedChar {
    fn char(self) -> char {
        self.c
    }

    fn with_char(self, c: char) -> Self {
        Self { c, ..self }
    }

    fn merged_with(self, last: Self) -> Self {
        Self { end: self.end.max(last.end), ..self }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use unicode_segmentation::UnicodeSegmentation;

    use super::FoldMap;
    use crate::text::{fold::tests::messy_text, folded, same};

    #[test]
    fn folded_text_leads_back_to_the_surface() {
        let surface = "قالَ «أَحْمَدُ»  :&rsquo;نعم";
        let map = FoldMap::folded(surface);
        assert_eq!(map.text, "قال \"احمد\" :'نعم");
        for (folded, expected) in
            [("قال", "قالَ"), ("احمد", "أَحْمَدُ"), ("\"", "«"), (" :", "  :"), ("'", "&rsquo;"), ("نعم", "نعم")]
        {
            let at = map.text.find(folded).unwrap();
            assert_eq!(&surface[map.surface_range(at..at + folded.len())], expected, "{folded}");
        }
        assert_eq!(map.surface_range(0..0), 0..0);
        assert_eq!(map.surface_range(map.text.len()..map.text.len()), surface.len()..surface.len());
    }

    #[test]
    fn stretches_cover_the_whole_map() {
        let map = FoldMap::same("كتــاب  جديد");
        assert_eq!(map.stretches(), [(0..4, 0..4), (4..8, 8..12), (8..9, 12..14), (9..17, 14..22)]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn the_map_is_monotone_and_cuts_no_cluster(surface in messy_text()) {
            for (map, expected) in [(FoldMap::folded(&surface), folded(&surface)), (FoldMap::same(&surface), same(&surface))] {
                prop_assert_eq!(&map.text, &expected);
                let clusters: Vec<usize> = surface.grapheme_indices(true).map(|(at, _)| at).chain([surface.len()]).collect();
                let mut before = 0..0;
                for (at, c) in map.text.char_indices() {
                    let now = map.surface_range(at..at + c.len_utf8());
                    prop_assert!(now.start >= before.start && now.end >= before.end, "{:?} after {:?}", now, before);
                    prop_assert!(now.start < now.end);
                    prop_assert!(clusters.contains(&now.start) && clusters.contains(&now.end));
                    before = now;
                }
            }
        }
    }
}
