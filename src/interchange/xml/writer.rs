//! The XML writer. It escapes, indents, and replaces characters that XML does not allow.

use std::io::{self, Write};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

use super::{
    chars::is_xml_char,
    tree::{Child, Node},
};

/// Elements whose white space belongs to their text: their content is not indented.
const VERBATIM_ELEMENTS: [&str; 3] = ["seg", "source", "target"];

/// Writes a document element by element. Elements that contain only elements are indented.
pub(crate) struct XmlWriter<W: Write> {
    writer: Writer<W>,
    /// Number of characters that XML does not allow, each written as U+FFFD.
    pub(crate) replaced: u64,
    /// Number of open elements, for the indentation; `None` where nothing is indented.
    depth: Option<usize>,
    /// True if text was written since the last tag.
    has_text: bool,
    /// True inside an element whose white space belongs to its text.
    verbatim: bool,
}

impl<W: Write> XmlWriter<W> {
    /// Starts a document.
    pub(crate) fn new(out: W) -> io::Result<Self> {
        let mut writer = Writer::new(out);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self { writer, replaced: 0, depth: Some(0), has_text: false, verbatim: false })
    }

    /// Starts a fragment of a document, without an XML declaration and not indented.
    pub(crate) fn fragment(out: W) -> Self {
        Self { writer: Writer::new(out), replaced: 0, depth: None, has_text: false, verbatim: false }
    }

    pub(crate) fn start(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.new_line(0)?;
        self.depth = self.depth.map(|depth| depth + 1);
        self.has_text = false;
        let tag = self.tag(name, attributes);
        self.writer.write_event(Event::Start(tag))
    }

    pub(crate) fn end(&mut self, name: &str) -> io::Result<()> {
        if !self.has_text {
            self.new_line(1)?;
        }
        self.depth = self.depth.map(|depth| depth.saturating_sub(1));
        self.has_text = false;
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.has_text = true;
        let text = self.escaped(text, false);
        self.writer.write_event(Event::Text(BytesText::from_escaped(text)))
    }

    /// Splits a text with an empty comment, because a reader has to hold the text between two tags in memory.
    pub(crate) fn split_text(&mut self) -> io::Result<()> {
        self.writer.write_event(Event::Comment(BytesText::new("")))
    }

    /// Writes an element that contains only text.
    pub(crate) fn element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
        self.start(name, attributes)?;
        self.text(text)?;
        self.end(name)
    }

    /// Writes an element with its content.
    pub(crate) fn node(&mut self, node: &Node) -> io::Result<()> {
        let only_text = !node.children.iter().any(|c| matches!(c, Child::Node(_)));
        let verbatim = self.verbatim
            || VERBATIM_ELEMENTS.contains(&node.name.as_str())
            || only_text
            || node.children.iter().any(is_text);
        let attributes: Vec<(&str, &str)> =
            node.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        if node.children.is_empty() {
            self.new_line(0)?;
            self.has_text = false;
            let tag = self.tag(&node.name, &attributes);
            return self.writer.write_event(Event::Empty(tag));
        }
        self.start(&node.name, &attributes)?;
        let (depth, outer) = (self.depth, std::mem::replace(&mut self.verbatim, verbatim));
        if verbatim {
            self.depth = None;
        }
        for child in &node.children {
            match child {
                Child::Node(node) => self.node(node)?,
                // White space between elements is indentation, which the writer adds itself.
                Child::Text(_) if !verbatim => {}
                Child::Text(text) => self.text(text)?,
                Child::Reference(name) => self.text(&format!("&{name};"))?,
            }
        }
        self.has_text = verbatim;
        (self.depth, self.verbatim) = (depth, outer);
        self.end(&node.name)
    }

    /// Begins a new line, indented by `less` levels less than the open elements. Does nothing inside verbatim text.
    fn new_line(&mut self, less: usize) -> io::Result<()> {
        let Some(depth) = self.depth else { return Ok(()) };
        let line = format!("\n{}", " ".repeat(depth.saturating_sub(less)));
        self.writer.write_event(Event::Text(BytesText::from_escaped(line)))
    }

    /// Ends the document.
    pub(crate) fn finish(mut self) -> io::Result<W> {
        self.writer.write_event(Event::Text(BytesText::from_escaped("\n")))?;
        Ok(self.writer.into_inner())
    }

    /// Ends a fragment of a document.
    pub(crate) fn into_inner(self) -> W {
        self.writer.into_inner()
    }

    fn tag(&mut self, name: &str, attributes: &[(&str, &str)]) -> BytesStart<'static> {
        let mut content = name.to_owned();
        for (attribute, value) in attributes {
            let value = self.escaped(value, true);
            content.push_str(&format!(" {attribute}=\"{value}\""));
        }
        BytesStart::from_content(content, name.len())
    }

    fn escaped(&mut self, text: &str, attribute: bool) -> String {
        let mut out = String::with_capacity(text.len());
        for c in text.chars() {
            match c {
                '&' => out.push_str("&amp;"),
                '<' => out.push_str("&lt;"),
                '>' => out.push_str("&gt;"),
                '"' if attribute => out.push_str("&quot;"),
                // Unescaped, readers turn a carriage return into a line feed, and all three into a space in an
                // attribute.
                '\r' => out.push_str("&#13;"),
                '\n' if attribute => out.push_str("&#10;"),
                '\t' if attribute => out.push_str("&#9;"),
                c if is_xml_char(c) => out.push(c),
                _ => {
                    self.replaced += 1;
                    out.push('\u{FFFD}');
                }
            }
        }
        out
    }
}

