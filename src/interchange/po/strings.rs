//! Reads and writes the quoted strings of a catalogue, and finds the character set in its header.

use std::{iter::Peekable, ops::Range, str::Chars};

use crate::text::RollingHash;

const UNCLOSED: &str = "a string without its closing quotation mark";

/// Joins the strings of a line and resolves their escapes. Returns `None` if there is no string.
pub(crate) fn parse_strings(strings: &str) -> Result<Option<String>, String> {
    let mut bytes: Vec<u8> = Vec::with_capacity(strings.len());
    let mut letters = strings.chars().peekable();
    let mut found = false;
    while let Some(letter) = letters.next() {
        match letter {
            '"' => {
                found = true;
                string(&mut letters, &mut bytes)?;
            }
            '\\' if skip_line_end(&mut letters) => {}
            c if c.is_whitespace() => {}
            c => {
                let more: String = std::iter::once(c).chain(letters).take(40).collect();
                return Err(format!(
                    "'{}' outside a string: write \\\" for a quotation mark in one",
                    more.trim()
                ));
            }
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| "bytes given as numbers are not UTF-8".to_owned())?;
    Ok(found.then_some(text))
}

/// Reads a string after its opening quotation mark, including the closing one.
fn string(letters: &mut Peekable<Chars<'_>>, bytes: &mut Vec<u8>) -> Result<(), String> {
    loop {
        match letters.next() {
            None => return Err(UNCLOSED.to_owned()),
            Some('"') => return Ok(()),
            Some('\\') if skip_line_end(letters) => {}
            Some('\\') => match letters.next() {
                Some('n') => bytes.push(b'\n'),
                Some('t') => bytes.push(b'\t'),
                Some('r') => bytes.push(b'\r'),
                Some('a') => bytes.push(7),
                Some('b') => bytes.push(8),
                Some('v') => bytes.push(0xB),
                Some('f') => bytes.push(0xC),
                Some('"') => bytes.push(b'"'),
                Some('\\') => bytes.push(b'\\'),
                // A byte as a hexadecimal or octal number; `msgcat --escape` writes such bytes.
                Some('x') => bytes.push(number(letters, 16, 2, 0).ok_or_else(|| {
                    "'\\x' without hexadecimal digits: write '\\\\x' for a backslash and an x".to_owned()
                })?),
                Some(digit @ '0'..='7') => {
                    let first = digit.to_digit(8).unwrap_or_default();
                    bytes.push(number(letters, 8, 2, first).unwrap_or_default());
                }
                Some(other) => {
                    return Err(format!("'\\{other}' is not an escape: write '\\\\{other}'"));
                }
                None => return Err(UNCLOSED.to_owned()),
            },
            Some(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
        }
    }
}

/// Skips a line end if it is next. Returns true if it was.
fn skip_line_end(letters: &mut Peekable<Chars<'_>>) -> bool {
    let mut ahead = letters.clone();
    ahead.next_if_eq(&'\r');
    let ends = ahead.next_if_eq(&'\n').is_some();
    if ends {
        *letters = ahead;
    }
    ends
}

/// Returns true if a backslash before the line end continues the line. An even number of
/// backslashes does not, because each pair is one escaped backslash.
pub(crate) fn continues(line: &str) -> bool {
    let Some(line) = line.strip_suffix('\n') else { return false };
    let line = line.strip_suffix('\r').unwrap_or(line);
    line.bytes().rev().take_while(|b| *b == b'\\').count() % 2 == 1
}

/// Reads up to `most` digits and appends them to the number `first`. Returns `None` for a
/// hexadecimal number without digits.
fn number(letters: &mut Peekable<Chars<'_>>, radix: u32, most: usize, first: u32) -> Option<u8> {
    let mut value = first;
    let mut read = 0;
    while read < most
        && let Some(digit) = letters.peek().and_then(|c| c.to_digit(radix))
    {
        value = value * radix + digit;
        letters.next();
        read += 1;
    }
    (read > 0 || radix == 8).then(|| u8::try_from(value & 0xFF).unwrap_or_default())
}

/// Quotes a text. A text of several lines becomes an empty string and one string per line.
pub(crate) fn quoted(text: &str) -> String {
    let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
    if lines.len() != 1 {
        lines.insert(0, "");
    }
    let quoted: Vec<String> = lines.into_iter().map(on_one_line).collect();
    quoted.join("\n")
}

/// Quotes a text as a single string, with its line ends as escapes.
pub(crate) fn on_one_line(text: &str) -> String {
    format!("\"{}\"", escaped(text))
}

/// Returns the key of a message: a hash of its context and `msgid`, and their length.
pub(crate) fn message_key(context: Option<&str>, id: &str) -> (u64, usize) {
    let text = format!("{}\u{4}{id}", context.unwrap_or_default());
    (RollingHash::of(&text).mixed(), text.len())
}

fn escaped(text: &str) -> String {
    let mut all = String::with_capacity(text.len() + 2);
    for c in text.chars() {
        match c {
            '"' => all.push_str("\\\""),
            '\\' => all.push_str("\\\\"),
            '\n' => all.push_str("\\n"),
            '\t' => all.push_str("\\t"),
            '\r' => all.push_str("\\r"),
            '\u{7}' => all.push_str("\\a"),
            '\u{8}' => all.push_str("\\b"),
            '\u{B}' => all.push_str("\\v"),
            '\u{C}' => all.push_str("\\f"),
            c => all.push(c),
        }
    }
    all
}

/// Replaces the character set that a line of the header names with UTF-8.
pub(crate) fn with_utf8_charset(line: &str) -> String {
    let mut line = line.to_owned();
    if let Some(label) = label(&line) {
        line.replace_range(label, "UTF-8");
    }
    line
}

/// Returns the byte range of the character set that a line of the header names.
fn label(line: &str) -> Option<Range<usize>> {
    let start = line.find("Content-Type:").and_then(|_| line.find(CHARSET))? + CHARSET.len();
    let length = line.get(start..)?.find(['\\', '"', ' ', ';']);
    Some(start..length.map_or(line.len(), |length| start + length))
}

const CHARSET: &str = "charset=";

/// Returns the character set that the header names, from the first bytes of a catalogue.
pub(crate) fn charset(start: &[u8]) -> Option<String> {
    let text =
        String::from_utf8_lossy(start.get(..start.len().min(16 << 10)).unwrap_or_default()).into_owned();
    let line = text.split_inclusive('\n').find(|line| line.contains("Content-Type:"))?;
    let label = line.strip_suffix('\n').and_then(|line| line.get(label(line)?))?;
    // `CHARSET` is the placeholder in a template.
    (!label.is_empty() && label != "CHARSET").then(|| label.to_owned())
}
