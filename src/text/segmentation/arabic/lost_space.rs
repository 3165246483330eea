//! Stops without white space after them. Some are inside names and numbers, others lost their space.

use super::scan::{
    Earlier, MAX_WORD_CHARS, ParagraphScan, Stop, can_precede_word, is_closer, is_digit, is_letter_or_mark,
    is_straight_quote,
};
use crate::text::arabic::{
    abbreviations::{ARABIC_TOP_LEVEL_DOMAINS, SHORT_OPENERS},
    letters::{is_arabic_letter, is_invisible, is_word_ligature},
};

impl ParagraphScan<'_> {
    /// Returns whether a stop ends the segment although no white space follows it.
    pub(super) fn ends_segment_without_space(&self, stop: Stop, earlier: Earlier) -> bool {
        let Stop { at, run, after } = stop;
        if self.is_next_item_in_brackets(after, earlier) {
            return true;
        }
        let Some(opener) = self.char_at(after) else { return true };
        let opens_quotation = matches!(opener, '«' | '“' | '#')
            || opener == '"' && self.opens_quotation(after, earlier.in_quotes);
        let head = if opens_quotation { after + 1 } else { after };
        if !(self.is_at(head, is_arabic_letter) || opener == '#' && self.is_at(head, char::is_alphabetic)) {
            return false;
        }
        let certain = |c| matches!(c, '؟' | '!' | '?' | '۔');
        if self.has_any(at..run, certain) || self.is_at(at.wrapping_sub(1), char::is_whitespace) {
            return true;
        }
        // The cheap checks come first, because they decide most stops inside words.
        self.can_end_before(stop, earlier)
            && (opener == '#' || self.can_open_at(head))
            && !self.is_abbreviation(at, head, earlier, false)
    }

    /// Returns whether what is directly before a stop can be the end of a sentence: a closing quote or bracket,
    /// a percent sign, a number that is not one of a list, or a word of at least two letters without a dot inside.
    fn can_end_before(&self, stop: Stop, earlier: Earlier) -> bool {
        let last = (0..stop.at).rev().find(|i| !self.is_at(*i, is_invisible));
        let Some(last) = last.and_then(|i| self.char_at(i)) else { return false };
        // A tatweel after a space is a dash.
        if last.is_whitespace() || matches!(last, '%' | '٪') {
            return true;
        }
        if is_closer(last) || is_straight_quote(last) || is_word_ligature(last) {
            return !self.is_label_in_brackets(stop.at, earlier);
        }
        if is_digit(last) {
            let number = self.word_before(stop.at);
            return number.chars().all(|c| is_digit(c) || matches!(c, '.' | ',' | '/' | '-' | '٫' | '٬'))
                && self.item_number(stop.at, earlier, false).is_none();
        }
        let letters = self.letters_before(stop.at);
        let is_word = letters > 1
            || letters > 0 && stop.after > stop.run
            || self.unit_before(stop.at, &self.word_before(stop.at)).is_some();
        is_word && !self.has_dot_before(stop.at)
    }

    /// Returns the number of Arabic letters directly before a position, at most 3.
    fn letters_before(&self, end: usize) -> usize {
        let tail = (0..end).rev().map_while(|i| self.char_at(i).filter(|c| is_letter_or_mark(*c)));
        tail.filter(|c| is_arabic_letter(*c)).take(3).count()
    }

    /// Returns whether the word at a position can open a sentence: it has at least three letters or is a function
    /// word, and it is not the end of a file name or address.
    fn can_open_at(&self, from: usize) -> bool {
        let head = self.word_at(from);
        let letters = head.chars().filter(|c| is_arabic_letter(*c)).take(3).count();
        let separate_and = head == "و" && self.is_space_or_end(from + 1);
        (letters > 2 || separate_and || SHORT_OPENERS.contains(&head.as_str()))
            && !self.has_dot_after(from)
            && !ARABIC_TOP_LEVEL_DOMAINS.contains(&head.as_str())
    }

    /// Returns whether the word that ends directly before a stop contains another dot.
    fn has_dot_before(&self, stop: usize) -> bool {
        let word = (stop.saturating_sub(MAX_WORD_CHARS)..stop).rev();
        word.map_while(|i| self.char_at(i).filter(|c| !can_precede_word(*c))).any(is_name_separator)
    }

    /// Returns whether the word that starts at `from` has a dot before one of its letters.
    fn has_dot_after(&self, from: usize) -> bool {
        let word =
            (from..from + MAX_WORD_CHARS).map_while(|i| self.char_at(i).filter(|c| !c.is_whitespace()));
        let mut rest = word.skip_while(|c| !is_name_separator(*c));
        rest.any(is_arabic_letter)
    }
}

/// Returns whether a character separates the parts of a file name, a web address or an e-mail address.
fn is_name_separator(c: char) -> bool {
    matches!(c, '.' | '/' | '@')
}
