//! Finds vowel marks that contradict each other.

use crate::text::{
    Word, fold_word_to_same, folded, is_invisible, is_joiner, is_mark, is_presentation_form, may_have_marks,
    words,
};

/// The marks on a letter, one bit each. A mark that is written twice counts once.
type Marks = u128;

/// A letter with the marks on it.
type Letter = (char, Marks);

/// Returns the bit of a mark.
fn mark_bit(mark: char) -> Marks {
    let number = match mark {
        '\u{0610}'..='\u{061A}' => mark as u32 - 0x610,
        '\u{064B}'..='\u{065F}' => mark as u32 - 0x64B + 11,
        '\u{06D6}'..='\u{06ED}' => mark as u32 - 0x6D6 + 32,
        '\u{0897}'..='\u{089F}' => mark as u32 - 0x897 + 57,
        '\u{08CA}'..='\u{08FF}' => mark as u32 - 0x8CA + 66,
        _ => 56,
    };
    1 << number
}

/// Returns the letters of a word with their marks.
fn letters(word: &str) -> Vec<Letter> {
    let mut found: Vec<Letter> = Vec::with_capacity(word.len() / 2);
    for c in word.chars() {
        match found.last_mut() {
            // The dagger alef is written in addition to a vowel mark, not instead of one. The sukun is not a vowel,
            // and is often left out.
            Some(_) if matches!(c, '\u{0670}' | '\u{0652}') => {}
            Some((_, marks)) if is_mark(c) => *marks |= mark_bit(c),
            _ => found.push((c, 0)),
        }
    }
    found
}

/// Returns whether `few` is only a shadda, and `many` has one, too.
fn is_bare_shadda(few: Marks, many: Marks) -> bool {
    let shadda = mark_bit('\u{0651}');
    few == shadda && many & shadda != 0
}

/// Returns whether the marks of one letter contradict each other: both sides have marks, they differ, and it
/// is not only that one side has the shadda without its vowel.
fn contradict(a: Marks, b: Marks) -> bool {
    a != 0 && b != 0 && a != b && !is_bare_shadda(a, b) && !is_bare_shadda(b, a)
}

/// Returns whether two words have the same number of letters, and the marks of any of them contradict each
/// other. The ending does not count, because it depends on the sentence and on the word after it: «الرجلُ» and
/// «الرجلَ», «عنْ» and «عنِ».
fn letters_contradict(a: &[Letter], b: &[Letter]) -> bool {
    let stem = a.len() - ending_letters(a).max(ending_letters(b)).min(a.len());
    a.len() == b.len() && a.iter().zip(b).take(stem).any(|((_, x), (_, y))| contradict(*x, *y))
}

/// Returns the number of letters that carry the ending: the last one, and also the one before an alef without
/// marks, because «خبرًا» has its ending there.
fn ending_letters(word: &[Letter]) -> usize {
    let tanween = mark_bit('\u{064B}');
    match word {
        [.., (_, before), ('ا', 0)] if before & tanween != 0 => 2,
        _ => 1,
    }
}

/// A text at level *same*, with its marked words, which are found once.
#[derive(Clone, Debug)]
pub(crate) struct VowelMarks {
    text: String,
    /// The words that have marks: folded, and as letters with marks.
    marked_words: Vec<(String, Vec<Letter>)>,
}

