//! Cuts Arabic texts and terms into the words in which terms are found.

use crate::text::{Word, is_arabic_letter, is_invisible, is_mark, words};

/// Returns the running words of a text. Unlike in [`words`], a word also ends where the script changes, because Latin
/// letters that are written onto an Arabic word do not belong to it: `الشركةSony`, `العربيrsquo;`. Arabic proclitics
/// stay with the Latin word after them: `بـSony`.
pub(crate) fn source_words(text: &str) -> Vec<Word<'_>> {
    let mut found = words(text);
    if !text.chars().any(|c| c.is_ascii_alphabetic()) {
        return found;
    }
    let mut at = 0;
    while let Some(word) = found.get(at).copied() {
        if let Some(end) = end_of_script(word.text) {
            let middle = word.start + end;
            let (before, after) = word.text.split_at(end);
            let pieces = [
                Word { text: before, start: word.start, end: middle },
                Word { text: after, start: middle, end: word.end },
            ];
            found.splice(at..=at, pieces);
        }
        at += 1;
    }
    found
}

/// Returns the byte at which the script of a word changes between Arabic and another one.
fn end_of_script(word: &str) -> Option<usize> {
    let mut before: Option<bool> = None;
    for (at, c) in word.char_indices() {
        if !c.is_alphabetic() || is_mark(c) || is_invisible(c) {
            continue;
        }
        let arabic = is_arabic_letter(c);
        if before.is_some_and(|before| before != arabic) {
            let head = word.get(..at).unwrap_or_default();
            return (!is_proclitics(head)).then_some(at).or_else(|| {
                let rest = word.get(at..).unwrap_or_default();
                end_of_script(rest).map(|end| at + end)
            });
        }
        before = Some(arabic);
    }
    None
}

/// Returns whether letters are only proclitics, with or without the article.
fn is_proclitics(letters: &str) -> bool {
    let letters: String = letters.chars().filter(|c| is_arabic_letter(*c)).collect();
    let rest = letters.strip_prefix(['و', 'ف']).unwrap_or(&letters);
    let rest = rest.strip_prefix(['ب', 'ك', 'ل', 'س']).unwrap_or(rest);
    !letters.is_empty() && matches!(rest, "" | "ال" | "ل")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::source_words;
    use crate::text::words;

    #[test]
    fn words_end_where_the_script_changes() {
        for (text, expected) in [
            ("الشركةSony عن", vec!["الشركة", "Sony", "عن"]),
            ("القدس العربيrsquo; ان", vec!["القدس", "العربي", "rsquo", "ان"]),
            ("Sonyالشركةabc", vec!["Sony", "الشركة", "abc"]),
            ("بـSony والـWindowsفي", vec!["بـSony", "والـWindows", "في"]),
            ("كوفيد19 و2020", vec!["كوفيد19", "و2020"]),
            ("كَتَبَabc", vec!["كَتَبَ", "abc"]),
        ] {
            let found: Vec<&str> = source_words(text).iter().map(|word| word.text).collect();
            assert_eq!(found, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn the_words_are_pieces_of_the_running_words(text in "([ء-يa-zA-Z0-9 .ـ\u{64e}-]{0,3}){0,12}|\\PC{0,30}") {
            let pieces = source_words(&text);
            let mut at = 0;
            for piece in &pieces {
                prop_assert!(piece.start >= at && piece.end > piece.start);
                prop_assert_eq!(text.get(piece.start..piece.end), Some(piece.text));
                at = piece.end;
            }
            let joined: String = pieces.iter().map(|word| word.text).collect();
            prop_assert_eq!(joined, words(&text).iter().map(|word| word.text).collect::<String>());
        }
    }
}
