//! Putting concepts.

use super::{apply::Maker, change::Outcome, glossaries::PutConceptsReport, state::State};
use crate::{
    fault::{Fault, Resource},
    name::Name,
    store::{Batch, CollectionKind, StoredConcept},
    term::{Concept, ConceptDraft},
};

impl State {
    pub(super) fn put_concepts(
        &mut self,
        glossary: &Name,
        concepts: Vec<ConceptDraft>,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let mut report = PutConceptsReport::default();
        for mut draft in concepts {
            let fresh = self.next_sequence();
            let state = self
                .glossaries
                .get_mut(glossary)
                .ok_or_else(|| Fault::Unknown { what: Resource::Glossary, name: glossary.to_string() })?;
            if draft.id.is_empty() {
                draft.id = format!("c{:x}", fresh.0);
            }
            report.ids.push(draft.id.clone());
            let old = state.by_id.get(draft.id.as_str()).and_then(|s| state.concepts.get(*s)).cloned();
            if old.as_ref().is_some_and(|old| old.content == draft) {
                report.unchanged += 1;
                continue;
            }
            let (sequence, revision) =
                old.as_ref().map_or((fresh, 0), |old| (old.sequence, old.stamp.revision));
            if let Some(old) = old {
                let before = StoredConcept { content: old.content.clone(), stamp: old.stamp.clone() };
                batch.keep_concept(state.number, sequence, &before);
                report.updated += 1;
            } else {
                report.stored += 1;
            }
            let stored = StoredConcept { content: draft, stamp: maker.stamp(revision, 0) };
            batch.put_concept(state.number, sequence, &stored);
            state.add(Concept {
                sequence,
                glossary: glossary.clone(),
                content: stored.content,
                stamp: stored.stamp,
            });
        }
        if report.stored + report.updated > 0 {
            report.change_id = maker.change_id;
            self.touched.insert((CollectionKind::Glossary, glossary.clone()));
        }
        Ok(Outcome::Concepts(report))
    }
}
