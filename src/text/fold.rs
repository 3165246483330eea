//! The two levels of text equality (`docs/matching.md`).
//!
//! *same* removes invisible differences, *folded* also orthographic ones.
//! Both are idempotent. `folded(text)` equals `folded(same(text))`, so texts that are
//! equal at level *same* are equal when folded, too.

use std::{borrow::Cow, str::Chars, sync::LazyLock};

use super::{
    arabic::letters::{is_arabic_letter, is_invisible},
    fold_rules::{FoldSet, closes_at_level_same, fold_letter, folded_by_rules, same_by_rules},
};

/// The version of the folding rules. A checkpoint of indexes with another version is not used, and the
/// indexes are built again from the store.
pub const FOLD_VERSION: u32 = 1;

/// Removes invisible differences. Texts that are equal at this level are the same
/// segment.
///
/// The result is in NFC. Tatweel, bidi and zero-width characters are removed, joiners only
/// beside Arabic letters. Presentation forms are replaced by their letters. Every run of white
/// space becomes one space, and is removed at the ends and before `. ، ؛ : ؟ !` that white space
/// or the end follows: for example, `قال :` becomes `قال:`.
#[must_use]
pub fn same(text: &str) -> String {
    SAME_FOLDER.fold(text).unwrap_or_else(|| same_by_rules(text.chars()).into_iter().collect())
}

/// Returns a word at level *same*. A word of plain letters, digits and vowel marks in canonical
/// order is returned unchanged.
#[must_use]
pub fn fold_word_to_same(word: &str) -> Cow<'_, str> {
    if is_same_already(word) { Cow::Borrowed(word) } else { Cow::Owned(same(word)) }
}

/// Returns whether a word is surely unchanged at level *same*.
fn is_same_already(word: &str) -> bool {
    let mut before = char::MAX;
    word.chars().all(|c| {
        let fits = match c {
            'ا'..='غ' | 'ف'..='ي' | 'ء'..='ئ' | '٠'..='٩' => true,
            // No vowel mark composes with a letter, and the canonical order is that of the codes.
            _ if is_vowel(c) => !is_vowel(before) || before <= c,
            _ => c.is_ascii_alphanumeric(),
        };
        before = c;
        fits
    })
}

/// Removes orthographic differences, too. Similarity is computed on the result.
///
/// On top of [`same`], it removes marks and makes these replacements:
/// - أ إ آ ٱ by ا, ؤ ئ by ء, final ى by ي, final ة by ه, Persian and Urdu letter shapes by the
///   Arabic ones;
/// - digits, their separators, the percent sign, Arabic punctuation and quotation marks by those
///   of ASCII;
/// - entity remnants (`rsquo;`) by quotation marks;
/// - letters by their lower case.
#[must_use]
pub fn folded(text: &str) -> String {
    let simple = FULL_FOLDER.fold(text).filter(|folded| !folded.contains("quo;"));
    simple.unwrap_or_else(|| fold_with(text, FoldSet::ALL))
}

/// Folds a running word and calls `push` with each character. Like [`folded`], but faster for many short
/// words.
pub(super) fn fold_word(word: &str, mut push: impl FnMut(char)) {
    let mut rest = word.chars().peekable();
    // Plain letters can be folded one by one; only whether a letter is the last one matters.
    if word.chars().all(|c| matches!(c, 'ا'..='غ' | 'ف'..='ي' | 'ء'..='ئ') || c.is_ascii_lowercase()) {
        while let Some(c) = rest.next() {
            push(fold_letter(c, rest.peek().is_none_or(|n| !is_arabic_letter(*n)), FoldSet::ALL));
        }
    } else {
        folded(word).chars().for_each(push);
    }
}

/// Folds with some folds left out.
pub(super) fn fold_with(text: &str, set: FoldSet) -> String {
    folded_by_rules(text.chars(), set).into_iter().collect()
}

/// What the fast path does with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum FoldStep {
    /// Writes a character.
    Write(char),
    /// Writes the first character at the end of a word, or the second one if a letter follows.
    Ends(char, char),
    /// Writes closing punctuation: a space before it is removed if white space or the end follows.
    Closes(char),
    /// Writes a vowel mark. Neighbouring marks may not be in canonical order.
    Mark(char),
    /// Writes nothing.
    Drop,
    /// Begins or continues a run of white space.
    Space,
    /// Leaves the whole text to the rules.
    GiveUp,
}

/// Folding in one pass, by a table of steps that is made from the rules.
struct FastFolder {
    /// The steps of characters of up to two bytes.
    known: Box<[FoldStep]>,
    /// Returns the step of any other character.
    step: fn(char) -> FoldStep,
    /// The rules normalize white space twice, as they do at level *folded*.
    spaces_twice: bool,
}

