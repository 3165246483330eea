//! Elements with all that is in them, for parts of a document that are small.

use std::io::Read;

use super::read::{Element, Xml, XmlReader};
use crate::interchange::error::ReadError;

/// Bytes of text and attributes in one tree: an entry of a termbase has a few thousand.
const LARGEST: usize = 4 << 20;

/// An element and what is in it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Node {
    /// Its name without prefix.
    pub(crate) name: String,
    /// Its attributes.
    pub(crate) attributes: Vec<(String, String)>,
    /// What is in it, in order.
    pub(crate) children: Vec<Child>,
}

/// What an element holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Child {
    /// An element.
    Node(Node),
    /// Text.
    Text(String),
    /// A reference to an entity that XML does not have.
    Reference(String),
}

impl Node {
    pub(crate) fn new(name: &str, attributes: &[(&str, &str)], text: &str) -> Self {
        let own = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        let text = (!text.is_empty()).then(|| Child::Text(text.to_owned()));
        Self {
            name: name.to_owned(),
            attributes: attributes.iter().map(own).collect(),
            children: text.into_iter().collect(),
        }
    }

    /// Returns an attribute's value, or nothing.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Returns the elements in it.
    pub(crate) fn nodes(&self) -> impl Iterator<Item = &Self> {
        self.children.iter().filter_map(|child| match child {
            Child::Node(node) => Some(node),
            Child::Text(_) | Child::Reference(_) => None,
        })
    }

    /// Returns the elements in it.
    pub(crate) fn into_nodes(self) -> impl Iterator<Item = Self> {
        self.children.into_iter().filter_map(|child| match child {
            Child::Node(node) => Some(node),
            Child::Text(_) | Child::Reference(_) => None,
        })
    }

    /// Returns its text, markup left out, white space at the ends too.
    pub(crate) fn text(&self) -> String {
        self.exact_text().trim().to_owned()
    }

    /// Returns its text, markup left out.
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

    /// Returns the first reference in it that means nothing, if there is one.
    pub(crate) fn bad_reference(&self) -> Option<&str> {
        self.children.iter().find_map(|child| match child {
            Child::Reference(name) => Some(name.as_str()),
            Child::Node(node) => node.bad_reference(),
            Child::Text(_) => None,
        })
    }
}

impl<R: Read> XmlReader<R> {
    /// Reads the element that just started to its end; nothing when it is too large.
    pub(crate) fn tree(&mut self, element: Element) -> Result<Option<Node>, ReadError> {
        let outside = self.depth() - 1;
        let size = |e: &Element| e.attributes.iter().map(|(n, v)| n.len() + v.len()).sum::<usize>() + 64;
        let mut left = LARGEST.saturating_sub(size(&element));
        let node = |e: Element| Node { name: e.name, attributes: e.attributes, children: Vec::new() };
        let mut open = vec![node(element)];
        while self.depth() > outside {
            let (child, bytes) = match self.next()? {
                Xml::Start(element) => {
                    left = left.saturating_sub(size(&element));
                    if left > 0 {
                        open.push(node(element));
                    }
                    continue;
                }
                Xml::End(_) if left == 0 => continue,
                Xml::End(_) => match open.pop() {
                    Some(node) if open.is_empty() => return Ok(Some(node)),
                    Some(node) => (Child::Node(node), 0),
                    None => continue,
                },
                Xml::Text(text) => (Child::Text(text.clone()), text.len()),
                // It weighs much more than it is written with.
                Xml::BadReference(name) => {
                    let bytes = name.len() + 64;
                    (Child::Reference(name), bytes)
                }
                Xml::Over => continue,
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
