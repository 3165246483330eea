//! Reading and writing XML. The reader checks that documents are well-formed, limits their depth, resolves
//! references and counts lines.

mod namespaces;
mod read;
mod tree;
mod writer;

pub(crate) use namespaces::local_name;
pub(crate) use read::{Element, XmlEvent, XmlReader, is_xml_char};
pub(crate) use tree::{Child, MAX_TREE_BYTES, Node};
pub(crate) use writer::XmlWriter;
