//! Folds and fingerprints units before they go to the writer.

use xxhash_rust::xxh3::Xxh3;

use crate::{
    locale::Locale,
    segment::Segment,
    text::folded,
    unit::{Context, Provenance, UnitDraft, Variant},
};

/// A checked unit with its folded texts and its fingerprint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PreparedUnit {
    /// The unit.
    pub(crate) draft: UnitDraft,
    /// The folded source, which is the unit's row in the index of sources.
    pub(crate) folded_source: String,
    /// The folded target, which is the unit's row in the index of targets. A unit with an empty one
    /// is not in that index.
    pub(crate) folded_target: String,
    /// The fingerprint of source, target and context.
    pub(crate) identity: u16,
}

impl AsRef<UnitDraft> for PreparedUnit {
    fn as_ref(&self) -> &UnitDraft {
        &self.draft
    }
}

impl PreparedUnit {
    /// Folds and fingerprints a unit.
    #[must_use]
    pub(crate) fn new(draft: UnitDraft) -> Self {
        let (source, target) = (folded(&draft.source.segment.text), folded(&draft.target.segment.text));
        Self::from_folded(draft, source, target)
    }

    /// Fingerprints a unit whose sides are folded already.
    #[must_use]
    pub(crate) fn from_folded(draft: UnitDraft, folded_source: String, folded_target: String) -> Self {
        Self { folded_source, folded_target, identity: identity_fingerprint(&draft), draft }
    }
}

/// Returns the fingerprint of a unit's source, target and context. Two units with the same texts
/// have the same fingerprint. The reverse does not hold, so equal fingerprints are followed by a
/// comparison of the texts.
///
/// Checkpoints hold these fingerprints. The hash is therefore a specified one (xxh3), because a
/// hash that changed with a library would make stored units look new.
#[must_use]
pub(crate) fn identity_fingerprint(draft: &UnitDraft) -> u16 {
    let UnitDraft { source, target, context, .. } = draft;
    let texts = [Some(&source.segment.text), Some(&target.segment.text)];
    let context_parts = [context.previous.as_ref(), context.following.as_ref(), context.id.as_ref()];
    let mut hasher = Xxh3::new();
    for part in texts.into_iter().chain(context_parts) {
        // The length comes first, because "ab" and "c" must differ from "a" and "bc". An absent
        // part differs from an empty one.
        let length = part.map_or(u64::MAX, |text| text.len() as u64);
        hasher.update(&length.to_le_bytes());
        hasher.update(part.map_or(&[], |text| text.as_bytes()));
    }
    let [.., low, high] = hasher.digest().to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// Returns the fingerprint of a fixed unit. The header of a checkpoint holds it, so that a
/// checkpoint made with another hash is not used.
#[must_use]
pub(crate) fn fingerprint_of_fixed_unit() -> u16 {
    identity_fingerprint(&UnitDraft {
        source: plain_variant(Locale::arabic(), "ذاكرة"),
        target: plain_variant(Locale::english(), "memory"),
        context: Context { previous: Some(String::new()), following: None, id: Some("1".to_owned()) },
        external_id: String::new(),
        provenance: Provenance::default(),
        properties: Vec::new(),
        notes: Vec::new(),
    })
}

fn plain_variant(locale: Locale, text: &str) -> Variant {
    Variant { locale, segment: Segment::plain(text), properties: Vec::new(), notes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::fingerprint_of_fixed_unit;

    /// If this number changes, every checkpoint on disk becomes useless.
    #[test]
    fn the_hash_of_units_is_fixed() {
        assert_eq!(fingerprint_of_fixed_unit(), 39063);
    }
}
