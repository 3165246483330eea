//! Finds remnants of HTML character references.

use super::findings::{Findings, LintKind};

/// The references in use. A name of two letters needs its `&`, because `lt;` may be anything.
const NAMED_REFERENCES: [(&str, &str); 31] = [
    ("amp", "&"),
    ("apos", "'"),
    ("bull", "•"),
    ("copy", "©"),
    ("deg", "°"),
    ("euro", "€"),
    ("gt", ">"),
    ("hellip", "…"),
    ("laquo", "«"),
    ("ldquo", "“"),
    ("lrm", "\u{200e}"),
    ("lsaquo", "‹"),
    ("lsquo", "‘"),
    ("lt", "<"),
    ("mdash", "—"),
    ("middot", "·"),
    ("minus", "−"),
    ("nbsp", "\u{a0}"),
    ("ndash", "–"),
    ("quot", "\""),
    ("raquo", "»"),
    ("rdquo", "”"),
    ("reg", "®"),
    ("rlm", "\u{200f}"),
    ("rsaquo", "›"),
    ("rsquo", "’"),
    ("shy", "\u{ad}"),
    ("times", "×"),
    ("trade", "™"),
    ("zwj", "\u{200d}"),
    ("zwnj", "\u{200c}"),
];

/// The most characters of a name or a number that are read.
const MAX_REFERENCE_CHARS: usize = 10;

pub(crate) fn find(found: &mut Findings<'_>) {
    let text = found.text;
    for (end, _) in text.match_indices(';') {
        let from = text.floor_char_boundary(end.saturating_sub(MAX_REFERENCE_CHARS));
        let before = text.get(from..end).unwrap_or_default();
        let name = before.rsplit(|c| !is_of_name(c)).next().unwrap_or_default();
        let start = end - name.len();
        let head = text.get(..start).unwrap_or_default();
        let whole = head.ends_with('&');
        let Some(character) = resolve(name) else { continue };
        // Without its `&`, a name is a remnant only if it is not the end of a longer Latin word.
        if !whole && (name.len() < 3 || head.ends_with(|c: char| c.is_ascii_alphanumeric())) {
            continue;
        }
        let range = start - usize::from(whole)..end + 1;
        let surface = text.get(range.clone()).unwrap_or_default();
        let reason = format!("'{surface}' is a remnant of a character reference: write the character");
        found.add(LintKind::EntityRemnant, range, reason, Some(character));
    }
}

/// Returns whether a character may be in the name or the number of a reference.
fn is_of_name(c: char) -> bool {
    c.is_ascii_alphanumeric() || c == '#'
}

/// Returns the character that a reference means.
fn resolve(name: &str) -> Option<String> {
    let Some(number) = name.strip_prefix('#') else {
        return NAMED_REFERENCES.iter().find(|(n, _)| *n == name).map(|(_, c)| (*c).to_owned());
    };
    let value = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(value).filter(|c| !c.is_control()).map(String::from)
}
