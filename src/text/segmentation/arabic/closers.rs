//! What belongs to a stop: further terminators, closing quotes and brackets, and note marks.

use super::{
    items::number_of,
    scan::{
        Earlier, ParagraphScan, can_precede_word, is_closer, is_digit, is_initial, is_straight_quote,
        is_terminator,
    },
};
use crate::text::arabic::letters::{is_arabic_letter, is_invisible};

/// The most digits of a note mark in round brackets. Longer numbers are years: `(1990)`.
const MAX_NOTE_DIGITS: usize = 3;

impl ParagraphScan<'_> {
    /// Returns the end of the run of terminators that starts at `from`.
    pub(super) fn terminators_end(&self, from: usize) -> usize {
        self.skip(from + 1, is_terminator)
    }

    /// Returns the end of the characters after a stop that still belong to its segment: closing
    /// quotes and brackets (also after a space), entity remnants, note marks, invisible characters
    /// and further terminators.
    pub(super) fn closers_end(&self, mut i: usize, earlier: Earlier) -> usize {
        while let Some(c) = self.char_at(i) {
            let is_space = c == ' ' || c == '\u{a0}';
            if let Some(n) = self.closing_quotes_end(i, earlier) {
                i = n;
            } else if is_invisible(c) && !self.is_dash_at(i) || is_closer(c) || is_terminator(c) {
                i += 1;
            } else if let Some(n) = self.closing_entity_end(i) {
                i = n;
            } else if let Some(n) = self.note_mark_end(i, earlier) {
                i = n;
            } else if is_space && self.is_at(i + 1, is_closer) && self.is_space_or_end(i + 2) {
                i += 2;
            } else if is_space
                && self.is_at(i + 1, is_terminator)
                && self.is_space_or_end(self.terminators_end(i + 1))
            {
                i = self.terminators_end(i + 1);
            } else if is_space && self.closing_entity_end(i + 1).is_some_and(|end| self.is_space_or_end(end))
            {
                i = self.closing_entity_end(i + 1).unwrap_or(i + 1);
            } else {
                break;
            }
        }
        i
    }

    /// Returns the end of straight quotes that close. White space, the end, another closing character or a note mark
    /// follows, perhaps after invisible characters. Where a letter follows because a space was lost, a quote closes if
    /// one is open, or if the next one cannot close it.
    fn closing_quotes_end(&self, i: usize, earlier: Earlier) -> Option<usize> {
        let end = self.skip(i, is_straight_quote);
        let next = self.skip(end, is_invisible);
        let closes = self.is_space_or_end(next)
            || self.is_at(next, |c| is_terminator(c) || is_closer(c))
            || self.note_mark_end(next, earlier).is_some()
            || end == i + 1
                && self.char_at(i) == Some('"')
                && self.is_at(next, is_arabic_letter)
                && !self.opens_quotation(i, earlier.in_quotes);
        (end > i && closes).then_some(end)
    }

    /// Returns whether a straight double quote opens a quotation: none is open, and the next quote closes it, because
    /// it follows a word.
    pub(super) fn opens_quotation(&self, i: usize, in_quotes: bool) -> bool {
        let next = (i + 1..self.chars.len()).find(|n| self.char_at(*n) == Some('"'));
        !in_quotes && next.is_some_and(|n| self.char_before(n).is_some_and(|c| !can_precede_word(c)))
    }

    /// Returns the end of a closing quote that is written as an entity: `&rsquo;`, or `rsquo;`
    /// where the ampersand was lost.
    fn closing_entity_end(&self, i: usize) -> Option<usize> {
        let from = if self.char_at(i) == Some('&') { i + 1 } else { i };
        let closing = ["rsquo;", "rdquo;"].into_iter().find(|name| self.has_text_at(from, name));
        // An opening entity before white space or the end is used as a closing one.
        let name = closing.or_else(|| {
            ["lsquo;", "ldquo;"]
                .into_iter()
                .find(|name| self.has_text_at(from, name) && self.is_space_or_end(from + name.len()))
        })?;
        Some(from + name.len())
    }

    /// Returns the end of a note mark: `[3]`, `[أ]`, `(1)`, `(أ)`, `¹`, `*`, `†`.
    fn note_mark_end(&self, i: usize, earlier: Earlier) -> Option<usize> {
        match self.char_at(i)? {
            '[' => {
                let end = self.skip(i + 1, is_digit);
                let letter = end == i + 1 && self.is_at(end, is_initial);
                let end = end + usize::from(letter);
                (end > i + 1 && self.char_at(end) == Some(']')).then_some(end + 1)
            }
            // The next item of a list has the same form.
            '(' if !self.is_next_item_in_brackets(i, earlier) => {
                let end = self.skip(i + 1, is_digit);
                let end = end + usize::from(end == i + 1 && self.is_at(end, is_initial));
                let is_mark =
                    (1..=MAX_NOTE_DIGITS).contains(&(end - i - 1)) && self.char_at(end) == Some(')');
                (is_mark && self.ends_note_mark(end + 1)).then_some(end + 1)
            }
            c if is_superscript_digit(c) => Some(self.skip(i, is_superscript_digit)),
            c if is_note_sign(c) => {
                let end = self.skip(i, is_note_sign);
                (end - i <= MAX_NOTE_DIGITS && self.ends_note_mark(end)).then_some(end)
            }
            _ => None,
        }
    }

    /// Returns whether white space, the end or a closing character is at a position.
    fn ends_note_mark(&self, i: usize) -> bool {
        let next = self.skip(i, is_invisible);
        self.is_space_or_end(next)
            || self.is_at(next, |c| is_terminator(c) || is_closer(c) || is_straight_quote(c))
    }

    /// Returns whether `(n)` at a position continues a list whose segment began with `(n - 1)`, or a letter in brackets
    /// one that began with such a letter.
    pub(super) fn is_next_item_in_brackets(&self, i: usize, earlier: Earlier) -> bool {
        let first = self.skip(earlier.segment, |c| c.is_whitespace() || is_invisible(c));
        let number_at = |at: usize| {
            let end = self.skip(at + 1, is_digit);
            let in_brackets = self.char_at(at) == Some('(') && self.char_at(end) == Some(')');
            if in_brackets { number_of((at + 1..end).filter_map(|i| self.char_at(i))) } else { None }
        };
        let is_letter_at = |at: usize| {
            self.char_at(at) == Some('(')
                && self.is_at(at + 1, is_initial)
                && self.char_at(at + 2) == Some(')')
        };
        number_at(first).zip(number_at(i)).is_some_and(|(before, here)| here == before + 1)
            || is_letter_at(first) && is_letter_at(i)
    }
}

fn is_superscript_digit(c: char) -> bool {
    matches!(c, '¹' | '²' | '³' | '⁰' | '⁴'..='⁹')
}

fn is_note_sign(c: char) -> bool {
    matches!(c, '*' | '†' | '‡')
}
