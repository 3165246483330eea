//! The sentence boundaries of Unicode (UAX 29) with lists of abbreviations, for languages that are
//! not written in Arabic script.

use std::ops::Range;

use unicode_segmentation::UnicodeSegmentation;

use super::{
    options::SegmentationOptions,
    paragraphs::{is_newline, trim_segment},
};
use crate::text::{
    abbreviations::{BEFORE_NAMES, BEFORE_NUMBERS, SENTENCE_OPENERS},
    interrupt::Interrupt,
};

/// Adds the segments of one paragraph of a text. A newline inside the paragraph is white space.
/// Returns `None` if it is interrupted.
pub(crate) fn segment(
    text: &str,
    paragraph: Range<usize>,
    options: SegmentationOptions,
    interrupt: &mut Interrupt<'_>,
    found: &mut Vec<Range<usize>>,
) -> Option<()> {
    let inside = text.get(paragraph.clone()).unwrap_or_default();
    // UAX 29 breaks at every newline, so replace them by spaces of the same length in bytes.
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
    let mut start = paragraph.start;
    let mut sentences = flat.split_sentence_bound_indices().peekable();
    while let Some((from, sentence)) = sentences.next() {
        interrupt.count(sentence.len() as u64)?;
        let from = paragraph.start + from;
        for (at, c) in sentence.char_indices() {
            let breaks_by_option =
                options.break_at_semicolon && matches!(c, ';' | '؛') || options.break_at_colon && c == ':';
            let after = at + c.len_utf8();
            if breaks_by_option
                && sentence.get(after..).is_some_and(|rest| rest.starts_with(char::is_whitespace))
            {
                let end = from + after;
                found.extend(trim_segment(text, start..end));
                start = end;
            }
        }
        if sentences.peek().is_none_or(|(_, next)| !is_one_sentence(sentence, next)) {
            let end = from + sentence.len();
            found.extend(trim_segment(text, start..end));
            start = end;
        }
    }
    Some(())
}

/// Brackets and quotes that may precede the first word of a sentence.
const OPENING_MARKS: &str = "([{\"'“‘«";

/// Returns whether two sentences of UAX 29 are one: the stop of the first belongs to an
/// abbreviation, or it ends a quotation inside a sentence that continues.
fn is_one_sentence(sentence: &str, next: &str) -> bool {
    if sentence.trim_end().ends_with(['"', '”', '’', '»', '\'']) && next.starts_with(char::is_lowercase)
    {
        return true;
    }
    let Some(word) = sentence.trim_end().strip_suffix('.') else { return false };
    let word =
        word.rsplit(|c: char| c.is_whitespace() || OPENING_MARKS.contains(c)).next().unwrap_or_default();
    let lower = word.to_lowercase();
    let next = next.trim_start_matches(|c: char| OPENING_MARKS.contains(c));
    let next_word = next.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
    // The pronoun I can end a sentence.
    let initial = word != "I" && word.chars().count() == 1 && is_initials(word);
    // "U.S." ends a sentence only before a word that usually opens one.
    let dotted = word.contains('.') && (is_initials(word) || matches!(lower.as_str(), "a.m" | "p.m"));
    BEFORE_NAMES.contains(&lower.as_str())
        || BEFORE_NUMBERS.contains(&lower.as_str()) && next.starts_with(|c: char| c.is_numeric())
        || initial
        || dotted && !SENTENCE_OPENERS.contains(&next_word)
}

/// Returns whether a word is capital letters with dots between them, or a single capital letter.
fn is_initials(word: &str) -> bool {
    word.split('.').all(|part| part.chars().count() == 1 && part.chars().all(char::is_uppercase))
}

#[cfg(test)]
mod tests {
    use crate::text::{BuiltInRules, Newlines, SegmentationOptions, segment};

    fn check(text: &str, expected: &[&str]) {
        let options = SegmentationOptions { rules: BuiltInRules::Uax29, ..Default::default() };
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
            rules: BuiltInRules::Uax29,
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
