//! Elements of a document with their places in it, so that it can be edited in place.

use std::{io::Read, ops::Range};

use crate::interchange::{
    error::ReadError,
    xml::{Element, Node, Xml, XmlReader},
};

/// An element and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Spanned {
    pub(super) element: Element,
    /// Bytes of its start tag.
    pub(super) tag: Range<usize>,
    /// Bytes of all of it.
    pub(super) whole: Range<usize>,
    pub(super) children: Vec<Spanned>,
}

impl Spanned {
    /// Returns the first child with a name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.element.name == name)
    }

    /// Returns where its end tag begins; nothing for an empty element.
    pub(super) fn end_tag(&self, text: &str) -> Option<usize> {
        let inside = text.get(self.tag.end..self.whole.end)?;
        inside.rfind("</").map(|at| self.tag.end + at)
    }

    /// Reads it as a tree.
    pub(super) fn node(&self, text: &str) -> Result<Node, ReadError> {
        let mut xml = XmlReader::new(text.get(self.whole.clone()).unwrap_or_default().as_bytes())?;
        loop {
            if let Xml::Start(element) = xml.next()? {
                return Ok(xml.tree(element)?.unwrap_or_default());
            }
        }
    }

    /// Returns the prefix of its name, with the colon.
    pub(super) fn prefix<'t>(&self, text: &'t str) -> &'t str {
        let tag = text.get(self.tag.clone()).unwrap_or_default().trim_start_matches('<');
        let name =
            tag.split(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).next().unwrap_or_default();
        name.rfind(':').and_then(|at| name.get(..=at)).unwrap_or_default()
    }
}

/// Reads the element that just started to its end. `before` is where reading stood before it.
pub(super) fn spanned<R: Read>(
    xml: &mut XmlReader<R>,
    text: &str,
    element: Element,
    before: usize,
) -> Result<Spanned, ReadError> {
    let tag = tag(text, before..position(xml));
    let outside = xml.depth() - 1;
    let mut children = Vec::new();
    while xml.depth() > outside {
        let before = position(xml);
        if let Xml::Start(child) = xml.next()? {
            children.push(spanned(xml, text, child, before)?);
        }
    }
    Ok(Spanned { element, whole: tag.start..position(xml), tag, children })
}

/// Returns how many bytes of the document were read.
pub(super) fn position<R: Read>(xml: &XmlReader<R>) -> usize {
    usize::try_from(xml.position()).unwrap_or(usize::MAX)
}

/// Finds the start tag in what was read last: comments may stand before it.
fn tag(text: &str, read: Range<usize>) -> Range<usize> {
    let at = text.get(read.clone()).and_then(|piece| piece.rfind('<')).unwrap_or_default();
    read.start + at..read.end
}
