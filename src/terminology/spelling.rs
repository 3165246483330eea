//! Differences that folding removes but that separate terms.

use crate::text::is_arabic_letter;

/// The ways to write a hamza on alef. A bare alef may mean any of them.
pub(crate) const HAMZA_SEATS: [char; 3] = ['أ', 'إ', 'آ'];

/// Returns whether two spellings with the same folded letters are different words: both
/// write a hamza on the same alef, and the hamzas differ (آلية, إليه).
pub(crate) fn has_other_hamza(a: &str, b: &str) -> bool {
    if !a.contains(HAMZA_SEATS) || !b.contains(HAMZA_SEATS) {
        return false;
    }
    letters(a).zip(letters(b)).any(|(a, b)| a != b && HAMZA_SEATS.contains(&a) && HAMZA_SEATS.contains(&b))
}

/// Returns whether a term ends in a ta marbuta and a stem before an ending in a ha. They are
/// different words, because a ta marbuta becomes a ta before an ending (مفاوضتها, not مفاوضها).
pub(crate) fn has_other_ending(stem: &str, term: &str) -> bool {
    letters(term).next_back() == Some('ة') && letters(stem).next_back() == Some('ه')
}

/// Returns the Arabic letters of a text, without marks.
fn letters(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().filter(|c| is_arabic_letter(*c))
}

#[cfg(test)]
mod tests {
    use super::{has_other_ending, has_other_hamza};

    #[test]
    fn a_ta_marbuta_before_an_ending_is_not_a_ha() {
        assert!(has_other_ending("مفاوضه", "مُفاوضةٌ"));
        assert!(!has_other_ending("مفاوضت", "مفاوضة"));
        assert!(!has_other_ending("فقه", "فقه"));
    }

    #[test]
    fn only_two_hamzas_contradict() {
        assert!(has_other_hamza("إليه", "آلية"));
        assert!(!has_other_hamza("اليه", "آلية"));
        assert!(!has_other_hamza("أَحمد", "احمد"));
        assert!(!has_other_hamza("أحمد", "أَحْمَدُ"));
    }
}
