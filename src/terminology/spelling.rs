//! Differences that folding removes but that separate terms.

use crate::text::is_arabic_letter;

/// The ways to write a hamza on alef. A bare alef may mean any of them.
pub(crate) const SEATS: [char; 3] = ['أ', 'إ', 'آ'];

/// Returns whether two spellings with the same folded letters are different words: both
/// write a hamza on the same alef, and the hamzas differ (آلية, إليه).
pub(crate) fn contradicts(a: &str, b: &str) -> bool {
    if !a.contains(SEATS) || !b.contains(SEATS) {
        return false;
    }
    letters(a).zip(letters(b)).any(|(a, b)| a != b && SEATS.contains(&a) && SEATS.contains(&b))
}

/// Returns whether a term ends in a ta marbuta and a stem before an ending in a ha. They are
/// different words, because a ta marbuta becomes a ta before an ending (مفاوضتها, not مفاوضها).
pub(crate) fn ends_otherwise(stem: &str, term: &str) -> bool {
    letters(term).next_back() == Some('ة') && letters(stem).next_back() == Some('ه')
}

/// Returns the Arabic letters of a text, without marks.
fn letters(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().filter(|c| is_arabic_letter(*c))
}

#[cfg(test)]
mod tests {
    use super::{contradicts, ends_otherwise};

    #[test]
    fn a_ta_marbuta_before_an_ending_is_no_ha() {
        assert!(ends_otherwise("مفاوضه", "مُفاوضةٌ"));
        assert!(!ends_otherwise("مفاوضت", "مفاوضة"));
        assert!(!ends_otherwise("فقه", "فقه"));
    }

    #[test]
    fn only_two_hamzas_contradict() {
        assert!(contradicts("إليه", "آلية"));
        assert!(!contradicts("اليه", "آلية"));
        assert!(!contradicts("أَحمد", "احمد"));
        assert!(!contradicts("أحمد", "أَحْمَدُ"));
    }
}
