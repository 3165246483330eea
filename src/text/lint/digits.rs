//! Finds digits of more than one style in one text.

use std::{collections::BTreeMap, ops::Range};

use super::findings::{Findings, LintKind};
use crate::text::{
    arabic::letters::digit_value,
    tokens::{TokenKind, tokens},
};

/// The digit styles, each with its zero and its name.
const DIGIT_STYLES: [(char, &str); 3] = [('0', "0-9"), ('\u{0660}', "٠-٩"), ('\u{06F0}', "۰-۹")];

/// Returns the style of a digit, as the zero of that style.
fn digit_style(c: char) -> Option<char> {
    digit_value(c)?;
    DIGIT_STYLES.iter().map(|(zero, _)| *zero).rfind(|zero| *zero <= c)
}

pub(crate) fn find(found: &mut Findings<'_>) {
    let text = found.text;
    let mut numbers: Vec<(Range<usize>, Vec<char>)> = Vec::new();
    // For each style, the number of its digits and the place of the first.
    let mut used: BTreeMap<char, (usize, usize)> = BTreeMap::new();
    for token in tokens(text) {
        let piece = text.get(token.start..token.end).unwrap_or_default();
        // Digits in Latin words and in placeholders must stay as they are.
        if token.kind == TokenKind::Placeholder || piece.contains(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let styles: Vec<char> = piece.chars().filter_map(digit_style).collect();
        for zero in &styles {
            let (count, _) = used.entry(*zero).or_insert((0, token.start));
            *count += 1;
        }
        if !styles.is_empty() {
            numbers.push((token.start..token.end, styles));
        }
    }
    if used.len() < 2 {
        return;
    }
    // The style with the most digits; of equals, the one used first.
    let main = used
        .iter()
        .max_by_key(|(_, (count, first))| (*count, std::cmp::Reverse(*first)))
        .map(|(zero, _)| *zero);
    let Some(main) = main else { return };
    for (range, styles) in numbers {
        if styles.iter().all(|zero| *zero == main) {
            continue;
        }
        let piece = text.get(range.clone()).unwrap_or_default();
        let name = DIGIT_STYLES.iter().find(|(zero, _)| *zero == main).map_or("", |(_, name)| name);
        let reason =
            format!("the digits of '{piece}' differ from the others of this text: write {name} throughout");
        let suggestion = piece.chars().map(|c| in_style(c, main)).collect();
        found.add(LintKind::MixedDigits, range, reason, Some(suggestion));
    }
}

/// Returns a digit or a separator in the style of a zero; other characters stay.
fn in_style(c: char, zero: char) -> char {
    match c {
        '٫' if zero == '0' => '.',
        '٬' if zero == '0' => ',',
        _ => digit_value(c).and_then(|v| char::from_u32(u32::from(zero) + u32::from(v))).unwrap_or(c),
    }
}
