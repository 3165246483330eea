//! Character references that are left in a text: `&quot;`, `&#39;`, `rsquo;`.

use super::fold_char::{FoldChar, FoldSet};
use crate::score::Fold;

/// The references that folding resolves. The others stay, because their characters are of another kind: `&lt;b&gt;`
/// is not the tag `<b>`.
const RESOLVED: [(&str, char); 22] = [
    ("amp", '&'),
    ("apos", '\''),
    ("bdquo", '„'),
    ("hellip", '…'),
    ("laquo", '«'),
    ("ldquo", '“'),
    ("lrm", '\u{200E}'),
    ("lsaquo", '‹'),
    ("lsquo", '‘'),
    ("mdash", '—'),
    ("minus", '−'),
    ("nbsp", '\u{A0}'),
    ("ndash", '–'),
    ("quot", '"'),
    ("raquo", '»'),
    ("rdquo", '”'),
    ("rlm", '\u{200F}'),
    ("rsaquo", '›'),
    ("rsquo", '’'),
    ("sbquo", '‚'),
    ("shy", '\u{AD}'),
    ("thinsp", '\u{2009}'),
];

/// The references that are also resolved without their `&`, which damaged web pages have lost.
const REMNANTS: [&str; 4] = ["lsquo", "rsquo", "ldquo", "rdquo"];

/// The length of the longest reference with `&`, a space before the `;` and the `;`.
const MAX_REFERENCE_CHARS: usize = 12;

/// A reference at the end of a text.
struct Reference {
    /// The number of its characters.
    length: usize,
    /// The character that it means.
    character: char,
    fold: Fold,
}

/// Returns the reference that a text ends with. Only its last [`MAX_REFERENCE_CHARS`] characters are read, as bytes in
/// which a character that is not of ASCII is 0xFF.
///
/// A space before the `;` does not matter, because folding removes it.
fn reference_at_end(text: &[u8]) -> Option<Reference> {
    let before = text.strip_suffix(b";")?;
    let before = before.strip_suffix(b" ").unwrap_or(before);
    let name_start =
        before.iter().rposition(|b| !(b.is_ascii_alphanumeric() || *b == b'#')).map_or(0, |n| n + 1);
    let name = str::from_utf8(before.get(name_start..)?).ok()?;
    let with_sign = name_start.checked_sub(1).filter(|n| before.get(*n) == Some(&b'&'));
    let whole = with_sign.and_then(|start| Some((start, resolve(name)?)));
    let (start, character) = whole.or_else(|| {
        let remnant = REMNANTS.into_iter().find(|remnant| ends_with(name, remnant))?;
        Some((before.len() - remnant.len(), resolve(remnant)?))
    })?;
    let fold = match character {
        '&' | '…' | '—' | '–' | '−' => Fold::Punctuation,
        c if c.is_whitespace() || is_unseen(c) => Fold::Punctuation,
        _ => Fold::Quotes,
    };
    Some(Reference { length: text.len() - start, character, fold })
}

/// Returns whether a character that a reference means is invisible.
fn is_unseen(c: char) -> bool {
    matches!(c, '\u{200E}' | '\u{200F}' | '\u{AD}')
}

/// Returns whether a name ends with an ASCII string, in any case.
fn ends_with(name: &str, end: &str) -> bool {
    name.len()
        .checked_sub(end.len())
        .and_then(|at| name.get(at..))
        .is_some_and(|n| n.eq_ignore_ascii_case(end))
}

/// Returns the character that the name or the number of a reference means, if folding resolves it.
fn resolve(name: &str) -> Option<char> {
    let Some(number) = name.strip_prefix('#') else {
        return RESOLVED.iter().find(|(n, _)| n.eq_ignore_ascii_case(name)).map(|(_, c)| *c);
    };
    let value = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    RESOLVED.iter().map(|(_, c)| *c).find(|c| u32::from(*c) == value)
}

/// Returns whether a folded text has a reference that folding resolves.
pub(super) fn has_reference(folded: &str) -> bool {
    folded.match_indices(';').any(|(at, _)| {
        let tail = folded.as_bytes().get(at.saturating_sub(MAX_REFERENCE_CHARS - 1)..=at);
        tail.and_then(reference_at_end).is_some()
    })
}

/// Replaces the references by their characters, as far as they belong to the folds of a set. Invisible characters are
/// left out. Returns the text, and whether it had any.
///
/// The references are found from left to right in the text that is already resolved, so that none is left:
/// `&amp;quot;` becomes `"`.
pub(super) fn resolve_references<F: FoldChar>(text: Vec<F>, set: FoldSet) -> (Vec<F>, bool) {
    if !text.iter().any(|f| f.char() == ';') {
        return (text, false);
    }
    let mut out: Vec<F> = Vec::with_capacity(text.len());
    let mut resolved = false;
    for f in text {
        out.push(f);
        if f.char() != ';' {
            continue;
        }
        let tail = out.get(out.len().saturating_sub(MAX_REFERENCE_CHARS)..).unwrap_or_default();
        let bytes: Vec<u8> = tail.iter().map(|f| u8::try_from(f.char()).unwrap_or(0xFF)).collect();
        let found = reference_at_end(&bytes).filter(|reference| set.has(reference.fold));
        let Some(Reference { length, character, .. }) = found else { continue };
        let start = out.len() - length;
        let written = if character.is_whitespace() { ' ' } else { character };
        let whole = out.get(start).map(|first| first.merged_with(f).with_char(written));
        out.truncate(start);
        resolved = true;
        let repeats_space = character.is_whitespace() && out.last().is_some_and(|f| f.char().is_whitespace());
        out.extend(whole.filter(|_| !is_unseen(character) && !repeats_space));
    }
    (out, resolved)
}

#[cfg(test)]
mod tests {
    use super::{has_reference, resolve_references};
    use crate::text::fold_char::FoldSet;

    #[test]
    fn references_become_characters() {
        for (text, expected) in [
            ("&quot;نعم&quot;", "\"نعم\""),
            ("rsquo;نعم&LSQUO;", "’نعم‘"),
            ("r&d&amp;amp;", "r&d&"),
            ("&amp;quot;", "\""),
            ("&#039;&#x27;&#171;&hellip;", "''«…"),
            ("a&nbsp;&nbsp;b", "a b"),
            ("&#39&nbsp;;", "'"),
            ("&qu&shy;ot;", "\""),
            ("&quot ;", "\""),
            ("theyrsquo;re", "they’re"),
            ("&lt;b&gt; &copy; quot; ;", "&lt;b&gt; &copy; quot; ;"),
        ] {
            let (resolved, any) = resolve_references(text.chars().collect(), FoldSet::ALL);
            let resolved: String = resolved.into_iter().collect();
            assert_eq!(resolved, expected);
            assert_eq!((any, has_reference(text)), (resolved != text, resolved != text), "{text}");
            assert!(!has_reference(&resolved), "{text}");
        }
    }
}
