//! Entries of every version and style brought into one shape: version 3, style DCA.

use super::categories::element_of;
use crate::interchange::xml::{Child, Node};

/// Returns an element as version 3 in style DCA has it.
pub(crate) fn normal(node: Node) -> Node {
    let Node { mut name, mut attributes, children } = node;
    if let Some(newer) = match name.as_str() {
        "termEntry" => Some("conceptEntry"),
        "langSet" => Some("langSec"),
        "tig" | "ntig" => Some("termSec"),
        _ => None,
    } {
        newer.clone_into(&mut name);
    }
    attributes.retain(|(name, _)| name != "xmlns" && !name.starts_with("xmlns:"));
    for (name, _) in attributes.iter_mut().filter(|(name, _)| name == "lang") {
        "xml:lang".clone_into(name);
    }
    if let Some(element) = element_of(&name) {
        // Style DCT: the category is the element.
        let category = std::mem::replace(&mut name, element.to_owned());
        attributes.insert(0, ("type".to_owned(), category));
    }
    let unwrapped = children.into_iter().flat_map(|child| match child {
        // Version 2 puts the term and its notes into a group.
        Child::Node(group) if group.name == "termGrp" => group.children,
        other => vec![other],
    });
    let children = unwrapped
        .map(|child| match child {
            Child::Node(node) => Child::Node(normal(node)),
            text => text,
        })
        .collect();
    Node { name, attributes, children }
}
