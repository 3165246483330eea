//! **A change is a value**: the caller, the time and the action, complete before it is applied.
//! Applying the same changes in the same order gives the same store; numbers follow from the order.

use crate::{
    access::{NewToken, TokenHash, TokenNumber},
    clock::Timestamp,
    engine::{search::Filter, state::PreparedUnit},
    locale::Locale,
    name::Name,
    store::{CollectionKind, CollectionNumber},
    term::ConceptDraft,
    unit::{UnitDraft, UnitId},
};

/// One write. `U` is a unit: a [`UnitDraft`] in a change that travels, a [`PreparedUnit`] in one
/// that goes to the writer. Folded text does not travel, because it depends on the version of the
/// fold tables.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Change<U> {
    /// The name of the caller.
    pub(crate) caller: String,
    /// When the change was proposed.
    pub(crate) at: Timestamp,
    /// What it does.
    pub(crate) action: Action<U>,
}

/// What a change does.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action<U> {
    /// Creates a memory or glossary.
    CreateCollection {
        /// Memory or glossary.
        kind: CollectionKind,
        /// Its name, languages and description.
        new: CollectionDraft,
    },
    /// Deletes a memory or glossary.
    DeleteCollection {
        /// Memory or glossary.
        kind: CollectionKind,
        /// Which one.
        collection: CollectionRef,
    },
    /// Changes the name or the description of a memory.
    UpdateMemory {
        /// The memory, by its present name.
        memory: CollectionRef,
        /// Its new name.
        new_name: Option<Name>,
        /// Its new description.
        description: Option<String>,
    },
    /// Stores units, all or none.
    PutUnits {
        /// The memory.
        memory: CollectionRef,
        /// The units.
        units: Vec<U>,
        /// What happens to other translations of the same source.
        duplicates: DuplicatePolicy,
        /// The most units that one unit may replace. It is part of the change, because every node
        /// must decide the change in the same way, whatever its own limits are.
        most_replaced: u32,
    },
    /// Replaces the content of a unit.
    ReviseUnit {
        /// The memory.
        memory: CollectionRef,
        /// The unit.
        id: UnitId,
        /// Its new content.
        unit: Box<U>,
        /// Under which condition.
        condition: RevisionCondition,
    },
    /// Deletes units, all or none.
    DeleteUnits {
        /// The memory.
        memory: CollectionRef,
        /// The units.
        ids: Vec<UnitId>,
    },
    /// Deletes all units that pass a filter when the change is applied.
    DeleteMatchingUnits {
        /// The memory.
        memory: CollectionRef,
        /// The filter.
        filter: Filter,
    },
    /// Stores concepts, all or none.
    PutConcepts {
        /// The glossary.
        glossary: CollectionRef,
        /// Creates the glossary if there is none.
        create: Option<CollectionDraft>,
        /// The concepts.
        concepts: Vec<ConceptDraft>,
        /// The file, if they are imported.
        import: Option<ConceptImport>,
    },
    /// Reverts an import of concepts.
    RevertConcepts {
        /// The glossary.
        glossary: CollectionRef,
        /// The number of the import.
        import: u64,
    },
    /// Deletes concepts, all or none.
    DeleteConcepts {
        /// The glossary.
        glossary: CollectionRef,
        /// The ids of the concepts.
        ids: Vec<String>,
    },
    /// Begins an import.
    BeginImport {
        /// The memory.
        memory: CollectionRef,
        /// Creates the memory if there is none.
        create: Option<CollectionDraft>,
        /// Refuses the import if the memory exists.
        only_new: bool,
        /// What happens to the units that the memory has.
        policy: ImportPolicy,
        /// The name of the file.
        file_name: String,
    },
    /// Adds units to a pending import.
    ImportUnits {
        /// The import.
        import: u64,
        /// The units.
        units: Vec<U>,
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
    /// Reverts a complete import.
    RevertImport {
        /// The memory that it went to.
        memory: CollectionRef,
        /// The import.
        import: u64,
    },
    /// Makes a token.
    CreateToken(Box<TokenDraft>),
    /// Revokes a token.
    RevokeToken {
        /// Which one.
        number: TokenNumber,
    },
    /// Notes the day on which a token was used.
    NoteTokenUse {
        /// Which one.
        number: TokenNumber,
        /// The beginning of the day.
        day: Timestamp,
    },
}

/// A token to be made. Its secret does not travel.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TokenDraft {
    /// What was requested.
    pub(crate) new: NewToken,
    /// The hash of its secret.
    pub(crate) hash: TokenHash,
    /// The most valid tokens. It is part of the change, as [`Action::PutUnits`] has it.
    pub(crate) most_valid: u32,
}

/// A memory or glossary as the proposer of a change saw it. The number distinguishes it from a later
/// collection of the same name, for which the change was not checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CollectionRef {
    /// Its number; `None` if there was no collection of this name.
    pub(crate) number: Option<CollectionNumber>,
    /// Its name.
    pub(crate) name: Name,
}

