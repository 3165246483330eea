//! Runs all checks on a text.

use std::ops::Range;

use super::{
    bidi, digits, entities,
    findings::{Findings, LintFinding, LintKind},
    letters, mojibake, quotes,
};

/// Finds the problems in a text that spoil matching, in the order of the text.
#[must_use]
pub fn lint(text: &str) -> Vec<LintFinding> {
    let mut found = Findings { text, all: Vec::new() };
    mojibake::find(&mut found);
    let garbled: Vec<Range<usize>> = found.all.iter().map(|f| f.range.clone()).collect();
    for find in [bidi::find, digits::find, entities::find, letters::find, quotes::find] {
        find(&mut found);
    }
    // Other findings in garbled text mean nothing.
    let mut all = found.all;
    all.retain(|f| f.kind == LintKind::Mojibake || !garbled.iter().any(|g| overlap(g, &f.range)));
    all.sort_by_key(|f| (f.range.start, f.range.end, f.kind));
    all
}

fn overlap(a: &Range<usize>, b: &Range<usize>) -> bool {
    a.start < b.end && b.start < a.end
}
