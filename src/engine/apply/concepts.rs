//! Putting concepts.

use super::decision::Maker;
use crate::{
    engine::{
        change::{CollectionDraft, Outcome, PutConceptsReport},
        state::State,
    },
    fault::{Fault, Resource},
    name::Name,
    store::{Batch, CollectionKind, StoredConcept},
    term::{Concept, ConceptDraft},
};

impl State {
    /// Puts concepts into a glossary, which is made first if it is absent and
    /// `create` says what it is.
    pub(crate) fn put_concepts(
        &mut self,
        glossary: &Name,
        create: Option<CollectionDraft>,
        concepts: Vec<ConceptDraft>,
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let mut report = PutConceptsReport::default();
        if let Some(new) = create.filter(|_| !self.glossaries.contains_key(glossary)) {
            self.create(CollectionKind::Glossary, new, maker, batch)?;
            report.change_id = maker.change_id;
        }
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
            let old = state.concepts.by_id(&draft.id).cloned();
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

    /// Deletes concepts, all or none. What they said is kept as a former revision.
    pub(crate) fn delete_concepts(
        &mut self,
        glossary: &Name,
        ids: &[String],
        maker: Maker<'_>,
        batch: &mut Batch,
    ) -> Result<Outcome, Fault> {
        let unknown = || Fault::Unknown { what: Resource::Glossary, name: glossary.to_string() };
        let state = self.glossaries.get_mut(glossary).ok_or_else(unknown)?;
        let find = |id: &String| {
            state
                .concepts
                .by_id(id)
                .cloned()
                .ok_or_else(|| Fault::Unknown { what: Resource::Concept, name: id.clone() })
        };
        let concepts = ids.iter().map(find).collect::<Result<Vec<_>, _>>()?;
        for concept in &concepts {
            let before = StoredConcept { content: concept.content.clone(), stamp: concept.stamp.clone() };
            batch.keep_concept(state.number, concept.sequence, &before);
            batch.remove_concept(state.number, concept.sequence);
            state.remove(concept);
        }
        self.touched.insert((CollectionKind::Glossary, glossary.clone()));
        Ok(Outcome::Removed { count: concepts.len() as u64, change_id: maker.change_id })
    }
}
