//! Terms in which one word of the text has a slip of the pen.
//!
//! There is no index for it: what a word may have been meant for is made up, letter
//! by letter, and looked up as any reading is. That costs about a thousand lookups
//! a word, whatever the size of the glossary, and nothing to who does not ask.

use crate::text::Hashed;

/// Letters of a base from which a slip still leaves a word recognisable.
const SHORTEST: usize = 5;

/// The letters of folded Arabic.
const LETTERS: [char; 29] = [
    'ء', 'ا', 'ب', 'ت', 'ث', 'ج', 'ح', 'خ', 'د', 'ذ', 'ر', 'ز', 'س', 'ش', 'ص', 'ض', 'ط', 'ظ', 'ع', 'غ', 'ف',
    'ق', 'ك', 'ل', 'م', 'ن', 'ه', 'و', 'ي',
];

/// Says whether two words are a slip apart: a letter too many, too few, wrong, or
/// two neighbours swapped.
pub(crate) fn is_a_slip_away(word: &str, base: &str) -> bool {
    base.chars().count() >= SHORTEST && strsim::osa_distance(word, base) == 1
}

/// Tells every word that is a slip away from one.
pub(crate) fn slips(word: &[char], mut tell: impl FnMut((Hashed, usize))) {
    let mut told = |letters: &mut dyn Iterator<Item = char>| {
        let (mut hash, mut length) = (Hashed::EMPTY, 0);
        for c in letters {
            hash = hash.then(c);
            length += 1;
        }
        if length >= SHORTEST {
            tell((hash, length));
        }
    };
    for at in 0..=word.len() {
        let (before, from) = word.split_at(at);
        let before = || before.iter().copied();
        let rest = |skipped: usize| from.get(skipped..).unwrap_or_default().iter().copied();
        for c in LETTERS {
            told(&mut before().chain([c]).chain(rest(0)));
            if from.first().is_some_and(|here| *here != c) {
                told(&mut before().chain([c]).chain(rest(1)));
            }
        }
        if let [a, tail @ ..] = from {
            told(&mut before().chain(rest(1)));
            if let Some(b) = tail.first().filter(|b| *b != a) {
                told(&mut before().chain([*b, *a]).chain(rest(2)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{LETTERS, is_a_slip_away, slips};
    use crate::text::Hashed;

    proptest! {
        /// The oracle is strsim: what it calls one edit away is told, and nothing else.
        #[test]
        fn the_slips_are_those_of_strsim(word in "[ابتم]{5,7}", other in "[ابتم]{5,8}") {
            let letters: Vec<char> = word.chars().collect();
            let mut told = BTreeSet::new();
            slips(&letters, |(hash, length)| { told.insert((hash, length)); });
            let key = (Hashed::of(&other), other.chars().count());
            prop_assert_eq!(told.contains(&key), is_a_slip_away(&word, &other));
            let mut near = letters;
            near.insert(2, LETTERS[3]);
            let near: String = near.into_iter().collect();
            prop_assert!(told.contains(&(Hashed::of(&near), near.chars().count())));
        }
    }
}
