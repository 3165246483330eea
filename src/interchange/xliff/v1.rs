//! Reads a `<trans-unit>` of XLIFF 1.2.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    inline::InlineReader,
    model::{Pair, XliffUnit, property},
};
use crate::interchange::xml::Node;

/// States of a target that is not a translation yet.
pub(crate) const UNDONE_STATES: [&str; 3] = ["new", "needs-translation", "needs-l10n"];

pub(crate) fn unit(node: &Node) -> XliffUnit {
    let mut inline = InlineReader::default();
    let mut unit = XliffUnit {
        id: node.get_or_empty("id").to_owned(),
        name: node.get_or_empty("resname").to_owned(),
        translatable: node.get("translate").map(|value| value != "no"),
        notes: node.nodes().filter(|n| n.name == "note").map(Node::text).filter(|n| !n.is_empty()).collect(),
        ..XliffUnit::default()
    };
    let target = node.child("target");
    let state = target.and_then(|t| t.get("state")).unwrap_or_default();
    for (name, value) in [("xliff:state", state), ("xliff:approved", node.get_or_empty("approved"))] {
        if !value.is_empty() {
            unit.properties.push(property(name, value));
        }
    }
    // A target that was filled with a fuzzy match is not confirmed yet.
    let filled = state.starts_with("needs-review")
        && target.and_then(|t| t.get("state-qualifier")) == Some("fuzzy-match");
    let undone = UNDONE_STATES.contains(&state) || filled;
    let segments = node.child("seg-source").map(marked_segments).unwrap_or_default();
    let targets = target.map(marked_segments).unwrap_or_default();
    // A translation of the whole source that is not divided into segments.
    let whole = targets.is_empty() && target.is_some_and(|target| !target.text().is_empty());
    if segments.is_empty() || whole {
        let source = node.child("source").map(|n| inline.segment(n)).unwrap_or_default();
        let target = target.map(|n| inline.segment(n));
        unit.pairs.push(Pair { source, target, undone, ..Pair::default() });
    } else {
        for (n, ((id, source), target)) in segments.iter().zip(pair_segments(&segments, &targets)).enumerate()
        {
            let id = if id.is_empty() && n > 0 { (n + 1).to_string() } else { (*id).to_owned() };
            let target = target.map(|node| inline.segment(node));
            let source = inline.segment(source);
            unit.pairs.push(Pair { source, target, id, undone, ..Pair::default() });
        }
    }
    unit.too_large = inline.is_too_large();
    unit.references = inline.references;
    unit
}

/// Returns for each marked segment of a source the one of the target. They are paired by id if the ids on both
/// sides are distinct, else by position if there are as many targets as sources.
pub(crate) fn pair_segments<T: Copy>(source: &[(&str, T)], target: &[(&str, T)]) -> Vec<Option<T>> {
    if has_distinct_ids(source) && has_distinct_ids(target) {
        let by_id: FxHashMap<&str, T> = target.iter().copied().collect();
        return source.iter().map(|(id, _)| by_id.get(id).copied()).collect();
    }
    let as_many = source.len() == target.len();
    let mut in_order = target.iter().map(|(_, mark)| *mark).filter(|_| as_many);
    source.iter().map(|_| in_order.next()).collect()
}

/// Returns true if every marked segment has an id and no two have the same.
fn has_distinct_ids<T>(marks: &[(&str, T)]) -> bool {
    let ids: FxHashSet<&str> = marks.iter().map(|(id, _)| *id).filter(|id| !id.is_empty()).collect();
    ids.len() == marks.len()
}

/// Returns the segments that are marked in an element, at any depth, with their ids.
fn marked_segments(node: &Node) -> Vec<(&str, &Node)> {
    let mut found = Vec::new();
    for child in node.nodes() {
        if child.name == "mrk" && child.get("mtype") == Some("seg") {
            found.push((child.get("mid").unwrap_or_default(), child));
        } else {
            found.extend(marked_segments(child));
        }
    }
    found
}
