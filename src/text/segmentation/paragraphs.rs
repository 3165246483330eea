//! Newlines and white space: splits a text into paragraphs before any segmentation rule applies.

use std::ops::Range;

use super::options::Newlines;
use crate::text::arabic::letters::is_invisible;

/// Returns the byte ranges between the newlines that end a segment. A range can be empty.
pub(crate) fn paragraphs(text: &str, newlines: Newlines) -> impl Iterator<Item = Range<usize>> {
    let mut start = 0;
    let mut finished = false;
    std::iter::from_fn(move || {
        if finished {
            return None;
        }
        let mut at = start;
        while let Some(newline) = next_newline(text, at) {
            at = newline.end;
            let soft = match newlines {
                Newlines::Hard => false,
                Newlines::AfterComma => ends_with_comma(text.get(start..newline.start).unwrap_or_default()),
                Newlines::Soft => {
                    let ends_line = text.get(newline.clone()) != Some("\u{2029}");
                    ends_line && !is_blank_up_to_newline(text, newline.end)
                }
            };
            if !soft {
                let paragraph = start..newline.start;
                start = newline.end;
                return Some(paragraph);
            }
        }
        finished = true;
        Some(start..text.len())
    })
}

/// Returns whether the last of these lines ends with an Arabic comma, apart from white space.
fn ends_with_comma(lines: &str) -> bool {
    let last = lines.rsplit(is_newline).next().unwrap_or_default();
    last.trim_end().ends_with('،')
}

/// Returns whether there is only white space up to the next newline or the end of the text.
fn is_blank_up_to_newline(text: &str, from: usize) -> bool {
    let rest = text.get(from..).unwrap_or_default();
    rest.chars().find(|c| !c.is_whitespace() || is_newline(*c)).is_none_or(is_newline)
}

/// Returns the range of the first newline at or after an offset. CRLF is one newline.
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

pub(crate) fn is_newline(c: char) -> bool {
    matches!(c, '\n' | '\r' | '\u{2028}' | '\u{2029}' | '\u{85}')
}

/// Removes white space from both ends of a segment. Returns `None` if nothing visible is left; a
/// tatweel is visible here.
pub(crate) fn trim_segment(text: &str, range: Range<usize>) -> Option<Range<usize>> {
    let piece = text.get(range.clone())?;
    let start = range.end - piece.trim_start().len();
    let end = range.start + piece.trim_end().len();
    (start < end && piece.contains(is_visible)).then_some(start..end)
}

fn is_visible(c: char) -> bool {
    !c.is_whitespace() && (!is_invisible(c) || c == '\u{0640}')
}
