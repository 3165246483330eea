//! Text that a document protects from translation: `<mrk mtype="protected">`, `translate="no"`, `its:translate="no"`.

use rustc_hash::FxHashSet;

use super::spans::SpannedElement;
use crate::interchange::{
    xliff::{TRANSLATE_ATTRIBUTES, UnitElement},
    xml::{Child, Node},
};

/// How much of the text of a segment is protected.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Protection {
    Nothing,
    Part,
    All,
}

/// Finds the protected text of the segments of one unit, in their order.
#[derive(Debug, Default)]
pub(crate) struct ProtectionReader {
    /// The ids of the `<sm translate="no">` whose `<em>` has not come yet. It may be in a later segment.
    open_marks: Vec<String>,
    has_protected: bool,
    has_free: bool,
}

/// Elements whose content is a code and not text.
const CODE_ELEMENTS: [&str; 5] = ["bpt", "ept", "ph", "it", "sub"];

impl ProtectionReader {
    /// Returns how much of the text in an element is protected. `inside` is true if the element is inside of one that
    /// is protected.
    pub(crate) fn protection(&mut self, node: &Node, inside: bool) -> Protection {
        (self.has_protected, self.has_free) = (false, false);
        self.children(node, inside);
        match (self.has_protected, self.has_free) {
            (false, _) => Protection::Nothing,
            (true, true) => Protection::Part,
            (true, false) => Protection::All,
        }
    }

    fn children(&mut self, node: &Node, inside: bool) {
        for child in &node.children {
            match child {
                Child::Text(text) if text.trim().is_empty() => {}
                Child::Text(_) | Child::Reference(_) if inside || !self.open_marks.is_empty() => {
                    self.has_protected = true;
                }
                Child::Text(_) | Child::Reference(_) => self.has_free = true,
                Child::Node(mark) if mark.name == "sm" => {
                    if own_protection(mark) == Some(true) {
                        self.open_marks.push(mark.get("id").unwrap_or_default().to_owned());
                    }
                }
                Child::Node(mark) if mark.name == "em" => {
                    let start = mark.get("startRef").unwrap_or_default();
                    self.open_marks.retain(|id| id != start);
                }
                Child::Node(code) if CODE_ELEMENTS.contains(&code.name.as_str()) => {}
                Child::Node(node) => self.children(node, own_protection(node).unwrap_or(inside)),
            }
        }
    }
}

/// Returns whether an element protects its content, or `None` if it does not say.
fn own_protection<E: UnitElement>(element: &E) -> Option<bool> {
    if element.name() == "mrk" && element.attribute("mtype") == Some("protected") {
        return Some(true);
    }
    let translate = TRANSLATE_ATTRIBUTES.iter().find_map(|name| element.attribute(name));
    translate.map(|translate| translate == "no")
}

/// Returns where the marked segments of an element start that are inside of a protected element.
pub(crate) fn protected_marks(element: &SpannedElement) -> FxHashSet<usize> {
    fn gather(element: &SpannedElement, inside: bool, found: &mut FxHashSet<usize>) {
        for child in &element.children {
            let inside = own_protection(child).unwrap_or(inside);
            if inside {
                found.insert(child.tag.start);
            }
            gather(child, inside, found);
        }
    }
    let mut found = FxHashSet::default();
    gather(element, false, &mut found);
    found
}
