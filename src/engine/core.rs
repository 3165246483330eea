//! The engine: opens a store and sends changes to its writer.

use std::{io, path::Path, sync::Arc};

use arc_swap::ArcSwap;

use super::{
    apply::{ChangeApplier, load_state},
    audit::{AuditEntry, AuditLog, Ended},
    catalog::Catalog,
    change::{Action, Change, Outcome, survives_codec},
    checkpoint::{CheckpointFile, CheckpointProgress, CheckpointScheduler},
    request::Checker,
    state::PreparedUnit,
};
use crate::{
    caller::Caller,
    clock::{Clock, Timestamp},
    fault::Fault,
    limits::Limits,
    store::{OpenReport, Store, StoreError, StoreOptions, Ticket, Writer},
};

/// The use cases of the service, without a wire protocol.
pub struct Engine {
    pub(super) catalog: Arc<ArcSwap<Catalog>>,
    pub(crate) store: Store,
    pub(crate) limits: Limits,
    clock: Box<dyn Clock>,
    /// The audit log, if one is kept.
    audit: Option<AuditLog>,
    /// The progress of writing checkpoints.
    pub(crate) checkpoint_progress: CheckpointProgress,
    // The last field, because dropping it commits the queued changes.
    pub(crate) writer: Writer<ChangeApplier>,
}

impl Engine {
    /// Opens a store and builds the indexes from it. Finishes or removes first what a crash left
    /// incomplete.
    ///
    /// # Errors
    /// Those of [`Store::open`].
    pub fn open(
        path: &Path,
        options: &StoreOptions,
        limits: Limits,
        clock: Box<dyn Clock>,
    ) -> Result<(Self, OpenReport), StoreError> {
        let (store, mut report) = Store::open(path, options)?;
        let file = CheckpointFile::new(store.path());
        let checkpoint = file.read(&store)?;
        let mark_on_disk = checkpoint.as_ref().map_or(0, |checkpoint| checkpoint.mark.number);
        let (mut state, units_read) = load_state(&store, checkpoint)?;
        report.units_read = units_read;
        let catalog = Arc::new(ArcSwap::from_pointee(state.build_catalog()));
        let scheduler = CheckpointScheduler::new(file, options.checkpoint_units, store.clone(), mark_on_disk);
        let checkpoint_progress = scheduler.progress();
        let writer = Writer::start(
            store.clone(),
            ChangeApplier::new(state, Arc::clone(&catalog), scheduler, store.clone(), options.retention),
        )?;
        Ok((Self { catalog, store, limits, clock, audit: None, checkpoint_progress, writer }, report))
    }

    /// Keeps an audit log in a folder from now on.
    ///
    /// # Errors
    /// The folder or the file in it cannot be made or written.
    pub fn keep_audit_log(&mut self, folder: &Path) -> io::Result<()> {
        self.audit = Some(AuditLog::open(folder)?);
        Ok(())
    }

    /// Writes to the audit log that a caller was refused: a stranger, or one whose role does not reach.
    pub(crate) fn audit_refusal(&self, caller: Option<&Caller>, fault: &Fault) {
        match (&self.audit, caller, fault) {
            (Some(audit), None, _) => audit.write_stranger(self.now(), fault.reason()),
            (Some(audit), Some(caller), Fault::RoleTooLow { .. } | Fault::NameNotGranted { .. }) => {
                let entry = AuditEntry::new("refused", None);
                audit.write(self.now(), caller, &entry, &Ended::of(&Err::<(), _>(fault.clone())));
            }
            _ => {}
        }
    }

    /// Writes to the audit log how something ended that is not a change.
    pub(crate) fn audit<T>(&self, caller: &Caller, entry: &AuditEntry, result: &Result<T, Fault>) {
        if let Some(audit) = &self.audit {
            audit.write(self.now(), caller, entry, &Ended::of(result));
        }
    }

    /// Returns the limits in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Waits until no checkpoint is being written. A checkpoint that a change makes due is being
    /// written when the change is acknowledged.
    pub fn wait_for_checkpoint(&self) {
        self.checkpoint_progress.wait_until_written();
    }

    /// Returns the present time.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    pub(crate) fn checker(&self) -> Checker<'_> {
        Checker::new(&self.limits)
    }

    /// Proposes a change: sends it to the writer, unless the disk is nearly full. Everything that
    /// depends on this machine is decided here, because applying a change must give the same result on
    /// every node.
    pub(crate) fn propose(
        &self,
        caller: &Caller,
        action: Action<PreparedUnit>,
    ) -> Result<Ticket<ChangeApplier>, Fault> {
        if !action.frees_space() {
            self.store.check_space()?;
        }
        let change = Change { caller: caller.name().to_owned(), at: self.now(), action };
        debug_assert!(
            survives_codec(&change),
            "a change must be the same after it was encoded and decoded: {change:?}"
        );
        Ok(self.writer.send(change)?)
    }

    /// Proposes a change and waits until it is durable.
    pub(crate) fn apply(&self, caller: &Caller, action: Action<PreparedUnit>) -> Result<Outcome, Fault> {
        let entry = self.audit.as_ref().and_then(|audit| Some((audit, AuditEntry::of(&action)?)));
        let result = self.propose(caller, action).and_then(Ticket::wait);
        if let Some((audit, entry)) = entry {
            audit.write(self.now(), caller, &entry, &Ended::of_change(&result));
        }
        result
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
            StoreError::Broken(_) | StoreError::Blobs(_) | StoreError::Replaced(_) => Self::WritesStopped,
            StoreError::Damaged { cause, .. } => Self::Damaged(cause),
            StoreError::Record { key, cause } => {
                Self::Damaged(format!("the record at key {key} cannot be read: {cause}"))
            }
            StoreError::NoRoomToRewrite { available, needed, .. } => {
                Self::DiskLow { available, reserve: needed }
            }
            StoreError::CompactionRunning => {
                Self::Conflict("the store is being compacted already".to_owned())
            }
            StoreError::VerificationRunning => {
                Self::Conflict("the store is being verified already".to_owned())
            }
            StoreError::GivenUp => Self::DeadlinePassed,
            StoreError::Stopped => Self::Stopping,
            other => Self::Internal(other.to_string()),
        }
    }
}
