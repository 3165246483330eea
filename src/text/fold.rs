//! The two levels of text equality. `docs/matching.md` says what they mean.
//!
//! *same* removes invisible differences; *folded* also orthographic ones.
//! Both are idempotent, and `folded` is a function of `same`, so texts that
//! are the same are equal when folded, too.

use std::{borrow::Cow, sync::LazyLock};

use super::{
    arabic::letters::{is_arabic_letter, is_invisible},
    fold_rules::{FoldSet, closes_visibly, fold_letter, folded_by_rules, same_by_rules},
};

/// Version of the tables below. A store indexed with another one is indexed anew.
pub const FOLD_VERSION: u32 = 1;

/// Removes invisible differences: texts that are equal at this level are the
/// same segment.
///
/// NFC; tatweel, bidi and zero-width characters dropped, joiners only beside
/// Arabic letters; presentation forms replaced; every run of white space one
/// space, none at the ends; no space before `. ، ؛ : ؟ !` where a space or
/// the end follows.
#[must_use]
pub fn same(text: &str) -> String {
    SAME.fold(text).unwrap_or_else(|| same_by_rules(text.chars()).into_iter().collect())
}

/// Returns a word at level *same*: as it stands if it is of plain letters, digits and vowel
/// marks in their order.
#[must_use]
pub fn same_word(word: &str) -> Cow<'_, str> {
    // None of these composes with a letter, and their order is that of their classes.
    let vowel = |c: char| matches!(c, '\u{064B}'..='\u{0652}');
    let mut before = char::MAX;
    let mut plain = |c: char| {
        let fits = match c {
            'ا'..='غ' | 'ف'..='ي' | 'ء'..='ئ' | '٠'..='٩' => true,
            _ if vowel(c) => !vowel(before) || before <= c,
            _ => c.is_ascii_alphanumeric(),
        };
        before = c;
        fits
    };
    if word.chars().all(&mut plain) { Cow::Borrowed(word) } else { Cow::Owned(same(word)) }
}

/// Removes orthographic differences too: what similarity is computed on.
///
/// On top of [`same`]: marks dropped; أ إ آ ٱ to ا, ؤ ئ to ء, final ى to ي,
/// final ة to ه; Persian and Urdu letter shapes; digits, their separators and
/// the percent sign to ASCII; Arabic punctuation and quotation marks to
/// ASCII; entity remnants (`rsquo;`) to quotation marks; Latin letters to
/// lower case.
#[must_use]
pub fn folded(text: &str) -> String {
    let simple = FOLDED.fold(text).filter(|folded| !folded.contains("quo;"));
    simple.unwrap_or_else(|| folded_with(text, FoldSet::ALL))
}

/// Folds a running word letter by letter: [`folded`] for many short texts.
pub(super) fn fold_word(word: &str, mut push: impl FnMut(char)) {
    let mut rest = word.chars().peekable();
    // Plain letters fold one by one; the last of them knows that it is.
    let plain = |c: char| matches!(c, 'ا'..='غ' | 'ف'..='ي' | 'ء'..='ئ') || c.is_ascii_lowercase();
    if word.chars().all(plain) {
        while let Some(c) = rest.next() {
            push(fold_letter(c, rest.peek().is_none_or(|n| !is_arabic_letter(*n)), FoldSet::ALL));
        }
    } else {
        folded(word).chars().for_each(push);
    }
}

/// Folds with some folds left out.
pub(super) fn folded_with(text: &str, set: FoldSet) -> String {
    folded_by_rules(text.chars(), set).into_iter().collect()
}

/// What the fast way does with a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Step {
    /// Writes this.
    Write(char),
    /// Writes this unless a letter follows: the second.
    Ends(char, char),
    /// Writes this, which takes no space before it where one or the end follows.
    Closes(char),
    /// Writes a vowel mark, of which several may be out of order.
    Mark(char),
    Drop,
    Space,
    /// Leaves the text to the rules.
    GiveUp,
}

/// Folding in one pass, by steps made from the rules.
struct Fast {
    /// The steps of characters of up to two bytes.
    known: Box<[Step]>,
    /// Makes those of others.
    step: fn(char) -> Step,
    /// The rules make white space regular twice.
    spaces_twice: bool,
}

static SAME: LazyLock<Fast> = LazyLock::new(|| Fast::new(step_of_same, false));
static FOLDED: LazyLock<Fast> = LazyLock::new(|| Fast::new(step_of_folded, true));

