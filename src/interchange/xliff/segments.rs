//! The segments of a unit and the states of their targets, in any form in which the content of a unit is read.

use rustc_hash::{FxHashMap, FxHashSet};

use crate::interchange::{
    review_marks::{Progress, ReviewMarks},
    xml::Node,
};

/// An element of a unit. The import has trees of text and pretranslation has byte ranges, but both find the segments
/// by the same rules.
pub(crate) trait UnitElement: Sized {
    /// Returns its name.
    fn name(&self) -> &str;

    /// Returns the value of an attribute.
    fn attribute(&self, name: &str) -> Option<&str>;

    /// Returns its child elements.
    fn elements(&self) -> impl Iterator<Item = &Self>;

    /// Returns its first child element with a name.
    fn child(&self, name: &str) -> Option<&Self> {
        self.elements().find(|child| child.name() == name)
    }
}

impl UnitElement for Node {
    fn name(&self) -> &str {
        &self.name
    }

    fn attribute(&self, name: &str) -> Option<&str> {
        self.get(name)
    }

    fn elements(&self) -> impl Iterator<Item = &Self> {
        self.nodes()
    }
}

/// Returns the segments that are marked in an element of version 1, at any depth, with their ids.
pub(crate) fn marked_segments<E: UnitElement>(element: &E) -> Vec<(&str, &E)> {
    let mut found = Vec::new();
    for child in element.elements() {
        if child.name() == "mrk" && child.attribute("mtype") == Some("seg") {
            found.push((child.attribute("mid").unwrap_or_default(), child));
        } else if !is_deleted(child) {
            found.extend(marked_segments(child));
        }
    }
    found
}

/// Returns true if an element marks text that was deleted with tracking on, which is not part of the segment any more.
/// For example, SDLXLIFF has `<mrk mtype="x-sdl-deleted">` beside `x-sdl-added`, and `x-sdl-feedback-deleted`.
pub(crate) fn is_deleted<E: UnitElement>(element: &E) -> bool {
    element.name() == "mrk"
        && element.attribute("mtype").is_some_and(|kind| kind.starts_with("x-") && kind.ends_with("deleted"))
}

/// Returns for each marked segment of a source the one of the target. They are paired by id if the ids on both
/// sides are distinct, else by position if there are as many targets as sources.
pub(crate) fn pair_segments<T: Copy>(source: &[(&str, T)], target: &[(&str, T)]) -> Vec<Option<T>> {
    if has_distinct_ids(source) && has_distinct_ids(target) {
        let by_id: FxHashMap<&str, T> = target.iter().copied().collect();
        return source.iter().map(|(id, _)| by_id.get(id).copied()).collect();
    }
    let as_many = source.len() == target.len();
    let mut in_order = target.iter().map(|(_, mark)| *mark).filter(|_| as_many);
    source.iter().map(|_| in_order.next()).collect()
}

/// Returns true if every marked segment has an id and no two have the same.
pub(crate) fn has_distinct_ids<T>(marks: &[(&str, T)]) -> bool {
    let ids: FxHashSet<&str> = marks.iter().map(|(id, _)| *id).filter(|id| !id.is_empty()).collect();
    ids.len() == marks.len()
}

/// Returns the `<segment>` elements of a unit of version 2.
pub(crate) fn segment_elements<E: UnitElement>(unit: &E) -> impl Iterator<Item = &E> {
    unit.elements().filter(|child| child.name() == "segment")
}

/// The `state-qualifier` in version 1 of a target that was filled with a fuzzy match.
pub(crate) const FUZZY_QUALIFIER: &str = "fuzzy-match";

/// The `subState` in version 2 of a segment that we filled with a fuzzy match, which nobody has confirmed.
pub(crate) const FUZZY_SUBSTATE: &str = "dhakira:fuzzy";

/// The `from` attribute of the notes that pretranslation adds. They have terms of a glossary, so they are not notes of
/// the unit, and an import leaves them out.
pub(crate) const OUR_NAME: &str = "dhakira";

/// The attributes that describe the progress of a translation. Those that are missing are empty.
#[derive(Clone, Copy, Debug)]
pub(crate) enum TargetState<'e> {
    /// Of the `<target>` of a unit. In version 1 there is one state for all segments of a unit.
    V1 { state: &'e str, qualifier: &'e str },
    /// Of a `<segment>`.
    V2 { state: &'e str, sub_state: &'e str },
}

impl<'e> TargetState<'e> {
    /// Returns the state of a target of version 1.
    pub(crate) fn of_target<E: UnitElement>(target: Option<&'e E>) -> Self {
        let state = target.and_then(|target| target.attribute("state")).unwrap_or_default();
        let qualifier = target.and_then(|target| target.attribute("state-qualifier")).unwrap_or_default();
        Self::V1 { state, qualifier }
    }

    /// Returns the state of a segment of version 2.
    pub(crate) fn of_segment<E: UnitElement>(segment: &'e E) -> Self {
        let state = segment.attribute("state").unwrap_or_default();
        Self::V2 { state, sub_state: segment.attribute("subState").unwrap_or_default() }
    }

    /// Returns the `state` attribute.
    pub(crate) fn name(self) -> &'e str {
        match self {
            Self::V1 { state, .. } | Self::V2 { state, .. } => state,
        }
    }

    /// Returns true if the state means that the segment is still to be translated.
    pub(crate) fn is_undone(self) -> bool {
        ReviewMarks::of_xliff_state(self.name()).progress == Progress::NotDone
    }

    /// Returns true if the target was filled with a fuzzy match. Somebody may have edited it since, so pretranslation
    /// also compares it with the matches in the unit.
    pub(crate) fn is_fuzzy_fill(self) -> bool {
        match self {
            Self::V1 { qualifier, .. } => qualifier == FUZZY_QUALIFIER,
            Self::V2 { sub_state, .. } => self.is_undone() && sub_state == FUZZY_SUBSTATE,
        }
    }

    /// Returns the state and its qualifier as marks.
    pub(crate) fn marks(self) -> ReviewMarks {
        let state = self.name();
        if self.is_fuzzy_fill() && state.starts_with("needs-review") {
            // Nobody has touched the translation of a similar segment since it was filled in.
            return Progress::NotDone.into();
        }
        ReviewMarks::of_xliff_state(state).and(ReviewMarks::of_xliff_qualifier(self.qualifier(), state))
    }

    /// Returns the `state-qualifier`, or the `subState` without the prefix of its tool.
    pub(crate) fn qualifier(self) -> &'e str {
        match self {
            Self::V1 { qualifier, .. } => qualifier,
            Self::V2 { sub_state, .. } => sub_state.rsplit(':').next().unwrap_or_default(),
        }
    }
}
