//! Writing a translation with the inline codes and the white space of its segment.

use super::{
    answer::Suggestion,
    markup::{escaped, is_well_formed},
};
use crate::segment::{CodeKind, InlineCode, Segment};

/// Returns a translation as XML with the inline codes of its segment, and with the white space that the segment has at
/// its ends. `markup` has the segment's codes as the file writes them.
///
/// Returns `None` if the translation does not have exactly these codes, or not properly nested. If the stored source
/// is the segment itself, the translation may have fewer codes, because somebody translated the same segment so.
pub(crate) fn with_codes(segment: &Segment, markup: &[String], suggestion: &Suggestion) -> Option<String> {
    let Segment { text, codes } = with_ends_of(segment, &suggestion.target);
    if text.trim().is_empty() {
        return None;
    }
    if segment.codes.is_empty() {
        return codes.is_empty().then(|| escaped(&text));
    }
    let may_lack_codes = codes.len() < segment.codes.len() && suggestion.source.is_same(segment);
    if codes.len() != segment.codes.len() && !may_lack_codes || !has_whole_pairs(&segment.codes, &codes) {
        return None;
    }
    let mut used = vec![false; segment.codes.len()];
    let mut rest = text.chars();
    let (mut xml, mut position) = (String::new(), 0);
    for code in &codes {
        let mut free = segment.codes.iter().enumerate().filter(|(n, _)| used.get(*n) == Some(&false));
        let n = free.find(|(_, other)| other.is_same_code(code))?.0;
        *used.get_mut(n)? = true;
        let before: String = rest.by_ref().take(code.position.saturating_sub(position) as usize).collect();
        position = code.position.max(position);
        xml.push_str(&escaped(&before));
        xml.push_str(markup.get(n)?);
    }
    xml.push_str(&escaped(&rest.collect::<String>()));
    let mut left_out = markup.iter().zip(used).filter(|(_, used)| !used);
    let may_leave_out = left_out.all(|(markup, _)| !markup.contains(MUST_STAY));
    (may_leave_out && is_well_formed(&xml)).then_some(xml)
}

/// The attribute of a code of version 2 that a translation may not leave out.
const MUST_STAY: &str = "canDelete=\"no\"";

/// Returns true if a translation has both halves of each pair of its segment, or none.
fn has_whole_pairs(segment: &[InlineCode], target: &[InlineCode]) -> bool {
    let halves = |codes: &[InlineCode], pair: &str| {
        codes.iter().filter(|c| matches!(c.kind, CodeKind::Open | CodeKind::Close) && c.pair == pair).count()
    };
    target.iter().all(|code| {
        !matches!(code.kind, CodeKind::Open | CodeKind::Close)
            || halves(target, &code.pair) == halves(segment, &code.pair)
    })
}

/// Returns a translation with the white space that its segment has at its ends, in place of its own. For example, a
/// message that ends with a line feed has a translation that does, too.
pub(crate) fn with_ends_of(segment: &Segment, target: &Segment) -> Segment {
    let (before, after) = white_space(&segment.text);
    let (own_before, own_after) = white_space(&target.text);
    let inner_end = target.text.len() - own_after.len();
    let inner = target.text.get(own_before.len()..inner_end).unwrap_or_default();
    let (old_start, new_start) = (code_points(own_before), code_points(before));
    let new_end = new_start + code_points(inner);
    // Where the white space changes, the codes stay next to the text.
    let codes = target.codes.iter().map(|code| {
        let mut position = code.position.saturating_sub(old_start) + new_start;
        if own_before == before {
            position = code.position;
        }
        if own_after != after {
            position = position.min(new_end);
        }
        InlineCode { position, ..code.clone() }
    });
    Segment { codes: codes.collect(), text: format!("{before}{inner}{after}") }
}

fn code_points(text: &str) -> u32 {
    u32::try_from(text.chars().count()).unwrap_or(u32::MAX)
}

/// Returns the white space at the start and at the end of a text, both empty if there is nothing else.
fn white_space(text: &str) -> (&str, &str) {
    let inner = text.trim();
    if inner.is_empty() { ("", "") } else { text.split_once(inner).unwrap_or_default() }
}
