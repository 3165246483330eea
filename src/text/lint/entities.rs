//! What is left of character references of HTML.

use super::findings::{Findings, LintKind};

/// The references in use. Those of two letters need their `&`: `lt;` may be anything.
const NAMED: [(&str, &str); 31] = [
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

/// Letters of the longest reference.
const LONGEST: usize = 10;

pub(crate) fn find(found: &mut Findings<'_>) {
    let text = found.text;
    for (end, _) in text.match_indices(';') {
        let from = text.floor_char_boundary(end.saturating_sub(LONGEST));
        let before = text.get(from..end).unwrap_or_default();
        let of_name = |c: char| c.is_ascii_alphanumeric() || c == '#';
        let name = before.trim_start_matches(|c| !of_name(c));
        let name = name.rsplit(|c| !of_name(c)).next().unwrap_or_default();
        let start = end - name.len();
        let head = text.get(..start).unwrap_or_default();
        let whole = head.ends_with('&');
        let Some(character) = resolved(name) else { continue };
        // Without its `&` a name is a remnant only where no Latin word goes on before it.
        if !whole && (name.len() < 3 || head.ends_with(|c: char| c.is_ascii_alphanumeric())) {
            continue;
        }
        let range = start - usize::from(whole)..end + 1;
        let surface = text.get(range.clone()).unwrap_or_default();
        let reason = format!("'{surface}' is what is left of a character reference: write the character");
        found.add(LintKind::EntityRemnant, range, reason, Some(character));
    }
}

fn resolved(name: &str) -> Option<String> {
    let Some(number) = name.strip_prefix('#') else {
        return NAMED.iter().find(|(n, _)| *n == name).map(|(_, c)| (*c).to_owned());
    };
    let value = match number.strip_prefix(['x', 'X']) {
        Some(hex) => u32::from_str_radix(hex, 16).ok()?,
        None => number.parse().ok()?,
    };
    char::from_u32(value).filter(|c| !c.is_control()).map(String::from)
}
