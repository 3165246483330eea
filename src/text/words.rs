//! Cuts texts into running words with their places.

use super::arabic::letters::{is_invisible, is_joiner, is_mark};

/// A running word of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word<'t> {
    /// The word as it is written, marks and tatweel included.
    pub text: &'t str,
    /// Byte offset of its start.
    pub start: usize,
    /// Byte offset of its end.
    pub end: usize,
}

/// Returns the running words of a text: runs of letters and digits, with the marks and invisible
/// characters between or after them. Punctuation and white space separate words and are left out,
/// but a dot, a comma or an Arabic separator between digits belongs to the number.
#[must_use]
pub fn words(text: &str) -> Vec<Word<'_>> {
    // A word and its space have some ten bytes. The vector of a long document grows as needed.
    let mut found = Vec::with_capacity((text.len() / 8 + 1).min(256));
    let mut start = None;
    let mut before = ' ';
    let mut rest = text.char_indices().peekable();
    while let Some((at, c)) = rest.next() {
        let joins_digits = matches!(c, '.' | ',' | '٫' | '٬')
            && before.is_numeric()
            && rest.peek().is_some_and(|(_, n)| n.is_numeric());
        if is_word_char(c) || start.is_some() && (joins_digits || is_attached(c)) {
            start.get_or_insert(at);
        } else if let Some(from) = start.take() {
            found.push(word(text, from, at));
        }
        before = c;
    }
    if let Some(from) = start {
        found.push(word(text, from, text.len()));
    }
    found
}

fn word(text: &str, start: usize, end: usize) -> Word<'_> {
    Word { text: text.get(start..end).unwrap_or_default(), start, end }
}

/// Returns whether a character is a letter or a digit.
fn is_word_char(c: char) -> bool {
    match c {
        '\0'..='\x7F' => c.is_ascii_alphanumeric(),
        '\u{0620}'..='\u{064A}' | '\u{0660}'..='\u{0669}' => true,
        _ => !is_mark(c) && c.is_alphanumeric(),
    }
}

/// Returns whether a character belongs to the letter or the digit before it.
fn is_attached(c: char) -> bool {
    !c.is_ascii() && (is_mark(c) || is_invisible(c) || is_joiner(c) || is_combining(c))
}

fn is_combining(c: char) -> bool {
    unicode_normalization::char::is_combining_mark(c)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::words;

    #[test]
    fn words_are_letters_and_digits_with_what_clings() {
        for (text, expected) in [
            ("قال: «نعم»، ثم مضى.", vec!["قال", "نعم", "ثم", "مضى"]),
            ("كَتَبَ كتــاباً", vec!["كَتَبَ", "كتــاباً"]),
            ("3.5 و١٬٠٠٠ 7.", vec!["3.5", "و١٬٠٠٠", "7"]),
            ("", vec![]),
            ("« . »", vec![]),
        ] {
            let got: Vec<_> = words(text).iter().map(|w| w.text).collect();
            assert_eq!(got, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn spans_are_in_order_and_in_the_text(text in any::<String>()) {
            let mut at = 0;
            for w in words(&text) {
                prop_assert!(w.start >= at && w.end > w.start);
                prop_assert_eq!(text.get(w.start..w.end), Some(w.text));
                at = w.end;
            }
        }
    }
}
