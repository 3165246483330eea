//! Reads a `<trans-unit>` of XLIFF 1.2.

use super::{
    inline::InlineReader,
    model::{Pair, XliffUnit, property},
    segments::{OUR_NAME, TargetState, marked_segments, pair_segments},
};
use crate::interchange::xml::Node;

pub(crate) fn unit(node: &Node) -> XliffUnit {
    let mut inline = InlineReader::default();
    let mut unit = XliffUnit {
        id: node.get_or_empty("id").to_owned(),
        name: node.get_or_empty("resname").to_owned(),
        notes: node
            .nodes()
            .filter(|n| n.name == "note" && n.get("from") != Some(OUR_NAME))
            .map(Node::text)
            .filter(|n| !n.is_empty())
            .collect(),
        ..XliffUnit::default()
    };
    let target = node.child("target");
    let state = TargetState::of_target(target);
    for (name, value) in [("xliff:state", state.name()), ("xliff:approved", node.get_or_empty("approved"))] {
        if !value.is_empty() {
            unit.properties.push(property(name, value));
        }
    }
    let undone = state.is_unconfirmed();
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
