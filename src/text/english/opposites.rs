//! English words with opposite meanings, from `opposites.txt`.

use std::sync::LazyLock;

use super::inflection::lemmas;
use crate::text::opposites::{OppositeSide, OppositeTable, read_opposites, without_both_sides};

/// The number of the first English pair. The Arabic ones are below.
const FIRST_PAIR: u16 = 10_000;

/// Prefixes that turn the meaning of a word round.
const NEGATIVE_PREFIXES: [&str; 9] = ["un", "dis", "in", "im", "il", "ir", "non", "de", "mis"];

static OPPOSITES: LazyLock<OppositeTable> =
    LazyLock::new(|| read_opposites(include_str!("opposites.txt"), FIRST_PAIR, |word| vec![word.to_owned()]));

/// Returns the sides of opposites that an English word in lower case is on, in any of its forms.
#[must_use]
pub fn opposite_sides(word: &str) -> Vec<OppositeSide> {
    if let Some(sides) = OPPOSITES.get(word) {
        return without_both_sides(sides.clone());
    }
    let bases = lemmas(word);
    let sides = bases.iter().filter_map(|lemma| OPPOSITES.get(lemma.base.as_str())).flatten();
    without_both_sides(sides.copied().collect())
}

/// Returns whether one of two words in lower case is the other one with a negative prefix: supported and
/// unsupported, legal and illegal. The rest has at least four letters, which excludes put and input.
#[must_use]
pub fn differ_by_negative_prefix(a: &str, b: &str) -> bool {
    let (short, long) = if a.len() < b.len() { (a, b) } else { (b, a) };
    short.len() >= 4 && long.strip_suffix(short).is_some_and(|prefix| NEGATIVE_PREFIXES.contains(&prefix))
}

#[cfg(test)]
mod tests {
    use super::{differ_by_negative_prefix, opposite_sides};
    use crate::text::opposites::tests::{check_list, share_a_pair};

    fn are_opposite(a: &str, b: &str) -> bool {
        share_a_pair(&opposite_sides(a), &opposite_sides(b))
    }

    #[test]
    fn opposites_are_found_in_their_forms() {
        for (a, b, expected) in [
            ("enabled", "disabled", true),
            ("importing", "exporting", true),
            ("sold", "bought", true),
            ("before", "after", true),
            ("exports", "imported", true),
            ("import", "imported", false),
            ("file", "folder", false),
        ] {
            assert_eq!(are_opposite(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn negative_prefixes_need_a_whole_word() {
        for (a, b, expected) in [
            ("supported", "unsupported", true),
            ("illegal", "legal", true),
            ("put", "input", false),
            ("port", "report", false),
            ("legal", "legal", false),
        ] {
            assert_eq!(differ_by_negative_prefix(a, b), expected, "{a} {b}");
        }
    }

    #[test]
    fn the_list_is_well_formed() {
        check_list(include_str!("opposites.txt"), |word| word.chars().all(|c| c.is_ascii_lowercase()));
    }
}
