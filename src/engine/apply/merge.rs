//! Merges the content of a new unit with that of the stored unit it updates.

use crate::{
    clock::Timestamp,
    unit::{Origin, Property, Provenance, ReviewState, UnitDraft},
};

/// Returns the new draft with its gaps filled from the stored unit.
///
/// If the source differs, only the external id is taken, because the other data belongs to the old text.
/// If only the target differs, neither the provenance nor the data of the target variant is taken.
pub(crate) fn merge_drafts(old: &UnitDraft, new: UnitDraft) -> UnitDraft {
    let mut draft = new;
    if draft.external_id.is_empty() {
        draft.external_id.clone_from(&old.external_id);
    }
    if draft.source.segment != old.source.segment {
        return draft;
    }
    draft.properties = merge_properties(&old.properties, draft.properties);
    draft.notes = merge_notes(&old.notes, draft.notes);
    for (side, before) in [(&mut draft.source, &old.source), (&mut draft.target, &old.target)] {
        if side.segment == before.segment {
            side.properties = merge_properties(&before.properties, std::mem::take(&mut side.properties));
            side.notes = merge_notes(&before.notes, std::mem::take(&mut side.notes));
        }
    }
    if draft.target.segment == old.target.segment {
        draft.provenance = merge_provenance(&old.provenance, draft.provenance);
    }
    draft
}

/// Merges properties. A property is identified by its name and locale, and may have several values. If the
/// new draft has other values of a property, they replace all old ones; the other old properties are kept.
fn merge_properties(old: &[Property], new: Vec<Property>) -> Vec<Property> {
    let mut all: Vec<Property> = old.iter().filter(|p| !has_new_values(p, old, &new)).cloned().collect();
    let kept = all.clone();
    all.extend(new.into_iter().filter(|p| !kept.iter().any(|k| is_same_property(k, p))));
    all
}

fn is_same_property(a: &Property, b: &Property) -> bool {
    a.name == b.name && a.locale == b.locale
}

/// Returns whether the new draft has other values of a property than the old one.
fn has_new_values(property: &Property, old: &[Property], new: &[Property]) -> bool {
    let new_values = sorted_values(new, property);
    !new_values.is_empty() && new_values != sorted_values(old, property)
}

fn sorted_values<'p>(properties: &'p [Property], property: &Property) -> Vec<&'p str> {
    let same = properties.iter().filter(|p| is_same_property(p, property));
    let mut values: Vec<&str> = same.map(|p| p.value.as_str()).collect();
    values.sort_unstable();
    values
}

fn merge_notes(old: &[String], new: Vec<String>) -> Vec<String> {
    let mut all = old.to_vec();
    all.extend(new.into_iter().filter(|note| !old.contains(note)));
    all
}

/// Returns the new provenance with its gaps filled from the old one.
fn merge_provenance(old: &Provenance, new: Provenance) -> Provenance {
    Provenance {
        created_by: merged_text(&old.created_by, new.created_by),
        created_at: merged_time(old.created_at, new.created_at),
        changed_by: merged_text(&old.changed_by, new.changed_by),
        changed_at: merged_time(old.changed_at, new.changed_at),
        origin: if new.origin == Origin::Unknown { old.origin } else { new.origin },
        review: merged_review(old.review, new.review),
        tool: merged_text(&old.tool, new.tool),
        usage_count: new.usage_count.or(old.usage_count),
        last_used_at: merged_time(old.last_used_at, new.last_used_at),
    }
}

/// Returns `Unreviewed` only if both are, because a translation that was confirmed once stays confirmed. For
/// example, a CAT tool fills a confirmed translation into the draft of another document.
fn merged_review(old: ReviewState, new: ReviewState) -> ReviewState {
    if old == new { new } else { ReviewState::Confirmed }
}

fn merged_text(old: &str, new: String) -> String {
    if new.is_empty() { old.to_owned() } else { new }
}

/// Returns the new time, or the old one if there is no new time or if the new time is the old one cut to
/// seconds. For example, TMX has no milliseconds, so the file of an export contains cut times.
fn merged_time(old: Option<Timestamp>, new: Option<Timestamp>) -> Option<Timestamp> {
    old.filter(|old| new.is_none_or(|new| old.0.div_euclid(1_000) * 1_000 == new.0)).or(new)
}

#[cfg(test)]
mod tests {
    use super::merge_drafts;
    use crate::{
        locale::Locale,
        segment::Segment,
        unit::{ReviewState, UnitDraft, Variant},
    };

    fn unit(target: &str, review: ReviewState) -> UnitDraft {
        let source = Variant::new(Locale::arabic(), Segment::plain("نعم"));
        let mut unit = UnitDraft::new(source, Variant::new(Locale::english(), Segment::plain(target)));
        unit.provenance.review = review;
        unit
    }

    #[test]
    fn a_translation_stays_unreviewed_until_somebody_confirms_it() {
        use ReviewState::{Confirmed, Unreviewed};
        for (old, new, merged) in [
            (Unreviewed, Confirmed, Confirmed),
            (Confirmed, Unreviewed, Confirmed),
            (Unreviewed, Unreviewed, Unreviewed),
        ] {
            let merged_unit = merge_drafts(&unit("yes", old), unit("yes", new));
            assert_eq!(merged_unit.provenance.review, merged, "{old:?} {new:?}");
        }
        // Another translation has its own review state.
        let other = merge_drafts(&unit("yes", Confirmed), unit("yep", Unreviewed));
        assert_eq!(other.provenance.review, Unreviewed);
    }
}
