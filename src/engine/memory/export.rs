//! A memory as a file: as it was at one moment, while writes go on.

use std::io::Write;

use crate::{
    caller::Caller,
    engine::{catalog::MemoryView, core::Engine, glossary::ExportReport, search::Filter},
    fault::Fault,
    interchange::{MemoryHead, UnitFormat, UnitWriter},
    name::Name,
    store::{StoreError, StoredUnit},
    unit::Sequence,
};

impl Engine {
    /// Writes the units of a memory that pass a filter, in the order they were
    /// first stored. What is changed, added or deleted meanwhile is written as it
    /// was when the call came.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, the store's; `CHANGED_MEANWHILE` when the memory was deleted
    /// or an import taken back meanwhile; `NOT_WRITABLE` with what `out` says.
    pub fn export_units(
        &self,
        _caller: &Caller,
        memory: &Name,
        filter: &Filter,
        format: UnitFormat,
        out: &mut dyn Write,
    ) -> Result<ExportReport, Fault> {
        let view = self.catalog.load().memory(memory)?.clone();
        let head =
            MemoryHead { source: view.info.source_locale.clone(), target: view.info.target_locale.clone() };
        let unwritable = |e: std::io::Error| Fault::invalid("", "NOT_WRITABLE", e.to_string());
        let mut writer = UnitWriter::new(format, out, &head).map_err(unwritable)?;
        let mut report = ExportReport::default();
        self.as_it_was(&view, |_, stored| {
            if filter.passes(&stored.content, &stored.stamp) {
                report.written += 1;
                writer.unit(&stored.content).map_err(unwritable)?;
            }
            Ok(())
        })?;
        report.losses = writer.finish().map_err(unwritable)?;
        Ok(report)
    }

    /// Tells each unit that a view of a memory shows, as it was then.
    fn as_it_was(
        &self,
        view: &MemoryView,
        mut tell: impl FnMut(Sequence, StoredUnit) -> Result<(), Fault>,
    ) -> Result<(), Fault> {
        let mut wanted = Vec::with_capacity(view.sources.units());
        view.sources.for_each_unit(|unit| wanted.push(unit.sequence));
        wanted.sort_unstable();
        let former = |sequence| -> Result<Option<StoredUnit>, StoreError> {
            let mut last = None;
            for revision in self.store.unit_history(view.number, sequence) {
                last = Some(revision?).filter(|r| r.stamp.change_id <= view.change_id).or(last);
            }
            Ok(last)
        };
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
                // It was changed or deleted since.
                None => former(sequence)?,
            };
            // Only a memory that was deleted, and an import that was taken back, leave nothing behind.
            let gone =
                || Fault::Changed(format!("memory '{}' lost units while it was exported", view.info.name));
            tell(sequence, unit.ok_or_else(gone)?)?;
        }
        Ok(())
    }
}
