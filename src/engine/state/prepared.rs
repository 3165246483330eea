//! What is derived from a unit before it goes to the writer.

use xxhash_rust::xxh3::Xxh3;

use crate::{
    locale::Locale,
    segment::Segment,
    text::folded,
    unit::{Context, Provenance, UnitDraft, Variant},
};

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

/// Fingerprints what makes a unit itself: source, target and context. Equal identities have
/// equal fingerprints; the reverse is checked on the texts.
///
/// Checkpoints hold these fingerprints, so the hash is a specified one (xxh3): one that changed
/// with a library would make stored units look new.
#[must_use]
pub(crate) fn identity(draft: &UnitDraft) -> u16 {
    let UnitDraft { source, target, context, .. } = draft;
    let texts = [Some(&source.segment.text), Some(&target.segment.text)];
    let places = [context.previous.as_ref(), context.following.as_ref(), context.id.as_ref()];
    let mut hasher = Xxh3::new();
    for part in texts.into_iter().chain(places) {
        // The length comes first, because "ab" and "c" are not "a" and "bc". Nothing is no text.
        let length = part.map_or(u64::MAX, |text| text.len() as u64);
        hasher.update(&length.to_le_bytes());
        hasher.update(part.map_or(&[], |text| text.as_bytes()));
    }
    let [.., low, high] = hasher.digest().to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// Returns the fingerprint of a fixed unit. A checkpoint holds it in its header, so that one
/// made with another hash is not used.
#[must_use]
pub(crate) fn identity_of_fixed_unit() -> u16 {
    let side = |locale, text| Variant {
        locale,
        segment: Segment::plain(text),
        properties: Vec::new(),
        notes: Vec::new(),
    };
    identity(&UnitDraft {
        source: side(Locale::arabic(), "ذاكرة"),
        target: side(Locale::english(), "memory"),
        context: Context { previous: Some(String::new()), following: None, id: Some("1".to_owned()) },
        external_id: String::new(),
        provenance: Provenance::default(),
        properties: Vec::new(),
        notes: Vec::new(),
    })
}

#[cfg(test)]
mod tests {
    use super::identity_of_fixed_unit;

    /// Checkpoints on disk hold fingerprints: another number here makes all of them useless.
    #[test]
    fn the_hash_of_units_is_fixed() {
        assert_eq!(identity_of_fixed_unit(), 39063);
    }
}
