//! Cuts texts into words, numbers and placeholders, and counts their words.

use super::{
    arabic::letters::{is_arabic_letter, is_invisible, is_mark},
    placeholder, same,
    words::words,
};

/// The kind of a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TokenKind {
    /// A running word, with its clitics.
    Word,
    /// Digits and what joins them: `3.5`, `١٬٠٠٠`, `12/5/2020`, `10:30`.
    Number,
    /// A placeholder that a program fills in, or markup: `%s`, `{0}`, `<b>`.
    Placeholder,
}

/// A token of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Token {
    /// Its kind.
    pub kind: TokenKind,
    /// Byte offset of its start.
    pub start: usize,
    /// Byte offset of its end.
    pub end: usize,
}

/// Returns the words, numbers and placeholders of a text, each as one token, in order. Punctuation and
/// white space between them are left out.
#[must_use]
pub fn tokens(text: &str) -> Vec<Token> {
    let mut found: Vec<Token> = Vec::new();
    let mut at = 0;
    let mut plain = 0;
    while let Some(open) = text.get(at..).and_then(|rest| rest.find(['%', '{', '$', '#', '<', '&'])) {
        let start = at + open;
        let before = text.get(..start).and_then(|head| head.chars().next_back());
        if let Some(length) = text.get(start..).and_then(|rest| placeholder(rest, before)) {
            push_words(text, plain, start, &mut found);
            found.push(Token { kind: TokenKind::Placeholder, start, end: start + length });
            at = start + length;
            plain = at;
        } else {
            at = start + 1;
        }
    }
    push_words(text, plain, text.len(), &mut found);
    found
}

/// Adds the words and numbers of a range without placeholders.
fn push_words(text: &str, from: usize, to: usize, found: &mut Vec<Token>) {
    for word in words(text.get(from..to).unwrap_or_default()) {
        let (start, end) = (from + word.start, from + word.end);
        // The letters of most words are found in the table of the script, which is faster.
        let is_number = !word.text.contains(|c: char| is_arabic_letter(c) || c.is_alphabetic());
        // Join the parts of a date or time: 12/5/2020, 10:30, 2020-05-12.
        let joined = found.last_mut().filter(|last| {
            let mark = text.get(last.end..start).unwrap_or_default();
            is_number && last.kind == TokenKind::Number && matches!(mark, "/" | ":" | "-")
        });
        match joined {
            Some(last) => last.end = end,
            None => {
                let kind = if is_number { TokenKind::Number } else { TokenKind::Word };
                found.push(Token { kind, start, end });
            }
        }
    }
}

/// Returns the number of words of a text, as leverage counts them. Words, with their clitics, and
/// numbers count one each. Placeholders and punctuation do not count, and neither does a single و,
/// because it belongs to the next word: some people type a space after it.
#[must_use]
pub fn count_words(text: &str) -> usize {
    // Invisible differences must not change the number.
    let text = same(text);
    let counted = tokens(&text).into_iter().filter(|token| {
        token.kind != TokenKind::Placeholder
            && counts_as_word(text.get(token.start..token.end).unwrap_or_default())
    });
    counted.count()
}

/// Returns whether a word is more than a single و or marks.
fn counts_as_word(word: &str) -> bool {
    let mut letters = word.chars().filter(|c| !is_mark(*c) && !is_invisible(*c));
    letters.next().is_some_and(|first| first != 'و' || letters.next().is_some())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        TokenKind::{Number, Placeholder, Word},
        count_words, tokens,
    };
    use crate::text::folded;

    #[test]
    fn numbers_and_placeholders_are_one_token() {
        let text = "دفع {0} من 1,000.50 في 12/5/2020 عند 10:30 <b>نقدا</b> وبنسبة ٣٫٥٪ لـ%s";
        let found: Vec<_> = tokens(text).into_iter().map(|t| (t.kind, &text[t.start..t.end])).collect();
        let expected = [
            (Word, "دفع"),
            (Placeholder, "{0}"),
            (Word, "من"),
            (Number, "1,000.50"),
            (Word, "في"),
            (Number, "12/5/2020"),
            (Word, "عند"),
            (Number, "10:30"),
            (Placeholder, "<b>"),
            (Word, "نقدا"),
            (Placeholder, "</b>"),
            (Word, "وبنسبة"),
            (Number, "٣٫٥"),
            (Word, "لـ"),
            (Placeholder, "%s"),
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn words_are_counted_as_people_count_them() {
        for (text, words) in [
            ("وبالمدرسة الكبيرة", 2),
            ("أحمد و علي", 2),
            ("بلغ 3.5 في المئة", 4),
            ("اضغط على %s، ثم {0}", 3),
            ("نعم،لا", 2),
            ("", 0),
            ("... !", 0),
            ("كتـــاب\u{200f}", 1),
        ] {
            assert_eq!(count_words(text), words, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn tokens_are_in_order_and_in_the_text(text in "[ء-ي 0-9a-c.,:/%{}<>&;$ -]{0,40}|\\PC{0,40}") {
            let mut at = 0;
            for t in tokens(&text) {
                prop_assert!(t.start >= at && t.end > t.start && text.get(t.start..t.end).is_some());
                at = t.end;
            }
        }

        #[test]
        fn marks_and_spelling_count_nothing(text in "(([ء-غف-ي][\u{64b}-\u{652}]{0,2}\u{640}?){1,4}[ .؟\u{200f}0-9٠-٩]{0,2}){0,6}") {
            prop_assert_eq!(count_words(&folded(&text)), count_words(&text));
        }
    }
}
