//! The one XML door: well-formedness, depth, entities, lines; and XML out.

mod read;
mod tree;
mod writer;

pub(crate) use read::{Element, Xml, XmlReader, is_xml_char};
pub(crate) use tree::{Child, Node};
pub(crate) use writer::XmlWriter;
