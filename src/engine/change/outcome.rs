//! What a change did.

use crate::{locale::Locale, unit::UnitId};

/// What a change did.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It did what it says.
    Done,
    /// Entries were removed.
    Removed {
        /// How many.
        count: u64,
        /// The change.
        change_id: u64,
    },
    /// Units were put.
    Put {
        /// One result a unit.
        results: Vec<PutResult>,
        /// The change; 0 when nothing changed.
        change_id: u64,
    },
    /// Concepts were put.
    Concepts(PutConceptsReport),
    /// An import was taken back.
    Reverted(RevertReport),
    /// An import has begun.
    Begun {
        /// Its number.
        import: u64,
        /// The memory's source locale.
        source_locale: Locale,
        /// The memory's target locale.
        target_locale: Locale,
    },
    /// An import is complete.
    Completed {
        /// Units that proved to be there by now, put by others meanwhile.
        unchanged: u64,
        /// Visible units that others changed meanwhile: theirs stays.
        overtaken: Vec<Overtaken>,
    },
}

/// A change of an import that was not carried out.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Overtaken {
    /// The unit.
    pub(crate) id: UnitId,
    /// The import would have deleted it.
    pub(crate) deletes: bool,
}

/// What a put did to one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// It was new.
    Stored,
    /// A new revision was written.
    Updated,
    /// It was there just so.
    Unchanged,
}

/// What a put did with one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutResult {
    /// The unit.
    pub id: UnitId,
    /// What was done.
    pub outcome: PutOutcome,
    /// Units that gave way to it.
    pub replaced: Vec<UnitId>,
    /// An import brought its external id before, for another unit: it is
    /// stored without it.
    pub id_taken: bool,
    /// An import was to delete it and brings it after all.
    pub brought_back: bool,
}

impl PutResult {
    /// Tells that a unit is there already.
    pub(crate) fn unchanged(sequence: crate::unit::Sequence) -> Self {
        let outcome = PutOutcome::Unchanged;
        Self { id: UnitId(sequence), outcome, replaced: Vec::new(), id_taken: false, brought_back: false }
    }
}

/// What taking an import back did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevertReport {
    /// Units that it had brought and that are gone.
    pub removed: u64,
    /// Units that are as they were before it: changed ones, and those that gave way.
    pub restored: u64,
    /// Units that are not as they were before it: others changed or replaced them
    /// since, or a unit stands where they stood.
    pub overtaken: Vec<UnitId>,
    /// Number of the change.
    pub change_id: u64,
}

/// What putting concepts did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutConceptsReport {
    /// The concepts' ids, in order.
    pub ids: Vec<String>,
    /// New ones.
    pub stored: u32,
    /// New revisions.
    pub updated: u32,
    /// There just so.
    pub unchanged: u32,
    /// Number of the change; 0 when nothing changed.
    pub change_id: u64,
}
