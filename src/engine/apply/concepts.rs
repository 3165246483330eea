//! Putting and deleting concepts.

use std::collections::BTreeSet;

use super::decision::{ChangeMeta, check_same_collection};
use crate::{
    engine::{
        change::{CollectionDraft, CollectionRef, Outcome, PutConceptsReport},
        state::{GlossaryState, WriterState},
    },
    fault::{Fault, Resource},
    store::{Batch, CollectionKind, StoredConcept},
    term::{Concept, ConceptDraft},
};

impl WriterState {
    /// Returns the glossary that a change was proposed for.
    fn glossary_mut(&mut self, glossary: &CollectionRef) -> Result<&mut GlossaryState, Fault> {
        let found = self.glossaries.get_mut(&glossary.name);
        check_same_collection(CollectionKind::Glossary, glossary, found.as_ref().map(|g| g.number))?;
        found.ok_or_else(|| Fault::Unknown { what: Resource::Glossary, name: glossary.name.to_string() })
    }

    /// Puts concepts into a glossary. Creates the glossary first if there is none and `create`
    /// describes it.
    pub(crate) fn put_concepts(
        &mut self,
        glossary: &CollectionRef,
        create: Option<CollectionDraft>,
        concepts: Vec<ConceptDraft>,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let mut report = PutConceptsReport::default();
        let mut glossary = glossary.clone();
        match create {
            Some(new) if !self.glossaries.contains_key(&glossary.name) => {
                let (number, _) = self.create_collection(CollectionKind::Glossary, new, meta, batch)?;
                glossary.number = Some(number);
                report.change_id = meta.change_id;
            }
            // Refused before a number is taken, because a refusal must leave the state as it was.
            _ => self.glossary_mut(&glossary).map(|_| ())?,
        }
        for mut draft in concepts {
            let fresh = self.take_sequence();
            let state = self.glossary_mut(&glossary)?;
            if draft.id.is_empty() {
                draft.id = format!("c{:x}", fresh.0);
            }
            report.ids.push(draft.id.clone());
            let old = state.concepts.by_id(&draft.id).cloned();
            if old.as_ref().is_some_and(|old| old.content == draft) {
                report.unchanged += 1;
                continue;
            }
            let (sequence, revision) =
                old.as_ref().map_or((fresh, 0), |old| (old.sequence, old.stamp.revision));
            if let Some(old) = old {
                let before = StoredConcept { content: old.content.clone(), stamp: old.stamp.clone() };
                batch.put_former_concept(state.number, sequence, &before);
                report.updated += 1;
            } else {
                report.stored += 1;
            }
            let stored = StoredConcept { content: draft, stamp: meta.stamp(revision, 0) };
            batch.put_concept(state.number, sequence, &stored);
            state.add(Concept {
                sequence,
                glossary: glossary.name.clone(),
                content: stored.content,
                stamp: stored.stamp,
            });
        }
        if report.stored + report.updated > 0 {
            report.change_id = meta.change_id;
            self.unpublished.insert((CollectionKind::Glossary, glossary.name.clone()));
        }
        Ok(Outcome::ConceptsPut(report))
    }

    /// Deletes concepts, all or none. Their content is kept as a former revision.
    pub(crate) fn delete_concepts(
        &mut self,
        glossary: &CollectionRef,
        ids: &[String],
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let state = self.glossary_mut(glossary)?;
        let mut concepts = Vec::with_capacity(ids.len());
        // Each id once, even if a change names one twice.
        for id in ids.iter().collect::<BTreeSet<_>>() {
            let unknown = || Fault::Unknown { what: Resource::Concept, name: id.clone() };
            concepts.push(state.concepts.by_id(id).cloned().ok_or_else(unknown)?);
        }
        for concept in &concepts {
            let before = StoredConcept { content: concept.content.clone(), stamp: concept.stamp.clone() };
            batch.put_former_concept(state.number, concept.sequence, &before);
            batch.remove_concept(state.number, concept.sequence);
            state.remove(concept);
        }
        self.unpublished.insert((CollectionKind::Glossary, glossary.name.clone()));
        Ok(Outcome::Removed { count: concepts.len() as u64, change_id: meta.change_id })
    }
}
