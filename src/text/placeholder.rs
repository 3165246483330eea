//! Placeholders that a program fills in, and markup: `%s`, `{0}`, `<b>`, `&amp;`.

use super::arabic::letters::digit_value;

/// Returns the length, in bytes, of the placeholder that a text starts with, if any. `before` is the
/// character before the text: for example, the `%` after a digit is a percent sign.
#[must_use]
pub fn placeholder(text: &str, before: Option<char>) -> Option<usize> {
    match text.chars().next()? {
        '%' if before.is_none_or(|c| digit_value(c).is_none()) => percent(text),
        '{' => braces(text),
        '$' | '#' if text.get(1..)?.starts_with('{') => Some(1 + braces(text.get(1..)?)?),
        '<' => tag(text),
        '&' => entity(text),
        _ => None,
    }
}

/// Matches `%s`, `%1$s`, `%.2f`, `%(name)s`, `%@`, and `%name%`.
fn percent(text: &str) -> Option<usize> {
    let rest = text.get(1..)?;
    let name = rest
        .find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '-')))
        .unwrap_or(rest.len());
    if name > 1 && rest.get(name..)?.starts_with('%') && rest.starts_with(|c: char| c.is_ascii_alphabetic()) {
        return Some(name + 2);
    }
    printf(rest).map(|length| length + 1)
}

/// Matches the part of a printf directive after the `%`.
fn printf(text: &str) -> Option<usize> {
    let mut rest = text;
    if let Some(named) = rest.strip_prefix('(') {
        rest = named.get(named.find(')')? + 1..)?;
    }
    if let Some(numbered) = without_digits(rest).strip_prefix('$') {
        rest = numbered;
    }
    rest = without_digits(rest.trim_start_matches(['-', '+', '#', '0']));
    if let Some(precise) = rest.strip_prefix('.') {
        rest = without_digits(precise);
    }
    rest = rest.trim_start_matches(['h', 'l', 'L', 'z', 'j', 'q']);
    let kind = rest.chars().next().filter(|c| "sdiufFeEgGxXoc@".contains(*c))?;
    let after = rest.get(kind.len_utf8()..)?;
    (!after.starts_with(|c: char| c.is_ascii_alphanumeric())).then(|| text.len() - after.len())
}

/// Removes the ASCII digits that a text starts with.
fn without_digits(text: &str) -> &str {
    text.trim_start_matches(|c: char| c.is_ascii_digit())
}

/// Returns the first bytes of a text, so that a search for an end does not read the rest.
fn prefix(text: &str, most: usize) -> &str {
    text.get(..text.floor_char_boundary(most)).unwrap_or_default()
}

/// Matches `{0}`, `{name}` and `{{name}}`: at most 64 bytes on one line.
fn braces(text: &str) -> Option<usize> {
    let double = text.starts_with("{{");
    let (open, close) = if double { (2, "}}") } else { (1, "}") };
    let inner = text.get(open..)?;
    let end = prefix(inner, 64 + close.len()).find(close).filter(|n| *n > 0)?;
    let plain = !inner.get(..end)?.contains(['{', '\n']);
    plain.then_some(open + end + close.len())
}

/// Matches `<b>`, `</b>`, `<br/>` and `<0>`.
fn tag(text: &str) -> Option<usize> {
    let inner = text.get(1..)?;
    let name = inner.strip_prefix('/').unwrap_or(inner);
    let end = prefix(inner, 201).find('>')?;
    let numbered = name.find('>').and_then(|at| name.get(..at)).is_some_and(|n| {
        let bare = n.trim_end_matches('/');
        !bare.is_empty() && bare.chars().all(|c| c.is_ascii_digit())
    });
    let named = name.starts_with(|c: char| c.is_ascii_alphabetic());
    let plain = (named || numbered) && !inner.get(..end)?.contains(['<', '\n']);
    plain.then_some(end + 2)
}

/// Matches `&amp;` and `&#39;`, but not those that folding replaces by quotation marks.
fn entity(text: &str) -> Option<usize> {
    let inner = text.get(1..)?;
    let end = prefix(inner, 32).find(';').filter(|n| *n >= 2)?;
    let name = inner.get(..end)?;
    let plain = name.strip_prefix('#').unwrap_or(name).chars().all(|c| c.is_ascii_alphanumeric());
    let quotes = matches!(name, "lsquo" | "rsquo" | "ldquo" | "rdquo");
    (plain && !quotes).then_some(end + 2)
}
