//! Reads a `<unit>` of XLIFF 2.x.

use rustc_hash::FxHashSet;

use super::{
    inline::InlineReader,
    model::{Pair, XliffUnit, property},
    segments::{TargetState, segment_elements},
};
use crate::interchange::xml::Node;

pub(crate) fn unit(node: &Node) -> XliffUnit {
    let mut inline = InlineReader::default();
    node.nodes().filter(|n| n.name == "originalData").for_each(|data| inline.add_original_data(data));
    let notes = node.nodes().filter(|n| n.name == "notes").flat_map(Node::nodes);
    let mut unit = XliffUnit {
        id: node.get_or_empty("id").to_owned(),
        name: node.get_or_empty("name").to_owned(),
        notes: notes.map(Node::text).filter(|n| !n.is_empty()).collect(),
        ..XliffUnit::default()
    };
    let ids: FxHashSet<&str> = segment_elements(node).filter_map(|segment| segment.get("id")).collect();
    for (n, segment) in segment_elements(node).enumerate() {
        let state = TargetState::of_segment(segment);
        let id = segment.get("id").map_or_else(|| numbered_id(n, &ids), str::to_owned);
        unit.pairs.push(Pair {
            source: segment.child("source").map(|n| inline.segment(n)).unwrap_or_default(),
            target: segment.child("target").map(|n| inline.segment(n)),
            id,
            marks: state.marks(),
            properties: (!state.name().is_empty())
                .then(|| property("xliff:state", state.name()))
                .into_iter()
                .collect(),
            notes: Vec::new(),
        });
    }
    unit.too_large = inline.is_too_large();
    unit.references = inline.references;
    unit
}

/// Returns an id for the `n`-th segment, counted from 0, which has none of its own: nothing for the first, else
/// its number from 1. The number gets a `-` where it is the id of another segment.
fn numbered_id(n: usize, ids: &FxHashSet<&str>) -> String {
    match (n + 1).to_string() {
        _ if n == 0 => String::new(),
        number if ids.contains(number.as_str()) => format!("-{number}"),
        number => number,
    }
}
