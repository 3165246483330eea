//! Reading and writing XML. The reader checks that documents are well-formed, limits their depth, resolves
//! references and counts lines.

mod chars;
mod entities;
mod namespaces;
mod read;
mod tags;
mod tree;
mod writer;

pub(crate) use chars::is_xml_char;
pub(crate) use entities::unknown_entity_message;
pub(crate) use namespaces::local_name;
pub(crate) use read::{XmlEvent, XmlReader};
pub(crate) use tags::Element;
pub(crate) use tree::{Child, MAX_TREE_BYTES, Node};
pub(crate) use writer::XmlWriter;
