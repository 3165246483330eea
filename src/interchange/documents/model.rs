//! The units of a document, and how to recognize the additions of an earlier run.

use std::ops::Range;

use super::{answer::NotFilled, lengths::LengthLimits, spans::SpannedElement};
use crate::interchange::xliff::{OUR_NAME, XliffVersion};

/// A unit with segments to translate.
#[derive(Debug)]
pub(crate) struct EditedUnit {
    pub(crate) version: XliffVersion,
    /// The default namespace of the document's elements, or empty.
    pub(crate) namespace: String,
    /// The index of the element of the document that declares its target language.
    pub(crate) file: usize,
    /// Its target language.
    pub(crate) language: String,
    pub(crate) limits: LengthLimits,
    /// The text that its target has beside the segments to translate, as far as it has or gets such text.
    pub(crate) other_text: String,
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
    /// The reason why its target is not filled, whatever the match is. A form of a message whose form is known is filled
    /// with a translation that is the same form.
    pub(crate) unfillable: Option<NotFilled>,
    /// The flags of the formats of its arguments, such as `c-format`.
    pub(crate) formats: Vec<String>,
}

/// The start tag that declares the target language of units: that of a `<file>` of version 1, or of the root of
/// version 2.
#[derive(Debug)]
pub(crate) struct LanguageTag {
    /// Its byte range.
    pub(crate) range: Range<usize>,
    /// The name of the attribute.
    pub(crate) attribute: &'static str,
    /// True if the attribute is missing or empty.
    pub(crate) is_missing: bool,
    /// True if some of its units have targets in another language, which they name themselves.
    pub(crate) has_other_languages: bool,
}

/// Returns true if a unit contains additions of an earlier run.
pub(crate) fn has_additions(unit: &SpannedElement) -> bool {
    unit.children.iter().any(|child| is_v1_addition(child) || child.children.iter().any(is_v2_addition))
}

/// Returns true if an earlier run added an element to a unit of version 1.
pub(crate) fn is_v1_addition(old: &SpannedElement) -> bool {
    match old.element.name.as_str() {
        "alt-trans" => old.element.get("origin").is_some_and(|origin| origin.starts_with(ORIGIN_PREFIX)),
        "note" => old.element.get("from") == Some(OUR_NAME),
        _ => false,
    }
}

/// Returns true if an earlier run added an element to a module of version 2.
pub(crate) fn is_v2_addition(old: &SpannedElement) -> bool {
    old.element.get("id").is_some_and(|id| id.starts_with("dhakira-"))
}

/// The `restype` of a unit that is one of several plural forms of a message with the same source.
pub(crate) const PLURAL_RESTYPE: &str = "x-gettext-plural";

/// Maximum size of a document in bytes.
pub(crate) const MAX_DOCUMENT_BYTES: u64 = 256 << 20;

/// The prefix of the origin of a match that we add. The next run recognizes it and replaces the match.
pub(crate) const ORIGIN_PREFIX: &str = "dhakira:";
