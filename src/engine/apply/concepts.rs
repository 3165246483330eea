//! Putting and deleting concepts, and reverting an import of concepts.
//!
//! Concepts are named by their ids. In an import, an id names a stored concept only if the two have a term in
//! common, because termbases number their concepts from 1. Otherwise the concept gets the next free id:
//! `c1#2` for `c1`. The next import of its file finds it there, by its terms.

use std::collections::BTreeSet;

use super::decision::{ChangeMeta, Decision, check_same_collection};
use crate::{
    engine::{
        change::{
            CollectionDraft, CollectionRef, ConceptImport, ConceptRevertReport, Outcome, PutConceptsReport,
        },
        state::{GlossaryState, WriterState},
    },
    fault::{Fault, Resource},
    store::{Batch, CollectionKind, CollectionNumber, ImportEntry, ImportState, StoreError, StoredConcept},
    term::{Concept, ConceptDraft},
    unit::{Sequence, Stamp},
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
        import: Option<ConceptImport>,
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
        let first_sequence = Sequence(self.applied.next_sequence);
        let import_id = if import.is_some() { self.applied.next_import } else { 0 };
        for (n, mut draft) in concepts.into_iter().enumerate() {
            let fresh = self.take_sequence();
            let state = self.glossary_mut(&glossary)?;
            if draft.id.is_empty() {
                draft.id = format!("c{:x}", fresh.0);
            }
            if import.as_ref().is_some_and(|import| !import.update_by_id)
                && state.concepts.settle_id(&mut draft)
            {
                report.ids_taken.push(n);
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
            state.write_concept(sequence, draft, meta.stamp(revision, import_id), batch);
        }
        if report.stored + report.updated > 0 {
            report.change_id = meta.change_id;
            if let Some(import) = import {
                report.import_id = import_id;
                self.applied.next_import += 1;
                let number = self.glossary_mut(&glossary)?.number;
                batch.put_import(&ImportEntry {
                    number: import_id,
                    memory: number,
                    kind: CollectionKind::Glossary,
                    state: ImportState::Complete,
                    first_sequence,
                    replaces: false,
                    skips: false,
                    file_name: import.file_name,
                    stamp: meta.stamp(0, import_id),
                    job: None,
                    published_up_to: Sequence(0),
                });
            }
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

    /// Reverts an import of concepts. A concept then has the content of the newest import or other change that
    /// has not been reverted; if there is none, it is deleted. Concepts that were changed since stay.
    pub(crate) fn revert_concepts(
        &mut self,
        glossary: &CollectionRef,
        import: u64,
        meta: ChangeMeta<'_>,
        batch: &mut Batch,
    ) -> Decision<Outcome> {
        let state = self.glossary_mut(glossary)?;
        let number = state.number;
        let is_active = |entry: &ImportEntry| {
            entry.is_into(CollectionKind::Glossary, number) && entry.state == ImportState::Complete
        };
        let Some(entry) = batch.import(import)?.filter(is_active) else {
            return Err(Fault::Unknown { what: Resource::Import, name: import.to_string() }.into());
        };
        batch.put_import(&ImportEntry { state: ImportState::Reverted, ..entry });
        let mut report = ConceptRevertReport { change_id: meta.change_id, ..Default::default() };
        let concepts: Vec<_> = state.concepts.after(None).cloned().collect();
        for concept in concepts {
            match ConceptReversion::of(&concept, import, number, batch)? {
                ConceptReversion::Untouched => {}
                ConceptReversion::Overtaken => report.overtaken.push(concept.content.id.clone()),
                ConceptReversion::Added => {
                    batch.put_former_concept(number, concept.sequence, &stored(&concept));
                    batch.remove_concept(number, concept.sequence);
                    state.remove(&concept);
                    report.removed += 1;
                }
                ConceptReversion::Changed(former) => {
                    batch.put_former_concept(number, concept.sequence, &stored(&concept));
                    // The import that made the former content is named, so that it can be reverted, too.
                    let stamp = meta.stamp(concept.stamp.revision, former.stamp.import_id);
                    state.write_concept(concept.sequence, former.content, stamp, batch);
                    report.restored += 1;
                }
            }
        }
        self.unpublished.insert((CollectionKind::Glossary, glossary.name.clone()));
        Ok(Outcome::ConceptsReverted(report))
    }
}

impl GlossaryState {
    fn write_concept(&mut self, sequence: Sequence, content: ConceptDraft, stamp: Stamp, batch: &mut Batch) {
        let stored = StoredConcept { content, stamp };
        batch.put_concept(self.number, sequence, &stored);
        let glossary = self.info.name.clone();
        self.add(Concept { sequence, glossary, content: stored.content, stamp: stored.stamp });
    }
}

fn stored(concept: &Concept) -> StoredConcept {
    StoredConcept { content: concept.content.clone(), stamp: concept.stamp.clone() }
}

/// What reverting an import does to a concept.
enum ConceptReversion {
    /// The import has nothing to do with it.
    Untouched,
    /// It was changed after the import, or the revision before the import is gone.
    Overtaken,
    /// The import added it.
    Added,
    /// It gets this former content.
    Changed(Box<StoredConcept>),
}

impl ConceptReversion {
    fn of(
        concept: &Concept,
        import: u64,
        glossary: CollectionNumber,
        batch: &Batch,
    ) -> Result<Self, StoreError> {
        let is_present = concept.stamp.import_id == import;
        for revision in (1..concept.stamp.revision).rev() {
            let Some(former) = batch.former_concept(glossary, concept.sequence, revision)? else {
                // Retention removed it and those before.
                return Ok(if is_present { Self::Overtaken } else { Self::Untouched });
            };
            let made_by = former.stamp.import_id;
            if !is_present {
                if made_by == import {
                    return Ok(Self::Overtaken);
                }
                continue;
            }
            let is_reverted = made_by == import
                || made_by != 0
                    && batch.import(made_by)?.is_some_and(|entry| entry.state == ImportState::Reverted);
            if !is_reverted {
                return Ok(Self::Changed(Box::new(former)));
            }
        }
        Ok(if is_present { Self::Added } else { Self::Untouched })
    }
}
