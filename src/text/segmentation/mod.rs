//! Running text to segments.
//!
//! Languages in Arabic script are cut by rules of our own, others by the
//! sentences of Unicode (UAX 29) with abbreviations, and any language by the
//! rules of a user's SRX file.

mod arabic;
mod srx;
mod uax29;

use std::ops::Range;

pub use srx::{SrxDocument, SrxError, SrxLanguageMap, SrxLanguageRules, SrxRule, SrxRules};

use super::arabic::letters::is_invisible;

/// Version of the built-in rules.
pub const SEGMENTATION_VERSION: u32 = 3;

/// Which newlines end a segment.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Newlines {
    /// All of them: LF, CR, CRLF, U+0085, U+2028, U+2029.
    #[default]
    Hard,
    /// All but those of lines that end in `،`: such a line goes on in the next.
    AfterComma,
    /// Those of empty lines, and U+2029: text that was wrapped.
    Soft,
}

/// Which rules are built in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum BuiltIn {
    /// For languages in Arabic script.
    #[default]
    Arabic,
    /// Sentences of UAX 29, with abbreviations.
    Uax29,
}

impl BuiltIn {
    /// Returns the rules for a language, given as BCP 47 tag: those for Arabic
    /// script when the tag names the script or a language that is written in it.
    #[must_use]
    pub fn for_language(tag: &str) -> Self {
        const IN_ARABIC_SCRIPT: [&str; 26] = [
            "aeb", "afb", "ajp", "apc", "apd", "ar", "arb", "arq", "ars", "ary", "arz", "azb", "bal", "ckb",
            "fa", "glk", "ks", "lrc", "mzn", "pnb", "prs", "ps", "sd", "skr", "ug", "ur",
        ];
        let mut subtags = tag.split('-');
        let language = subtags.next().unwrap_or_default().to_lowercase();
        let script = subtags.find(|s| s.len() == 4);
        let arabic = script.map_or_else(
            || IN_ARABIC_SCRIPT.contains(&language.as_str()),
            |script| script.eq_ignore_ascii_case("Arab"),
        );
        if arabic { Self::Arabic } else { Self::Uax29 }
    }
}

/// How text is cut. The defaults are right for running Arabic text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SegmentationOptions {
    /// Which rules.
    pub rules: BuiltIn,
    /// Which newlines end a segment.
    pub newlines: Newlines,
    /// `؛` and `;` before white space end a segment.
    pub break_at_semicolon: bool,
    /// `:` before white space ends a segment.
    pub break_at_colon: bool,
}

/// Cuts a text into segments and returns their byte ranges, ascending and
/// disjoint; between them and around them stands nothing but white space and
/// invisible characters.
#[must_use]
pub fn segment(text: &str, options: &SegmentationOptions) -> Vec<Range<usize>> {
    let mut found = Vec::new();
    let mut room = arabic::Room::default();
    for paragraph in paragraphs(text, options.newlines) {
        match options.rules {
            BuiltIn::Arabic => arabic::segment(text, paragraph, *options, &mut room, &mut found),
            BuiltIn::Uax29 => uax29::segment(text, paragraph, *options, &mut found),
        }
    }
    found
}

/// Returns the pieces of a text between the newlines that end a segment.
fn paragraphs(text: &str, newlines: Newlines) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let mut over = false;
    std::iter::from_fn(move || {
        if over {
            return None;
        }
        let mut at = start;
        while let Some(newline) = next_newline(text, at) {
            at = newline.end;
            let soft = match newlines {
                Newlines::Hard => false,
                Newlines::AfterComma => after_comma(text.get(start..newline.start).unwrap_or_default()),
                Newlines::Soft => {
                    let whole = text.get(newline.clone()) != Some("\u{2029}");
                    whole && !is_blank_up_to_newline(text, newline.end)
                }
            };
            if !soft {
                let paragraph = start..newline.start;
                start = newline.end;
                return Some(paragraph);
            }
        }
        over = true;
        Some(start..text.len())
    })
}

