//! Repairs one translation: replaces the values in which its source differs from the query.

use std::{ops::Range, rc::Rc};

use rustc_hash::FxHashMap;

use super::{
    amounts::have_counterparts,
    clock,
    number_words::NumberWords,
    plural::{PluralLanguage, is_percentage, which_count},
};
use crate::{
    locale::Locale,
    matching::{
        guard::VowelMarks,
        values::{Value, ValueKind, ascii_digits, is_digit, values},
    },
    score::{Penalty, Score},
    text::{folded, same},
};

/// The highest score of a repaired match.
pub const MAX_REPAIR_SCORE: Score = Score::from_whole(97);

/// Why a repair is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RepairRefusal {
    /// A value changed its kind, for example from an integer to a decimal, or it is unclear what the value
    /// is.
    KindDiffers,
    /// Equal values became different ones, for example 5 and 5 became 5 and 6.
    ValuesEditedDifferently,
    /// The translation has a value as a word, for example «five».
    ValueAsWord,
    /// The translation does not have a value.
    ValueNotInTarget,
    /// The translation has a value more or less often than the source, or an amount (a number, a number word,
    /// a unit, a month) that only one of the two has.
    ValuesNotAligned,
    /// The plural category of a number that counts changes, on either side.
    PluralDiffers,
    /// The new term has several translations that may be used, or its words are several terms.
    TermAmbiguous,
    /// The translation does not have the old term exactly once, or not as a word that can be exchanged.
    TermNotAligned,
    /// The translation has a term that must not be used, or the new term has no other translation.
    TermDeprecated,
    /// The terms have different forms, or words around the new term might have to change: its article, a verb
    /// or a pronoun.
    TermFormDiffers,
}

/// The replacement of one value or term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RepairEdit {
    /// Byte range in the stored translation.
    pub range: Range<usize>,
    /// The text in this range.
    pub from: String,
    /// The text that replaces it.
    pub to: String,
}

/// A translation with the values of the segment asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Repair {
    /// The repaired translation.
    pub target: String,
    /// Its score: 97, or 90 if a term was exchanged, minus the penalties of the match.
    pub score: Score,
    /// The replacements, in the order of the translation.
    pub edits: Vec<RepairEdit>,
}

/// A text with its locale.
#[derive(Clone, Copy, Debug)]
pub struct LocalizedText<'t> {
    /// The text.
    pub text: &'t str,
    /// Its locale.
    pub locale: &'t Locale,
}

/// Repairs `target`, the translation of `stored`: replaces the values in which `stored` differs from `asked`.
/// Returns `Ok(None)` if the two differ in anything else, or not at all.
///
/// # Errors
/// Returns the reason if it is uncertain how to repair the translation.
pub fn repair(
    asked: &str,
    stored: LocalizedText<'_>,
    target: LocalizedText<'_>,
    penalties: &[Penalty],
) -> Result<Option<Repair>, RepairRefusal> {
    let (new, old) = (values(asked), values(stored.text));
    if old.is_empty() || new.len() != old.len() || !equal_outside_values(asked, &new, stored.text, &old) {
        return Ok(None);
    }
    if VowelMarks::new(same(asked)).contradicts(&same(stored.text)) {
        return Ok(None);
    }
    if old.iter().zip(&new).all(|(old, new)| values_equal(old, new)) {
        return Ok(None);
    }
    let there = values(target.text);
    let changed = find_changes(&old, &new, (stored.text, target.text), &there)?;
    let (of_source, of_target) = (language(stored.locale), language(target.locale));
    let (counts, counts_there) =
        (which_count(stored.text, &old, of_source), which_count(target.text, &there, of_target));
    let plural_differs = changed.iter().any(|change| {
        counts.get(change.at) == Some(&true) && change.changes_category(of_source)
            || change.changes_category(of_target)
                && change.places.iter().any(|(at, _)| counts_there.get(*at) == Some(&true))
    });
    if plural_differs {
        return Err(RepairRefusal::PluralDiffers);
    }
    let half_differs = changed.iter().any(|change| {
        change.places.iter().any(|&(_, place)| {
            clock::may_change_half_of_day((stored.text, change.old), (target.text, place), change.new)
        })
    });
    if half_differs {
        return Err(RepairRefusal::KindDiffers);
    }

    let mut edits: Vec<RepairEdit> = Vec::new();
    for change in changed.iter().filter(|change| change.is_first) {
        let asked = asked.get(change.new.range.clone()).unwrap_or_default();
        let source = stored.text.get(change.old.range.clone()).unwrap_or_default();
        for (_, place) in change.places.iter() {
            let from = target.text.get(place.range.clone()).unwrap_or_default();
            let to = write_like(change.new.kind, asked, source, from);
            edits.push(edit_with_article(target.text, place.range.clone(), to));
        }
    }
    edits.sort_by_key(|e| e.range.start);
    Ok(Some(Repair::new(target.text, edits, MAX_REPAIR_SCORE, penalties)))
}

