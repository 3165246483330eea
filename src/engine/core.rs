//! The engine: opening a store, and handing changes to its writer.

use std::{path::Path, sync::Arc};

use arc_swap::ArcSwap;

use super::{
    apply::Apply,
    catalog::Catalog,
    change::{Action, Change, Outcome, survives_codec},
    checkpoint::{Checkpoint, Keeper, Keeping},
    request::Checker,
    state::{PreparedUnit, State},
};
use crate::{
    caller::Caller,
    clock::Clock,
    fault::Fault,
    limits::Limits,
    store::{OpenReport, Options, Store, StoreError, Ticket, Writer},
};

/// The service without its wire.
pub struct Engine {
    pub(super) catalog: Arc<ArcSwap<Catalog>>,
    pub(crate) store: Store,
    pub(crate) limits: Limits,
    clock: Box<dyn Clock>,
    /// How far the writing of indexes is.
    pub(crate) keeping: Keeping,
    // Last: dropping it commits what is queued.
    pub(crate) writer: Writer<Apply>,
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

    pub(crate) fn checker(&self) -> Checker<'_> {
        Checker::new(&self.limits)
    }

    /// Proposes a change: hands it to the writer, unless the disk is nearly full. What depends on
    /// this machine is decided here and not while the change is applied.
    pub(crate) fn propose(
        &self,
        caller: &Caller,
        action: Action<PreparedUnit>,
    ) -> Result<Ticket<Apply>, Fault> {
        if !action.frees_space() {
            self.store.space_left()?;
        }
        let change = Change { caller: caller.name.clone(), at: self.clock.now(), action };
        debug_assert!(survives_codec(&change), "a change must be the same after its travel: {change:?}");
        Ok(self.writer.send(change)?)
    }

    /// Proposes a change and waits until it is durable.
    pub(crate) fn apply(&self, caller: &Caller, action: Action<PreparedUnit>) -> Result<Outcome, Fault> {
        self.propose(caller, action)?.wait()
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
