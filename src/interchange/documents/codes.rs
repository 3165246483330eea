//! Writing a translation with the inline codes of its segment.

use super::{
    answer::Suggestion,
    markup::{escaped, is_well_formed},
};
use crate::segment::{InlineCode, Segment};

/// Returns a translation as XML with the inline codes of its segment. `markup` has the segment's codes as the file
/// writes them. Returns `None` if the translation does not have exactly these codes, or not properly nested.
pub(crate) fn with_codes(segment: &Segment, markup: &[String], suggestion: &Suggestion) -> Option<String> {
    let Segment { text, codes } = &suggestion.target;
    let (before, after) = white_space(&segment.text, text);
    if segment.codes.is_empty() {
        return Some(format!("{before}{}{after}", escaped(text)));
    }
    if codes.len() != segment.codes.len() {
        return None;
    }
    let mut used = vec![false; codes.len()];
    let mut text = text.chars();
    let (mut xml, mut position) = (String::new(), 0);
    for code in codes {
        let mut free = segment.codes.iter().enumerate().filter(|(n, _)| used.get(*n) == Some(&false));
        let n = free.find(|(_, other)| is_same_code(other, code))?.0;
        *used.get_mut(n)? = true;
        let before: String = text.by_ref().take(code.position.saturating_sub(position) as usize).collect();
        position = code.position.max(position);
        xml.push_str(&escaped(&before));
        xml.push_str(markup.get(n)?);
    }
    xml.push_str(&escaped(&text.collect::<String>()));
    is_well_formed(&xml).then(|| format!("{before}{xml}{after}"))
}

/// Returns true if two codes differ at most in their position.
fn is_same_code(a: &InlineCode, b: &InlineCode) -> bool {
    InlineCode { position: b.position, ..a.clone() } == *b
}

/// Returns the white space before and after a segment, each empty if the translation has some there already.
fn white_space<'s>(segment: &'s str, target: &str) -> (&'s str, &'s str) {
    let inner = segment.trim();
    let (before, after) = segment.split_once(inner).unwrap_or_default();
    let start = if target.starts_with(char::is_whitespace) { "" } else { before };
    (start, if target.ends_with(char::is_whitespace) { "" } else { after })
}
