//! Exports a memory to a file, as it was after one commit, while writes go on.

use std::io::Write;

use crate::{
    caller::Caller,
    engine::{access::Right, catalog::MemoryView, core::Engine, glossary::ExportReport, search::Filter},
    fault::Fault,
    interchange::{MemoryHead, UnitFormat, UnitWriter},
    name::Name,
    store::{StoreError, StoredUnit},
    unit::Sequence,
};

impl Engine {
    /// Writes the units of a memory that pass a filter, in the order in which they were first
    /// stored. Every unit is written as it was when the call began, even if it is changed or
    /// deleted meanwhile; units that are added meanwhile are not written.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, those of the store, `CHANGED_MEANWHILE` if the memory is deleted or an
    /// import reverted meanwhile, `NOT_WRITABLE` with the error of `out`.
    pub fn export_units(
        &self,
        caller: &Caller,
        memory: &Name,
        filter: &Filter,
        format: UnitFormat,
        out: &mut dyn Write,
    ) -> Result<ExportReport, Fault> {
        let view = self.memory_view(caller, memory, Right::Read)?;
        let head =
            MemoryHead { source: view.info.source_locale.clone(), target: view.info.target_locale.clone() };
        let mut writer = UnitWriter::new(format, out, &head).map_err(|e| write_fault(&e))?;
        let mut report = ExportReport::default();
        self.for_each_unit_of_view(&view, |_, stored| {
            if filter.passes(&stored.content, &stored.stamp) {
                report.written += 1;
                writer.write_unit(&stored.content).map_err(|e| write_fault(&e))?;
            }
            Ok(())
        })?;
        report.losses = writer.finish().map_err(|e| write_fault(&e))?;
        Ok(report)
    }

    /// Calls `visit` with each unit that is visible in a view of a memory, as it was at that time.
    fn for_each_unit_of_view(
        &self,
        view: &MemoryView,
        mut visit: impl FnMut(Sequence, StoredUnit) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut wanted = Vec::with_capacity(view.sources.units());
        view.sources.for_each_unit(|unit| wanted.push(unit.sequence));
        wanted.sort_unstable();
        let mut present = self.store.units(view.number, None).peekable();
        for sequence in wanted {
            while let Some(Ok((before, _))) = present.peek()
                && *before < sequence
            {
                present.next();
            }
            let here = match present.peek() {
                Some(Ok((found, _))) if *found > sequence => None,
                None => None,
                Some(_) => present.next().transpose()?.map(|(_, unit)| unit),
            };
            let unit = match here.filter(|unit| unit.stamp.change_id <= view.change_id) {
                Some(unit) => Some(unit),
                // The unit was changed or deleted since.
                None => self.former_revision(view, sequence)?,
            };
            // Only deleting the memory and reverting an import remove units without a former revision.
            let unit = unit.ok_or_else(|| {
                Fault::Conflict(format!("memory '{}' lost units while it was exported", view.info.name))
            })?;
            visit(sequence, unit)?;
        }
        Ok(())
    }

    /// Returns the former revision of a unit that is visible in a view of its memory.
    fn former_revision(
        &self,
        view: &MemoryView,
        sequence: Sequence,
    ) -> Result<Option<StoredUnit>, StoreError> {
        let mut last = None;
        for revision in self.store.unit_history(view.number, sequence) {
            last = Some(revision?).filter(|r| r.stamp.change_id <= view.change_id).or(last);
        }
        Ok(last)
    }
}

fn write_fault(error: &std::io::Error) -> Fault {
    Fault::invalid("", "NOT_WRITABLE", error.to_string())
}
