//! gettext catalogues (PO). Each translated message is a unit; a message with plural forms makes a
//! unit of each form.
//!
//! The header's `Language` is the language of the translations. If it is the memory's source
//! language, source and target are swapped.

mod entry;
mod read;
mod strings;
mod write;

pub(crate) use read::PoReader;
pub(crate) use strings::quoted;
pub(crate) use write::PoWriter;
