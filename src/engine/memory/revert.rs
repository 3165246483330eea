//! The reverting of imports.

use crate::{
    caller::Caller,
    engine::{
        access::Right,
        change::{Action, Outcome, RevertReport},
        core::Engine,
    },
    fault::Fault,
    name::Name,
};

impl Engine {
    /// Reverts a complete import, as one change. Units that were changed since stay as they are.
    /// `apply/revert.rs` has the rules for several imports.
    ///
    /// # Errors
    /// `UNKNOWN_MEMORY`, `UNKNOWN_IMPORT`, or those of the store.
    pub fn revert_import(&self, caller: &Caller, memory: &Name, import: u64) -> Result<RevertReport, Fault> {
        let memory = self.memory_view(caller, memory, Right::Write)?.collection_ref();
        match self.apply(caller, Action::RevertImport { memory, import })? {
            Outcome::ImportReverted(report) => Ok(report),
            other => Err(Fault::Internal(format!("reverting an import returned {other:?}"))),
        }
    }
}
