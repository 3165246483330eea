//! Elements with their byte ranges, for editing a document in place.

use std::{io::Read, ops::Range};

use crate::interchange::{
    error::ReadError,
    xliff::UnitElement,
    xml::{Element, Node, XmlEvent, XmlReader},
};

/// An element and its place in the document.
#[derive(Clone, Debug)]
pub(crate) struct SpannedElement {
    pub(crate) element: Element,
    /// The byte range of its start tag.
    pub(crate) tag: Range<usize>,
    /// The byte range of the whole element.
    pub(crate) range: Range<usize>,
    pub(crate) children: Vec<SpannedElement>,
}

impl UnitElement for SpannedElement {
    fn name(&self) -> &str {
        &self.element.name
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.element.get(name)
    }

    fn elements(&self) -> impl Iterator<Item = &Self> {
        self.children.iter()
    }
}

impl SpannedElement {
    /// Returns the byte range of its content, or `None` for an empty-element tag.
    pub(crate) fn content_range(&self, text: &str) -> Option<Range<usize>> {
        let after = text.get(self.tag.end..self.range.end)?;
        after.rfind("</").map(|at| self.tag.end..self.tag.end + at)
    }

    /// Returns its start tag with the attributes of `set` added or replaced; those without a value are removed.
    pub(crate) fn tag_with(&self, text: &str, set: &[(&str, Option<&str>)]) -> String {
        start_tag_with(text.get(self.tag.clone()).unwrap_or_default(), set)
    }

    /// Reads it as a tree.
    pub(crate) fn node(&self, text: &str) -> Result<Node, ReadError> {
        let whole = text.get(self.range.clone()).unwrap_or_default();
        let mut xml = XmlReader::from_text(whole.as_bytes())?.keeping_prefixes();
        loop {
            if let XmlEvent::Start(element) = xml.next()? {
                return Ok(xml.tree(element)?.unwrap_or_default());
            }
        }
    }

    /// Returns the prefix of its name with the colon, or nothing.
    pub(crate) fn prefix<'t>(&self, text: &'t str) -> &'t str {
        let tag = text.get(self.tag.clone()).unwrap_or_default().trim_start_matches('<');
        let name =
            tag.split(|c: char| c.is_whitespace() || matches!(c, '/' | '>')).next().unwrap_or_default();
        name.rfind(':').and_then(|at| name.get(..=at)).unwrap_or_default()
    }
}

/// Returns a start tag with the attributes of `set` added or replaced; those without a value are removed.
pub(crate) fn start_tag_with(tag: &str, set: &[(&str, Option<&str>)]) -> String {
    let mut all = String::with_capacity(tag.len() + 64);
    let mut done = vec![false; set.len()];
    let mut from = 0;
    for (name, span, value) in attributes(tag) {
        let Some(n) = set.iter().position(|(other, _)| *other == name) else { continue };
        let (_, new) = set.get(n).copied().unwrap_or_default();
        if let Some(place) = done.get_mut(n) {
            *place = true;
        }
        match new {
            Some(new) => {
                all.push_str(tag.get(from..value.start).unwrap_or_default());
                all.push_str(new);
                from = value.end;
            }
            None => {
                all.push_str(tag.get(from..span.start).unwrap_or_default());
                from = span.end;
            }
        }
    }
    let rest = tag.get(from..).unwrap_or_default();
    let end = rest.trim_end_matches('>').trim_end_matches('/').trim_end();
    all.push_str(end);
    for ((name, new), done) in set.iter().zip(done) {
        if let Some(new) = new.filter(|_| !done) {
            all.push_str(&format!(" {name}=\"{new}\""));
        }
    }
    all.push_str(rest.get(end.len()..).unwrap_or_default());
    all
}

/// Returns the attributes of a start tag: the name, the range with the white space before it, and the range of the
/// value.
fn attributes(tag: &str) -> Vec<(&str, Range<usize>, Range<usize>)> {
    let mut all = Vec::new();
    let mut at = tag.find(char::is_whitespace).unwrap_or(tag.len());
    while let Some(rest) = tag.get(at..)
        && let Some(equals) = rest.find('=')
    {
        let name = rest.get(..equals).unwrap_or_default().trim();
        let after = rest.get(equals + 1..).unwrap_or_default();
        let Some(open) = after.find(['"', '\'']) else { break };
        let quote = after.get(open..=open).unwrap_or_default();
        let start = at + equals + 1 + open + 1;
        let Some(length) = tag.get(start..).and_then(|value| value.find(quote)) else { break };
        all.push((name, at..start + length + 1, start..start + length));
        at = start + length + 1;
    }
    all
}

/// Reads the element that just started to its end. `before` is the position before its start tag was read.
pub(crate) fn read_spanned<R: Read>(
    xml: &mut XmlReader<R>,
    text: &str,
    element: Element,
    before: u64,
) -> Result<SpannedElement, ReadError> {
    let tag = start_tag_range(text, before..xml.position());
    let outside = xml.depth() - 1;
    let mut children = Vec::new();
    while xml.depth() > outside {
        let before = xml.position();
        if let XmlEvent::Start(child) = xml.next()? {
            children.push(read_spanned(xml, text, child, before)?);
        }
    }
    Ok(SpannedElement { element, range: tag.start..to_offset(xml.position()), tag, children })
}

/// Converts a position of the reader to an offset in the text.
fn to_offset(position: u64) -> usize {
    usize::try_from(position).unwrap_or(usize::MAX)
}

/// Returns the range of the start tag at the end of what was read. Comments may precede it.
pub(crate) fn start_tag_range(text: &str, read: Range<u64>) -> Range<usize> {
    let read = to_offset(read.start)..to_offset(read.end);
    let at = text.get(read.clone()).and_then(|piece| piece.rfind('<')).unwrap_or_default();
    read.start + at..read.end
}

#[cfg(test)]
mod tests {
    use super::{SpannedElement, read_spanned};
    use crate::interchange::{
        xliff::UnitElement,
        xml::{XmlEvent, XmlReader},
    };

    fn span(text: &str) -> SpannedElement {
        let mut xml = XmlReader::from_text(text.as_bytes()).unwrap();
        let Ok(XmlEvent::Start(element)) = xml.next() else { panic!("{text}") };
        read_spanned(&mut xml, text, element, 0).unwrap()
    }

    #[test]
    fn attributes_are_set_by_their_names() {
        for (tag, expected) in [
            ("<t/>", "<t s=\"new\"/>"),
            ("<t >", "<t s=\"new\" >"),
            ("<t a='>' s = 'old' x:s=\"x\" gone='y'/>", "<t a='>' s = 'new' x:s=\"x\"/>"),
        ] {
            let text = if tag.ends_with("/>") { tag.to_owned() } else { format!("{tag}</t>") };
            assert_eq!(span(&text).tag_with(&text, &[("s", Some("new")), ("gone", None)]), expected);
        }
    }

    #[test]
    fn ranges_cover_their_elements() {
        let text = "<a><!-- <b> --><b x='1'>t<c/></b> </a>";
        let a = span(text);
        let b = a.child("b").unwrap();
        assert_eq!((&text[b.range.clone()], &text[b.tag.clone()]), ("<b x='1'>t<c/></b>", "<b x='1'>"));
        assert_eq!(b.content_range(text).map(|r| &text[r]), Some("t<c/>"));
        assert_eq!(b.children[0].content_range(text), None);
    }
}
