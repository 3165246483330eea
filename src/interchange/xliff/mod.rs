//! XLIFF 1.2 and 2.x, and what is inside SDLXLIFF and MQXLIFF: bilingual units.
//!
//! A `<trans-unit>` or `<unit>` is one unit of the file; each of its segments that
//! has a translation makes a pair. The file's direction may be the memory's or its
//! reverse. Suggestions (`alt-trans`, `matches`) are passed over: nobody confirmed them.

mod inline;
mod model;
mod read;
mod v1;
mod v2;
mod write;

pub(crate) use inline::Inline;
pub(crate) use read::{NO_LANGUAGE, NO_TEXT, Translate, XliffReader};
pub(crate) use v1::{UNDONE, paired};
pub(crate) use write::XliffWriter;
