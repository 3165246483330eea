//! `<unit>` of XLIFF 2.x.

use rustc_hash::FxHashSet;

use super::{
    inline::Inline,
    model::{Bilingual, Pair},
};
use crate::{interchange::xml::Node, unit::Property};

pub(crate) fn unit(node: &Node) -> Bilingual {
    let told = |name: &str| node.get(name).unwrap_or_default().to_owned();
    let mut inline = Inline::default();
    node.nodes().filter(|n| n.name == "originalData").for_each(|data| inline.data(data));
    let notes = node.nodes().filter(|n| n.name == "notes").flat_map(Node::nodes);
    let mut unit = Bilingual {
        id: told("id"),
        name: told("name"),
        translatable: node.get("translate").map(|told| told != "no"),
        notes: notes.map(Node::text).filter(|n| !n.is_empty()).collect(),
        ..Bilingual::default()
    };
    let segments = || node.nodes().filter(|n| n.name == "segment");
    let ids: FxHashSet<&str> = segments().filter_map(|segment| segment.get("id")).collect();
    for (n, segment) in segments().enumerate() {
        let child = |name: &str| segment.nodes().find(|n| n.name == name);
        let state = segment.get("state").unwrap_or_default();
        let property = |value: &str| Property {
            name: "xliff:state".to_owned(),
            value: value.to_owned(),
            locale: String::new(),
        };
        // A segment without an id has its number, which may be another one's id.
        let numbered = || match (n + 1).to_string() {
            _ if n == 0 => String::new(),
            number if ids.contains(number.as_str()) => format!("-{number}"),
            number => number,
        };
        let id = segment.get("id").map_or_else(numbered, str::to_owned);
        unit.pairs.push(Pair {
            source: child("source").map(|n| inline.segment(n)).unwrap_or_default(),
            target: child("target").map(|n| inline.segment(n)),
            id,
            undone: state == "initial",
            properties: (!state.is_empty()).then(|| property(state)).into_iter().collect(),
            notes: Vec::new(),
        });
    }
    unit.too_large = inline.is_too_large();
    unit.references = inline.references;
    unit
}
