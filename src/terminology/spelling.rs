//! Where folding unites too much for terms.

/// The ways to write a hamza on alef; a bare alef may stand for any.
pub(super) const SEATS: [char; 3] = ['أ', 'إ', 'آ'];

/// Says whether two spellings of the same folded letters name different words:
/// both write a hamza on the same alef, and differ in it (آلية, إليه).
pub(super) fn contradicts(a: &str, b: &str) -> bool {
    let letters =
        |text: &str| -> Vec<char> { text.chars().filter(|c| crate::text::is_arabic_letter(*c)).collect() };
    if !a.contains(SEATS) || !b.contains(SEATS) {
        return false;
    }
    let differ = |(a, b): (&char, &char)| a != b && SEATS.contains(a) && SEATS.contains(b);
    letters(a).iter().zip(&letters(b)).any(differ)
}

#[cfg(test)]
mod tests {
    use super::contradicts;

    #[test]
    fn only_two_hamzas_contradict() {
        assert!(contradicts("إليه", "آلية"));
        assert!(!contradicts("اليه", "آلية"));
        assert!(!contradicts("أَحمد", "احمد"));
        assert!(!contradicts("أحمد", "أَحْمَدُ"));
    }
}
