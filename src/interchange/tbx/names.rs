//! Names of the properties for parts of TBX for which a concept has no field, and of categories.

/// An element as XML, if no field and no other property can hold it.
pub(crate) const RAW_XML: &str = "tbx:xml";

/// The id of a term.
pub(crate) const TERM_ID: &str = "tbx:id";

/// The prefix of a property with the other elements, as XML, of the `descripGrp` of a definition or
/// domain. The category follows, for example `tbx:group-definition`.
pub(crate) const GROUP_PREFIX: &str = "tbx:group-";

/// The prefix of a property with the `target` of the person who is responsible for a transaction.
/// The kind of transaction follows, for example `tbx:responsible-origination`.
pub(crate) const RESPONSIBLE_PREFIX: &str = "tbx:responsible-";

/// Categories that are fields of a term here but are not part of TBX-Basic.
pub(crate) const USAGE_NOTE: &str = "usageNote";
pub(crate) const PROPER_NOUN: &str = "properNoun";
pub(crate) const CASE_SENSITIVE: &str = "caseSensitive";
