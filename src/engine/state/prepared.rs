//! Folds and fingerprints units before they go to the writer.

use xxhash_rust::xxh3::Xxh3;

use crate::{
    locale::Locale,
    segment::Segment,
    text::folded,
    unit::{Context, Provenance, UnitDraft, Variant},
};

/// A checked unit with its folded texts and its fingerprints.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PreparedUnit {
    /// The unit.
    pub(crate) draft: UnitDraft,
    /// The folded source, which is the unit's row in the index of sources.
    pub(crate) folded_source: String,
    /// The folded target, which is the unit's row in the index of targets. A unit with an empty one
    /// is not in that index.
    pub(crate) folded_target: String,
    /// What the indexes know of its texts and context.
    pub(crate) fingerprints: Fingerprints,
}

/// The fingerprints of a unit. Two units with the same texts have the same fingerprints. The
/// reverse does not hold, so equal fingerprints are followed by a comparison of the texts.
///
/// Each index holds one of them beside the unit, because they answer different questions. For
/// example, of 200,000 translations of one source only a new one of the same target must be read
/// from the store to find a duplicate; and of 200,000 units whose sources fold to the same text
/// only those with the same source and context are read to be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Fingerprints {
    /// The fingerprint of source and context, in the index of sources.
    pub(crate) source: u16,
    /// The fingerprint of source, target and context, in the index of targets.
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
        Self { folded_source, folded_target, fingerprints: Fingerprints::of(&draft), draft }
    }
}

impl Fingerprints {
    /// Computes the fingerprints of a unit.
    ///
    /// Checkpoints hold them. The hash is therefore a specified one (xxh3), because a hash that
    /// changed with a library would make stored units look new.
    #[must_use]
    pub(crate) fn of(draft: &UnitDraft) -> Self {
        let UnitDraft { source, target, context, .. } = draft;
        let source_and_context = [
            Some(&source.segment.text),
            context.previous.as_ref(),
            context.following.as_ref(),
            context.id.as_ref(),
        ];
        let mut hasher = Xxh3::new();
        source_and_context.into_iter().for_each(|part| add_part(&mut hasher, part));
        let source = highest_bits(&hasher);
        add_part(&mut hasher, Some(&target.segment.text));
        Self { source, identity: highest_bits(&hasher) }
    }
}

fn add_part(hasher: &mut Xxh3, part: Option<&String>) {
    // The length comes first, because "ab" and "c" must differ from "a" and "bc". An absent part
    // differs from an empty one.
    let length = part.map_or(u64::MAX, |text| text.len() as u64);
    hasher.update(&length.to_le_bytes());
    hasher.update(part.map_or(&[], |text| text.as_bytes()));
}

fn highest_bits(hasher: &Xxh3) -> u16 {
    let [.., low, high] = hasher.digest().to_le_bytes();
    u16::from_le_bytes([low, high])
}

/// Returns the fingerprints of a fixed unit as one number. The header of a checkpoint holds it, so
/// that a checkpoint made with other fingerprints is not used.
#[must_use]
pub(crate) fn fingerprints_of_fixed_unit() -> u32 {
    let Fingerprints { source, identity } = Fingerprints::of(&UnitDraft {
        source: plain_variant(Locale::arabic(), "ذاكرة"),
        target: plain_variant(Locale::english(), "memory"),
        context: Context { previous: Some(String::new()), following: None, id: Some("1".to_owned()) },
        external_id: String::new(),
        provenance: Provenance::default(),
        properties: Vec::new(),
        notes: Vec::new(),
    });
    u32::from(source) << 16 | u32::from(identity)
}

fn plain_variant(locale: Locale, text: &str) -> Variant {
    Variant { locale, segment: Segment::plain(text), properties: Vec::new(), notes: Vec::new() }
}

#[cfg(test)]
mod tests {
    use super::{Fingerprints, fingerprints_of_fixed_unit, plain_variant};
    use crate::{locale::Locale, unit::UnitDraft};

    /// If this number changes, every checkpoint on disk becomes useless.
    #[test]
    fn the_hash_of_units_is_fixed() {
        assert_eq!(fingerprints_of_fixed_unit(), 4_172_461_736);
    }

    #[test]
    fn the_fingerprint_of_a_source_ignores_the_target_and_no_other_part() {
        let unit = |source: &str, target: &str, previous: Option<&str>| {
            let mut unit = UnitDraft::new(
                plain_variant(Locale::arabic(), source),
                plain_variant(Locale::english(), target),
            );
            unit.context.previous = previous.map(str::to_owned);
            Fingerprints::of(&unit)
        };
        let first = unit("نعم", "yes", None);
        let other_target = unit("نعم", "yeah", None);
        assert_eq!(first.source, other_target.source);
        assert_ne!(first.identity, other_target.identity);
        for other in [unit("نعمْ", "yes", None), unit("نعم", "yes", Some(""))] {
            assert_ne!(first.source, other.source);
            assert_ne!(first.identity, other.identity);
        }
    }
}
