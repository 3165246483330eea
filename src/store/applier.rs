//! What the writer's thread needs of the code that decides changes.

use super::{batch::Batch, cleanup::Cleanup, error::StoreError, read::Store};

/// Applies changes one after another on the writer's thread. No other code changes the state
/// that the indexes are part of.
pub trait Applier: Send + 'static {
    /// A change to apply.
    type Change: Send + 'static;
    /// The result of a change that was applied.
    type Outcome: Send + 'static;
    /// Why a change was refused.
    type Fault: From<StoreError> + Send + 'static;

    /// Applies a change to the state and adds its records to the batch. If the change is
    /// refused, the state and the batch must stay as they were.
    ///
    /// # Errors
    /// [`Refusal::Decided`] refuses this change. With [`Refusal::Store`] the whole group of changes
    /// fails.
    fn apply(
        &mut self,
        change: Self::Change,
        batch: &mut Batch,
    ) -> Result<Applied<Self::Outcome>, Refusal<Self::Fault>>;

    /// Returns whether a change has to wait until a job has ended. Later changes may go before it.
    fn must_wait(&self, change: &Self::Change) -> bool;

    /// Returns whether a job is under way: a change that is applied in steps.
    fn has_job(&self) -> bool;

    /// Does the next step of a job. Returns the job if it has ended.
    ///
    /// # Errors
    /// The store failed. The whole group of changes fails then.
    fn step(&mut self, batch: &mut Batch) -> Result<Option<EndedJob<Self::Outcome>>, StoreError>;

    /// Adds the applier's own records to the batch. The writer calls it when it starts, before
    /// every commit, and when it stops; only in the call at the stop `last` is true.
    fn before_commit(&mut self, batch: &mut Batch, last: bool);

    /// Called after a commit: everything applied so far is durable, and readers may see it.
    fn committed(&mut self);

    /// Called after a group failed: nothing applied since the last commit was written, so the
    /// state must be read from the store again.
    fn aborted(&mut self, store: &Store);

    /// Returns the next thing that has to be removed after the committed changes. The writer removes
    /// it in steps between the groups.
    fn next_cleanup(&mut self) -> NextCleanup;

    /// Waits for work that was started after the last commit and that may leave something to be
    /// cleaned up. Called once, when the writer stops.
    fn finish(&mut self);
}

/// What applying a change did.
#[derive(Debug)]
pub enum Applied<O> {
    /// It is applied.
    Done(O),
    /// It is applied in steps, as the job with this number.
    Started(u64),
}

/// A job that has ended.
#[derive(Debug)]
pub struct EndedJob<O> {
    /// Its number.
    pub number: u64,
    /// What it did.
    pub outcome: O,
}

/// What is to be removed next.
#[derive(Debug, PartialEq, Eq)]
pub enum NextCleanup {
    /// This.
    Now(Cleanup),
    /// Something that readers may still need. The writer asks again soon.
    Later,
    /// Nothing.
    None,
}

/// Why a change was not applied.
#[derive(Debug)]
pub enum Refusal<F> {
    /// The applier decided so. Nothing was changed.
    Decided(F),
    /// The store failed while the change was decided.
    Store(StoreError),
}

impl<F> From<StoreError> for Refusal<F> {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}