static SAME_FOLDER: LazyLock<FastFolder> = LazyLock::new(|| FastFolder::new(step_of_same, false));
static FULL_FOLDER: LazyLock<FastFolder> = LazyLock::new(|| FastFolder::new(step_of_folded, true));

/// The fast path at level *same*. It handles letters, digits and punctuation in common use, vowel
/// marks, and invisible characters, but nothing that composes.
fn step_of_same(c: char) -> FoldStep {
    match c {
        _ if is_invisible(c) => FoldStep::Drop,
        _ if !is_plain(c) => FoldStep::GiveUp,
        _ if c.is_whitespace() => FoldStep::Space,
        _ if closes_at_level_same(c) => FoldStep::Closes(c),
        _ if is_vowel(c) => FoldStep::Mark(c),
        _ => FoldStep::Write(c),
    }
}

/// The fast path at level *folded*.
fn step_of_folded(c: char) -> FoldStep {
    let folded = fold_letter(c, false, FoldSet::ALL);
    match step_of_same(c) {
        FoldStep::Mark(_) => FoldStep::Drop,
        FoldStep::Write(_) | FoldStep::Closes(_) if matches!(folded, '.' | ',' | ';' | ':' | '?' | '!') => {
            FoldStep::Closes(folded)
        }
        FoldStep::Write(_) => match fold_letter(c, true, FoldSet::ALL) {
            last if last != folded => FoldStep::Ends(last, folded),
            _ => FoldStep::Write(folded),
        },
        step => step,
    }
}

impl FastFolder {
    fn new(step: fn(char) -> FoldStep, spaces_twice: bool) -> Self {
        let known = ('\0'..'\u{800}').map(step).collect();
        Self { known, step, spaces_twice }
    }

    #[inline]
    fn step(&self, c: char) -> FoldStep {
        self.known.get(c as usize).copied().unwrap_or_else(|| (self.step)(c))
    }

    /// Returns the next character that is not dropped.
    #[inline]
    fn next_visible(&self, rest: &Chars<'_>) -> Option<char> {
        rest.clone().find(|n| self.step(*n) != FoldStep::Drop)
    }

    /// Folds a text, or returns `None` if only the rules can. Most texts fold here.
    fn fold(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.chars();
        // White space since the last character written; whether that one is closing punctuation; and
        // which vowel mark it is.
        let (mut gap, mut closer, mut mark) = (false, false, '\0');
        let mut ordered = true;
        while let Some(c) = rest.next() {
            let (c, closes) = match self.step(c) {
                FoldStep::Drop => continue,
                FoldStep::Space => {
                    gap = true;
                    continue;
                }
                FoldStep::GiveUp => return None,
                FoldStep::Write(c) | FoldStep::Mark(c) => (c, None),
                FoldStep::Ends(last, other) => {
                    (if self.next_visible(&rest).is_some_and(is_arabic_letter) { other } else { last }, None)
                }
                FoldStep::Closes(c) => (c, Some(self.next_visible(&rest).is_none_or(char::is_whitespace))),
            };
            if gap {
                if closes.is_some() && closer && self.spaces_twice {
                    // For example, `. ،`: the rules need both passes to decide which spaces stay.
                    return None;
                }
                if closes != Some(true) && !out.is_empty() {
                    out.push(' ');
                    mark = '\0';
                }
            }
            (gap, closer) = (false, closes.is_some());
            if is_vowel(c) {
                ordered &= mark <= c;
                mark = c;
            } else {
                mark = '\0';
            }
            out.push(c);
        }
        Some(if ordered { out } else { sort_marks(&out) })
    }
}

/// Sorts neighbouring vowel marks into their canonical order, which is that of
/// their codes.
fn sort_marks(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for marks in chars.chunk_by_mut(|a, b| is_vowel(*a) && is_vowel(*b)) {
        marks.sort_unstable();
    }
    chars.into_iter().collect()
}

/// Returns whether a character is one of the vowel marks in common use.
fn is_vowel(c: char) -> bool {
    ('\u{064B}'..='\u{0652}').contains(&c)
}

