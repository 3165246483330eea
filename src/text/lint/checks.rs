//! Runs all checks on a text.

use std::ops::Range;

use super::{
    bidi, digits, entities,
    findings::{Findings, LintFinding, LintKind},
    letters, mojibake, quotes,
};
use crate::text::interrupt::Interrupt;

/// Finds the problems in a text that spoil matching, in the order of the text.
#[must_use]
pub fn lint(text: &str) -> Vec<LintFinding> {
    lint_until(text, Interrupt::never()).unwrap_or_default()
}

/// Finds the problems like [`lint`]. Returns `None` if it is interrupted.
#[must_use]
pub fn lint_until(text: &str, mut interrupt: Interrupt<'_>) -> Option<Vec<LintFinding>> {
    let mut found = Findings { text, all: Vec::new() };
    let steps = text.len() as u64;
    interrupt.count(steps)?;
    mojibake::find(&mut found);
    // Disjoint, because each is part of one word.
    let mut garbled: Vec<Range<usize>> = found.all.iter().map(|f| f.range.clone()).collect();
    garbled.sort_by_key(|range| range.start);
    for find in [bidi::find, digits::find, entities::find, letters::find, quotes::find] {
        interrupt.count(steps)?;
        find(&mut found);
    }
    // Other findings in garbled text mean nothing.
    let mut all = found.all;
    all.retain(|f| f.kind == LintKind::Mojibake || !overlaps_any(&garbled, &f.range));
    all.sort_by_key(|f| (f.range.start, f.range.end, f.kind));
    Some(all)
}

/// Returns whether a range overlaps one of these, which are sorted and disjoint.
fn overlaps_any(sorted: &[Range<usize>], range: &Range<usize>) -> bool {
    let next = sorted.partition_point(|r| r.end <= range.start);
    sorted.get(next).is_some_and(|r| r.start < range.end)
}
