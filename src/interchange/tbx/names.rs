//! Names of properties that hold what TBX has and a concept has no field for.

/// An element that no field or other property holds, as XML.
pub(crate) const RAW: &str = "tbx:xml";

/// The id of a term.
pub(crate) const TERM_ID: &str = "tbx:id";

/// Further elements of the group that a definition or domain stands in, as XML;
/// the field's name follows.
pub(crate) const GROUP: &str = "tbx:group-";

/// The `target` of who is responsible, after the kind of transaction.
pub(crate) const RESPONSIBLE: &str = "tbx:responsible-";

/// Categories of terms that are fields here and nothing in TBX-Basic.
pub(crate) const USAGE_NOTE: &str = "usageNote";
pub(crate) const PROPER_NOUN: &str = "properNoun";
pub(crate) const CASE_SENSITIVE: &str = "caseSensitive";
