//! Finds the numbers and placeholders of a text. Segments that are otherwise equal often differ in these.

use std::ops::Range;

use crate::text::{digit_value, is_arabic_letter, placeholder};

/// The kind of a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum ValueKind {
    /// Digits, possibly in groups of three: `5`, `1,000`, `١٬٠٠٠`, `-3`.
    Integer,
    /// A number with a decimal mark: `3.5`, `٣٫٥`.
    Decimal,
    /// Parts separated by `/`, or three parts separated by `-`: `12/5/2020`, `2020-05-12`.
    Date,
    /// Parts separated by `:`: `10:30`.
    Time,
    /// Digits with several dots, as in versions and some dates: `1.2.10`. After a word for «version», one dot
    /// is enough.
    Dotted,
    /// Digits that touch Latin letters: `A4`, `5th`, `v3.10`.
    Id,
    /// A variable that a program fills in, or markup: `%s`, `{0}`, `<b>`.
    Placeholder,
}

/// A number or placeholder in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Value {
    /// Byte range in the text, with the sign but without the percent sign.
    pub(super) range: Range<usize>,
    /// Byte offset of the end, with the percent sign.
    pub(super) outer_end: usize,
    /// Its kind.
    pub(super) kind: ValueKind,
    /// Its normal form in ASCII. Equal values have equal forms: `1,000` and `١٬٠٠٠` are both `1000`.
    pub(super) normal_form: String,
    /// A percent sign follows it or is right before it.
    pub(super) percent: bool,
    /// It may be one number together with its neighbour: `12,5`, `12 500`.
    pub(super) may_be_joined: bool,
}

/// Returns the values of a text in order.
///
/// Digits of three scripts are read. `,` and `٬` group digits by three; elsewhere they separate numbers. A
/// `-` is a sign at the start of a word, for example in `(-3)`. Between two numbers it separates them (a
/// range, a score); three numbers with `-` between them are a date. Digits that touch Latin letters are an
/// id, which is compared as a string.
pub(super) fn values(text: &str) -> Vec<Value> {
    let mut found: Vec<Value> = Vec::new();
    let mut at = 0;
    loop {
        at += text.as_bytes().get(at..).map_or(0, value_free_prefix);
        let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) else { break };
        let rest = text.get(at..).unwrap_or_default();
        let before = text.get(..at).and_then(|head| head.chars().next_back());
        if let Some(length) = placeholder(rest, before) {
            let raw = rest.get(..length).unwrap_or_default();
            found.push(Value {
                range: at..at + length,
                outer_end: at + length,
                kind: ValueKind::Placeholder,
                normal_form: raw.chars().filter(|c| !c.is_whitespace()).collect(),
                percent: false,
                may_be_joined: false,
            });
            at += length;
        } else if is_latin(c) || digit_value(c).is_some() {
            let (value, end) = word_or_number(text, at);
            found.extend(value);
            at = end;
        } else {
            at += c.len_utf8();
        }
    }
    found
}

/// Returns the length in bytes of a prefix in which no value starts. This skips most of an Arabic text
/// quickly.
fn value_free_prefix(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(byte) = bytes.get(at) {
        at += match byte {
            b'%' | b'{' | b'$' | b'#' | b'<' | b'&' => break,
            0..0x80 if !byte.is_ascii_alphanumeric() => 1,
            // U+0600 to U+063F and U+0680 to U+06BF.
            0xD8 | 0xDA => 2,
            // U+0640 to U+067F and U+06C0 to U+06FF, except for the digits in these ranges.
            0xD9 if !matches!(bytes.get(at + 1), Some(0xA0..=0xA9)) => 2,
            0xDB if !matches!(bytes.get(at + 1), Some(0xB0..=0xB9)) => 2,
            _ => break,
        };
    }
    at
}

fn is_latin(c: char) -> bool {
    match c {
        '\0'..='\x7F' => c.is_ascii_alphabetic(),
        '\u{0600}'..='\u{06FF}' => false,
        _ => c.is_alphabetic() && !is_arabic_letter(c),
    }
}

/// Returns whether a character is a digit of one of the three scripts.
pub(super) fn is_digit(c: char) -> bool {
    digit_value(c).is_some()
}

/// Returns whether a character belongs to a Latin word or id.
fn is_of_word(c: char) -> bool {
    is_latin(c) || is_digit(c) || c == '_'
}

/// Returns a text with its digits folded to ASCII.
pub(super) fn ascii_digits(text: &str) -> String {
    text.chars().map(|c| digit_value(c).map_or(c, |value| char::from(b'0' + value))).collect()
}

