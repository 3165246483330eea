//! When checkpoints are written, and by which thread.
//!
//! A checkpoint is written when the engine is closed. While the engine serves, one is written
//! whenever so many units have changed that reading them again would make an open after a crash
//! slow. The writer's thread copies the indexes at a checkpoint mark, and a thread of its own
//! writes the copy to disk while changes go on.

use std::{
    sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError},
    thread,
    time::Duration,
};

use super::file::{CheckpointFile, CheckpointSnapshot};
use crate::{
    engine::state::WriterState,
    store::{Batch, Cleanup, Store},
    unit::Sequence,
};

/// A checkpoint is due once one unit in so many has changed. This is a compromise: that many units
/// are read again in a second or two, and checkpoints are rare enough not to slow the server down.
const CHECKPOINT_DIVISOR: usize = 4;

/// After a failed write, the next attempt comes after one in so many of the changes that make a
/// checkpoint due.
const RETRY_DIVISOR: usize = 10;

/// Decides when a checkpoint of a store is due, and has it written.
#[derive(Debug)]
pub(crate) struct CheckpointScheduler {
    checkpoint: CheckpointFile,
    store: Store,
    /// The mark before which all marks were removed from the store.
    marks_removed_before: u64,
    /// The copy for the mark in the batch that is about to be committed.
    pending: Option<CheckpointSnapshot>,
    /// Whether a checkpoint was attempted since the store was opened.
    attempted: bool,
    status: CheckpointProgress,
}

/// The state of checkpoint writing.
#[derive(Debug, Default)]
struct WriteStatus {
    /// Whether a checkpoint is being written.
    writing: bool,
    /// The mark of the checkpoint on disk; 0 if there is none.
    mark_on_disk: u64,
}

/// The state of checkpoint writing, shared with threads that wait for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct CheckpointProgress {
    progress: Arc<(Mutex<WriteStatus>, Condvar)>,
    /// A store with fewer units gets no checkpoint.
    min_units: usize,
}

impl CheckpointProgress {
    fn lock(&self) -> MutexGuard<'_, WriteStatus> {
        self.progress.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no checkpoint is being written.
    pub(crate) fn wait_until_written(&self) {
        let _guard = self.progress.1.wait_while(self.lock(), |progress| progress.writing);
    }

    /// Waits until no checkpoint is being written, for a limited time. Returns at once if so few
    /// units changed that they make no checkpoint due.
    pub(crate) fn wait_if_due(&self, changed: u64) {
        /// Longer than the largest checkpoint takes to write, but short enough for a caller when
        /// the disk hangs.
        const CHECKPOINT_TIMEOUT: Duration = Duration::from_secs(20);
        if changed >= self.min_units as u64 {
            let _guard = self
                .progress
                .1
                .wait_timeout_while(self.lock(), CHECKPOINT_TIMEOUT, |progress| progress.writing);
        }
    }
}

/// Marks the writing as ended when it is dropped: after a write, after a panic, or if the thread
/// cannot be started.
struct WritingGuard(CheckpointProgress);

impl Drop for WritingGuard {
    fn drop(&mut self) {
        self.0.lock().writing = false;
        self.0.progress.1.notify_all();
    }
}

impl CheckpointScheduler {
    /// Schedules the checkpoints of a store once it has `least_units` units. `kept` is the number of
    /// the mark of the checkpoint that was loaded, or 0 if none was.
    pub(crate) fn new(checkpoint: CheckpointFile, least_units: usize, store: Store, kept: u64) -> Self {
        let progress = WriteStatus { writing: false, mark_on_disk: kept };
        let keeping = CheckpointProgress {
            progress: Arc::new((Mutex::new(progress), Condvar::new())),
            min_units: least_units,
        };
        Self { checkpoint, store, marks_removed_before: 0, pending: None, attempted: false, status: keeping }
    }

    /// Returns a handle to wait for the writing.
    pub(crate) fn progress(&self) -> CheckpointProgress {
        self.status.clone()
    }

    /// Sets a checkpoint mark in the batch and copies the indexes, if a checkpoint is due. `last`
    /// is for the last batch before the engine closes.
    pub(crate) fn schedule(&mut self, state: &WriterState, batch: &mut Batch, last: bool) {
        if last {
            self.status.wait_until_written();
        }
        if self.is_due(state, batch, last) {
            self.attempted = true;
            let moment = batch.begin_mark(Sequence(state.applied.next_sequence));
            self.pending = Some(CheckpointSnapshot::capture(state, moment));
        }
    }

    fn is_due(&self, state: &WriterState, batch: &Batch, last: bool) -> bool {
        let units: usize = state.memories.values().map(|m| m.units.sources.units()).sum();
        let WriteStatus { writing, mark_on_disk: kept } = *self.status.lock();
        if units < self.status.min_units || writing {
            return false;
        }
        let changed = batch.count_changes_since_mark(Sequence(state.applied.next_sequence));
        let outdated = kept != batch.last_mark();
        if last {
            return changed > 0 || outdated;
        }
        let least_changed = self.status.min_units.max(units / CHECKPOINT_DIVISOR);
        let retry = outdated && (!self.attempted || changed >= least_changed / RETRY_DIVISOR);
        // Completing an import publishes its units without rewriting them, so the dirty log misses
        // them. Checkpoints are therefore taken only while no import is pending.
        state.imports.is_empty() && (changed >= least_changed || retry)
    }

    /// Discards the copy whose mark was not committed.
    pub(crate) fn discard_pending(&mut self) {
        self.pending = None;
    }

    /// Starts a thread that writes the copy, once its mark is durable. If the write fails, the next
    /// open takes longer, but nothing is lost.
    pub(crate) fn write_pending(&mut self) {
        let Some(picture) = self.pending.take() else { return };
        self.status.lock().writing = true;
        let ends = WritingGuard(self.status.clone());
        let (checkpoint, store) = (self.checkpoint.clone(), self.store.clone());
        let thread = thread::Builder::new().name("keeper".to_owned());
        if let Err(cause) = thread.spawn(move || write_snapshot(ends, store, picture, &checkpoint)) {
            tracing::warn!(%cause, "the checkpoint could not be written; the next start takes longer");
        }
    }

    /// Returns the removal of the marks before the one on disk, once for each checkpoint.
    pub(crate) fn next_cleanup(&mut self) -> Option<Cleanup> {
        let kept = self.status.lock().mark_on_disk;
        if kept <= self.marks_removed_before {
            return None;
        }
        self.marks_removed_before = kept;
        Some(Cleanup::MarksBefore(kept))
    }

    /// Waits until no checkpoint is being written.
    pub(crate) fn wait_until_written(&self) {
        self.status.wait_until_written();
    }
}

/// Writes a copy to disk.
fn write_snapshot(
    ends: WritingGuard,
    store: Store,
    picture: CheckpointSnapshot,
    checkpoint: &CheckpointFile,
) {
    let path = checkpoint.path().display();
    let number = picture.mark.number;
    let written = checkpoint.write(&picture, &store);
    drop(picture);
    match written {
        Ok(()) => {
            ends.0.lock().mark_on_disk = number;
            tracing::info!("the checkpoint is written");
        }
        Err(cause) => {
            tracing::warn!(%cause, %path, "the checkpoint could not be written; the next start takes longer");
        }
    }
    // The store comes first, because a closing engine waits for the end of the writing, and the
    // store's lock must be free then.
    drop(store);
    drop(ends);
}

impl Drop for CheckpointScheduler {
    fn drop(&mut self) {
        self.status.wait_until_written();
    }
}
