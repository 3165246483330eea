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

/// Returns whether a changed hour may leave the half of the day that the translation names (`a.m.`, `p.m.`).
pub(crate) fn may_change_half_of_day(source: (&str, &Value), target: (&str, &Value), new: &Value) -> bool {
    let ((stored, old), (text, place)) = (source, target);
    let after = text.get(place.outer_end..).unwrap_or_default().trim_start().to_lowercase();
    let named = ["a.m", "p.m", "am", "pm"]
        .iter()
        .any(|half| after.strip_prefix(half).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)));
    let (Some(was), Some(is)) = (hour(old), hour(new)) else { return false };
    let of_24_hours = [was, is].iter().any(|hour| *hour == 0 || *hour > 12);
    let crosses = (was == 12) != (is == 12);
    let halves = (arabic_half(stored, old, was), arabic_half(stored, old, is));
    named && (of_24_hours || crosses || halves.0 != halves.1)
}
