//! A unit of an XLIFF file, in a form for both versions.

use crate::{
    interchange::review_marks::{Progress, ReviewMarks},
    segment::Segment,
    unit::Property,
};

/// A segment of a unit with its translation, in the direction of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pair {
    pub(crate) source: Segment,
    pub(crate) target: Option<Segment>,
    /// The segment's id in its unit, or empty where the unit is one segment.
    pub(crate) id: String,
    /// What the file says about the review of the translation.
    pub(crate) marks: ReviewMarks,
    pub(crate) properties: Vec<Property>,
    pub(crate) notes: Vec<String>,
}

/// A unit of the file.
#[derive(Clone, Debug, Default)]
pub(crate) struct XliffUnit {
    pub(crate) id: String,
    /// A name that stays the same when tools renumber the ids, or empty.
    pub(crate) name: String,
    /// True if its inline codes exceed the limit of a unit.
    pub(crate) too_large: bool,
    pub(crate) pairs: Vec<Pair>,
    pub(crate) properties: Vec<Property>,
    pub(crate) notes: Vec<String>,
    /// Names of entities that are not predefined in XML.
    pub(crate) references: Vec<String>,
}

impl Pair {
    /// Returns true if there is text in the source and in the target.
    fn has_texts(&self) -> bool {
        let has_target = self.target.as_ref().is_some_and(|target| !target.text.trim().is_empty());
        has_target && !self.source.text.trim().is_empty()
    }

    /// Returns true if it has a translation that is done and not rejected.
    pub(crate) fn is_translated(&self) -> bool {
        self.has_texts() && self.marks.progress < Progress::NotDone
    }

    /// Returns true if a person rejected its translation.
    pub(crate) fn is_rejected(&self) -> bool {
        self.has_texts() && self.marks.progress == Progress::Rejected
    }
}

/// Makes a property without a locale.
pub(crate) fn property(name: &str, value: &str) -> Property {
    Property { name: name.to_owned(), value: value.to_owned(), locale: String::new() }
}
