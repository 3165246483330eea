//! Digits of more than one style in one text.

use std::{collections::BTreeMap, ops::Range};

use super::findings::{Findings, LintKind};
use crate::text::{
    arabic::letters::digit_value,
    tokens::{TokenKind, tokens},
};

/// The styles: the first digit and the name of each.
const STYLES: [(char, &str); 3] = [('0', "0-9"), ('\u{0660}', "٠-٩"), ('\u{06F0}', "۰-۹")];

fn style(c: char) -> Option<char> {
    digit_value(c)?;
    STYLES.iter().map(|(zero, _)| *zero).rfind(|zero| *zero <= c)
}

pub(crate) fn find(found: &mut Findings<'_>) {
    let text = found.text;
    let mut numbers: Vec<(Range<usize>, Vec<char>)> = Vec::new();
    // Digits of each style, and where the style is used first.
    let mut used: BTreeMap<char, (usize, usize)> = BTreeMap::new();
    for token in tokens(text) {
        let piece = text.get(token.start..token.end).unwrap_or_default();
        // Digits in Latin words, names and placeholders are what they are.
        if token.kind == TokenKind::Placeholder || piece.contains(|c: char| c.is_ascii_alphabetic()) {
            continue;
        }
        let styles: Vec<char> = piece.chars().filter_map(style).collect();
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
    // The style in use most; among equals the first.
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
        let change = |c: char| {
            let digit = digit_value(c).and_then(|v| char::from_u32(u32::from(main) + u32::from(v)));
            match c {
                '٫' if main == '0' => '.',
                '٬' if main == '0' => ',',
                _ => digit.unwrap_or(c),
            }
        };
        let name = STYLES.iter().find(|(zero, _)| *zero == main).map_or("", |(_, name)| name);
        let reason =
            format!("the digits of '{piece}' differ from the others of this text: write {name} throughout");
        found.add(LintKind::MixedDigits, range, reason, Some(piece.chars().map(change).collect()));
    }
}
