//! Repairs one translation: replaces the values in which its source differs from the query.

use std::{ops::Range, rc::Rc};

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    clock,
    number_words::Spelled,
    plural::{Language, counting, is_percentage},
};
use crate::{
    locale::Locale,
    matching::{
        guard::Vocalized,
        values::{Value, ValueKind, ascii_digits, values},
    },
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
    if Vocalized::new(same(asked)).differs(&same(stored.text)) {
        return Ok(None);
    }
    let differs = |(old, new): (&Value, &Value)| old.worth != new.worth || old.percent != new.percent;
    if !old.iter().zip(&new).any(differs) {
        return Ok(None);
    }
    let there = values(target.text);
    let changed = changes(&old, &new, (stored.text, target.text), &there)?;
    let (of_source, of_target) = (language(stored.locale), language(target.locale));
    let (counts, counts_there) =
        (counting(stored.text, &old, of_source), counting(target.text, &there, of_target));
    let turns = |language: Language, counts: &[bool], at: usize, change: &Change<'_>| {
        counts.get(at) == Some(&true)
            && language.category(&change.old.worth) != language.category(&change.new.worth)
    };
    let plural_differs = changed.iter().any(|change| {
        turns(of_source, &counts, change.at, change)
            || change.places.iter().any(|(at, _)| turns(of_target, &counts_there, *at, change))
    });
    if plural_differs {
        return Err(RepairRefusal::PluralDiffers);
    }
    let half_differs = |change: &Change<'_>, place: &Value| {
        clock::half_differs((stored.text, change.old), (target.text, place), change.new)
    };
    if changed.iter().any(|change| change.places.iter().any(|(_, place)| half_differs(change, place))) {
        return Err(RepairRefusal::KindDiffers);
    }

    let mut edits: Vec<RepairEdit> = Vec::new();
    for change in changed.iter().filter(|change| change.is_first) {
        let asked = asked.get(change.new.range.clone()).unwrap_or_default();
        let source = stored.text.get(change.old.range.clone()).unwrap_or_default();
        for (_, place) in change.places.iter() {
            let from = target.text.get(place.range.clone()).unwrap_or_default();
            let to = written(change.new.kind, asked, source, from);
            edits.push(with_article(target.text, place.range.clone(), to));
        }
    }
    edits.sort_by_key(|e| e.range.start);
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

/// What values are found by: worth, kind, and whether an integer is a percentage.
type Key<'v> = (&'v str, ValueKind, bool);

/// Values of the translation, with their numbers.
type Places<'v> = Vec<(usize, &'v Value)>;

/// A value that changed, and where the old one stands in the translation.
struct Change<'v> {
    /// Which of the stored segment's values it is.
    at: usize,
    old: &'v Value,
    new: &'v Value,
    /// The translation's values that are the old one, with their numbers.
    places: Rc<[(usize, &'v Value)]>,
    /// The first of equal ones: it speaks for all, since they have the same
    /// places and became the same.
    is_first: bool,
}

/// Finds the values that changed in the translation.
///
/// # Errors
/// Why they cannot be aligned: every reason but that of plurals and the clock.
fn changes<'v>(
    old: &'v [Value],
    new: &'v [Value],
    (stored, target): (&str, &str),
    there: &'v [Value],
) -> Result<Vec<Change<'v>>, RepairRefusal> {
    // What each old value became, how often it stands, and whether always the same came of it.
    let mut became: FxHashMap<&str, (&str, usize, bool)> = FxHashMap::default();
    for (o, n) in old.iter().zip(new) {
        let (to, times, alike) = became.entry(&o.worth).or_insert((&n.worth, 0, true));
        *times += 1;
        *alike &= *to == n.worth;
    }
    let mut found: FxHashMap<Key<'_>, Places<'_>> = FxHashMap::default();
    let key = |text: &str, v: &'v Value| {
        (v.worth.as_str(), v.kind, v.kind == ValueKind::Integer && is_percentage(text, v))
    };
    for (at, value) in there.iter().enumerate() {
        let ordinal = target.get(value.end..).unwrap_or_default().starts_with("<sup");
        if !ordinal {
            found.entry(key(target, value)).or_default().push((at, value));
        }
    }
    let mut known: FxHashMap<Key<'_>, Rc<[(usize, &Value)]>> = FxHashMap::default();
    let mut changed = Vec::new();
    for (at, (old, new)) in old.iter().zip(new).enumerate() {
        if old.worth == new.worth && old.percent == new.percent {
            continue;
        }
        let key = key(stored, old);
        let is_first = !known.contains_key(&key);
        let places = known.entry(key).or_insert_with(|| found.remove(&key).unwrap_or_default().into());
        changed.push(Change { at, old, new, places: Rc::clone(places), is_first });
    }

    let any = |holds: &dyn Fn(&Change<'_>) -> bool| changed.iter().any(holds);
    if any(&|c| c.old.kind != c.new.kind || c.old.percent != c.new.percent) {
        return Err(RepairRefusal::KindDiffers);
    }
    let became =
        |value: &Value| became.get(value.worth.as_str()).map_or((0, true), |(_, n, alike)| (*n, *alike));
    if any(&|c| !became(c.old).1) {
        return Err(RepairRefusal::ValuesEditedDifferently);
    }
    // A number that may be one with its neighbour, a sign that comes up, and a date
    // whose day and month were the same until now.
    let comes_up = |c: &Change<'_>| c.new.worth.starts_with('-') && !c.old.worth.starts_with('-');
    if any(&|c| c.old.joined || c.new.joined || comes_up(c) || unclear_date(c.old, c.new)) {
        return Err(RepairRefusal::KindDiffers);
    }
    let spelled = Spelled::new(target);
    let integer = |c: &Change<'_>| c.old.kind == ValueKind::Integer;
    if any(&|c| c.is_first && c.places.is_empty() && integer(c) && spelled.has(&c.old.worth)) {
        return Err(RepairRefusal::ValueAsWord);
    }
    if any(&|c| c.places.is_empty()) {
        return Err(RepairRefusal::ValueNotInTarget);
    }
    // «five (5) days»: the word would stay behind. So would what was worked out from the value.
    let told_twice = |c: &Change<'_>| integer(c) && spelled.has_count(&c.old.worth);
    if any(&|c| c.places.len() != became(c.old).0 || c.is_first && told_twice(c))
        || has_derived(target, there, old)
    {
        return Err(RepairRefusal::ValuesNotAligned);
    }
    Ok(changed)
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
    let known: FxHashSet<&str> = source.iter().map(|s| s.worth.as_str()).collect();
    let mut open = false;
    let mut from = 0;
    there.iter().any(|value| {
        let between = text.get(from..value.range.start).unwrap_or_default();
        from = value.range.start;
        open = between
            .rfind(['(', ')'])
            .map_or(open, |at| between.get(at..).unwrap_or_default().starts_with('('));
        let or = between.trim_end().ends_with(" or");
        value.kind != ValueKind::Placeholder && (open || or) && !known.contains(value.worth.as_str())
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
    // Eleven and eighteen, of whatever thousands: 11, 18,000.
    let leading = whole.len() - whole.len().saturating_sub(1) / 3 * 3;
    let an = whole.starts_with('8') || matches!(whole.get(..leading), Some("11" | "18"));
    let article = match (word, an) {
        ("a" | "an", false) => "a",
        ("a" | "an", true) => "an",
        ("A" | "An", false) => "A",
        ("A" | "An", true) => "An",
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
