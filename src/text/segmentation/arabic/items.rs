//! The numbers of lists: `1. افتح الملف. 2. احفظه.`

use super::scan::{Earlier, ParagraphScan, Stop, is_digit};
use crate::text::arabic::letters::{digit_value, is_arabic_letter};

/// The most digits of the number of a list item. Longer numbers are values or years.
const MAX_ITEM_DIGITS: usize = 2;

/// Returns the value of digits, if there are any and they can be the number of a list item.
pub(super) fn number_of(digits: impl Iterator<Item = char>) -> Option<u32> {
    let digits: Vec<char> = digits.take(MAX_ITEM_DIGITS + 1).collect();
    let fits = !digits.is_empty() && digits.len() <= MAX_ITEM_DIGITS;
    let value = digits.iter().try_fold(0, |sum, c| Some(sum * 10 + u32::from(digit_value(*c)?)));
    value.filter(|_| fits)
}

impl ParagraphScan<'_> {
    /// Returns the number of the list item that a stop belongs to. A dot inside a number belongs to none.
    pub(super) fn item_before(&self, stop: Stop, earlier: Earlier) -> Option<u32> {
        let spaced = self.is_space_or_end(stop.run);
        let ends_number = spaced || self.is_at(stop.run, is_arabic_letter);
        if ends_number { self.item_number(stop.at, earlier, spaced) } else { None }
    }

    /// Returns the number of the list item that the dot at `stop` belongs to: the word before it is a number (or
    /// numbers with dots, of which the last one counts), and it is where a number of a list can be.
    ///
    /// - At the start of a line it can be any number.
    /// - After a stop, a colon, a comma or a semicolon it must continue the list: 1, or one more than the
    ///   last number.
    /// - So it must where the space after its dot is lost.
    pub(super) fn item_number(&self, stop: usize, earlier: Earlier, spaced: bool) -> Option<u32> {
        let word = self.word_before(stop);
        let number = number_of(word.rsplit('.').next().unwrap_or_default().chars());
        if word.is_empty() || !word.chars().all(|c| is_digit(c) || c == '.') {
            return None;
        }
        let length = word.chars().count();
        if self.is_first_word(stop, length, earlier.line) {
            return Some(number.unwrap_or(0));
        }
        let number = number.filter(|number| *number == earlier.item + 1 || *number == 1)?;
        let before = self.skip_spaces_back(stop.saturating_sub(length));
        let opens = self.is_first_word(stop, length, earlier.segment)
            || self.char_before(before).is_some_and(|c| matches!(c, ':' | '،' | '؛' | ',' | ';'));
        (opens || !spaced).then_some(number)
    }

    /// Returns whether a label in brackets, such as `(أ)`, is directly before a stop and first in its line or segment.
    pub(super) fn is_label_in_brackets(&self, stop: usize, earlier: Earlier) -> bool {
        let length = self.word_before(stop).chars().count();
        let opening = stop.saturating_sub(length + 1);
        self.char_before(stop) == Some(')')
            && length <= MAX_ITEM_DIGITS + 1
            && self.char_at(opening) == Some('(')
            && [earlier.line, earlier.segment].into_iter().any(|start| self.is_first_word(opening, 0, start))
    }
}
