//! Sentences as Unicode has them (UAX 29), with abbreviations: for languages
//! that are not written in Arabic script.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{
    options::SegmentationOptions,
    paragraphs::{is_newline, trimmed},
};
use crate::text::abbreviations::{BEFORE_NAMES, BEFORE_NUMBERS, OPENERS};

/// Adds the segments of one paragraph of a text; a newline inside it is white space.
pub(crate) fn segment(
    text: &str,
    paragraph: Range<usize>,
    options: SegmentationOptions,
    found: &mut Vec<Range<usize>>,
) {
    let inside = text.get(paragraph.clone()).unwrap_or_default();
    // UAX 29 breaks at every newline: here spaces of the same length stand for them.
    let spaced;
    let flat = if inside.contains(is_newline) {
        spaced = inside.chars().fold(String::with_capacity(inside.len()), |mut out, c| {
            if is_newline(c) {
                out.extend(std::iter::repeat_n(' ', c.len_utf8()));
            } else {
                out.push(c);
            }
            out
        });
        &spaced
    } else {
        inside
    };
    let mut start = 0;
    let mut end = |to: usize| {
        found.extend(trimmed(text, paragraph.start + start..paragraph.start + to));
        start = to;
    };
    let mut sentences = flat.split_sentence_bound_indices().peekable();
    while let Some((from, sentence)) = sentences.next() {
        for (at, c) in sentence.char_indices() {
            let asked =
                options.break_at_semicolon && matches!(c, ';' | '؛') || options.break_at_colon && c == ':';
            let after = at + c.len_utf8();
            if asked && sentence.get(after..).is_some_and(|s| s.starts_with(char::is_whitespace)) {
                end(from + after);
            }
        }
        if sentences.peek().is_none_or(|(_, next)| !goes_on(sentence, next)) {
            end(from + sentence.len());
        }
    }
}

/// What may stand before the first word of a sentence.
const OPENING: &str = "([{\"'“‘«";

/// Says whether what UAX 29 parts is one sentence: its stop belongs to an
/// abbreviation, or to a quotation after which the sentence goes on.
fn goes_on(sentence: &str, next: &str) -> bool {
    if sentence.trim_end().ends_with(['"', '”', '’', '»', '\'']) && next.starts_with(char::is_lowercase)
    {
        return true;
    }
    let Some(word) = sentence.trim_end().strip_suffix('.') else { return false };
    let word = word.rsplit(|c: char| c.is_whitespace() || OPENING.contains(c)).next().unwrap_or_default();
    let lower = word.to_lowercase();
    let next = next.trim_start_matches(|c: char| OPENING.contains(c));
    let next_word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    let initials = || {
        let mut letters = word.split('.');
        letters.all(|p| p.chars().count() == 1 && p.chars().all(char::is_uppercase))
    };
    // I is a word that ends sentences.
    let initial = word != "I" && word.chars().count() == 1 && initials();
    // U.S. before a word that opens sentences is the end of one; before another it is not.
    let dotted = word.contains('.') && (initials() || matches!(lower.as_str(), "a.m" | "p.m"));
    BEFORE_NAMES.contains(&lower.as_str())
        || BEFORE_NUMBERS.contains(&lower.as_str()) && next.starts_with(|c: char| c.is_numeric())
        || initial
        || dotted && !OPENERS.contains(&next_word)
}

#[cfg(test)]
mod tests {
    use crate::text::{BuiltIn, Newlines, SegmentationOptions, segment};

    fn check(text: &str, expected: &[&str]) {
        let options = SegmentationOptions { rules: BuiltIn::Uax29, ..Default::default() };
        check_with(text, expected, &options);
    }

    fn check_with(text: &str, expected: &[&str], options: &SegmentationOptions) {
        let got: Vec<_> = segment(text, options).into_iter().map(|r| &text[r]).collect();
        assert_eq!(got, expected, "{text:?}");
    }

    #[test]
    fn sentences_are_those_of_unicode() {
        check("He came. She left! \"Why?\" he asked.", &["He came.", "She left!", "\"Why?\" he asked."]);
        check(
            "It costs 3.5 euros. Fine.\nA title\nEnd.",
            &["It costs 3.5 euros.", "Fine.", "A title", "End."],
        );
        check("Il est là. Êtes-vous prêt ?", &["Il est là.", "Êtes-vous prêt ?"]);
    }

    #[test]
    fn abbreviations_end_nothing() {
        check(
            "Dr. Smith met Mr. J. R. Jones. They spoke.",
            &["Dr. Smith met Mr. J. R. Jones.", "They spoke."],
        );
        check("See No. 5 and Fig. 3. No. We did not.", &["See No. 5 and Fig. 3.", "No.", "We did not."]);
        check(
            "The U.S. Army left the U.S. The war ended.",
            &["The U.S. Army left the U.S.", "The war ended."],
        );
        check(
            "At 5 p.m. Monday it closed. So do I. He went.",
            &["At 5 p.m. Monday it closed.", "So do I.", "He went."],
        );
        check(
            "Gen. Dupont vs. Lt. Gen. Martin (cf. Rossi).",
            &["Gen. Dupont vs. Lt. Gen. Martin (cf. Rossi)."],
        );
    }

    #[test]
    fn options_are_heeded() {
        let soft = SegmentationOptions {
            rules: BuiltIn::Uax29,
            newlines: Newlines::Soft,
            break_at_semicolon: true,
            break_at_colon: true,
        };
        check_with(
            "He came\nhome; then: rest. Sleep\n\nEnd",
            &["He came\nhome;", "then:", "rest.", "Sleep", "End"],
            &soft,
        );
    }
}
