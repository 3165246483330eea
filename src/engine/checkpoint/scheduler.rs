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

use super::file::{Checkpoint, Picture};
use crate::{
    engine::state::State,
    store::{Batch, Cleanup, Store},
    unit::Sequence,
};

/// A checkpoint is due once one unit in so many has changed. This is a compromise: that many units
/// are read again in a second or two, and checkpoints are rare enough not to slow the server down.
const SHARE: usize = 4;

/// After a failed write, the next attempt comes after one in so many of the changes that make a
/// checkpoint due.
const SHARE_OF_ANOTHER_TRY: usize = 10;

/// Decides when a checkpoint of a store is due, and has it written.
#[derive(Debug)]
pub(crate) struct Keeper {
    checkpoint: Checkpoint,
    store: Store,
    /// The mark before which all marks were removed from the store.
    forgotten: u64,
    /// The copy for the mark in the batch that is about to be committed.
    picture: Option<Picture>,
    /// Whether a checkpoint was attempted since the store was opened.
    tried: bool,
    keeping: Keeping,
}

/// The state of checkpoint writing.
#[derive(Debug, Default)]
struct Progress {
    /// Whether a checkpoint is being written.
    writing: bool,
    /// The mark of the checkpoint on disk; 0 if there is none.
    kept: u64,
}

/// The state of checkpoint writing, shared with threads that wait for it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Keeping {
    progress: Arc<(Mutex<Progress>, Condvar)>,
    /// A store with fewer units gets no checkpoint.
    least_units: usize,
}

impl Keeping {
    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Waits until no checkpoint is being written.
    fn wait(&self) {
        let _guard = self.progress.1.wait_while(self.lock(), |progress| progress.writing);
    }

    /// Waits until no checkpoint is being written, for a limited time. Returns at once if so few
    /// units changed that they make no checkpoint due.
    pub(crate) fn wait_for(&self, changed: u64) {
        /// Longer than the largest checkpoint takes to write, but short enough for a caller when
        /// the disk hangs.
        const PATIENCE: Duration = Duration::from_secs(20);
        if changed >= self.least_units as u64 {
            let _guard =
                self.progress.1.wait_timeout_while(self.lock(), PATIENCE, |progress| progress.writing);
        }
    }
}

/// Marks the writing as ended when it is dropped: after a write, after a panic, or if the thread
/// cannot be started.
struct Ends(Keeping);

impl Drop for Ends {
    fn drop(&mut self) {
        self.0.lock().writing = false;
        self.0.progress.1.notify_all();
    }
}

impl Keeper {
    /// Schedules the checkpoints of a store once it has `least_units` units. `kept` is the number of
    /// the mark of the checkpoint that was loaded, or 0 if none was.
    pub(crate) fn new(checkpoint: Checkpoint, least_units: usize, store: Store, kept: u64) -> Self {
        let progress = Progress { writing: false, kept };
        let keeping = Keeping { progress: Arc::new((Mutex::new(progress), Condvar::new())), least_units };
        Self { checkpoint, store, forgotten: 0, picture: None, tried: false, keeping }
    }

    /// Returns a handle to wait for the writing.
    pub(crate) fn keeping(&self) -> Keeping {
        self.keeping.clone()
    }

    /// Sets a checkpoint mark in the batch and copies the indexes, if a checkpoint is due. `last`
    /// is for the last batch before the engine closes.
    pub(crate) fn look(&mut self, state: &State, batch: &mut Batch, last: bool) {
        if last {
            self.keeping.wait();
        }
        if self.is_due(state, batch, last) {
            self.tried = true;
            let moment = batch.begin_moment(Sequence(state.applied.next_sequence));
            self.picture = Some(Picture::of(state, moment));
        }
    }

    fn is_due(&self, state: &State, batch: &Batch, last: bool) -> bool {
        let units: usize = state.memories.values().map(|m| m.units.index.units()).sum();
        let Progress { writing, kept } = *self.keeping.lock();
        if units < self.keeping.least_units || writing {
            return false;
        }
        let changed = batch.changed_since_moment(Sequence(state.applied.next_sequence));
        let outdated = kept != batch.last_moment();
        if last {
            return changed > 0 || outdated;
        }
        let least_changed = self.keeping.least_units.max(units / SHARE);
        let retry = outdated && (!self.tried || changed >= least_changed / SHARE_OF_ANOTHER_TRY);
        // Completing an import publishes its units without rewriting them, so the dirty log misses
        // them. Checkpoints are therefore taken only while no import is pending.
        state.imports.is_empty() && (changed >= least_changed || retry)
    }

    /// Discards the copy whose mark was not committed.
    pub(crate) fn give_up(&mut self) {
        self.picture = None;
    }

    /// Starts a thread that writes the copy, once its mark is durable. If the write fails, the next
    /// open takes longer, but nothing is lost.
    pub(crate) fn write(&mut self) {
        let Some(picture) = self.picture.take() else { return };
        self.keeping.lock().writing = true;
        let ends = Ends(self.keeping.clone());
        let (checkpoint, store) = (self.checkpoint.clone(), self.store.clone());
        let thread = thread::Builder::new().name("keeper".to_owned());
        if let Err(cause) = thread.spawn(move || write_picture(ends, store, picture, &checkpoint)) {
            tracing::warn!(%cause, "the checkpoint could not be written; the next start takes longer");
        }
    }

    /// Returns the removal of the marks before the one on disk, once for each checkpoint.
    pub(crate) fn next_cleanup(&mut self) -> Option<Cleanup> {
        let kept = self.keeping.lock().kept;
        if kept <= self.forgotten {
            return None;
        }
        self.forgotten = kept;
        Some(Cleanup::MarksBefore(kept))
    }

    /// Waits until no checkpoint is being written.
    pub(crate) fn wait(&self) {
        self.keeping.wait();
    }
}

/// Writes a copy to disk.
fn write_picture(ends: Ends, store: Store, picture: Picture, checkpoint: &Checkpoint) {
    let path = checkpoint.path().display();
    let number = picture.moment.number;
    let written = checkpoint.write(&picture, &store);
    drop(picture);
    match written {
        Ok(()) => {
            ends.0.lock().kept = number;
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

impl Drop for Keeper {
    fn drop(&mut self) {
        self.keeping.wait();
    }
}
