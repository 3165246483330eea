//! XML out: escaped, indented, and never with a character that XML does not have.

use std::io::{self, Write};

use quick_xml::{
    Writer,
    events::{BytesDecl, BytesEnd, BytesStart, BytesText, Event},
};

use super::{
    is_xml_char,
    tree::{Child, Node},
};

/// Writes a document element by element.
pub(in crate::interchange) struct XmlWriter<W: Write> {
    writer: Writer<W>,
    /// Characters that XML does not have: they became U+FFFD.
    pub(in crate::interchange) replaced: u64,
}

impl<W: Write> XmlWriter<W> {
    /// Starts a document.
    pub(in crate::interchange) fn new(out: W) -> io::Result<Self> {
        let mut writer = Writer::new_with_indent(out, b' ', 1);
        writer.write_event(Event::Decl(BytesDecl::new("1.0", Some("UTF-8"), None)))?;
        Ok(Self { writer, replaced: 0 })
    }

    /// Starts a piece of a document.
    pub(in crate::interchange) fn fragment(out: W) -> Self {
        Self { writer: Writer::new(out), replaced: 0 }
    }

    pub(in crate::interchange) fn start(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
    ) -> io::Result<()> {
        let tag = self.tag(name, attributes);
        self.writer.write_event(Event::Start(tag))
    }

    pub(in crate::interchange) fn end(&mut self, name: &str) -> io::Result<()> {
        self.writer.write_event(Event::End(BytesEnd::new(name)))
    }

    pub(in crate::interchange) fn text(&mut self, text: &str) -> io::Result<()> {
        let text = self.escaped(text, false);
        self.writer.write_event(Event::Text(BytesText::from_escaped(text)))
    }

    /// Writes an element that holds text and nothing else.
    pub(in crate::interchange) fn element(
        &mut self,
        name: &str,
        attributes: &[(&str, &str)],
        text: &str,
    ) -> io::Result<()> {
        self.start(name, attributes)?;
        self.text(text)?;
        self.end(name)
    }

    /// Writes an element with all that is in it.
    pub(in crate::interchange) fn node(&mut self, node: &Node) -> io::Result<()> {
        let attributes: Vec<(&str, &str)> =
            node.attributes.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let mixed = node.nodes().next().is_some();
        if node.children.is_empty() {
            let tag = self.tag(&node.name, &attributes);
            return self.writer.write_event(Event::Empty(tag));
        }
        self.start(&node.name, &attributes)?;
        for child in &node.children {
            match child {
                Child::Node(node) => self.node(node)?,
                // White space between elements is indentation, which is made anew.
                Child::Text(text) if mixed && text.trim().is_empty() => {}
                Child::Text(text) => self.text(text)?,
                Child::Reference(name) => self.text(&format!("&{name};"))?,
            }
        }
        self.end(&node.name)
    }

    /// Ends the document.
    pub(in crate::interchange) fn finish(mut self) -> io::Result<W> {
        self.writer.write_event(Event::Text(BytesText::from_escaped("\n")))?;
        Ok(self.writer.into_inner())
    }

    /// Ends a piece of a document.
    pub(in crate::interchange) fn into_inner(self) -> W {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::XmlWriter;
    use crate::interchange::xml::{Xml, XmlReader, is_xml_char};

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
