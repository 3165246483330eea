//! Runs all checks on a text.

use std::ops::Range;

use super::{
    bidi, digits, entities,
    findings::{Findings, LintFinding, LintKind},
    letters, mojibake, quotes,
};

/// Finds what spoils matching in a text, in the order of the text.
#[must_use]
pub fn lint(text: &str) -> Vec<LintFinding> {
    let mut found = Findings { text, all: Vec::new() };
    mojibake::find(&mut found);
    let garbled: Vec<Range<usize>> = found.all.iter().map(|f| f.range.clone()).collect();
    for find in [bidi::find, digits::find, entities::find, letters::find, quotes::find] {
        find(&mut found);
    }
    // In garbled text nothing else says much.
    let is_garbled =
        |range: &Range<usize>| garbled.iter().any(|g| g.start < range.end && range.start < g.end);
    let mut all = found.all;
    all.retain(|f| f.kind == LintKind::Mojibake || !is_garbled(&f.range));
    all.sort_by_key(|f| (f.range.start, f.range.end, f.kind));
    all
}
