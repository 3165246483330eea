//! Words that are one slip of the pen away from another.
//!
//! There is no index for slips. Every word that is one slip away is generated, letter
//! by letter, and looked up like any reading. That costs about a thousand lookups for
//! each word, whatever the size of the glossary, and nothing for requests without `fuzzy`.

use crate::text::RollingHash;

/// The fewest letters of a base in which a slip is looked for. A slip turns a shorter word into
/// another word.
const MIN_SLIP_LETTERS: usize = 5;

/// The letters of folded Arabic.
const ARABIC_LETTERS: [char; 29] = [
    'ء', 'ا', 'ب', 'ت', 'ث', 'ج', 'ح', 'خ', 'د', 'ذ', 'ر', 'ز', 'س', 'ش', 'ص', 'ض', 'ط', 'ظ', 'ع', 'غ', 'ف',
    'ق', 'ك', 'ل', 'م', 'ن', 'ه', 'و', 'ي',
];

/// Returns whether two words are one slip apart: a letter is added, missing or wrong, or
/// two neighbours are swapped.
pub(crate) fn is_a_slip_away(word: &str, base: &str) -> bool {
    base.chars().count() >= MIN_SLIP_LETTERS && strsim::osa_distance(word, base) == 1
}

/// Calls `visit` with the hash and the length of every word that is one slip away from a word.
pub(crate) fn for_each_slip(word: &[char], mut visit: impl FnMut((RollingHash, usize))) {
    for at in 0..=word.len() {
        let (before, from) = word.split_at(at);
        for c in ARABIC_LETTERS {
            visit_word([before, &[c], from], &mut visit);
            if let [here, after @ ..] = from
                && *here != c
            {
                visit_word([before, &[c], after], &mut visit);
            }
        }
        if let [a, after @ ..] = from {
            visit_word([before, after, &[]], &mut visit);
            if let [b, rest @ ..] = after
                && a != b
            {
                visit_word([before, &[*b, *a], rest], &mut visit);
            }
        }
    }
}

/// Calls `visit` with a word in three parts, unless it is too short.
fn visit_word(parts: [&[char]; 3], visit: &mut impl FnMut((RollingHash, usize))) {
    let (mut hash, mut length) = (RollingHash::EMPTY, 0);
    for c in parts.into_iter().flatten() {
        hash = hash.with_char(*c);
        length += 1;
    }
    if length >= MIN_SLIP_LETTERS {
        visit((hash, length));
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::{ARABIC_LETTERS, for_each_slip, is_a_slip_away};
    use crate::text::RollingHash;

    proptest! {
        /// The oracle is strsim: exactly the words that it calls one edit away are visited.
        #[test]
        fn the_slips_are_those_of_strsim(word in "[ابتم]{5,7}", other in "[ابتم]{5,8}") {
            let letters: Vec<char> = word.chars().collect();
            let mut visited = BTreeSet::new();
            for_each_slip(&letters, |(hash, length)| { visited.insert((hash, length)); });
            let key = (RollingHash::of(&other), other.chars().count());
            prop_assert_eq!(visited.contains(&key), is_a_slip_away(&word, &other));
            let mut near = letters;
            near.insert(2, ARABIC_LETTERS[3]);
            let near: String = near.into_iter().collect();
            prop_assert!(visited.contains(&(RollingHash::of(&near), near.chars().count())));
        }
    }
}