/// Reads the run of Latin letters or the number that begins at `start`. Returns its value, if it has one, and
/// its end.
fn word_or_number(text: &str, start: usize) -> (Option<Value>, usize) {
    let rest = text.get(start..).unwrap_or_default();
    let mut end = start + rest.find(|c| !is_of_word(c)).unwrap_or(rest.len());
    let word = text.get(start..end).unwrap_or_default();
    if word.contains(is_latin) {
        // Dots and dashes before digits belong to the word: v3.10, COVID-19.
        while let Some(more) = text.get(end..).and_then(|rest| rest.strip_prefix(['.', '-']))
            && more.starts_with(is_digit)
        {
            end += 1 + more.find(|c| !is_of_word(c)).unwrap_or(more.len());
        }
        return (id_value(text, start, end), end);
    }
    let number = Number::read(rest);
    let length = number.length;
    if number.kind == ValueKind::Id {
        return (id_value(text, start, start + length), start + length);
    }
    let sign = text.get(..start).and_then(|head| {
        let sign = head.chars().next_back().filter(|c| matches!(c, '-' | '−'))?;
        let before = head.get(..head.len() - sign.len_utf8())?.chars().next_back();
        let opens =
            before.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | '[' | '«' | '"' | 'ـ' | 'و'));
        // 5 -7 is a range with a space before the dash.
        let range = head.trim_end_matches(sign).trim_end().ends_with(is_digit);
        (opens && !range).then_some(sign.len_utf8())
    });
    let sign = sign.filter(|_| matches!(number.kind, ValueKind::Integer | ValueKind::Decimal));
    let worth = if sign.is_some() { format!("-{}", number.normal_form) } else { number.normal_form };
    let end = start + length;
    let after = text.get(end..).unwrap_or_default();
    let spaces = after.len() - after.trim_start_matches([' ', '\u{a0}']).len();
    let percent_sign = after.get(spaces..).and_then(|a| a.chars().next()).filter(|c| matches!(c, '%' | '٪'));
    let percent_after = percent_sign.is_some() && spaces <= 2;
    let outer = if percent_after { end + spaces + percent_sign.map_or(0, char::len_utf8) } else { end };
    let range = start - sign.unwrap_or(0)..end;
    let head = text.get(..range.start).unwrap_or_default();
    let percent = percent_after || head.ends_with(['%', '٪']);
    let joined = may_be_joined(head, text.get(end..).unwrap_or_default());
    let kind = if number.kind == ValueKind::Decimal && follows_version_word(head) {
        ValueKind::Dotted
    } else {
        number.kind
    };
    let worth =
        if kind == number.kind { worth } else { ascii_digits(text.get(range.clone()).unwrap_or_default()) };
    (Some(Value { range, outer_end: outer, kind, normal_form: worth, percent, may_be_joined: joined }), outer)
}

/// Returns the id in a range, if the range has a digit.
fn id_value(text: &str, start: usize, end: usize) -> Option<Value> {
    let raw = text.get(start..end)?;
    let worth = ascii_digits(raw).to_lowercase().replace(',', "");
    raw.contains(is_digit).then_some(Value {
        range: start..end,
        outer_end: end,
        kind: ValueKind::Id,
        normal_form: worth,
        percent: false,
        may_be_joined: false,
    })
}

/// Spaces that may separate groups of three digits.
const GROUP_SPACES: [char; 4] = [' ', '\u{a0}', '\u{202f}', '\u{2009}'];

/// Returns whether a number may be one with its neighbour: a comma without a space separates it from digits
/// on either side, or a space from digits before it or from exactly three digits after it.
fn may_be_joined(before: &str, after: &str) -> bool {
    let comma_after = after.strip_prefix([',', '،', '٬', '٫']).is_some_and(|a| a.starts_with(is_digit));
    let comma_before = before.strip_suffix([',', '،', '٬', '٫']).is_some_and(|b| b.ends_with(is_digit));
    let group_after = after
        .strip_prefix(GROUP_SPACES)
        .is_some_and(|rest| rest.chars().take_while(|c| is_digit(*c)).count() == 3);
    let group_before = before.strip_suffix(GROUP_SPACES).is_some_and(|b| b.ends_with(is_digit));
    comma_after || comma_before || group_after || group_before
}

/// Returns whether a word for «version» is right before.
fn follows_version_word(before: &str) -> bool {
    let words = [
        "الإصدار",
        "الاصدار",
        "إصدار",
        "اصدار",
        "نسخة",
        "النسخة",
        "نسخه",
        "النسخه",
        "version",
        "Version",
        "release",
    ];
    words.iter().any(|w| before.trim_end().ends_with(w))
}

