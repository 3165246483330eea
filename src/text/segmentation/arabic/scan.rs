//! The characters of a paragraph, and the words around a position.

use std::ops::Range;

use crate::text::{
    arabic::letters::{digit_value, is_arabic_letter, is_invisible, is_mark, is_word_ligature},
    segmentation::options::SegmentationOptions,
};

/// A reusable buffer for the characters of a paragraph with their byte offsets.
#[derive(Default)]
pub(crate) struct CharBuffer(pub(super) Vec<(usize, char)>);

/// The number of characters of a word, or of a gap, that a rule examines. Real words are shorter. The limit
/// keeps the time linear on a text that is one endless word.
pub(super) const MAX_WORD_CHARS: usize = 256;

/// The characters of one paragraph. Positions are indexes of characters unless they are called bytes.
pub(super) struct ParagraphScan<'c> {
    pub(super) chars: &'c [(usize, char)],
    /// The length of the paragraph in bytes.
    pub(super) byte_length: usize,
    pub(super) options: SegmentationOptions,
}

/// A run of terminators with what belongs to it.
#[derive(Clone, Copy, Debug)]
pub(super) struct Stop {
    /// The position of the first terminator.
    pub(super) at: usize,
    /// The end of the run of terminators.
    pub(super) run: usize,
    /// The end of the closing characters after it.
    pub(super) after: usize,
}

/// What came before a stop in its paragraph.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Earlier {
    /// Where the segment starts.
    pub(super) segment: usize,
    /// Where the line starts.
    pub(super) line: usize,
    /// Whether an odd number of straight double quotes came before, so that the next one closes.
    pub(super) in_quotes: bool,
    /// Whether a segment of the paragraph opened with a dash, as the turns of a dialogue do.
    pub(super) dialogue: bool,
    /// The last number of a list; 0 if there was none.
    pub(super) item: u32,
}

impl ParagraphScan<'_> {
    pub(super) fn char_at(&self, i: usize) -> Option<char> {
        self.chars.get(i).map(|(_, c)| *c)
    }

    pub(super) fn char_before(&self, i: usize) -> Option<char> {
        i.checked_sub(1).and_then(|i| self.char_at(i))
    }

    pub(super) fn byte_offset(&self, i: usize) -> usize {
        self.chars.get(i).map_or(self.byte_length, |(b, _)| *b)
    }

    pub(super) fn is_at(&self, i: usize, is_wanted: fn(char) -> bool) -> bool {
        self.char_at(i).is_some_and(is_wanted)
    }

    pub(super) fn is_space_or_end(&self, i: usize) -> bool {
        self.char_at(i).is_none_or(char::is_whitespace)
    }

    /// Returns the character at a position if it is an Arabic letter or a mark.
    pub(super) fn letter_or_mark(&self, i: usize) -> Option<char> {
        self.char_at(i).filter(|c| is_letter_or_mark(*c))
    }

    pub(super) fn has_any(&self, range: Range<usize>, is_wanted: fn(char) -> bool) -> bool {
        range.filter_map(|i| self.char_at(i)).any(is_wanted)
    }

    pub(super) fn all(&self, mut range: Range<usize>, is_wanted: fn(char) -> bool) -> bool {
        range.all(|i| self.is_at(i, is_wanted))
    }

    /// Returns whether a text occurs at a position.
    pub(super) fn has_text_at(&self, from: usize, text: &str) -> bool {
        text.chars().enumerate().all(|(n, c)| self.char_at(from + n) == Some(c))
    }

    /// Returns the first position from `from` on with a character that is not wanted, or the end.
    pub(super) fn skip(&self, from: usize, is_wanted: fn(char) -> bool) -> usize {
        (from..).find(|i| !self.is_at(*i, is_wanted)).unwrap_or(from)
    }

    /// Returns the position after the last character before `to` that is not white space.
    pub(super) fn skip_spaces_back(&self, to: usize) -> usize {
        let mut i = to;
        while to - i < MAX_WORD_CHARS && self.char_before(i).is_some_and(char::is_whitespace) {
            i -= 1;
        }
        i
    }

    /// Returns the word that ends directly before a position, without marks and invisible characters.
    pub(super) fn word_before(&self, end: usize) -> String {
        let mut from = end;
        let limit = end.saturating_sub(MAX_WORD_CHARS);
        while from > limit && self.char_before(from).is_some_and(|c| !can_precede_word(c)) {
            from -= 1;
        }
        (from..end)
            .filter_map(|i| self.char_at(i))
            .filter(|c| !is_mark(*c) && (!is_invisible(*c) || *c == '\u{0640}'))
            .collect()
    }

    /// Returns the letters and digits from a position on, without marks.
    pub(super) fn word_at(&self, from: usize) -> String {
        (from..from + MAX_WORD_CHARS)
            .map_while(|i| self.char_at(i).filter(|c| c.is_alphanumeric() || is_mark(*c)))
            .filter(|c| !is_mark(*c))
            .collect()
    }

    /// Returns whether the word of `length` characters before `end` is the first one from `start` on.
    pub(super) fn is_first_word(&self, end: usize, length: usize, start: usize) -> bool {
        self.all(start..end.saturating_sub(length), |c| c.is_whitespace() || is_invisible(c))
    }

    /// Returns whether white space and then a dash follow, as before the next turn of a dialogue.
    pub(super) fn is_dash_at(&self, i: usize) -> bool {
        match self.char_at(i) {
            // Inside words these are a hyphen and a stretched letter.
            Some('-' | '\u{0640}') => self.is_space_or_end(i + 1),
            Some('–' | '—' | '―' | '‒') => !self.is_at(i + 1, |c| digit_value(c).is_some()),
            _ => false,
        }
    }
}

pub(super) fn is_terminator(c: char) -> bool {
    matches!(c, '.' | '!' | '?' | '؟' | '…' | '۔' | '‼' | '⁇' | '⁈' | '⁉' | '⸮')
}

/// Returns whether a character can precede a word and is not part of it.
pub(super) fn can_precede_word(c: char) -> bool {
    c.is_whitespace() || matches!(c, '(' | '[' | '{' | '«' | '“' | '‘' | '"' | '،' | ',' | ':')
}

pub(super) fn is_letter_or_mark(c: char) -> bool {
    is_arabic_letter(c) || is_mark(c)
}

/// Returns whether a character is a letter that can be an initial: a tatweel may be a dash, and a ligature such
/// as ﷺ is a phrase.
pub(super) fn is_initial(c: char) -> bool {
    c.is_alphabetic() && c != '\u{0640}' && !is_word_ligature(c)
}

pub(super) fn is_digit(c: char) -> bool {
    digit_value(c).is_some()
}

pub(super) fn is_straight_quote(c: char) -> bool {
    matches!(c, '"' | '\'')
}

pub(super) fn is_closer(c: char) -> bool {
    matches!(c, '»' | '”' | '’' | '›' | ')' | ']' | '}' | '﴾')
}

pub(super) fn is_bracket(c: char) -> bool {
    matches!(c, ')' | ']')
}
