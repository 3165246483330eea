//! TBX. Version 3 (`conceptEntry/langSec/termSec`, style DCA or DCT) and version 2
//! (`termEntry/langSet/tig|ntig`) are read; version 3, TBX-Basic in style DCA, is written.
//!
//! Elements for which a concept has no field become properties, so that they are written again. A
//! data category becomes a property of its name; any other element becomes the property `tbx:xml`,
//! whose value is the element as XML.

mod categories;
mod names;
mod read;
mod shape;
pub(crate) mod write;

pub(crate) use read::TbxReader;
pub(crate) use write::{is_whole, write};
