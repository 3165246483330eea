//! Splits a text into segments by the built-in rules.

use std::ops::Range;

use super::{
    arabic,
    options::{BuiltInRules, SegmentationOptions},
    paragraphs::paragraphs,
    uax29,
};
use crate::text::interrupt::Interrupt;

/// Splits a text into segments and returns their byte ranges, which are ascending and disjoint.
/// The text outside the ranges contains only white space and invisible characters.
#[must_use]
pub fn segment(text: &str, options: &SegmentationOptions) -> Vec<Range<usize>> {
    segment_until(text, options, Interrupt::never()).unwrap_or_default()
}

/// Splits a text like [`segment`]. Returns `None` if it is interrupted.
#[must_use]
pub fn segment_until(
    text: &str,
    options: &SegmentationOptions,
    mut interrupt: Interrupt<'_>,
) -> Option<Vec<Range<usize>>> {
    let mut found = Vec::new();
    let mut chars = arabic::CharBuffer::default();
    for paragraph in paragraphs(text, options.newlines) {
        match options.rules {
            BuiltInRules::Arabic => {
                arabic::segment(text, paragraph, *options, &mut chars, &mut interrupt, &mut found)?;
            }
            BuiltInRules::Uax29 => uax29::segment(text, paragraph, *options, &mut interrupt, &mut found)?,
        }
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::segment;
    use crate::text::arabic::letters::is_invisible;
    use crate::text::segmentation::{
        options::{BuiltInRules, Newlines, SegmentationOptions},
        paragraphs::paragraphs,
    };

    fn paragraph_texts(text: &str, newlines: Newlines) -> Vec<&str> {
        paragraphs(text, newlines).map(|range| &text[range]).collect()
    }

    /// Returns whether a text has only white space and invisible characters.
    fn is_blank(text: &str) -> bool {
        text.chars().all(|c| c.is_whitespace() || is_invisible(c))
    }

    #[test]
    fn languages_have_their_rules() {
        for tag in ["ar", "ar-EG", "arz", "fa-IR", "ur", "ckb", "uz-Arab", "AR"] {
            assert_eq!(BuiltInRules::for_language(tag), BuiltInRules::Arabic, "{tag}");
        }
        for tag in ["en", "en-GB", "fr", "uz", "ku", "ar-Latn", "he", ""] {
            assert_eq!(BuiltInRules::for_language(tag), BuiltInRules::Uax29, "{tag}");
        }
    }

    #[test]
    fn newlines_end_paragraphs_as_the_mode_says() {
        let text = "a،\r\nb\n \nc\u{2029}d\u{2028}e\u{85}f";
        assert_eq!(paragraph_texts(text, Newlines::Hard), ["a،", "b", " ", "c", "d", "e", "f"]);
        assert_eq!(paragraph_texts(text, Newlines::AfterComma), ["a،\r\nb", " ", "c", "d", "e", "f"]);
        assert_eq!(paragraph_texts(text, Newlines::Soft), ["a،\r\nb", " \nc", "d\u{2028}e\u{85}f"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn segments_cover_all_but_space(
            text in "[ء-ي .؟!«»\"\n\r0-9a-z…،؛:\\[\\]\u{200f}\u{0640}]{0,60}|\\PC{0,30}|[A-Za-z .?!\"'()\n]{0,60}",
            rules in prop::sample::select(vec![BuiltInRules::Arabic, BuiltInRules::Uax29]),
            newlines in prop::sample::select(vec![Newlines::Hard, Newlines::AfterComma, Newlines::Soft]),
            break_at_semicolon in any::<bool>(),
            break_at_colon in any::<bool>(),
        ) {
            let options = SegmentationOptions { rules, newlines, break_at_semicolon, break_at_colon };
            let mut at = 0;
            for r in segment(&text, &options) {
                prop_assert!(r.start >= at && r.end > r.start);
                prop_assert!(is_blank(&text[at..r.start]));
                at = r.end;
            }
            prop_assert!(is_blank(&text[at..]));
        }
    }
}
