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
    file: CheckpointFile,
    store: Store,
    /// The mark before which all marks were removed from the store.
    marks_removed_before: u64,
    /// The copy for the mark in the batch that is about to be committed.
    pending: Option<CheckpointSnapshot>,
    /// Whether a checkpoint was attempted since the store was opened.
    attempted: bool,
    progress: CheckpointProgress,
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
    status: Arc<(Mutex<WriteStatus>, Condvar)>,
    /// A store with fewer units gets no checkpoint.
    min_units: usize,
}

impl CheckpointProgress {
    fn lock(&self) -> MutexGuard<'_, WriteStatus> {
        self.status.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no checkpoint is being written.
    pub(crate) fn wait_until_written(&self) {
        let _guard = self.status.1.wait_while(self.lock(), |status| status.writing);
    }

    /// Waits until no checkpoint is being written, for a limited time. Returns at once if so few
    /// units changed that they make no checkpoint due.
    pub(crate) fn wait_if_due(&self, changed: u64) {
        /// Longer than the largest checkpoint takes to write, but short enough for a caller when
        /// the disk hangs.
        const CHECKPOINT_TIMEOUT: Duration = Duration::from_secs(20);
        if changed >= self.min_units as u64 {
            let _guard =
                self.status.1.wait_timeout_while(self.lock(), CHECKPOINT_TIMEOUT, |status| status.writing);
        }
    }
}

/// Marks the writing as ended when it is dropped: after a write, after a panic, or if the thread
/// cannot be started.
struct WritingGuard(CheckpointProgress);

impl Drop for WritingGuard {
    fn drop(&mut self) {
        self.0.lock().writing = false;
        self.0.status.1.notify_all();
    }
}

impl CheckpointScheduler {
    /// Schedules the checkpoints of a store once it has `min_units` units. `mark_on_disk` is the number
    /// of the mark of the checkpoint that was loaded, or 0 if none was.
    pub(crate) fn new(file: CheckpointFile, min_units: usize, store: Store, mark_on_disk: u64) -> Self {
        let status = WriteStatus { writing: false, mark_on_disk };
        let progress =
            CheckpointProgress { status: Arc::new((Mutex::new(status), Condvar::new())), min_units };
        Self { file, store, marks_removed_before: 0, pending: None, attempted: false, progress }
    }

    /// Returns a handle to wait for the writing.
    pub(crate) fn progress(&self) -> CheckpointProgress {
        self.progress.clone()
    }

    /// Sets a checkpoint mark in the batch and copies the indexes, if a checkpoint is due. `last`
    /// is for the last batch before the engine closes.
    pub(crate) fn schedule(&mut self, state: &WriterState, has_job: bool, batch: &mut Batch, last: bool) {
        if last {
            self.progress.wait_until_written();
        }
        // The index of a memory that a job changes is between two states.
        if !has_job && self.is_due(state, batch, last) {
            self.attempted = true;
            let mark = batch.begin_mark(Sequence(state.applied.next_sequence));
            self.pending = Some(CheckpointSnapshot::capture(state, mark));
        }
    }

    fn is_due(&self, state: &WriterState, batch: &Batch, last: bool) -> bool {
        let units: usize = state.memories.values().map(|m| m.units.sources.units()).sum();
        let WriteStatus { writing, mark_on_disk } = *self.progress.lock();
        if units < self.progress.min_units || writing {
            return false;
        }
        let changed = batch.count_changes_since_mark(Sequence(state.applied.next_sequence));
        let outdated = mark_on_disk != batch.last_mark();
        if last {
            return changed > 0 || outdated;
        }
        let min_changed = self.progress.min_units.max(units / CHECKPOINT_DIVISOR);
        let retry = outdated && (!self.attempted || changed >= min_changed / RETRY_DIVISOR);
        // Completing an import publishes its units without rewriting them, so the dirty log misses
        // them. Checkpoints are therefore taken only while no import is pending.
        state.imports.is_empty() && (changed >= min_changed || retry)
    }

    /// Discards the copy whose mark was not committed.
    pub(crate) fn discard_pending(&mut self) {
        self.pending = None;
    }

    /// Starts a thread that writes the copy, once its mark is durable. If the write fails, the next
    /// open takes longer, but nothing is lost.
    pub(crate) fn write_pending(&mut self) {
        let Some(snapshot) = self.pending.take() else { return };
        self.progress.lock().writing = true;
        let guard = WritingGuard(self.progress.clone());
        let (file, store) = (self.file.clone(), self.store.clone());
        let thread = thread::Builder::new().name("checkpoint".to_owned());
        if let Err(cause) = thread.spawn(move || write_snapshot(guard, store, snapshot, &file)) {
            tracing::warn!(%cause, "the checkpoint could not be written; the next start takes longer");
        }
    }

    /// Returns the removal of the marks before the one on disk, once for each checkpoint.
    pub(crate) fn next_cleanup(&mut self) -> Option<Cleanup> {
        let mark_on_disk = self.progress.lock().mark_on_disk;
        if mark_on_disk <= self.marks_removed_before {
            return None;
        }
        self.marks_removed_before = mark_on_disk;
        Some(Cleanup::MarksBefore(mark_on_disk))
    }

    /// Waits until no checkpoint is being written.
    pub(crate) fn wait_until_written(&self) {
        self.progress.wait_until_written();
    }
}

/// Writes a copy to disk.
fn write_snapshot(guard: WritingGuard, store: Store, snapshot: CheckpointSnapshot, file: &CheckpointFile) {
    let path = file.path().display();
    let number = snapshot.mark.number;
    let written = file.write(&snapshot, &store);
    drop(snapshot);
    match written {
        Ok(()) => {
            guard.0.lock().mark_on_disk = number;
            tracing::info!("the checkpoint is written");
        }
        Err(cause) => {
            tracing::warn!(%cause, %path, "the checkpoint could not be written; the next start takes longer");
        }
    }
    // The store comes first, because a closing engine waits for the end of the writing, and the
    // store's lock must be free then.
    drop(store);
    drop(guard);
}

impl Drop for CheckpointScheduler {
    fn drop(&mut self) {
        self.progress.wait_until_written();
    }
}