/// Returns whether a character is a letter, a digit or punctuation in common use, or a vowel mark. These
/// are visible, and do not compose with one another.
fn is_plain(c: char) -> bool {
    matches!(c,
        '\0'..='\u{AC}' | '\u{AE}'..='\u{2FF}' | '\u{060C}' | '\u{061B}' | '\u{061F}' | '\u{0621}'..='\u{063A}'
        | '\u{0641}'..='\u{0652}' | '\u{0660}'..='\u{066C}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}')
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::{FoldSet, fold_with, fold_word_to_same, folded, same, same_by_rules};
    use crate::text::arabic::letters::{is_mark, may_have_marks};

    /// Makes texts with all the characters that the rules handle.
    pub(crate) fn messy_text() -> impl Strategy<Value = String> {
        let piece = prop_oneof![
            6 => proptest::char::ranges(vec!['ء'..='ي'].into()).prop_map(String::from),
            2 => proptest::char::ranges(vec!['\u{0600}'..='\u{06FF}', '\u{FB50}'..='\u{FDFF}', '\u{FE70}'..='\u{FEFF}', '\u{2000}'..='\u{206F}'].into()).prop_map(String::from),
            3 => prop::sample::select(vec![" ", ".", "،", ",", ";", "?", "؟", "rsquo;", "&ldquo;", "LSQUO;", "rs", "quo", "\u{200c}", "\u{0640}", "\u{064b}", "H\u{0331}", "\u{0654}", "\u{0307}", "٫", "٬", "٣"]).prop_map(str::to_owned),
            1 => any::<char>().prop_map(String::from),
        ];
        prop::collection::vec(piece, 0..24).prop_map(|p| p.concat())
    }

    proptest! {
        #[test]
        fn a_word_is_the_same_as_its_text(word in "[ء-يa-zA-Z0-9٠-٩]{0,9}|[ا-يـًَّ\u{64b}-\u{655}\u{670}‌ٕ0-9]{0,6}|[ا\u{64b}-\u{655}]{0,6}|\\PC{0,3}") {
            prop_assert_eq!(fold_word_to_same(&word), same(&word));
        }
    }

    #[test]
    fn marks_come_from_what_may_have_them() {
        for c in ('\0'..=char::MAX).map(String::from) {
            for text in [format!("{c}ب"), format!("ب{c}")] {
                assert!(may_have_marks(&text) || !same(&text).contains(is_mark), "{text:?}");
            }
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(4000))]
        #[test]
        fn folding_twice_is_folding_once(text in messy_text()) {
            let once = same(&text);
            prop_assert_eq!(&same(&once), &once);
            let once = folded(&text);
            prop_assert_eq!(&folded(&once), &once);
        }

        #[test]
        fn simple_texts_fold_by_the_same_rules(text in prop_oneof![messy_text(), "[ء-غف-يًٌَُِّْa-zA-Z٠-٩ .،؟«»\u{a0}\u{640}\u{200f}]{0,30}"]) {
            prop_assert_eq!(same(&text), same_by_rules(text.chars()).into_iter().collect::<String>());
            prop_assert_eq!(folded(&text), fold_with(&text, FoldSet::ALL));
        }

        #[test]
        fn same_texts_fold_alike(text in messy_text()) {
            prop_assert_eq!(folded(&same(&text)), folded(&text));
        }
    }

    #[test]
    fn invisible_differences_go_at_level_same() {
        for (text, expected) in [
            ("  كتــاب\u{200f}  جديد ", "كتاب جديد"),
            ("قال :", "قال:"),
            ("ملف .txt", "ملف .txt"),
            ("نعم . لا", "نعم. لا"),
            ("\u{FEFB}\u{FE91}\u{FE98}", "لابت"),
            ("\u{FE70}", "\u{064B}"),
            ("سطر\nآخر\u{00a0}هنا", "سطر آخر هنا"),
            ("می\u{200c}خواهم", "میخواهم"),
            ("a\u{200d}b", "a\u{200d}b"),
            ("ا\u{0653}", "آ"),
            ("أنتَ", "أنتَ"),
        ] {
            assert_eq!(same(text), expected, "{text:?}");
        }
    }

    #[test]
    fn orthography_goes_at_level_folded() {
        for (a, b) in [
            ("أَحْمَدُ", "احمد"),
            ("إلى مدرسة", "الي مدرسه"),
            ("مسؤول", "مسئول"),
            ("٣٫١٤", "3.14"),
            ("١٬٠٠٠", "1,000"),
            ("«نعم»، قال", "\"نعم\", قال"),
            ("لـrsquo;القدسrsquo;", "ل'القدس'"),
            ("NATO", "nato"),
            ("کتاب ہنا", "كتاب هنا"),
            ("نعم ؟", "نعم ?"),
        ] {
            assert_eq!(folded(a), folded(b), "{a} {b}");
        }
    }

    #[test]
    fn differences_in_meaning_stay() {
        for (a, b) in [
            ("رؤية", "روية"),
            ("ضل", "ظل"),
            ("كتب", "وكتب"),
            ("3", "4"),
            ("سماء", "سما"),
            ("هدىها", "هديها"),
            ("لا يجوز", "يجوز"),
            ("نعم؟", "نعم."),
        ] {
            assert_ne!(folded(a), folded(b), "{a} {b}");
        }
        assert_eq!(folded(" \u{0640}\u{064b} \u{200f}"), "");
    }
}
