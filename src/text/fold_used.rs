//! Which orthographic differences a match looked through.

use super::{fold::folded_with, fold_rules::FoldSet};
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
    let needed = |fold: &Fold| {
        let others = FoldSet::all_but(*fold);
        folded_with(a, others) != folded_with(b, others)
    };
    FOLDS.into_iter().filter(needed).collect()
}

#[cfg(test)]
mod tests {
    use super::folds_used;
    use crate::score::Fold;

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
