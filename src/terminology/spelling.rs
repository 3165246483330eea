//! Where folding unites too much for terms.

use crate::text::is_arabic_letter;

/// The ways to write a hamza on alef; a bare alef may stand for any.
pub(crate) const SEATS: [char; 3] = ['أ', 'إ', 'آ'];

/// Says whether two spellings of the same folded letters name different words:
/// both write a hamza on the same alef, and differ in it (آلية, إليه).
pub(crate) fn contradicts(a: &str, b: &str) -> bool {
    let letters = |text: &str| -> Vec<char> { text.chars().filter(|c| is_arabic_letter(*c)).collect() };
    if !a.contains(SEATS) || !b.contains(SEATS) {
        return false;
    }
    let differ = |(a, b): (&char, &char)| a != b && SEATS.contains(a) && SEATS.contains(b);
    letters(a).iter().zip(&letters(b)).any(differ)
}

/// Says whether a term's last letter is a ta marbuta and that of a stem, before an
/// ending, a ha: a ta marbuta is written ta there (مفاوضتها, not مفاوضها).
pub(crate) fn ends_otherwise(stem: &str, term: &str) -> bool {
    let last = |text: &str| text.chars().rev().find(|c| is_arabic_letter(*c));
    last(term) == Some('ة') && last(stem) == Some('ه')
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
