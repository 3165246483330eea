//! What is derived from a unit before it goes to the writer.

use std::hash::{Hash, Hasher};

use rustc_hash::FxHasher;

use crate::{text::folded, unit::UnitDraft};

/// A checked unit with its folded source and identity.
#[derive(Clone, Debug)]
pub(super) struct PreparedUnit {
    /// The unit.
    pub(super) draft: UnitDraft,
    /// Its folded source: its row in the index.
    pub(super) folded: String,
    /// Its folded target: its row in the index of targets; may be empty.
    pub(super) folded_target: String,
    /// Fingerprint of source, target and context.
    pub(super) identity: u16,
}

impl PreparedUnit {
    /// Folds and fingerprints a unit.
    #[must_use]
    pub(super) fn new(draft: UnitDraft) -> Self {
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
pub(super) fn identity(draft: &UnitDraft) -> u16 {
    let mut hasher = FxHasher::default();
    draft.source.segment.text.hash(&mut hasher);
    draft.target.segment.text.hash(&mut hasher);
    draft.context.hash(&mut hasher);
    // The upper bits are the best mixed.
    u16::try_from(hasher.finish() >> 48).unwrap_or(0)
}
