//! **A change is a value**: what to do, who asked and when, complete before it
//! is applied. Applying the same changes in the same order gives the same
//! store; numbers follow from the order.

use crate::{
    clock::Timestamp, engine::state::PreparedUnit, locale::Locale, name::Name, store::CollectionKind,
    term::ConceptDraft, unit::UnitId,
};

/// One write.
#[derive(Debug)]
pub(crate) struct Change {
    /// Who asked.
    pub(crate) caller: String,
    /// When.
    pub(crate) at: Timestamp,
    /// What.
    pub(crate) action: Action,
}

/// What a change does.
#[derive(Debug)]
pub(crate) enum Action {
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
pub(crate) struct CollectionDraft {
    /// Its name.
    pub(crate) name: Name,
    /// Source locale.
    pub(crate) source_locale: Locale,
    /// Target locale.
    pub(crate) target_locale: Locale,
    /// What it is for.
    pub(crate) description: String,
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

/// What a revision of a unit asks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Revision {
    /// The revision that must be the present one.
    pub(crate) expected: Option<u32>,
    /// Brings a deleted unit back.
    pub(crate) revive: bool,
}

/// A memory or glossary that is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewCollection {
    /// Its name.
    pub name: Name,
    /// The source locale.
    pub source_locale: Locale,
    /// The target locale.
    pub target_locale: Locale,
    /// What it is for, or empty.
    pub description: String,
}

impl NewCollection {
    /// Asks for Arabic to English.
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
