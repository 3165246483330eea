//! Imports a file into a glossary, and exports a glossary as a file.

use std::{
    cell::Cell,
    io::{Read, Write},
};

use rustc_hash::FxHashSet;

use crate::{
    caller::Caller,
    engine::{
        access::Right,
        audit::AuditEntry,
        catalog::GlossaryView,
        change::{CollectionRef, ConceptImport, NewCollection, PutConceptsReport},
        core::Engine,
        memory::{ImportReport, ImportTally, read_fault},
        search::Deadline,
        state::ConceptMap,
    },
    fault::Fault,
    interchange::{
        ConceptFilePart, ConceptFormat, ConceptReader, FileConcept, GlossaryHead, Problem, WriteLosses,
        write_concepts,
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

/// The glossary that an import goes to, and its options.
#[derive(Clone, Debug)]
pub struct ConceptImportTarget {
    /// The glossary.
    pub glossary: Name,
    /// Creates the glossary if there is none.
    pub create: Option<NewCollection>,
    /// The name of the file.
    pub file_name: String,
    /// Whether a concept of the file updates the concept that has its id although they have no term in
    /// common.
    pub update_by_id: bool,
    /// Whether nothing is stored. The report has the counts that a real import would have.
    pub dry_run: bool,
}

impl ConceptImportTarget {
    /// Returns the options for an import into an existing glossary.
    #[must_use]
    pub fn new(glossary: Name) -> Self {
        Self { glossary, create: None, file_name: String::new(), update_by_id: false, dry_run: false }
    }
}

impl Engine {
    /// Imports a file of terms, entry by entry, as one change: all of it becomes visible at once, or
    /// nothing. Bad entries are refused and reported.
    ///
    /// # Errors
    /// `SAME_LANGUAGE`, `UNKNOWN_GLOSSARY`, those of the store, `TOO_MANY_CONCEPTS` and
    /// `IMPORT_TOO_LARGE` (field `chunk`), and the reason why the file cannot be read
    /// ([`crate::interchange::ReadError::reason`], field `chunk`).
    pub fn import_concepts(
        &self,
        caller: &Caller,
        target: ConceptImportTarget,
        format: ConceptFormat,
        bytes: impl Read,
    ) -> Result<ImportReport, Fault> {
        let ConceptImportTarget { glossary, create, file_name, update_by_id, dry_run } = target;
        if let Some(new) = &create {
            self.checker().collection(&new.source_locale, &new.target_locale, &new.description)?;
        }
        let collections = self.collections(caller, Right::Write)?;
        let may_create = collections.check_new_glossary(&glossary);
        let (present, source, target) = match (collections.glossary(&glossary).cloned(), &create) {
            (Ok(view), _) => {
                let (source, target) = (view.info.source_locale.clone(), view.info.target_locale.clone());
                (Some(view), source, target)
            }
            (Err(Fault::Unknown { .. }), Some(new)) => {
                may_create.clone()?;
                (None, new.source_locale.clone(), new.target_locale.clone())
            }
            (Err(refused), _) => return Err(refused),
        };
        let stored = present.as_ref().map(|view| &view.concepts);
        let mut wanted = if dry_run {
            WantedConcepts::Counted(PutPrediction { update_by_id, ..PutPrediction::default() })
        } else {
            WantedConcepts::Kept(Vec::new())
        };
        let mut report = ImportReport::default();
        // The positions of the wanted concepts, for remarks.
        let mut places = Vec::new();
        let mut bytes_wanted = 0;
        let mut reader = ConceptReader::new(format, bytes, (&source, &target), &self.limits)
            .map_err(|e| read_fault(&e))?;
        while let Some(part) = reader.next_part().map_err(|e| read_fault(&e))? {
            let FileConcept { position: place, draft, former_id, problems } = match part {
                ConceptFilePart::Entry(entry) => *entry,
                ConceptFilePart::Remark(remark) => {
                    report.add_problem(remark, self.limits.problems);
                    continue;
                }
            };
            report.read += 1;
            self.check_import_count(report.read, place.line)?;
            for problem in problems {
                report.add_problem(problem, self.limits.problems);
            }
            let Some(mut draft) = draft else {
                report.refused += 1;
                continue;
            };
            // A concept imported by an earlier version keeps its id, because it would be
            // stored twice otherwise.
            if stored.is_some_and(|s| s.by_id(&draft.id).is_none() && s.by_id(&former_id).is_some()) {
                draft.id = former_id;
            }
            if let Err(bad) = self.checker().concept(&draft, &source) {
                report.refuse(&place, bad, self.limits.problems);
                continue;
            }
            bytes_wanted += draft.memory_bytes();
            self.check_import_bytes(bytes_wanted, place.line)?;
            wanted.add(draft, stored);
            places.push(place);
        }
        let put = match wanted {
            WantedConcepts::Counted(prediction) => prediction.report,
            WantedConcepts::Kept(concepts) => {
                let number = present.as_ref().map(|view| view.number);
                let glossary = CollectionRef { number, name: glossary };
                let import = Some(ConceptImport { file_name, update_by_id });
                // The glossary may be deleted before the change is applied. A caller who may only write must not
                // create it then.
                let create = create.filter(|_| may_create.is_ok()).map(Into::into);
                self.put_checked_concepts(caller, glossary, create, concepts, import)?
            }
        };
        for place in put.ids_taken.iter().filter_map(|n| places.get(*n)) {
            let message = "a concept without a common term has this id: this one is stored beside it, under the \
                           next free id. If its terms were corrected, revert this import and import the file \
                           again, updating by id";
            let remark = Problem::remark(place, "CONCEPT_ID_TAKEN", message);
            report.add_problem(remark, self.limits.problems);
        }
        report.problems.sort_by_key(|problem| problem.position.line);
        report.import_id = put.import_id;
        report.tally = ImportTally {
            stored: put.stored.into(),
            updated: put.updated.into(),
            unchanged: put.unchanged.into(),
            replaced: 0,
            ids_taken: put.ids_taken.len() as u64,
        };
        Ok(report)
    }

    fn check_import_count(&self, entries: u64, line: u64) -> Result<(), Fault> {
        let most = self.limits.import_concepts;
        if entries > most as u64 {
            let message = format!(
                "line {line}: more than {most} entries in one file: split it, and import the parts into several glossaries"
            );
            return Err(Fault::invalid("chunk", "TOO_MANY_CONCEPTS", message));
        }
        Ok(())
    }

    fn check_import_bytes(&self, bytes: usize, line: u64) -> Result<(), Fault> {
        let most = self.limits.import_concept_bytes;
        if bytes > most {
            let message = format!(
                "line {line}: the concepts up to here take more than {most} bytes: split the file, and import the parts into several glossaries"
            );
            return Err(Fault::invalid("chunk", "IMPORT_TOO_LARGE", message));
        }
        Ok(())
    }

    /// Writes a glossary to a file, as it was after one commit.
    ///
    /// # Errors
    /// `UNKNOWN_GLOSSARY`, `DEADLINE_PASSED`; `NOT_WRITABLE` with the error of `out`.
    pub fn export_concepts(
        &self,
        caller: &Caller,
        glossary: &Name,
        format: ConceptFormat,
        out: &mut dyn Write,
        deadline: &Deadline,
    ) -> Result<ExportReport, Fault> {
        let view = self.glossary_view(caller, glossary, Right::Read)?;
        let written = write_glossary(&view, format, out, deadline);
        let entry = AuditEntry::new("export", Some(("glossary", glossary.to_string())));
        self.audit(caller, &entry, &written);
        written
    }
}

fn write_glossary(
    view: &GlossaryView,
    format: ConceptFormat,
    out: &mut dyn Write,
    deadline: &Deadline,
) -> Result<ExportReport, Fault> {
    let head = GlossaryHead {
        name: view.info.name.as_str(),
        description: &view.info.description,
        source: &view.info.source_locale,
        target: &view.info.target_locale,
    };
    let concepts = view.concepts.after(None).map(|concept| &concept.content);
    // The writer of the file takes an iterator and no errors, so the file is only cut short here.
    let passed = Cell::new(false);
    let in_time = concepts.take_while(|_| {
        passed.set(passed.get() || deadline.has_passed());
        !passed.get()
    });
    let losses = write_concepts(format, out, &head, in_time)
        .map_err(|e| Fault::invalid("", "NOT_WRITABLE", e.to_string()))?;
    if passed.get() {
        return Err(Fault::DeadlinePassed);
    }
    Ok(ExportReport { written: view.concepts.len() as u64 - losses.left_out, losses })
}

/// The concepts of a file that are to be stored.
enum WantedConcepts {
    /// They are kept until the end of the file, because they are stored as one change.
    Kept(Vec<ConceptDraft>),
    /// They are counted, because nothing is stored.
    Counted(PutPrediction),
}

impl WantedConcepts {
    fn add(&mut self, concept: ConceptDraft, stored: Option<&ConceptMap>) {
        match self {
            Self::Kept(concepts) => concepts.push(concept),
            Self::Counted(prediction) => prediction.add(concept, stored),
        }
    }
}

/// The report that putting concepts would have.
#[derive(Default)]
struct PutPrediction {
    update_by_id: bool,
    /// How many concepts there were so far.
    count: usize,
    report: PutConceptsReport,
    /// The ids of the concepts so far, because a file may contain the same concept twice.
    seen: FxHashSet<String>,
}

impl PutPrediction {
    fn add(&mut self, mut concept: ConceptDraft, stored: Option<&ConceptMap>) {
        if let Some(stored) = stored.filter(|_| !self.update_by_id)
            && stored.settle_id(&mut concept)
        {
            self.report.ids_taken.push(self.count);
        }
        self.count += 1;
        let old = stored.and_then(|stored| stored.by_id(&concept.id));
        let unchanged = old.is_some_and(|old| old.content == concept);
        let replaces = old.is_some();
        let repeated = !self.seen.insert(concept.id);
        if unchanged || repeated {
            self.report.unchanged += 1;
        } else if replaces {
            self.report.updated += 1;
        } else {
            self.report.stored += 1;
        }
    }
}
