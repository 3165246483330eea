//! Vowel marks that contradict one another.

use std::ops::Range;

use crate::text::{folded, is_mark, words};

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

/// Says whether a word that both texts have (in their order, equal when
/// folded) carries marks on both sides that contradict one another. The texts
/// are at level *same*.
pub(in crate::matching) fn differs(a: &str, b: &str) -> bool {
    if !a.contains(is_mark) || !b.contains(is_mark) {
        return false;
    }
    let keyed = |text: &'_ str| -> Vec<(String, Range<usize>)> {
        words(text).iter().map(|w| (folded(w.text), w.start..w.end)).collect()
    };
    let (words_a, words_b) = (keyed(a), keyed(b));
    let marked = |text: &'_ str, at: &Range<usize>| text.get(at.clone()).is_some_and(|w| w.contains(is_mark));
    let letters = |text: &str, at: &Range<usize>| letters(text.get(at.clone()).unwrap_or_default());
    let mut from = 0;
    for (key, here) in &words_a {
        // The next place where the other text has the word.
        let rest = words_b.get(from..).unwrap_or_default();
        let Some(at) = rest.iter().position(|(other, _)| other == key) else { continue };
        from += at + 1;
        let Some((_, there)) = rest.get(at) else { continue };
        if !marked(a, here) || !marked(b, there) {
            continue;
        }
        let (here, there) = (letters(a, here), letters(b, there));
        if here.len() == there.len() && here.iter().zip(&there).any(|((_, x), (_, y))| contradict(x, y)) {
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
