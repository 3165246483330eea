//! gettext catalogues (PO): each translated message is a unit, one with plural forms
//! several.
//!
//! The header's `Language` is that of the translations; where it is the memory's source
//! language, the file is turned.

mod entry;
mod read;
mod strings;
mod write;

pub(crate) use read::PoReader;
pub(crate) use strings::quoted;
pub(crate) use write::PoWriter;