impl Repair {
    /// Makes the edits, which are in the order of the text. The score is `max_score` minus the penalties.
    pub(super) fn new(text: &str, edits: Vec<RepairEdit>, max_score: Score, penalties: &[Penalty]) -> Self {
        let mut repaired = String::with_capacity(text.len() + 8);
        let mut at = 0;
        for edit in &edits {
            repaired.push_str(text.get(at..edit.range.start).unwrap_or_default());
            repaired.push_str(&edit.to);
            at = edit.range.end;
        }
        repaired.push_str(text.get(at..).unwrap_or_default());
        let score = penalties.iter().fold(max_score, |score, p| score.minus(p.points));
        Self { target: repaired, score, edits }
    }
}

/// The key by which values are found: normal form, kind, and whether an integer is a percentage.
type ValueKey<'v> = (&'v str, ValueKind, bool);

/// Values of the translation, with their indices.
type ValuePlaces<'v> = Vec<(usize, &'v Value)>;

/// A value that changed, with the places of the old one in the translation.
struct ValueChange<'v> {
    /// Its index among the values of the stored segment.
    at: usize,
    old: &'v Value,
    new: &'v Value,
    /// The values of the translation that are equal to the old one, with their indices.
    places: Rc<[(usize, &'v Value)]>,
    /// It is the first change of this value. Only the first one is written into the translation, because the
    /// others have the same places and the same new value.
    is_first: bool,
}

impl ValueChange<'_> {
    /// Returns whether the old and the new number have different plural categories.
    fn changes_category(&self, language: PluralLanguage) -> bool {
        language.category(&self.old.normal_form) != language.category(&self.new.normal_form)
    }
}

/// Returns whether two values are equal, including the percent sign.
fn values_equal(old: &Value, new: &Value) -> bool {
    old.normal_form == new.normal_form && old.percent == new.percent
}

fn value_key<'v>(text: &str, value: &'v Value) -> ValueKey<'v> {
    (value.normal_form.as_str(), value.kind, value.kind == ValueKind::Integer && is_percentage(text, value))
}

/// Finds the values that changed, and their places in the translation.
///
/// # Errors
/// Returns the reason if they cannot be aligned. Plural categories and halves of the day are not checked
/// here.
fn find_changes<'v>(
    old: &'v [Value],
    new: &'v [Value],
    (stored, target): (&str, &str),
    there: &'v [Value],
) -> Result<Vec<ValueChange<'v>>, RepairRefusal> {
    // By old value: the new value, how often the old one occurs, and whether it always became the same.
    let mut became: FxHashMap<&str, (&str, usize, bool)> = FxHashMap::default();
    for (o, n) in old.iter().zip(new) {
        let (to, times, alike) = became.entry(&o.normal_form).or_insert((&n.normal_form, 0, true));
        *times += 1;
        *alike &= *to == n.normal_form;
    }
    let mut found: FxHashMap<ValueKey<'_>, ValuePlaces<'_>> = FxHashMap::default();
    for (at, value) in there.iter().enumerate() {
        let ordinal = target.get(value.outer_end..).unwrap_or_default().starts_with("<sup");
        if !ordinal {
            found.entry(value_key(target, value)).or_default().push((at, value));
        }
    }
    let mut known: FxHashMap<ValueKey<'_>, Rc<[(usize, &Value)]>> = FxHashMap::default();
    let mut changed = Vec::new();
    for (at, (old, new)) in old.iter().zip(new).enumerate() {
        if values_equal(old, new) {
            continue;
        }
        let key = value_key(stored, old);
        let is_first = !known.contains_key(&key);
        let places = known.entry(key).or_insert_with(|| found.remove(&key).unwrap_or_default().into());
        changed.push(ValueChange { at, old, new, places: Rc::clone(places), is_first });
    }

    if changed.iter().any(|c| c.old.kind != c.new.kind || c.old.percent != c.new.percent) {
        return Err(RepairRefusal::KindDiffers);
    }
    if changed.iter().any(|c| became.get(c.old.normal_form.as_str()).is_some_and(|(_, _, alike)| !*alike)) {
        return Err(RepairRefusal::ValuesEditedDifferently);
    }
    // In these cases it is unclear which value is meant.
    let unclear = changed.iter().any(|c| {
        c.old.may_be_joined || c.new.may_be_joined || becomes_negative(c) || unclear_date(c.old, c.new)
    });
    if unclear {
        return Err(RepairRefusal::KindDiffers);
    }
    let spelled = NumberWords::new(target);
    let is_word = changed.iter().any(|c| {
        c.is_first
            && c.places.is_empty()
            && c.old.kind == ValueKind::Integer
            && spelled.has_number(&c.old.normal_form)
    });
    if is_word {
        return Err(RepairRefusal::ValueAsWord);
    }
    if changed.iter().any(|c| c.places.is_empty()) {
        return Err(RepairRefusal::ValueNotInTarget);
    }
    let not_aligned = changed
        .iter()
        .any(|c| c.places.len() != became.get(c.old.normal_form.as_str()).map_or(0, |(_, times, _)| *times));
    // In «five (5) days», the word would keep the old value. So would a number that was computed from it.
    let amounts = changed.iter().filter(|c| c.old.kind != ValueKind::Placeholder);
    let amounts: Vec<&str> = amounts.map(|c| c.old.normal_form.as_str()).collect();
    if not_aligned || !amounts.is_empty() && !have_counterparts(stored, target, &amounts) {
        return Err(RepairRefusal::ValuesNotAligned);
    }
    Ok(changed)
}

