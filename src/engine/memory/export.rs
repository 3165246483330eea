//! Exports a memory to a file, as it was after one commit, while writes go on.

use std::io::Write;

use crate::{
    caller::Caller,
    engine::{
        access::Right,
        audit::AuditEntry,
        catalog::MemoryView,
        core::Engine,
        glossary::ExportReport,
        search::{Deadline, Filter},
    },
    fault::Fault,
    interchange::{MemoryHead, UnitFormat, UnitWriter},
    name::Name,
};

impl Engine {
    /// Writes the units of a memory that pass a filter, in the order in which they were first
    /// stored. Every unit is written as it was when the call began, even if it is changed or
    /// deleted meanwhile; units that are added meanwhile are not written.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, those of the store, `DEADLINE_PASSED`, `NOT_WRITABLE` with the error of `out`.
    pub fn export_units(
        &self,
        caller: &Caller,
        memory: &Name,
        filter: &Filter,
        format: UnitFormat,
        out: &mut dyn Write,
        deadline: &Deadline,
    ) -> Result<ExportReport, Fault> {
        let view = self.memory_view(caller, memory, Right::Read)?;
        let written = self.write_units(&view, filter, format, out, deadline);
        let entry = AuditEntry::new("export", Some(("memory", memory.to_string())));
        self.audit(caller, &entry, &written);
        written
    }

    fn write_units(
        &self,
        view: &MemoryView,
        filter: &Filter,
        format: UnitFormat,
        out: &mut dyn Write,
        deadline: &Deadline,
    ) -> Result<ExportReport, Fault> {
        let head =
            MemoryHead { source: view.info.source_locale.clone(), target: view.info.target_locale.clone() };
        let mut writer = UnitWriter::new(format, out, &head).map_err(|e| write_fault(&e))?;
        let mut report = ExportReport::default();
        for found in self.units_in_view(view, None) {
            deadline.check()?;
            let (_, stored) = found?;
            if filter.passes(&stored.content, &stored.stamp) {
                report.written += 1;
                writer.write_unit(&stored.content).map_err(|e| write_fault(&e))?;
            }
        }
        report.losses = writer.finish().map_err(|e| write_fault(&e))?;
        Ok(report)
    }
}

fn write_fault(error: &std::io::Error) -> Fault {
    Fault::invalid("", "NOT_WRITABLE", error.to_string())
}
