//! Imports a whole file into a memory.

use std::io::Read;

use super::import::{ImportSession, ImportTally, ImportTarget};
use crate::{
    caller::Caller,
    engine::core::Engine,
    fault::{Fault, Violation},
    interchange::{FilePosition, Languages, Problem, ReadError, UnitFormat, UnitReader},
};

/// The report of an import into a memory, or into a glossary, where the units are concepts.
/// `read + split = stored + updated + unchanged + refused`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ImportReport {
    /// The number of the import; 0 for an import into a glossary.
    pub import_id: u64,
    /// The number of units in the file, refused ones included.
    pub read: u64,
    /// The number of additional units: a unit of the file with several target variants becomes
    /// several units.
    pub split: u64,
    /// The number of units that were refused.
    pub refused: u64,
    /// What happened to the other units.
    pub tally: ImportTally,
    /// The first problems, sorted by line.
    pub problems: Vec<Problem>,
    /// The number of all problems.
    pub problem_count: u64,
}

impl ImportReport {
    pub(crate) fn add_problem(&mut self, problem: Problem, most: usize) {
        self.problem_count += 1;
        if self.problems.len() < most {
            self.problems.push(problem);
        }
    }

    /// Counts a unit or concept that a check refused, and adds the problem.
    pub(crate) fn refuse(&mut self, position: &FilePosition, violation: Violation, most: usize) {
        let reason = violation.reason;
        self.refused += 1;
        self.add_problem(Problem::refused(position, reason, Fault::from(violation).to_string()), most);
    }
}

impl Engine {
    /// Imports a file, unit by unit. Bad units are refused and reported. After each unit, calls
    /// `progress` with the number of units that were read so far.
    ///
    /// # Errors
    /// Those of [`Engine::begin_import`] and [`ImportSession::complete`], and the reason why the
    /// file cannot be read ([`ReadError::reason`], field `chunk`). Nothing of the import stays then.
    pub fn import_file(
        &self,
        caller: &Caller,
        target: ImportTarget,
        format: UnitFormat,
        bytes: impl Read,
        progress: &mut dyn FnMut(u64),
    ) -> Result<ImportReport, Fault> {
        let (renamed, file_name) = (target.renamed_locales.clone(), target.file_name.clone());
        let mut session = self.begin_import(caller, target)?;
        let mut report = ImportReport::default();
        let pair = session.locales().clone();
        let languages = Languages { source: pair.source, target: pair.target, renamed };
        let reader = UnitReader::of_file(&file_name, format, bytes, &languages);
        let mut reader = reader.map_err(|e| read_fault(&e))?;
        while let Some(unit) = reader.next_unit().map_err(|e| read_fault(&e))? {
            report.read += 1;
            // A unit of several translations may be refused in part.
            let parts = unit.problems.iter().filter(|p| p.refused).count() as u64;
            let refused = if unit.drafts.is_empty() { 1 } else { parts };
            report.split += (unit.drafts.len() as u64 + refused).saturating_sub(1);
            report.refused += refused;
            for problem in unit.problems {
                report.add_problem(problem, self.limits().problems);
            }
            for draft in unit.drafts {
                if let Err(violation) = session.push(&unit.position, draft)? {
                    report.refuse(&unit.position, violation, self.limits().problems);
                }
            }
            progress(report.read);
        }
        self.complete_session(session, report)
    }

    fn complete_session(
        &self,
        session: ImportSession<'_>,
        mut report: ImportReport,
    ) -> Result<ImportReport, Fault> {
        let (imported, remarks) = session.complete()?;
        report.import_id = imported.import_id;
        report.tally = imported.tally;
        report.refused += imported.refused;
        report.problem_count += imported.remark_count - remarks.len() as u64;
        for remark in remarks {
            report.add_problem(remark, self.limits().problems);
        }
        report.problems.sort_by_key(|p| p.position.line);
        Ok(report)
    }
}

pub(crate) fn read_fault(error: &ReadError) -> Fault {
    Fault::invalid("chunk", error.reason(), error.to_string())
}