/// Returns whether a child is text other than indentation.
fn is_text(child: &Child) -> bool {
    match child {
        Child::Text(text) => !text.trim().is_empty(),
        Child::Reference(_) => true,
        Child::Node(_) => false,
    }
}

impl Node {
    /// Returns it as XML, with its content.
    pub(crate) fn to_xml(&self) -> String {
        let mut xml = XmlWriter::fragment(Vec::new());
        // Writing to memory does not fail.
        let _ = xml.node(self);
        String::from_utf8(xml.into_inner()).unwrap_or_default()
    }

    /// Returns its start tag.
    pub(crate) fn start_tag(&self) -> String {
        let tag = self.empty_tag();
        tag.strip_suffix("/>").map(|tag| format!("{tag}>")).unwrap_or_default()
    }

    /// Returns its tag as if it had no content: `<name …/>`.
    pub(crate) fn empty_tag(&self) -> String {
        let (name, attributes) = (self.name.clone(), self.attributes.clone());
        Self { name, attributes, children: Vec::new() }.to_xml()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::XmlWriter;
    use crate::interchange::xml::{
        chars::is_xml_char,
        read::{XmlEvent, XmlReader},
    };

    /// Returns a text as it is read back: characters that XML does not allow are replaced.
    fn clean(text: &str) -> String {
        text.chars().map(|c| if is_xml_char(c) { c } else { '\u{FFFD}' }).collect()
    }

    proptest! {
        #[test]
        fn written_text_and_attributes_are_read_back(text in any::<String>(), value in "[\\PC\r\n\t<&>\"']{0,20}") {
            let mut writer = XmlWriter::new(Vec::new()).unwrap();
            writer.element("a", &[("b", &value)], &text).unwrap();
            let bytes = writer.finish().unwrap();
            let mut reader = XmlReader::new(bytes.as_slice()).unwrap();
            let element = loop {
                if let XmlEvent::Start(element) = reader.next().unwrap() {
                    break element;
                }
            };
            let attribute = clean(&value);
            prop_assert_eq!(element.get("b"), Some(attribute.as_str()));
            prop_assert_eq!(reader.text().unwrap(), clean(&text));
        }
    }
}
