//! The outcome of a change that was applied.

use std::fmt;

use crate::{
    access::Token,
    fault::Violation,
    locale::Locale,
    store::StoredUnit,
    unit::{CollectionInfo, MemoryStats, Sequence, UnitId},
};

/// The outcome of a change that was applied.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The change has no result of its own.
    Done,
    /// A memory or glossary was created.
    Created(CollectionInfo),
    /// A token was made or revoked.
    Token(Box<Token>),
    /// A memory was changed.
    MemoryUpdated(MemoryStats),
    /// A unit was revised, or it had this content already.
    UnitRevised(Box<StoredUnit>),
    /// Entries were removed.
    Removed {
        /// How many.
        count: u64,
        /// Number of the change.
        change_id: u64,
    },
    /// Units were put.
    UnitsPut {
        /// One result a unit, in order.
        results: Vec<PutResult>,
        /// Number of the change; 0 if nothing changed.
        change_id: u64,
    },
    /// Units were added to a pending import.
    UnitsImported {
        /// One result a unit, in order.
        results: Vec<Result<PutResult, TooManyReplaced>>,
    },
    /// Concepts were put.
    ConceptsPut(PutConceptsReport),
    /// An import was reverted.
    ImportReverted(RevertReport),
    /// An import of concepts was reverted.
    ConceptsReverted(ConceptRevertReport),
    /// An import has begun.
    ImportBegun {
        /// Its number.
        import: u64,
        /// The memory's source locale.
        source_locale: Locale,
        /// The memory's target locale.
        target_locale: Locale,
    },
    /// An import is complete.
    ImportCompleted {
        /// New units of the import that others had put meanwhile, too.
        unchanged: u64,
        /// Units that others had put meanwhile and that the import replaced.
        replaced: u64,
        /// Visible units that others changed meanwhile. They keep the content of the others.
        conflicts: Vec<ImportConflict>,
        /// The memory as it is now.
        memory: MemoryStats,
    },
}

/// A change of an import that was not applied, because others changed the unit first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImportConflict {
    /// The unit.
    pub(crate) id: UnitId,
    /// Whether the import would have deleted it.
    pub(crate) deletes: bool,
}

/// What a put did to one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PutOutcome {
    /// The unit was new.
    Stored,
    /// A new revision was written.
    Updated,
    /// An equal unit was stored already.
    Unchanged,
}

/// The unit that has the external id that an import gave to another one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IdTaken {
    /// An earlier unit of the same file.
    InFile,
    /// A unit of the memory with another source.
    InMemory,
}

/// The result of putting one unit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PutResult {
    /// The unit.
    pub id: UnitId,
    /// What was done.
    pub outcome: PutOutcome,
    /// The units that it replaced.
    pub replaced: Vec<UnitId>,
    /// Which unit has its external id, if it was stored without it.
    pub id_taken: Option<IdTaken>,
    /// Whether the import had staged the unit's deletion, which is now withdrawn.
    pub undeleted: bool,
}

/// The reason why a unit was refused: it would replace more units of its source and context than one
/// unit may.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct TooManyReplaced {
    /// How many it may replace.
    pub(crate) most: u32,
}

impl TooManyReplaced {
    /// The stable reason.
    pub(crate) const REASON: &'static str = "TOO_MANY_REPLACED";

    /// Returns the violation for the unit at this position of a call.
    pub(crate) fn of_unit(self, n: usize) -> Violation {
        Violation::new(format!("units[{n}]"), Self::REASON, self.to_string())
    }
}

impl fmt::Display for TooManyReplaced {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "more than {} other units have this source and context, so they are not replaced: delete them by a filter first",
            self.most
        )
    }
}

impl PutResult {
    /// Returns the result for a unit that is stored already.
    pub(crate) fn unchanged(sequence: Sequence) -> Self {
        let outcome = PutOutcome::Unchanged;
        Self { id: UnitId(sequence), outcome, replaced: Vec::new(), id_taken: None, undeleted: false }
    }
}

/// The result of reverting an import.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RevertReport {
    /// Units that the import had added and that are deleted now.
    pub removed: u64,
    /// Units that have the content they had before the import, changed and replaced ones alike.
    pub restored: u64,
    /// Units that are not as they were before the import, because others changed or replaced them
    /// since, or because a duplicate exists by now.
    pub conflicts: Vec<UnitId>,
    /// Number of the change.
    pub change_id: u64,
}

/// The result of putting concepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PutConceptsReport {
    /// The concepts' ids, in order.
    pub ids: Vec<String>,
    /// New concepts.
    pub stored: u32,
    /// New revisions.
    pub updated: u32,
    /// Concepts that were stored already, equal in everything.
    pub unchanged: u32,
    /// Number of the change; 0 if nothing changed.
    pub change_id: u64,
    /// Number of the import; 0 if they were not imported, or nothing changed.
    pub import_id: u64,
    /// The positions of the new concepts that got another id, because a concept with other terms has theirs.
    pub ids_taken: Vec<usize>,
}

/// The result of reverting an import of concepts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ConceptRevertReport {
    /// Concepts that the import had added and that are deleted now.
    pub removed: u64,
    /// Concepts that have the content they had before the import.
    pub restored: u64,
    /// The ids of concepts that were changed since, or whose former revision is gone. They are as they were.
    pub overtaken: Vec<String>,
    /// Number of the change.
    pub change_id: u64,
}
