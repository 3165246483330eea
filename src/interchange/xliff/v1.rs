//! `<trans-unit>` of XLIFF 1.2.

use rustc_hash::{FxHashMap, FxHashSet};

use super::{
    inline::Inline,
    model::{Bilingual, Pair},
};
use crate::{interchange::xml::Node, unit::Property};

/// States of a target that is no translation yet.
pub(crate) const UNDONE: [&str; 3] = ["new", "needs-translation", "needs-l10n"];

pub(crate) fn unit(node: &Node) -> Bilingual {
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
    // What was filled with a match that is not quite the same, nobody has confirmed yet.
    let filled = state.starts_with("needs-review")
        && target.and_then(|t| t.get("state-qualifier")) == Some("fuzzy-match");
    let undone = UNDONE.contains(&state) || filled;
    let segments = child("seg-source").map(marked).unwrap_or_default();
    let targets = target.map(marked).unwrap_or_default();
    let whole = targets.is_empty() && target.is_some_and(|target| !target.text().is_empty());
    if segments.is_empty() || whole {
        let source = child("source").map(|n| inline.segment(n)).unwrap_or_default();
        let target = target.map(|n| inline.segment(n));
        unit.pairs.push(Pair { source, target, undone, ..Pair::default() });
    } else {
        for (n, ((id, source), target)) in segments.iter().zip(paired(&segments, &targets)).enumerate() {
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

/// Returns for each marked segment of a source the one of the target: by its id where ids tell
/// the segments apart, else by its place where there are as many.
pub(crate) fn paired<T: Copy>(source: &[(&str, T)], target: &[(&str, T)]) -> Vec<Option<T>> {
    let ids = |marks: &[(&str, T)]| -> FxHashSet<String> {
        marks.iter().map(|(id, _)| (*id).to_owned()).filter(|id| !id.is_empty()).collect()
    };
    if ids(source).len() == source.len() && ids(target).len() == target.len() {
        let by_id: FxHashMap<&str, T> = target.iter().copied().collect();
        return source.iter().map(|(id, _)| by_id.get(id).copied()).collect();
    }
    let as_many = source.len() == target.len();
    let mut in_order = target.iter().map(|(_, mark)| *mark).filter(|_| as_many);
    source.iter().map(|_| in_order.next()).collect()
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
