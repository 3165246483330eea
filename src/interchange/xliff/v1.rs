//! `<trans-unit>` of XLIFF 1.2.

use super::{Bilingual, Pair, inline::Inline};
use crate::{interchange::xml::Node, unit::Property};

/// States of a target that is no translation yet.
pub(in crate::interchange) const UNDONE: [&str; 3] = ["new", "needs-translation", "needs-adaptation"];

pub(super) fn unit(node: &Node) -> Bilingual {
    let told = |name: &str| node.get(name).unwrap_or_default().to_owned();
    let child = |name: &str| node.nodes().find(|n| n.name == name);
    let mut inline = Inline::default();
    let mut unit = Bilingual {
        id: told("id"),
        name: told("resname"),
        translatable: node.get("translate").map(|told| told != "no"),
        notes: node.nodes().filter(|n| n.name == "note").map(Node::text).filter(|n| !n.is_empty()).collect(),
        ..Bilingual::default()
    };
    let target = child("target");
    let state = target.and_then(|t| t.get("state")).unwrap_or_default();
    for (name, value) in
        [("xliff:state", state), ("xliff:approved", node.get("approved").unwrap_or_default())]
    {
        if !value.is_empty() {
            let (name, value) = (name.to_owned(), value.to_owned());
            unit.properties.push(Property { name, value, locale: String::new() });
        }
    }
    let undone = UNDONE.contains(&state);
    let segments = child("seg-source").map(marked).unwrap_or_default();
    if segments.is_empty() {
        let source = child("source").map(|n| inline.segment(n)).unwrap_or_default();
        let target = target.map(|n| inline.segment(n));
        unit.pairs.push(Pair { source, target, undone, ..Pair::default() });
    } else {
        let targets = target.map(marked).unwrap_or_default();
        for (id, source) in segments {
            let target = targets.iter().find(|(other, _)| *other == id).map(|(_, node)| inline.segment(node));
            let source = inline.segment(source);
            unit.pairs.push(Pair { source, target, id: id.to_owned(), undone, ..Pair::default() });
        }
    }
    unit.too_large = inline.is_too_large();
    unit.references = inline.references;
    unit
}

/// Returns the segments that are marked in an element, however deep, with their ids.
fn marked(node: &Node) -> Vec<(&str, &Node)> {
    let mut found = Vec::new();
    for child in node.nodes() {
        if child.name == "mrk" && child.get("mtype") == Some("seg") {
            found.push((child.get("mid").unwrap_or_default(), child));
        } else {
            found.extend(marked(child));
        }
    }
    found
}
