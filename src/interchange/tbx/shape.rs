//! Converts entries of every version and style to version 3, style DCA.

use super::categories::element_of;
use crate::interchange::xml::{Child, Node};

/// Converts an element and its children to version 3, style DCA.
pub(crate) fn normalize(node: Node) -> Node {
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
        // In style DCT the name of the element is the category.
        let category = std::mem::replace(&mut name, element.to_owned());
        attributes.insert(0, ("type".to_owned(), category));
    }
    let unwrapped = children.into_iter().flat_map(|child| match child {
        // In an `ntig` of version 2 the term and its notes are in a group.
        Child::Node(group) if group.name == "termGrp" => group.children,
        other => vec![other],
    });
    let children = unwrapped
        .map(|child| match child {
            Child::Node(node) => Child::Node(normalize(node)),
            text => text,
        })
        .collect();
    Node { name, attributes, children }
}
