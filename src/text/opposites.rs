//! Words with opposite meanings, such as enable and disable.
//!
//! The pairs are in `arabic/opposites.txt` and `english/opposites.txt`. This file reads such a table; the
//! folders of the languages know the forms of their words.

use rustc_hash::FxHashMap;

/// A side of a pair of opposites.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct OppositeSide {
    /// The number of the pair. Pairs of different languages have different numbers.
    pub pair: u16,
    /// Whether it is the second side.
    pub second: bool,
}

/// The sides that each form of a word is on.
pub(super) type OppositeTable = FxHashMap<String, Vec<OppositeSide>>;

/// Reads a table of opposites. `first_pair` is the number of its first pair, and `forms` returns the forms by
/// which a word of the table is found.
pub(super) fn read_opposites(
    text: &str,
    first_pair: u16,
    forms: impl Fn(&str) -> Vec<String>,
) -> OppositeTable {
    let mut table = OppositeTable::default();
    let lines = text.lines().filter_map(|line| line.split_once('|').filter(|_| !line.starts_with('#')));
    for (pair, (first, second)) in (first_pair..).zip(lines) {
        for (side, words) in [(false, first), (true, second)] {
            let side = OppositeSide { pair, second: side };
            for form in words.split_whitespace().flat_map(&forms) {
                let sides = table.entry(form).or_default();
                if !sides.contains(&side) {
                    sides.push(side);
                }
            }
        }
    }
    table
}

/// Removes the pairs of which a word is on both sides, because the word then contradicts nothing. For
/// example, the forms of two verbs can be written alike.
pub(super) fn without_both_sides(mut sides: Vec<OppositeSide>) -> Vec<OppositeSide> {
    sides.sort_unstable();
    sides.dedup();
    let all = sides.clone();
    sides.retain(|side| !all.contains(&OppositeSide { second: !side.second, ..*side }));
    sides
}

#[cfg(test)]
pub(super) mod tests {
    use std::collections::BTreeSet;

    use super::OppositeSide;

    /// Returns whether two words are on different sides of a pair.
    pub(crate) fn share_a_pair(a: &[OppositeSide], b: &[OppositeSide]) -> bool {
        a.iter().any(|x| b.iter().any(|y| x.pair == y.pair && x.second != y.second))
    }

    /// Panics unless a list has enough pairs, each once, and only words that `is_word` accepts.
    pub(crate) fn check_list(list: &str, is_word: impl Fn(&str) -> bool) {
        let mut seen = BTreeSet::new();
        for line in list.lines().filter(|line| !line.starts_with('#')) {
            let (first, second) = line.split_once(" | ").unwrap_or_else(|| panic!("two sides: {line}"));
            let words = [first, second].map(|side| side.split(' ').collect::<BTreeSet<_>>());
            assert!(words[0].is_disjoint(&words[1]), "{line} has a word on both sides");
            for word in words.into_iter().flatten() {
                assert!(is_word(word), "{word} in {line}");
            }
            assert!(seen.insert((first, second)), "{line} is there twice");
        }
        assert!(seen.len() >= 400, "{}", seen.len());
    }
}
