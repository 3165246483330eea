//! Differences that folding removes but that separate terms.

use crate::text::{
    arabic::common_words::{is_common_spelling, is_usually_without_shadda},
    is_arabic_letter, is_mark,
};

/// The ways to write a hamza on alef. A bare alef may mean any of them.
pub(crate) const HAMZA_SEATS: [char; 3] = ['أ', 'إ', 'آ'];

const SHADDA: char = '\u{0651}';

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

/// Returns whether two spellings with the same folded letters are both common words, so that neither is
/// a spelling of the other: كرة and كره, رأي and رأى, اتباع and أتباع.
pub(crate) fn is_other_common_word(stem: &str, term: &str) -> bool {
    !letters(stem).eq(letters(term)) && is_common_spelling(stem) && is_common_spelling(term)
}

/// Returns whether the vowel marks of two words contradict each other: the same letter has another vowel, or it has a
/// shadda in one of them and only a vowel in the other. The last letter does not count, because its vowel is
/// the ending. A letter without marks may have any. The shadda of a first letter does not count either, because it
/// belongs to the article before it: التَّاريخ and تَاريخ.
pub(crate) fn has_other_marks(stem: &str, term: &str) -> bool {
    let (a, b) = (marked_letters(stem), marked_letters(term));
    let inner = a.len().min(b.len()).saturating_sub(1);
    let of_word =
        |n: usize, letter: &MarkedLetter| MarkedLetter { has_shadda: n > 0 && letter.has_shadda, ..*letter };
    a.iter().zip(&b).take(inner).enumerate().any(|(n, (a, b))| of_word(n, a).contradicts(of_word(n, b)))
}

/// Returns whether a term with a shadda is another word than the one that its letters usually are, and a text
/// has no marks that show it: شكّل, where the text has شكل.
pub(crate) fn is_unusual_with_shadda(stem: &str, term: &str) -> bool {
    has_telling_shadda(term)
        // The tanwin is the ending, and shows nothing.
        && !stem.trim_end_matches(|c| is_mark(c) && c != SHADDA).contains(is_mark)
        && is_usually_without_shadda(term)
}

/// Returns whether a shadda shows that a word is another one: inside the word, after an alef (حالّ), or in a word of two
/// letters (لمّ). At the end of other words it may be left out: مهمّ.
fn has_telling_shadda(word: &str) -> bool {
    let letters = marked_letters(word);
    let before_last = word.chars().filter(|c| is_arabic_letter(*c)).rev().nth(1);
    letters.iter().enumerate().any(|(n, letter)| {
        letter.has_shadda && (n + 1 < letters.len() || letters.len() == 2 || before_last == Some('ا'))
    })
}

/// A letter with its marks.
#[derive(Clone, Copy)]
struct MarkedLetter {
    has_shadda: bool,
    /// A short vowel or the sukun.
    vowel: Option<char>,
}

impl MarkedLetter {
    fn contradicts(self, other: Self) -> bool {
        let (Some(a), Some(b)) = (self.vowel, other.vowel) else {
            // A shadda alone contradicts nothing but the sukun.
            let sukun = |with: Self, without: Self| with.has_shadda && without.vowel == Some('\u{0652}');
            return sukun(self, other) || sukun(other, self);
        };
        a != b || self.has_shadda != other.has_shadda
    }
}

/// Returns the letters of a word with their marks.
fn marked_letters(word: &str) -> Vec<MarkedLetter> {
    let mut found: Vec<MarkedLetter> = Vec::new();
    for c in word.chars() {
        if is_arabic_letter(c) {
            found.push(MarkedLetter { has_shadda: false, vowel: None });
        } else if let Some(last) = found.last_mut() {
            match c {
                SHADDA => last.has_shadda = true,
                '\u{064E}'..='\u{0650}' | '\u{0652}' => last.vowel = Some(c),
                _ => {}
            }
        }
    }
    found
}

/// Returns the Arabic letters of a text, without marks.
fn letters(text: &str) -> impl DoubleEndedIterator<Item = char> {
    text.chars().filter(|c| is_arabic_letter(*c))
}

#[cfg(test)]
mod tests {
    use super::{
        has_other_ending, has_other_hamza, has_other_marks, is_other_common_word, is_unusual_with_shadda,
    };

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

    #[test]
    fn marks_contradict_only_where_both_words_have_them() {
        for (a, b, expected) in [
            ("عِلْم", "عَلَم", true),
            ("عِلم", "علم", false),
            ("عِلم", "عِلْمٌ", false),
            ("مَدرسة", "مُدرّسة", true),
            ("مدْرسة", "مدّرسة", true),
            ("مدرّسة", "مُدرِّسة", false),
            ("كتابُ", "كتابِ", false),
            ("", "عَلَم", false),
            ("تَّاريخ", "تَاريخ", false),
        ] {
            assert_eq!(has_other_marks(a, b), expected, "{a} {b}");
            assert_eq!(has_other_marks(b, a), expected, "{b} {a}");
        }
    }

    #[test]
    fn words_that_are_both_common_are_different_words() {
        assert!(is_other_common_word("كرة", "كره") && is_other_common_word("اتباع", "أتباع"));
        assert!(!is_other_common_word("مدرسه", "مدرسة") && !is_other_common_word("كرة", "كُرة"));
        assert!(is_unusual_with_shadda("شكل", "شكّل") && is_unusual_with_shadda("مركز", "مركِّز"));
        assert!(
            is_unusual_with_shadda("شكلٍ", "شكّل")
                && is_unusual_with_shadda("حال", "حالّ")
                && is_unusual_with_shadda("لم", "لمّ")
        );
        assert!(!is_unusual_with_shadda("تامّ", "تامّ") && !is_unusual_with_shadda("همّ", "همّ"));
        assert!(!is_unusual_with_shadda("عام", "عامّ") && !is_unusual_with_shadda("قوة", "قوّة"));
        assert!(!is_unusual_with_shadda("شكَّل", "شكّل") && !is_unusual_with_shadda("معلم", "معلّم"));
    }
}
