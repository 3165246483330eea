//! An import taken back: what it brought goes, what it changed or replaced is as it was.
//!
//! Imports are taken back in any order. What counts of a unit is **the last revision that
//! nobody took back**; without one, the unit goes. A unit that would be back, had a later
//! import not replaced it, too, or that another says the same as, is left to the import
//! to blame: an undo of it is written there.

use crate::{
    caller::Caller,
    engine::{
        change::{Action, Outcome, RevertReport},
        core::Engine,
    },
    fault::Fault,
    name::Name,
    store::StoreError,
};

impl Engine {
    /// Takes a complete import back, as one change. Units that were changed since
    /// stay as they are.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_IMPORT`, or the store's.
    pub fn revert_import(&self, caller: &Caller, memory: &Name, import: u64) -> Result<RevertReport, Fault> {
        match self.apply(caller, Action::RevertImport { memory: memory.clone(), import })? {
            Outcome::Reverted(report) => {
                // Acknowledged already: what a failing disk leaves is removed at the next open.
                if let Err(cause) = self.remove_reverted(import) {
                    tracing::error!(%cause, import, "the units of a reverted import are not removed yet");
                }
                Ok(report)
            }
            other => Err(Fault::Internal(format!("taking an import back told {other:?}"))),
        }
    }

    fn remove_reverted(&self, import: u64) -> Result<(), StoreError> {
        let discarded = self.store.discarded_imports()?;
        discarded.iter().filter(|i| i.number == import).try_for_each(|i| self.store.discard_import(i))
    }
}