/// Returns the words that have marks, folded and as letters with marks.
fn marked_words(words: &[Word<'_>]) -> Vec<(String, Vec<Letter>)> {
    let with_marks = words.iter().filter(|w| w.text.contains(is_mark));
    with_marks.map(|w| (folded(w.text), letters(&fold_word_to_same(w.text)))).collect()
}

fn folded_words(words: &[Word<'_>]) -> Vec<String> {
    words.iter().map(|word| folded(word.text)).collect()
}

impl VowelMarks {
    /// Prepares a text at level *same*.
    pub(crate) fn new(same: String) -> Self {
        let marked = if same.contains(is_mark) { marked_words(&words(&same)) } else { Vec::new() };
        Self { text: same, marked_words: marked }
    }

    /// Returns the text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Returns whether a text, as it was received, may contradict this one at level *same*: whether any pair
    /// of words does, wherever they are in the texts. If not, [`VowelMarks::differs`] is false, too.
    pub(crate) fn may_contradict(&self, other: &str) -> bool {
        if self.marked_words.is_empty() || !may_have_marks(other) {
            return false;
        }
        // A text with such characters may have other words at level *same*.
        other.contains(|c: char| is_presentation_form(c) || is_invisible(c) || is_joiner(c))
            || self.has_contradiction(&words(other))
    }

    /// Returns whether any word contradicts one of the other words that is equal when folded.
    fn has_contradiction(&self, others: &[Word<'_>]) -> bool {
        let others = marked_words(others);
        self.marked_words.iter().any(|(word, letters)| {
            others.iter().any(|(other, of_other)| word == other && letters_contradict(letters, of_other))
        })
    }

    /// Returns whether a word that both texts have in the same order (equal when folded) has marks in both
    /// that contradict each other. The other text must be at level *same*.
    pub(crate) fn contradicts(&self, other: &str) -> bool {
        if self.marked_words.is_empty() || !other.contains(is_mark) {
            return false;
        }
        let words_b = words(other);
        if !self.has_contradiction(&words_b) {
            return false;
        }
        let words_a = words(&self.text);
        let keys_b = folded_words(&words_b);
        let mut from = 0;
        for (here, key) in words_a.iter().zip(folded_words(&words_a)) {
            // The next occurrence of the word in the other text.
            let Some(at) = keys_b.iter().skip(from).position(|other| *other == key) else { continue };
            let there = words_b.get(from + at);
            from += at + 1;
            if there.is_some_and(|there| letters_contradict(&letters(here.text), &letters(there.text))) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{VowelMarks, mark_bit};
    use crate::text::{is_mark, same};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn texts_that_differ_may_differ(
            a in "[ابـ ًَُّْٕ2.\u{200c}\u{200f}\u{fe76}\u{fcf2}\u{670}،]{0,14}|[اب َُِّ2.٣٫،]{0,16}",
            b in "[ابـ ًَُّْٕ2.\u{200c}\u{200f}\u{fe76}\u{fcf2}\u{670}،]{0,14}|[اب َُِّ2.٣٫،]{0,16}",
        ) {
            let asked = VowelMarks::new(same(&a));
            prop_assert!(!asked.contradicts(&same(&b)) || asked.may_contradict(&b), "{:?} {:?}", a, b);
        }
    }

    #[test]
    fn invisible_characters_may_join_words() {
        let asked = VowelMarks::new(same("بلغ الوزن 2.5كِلو"));
        let stored = "بلغ الوزن 2\u{200f}.5كُلو جدا";
        assert!(asked.contradicts(&same(stored)) && asked.may_contradict(stored));
    }

    #[test]
    fn marks_have_bits_of_their_own() {
        let marks = ('\0'..=char::MAX).filter(|c| is_mark(*c));
        let mut all: Vec<u128> = marks.map(mark_bit).collect();
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), ('\0'..=char::MAX).filter(|c| is_mark(*c)).count());
    }

    #[test]
    fn marks_contradict_or_do_not() {
        for (a, b, contradicts) in [
            ("كَتَبَ الرسالة", "كُتِبَ الرسالة", true),
            ("كَتَبَ الرسالة", "كتب الرسالة", false),
            ("كَتَبَ الرسالة", "كتَب الرسالة", false),
            ("كتّب الرسالة", "كَتَّبَ الرسالة", false),
            ("كَتَبَ الرسالة", "كَتَّبَ الرسالة", true),
            ("كََتَبَ الرسالة", "كَتَبَ الرسالة", false),
            ("جاء الرَّجُلُ", "رأى الرَّجُلَ", false),
            ("عَنْ أبيه", "عَنِ الوزير", false),
            ("سمع خَبَرًا", "جاءه خَبَرٌ", false),
            ("قَلْب الرجل", "قَلَب الرجل", false),
            ("عُلِمَ الخبر", "عَلِمَ الخبر", true),
            ("وصل الوفد ثم كَتَبَ", "وصل وفد آخر ثم كُتِبَ", true),
        ] {
            assert_eq!(VowelMarks::new(a.to_owned()).contradicts(b), contradicts, "{a} | {b}");
            assert_eq!(VowelMarks::new(b.to_owned()).contradicts(a), contradicts, "{b} | {a}");
        }
    }
}
