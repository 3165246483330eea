//! Merges the content of a new unit with that of the stored unit it updates.

use crate::{
    clock::Timestamp,
    unit::{Origin, Property, Provenance, UnitDraft},
};

/// Returns the new draft with what is known of the old one where it says nothing: of
/// another source nothing is, and of another target not who made it and when.
pub(crate) fn merged(old: &UnitDraft, new: UnitDraft) -> UnitDraft {
    let mut draft = new;
    if draft.external_id.is_empty() {
        draft.external_id.clone_from(&old.external_id);
    }
    if draft.source.segment != old.source.segment {
        return draft;
    }
    draft.properties = merged_properties(&old.properties, draft.properties);
    draft.notes = merged_notes(&old.notes, draft.notes);
    for (side, before) in [(&mut draft.source, &old.source), (&mut draft.target, &old.target)] {
        if side.segment == before.segment {
            side.properties = merged_properties(&before.properties, std::mem::take(&mut side.properties));
            side.notes = merged_notes(&before.notes, std::mem::take(&mut side.notes));
        }
    }
    if draft.target.segment == old.target.segment {
        draft.provenance = merged_provenance(&old.provenance, draft.provenance);
    }
    draft
}

/// Returns the old properties with the new values of those that are told anew.
fn merged_properties(old: &[Property], new: Vec<Property>) -> Vec<Property> {
    let alike = |a: &Property, b: &Property| a.name == b.name && a.locale == b.locale;
    let values = |of: &[Property], like: &Property| -> Vec<String> {
        let mut values: Vec<String> = of.iter().filter(|p| alike(p, like)).map(|p| p.value.clone()).collect();
        values.sort_unstable();
        values
    };
    let told_anew = |p: &Property| {
        let values_now = values(&new, p);
        !values_now.is_empty() && values_now != values(old, p)
    };
    let mut all: Vec<Property> = old.iter().filter(|p| !told_anew(p)).cloned().collect();
    let kept = all.clone();
    all.extend(new.into_iter().filter(|p| !kept.iter().any(|k| alike(k, p))));
    all
}

fn merged_notes(old: &[String], new: Vec<String>) -> Vec<String> {
    let mut all = old.to_vec();
    all.extend(new.into_iter().filter(|note| !old.contains(note)));
    all
}

/// Returns the old provenance with what is told anew. A time to the second is that of a file
/// that holds no more of it.
fn merged_provenance(old: &Provenance, new: Provenance) -> Provenance {
    let text = |old: &String, new: String| if new.is_empty() { old.clone() } else { new };
    let time = |old: Option<Timestamp>, new: Option<Timestamp>| {
        let is_same = |old: &Timestamp| new.is_none_or(|new| old.0.div_euclid(1_000) * 1_000 == new.0);
        old.filter(is_same).or(new)
    };
    Provenance {
        created_by: text(&old.created_by, new.created_by),
        created_at: time(old.created_at, new.created_at),
        changed_by: text(&old.changed_by, new.changed_by),
        changed_at: time(old.changed_at, new.changed_at),
        origin: if new.origin == Origin::Unknown { old.origin } else { new.origin },
        tool: text(&old.tool, new.tool),
        usage_count: new.usage_count.or(old.usage_count),
        last_used_at: time(old.last_used_at, new.last_used_at),
    }
}
