//! The kinds of findings, and the list that the checks add to.

use std::ops::Range;

/// The kind of a problem.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LintKind {
    /// A bidi embedding, override or isolate that is not closed, or a control that closes nothing.
    BidiUnbalanced,
    /// A control character that does not belong in text.
    ControlCharacter,
    /// A remnant of an HTML character reference: `rsquo;`, `&quot;`, `#39;`.
    EntityRemnant,
    /// A character without width inside a word.
    InvisibleCharacter,
    /// A Latin letter or Latin punctuation in place of an Arabic one, or
    /// letters of scripts that look alike inside one word.
    LatinLookalike,
    /// A Persian or Urdu shape of a letter in Arabic text.
    LetterShape,
    /// Digits of more than one style.
    MixedDigits,
    /// Text that was decoded with the wrong encoding.
    Mojibake,
    /// Letters encoded as glyphs of a font.
    PresentationForm,
    /// U+FFFD: the original character is lost.
    ReplacementCharacter,
    /// A guillemet that points the wrong way.
    ReversedGuillemet,
    /// A vowel mark without a letter, or twice on one letter.
    StrayMark,
}

/// A problem in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LintFinding {
    /// The kind of the problem.
    pub kind: LintKind,
    /// Its place, in bytes of the text.
    pub range: Range<usize>,
    /// What is wrong, for a person to read.
    pub reason: String,
    /// The text to write in place of the range, or `None` if a person has to decide.
    pub suggestion: Option<String>,
}

/// The text, and the findings so far.
pub(crate) struct Findings<'t> {
    pub(crate) text: &'t str,
    pub(crate) all: Vec<LintFinding>,
}

impl Findings<'_> {
    pub(crate) fn add(
        &mut self,
        kind: LintKind,
        range: Range<usize>,
        reason: impl Into<String>,
        suggestion: Option<String>,
    ) {
        self.all.push(LintFinding { kind, range, reason: reason.into(), suggestion });
    }
}

/// Returns the code of a character in the form U+FFFD.
pub(crate) fn code_point(c: char) -> String {
    format!("U+{:04X}", u32::from(c))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::LintKind::{
        self, BidiUnbalanced, ControlCharacter, EntityRemnant, InvisibleCharacter, LatinLookalike,
        LetterShape, MixedDigits, Mojibake, PresentationForm, ReplacementCharacter, ReversedGuillemet,
        StrayMark,
    };
    use crate::text::lint::checks::lint;

    /// Applies all suggestions; a finding without one stays as it is.
    fn corrected(text: &str) -> String {
        let mut out = text.to_owned();
        for finding in lint(text).into_iter().rev() {
            if let Some(suggestion) = finding.suggestion {
                out.replace_range(finding.range, &suggestion);
            }
        }
        out
    }

    #[test]
    fn problems_are_found_and_corrected() {
        let cases: &[(&str, &[LintKind], &str)] = &[
            ("قال \u{202b}نعم ثم مضى", &[BidiUnbalanced], "قال نعم ثم مضى"),
            ("قال نعم\u{202c} ثم", &[BidiUnbalanced], "قال نعم ثم"),
            ("قال \u{2067}نعم\u{202a}\u{2069} ثم", &[BidiUnbalanced], "قال \u{2067}نعم\u{2069} ثم"),
            ("قال\u{7} نعم\u{9d}", &[ControlCharacter, ControlCharacter], "قال نعم"),
            ("وصلوا rsquo;غدا&rsquo;", &[EntityRemnant, EntityRemnant], "وصلوا ’غدا’"),
            ("قال &quot;نعم&quot; و#39;لا&#x27;", &[EntityRemnant; 4], "قال \"نعم\" و'لا'"),
            ("كت\u{200b}اب", &[InvisibleCharacter], "كتاب"),
            ("نعم, لا; متى?", &[LatinLookalike; 3], "نعم، لا؛ متى؟"),
            ("زار Fасebook", &[LatinLookalike], "زار Facebook"),
            ("کتاب علي الطاولة", &[LetterShape], "كتاب علي الطاولة"),
            ("سنة 2020 ثم ٢٠٢١ ثم 2022", &[MixedDigits], "سنة 2020 ثم 2021 ثم 2022"),
            ("سنة ٢٠2٠", &[MixedDigits], "سنة ٢٠٢٠"),
            ("قال Ø§Ù„Ø³Ù„Ø§Ù… عليكم", &[Mojibake], "قال السلام عليكم"),
            ("قال ط§ظ„ط³ظ„ط§ظ… عليكم", &[Mojibake], "قال السلام عليكم"),
            ("ÇáÓáÇã Úáíßã", &[Mojibake, Mojibake], "السلام عليكم"),
            ("\u{FEFB}\u{FE91}\u{FE98} هنا", &[PresentationForm], "لابت هنا"),
            ("قال \u{fffd}\u{fffd}م", &[ReplacementCharacter], "قال \u{fffd}\u{fffd}م"),
            ("قال »نعم« ثم", &[ReversedGuillemet, ReversedGuillemet], "قال «نعم» ثم"),
            ("قال » نعم « ثم", &[ReversedGuillemet, ReversedGuillemet], "قال « نعم » ثم"),
            ("قال \u{64e}نعم", &[StrayMark], "قال نعم"),
            ("كَ\u{64e}تب", &[StrayMark], "كَتب"),
        ];
        for (text, kinds, after) in cases {
            let found: Vec<LintKind> = lint(text).iter().map(|f| f.kind).collect();
            assert_eq!(&found, kinds, "{text:?}");
            assert_eq!(&corrected(text), after, "{text:?}");
        }
    }

    #[test]
    fn good_text_has_none() {
        for text in [
            "قال «نعم، ثم مضى؛ وعاد»؟ بلغت النسبة ٣٫٥٪.",
            "زار موقع Facebook في 12/5/2020، ودفع 1,000 دولار.",
            "مُحَمَّدٌ رَسُولٌ، اللّٰه ﷺ",
            "قال (\u{2067}نعم\u{2069}) \u{200f}ثم",
            "می‌خواهم کتاب بگیرم و گفت",
            "He said, \"fine\"; why? «Oui», déjà vu à Zürich: 3.5 % ÀÉÎ",
            "المادة A4 والإصدار v3.10 في 10:30 و{0} و%s",
            "سطر\nسطر\tآخر\r\n",
            "",
        ] {
            assert_eq!(lint(text), [], "{text:?}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(2000))]
        #[test]
        fn findings_lie_in_the_text_and_in_order(
            text in "[ء-ي \u{64e}«»,;?0-9٠-٩کیØ§Ù„\u{202a}-\u{202e}\u{2066}-\u{2069}\u{200b}&#;a-z]{0,40}|\\PC{0,30}"
        ) {
            let found = lint(&text);
            for f in &found {
                prop_assert!(f.range.start < f.range.end && text.get(f.range.clone()).is_some(), "{f:?}");
                prop_assert!(!f.reason.is_empty());
                prop_assert!(f.suggestion.as_deref() != text.get(f.range.clone()), "{f:?}");
            }
            prop_assert!(found.is_sorted_by_key(|f| f.range.start));
        }
    }
}
