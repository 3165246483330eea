//! Which orthographic differences a match looked through.

use super::{common_affix::shared_ends, fold::folded_with, fold_rules::FoldSet};
use crate::score::Fold;

const FOLDS: [Fold; 9] = [
    Fold::Tashkeel,
    Fold::Hamza,
    Fold::Yeh,
    Fold::TehMarbuta,
    Fold::Digits,
    Fold::Punctuation,
    Fold::Quotes,
    Fold::Case,
    Fold::LetterShape,
];

/// Returns the folds without which two texts of equal folded form would
/// differ, in the order of [`Fold`].
///
/// For texts that differ when folded the answer has no meaning.
#[must_use]
pub fn folds_used(a: &str, b: &str) -> Vec<Fold> {
    // Marks are dropped first of all: the other folds see what is left, and often that is the same.
    let bare = |text: &str| folded_with(text, FoldSet::only(Fold::Tashkeel));
    let (bare_a, bare_b) = (bare(a), bare(b));
    let (with_marks, without) = (differing(a, b), differing(&bare_a, &bare_b));
    let needed = |fold: &Fold| {
        let others = FoldSet::all_but(*fold);
        let (a, b) = if *fold == Fold::Tashkeel { with_marks } else { without };
        a != b && folded_with(a, others) != folded_with(b, others)
    };
    FOLDS.into_iter().filter(needed).collect()
}

/// Returns what differs between two texts, with a word on each side of it that does not: folding
/// looks no further than that.
fn differing<'t>(a: &'t str, b: &'t str) -> (&'t str, &'t str) {
    let (head, tail) = shared_ends(a, b);
    // Places where a space parts two letters. What differs begins inside of a word.
    let letter = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let parts = |text: &str, at: usize| {
        let around = text.split_at_checked(at);
        around.is_some_and(|(l, r)| letter(l.chars().next_back()) && letter(r.chars().nth(1)))
    };
    let spaces = |text: &'t str, from: usize| text.get(from..).unwrap_or_default().match_indices(' ');
    let before = a.get(..head).unwrap_or_default();
    let start = before.rmatch_indices(' ').map(|(at, _)| at).filter(|at| parts(a, *at)).nth(1);
    let behind = a.len() - tail;
    let end = spaces(a, behind).map(|(at, _)| behind + at).filter(|at| parts(a, *at)).nth(1);
    let (start, end) = (start.unwrap_or(0), end.map_or(0, |end| a.len() - end));
    let inner = |text: &'t str| text.get(start..text.len() - end).unwrap_or(text);
    (inner(a), inner(b))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{FOLDS, FoldSet, folded_with, folds_used};
    use crate::{score::Fold, text::folded};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn what_is_the_same_needs_no_fold(words in prop::collection::vec(("[أاإبةهىيك.،?\"« 1١a\u{64b}-\u{652}]{0,5}", "[ .،;]{0,2} |&rsquo; "), 0..9), at in any::<prop::sample::Index>(), n in 0_usize..3) {
            let text = |words: &[(String, String)]| words.iter().map(|(w, s)| format!("{w}{s}")).collect::<String>();
            let a = text(&words);
            // Some words in another spelling of what they fold to.
            let mut other = words;
            let from = at.index(other.len() + 1);
            other.iter_mut().skip(from).take(3 * n).for_each(|(word, _)| *word = folded(word));
            let b = text(&other);
            let needed = |fold: &Fold| {
                let others = FoldSet::all_but(*fold);
                folded_with(&a, others) != folded_with(&b, others)
            };
            prop_assert_eq!(folds_used(&a, &b), FOLDS.into_iter().filter(needed).collect::<Vec<_>>(), "{} | {}", a, b);
        }
    }

    #[test]
    fn each_fold_is_told() {
        for (a, b, folds) in [
            ("كَتَبَ", "كتب", vec![Fold::Tashkeel]),
            ("أحمد", "احمد", vec![Fold::Hamza]),
            ("على", "علي", vec![Fold::Yeh]),
            ("كتابة", "كتابه", vec![Fold::TehMarbuta]),
            ("٣", "3", vec![Fold::Digits]),
            ("نعم؟", "نعم?", vec![Fold::Punctuation]),
            ("«نعم»", "\"نعم\"", vec![Fold::Quotes]),
            ("NATO", "nato", vec![Fold::Case]),
            ("کتب", "كتب", vec![Fold::LetterShape]),
            ("أهلاً", "اهلا", vec![Fold::Tashkeel, Fold::Hamza]),
            ("كتاب", "كتـاب", vec![]),
        ] {
            assert_eq!(folds_used(a, b), folds, "{a} {b}");
        }
    }
}