/// A number as it is written in a text.
struct Number {
    kind: ValueKind,
    length: usize,
    normal_form: String,
}

impl Number {
    /// Reads digits and the marks between them. The text must start with a digit.
    fn read(text: &str) -> Self {
        // The ends of the parts, and the marks between them.
        let mut ends = vec![digits_end(text, 0)];
        let mut marks: Vec<char> = Vec::new();
        while let Some(end) = ends.last().copied()
            && let Some(mark) = text.get(end..).and_then(|rest| rest.chars().next())
            && matches!(mark, '.' | ',' | '٫' | '٬' | ':' | '/' | '-')
            && text.get(end + mark.len_utf8()..).is_some_and(|rest| rest.starts_with(is_digit))
        {
            marks.push(mark);
            ends.push(digits_end(text, end + mark.len_utf8()));
        }
        // With a Latin letter right after it, a number is an id: 3.5bn, 10:30am. Of 3-5km, only 5km is one.
        let after = ends.last().and_then(|end| text.get(*end..)).unwrap_or_default();
        if after.starts_with(is_latin) {
            if !marks.contains(&'-') {
                let word = after.find(|c| !(is_latin(c) || is_digit(c))).unwrap_or(after.len());
                let length = text.len() - after.len() + word;
                return Self { kind: ValueKind::Id, length, normal_form: String::new() };
            }
            ends.pop();
            marks.pop();
        }
        let first = marks.first().copied();
        let alike = marks.iter().take_while(|m| Some(**m) == first).count();
        let (kind, parts) = match first {
            Some(':') => (ValueKind::Time, alike),
            Some('/') => (ValueKind::Date, alike),
            Some('-') if alike == 2 && marks.len() == 2 => (ValueKind::Date, 2),
            Some('.') if alike > 1 => (ValueKind::Dotted, alike),
            Some('.' | '٫') => (ValueKind::Decimal, 1),
            Some(',' | '٬') => read_groups(text, &ends, &marks),
            _ => (ValueKind::Integer, 0),
        };
        let length = ends.get(parts).copied().unwrap_or(text.len());
        let worth = normal_form(kind, text.get(..length).unwrap_or_default());
        Self { kind, length, normal_form: worth }
    }
}

/// Returns the end of the run of digits that begins at `from`.
fn digits_end(text: &str, from: usize) -> usize {
    let rest = text.get(from..).unwrap_or_default();
    from + rest.find(|c| !is_digit(c)).unwrap_or(rest.len())
}

/// Returns whether a number with group marks is an integer or a decimal, and how many of its marks belong to
/// it: those that group digits by three, and a decimal mark after them.
fn read_groups(text: &str, ends: &[usize], marks: &[char]) -> (ValueKind, usize) {
    let mark = marks.first().copied().unwrap_or(',');
    let groups = marks
        .iter()
        .enumerate()
        .take_while(|(n, m)| **m == mark && part_length(text, ends, mark, n + 1) == 3)
        .count();
    let whole = groups > 0 && part_length(text, ends, mark, 0) <= 3;
    let parts_again = marks.get(groups) == Some(&mark);
    if !whole || parts_again {
        return (ValueKind::Integer, 0);
    }
    if matches!(marks.get(groups), Some('.' | '٫')) {
        return (ValueKind::Decimal, groups + 1);
    }
    (ValueKind::Integer, groups)
}

/// Returns the number of characters of part `n` of a number, given the ends of the parts and the mark between
/// them.
fn part_length(text: &str, ends: &[usize], mark: char, n: usize) -> usize {
    let from = if n == 0 { 0 } else { ends.get(n - 1).copied().unwrap_or(0) + mark.len_utf8() };
    text.get(from..ends.get(n).copied().unwrap_or(0)).map_or(0, |part| part.chars().count())
}

/// Returns the normal form of a number: `1,000` becomes `1000`, `٣٫٥٠` becomes `3.5`.
fn normal_form(kind: ValueKind, text: &str) -> String {
    let ascii = ascii_digits(text);
    let ungrouped: String = match kind {
        ValueKind::Integer | ValueKind::Decimal => ascii
            .chars()
            .filter(|c| !matches!(c, ',' | '٬'))
            .map(|c| if c == '٫' { '.' } else { c })
            .collect(),
        _ => ascii,
    };
    let shortened = match kind {
        // 05 is 5. Longer digits with leading zeros are not quantities, so they keep their zeros.
        ValueKind::Integer if ungrouped.len() <= 2 => ungrouped.trim_start_matches('0'),
        ValueKind::Decimal => ungrouped.trim_end_matches('0').trim_end_matches('.'),
        ValueKind::Time => ungrouped.strip_prefix('0').filter(|t| !t.starts_with(':')).unwrap_or(&ungrouped),
        _ => &ungrouped,
    };
    if shortened.is_empty() { "0".to_owned() } else { shortened.to_owned() }
}

