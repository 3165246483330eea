//! TBX: version 3 (`conceptEntry/langSec/termSec`, style DCA or DCT) and version 2
//! (`termEntry/langSet/tig|ntig`) in; version 3, TBX-Basic in style DCA, out.
//!
//! What a concept has no field for is kept: a data category as a property by its
//! name, anything else as the property [`RAW`], whose value is the element as XML.

mod categories;
mod names;
pub(crate) mod read;
mod shape;
pub(crate) mod write;

pub(crate) use read::read;
pub(crate) use write::{is_whole, write};
