//! TBX: version 3 (`conceptEntry/langSec/termSec`, style DCA or DCT) and version 2
//! (`termEntry/langSet/tig|ntig`) in; version 3, TBX-Basic in style DCA, out.
//!
//! What a concept has no field for is kept: a data category as a property by its
//! name, anything else as the property [`RAW`], whose value is the element as XML.

mod categories;
mod read;
mod shape;
mod write;

pub(super) use read::read;
pub(super) use write::{is_whole, write};

/// An element that no field or other property holds, as XML.
const RAW: &str = "tbx:xml";

/// The id of a term.
const TERM_ID: &str = "tbx:id";

/// Further elements of the group that a definition or domain stands in, as XML;
/// the field's name follows.
const GROUP: &str = "tbx:group-";

/// The `target` of who is responsible, after the kind of transaction.
const RESPONSIBLE: &str = "tbx:responsible-";

/// Categories of terms that are fields here and nothing in TBX-Basic.
const USAGE_NOTE: &str = "usageNote";
const PROPER_NOUN: &str = "properNoun";
const CASE_SENSITIVE: &str = "caseSensitive";
