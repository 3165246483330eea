//! The units of a document, and what marks our own additions.

use super::spans::Spanned;

/// A unit with segments to translate.
#[derive(Debug)]
pub(crate) struct Unit {
    /// Version 2: `<unit>`, else `<trans-unit>`.
    pub(crate) second: bool,
    /// The namespace of the document's own elements, where it is the default.
    pub(crate) namespace: String,
    /// A plural form: of several translations that are as good none is taken.
    pub(crate) plural: bool,
    pub(crate) spans: Spanned,
    pub(crate) slots: Vec<Slot>,
    /// Version 1: the ids of the marks of segments that cannot be read.
    pub(crate) unreadable: Vec<String>,
    /// Some of its segments are translated.
    pub(crate) partly: bool,
}

/// A segment to translate.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    /// Its number among the document's.
    pub(crate) number: usize,
    /// Its codes as the file writes them.
    pub(crate) markup: Vec<String>,
    /// Version 1: the id of its mark, or empty.
    pub(crate) mid: String,
    /// Version 2: the number of its element among the unit's segments.
    pub(crate) at: usize,
    /// It has a target that is marked as not done but is no copy of the source: it stays.
    pub(crate) keeps: bool,
}

/// Returns the segments that are marked in an element, however deep, with their ids.
pub(crate) fn marked(span: &Spanned) -> Vec<(&str, &Spanned)> {
    let mut found = Vec::new();
    for child in &span.children {
        if child.element.name == "mrk" && child.element.get("mtype") == Some("seg") {
            found.push((child.element.get("mid").unwrap_or_default(), child));
        } else {
            found.extend(marked(child));
        }
    }
    found
}

pub(crate) fn segments(unit: &Spanned) -> impl Iterator<Item = &Spanned> {
    unit.children.iter().filter(|span| span.element.name == "segment")
}

/// Says whether a unit has what a run put in.
pub(crate) fn holds_ours(unit: &Spanned) -> bool {
    unit.children.iter().any(|child| is_old(child) || child.children.iter().any(is_ours))
}

/// Says whether a run put an element of version 1 in.
pub(crate) fn is_old(old: &Spanned) -> bool {
    match old.element.name.as_str() {
        "alt-trans" => old.element.get("origin").is_some_and(|origin| origin.starts_with(OURS)),
        "note" => old.element.get("from") == Some("dhakira"),
        _ => false,
    }
}

pub(crate) fn is_ours(old: &Spanned) -> bool {
    old.element.get("id").is_some_and(|id| id.starts_with("dhakira-"))
}

/// Marks a unit that is a plural form of a catalogue.
pub(crate) const PLURAL: &str = "x-gettext-plural";

/// Bytes of a document.
pub(crate) const LARGEST: u64 = 256 << 20;

/// Stands before the origin of what was put in here: it is taken out when it is put in anew.
pub(crate) const OURS: &str = "dhakira:";
