//! Halves of the day: an hour carried over must stay in its half.

use crate::{
    matching::values::{Value, ValueKind},
    text::folded,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Half {
    Before,
    After,
}

fn hour(value: &Value) -> Option<u32> {
    let hours = value.worth.split(':').next()?;
    matches!(value.kind, ValueKind::Integer | ValueKind::Time).then(|| hours.parse().ok()).flatten()
}

/// Which half of the day an hour is in by the Arabic word behind it; none
/// where the word does not depend on the hour or there is none.
fn arabic_half(text: &str, value: &Value, hour: u32) -> Option<Half> {
    let after = folded(text.get(value.end..).unwrap_or_default());
    let before = match after.split(' ').next().unwrap_or_default() {
        "ظهرا" => (10..12).contains(&hour),
        "ليلا" => !(6..12).contains(&hour),
        _ => return None,
    };
    Some(if before { Half::Before } else { Half::After })
}

/// Says whether an hour that changes would leave the half of the day that the
/// translation names (`a.m.`, `p.m.`).
pub(crate) fn half_differs(source: (&str, &Value), target: (&str, &Value), new: &Value) -> bool {
    let ((stored, old), (text, place)) = (source, target);
    let after = text.get(place.end..).unwrap_or_default().trim_start().to_lowercase();
    let named = ["a.m", "p.m", "am", "pm"]
        .iter()
        .any(|half| after.strip_prefix(half).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)));
    let (Some(was), Some(is)) = (hour(old), hour(new)) else { return false };
    let over_twelve = |hour: u32| hour == 0 || hour > 12;
    let crosses = (was == 12) != (is == 12);
    let halves = (arabic_half(stored, old, was), arabic_half(stored, old, is));
    named && (over_twelve(was) || over_twelve(is) || crosses || halves.0 != halves.1)
}
