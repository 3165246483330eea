//! Halves of the day. A new hour must be in the same half as the old one, because the translation may name
//! it.

use crate::{
    matching::values::{Value, ValueKind},
    text::folded,
};

/// A half of the day: before or after noon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum HalfOfDay {
    Before,
    After,
}

/// Returns the hour of a time or an integer.
fn hour(value: &Value) -> Option<u32> {
    let hours = value.normal_form.split(':').next()?;
    matches!(value.kind, ValueKind::Integer | ValueKind::Time).then(|| hours.parse().ok()).flatten()
}

/// Returns the half of the day that the Arabic word after an hour gives it. Returns `None` without such a
/// word, or if the word always gives the same half. For example, 2 ليلا (at night) is before noon, and 11
/// ليلا is after it.
fn arabic_half(text: &str, value: &Value, hour: u32) -> Option<HalfOfDay> {
    let after = folded(text.get(value.outer_end..).unwrap_or_default());
    let before = match after.split(' ').next().unwrap_or_default() {
        "ظهرا" => (10..12).contains(&hour),
        "ليلا" => !(6..12).contains(&hour),
        _ => return None,
    };
    Some(if before { HalfOfDay::Before } else { HalfOfDay::After })
}

/// What a text says after an hour about the time of day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum NamedTime {
    /// A half of the day, or the morning: `a.m.`, «مساء».
    Half,
    /// A shorter time, which another hour may leave: `in the afternoon`, «ظهرا».
    Part,
    /// One moment: noon or midnight.
    Moment,
}

/// The names of times of day, folded.
const NAMED_TIMES: [(&str, NamedTime); 18] = [
    ("a.m", NamedTime::Half),
    ("p.m", NamedTime::Half),
    ("am", NamedTime::Half),
    ("pm", NamedTime::Half),
    ("in the morning", NamedTime::Half),
    ("صباحا", NamedTime::Half),
    ("مساء", NamedTime::Half),
    ("in the afternoon", NamedTime::Part),
    ("in the evening", NamedTime::Part),
    ("at night", NamedTime::Part),
    ("ظهرا", NamedTime::Part),
    ("عصرا", NamedTime::Part),
    ("فجرا", NamedTime::Part),
    ("ليلا", NamedTime::Part),
    ("بعد الظهر", NamedTime::Part),
    ("noon", NamedTime::Moment),
    ("midday", NamedTime::Moment),
    ("midnight", NamedTime::Moment),
];

/// Returns the time of day that the words after a value name.
fn named_time(text: &str, value: &Value) -> Option<NamedTime> {
    let after = folded(text.get(value.outer_end..).unwrap_or_default());
    let after = after.strip_prefix("o'clock").unwrap_or(&after).trim_start();
    NAMED_TIMES.iter().find_map(|(name, time)| {
        let rest = after.strip_prefix(name)?;
        (!rest.starts_with(char::is_alphanumeric)).then_some(*time)
    })
}

/// Returns whether the words after a value of a source name a time of day in any way.
fn names_any_time(text: &str, value: &Value) -> bool {
    let after = folded(text.get(value.outer_end..).unwrap_or_default());
    let names = ["ص", "م", "صباح", "في الصباح", "في المساء", "قبل الظهر"];
    let is_short = names
        .iter()
        .any(|name| after.strip_prefix(name).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)));
    is_short || named_time(text, value).is_some()
}

/// Returns whether a changed hour may leave the time of day that the translation names (`a.m.`, `noon`). It
/// may if the source does not name one, because then `10:30 a.m.` may become 14:30.
pub(crate) fn may_change_half_of_day(source: (&str, &Value), target: (&str, &Value), new: &Value) -> bool {
    let ((stored, old), (text, place)) = (source, target);
    let Some(named) = named_time(text, place) else { return false };
    let (Some(was), Some(is)) = (hour(old), hour(new)) else { return false };
    if named == NamedTime::Moment {
        return true;
    }
    let of_24_hours = [was, is].iter().any(|hour| *hour == 0 || *hour > 12);
    let crosses = (was == 12) != (is == 12);
    let halves = (arabic_half(stored, old, was), arabic_half(stored, old, is));
    let leaves_part = named == NamedTime::Part && was != is;
    of_24_hours || crosses || leaves_part || halves.0 != halves.1 || !names_any_time(stored, old)
}
