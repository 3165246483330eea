//! Finds the orthographic differences that folding removed from a match.

use super::{common_affix::common_affixes, fold::fold_with, fold_char::FoldSet};
use crate::score::Fold;

const ALL_FOLDS: [Fold; 9] = [
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

/// Returns the folds without which two texts of equal folded form would differ, in the order of
/// [`Fold`]. For example, أهلاً and اهلا need `Tashkeel` and `Hamza`.
///
/// The result has no meaning for texts that differ when folded.
#[must_use]
pub fn folds_used(a: &str, b: &str) -> Vec<Fold> {
    // Marks are dropped first, so that the other folds compare shorter texts, which are often equal.
    let bare_a = fold_with(a, FoldSet::only(Fold::Tashkeel));
    let bare_b = fold_with(b, FoldSet::only(Fold::Tashkeel));
    let (with_marks, without) = (differing_parts(a, b), differing_parts(&bare_a, &bare_b));
    let needed = ALL_FOLDS.into_iter().filter(|fold| {
        let others = FoldSet::all_but(*fold);
        let (a, b) = if *fold == Fold::Tashkeel { with_marks } else { without };
        a != b && fold_with(a, others) != fold_with(b, others)
    });
    needed.collect()
}

/// Returns the parts in which two texts differ, with one equal word on each side, because folding a
/// character depends on its neighbours, but not on text beyond the next word.
fn differing_parts<'t>(a: &'t str, b: &'t str) -> (&'t str, &'t str) {
    let (head, tail) = common_affixes(a, b);
    // The second space between words on each side, because the first may be in or beside the word that
    // differs.
    let before = a.get(..head).unwrap_or_default();
    let start = before.rmatch_indices(' ').map(|(at, _)| at).filter(|at| separates_words(a, *at)).nth(1);
    let tail_start = a.len() - tail;
    let after = a.get(tail_start..).unwrap_or_default().match_indices(' ');
    let end = after.map(|(at, _)| tail_start + at).filter(|at| separates_words(a, *at)).nth(1);
    let (start, end) = (start.unwrap_or(0), end.map_or(0, |end| a.len() - end));
    (a.get(start..a.len() - end).unwrap_or(a), b.get(start..b.len() - end).unwrap_or(b))
}

/// Returns whether there is a letter or a digit on both sides of the space at a byte offset.
fn separates_words(text: &str, at: usize) -> bool {
    text.split_at_checked(at).is_some_and(|(before, rest)| {
        before.ends_with(char::is_alphanumeric) && rest.chars().nth(1).is_some_and(char::is_alphanumeric)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ALL_FOLDS, FoldSet, fold_with, folds_used};
    use crate::{score::Fold, text::folded};

    fn joined(words: &[(String, String)]) -> String {
        words.iter().map(|(word, separator)| format!("{word}{separator}")).collect()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn what_is_the_same_needs_no_fold(words in prop::collection::vec(("[أاإبةهىيك.،?\"« 1١a\u{64b}-\u{652}]{0,5}|شئ|مائة|1,250|[(«']{0,2}[ابي]{1,2}[»)'…–]{0,2}|ﷺ", "[ .،;]{0,2} |&rsquo; |&quot;| [(«»)] "), 0..9), at in any::<prop::sample::Index>(), n in 0_usize..3) {
            let a = joined(&words);
            // The same text, but with some words in their folded spelling.
            let mut other = words;
            let from = at.index(other.len() + 1);
            other.iter_mut().skip(from).take(3 * n).for_each(|(word, _)| *word = folded(word));
            let b = joined(&other);
            let needed: Vec<Fold> = ALL_FOLDS
                .into_iter()
                .filter(|fold| fold_with(&a, FoldSet::all_but(*fold)) != fold_with(&b, FoldSet::all_but(*fold)))
                .collect();
            prop_assert_eq!(folds_used(&a, &b), needed, "{} | {}", a, b);
        }
    }

    #[test]
    fn each_fold_is_reported() {
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
            ("شئ", "شيء", vec![Fold::Hamza]),
            ("شىء", "شيء", vec![Fold::Yeh]),
            ("مائة", "مئة", vec![Fold::Hamza]),
            ("1,250", "1250", vec![Fold::Digits]),
            ("نعم…", "نعم...", vec![Fold::Punctuation]),
            ("نعم – لا", "نعم - لا", vec![Fold::Punctuation]),
            ("( نعم )", "(نعم)", vec![Fold::Punctuation]),
            ("« نعم »", "«نعم»", vec![Fold::Quotes]),
            ("''نعم''", "\"نعم\"", vec![Fold::Quotes]),
            ("&quot;نعم&quot;", "\"نعم\"", vec![Fold::Quotes]),
            ("a&amp;b", "a&b", vec![Fold::Punctuation]),
            ("ڤيديو", "فيديو", vec![Fold::LetterShape]),
            ("محمد ﷺ", "محمد صلى الله عليه وسلم", vec![]),
            ("كتاب", "كتـاب", vec![]),
        ] {
            assert_eq!(folds_used(a, b), folds, "{a} {b}");
        }
    }
}
