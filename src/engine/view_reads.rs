//! Reading the units of a memory as they were in one view of it.
//!
//! **Every read is of one published change.** A view names the units that are visible in it, and the
//! store has each of them as it was at that change: either it is unchanged since, or the change that
//! replaced or deleted it has written it as a former revision, in the same batch. What a
//! writer has applied but not published is therefore never seen, and while a translation is
//! corrected, a read finds either the old or the new one.

use super::{catalog::MemoryView, core::Engine};
use crate::{
    fault::Fault,
    store::StoredUnit,
    unit::{Sequence, Stamp},
};

impl MemoryView {
    /// Returns whether the change that made a revision is visible in this view.
    fn has_seen(&self, stamp: &Stamp) -> bool {
        stamp.change_id <= self.change_id
    }

    /// Returns the fault for a unit that the view names and the store no longer has. The contents of
    /// deleted memories and of reverted imports stay until all views that name them are gone, so this
    /// is a defect.
    fn lost_unit(&self, sequence: Sequence) -> Fault {
        Fault::Internal(format!("memory '{}' has lost its unit {}", self.info.name, sequence.0))
    }
}

impl Engine {
    /// Returns a unit as it was in a view, or `None` if it was not visible in it.
    pub(crate) fn unit_in_view(
        &self,
        view: &MemoryView,
        sequence: Sequence,
    ) -> Result<Option<StoredUnit>, Fault> {
        if !view.sequences.contains(sequence) {
            return Ok(None);
        }
        match self.store.unit(view.number, sequence)? {
            Some(unit) if view.has_seen(&unit.stamp) => Ok(Some(unit)),
            _ => self.former_unit_in_view(view, sequence).map(Some),
        }
    }

    /// Returns a unit of a view that was changed or deleted since: its last former revision whose change
    /// is visible in the view.
    fn former_unit_in_view(&self, view: &MemoryView, sequence: Sequence) -> Result<StoredUnit, Fault> {
        let mut former = self.store.unit_history(view.number, sequence).rev();
        let seen = former.find(|unit| unit.as_ref().map_or(true, |unit| view.has_seen(&unit.stamp)));
        seen.transpose()?.ok_or_else(|| view.lost_unit(sequence))
    }

    /// Reads the units of a view in the order in which they were first stored. Starts after a sequence,
    /// or with the first unit if there is none.
    pub(crate) fn units_in_view<'e>(
        &'e self,
        view: &'e MemoryView,
        after: Option<Sequence>,
    ) -> impl Iterator<Item = Result<(Sequence, StoredUnit), Fault>> + 'e {
        // One scan is faster than a read for each unit.
        let mut stored = self.store.units(view.number, after).peekable();
        view.sequences.after(after).map(move |sequence| {
            while stored.next_if(|found| found.as_ref().is_ok_and(|(s, _)| *s < sequence)).is_some() {}
            let here = stored.next_if(|found| found.as_ref().map_or(true, |(s, _)| *s == sequence));
            let unit = match here.transpose()? {
                Some((_, unit)) if view.has_seen(&unit.stamp) => unit,
                _ => self.former_unit_in_view(view, sequence)?,
            };
            Ok((sequence, unit))
        })
    }

    /// Reads the former revisions of a unit that are visible in a view, oldest first. The present one, if
    /// the unit is not deleted, is the last. They are read one by one, because a unit may have many.
    pub(crate) fn revisions_in_view<'e>(
        &'e self,
        view: &'e MemoryView,
        sequence: Sequence,
    ) -> Result<impl Iterator<Item = Result<StoredUnit, Fault>> + 'e, Fault> {
        let present = self.unit_in_view(view, sequence)?;
        let end = present.as_ref().map(|unit| unit.stamp.revision);
        let former = self.store.unit_history(view.number, sequence).filter(move |former| {
            let Ok(StoredUnit { stamp, .. }) = former else { return true };
            view.has_seen(stamp) && end.is_none_or(|end| stamp.revision < end)
        });
        Ok(former.map(|former| Ok(former?)).chain(present.map(Ok)))
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use proptest::prelude::*;

    use crate::{
        clock::Timestamp,
        engine::{
            catalog::Catalog,
            change::{
                Change,
                random_changes::{action, open, steps, visible},
            },
        },
    };

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(12))]

        /// Catalogs are kept while changes go on. Everything that is read through one of them must stay as it
        /// was when it was published.
        #[test]
        fn what_a_view_shows_never_changes(
            steps in prop::collection::vec((steps(), any::<bool>()), 1..30),
        ) {
            let folder = tempfile::tempdir().expect("a folder");
            let engine = open(folder.path(), usize::MAX, 0);
            let mut kept: Vec<(Arc<Catalog>, Vec<String>)> = Vec::new();
            for (step, keep) in &steps {
                if *keep && kept.len() < 3 {
                    kept.push((engine.catalog.load_full(), visible(&engine)));
                }
                let change =
                    Change { caller: "someone".to_owned(), at: Timestamp(0), action: action(&engine, step) };
                // Many of the random changes are refused.
                let _ = engine.writer.send(change.prepared()).expect("a writer").wait();
                let present = engine.catalog.load_full();
                for (catalog, seen) in &kept {
                    engine.catalog.store(Arc::clone(catalog));
                    prop_assert_eq!(&visible(&engine), seen, "after {:?}", step);
                }
                engine.catalog.store(present);
            }
        }
    }
}
