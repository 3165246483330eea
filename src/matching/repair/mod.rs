//! Numbers and placeholders carried over into a translation.
//!
//! Where two segments differ only in these, the stored translation is right
//! but for their values. **A wrong repair is worse than none**: whatever is
//! not certain is refused, with the reason.

mod plural;
mod spelled;

use std::ops::Range;

use plural::{Language, counting};
use spelled::spells;

use super::values::{Value, ValueKind, ascii_digits, values};
use crate::{
    locale::Locale,
    score::{Penalty, Score},
    text::{digit_value, folded},
};

/// The most that a repaired match is worth.
pub const REPAIRED_MOST: Score = Score::from_whole(97);

/// Why values are not carried over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepairRefusal {
    /// A value became one of another kind: an integer a decimal, a date a number.
    KindDiffers,
    /// Equal values became different ones.
    ValuesEditedDifferently,
    /// A value stands in the translation as a word.
    ValueAsWord,
    /// A value does not stand in the translation.
    ValueNotInTarget,
    /// A value stands in the translation more or less often than in the source.
    ValuesNotAligned,
    /// The plural category of a number that counts changes, on either side.
    PluralDiffers,
}

/// One value carried over.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairEdit {
    /// Byte range in the stored translation.
    pub range: Range<usize>,
    /// What stands there.
    pub from: String,
    /// What takes its place.
    pub to: String,
}

/// A translation with the values of the segment asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The repaired translation.
    pub target: String,
    /// What it is worth: 97 less the match's penalties.
    pub score: Score,
    /// What was carried over, in the order of the translation.
    pub edits: Vec<RepairEdit>,
}

/// A text with its locale.
#[derive(Clone, Copy, Debug)]
pub struct Localized<'t> {
    /// The text.
    pub text: &'t str,
    /// Its locale.
    pub locale: &'t Locale,
}

/// Carries values over from the segment asked for. Returns nothing when the
/// segments differ in something else, or not at all.
///
/// # Errors
/// Why the values cannot be carried over for certain.
pub fn repair(
    asked: &str,
    stored: Localized<'_>,
    target: Localized<'_>,
    penalties: &[Penalty],
) -> Result<Option<Repair>, RepairRefusal> {
    let (new, old) = (values(asked), values(stored.text));
    if old.is_empty() || new.len() != old.len() || !same_between(asked, &new, stored.text, &old) {
        return Ok(None);
    }
    let changed: Vec<(usize, &Value, &Value)> = old
        .iter()
        .zip(&new)
        .enumerate()
        .filter(|(_, (old, new))| old.worth != new.worth || old.percent != new.percent)
        .map(|(n, (old, new))| (n, old, new))
        .collect();
    if changed.is_empty() {
        return Ok(None);
    }
    if changed.iter().any(|(_, old, new)| old.kind != new.kind || old.percent != new.percent) {
        return Err(RepairRefusal::KindDiffers);
    }
    let becomes = |value: &Value| {
        let of = |(o, n): (&Value, &Value)| (o.worth == value.worth).then(|| n.worth.clone());
        old.iter().zip(&new).filter_map(of).collect::<Vec<_>>()
    };
    if changed.iter().any(|(_, old, new)| becomes(old).iter().any(|to| *to != new.worth)) {
        return Err(RepairRefusal::ValuesEditedDifferently);
    }
    let there = values(target.text);
    let places = |value: &Value| {
        there
            .iter()
            .enumerate()
            .filter(|(_, t)| t.worth == value.worth && t.kind == value.kind)
            .collect::<Vec<_>>()
    };
    let missing = |value: &Value| places(value).is_empty();
    let integer = |value: &Value| value.kind == ValueKind::Integer;
    if changed.iter().any(|(_, old, _)| missing(old) && integer(old) && spells(target.text, &old.worth)) {
        return Err(RepairRefusal::ValueAsWord);
    }
    if changed.iter().any(|(_, old, _)| missing(old)) {
        return Err(RepairRefusal::ValueNotInTarget);
    }
    if changed.iter().any(|(_, old, _)| places(old).len() != becomes(old).len()) {
        return Err(RepairRefusal::ValuesNotAligned);
    }
    let (of_source, of_target) = (language(stored.locale), language(target.locale));
    let (counts, counts_there) =
        (counting(stored.text, &old, of_source), counting(target.text, &there, of_target));
    let turns = |language: Language, counts: &[bool], at: usize, old: &Value, new: &Value| {
        counts.get(at) == Some(&true) && language.category(&old.worth) != language.category(&new.worth)
    };
    let plural_differs = changed.iter().any(|(n, old, new)| {
        turns(of_source, &counts, *n, old, new)
            || places(old).iter().any(|(at, _)| turns(of_target, &counts_there, *at, old, new))
    });
    if plural_differs {
        return Err(RepairRefusal::PluralDiffers);
    }

    let mut edits: Vec<RepairEdit> = Vec::new();
    for (_, old, new) in &changed {
        let asked = asked.get(new.range.clone()).unwrap_or_default();
        for (_, place) in places(old) {
            let from = target.text.get(place.range.clone()).unwrap_or_default();
            edits.push(RepairEdit {
                range: place.range.clone(),
                from: from.to_owned(),
                to: written(new.kind, asked, from),
            });
        }
    }
    edits.sort_by_key(|e| e.range.start);
    edits.dedup();
    let mut repaired = String::with_capacity(target.text.len() + 8);
    let mut at = 0;
    for edit in &edits {
        repaired.push_str(target.text.get(at..edit.range.start).unwrap_or_default());
        repaired.push_str(&edit.to);
        at = edit.range.end;
    }
    repaired.push_str(target.text.get(at..).unwrap_or_default());
    let score = penalties.iter().fold(REPAIRED_MOST, |score, p| score.minus(p.points));
    Ok(Some(Repair { target: repaired, score, edits }))
}

