//! Escaping, and the check that markup is well formed.

use crate::interchange::xml::{Xml, XmlReader, XmlWriter};

/// Escapes text as content.
pub(crate) fn escaped(text: &str) -> String {
    let mut xml = XmlWriter::fragment(Vec::new());
    // Writing to memory does not fail.
    let _ = xml.text(text);
    String::from_utf8(xml.into_inner()).unwrap_or_default()
}

pub(crate) fn attribute(text: &str) -> String {
    escaped(text).replace('"', "&quot;").replace('\n', "&#10;").replace('\t', "&#9;")
}

/// Says whether a piece of content is well-formed by itself.
pub(crate) fn is_well_formed(xml: &str) -> bool {
    let whole = format!("<x>{xml}</x>");
    let Ok(mut reader) = XmlReader::of_text(whole.as_bytes()) else { return false };
    loop {
        match reader.next() {
            Ok(Xml::Over) => return true,
            Ok(_) => {}
            Err(_) => return false,
        }
    }
}