/// Says whether the last character of a line that is not white space is a comma.
fn after_comma(lines: &str) -> bool {
    let last = lines.rsplit(is_newline).next().unwrap_or_default();
    last.trim_end().ends_with('،')
}

/// Says whether nothing but white space stands before the next newline or the end.
fn is_blank_up_to_newline(text: &str, from: usize) -> bool {
    let rest = text.get(from..).unwrap_or_default();
    rest.chars().find(|c| !c.is_whitespace() || is_newline(*c)).is_none_or(is_newline)
}

/// Returns the next newline, CRLF as one.
fn next_newline(text: &str, from: usize) -> Option<Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = from;
    loop {
        at += bytes.get(at..)?.iter().position(|b| matches!(b, b'\n' | b'\r' | 0xC2 | 0xE2))?;
        let length = match bytes.get(at..)? {
            [b'\r', b'\n', ..] | [0xC2, 0x85, ..] => 2,
            [b'\n' | b'\r', ..] => 1,
            [0xE2, 0x80, 0xA8 | 0xA9, ..] => 3,
            _ => {
                at += 1;
                continue;
            }
        };
        return Some(at..at + length);
    }
}

fn is_newline(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}')
}

/// Takes white space off a segment's ends; one without anything visible is none.
fn trimmed(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let piece = text.get(range.clone())?;
    let start = range.end - piece.trim_start().len();
    let end = range.start + piece.trim_end().len();
    let visible = |c: char| !c.is_whitespace() && (!is_invisible(c) || c == '\u{0640}');
    (start < end && piece.contains(visible)).then_some(start..end)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{BuiltIn, Newlines, SegmentationOptions, is_invisible, paragraphs, segment};

    #[test]
    fn languages_have_their_rules() {
        for tag in ["ar", "ar-EG", "arz", "fa-IR", "ur", "ckb", "uz-Arab", "AR"] {
            assert_eq!(BuiltIn::for_language(tag), BuiltIn::Arabic, "{tag}");
        }
        for tag in ["en", "en-GB", "fr", "uz", "ku", "ar-Latn", "he", ""] {
            assert_eq!(BuiltIn::for_language(tag), BuiltIn::Uax29, "{tag}");
        }
    }

    #[test]
    fn newlines_end_paragraphs_as_the_mode_says() {
        let pieces = |text: &'static str, newlines| -> Vec<&str> {
            paragraphs(text, newlines).map(|r| &text[r]).collect()
        };
        let text = "a،\r\nb\n \nc\u{2029}d\u{2028}e\u{85}f";
        assert_eq!(pieces(text, Newlines::Hard), ["a،", "b", " ", "c", "d", "e", "f"]);
        assert_eq!(pieces(text, Newlines::AfterComma), ["a،\r\nb", " ", "c", "d", "e", "f"]);
        assert_eq!(pieces(text, Newlines::Soft), ["a،\r\nb", " \nc", "d\u{2028}e\u{85}f"]);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(3000))]
        #[test]
        fn segments_cover_all_but_space(
            text in "[ء-ي .؟!«»\"\n\r0-9a-z…،؛:\\[\\]\u{200f}\u{0640}]{0,60}|\\PC{0,30}|[A-Za-z .?!\"'()\n]{0,60}",
            rules in prop::sample::select(vec![BuiltIn::Arabic, BuiltIn::Uax29]),
            newlines in prop::sample::select(vec![Newlines::Hard, Newlines::AfterComma, Newlines::Soft]),
            break_at_semicolon in any::<bool>(),
            break_at_colon in any::<bool>(),
        ) {
            let options = SegmentationOptions { rules, newlines, break_at_semicolon, break_at_colon };
            let mut at = 0;
            let empty = |s: &str| s.chars().all(|c| c.is_whitespace() || is_invisible(c));
            for r in segment(&text, &options) {
                prop_assert!(r.start >= at && r.end > r.start);
                prop_assert!(empty(&text[at..r.start]));
                at = r.end;
            }
            prop_assert!(empty(&text[at..]));
        }
    }
}