/// Returns whether a number becomes negative.
fn becomes_negative(change: &ValueChange<'_>) -> bool {
    change.new.normal_form.starts_with('-') && !change.old.normal_form.starts_with('-')
}

/// Returns whether the first two parts of a date were equal and no longer are. It is then unclear which of
/// them is the day in the translation.
fn unclear_date(old: &Value, new: &Value) -> bool {
    old.kind == ValueKind::Date && {
        let ((a, b), (c, d)) = (first_parts(old), first_parts(new));
        b.is_some() && a == b && c != d
    }
}

/// Returns the first two parts of a date with `/`.
fn first_parts(date: &Value) -> (Option<&str>, Option<&str>) {
    let mut parts = date.normal_form.split('/');
    (parts.next(), parts.next())
}

/// Makes an edit. An English article before the number is adapted to the new number: «a 5%» becomes «an 8%».
fn edit_with_article(text: &str, range: Range<usize>, to: String) -> RepairEdit {
    let head = text.get(..range.start).unwrap_or_default();
    let word = head.trim_end().rsplit(|c: char| !c.is_alphabetic()).next().unwrap_or_default();
    let spoken = to.trim_start_matches(|c: char| !c.is_ascii_digit());
    let whole: String =
        spoken.chars().take_while(|c| c.is_ascii_digit() || *c == ',').filter(|c| *c != ',').collect();
    // Eleven and eighteen, with or without thousands: 11, 18,000.
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

/// Returns the language whose plural rules apply to a locale.
fn language(locale: &Locale) -> PluralLanguage {
    match locale.language() {
        "ar" => PluralLanguage::Arabic,
        "en" => PluralLanguage::English,
        _ => PluralLanguage::Other,
    }
}

/// Returns whether two texts are equal when folded, except for their values.
fn equal_outside_values(a: &str, of_a: &[Value], b: &str, of_b: &[Value]) -> bool {
    folded_between(a, of_a) == folded_between(b, of_b)
}

/// Returns the texts before, between and after the values of a text, folded.
fn folded_between(text: &str, values: &[Value]) -> Vec<String> {
    let starts = std::iter::once(0).chain(values.iter().map(|v| v.outer_end));
    let ends = values.iter().map(|v| v.range.start).chain(std::iter::once(text.len()));
    starts.zip(ends).map(|(from, to)| folded(text.get(from..to).unwrap_or_default())).collect()
}

fn is_group_mark(c: char) -> bool {
    matches!(c, ',' | '٬')
}

fn count_digits(text: &str) -> usize {
    text.chars().filter(|c| is_digit(*c)).count()
}

/// Returns the number of decimal places.
fn count_decimals(text: &str) -> usize {
    text.rsplit_once(['.', '٫']).map_or(0, |(_, decimals)| count_digits(decimals))
}

/// Groups the digits of a whole number if the old one is grouped. If the old one is too short for groups, the
/// new one keeps its own style.
fn grouped_like(whole: &str, old_whole: &str) -> String {
    let bare: String = whole.chars().filter(|c| !is_group_mark(*c)).collect();
    let grouped =
        old_whole.contains(is_group_mark) || count_digits(old_whole) < 4 && whole.contains(is_group_mark);
    if grouped && bare.len() > 3 { group_digits(&bare) } else { bare }
}

/// Adds or removes a leading zero of a number with one or two digits, to follow the style of the old one.
fn zeros_like(new: &str, old: &str) -> String {
    match (old.len(), old.starts_with('0'), new.len()) {
        (2, true, 1) => format!("0{new}"),
        // Midnight has no other digit: 00:30 is 0:30 after 9:30, and stays as it is after 10:30.
        (1, false, 2) if new == "00" => "0".to_owned(),
        (_, false, 2) if new != "00" => new.trim_start_matches('0').to_owned(),
        _ => new.to_owned(),
    }
}

/// Writes a new value in the style of `old`, the text that it replaces in the translation. `source` is the
/// old value as it is written in the stored segment.
fn write_like(kind: ValueKind, asked: &str, source: &str, old: &str) -> String {
    match kind {
        ValueKind::Placeholder => return asked.to_owned(),
        ValueKind::Id => return id_like(asked, old),
        _ => {}
    }
    let negative = asked.starts_with(['-', '−']);
    let sign = old.chars().next().filter(|c| matches!(c, '-' | '−')).unwrap_or('-');
    let unsigned = ascii_digits(asked.trim_start_matches(['-', '−']));
    let old_ascii = ascii_digits(old.trim_start_matches(['-', '−']));
    let mut ascii = match kind {
        ValueKind::Integer => zeros_like(&grouped_like(&unsigned, &old_ascii), &old_ascii),
        ValueKind::Decimal => {
            let dotted = unsigned.replace('٫', ".");
            let (whole, decimals) = dotted.rsplit_once('.').unwrap_or((&dotted, ""));
            let old_whole = old_ascii.rsplit_once(['.', '٫']).map_or(old_ascii.as_str(), |(whole, _)| whole);
            let mut decimals = decimals.to_owned();
            // The translation may have more decimal places than the source: $3.50 for 3.5.
            while count_decimals(old) > count_decimals(source) && decimals.len() < count_decimals(old) {
                decimals.push('0');
            }
            format!("{}.{decimals}", grouped_like(whole, old_whole))
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
        ascii = ascii
            .chars()
            .map(|c| match c.to_digit(10) {
                Some(d) => char::from_u32(if arabic { 0x660 } else { 0x6F0 } + d).unwrap_or(c),
                None if kind == ValueKind::Decimal && c == '.' && old.contains('٫') => '٫',
                None if c == ',' && (old.contains('٬') || !old.contains(',')) => '٬',
                None => c,
            })
            .collect();
    }
    if negative { format!("{sign}{ascii}") } else { ascii }
}

/// Writes an id with the letters of the old one, in their case, if only the digits differ.
fn id_like(asked: &str, old: &str) -> String {
    let asked = ascii_digits(asked);
    let (of_asked, of_old) = (without_digits(&asked), without_digits(&ascii_digits(old)));
    if of_asked.to_lowercase() != of_old.to_lowercase() {
        return asked;
    }
    let mut letters = of_old.chars();
    asked.chars().map(|c| if c.is_ascii_digit() { c } else { letters.next().unwrap_or(c) }).collect()
}

fn without_digits(text: &str) -> String {
    text.chars().filter(|c| !c.is_ascii_digit()).collect()
}

/// Groups digits by three, with commas.
fn group_digits(digits: &str) -> String {
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
    use super::{LocalizedText, RepairRefusal, repair};
    use crate::locale::Locale;

    fn refusal_name(refusal: RepairRefusal) -> &'static str {
        match refusal {
            RepairRefusal::KindDiffers => "!KIND_DIFFERS",
            RepairRefusal::ValuesEditedDifferently => "!VALUES_EDITED_DIFFERENTLY",
            RepairRefusal::ValueAsWord => "!VALUE_AS_WORD",
            RepairRefusal::ValueNotInTarget => "!VALUE_NOT_IN_TARGET",
            RepairRefusal::ValuesNotAligned => "!VALUES_NOT_ALIGNED",
            RepairRefusal::PluralDiffers => "!PLURAL_DIFFERS",
            other => panic!("{other:?} is a reason of term repairs"),
        }
    }

    /// Every pair of `tests/golden/repairs.tsv` is repaired, or refused with the reason, that a person wrote
    /// down for it.
    #[test]
    fn repairs_are_those_that_a_person_would_make() {
        let (arabic, english) = (Locale::arabic(), Locale::english());
        let (mut pairs, mut wrong) = (0, Vec::new());
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/golden/repairs.tsv");
        for line in std::fs::read_to_string(path).unwrap().lines().skip(1) {
            let cells: Vec<&str> = line.split('\t').collect();
            let [asked, stored, target, expected] = cells[..] else { continue };
            pairs += 1;
            let stored_at = LocalizedText { text: stored, locale: &arabic };
            let got = match repair(asked, stored_at, LocalizedText { text: target, locale: &english }, &[]) {
                Ok(Some(repair)) => repair.target,
                Ok(None) => "nothing".to_owned(),
                Err(refusal) => refusal_name(refusal).to_owned(),
            };
            if got != expected {
                wrong.push(format!("{asked} | {stored} | {target}\n    {got}\n    {expected}"));
            }
        }
        assert!(pairs >= 340, "{pairs} pairs");
        assert!(wrong.is_empty(), "{} of {pairs} differ:\n{}", wrong.len(), wrong.join("\n"));
    }
}
