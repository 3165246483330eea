//! Reading XLIFF 1.2 and 2.x, also inside SDLXLIFF and MQXLIFF, and writing XLIFF 1.2.
//!
//! A `<trans-unit>` (version 1) or `<unit>` (version 2) is one unit of the file. Each of its segments with a
//! translation becomes a unit of the memory. The file may have the direction of the memory or the reverse.
//! Suggestions (`alt-trans`, `matches`) are ignored, because nobody has confirmed them.

mod inline;
mod model;
mod read;
mod v1;
mod v2;
mod write;

pub(crate) use inline::InlineReader;
pub(crate) use read::{ELEMENTS_WITHOUT_TEXT, MISSING_LANGUAGE, TranslateScopes, XliffReader};
pub(crate) use v1::{UNDONE_STATES, pair_segments};
pub(crate) use write::XliffWriter;
