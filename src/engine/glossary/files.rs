//! Imports a file into a glossary, and exports a glossary as a file.

use std::io::{Read, Write};

use rustc_hash::FxHashSet;

use crate::{
    caller::Caller,
    engine::{
        access::Right,
        change::{CollectionRef, NewCollection, PutConceptsReport},
        core::Engine,
        memory::{ImportReport, ImportTally, read_fault},
        state::ConceptMap,
    },
    fault::Fault,
    interchange::{
        ConceptFormat, FileConcept, GlossaryHead, Problem, WriteLosses, read_concepts, write_concepts,
    },
    name::Name,
    term::ConceptDraft,
};

/// The result of an export of a glossary or a memory.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ExportReport {
    /// The number of concepts or units written.
    pub written: u64,
    /// What the file lacks, because the format has no place for it.
    pub losses: WriteLosses,
}

impl Engine {
    /// Imports a file of terms as one change: all of it becomes visible at once, or nothing. Bad
    /// concepts are refused and reported. With `dry_run` nothing is stored, and the report has the
    /// counts that a real import would have.
    ///
    /// # Errors
    /// `SAME_LANGUAGE`, `UNKNOWN_GLOSSARY`, those of the store, and the reason why the file cannot
    /// be read ([`crate::interchange::ReadError::reason`], field `chunk`).
    pub fn import_concepts(
        &self,
        caller: &Caller,
        glossary: &Name,
        create: Option<NewCollection>,
        format: ConceptFormat,
        bytes: impl Read,
        dry_run: bool,
    ) -> Result<ImportReport, Fault> {
        if let Some(new) = &create {
            self.checker().collection(&new.source_locale, &new.target_locale, &new.description)?;
        }
        let catalog = self.collections(caller, Right::Write);
        let (source, target) = match (catalog.glossary(glossary), &create) {
            (Ok(view), _) => (&view.info.source_locale, &view.info.target_locale),
            (Err(_), Some(new)) => (&new.source_locale, &new.target_locale),
            (Err(unknown), None) => return Err(unknown),
        };
        let file = read_concepts(format, bytes, source, target).map_err(|e| read_fault(&e))?;
        let mut problems = file.problems;
        let mut concepts = Vec::with_capacity(file.concepts.len());
        let present = catalog.glossary(glossary).ok();
        let stored = present.map(|view| &view.concepts);
        for FileConcept { position: place, mut draft, former_id } in file.concepts {
            // A concept imported by an earlier version keeps its id, because it would be
            // stored twice otherwise.
            if stored.is_some_and(|s| s.by_id(&draft.id).is_none() && s.by_id(&former_id).is_some()) {
                draft.id = former_id;
            }
            match self.checker().concept(&draft, source) {
                Ok(()) => concepts.push(draft),
                Err(bad) => {
                    let message = format!("{}: {}", bad.field, bad.message);
                    problems.push(Problem::refused(&place, bad.reason, message));
                }
            }
        }
        let put = if dry_run {
            predict_put(stored, &concepts)
        } else {
            let number = present.map(|view| view.number);
            let glossary = CollectionRef { number, name: glossary.clone() };
            self.put_checked_concepts(caller, glossary, create.map(Into::into), concepts)?
        };
        problems.sort_by_key(|p| p.position.line);
        let mut report = ImportReport {
            read: file.entries_read,
            refused: problems.iter().filter(|p| p.refused).count() as u64,
            tally: ImportTally {
                stored: put.stored.into(),
                updated: put.updated.into(),
                unchanged: put.unchanged.into(),
                replaced: 0,
            },
            ..ImportReport::default()
        };
        for problem in problems {
            report.add_problem(problem, self.limits.problems);
        }
        Ok(report)
    }

    /// Writes a glossary to a file, as it was after one commit.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`; `NOT_WRITABLE` with the error of `out`.
    pub fn export_concepts(
        &self,
        caller: &Caller,
        glossary: &Name,
        format: ConceptFormat,
        out: &mut dyn Write,
    ) -> Result<ExportReport, Fault> {
        let view = self.glossary_view(caller, glossary, Right::Read)?;
        let head = GlossaryHead {
            name: view.info.name.as_str(),
            description: &view.info.description,
            source: &view.info.source_locale,
            target: &view.info.target_locale,
        };
        let concepts = view.concepts.after(None).map(|concept| &concept.content);
        let losses = write_concepts(format, out, &head, concepts)
            .map_err(|e| Fault::invalid("", "NOT_WRITABLE", e.to_string()))?;
        Ok(ExportReport { written: view.concepts.len() as u64 - losses.left_out, losses })
    }
}

/// Returns the report that putting concepts would have.
fn predict_put(stored: Option<&ConceptMap>, concepts: &[ConceptDraft]) -> PutConceptsReport {
    let mut report = PutConceptsReport::default();
    let mut seen = FxHashSet::default();
    for concept in concepts {
        // A file may contain the same concept twice.
        let repeated = !seen.insert(concept.id.as_str());
        match stored.and_then(|stored| stored.by_id(&concept.id)) {
            Some(old) if old.content == *concept => report.unchanged += 1,
            _ if repeated => report.unchanged += 1,
            Some(_) => report.updated += 1,
            None => report.stored += 1,
        }
    }
    report
}
