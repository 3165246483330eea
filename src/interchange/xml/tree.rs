//! Elements with their content, for small parts of a document.

use std::io::Read;

use super::{
    read::{XmlEvent, XmlReader},
    tags::Element,
};
use crate::interchange::error::ReadError;

/// Maximum size of a tree in bytes of text and attributes. A termbase entry has a few thousand.
pub(crate) const MAX_TREE_BYTES: usize = 4 << 20;

/// An element with its content.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its name without its prefix.
    pub(crate) name: String,
    /// Its attributes.
    pub(crate) attributes: Vec<(String, String)>,
    /// Its content, in order.
    pub(crate) children: Vec<Child>,
}

/// A part of an element's content.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Child {
    /// An element.
    Node(Node),
    /// Text.
    Text(String),
    /// A reference that XML cannot resolve: to an entity that is not predefined, or to an invalid character.
    Reference(String),
}

impl Node {
    pub(crate) fn new(name: &str, attributes: &[(&str, &str)], text: &str) -> Self {
        let text = (!text.is_empty()).then(|| Child::Text(text.to_owned()));
        Self {
            name: name.to_owned(),
            attributes: attributes
                .iter()
                .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
                .collect(),
            children: text.into_iter().collect(),
        }
    }

    /// Returns the value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Returns the value of an attribute, empty if it has none.
    pub(crate) fn get_or_empty(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Returns its first child element of a name.
    pub(crate) fn child(&self, name: &str) -> Option<&Self> {
        self.nodes().find(|node| node.name == name)
    }

    /// Returns its child elements.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Child::Node(node) => Some(node),
            Child::Text(_) | Child::Reference(_) => None,
        })
    }

    /// Returns its child elements, by value.
    pub(crate) fn into_nodes(self) -> impl Iterator<Item = Self> {
        self.children.into_iter().filter_map(|child| match child {
            Child::Node(node) => Some(node),
            Child::Text(_) | Child::Reference(_) => None,
        })
    }

    /// Returns its text without markup, trimmed.
    pub(crate) fn text(&self) -> String {
        self.exact_text().trim().to_owned()
    }

    /// Returns its text without markup, with all its white space.
    pub(crate) fn exact_text(&self) -> String {
        fn gather(node: &Node, all: &mut String) {
            for child in &node.children {
                match child {
                    Child::Text(text) => all.push_str(text),
                    Child::Reference(name) => all.push_str(&format!("&{name};")),
                    Child::Node(node) => gather(node, all),
                }
            }
        }
        let mut all = String::new();
        gather(self, &mut all);
        all
    }

    /// Returns the first reference in it that XML cannot resolve, if there is one.
    pub(crate) fn unknown_reference(&self) -> Option<&str> {
        self.children.iter().find_map(|child| match child {
            Child::Reference(name) => Some(name.as_str()),
            Child::Node(node) => node.unknown_reference(),
            Child::Text(_) => None,
        })
    }
}

impl From<Element> for Node {
    fn from(element: Element) -> Self {
        Self { name: element.name, attributes: element.attributes, children: Vec::new() }
    }
}

/// Returns the bytes that a start tag counts for, with an estimate of what the element itself and each of
/// its attributes take.
fn size(element: &Element) -> usize {
    let attributes = element.attributes.iter().map(|(name, value)| name.len() + value.len() + 32);
    element.name.len() + attributes.sum::<usize>() + 64
}

impl<R: Read> XmlReader<R> {
    /// Reads the element that just started to its end. Returns `None` if it has more than 4 MiB.
    pub(crate) fn tree(&mut self, element: Element) -> Result<Option<Node>, ReadError> {
        let outside = self.depth() - 1;
        let mut left = MAX_TREE_BYTES.saturating_sub(size(&element));
        let mut open = vec![Node::from(element)];
        while self.depth() > outside {
            let (child, bytes) = match self.next()? {
                XmlEvent::Start(element) => {
                    left = left.saturating_sub(size(&element));
                    if left > 0 {
                        open.push(Node::from(element));
                    }
                    continue;
                }
                XmlEvent::End(_) if left == 0 => continue,
                XmlEvent::End(_) => match open.pop() {
                    Some(node) if open.is_empty() => return Ok(Some(node)),
                    Some(node) => (Child::Node(node), 0),
                    None => continue,
                },
                XmlEvent::Text(text) => {
                    let bytes = text.len();
                    (Child::Text(text), bytes)
                }
                // A reference takes much more memory than its name.
                XmlEvent::UnknownReference(name) => {
                    let bytes = name.len() + 64;
                    (Child::Reference(name), bytes)
                }
                XmlEvent::EndOfDocument => continue,
            };
            left = left.saturating_sub(bytes);
            if left == 0 {
                open.clear();
            }
            match (open.last_mut(), child) {
                (Some(parent), Child::Text(text)) => match parent.children.last_mut() {
                    Some(Child::Text(before)) => before.push_str(&text),
                    _ => parent.children.push(Child::Text(text)),
                },
                (Some(parent), node) => parent.children.push(node),
                (None, _) => {}
            }
        }
        Ok(None)
    }
}