/// The fast way at level *same*. It knows letters, digits and punctuation in
/// common use, vowel marks, and what is invisible: nothing that composes.
fn step_of_same(c: char) -> Step {
    match c {
        _ if is_invisible(c) => Step::Drop,
        _ if !is_plain(c) => Step::GiveUp,
        _ if c.is_whitespace() => Step::Space,
        _ if closes_visibly(c) => Step::Closes(c),
        _ if is_vowel(c) => Step::Mark(c),
        _ => Step::Write(c),
    }
}

fn step_of_folded(c: char) -> Step {
    let folded = fold_letter(c, false, FoldSet::ALL);
    match step_of_same(c) {
        Step::Mark(_) => Step::Drop,
        Step::Write(_) | Step::Closes(_) if matches!(folded, '.' | ',' | ';' | ':' | '?' | '!') => {
            Step::Closes(folded)
        }
        Step::Write(_) => match fold_letter(c, true, FoldSet::ALL) {
            last if last != folded => Step::Ends(last, folded),
            _ => Step::Write(folded),
        },
        step => step,
    }
}

impl Fast {
    fn new(step: fn(char) -> Step, spaces_twice: bool) -> Self {
        let known = ('\0'..'\u{800}').map(step).collect();
        Self { known, step, spaces_twice }
    }

    #[inline]
    fn step(&self, c: char) -> Step {
        self.known.get(c as usize).copied().unwrap_or_else(|| (self.step)(c))
    }

    /// Folds a text that the steps know; most are.
    fn fold(&self, text: &str) -> Option<String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text.chars();
        // What was written last, and whether there was white space since.
        let (mut gap, mut closer, mut mark) = (false, false, '\0');
        let mut ordered = true;
        while let Some(c) = rest.next() {
            let next = || rest.clone().find(|n| self.step(*n) != Step::Drop);
            let (c, closes) = match self.step(c) {
                Step::Drop => continue,
                Step::Space => {
                    gap = true;
                    continue;
                }
                Step::GiveUp => return None,
                Step::Write(c) | Step::Mark(c) => (c, None),
                Step::Ends(last, other) => {
                    (if next().is_some_and(is_arabic_letter) { other } else { last }, None)
                }
                Step::Closes(c) => (c, Some(next().is_none_or(char::is_whitespace))),
            };
            if gap {
                if closes.is_some() && closer && self.spaces_twice {
                    // «. ،»: which of the spaces stay is decided in two turns.
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
        Some(if ordered { out } else { in_order(&out) })
    }
}

/// Puts neighbouring vowel marks into their canonical order, which is that of
/// their codes.
fn in_order(text: &str) -> String {
    let mut chars: Vec<char> = text.chars().collect();
    for marks in chars.chunk_by_mut(|a, b| is_vowel(*a) && is_vowel(*b)) {
        marks.sort_unstable();
    }
    chars.into_iter().collect()
}

/// Says whether a character is one of the vowel marks in common use.
fn is_vowel(c: char) -> bool {
    ('\u{064B}'..='\u{0652}').contains(&c)
}

/// Says whether a character is visible, starts a cluster and composes with
/// nothing that is plain: letters, digits and punctuation in common use, and
/// vowel marks.
fn is_plain(c: char) -> bool {
    matches!(c,
        '\0'..='\u{AC}' | '\u{AE}'..='\u{2FF}' | '\u{060C}' | '\u{061B}' | '\u{061F}' | '\u{0621}'..='\u{063A}'
        | '\u{0641}'..='\u{0652}' | '\u{0660}'..='\u{066C}' | '\u{2010}'..='\u{2027}' | '\u{2030}'..='\u{205E}')
}

#[cfg(test)]
pub(super) mod tests {
    use proptest::prelude::*;

    use super::{FoldSet, folded, folded_with, same, same_by_rules, same_word};
    use crate::text::arabic::letters::{is_mark, may_have_marks};

    /// Text with everything in it that the rules look at.
    pub(crate) fn messy() -> impl Strategy<Value = String> {
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
            prop_assert_eq!(same_word(&word), same(&word));
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
        fn folding_twice_is_folding_once(text in messy()) {
            let once = same(&text);
            prop_assert_eq!(&same(&once), &once);
            let once = folded(&text);
            prop_assert_eq!(&folded(&once), &once);
        }

        #[test]
        fn simple_texts_fold_by_the_same_rules(text in prop_oneof![messy(), "[ء-غف-يًٌَُِّْa-zA-Z٠-٩ .،؟«»\u{a0}\u{640}\u{200f}]{0,30}"]) {
            prop_assert_eq!(same(&text), same_by_rules(text.chars()).into_iter().collect::<String>());
            prop_assert_eq!(folded(&text), folded_with(&text, FoldSet::ALL));
        }

        #[test]
        fn same_texts_fold_alike(text in messy()) {
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
