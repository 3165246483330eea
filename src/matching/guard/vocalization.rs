//! Vowel marks that contradict one another.

use crate::text::{
    Word, folded, is_invisible, is_joiner, is_mark, is_presentation_form, may_have_marks, same_word, words,
};

/// Marks on a letter, a bit each: one written twice is one.
type Marks = u64;

/// A letter with the marks on it.
type Letter = (char, Marks);

/// Returns the bit of a mark.
fn bit(mark: char) -> Marks {
    let number = match mark {
        '\u{0610}'..='\u{061A}' => mark as u32 - 0x610,
        '\u{064B}'..='\u{065F}' => mark as u32 - 0x64B + 11,
        '\u{06D6}'..='\u{06ED}' => mark as u32 - 0x6D6 + 32,
        _ => 56,
    };
    1 << number
}

fn letters(word: &str) -> Vec<Letter> {
    let mut found: Vec<Letter> = Vec::with_capacity(word.len() / 2);
    for c in word.chars() {
        match found.last_mut() {
            // The dagger alef stands beside a vowel, not for one.
            Some(_) if c == '\u{0670}' => {}
            Some((_, marks)) if is_mark(c) => *marks |= bit(c),
            _ => found.push((c, 0)),
        }
    }
    found
}

/// Says whether the marks of one letter contradict one another: both sides
/// have some, they differ, and it is not only that one side wrote the shadda
/// without the vowel.
fn contradict(a: Marks, b: Marks) -> bool {
    let shadda = bit('\u{0651}');
    let bare_shadda = |few: Marks, many: Marks| few == shadda && many & shadda != 0;
    a != 0 && b != 0 && a != b && !bare_shadda(a, b) && !bare_shadda(b, a)
}

/// Says whether the marks of two words of as many letters contradict one another.
fn letters_contradict(a: &[Letter], b: &[Letter]) -> bool {
    a.len() == b.len() && a.iter().zip(b).any(|((_, x), (_, y))| contradict(*x, *y))
}

/// A text at level *same*, with what is told of its marks once.
#[derive(Clone, Debug)]
pub(crate) struct Vocalized {
    text: String,
    /// Its words with marks, folded, by their letters.
    marked: Vec<(String, Vec<Letter>)>,
}

fn marked(words: &[Word<'_>]) -> Vec<(String, Vec<Letter>)> {
    let with_marks = words.iter().filter(|w| w.text.contains(is_mark));
    with_marks.map(|w| (folded(w.text), letters(&same_word(w.text)))).collect()
}

impl Vocalized {
    /// Prepares a text at level *same*.
    pub(crate) fn new(same: String) -> Self {
        let marked = if same.contains(is_mark) { marked(&words(&same)) } else { Vec::new() };
        Self { text: same, marked }
    }

    /// Returns the text.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// Says whether a text, as it was received, may contradict this one at level *same*: whether
    /// there is a pair of words at all that does, wherever they stand.
    pub(crate) fn may_differ(&self, other: &str) -> bool {
        if self.marked.is_empty() || !may_have_marks(other) {
            return false;
        }
        // With these the words may be others at level *same*.
        let changes_words = |c: char| is_presentation_form(c) || is_invisible(c) || is_joiner(c);
        other.contains(changes_words) || self.has_contradiction(&words(other))
    }

    fn has_contradiction(&self, others: &[Word<'_>]) -> bool {
        let others = marked(others);
        let contradicts =
            |x: &(String, Vec<Letter>)| others.iter().any(|y| x.0 == y.0 && letters_contradict(&x.1, &y.1));
        self.marked.iter().any(contradicts)
    }

    /// Says whether a word that both texts have (in their order, equal when
    /// folded) carries marks on both sides that contradict one another. The other text
    /// is at level *same*.
    pub(crate) fn differs(&self, other: &str) -> bool {
        if self.marked.is_empty() || !other.contains(is_mark) {
            return false;
        }
        let words_b = words(other);
        if !self.has_contradiction(&words_b) {
            return false;
        }
        let words_a = words(&self.text);
        let keyed = |all: &[Word<'_>]| all.iter().map(|w| folded(w.text)).collect::<Vec<_>>();
        let keys_b = keyed(&words_b);
        let mut from = 0;
        for (here, key) in words_a.iter().zip(keyed(&words_a)) {
            // The next place where the other text has the word.
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

    use super::{Vocalized, bit};
    use crate::text::{is_mark, same};

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(20_000))]
        #[test]
        fn texts_that_differ_may_differ(
            a in "[ابـ ًَُّْٕ2.\u{200c}\u{200f}\u{fe76}\u{fcf2}\u{670}،]{0,14}|[اب َُِّ2.٣٫،]{0,16}",
            b in "[ابـ ًَُّْٕ2.\u{200c}\u{200f}\u{fe76}\u{fcf2}\u{670}،]{0,14}|[اب َُِّ2.٣٫،]{0,16}",
        ) {
            let asked = Vocalized::new(same(&a));
            prop_assert!(!asked.differs(&same(&b)) || asked.may_differ(&b), "{:?} {:?}", a, b);
        }
    }

    #[test]
    fn what_is_invisible_may_join_words() {
        let asked = Vocalized::new(same("بلغ الوزن 2.5كِلو"));
        let stored = "بلغ الوزن 2\u{200f}.5كُلو جدا";
        assert!(asked.differs(&same(stored)) && asked.may_differ(stored));
    }

    #[test]
    fn marks_have_bits_of_their_own() {
        let marks = ('\0'..=char::MAX).filter(|c| is_mark(*c));
        let mut all: Vec<u64> = marks.map(bit).collect();
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
            ("وصل الوفد ثم كَتَبَ", "وصل وفد آخر ثم كُتِبَ", true),
        ] {
            let differs = |a: &str, b: &str| Vocalized::new(a.to_owned()).differs(b);
            assert_eq!(differs(a, b), contradicts, "{a} | {b}");
            assert_eq!(differs(b, a), contradicts, "{b} | {a}");
        }
    }
}
