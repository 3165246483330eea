//! The folding rules for white space.

use super::fold_char::{FoldChar, FoldSet};
use crate::score::Fold;

/// Normalizes white space: every run becomes one space, except at the ends and before closing
/// punctuation that is followed by white space or the end, where it is removed.
pub(super) fn normalize_spaces<F: FoldChar>(text: Vec<F>, closing: impl Fn(char) -> bool) -> Vec<F> {
    let mut out: Vec<F> = Vec::with_capacity(text.len());
    let mut rest = text.into_iter().peekable();
    let mut gap: Option<F> = None;
    while let Some(f) = rest.next() {
        if f.char().is_whitespace() {
            gap = Some(gap.map_or(f, |first| first.merged_with(f)));
            continue;
        }
        let closes = closing(f.char()) && rest.peek().is_none_or(|n| n.char().is_whitespace());
        if let Some(space) = gap.take()
            && !out.is_empty()
            && !closes
        {
            out.push(space.with_char(' '));
        }
        out.push(f);
    }
    out
}

/// Removes white space inside brackets and directed quotation marks: `( نعم )`, `« نعم »`.
///
/// A quotation mark does not open after a word of two letters or more, and does not close before a word, because
/// some texts write it in the other direction: in `قال »نعم« ثم` nothing is removed, but in `و« نعم »` it is.
pub(super) fn drop_inner_spaces<F: FoldChar>(text: Vec<F>, set: FoldSet) -> Vec<F> {
    if !text.iter().any(|f| is_opener(f.char()) || is_closer(f.char())) {
        return text;
    }
    let char_at = |i: Option<usize>| i.and_then(|i| text.get(i)).map(|f| f.char());
    let opens = |i: Option<usize>| match char_at(i) {
        Some('(' | '[') => set.has(Fold::Punctuation),
        Some(c) if is_opener(c) => {
            let before = |n| char_at(i.and_then(|i| i.checked_sub(n))).is_some_and(char::is_alphanumeric);
            set.has(Fold::Quotes) && !(before(1) && before(2))
        }
        _ => false,
    };
    let closes = |i: usize| match char_at(Some(i)) {
        Some(')' | ']') => set.has(Fold::Punctuation),
        Some(c) if is_closer(c) => {
            set.has(Fold::Quotes) && !char_at(Some(i + 1)).is_some_and(char::is_alphanumeric)
        }
        _ => false,
    };
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    for run in text.chunk_by(|a, b| a.char().is_whitespace() == b.char().is_whitespace()) {
        let end = at + run.len();
        let is_space = run.first().is_some_and(|f| f.char().is_whitespace());
        if !is_space || !opens(at.checked_sub(1)) && !closes(end) {
            out.extend_from_slice(run);
        }
        at = end;
    }
    out
}

/// Returns whether a character is a bracket or a quotation mark that opens.
pub(super) fn is_opener(c: char) -> bool {
    matches!(c, '(' | '[' | '«' | '“' | '‹')
}

/// Returns whether a character is a bracket or a quotation mark that closes.
pub(super) fn is_closer(c: char) -> bool {
    matches!(c, ')' | ']' | '»' | '”' | '›')
}
