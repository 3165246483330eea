//! The use cases, where everything meets. Synchronous; **the engine knows no
//! wire**.
//!
//! Every write is one `change::Change`, applied in the writer's thread by
//! one deterministic function (`apply`). Every read works on what was
//! published after the last commit (`catalog::Catalog`) and on the store.

mod apply;
mod apply_glossary;
mod apply_import;
mod apply_units;
mod catalog;
mod change;
mod check_terms;
mod checkpoint;
mod concepts;
mod deadline;
mod export;
mod filter;
mod glossaries;
mod glossary_files;
mod import;
mod import_file;
mod keeper;
mod lookup;
mod memories;
mod pages;
mod prepared;
mod revert;
mod score;
mod state;
mod suggest_terms;
mod units;
mod validate;

use std::{path::Path, sync::Arc};

use arc_swap::ArcSwap;

pub use catalog::GlossaryStats;
pub use catalog::MemoryStats;
pub use change::{OnSameSource, PutOutcome, PutResult};
pub use check_terms::{CheckRequest, CheckedTerm};
pub use deadline::Deadline;
pub use filter::{Condition, Filter, TimeRange};
pub use glossaries::{PutConceptsReport, RecognizeRequest, RecognizedTerm, TermTarget};
pub use glossary_files::ExportReport;
pub use import::{ImportSession, ImportTally, ImportTarget, Imported, MemoryPair};
pub use import_file::ImportReport;
pub use lookup::{LookupAnswer, LookupBatch, LookupMatch, LookupOptions, MemorySelection};
pub use memories::NewCollection;
pub use pages::{Page, PageRequest};
pub use revert::RevertReport;
pub use score::{Explanation, Pair, explain};
pub use suggest_terms::{SuggestRequest, SuggestedTerm};
pub use validate::Checker;

use crate::{
    clock::Clock,
    fault::Fault,
    limits::Limits,
    store::{OpenReport, Options, Store, StoreError, Writer},
};
use apply::Apply;
use catalog::Catalog;
use change::{Action, Change, Outcome};
use checkpoint::Checkpoint;
use keeper::{Keeper, Keeping};
use state::State;

/// The service without its wire.
pub struct Engine {
    catalog: Arc<ArcSwap<Catalog>>,
    store: Store,
    limits: Limits,
    clock: Box<dyn Clock>,
    /// How far the writing of indexes is.
    keeping: Keeping,
    // Last: dropping it commits what is queued.
    writer: Writer<Apply>,
}

impl Engine {
    /// Opens a store and builds the indexes from it. What a crash left half
    /// done is finished or removed first.
    ///
    /// # Errors
    /// Those of [`Store::open`].
    pub fn open(
        path: &Path,
        options: &Options,
        limits: Limits,
        clock: Box<dyn Clock>,
    ) -> Result<(Self, OpenReport), StoreError> {
        let (store, mut report) = Store::open(path, options)?;
        let checkpoint = Checkpoint::new(store.path());
        let kept = checkpoint.read(&store)?;
        let moment = kept.as_ref().map_or(0, |kept| kept.moment.number);
        let (mut state, read) = State::load(&store, kept)?;
        report.units_read = read;
        let catalog = Arc::new(ArcSwap::from_pointee(state.catalog()));
        let keeper = Keeper::new(checkpoint, options.checkpoint_units, store.clone(), moment);
        let keeping = keeper.keeping();
        let writer = Writer::start(store.clone(), Apply::new(state, Arc::clone(&catalog), keeper))?;
        Ok((Self { catalog, store, limits, clock, keeping, writer }, report))
    }

    /// Returns the limits in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    fn checker(&self) -> Checker<'_> {
        Checker::new(&self.limits)
    }

    fn change(&self, caller: &crate::caller::Caller, action: Action) -> Change {
        Change { caller: caller.name.clone(), at: self.clock.now(), action }
    }

    /// Hands a change to the writer and waits until it is durable.
    fn apply(&self, caller: &crate::caller::Caller, action: Action) -> Result<Outcome, Fault> {
        self.writer.send(self.change(caller, action))?.wait()
    }
}

impl std::fmt::Debug for Engine {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Engine").field("store", &self.store.path()).finish_non_exhaustive()
    }
}

impl From<StoreError> for Fault {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::DiskLow { available, reserve } => Self::DiskLow { available, reserve },
            StoreError::DiskFull => Self::DiskFull,
            StoreError::Broken(_) => Self::WritesStopped,
            StoreError::Stopped => Self::Stopping,
            other => Self::Internal(other.to_string()),
        }
    }
}
