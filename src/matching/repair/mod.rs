//! Numbers and placeholders carried over into a translation.
//!
//! Where two segments differ only in these, the stored translation is right
//! but for their values. **A wrong repair is worse than none**: whatever is
//! not certain is refused, with the reason.

mod clock;
mod plural;
mod spelled;

use std::ops::Range;

use plural::{Language, counting, is_percentage};
use spelled::{spells, spells_count};

use super::{
    guard::vocalization_differs,
    values::{Value, ValueKind, ascii_digits, values},
};
use crate::{
    locale::Locale,
    score::{Penalty, Score},
    text::{digit_value, folded, same},
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
    if vocalization_differs(&same(asked), &same(stored.text)) {
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
    // A number that may be one with its neighbour, a sign that comes or goes at the
    // head of an amount, and a date whose day and month were the same until now.
    let unclear = |old: &Value, new: &Value| {
        old.joined
            || new.joined
            || new.worth.starts_with('-') && !old.worth.starts_with('-')
            || unclear_date(old, new)
    };
    if changed.iter().any(|(_, old, new)| unclear(old, new)) {
        return Err(RepairRefusal::KindDiffers);
    }
    let places = |value: &Value| {
        let percentage = is_percentage(stored.text, value);
        let is = |t: &Value| {
            t.worth == value.worth
                && t.kind == value.kind
                && (value.kind != ValueKind::Integer || is_percentage(target.text, t) == percentage)
                && !target.text.get(t.end..).unwrap_or_default().starts_with("<sup")
        };
        there.iter().enumerate().filter(|(_, t)| is(t)).collect::<Vec<_>>()
    };
    let missing = |value: &Value| places(value).is_empty();
    let integer = |value: &Value| value.kind == ValueKind::Integer;
    if changed.iter().any(|(_, old, _)| missing(old) && integer(old) && spells(target.text, &old.worth)) {
        return Err(RepairRefusal::ValueAsWord);
    }
    if changed.iter().any(|(_, old, _)| missing(old)) {
        return Err(RepairRefusal::ValueNotInTarget);
    }
    // «five (5) days»: the word would stay behind. So would what was worked out from the value.
    let told_twice = |old: &Value| {
        places(old).len() != becomes(old).len() || integer(old) && spells_count(target.text, &old.worth)
    };
    if changed.iter().any(|(_, old, _)| told_twice(old)) || has_derived(target.text, &there, &old) {
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
    let half_turns = changed.iter().any(|(_, old, new)| {
        places(old)
            .iter()
            .any(|(_, place)| clock::half_differs((stored.text, old), (target.text, place), new))
    });
    if half_turns {
        return Err(RepairRefusal::KindDiffers);
    }

    let mut edits: Vec<RepairEdit> = Vec::new();
    for (_, old, new) in &changed {
        let asked = asked.get(new.range.clone()).unwrap_or_default();
        let source = stored.text.get(old.range.clone()).unwrap_or_default();
        for (_, place) in places(old) {
            let from = target.text.get(place.range.clone()).unwrap_or_default();
            let to = written(new.kind, asked, source, from);
            edits.push(with_article(target.text, place.range.clone(), to));
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

/// Says whether a date's first two parts were equal and no longer are: which
/// of them is the day in the translation cannot be told.
fn unclear_date(old: &Value, new: &Value) -> bool {
    let parts = |v: &Value| {
        let mut parts = v.worth.split('/').map(str::to_owned);
        (parts.next(), parts.next())
    };
    old.kind == ValueKind::Date && {
        let ((a, b), (c, d)) = (parts(old), parts(new));
        b.is_some() && a == b && c != d
    }
}

/// Says whether a translation has a number of its own in brackets or behind
/// «or»: it was worked out from another and would have to be again.
fn has_derived(text: &str, there: &[Value], source: &[Value]) -> bool {
    there.iter().any(|value| {
        let number = !matches!(value.kind, ValueKind::Placeholder);
        let before = text.get(..value.range.start).unwrap_or_default();
        let open = before.rfind('(').is_some_and(|at| !before.get(at..).unwrap_or_default().contains(')'));
        let or = before.trim_end().ends_with(" or");
        number && (open || or) && !source.iter().any(|s| s.worth == value.worth)
    })
}

/// Makes an edit; an English article before the number becomes the one that
/// the new number is spoken with.
fn with_article(text: &str, range: Range<usize>, to: String) -> RepairEdit {
    let head = text.get(..range.start).unwrap_or_default();
    let word = head.trim_end().rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let spoken = to.trim_start_matches(|c: char| !c.is_ascii_digit());
    let whole: String =
        spoken.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    let with_n = whole.starts_with('8')
        || ["11", "18"].contains(
            &whole
                .get(..whole.len() % 3 + if whole.len().is_multiple_of(3) { 3 } else { 0 })
                .unwrap_or_default(),
        );
    let article = match word {
        "a" | "an" => {
            if with_n {
                "an"
            } else {
                "a"
            }
        }
        "A" | "An" => {
            if with_n {
                "An"
            } else {
                "A"
            }
        }
        _ => word,
    };
    if article == word || !head.ends_with(' ') {
        let from = text.get(range.clone()).unwrap_or_default().to_owned();
        return RepairEdit { range, from, to };
    }
    let start = head.trim_end().len() - word.len();
    let between = head.get(start + word.len()..).unwrap_or_default();
    let to = format!("{article}{between}{to}");
    RepairEdit {
        from: text.get(start..range.end).unwrap_or_default().to_owned(),
        range: start..range.end,
        to,
    }
}

fn language(locale: &Locale) -> Language {
    match locale.language() {
        "ar" => Language::Arabic,
        "en" => Language::English,
        _ => Language::Other,
    }
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

/// Writes a new value in the style of the one whose place it takes. `source`
/// is how the old one stands in the stored segment.
fn written(kind: ValueKind, asked: &str, source: &str, old: &str) -> String {
    match kind {
        ValueKind::Placeholder => return asked.to_owned(),
        ValueKind::Id => return id_like(asked, old),
        _ => {}
    }
    let negative = asked.starts_with(['-', '−']);
    let sign = old.chars().next().filter(|c| matches!(c, '-' | '−')).unwrap_or('-');
    let unsigned = ascii_digits(asked.trim_start_matches(['-', '−']));
    let is_group = |c: char| matches!(c, ',' | '٬');
    let is_digit = |c: char| digit_value(c).is_some();
    let digits = |text: &str| text.chars().filter(|c| is_digit(*c)).count();
    let fraction = |text: &str| text.rsplit_once(['.', '٫']).map_or(0, |(_, f)| digits(f));
    let grouped_like = |whole: &str, old_whole: &str| {
        let bare: String = whole.chars().filter(|c| !is_group(*c)).collect();
        let grouped = old_whole.contains(is_group) || digits(old_whole) < 4 && whole.contains(is_group);
        if grouped && bare.len() > 3 { group(&bare) } else { bare }
    };
    let zeros_like = |new: &str, old: &str| match (old.len(), old.starts_with('0'), new.len()) {
        (2, true, 1) => format!("0{new}"),
        (_, false, 2) => new.trim_start_matches('0').to_owned(),
        _ => new.to_owned(),
    };
    let old_ascii = ascii_digits(old.trim_start_matches(['-', '−']));
    let mut ascii = match kind {
        ValueKind::Integer => zeros_like(&grouped_like(&unsigned, &old_ascii), &old_ascii),
        ValueKind::Decimal => {
            let dotted = unsigned.replace('٫', ".");
            let (whole, parts) = dotted.rsplit_once('.').unwrap_or((&dotted, ""));
            let old_whole = old_ascii.rsplit_once(['.', '٫']).map_or(old_ascii.as_str(), |(whole, _)| whole);
            let mut parts = parts.to_owned();
            // $3.50 for 3.5: places that the translation adds.
            while fraction(old) > fraction(source) && parts.len() < fraction(old) {
                parts.push('0');
            }
            format!("{}.{parts}", grouped_like(whole, old_whole))
        }
        ValueKind::Time => {
            let (hour, rest) = unsigned.split_once(':').unwrap_or((&unsigned, ""));
            let old_hour = old_ascii.split(':').next().unwrap_or_default();
            format!("{}:{rest}", zeros_like(hour, old_hour))
        }
        _ => unsigned,
    };
    if let Some(zero) = old.chars().find(|c| !c.is_ascii() && is_digit(*c)) {
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

/// Writes an id with the letters of the old one where only digits differ.
fn id_like(asked: &str, old: &str) -> String {
    let asked = ascii_digits(asked);
    let letters = |text: &str| text.chars().filter(|c| !c.is_ascii_digit()).collect::<String>();
    let (of_asked, of_old) = (letters(&asked), letters(&ascii_digits(old)));
    if of_asked.to_lowercase() != of_old.to_lowercase() {
        return asked;
    }
    let mut shapes = of_old.chars();
    asked.chars().map(|c| if c.is_ascii_digit() { c } else { shapes.next().unwrap_or(c) }).collect()
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
