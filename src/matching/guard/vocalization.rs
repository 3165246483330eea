//! Vowel marks that contradict one another.

use crate::text::{Word, folded, is_mark, words};

const SHADDA: char = '\u{0651}';

/// A letter with the marks on it, sorted.
type Letter = (char, Vec<char>);

fn letters(word: &str) -> Vec<Letter> {
    let mut found: Vec<Letter> = Vec::new();
    for c in word.chars() {
        match found.last_mut() {
            // The dagger alef stands beside a vowel, not for one.
            Some(_) if c == '\u{0670}' => {}
            Some((_, marks)) if is_mark(c) => marks.push(c),
            _ => found.push((c, Vec::new())),
        }
    }
    for (_, marks) in &mut found {
        marks.sort_unstable();
    }
    found
}

/// Says whether the marks of one letter contradict one another: both sides
/// have some, they differ, and it is not only that one side wrote the shadda
/// without the vowel.
fn contradict(a: &[char], b: &[char]) -> bool {
    let bare_shadda = |few: &[char], many: &[char]| few == [SHADDA] && many.contains(&SHADDA);
    !a.is_empty() && !b.is_empty() && a != b && !bare_shadda(a, b) && !bare_shadda(b, a)
}

/// Says whether the marks of two words of as many letters contradict one another.
fn letters_contradict(a: &[Letter], b: &[Letter]) -> bool {
    a.len() == b.len() && a.iter().zip(b).any(|((_, x), (_, y))| contradict(x, y))
}

/// Says whether a word that both texts have (in their order, equal when
/// folded) carries marks on both sides that contradict one another. The texts
/// are at level *same*.
pub(in crate::matching) fn differs(a: &str, b: &str) -> bool {
    if !a.contains(is_mark) || !b.contains(is_mark) {
        return false;
    }
    let (words_a, words_b) = (words(a), words(b));
    // Most texts have few words with marks: is there a pair at all that may contradict?
    let marked = |all: &[Word<'_>]| -> Vec<(String, Vec<Letter>)> {
        let with_marks = all.iter().filter(|w| w.text.contains(is_mark));
        with_marks.map(|w| (folded(w.text), letters(w.text))).collect()
    };
    let (marked_a, marked_b) = (marked(&words_a), marked(&words_b));
    if !marked_a.iter().any(|x| marked_b.iter().any(|y| x.0 == y.0 && letters_contradict(&x.1, &y.1))) {
        return false;
    }
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

#[cfg(test)]
mod tests {
    use super::differs;

    #[test]
    fn marks_contradict_or_do_not() {
        for (a, b, contradicts) in [
            ("كَتَبَ الرسالة", "كُتِبَ الرسالة", true),
            ("كَتَبَ الرسالة", "كتب الرسالة", false),
            ("كَتَبَ الرسالة", "كتَب الرسالة", false),
            ("كتّب الرسالة", "كَتَّبَ الرسالة", false),
            ("كَتَبَ الرسالة", "كَتَّبَ الرسالة", true),
            ("وصل الوفد ثم كَتَبَ", "وصل وفد آخر ثم كُتِبَ", true),
        ] {
            assert_eq!(differs(a, b), contradicts, "{a} | {b}");
            assert_eq!(differs(b, a), contradicts, "{b} | {a}");
        }
    }
}
