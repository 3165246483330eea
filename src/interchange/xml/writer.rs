//! XML out: escaped, indented, and never with a character that XML does not have.

use std::io::{self, Write};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

use super::{
    read::is_xml_char,
    tree::{Child, Node},
};

/// Elements whose text is kept to the letter: nothing is put between what is in them.
const VERBATIM: [&str; 3] = ["seg", "source", "target"];

/// Writes a document element by element, those that hold no text on lines of their own.
pub(crate) struct XmlWriter<W: Write> {
    writer: Writer<W>,
    /// Characters that XML does not have: they became U+FFFD.
    pub(crate) replaced: u64,
    /// Open elements; nothing where a piece is written as it is.
    depth: Option<usize>,
    /// Text was written since the last tag.
    texted: bool,
}

impl<W: Write> XmlWriter<W> {
    /// Starts a document.
    pub(crate) fn new(out: W) -> io::Result<Self> {
        let mut writer = Writer::new(out);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self { writer, replaced: 0, depth: Some(0), texted: false })
    }

    /// Starts a piece of a document.
    pub(crate) fn fragment(out: W) -> Self {
        Self { writer: Writer::new(out), replaced: 0, depth: None, texted: false }
    }

    pub(crate) fn start(&mut self, name: &str, attributes: &[(&str, &str)]) -> io::Result<()> {
        self.new_line(0)?;
        self.depth = self.depth.map(|depth| depth + 1);
        self.texted = false;
        let tag = self.tag(name, attributes);
        self.writer.write_event(Event::Start(tag))
    }

    pub(crate) fn end(&mut self, name: &str) -> io::Result<()> {
        if !self.texted {
            self.new_line(1)?;
        }
        self.depth = self.depth.map(|depth| depth.saturating_sub(1));
        self.texted = false;
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    pub(crate) fn text(&mut self, text: &str) -> io::Result<()> {
        self.texted = true;
        let text = self.escaped(text, false);
        self.writer.write_event(Event::Text(BytesText::from_escaped(text)))
    }

    /// Parts a text: a reader has to hold what is between two pieces of markup whole.
    pub(crate) fn part(&mut self) -> io::Result<()> {
        self.writer.write_event(Event::Comment(BytesText::new("")))
    }

    /// Writes an element that holds text and nothing else.
    pub(crate) fn element(&mut self, name: &str, attributes: &[(&str, &str)], text: &str) -> io::Result<()> {
        self.start(name, attributes)?;
        self.text(text)?;
        self.end(name)
    }

    /// Writes an element with all that is in it.
    pub(crate) fn node(&mut self, node: &Node) -> io::Result<()> {
        let is_text = |child: &Child| match child {
            Child::Text(text) => !text.trim().is_empty(),
            Child::Reference(_) => true,
            Child::Node(_) => false,
        };
        let only_text = !node.children.iter().any(|c| matches!(c, Child::Node(_)));
        let verbatim =
            VERBATIM.contains(&node.name.as_str()) || only_text || node.children.iter().any(is_text);
        let attributes: Vec<(&str, &str)> =
            node.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        if node.children.is_empty() {
            self.new_line(0)?;
            self.texted = false;
            let tag = self.tag(&node.name, &attributes);
            return self.writer.write_event(Event::Empty(tag));
        }
        self.start(&node.name, &attributes)?;
        let depth = self.depth;
        if verbatim {
            self.depth = None;
        }
        for child in &node.children {
            match child {
                Child::Node(node) => self.node(node)?,
                // White space between elements is indentation, which is made anew.
                Child::Text(_) if !verbatim => {}
                Child::Text(text) => self.text(text)?,
                Child::Reference(name) => self.text(&format!("&{name};"))?,
            }
        }
        self.texted = verbatim;
        self.depth = depth;
        self.end(&node.name)
    }

    /// Begins a line of its own, `less` levels to the left.
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

    /// Ends a piece of a document.
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
                // Readers would make a line feed, or in an attribute a space, of them.
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

impl Node {
    /// Returns it as XML.
    pub(crate) fn whole(&self) -> String {
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

    /// Returns it as if it were empty.
    pub(crate) fn empty_tag(&self) -> String {
        let (name, attributes) = (self.name.clone(), self.attributes.clone());
        Self { name, attributes, children: Vec::new() }.whole()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::XmlWriter;
    use crate::interchange::xml::read::{Xml, XmlReader, is_xml_char};

    proptest! {
        #[test]
        fn what_is_written_is_read(text in any::<String>(), value in "[\\PC\r\n\t<&>\"']{0,20}") {
            let mut writer = XmlWriter::new(Vec::new()).unwrap();
            writer.element("a", &[("b", &value)], &text).unwrap();
            let bytes = writer.finish().unwrap();
            let mut reader = XmlReader::new(bytes.as_slice()).unwrap();
            let element = loop {
                if let Xml::Start(element) = reader.next().unwrap() {
                    break element;
                }
            };
            let clean = |t: &str| t.chars().map(|c| if is_xml_char(c) { c } else { '\u{FFFD}' }).collect::<String>();
            let attribute = clean(&value);
            prop_assert_eq!(element.get("b"), Some(attribute.as_str()));
            prop_assert_eq!(reader.text().unwrap(), clean(&text));
        }
    }
}