fn language(locale: &Locale) -> Language {
    if locale.language() == "ar" { Language::Arabic } else { Language::English }
}

/// Says whether two texts are equal, when folded, but for their values.
fn same_between(a: &str, of_a: &[Value], b: &str, of_b: &[Value]) -> bool {
    let pieces = |text: &str, values: &[Value]| {
        let starts = std::iter::once(0).chain(values.iter().map(|v| v.end));
        let ends = values.iter().map(|v| v.range.start).chain(std::iter::once(text.len()));
        starts.zip(ends).map(|(from, to)| folded(text.get(from..to).unwrap_or_default())).collect::<Vec<_>>()
    };
    pieces(a, of_a) == pieces(b, of_b)
}

/// Writes a new value in the style of the one whose place it takes.
fn written(kind: ValueKind, asked: &str, old: &str) -> String {
    match kind {
        ValueKind::Placeholder | ValueKind::Id => return asked.to_owned(),
        _ => {}
    }
    let negative = asked.starts_with(['-', '−']);
    let sign = old.chars().next().filter(|c| matches!(c, '-' | '−')).unwrap_or('-');
    let unsigned = ascii_digits(asked.trim_start_matches(['-', '−']));
    let is_group = |c: char| matches!(c, ',' | '٬');
    let digits = |text: &str| text.chars().filter(|c| digit_value(*c).is_some()).count();
    let mut ascii = match kind {
        ValueKind::Integer => {
            let bare: String = unsigned.chars().filter(|c| !is_group(*c)).collect();
            let grouped =
                if old.contains(is_group) { true } else { digits(old) < 4 && asked.contains(is_group) };
            if grouped && bare.len() > 3 { group(&bare) } else { bare }
        }
        ValueKind::Decimal => unsigned.replace('٫', ".").replace('٬', ","),
        _ => unsigned,
    };
    if let Some(zero) = old.chars().find(|c| !c.is_ascii() && digit_value(*c).is_some()) {
        let arabic = !('\u{06F0}'..='\u{06F9}').contains(&zero);
        let script = |c: char| match c.to_digit(10) {
            Some(d) => char::from_u32(if arabic { 0x660 } else { 0x6F0 } + d).unwrap_or(c),
            None if kind == ValueKind::Decimal && c == '.' && old.contains('٫') => '٫',
            None if c == ',' && (old.contains('٬') || !old.contains(',')) => '٬',
            None => c,
        };
        ascii = ascii.chars().map(script).collect();
    }
    if negative { format!("{sign}{ascii}") } else { ascii }
}

fn group(digits: &str) -> String {
    let mut out = String::new();
    for (n, digit) in digits.chars().enumerate() {
        if n > 0 && (digits.len() - n).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::{Localized, RepairRefusal, repair};
    use crate::locale::Locale;

    fn told(refusal: RepairRefusal) -> &'static str {
        match refusal {
            RepairRefusal::KindDiffers => "!KIND_DIFFERS",
            RepairRefusal::ValuesEditedDifferently => "!VALUES_EDITED_DIFFERENTLY",
            RepairRefusal::ValueAsWord => "!VALUE_AS_WORD",
            RepairRefusal::ValueNotInTarget => "!VALUE_NOT_IN_TARGET",
            RepairRefusal::ValuesNotAligned => "!VALUES_NOT_ALIGNED",
            RepairRefusal::PluralDiffers => "!PLURAL_DIFFERS",
        }
    }

    /// Every pair of `tests/golden/repairs.tsv` is repaired, or refused for
    /// the reason, as a person wrote down.
    #[test]
    fn repairs_are_those_that_a_person_would_make() {
        let (arabic, english) = (Locale::arabic(), Locale::english());
        let (mut pairs, mut wrong) = (0, Vec::new());
        for line in include_str!("../../../tests/golden/repairs.tsv").lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [asked, stored, target, expected] = cells[..] else { continue };
            pairs += 1;
            let stored_at = Localized { text: stored, locale: &arabic };
            let got = match repair(asked, stored_at, Localized { text: target, locale: &english }, &[]) {
                Ok(Some(repair)) => repair.target,
                Ok(None) => "nothing".to_owned(),
                Err(refusal) => told(refusal).to_owned(),
            };
            if got != expected {
                wrong.push(format!("{asked} | {stored} | {target}\n    {got}\n    {expected}"));
            }
        }
        assert!(pairs >= 200, "{pairs} pairs");
        assert!(wrong.is_empty(), "{} of {pairs} differ:\n{}", wrong.len(), wrong.join("\n"));
    }
}
