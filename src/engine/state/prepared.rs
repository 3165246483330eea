//! What is derived from a unit before it goes to the writer.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::{text::folded, unit::UnitDraft};

/// A checked unit with its folded source and identity.
#[derive(Clone, Debug)]
pub(crate) struct PreparedUnit {
    /// The unit.
    pub(crate) draft: UnitDraft,
    /// Its folded source: its row in the index.
    pub(crate) folded: String,
    /// Its folded target: its row in the index of targets; may be empty.
    pub(crate) folded_target: String,
    /// Fingerprint of source, target and context.
    pub(crate) identity: u16,
}

impl PreparedUnit {
    /// Folds and fingerprints a unit.
    #[must_use]
    pub(crate) fn new(draft: UnitDraft) -> Self {
        Self {
            folded: folded(&draft.source.segment.text),
            folded_target: folded(&draft.target.segment.text),
            identity: identity(&draft),
            draft,
        }
    }
}

/// Fingerprints what makes a unit itself. Equal identities have equal
/// fingerprints; the reverse is checked on the texts.
#[must_use]
pub(crate) fn identity(draft: &UnitDraft) -> u16 {
    let mut hasher = FxHasher::default();
    draft.source.segment.text.hash(&mut hasher);
    draft.target.segment.text.hash(&mut hasher);
    draft.context.hash(&mut hasher);
    // The upper bits are the best mixed.
    u16::try_from(hasher.finish() >> 48).unwrap_or(0)
}