/// A memory or glossary to be created.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CollectionDraft {
    /// Its name.
    pub(crate) name: Name,
    /// Source locale.
    pub(crate) source_locale: Locale,
    /// Target locale.
    pub(crate) target_locale: Locale,
    /// Description, or empty.
    pub(crate) description: String,
}

/// What happens to stored units that have the source and context of a new unit, but another target.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum DuplicatePolicy {
    /// All translations are kept side by side.
    #[default]
    KeepAll,
    /// The new unit replaces them.
    Replace,
    /// They stay, and the new unit is not stored.
    Skip,
}

/// What an import does to the units that the memory has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct ImportPolicy {
    /// What happens to other translations of the same source.
    pub(crate) duplicates: DuplicatePolicy,
    /// Whether the unit that has an external id of the file is updated although its source is another one.
    pub(crate) update_by_id: bool,
    /// The most units that one unit may replace, as for [`Action::PutUnits`].
    pub(crate) most_replaced: u32,
}

/// The file that concepts come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ConceptImport {
    /// The name of the file.
    pub(crate) file_name: String,
    /// Whether the concept that has an id of the file is updated although they have no term in common.
    pub(crate) update_by_id: bool,
}

/// Under which condition a unit is revised.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct RevisionCondition {
    /// The revision that must be the present one, if given.
    pub(crate) expected: Option<u32>,
    /// Whether a deleted unit may be revised, which undeletes it.
    pub(crate) undelete: bool,
}

/// A request for a new memory or glossary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCollection {
    /// Its name.
    pub name: Name,
    /// The source locale.
    pub source_locale: Locale,
    /// The target locale.
    pub target_locale: Locale,
    /// Description, or empty.
    pub description: String,
}

impl Change<UnitDraft> {
    /// Folds the units, as the writer needs them.
    pub(crate) fn prepared(self) -> Change<PreparedUnit> {
        self.map_units(PreparedUnit::new)
    }
}

impl<U> Change<U> {
    /// Converts every unit of the change.
    pub(crate) fn map_units<V>(self, mut convert: impl FnMut(U) -> V) -> Change<V> {
        let Self { caller, at, action } = self;
        let action = match action {
            Action::PutUnits { memory, units, duplicates, most_replaced } => {
                let units = units.into_iter().map(convert).collect();
                Action::PutUnits { memory, units, duplicates, most_replaced }
            }
            Action::ReviseUnit { memory, id, unit, condition } => {
                Action::ReviseUnit { memory, id, unit: Box::new(convert(*unit)), condition }
            }
            Action::ImportUnits { import, units } => {
                Action::ImportUnits { import, units: units.into_iter().map(convert).collect() }
            }
            Action::CreateCollection { kind, new } => Action::CreateCollection { kind, new },
            Action::DeleteCollection { kind, collection } => Action::DeleteCollection { kind, collection },
            Action::UpdateMemory { memory, new_name, description } => {
                Action::UpdateMemory { memory, new_name, description }
            }
            Action::DeleteUnits { memory, ids } => Action::DeleteUnits { memory, ids },
            Action::DeleteMatchingUnits { memory, filter } => Action::DeleteMatchingUnits { memory, filter },
            Action::PutConcepts { glossary, create, concepts, import } => {
                Action::PutConcepts { glossary, create, concepts, import }
            }
            Action::RevertConcepts { glossary, import } => Action::RevertConcepts { glossary, import },
            Action::DeleteConcepts { glossary, ids } => Action::DeleteConcepts { glossary, ids },
            Action::BeginImport { memory, create, only_new, policy, file_name } => {
                Action::BeginImport { memory, create, only_new, policy, file_name }
            }
            Action::CompleteImport { import } => Action::CompleteImport { import },
            Action::AbortImport { import } => Action::AbortImport { import },
            Action::RevertImport { memory, import } => Action::RevertImport { memory, import },
            Action::CreateToken(draft) => Action::CreateToken(draft),
            Action::RevokeToken { number } => Action::RevokeToken { number },
            Action::NoteTokenUse { number, day } => Action::NoteTokenUse { number, day },
        };
        Change { caller, at, action }
    }
}

impl<U> Action<U> {
    /// Returns whether the action is accepted on a disk that is nearly full, because it frees space, or because
    /// it must not wait: a token that fell into wrong hands.
    pub(crate) fn frees_space(&self) -> bool {
        matches!(
            self,
            Self::AbortImport { .. }
                | Self::DeleteCollection { .. }
                | Self::DeleteUnits { .. }
                | Self::DeleteMatchingUnits { .. }
                | Self::DeleteConcepts { .. }
                | Self::RevokeToken { .. }
        )
    }
}

impl NewCollection {
    /// Requests a collection from Arabic to English.
    #[must_use]
    pub fn arabic_to_english(name: Name) -> Self {
        Self {
            name,
            source_locale: Locale::arabic(),
            target_locale: Locale::english(),
            description: String::new(),
        }
    }
}

impl From<NewCollection> for CollectionDraft {
    fn from(new: NewCollection) -> Self {
        let NewCollection { name, source_locale, target_locale, description } = new;
        Self { name, source_locale, target_locale, description }
    }
}
