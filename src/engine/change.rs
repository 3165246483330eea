//! **A change is a value**: what to do, who asked and when, complete before it
//! is applied. Applying the same changes in the same order gives the same
//! store; numbers follow from the order.

use super::prepared::PreparedUnit;
use crate::{
    clock::Timestamp, locale::Locale, name::Name, store::CollectionKind, term::ConceptDraft, unit::UnitId,
};

/// One write.
#[derive(Debug)]
pub(super) struct Change {
    /// Who asked.
    pub(super) caller: String,
    /// When.
    pub(super) at: Timestamp,
    /// What.
    pub(super) action: Action,
}

/// What a change does.
#[derive(Debug)]
pub(super) enum Action {
    /// Makes a memory or glossary.
    CreateCollection {
        /// Which of the two.
        kind: CollectionKind,
        /// What it is.
        new: CollectionDraft,
    },
    /// Deletes a memory or glossary.
    DeleteCollection {
        /// Which of the two.
        kind: CollectionKind,
        /// Its name.
        name: Name,
    },
    /// Stores units, all or none.
    PutUnits {
        /// The memory.
        memory: Name,
        /// The units.
        units: Vec<PreparedUnit>,
        /// What becomes of other translations.
        on_same_source: OnSameSource,
    },
    /// Changes a memory's name or description.
    UpdateMemory {
        /// Its present name.
        name: Name,
        /// Its new name.
        new_name: Option<Name>,
        /// Its new description.
        description: Option<String>,
    },
    /// Replaces what a unit says.
    ReviseUnit {
        /// The memory.
        memory: Name,
        /// The unit.
        id: UnitId,
        /// What it shall say.
        unit: Box<PreparedUnit>,
        /// The revision that must be the present one.
        expected: Option<u32>,
        /// Brings a deleted unit back.
        revive: bool,
    },
    /// Deletes units, all or none.
    DeleteUnits {
        /// The memory.
        memory: Name,
        /// The units.
        ids: Vec<UnitId>,
        /// Units that are gone already are passed over.
        gone_is_fine: bool,
    },
    /// Stores concepts, all or none.
    PutConcepts {
        /// The glossary.
        glossary: Name,
        /// Makes it if it is absent.
        create: Option<CollectionDraft>,
        /// The concepts.
        concepts: Vec<ConceptDraft>,
    },
    /// Deletes concepts, all or none.
    DeleteConcepts {
        /// The glossary.
        glossary: Name,
        /// Their ids.
        ids: Vec<String>,
    },
    /// Begins an import.
    BeginImport {
        /// The memory; made when `create` is given and it is absent.
        memory: Name,
        /// What to make.
        create: Option<CollectionDraft>,
        /// The memory must not be there.
        only_new: bool,
        /// What becomes of other translations.
        on_same_source: OnSameSource,
        /// The file's name.
        file_name: String,
    },
    /// Brings units to a pending import.
    ImportUnits {
        /// The import.
        import: u64,
        /// The units.
        units: Vec<PreparedUnit>,
    },
    /// Makes a pending import visible.
    CompleteImport {
        /// The import.
        import: u64,
    },
    /// Removes a pending import.
    AbortImport {
        /// The import.
        import: u64,
    },
    /// Takes a complete import back.
    RevertImport {
        /// The memory that it went to.
        memory: Name,
        /// The import.
        import: u64,
    },
}

/// A memory or glossary to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CollectionDraft {
    /// Its name.
    pub(super) name: Name,
    /// Source locale.
    pub(super) source_locale: Locale,
    /// Target locale.
    pub(super) target_locale: Locale,
    /// What it is for.
    pub(super) description: String,
}

/// What happens to stored units with the source and context of a new one.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum OnSameSource {
    /// Translations stand side by side.
    #[default]
    KeepAll,
    /// The new one replaces them.
    Replace,
    /// They stay, and the new one is not stored.
    Skip,
}

/// What a change did.
#[derive(Debug)]
pub(super) enum Outcome {
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
    Concepts(super::glossaries::PutConceptsReport),
    /// An import was taken back.
    Reverted(super::revert::RevertReport),
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
pub(super) struct Overtaken {
    /// The unit.
    pub(super) id: UnitId,
    /// The import would have deleted it.
    pub(super) deletes: bool,
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
    pub(super) fn unchanged(sequence: crate::unit::Sequence) -> Self {
        let outcome = PutOutcome::Unchanged;
        Self { id: UnitId(sequence), outcome, replaced: Vec::new(), id_taken: false, brought_back: false }
    }
}