/// Returns whether a placeholder names its argument, so that the order of such placeholders does not matter.
/// For example, `{0}` and `%1$s` name theirs, `%s` does not.
pub(super) fn is_numbered(placeholder: &str) -> bool {
    placeholder.starts_with(['{', '$', '#'])
        || placeholder.starts_with('%') && (placeholder.contains(['$', '(']) || placeholder.ends_with('%'))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{ValueKind, values};

    #[test]
    fn values_are_read_by_their_grammar() {
        use ValueKind::{Date, Decimal, Dotted, Id, Integer, Placeholder, Time};
        for (text, expected) in [
            ("من 5 إلى ٧", vec![(Integer, "5"), (Integer, "7")]),
            ("1,000 و١٬٠٠٠ و1000", vec![(Integer, "1000"), (Integer, "1000"), (Integer, "1000")]),
            ("1,234,567.50", vec![(Decimal, "1234567.5")]),
            ("٣٫٥ 3.50", vec![(Decimal, "3.5"), (Decimal, "3.5")]),
            ("5,6 و5،6", vec![(Integer, "5"), (Integer, "6"), (Integer, "5"), (Integer, "6")]),
            ("12/5/2020 2020-05-12", vec![(Date, "12/5/2020"), (Date, "2020-05-12")]),
            ("10:30 ٠٩:٠٠", vec![(Time, "10:30"), (Time, "9:00")]),
            ("3-1 أو-7", vec![(Integer, "3"), (Integer, "1"), (Integer, "-7")]),
            ("إلى -7 و (−3)", vec![(Integer, "-7"), (Integer, "-3")]),
            ("1.2.10", vec![(Dotted, "1.2.10")]),
            (
                "A4 5th v3.10 9am 25-year",
                vec![(Id, "a4"), (Id, "5th"), (Id, "v3.10"), (Id, "9am"), (Integer, "25")],
            ),
            ("بـ60% ٥ ٪", vec![(Integer, "60"), (Integer, "5")]),
            (
                "%s %1$s {0} {{n}} ${x}",
                vec![
                    (Placeholder, "%s"),
                    (Placeholder, "%1$s"),
                    (Placeholder, "{0}"),
                    (Placeholder, "{{n}}"),
                    (Placeholder, "${x}"),
                ],
            ),
            (
                "<b>نص</b> &amp; %count%",
                vec![
                    (Placeholder, "<b>"),
                    (Placeholder, "</b>"),
                    (Placeholder, "&amp;"),
                    (Placeholder, "%count%"),
                ],
            ),
            ("&rsquo; 50% done 7%s", vec![(Integer, "50"), (Integer, "7")]),
            ("2015م 05", vec![(Integer, "2015"), (Integer, "5")]),
            ("1999-2000", vec![(Integer, "1999"), (Integer, "2000")]),
            ("10:30-11:45", vec![(Time, "10:30"), (Time, "11:45")]),
            ("3.5bn 5:30pm 3-5km", vec![(Id, "3.5bn"), (Id, "5:30pm"), (Integer, "3"), (Id, "5km")]),
            ("COVID-19", vec![(Id, "covid-19")]),
            ("الإصدار 3.10", vec![(Dotted, "3.10")]),
            ("5 -7 و-3", vec![(Integer, "5"), (Integer, "7"), (Integer, "-3")]),
            ("<5 و>3 <1>", vec![(Integer, "5"), (Integer, "3"), (Placeholder, "<1>")]),
            ("{ name }", vec![(Placeholder, "{name}")]),
        ] {
            let got: Vec<_> = values(text).into_iter().map(|v| (v.kind, v.normal_form)).collect();
            let expected: Vec<_> = expected.into_iter().map(|(k, w)| (k, w.to_owned())).collect();
            assert_eq!(got, expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn ranges_are_in_order_and_in_the_text(text in "[0-9٠-٩a-c.,٫٬:/%{}<>&;$ -]{0,40}|\\PC{0,40}") {
            let mut at = 0;
            for v in values(&text) {
                prop_assert!(v.range.start >= at && v.range.end > v.range.start && v.outer_end >= v.range.end, "{:?}", v);
                prop_assert!(text.get(v.range.clone()).is_some() && text.get(v.outer_end..).is_some());
                at = v.outer_end;
            }
        }
    }
}
