//! Start tags: their names and attributes, with all references resolved.

use quick_xml::{
    XmlVersion,
    escape::{EscapeError, escape, resolve_predefined_entity},
    events::{BytesStart, attributes::Attribute},
};

use super::{
    entities::{Entities, TooManyExpansions},
    namespaces::{Namespaces, local_name},
};
use crate::interchange::error::ReadError;

/// Maximum bytes of the name of an element, because the names of all open elements are kept.
const MAX_NAME_BYTES: usize = 1_000;

/// Maximum number of attributes of an element, because each is compared with those before it.
const MAX_ATTRIBUTES: usize = 1_000;

/// A start tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// The name without its prefix. See `XmlReader::keeping_prefixes` for the exception.
    pub(crate) name: String,
    /// The attributes, with their prefixes.
    pub(crate) attributes: Vec<(String, String)>,
}

impl Element {
    /// Returns the value of an attribute.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Returns the value of an attribute, empty if it has none.
    pub(crate) fn get_or_empty(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Returns the language: `xml:lang`, or `lang` as in TMX 1.1.
    pub(crate) fn language(&self) -> Option<&str> {
        self.get("xml:lang").or_else(|| self.get("lang"))
    }
}

/// Reads start tags and references, with the state of the document at their place.
pub(super) struct TagReader<'r> {
    pub(super) line: u64,
    /// The number of bytes of the document that were read.
    pub(super) position: u64,
    /// The number of elements around the tag.
    pub(super) depth: usize,
    pub(super) prefixes: Option<&'r mut Namespaces>,
    pub(super) entities: &'r mut Entities,
}

impl TagReader<'_> {
    /// Returns the text of an entity, or `None` if the document does not declare it as a short text.
    pub(super) fn expand(&mut self, name: &str) -> Result<Option<&str>, ReadError> {
        let line = self.line;
        let too_many = |e: TooManyExpansions| ReadError::NotWellFormed { line, what: e.message() };
        self.entities.expand(name, self.position).map_err(too_many)
    }

    /// Reads a start tag.
    pub(super) fn element(&mut self, tag: &BytesStart<'_>) -> Result<Element, ReadError> {
        let (line, depth) = (self.line, self.depth);
        let name = tag.name();
        if name.as_ref().len() > MAX_NAME_BYTES {
            let what = format!("the name of an element has more than {MAX_NAME_BYTES} bytes: shorten it");
            return Err(ReadError::NotWellFormed { line, what });
        }
        let mut attributes = Vec::new();
        for attribute in tag.attributes() {
            let attribute = attribute.map_err(|e| not_well_formed(line, &e))?;
            if attributes.len() == MAX_ATTRIBUTES {
                let what = format!("an element has more than {MAX_ATTRIBUTES} attributes: remove some");
                return Err(ReadError::NotWellFormed { line, what });
            }
            let value = match attribute.normalized_value(XmlVersion::Implicit1_0) {
                Err(quick_xml::Error::Escape(EscapeError::UnrecognizedEntity(..))) => {
                    let value = self.with_known_references(&attribute.value)?.into();
                    Attribute { key: attribute.key, value }
                        .normalized_value(XmlVersion::Implicit1_0)
                        .map(|v| v.into_owned())
                }
                value => value.map(|v| v.into_owned()),
            };
            attributes
                .push((attribute.key.as_ref().to_owned(), value.map_err(|e| not_well_formed(line, &e))?));
        }
        let name = match &mut self.prefixes {
            Some(prefixes) => {
                prefixes
                    .enter(name.as_ref(), &attributes, depth + 1)
                    .map_err(|what| ReadError::NotWellFormed { line, what })?;
                prefixes.known_name(name.as_ref())
            }
            None => local_name(name.as_ref()),
        };
        Ok(Element { name, attributes })
    }

    /// Expands the references in an attribute's value to entities that the document declares. A reference to an
    /// unknown entity is escaped, so that it stays as written.
    fn with_known_references(&mut self, value: &str) -> Result<String, ReadError> {
        let mut pieces = value.split('&');
        let mut all = pieces.next().unwrap_or_default().to_owned();
        for piece in pieces {
            let (name, rest) = piece.split_once(';').unwrap_or_default();
            if name.is_empty() || name.starts_with('#') || resolve_predefined_entity(name).is_some() {
                all.push('&');
                all.push_str(piece);
            } else if let Some(text) = self.expand(name)? {
                all.push_str(&escape(text));
                all.push_str(rest);
            } else {
                all.push_str("&amp;");
                all.push_str(piece);
            }
        }
        Ok(all)
    }
}

pub(super) fn not_well_formed(line: u64, error: &impl ToString) -> ReadError {
    ReadError::NotWellFormed { line, what: error.to_string() }
}
