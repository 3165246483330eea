//! The units of a document, and how to recognize the additions of an earlier run.

use super::spans::SpannedElement;
use crate::interchange::xliff::XliffVersion;

/// A unit with segments to translate.
#[derive(Debug)]
pub(crate) struct EditedUnit {
    pub(crate) version: XliffVersion,
    /// The default namespace of the document's elements, or empty.
    pub(crate) namespace: String,
    /// True for a plural form. It is not filled if several different translations have the best score.
    pub(crate) is_plural: bool,
    pub(crate) spans: SpannedElement,
    pub(crate) slots: Vec<SegmentSlot>,
    /// The `mid` attributes of segments that cannot be read. Version 1 only.
    pub(crate) unreadable: Vec<String>,
    /// True if some of its segments are translated.
    pub(crate) partly_translated: bool,
}

/// A segment to translate.
#[derive(Debug, Default)]
pub(crate) struct SegmentSlot {
    /// Its index among the segments to translate of the document.
    pub(crate) number: usize,
    /// Its codes as the file writes them.
    pub(crate) markup: Vec<String>,
    /// The `mid` attribute of its `<mrk>`, or empty. Version 1 only.
    pub(crate) mid: String,
    /// The index of its `<segment>` in the unit. Version 2 only.
    pub(crate) segment_index: usize,
    /// True if it has a target that is marked as not done but is not a copy of the source. Somebody wrote it, so it
    /// is not overwritten.
    pub(crate) keep_target: bool,
}

/// Returns true if a unit contains additions of an earlier run.
pub(crate) fn has_additions(unit: &SpannedElement) -> bool {
    unit.children.iter().any(|child| is_v1_addition(child) || child.children.iter().any(is_v2_addition))
}

/// Returns true if an earlier run added an element to a unit of version 1.
pub(crate) fn is_v1_addition(old: &SpannedElement) -> bool {
    match old.element.name.as_str() {
        "alt-trans" => old.element.get("origin").is_some_and(|origin| origin.starts_with(ORIGIN_PREFIX)),
        "note" => old.element.get("from") == Some("dhakira"),
        _ => false,
    }
}

/// Returns true if an earlier run added an element to a module of version 2.
pub(crate) fn is_v2_addition(old: &SpannedElement) -> bool {
    old.element.get("id").is_some_and(|id| id.starts_with("dhakira-"))
}

/// The `restype` of a unit that is a plural form of a catalogue.
pub(crate) const PLURAL_RESTYPE: &str = "x-gettext-plural";

/// Maximum size of a document in bytes.
pub(crate) const MAX_DOCUMENT_BYTES: u64 = 256 << 20;

/// The prefix of the origin of a match that we add. The next run recognizes it and replaces the match.
pub(crate) const ORIGIN_PREFIX: &str = "dhakira:";
