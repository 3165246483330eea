//! Reading XLIFF 1.2 and 2.x, also inside SDLXLIFF and MQXLIFF, and writing XLIFF 1.2.
//!
//! `walk.rs` finds the units of a file, for the import here and for pretranslation in `documents/`.
//!
//! A `<trans-unit>` (version 1) or `<unit>` (version 2) is one unit of the file. Each of its segments with a
//! translation becomes a unit of the memory. The file may have the direction of the memory or the reverse.
//! Suggestions (`alt-trans`, `matches`) are ignored, because nobody has confirmed them.

mod document_names;
mod drafts;
mod inline;
mod model;
mod read;
mod scope;
mod segments;
mod v1;
mod v2;
mod walk;
mod write;

pub(crate) use inline::InlineReader;
pub(crate) use read::XliffReader;
pub(crate) use scope::{MISSING_LANGUAGE, SizeProfiles, TRANSLATE_ATTRIBUTES, UnitScope, XliffVersion};
pub(crate) use segments::{
    FUZZY_QUALIFIER, FUZZY_SUBSTATE, OUR_NAME, TargetState, UnitElement, has_distinct_ids, marked_segments,
    pair_segments, segment_elements,
};
pub(crate) use walk::{UnitStart, XliffPart, XliffWalk};
pub(crate) use write::XliffWriter;
