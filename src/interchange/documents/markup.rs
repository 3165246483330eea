//! Escaping of text, and a check for well-formed markup.

use crate::interchange::xml::{XmlEvent, XmlReader, XmlWriter};

/// Escapes text as the content of an element.
pub(crate) fn escaped(text: &str) -> String {
    let mut xml = XmlWriter::fragment(Vec::new());
    // Writing to memory does not fail.
    let _ = xml.text(text);
    String::from_utf8(xml.into_inner()).unwrap_or_default()
}

/// Escapes text as the value of an attribute.
pub(crate) fn attribute(text: &str) -> String {
    escaped(text).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Returns true if XML is well-formed as the content of an element.
pub(crate) fn is_well_formed(xml: &str) -> bool {
    let whole = format!("<x>{xml}</x>");
    let Ok(mut reader) = XmlReader::from_text(whole.as_bytes()) else { return false };
    loop {
        match reader.next() {
            Ok(XmlEvent::EndOfDocument) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
