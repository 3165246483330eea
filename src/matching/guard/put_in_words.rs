//! Finds words that change the meaning of the next one where only one of two texts has them.

use std::ops::Range;

use super::word_alignment::{TextTokenKind, TokenizedText};
use crate::text::{RollingHash, arabic};

/// Words before ما that make it "what" or "some": «عادة ما», «كل ما», «سرعان ما».
const BEFORE_OTHER_MA: [&str; 20] = [
    "سرعان",
    "عاده",
    "غالبا",
    "كثيرا",
    "قليلا",
    "نادرا",
    "كل",
    "بعد",
    "عند",
    "حين",
    "اول",
    "مثل",
    "بقدر",
    "ريث",
    "نوعا",
    "شيءا",
    "يوما",
    "حسب",
    "قدر",
    "اذا",
];

/// Returns whether a block of the first text has ما where the second one has nothing or قد, before the same
/// verb, or a verb with ما and ش that is without them in the second one: «ما وصلتش» and «وصلت».
pub(super) fn is_ma_put_in(
    (text, block): (&TokenizedText<'_>, &Range<usize>),
    (other, other_block): (&TokenizedText<'_>, &Range<usize>),
) -> bool {
    fn is_ma(word: &str) -> bool {
        matches!(word, "ما" | "وما" | "فما")
    }
    let (first, last) = (text.word(block.start), text.word(block.end.saturating_sub(1)));
    match block.len() {
        1 if is_ma(first) => {
            let other_is_empty = match other_block.len() {
                0 => true,
                1 => matches!(other.word(other_block.start), "قد" | "وقد" | "فقد" | "لقد" | "ولقد"),
                _ => false,
            };
            let before = block.start.checked_sub(1).map(|n| text.word(n)).unwrap_or_default();
            let verb = text.word(block.end);
            // ما also belongs to the word before it: «شخص ما».
            other_is_empty
                && text.kind(block.end) == Some(TextTokenKind::Word)
                && verb.chars().count() >= 3
                && !is_function_word(verb)
                && !BEFORE_OTHER_MA.contains(&before)
        }
        1 | 2 if other_block.len() == 1 => {
            let verb = if block.len() == 2 {
                if is_ma(first) { Some(last) } else { None }
            } else {
                first.strip_prefix("ما").or_else(|| first.strip_prefix('م'))
            };
            verb.and_then(|verb| verb.strip_suffix('ش'))
                .is_some_and(|verb| verb.chars().count() >= 3 && verb == other.word(other_block.start))
        }
        _ => false,
    }
}

/// Forms of «إلغاء» (to cancel), folded and without clitics.
const CANCELLATIONS: [&str; 7] = ["الغاء", "الغي", "الغ", "يلغي", "تلغي", "نلغي", "الغيت"];

/// Returns whether a word is a form of «إلغاء», with و, ف, ب or ل before it.
fn is_cancellation(word: &str) -> bool {
    let bare = word.strip_prefix(['و', 'ف']).unwrap_or(word);
    CANCELLATIONS.contains(&bare)
        || bare.strip_prefix(['ب', 'ل']).is_some_and(|rest| CANCELLATIONS.contains(&rest))
}

/// Returns whether a block of the first text has «إلغاء» before a noun that the second text has without it: «إلغاء
/// الاشتراك» and «الاشتراك», «ألغِ نشر الصفحة» and «انشر الصفحة».
pub(super) fn is_cancellation_put_in(
    (text, block): (&TokenizedText<'_>, &Range<usize>),
    (other, other_block): (&TokenizedText<'_>, &Range<usize>),
) -> bool {
    if !is_cancellation(text.word(block.start)) {
        return false;
    }
    let noun = text.word(block.start + 1);
    match (block.len(), other_block.len()) {
        (1, 0) => text.kind(block.end) == Some(TextTokenKind::Word) && !is_function_word(noun),
        (2, 1) => has_letters_of(noun, other.word(other_block.start)),
        _ => false,
    }
}

/// Returns whether a noun has the letters of a verb or a noun in their order, so that both most likely have one root:
/// «نشر» those of «انشر», «تثبيت» those of «ثبت». A first letter that is a prefix does not count.
fn has_letters_of(noun: &str, word: &str) -> bool {
    let bare = word.strip_prefix(['ا', 'ي', 'ت', 'ن', 'ل', 'ب']).unwrap_or(word);
    let letters = if bare.chars().count() >= 3 { bare } else { word };
    let mut left = noun.chars();
    letters.chars().count() >= 3 && letters.chars().all(|letter| left.any(|c| c == letter))
}

fn is_function_word(word: &str) -> bool {
    arabic::is_function_word(RollingHash::of(word))
}
